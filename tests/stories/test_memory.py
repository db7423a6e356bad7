"""The bytes that peers make the gateway hold have a bound, limits.memory, and
each its part of that: whoever takes more is refused, and everybody else does not
notice."""

import struct
import time

import pytest
from support import coap
from support.honeststory import *  # noqa: F403 - fixtures
from support.raw import Raw
from support.settings import settings
from support.waiting import DEADLINE, eventually
from support.wire import CREATE, answer_to

MIB = 1 << 20
MEMORY = 8 * MIB
PIECE = 900_000

# What a few honest devices and connections may come to.
LITTLE = 256 << 10

GREEDY = "127.0.0.2"
FAR = {"rqet": "86400000"}


@pytest.fixture
def start(silent, start_gateway):
    def start(memory="8MiB"):
        return start_gateway(
            settings(
                silent,
                coap=True,
                limits={"memory": memory, "content": "1MiB"},
                timeouts={"request": "1m", "drain": "0s"},
            )
        )

    return start


def expect_bounded(gateway):
    assert gateway.held()["bytes"] <= MEMORY
    line = gateway.wait_for("account/bound")
    assert "limits.memory" in line.msg


def expect_forgotten(gateway):
    eventually(
        lambda: gateway.held()["bytes"] <= LITTLE, "the end of what was held"
    )


@pytest.fixture
def connect(ends):
    def connect(port):
        raw = Raw(port, source=GREEDY)
        ends.add(raw.close)
        return raw

    return connect


def says_it_is_full(raw):
    """Whether it is told to come back later and closed, and not just waited
    for."""
    answer = raw.answer()
    assert answer.status == 503 and answer.headers["x-m2m-rsc"] == "5103"
    assert answer.headers["retry-after"] == "2"
    assert b"limits.memory" in answer.body
    return raw.answer() is None


def test_bodies_that_never_end_are_bounded(start, honest, connect):
    gateway = start()
    begun = []
    for _ in range(20):
        raw = connect(gateway.http_port)
        raw.sends(
            "POST /cse-in HTTP/1.1\r\nHost: h\r\nX-M2M-Origin: Cgreedy\r\n"
            "X-M2M-RI: r\r\nX-M2M-RVI: 3\r\n"
            "Content-Type: application/json;ty=4\r\n"
            f"Content-Length: {MIB}\r\n\r\n"
        )
        raw.sends(b"{" + b" " * PIECE)
        begun.append(raw)
        honest(gateway)
    expect_bounded(gateway)
    # What was kept is read when its rest has come; who is refused, and goes on
    # sending, may find the connection gone.
    for raw in begun:
        raw.sends(b" " * (MIB - PIECE - 2) + b"?")
    answers = [raw.answer() for raw in begun]
    statuses = [a.status for a in answers if a]
    assert 3 <= statuses.count(400) <= 8
    assert set(statuses) <= {400, 503}
    for raw in begun:
        raw.close()
    expect_forgotten(gateway)


def test_a_body_that_is_too_much_now_is_refused_with_503(
    start, honest, connect
):
    gateway = start()
    head = (
        "POST /cse-in HTTP/1.1\r\nHost: h\r\nX-M2M-Origin: Cgreedy\r\n"
        "X-M2M-RI: r\r\nX-M2M-RVI: 3\r\n"
        "Content-Type: application/json;ty=4\r\n"
        f"Content-Length: {PIECE}\r\n\r\n"
    )
    body = b'{"m2m:cin":{"con":"' + b"x" * (PIECE - 22) + b'"}}'
    assert len(body) == PIECE
    last = connect(gateway.http_port)
    for _ in range(12):
        raw = connect(gateway.http_port)
        raw.sends(head)
        raw.sends(body[:-1])
    gateway.wait_for("account/bound")
    # At its head: who goes on sending may find the connection gone.
    last.sends(head)
    assert says_it_is_full(last)
    honest(gateway)


def handshake(raw):
    raw.sends(
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Protocol: oneM2M.json\r\n\r\n"
    )
    return raw.answer(has_body=False).status


def first_fragment(n):
    return b"\x01\xff" + struct.pack(">Q", n) + b"\0\0\0\0" + b" " * n


def close_code(raw):
    """Of the frame that the server ends with; None when it just ends."""
    while len(raw.rest) < 4 and raw._more(time.monotonic() + DEADLINE):
        pass
    if len(raw.rest) < 4:
        return None
    assert raw.rest[0] == 0x88
    return struct.unpack(">H", raw.rest[2:4])[0]


def test_messages_in_pieces_are_bounded(start, honest, connect):
    gateway = start()
    begun = [connect(gateway.ws_port) for _ in range(20)]
    for raw in begun:
        assert handshake(raw) == 101
    for raw in begun:
        raw.sends(first_fragment(PIECE))
        honest(gateway)
    expect_bounded(gateway)
    line = gateway.wait_for("exchange/failed", containing="limits.memory")
    assert '"code":"1013"' in line.raw
    assert close_code(begun[-1]) == 1013
    for raw in begun:
        raw.close()
    expect_forgotten(gateway)


def begins(device, message):
    """Send all blocks but the last; the last answer."""
    for block in list(device.blocks(message))[:-1]:
        answer = device.exchanges(block)
        if answer.status != "2.31":
            break
    return answer


def test_blocks_over_coap_are_bounded(start, honest, ends):
    gateway = start(memory="2MiB")
    answers = []
    for _ in range(8):
        device = coap.Device(
            gateway.coap_port, originator="Cgreedy", address=GREEDY
        )
        ends.add(device.close)
        message = device.request(coap.POST, "cse-in", b"x" * 300_000, ty=4)
        answers.append(begins(device, message))
        honest(gateway)
    assert answers[0].status == "2.31"
    assert answers[-1].status == "5.03"
    assert answers[-1].number(coap.MAX_AGE) == 2
    assert gateway.held()["bytes"] <= 2 * MIB
    assert gateway.told("coap")["refused-memory"] >= 1


def test_what_is_written_is_not_held_until_the_answer(
    start, silent, make_registree
):
    """Sixty messages that come to seven times what there is."""
    gateway = start()
    registree = make_registree(gateway, "Cgreedy")
    for n in range(60):
        registree.asks(
            CREATE,
            "/id-in/x",
            fr="Cgreedy",
            ty=4,
            pc={"m2m:cin": {"con": "x" * PIECE}},
            **FAR,
        )
        silent.expect_request(to="/id-in/x")
    assert gateway.held()["requests"] == 60
    assert gateway.held()["bytes"] <= 2 * LITTLE


def test_who_does_not_read_its_answers_is_bounded(
    registrar, start_gateway, honest, make_registree, connect
):
    large = {"m2m:cin": {"con": "x" * PIECE}}
    registrar.plays(
        lambda m: answer_to(m, 2000, **({} if is_honest(m) else {"pc": large}))
    )
    gateway = start_gateway(
        settings(registrar, limits={"memory": "8MiB", "content": "1MiB"})
    )
    text = b'{"op":2,"to":"/id-in/cse-in","fr":"Cgreedy","rqi":"r%02d","rvi":"3"}'
    lazy = [connect(gateway.ws_port) for _ in range(2)]
    for raw in lazy:
        assert handshake(raw) == 101
    for n in range(40):
        request = text % n
        assert len(request) < 126
        for raw in lazy:
            raw.sends(
                bytes([0x81, 0x80 | len(request)]) + b"\0\0\0\0" + request
            )
        honest(gateway)
    expect_bounded(gateway)
    honest(gateway)
