"""Over a network that loses, repeats and swaps datagrams each request is
carried out exactly once and answered; large content crosses in blocks, also of
several devices at a time (RFC 7252 4, RFC 7959)."""

import time

import pytest
from support import coap
from support.coap_registering import register
from support.settings import settings
from support.waiting import DEADLINE, Missed
from support.wire import CREATE, RETRIEVE, answer_to


@pytest.fixture
def device(make_coap_device):
    return make_coap_device()


INSTANCE = {"m2m:cin": {"con": "21.5"}}


# What a device waits before it repeats itself (RFC 7252, 4.8).
ACK_TIMEOUT = 2.0


def is_answered_at_once(registrar, device, kind=coap.CON):
    """A CREATE and its answer, which came in the ACK.  A busy machine may be
    too slow for that: then another is asked."""
    registrar.plays(
        lambda r: answer_to(r, 2001) if r["op"] == CREATE else None
    )
    for _ in range(20):
        sent = device.request(coap.POST, "c", INSTANCE, ty=4, type=kind)
        device.tells(sent)
        answer = device.takes_answer(sent).expect(2001, "2.01")
        if answer.type != coap.CON:
            return sent, answer
    raise Missed("no answer came in the ACK")


def test_a_quick_answer_comes_in_the_ack(registrar, device):
    sent, answer = is_answered_at_once(registrar, device)
    assert answer.type == coap.ACK
    assert answer.mid == sent.mid


def test_a_slow_answer_comes_by_itself(registrar, device):
    sent = device.request(coap.GET, "cse-in")
    device.tells(sent)
    request = registrar.expect_request(op=RETRIEVE)
    device.takes_ack(sent, within=ACK_TIMEOUT)
    registrar.answers(request, 2000)
    answer = device.takes_answer(sent).expect(2000)
    assert answer.type == coap.CON
    assert answer.token == sent.token


def test_an_answer_has_time_to_come_in_the_ack(registrar, device):
    """There are clients that go on waiting when it does not."""
    sent = device.request(coap.GET, "cse-in")
    begin = time.monotonic()
    device.tells(sent)
    device.takes_ack(sent)
    assert time.monotonic() - begin > 1.4
    registrar.answers(registrar.expect_request(op=RETRIEVE), 2000)
    device.takes_answer(sent).expect(2000)


def test_an_answer_that_nobody_acknowledges_comes_again(registrar, device):
    sent = device.request(coap.POST, "c", INSTANCE, ty=4)
    device.tells(sent)
    request = registrar.expect_request(op=CREATE)
    device.takes_ack(sent)
    registrar.answers(request, 2001)
    first = device.heard.take(lambda m: m.token == sent.token)
    second = device.heard.take(lambda m: m.token == sent.token)
    assert (first.type, first.mid) == (coap.CON, second.mid)
    device.tells(coap.Message(coap.ACK, 0, first.mid))


def test_a_non_is_answered_with_a_non(registrar, device):
    sent = device.request(coap.GET, "cse-in", type=coap.NON)
    device.tells(sent)
    registrar.answers(registrar.expect_request(op=RETRIEVE), 2000)
    assert device.takes_answer(sent).type == coap.NON


@pytest.mark.parametrize("kind", [coap.CON, coap.NON])
def test_a_repeated_request_is_carried_out_once(registrar, device, kind):
    sent, answer = is_answered_at_once(registrar, device, kind)
    n_heard = len(registrar.requests_heard(op=CREATE))
    for _ in range(3):
        device.tells(sent)
        assert device.takes_answer(sent).encode() == answer.encode()
    registrar.fence()
    assert len(registrar.requests_heard(op=CREATE)) == n_heard


def test_a_request_that_comes_again_meanwhile_is_acknowledged(
    registrar, device
):
    sent = device.request(coap.POST, "c", INSTANCE, ty=4)
    device.tells(sent)
    request = registrar.expect_request(op=CREATE)
    device.takes_ack(sent)
    device.tells(sent)
    device.takes_ack(sent)
    registrar.answers(request, 2001)
    assert device.takes_answer(sent).type == coap.CON
    device.tells(sent)
    device.takes_ack(sent)
    registrar.fence()
    registrar.expect_silence()


def test_the_same_id_with_another_token_is_another_request(registrar, device):
    first = device.request(coap.POST, "c", INSTANCE, ty=4)
    second = device.request(coap.POST, "c", INSTANCE, ty=4)
    second.mid = first.mid
    for sent in (first, second):
        device.tells(sent)
        registrar.answers(registrar.expect_request(op=CREATE), 2001)
        device.takes_answer(sent).expect(2001)


