"""What waits for a broker is bounded, and within the bounds nobody is left
without an answer."""

from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import mqtt_settings
from support.scripted_broker import PUBLISH
from support.wire import RETRIEVE

TOPIC = "/oneM2M/req/C1/id-in/json"


def request(rqi):
    return {"op": 2, "to": "cse-in", "fr": "C1", "rqi": rqi, "rvi": "3"}


def test_an_answer_waits_once_however_often_it_is_asked_for(
    make_scripted_broker, registrar, start_at_broker
):
    broker = make_scripted_broker(acknowledges=False)
    drain = {"drain": "500ms"}  # nobody acknowledges the last answer
    start_at_broker(mqtt_settings(broker, registrar, timeouts=drain))
    registrar.plays(lambda m: {"rsc": 2000, "rqi": m["rqi"], "rvi": "3"})
    broker.publishes(TOPIC, request("same"))
    first = broker.expect(PUBLISH)
    for _ in range(100):
        broker.publishes(TOPIC, request("same"), again=True)
    broker.publishes(TOPIC, request("last"))
    broker.expect_publication(rqi="last")
    assert not broker.untaken(PUBLISH)
    broker.acknowledges_one(first)
    broker.publishes(TOPIC, request("same"), again=True)
    broker.expect_publication(rqi="same")


def test_a_repetition_whose_answer_is_not_kept_is_a_request(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1")
    for _ in range(3):
        device.asks(RETRIEVE, "cse-in/c", rqi="same")
        heard = registrar.expect_request(op=RETRIEVE)
        registrar.answers(heard, 2000, {"large": "x" * 20000})
        device.expect_answer("same", rsc=2000)


def test_what_the_broker_has_taken_does_not_fill_the_queue(
    broker, registrar, start_at_broker, make_mqtt_device
):
    start_at_broker(
        mqtt_settings(broker, registrar, limits={"queue": "4MiB"})
    )
    device = make_mqtt_device(broker, "C1")
    for n in range(8):
        rqi = device.asks(RETRIEVE, f"cse-in/{n}")
        heard = registrar.expect_request(op=RETRIEVE)
        registrar.answers(heard, 2000, {"large": "x" * 1000000})
        device.expect_answer(rqi, rsc=2000)
