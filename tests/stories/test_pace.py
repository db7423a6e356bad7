"""A CSE is asked at the pace it can take: a window, a gap between messages,
answers in order without identifiers, a size (the peer profiles)."""

import time

import pytest
from support.raw import Raw, request
from support.registering import register_ae
from support.settings import settings
from support.wire import RETRIEVE, answer_to


@pytest.fixture
def start(registrar, start_gateway, make_device):
    def start(**cse):
        config = settings(registrar, cse={"link": "shared", **cse})
        return make_device(start_gateway(config), n_at_once=32)

    return start


def in_flight(registrar):
    return [m for m in registrar.untaken() if m.is_request]


@pytest.mark.parametrize("window", [1, 3])
def test_no_more_than_the_window_is_in_flight(registrar, start, window):
    device = start(window=window)
    waiting = [device.asks("GET", f"/n{k}") for k in range(12)]
    for _ in range(12):
        heard = registrar.expect_request(op=RETRIEVE)
        registrar.fence()
        assert len(in_flight(registrar)) < window
        registrar.answers(heard, 2000, {"to": heard["to"]})
    for k, pending in enumerate(waiting):
        assert pending.answer().expect(2000).pc == {"to": f"n{k}"}


def test_an_expired_request_makes_room(registrar, start):
    device = start(window=1)
    lost = device.asks("GET", "/lost", headers={"X-M2M-RET": "2000"})
    registrar.expect_request(to="lost")
    lost.answer().expect(4008, 504)
    pending = device.asks("GET", "/next")
    registrar.answers(registrar.expect_request(to="next"))
    pending.answer().expect(2000)


def test_requests_wait_in_the_order_they_came(
    registrar, start_gateway, make_device, ends
):
    gateway = start_gateway(settings(registrar, cse={"window": 1}))
    device = make_device(gateway)
    first = device.asks("GET", "/first")
    heard = registrar.expect_request(to="first")
    waiting = []
    for k in range(10):
        raw = Raw(gateway.http_port)
        ends.add(raw.close)
        raw.sends(request(path=f"/n{k}"))
        waiting.append(raw)
        # What came before this has been read when this is answered.
        device.creates("/cse-in", 3, "no JSON").expect(4000)
    registrar.answers(heard)
    first.answer().expect(2000)
    for k in range(10):
        heard = registrar.expect_request()
        assert heard["to"] == f"n{k}"
        registrar.answers(heard)
    for raw in waiting:
        assert raw.answer().status == 200


def test_messages_keep_a_gap(registrar, start):
    gap, n = 0.05, 10
    device = start(gap=f"{int(gap * 1000)}ms", window=0)
    began = time.monotonic()
    waiting = [device.asks("GET", f"/n{k}") for k in range(n)]
    heard = [registrar.expect_request() for _ in range(n)]
    assert heard[-1].at - began >= (n - 1) * gap
    for one in heard:
        registrar.answers(one)
    for pending in waiting:
        pending.answer().expect(2000)


def test_answers_keep_the_gap_too(registrar, start, listener):
    gap, n = 0.05, 10
    device = start(gap=f"{int(gap * 1000)}ms", window=0)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    began = time.monotonic()
    rqis = [registrar.notifies("Cdev", {"m2m:sgn": {}}) for _ in range(n)]
    heard = [registrar.expect_answer(rqi, rsc=2000) for rqi in rqis]
    assert max(m.at for m in heard) - began >= (n - 1) * gap


def test_a_cse_that_sends_no_identifiers_is_understood(registrar, start):
    """As tinyIoT answers: no rqi, numbers as floats."""
    registrar.plays(
        lambda m: f'{{"rsc":2000.0,"rvi":"3","pc":{{"to":"{m["to"]}"}}}}'
    )
    device = start(profile="tinyiot")
    waiting = [device.asks("GET", f"/n{k}") for k in range(20)]
    for k, pending in enumerate(waiting):
        answer = pending.answer().expect(2000)
        assert answer.pc == {"to": f"n{k}"}
        assert answer.rqi == pending.rqi


def test_a_message_too_big_for_the_peer_is_not_sent(registrar, start):
    device = start(profile="tinyiot")
    body = {"m2m:cin": {"con": "x" * 3000}}
    device.creates("/cse-in", 4, body).expect(4000, 400)
    registrar.plays(lambda m: '{"rsc":2001}')
    body = {"m2m:cin": {"con": "x" * 1000}}
    device.creates("/cse-in", 4, body).expect(2001, 201)
    assert len(registrar.requests_heard()) == 1


def test_acme_gets_filters_and_answers_as_it_wants_them(
    registrar, start, listener
):
    device = start(profile="acme")
    pending = device.asks("GET", "/cse-in?fu=1&cr=Sam&ty=3")
    heard = registrar.expect_request(op=RETRIEVE)
    assert heard["fc"] == {"fu": 1, "ty": [3], "cr": "Sam"}
    registrar.answers(heard, 2000, {"m2m:uril": []})
    pending.answer().expect(2000)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    answer = registrar.expect_answer(rqi, rsc=2000)
    assert "to" not in answer and "fr" not in answer


def test_a_mobius_answer_is_understood(registrar, start):
    """Text as content, and a release of its own."""
    registrar.plays(
        lambda m: answer_to(m, 4000, "to parsing error", rvi="2a")
    )
    answer = start(profile="mobius").retrieves("/cse-in").expect(4000, 400)
    assert answer.headers["X-M2M-RVI"] == "2a"


def test_a_long_poll_does_not_hold_the_window_of_acme(registrar, start):
    device = start(profile="acme")
    poll = device.asks("GET", "/cse-in/ae1/pch/pcu")
    held = registrar.expect_request(to="cse-in/ae1/pch/pcu")
    pending = device.asks("GET", "/cse-in")
    registrar.answers(registrar.expect_request(to="cse-in"))
    pending.answer().expect(2000)
    registrar.answers(held, 2000, {"m2m:rqp": {}})
    poll.answer().expect(2000)
