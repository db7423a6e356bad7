"""What real devices, listeners and CSEs leave out, repeat or put where it does
not belong does no harm to an exchange, on any binding: a confirmation without
rvi, bodies that are no content, null, numbers as ids, a byte order mark."""

import json

import cbor2
import pytest
from support import coap
from support.coap_registering import register
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import register_mqtt
from support.registering import register_ae, register_registree
from support.wire import CREATE, DELETE, NOTIFY, RETRIEVE

MARK = "\ufeff"
SGN = {"m2m:sgn": {"sur": "s"}}


# Confirmations of listeners that know little of oneM2M.


@pytest.mark.parametrize(
    "status, rsc", [(200, 2000), (201, 2000), (202, 2000), (204, 2000), (404, 4004)]
)
def test_a_bare_answer_over_http_goes_up_with_the_release(
    registrar, device, make_listener, status, rsc
):
    listener = make_listener(answers_by_itself=False)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    told = registrar.notifies("Cdev", SGN)
    bare = {"X-M2M-RI": None, "X-M2M-RVI": None}
    listener.expect().replies(None, status=status, headers=bare)
    assert registrar.expect_answer(told)["rsc"] == rsc
    told = registrar.notifies("Cdev", SGN)
    listener.expect().replies(2000, headers={"X-M2M-RVI": None})
    assert registrar.expect_answer(told, rsc=2000)["rvi"] == "3"


@pytest.mark.parametrize(
    "status, rsc",
    [("2.01", 2000), ("2.04", 2000), ("2.05", 2000), ("4.04", 4004)],
)
def test_a_bare_answer_over_coap_goes_up_with_the_release(
    registrar, make_coap_device, make_coap_listener, status, rsc
):
    listener = make_coap_listener(answers_by_itself=False)
    register(make_coap_device(), registrar, "Cdev", poa=[listener.url])
    told = registrar.notifies("Cdev", SGN)
    listener.answers(listener.expect(), status, rsc=None)
    answer = registrar.expect_answer(told)
    assert (answer["rsc"], answer["rvi"]) == (rsc, "3")


