"""Mqttstory - what stories about MQTT may ask for by name.

A story imports these fixtures: the gateway between a broker of its own and the
scripted registrar.
"""

import pytest

from support.broker import Broker
from support.mqttdevice import MqttClient, MqttDevice, level
from support.registering import ae
from support.scripted_broker import ScriptedBroker
from support.settings import settings
from support.wire import CREATE

# Short pauses: stories break connections on purpose.
TIMEOUTS = {"retry-min": "50ms", "retry-max": "500ms"}

# A broker whose devices may be slow to repeat themselves; one where an answered
# request never comes once more.
SLOW_TO_REPEAT = {"repeat": "10m"}
NEVER_REPEATS = {"repeat": "0s"}


def mqtt_settings(broker, *registrars, broker_how=None, **sections):
    """Settings with one broker, given as a Broker."""
    entry = {"url": broker.url, **(broker_how or {})}
    given = {"timeouts": TIMEOUTS, "brokers": [entry]}
    for name, value in sections.items():
        if isinstance(value, dict) and isinstance(given.get(name), dict):
            given[name] = {**given[name], **value}
        else:
            given[name] = value
    return settings(*registrars, **given)


@pytest.fixture
def make_broker(ends):
    def make(*args, **how):
        broker = Broker(*args, **how)
        ends.add(broker.stop)
        return broker

    return make


@pytest.fixture
def broker(make_broker):
    return make_broker()


@pytest.fixture
def make_scripted_broker(ends):
    """Start brokers that do what they are told."""

    def make(**how):
        broker = ScriptedBroker(**how)
        ends.add(broker.stop)
        return broker

    return make


@pytest.fixture
def start_at_broker(start_gateway):
    """Start gateways that are subscribed when this returns."""

    def start(config):
        gateway = start_gateway(config)
        gateway.wait_for("mqtt/broker-up")
        return gateway

    return start


@pytest.fixture
def mqtt_gateway(broker, registrar, start_at_broker):
    return start_at_broker(mqtt_settings(broker, registrar))


@pytest.fixture
def patient_gateway(broker, registrar, start_at_broker):
    """One that knows a repetition for as long as a story takes."""
    return start_at_broker(
        mqtt_settings(broker, registrar, broker_how=SLOW_TO_REPEAT)
    )


@pytest.fixture
def make_mqtt_device(ends):
    def make(broker, *args, **how):
        device = MqttDevice(broker, *args, **how)
        ends.add(device.closes)
        return device

    return make


@pytest.fixture
def make_mqtt_client(ends):
    def make(broker, *args, **how):
        client = MqttClient(broker, *args, **how)
        ends.add(client.closes)
        return client

    return make


def register_mqtt(device, registrar, aei=None, **attributes):
    """An AE registers by req, and the scripted CSE grants it."""
    rqi = device.asks(CREATE, "cse-in", ae(**attributes), ty=2)
    request = registrar.expect_request(op=CREATE, ty=2)
    registrar.grants(request, aei or device.originator)
    return device.expect_answer(rqi, rsc=2001)


__all__ = [
    "NEVER_REPEATS",
    "SLOW_TO_REPEAT",
    "broker",
    "level",
    "make_broker",
    "make_mqtt_client",
    "make_mqtt_device",
    "make_scripted_broker",
    "mqtt_gateway",
    "mqtt_settings",
    "patient_gateway",
    "register_mqtt",
    "start_at_broker",
]
