"""However long the CSE takes, devices wait at no cost, are answered each on its
own connection, and what they send or do meanwhile is not lost."""

import os
import signal
import socket
import struct

import pytest
from support.raw import Raw, request
from support.settings import settings
from support.wire import answer_to

N_DEVICES = 200
RESET = struct.pack("ii", 1, 0)  # closing sends no more than an RST


@pytest.fixture
def gateway(registrar, start_gateway):
    registrar.plays(plays)
    return start_gateway(settings(registrar))


def plays(message):
    """Whatever is slow is left to the story."""
    if message["to"].startswith("slow"):
        return None
    return answer_to(message, 2000, {"to": message["to"]})


def answers_quickly(gateway, n=50):
    """The CSE answers at once, so the gateway expects it to."""
    with Raw(gateway.http_port) as raw:
        for _ in range(n):
            raw.sends(request(path="/quick"))
            assert raw.answer().body == b'{"to": "quick"}'


def answers_slowly(gateway):
    """The CSE does not answer in time, so the gateway expects nothing."""
    slow = request(path="/slow", headers=["X-M2M-RET: 100"])
    raws = [Raw(gateway.http_port) for _ in range(5)]
    for raw in raws:
        raw.sends(slow)
    for raw in raws:
        assert raw.answer().headers["x-m2m-rsc"] == "4008"
        raw.close()


@pytest.fixture(params=[answers_quickly, answers_slowly])
def used_to(request, gateway):
    """What the gateway is used to when the story begins."""
    request.param(gateway)


def processor_seconds(gateway):
    """What the gateway has used of a processor so far."""
    with open(f"/proc/{gateway.process.pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask_slowly(registrar, gateway, n):
    """n devices ask; returns what the registrar has heard of each."""
    raws = [Raw(gateway.http_port) for _ in range(n)]
    for i, raw in enumerate(raws):
        raw.sends(request(path=f"/slow{i}", rqi=f"s{i}"))
    heard = [registrar.expect_request(to=f"slow{i}") for i in range(n)]
    return raws, heard


def test_many_wait_and_each_gets_its_own_answer(registrar, gateway, used_to):
    raws, heard = ask_slowly(registrar, gateway, N_DEVICES)
    for i in reversed(range(N_DEVICES)):
        registrar.answers(heard[i], 2000, {"is": i})
    for i, raw in enumerate(raws):
        answer = raw.answer()
        assert answer.headers["x-m2m-ri"] == f"s{i}"
        assert answer.body == b'{"is": %d}' % i
        raw.close()


def test_waiting_costs_no_processor_time(gateway, used_to):
    raws = [Raw(gateway.http_port) for _ in range(20)]
    before = processor_seconds(gateway)
    for raw in raws:
        raw.sends(request(path="/slow", headers=["X-M2M-RET: 1000"]))
    for raw in raws:
        assert raw.answer().headers["x-m2m-rsc"] == "4008"
        raw.close()
    assert processor_seconds(gateway) - before < 0.5


def test_others_are_served_while_one_waits(registrar, gateway, used_to):
    (raw,), (heard,) = ask_slowly(registrar, gateway, 1)
    answers_quickly(gateway)
    registrar.answers(heard)
    assert raw.answer().status == 200
    raw.close()


def test_what_is_sent_while_waiting_comes_next(registrar, gateway, used_to):
    (raw, other), heard = ask_slowly(registrar, gateway, 2)
    raw.sends(request(path="/quick", rqi="next") * 2)
    registrar.answers(heard[0])
    assert raw.answer().headers["x-m2m-ri"] == "s0"
    assert raw.answer().body == b'{"to": "quick"}'
    assert raw.answer().headers["x-m2m-ri"] == "next"
    registrar.answers(heard[1])
    assert other.answer().status == 200


@pytest.mark.parametrize("size", [10, 5000, 200_000])
def test_long_messages_come_in_while_one_waits(
    registrar, gateway, used_to, size
):
    (raw,), (heard,) = ask_slowly(registrar, gateway, 1)
    body = b'{"m2m:cin":{"con":"%s"}}' % (b"x" * size)
    with Raw(gateway.http_port) as second:
        second.sends(request("POST", "/quick", body, ty=4))
        assert second.answer().body == b'{"to": "quick"}'
    with Raw(gateway.http_port) as third:
        third.sends(request(path="/quick?lbl=" + "y" * min(size, 5000)))
        assert third.answer().status == 200
    registrar.answers(heard)
    assert raw.answer().status == 200
    raw.close()


def test_those_that_leave_are_forgotten(registrar, gateway, used_to):
    (gone, left, other), heard = ask_slowly(registrar, gateway, 3)
    gone.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    gone.close()
    left.close()
    for one in heard:
        registrar.answers(one)
    assert other.answer().status == 200
    answers_quickly(gateway)
    other.close()


def test_one_that_has_said_its_last_is_answered_however_late(
    registrar, gateway, used_to
):
    """Longer than it takes the gateway to look who has left: one that is
    slower says so."""
    (raw, other), heard = ask_slowly(registrar, gateway, 2)
    raw.half_closes()
    other.sends(request(path="/quick", rqi="next"))
    other.half_closes()
    with Raw(gateway.http_port) as clock:
        for n in range(4):
            late = ["X-M2M-RET: 700"]
            clock.sends(request(path="/slow", rqi=f"c{n}", headers=late))
            assert clock.answer().headers["x-m2m-rsc"] == "4008"
    for one in heard:
        registrar.answers(one)
    assert raw.answer().status == 200
    raw.expect_closed()
    first, second = other.answers_until_closed()
    assert first.headers["x-m2m-ri"] == "s1"
    assert second.headers["x-m2m-ri"] == "next"


def test_one_that_has_said_its_last_is_answered(registrar, gateway, used_to):
    (raw, other), heard = ask_slowly(registrar, gateway, 2)
    raw.half_closes()
    registrar.answers(heard[0])
    assert raw.answer().status == 200
    raw.expect_closed()
    registrar.answers(heard[1])
    assert other.answer().status == 200


def test_those_that_wait_are_answered_when_it_goes_down(
    registrar, gateway, used_to
):
    raws, heard = ask_slowly(registrar, gateway, 3)
    gateway.signal(signal.SIGTERM)
    gateway.wait_for("gateway/stopping")
    for i, raw in enumerate(raws):
        registrar.answers(heard[i])
        answer = raw.answer()
        assert answer.status == 200
        assert answer.headers["connection"] == "close"
    assert gateway.wait_for_exit() == 0
