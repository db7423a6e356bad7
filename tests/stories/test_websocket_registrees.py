"""An AE that speaks WebSocket lives behind the gateway as a device does: every
spelling of the subprotocol, refusals a browser can show, requests both ways on
its one connection (TS-0020 6.2, 6.4)."""

import contextlib

import pytest
from support.raw import Raw
from support.registering import register_ae, register_registree
from support.settings import settings
from support.waiting import eventually
from support.wire import CREATE, RETRIEVE, TOO_LARGE, answer_to
from websockets.exceptions import ConnectionClosed, InvalidStatus

SPELLINGS = [
    "oneM2M.json",
    "oneM2M.R2.0.json",
    "onem2m.json",
    "onem2m.r2.0.json",
]


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_is_accepted_and_echoed(
    registrar, gateway, make_registree, name
):
    registrar.plays(lambda m: answer_to(m, 2000, {"m2m:cb": {}}))
    registree = make_registree(gateway, "Cws", speaks=[name])
    assert registree.wire.subprotocol == name
    rqi = registree.asks(RETRIEVE, "cse-in", fr="Cws")
    assert registree.expect_answer(rqi, rsc=2000)["pc"] == {"m2m:cb": {}}


def test_an_unknown_name_before_a_known_one_does_no_harm(
    gateway, make_registree
):
    registree = make_registree(gateway, speaks=["foo", "oneM2M.json"])
    assert registree.wire.subprotocol == "oneM2M.json"


def test_no_subprotocol_is_taken_for_json(registrar, gateway, make_registree):
    registrar.plays(lambda m: answer_to(m, 2000))
    registree = make_registree(gateway, "Cws", speaks=[])
    assert registree.wire.subprotocol is None
    rqi = registree.asks(RETRIEVE, "cse-in", fr="Cws")
    registree.expect_answer(rqi, rsc=2000)


@pytest.mark.parametrize("names", [["foo"], ["oneM2M.xml"], ["ONEM2M"]])
def test_no_known_subprotocol_is_a_bad_request(gateway, make_registree, names):
    with pytest.raises(InvalidStatus) as refused:
        make_registree(gateway, speaks=names)
    assert refused.value.response.status_code == 400
    assert refused.value.response.body


HANDSHAKE = [
    "GET / HTTP/1.1",
    "Host: gw",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    "X-M2M-Origin: CAE1",
]
READ_OTHERWISE = {
    "two originators": ("X-M2M-Origin: CAE1", "X-M2M-Origin: CAE1\r\n" * 2),
    "two joined originators": ("CAE1", "CAE1, CAE2"),
    "a NUL": ("CAE1", "Cv1\0x"),
    "a folded name": ("X-M2M-Origin: CAE1", "X-M2M-: CAE1\r\n Origin"),
    "two Hosts": ("Host: gw", "Host: gw\r\nHost: gw"),
    "a POST": ("GET", "POST"),
    "HTTP/1.0": ("HTTP/1.1", "HTTP/1.0"),
    "a key that is no base64": ("dGhlIHNhbXBsZSBub25jZQ", "?" * 22),
}


@pytest.mark.parametrize("name", READ_OTHERWISE)
def test_what_http_refuses_is_refused_in_a_handshake(gateway, name):
    text = "\r\n".join(HANDSHAKE)
    right, wrong = READ_OTHERWISE[name]
    for said, status in ((text, 101), (text.replace(right, wrong), 400)):
        with Raw(gateway.ws_port) as raw:
            raw.sends(said.replace("\r\n\r\n", "\r\n") + "\r\n\r\n")
            assert raw.answer().status == status


def test_a_web_page_from_elsewhere_is_refused(gateway, make_registree):
    with pytest.raises(InvalidStatus) as refused:
        make_registree(gateway, headers={"Origin": "http://evil.example"})
    assert refused.value.response.status_code == 403


def test_a_web_page_that_is_allowed_is_accepted(
    registrar, start_gateway, make_registree
):
    allowed = {"allow-origins": ["http://good.example"]}
    gateway = start_gateway(settings(registrar, listen={"ws": allowed}))
    page = make_registree(gateway, headers={"Origin": "http://good.example"})
    assert page.wire.is_open
    with pytest.raises(InvalidStatus):
        make_registree(gateway, headers={"Origin": "http://good.example.evil"})


@pytest.mark.parametrize("name", ["A", "X-A", "X-Auth", "X-F", "sec-websocke"])
def test_a_header_may_have_any_name(registrar, gateway, make_registree, name):
    """Such as begin a name that the library knows, at which its parser hangs."""
    registrar.plays(lambda m: answer_to(m, 2000))
    registree = make_registree(gateway, "Cws", headers={name: "b"})
    rqi = registree.asks(RETRIEVE, "/id-in/x", fr="Cws")
    registree.expect_answer(rqi, rsc=2000)


