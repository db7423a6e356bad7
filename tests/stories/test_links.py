"""Links toward a CSE: who they say they are, what they offer, when they open,
and one for each originator where the CSE needs it (TS-0020 6.2.2)."""

import base64
import socket

import pytest
from support.registering import ae, register_ae
from support.registrar import Registrar
from support.settings import settings
from support.waiting import eventually
from support.wire import CREATE, RETRIEVE, answer_to


def test_the_handshake_is_what_the_standard_says(registrar, device):
    device.asks("GET", "/cse-in")
    wire = registrar.expect_connection()
    assert wire.path == "/"
    assert wire.offered() == ["oneM2M.json", "oneM2M.R2.0.json"]
    assert wire.subprotocol == "oneM2M.json"
    assert wire.headers["Host"] == f"127.0.0.1:{registrar.port}"
    assert wire.headers["Sec-WebSocket-Version"] == "13"
    assert len(base64.b64decode(wire.headers["Sec-WebSocket-Key"])) == 16
    assert wire.origin() == "/id-gw"
    assert "Origin" not in wire.headers
    registrar.answers(registrar.expect_request())


def test_a_cse_may_choose_the_older_name(
    make_registrar, start_gateway, make_device
):
    registrar = make_registrar(speaks=["oneM2M.R2.0.json"])
    registrar.plays(lambda m: answer_to(m, 2000))
    make_device(start_gateway(settings(registrar))).retrieves(
        "/cse-in"
    ).expect(2000)
    assert registrar.wire.subprotocol == "oneM2M.R2.0.json"


def test_a_cse_that_chooses_nothing_is_talked_to(
    make_registrar, start_gateway, make_device
):
    """Old ones forget to; the serialisation is not in doubt."""
    registrar = make_registrar(speaks=[])
    registrar.plays(lambda m: answer_to(m, 2000))
    gateway = start_gateway(settings(registrar))
    make_device(gateway).retrieves("/cse-in").expect(2000)
    assert registrar.wire.subprotocol is None


def test_credentials_go_into_the_handshake(
    registrar, start_gateway, make_device
):
    registrar.plays(lambda m: answer_to(m, 2000))
    cse = {"authorization": "Bearer s3cr3t"}
    gateway = start_gateway(
        settings(registrar, cse=cse, log={"level": "debug"})
    )
    make_device(gateway).retrieves("/cse-in").expect(2000)
    assert registrar.wire.headers["Authorization"] == "Bearer s3cr3t"
    assert not [line for line in gateway.lines if "s3cr3t" in line.raw]


def test_headers_of_the_configuration_go_into_the_handshake(
    make_registrar, start_gateway, make_device, certified
):
    """Over TLS another library writes it."""
    for tls in (None, certified[1]):
        registrar = make_registrar(tls=tls)
        registrar.plays(lambda m: answer_to(m, 2000))
        cse = {"headers": ["X-API-Key: a:b", "X-More:c"]}
        cse |= secure(registrar, "localhost") if tls else {}
        gateway = start_gateway(
            settings(registrar, cse=cse), env={"SSL_CERT_FILE": certified[0]}
        )
        make_device(gateway).retrieves("/cse-in").expect(2000)
        assert registrar.wire.headers["X-API-Key"] == "a:b"
        assert registrar.wire.headers["X-More"] == "c"


@pytest.fixture
def keyed_http(make_listener, start_gateway):
    """A CSE that is asked over HTTP, and what it wants to see."""
    listener = make_listener()
    cse = {"id": "/id-in", "name": "cse-in", "url": listener.url}
    cse |= {"authorization": "Basic s3cr3t", "headers": ["X-API-Key: k"]}
    return listener, start_gateway(settings(cses=[cse]))


def test_credentials_go_with_each_request_over_http(keyed_http, make_device):
    listener, gateway = keyed_http
    make_device(gateway).retrieves("/cse-in").expect(2000)
    headers = listener.expect().headers
    assert headers.get_all("Authorization") == ["Basic s3cr3t"]
    assert headers.get_all("X-API-Key") == ["k"]


