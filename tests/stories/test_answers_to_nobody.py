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


# What of an answer cannot be read, and what is told of it.
UNREADABLE = {
    "a lone surrogate": (r'"pc":{"m2m:cin":{"con":"\ud800"}}', "surrogate"),
    "a name that stands twice": ('"pc":{"a":1,"a":2}', "twice"),
    "a number beyond a double": ('"pc":{"a":1e400}', "number"),
    "what is cut off": ('"pc":{"a":', ""),
}


def is_told_at_once(gateway, pending, why):
    """The default deadline is a minute from now."""
    told = pending.answer().expect(5000, 500).pc["m2m:dbg"]
    assert why in told
    gateway.wait_for("exchange/failed", told)


@pytest.mark.parametrize("name", UNREADABLE)
def test_over_websocket_an_unreadable_answer_ends_its_request(
    registrar, start_gateway, make_device, name
):
    broken, why = UNREADABLE[name]
    gateway = start_gateway(settings(registrar, timeouts=PATIENT))
    device = make_device(gateway, n_at_once=2)
    pending = device.asks("GET", "/a")
    other = device.asks("GET", "/b")
    heard = registrar.expect_request(to="a")
    beside = registrar.expect_request(to="b")
    registrar.says(f'{{"rsc":2000,"rqi":"{heard["rqi"]}",{broken}}}')
    is_told_at_once(gateway, pending, why)
    assert not other.is_answered
    registrar.answers(beside)
    other.answer().expect(2000)
    assert gateway.counts()["unreadable"] == 1


@pytest.mark.parametrize("name", UNREADABLE)
def test_over_mqtt_an_unreadable_answer_ends_its_request(
    broker, start_at_broker, make_device, make_mqtt_device, name
):
    broken, why = UNREADABLE[name]
    config = mqtt_settings(broker, timeouts=PATIENT)
    config["cses"] = [{"id": "/id-m", "name": "cse-m", "url": broker.url}]
    cse = make_mqtt_device(broker, "/id-m", cse="/id-gw", form="id-m")
    gateway = start_at_broker(config)
    pending = make_device(gateway).asks("GET", "/cse-m/a")
    heard = cse.expect_request()
    text = f'{{"rsc":2000,"rqi":"{heard["rqi"]}",{broken}}}'
    cse.publishes("/oneM2M/resp/id-gw/nobody/json", text)
    cse.publishes("/oneM2M/resp/id-gw/id-m/json", text)
    is_told_at_once(gateway, pending, why)


BROKEN_BODY = b'{"m2m:cin":{"con":"\\ud800"}}'


def test_over_http_an_unreadable_answer_ends_its_request(
    registrar, start_gateway, make_device, make_listener
):
    cse = make_listener(answers_by_itself=False)
    config = settings(registrar, timeouts=PATIENT)
    config["cses"][0]["url"] = cse.url
    gateway = start_gateway(config)
    pending = make_device(gateway).asks("GET", "/a")
    cse.expect(method="GET").replies(2000, body=BROKEN_BODY)
    is_told_at_once(gateway, pending, "surrogate")


def test_over_coap_an_unreadable_answer_ends_its_request(
    registrar, start_gateway, make_device, ends
):
    cse = coap.Listener(answers_by_itself=False)
    ends.add(cse.close)
    config = settings(registrar, timeouts=PATIENT, coap=True)
    config["cses"][0]["url"] = cse.url
    gateway = start_gateway(config)
    device = make_device(gateway)
    pending = device.asks("GET", "/a")
    cse.answers(cse.expect(), "2.05", 2000, BROKEN_BODY)
    is_told_at_once(gateway, pending, "surrogate")
    pending = device.asks("GET", "/b")
    cse.answers(cse.expect(), "2.05", 2000, options=[(9, b"critical")])
    is_told_at_once(gateway, pending, "critical option")
