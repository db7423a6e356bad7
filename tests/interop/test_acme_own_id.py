"""The link that bears ACME's own id: only one gateway can have it, and when ACME
only goes down nobody else is blamed.  What comes on it for others is in the
stories: ACME forgets whose it is when it changes hands."""

from support.registering import is_granted
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


def test_acme_that_restarts_is_no_other_gateway(
    acme, gateway, registered
):
    registered("lamp")
    wait_for_own_id(gateway)
    acme.dies()
    acme.starts()
    wait_for_own_id(gateway, 2)
    assert not gateway.logged("ws/own-id-held")


def test_another_gateway_may_hold_it(
    acme, gateway, registered, start_gateway, make_device
):
    registered("lamp")
    wait_for_own_id(gateway)
    config = settings(acme, cse={"profile": "acme"})
    config["node"] = {"cse-id": "/id-gw2", "name": "gw2"}
    second = start_gateway(config)
    is_granted(make_device(second, "C"), "/cse-in", rn="switch")
    wait_for_own_id(second)

    told = gateway.wait_for("ws/own-id-held")
    assert "another gateway holds it" in told.msg
    assert "tried again in 1 min" in told.msg
