"""A reload abandons nobody: what was asked over a broker is answered, whatever
changes about it, and a repetition is still known for one."""

import copy

import pytest
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import mqtt_settings, register_mqtt
from support.scripted_broker import DISCONNECT, UNSUBSCRIBE
from support.wire import CREATE, NOTIFY, RETRIEVE

CIN = {"m2m:cin": {"con": "1"}}

# What may change about a broker without its being another one.
CHANGES = [
    {"keep-alive": "7s"},
    {"client-id": "another"},
    {"version": "5"},
    {"user": "somebody", "password": "word"},
]


@pytest.fixture
def second(make_registrar):
    return make_registrar("/id-two", "two")


def changed(gateway, **how):
    """The configuration with another section for its broker."""
    config = copy.deepcopy(gateway.config)
    config["brokers"][0].update(how)
    return config


def with_cse(gateway, cse):
    config = copy.deepcopy(gateway.config)
    entry = {"id": cse.id, "name": cse.csebase, "url": cse.url}
    config["cses"].append(entry)
    config["cses"][0]["default"] = True
    return config


def test_another_cse_abandons_no_request(
    broker, registrar, second, patient_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1")
    rqi = device.asks(CREATE, "cse-in/c", CIN, ty=4)
    heard = registrar.expect_request(op=CREATE)
    patient_gateway.reload(with_cse(patient_gateway, second))
    device.asks(CREATE, "cse-in/c", CIN, ty=4, rqi=rqi)
    registrar.answers(heard, 2001)
    device.expect_answer(rqi, rsc=2001)
    device.asks(CREATE, "cse-in/c", CIN, ty=4, rqi=rqi)
    device.expect_answer(rqi, rsc=2001)
    assert len(registrar.requests_heard(op=CREATE)) == 1
    assert len(patient_gateway.logged("mqtt/connected")) == 1


def test_another_cse_is_served_at_once(
    broker, second, mqtt_gateway, make_mqtt_device, make_mqtt_client
):
    watcher = make_mqtt_client(broker, "watcher")
    mqtt_gateway.reload(with_cse(mqtt_gateway, second))
    device = make_mqtt_device(broker, "C2", cse="/id-two")
    rqi = device.asks(RETRIEVE, "two", rqi="first")
    while not second.messages.untaken():
        # Nobody tells when the subscription is there.
        device.asks(RETRIEVE, "two", rqi=rqi)
        watcher.publishes("/fence", {})
        watcher.published.take(what="the acknowledgement of the broker")
    second.answers(second.expect_request(op=RETRIEVE), 2000)
    device.expect_answer(rqi, rsc=2000)


@pytest.mark.parametrize("how", CHANGES, ids=lambda how: next(iter(how)))
def test_a_change_of_a_broker_abandons_no_request(
    broker, registrar, patient_gateway, make_mqtt_device, how
):
    """The gateway says goodbye and comes back as it is told."""
    device = make_mqtt_device(broker, "C1")
    register_mqtt(device, registrar)
    rqi = device.asks(CREATE, "cse-in/c", CIN, ty=4)
    heard = registrar.expect_request(op=CREATE, ty=4)
    told = registrar.notifies("C1", {"m2m:sgn": {}})
    question = device.expect_request(op=NOTIFY)
    patient_gateway.reload(changed(patient_gateway, **how))
    registrar.answers(heard, 2001)
    device.expect_answer(rqi, rsc=2001)
    patient_gateway.wait_for("mqtt/broker-up")
    device.answers(question)
    registrar.expect_answer(told, rsc=2000)
    device.asks(CREATE, "cse-in/c", CIN, ty=4, rqi=rqi)
    device.expect_answer(rqi, rsc=2001)
    assert len(registrar.requests_heard(op=CREATE, ty=4)) == 1


def test_what_is_open_at_a_broker_that_is_left_is_answered(
    broker, registrar, mqtt_gateway, make_broker, make_mqtt_device
):
    other = make_broker()
    device = make_mqtt_device(broker, "C1")
    rqi = device.asks(RETRIEVE, "cse-in/a")
    heard = registrar.expect_request(op=RETRIEVE)
    mqtt_gateway.reload(mqtt_settings(other, registrar))
    late = device.asks(RETRIEVE, "cse-in/b")
    device.expect_answer(late, rsc=5103)
    registrar.answers(heard, 2000)
    device.expect_answer(rqi, rsc=2000)


def test_a_broker_may_go_and_come_back(
    broker, registrar, mqtt_gateway, make_broker, make_mqtt_device
):
    other = make_broker()
    device = make_mqtt_device(broker, "C1")
    rqi = device.asks(RETRIEVE, "cse-in/a")
    heard = registrar.expect_request(op=RETRIEVE)
    before = mqtt_gateway.config
    mqtt_gateway.reload(mqtt_settings(other, registrar))
    mqtt_gateway.reload(before)
    registrar.answers(heard, 2000)
    device.expect_answer(rqi, rsc=2000)
    register_mqtt(device, registrar)


def test_a_broker_is_left_when_its_time_is_over(
    make_scripted_broker, registrar, start_at_broker, make_broker
):
    """Although somebody still waits for an answer there."""
    scripted = make_scripted_broker()
    soon = {"drain": "300ms"}
    gateway = start_at_broker(
        mqtt_settings(scripted, registrar, timeouts=soon)
    )
    request = b'{"op":2,"to":"cse-in","fr":"C1","rqi":"1","rvi":"3"}'
    scripted.publishes("/oneM2M/req/C1/id-in/json", request)
    registrar.expect_request(op=RETRIEVE)
    gateway.reload(mqtt_settings(make_broker(), registrar, timeouts=soon))
    scripted.expect(DISCONNECT)


def test_a_cse_that_is_served_no_longer_is_unsubscribed(
    make_scripted_broker, registrar, second, start_at_broker
):
    scripted = make_scripted_broker()
    how = {"serves": ["/id-in", "/id-two"]}
    config = mqtt_settings(scripted, registrar, second, broker_how=how)
    config["cses"][0]["default"] = True
    gateway = start_at_broker(config)
    gateway.reload(changed(gateway, serves=["/id-in"]))
    left = scripted.expect(UNSUBSCRIBE).body.decode("latin-1")
    for topic in ("req/+/id-two/#", "resp/id-two/#", "reg_req/+/id-two/#"):
        assert f"/oneM2M/{topic}" in left
    assert "id-in" not in left
    assert "id-gw" not in left
    assert not scripted.untaken(DISCONNECT)


def test_larger_messages_may_be_allowed_later(
    broker, registrar, start_at_broker, make_mqtt_device
):
    limits = {"content": "64KiB"}
    gateway = start_at_broker(
        mqtt_settings(broker, registrar, limits=limits)
    )
    gateway.reload({**gateway.config, "limits": {"content": "1MiB"}})
    gateway.wait_for("mqtt/broker-up")
    device = make_mqtt_device(broker, "C1", cse="/id-gw", form="C1")
    content = {"m2m:cin": {"con": "x" * 500000}}
    rqi = device.asks(CREATE, "/id-gw/gw", content, ty=4)
    device.expect_answer(rqi, rsc=4005)
