"""An answer that belongs to no request is told with what it says; one that
cannot be read ends the request that it is for at once, with the reason."""

import json

import pytest
from support import coap
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import mqtt_settings
from support.registering import register_ae
from support.settings import settings
from support.wire import answer_to

WHY = {"m2m:dbg": 'what "was" that?\n' + "x" * 5000}
TOLD = 'an answer belongs to no request: what "was" that?\n'
PATIENT = {"request": "60s"}


def expect_stray(gateway, binding, rsc=4000, why=TOLD, **wanted):
    line = gateway.wait_for("exchange/unmatched")
    fields = json.loads(line.raw)
    assert fields["level"] == "info"
    assert fields["binding"] == binding
    assert fields.get("rsc") == rsc
    assert fields["msg"].startswith(why), line.raw
    assert len(line.raw) < 1000
    for name, value in wanted.items():
        assert fields.get(name) == value, line.raw


def opens_the_link(device, registrar):
    pending = device.asks("GET", "/first")
    registrar.answers(registrar.expect_request(to="first"))
    pending.answer().expect(2000)


def test_over_websocket_it_is_told(registrar, gateway, device):
    opens_the_link(device, registrar)
    registrar.says({"rsc": 4000, "rqi": "nobody's", "pc": WHY})
    expect_stray(gateway, "ws", peer="/id-in", rqi="nobody's")


def test_over_mqtt_it_is_told(broker, mqtt_gateway, make_mqtt_device):
    device = make_mqtt_device(broker, "C1")
    answer = {"rsc": 4000, "rqi": "nobody's", "pc": WHY}
    device.publishes("/oneM2M/resp/id-in/C1/json", answer)
    expect_stray(mqtt_gateway, "mqtt", peer="C1", rqi="nobody's")


@pytest.fixture
def notified_by_coap(registrar, start_gateway, make_device, ends):
    """A gateway, and a point of access that was notified."""
    listener = coap.Listener(answers_by_itself=False)
    ends.add(listener.close)
    gateway = start_gateway(settings(registrar, coap=True))
    register_ae(make_device(gateway), registrar, "Cdev", poa=[listener.url])
    registrar.notifies("Cdev", {"m2m:sgn": {}})
    return gateway, listener, listener.expect()


def test_over_coap_it_is_told(notified_by_coap):
    gateway, listener, request = notified_by_coap
    listener.answers(request)
    request.token = b"\x01" * 8
    why = {"m2m:dbg": 'what "was" that?\n' + "x" * 500}
    listener.answers(request, "4.00", 4000, why, type=coap.NON)
    expect_stray(gateway, "coap", peer="127.0.0.1", rqi=request.rqi)


def test_over_coap_one_that_cannot_be_read_is_told(notified_by_coap):
    gateway, listener, request = notified_by_coap
    listener.answers(request)
    request.token = b"\x01" * 8
    odd = [(9, b"critical and unknown")]
    listener.answers(request, options=odd, type=coap.NON)
    why = "an answer belongs to no request: it cannot be read"
    expect_stray(gateway, "coap", None, why)


def test_a_flood_of_them_is_a_few_lines(registrar, gateway, device):
    opens_the_link(device, registrar)
    for n in range(1000):
        registrar.says({"rsc": 4000, "rqi": f"{n}", "pc": WHY})
    registrar.fence()
    gateway.stop()
    lines = [json.loads(e.raw) for e in gateway.logged("exchange/unmatched")]
    assert len(lines) == 6
    assert sum(line.get("left-out", 1) for line in lines) == 1000
