"""A web page may use the gateway where it is allowed to, and only there
(CORS)."""

import pytest
from support.settings import settings
from support.wire import answer_to

PAGE = "http://page.example"
PREFLIGHT = {
    "Origin": PAGE,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "x-m2m-ri,x-m2m-origin,content-type",
}
NAMES = ("x-m2m-origin", "x-m2m-ri", "x-m2m-rvi", "content-type")


@pytest.fixture
def start(registrar, start_gateway, make_device):
    registrar.plays(lambda m: answer_to(m, 2000, {"m2m:cb": {}}))

    def start(*origins):
        http = {"allow-origins": list(origins)} if origins else {}
        return make_device(
            start_gateway(settings(registrar, listen={"http": http}))
        )

    return start


def allowed(answer):
    return answer.headers.get("Access-Control-Allow-Origin")


def test_an_allowed_page_may_ask(start):
    device = start("http://other.example", PAGE)
    answer = device.sends("OPTIONS", "/cse-in", headers=PREFLIGHT)
    assert answer.status in (200, 204)
    assert allowed(answer) == PAGE
    methods = answer.headers["Access-Control-Allow-Methods"]
    assert {"GET", "POST", "PUT", "DELETE"} <= set(
        methods.replace(" ", "").split(",")
    )
    headers = answer.headers["Access-Control-Allow-Headers"].lower()
    for name in NAMES:
        assert name in headers


def test_an_allowed_page_may_read_the_answer(start):
    device = start(PAGE)
    answer = device.retrieves("/cse-in", headers={"Origin": PAGE})
    assert allowed(answer.expect(2000, 200)) == PAGE
    exposed = answer.headers["Access-Control-Expose-Headers"].lower()
    for name in ("x-m2m-rsc", "x-m2m-ri", "content-location"):
        assert name in exposed
    assert "origin" in answer.headers["Vary"].lower()


def test_every_page_may_be_allowed(start):
    answer = start("*").sends("OPTIONS", "/cse-in", headers=PREFLIGHT)
    assert allowed(answer) in ("*", PAGE)


def test_another_page_may_not(start, registrar):
    device = start("http://other.example")
    answer = device.sends("OPTIONS", "/cse-in", headers=PREFLIGHT)
    assert allowed(answer) is None
    answer = device.retrieves("/cse-in", headers={"Origin": PAGE})
    assert allowed(answer) is None


def test_nobody_may_unless_it_is_configured(start, registrar):
    device = start()
    answer = device.sends("OPTIONS", "/cse-in", headers=PREFLIGHT)
    assert allowed(answer) is None
    device.retrieves("/cse-in").expect(2000)
    assert not registrar.requests_heard(op=5)


def test_an_error_is_readable_for_an_allowed_page(start):
    device = start(PAGE)
    answer = device.creates(
        "/cse-in", 3, "not json", headers={"Origin": PAGE}
    )
    assert allowed(answer.expect(4000, 400)) == PAGE