def test_tokens_of_the_originator_are_what_it_is_judged_by(
    keyed_http, make_device
):
    listener, gateway = keyed_http
    device = make_device(gateway)
    device.sends(
        "GET", "/cse-in", headers={"Authorization": "token-1"}
    ).expect(2000)
    headers = listener.expect().headers
    assert headers.get_all("Authorization") == ["token-1"]
    assert headers.get_all("X-API-Key") == ["k"]


def test_a_link_opens_when_it_is_first_needed(registrar, gateway, device):
    registrar.plays(lambda m: answer_to(m, 2000))
    assert not registrar.wires
    for _ in range(3):
        device.retrieves("/cse-in").expect(2000)
    assert len(registrar.wires) == 1


def test_a_host_name_is_resolved(registrar, start_gateway, make_device):
    registrar.plays(lambda m: answer_to(m, 2000))
    cse = {"url": f"ws://localhost:{registrar.port}"}
    make_device(start_gateway(settings(registrar, cse=cse))).retrieves(
        "/cse-in"
    ).expect(2000)
    assert registrar.wire.headers["Host"] == f"localhost:{registrar.port}"


def test_a_quiet_link_is_pinged_and_a_dead_one_replaced(
    registrar, start_gateway, make_device
):
    gateway = start_gateway(
        settings(
            registrar,
            cse={"ping": "100ms"},
            timeouts={"retry-min": "20ms", "retry-max": "100ms"},
        )
    )
    register_ae(make_device(gateway), registrar, "Cdev")
    first = registrar.expect_connection()
    first.stops_reading()
    second = registrar.expect_connection()
    assert second is not first
    registrar.fence(wire=second)


def test_a_living_link_is_kept(registrar, start_gateway, make_device):
    gateway = start_gateway(settings(registrar, cse={"ping": "1s"}))
    register_ae(make_device(gateway), registrar, "Cdev")
    wire = registrar.expect_connection()
    for _ in range(3):
        wire.expect_ping()
    registrar.fence(wire=wire)
    assert len(registrar.wires) == 1


@pytest.fixture
def per_originator(registrar, start_gateway, make_device):
    gateway = start_gateway(
        settings(registrar, cse={"link": "per-originator"})
    )
    return make_device(gateway)


def test_each_registree_gets_a_link_of_its_own(
    registrar, per_originator, make_listener
):
    listeners = {aei: make_listener() for aei in ("Cone", "Ctwo")}
    for aei, listener in listeners.items():
        register_ae(per_originator, registrar, aei, poa=[listener.url])
        wire = registrar.expect_connection(aei)
        rqi = registrar.notifies(aei, {"m2m:sgn": {}}, wire)
        listener.expect(method="POST", path=f"/{aei}")
        assert registrar.expect_answer(rqi, rsc=2000).wire is wire


def test_its_requests_take_its_own_link(registrar, per_originator):
    for aei in ("Cone", "Ctwo"):
        register_ae(per_originator, registrar, aei)
        wire = registrar.expect_connection(aei)
        pending = per_originator.asks("GET", "/cse-in", origin=aei)
        heard = registrar.expect_request(op=RETRIEVE)
        assert heard.wire is wire
        registrar.answers(heard, 2000)
        pending.answer().expect(2000)


def test_a_wish_for_an_id_registers_on_no_ones_link(registrar, per_originator):
    """An unknown originator may not be named before it is granted."""
    pending = per_originator.asks("POST", "/cse-in", ae(), ty=2, origin="C")
    heard = registrar.expect_request(op=CREATE)
    assert heard.wire.origin() in (None, "/id-gw")
    registrar.grants(heard, "Cgranted")
    pending.answer().expect(2001)
    registrar.expect_connection("Cgranted")


def test_a_link_ends_with_its_registration(registrar, per_originator):
    register_ae(per_originator, registrar, "Cone", rn="one")
    wire = registrar.expect_connection("Cone")
    pending = per_originator.asks("DELETE", "/cse-in/one", origin="Cone")
    registrar.answers(registrar.expect_request(op=4), 2002)
    pending.answer().expect(2002)
    assert wire.expect_closed() in (1000, 1001)


def test_a_lost_link_of_a_registree_comes_back(
    registrar, per_originator, listener
):
    register_ae(per_originator, registrar, "Cone", poa=[listener.url])
    registrar.expect_connection("Cone").drops()
    wire = registrar.expect_connection("Cone")
    rqi = registrar.notifies("Cone", {"m2m:sgn": {}}, wire)
    listener.expect(method="POST")
    registrar.expect_answer(rqi, rsc=2000)


