"""Anybody may write the address of a CSE into a datagram: over CoAP nothing is
done for a CSE before its address is proven, by an Echo (RFC 9175), by an answer
to a request of ours, or by listen.coap.trust."""

import pytest
from support import coap
from support.coap_registering import register
from support.registering import csr
from support.settings import settings
from support.waiting import DEADLINE
from support.wire import CREATE, RETRIEVE

SGN = {"m2m:sgn": {"sur": "/id-in/s"}}
LARGE = {"m2m:sgn": {"sur": "/id-in/s", "x": "y" * 3000}}


@pytest.fixture
def cse(make_coap_listener):
    """The server of a CSE, at its own port."""
    return make_coap_listener(answers_by_itself=False)


@pytest.fixture
def gateway(cse, start_gateway):
    """One that leads there by its address."""
    allow = {"allow": ["127.0.0.0/8"]}
    config = settings(coap=True, timeouts={"drain": "500ms"}, deliver=allow)
    config["cses"] = [{"id": "/id-in", "name": "cse-in", "url": cse.url}]
    return start_gateway(config)


@pytest.fixture
def lamp(gateway, cse, make_coap_device, make_coap_listener):
    """The point of access of a device that is registered there."""
    lamp = make_coap_listener()
    device = make_coap_device(gateway.coap_port)
    register(device, CoapRegistrar(cse), "Clamp", poa=[lamp.url])
    return lamp


class CoapRegistrar:
    """A CSE over CoAP that grants, as the scripted one does."""

    def __init__(self, cse):
        self.cse = cse

    def expect_request(self, **wanted):
        assert wanted == {"op": CREATE, "ty": 2}
        return self.cse.expect(method=coap.POST)

    def grants(self, request, aei):
        granted = {"m2m:ae": {"aei": aei, "ri": aei, "rn": "lamp"}}
        self.cse.answers(request, "2.01", 2001, granted)


@pytest.fixture
def speaks(gateway, lamp, make_coap_device):
    """The client of the CSE, at another port, or who plays it."""
    return make_coap_device(
        gateway.coap_port, originator="/id-in", knows_echo=False
    )


def echo_wanted(answer):
    """Nothing but an Echo is asked for."""
    assert (answer.status, answer.rsc) == ("4.01", None), str(answer)
    return answer.get(coap.ECHO)



@pytest.mark.parametrize("kind", [coap.CON, coap.NON])
@pytest.mark.parametrize("fr", ["/id-in", "/id-in/Cother", "/id-elsewhere"])
@pytest.mark.parametrize("to", ["Clamp", "coap://127.0.0.1:{}/x"])
def test_nothing_is_done_for_a_cse_before_its_echo(
    speaks, lamp, make_coap_listener, kind, fr, to
):
    """Its address alone would do for a URL of its choice."""
    victim = make_coap_listener()
    path = to.format(victim.port)
    sent = speaks.request(coap.POST, "", SGN, origin=fr, type=kind)
    sent.options.append((coap.URI_PATH, path.encode()))
    speaks.tells(sent)
    echo = echo_wanted(speaks.takes_answer(sent))
    assert speaks.n_bytes_heard <= 3 * speaks.n_bytes_said
    # Whatever was on its way is behind that by now.
    other = speaks.request(coap.GET, "~/id-gw/gw", origin="Cother")
    speaks.exchanges(other)
    assert not lamp.heard.untaken() and not victim.heard.untaken()
    again = speaks.again(sent)
    again.options.append((coap.ECHO, echo))
    speaks.tells(again)
    where = lamp if to == "Clamp" else victim
    assert where.expect().pc == SGN
    speaks.takes_answer(again).expect(2000, "2.04")
    assert len(where.heard.untaken()) == 0


def test_who_has_proved_its_address_once_is_believed(speaks, lamp):
    speaks.knows_echo = True
    speaks.sends(coap.POST, "Clamp", SGN).expect(2000, "2.04")
    lamp.expect()
    assert speaks.echo
    speaks.echo = None
    speaks.knows_echo = False
    speaks.sends(coap.POST, "Clamp", SGN).expect(2000, "2.04")
    lamp.expect()


@pytest.mark.parametrize("echo", [b"\x00" * 12, b"x", b"\xff" * 40])
def test_an_echo_that_is_none_proves_nothing(speaks, lamp, echo):
    sent = speaks.request(
        coap.POST, "Clamp", SGN, options=[(coap.ECHO, echo)]
    )
    assert echo_wanted(speaks.exchanges(sent)) != echo
    assert not lamp.heard.untaken()


def test_the_echo_of_another_port_proves_nothing(
    speaks, lamp, gateway, make_coap_device
):
    echo = echo_wanted(
        speaks.exchanges(speaks.request(coap.POST, "Clamp", SGN))
    )
    other = make_coap_device(
        gateway.coap_port, originator="/id-in", knows_echo=False
    )
    sent = other.request(coap.POST, "Clamp", SGN, options=[(coap.ECHO, echo)])
    echo_wanted(other.exchanges(sent))
    assert not lamp.heard.untaken()


def test_a_bare_notification_needs_proof_as_well(speaks, lamp):
    """That of tinyIoT, which names nobody."""
    sent = speaks.request(coap.POST, "Clamp", SGN)
    sent.options = [(coap.URI_PATH, b"Clamp")]
    sent.options.append((coap.CONTENT_FORMAT, coap.uint(coap.JSON)))
    again = speaks.with_echo(sent)
    assert not lamp.heard.untaken()
    speaks.tells(again)
    assert lamp.expect().get(coap.CURRENT["fr"]) == b"/id-in"
    speaks.takes_answer(again).expect(2000, "2.04")


