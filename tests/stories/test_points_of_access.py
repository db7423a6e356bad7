"""What a device names as its point of access is used as it is meant: one text
for a list of one, a query behind the path, and each in its turn; what is
nothing of the kind is for the CSE to judge (TS-0001 9.6.5, TS-0004 7.3.3.9.1)."""

import collections
import socket

import cbor2
import pytest
from support import coap
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import mqtt_settings, register_mqtt
from support.registering import ae, register_ae, register_registree
from support.wire import NOTIFY, RETRIEVE

# A broker that nobody starts.
Away = collections.namedtuple("Away", "url")

SGN = {"m2m:sgn": {"sur": "/id-in/s"}}


def test_a_text_is_a_list_of_one(registrar, device, listener):
    register_ae(device, registrar, "Cdev", poa=listener.url)
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    listener.expect(method="POST", path="/Cdev")
    registrar.expect_answer(rqi, rsc=2000)


@pytest.mark.parametrize("poa", [{"url": "http://h"}, 17, ["http://h", 1]])
def test_what_is_no_list_of_texts_is_judged_by_the_cse(registrar, device, poa):
    asked = device.asks("POST", "/cse-in", ae(poa=poa), ty=2, origin="Cdev")
    request = registrar.expect_request(op=1)
    assert request["pc"]["m2m:ae"]["poa"] == poa
    registrar.answers(request, 4000, {"m2m:dbg": "poa is no list of texts"})
    asked.answer().expect(4000, 400)


@pytest.mark.parametrize(
    "behind, path",
    [
        ("/notify?token=1&x=2", "/notify/Cdev?token=1&x=2"),
        ("/notify?token=1#here", "/notify/Cdev?token=1"),
        ("?x=2", "/Cdev?x=2"),
        ("/notify?ct=json", "/notify/Cdev"),
    ],
)
def test_the_query_of_a_point_of_access_goes_behind_the_path(
    registrar, device, listener, behind, path
):
    register_ae(device, registrar, "Cdev", poa=[listener.url + behind])
    rqi = registrar.notifies("Cdev", SGN)
    arrival = listener.expect(method="POST")
    assert arrival.path == path
    assert arrival.pc == SGN
    registrar.expect_answer(rqi, rsc=2000)


def test_a_point_of_access_tells_that_it_takes_cbor(
    registrar, device, listener
):
    poa = [listener.url + "/notify?a=1&ct=cbor"]
    register_ae(device, registrar, "Cdev", poa=poa)
    rqi = registrar.notifies("Cdev", SGN)
    arrival = listener.expect(method="POST")
    assert arrival.path == "/notify/Cdev?a=1"
    assert arrival.headers["Content-Type"] == "application/cbor"
    assert cbor2.loads(arrival.body) == SGN
    registrar.expect_answer(rqi, rsc=2000)


def test_the_same_over_coap(
    registrar, coap_gateway, make_device, make_coap_listener
):
    listener = make_coap_listener()
    poa = [f"{listener.url}/notify?token=1&ct=cbor#here"]
    register_ae(make_device(coap_gateway), registrar, "Cdev", poa=poa)
    rqi = registrar.notifies("Cdev", SGN)
    arrival = listener.expect(path="notify/Cdev")
    assert arrival.all(coap.URI_QUERY) == [b"token=1"]
    assert cbor2.loads(arrival.payload) == SGN
    registrar.expect_answer(rqi, rsc=2000)


