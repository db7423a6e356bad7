"""The link that bears ACME's own id: only one gateway can have it, and when ACME
only goes down nobody else is blamed."""

from support.registering import POLICY, is_granted, watch
from support.settings import settings
from support.waiting import eventually

OWN_ID = "as /id-in "


def says(gateway, event, part):
    return [line for line in gateway.logged(event) if part in line.msg]


def wait_for_own_id(gateway, n=1):
    eventually(
        lambda: len(says(gateway, "ws/link-up", OWN_ID)) >= n,
        "a link with ACME's own id",
    )


def test_acme_that_restarts_in_order_is_no_other_gateway(
    acme, gateway, registered
):
    registered("lamp")
    wait_for_own_id(gateway)
    acme.stops()
    acme.starts()
    wait_for_own_id(gateway, 2)
    assert not gateway.logged("ws/own-id-held")


def test_another_gateway_may_hold_it(
    acme, gateway, registered, start_gateway, make_device, listener
):
    registered("lamp")
    wait_for_own_id(gateway)
    config = settings(acme, cse={"profile": "acme"})
    config["node"] = {"cse-id": "/id-gw2", "name": "gw2"}
    second = start_gateway(config)
    other = is_granted(make_device(second, "C"), "/cse-in", rn="switch")
    wait_for_own_id(second)

    told = gateway.wait_for("ws/own-id-held")
    assert "another gateway holds it" in told.msg
    assert "tried again in 1 min" in told.msg

    # What is for the lamp comes to the other one, and it says why it cannot.
    lamp = registered("lamp2", listener)
    lamp.creates("/cse-in/lamp2", 1, POLICY).expect(2001, 201)
    container = {"m2m:cnt": {"rn": "c", "acpi": ["cse-in/lamp2/all"]}}
    lamp.creates("/cse-in/lamp2", 3, container).expect(2001, 201)
    content = watch(f"/id-in/{lamp.originator}")
    lamp.creates("/cse-in/lamp2/c", 23, content).expect(2001, 201)
    instance = {"m2m:cin": {"con": "on"}}
    other.creates("/cse-in/lamp2/c", 4, instance).expect(2001, 201)
    failed = second.wait_for("exchange/failed")
    assert '"rsc":4004' in failed.raw
    assert "it may be behind another gateway" in failed.msg