ODD_LISTS = {
    "a name with a slash": "Sec-WebSocket-Protocol: a/b, oneM2M.json",
    "nothing between commas": "Sec-WebSocket-Protocol: ,oneM2M.json, ,",
    "an empty line before": "Sec-WebSocket-Protocol:\r\n"
    "Sec-WebSocket-Protocol: oneM2M.json",
    "a long name": f"Sec-WebSocket-Protocol: {'x' * 200}, oneM2M.json",
    "many names": f"Sec-WebSocket-Protocol: {'x, ' * 200}oneM2M.json",
    "many options": f"Connection: {'x, ' * 200}Upgrade",
    "an option with a slash": "Connection: a/b, Upgrade",
    "no option between commas": "Connection: ,Upgrade,",
    "a blank behind the protocol": "Upgrade: websocket \t",
}


@pytest.mark.parametrize("what", ODD_LISTS)
def test_a_list_may_hold_anything(gateway, what):
    """The library drops the socket at each of these, most without a word."""
    said = ODD_LISTS[what]
    name = said.partition(":")[0]
    kept = [line for line in HANDSHAKE if not line.startswith(f"{name}:")]
    with Raw(gateway.ws_port) as raw:
        raw.sends("\r\n".join([*kept, said, "", ""]))
        answer = raw.answer()
    assert answer.status == 101
    chosen = answer.headers.get("sec-websocket-protocol")
    assert chosen == ("oneM2M.json" if "oneM2M" in said else None)


def test_connections_beyond_the_bound_are_refused(
    registrar, start_gateway, make_registree
):
    few = {"connections": 3, "trust": ["127.0.0.1"]}
    gateway = start_gateway(settings(registrar, listen={"ws": few}))
    for n in range(3):
        make_registree(gateway, f"C{n}")
    with pytest.raises(InvalidStatus) as refused:
        make_registree(gateway, "Cmore")
    assert refused.value.response.status_code == 503


def test_it_registers_without_a_name_and_is_notified(
    registrar, gateway, make_registree
):
    registree = make_registree(gateway)
    rqi = registree.asks(
        CREATE, "cse-in", {"m2m:ae": {"api": "N.x", "rr": True}}, ty=2
    )
    heard = registrar.expect_request(op=CREATE)
    assert "fr" not in heard
    registrar.grants(heard, "Cgiven")
    registree.expect_answer(rqi, rsc=2001)
    told = registrar.notifies("Cgiven", {"m2m:sgn": {"vrq": True}})
    question = registree.expect_request(op=5, to="Cgiven")
    assert question["fr"] == "/id-in"
    assert question["pc"] == {"m2m:sgn": {"vrq": True}}
    registree.answers(question, 2000)
    registrar.expect_answer(told, rsc=2000)


def test_requests_go_both_ways_at_once(registrar, gateway, make_registree):
    registree = make_registree(gateway, "Cws")
    register_registree(registree, registrar, "Cws")
    mine = registree.asks(RETRIEVE, "cse-in", rqi="same", fr="Cws")
    heard = registrar.expect_request(op=RETRIEVE)
    registrar.notifies("Cws", {"m2m:sgn": {}}, rqi="same")
    question = registree.expect_request(op=5)
    registrar.answers(heard, 2000, {"is": "yours"})
    assert registree.expect_answer(mine)["pc"] == {"is": "yours"}
    registree.answers(question, 5203)
    registrar.expect_answer("same", rsc=5203)


def test_it_comes_back_with_its_name_and_is_reached_again(
    registrar, gateway, make_registree
):
    first = make_registree(gateway, "Cws")
    register_registree(first, registrar, "Cws")
    first.closes()
    lost = registrar.notifies("Cws", {"m2m:sgn": {}})
    registrar.expect_answer(lost, rsc=5103)
    again = make_registree(gateway, "Cws")
    told = registrar.notifies("Cws", {"m2m:sgn": {}})
    again.answers(again.expect_request(op=5), 2000)
    registrar.expect_answer(told, rsc=2000)
    assert len(registrar.requests_heard(op=CREATE)) == 1


def test_it_comes_back_without_a_name_and_is_known_by_its_request(
    registrar, gateway, make_registree
):
    first = make_registree(gateway)
    register_registree(first, registrar, "Cws")
    first.closes()
    again = make_registree(gateway)
    rqi = again.asks(RETRIEVE, "cse-in", fr="Cws")
    registrar.answers(registrar.expect_request(op=RETRIEVE))
    again.expect_answer(rqi, rsc=2000)
    told = registrar.notifies("Cws", {"m2m:sgn": {}})
    again.answers(again.expect_request(op=5), 2000)
    registrar.expect_answer(told, rsc=2000)


def test_a_newer_connection_does_not_kill_an_answer_on_the_older(
    registrar, gateway, make_registree
):
    """One that opens a connection for every request must not race itself."""
    older = make_registree(gateway, "/id-mn")
    rqi = older.asks(RETRIEVE, "cse-in", fr="/id-mn")
    heard = registrar.expect_request(op=RETRIEVE)
    newer = make_registree(gateway, "/id-mn")
    registrar.answers(heard, 2000, {"m2m:cb": {}})
    older.expect_answer(rqi, rsc=2000)
    assert newer.wire.is_open


