"""A point of access that is the gateway itself is not delivered to, however it
is written, so that a notification never goes round; and what else listens on the
machine of the gateway is reached only where deliver.allow says so."""

import pytest
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import mqtt_settings, register_mqtt
from support.registering import register_ae, register_registree
from support.coap_registering import register as register_coap
from support.settings import settings

SGN = {"m2m:sgn": {"sur": "/id-in/s"}}
ALL = {"allow": ["0.0.0.0/0", "::/0"]}
ITSELF = "the gateway itself"

# Every way to write where it listens, at 127.0.0.1.
OURS = [
    "http://127.0.0.1:{http}/x",
    "http://localhost:{http}/",
    "http://LocalHost:{http}/",
    "http://[::ffff:127.0.0.1]:{http}/",
    "http://[::ffff:7f00:1]:{http}",
    "http://0.0.0.0:{http}",
    "http://127.1:{http}/",
    "http://2130706433:{http}",
    "http://127.0.0.1:{ws}/",
    "coap://127.0.0.1:{coap}/x",
    "coap://localhost:{coap}",
    "coap://0.0.0.0:{coap}",
]


@pytest.fixture
def open_gateway(registrar, start_gateway):
    """One that may deliver everywhere."""
    return start_gateway(settings(registrar, coap=True, deliver=ALL))


def url_of(gateway, url):
    return url.format(
        http=gateway.http_port, ws=gateway.ws_port, coap=gateway.coap_port
    )


def ends_at_once(gateway, registrar, to, containing=ITSELF):
    """One NOTIFY is one request, and its answer says why."""
    before = gateway.counts()["requests"]
    rqi = registrar.notifies(to, SGN, rqet=60000)
    answer = registrar.expect_answer(rqi, rsc=5103)
    assert containing in answer["pc"]["m2m:dbg"]
    registrar.fence()
    registrar.expect_silence()
    assert gateway.counts()["requests"] == before + 2


@pytest.mark.parametrize("ours", OURS)
def test_a_poa_that_is_the_gateway_is_not_notified(
    registrar, open_gateway, make_device, ours
):
    url = url_of(open_gateway, ours)
    register_ae(make_device(open_gateway), registrar, "Cdev", poa=[url])
    ends_at_once(open_gateway, registrar, "Cdev")
    assert open_gateway.counts()["own"] >= 1
    line = open_gateway.wait_for("reach/notification-lost", "Cdev")
    assert url in line.msg and ITSELF in line.msg


@pytest.mark.parametrize("ours", OURS)
def test_nor_is_a_url_that_is_the_gateway(
    registrar, open_gateway, make_device, ours
):
    register_ae(make_device(open_gateway), registrar, "Canyone")
    ends_at_once(open_gateway, registrar, url_of(open_gateway, ours))
    assert open_gateway.counts()["own"] == 1


def over_http(registrar, gateway, make, url):
    register_ae(make["http"](gateway), registrar, "Cdev", poa=[url])


def over_coap(registrar, gateway, make, url):
    device = make["coap"](gateway.coap_port)
    register_coap(device, registrar, "Cdev", poa=[url])
    device.leaves()


def over_websocket(registrar, gateway, make, url):
    registree = make["ws"](gateway, "Cdev")
    register_registree(registree, registrar, "Cdev", poa=[url])
    registree.closes()
    registree.expect_closed()


@pytest.fixture
def make(make_device, make_coap_device, make_registree):
    return {
        "http": make_device,
        "coap": make_coap_device,
        "ws": make_registree,
    }


POAS = ["http://127.0.0.1:{http}/x", "coap://127.0.0.1:{coap}", "ws://127.0.0.1:{ws}/"]


@pytest.mark.parametrize("ours", POAS)
@pytest.mark.parametrize("how", [over_http, over_coap, over_websocket])
def test_its_registration_is_passed_on_told_and_counted(
    registrar, open_gateway, make, how, ours
):
    url = url_of(open_gateway, ours)
    how(registrar, open_gateway, make, url)
    line = open_gateway.wait_for("reach/not-reachable", "Cdev")
    assert line.level == "warn"
    assert url in line.msg and ITSELF in line.msg
    assert open_gateway.counts()["own"] == 1


def test_the_next_point_of_access_is_notified(
    registrar, open_gateway, make_device, listener
):
    poa = [open_gateway.http, listener.url]
    register_ae(make_device(open_gateway), registrar, "Cdev", poa=poa)
    rqi = registrar.notifies("Cdev", SGN)
    assert listener.expect(method="POST").pc == SGN
    registrar.expect_answer(rqi, rsc=2000)


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "0.0.0.0", "localhost"]
)
def test_who_listens_everywhere_is_at_each_address(
    registrar, start_gateway, make_device, address, host
):
    listen = {n: {"address": address} for n in ("http", "ws", "coap")}
    gateway = start_gateway(
        settings(registrar, coap=True, listen=listen, deliver=ALL)
    )
    poa = [
        f"http://{host}:{gateway.http_port}",
        f"http://{host}:{gateway.ws_port}",
        f"coap://{host}:{gateway.coap_port}",
    ]
    register_ae(make_device(gateway), registrar, "Cdev", poa=poa)
    ends_at_once(gateway, registrar, "Cdev")
    assert gateway.counts()["own"] >= 3


