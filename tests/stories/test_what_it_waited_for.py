"""A request that expires is told, to its device and in the log, with what it
waited for: a name, a connection, its turn, a broker or an answer."""

import socket

import pytest
from support.device import Device
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import mqtt_settings
from support.name_server import NameServer, use_name_server
from support.own_network import bring_loopback_up, run_in_own_network
from support.process import Gateway
from support.scripted_broker import CONNECT
from support.settings import settings
from support.waiting import DEADLINE

SOON = {"request": "1s", "drain": "500ms"}


@pytest.fixture
def make_silent(ends):
    """Peers that take what comes and say nothing: sockets."""

    def make(kind):
        silent = socket.socket(socket.AF_INET, kind)
        ends.add(silent.close)
        silent.bind(("127.0.0.1", 0))
        if kind is socket.SOCK_STREAM:
            silent.listen()
        return silent

    return make


def url_of(scheme, silent):
    return f"{scheme}://127.0.0.1:{silent.getsockname()[1]}"


@pytest.fixture
def start(start_gateway, make_device):
    """A gateway in front of a CSE at this URL, and a device at it."""

    def start(registrar, url, **cse):
        config = settings(registrar, timeouts=SOON, coap=True, cse=cse)
        config["cses"][0]["url"] = url
        gateway = start_gateway(config)
        return gateway, make_device(gateway, n_at_once=2)

    return start


def expires(gateway, device, why):
    """One more request of the device does, because of this."""
    told = device.retrieves("/last").expect(4008, 504).pc["m2m:dbg"]
    assert told.startswith("the request expired: ")
    assert why in told
    gateway.wait_for("exchange/failed", told)


def test_a_connection_over_websocket_that_does_not_open(
    registrar, make_silent, start
):
    silent = make_silent(socket.SOCK_STREAM)
    gateway, device = start(registrar, url_of("ws", silent))
    why = "its connection is not open yet: the CSE is connected to"
    expires(gateway, device, why)


def test_a_connection_over_http_that_does_not_open(
    registrar, make_silent, start
):
    silent = make_silent(socket.SOCK_STREAM)
    gateway, device = start(registrar, url_of("https", silent))
    expires(gateway, device, "its connection is not open yet")


@pytest.mark.parametrize(
    "scheme, kind",
    [("http", socket.SOCK_STREAM), ("coap", socket.SOCK_DGRAM)],
)
def test_an_answer_that_does_not_come(
    registrar, make_silent, start, scheme, kind
):
    silent = make_silent(kind)
    gateway, device = start(registrar, url_of(scheme, silent))
    expires(gateway, device, "did not answer (it was sent ")


def test_an_answer_over_websocket_that_does_not_come(registrar, start):
    gateway, device = start(registrar, registrar.url)
    expires(gateway, device, "did not answer (it was sent ")


def test_a_window_of_websocket_that_is_full(registrar, start):
    gateway, device = start(registrar, registrar.url, window=1)
    device.asks("GET", "/first", headers={"X-M2M-RET": "60000"})
    registrar.expect_request(to="first")
    expires(gateway, device, "the window of the connection is full (1 ")


def test_a_window_of_coap_that_is_full(registrar, make_silent, start):
    silent = make_silent(socket.SOCK_DGRAM)
    silent.settimeout(DEADLINE)
    gateway, device = start(registrar, url_of("coap", silent), window=1)
    device.asks("GET", "/first", headers={"X-M2M-RET": "60000"})
    assert silent.recv(2000)
    expires(gateway, device, "the window of the link is full (1 ")


def test_a_name_that_is_not_looked_up_in_time():
    run_in_own_network("stories.test_what_it_waited_for")


def main():
    """In a network whose name server keeps silent."""
    bring_loopback_up()
    NameServer().is_silent = True
    use_name_server(patience_s=30)
    for scheme in ("http", "coap", "ws", "mqtt"):
        url = f"{scheme}://slow.example:1"
        config = settings(timeouts={"request": "100ms", "drain": "0s"})
        config["cses"] = [{"id": "/id-slow", "url": url, "default": True}]
        config["brokers"] = [{"url": url}] if scheme == "mqtt" else []
        gateway = Gateway(config)
        device = Device(gateway.http)
        expires(gateway, device, "the name of its host is looked up")
        device.close()
        gateway.stop()


def at_broker(broker):
    config = mqtt_settings(broker, timeouts=SOON)
    config["cses"] = [{"id": "/id-m", "name": "cse-m", "url": broker.url}]
    return config


def test_a_broker_that_is_away(
    make_scripted_broker, start_gateway, make_device
):
    broker = make_scripted_broker(accepts=False)
    gateway = start_gateway(at_broker(broker))
    broker.expect(CONNECT)
    device = make_device(gateway)
    expires(gateway, device, "it waits in the outbox: the broker is ")


def test_a_broker_that_acknowledges_nothing(
    make_scripted_broker, registrar, start_at_broker, make_device
):
    broker = make_scripted_broker(acknowledges=False)
    config = mqtt_settings(broker, registrar, timeouts=SOON)
    gateway = start_at_broker(config)
    pending = make_device(gateway).asks("GET", "/first")
    registrar.answers(registrar.expect_request(to="first"))
    pending.answer().expect(2000)
    rqi = registrar.notifies(f"{broker.url}/a/topic", {"m2m:sgn": {}})
    told = registrar.expect_answer(rqi, rsc=4008)["pc"]["m2m:dbg"]
    assert "the broker has not acknowledged it" in told
    gateway.wait_for("exchange/failed", told)


def test_an_answer_over_mqtt_that_does_not_come(
    make_scripted_broker, start_at_broker, make_device
):
    broker = make_scripted_broker()
    gateway = start_at_broker(at_broker(broker))
    device = make_device(gateway)
    expires(gateway, device, "did not answer (it was sent ")


if __name__ == "__main__":
    main()
