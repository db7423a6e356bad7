"""Devices of every binding are notified by CSEs that notify at the point of access
as it stands, whichever protocol leads there: each AE has one with its id in it,
by an UPDATE where the CSE chose the id, and the log warns where such a
notification is lost."""

import contextlib
import threading

import pytest
from support import coap
from support.coap_registering import register as register_coap
from support.field_cse import FieldCse, HttpCse, plays
from support.mqttstory import *  # noqa: F403 - fixtures
from support.registering import ae
from support.settings import settings
from support.wire import CREATE, NOTIFY, UPDATE

PROFILES = ["mobius", "tinyiot"]
IDS = ["Cown", "C"]


def config_for(port, url, profile, **sections):
    """A gateway that tells where its HTTP listener is."""
    at = {"port": port.number, "advertise": port.http}
    config = settings(coap=True, listen={"http": at}, **sections)
    config["cses"] = [
        {"id": "/Mobius2", "name": "Mobius", "url": url, "profile": profile}
    ]
    return config


@pytest.fixture
def make_http_cse(ends):
    def make():
        cse = HttpCse()
        ends.add(cse.close)
        return cse

    return make


@pytest.fixture(params=["http", "ws"])
def led_to(request, make_http_cse, make_registrar):
    """A CSE, and the URL that leads there."""
    if request.param == "http":
        cse = make_http_cse()
        return cse, cse.url
    cse = FieldCse()
    registrar = make_registrar("/Mobius2", "Mobius")
    registrar.plays(plays(cse))
    return cse, registrar.url


@pytest.fixture(params=PROFILES)
def field_cse(led_to, start_gateway, make_port, request):
    """One that notifies over HTTP, and a gateway that leads there."""
    cse, url = led_to
    return cse, start_gateway(config_for(make_port(), url, request.param))


def is_told(cse, aei):
    """Wait until the CSE has heard of the point of access with that id."""
    if aei != "Cown":
        cse.told.take(lambda told: told == aei)
    assert cse.poa_of(aei).endswith(f"/{aei}")
    return cse.poa_of(aei)


@pytest.mark.parametrize("origin", IDS)
def test_an_http_device_is_notified(field_cse, make_device, listener, origin):
    cse, gateway = field_cse
    given = ae(rn="dev", poa=[listener.url])
    granted = make_device(gateway, origin).creates("/Mobius", 2, given)
    ours = granted.expect(2001, 201).pc["m2m:ae"]
    assert ours["poa"] == [listener.url]
    url = is_told(cse, ours["aei"])
    assert url == f"{gateway.http}/{ours['aei']}"
    assert cse.notifies_over_http(url) == 200
    assert listener.expect(method="POST").pc == cse.content()


@pytest.mark.parametrize("origin", IDS)
def test_a_coap_device_is_notified(
    field_cse, ends, make_coap_listener, origin
):
    cse, gateway = field_cse
    listener = make_coap_listener()
    device = coap.Device(gateway.coap_port)
    ends.add(device.close)
    given = ae(rn="dev", poa=[listener.url])
    sent = device.request(coap.POST, "Mobius", given, ty=2, origin=origin)
    device.tells(sent)
    aei = device.takes_answer(sent).expect(2001, "2.01").pc["m2m:ae"]["aei"]
    assert cse.notifies_over_http(is_told(cse, aei)) == 200
    assert listener.expect().path == aei


@pytest.mark.parametrize("origin", IDS)
def test_a_websocket_registree_is_notified(
    field_cse, make_registree, origin
):
    cse, gateway = field_cse
    registree = make_registree(gateway)
    rqi = registree.asks(CREATE, "Mobius", ae(rn="dev"), ty=2, fr=origin)
    granted = registree.expect_answer(rqi, rsc=2001)["pc"]["m2m:ae"]
    url = is_told(cse, granted["aei"])
    with answering(registree) as heard:
        assert cse.notifies_over_http(url) == 200
    assert heard[0]["pc"] == cse.content()


@contextlib.contextmanager
def answering(party):
    """A party that answers the next notification meanwhile."""
    heard = []

    def answer():
        heard.append(party.expect_request(op=NOTIFY))
        party.answers(heard[0], 2000)

    meanwhile = threading.Thread(target=answer)
    meanwhile.start()
    yield heard
    meanwhile.join()


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("origin", IDS)
def test_an_mqtt_device_is_notified(
    led_to,
    broker,
    start_at_broker,
    make_port,
    make_mqtt_device,
    origin,
    profile,
):
    cse, url = led_to
    brokers = [{"url": broker.url}]
    config = config_for(make_port(), url, profile, brokers=brokers)
    start_at_broker(config)
    device = make_mqtt_device(broker, "Cown", cse="/Mobius2", form="Cown")
    if origin == "C":
        rqi = device.registers("C", pc=ae(rn="dev"))
    else:
        rqi = device.asks(CREATE, "Mobius", ae(rn="dev"), ty=2)
    granted = device.expect_answer(rqi, rsc=2001)["pc"]["m2m:ae"]
    url = is_told(cse, granted["aei"])
    form = f"Mobius2:{granted['aei']}"
    device.subscribes(f"/oneM2M/req/+/{form}/#")
    with answering(device) as heard:
        assert cse.notifies_over_http(url) == 200
    assert heard[0]["pc"] == cse.content()