def test_an_answer_without_a_release_over_mqtt_goes_up_with_it(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1")
    register_mqtt(device, registrar)
    told = registrar.notifies("C1", SGN)
    device.answers(device.expect_request(op=NOTIFY), rvi=None)
    assert registrar.expect_answer(told, rsc=2000)["rvi"] == "3"


def test_an_answer_without_a_release_over_websocket_goes_up_with_it(
    registrar, gateway, make_registree
):
    registree = make_registree(gateway, "Cws")
    register_registree(registree, registrar, "Cws")
    told = registrar.notifies("Cws", SGN)
    registree.answers(registree.expect_request(op=NOTIFY), rvi=None)
    assert registrar.expect_answer(told, rsc=2000)["rvi"] == "3"


def test_the_release_may_stand_in_the_notification(registrar, device, listener):
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    told = registrar.notifies("Cdev", {"m2m:sgn": {"rvi": "2a"}}, rvi=None)
    assert listener.expect().headers["X-M2M-RVI"] == "2a"
    registrar.expect_answer(told, rsc=2000)


@pytest.mark.parametrize("body", [b"OK", b"<html>fine</html>", b"{"])
@pytest.mark.parametrize("type", ["text/html", "application/json"])
def test_a_body_that_is_no_content_is_dropped_and_counted(
    registrar, gateway, device, make_listener, body, type
):
    listener = make_listener(answers_by_itself=False)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    told = registrar.notifies("Cdev", SGN)
    listener.expect().replies(2000, body=body, headers={"Content-Type": type})
    assert "pc" not in registrar.expect_answer(told, rsc=2000)
    assert gateway.counts()["lost-contents"] == 1


def test_a_coap_payload_that_is_no_content_is_dropped(
    registrar, make_coap_device, make_coap_listener
):
    listener = make_coap_listener(answers_by_itself=False)
    register(make_coap_device(), registrar, "Cdev", poa=[listener.url])
    told = registrar.notifies("Cdev", SGN)
    listener.answers(listener.expect(), payload=b"OK")
    assert "pc" not in registrar.expect_answer(told, rsc=2000)


def test_a_retrieved_body_that_is_no_content_is_told(
    registrar, device, make_listener
):
    listener = make_listener(answers_by_itself=False)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.asks(RETRIEVE, "Cdev", fr="/id-in")
    listener.expect().replies(2000, body=b"OK")
    answer = registrar.expect_answer(rqi, rsc=5000)
    assert "RETRIEVE is unreadable" in answer["pc"]["m2m:dbg"]


# The same in what comes whole, over WebSocket.

TWICE = '{"m2m:cnt":{"rn":"a","rn":"a"}}'


def says_twice(party, heard, rsc):
    party.says(f'{{"rsc":{rsc},"rqi":{heard.text_of("rqi")},"pc":{TWICE}}}')


def test_content_with_a_fault_inside_is_told_to_who_asked_for_it(
    registrar, device
):
    pending = device.asks("GET", "/cse-in/a")
    says_twice(registrar, registrar.expect_request(op=RETRIEVE), 2000)
    told = pending.answer().expect(5000, 500).pc["m2m:dbg"]
    assert "RETRIEVE is unreadable: a member name stands twice" in told


def test_where_the_status_says_all_it_is_dropped(registrar, gateway, device):
    pending = device.asks("DELETE", "/cse-in/a")
    says_twice(registrar, registrar.expect_request(op=DELETE), 2002)
    pending.answer().expect(2002, 200)
    pending = device.asks("GET", "/cse-in/a")
    says_twice(registrar, registrar.expect_request(op=RETRIEVE), 4004)
    pending.answer().expect(4004, 404)
    assert gateway.counts()["lost-contents"] == 2


def test_so_it_is_in_what_a_registree_confirms(
    registrar, gateway, make_registree
):
    registree = make_registree(gateway, "Cws")
    register_registree(registree, registrar, "Cws")
    told = registrar.notifies("Cws", SGN)
    says_twice(registree, registree.expect_request(op=NOTIFY), 2000)
    assert "pc" not in registrar.expect_answer(told, rsc=2000)
    assert gateway.counts()["lost-contents"] == 1


def test_a_registree_that_writes_cbor_is_understood_so_too(
    registrar, gateway, make_registree
):
    registree = make_registree(gateway, "Cws", speaks=("oneM2M.cbor",))
    register_registree(registree, registrar, "Cws")
    told = registrar.notifies("Cws", SGN)
    rqi = registree.expect_request(op=NOTIFY)["rqi"]
    undefined = cbor2.dumps({"m2m:x": cbor2.undefined})
    head = cbor2.dumps({"rsc": 2000, "rqi": rqi})
    assert head[0] == 0xA2
    registree.says(b"\xa3" + head[1:] + b"\x62pc" + undefined)
    registrar.expect_answer(told, rsc=2000)
    assert gateway.counts()["lost-contents"] == 1


# Null.


def test_what_is_null_in_an_answer_is_absent(registrar, device):
    pending = device.asks("GET", "/cse-in/a")
    rqi = registrar.expect_request(op=RETRIEVE).text_of("rqi")
    registrar.says(
        f'{{"rsc":2000,"rqi":{rqi},"rvi":null,"ot":null,"ty":null,"to":null,'
        '"pc":{"m2m:cnt":{"lbl":null}}}'
    )
    answer = pending.answer().expect(2000)
    assert answer.pc == {"m2m:cnt": {"lbl": None}}
    assert "X-M2M-OT" not in answer.headers


NULLS = {"fc": None, "rcn": None, "rt": None, "ot": None, "rvi": None, "ty": None}


def test_what_is_null_in_a_request_is_absent(registrar, device, listener):
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    told = "n1"
    registrar.says(
        json.dumps(
            {"op": NOTIFY, "to": "Cdev", "fr": "/id-in", "rqi": told, "pc": SGN}
            | NULLS
        )
    )
    arrival = listener.expect()
    assert arrival.path == "/Cdev"
    assert arrival.pc == SGN
    registrar.expect_answer(told, rsc=2000)


@pytest.mark.parametrize("type", ["json", "cbor"])
def test_what_is_null_over_mqtt_is_absent(
    broker, registrar, mqtt_gateway, make_mqtt_device, type
):
    device = make_mqtt_device(broker, "C1", type=type)
    register_mqtt(device, registrar)
    message = {"op": RETRIEVE, "to": "cse-in", "fr": "C1", "rqi": "q"} | NULLS
    topic = device.typed(device.topic("req", device.form, "id-in"))
    device.publishes(
        topic, cbor2.dumps(message) if type == "cbor" else json.dumps(message)
    )
    heard = registrar.expect_request(op=RETRIEVE)
    assert not any(name in heard for name in NULLS)
    registrar.answers(heard)
    device.expect_answer("q", rsc=2000)


# No content.


@pytest.mark.parametrize("method, op", [("GET", RETRIEVE), ("DELETE", DELETE)])
@pytest.mark.parametrize("body", ["{}", '""'])
def test_an_empty_body_over_http_is_none(registrar, device, method, op, body):
    pending = device.asks(method, "/cse-in/a", body)
    request = registrar.expect_request(op=op)
    assert "pc" not in request
    registrar.answers(request, 2002 if op == DELETE else 2000)
    pending.answer().expect(2002 if op == DELETE else 2000)


@pytest.mark.parametrize("op, rsc", [(RETRIEVE, 2000), (DELETE, 2002)])
@pytest.mark.parametrize("pc", [{}, ""])
@pytest.mark.parametrize("speaks", ["oneM2M.json", "oneM2M.cbor"])
def test_an_empty_pc_toward_http_is_none(
    registrar, gateway, device, make_listener, make_registree, op, rsc, pc, speaks
):
    listener = make_listener(answers_by_itself=False)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    registree = make_registree(gateway, "Cws", speaks=(speaks,))
    register_registree(registree, registrar, "Cws")
    rqi = registree.asks(op, "cse-in/a", pc, fr="Cws")
    request = registrar.expect_request(op=op)
    assert "pc" not in request
    registrar.answers(request, rsc)
    registree.expect_answer(rqi, rsc=rsc)
    rqi = registrar.asks(op, "Cdev", pc, fr="/id-in")
    arrival = listener.expect()
    assert arrival.body == b""
    arrival.replies(rsc)
    registrar.expect_answer(rqi, rsc=rsc)


@pytest.mark.parametrize("op, rsc", [(RETRIEVE, 2000), (DELETE, 2002)])
@pytest.mark.parametrize("pc", [{}, ""])
def test_an_empty_pc_toward_coap_is_none(
    registrar, make_coap_device, make_coap_listener, op, rsc, pc
):
    listener = make_coap_listener(answers_by_itself=False)
    register(make_coap_device(), registrar, "Cdev", poa=[listener.url])
    rqi = registrar.asks(op, "Cdev", pc, fr="/id-in")
    heard = listener.expect()
    assert heard.payload == b""
    listener.answers(heard, rsc=rsc)
    registrar.expect_answer(rqi, rsc=rsc)


# Numbers as ids.


@pytest.mark.parametrize("type", ["json", "cbor"])
def test_an_integer_as_id_comes_back_as_one_over_mqtt(
    broker, registrar, mqtt_gateway, make_mqtt_device, type
):
    device = make_mqtt_device(broker, "C1", type=type)
    register_mqtt(device, registrar)
    device.asks(RETRIEVE, "cse-in", rqi=123456)
    heard = registrar.expect_request(op=RETRIEVE)
    assert heard["rqi"] == "123456"
    registrar.answers(heard)
    device.expect_answer(123456, rsc=2000)


@pytest.mark.parametrize("speaks", ["oneM2M.json", "oneM2M.cbor"])
def test_an_integer_as_id_comes_back_as_one_over_websocket(
    registrar, gateway, make_registree, speaks
):
    registree = make_registree(gateway, "Cws", speaks=(speaks,))
    registree.asks(RETRIEVE, "cse-in", fr="Cws", rqi=123456)
    heard = registrar.expect_request(op=RETRIEVE)
    assert heard["rqi"] == "123456"
    registrar.answers(heard)
    registree.expect_answer(123456, rsc=2000)
    registree.asks(RETRIEVE, "//sp.none/id-x/y", fr="//sp.other/id-x", rqi=-1)
    assert registree.expect_answer(-1)["rsc"] >= 4000


@pytest.mark.parametrize("rqi", ["1.0", "1e5"])
def test_a_number_that_is_no_integer_is_refused(
    registrar, gateway, make_registree, rqi
):
    registree = make_registree(gateway, "Cws")
    registree.says(f'{{"op":2,"to":"cse-in","fr":"Cws","rqi":{rqi},"rvi":"3"}}')
    registree.expect_answer(float(rqi), rsc=4000)


# What repeats op in its answer.


def test_what_has_a_status_is_an_answer(registrar, device):
    pending = device.asks("DELETE", "/cse-in/a")
    request = registrar.expect_request(op=DELETE)
    registrar.answers(request, 2002, op=DELETE, to="TinyIoT")
    pending.answer().expect(2002, 200)
    assert registrar.wire.is_open


# What stands around JSON.


def test_a_mark_and_nuls_over_http_are_passed_over(registrar, device):
    body = f'{MARK}{{"m2m:cin":{{"con":"1"}}}}\n\0\0'
    pending = device.asks("POST", "/cse-in/cnt", body, ty=4)
    request = registrar.expect_request(op=CREATE)
    assert request["pc"] == {"m2m:cin": {"con": "1"}}
    registrar.answers(request, 2001)
    pending.answer().expect(2001)


def test_a_mark_and_nuls_over_coap_are_passed_over(registrar, make_coap_device):
    device = make_coap_device()
    body = f'{MARK}{{"m2m:cin":{{"con":"1"}}}}\0'
    sent = device.request(coap.POST, "cse-in/cnt", body.encode(), ty=4)
    device.tells(sent)
    request = registrar.expect_request(op=CREATE)
    assert request["pc"] == {"m2m:cin": {"con": "1"}}
    registrar.answers(request, 2001)
    device.takes_answer(sent).expect(2001, "2.01")


def test_a_mark_and_nuls_over_mqtt_are_passed_over(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1")
    register_mqtt(device, registrar)
    topic = device.typed(device.topic("req", device.form, "id-in"))
    device.publishes(
        topic, f'{MARK}{{"op":2,"to":"cse-in","fr":"C1","rqi":"q"}}\0'.encode()
    )
    registrar.answers(registrar.expect_request(op=RETRIEVE))
    device.expect_answer("q", rsc=2000)


def test_a_mark_and_nuls_over_websocket_are_passed_over(
    registrar, gateway, make_registree
):
    registree = make_registree(gateway, "Cws")
    registree.says(f'{MARK}{{"op":2,"to":"cse-in","fr":"Cws","rqi":"q"}}\0')
    registrar.answers(registrar.expect_request(op=RETRIEVE))
    registree.expect_answer("q", rsc=2000)
