"""Each side writes in its own serialisation: a device in CBOR works with a CSE
in JSON and the other way round, and nothing changes where both agree."""

import json

import cbor2
import pytest
from support import coap
from support.registering import ae, register_ae, register_registree
from support.registree import Registree
from support.settings import settings
from support.wire import CREATE, NOTIFY, RETRIEVE

CBOR = "application/cbor"
CONTENT = {
    "m2m:cin": {
        "con": "21.5 \u00b0C \U0001f600",
        "cs": 9007199254740993,
        "low": -(2**64),
        "big": 2**70,
        "n": 1.5,
        "f": 0.1,
        "t": [True, False, None, {}, []],
    }
}


@pytest.fixture
def cbor_registrar(make_registrar):
    return make_registrar(speaks=("oneM2M.cbor",))


@pytest.fixture
def to_cbor(cbor_registrar, start_gateway):
    """A gateway whose CSE speaks CBOR."""
    return start_gateway(
        settings(
            cbor_registrar,
            cse={"serialization": "cbor"},
            deliver={"allow": ["127.0.0.0/8"]},
        )
    )


def creates(device, content, **headers):
    return device.asks(
        "POST",
        "/cse-in",
        cbor2.dumps(content),
        headers={"Content-Type": f"{CBOR};ty=4", **headers},
    )


def test_a_device_in_cbor_and_a_cse_in_json(registrar, device):
    pending = creates(device, CONTENT)
    request = registrar.expect_request(op=CREATE, ty=4)
    assert isinstance(request.raw, str)
    assert request["pc"] == CONTENT
    registrar.answers(request, 2001, CONTENT)
    answer = pending.answer().expect(2001, 201)
    assert answer.headers["Content-Type"] == CBOR
    assert cbor2.loads(answer.content) == CONTENT


def test_a_device_in_json_and_a_cse_in_cbor(
    cbor_registrar, to_cbor, make_device
):
    device = make_device(to_cbor)
    pending = device.asks("POST", "/cse-in", CONTENT, ty=4)
    request = cbor_registrar.expect_request(op=CREATE, ty=4)
    assert isinstance(request.raw, bytes)
    assert request["pc"] == CONTENT
    cbor_registrar.answers(request, 2001, CONTENT)
    answer = pending.answer().expect(2001, 201)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.pc == CONTENT


def test_cbor_on_both_sides_crosses_byte_for_byte(
    cbor_registrar, to_cbor, make_device
):
    odd = b"\xbf\x47m2m:cin\xbf\x63con\x7f\x61a\x61b\xff\xff\xff"
    pending = make_device(to_cbor).asks(
        "POST", "/cse-in", odd, headers={"Content-Type": f"{CBOR};ty=4"}
    )
    request = cbor_registrar.expect_request(op=CREATE, ty=4)
    assert odd in request.raw
    cbor_registrar.answers(request, 2001)
    pending.answer().expect(2001)


def test_accept_decides_how_the_answer_is_written(registrar, device):
    for accept, loads in [(CBOR, cbor2.loads), ("application/json", None)]:
        pending = device.asks("GET", "/cse-in/a", headers={"Accept": accept})
        request = registrar.expect_request(op=RETRIEVE)
        registrar.answers(request, 2000, CONTENT)
        answer = pending.answer().expect(2000, 200)
        assert answer.headers["Content-Type"] == accept
        got = loads(answer.content) if loads else answer.pc
        assert got == CONTENT


def test_a_refusal_of_our_own_is_in_cbor_too(device):
    answer = device.retrieves("/~/id-gw/nothing/here", headers={"Accept": CBOR})
    answer.expect(4004, 404)
    assert "m2m:dbg" in cbor2.loads(answer.content)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xa1",
        b"\xa1\x01\x02",
        b"\xa2\x61a\x01\x61a\x02",
        b"\xa1\x61a\xf7",
        b"\xa1\x61a\xfb\x7f\xf8\x00\x00\x00\x00\x00\x00",
        b"\xa1\x61a\x62\xff\xfe",
        b"\xa1\x61a\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\x81" * 40 + b"\x01",
        b"\xa0\xa0",
        b"{}",
        b"\x80",
    ],
    ids=lambda body: body[:8].hex() or "empty",
)
def test_bad_cbor_is_4000_and_never_reaches_the_cse(registrar, device, body):
    pending = device.asks(
        "POST", "/cse-in", body, headers={"Content-Type": f"{CBOR};ty=4"}
    )
    pending.answer().expect(4000, 400)
    pending = creates(device, CONTENT)
    registrar.answers(registrar.expect_request(op=CREATE), 2001)
    pending.answer().expect(2001)
    assert len(registrar.requests_heard(op=CREATE)) == 1