def grants_or_answers(message):
    """A CSE that grants every registration, and answers the rest."""
    if message.get("ty") == 2:
        granted = {"aei": message["fr"], "ri": message["fr"]}
        return answer_to(message, 2001, {"m2m:ae": granted})
    return answer_to(message, 2000)


def are_at_most(n, registrar):
    """As many connections are open as may, once the old ones are closed."""
    return lambda: len([w for w in registrar.wires if w.is_open]) <= n


def test_beyond_the_number_of_links_the_longest_idle_one_makes_room(
    registrar, start_gateway, make_device
):
    gateway = start_gateway(
        settings(
            registrar, cse={"link": "per-originator"}, limits={"links": 3}
        )
    )
    device = make_device(gateway)
    registrar.plays(grants_or_answers)
    for n in range(6):
        device.creates("/cse-in", 2, ae(), origin=f"C{n}").expect(2001)
    for _ in range(2):
        for n in range(6):
            device.retrieves("/cse-in", origin=f"C{n}").expect(2000)
    # One is that of the gateway.
    eventually(are_at_most(3, registrar), "three links")


def test_one_device_with_many_aes_takes_the_links_of_nobody_else(
    registrar, start_gateway, make_device, make_listener
):
    gateway = start_gateway(
        settings(
            registrar,
            cse={"link": "per-originator"},
            limits={"links": 50},
            deliver={"allow": ["127.0.0.0/8"]},
        )
    )
    registrar.plays(grants_or_answers)
    greedy = make_device(gateway)
    for n in range(60):
        greedy.creates("/cse-in", 2, ae(), origin=f"C{n}").expect(2001)
    listener = make_listener(address="127.0.0.2")
    honest = make_device(gateway, address="127.0.0.2")
    poa = [listener.url]
    honest.creates("/cse-in", 2, ae(poa=poa), origin="Chonest").expect(2001)
    wire = registrar.expect_connection("Chonest")
    for n in range(60):
        greedy.retrieves("/cse-in", origin=f"C{n}").expect(2000)
        honest.retrieves("/cse-in", origin="Chonest").expect(2000)
    # Its link was never given to another, and brings what is for it.
    assert wire.is_open
    rqi = registrar.notifies("Chonest", {"m2m:sgn": {}}, wire)
    listener.expect(method="POST", path="/Chonest")
    registrar.expect_answer(rqi, rsc=2000)
    eventually(are_at_most(50, registrar), "fifty links")


def test_a_storm_of_failures_is_not_answered_with_a_storm(
    registrar, start_gateway, make_device
):
    """Back-off: the number of attempts stays far below one a millisecond."""
    gateway = start_gateway(
        settings(
            registrar,
            timeouts={
                "request": "2s",
                "retry-min": "100ms",
                "retry-max": "400ms",
            },
        )
    )
    registrar.refuses(503)
    answer = make_device(gateway).retrieves("/cse-in")
    assert answer.rsc in (4008, 5103)
    assert len(registrar.refusals.untaken()) <= 60


def test_requests_find_the_cse_they_name(
    make_registrar, start_gateway, make_device
):
    one = make_registrar("/id-one", "one")
    two = make_registrar("/id-two", "two")
    for registrar in (one, two):
        registrar.plays(
            lambda m, who=registrar.id: answer_to(m, 2000, {"cse": who})
        )
    config = settings(one, two)
    config["cses"][1]["default"] = True
    device = make_device(start_gateway(config))
    asked = {
        "/~/id-one/one": "/id-one",
        "/~/id-two/two": "/id-two",
        "/anything": "/id-two",
        "/~/id-unknown/x": "/id-two",
    }
    for path, cse in asked.items():
        assert device.retrieves(path).expect(2000).pc == {"cse": cse}


def test_a_cse_that_is_not_there_is_told(start_gateway, make_device):
    registrar = Registrar()
    registrar.stops()
    gateway = start_gateway(settings(registrar, timeouts={"request": "1s"}))
    answer = make_device(gateway).retrieves("/cse-in")
    assert (answer.rsc, answer.status) in ((5103, 404), (4008, 504))


