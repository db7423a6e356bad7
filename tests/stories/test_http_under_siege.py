"""Slow, idle and enormous devices are cut off in time and in bounds, and good
devices are served meanwhile (story 6)."""

import os
import resource
import time

import pytest
from support.raw import Raw, request, serves
from support.settings import settings
from support.waiting import Missed, eventually
from support.wire import answer_to

MIB = 1 << 20
N_IDLE = int(os.environ.get("IDLE_CONNECTIONS", "10000"))

# What a connection may cost here; tests/bench measures it without sanitizers.
IDLE_BYTES_MAX = 16 << 10

# Slow devices are not cut off while we wait for what good ones are told.
PATIENT = {"header-timeout": "10m", "idle-timeout": "10m"}


@pytest.fixture
def make_gateway(registrar, start_gateway):
    registrar.echoes()

    def make(**http):
        # WebSocket is not what is besieged: it needs few descriptors.
        listen = {"http": http, "ws": {"connections": 100}}
        return start_gateway(settings(registrar, listen=listen))

    return make


def is_cut_off(raw, text):
    """Send a text byte by byte until the gateway closes, which must be before
    its end; returns the statuses of its answers.  The pause is an answer that
    must not come."""
    answers = []
    for byte in text[:-1]:
        if not raw.sends(bytes([byte])):
            return answers
        try:
            answer = raw.answer(within=0.1)
        except Missed:
            continue
        if answer is None:
            return answers
        answers.append(answer.status)
    raise AssertionError("all of it was waited for")


def test_slow_headers_are_cut_off_at_the_deadline(make_gateway):
    gateway = make_gateway(**{"header-timeout": "1s", "idle-timeout": "30s"})
    text = request(headers=["X-Slow: " + "a" * 200])
    began = time.monotonic()
    with Raw(gateway.http_port) as raw:
        assert is_cut_off(raw, text) in ([], [408])
    assert time.monotonic() - began >= 0.8
    serves(gateway)


def test_a_slow_request_line_is_cut_off_too(make_gateway):
    gateway = make_gateway(**{"header-timeout": "1s", "idle-timeout": "2s"})
    with Raw(gateway.http_port) as raw:
        text = request(path="/" + "a" * 200)
        assert is_cut_off(raw, text) in ([], [408])
    serves(gateway)


def test_a_slow_body_is_cut_off_at_the_deadline(make_gateway):
    gateway = make_gateway(**{"body-timeout": "1s", "idle-timeout": "30s"})
    text = request("POST", body=b"[" + b" " * 500 + b"]", ty=3)
    head, _, body = text.partition(b"\r\n\r\n")
    began = time.monotonic()
    with Raw(gateway.http_port) as raw:
        raw.sends(head + b"\r\n\r\n")
        assert is_cut_off(raw, body) in ([], [408], [504])
    assert time.monotonic() - began >= 0.8
    serves(gateway)


def test_an_idle_connection_is_closed(make_gateway):
    gateway = make_gateway(**{"idle-timeout": "500ms"})
    with Raw(gateway.http_port) as raw:
        raw.sends(request())
        assert raw.answer().status == 200
        assert raw.expect_closed() == b""


def test_a_connection_that_says_nothing_is_closed(make_gateway):
    gateway = make_gateway(
        **{"header-timeout": "500ms", "idle-timeout": "500ms"}
    )
    with Raw(gateway.http_port) as raw:
        raw.expect_closed()


def test_waiting_for_the_cse_is_not_idling(registrar, make_gateway):
    gateway = make_gateway(
        **{"idle-timeout": "300ms", "body-timeout": "300ms"}
    )
    registrar.plays(None)
    with Raw(gateway.http_port) as raw:
        raw.sends(request())
        heard = registrar.expect_request()
        with Raw(gateway.http_port) as other:
            other.expect_closed()
        registrar.answers(heard, 2000, {"late": "but fine"})
        assert raw.answer().status == 200


def test_slow_devices_do_not_hold_up_good_ones(make_gateway, ends):
    gateway = make_gateway(**PATIENT)
    for _ in range(300):
        raw = Raw(gateway.http_port)
        ends.add(raw.close)
        raw.sends(request()[:40])
    for _ in range(20):
        serves(gateway)


