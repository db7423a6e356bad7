"""A CSE that speaks HTTP or CoAP has no link to come down: it is known by its
CSE-ID and its address, and notifies the registrees of the gateway as one with a
link does (TS-0004 7.3.2.1)."""

import pytest
from support.registering import ae
from support.settings import settings


@pytest.fixture
def cse(make_listener):
    """The HTTP server of a CSE."""
    return make_listener(answers_by_itself=False)


def config_for(url):
    config = settings()
    config["cses"] = [{"id": "/id-in", "name": "cse-in", "url": url}]
    return config


@pytest.fixture
def gateway(cse, start_gateway):
    return start_gateway(config_for(cse.url))


def registers(device, cse, listener):
    pending = device.asks(
        "POST", "/cse-in", ae(poa=[listener.url]), ty=2, origin="Cdev"
    )
    request = cse.expect(method="POST", path="/cse-in")
    granted = {"ri": "Cdev", "aei": "Cdev", "rn": "dev"}
    request.replies(2001, 201, {"m2m:ae": granted})
    pending.answer().expect(2001, 201)


@pytest.mark.parametrize("path", ["/Cdev", "/~/id-in/Cdev"])
@pytest.mark.parametrize("fr", ["/id-in", "/id-elsewhere"])
def test_its_notifications_reach_devices(
    gateway, cse, make_device, listener, path, fr
):
    """Also those that it passes on for another CSE."""
    device = make_device(gateway)
    registers(device, cse, listener)
    body = {"m2m:sgn": {"sur": "/id-in/sub"}}
    make_device(gateway, fr).sends("POST", path, body).expect(2000, 200)
    heard = listener.expect(method="POST")
    assert heard.headers["X-M2M-Origin"] == fr
    assert heard.pc == body
    assert not cse.arrivals.untaken()


def test_what_is_not_here_does_not_go_back_to_it(
    gateway, cse, make_device, listener
):
    registers(make_device(gateway), cse, listener)
    body = {"m2m:sgn": {}}
    of_cse = make_device(gateway, "/id-in")
    of_cse.sends("POST", "/Cgone", body).expect(4004, 404)
    of_cse.sends("POST", "/~/id-in/cse-in/x", body).expect(4004, 404)
    of_cse.retrieves("/~/id-gw/gw").expect(2000)
    assert not cse.arrivals.untaken()


def test_its_name_at_another_address_is_nobodys(
    make_listener, start_gateway, make_device, listener
):
    cse = make_listener(address="127.0.0.2", answers_by_itself=False)
    gateway = start_gateway(config_for(cse.url))
    registers(make_device(gateway), cse, listener)
    stranger = make_device(gateway, "/id-in")
    stranger.sends("POST", "/Cdev", {"m2m:sgn": {}}).expect(4107, 403)
    assert not listener.arrivals.untaken()
    assert not cse.arrivals.untaken()


def test_a_device_at_its_address_is_a_device(
    gateway, cse, make_device, listener
):
    registers(make_device(gateway), cse, listener)
    pending = make_device(gateway, "Cother").asks("GET", "/Cdev")
    request = cse.expect(method="GET", path="/Cdev")
    request.replies(2000, 200, {"m2m:ae": {"aei": "Cdev"}})
    pending.answer().expect(2000, 200)


def test_one_that_is_named_is_known_once_it_was_looked_up(
    cse, start_gateway, make_device, listener
):
    url = cse.url.replace("127.0.0.1", "localhost")
    gateway = start_gateway(config_for(url))
    registers(make_device(gateway), cse, listener)
    of_cse = make_device(gateway, "/id-elsewhere")
    of_cse.sends("POST", "/Cdev", {"m2m:sgn": {}}).expect(2000, 200)
    listener.expect(method="POST", path="/Cdev")
