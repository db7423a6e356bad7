"""The gateway is registered at the real ACME as a CSE, passes the checks that
ACME makes, and finds its way back when ACME was killed and forgot everything
(stories 4 and 7)."""

from support.registering import ae
from support.settings import settings
from support.waiting import eventually

ADMIN = "CAdmin"


def registrations(acme, make_device):
    """What ACME itself says about remote CSEs, asked past the gateway."""
    admin = make_device(acme.http, ADMIN)
    found = admin.retrieves("/cse-in?fu=1&ty=16").expect(2000, 200)
    return [
        admin.retrieves("/" + name).pc["m2m:csr"]["csi"]
        for name in found.pc["m2m:uril"]
    ]


def test_the_gateway_is_registered_as_a_cse(acme, gateway, make_device):
    assert registrations(acme, make_device) == ["/id-gw"]


def test_the_registration_survives_the_checks_of_acme(
    start_acme, start_gateway, make_device
):
    acme = start_acme(check_s=1)
    gateway = start_gateway(
        settings(
            acme,
            cse={"profile": "acme", "register": True, "check": "1h"},
        )
    )
    gateway.wait_for("registration/registered")
    before = gateway.counts()["requests"]
    eventually(
        lambda: gateway.counts()["requests"] >= before + 3,
        "three checks of ACME",
    )
    assert registrations(acme, make_device) == ["/id-gw"]
    assert not gateway.logged("registration/gone")


def test_a_registration_that_acme_lost_is_made_again(
    acme, gateway, make_device
):
    admin = make_device(acme.http, ADMIN)
    found = admin.retrieves("/cse-in?fu=1&ty=16").expect(2000, 200)
    admin.deletes("/" + found.pc["m2m:uril"][0]).expect(2002, 200)
    gateway.wait_for("registration/gone")
    gateway.wait_for("registration/registered")
    assert registrations(acme, make_device) == ["/id-gw"]


def test_another_ae_is_reached_through_acme_at_the_gateways_own_csebase(
    acme, gateway, make_device
):
    admin = make_device(acme.http, ADMIN)
    answer = admin.retrieves("/~/id-gw/gw").expect(2000, 200)
    assert answer.pc["m2m:cb"]["csi"] == "/id-gw"


def test_acme_is_killed_and_comes_back(acme, gateway, make_device, listener):
    device = make_device(gateway, "C")
    before = device.creates("/cse-in", 2, ae(rn="before")).expect(2001, 201)
    assert before.pc["m2m:ae"]["aei"]
    waiting = [device.asks("GET", "/cse-in/before") for _ in range(20)]
    acme.dies()
    for pending in waiting:
        assert pending.answer().rsc in (2000, 4103, 4008, 5103)
    lost = device.retrieves("/cse-in")
    assert (lost.rsc, lost.status) in ((5103, 404), (4008, 504))

    acme.starts()
    gateway.wait_for("registration/registered")
    assert registrations(acme, make_device) == ["/id-gw"]

    content = ae(rn="after", poa=[listener.url])
    granted = device.creates("/cse-in", 2, content).expect(2001, 201)
    device.originator = granted.pc["m2m:ae"]["aei"]
    container = {"m2m:cnt": {"rn": "c"}}
    device.creates("/cse-in/after", 3, container).expect(2001)
    watch = {"m2m:sub": {"nu": [device.originator], "enc": {"net": [3]}}}
    device.creates("/cse-in/after/c", 23, watch).expect(2001)
    device.creates("/cse-in/after/c", 4, {"m2m:cin": {"con": "x"}}).expect(2001)
    listener.expect(method="POST", path=f"/{device.originator}")