def secure(registrar, host):
    return {"url": f"wss://{host}:{registrar.port}"}


@pytest.mark.parametrize("name", ["A", "X-A", "X-Auth", "X-F", "sec-websocke"])
def test_the_answer_to_a_handshake_may_have_any_header(
    make_registrar, start_gateway, make_device, name
):
    registrar = make_registrar(headers={name: "b"})
    registrar.echoes()
    gateway = start_gateway(settings(registrar))
    make_device(gateway).retrieves("/cse-in").expect(2000)


@pytest.mark.parametrize("name", ["A", "X-Auth", "sec-websocke"])
def test_over_tls_one_that_cannot_be_read_is_told(
    make_registrar, start_gateway, make_device, certified, name
):
    """The library, which reads it there, hangs at what begins a name it knows."""
    ca, context = certified
    registrar = make_registrar(tls=context, headers={name: "b"})
    gateway = start_gateway(
        settings(
            registrar,
            cse=secure(registrar, "localhost"),
            timeouts={"connect": "1s"},
        ),
        env={"SSL_CERT_FILE": ca},
    )
    answer = make_device(gateway).retrieves("/cse-in").expect(5103)
    why = "a header whose name begins one that libwebsockets knows"
    assert why in answer.pc["m2m:dbg"]
    gateway.wait_for("ws/link-failed", containing=why)
    assert registrar.expect_connection()


def test_over_tls_one_who_says_nothing_is_told(
    make_port, start_gateway, make_device
):
    """Nor does it finish the handshake of TLS."""
    port = make_port()
    with socket.create_server(("127.0.0.1", port.number)):
        cse = {"id": "/id-in", "name": "cse-in"}
        cse["url"] = f"wss://127.0.0.1:{port.number}"
        config = settings(cses=[cse], timeouts={"connect": "1s"})
        gateway = start_gateway(config)
        answer = make_device(gateway).retrieves("/cse-in").expect(5103)
        assert answer.pc["m2m:dbg"].endswith("it took too long")


def test_a_secure_link_is_verified(
    make_registrar, start_gateway, make_device, certified
):
    ca, context = certified
    registrar = make_registrar(tls=context)
    registrar.echoes()
    gateway = start_gateway(
        settings(registrar, cse=secure(registrar, "localhost")),
        env={"SSL_CERT_FILE": ca},
    )
    device = make_device(gateway)
    for n in range(20):
        answer = device.retrieves(f"/n{n}").expect(2000)
        assert answer.pc == {"to": f"n{n}"}
    assert registrar.wire.subprotocol == "oneM2M.json"


@pytest.mark.parametrize(
    "host, is_trusted, reason",
    [
        ("localhost", False, "unable to get local issuer certificate"),
        ("127.0.0.1", True, "IP address mismatch"),
    ],
)
def test_a_secure_link_to_a_stranger_is_refused(
    make_registrar,
    start_gateway,
    make_device,
    certified,
    host,
    is_trusted,
    reason,
):
    """Signed by nobody we trust, or for another name; the log and the device
    are told which."""
    ca, context = certified
    registrar = make_registrar(tls=context)
    gateway = start_gateway(
        settings(
            registrar,
            cse=secure(registrar, host),
            timeouts={"request": "2s"},
        ),
        env={"SSL_CERT_FILE": ca} if is_trusted else None,
    )
    answer = make_device(gateway).retrieves("/cse-in")
    assert answer.rsc in (4008, 5103)
    assert not registrar.requests_heard()
    why = f"its certificate is not taken: {reason} (127.0.0.1 port"
    gateway.wait_for("ws/link-failed", containing=why)
    assert why in answer.pc["m2m:dbg"]


def test_a_stranger_behind_https_is_told_to_the_end(
    make_registrar, start_gateway, make_device, certified
):
    registrar = make_registrar(tls=certified[1])
    cse = {"url": f"https://localhost:{registrar.port}"}
    gateway = start_gateway(settings(registrar, cse=cse))
    answer = make_device(gateway).retrieves("/cse-in")
    reason = (
        "no answer over HTTP: SSL certificate problem: "
        "unable to get local issuer certificate"
    )
    assert answer.pc["m2m:dbg"] == reason
    gateway.wait_for("exchange/failed", containing=reason)
