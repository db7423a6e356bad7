"""Whatever datagrams come, the gateway stays up, answers others and keeps its
memory (README of bindings/coap)."""

import errno
import random
import socket

import pytest
from support import coap
from support.process import LEAN
from support.settings import settings
from support.waiting import DEADLINE
from support.wire import CREATE, RETRIEVE, answer_to

MIB = 1 << 20


@pytest.fixture
def device(make_coap_device):
    return make_coap_device()


def plays_cse(registrar, pc=None):
    registrar.plays(
        lambda r: answer_to(r, {CREATE: 2001}.get(r["op"], 2000), pc)
    )


@pytest.fixture
def start_lean(registrar, start_gateway):
    """A gateway whose memory can be measured."""

    def start(**how):
        config = settings(registrar, coap=how or True)
        return start_gateway(config, env=LEAN)

    return start


def is_well(device):
    device.retrieves("cse-in").expect(2000, "2.05")


MALFORMED = {
    "a runt": b"\x40",
    "an empty datagram": b"",
    "another version": b"\x80\x01\x00\x01",
    "a long token": b"\x49\x01\x00\x01123456789",
    "a marker without a payload": b"\x40\x01\x00\x01\xff",
    "an option beyond the end": b"\x40\x01\x00\x01\xb9abc",
    "a reserved length": b"\x40\x01\x00\x01\xbf",
    "a reserved delta": b"\x40\x01\x00\x01\xf1a",
    "an empty message with a token": b"\x41\x00\x00\x01t",
    "a code of no class": b"\x40\x3f\x00\x01",
    "a signal": b"\x40\xe1\x00\x01",
    "an abort": b"\x40\xe5\x00\x01",
    "a hop limit of one": b"\x40\x01\x00\x01\xd1\x03\x01",
    "a hop limit of none": b"\x40\x01\x00\x01\xd0\x03",
    "an answer that nobody waits for": b"\x68\x45\x00\x0112345678",
    "an ACK for nothing": b"\x60\x00\x12\x34",
    "a reset for nothing": b"\x70\x00\x12\x34",
    "a uri-host of no bytes": b"\x40\x01\x00\x01\x30",
    "a proxy": b"\x40\x01\x00\x01\xd4\x1acoap",
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_datagram_does_no_harm(registrar, device, what):
    plays_cse(registrar)
    device.tells(MALFORMED[what])
    if MALFORMED[what]:
        device.tells(b"\x50" + MALFORMED[what][1:])
    is_well(device)
    assert device.n_bytes_heard <= 3 * device.n_bytes_said


BAD_OPTIONS = {
    "an unknown critical option": ([(65001, b"x")], "4.02"),
    "another one": ([(2049, b"")], "4.02"),
    "if-match": ([(1, b"x")], "4.02"),
    "a doubled option": ([(283, b"other")], "4.02"),
    "two accepts": ([(coap.ACCEPT, b"2"), (coap.ACCEPT, b"2")], "4.02"),
    "a type of no number": ([(267, b"abcdefgh")], "4.00"),
    "a type of zero": ([(267, b"")], "4.00"),
    "an event category of text": ([(303, b"abcdefgh")], "4.00"),
    "a control character": ([(311, b"a\nb")], "4.00"),
    "bytes that are no text": ([(331, b"\xff\xfe")], "4.00"),
    "a path of controls": ([(coap.URI_PATH, b"a\x00b")], "4.00"),
    "a doubled field": ([(15, b"rcn=1"), (15, b"rcn=2")], "4.00"),
    "a field without a name": ([(15, b"=1")], "4.00"),
    "a number that is none": ([(15, b"lim=x")], "4.00"),
    "an unknown operation": ([(15, b"op=9")], "4.00"),
    "an operation of another method": ([(15, b"op=1")], "4.00"),
    "too many options": ([(coap.URI_PATH, b"a")] * 140, "4.00"),
    "too many fields": ([(15, b"&".join([b"a=b"] * 60))] * 3, "4.00"),
}


@pytest.mark.parametrize("what", BAD_OPTIONS)
def test_bad_options_are_refused(registrar, device, what):
    plays_cse(registrar)
    options, status = BAD_OPTIONS[what]
    device.sends(coap.GET, "cse-in", options=options).expect(4000, status)
    is_well(device)


@pytest.mark.parametrize("number", [coap.BLOCK1, coap.BLOCK2])
def test_a_block_of_a_size_that_means_nothing_is_refused(device, number):
    options = [(number, b"\x07")]
    device.sends(coap.GET, "cse-in", options=options).expect(None, "4.00")


def test_elective_options_are_passed_over(registrar, device):
    plays_cse(registrar)
    options = [(4, b"tag"), (6, b""), (14, b"\x05"), (258, b"\x02"), (2050, b"x")]
    device.sends(coap.GET, "cse-in", options=options).expect(2000)


def test_random_datagrams_do_no_harm(registrar, device, make_coap_device):
    plays_cse(registrar)
    other = make_coap_device()
    dice = random.Random(7)
    good = device.request(coap.POST, "cse-in/c", {"m2m:x": {}}, ty=4).encode()
    for n in range(3000):
        raw = bytearray(good)
        for _ in range(dice.randrange(1, 4)):
            raw[dice.randrange(len(raw))] = dice.randrange(256)
        if dice.random() < 0.1:
            raw = raw[: dice.randrange(4, len(raw) + 1)]
        device.tells(bytes(raw))
        if n % 50 == 0:
            is_well(other)
    is_well(other)


def test_content_beyond_the_limit_is_refused_at_the_block(
    registrar, start_gateway, make_coap_device
):
    gateway = start_gateway(
        settings(registrar, coap=True, limits={"content": "4KiB"})
    )
    device = make_coap_device(gateway.coap_port)
    body = {"m2m:cin": {"con": "x" * 8000}}
    answer = device.creates("c", 4, body).expect(None, "4.13")
    assert answer.number(coap.SIZE1) == 4096
    message = device.request(coap.POST, "c", b"x" * 16, ty=4)
    message.options += [
        (coap.BLOCK1, coap.block(0, True, 0)),
        (coap.SIZE1, coap.uint(4097)),
    ]
    device.exchanges(message).expect(None, "4.13")
    registrar.expect_silence()


def test_what_is_announced_costs_nothing(
    registrar, start_lean, make_coap_device
):
    plays_cse(registrar)
    gateway = start_lean()
    with gateway.grows_less_than(8 * MIB):
        for n in range(20):
            device = make_coap_device(gateway.coap_port, originator=f"C{n}")
            message = device.request(coap.POST, "c", b"x" * 16, ty=4)
            message.options += [
                (coap.BLOCK1, coap.block(0, True, 0)),
                (coap.SIZE1, coap.uint(1 << 30)),
            ]
            device.exchanges(message).expect(None, "4.13")
            message = device.request(coap.POST, "c", b"x" * 16, ty=4)
            message.options.append((coap.BLOCK1, coap.block(0xFFFFF, True, 6)))
            device.exchanges(message).expect(None, "4.08")


def begins(device, n):
    """The first block of a transfer, whose second one may follow."""
    message = device.request(coap.POST, f"c{n}", b"x" * 1024, ty=4)
    message.options.append((coap.BLOCK1, coap.block(0, True, 6)))
    device.exchanges(message).expect(None, "2.31")
    second = device.again(message, drop=(coap.BLOCK1,))
    second.options.append((coap.BLOCK1, coap.block(1, True, 6)))
    return second


def test_transfers_that_never_end_are_bounded(
    registrar, start_lean, make_coap_device
):
    plays_cse(registrar)
    gateway = start_lean()
    device = make_coap_device(gateway.coap_port)
    for n in range(100):
        begins(device, n)
    with gateway.grows_less_than(2 * MIB):
        rows = [begins(device, n) for n in range(100, 4100)]
    device.exchanges(rows[-9]).expect(None, "4.08")
    for second in rows[-7:]:
        device.exchanges(second).expect(None, "2.31")
    is_well(device)


def asks_from_everywhere(device, n):
    """One request from each of n ports, each answered."""
    ports = iter(range(10000, 65536))
    for _ in range(n):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            binds_to_one(s, ports)
            s.connect(device.gateway)
            s.send(device.request(coap.GET, "cse-in").encode())
            s.settimeout(DEADLINE)
            s.recv(2048)


def binds_to_one(s, ports):
    """The next port that nobody has."""
    for port in ports:
        try:
            s.bind(("127.0.0.1", port))
            return
        except OSError as taken:
            assert taken.errno == errno.EADDRINUSE
    raise AssertionError("there are no ports any more")


@pytest.mark.heavy
def test_twenty_thousand_source_ports_do_no_harm(
    registrar, start_lean, make_coap_device
):
    """The bound on peers is crossed many times; from then on a new one costs
    nothing."""
    plays_cse(registrar)
    gateway = start_lean(sessions=1000)
    device = make_coap_device(gateway.coap_port)
    is_well(device)
    asks_from_everywhere(device, 4000)
    with gateway.grows_less_than(6 * MIB):
        asks_from_everywhere(device, 20000)
    is_well(device)


def test_peers_beyond_the_bound_take_the_place_of_others(
    registrar, start_gateway, make_coap_device
):
    plays_cse(registrar)
    gateway = start_gateway(settings(registrar, coap={"sessions": 10}))
    devices = [make_coap_device(gateway.coap_port) for _ in range(30)]
    for device in devices + devices:
        is_well(device)


def test_peers_of_one_address_are_bounded(
    registrar, start_gateway, make_coap_device
):
    plays_cse(registrar)
    few = {"sessions": 100, "sessions-per-address": 5}
    gateway = start_gateway(settings(registrar, coap=few))
    devices = [make_coap_device(gateway.coap_port) for _ in range(5)]
    for device in devices:
        is_well(device)
    other = make_coap_device(gateway.coap_port, knows_echo=False)
    other.retrieves("cse-in").expect(None, "4.01")
    third = make_coap_device(gateway.coap_port, address="127.0.0.2")
    is_well(third)


def test_what_is_open_at_the_end_is_answered(
    registrar, coap_gateway, make_coap_device
):
    device = make_coap_device()
    message = device.request(coap.GET, "cse-in")
    device.tells(message)
    request = registrar.expect_request(op=RETRIEVE)
    coap_gateway.signal(15)
    coap_gateway.wait_for("gateway/stopping")
    late = device.request(coap.GET, "cse-in")
    device.tells(late)
    device.takes_answer(late).expect(None, "5.03")
    registrar.answers(request, 2000)
    device.takes_answer(message).expect(2000)