# Whichever way leads to a CSE, it is given the HTTP listener.


def test_a_cse_is_given_the_websocket_listener_where_there_is_no_other(
    make_registrar, start_gateway, make_port, make_device, listener
):
    cse = FieldCse()
    registrar = make_registrar("/Mobius2", "Mobius")
    registrar.plays(plays(cse))
    port = make_port()
    config = config_for(port, registrar.url, "mobius")
    del config["listen"]["http"]["advertise"]
    at = make_port().number
    ws = {"port": at, "advertise": f"ws://127.0.0.1:{at}"}
    config["listen"]["ws"].update(ws)
    gateway = start_gateway(config)
    given = ae(rn="dev", poa=[listener.url])
    device = make_device(gateway, "Cown")
    device.creates("/Mobius", 2, given).expect(2001, 201)
    assert cse.poa_of("Cown") == f"ws://127.0.0.1:{at}/Cown"
    assert cse.notifies_over_ws(cse.poa_of("Cown")) == 2000
    assert listener.expect(method="POST").pc == cse.content()
    assert cse.notifies_over_ws(f"ws://127.0.0.1:{at}/Cgone") == 4004
    gateway.wait_for("exchange/notification-refused", containing="Cgone")


# A CSE at a broker is given the broker.


@pytest.mark.parametrize("profile", PROFILES)
def test_a_cse_at_a_broker_is_given_the_broker(
    broker, start_at_broker, make_port, make_device, make_mqtt_device,
    listener, profile,
):
    cse = FieldCse()
    config = config_for(
        make_port(), broker.url, profile, brokers=[{"url": broker.url}]
    )
    end = make_mqtt_device(broker, "/Mobius2", cse="/id-gw", form="Mobius2")
    gateway = start_at_broker(config)
    given = ae(rn="dev", poa=[listener.url])
    pending = make_device(gateway, "C").asks("POST", "/Mobius", given, ty=2)
    for op in (CREATE, UPDATE):
        m = end.expect_request(op=op)
        end.answers(m, *cse.does(op, m["to"], m["fr"], m["pc"]))
    aei = pending.answer().expect(2001, 201).pc["m2m:ae"]["aei"]
    assert cse.poa_of(aei) == f"{broker.url}/{aei}"
    rqi = cse.notifies_over_mqtt(end, cse.poa_of(aei))
    assert listener.expect(method="POST").pc == cse.content()
    end.expect_answer(rqi, rsc=2000)


def test_a_notification_at_the_bare_listener_is_told(field_cse):
    cse, gateway = field_cse
    assert cse.notifies_over_http(gateway.http) >= 400
    gateway.wait_for("exchange/notification-refused")


# What else Mobius needs, and says.


@pytest.fixture
def at_mobius(make_registrar, start_gateway, make_device):
    """The scripted CSE over WebSocket, and a device behind it."""
    registrar = make_registrar("/Mobius2", "Mobius")
    cse = {"profile": "mobius"}
    gateway = start_gateway(settings(registrar, cse=cse))
    return registrar, make_device(gateway, "C1")


@pytest.mark.parametrize(
    "query, fc",
    [
        ("rcn=4", {"rcn": 4}),
        ("rcn=4&ty=3&fu=1", {"rcn": 4, "ty": [3], "fu": 1}),
        ("rcn=4&cr=Sam", {"rcn": 4, "cr": "Sam"}),
        ("fu=1&cr=Sam", {"fu": 1, "cr": "Sam"}),
    ],
)
def test_mobius_is_told_rcn_among_flat_filters(at_mobius, query, fc):
    registrar, device = at_mobius
    pending = device.asks("GET", f"/Mobius/a?{query}")
    heard = registrar.expect_request(op=2)
    assert "rcn" not in heard
    assert heard["fc"] == fc
    registrar.answers(heard, 2000, {"m2m:cnt": {}})
    pending.answer().expect(2000, 200)


def test_mobius_is_asked_one_at_a_time(at_mobius):
    registrar, device = at_mobius
    pending = [device.asks("GET", f"/Mobius/{n}") for n in range(5)]
    for n in range(5):
        heard = registrar.expect_request(op=2)
        assert not registrar.requests_heard(op=2)[n + 1 :]
        registrar.answers(heard, 2000)
    for each in pending:
        each.answer().expect(2000, 200)


def test_two_answers_of_mobius_to_one_request_are_no_warning(
    broker, start_at_broker, make_port, make_device, make_mqtt_device
):
    brokers = [{"url": broker.url}]
    config = config_for(make_port(), broker.url, "mobius", brokers=brokers)
    end = make_mqtt_device(broker, "/Mobius2", cse="/id-gw", form="Mobius2")
    gateway = start_at_broker(config)
    device = make_device(gateway, "C1")
    for _ in range(2):
        pending = device.asks("GET", "/Mobius/a")
        heard = end.expect_request(op=2)
        end.answers(heard, 2000)
        bare = "/oneM2M/resp/id-gw/Mobius2"
        answer = {"rsc": 2000, "rqi": heard["rqi"], "rvi": "2a"}
        end.publishes(bare, end.encode(answer))
        pending.answer().expect(2000, 200)
    assert not gateway.log.untaken(lambda e: "unmatched" in str(e))