def test_a_large_one_is_proven_by_its_second_block(speaks, lamp):
    """2.31 has an Echo, which comes back with the next block."""
    lamp.takes_blocks()
    sent = speaks.request(coap.POST, "Clamp", LARGE)
    echo = None
    for block in speaks.blocks(sent):
        if echo:
            block.options.append((coap.ECHO, echo))
        answer = speaks.exchanges(block)
        echo = answer.get(coap.ECHO, echo)
    answer.expect(2000, "2.04")
    assert lamp.whole.take() == LARGE


def test_a_large_one_without_echo_is_done_when_it_comes_again(speaks, lamp):
    lamp.takes_blocks()
    sent = speaks.request(coap.POST, "Clamp", LARGE)
    for block in speaks.blocks(sent):
        answer = speaks.exchanges(block)
    echo = echo_wanted(answer)
    assert not lamp.whole.untaken()
    sent.options.append((coap.ECHO, echo))
    for block in speaks.blocks(sent):
        answer = speaks.exchanges(block)
    answer.expect(2000, "2.04")
    assert lamp.whole.take() == LARGE


def test_an_answer_to_a_request_of_ours_proves_its_address(
    gateway, lamp, cse
):
    """Where a CSE asks from the port at which it is asked; it has answered
    the registration."""
    sent = coap.Device.request(as_device(cse, gateway), coap.POST, "Clamp", SGN)
    cse.says(sent, ("127.0.0.1", gateway.coap_port))
    assert lamp.expect().pc == SGN
    answer = cse.heard.take(lambda m: m.token == sent.token and m.code >= 64)
    answer.expect(2000, "2.04")


def as_device(listener, gateway):
    """What a device has, with the socket of a listener."""
    device = coap.Device.__new__(coap.Device)
    device.__dict__.update(listener.__dict__)
    device.originator, device.numbers = "/id-in", coap.CURRENT
    device._rqis, device._tokens = iter(["r1"]), iter([7])
    return device


@pytest.mark.parametrize("token", [b"", b"\x00" * 8, b"12345678"])
def test_an_answer_that_brings_no_token_back_proves_nothing(
    gateway, cse, make_coap_device, token
):
    """Whoever forges the address has not seen it."""
    device = make_coap_device(gateway.coap_port)
    sent = device.request(coap.GET, "cse-in")
    device.tells(sent)
    asked = cse.expect(method=coap.GET)
    at = ("127.0.0.1", gateway.coap_port)
    cse.says(coap.Message(coap.NON, 0x45, 1, token), asked.sender)
    cse.says(coap.Message(coap.NON, 0x45, 2, token), at)
    own = coap.Device.request(as_device(cse, gateway), coap.GET, "cse-in/x")
    cse.says(own, at)
    echo_wanted(cse.heard.take(lambda m: m.token == own.token and m.code >= 64))
    cse.answers(asked, "2.05", 2000, {"m2m:cb": {}})
    device.takes_answer(sent).expect(2000)


def test_who_is_in_a_trusted_network_is_the_cse_at_once(
    cse, start_gateway, make_coap_device, make_coap_listener
):
    config = settings(coap={"trust": ["127.0.0.1"]})
    config["cses"] = [{"id": "/id-in", "name": "cse-in", "url": cse.url}]
    gateway = start_gateway(config)
    lamp = make_coap_listener()
    device = make_coap_device(gateway.coap_port)
    register(device, CoapRegistrar(cse), "Clamp", poa=[lamp.url])
    speaks = make_coap_device(
        gateway.coap_port, originator="/id-in", knows_echo=False
    )
    speaks.sends(coap.POST, "Clamp", SGN).expect(2000, "2.04")
    assert lamp.expect().pc == SGN


def registers_a_cse(device, registrar):
    sent = device.request(
        coap.POST, "cse-in", csr("/id-mn"), ty=16, origin="/id-mn"
    )
    again = device.with_echo(sent)
    registrar.expect_silence()
    device.tells(again)
    request = registrar.expect_request(op=CREATE, ty=16)
    granted = {"m2m:csr": {**request["pc"]["m2m:csr"], "ri": "mn", "rn": "mn"}}
    registrar.answers(request, 2001, granted)
    device.takes_answer(again, DEADLINE).expect(2001)


def test_a_cse_that_registers_proves_its_address(
    registrar, make_coap_device
):
    """Before that, and wherever it speaks from later on."""
    registers_a_cse(make_coap_device(knows_echo=False), registrar)
    later = make_coap_device(knows_echo=False)
    for fr in ("/id-mn", "/id-mn/C1"):
        sent = later.request(coap.GET, "cse-in", origin=fr)
        again = later.with_echo(sent)
        registrar.expect_silence()
    later.tells(again)
    request = registrar.expect_request(op=RETRIEVE)
    registrar.answers(request, 2000, {"m2m:cb": {}})
    later.takes_answer(again).expect(2000, "2.05")


def test_the_log_says_why_a_cse_is_not_believed(gateway, speaks, lamp):
    echo_wanted(speaks.exchanges(speaks.request(coap.POST, "Clamp", SGN)))
    gateway.wait_for("exchange/failed", "is not proven")
