"""What a device names as its point of access is used as it is meant: one text
for a list of one, a query behind the path, and each in its turn; what is
nothing of the kind is for the CSE to judge (TS-0001 9.6.5, TS-0004 7.3.3.9.1)."""

import cbor2
import pytest
from support import coap
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import register_mqtt
from support.registering import ae, register_ae
from support.wire import NOTIFY, RETRIEVE


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


SGN = {"m2m:sgn": {"sur": "/id-in/s"}}


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