def test_what_a_point_of_access_takes_is_obeyed_over_mqtt(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1")
    register_mqtt(device, registrar, poa=[broker.url + "?ct=cbor"])
    told = registrar.notifies("C1", SGN)
    question = device.expect_request(op=NOTIFY)
    assert question.is_cbor
    assert question["pc"] == SGN
    device.type = "cbor"
    device.answers(question, 2000)
    registrar.expect_answer(told, rsc=2000)


@pytest.mark.parametrize("to", ["cse-in/nn", "/id-in/cse-in/nn"])
def test_a_cse_notifies_by_the_path_of_the_ae(registrar, device, listener, to):
    register_ae(device, registrar, "Cdev", rn="nn", poa=[listener.url])
    rqi = registrar.notifies(to, SGN)
    assert listener.expect(method="POST").pc == SGN
    registrar.expect_answer(rqi, rsc=2000)
    rqi = registrar.asks(RETRIEVE, to, fr="/id-in")
    registrar.expect_answer(rqi, rsc=4004)
    assert not listener.arrivals.untaken()


# Points of access come in their order, the connection for a ws one, and last.


@pytest.fixture
def make_both(registrar, gateway, make_registree):
    """A registree over WebSocket, with points of access."""

    def make(*poa):
        registree = make_registree(gateway, "Cws")
        register_registree(registree, registrar, "Cws", poa=list(poa))
        return registree

    return make


def is_told_over(registree, registrar):
    rqi = registrar.notifies("Cws", SGN)
    question = registree.expect_request(op=NOTIFY)
    assert question["pc"] == SGN
    registree.answers(question, 2000)
    registrar.expect_answer(rqi, rsc=2000)


def is_told_at(listener, registrar, to="Cws"):
    rqi = registrar.notifies(to, SGN)
    assert listener.expect(method="POST").pc == SGN
    registrar.expect_answer(rqi, rsc=2000)


def test_its_http_point_of_access_comes_before_the_connection(
    registrar, make_both, listener
):
    registree = make_both(listener.url)
    is_told_at(listener, registrar)
    registree.expect_silence()


def test_a_ws_point_of_access_is_the_connection(
    registrar, make_both, listener
):
    is_told_over(make_both("ws://default", listener.url), registrar)
    assert not listener.arrivals.untaken()


def test_the_connection_is_the_last_way(registrar, make_both, make_port):
    registree = make_both(make_port().http)
    is_told_over(registree, registrar)


def test_without_a_connection_the_next_one_is_taken(
    registrar, make_both, listener
):
    make_both("ws://default", listener.url).closes()
    is_told_at(listener, registrar)


def test_what_somebody_may_have_heard_is_told_nobody_else(
    registrar, device, make_listener
):
    first, second = make_listener(answers_by_itself=False), make_listener()
    register_ae(device, registrar, "Cdev", poa=[first.url, second.url])
    rqi = registrar.notifies("Cdev", SGN)
    first.expect().hangs_up()
    registrar.expect_answer(rqi, rsc=5103)
    assert not second.arrivals.untaken()
    rqi = registrar.notifies("Cdev", SGN)
    first.expect().replies()
    registrar.expect_answer(rqi, rsc=2000)


def test_one_that_does_not_shake_hands_is_left_and_asked_last(
    registrar, device, listener, ends
):
    silent = socket.create_server(("127.0.0.1", 0))
    ends.add(silent.close)
    poa = [f"https://127.0.0.1:{silent.getsockname()[1]}", listener.url]
    register_ae(device, registrar, "Cdev", poa=poa)
    is_told_at(listener, registrar, "Cdev")
    silent.accept()[0].close()
    is_told_at(listener, registrar, "Cdev")
    silent.settimeout(0)
    with pytest.raises(BlockingIOError):
        silent.accept()


def test_a_coap_point_of_access_with_nobody_there_is_left(
    registrar, coap_gateway, make_device, listener, make_port
):
    poa = [f"coap://127.0.0.1:{make_port().number}", listener.url]
    register_ae(make_device(coap_gateway), registrar, "Cdev", poa=poa)
    is_told_at(listener, registrar, "Cdev")


def test_a_broker_that_is_away_is_left(
    registrar, start_gateway, make_device, listener, make_port
):
    broker = Away(f"mqtt://127.0.0.1:{make_port().number}")
    gateway = start_gateway(mqtt_settings(broker, registrar))
    poa = [broker.url, listener.url]
    register_ae(make_device(gateway), registrar, "Cdev", poa=poa)
    is_told_at(listener, registrar, "Cdev")