@pytest.mark.parametrize("csz", [None, ["application/json"], ["json"]])
def test_a_registree_that_asks_for_json_is_notified_in_json(
    cbor_registrar, to_cbor, make_device, make_listener, csz
):
    """By what it writes, or by what it says although it writes CBOR."""
    listener = make_listener()
    content = ae(poa=[listener.url], csz=csz)
    how = {"origin": "Cdev", "ty": 2}
    if csz:
        content = cbor2.dumps(content)
        how["headers"] = {"Content-Type": f"{CBOR};ty=2"}
    device = make_device(to_cbor)
    pending = device.asks("POST", "/cse-in", content, **how)
    request = cbor_registrar.expect_request(op=CREATE, ty=2)
    cbor_registrar.grants(request, "Cdev")
    pending.answer().expect(2001)
    rqi = cbor_registrar.notifies("Cdev", {"m2m:sgn": {"vrq": True}})
    arrival = listener.expect(method="POST")
    assert arrival.headers["Content-Type"] == "application/json"
    assert arrival.pc == {"m2m:sgn": {"vrq": True}}
    cbor_registrar.expect_answer(rqi, rsc=2000)


def test_a_registree_in_cbor_is_notified_in_cbor(
    registrar, gateway_that_delivers, make_device, make_listener
):
    device = make_device(gateway_that_delivers)
    listener = make_listener()
    pending = device.asks(
        "POST",
        "/cse-in",
        cbor2.dumps(ae(poa=[listener.url])),
        origin="Cdev",
        headers={"Content-Type": f"{CBOR};ty=2"},
    )
    request = registrar.expect_request(op=CREATE, ty=2)
    assert "poa" not in request["pc"]["m2m:ae"]
    registrar.grants(request, "Cdev")
    granted = cbor2.loads(pending.answer().expect(2001).content)
    assert granted["m2m:ae"]["poa"] == [listener.url]
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {"vrq": True}})
    arrival = listener.expect(method="POST")
    assert arrival.headers["Content-Type"] == CBOR
    assert cbor2.loads(arrival.body) == {"m2m:sgn": {"vrq": True}}
    registrar.expect_answer(rqi, rsc=2000)


@pytest.mark.parametrize("ct, type", [("cbor", CBOR), ("json", None)])
def test_a_plain_url_says_how_it_is_notified(
    registrar, gateway_that_delivers, make_device, listener, ct, type
):
    device = make_device(gateway_that_delivers)
    register_ae(device, registrar, "Cany")
    rqi = registrar.notifies(f"{listener.url}/x?ct={ct}", {"m2m:sgn": {}})
    arrival = listener.expect(method="POST", path="/x")
    assert arrival.headers["Content-Type"] == (type or "application/json")
    loads = cbor2.loads if type else json.loads
    assert loads(arrival.body) == {"m2m:sgn": {}}
    registrar.expect_answer(rqi, rsc=2000)


@pytest.mark.parametrize("ct, number", [("cbor", 60), ("json", 50)])
def test_a_plain_coap_url_says_so_too(
    registrar, start_gateway, make_device, make_coap_listener, ct, number
):
    config = settings(
        registrar,
        coap=True,
        deliver={"allow": ["127.0.0.0/8"]},
    )
    register_ae(make_device(start_gateway(config)), registrar, "Cany")
    listener = make_coap_listener()
    rqi = registrar.notifies(f"{listener.url}/x?ct={ct}", {"m2m:sgn": {}})
    arrival = listener.expect(path="x")
    assert arrival.number(coap.CONTENT_FORMAT) == number
    loads = cbor2.loads if ct == "cbor" else json.loads
    assert loads(arrival.payload) == {"m2m:sgn": {}}
    registrar.expect_answer(rqi, rsc=2000)


@pytest.fixture
def gateway_that_delivers(registrar, start_gateway):
    return start_gateway(
        settings(registrar, deliver={"allow": ["127.0.0.0/8"]})
    )


@pytest.mark.parametrize(
    "name", ["oneM2M.cbor", "oneM2M.R2.0.cbor", "onem2m.cbor"]
)
def test_a_websocket_registree_in_cbor(registrar, gateway, name):
    registree = Registree(gateway.ws, "Creg", speaks=(name,))
    register_registree(registree, registrar, "Creg")
    rqi = registrar.notifies("Creg", CONTENT)
    asked = registree.expect_request(op=NOTIFY)
    assert isinstance(asked.raw, bytes)
    assert asked["pc"] == CONTENT
    registree.answers(asked, 2000)
    registrar.expect_answer(rqi, rsc=2000)


def test_the_handshake_offers_cbor_first_and_takes_json(
    registrar, start_gateway, make_device
):
    gateway = start_gateway(settings(registrar, cse={"serialization": "cbor"}))
    pending = make_device(gateway).asks("GET", "/cse-in")
    request = registrar.expect_request(op=RETRIEVE)
    assert request.wire.offered()[0] == "oneM2M.cbor"
    assert request.wire.subprotocol == "oneM2M.json"
    registrar.answers(request, 2000, CONTENT)
    assert pending.answer().pc == CONTENT


def test_a_notification_in_cbor_on_a_link_that_speaks_json(
    registrar, device, listener
):
    """As ACME writes it when the csz of an AE says so."""
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    request = {"op": 5, "fr": "/id-in", "to": "Cdev", "rqi": "n1", "rvi": "4"}
    registrar.says(cbor2.dumps({**request, "pc": {"m2m:sgn": CONTENT}}))
    arrival = listener.expect(method="POST")
    assert json.loads(arrival.body) == {"m2m:sgn": CONTENT}
    registrar.expect_answer("n1", rsc=2000)
