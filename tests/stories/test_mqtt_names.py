"""Who is who in topics: a registree is told things under the name that it gives
itself, and nobody speaks under the name of another."""

import json

import pytest
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import mqtt_settings, register_mqtt
from support.process import run_command
from support.registering import ae, csr
from support.settings import settings
from support.wire import CREATE, NOTIFY, RETRIEVE


@pytest.mark.parametrize("form", ["C1", "id-in:C1"])
def test_a_registree_with_a_poa_is_told_under_the_name_that_it_uses(
    broker, registrar, mqtt_gateway, make_mqtt_device, form
):
    device = make_mqtt_device(broker, "C1", form=form)
    register_mqtt(device, registrar, poa=[broker.url])
    told = registrar.notifies("C1", {"m2m:sgn": {}})
    question = device.expect_request(op=NOTIFY)
    assert question.topic == f"/oneM2M/req/id-in/{form}/json"
    device.answers(question)
    registrar.expect_answer(told, rsc=2000)


def test_a_registree_that_speaks_to_the_gateway_is_told_by_the_gateway(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1", cse="/id-gw")
    register_mqtt(device, registrar)
    told = registrar.notifies("C1", {"m2m:sgn": {}})
    question = device.expect_request(op=NOTIFY)
    assert question.topic == "/oneM2M/req/id-gw/id-gw:C1/json"
    device.answers(question)
    registrar.expect_answer(told, rsc=2000)


# --- Who may speak for whom.


def register_mqtt_cse(cse, registrar):
    """A CSE registers by req, and the scripted CSE grants it."""
    rqi = cse.asks(CREATE, "/id-in/cse-in", csr(cse.originator), ty=16)
    request = registrar.expect_request(op=CREATE, ty=16)
    granted = {**request["pc"]["m2m:csr"], "ri": "csr1", "rn": "mn", "ty": 16}
    registrar.answers(request, 2001, {"m2m:csr": granted})
    cse.expect_answer(rqi, rsc=2001)


def brings(cse, registrar, aei):
    """A CSE brings an AE that knows ours as its own."""
    rqi = cse.asks(CREATE, "cse-in", ae(), ty=2, fr=aei)
    registrar.grants(registrar.expect_request(op=CREATE, ty=2), aei)
    cse.expect_answer(rqi, rsc=2001)


@pytest.fixture
def start_with_registry(broker, registrar, start_at_broker, tmp_path):
    """Start gateways that keep their registry."""
    kept = {"file": str(tmp_path / "registry.db")}
    config = mqtt_settings(broker, registrar, registry=kept)
    return lambda: start_at_broker(config)


def test_a_cse_speaks_for_the_aes_that_it_brought_and_no_others(
    broker, registrar, start_with_registry, make_mqtt_device
):
    gateway = start_with_registry()
    cse = make_mqtt_device(broker, "/id-mn", form="id-mn")
    register_mqtt_cse(cse, registrar)
    brings(cse, registrar, "C7")
    register_mqtt(make_mqtt_device(broker, "C1"), registrar)
    for _ in range(2):
        for fr in ("CAdmin", "C1"):
            rqi = cse.asks(RETRIEVE, "cse-in", fr=fr)
            cse.expect_answer(rqi, rsc=4106)
        rqi = cse.asks(RETRIEVE, "cse-in", fr="C7")
        heard = registrar.expect_request(op=RETRIEVE)
        assert heard["fr"] == "C7"
        registrar.answers(heard)
        cse.expect_answer(rqi, rsc=2000)
        gateway.stop()
        gateway = start_with_registry()


def test_a_cse_does_not_speak_for_what_another_brought(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    first = make_mqtt_device(broker, "/id-mn", form="id-mn")
    second = make_mqtt_device(broker, "/id-mn2", form="id-mn2")
    for cse in (first, second):
        register_mqtt_cse(cse, registrar)
    brings(first, registrar, "C7")
    rqi = second.asks(RETRIEVE, "cse-in", fr="C7")
    second.expect_answer(rqi, rsc=4106)


def test_one_of_another_provider_speaks_for_itself(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    """An AE is no provider, whatever its level begins with."""
    device = make_mqtt_device(broker, "C1", form=":a.example:id-in:C1")
    victim = "//a.example/id-in/CVictim"
    rqi = device.asks(RETRIEVE, "/id-in/cse-in", fr=victim)
    device.expect_answer(rqi, rsc=4106)
    assert not registrar.requests_heard(op=RETRIEVE)


def test_a_request_under_the_name_of_another_is_counted_and_told(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1")
    for _ in range(3):
        rqi = device.asks(RETRIEVE, "cse-in", fr="C2")
        device.expect_answer(rqi, rsc=4106)
    line = mqtt_gateway.wait_for("exchange/failed")
    assert "fr is not who the topic says" in line.msg
    told = json.loads(line.raw)
    assert (told["peer"], told["fr"], told["rsc"]) == ("id-in:C1", "C2", 4106)
    assert mqtt_gateway.counts()["refused"] == 3


# --- Whose broker it is.


@pytest.mark.parametrize("url", ["mqtt://h:1883", "mqtt://H/"])
def test_a_broker_that_is_given_twice_is_a_mistake(registrar, tmp_path, url):
    """However it is written, and as whomever we come."""
    file = tmp_path / "c.yaml"
    config = settings(registrar)
    config["brokers"] = [{"url": "mqtt://h"}, {"url": url, "client-id": "b"}]
    file.write_text(json.dumps(config))
    code, out, error = run_command("check", str(file))
    assert code == 2
    assert "brokers[1].url: brokers[0] is the same broker" in out + error


def test_what_comes_for_one_that_is_served_no_longer_is_told(
    broker, registrar, make_registrar, start_at_broker, make_mqtt_device
):
    """The session of the broker outlives the configuration."""
    second = make_registrar("/id-two", "two")
    config = mqtt_settings(broker, registrar, second)
    config["cses"][0]["default"] = True
    start_at_broker(config).stop()
    config["brokers"][0]["serves"] = ["/id-in"]
    gateway = start_at_broker(config)
    device = make_mqtt_device(broker, "C1", cse="/id-two")
    device.asks(RETRIEVE, "two")
    line = gateway.wait_for("mqtt/ignored")
    assert "/oneM2M/req/id-two:C1/id-two/json" in line.msg
