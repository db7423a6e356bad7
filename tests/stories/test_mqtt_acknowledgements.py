"""What the gateway acknowledges to a broker it answers for as long as it lives;
what it cannot take yet it does not acknowledge; what a broker delivers once
more is not done once more (README of bindings/mqtt)."""

import pytest
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import NEVER_REPEATS, mqtt_settings
from support.scripted_broker import PUBLISH
from support.waiting import Missed
from support.wire import CREATE, RETRIEVE, answer_to

TOPIC = "/oneM2M/req/C1/id-in/json"
CIN = {"m2m:cin": {"con": "1"}}


@pytest.fixture
def broker(make_scripted_broker):
    return make_scripted_broker(keeps_session=True)


@pytest.fixture
def gateway(broker, registrar, start_at_broker):
    limits = {"content": "16KiB", "queue": "64KiB"}
    gateway = start_at_broker(mqtt_settings(broker, registrar, limits=limits))
    broker.expect_session()
    return gateway


def asks(rqi, op=CREATE, **members):
    """A request as a device writes it."""
    given = {"op": op, "to": "cse-in/c", "fr": "C1", "rqi": rqi, "rvi": "3"}
    return {**given, **members}


def creates(rqi):
    return asks(rqi, ty=4, pc=CIN)


def comes_back(broker, gateway):
    """The connection breaks, and the client opens another one."""
    broker.breaks()
    broker.expect_session()
    gateway.wait_for("mqtt/broker-up")


def test_a_request_is_acknowledged_before_it_is_answered(
    broker, registrar, gateway
):
    broker.expect_ack(broker.publishes(TOPIC, creates("a")))
    registrar.answers(registrar.expect_request(op=CREATE), 2001)
    broker.expect_publication(rqi="a", rsc=2001)


def test_a_message_that_is_delivered_again_while_it_is_open(
    broker, registrar, gateway
):
    """The PUBACK was lost together with the connection."""
    mid = broker.publishes(TOPIC, creates("a"))
    heard = registrar.expect_request(op=CREATE)
    comes_back(broker, gateway)
    broker.publishes(TOPIC, creates("a"), id=mid, again=True)
    broker.expect_ack(broker.publishes(TOPIC, asks("fence", RETRIEVE)))
    registrar.answers(registrar.expect_request(op=RETRIEVE), 2000)
    broker.expect_publication(rqi="fence")
    registrar.answers(heard, 2001)
    broker.expect_publication(rqi="a", rsc=2001)
    assert len(registrar.requests_heard(op=CREATE)) == 1
    assert not broker.untaken(PUBLISH)


def test_a_message_that_is_delivered_again_when_it_was_answered(
    broker, registrar, gateway
):
    mid = broker.publishes(TOPIC, creates("a"))
    registrar.answers(registrar.expect_request(op=CREATE), 2001, CIN)
    first = broker.expect_publication(rqi="a", rsc=2001)
    comes_back(broker, gateway)
    broker.publishes(TOPIC, creates("a"), id=mid, again=True)
    broker.expect_ack(mid)
    assert broker.expect_publication(rqi="a").payload == first.payload
    assert len(registrar.requests_heard(op=CREATE)) == 1


def test_what_a_broker_marks_is_the_same_however_late(
    broker, registrar, start_at_broker
):
    config = mqtt_settings(broker, registrar, broker_how=NEVER_REPEATS)
    start_at_broker(config)
    for again in (False, True, True):
        broker.publishes(TOPIC, creates("a"), again=again)
        if not again:
            registrar.answers(registrar.expect_request(op=CREATE), 2001)
        broker.expect_publication(rqi="a", rsc=2001)
    broker.publishes(TOPIC, creates("a"))
    registrar.answers(registrar.expect_request(op=CREATE), 2001)
    broker.expect_publication(rqi="a", rsc=2001)


def test_what_does_not_fit_into_the_mailbox_is_not_acknowledged(
    broker, registrar, gateway
):
    registrar.plays(lambda m: answer_to(m, 2001))
    n, large = 20, {"m2m:cin": {"con": "x" * 15000}}
    n_acknowledged = 0
    with gateway.holds(loop=True):
        mids = [
            broker.publishes(TOPIC, asks(f"r{k}", ty=4, pc=large))
            for k in range(n)
        ]
        with pytest.raises(Missed):
            for mid in mids:
                broker.expect_ack(mid, within=3)
                n_acknowledged += 1
    assert 1 <= n_acknowledged <= 5  # 64 KiB, and one that waits
    for mid in mids[n_acknowledged:]:
        broker.expect_ack(mid)
    # The queue of the link is as small: some are refused, none is forgotten.
    rscs = [broker.expect_publication(rqi=f"r{k}")["rsc"] for k in range(n)]
    assert set(rscs) <= {2001, 5103}
    assert len(registrar.requests_heard(op=CREATE)) == rscs.count(2001) > 0


def test_what_was_acknowledged_does_not_survive_a_crash(
    make_broker, registrar, start_at_broker, make_mqtt_device
):
    """Its originator must ask again; and is then answered."""
    broker = make_broker()
    config = mqtt_settings(broker, registrar)
    first = start_at_broker(config)
    device = make_mqtt_device(broker, "C1")
    rqi = device.asks(CREATE, "cse-in/c", CIN, ty=4)
    registrar.expect_request(op=CREATE)
    first.kill()
    start_at_broker(config)
    other = device.asks(RETRIEVE, "cse-in")
    registrar.answers(registrar.expect_request(op=RETRIEVE))
    device.expect_answer(other, rsc=2000)
    assert not device.messages.untaken()
    assert len(registrar.requests_heard(op=CREATE)) == 1
    device.asks(CREATE, "cse-in/c", CIN, ty=4, rqi=rqi)
    registrar.answers(registrar.expect_request(op=CREATE), 2001)
    device.expect_answer(rqi, rsc=2001)