def large(n):
    return {"m2m:cin": {"con": "0123456789" * (n // 10)}}


@pytest.mark.parametrize("n", [1000, 1100, 5000, 300000])
def test_large_content_crosses_in_blocks_both_ways(registrar, device, n):
    body = large(n)
    registrar.plays(
        lambda r: answer_to(r, 2001, r["pc"]) if r["op"] == CREATE else None
    )
    answer = device.creates("cse-in/c", 4, body).expect(2001, "2.01")
    assert answer.pc == body


def test_a_large_answer_is_fetched_in_blocks(registrar, device):
    body = large(20000)
    registrar.plays(
        lambda r: answer_to(r, 2000, body) if r["op"] == RETRIEVE else None
    )
    answer = device.retrieves("cse-in/c").expect(2000, "2.05")
    assert answer.pc == body
    assert device.echo  # it is believed from now on
    n_asked = len([m for m in registrar.heard_all if m.is_request])
    options = [(coap.BLOCK2, coap.block(0, False, 2))]
    small = device.retrieves("cse-in/c", options=options).expect(2000)
    assert small.pc == body
    assert len([m for m in registrar.heard_all if m.is_request]) == n_asked + 1


def blocks_of(device, body, **how):
    """The messages that carry a large request."""
    whole = device.request(coap.POST, "cse-in/c", body, ty=4, **how)
    return list(device.blocks(whole))


def test_transfers_of_several_devices_do_not_mix(registrar, make_coap_device):
    registrar.plays(
        lambda r: answer_to(r, 2001, r["pc"]) if r["op"] == CREATE else None
    )
    devices = [make_coap_device(originator=f"C{n}") for n in range(5)]
    bodies = [{"m2m:cin": {"con": str(n) * 4000}} for n in range(5)]
    rows = [blocks_of(d, b) for d, b in zip(devices, bodies)]
    answers = []
    for turn in zip(*rows):
        answers = [d.exchanges(m) for d, m in zip(devices, turn)]
    for device, row, body, answer in zip(devices, rows, bodies, answers):
        assert device._fetches_blocks(row[-1], answer, DEADLINE).pc == body


def test_transfers_of_one_device_are_told_apart_by_their_tags(
    registrar, device
):
    registrar.plays(
        lambda r: answer_to(r, 2001, {"m2m:cin": {"n": r["pc"]["m2m:cin"]["con"][0]}})
    )
    rows = [
        blocks_of(
            device,
            {"m2m:cin": {"con": str(n) * 3000}},
            options=[(coap.REQUEST_TAG, bytes([n]))],
            rqi="same",
        )
        for n in (1, 2)
    ]
    answers = []
    for turn in zip(*rows):
        answers = [device.exchanges(m) for m in turn]
    assert [a.pc["m2m:cin"]["n"] for a in answers] == ["1", "2"]


def test_a_block_that_comes_again_counts_once(registrar, device):
    row = blocks_of(device, large(3000))
    device.exchanges(row[0]).expect(None, "2.31")
    device.exchanges(row[0]).expect(None, "2.31")
    device.exchanges(row[1]).expect(None, "2.31")
    device.exchanges(device.again(row[1])).expect(None, "2.31")
    device.tells(row[2])
    request = registrar.expect_request(op=CREATE)
    assert request["pc"] == large(3000)
    registrar.answers(request, 2001)


def test_a_lost_block_is_told(registrar, device):
    row = blocks_of(device, large(5000))
    device.exchanges(row[0]).expect(None, "2.31")
    device.exchanges(row[2]).expect(None, "4.08")
    device.exchanges(row[1]).expect(None, "4.08")
    registrar.expect_silence()


def test_a_notification_is_repeated_until_it_is_acknowledged(
    registrar, device, make_coap_listener
):
    listener = make_coap_listener(answers_by_itself=False)
    register(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    first, second = listener.expect(), listener.expect()
    assert first.encode() == second.encode()
    listener.answers(second)
    registrar.expect_answer(rqi, rsc=2000)


def test_a_device_may_answer_a_notification_later(
    registrar, device, make_coap_listener
):
    listener = make_coap_listener(answers_by_itself=False)
    register(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    arrival = listener.expect()
    listener.acknowledges(arrival)
    listener.answers(arrival, "4.03", 4103, type=coap.CON)
    registrar.expect_answer(rqi, rsc=4103)
    ack = listener.heard.take(lambda m: m.type == coap.ACK)
    assert ack.code == 0


def test_a_large_notification_goes_in_blocks(
    registrar, device, make_coap_listener
):
    listener = make_coap_listener(answers_by_itself=False)
    register(device, registrar, "Cdev", poa=[listener.url])
    content = {"m2m:sgn": {"x": "y" * 3000}}
    rqi = registrar.notifies("Cdev", content)
    body, more = b"", True
    while more:
        arrival = listener.expect(path="Cdev")
        number, more, size = coap.split(arrival, coap.BLOCK1)
        body += arrival.payload
        told = [(coap.BLOCK1, coap.block(number, more, size))]
        if more:
            listener.answers(arrival, "2.31", rsc=None, options=told)
        else:
            listener.answers(arrival, options=told)
    assert coap.json.loads(body) == content
    registrar.expect_answer(rqi, rsc=2000)


ENDS = [
    ("4.02", None, 4000),
    ("4.08", None, 4000),
    ("4.13", None, 4000),
    ("5.03", None, 5103),
    ("5.04", None, 4008),
    ("4.04", None, 4004),
    ("2.05", None, 2000),
    ("4.03", 4999, 4999),
]


@pytest.mark.parametrize("status, rsc, wanted", ENDS)
def test_what_a_device_answers_is_told(
    registrar, device, make_coap_listener, status, rsc, wanted
):
    listener = make_coap_listener(answers_by_itself=False)
    register(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    arrival = listener.expect()
    listener.answers(arrival, status, rsc)
    if status == "4.02":
        listener.answers(listener.expect(), status, rsc)
    registrar.expect_answer(rqi, rsc=wanted)


def test_a_reset_and_an_empty_port_are_unreachable(
    registrar, device, make_coap_listener
):
    listener = make_coap_listener(answers_by_itself=False)
    register(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    listener.refuses(listener.expect())
    registrar.expect_answer(rqi, rsc=5103)
    listener.leaves()
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    registrar.expect_answer(rqi, rsc=5103)


def test_the_next_point_of_access_is_tried(
    registrar, device, make_coap_listener
):
    listener = make_coap_listener()
    poa = ["coap://127.0.0.1:1", listener.url + "/pre/fix"]
    register(device, registrar, "Cdev", poa=poa)
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    listener.expect(path="pre/fix/Cdev")
    registrar.expect_answer(rqi, rsc=2000)


def test_a_silent_device_ends_at_the_deadline(
    registrar, device, make_coap_listener
):
    listener = make_coap_listener(answers_by_itself=False)
    register(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}}, rqet=2000)
    arrival = listener.expect()
    registrar.expect_answer(rqi, rsc=4008)
    listener.answers(arrival)
    registrar.fence()
    registrar.expect_silence()


FORBIDDEN = [
    "coap://127.0.0.2:{port}/",
    "coap://user@127.0.0.1:{port}/",
    "coap://2130706434:{port}/",
    "coap://[::ffff:127.0.0.2]:{port}/",
    "coap://0.0.0.0:{port}/",
]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_a_poa_elsewhere_is_not_asked(
    registrar, device, make_coap_listener, url
):
    victim = make_coap_listener(address="0.0.0.0")
    poa = [url.format(port=victim.port)]
    register(device, registrar, "Cdev", poa=poa)
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    registrar.expect_answer(rqi, rsc=5103)
    assert not victim.heard.untaken()


def test_a_name_that_leads_to_the_device_is_asked(
    registrar, device, make_coap_listener
):
    listener = make_coap_listener()
    poa = [f"coap://localhost:{listener.port}/"]
    register(device, registrar, "Cdev", poa=poa)
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    listener.expect(path="Cdev")
    registrar.expect_answer(rqi, rsc=2000)


def test_a_plain_url_is_asked_as_it_is(
    registrar, start_gateway, make_coap_device, make_coap_listener
):
    deliver = {"allow": ["127.0.0.0/8"]}
    gateway = start_gateway(settings(registrar, coap=True, deliver=deliver))
    register(make_coap_device(gateway.coap_port), registrar, "Cany")
    listener = make_coap_listener()
    url = f"coap://localhost:{listener.port}/a/b?c=d&ct=json"
    rqi = registrar.notifies(url, {"m2m:sgn": {}})
    arrival = listener.expect(path="a/b")
    assert arrival.queries == ["c=d"]
    assert arrival.get(3) == b"localhost"
    registrar.expect_answer(rqi, rsc=2000)
