"""An MQTT device lives with a WebSocket CSE: it registers, posts and is
notified over the topics of TS-0010, in each of their forms."""

import json
import subprocess

import paho.mqtt.client as paho
import pytest
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import mqtt_settings, register_mqtt
from support.process import run_command
from support.registering import ae, register_ae
from support.waiting import DEADLINE
from support.wire import CREATE, NOTIFY, RETRIEVE, answer_to

FORMS = ["C1", "id-in:C1"]
VERSIONS = {"3.1.1": paho.MQTTv311, "5": paho.MQTTv5}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("type", ["json", "cbor", None])
def test_a_device_registers_posts_and_is_notified(
    broker, registrar, mqtt_gateway, make_mqtt_device, form, type
):
    device = make_mqtt_device(broker, "C1", form=form, type=type)
    answer = register_mqtt(device, registrar)
    topic = f"/oneM2M/resp/{form}/id-in"
    assert answer.topic == (topic if type is None else f"{topic}/{type}")
    assert answer["pc"]["m2m:ae"]["aei"] == "C1"
    content = {"m2m:cin": {"con": "21.5"}}
    rqi = device.asks(CREATE, "cse-in/ae-C1/cnt", content, ty=4)
    heard = registrar.expect_request(op=CREATE, ty=4)
    assert heard["fr"] == "C1"
    assert heard["pc"] == content
    registrar.answers(heard, 2001, {"m2m:cin": {"ri": "cin1"}})
    answer = device.expect_answer(rqi, rsc=2001)
    assert answer["pc"] == {"m2m:cin": {"ri": "cin1"}}
    assert answer.is_cbor == (type == "cbor")
    told = registrar.notifies("C1", {"m2m:sgn": {"sur": "s"}})
    question = device.expect_request(op=NOTIFY)
    wanted = "cbor" if type == "cbor" else "json"
    assert question.topic == f"/oneM2M/req/id-in/{form}/{wanted}"
    assert question["fr"] == "/id-in"
    assert question["to"] == "C1"
    assert question["pc"] == {"m2m:sgn": {"sur": "s"}}
    assert question.is_cbor == (type == "cbor")
    device.answers(question, 2000)
    registrar.expect_answer(told, rsc=2000)


@pytest.mark.parametrize("ours", VERSIONS)
@pytest.mark.parametrize("theirs", VERSIONS)
def test_both_versions_of_mqtt_meet(
    broker, registrar, start_at_broker, make_mqtt_device, ours, theirs
):
    start_at_broker(
        mqtt_settings(broker, registrar, broker_how={"version": ours})
    )
    device = make_mqtt_device(broker, "C1", version=VERSIONS[theirs])
    register_mqtt(device, registrar)
    told = registrar.notifies("C1", {"m2m:sgn": {}})
    device.answers(device.expect_request(op=NOTIFY))
    registrar.expect_answer(told, rsc=2000)


