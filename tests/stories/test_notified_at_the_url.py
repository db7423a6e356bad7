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
    sent = cse.with_echo(sent)
    cse.tells(sent)
    assert listener.expect(method="POST").pc == SGN
    cse.takes_answer(sent).expect(2000, "2.04")
    registrar.expect_silence()


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


# It speaks from another address than where it is.

ELSEWHERE = "127.0.0.2"


def tells_from(network, registrar, start_gateway, gateway=None):
    """A gateway that knows which networks it speaks from."""
    cse = {"from": [network]} if network else {}
    config = settings(registrar, listen=ADVERTISED, coap=True, cse=cse)
    if not gateway:
        return start_gateway(config)
    assert gateway.reload(config).name == "gateway/reloaded"
    return gateway


def test_over_http_it_is_known_by_what_is_named_and_a_reload_changes_that(
    registrar, start_gateway, make_device, listener
):
    gateway = tells_from(None, registrar, start_gateway)
    device = make_device(gateway)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    cse = make_device(gateway, "/id-in", address=ELSEWHERE)
    refused = cse.sends("POST", "/Cdev", SGN).expect(4107, 403)
    assert "from" in refused.pc["m2m:dbg"]
    tells_from(f"{ELSEWHERE}/31", registrar, start_gateway, gateway)
    cse.sends("POST", "/Cdev", SGN).expect(2000, 200)
    assert listener.expect(method="POST").pc == SGN
    cse.sends("POST", "/Cgone", SGN).expect(4004, 404)
    tells_from("127.0.0.3", registrar, start_gateway, gateway)
    cse.sends("POST", "/Cdev", SGN).expect(4107, 403)
    registrar.expect_silence()


@pytest.fixture
def from_elsewhere(registrar, start_gateway, make_device, listener):
    """A gateway that knows where it speaks from, and a device there."""
    gateway = tells_from(ELSEWHERE, registrar, start_gateway)
    register_ae(make_device(gateway), registrar, "Cdev", poa=[listener.url])
    return gateway


def test_so_it_is_over_coap(registrar, from_elsewhere, listener, make_coap_peer):
    cse = make_coap_peer(from_elsewhere, address=ELSEWHERE)
    sent = cse.request(coap.POST, "Cdev", SGN, origin="/id-in")
    sent = cse.with_echo(sent)
    cse.tells(sent)
    assert listener.expect(method="POST").pc == SGN
    cse.takes_answer(sent).expect(2000, "2.04")
    registrar.expect_silence()


@pytest.mark.parametrize("name", [None, "/id-in"])
def test_so_it_is_over_a_connection_that_it_opens(
    registrar, from_elsewhere, listener, make_registree, name
):
    cse = make_registree(from_elsewhere, name, address=ELSEWHERE)
    rqi = cse.asks(NOTIFY, "Cdev", SGN, fr="/id-in")
    assert listener.expect(method="POST").pc == SGN
    cse.expect_answer(rqi, rsc=2000)
    registrar.expect_silence()


def test_who_has_another_name_there_is_not_the_cse(
    registrar, from_elsewhere, make_registree, make_device
):
    make_registree(from_elsewhere, "Cother", address=ELSEWHERE)
    other = make_device(from_elsewhere, "Cother", address=ELSEWHERE)
    pending = other.asks("GET", "/Cdev")
    registrar.answers(registrar.expect_request(op=2, to="Cdev"), 2000)
    pending.answer().expect(2000)


def test_a_cse_that_is_named_is_known_over_other_protocols_too(
    registrar, start_gateway, make_device, listener
):
    """By any address behind its name."""
    config = settings(registrar)
    url = config["cses"][0]["url"].replace("127.0.0.1", "localhost")
    config["cses"][0]["url"] = url
    gateway = start_gateway(config)
    register_ae(make_device(gateway), registrar, "Cdev", poa=[listener.url])
    cse = make_device(gateway, "/id-in")
    cse.sends("POST", "/Cdev", SGN).expect(2000, 200)
    assert listener.expect(method="POST").pc == SGN


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

