"""Both versions of MQTT keep the same promises, also with a broker that does
not keep to them."""

import paho.mqtt.client as paho
import pytest
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import TIMEOUTS, mqtt_settings
from support.registering import register_ae
from support.scripted_broker import DISCONNECT, PUBLISH, SUBSCRIBE
from support.wire import RETRIEVE

VERSIONS = ["3.1.1", "5"]


@pytest.fixture(params=VERSIONS)
def how(request):
    """The version that the gateway speaks."""
    return {"version": request.param}


@pytest.mark.parametrize("codes", [(1,), (1, 1, 1)])
def test_a_broker_that_answers_for_the_wrong_number_of_filters_does_no_harm(
    make_scripted_broker, registrar, start_gateway, how, codes
):
    broker = make_scripted_broker(codes=codes)
    config = mqtt_settings(broker, registrar, broker_how=how)
    gateway = start_gateway(config)
    gateway.wait_for("mqtt/connected")
    gateway.log.take(
        lambda line: line.name in ("mqtt/broker-up", "mqtt/not-subscribed"),
        "what becomes of the subscription",
    )
    assert gateway.is_running


def test_a_subscription_that_is_refused_twice_is_tried_again(
    make_scripted_broker, registrar, start_gateway, how
):
    """Both refusals come when it was asked for twice."""
    broker = make_scripted_broker(codes=[0x80], grants=False)
    config = mqtt_settings(
        broker, registrar, broker_how=how, timeouts={"connect": "200ms"}
    )
    gateway = start_gateway(config)
    asked = [broker.expect(SUBSCRIBE)]
    while asked[-1].topic not in [a.topic for a in asked[:-1]]:
        asked.append(broker.expect(SUBSCRIBE))
    n_filters = len(asked) - 1
    asked += [broker.expect(SUBSCRIBE) for _ in range(n_filters - 1)]
    for one in asked:
        broker.grants_one(one)
    for _ in range(n_filters):
        broker.codes = [1]
        broker.grants_one(broker.expect(SUBSCRIBE))
    gateway.wait_for("mqtt/subscribed")


def test_a_broker_that_was_left_is_not_fallen_back_to(
    make_scripted_broker, registrar, start_at_broker, make_device
):
    """Its goodbye is said, and then the first point of access fails."""
    silent = make_scripted_broker(accepts=False)
    broker = make_scripted_broker()
    config = mqtt_settings(silent, registrar, timeouts={"connect": "2s"})
    config["brokers"].append({"url": broker.url})
    gateway = start_at_broker(config)
    poa = [silent.url, broker.url]
    register_ae(make_device(gateway), registrar, "C1", poa=poa)
    told = registrar.notifies("C1", {"m2m:sgn": {}})
    registrar.fence()
    gateway.signal(15)
    broker.expect(DISCONNECT)
    registrar.expect_answer(told, rsc=5103)
    assert gateway.wait_for_exit() == 0


def test_what_a_device_was_promised_is_done_after_a_restart_of_the_gateway(
    broker, registrar, start_at_broker, make_mqtt_device, how
):
    """The broker keeps the session of a gateway that is away."""
    config = mqtt_settings(broker, registrar, broker_how=how)
    start_at_broker(config).stop()
    device = make_mqtt_device(broker, "C1")
    rqis = [device.asks(RETRIEVE, f"cse-in/{n}") for n in range(20)]
    for _ in rqis:
        device.published.take(what="the acknowledgement of the broker")
    start_at_broker(config)
    for n, rqi in enumerate(rqis):
        heard = registrar.expect_request(op=RETRIEVE, to=f"cse-in/{n}")
        registrar.answers(heard, 2000, {"n": n})
        assert device.expect_answer(rqi, rsc=2000)["pc"] == {"n": n}


def test_a_request_is_not_published_after_its_deadline(
    make_scripted_broker, registrar, start_at_broker, make_device, how
):
    broker = make_scripted_broker(acknowledges=False)
    config = mqtt_settings(broker, registrar, broker_how=how)
    gateway = start_at_broker(config)
    register_ae(make_device(gateway), registrar, "C1", poa=[broker.url])
    shorter = {"request": "500ms", "drain": "500ms"}
    gateway.reload({**config, "timeouts": {**TIMEOUTS, **shorter}})
    told = registrar.notifies("C1", {"m2m:sgn": {}})
    question = broker.expect(PUBLISH)
    # Message expiry, in whole seconds.
    assert question.properties[:5] == (b"\2\0\0\0\1" if broker.is_v5 else b"")
    registrar.expect_answer(told, rsc=4008)
    broker.breaks()
    gateway.wait_for("mqtt/broker-up")
    request = b'{"op":2,"to":"/id-gw/gw","fr":"C2","rqi":"1","rvi":"3"}'
    broker.publishes("/oneM2M/req/C2/id-in/json", request)
    assert "/resp/" in broker.expect(PUBLISH).topic


@pytest.mark.parametrize("qos", [0, 1])
def test_a_request_of_a_cse_at_the_broker_comes_once(
    broker, start_at_broker, make_mqtt_device, how, qos
):
    """Two filters of the gateway fit it."""
    config = mqtt_settings(broker, broker_how=how)
    config["cses"] = [{"id": "/id-m", "name": "cse-m", "url": broker.url}]
    gateway = start_at_broker(config)
    cse = make_mqtt_device(broker, "/id-m", cse="/id-gw", form="id-m")
    for n in range(3):
        rqi = cse.asks(RETRIEVE, "/id-gw/gw", qos=qos)
        cse.expect_answer(rqi, rsc=2000)
    assert gateway.counts()["requests"] == 3
    assert not cse.messages.untaken(lambda m: "rsc" in m)
