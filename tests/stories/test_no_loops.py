"""A message never goes round: what has been here is known when it comes back,
and ends with 4004 (TS-0004 7.3.2.6)."""

import pytest
from support.ports import Port
from support.settings import settings
from support.wire import RETRIEVE

UNKNOWN = [
    ("/~/id-unknown/x", "/id-unknown/x"),
    ("/_/sp-b.example/id-b/cse-b", "//sp-b.example/id-b/cse-b"),
]


@pytest.mark.parametrize("path, target", UNKNOWN)
@pytest.mark.parametrize("fr", ["/id-in/CAdmin", "//sp-a.example/id-in/CAdmin"])
def test_what_the_default_cse_sends_on_to_us_does_not_go_back(
    registrar, start_gateway, make_device, path, target, fr
):
    """It has the gateway for where unknown targets are, as we have it; it
    writes a new rqi each time, and the originator in full."""
    sp = {"sp-id": "//sp-a.example"}
    gateway = start_gateway(settings(registrar, node=sp))
    pending = make_device(gateway, "CAdmin").asks("GET", path)
    heard = registrar.expect_request(op=RETRIEVE)
    assert heard["to"] == target
    back = make_device(gateway, fr).retrieves(path)
    back.expect(4004, 404)
    assert "passed it on" in back.pc["m2m:dbg"]
    registrar.answers(heard, back.rsc)
    pending.answer().expect(4004, 404)
    assert len(registrar.requests_heard(op=RETRIEVE)) == 1


class Ring:
    """Gateways each of which has the next as its only CSE."""

    def __init__(self, start_gateway, n, scheme):
        ports = [Port() for _ in range(n)]
        self.gateways = []
        for i, port in enumerate(ports):
            config = settings(node={"cse-id": f"/id-gw{i}", "name": "gw"})
            config["listen"][scheme]["port"] = port.number
            after = (i + 1) % n
            config["cses"] = [
                {
                    "id": f"/id-gw{after}",
                    "name": "gw",
                    "url": f"{scheme}://127.0.0.1:{ports[after].number}",
                }
            ]
            self.gateways.append(start_gateway(config))

    def n_requests(self):
        return sum(int(g.counts()["requests"]) for g in self.gateways)


@pytest.fixture
def make_ring(start_gateway):
    return lambda n, scheme: Ring(start_gateway, n, scheme)


@pytest.mark.parametrize("scheme", ["http", "ws"])
@pytest.mark.parametrize("n", [2, 3])
def test_gateways_that_lead_to_each_other_refuse_within_a_lap(
    make_ring, make_device, n, scheme
):
    """Also when the device has an address and a connection as they have."""
    ring = make_ring(n, scheme)
    device = make_device(ring.gateways[0], "Cdev")
    device.retrieves("/~/id-unknown/x").expect(4004, 404)
    assert ring.n_requests() <= 2 * n + 1
    body = {"m2m:ae": {"api": "Nx", "rr": False}}
    device.creates("/~/id-unknown/x", 2, body, origin="C").expect(4004, 404)
    assert ring.n_requests() <= 2 * (2 * n + 1)
