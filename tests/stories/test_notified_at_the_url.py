"""A CSE that notifies at the point of access as it stands, and writes that URL
into `to` (Mobius): where the URL is ours, its path names whom it is for; and a
CSE is known by its address when it notifies over another protocol than that
which leads to it, or over a connection that it opens."""

import pytest
from support import coap
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import mqtt_settings
from support.registering import register_ae
from support.settings import settings
from support.wire import NOTIFY

SGN = {"m2m:sgn": {"sur": "/id-in/s"}}
ADVERTISED = {
    "http": {"advertise": "http://gw.example:8080"},
    "ws": {"advertise": "ws://gw.example:8181/"},
}


@pytest.fixture
def told_gateway(registrar, start_gateway):
    """One that tells where it is."""
    return start_gateway(settings(registrar, listen=ADVERTISED, coap=True))


@pytest.fixture
def told_device(registrar, told_gateway, make_device, listener):
    device = make_device(told_gateway)
    register_ae(device, registrar, "Cdev", rn="nn", poa=[listener.url])
    return device


URLS = ["http://gw.example:8080", "ws://GW.example:8181"]
PATHS = ["/Cdev", "/~/id-in/cse-in/nn", "/Cdev?ct=json"]


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("path", PATHS)
def test_a_notification_at_our_listener_is_for_whom_its_path_names(
    registrar, told_device, listener, url, path
):
    rqi = registrar.notifies(url + path, SGN)
    assert listener.expect(method="POST").pc == SGN
    registrar.expect_answer(rqi, rsc=2000)


@pytest.mark.parametrize("path", ["", "/", "/Cgone", "/cse-in/gone"])
def test_one_at_our_listener_that_is_for_nobody_is_4004(
    registrar, told_device, listener, path
):
    for url in URLS:
        rqi = registrar.notifies(url + path, SGN)
        registrar.expect_answer(rqi, rsc=4004)
    assert not listener.arrivals.untaken()


# A CSE that is led to over WebSocket, and speaks over all others.


def test_it_notifies_over_http(
    registrar, told_gateway, told_device, listener, make_device
):
    cse = make_device(told_gateway, "/id-in")
    cse.sends("POST", "/Cdev", SGN).expect(2000, 200)
    assert listener.expect(method="POST").pc == SGN
    cse.sends("POST", "/Cgone", SGN).expect(4004, 404)
    registrar.expect_silence()


def test_it_notifies_over_coap(
    registrar, told_gateway, told_device, listener, make_coap_peer
):
    cse = make_coap_peer(told_gateway)
    sent = cse.request(coap.POST, "Cdev", SGN, origin="/id-in")
    cse.tells(sent)
    assert listener.expect(method="POST").pc == SGN
    cse.takes_answer(sent).expect(2000, "2.04")
    registrar.expect_silence()


@pytest.fixture
def make_coap_peer(ends):
    def make(gateway):
        peer = coap.Device(gateway.coap_port)
        ends.add(peer.close)
        return peer

    return make


@pytest.mark.parametrize("name", [None, "/id-in"])
@pytest.mark.parametrize("to", ["Cdev", "ws://gw.example:8181/Cdev"])
def test_it_notifies_over_a_connection_that_it_opens(
    registrar, told_gateway, told_device, listener, make_registree, name, to
):
    cse = make_registree(told_gateway, name)
    rqi = cse.asks(NOTIFY, to, SGN, fr="/id-in")
    assert listener.expect(method="POST").pc == SGN
    cse.expect_answer(rqi, rsc=2000)
    rqi = cse.asks(NOTIFY, "Cgone", SGN, fr="/id-in")
    cse.expect_answer(rqi, rsc=4004)
    registrar.expect_silence()


# At a broker.


@pytest.fixture
def cse(broker, make_mqtt_device):
    """The scripted CSE: an entity of that name."""
    return make_mqtt_device(broker, "/id-m", cse="/id-gw", form="id-m")


def test_the_receiver_in_the_topic_is_the_target(
    broker, cse, start_at_broker, make_device, listener
):
    config = mqtt_settings(broker)
    config["cses"] = [{"id": "/id-m", "name": "cse-in", "url": broker.url}]
    device = make_device(start_at_broker(config))
    register_ae(device, cse_as_registrar(cse), "C1", poa=[listener.url])
    topic = "/oneM2M/req/id-m/C1/json"
    cse.subscribes("/oneM2M/resp/id-m/C1/#")
    rqi = cse.asks(NOTIFY, f"{broker.url}/C1", SGN, topic=topic)
    assert listener.expect(method="POST", path="/C1").pc == SGN
    cse.expect_answer(rqi, rsc=2000)


def cse_as_registrar(cse):
    """What grants registrations, as the scripted registrar does."""

    class Granting:
        def expect_request(self, **members):
            return cse.expect_request(**members)

        def grants(self, request, aei):
            granted = {**request["pc"]["m2m:ae"], "aei": aei, "ri": aei}
            cse.answers(request, 2001, {"m2m:ae": granted})

    return Granting()


def test_whom_a_url_at_a_broker_of_ours_names_is_the_target(
    broker, registrar, mqtt_gateway, make_device, listener
):
    register_ae(make_device(mqtt_gateway), registrar, "C1", poa=[listener.url])
    rqi = registrar.notifies(f"{broker.url}/C1", SGN)
    assert listener.expect(method="POST", path="/C1").pc == SGN
    registrar.expect_answer(rqi, rsc=2000)
    rqi = registrar.notifies(f"{broker.url}/Cgone", SGN)
    registrar.expect_answer(rqi, rsc=4004)

