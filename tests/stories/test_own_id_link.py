"""ACME sends what is for /id-in/Cxyz only down a connection that bears its own
id.  The gateway has one, beside its others, while anybody is registered there."""

import copy

import pytest
from support.acme_cse import AcmeCse
from support.registering import register_ae, register_registree
from support.registree import Registree
from support.settings import settings
from support.waiting import eventually
from support.wire import DELETE, NOTIFY

STRAY = "it may be behind another gateway"


@pytest.fixture
def acme(ends):
    cse = AcmeCse()
    ends.add(cse.ends)
    return cse


@pytest.fixture
def config(acme):
    return settings(
        acme,
        cse={"profile": "acme"},
        timeouts={"retry-min": "50ms", "retry-max": "500ms"},
        deliver={"allow": ["127.0.0.0/8"]},
    )


def off(config):
    config = copy.deepcopy(config)
    config["cses"][0]["own-id-link"] = "off"
    return config


@pytest.fixture
def gateway(config, start_gateway):
    return start_gateway(config)


@pytest.fixture
def device(acme, gateway, make_device, listener):
    """An AE that can be notified."""
    device = make_device(gateway, "Cdev")
    register_ae(device, acme, "Cdev", poa=[listener.url])
    comes_up(acme)
    return device


def comes_up(acme):
    """Wait until a notification would find its way."""
    for to in ("Cdev", "/id-in/Cdev"):
        eventually(lambda: acme.wire_for(to), f"a connection for {to}")


def is_notified(acme, listener, to):
    rqi = acme.notifies_as_acme(to)
    path = "/~" + to if to.startswith("/") else "/" + to
    listener.expect(method="POST", path=path)
    acme.expect_answer(rqi, rsc=2000)


@pytest.mark.parametrize("to", ["Cdev", "/id-in/Cdev"])
def test_a_device_is_notified_however_its_id_is_written(
    acme, device, listener, to
):
    is_notified(acme, listener, to)


def test_a_registree_over_websocket_is_notified(
    acme, gateway, make_registree
):
    registree = make_registree(gateway)
    register_registree(registree, acme, "Cdev")
    comes_up(acme)
    rqi = acme.notifies_as_acme("/id-in/Cdev")
    registree.answers(registree.expect_request(op=NOTIFY), 2000)
    acme.expect_answer(rqi, rsc=2000)


def test_off_leaves_it_out(acme, config, start_gateway, make_device, listener):
    device = make_device(start_gateway(off(config)), "Cdev")
    register_ae(device, acme, "Cdev", poa=[listener.url])
    acme.expect_connection("Cdev")
    is_notified(acme, listener, "Cdev")
    assert acme.notifies_as_acme("/id-in/Cdev") is None


def test_a_reload_takes_it_away_and_brings_it_back(
    acme, config, gateway, device, listener
):
    own = acme.wire_for("/id-in/Cdev")
    assert gateway.reload(off(config)).name == "gateway/reloaded"
    own.expect_closed()
    assert acme.notifies_as_acme("/id-in/Cdev") is None
    assert gateway.reload(config).name == "gateway/reloaded"
    comes_up(acme)
    is_notified(acme, listener, "/id-in/Cdev")


def test_it_ends_with_the_last_registration(acme, device):
    own = acme.wire_for("/id-in/Cdev")
    pending = device.asks("DELETE", "/cse-in/ae-Cdev")
    acme.answers(acme.expect_request(op=DELETE), 2002)
    pending.answer().expect(2002, 200)
    own.expect_closed()


def test_what_is_for_nobody_here_is_4004_and_says_so(acme, gateway, device):
    rqi = acme.notifies_as_acme("/id-in/Celse")
    answer = acme.expect_answer(rqi, rsc=4004)
    assert STRAY in answer["pc"]["m2m:dbg"]
    gateway.wait_for("exchange/failed", containing=STRAY)


def test_another_gateway_that_takes_it_is_told_and_left_alone(
    acme, gateway, device, ends, listener
):
    gateway.wait_for("ws/link-up", containing="as /id-in ")
    other = Registree(acme.url, origin="/id-in")
    ends.add(other.closes)
    line = gateway.wait_for("ws/own-id-held")
    assert "another gateway holds it" in line.msg
    assert "tried again in 1 min" in line.msg
    gateway.counts()
    [told] = [
        line.msg
        for line in gateway.logged("gateway/state")
        if line.msg.startswith("ws:")
    ]
    assert told.endswith("own-id-links=0 own-ids-held-elsewhere=1")
    is_notified(acme, listener, "Cdev")


def test_a_cse_that_goes_down_in_order_is_no_other_gateway(
    acme, gateway, device, listener
):
    before = acme.wire_for("/id-in/Cdev")
    acme.goes_down()
    before.expect_closed()
    comes_up(acme)
    is_notified(acme, listener, "/id-in/Cdev")
    assert not gateway.logged("ws/own-id-held")
