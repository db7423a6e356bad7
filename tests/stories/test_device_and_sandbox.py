"""A device that knows only HTTP registers, works and is notified, end to end
through the gateway and the sandbox CSE (story 1)."""

import pytest
from support.registering import ae, is_granted, watch
from support.settings import settings


@pytest.fixture
def gateway(start_sandbox, start_gateway):
    sandbox = start_sandbox()
    gateway = start_gateway(
        settings(
            sandbox,
            cse={"register": True},
            deliver={"allow": ["127.0.0.0/8"]},
        )
    )
    gateway.wait_for("registration/registered")
    return gateway


def registered(make_device, gateway, name, listener=None):
    """A device that asked for an AE-ID and was granted one."""
    poa = [listener.url] if listener else None
    return is_granted(make_device(gateway, "C"), "/sandbox", rn=name, poa=poa)


def test_a_device_is_granted_an_id_and_sees_its_own_poa(
    gateway, make_device, listener
):
    device = registered(make_device, gateway, "thermo", listener)
    assert device.originator.startswith("C")
    assert device.originator != "C"
    seen = device.retrieves("/sandbox/thermo").expect(2000, 200)
    assert seen.pc["m2m:ae"]["poa"] == [listener.url]


def test_another_devices_instance_makes_the_cse_notify(
    gateway, make_device, listener
):
    device = registered(make_device, gateway, "lamp", listener)
    other = registered(make_device, gateway, "switch")
    content = {"m2m:cnt": {"rn": "state", "mni": 3}}
    device.creates("/sandbox/lamp", 3, content).expect(2001, 201)
    content = watch(device.originator)
    device.creates("/sandbox/lamp/state", 23, content).expect(2001, 201)
    listener.arrivals.drain()

    instance = {"m2m:cin": {"con": "on"}}
    other.creates("/sandbox/lamp/state", 4, instance).expect(2001, 201)

    arrival = listener.expect(method="POST", path=f"/{device.originator}")
    assert arrival.headers["X-M2M-Origin"] == "/id-sandbox"
    assert "ty=" not in arrival.headers["Content-Type"]
    event = arrival.pc["m2m:sgn"]["nev"]
    assert event["rep"]["m2m:cin"]["con"] == "on"


def test_a_container_keeps_its_newest_instances(gateway, make_device):
    device = registered(make_device, gateway, "meter")
    content = {"m2m:cnt": {"rn": "log", "mni": 2}}
    device.creates("/sandbox/meter", 3, content).expect(2001)
    for value in ("1", "2", "3"):
        instance = {"m2m:cin": {"con": value}}
        device.creates("/sandbox/meter/log", 4, instance).expect(2001)
    newest = device.retrieves("/sandbox/meter/log/la").expect(2000)
    oldest = device.retrieves("/sandbox/meter/log/ol").expect(2000)
    assert newest.pc["m2m:cin"]["con"] == "3"
    assert oldest.pc["m2m:cin"]["con"] == "2"


def test_discovery_finds_by_type_and_label(gateway, make_device):
    device = registered(make_device, gateway, "house")
    for name, label in (("hall", "warm"), ("attic", "cold")):
        content = {"m2m:cnt": {"rn": name, "lbl": [label]}}
        device.creates("/sandbox/house", 3, content).expect(2001)
    found = device.retrieves("/sandbox?fu=1&ty=3&lbl=warm").expect(2000, 200)
    assert [n.split("/")[-1] for n in found.pc["m2m:uril"]] == ["hall"]
    some = device.retrieves("/sandbox?fu=1&ty=3&lim=1").expect(2000, 200)
    assert len(some.pc["m2m:uril"]) == 1


def test_what_a_device_does_wrong_is_told_to_it(gateway, make_device):
    device = registered(make_device, gateway, "wrong")
    device.retrieves("/sandbox/nothing").expect(4004, 404)
    device.creates("/sandbox", 2, ae(rn="wrong"), origin="C").expect(4105, 409)
    device.creates("/sandbox/wrong", 4, {"m2m:cin": {"con": "x"}}).expect(
        4108, 403
    )


def test_a_resource_is_updated_and_deleted(gateway, make_device):
    device = registered(make_device, gateway, "thing")
    content = {"m2m:ae": {"lbl": ["new"]}}
    device.updates("/sandbox/thing", content).expect(2004, 200)
    seen = device.retrieves("/sandbox/thing").expect(2000)
    assert seen.pc["m2m:ae"]["lbl"] == ["new"]
    device.deletes("/sandbox/thing").expect(2002, 200)
    device.retrieves("/sandbox/thing").expect(4004, 404)


def subscribed(device, other, container):
    """A subscription of one device with another as its target."""
    content = {"m2m:sub": {"rn": "s", "nu": [other.originator]}}
    return device.asks("POST", container, content, ty=23)


def test_a_verification_request_is_answered_by_the_device(
    gateway, make_device, make_listener
):
    listener = make_listener(answers_by_itself=False)
    device = registered(make_device, gateway, "one")
    target = registered(make_device, gateway, "two", listener)
    content = {"m2m:cnt": {"rn": "c"}}
    device.creates("/sandbox/one", 3, content).expect(2001)

    refused = subscribed(device, target, "/sandbox/one/c")
    arrival = listener.expect(method="POST")
    assert arrival.pc["m2m:sgn"]["vrq"] is True
    arrival.replies(5205, status=403)
    refused.answer().expect(5204, 500)

    granted = subscribed(device, target, "/sandbox/one/c")
    listener.expect(method="POST").replies(2000)
    granted.answer().expect(2001, 201)


def test_a_plain_url_is_notified(gateway, make_device, listener):
    device = registered(make_device, gateway, "plain")
    device.creates("/sandbox/plain", 3, {"m2m:cnt": {"rn": "c"}}).expect(2001)
    content = {"m2m:sub": {"nu": [listener.url + "/hook/1"]}}
    content["m2m:sub"]["enc"] = {"net": [3]}
    device.creates("/sandbox/plain/c", 23, content).expect(2001, 201)
    listener.arrivals.drain()
    device.creates("/sandbox/plain/c", 4, {"m2m:cin": {"con": "x"}}).expect(
        2001
    )
    arrival = listener.expect(method="POST", path="/hook/1")
    assert "m2m:sgn" in arrival.pc


def test_a_non_blocking_request_leaves_a_result(gateway, make_device):
    device = registered(make_device, gateway, "later")
    ticket = device.retrieves("/sandbox/later?rt=1").expect(1001, 202)
    uri = ticket.pc["m2m:uri"]
    result = device.retrieves("/" + uri.lstrip("/")).expect(2000, 200)
    assert "m2m:req" in result.pc