def is_notified(registrar, registree, aei):
    told = registrar.notifies(aei, {"m2m:sgn": {}})
    registree.answers(registree.expect_request(op=5), 2000)
    registrar.expect_answer(told, rsc=2000)


NAMES = {"with its name": "Cws", "without a name": None}


@pytest.mark.parametrize("name", NAMES)
def test_from_elsewhere_nobody_takes_what_is_for_another(
    registrar, gateway, make_registree, name
):
    """Who says so proves nothing; the log tells of it, and of both."""
    own = make_registree(gateway, NAMES[name])
    register_registree(own, registrar, "Cws")
    registrar.plays(
        lambda m: answer_to(m, 2000) if m["op"] == RETRIEVE else None
    )
    other = make_registree(gateway, NAMES[name], address="127.0.0.2")
    other.expect_answer(other.asks(RETRIEVE, "cse-in", fr="Cws"), rsc=2000)
    line = gateway.wait_for("registry/claimed", "Cws")
    assert "127.0.0.2" in line.msg and "127.0.0.1" in line.msg
    is_notified(registrar, own, "Cws")
    assert not other.untaken()
    again = make_registree(gateway, NAMES[name])
    again.expect_answer(again.asks(RETRIEVE, "cse-in", fr="Cws"), rsc=2000)
    is_notified(registrar, again, "Cws")


def test_one_that_answers_no_ping_is_followed_from_elsewhere(
    registrar, start_gateway, make_registree
):
    """A device that lost its network has another address when it is back."""
    short = {"request": "300ms"}
    gateway = start_gateway(settings(registrar, timeouts=short))
    own = make_registree(gateway, "Cws")
    register_registree(own, registrar, "Cws")
    own.wire.stops_reading()
    back = make_registree(gateway, "Cws", address="127.0.0.2")
    gateway.wait_for("registry/claimed", "Cws")

    def is_back():
        told = registrar.notifies("Cws", {"m2m:sgn": {}})
        return registrar.expect_answer(told)["rsc"] == 2000

    back.plays(answer_to)
    eventually(is_back, "a notification that reaches it")


def test_a_requests_in_flight_end_when_a_registree_leaves(
    registrar, gateway, make_registree
):
    registree = make_registree(gateway, "Cws")
    register_registree(registree, registrar, "Cws")
    told = registrar.notifies("Cws", {"m2m:sgn": {}})
    registree.expect_request(op=5)
    registree.wire.drops()
    registrar.expect_answer(told, rsc=5103)


def test_a_wrapped_primitive_is_unwrapped(registrar, gateway, make_registree):
    registree = make_registree(gateway, "Cws")
    registree.says(
        {
            "m2m:rqp": {
                "op": 2,
                "to": "cse-in",
                "fr": "Cws",
                "rqi": "w",
                "rvi": "3",
            }
        }
    )
    registrar.answers(registrar.expect_request(op=RETRIEVE, to="cse-in"))
    registree.expect_answer("w", rsc=2000)


def test_what_a_registree_says_wrong_is_told_to_it(
    registrar, gateway, make_registree
):
    registree = make_registree(gateway, "Cws")
    registree.says('{"op":2,"fr":"Cws","rqi":"w","rvi":"3"}')
    registree.expect_answer("w", rsc=4000)
    registree.says("not json")
    assert "rqi" not in registree.expect_answer(None, rsc=4000)
    registree.says('{"rsc":2000,"rqi":"nobody"}')
    registree.says('{"rsc":2000,"rqi":')
    rqi = registree.asks(RETRIEVE, "cse-in", fr="Cws")
    registrar.answers(registrar.expect_request(op=RETRIEVE))
    registree.expect_answer(rqi, rsc=2000)
    registree.expect_silence()


def test_ten_mebibytes_from_a_registree_end_its_connection(
    gateway, make_registree
):
    registree = make_registree(gateway, "Cws")
    wire = registree.wire
    with gateway.grows_less_than(7 << 20):
        with contextlib.suppress(ConnectionClosed):
            registree.says(["x" * 65536] * 160)
        assert wire.expect_closed() in TOO_LARGE


def test_a_ping_is_answered(gateway, make_registree):
    make_registree(gateway, "Cws").wire.pings()


def test_plain_http_at_the_websocket_port_is_an_error(gateway, make_device):
    device = make_device(gateway.ws.replace("ws:", "http:"))
    assert 400 <= device.retrieves("/").status < 500


def test_a_device_and_a_registree_do_not_hear_each_others_news(
    registrar, gateway, device, listener, make_registree
):
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    registree = make_registree(gateway, "Cws")
    register_registree(registree, registrar, "Cws")
    for to in ("Cdev", "Cws"):
        registrar.notifies(to, {"m2m:sgn": {"sur": to}})
    question = registree.expect_request(op=5)
    assert question["pc"] == {"m2m:sgn": {"sur": "Cws"}}
    assert listener.expect().pc == {"m2m:sgn": {"sur": "Cdev"}}
    registree.answers(question)
    registrar.fence()
    registree.expect_silence()
