"""What is no oneM2M, too large, retained or made up does no harm over MQTT, and
plain topics are published to as they are (TS-0010 6.6)."""

import json
import time

import pytest
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import mqtt_settings, register_mqtt
from support.wire import CREATE, NOTIFY, RETRIEVE

# What is no topic of oneM2M, and what may not come on one.
WRONG_TOPICS = [
    "/oneM2M/req/C1/id-in/json/more",
    "/oneM2M/req/C1/id-in/",
    "/oneM2M/req//id-in/json",
    "/oneM2M/req/C 1/id-in/json",
    "/oneM2M/req/" + "C" * 600 + "/id-in/json",
    "/oneM2M/req/" + "C" * (65535 - 23) + "/id-in/json",
    "/oneM2M/req/C1/id-in" + "/x" * 90,
    "/oneM2M/reg_req//id-in/json",
]
UNREADABLE_TOPICS = [
    "/oneM2M/resp/id-in/C1/xml",
    "/oneM2M/resp/id-in/C1/json",
    "/oneM2M/resp/id-gw/C1",
]
# What the gateway would publish itself.
OWN_TOPICS = [
    "/oneM2M/req/id-in/id-in/json",
    "/oneM2M/req/id-gw/id-in/json",
]

# Nobody can tell whose they are.
WRONG_PAYLOADS = [
    b"",
    b"\x00",
    b"not json",
    b"[]",
    b"{}",
    b'{"op":2,"to":"cse-in","fr":"C1"}',
    b"\xff" * 100,
    b"{" * 5000,
    b'{"op":2,"op":2,"rqi":"1","to":"x","fr":"C1"}',
]
# What was, or may have been, meant as answers.
ANSWERS = [
    b'{"rsc":2000,"rqi":"1"}',
    b'{"rsc":2000,"rqi":"1"',
    b'{"rsc":"x","rqi":"1"}',
    b"\xa2\x63rsc\x19\x07\xd0",
]


def still_serves(device, registrar):
    rqi = device.asks(RETRIEVE, "cse-in/last")
    registrar.answers(registrar.expect_request(op=RETRIEVE, to="cse-in/last"))
    device.expect_answer(rqi, rsc=2000)


@pytest.fixture
def device(broker, mqtt_gateway, make_mqtt_device):
    return make_mqtt_device(broker, "C1", form="C1")


@pytest.fixture
def leads_to_nothing(registrar, mqtt_gateway, device):
    """A request on a topic that nobody is to hear of; and what the log says
    of it."""

    def leads_to(topic):
        request = {"op": 2, "to": "cse-in", "fr": "C1", "rqi": "x", "rvi": "3"}
        device.publishes(topic, request)
        still_serves(device, registrar)
        assert len(registrar.requests_heard(op=RETRIEVE)) == 1
        assert not device.messages.untaken()
        lines = [line for line in mqtt_gateway.lines if line.topic == "mqtt"]
        return [line.event for line in lines if line.level == "warn"]

    return leads_to


@pytest.mark.parametrize("topic", WRONG_TOPICS, ids=lambda t: t[:40])
def test_a_wrong_topic_is_ignored(leads_to_nothing, topic):
    assert leads_to_nothing(topic) == ["ignored"]


@pytest.mark.parametrize("topic", UNREADABLE_TOPICS)
def test_a_topic_that_does_not_fit_is_unreadable(
    leads_to_nothing, mqtt_gateway, topic
):
    assert leads_to_nothing(topic) == ["unreadable"]
    assert mqtt_gateway.counts()["unreadable"] == 1


@pytest.mark.parametrize("topic", OWN_TOPICS)
def test_what_it_may_have_said_itself_is_passed_over(leads_to_nothing, topic):
    assert leads_to_nothing(topic) == []


def speaker(broker, make_mqtt_client, name, type=""):
    """Somebody who hears the answers to what it says as `name`."""
    levels = f"{name}/id-in/{type}".rstrip("/")
    client = make_mqtt_client(
        broker, name, subscribe=[f"/oneM2M/resp/{name}/#"]
    )
    client.to = f"/oneM2M/req/{levels}"
    client.back = f"/oneM2M/resp/{levels}"
    return client


def hears_a_refusal(client, topic=None, rsc=4000):
    message = client.expect_message()
    assert message.topic == (topic or client.back)
    assert message["rsc"] == rsc
    assert "rqi" not in message
    assert message["pc"]["m2m:dbg"]
    return message


@pytest.mark.parametrize("type", ["json", "cbor", ""])
def test_what_cannot_be_read_is_refused_without_an_id(
    broker, registrar, device, make_mqtt_client, type
):
    for n, payload in enumerate(WRONG_PAYLOADS):
        client = speaker(broker, make_mqtt_client, f"C{n}w", type)
        client.publishes(client.to, payload)
        hears_a_refusal(client)
    still_serves(device, registrar)
    assert len(registrar.requests_heard(op=RETRIEVE)) == 1


