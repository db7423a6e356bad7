"""Whoever writes senders of his choice into datagrams has a small pot of places
for all of them: nobody who has proven its address, and no device that has
answered a request of ours, is refused for that (README of bindings/coap)."""

import ipaddress
import socket

import pytest
from support import coap
from support.coap_registering import register
from support.settings import settings
from support.waiting import eventually
from support.wire import answer_to

SESSIONS = 160
POT = SESSIONS // 8
VOUCHED = 16
FIRST = int(ipaddress.ip_address("127.1.0.1"))


@pytest.fixture
def cse(registrar):
    """It keeps silent toward Cslow, and answers all others at once."""
    registrar.n_slow = 0

    def answer(request):
        if request["fr"] != "Cslow":
            return answer_to(request, 2000, {"m2m:cb": {}})
        registrar.n_slow += 1
        return ""

    registrar.plays(answer)
    return registrar


@pytest.fixture
def start(registrar, start_gateway):
    def start(**coap_keys):
        keys = {"sessions": SESSIONS, **coap_keys}
        return start_gateway(
            settings(
                registrar,
                coap=keys,
                timeouts={"drain": "100ms"},
                deliver={"allow": ["127.0.0.0/8"]},
            )
        )

    return start


@pytest.fixture
def gateway(cse, start):
    return start()


@pytest.fixture
def make(gateway, make_coap_device):
    def make(**how):
        return make_coap_device(gateway.coap_port, **how)

    return make


def forges(device, n, kind=coap.NON, first=FIRST, port=0, step=1):
    """One request that stays open, from each of n addresses; with step 0 from
    as many ports of one."""
    for i in range(n):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((str(ipaddress.ip_address(first + i * step)), port))
            sent = device.request(
                coap.GET, "cse-in", origin="Cslow", rqi=f"f{i}", type=kind
            )
            s.sendto(sent.encode(), device.gateway)


def is_well(device):
    device.retrieves("cse-in").expect(2000, "2.05")


def is_asked_for_an_echo(device):
    answer = device.exchanges(device.request(coap.GET, "cse-in"))
    assert (answer.status, answer.rsc) == ("4.01", None), str(answer)
    assert answer.get(coap.ECHO)
    return answer


@pytest.mark.parametrize("kind", [coap.NON, coap.CON])
def test_forged_requests_have_a_pot_and_no_more(cse, make, kind):
    """What is beyond it costs nothing, and who knows Echo comes in."""
    known = make()
    known.sends(coap.GET, "cse-in", origin="/id-in")  # is proven by that
    assert known.echo
    known.echo, known.knows_echo = None, False
    forges(make(), 5 * SESSIONS, kind)
    is_well(known)
    is_asked_for_an_echo(make(knows_echo=False))
    is_well(make())
    for _ in range(2 * SESSIONS):
        is_well(make(knows_echo=True))
    is_well(known)
    assert cse.n_slow == POT


def test_what_is_refused_is_counted_and_told(cse, gateway, make):
    forges(make(), POT)
    for _ in range(3):
        is_asked_for_an_echo(make(knows_echo=False))
    gateway.wait_for("exchange/failed", "whose address is not proven")
    told = gateway.told("coap")
    assert told["asked"] == POT
    assert told["refused-unproven"] == 3


def test_forged_ports_of_one_address_do_no_more(cse, make):
    forges(make(), 3 * POT, first=FIRST)
    address = "127.0.0.9"
    one = int(ipaddress.ip_address(address))
    forges(make(), SESSIONS, first=one, step=0)
    is_well(make(address=address))
    assert cse.n_slow == POT


def fills_all_places_of(address, cse, start, make_coap_device):
    """All that one address may have, with a gateway that leaves it few."""
    gateway = start(**{"sessions-per-address": 3})
    for _ in range(3):
        forger = make_coap_device(
            gateway.coap_port, address=address, knows_echo=False
        )
        forger.tells(
            forger.request(coap.GET, "cse-in", origin="Cslow", type=coap.NON)
        )
    eventually(lambda: cse.n_slow == 3, "forged requests")
    return gateway


def test_an_address_is_not_refused_for_what_is_forged_in_its_name(
    cse, start, make_coap_device
):
    """Not even at the bound of that address; and who loses its place is
    told."""
    address = "127.0.0.9"
    gateway = fills_all_places_of(address, cse, start, make_coap_device)
    honest = {"address": address, "knows_echo": False}
    waits = make_coap_device(gateway.coap_port, **honest)
    is_asked_for_an_echo(waits)
    for _ in range(3):
        is_well(make_coap_device(gateway.coap_port, address=address))
    fourth = make_coap_device(gateway.coap_port, address=address)
    fourth.retrieves("cse-in").expect(None, "5.03")  # all are proven now


def test_a_device_that_has_answered_is_not_refused(
    cse, gateway, make, make_coap_listener
):
    """It asks from another port, and knows no Echo."""
    address = "127.0.0.7"
    lamp = make_coap_listener(address=address)
    lamp.url = f"coap://{address}:{lamp.port}"
    cse.plays(None)
    first = make(address=address, knows_echo=False)
    register(first, cse, "Clamp", poa=[lamp.url])
    cse.notifies("Clamp", {"m2m:sgn": {}})
    lamp.expect()
    cse.plays(lambda r: "" if r["fr"] == "Cslow" else answer_to(r, 2000))
    forges(make(), 3 * SESSIONS)
    is_asked_for_an_echo(make(knows_echo=False))
    device = make(address=address, knows_echo=False)
    device.exchanges(device.request(coap.GET, "cse-in")).expect(2000)


def test_a_trusted_network_is_not_refused(cse, start, make_coap_device):
    gateway = start(trust=["127.0.0.0/16"])

    def make(**how):
        return make_coap_device(gateway.coap_port, **how)

    forges(make(), 3 * SESSIONS)
    for _ in range(3):
        is_well(make(knows_echo=False))
    is_asked_for_an_echo(make(address="127.1.0.200", knows_echo=False))


def test_a_place_is_had_for_a_while_and_then_others_get_it(
    cse, gateway, make
):
    """So devices that know no Echo come in at times; who has to go is told,
    and so is who runs the gateway."""
    slow = make(knows_echo=False)
    sent = [
        slow.request(coap.GET, "cse-in", origin="Cslow", type=kind)
        for kind in (coap.NON, coap.CON)
    ]
    for message in sent:
        slow.tells(message)
    slow.takes_ack(sent[1])
    forges(make(), 2 * POT)
    late = make(knows_echo=False)
    is_asked_for_an_echo(late)

    def comes_in():
        answer = late.exchanges(late.request(coap.GET, "cse-in"))
        return answer.rsc == 2000

    eventually(comes_in, "a place")
    answer = slow.takes_whole(sent[0]).expect(4008, "5.04")
    assert "not proven" in answer.pc["m2m:dbg"]
    gateway.wait_for("exchange/failed", "another needs its place")
    eventually(comes_in, "a place")
