"""Across the border of two service providers the originator is written in full
and the target stays as it is (Mcc'; TS-0001 6.5, TS-0004 7.3.2.6)."""

import pytest
from support.registering import register_ae
from support.settings import settings
from support.wire import RETRIEVE, answer_to


@pytest.fixture
def other(make_registrar):
    return make_registrar("/id-b", "cse-b")


@pytest.fixture
def gateway(registrar, other, start_gateway):
    config = settings(registrar, node={"sp-id": "//sp-a.example"})
    config["providers"] = [
        {
            "sp-id": "//sp-b.example",
            "id": other.id,
            "name": other.csebase,
            "url": other.url,
        }
    ]
    return start_gateway(config)


def test_an_absolute_target_crosses_the_border(registrar, other, device):
    register_ae(device, registrar, "Cdev")
    pending = device.asks("GET", "/_/sp-b.example/id-b/cse-b", origin="Cdev")
    heard = other.expect_request(op=RETRIEVE)
    assert heard["to"] == "//sp-b.example/id-b/cse-b"
    assert heard["fr"] == "//sp-a.example/id-in/Cdev"
    other.answers(heard, 2000, {"m2m:cb": {}})
    pending.answer().expect(2000, 200)
    assert not registrar.requests_heard(op=RETRIEVE)


def test_our_own_provider_stays_at_home(registrar, other, device):
    registrar.plays(lambda m: answer_to(m, 2000))
    device.retrieves("/_/sp-a.example/id-in/cse-in").expect(2000)
    heard = registrar.requests_heard(op=RETRIEVE)
    assert [m["to"] for m in heard] == ["//sp-a.example/id-in/cse-in"]
    assert heard[0]["fr"] == "CAdmin"
    assert not other.requests_heard()


def test_a_cse_asks_across(registrar, other, gateway, device):
    """From the IN-CSE of one provider to that of the other."""
    register_ae(device, registrar, "Cdev")
    rqi = registrar.asks(
        RETRIEVE, "//sp-b.example/id-b/cse-b", fr="/id-in/Cother"
    )
    heard = other.expect_request(op=RETRIEVE)
    assert heard["fr"] == "//sp-a.example/id-in/Cother"
    other.answers(heard, 2000, {"m2m:cb": {}})
    registrar.expect_answer(rqi, rsc=2000)


def test_nothing_goes_back_to_where_it_came_from(registrar, device):
    register_ae(device, registrar, "Cdev")
    rqi = registrar.asks(RETRIEVE, "/id-unknown/x", fr="/id-in")
    registrar.expect_answer(rqi, rsc=4004)
    assert not registrar.requests_heard(op=RETRIEVE)