def test_one_without_an_id_registers_by_reg_req(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C0001")
    rqi = device.registers("C", pc=ae())
    request = registrar.expect_request(op=CREATE, ty=2)
    assert request["fr"] == "C"
    registrar.grants(request, "C0001")
    answer = device.expect_answer(rqi, rsc=2001)
    assert answer.topic == "/oneM2M/reg_resp/33-dev/id-in/json"
    told = registrar.notifies("C0001", {"m2m:sgn": {}})
    question = device.expect_request(op=NOTIFY)
    assert question.levels[4] == "id-in:C0001"
    device.answers(question)
    registrar.expect_answer(told, rsc=2000)


def test_a_first_request_shows_how_a_registree_writes_itself(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C0001", form="C0001")
    registered = device.registers("C", pc=ae())
    registrar.grants(registrar.expect_request(op=CREATE, ty=2), "C0001")
    device.expect_answer(registered, rsc=2001)
    rqi = device.asks(RETRIEVE, "cse-in")
    registrar.answers(registrar.expect_request(op=RETRIEVE))
    device.expect_answer(rqi, rsc=2000)
    told = registrar.notifies("C0001", {"m2m:sgn": {}})
    question = device.expect_request(op=NOTIFY)
    assert question.levels[4] == "C0001"
    device.answers(question)
    registrar.expect_answer(told, rsc=2000)


def test_a_registration_by_req_needs_no_id(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C0001", form="anybody")
    rqi = device.asks(CREATE, "cse-in", ae(), ty=2, fr=None)
    request = registrar.expect_request(op=CREATE, ty=2)
    assert "fr" not in request
    registrar.grants(request, "C0001")
    device.expect_answer(rqi, rsc=2001)


@pytest.mark.parametrize("op, ty", [(RETRIEVE, None), (CREATE, 4)])
def test_reg_req_takes_nothing_but_registrations(
    broker, registrar, mqtt_gateway, make_mqtt_device, op, ty
):
    device = make_mqtt_device(broker, "C1")
    device.subscribes("/oneM2M/reg_resp/c/#")
    topic = "/oneM2M/reg_req/c/id-in/json"
    rqi = device.asks(op, "cse-in", topic=topic, ty=ty)
    answer = device.expect_answer(rqi, rsc=4000)
    assert "reg_req" in answer["pc"]["m2m:dbg"]


@pytest.mark.parametrize(
    "fr", ["C2", "/id-in/C2", "/id-mn", "//sp.other/id-in/C1", "C11", "C"]
)
def test_fr_must_fit_the_topic(
    broker, registrar, mqtt_gateway, make_mqtt_device, fr
):
    device = make_mqtt_device(broker, "C1")
    rqi = device.asks(RETRIEVE, "cse-in", fr=fr)
    answer = device.expect_answer(rqi, rsc=4106)
    assert "fr" in answer["pc"]["m2m:dbg"]
    assert not registrar.requests_heard(op=RETRIEVE)


def test_who_names_nobody_is_told_what_is_missing(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1")
    rqi = device.asks(RETRIEVE, "cse-in", fr=None)
    answer = device.expect_answer(rqi, rsc=4000)
    assert answer["pc"]["m2m:dbg"] == "fr is missing"
    assert not registrar.requests_heard(op=RETRIEVE)


@pytest.mark.parametrize("fr", ["C1", "/id-in/C1"])
@pytest.mark.parametrize("form", FORMS)
def test_fr_may_be_written_in_each_scope(
    broker, registrar, mqtt_gateway, make_mqtt_device, fr, form
):
    device = make_mqtt_device(broker, "C1", form=form)
    rqi = device.asks(RETRIEVE, "cse-in", fr=fr)
    heard = registrar.expect_request(op=RETRIEVE)
    assert heard["fr"] == "C1"
    registrar.answers(heard)
    device.expect_answer(rqi, rsc=2000)


def test_a_cse_that_is_a_registree_speaks_for_its_aes(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "/id-mn", form="id-mn")
    rqi = device.asks(RETRIEVE, "/id-in/cse-in", fr="/id-mn/C5")
    heard = registrar.expect_request(op=RETRIEVE)
    assert heard["fr"] == "/id-mn/C5"
    registrar.answers(heard)
    device.expect_answer(rqi, rsc=2000)


def test_a_prefix_stands_before_all_topics(
    broker, registrar, start_at_broker, make_mqtt_device
):
    config = mqtt_settings(broker, registrar)
    config["brokers"][0]["url"] += "/plant/7"
    start_at_broker(config)
    device = make_mqtt_device(broker, "C1", prefix="plant/7")
    register_mqtt(device, registrar)
    told = registrar.notifies("C1", {"m2m:sgn": {}})
    question = device.expect_request(op=NOTIFY)
    assert question.topic == "plant/7/oneM2M/req/id-in/id-in:C1/json"
    device.answers(question)
    registrar.expect_answer(told, rsc=2000)


def test_two_devices_with_one_rqi_each_get_their_own_answer(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    devices = [make_mqtt_device(broker, f"C{n}") for n in range(2)]
    for n, device in enumerate(devices):
        device.asks(RETRIEVE, f"cse-in/{n}", rqi="1")
    for n in (1, 0):
        heard = registrar.expect_request(op=RETRIEVE, to=f"cse-in/{n}")
        registrar.answers(heard, 2000, {"for": n})
    for n, device in enumerate(devices):
        assert device.expect_answer("1", rsc=2000)["pc"] == {"for": n}


def test_two_registrees_answer_the_same_rqi(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    devices = [make_mqtt_device(broker, f"C{n}") for n in range(2)]
    for device in devices:
        register_mqtt(device, registrar)
    told = [registrar.notifies(f"C{n}", {"m2m:sgn": {"n": n}}) for n in (0, 1)]
    asked = [device.expect_request(op=NOTIFY) for device in devices]
    assert asked[0]["rqi"] != asked[1]["rqi"]
    devices[1].answers(asked[1], 2000)
    devices[0].answers(asked[0], 5203)
    registrar.expect_answer(told[0], rsc=5203)
    registrar.expect_answer(told[1], rsc=2000)


def test_a_poa_of_mqtt_is_delivered_to(
    broker, registrar, mqtt_gateway, make_device, make_mqtt_device
):
    """An AE that registers over HTTP and listens on MQTT."""
    register_ae(make_device(mqtt_gateway), registrar, "C1", poa=[broker.url])
    device = make_mqtt_device(broker, "C1")
    told = registrar.notifies("C1", {"m2m:sgn": {}})
    device.answers(device.expect_request(op=NOTIFY))
    registrar.expect_answer(told, rsc=2000)


@pytest.mark.parametrize("path", ["//C1", "///id-in/C1"])
def test_a_poa_may_name_the_receiver(
    broker, registrar, mqtt_gateway, make_device, make_mqtt_device, path
):
    """As ACME writes it."""
    poa = [broker.url + path]
    register_ae(make_device(mqtt_gateway), registrar, "C1", poa=poa)
    device = make_mqtt_device(broker, "C1", form="C1")
    told = registrar.notifies("C1", {"m2m:sgn": {}})
    device.answers(device.expect_request(op=NOTIFY))
    registrar.expect_answer(told, rsc=2000)


@pytest.mark.parametrize(
    "poa, why",
    [
        ("mqtt://127.0.0.1:1", "broker"),
        ("mqtt://192.0.2.1", "broker"),
        ("{broker}/other/prefix", "broker"),
    ],
)
def test_a_broker_that_is_not_configured_is_not_used(
    broker, registrar, mqtt_gateway, make_device, poa, why
):
    poa = [poa.format(broker=broker.url)]
    register_ae(make_device(mqtt_gateway), registrar, "C1", poa=poa)
    told = registrar.notifies("C1", {"m2m:sgn": {}})
    answer = registrar.expect_answer(told, rsc=5103)
    assert why in answer["pc"]["m2m:dbg"]


def test_no_answer_goes_to_one_that_wants_none(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1")
    device.asks(RETRIEVE, "cse-in/a", rt={"rtv": 5})
    registrar.answers(registrar.expect_request(op=RETRIEVE, to="cse-in/a"))
    rqi = device.asks(RETRIEVE, "cse-in/b")
    registrar.answers(registrar.expect_request(op=RETRIEVE, to="cse-in/b"))
    device.expect_answer(rqi, rsc=2000)
    assert not device.messages.untaken()


def test_an_expired_request_is_not_forwarded(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1")
    rqi = device.asks(RETRIEVE, "cse-in", rqet="20200101T000000")
    device.expect_answer(rqi, rsc=4008)


def test_the_gateway_answers_for_itself(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1", cse="/id-gw", form="C1")
    rqi = device.asks(RETRIEVE, "/id-gw/gw")
    answer = device.expect_answer(rqi, rsc=2000)
    assert answer["pc"]["m2m:cb"]["csi"] == "/id-gw"


def test_mosquitto_pub_and_sub_are_devices(broker, registrar, mqtt_gateway):
    """A device that is two programs of a shell: it registers and is
    notified."""
    at = ["-h", "127.0.0.1", "-p", str(broker.port), "-q", "1"]
    filters = ["-t", "/oneM2M/resp/C1/#", "-t", "/oneM2M/req/+/C1/#"]
    sub = ["mosquitto_sub", *at, "-i", "C1", "-c", *filters]

    def publishes(kind, ids, message):
        topic = f"/oneM2M/{kind}/{ids}/json"
        run(["mosquitto_pub", *at, "-t", topic, "-m", json.dumps(message)])

    def hears():
        return json.loads(run([*sub, "-C", "1"]))

    run([*sub, "-E"])  # from now on the broker keeps what comes
    request = {"op": 1, "ty": 2, "to": "cse-in", "fr": "C1", "rqi": "1"}
    publishes("req", "C1/id-in", {**request, "rvi": "3", "pc": ae()})
    registrar.grants(registrar.expect_request(op=CREATE, ty=2), "C1")
    answer = hears()
    assert (answer["rsc"], answer["rqi"]) == (2001, "1")
    assert answer["pc"]["m2m:ae"]["aei"] == "C1"
    told = registrar.notifies("C1", {"m2m:sgn": {"sur": "s"}})
    question = hears()
    assert (question["op"], question["to"]) == (NOTIFY, "C1")
    assert question["pc"] == {"m2m:sgn": {"sur": "s"}}
    answer = {"rsc": 2000, "rqi": question["rqi"], "rvi": "3"}
    publishes("resp", "id-in/C1", answer)
    registrar.expect_answer(told, rsc=2000)


def run(command):
    return subprocess.run(
        command, check=True, timeout=DEADLINE, capture_output=True, text=True
    ).stdout


def test_the_command_line_sends_over_mqtt(broker, registrar, mqtt_gateway):
    registrar.plays(lambda r: answer_to(r, 2000, {"was": r["to"]}))
    code, out, error = run_command("send", broker.url, "--to", "/id-in/cse-in")
    assert code == 0, error
    assert "/id-in/cse-in" in out
    code, out, error = run_command("send", broker.url, "--to", "cse-in")
    assert code == 2
    assert "names its CSE" in error