def test_a_registration_that_cannot_be_read_is_refused(
    broker, mqtt_gateway, make_mqtt_client
):
    answers = "/oneM2M/reg_resp/33-dev/id-in/json"
    client = make_mqtt_client(broker, "new", subscribe=[answers])
    client.publishes("/oneM2M/reg_req/33-dev/id-in/json", b"not json")
    hears_a_refusal(client, answers)


def test_a_peer_is_told_once_a_second_and_others_beside_it(
    broker, registrar, mqtt_gateway, make_mqtt_client
):
    """A flood, of which the same bytes are no repetition either."""
    client = speaker(broker, make_mqtt_client, "Cflood", "json")
    other = speaker(broker, make_mqtt_client, "Cother", "json")
    began = time.monotonic()
    for n in range(2000):
        client.publishes(client.to, b"not json %d" % (n % 2))
    other.publishes(other.to, b"not json")
    hears_a_refusal(other)
    fence = {"op": RETRIEVE, "to": "cse-in", "fr": "Cflood", "rqi": "last"}
    client.publishes(client.to, fence)
    registrar.answers(registrar.expect_request(op=RETRIEVE))
    client.expect_message(lambda m: m.get("rqi") == "last")
    n_seconds = time.monotonic() - began
    n_told = len(client.messages.untaken())
    assert 1 <= n_told <= n_seconds + 1
    assert mqtt_gateway.counts()["unreadable"] == 2001


@pytest.mark.parametrize("type", ["json", "cbor"])
def test_what_may_be_an_answer_is_never_answered(
    broker, registrar, device, make_mqtt_client, type
):
    for kind, ids in (("req", "C1/id-in"), ("resp", "id-in/C1")):
        for payload in ANSWERS:
            device.publishes(f"/oneM2M/{kind}/{ids}/{type}", payload)
    for payload in WRONG_PAYLOADS:
        device.publishes(f"/oneM2M/resp/id-in/C1/{type}", payload)
    still_serves(device, registrar)
    assert not device.messages.untaken()


@pytest.mark.parametrize("type", ["xml", "yaml"])
def test_a_serialisation_that_is_not_known_is_refused_in_json(
    broker, mqtt_gateway, make_mqtt_client, type
):
    client = speaker(broker, make_mqtt_client, "C2", type)
    client.publishes(client.to, b"<m2m:rqp/>")
    refusal = hears_a_refusal(client, "/oneM2M/resp/C2/id-in/json", 4015)
    assert "serialisation" in refusal["pc"]["m2m:dbg"]


def test_a_request_that_is_wrong_is_answered_when_its_rqi_is_read(device):
    wrong = {"op": 9, "to": "cse-in", "fr": "C1", "rqi": "w", "rvi": "3"}
    device.publishes("/oneM2M/req/C1/id-in/json", wrong)
    device.expect_answer("w", rsc=4000)


def test_a_retained_message_is_ignored(
    broker, registrar, make_mqtt_client, start_at_broker, make_mqtt_device
):
    client = make_mqtt_client(broker, "somebody")
    request = {"op": 2, "to": "cse-in", "fr": "C1", "rqi": "x", "rvi": "3"}
    topic = "/oneM2M/req/C1/id-in/json"
    client.publishes(topic, request, retain=True).wait_for_publish(20)
    start_at_broker(mqtt_settings(broker, registrar))
    device = make_mqtt_device(broker, "C1", form="C1")
    still_serves(device, registrar)
    assert len(registrar.requests_heard(op=RETRIEVE)) == 1


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_a_message_that_is_too_large_is_not_kept(
    broker,
    registrar,
    start_at_broker,
    make_mqtt_device,
    make_mqtt_client,
    version,
):
    config = mqtt_settings(
        broker,
        registrar,
        broker_how={"version": version},
        limits={"content": "64KiB"},
    )
    gateway = start_at_broker(config)
    device = make_mqtt_device(broker, "C1", form="C1")
    large = {"m2m:cin": {"con": "x" * 1000000}}
    client = speaker(broker, make_mqtt_client, "C2", "json")
    client.publishes(client.to, {"op": CREATE, "rqi": "1", "pc": large})
    if version == "3.1.1":
        assert "large" in hears_a_refusal(client)["pc"]["m2m:dbg"]
    still_serves(device, registrar)
    assert not client.messages.untaken()
    assert not registrar.requests_heard(op=CREATE)
    assert gateway.counts()["unreadable"] == (0 if version == "5" else 1)


def test_a_mebibyte_crosses_both_ways(registrar, device):
    content = {"m2m:cin": {"con": "x" * ((1 << 20) - 100)}}
    rqi = device.asks(CREATE, "cse-in", content, ty=4)
    heard = registrar.expect_request(op=CREATE)
    assert heard["pc"] == content
    registrar.answers(heard, 2001, content)
    assert device.expect_answer(rqi, rsc=2001)["pc"] == content


