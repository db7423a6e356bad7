"""A message never goes round: what has been here is known when it comes back,
and ends with 4004 (TS-0004 7.3.2.6)."""

import pytest
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