def test_what_is_advertised_is_the_gateway(
    registrar, start_gateway, make_device
):
    listen = {"http": {"advertise": "http://gw.example:8080/base"}}
    gateway = start_gateway(settings(registrar, listen=listen, deliver=ALL))
    poa = ["http://GW.example.:8080/x"]
    register_ae(make_device(gateway), registrar, "Cdev", poa=poa)
    gateway.wait_for("reach/not-reachable", ITSELF)
    ends_at_once(gateway, registrar, "Cdev")


# Over MQTT: what is published there comes back.
TOPICS = [
    "//oneM2M/req/id-in/id-in/json",
    "//oneM2M/req/id-in/id-gw/json",
    "//oneM2M/req/id-in/id-gw",
]


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_of_ours_at_our_broker_is_not_published_to(
    broker, registrar, mqtt_gateway, make_mqtt_device, make_mqtt_client, topic
):
    device = make_mqtt_device(broker, "Cdev")
    register_mqtt(device, registrar, poa=[broker.url + topic])
    line = mqtt_gateway.wait_for("reach/not-reachable", "Cdev")
    assert ITSELF in line.msg
    assert mqtt_gateway.counts()["own"] == 1
    reader = make_mqtt_client(broker, "reader", subscribe=["#"])
    ends_at_once(mqtt_gateway, registrar, broker.url + topic)
    assert mqtt_gateway.counts()["own"] == 2
    registrar.fence()
    assert not reader.messages.untaken(lambda m: "sgn" in str(m.payload))


def test_nor_is_one_below_the_prefix_of_another_section(
    broker, registrar, start_at_broker, make_mqtt_device, make_mqtt_client
):
    """Nobody is made to speak there either."""
    config = mqtt_settings(broker, registrar)
    config["brokers"].append({"url": broker.url + "/two", "client-id": "two"})
    gateway = start_at_broker(config)
    gateway.wait_for("mqtt/broker-up")
    register_mqtt(make_mqtt_device(broker, "Cdev"), registrar)
    ends_at_once(
        gateway, registrar, broker.url + "/two/oneM2M/req/id-in/id-in/json"
    )
    reader = make_mqtt_client(broker, "reader", subscribe=["two/#"])
    rqi = registrar.notifies(
        broker.url + "/two/oneM2M/req/Cdev/id-in/json", SGN
    )
    registrar.expect_answer(rqi, rsc=4103)
    registrar.fence()
    assert not reader.messages.untaken()


# What else listens on this machine.


@pytest.fixture
def closed_gateway(registrar, start_gateway):
    """One that was not told that it may deliver on this machine."""
    return start_gateway(
        settings(registrar, coap=True, deliver={"allow": []})
    )


def test_another_port_of_the_machine_is_not_reached(
    registrar, closed_gateway, make, listener, make_coap_listener
):
    other = make_coap_listener()
    urls = [listener.url, f"coap://127.0.0.1:{other.port}/"]
    register_ae(make["http"](closed_gateway), registrar, "Chttp", poa=urls)
    line = closed_gateway.wait_for("reach/not-reachable", "Chttp")
    assert "deliver.allow" in line.msg and "127.0.0.0/8" in line.msg
    coap_device = make["coap"](closed_gateway.coap_port)
    register_coap(coap_device, registrar, "Ccoap", poa=urls)
    for aei in ("Chttp", "Ccoap"):
        ends_at_once(closed_gateway, registrar, aei, "deliver.allow")
    assert closed_gateway.counts()["own"] == 0
    assert not listener.arrivals.untaken()
    assert not other.heard.untaken()


def test_it_is_where_deliver_allow_has_it(
    registrar, closed_gateway, make_device, listener
):
    device = make_device(closed_gateway)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    ends_at_once(closed_gateway, registrar, "Cdev", "deliver.allow")
    allowed = {"allow": ["127.0.0.0/8"]}
    closed_gateway.reload({**closed_gateway.config, "deliver": allowed})
    rqi = registrar.notifies("Cdev", SGN)
    assert listener.expect(method="POST").pc == SGN
    registrar.expect_answer(rqi, rsc=2000)


def test_check_says_what_to_set(check):
    listen = "listen: { http: {}, coap: {} }\n"
    code, told = check(listen)
    assert code == 0
    assert "deliver.allow" in told and "127.0.0.0/8" in told
    code, told = check(listen + "deliver: { allow: [ 127.0.0.0/8 ] }\n")
    assert code == 0
    assert "deliver.allow" not in told
