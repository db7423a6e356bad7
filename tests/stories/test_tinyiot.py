"""tinyIoT, a CSE that dies of what others take and names what it shows by no name
of oneM2M, is a CSE as any other to the devices behind the gateway, whichever
protocol leads there (profile tinyiot)."""

import pytest
from support.mqttstory import *  # noqa: F403 - fixtures
from support.registering import ae
from support.settings import settings
from support.tiny_cse import CoapEnd, HttpEnd, MqttEnd, TinyCse, plays

TEXT = {"m2m:cin": {"con": "21.5"}}


@pytest.fixture
def tiny():
    return TinyCse()


def http_url(get, tiny):
    end = HttpEnd(tiny)
    get("ends").add(end.close)
    return end.url


def coap_url(get, tiny):
    end = CoapEnd(tiny)
    get("ends").add(end.close)
    return end.url


def ws_url(get, tiny):
    registrar = get("make_registrar")("/tinyiot", "TinyIoT")
    registrar.plays(plays(tiny))
    return registrar.url


def mqtt_url(get, tiny):
    broker = get("broker")
    get("ends").add(MqttEnd(tiny, broker).closes)
    return broker.url


ENDS = {"http": http_url, "coap": coap_url, "ws": ws_url, "mqtt": mqtt_url}


@pytest.fixture(params=ENDS)
def gateway(request, tiny, start_gateway, make_port):
    """One that leads there by this protocol."""
    url = ENDS[request.param](request.getfixturevalue, tiny)
    port = make_port()
    at = {"port": port.number, "advertise": port.http}
    config = settings(listen={"http": at})
    config["cses"] = [
        {"id": "/tinyiot", "name": "TinyIoT", "url": url, "profile": "tinyiot"}
    ]
    if request.param == "mqtt":
        config["brokers"] = [{"url": url}]
    gateway = start_gateway(config)
    if request.param == "mqtt":
        gateway.wait_for("mqtt/broker-up")
    return gateway


@pytest.fixture
def device(gateway, make_device, listener):
    """An AE that is registered there."""
    device = make_device(gateway, "Cown")
    given = ae(rn="dev", poa=[listener.url])
    device.creates("/TinyIoT", 2, given).expect(2001, 201)
    return device


@pytest.fixture
def container(device):
    given = {"m2m:cnt": {"rn": "c"}}
    device.creates("/TinyIoT", 3, given).expect(2001, 201)
    return "/TinyIoT/c"


def test_what_it_shows_has_the_name_of_its_type(tiny, device, container):
    assert list(device.retrieves("/TinyIoT").expect(2000).pc) == ["m2m:cb"]
    assert list(device.retrieves(container).expect(2000).pc) == ["m2m:cnt"]
    shown = device.retrieves("/TinyIoT/dev").expect(2000).pc["m2m:ae"]
    assert shown["aei"] == "Cown"


def test_what_is_created_without_a_name_does_not_kill_it(
    tiny, device, container
):
    names = set()
    for _ in range(3):
        made = device.creates(container, 4, TEXT).expect(2001, 201)
        cin = made.pc["m2m:cin"]
        assert cin["con"] == "21.5"
        names.add(cin["rn"])
        shown = device.retrieves(f"{container}/{cin['rn']}").expect(2000)
        assert shown.pc["m2m:cin"]["con"] == "21.5"
    assert len(names) == 3
    assert not tiny.is_dead


def test_a_name_that_is_given_stays(device, container):
    given = {"m2m:cin": {"rn": "first", "con": "1"}}
    device.creates(container, 4, given).expect(2001, 201)
    device.creates(container, 4, given).expect(4105, 409)
    device.retrieves(f"{container}/first").expect(2000)


def test_its_own_id_in_a_target_is_left_out(tiny, device, container):
    for path in ("/~/tinyiot/TinyIoT/c", "/~/tinyiot/TinyIoT", "/~/tinyiot"):
        device.retrieves(path).expect(2000)
    assert not [to for to in tiny.heard if "tinyiot" in to]
    device.retrieves("/~/tinyiot/TinyIoT/none").expect(4004, 404)


def test_what_it_deletes_is_deleted_once(tiny, device, container):
    """Its answer repeats op."""
    device.updates(container, {"m2m:cnt": {"mni": 3}}).expect(2004, 200)
    assert tiny.tree["TinyIoT/c"]["mni"] == 3
    device.deletes(container).expect(2002, 200)
    device.deletes(container).expect(4004, 404)


# Over CoAP and at a broker: test_coap_peers.py, test_field_cses.py.


@pytest.mark.parametrize("gateway", ["http", "ws"], indirect=True)
def test_its_notifications_all_have_one_id_and_all_arrive(
    tiny, device, listener
):
    url = tiny.poa_of("Cown")
    assert url.endswith("/Cown")
    for _ in range(3):
        assert tiny.notifies(url) == 200
        assert listener.expect(method="POST").pc == tiny.content()
