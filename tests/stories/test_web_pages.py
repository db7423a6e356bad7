"""A web page may use the gateway where it is allowed to or comes from there, and
only then (CORS; RFC 6455 10.2)."""

import pytest
from support.settings import settings
from support.wire import answer_to
from websockets.exceptions import InvalidStatus

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
    assert allowed(answer.expect(4103, 403)) is None
    answer = device.retrieves("/cse-in", headers={"Origin": PAGE})
    assert allowed(answer.expect(4103, 403)) is None
    assert not registrar.requests_heard(op=2)


def test_nobody_may_unless_it_is_configured(start, registrar):
    device = start()
    answer = device.sends("OPTIONS", "/cse-in", headers=PREFLIGHT)
    assert allowed(answer.expect(4103, 403)) is None
    device.retrieves("/cse-in").expect(2000)
    assert not registrar.requests_heard(op=5)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_client_that_names_our_own_address_may(
    registrar, gateway, device, make_registree, host
):
    """As a common WebSocket library for Python does by itself."""
    registrar.plays(lambda m: answer_to(m, 2000, {"m2m:cb": {}}))
    own = {"Origin": f"http://{host}:{gateway.http_port}"}
    device.retrieves("/cse-in", headers=own).expect(2000)
    own = {"Origin": f"http://{host}:{gateway.ws_port}"}
    assert make_registree(gateway, "Cws", headers=own).wire.is_open


def test_a_client_that_names_another_port_may_not(
    registrar, gateway, device, make_registree
):
    other = {"Origin": "http://127.0.0.1:1"}
    device.retrieves("/cse-in", headers=other).expect(4103, 403)
    with pytest.raises(InvalidStatus) as refused:
        make_registree(gateway, headers=other)
    assert refused.value.response.status_code == 403


def test_a_name_is_ours_because_the_operator_says_so(
    registrar, start_gateway, make_device, make_registree
):
    """Never because it stands in Host as well: whoever leads a name of his own
    to us has both."""
    registrar.plays(lambda m: answer_to(m, 2000, {"m2m:cb": {}}))
    names = {"advertise": "http://gw.example:8080", "hosts": ["gw.local:81"]}
    sockets = {"advertise": "ws://gw.example:8080", "hosts": ["gw.local:81"]}
    gateway = start_gateway(
        settings(registrar, listen={"http": names, "ws": sockets})
    )
    device = make_device(gateway)
    for ours in ("http://gw.example:8080", "http://gw.local:81"):
        device.retrieves("/cse-in", headers={"Origin": ours}).expect(2000)
        make_registree(gateway, headers={"Origin": ours})
    rebound = {"Origin": "http://evil.example", "Host": "evil.example"}
    device.retrieves("/cse-in", headers=rebound).expect(4103, 403)
    with pytest.raises(InvalidStatus):
        make_registree(gateway, headers={"Origin": "http://evil.example"})


def test_an_error_is_readable_for_an_allowed_page(start):
    device = start(PAGE)
    answer = device.creates(
        "/cse-in", 3, "not json", headers={"Origin": PAGE}
    )
    assert allowed(answer.expect(4000, 400)) == PAGE