def test_connections_beyond_the_bound_are_refused(make_gateway, ends):
    gateway = make_gateway(**{"connections": 20, "trust": ["127.0.0.1"]})
    taken = [Raw(gateway.http_port) for _ in range(20)]
    for raw in taken:
        ends.add(raw.close)
        raw.sends(request())
        assert raw.answer().status == 200
    with Raw(gateway.http_port) as one_more:
        one_more.sends(request())
        answer = one_more.answer()
        assert answer is None or answer.status == 503
    taken[0].sends(request())
    assert taken[0].answer().status == 200


def test_one_address_cannot_take_all_connections(make_gateway, ends):
    gateway = make_gateway(**{"connections-per-address": 5})
    for _ in range(5):
        raw = Raw(gateway.http_port, source="127.0.0.2")
        ends.add(raw.close)
        raw.sends(request())
        assert raw.answer().status == 200
    with Raw(gateway.http_port, source="127.0.0.2") as one_more:
        one_more.sends(request())
        answer = one_more.answer()
        assert answer is None or answer.status == 503
    serves(gateway)


@pytest.mark.heavy
def test_ten_thousand_idle_connections_leave_room_for_good_ones(
    make_gateway, ends
):
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft > N_IDLE + 500, f"only {soft} descriptors are allowed"
    gateway = make_gateway(**PATIENT, trust=["127.0.0.1"])
    serves(gateway)
    memory = gateway.memory_bytes()
    for n in range(N_IDLE):
        raw = Raw(gateway.http_port)
        ends.add(raw.close)
        if n % 10 == 0:
            raw.sends(request()[: n % 60])
        if n % 1000 == 0:
            serves(gateway)
    for _ in range(20):
        serves(gateway)
    each = (gateway.memory_bytes() - memory) / N_IDLE
    assert each < IDLE_BYTES_MAX, f"{each:.0f} bytes a connection"


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_body_of_100_mib_is_refused_and_not_kept(make_gateway, framing):
    gateway = make_gateway()
    serves(gateway)
    kind = "Content-Type: application/json;ty=3"
    if framing == "length":
        how, block = f"Content-Length: {100 * MIB}", b"x" * MIB
    else:
        how = "Transfer-Encoding: chunked"
        block = b"100000\r\n" + b"x" * MIB + b"\r\n"
    with Raw(gateway.http_port) as raw, gateway.grows_less_than(8 * MIB):
        raw.sends(request("POST", headers=[kind, how]))
        for _ in range(100):
            if not raw.sends(block):
                break
        raw.sends(b"0\r\n\r\n" if framing == "chunked" else b"")
        answer = raw.answer()
    assert answer is None or answer.status == 413
    serves(gateway)


def test_a_body_that_is_too_long_is_told_so(make_gateway):
    gateway = make_gateway()
    with Raw(gateway.http_port) as raw:
        kind = "Content-Type: application/json;ty=3"
        size = f"Content-Length: {2 * MIB}"
        raw.sends(request("POST", headers=[kind, size]))
        answer = raw.answer()
    assert answer.status == 413
    assert answer.headers["x-m2m-rsc"] == "4000"


def test_a_device_that_never_reads_keeps_nobody_waiting(
    registrar, make_gateway, ends
):
    gateway = make_gateway()
    big = {"text": "x" * 900000}
    registrar.plays(
        lambda m: answer_to(
            m, 2000, {"to": "good"} if m["to"] == "good" else big
        )
    )
    for _ in range(20):
        raw = Raw(gateway.http_port)
        ends.add(raw.close)
        raw.sends(request() * 3)
    serves(gateway)


def test_a_device_that_does_not_take_its_answer_is_cut_off(
    registrar, make_gateway
):
    gateway = make_gateway(**{"connections": 1, "idle-timeout": "1s"})
    big, n = "x" * 900000, 20
    registrar.plays(
        lambda m: answer_to(m, 2000, {"to": "good" if m["to"] == "good" else big})
    )

    def is_served():
        with Raw(gateway.http_port) as other:
            other.sends(request(path="/good"))
            answer = other.answer()
            return answer is not None and answer.status == 200

    with Raw(gateway.http_port) as raw:
        raw.sends(request(path="/big") * n)
        eventually(is_served, "room for another")
        assert len(raw.expect_closed()) < n * len(big)


def test_a_device_that_leaves_is_forgotten(registrar, make_gateway):
    gateway = make_gateway()
    registrar.plays(None)
    with Raw(gateway.http_port) as raw:
        raw.sends(request(path="/left"))
        heard = registrar.expect_request(to="left")
    registrar.answers(heard, 2000, {"m2m:cb": {}})
    registrar.fence()
    registrar.echoes()
    serves(gateway)
