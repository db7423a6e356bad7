"""A web page may use the gateway where it is allowed to or comes from there, and
only then (CORS; RFC 6455 10.2); and where the names of a listener are given, by
no other name (RFC 9110 15.5.20)."""

import pytest
from support.raw import Raw
from support.registering import register_ae
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


EVIL = "evil.example"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_a_page_that_leads_its_name_to_us_does_nothing(
    registrar, gateway, device, method
):
    """DNS rebinding: Host and Origin are the same then."""
    rebound = {"Origin": f"http://{EVIL}", "Host": EVIL}
    pc = {"m2m:cin": {"con": "x"}} if method in ("POST", "PUT") else None
    device.sends(method, "/cse-in/c", pc, headers=rebound).expect(4103, 403)
    register_ae(device, registrar, "Canyone")
    registrar.fence()
    registrar.expect_silence()
    assert gateway.counts()["unreadable"] == 1
    assert gateway.wait_for("exchange/failed", "allow-origins")


@pytest.fixture
def named(registrar, start_gateway):
    """A gateway whose names are given."""
    registrar.plays(lambda m: answer_to(m, 2000, {"m2m:cb": {}}))
    advertised = {"http": "http://gw.example:8080/x", "ws": "wss://gw.example"}
    listen = {
        name: {"hosts": ["gw.local", "gw.lan:80"], "advertise": url}
        for name, url in advertised.items()
    }
    return start_gateway(settings(registrar, listen=listen))


OURS = {
    "http": ["gw.local", "GW.local:{port}", "gw.lan", "gw.example:8080"],
    "ws": ["gw.local", "GW.local:{port}", "gw.lan:80", "gw.example"],
}
WHERE_WE_ARE = ["127.0.0.1:{port}", "localhost:{port}", "127.0.0.1"]
OTHERS = [
    EVIL,
    EVIL + ":{port}",
    "gw.local:1",
    "gw.local." + EVIL,
    "127.0.0.2:{port}",
    "192.0.2.1:{port}",
]


@pytest.mark.parametrize("host", OURS["http"] + WHERE_WE_ARE)
def test_a_request_for_a_name_of_ours_is_taken(named, make_device, host):
    host = host.format(port=named.http_port)
    device = make_device(named)
    device.retrieves("/cse-in", headers={"Host": host}).expect(2000, 200)


@pytest.mark.parametrize("host", OTHERS)
def test_a_request_for_another_name_is_misdirected(
    registrar, named, make_device, host
):
    host = host.format(port=named.http_port)
    device = make_device(named)
    content = {"m2m:cin": {"con": "x"}}
    device.creates("/cse-in", 4, content, headers={"Host": host}).expect(
        4000, 421
    )
    line = named.wait_for("exchange/failed", "Host")
    assert "(hosts)" in line.msg
    assert named.counts()["unreadable"] == 1
    assert not registrar.requests_heard(op=1)


def ask(gateway, target, version, *headers):
    raw = Raw(gateway.http_port)
    lines = [f"GET {target} HTTP/{version}", "X-M2M-Origin: C1"]
    lines += ["X-M2M-RI: 1", "X-M2M-RVI: 3", *headers, "", ""]
    raw.sends("\r\n".join(lines))
    return raw.answer().status


def test_so_is_one_whose_target_is_a_whole_url(named):
    assert ask(named, f"http://{EVIL}/cse-in", "1.1", f"Host: {EVIL}") == 421
    ours = "gw.local"
    assert ask(named, f"http://{ours}/cse-in", "1.1", f"Host: {ours}") == 200
    assert ask(named, f"http://{ours}/cse-in", "1.1", f"Host: {EVIL}") == 400


def test_a_request_without_a_host_names_no_other(named):
    assert ask(named, "/cse-in", "1.0") == 200
    assert ask(named, "/cse-in", "1.0", f"Host: {EVIL}") == 421


def handshake(gateway, host):
    raw = Raw(gateway.ws_port)
    raw.sends(
        "GET / HTTP/1.1\r\n"
        f"Host: {host.format(port=gateway.ws_port)}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: oneM2M.json\r\n\r\n"
    )
    return raw.answer().status


@pytest.mark.parametrize("host", OURS["ws"] + WHERE_WE_ARE)
def test_a_handshake_for_a_name_of_ours_is_let_in(named, host):
    assert handshake(named, host) == 101


@pytest.mark.parametrize("host", OTHERS)
def test_a_handshake_for_another_name_is_misdirected(named, host):
    assert handshake(named, host) == 421
    line = named.wait_for("exchange/failed", "Host")
    assert "(hosts)" in line.msg
    assert named.counts()["unreadable"] == 1


def test_of_one_peer_few_are_told_and_all_are_counted(named):
    for _ in range(20):
        assert ask(named, "/", "1.1", f"Host: {EVIL}") == 421
        assert handshake(named, EVIL) == 421
    assert named.counts()["unreadable"] == 40
    assert len(named.logged("exchange/failed")) == 10


def test_without_names_every_host_is_taken(gateway, registrar):
    registrar.plays(lambda m: answer_to(m, 2000, {"m2m:cb": {}}))
    assert ask(gateway, "/cse-in", "1.1", f"Host: {EVIL}") == 200
    assert handshake(gateway, EVIL) == 101