def test_made_up_answers_are_counted_and_dropped(
    registrar, mqtt_gateway, device
):
    for n in range(50):
        answer = {"rsc": 2000, "rqi": f"{n}", "rvi": "3"}
        device.publishes("/oneM2M/resp/id-in/C1/json", answer)
    still_serves(device, registrar)
    assert mqtt_gateway.counts()["unmatched"] == 50
    assert not device.messages.untaken()


def test_another_device_cannot_answer_for_a_registree(
    broker, registrar, mqtt_gateway, device, make_mqtt_device
):
    register_mqtt(device, registrar)
    evil = make_mqtt_device(broker, "Cevil")
    told = registrar.notifies("C1", {"m2m:sgn": {}})
    question = device.expect_request(op=NOTIFY)
    forged = {"rsc": 5203, "rqi": question["rqi"], "rvi": "3"}
    evil.publishes("/oneM2M/resp/id-in/Cevil/json", forged)
    still_serves(evil, registrar)
    device.answers(question)
    registrar.expect_answer(told, rsc=2000)


def test_many_devices_at_once_are_all_answered(registrar, device):
    registrar.plays(
        lambda m: {"rsc": 2000, "rqi": m["rqi"], "rvi": "3", "pc": {"t": m["to"]}}
        if m["op"] == RETRIEVE
        else None
    )
    rqis = [device.asks(RETRIEVE, f"cse-in/{n}") for n in range(2000)]
    for n, rqi in enumerate(rqis):
        assert device.expect_answer(rqi)["pc"] == {"t": f"cse-in/{n}"}


# --- Notification URIs.


def linked(device, registrar):
    """Let the link to the CSE come up."""
    still_serves(device, registrar)


@pytest.mark.parametrize(
    "path, topic",
    [
        ("/news", "news"),
        ("/a/b%20c", "a/b c"),
        ("/a/b?ct=json", "a/b"),
        ("//lead/ing", "/lead/ing"),
    ],
)
def test_a_notification_uri_is_a_whole_topic(
    broker, registrar, mqtt_gateway, device, make_mqtt_client, path, topic
):
    linked(device, registrar)
    client = make_mqtt_client(broker, "reader", subscribe=[topic])
    told = registrar.notifies(broker.url + path, {"m2m:sgn": {"a": 1}})
    message = client.expect_message()
    assert message.topic == topic
    assert message["op"] == NOTIFY
    assert message["pc"] == {"m2m:sgn": {"a": 1}}
    registrar.expect_answer(told, rsc=2000)


def test_a_notification_uri_may_ask_for_cbor(
    broker, registrar, mqtt_gateway, device, make_mqtt_client
):
    linked(device, registrar)
    client = make_mqtt_client(broker, "reader", subscribe=["news"])
    told = registrar.notifies(broker.url + "/news?ct=cbor", {"m2m:sgn": {}})
    assert client.expect_message().is_cbor
    registrar.expect_answer(told, rsc=2000)


@pytest.mark.parametrize(
    "path, rsc",
    [
        ("", 5103),
        ("/", 5103),
        ("/a/%2B/b", 5103),
        ("/a/%23", 5103),
        ("/a%00b", 5103),
        ("/%24SYS/x", 5103),
        ("/%ff", 5103),
        ("/%4", 5103),
        ("/" + "x" * 65536, 5103),
        ("//oneM2M/req/C1/id-in/json", 4103),
        ("//oneM2M/resp/C1/id-in/json", 4103),
        ("//oneM2M/req/id-gw/C1/json", 4103),
    ],
)
def test_a_topic_that_may_not_be_published_to_is_refused(
    broker, registrar, mqtt_gateway, device, make_mqtt_client, path, rsc
):
    linked(device, registrar)
    client = make_mqtt_client(broker, "reader", subscribe=["#"])
    told = registrar.notifies(broker.url + path, {"m2m:sgn": {}})
    registrar.expect_answer(told, rsc=rsc)
    registrar.fence()
    assert not client.messages.untaken(lambda m: "sgn" in str(m))


def test_a_topic_of_its_own_may_be_named(
    broker, registrar, mqtt_gateway, device, make_mqtt_client
):
    """Its receiver answers, and nobody else."""
    linked(device, registrar)
    path = "//oneM2M/req/id-in/C7/json"
    client = make_mqtt_client(broker, "reader", subscribe=[path[1:]])
    told = registrar.notifies(broker.url + path, {"m2m:sgn": {}})
    heard = json.loads(client.expect_message().payload)
    assert heard["fr"] == "/id-in"
    answer = {"rsc": 4005, "rqi": heard["rqi"], "rvi": "3"}
    client.publishes("/oneM2M/resp/id-in/C7/json", json.dumps(answer))
    registrar.expect_answer(told, rsc=4005)
