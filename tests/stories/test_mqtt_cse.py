"""A CSE that speaks only MQTT: the gateway is an originator there, answers
what it asks, and delivers what it tells; and two brokers do not make a loop."""

import json

import pytest
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import mqtt_settings
from support.registering import ae
from support.wire import CREATE, NOTIFY, RETRIEVE


def cse_settings(broker, **sections):
    """A gateway whose only CSE lives at a broker."""
    config = mqtt_settings(broker, **sections)
    config["cses"] = [{"id": "/id-m", "name": "cse-m", "url": broker.url}]
    return config


@pytest.fixture
def cse(broker, make_mqtt_device):
    """The scripted CSE: an entity of that name."""
    return make_mqtt_device(broker, "/id-m", cse="/id-gw", form="id-m")


@pytest.fixture
def gateway(broker, cse, start_at_broker):
    return start_at_broker(cse_settings(broker))


def grants(cse, heard):
    granted = {**heard["pc"]["m2m:ae"], "aei": "C1", "ri": "C1", "rn": "a"}
    cse.answers(heard, 2001, {"m2m:ae": granted})


def test_an_http_device_reaches_it(cse, gateway, device):
    pending = device.asks("POST", "/cse-m/c", {"m2m:cin": {}}, ty=4, origin="C1")
    heard = cse.expect_request(op=CREATE, ty=4)
    assert heard.topic == "/oneM2M/req/id-gw/id-m/json"
    assert heard["fr"] == "C1"
    assert heard["to"] == "cse-m/c"
    cse.answers(heard, 2001, {"m2m:cin": {"ri": "x"}})
    assert pending.answer().expect(2001, 201).pc == {"m2m:cin": {"ri": "x"}}


def test_it_may_write_cbor(broker, make_mqtt_device, start_at_broker, make_device):
    cse = make_mqtt_device(
        broker, "/id-m", cse="/id-gw", form="id-m", type="cbor"
    )
    config = cse_settings(broker)
    config["cses"][0]["serialization"] = "cbor"
    device = make_device(start_at_broker(config))
    content = {"m2m:cin": {"con": "x"}}
    pending = device.asks("POST", "/cse-m/c", content, ty=4, origin="C1")
    heard = cse.expect_request(op=CREATE)
    assert heard.topic == "/oneM2M/req/id-gw/id-m/cbor"
    assert heard.is_cbor
    assert heard["pc"] == content
    cse.answers(heard, 2001, content)
    assert pending.answer().expect(2001, 201).pc == content


def test_it_notifies_a_registree(cse, gateway, device, listener):
    pending = device.asks(
        "POST", "/cse-m", ae(poa=[listener.url]), ty=2, origin="C1"
    )
    heard = cse.expect_request(op=CREATE, ty=2)
    grants(cse, heard)
    pending.answer().expect(2001, 201)
    for form in ("C1", "id-m:C1"):
        topic = f"/oneM2M/req/id-m/{form}/json"
        cse.subscribes(f"/oneM2M/resp/id-m/{form}/#")
        rqi = cse.asks(NOTIFY, "C1", {"m2m:sgn": {}}, topic=topic)
        listener.expect(method="POST", path="/C1")
        answer = cse.expect_answer(rqi, rsc=2000)
        assert answer.topic == f"/oneM2M/resp/id-m/{form}/json"


def test_it_looks_after_the_gateway(cse, gateway):
    rqi = cse.asks(RETRIEVE, "/id-gw/gw")
    assert cse.expect_answer(rqi, rsc=2000)["pc"]["m2m:cb"]


def test_what_it_says_to_others_is_left_alone(broker, cse, gateway):
    """A registree of somebody else hears it as well; nobody may answer twice."""
    cse.subscribes("/oneM2M/resp/id-m/#")
    cse.asks(NOTIFY, "C9", {}, topic="/oneM2M/req/id-m/C9/json")
    rqi = cse.asks(RETRIEVE, "/id-gw/gw")
    cse.expect_answer(rqi, rsc=2000)
    assert not cse.messages.untaken()


def test_the_gateway_registers_there(broker, cse, start_at_broker):
    config = cse_settings(broker)
    config["cses"][0]["register"] = True
    gateway = start_at_broker(config)
    heard = cse.expect_request(op=RETRIEVE)
    assert heard["fr"] == "/id-gw"
    cse.answers(heard, 4004)
    heard = cse.expect_request(op=CREATE, ty=16)
    assert heard["pc"]["m2m:csr"]["poa"] == [broker.url]
    cse.answers(heard, 2001, heard["pc"])
    gateway.wait_for("registration/registered")


def test_a_member_that_stands_twice_in_the_answer_does_not_matter(
    broker, cse, start_at_broker
):
    """As csi does in those of tinyIoT."""
    config = cse_settings(broker)
    config["cses"][0].update(register=True, check="100ms")
    gateway = start_at_broker(config)
    cse.answers(cse.expect_request(op=RETRIEVE), 4004)
    answers_with_csi_twice(cse, cse.expect_request(op=CREATE, ty=16), 2001)
    gateway.wait_for("registration/registered")
    for _ in range(3):
        answers_with_csi_twice(cse, cse.expect_request(op=RETRIEVE), 2000)
    assert not cse.messages.untaken()
    assert gateway.counts()["lost-contents"] >= 3


def answers_with_csi_twice(cse, heard, rsc):
    topic = heard.topic.replace("/req/", "/resp/")
    cse.publishes(
        topic,
        f'{{"rsc":{rsc},"rqi":"{heard["rqi"]}",'
        '"pc":{"m2m:csr":{"csi":"/id-gw","csi":"/id-gw"}}}',
    )


def test_who_asked_for_content_that_is_unreadable_is_told_so(
    cse, gateway, device
):
    pending = device.asks("GET", "/cse-m/a", origin="C1")
    answers_with_csi_twice(cse, cse.expect_request(op=RETRIEVE), 2000)
    told = pending.answer().expect(5000, 500).pc["m2m:dbg"]
    assert "RETRIEVE is unreadable: a member name stands twice" in told
    pending = device.asks("DELETE", "/cse-m/a", origin="C1")
    answers_with_csi_twice(cse, cse.expect_request(op=4), 2002)
    pending.answer().expect(2002, 200)


def test_a_device_of_one_broker_reaches_a_cse_of_another(
    broker, cse, make_broker, start_at_broker, make_mqtt_device
):
    other = make_broker()
    config = cse_settings(broker)
    config["brokers"].append({"url": other.url, "serves": ["/id-m"]})
    gateway = start_at_broker(config)
    gateway.wait_for("mqtt/broker-up")
    device = make_mqtt_device(other, "C1", cse="/id-m")
    rqi = device.asks(CREATE, "cse-m", ae(), ty=2)
    heard = cse.expect_request(op=CREATE, ty=2)
    grants(cse, heard)
    device.expect_answer(rqi, rsc=2001)
    cse.subscribes("/oneM2M/resp/id-m/C1/#")
    told = cse.asks(
        NOTIFY, "C1", {"m2m:sgn": {}}, topic="/oneM2M/req/id-m/C1/json"
    )
    device.answers(device.expect_request(op=NOTIFY, fr="/id-m"))
    cse.expect_answer(told, rsc=2000)


def test_what_the_gateway_publishes_does_not_come_back_to_it(
    broker, cse, gateway, device
):
    """Its requests match its own subscription to those of nobody."""
    pending = device.asks("GET", "/cse-m/x", origin="C1")
    cse.answers(cse.expect_request(op=RETRIEVE), 2000, {"a": 1})
    pending.answer().expect(2000, 200)
    assert gateway.counts()["requests"] == 1


def test_an_answer_of_another_is_not_taken(broker, cse, gateway, device):
    pending = device.asks("GET", "/cse-m/x", origin="C1")
    heard = cse.expect_request(op=RETRIEVE)
    forged = {"rsc": 2000, "rqi": heard["rqi"], "rvi": "3"}
    for topic in ("id-gw/id-evil", "id-x/id-m"):
        cse.publishes(f"/oneM2M/resp/{topic}/json", forged)
    cse.publishes("/oneM2M/resp/id-gw/id-m/json", {**forged, "rqi": "guess"})
    cse.answers(heard, 4004)
    pending.answer().expect(4004, 404)
    assert gateway.counts()["unmatched"] == 2


def test_a_provider_has_absolute_ids_in_topics(
    broker, make_mqtt_device, start_at_broker, make_device
):
    config = mqtt_settings(broker, node={"sp-id": "//a.example"})
    config["cses"] = []
    config["node"] = {"cse-id": "/id-gw", "name": "gw", "sp-id": "//a.example"}
    config["providers"] = [
        {"sp-id": "//b.example", "id": "/id-b", "url": broker.url}
    ]
    cse = make_mqtt_device(broker, "/id-b", form=":b.example:id-b")
    device = make_device(start_at_broker(config))
    pending = device.asks("GET", "/_/b.example/id-b/cse-b", origin="C1")
    heard = cse.expect_request(op=RETRIEVE)
    assert heard.topic == (
        "/oneM2M/req/:a.example:id-gw/:b.example:id-b/json"
    )
    assert heard["fr"] == "//a.example/id-gw/C1"
    cse.answers(heard, 2000)
    pending.answer().expect(2000, 200)


def test_a_cse_without_its_broker_is_a_mistake(broker, check):
    config = cse_settings(broker)
    config["cses"][0]["url"] = "mqtt://127.0.0.1:1"
    code, told = check(json.dumps(config))
    assert code == 2
    assert "cses[0].url" in told


def test_a_cse_is_not_served_where_it_lives(broker, check):
    config = cse_settings(broker)
    config["brokers"][0]["serves"] = ["/id-m"]
    code, told = check(json.dumps(config))
    assert code == 2
    assert "serves[0]" in told


def test_the_settings_of_these_stories_are_good(broker, check):
    assert check(json.dumps(cse_settings(broker)))[0] == 0
