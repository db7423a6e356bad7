"""Devices of every binding live with the real ACME CSE, which is reached over
WebSocket only: they register, store values, and are notified, however a
subscription writes who is to be."""

import pytest
from support.broker import Broker
from support.mqttdevice import MqttDevice
from support.registering import POLICY, ae, is_granted, watch
from support.settings import settings
from support.wire import CREATE, DELETE, NOTIFY, RETRIEVE, UPDATE



@pytest.fixture
def broker(ends):
    broker = Broker()
    ends.add(broker.stop)
    return broker


@pytest.fixture
def gateway(acme, broker, start_gateway):
    gateway = start_gateway(
        settings(
            acme,
            cse={"profile": "acme", "register": True, "check": "500ms"},
            timeouts={"request": "20s", "retry-min": "50ms"},
            deliver={"allow": ["127.0.0.0/8"]},
            coap=True,
            brokers=[{"url": broker.url}],
        )
    )
    gateway.wait_for("registration/registered")
    gateway.wait_for("mqtt/connected")
    return gateway


class Http:
    """An AE that speaks HTTP, in the words of this story."""

    def __init__(self, gateway, make_device, make_listener):
        self.listener = make_listener()
        self.device = make_device(gateway, "C")

    def registers(self, name):
        poa = [self.listener.url]
        is_granted(self.device, "/cse-in", rn=name, poa=poa)
        self.aei = self.device.originator

    def creates(self, to, ty, content):
        answer = self.device.creates("/" + to, ty, content)
        return answer.expect(2001, 201).pc

    def retrieves(self, to):
        path = "/~" + to if to.startswith("/") else "/" + to
        return self.device.retrieves(path).expect(2000, 200).pc

    def updates(self, to, content):
        self.device.updates("/" + to, content).expect(2004, 200)

    def deletes(self, to):
        self.device.deletes("/" + to).expect(2002, 200)

    def is_refused(self, to):
        self.device.retrieves("/" + to).expect(4004, 404)

    def expect_notified(self):
        while True:
            pc = self.listener.expect().pc
            if "vrq" not in pc["m2m:sgn"]:
                return pc


class Coap:
    """An AE that speaks CoAP."""

    def __init__(self, gateway, make_device, make_listener):
        self.listener = make_listener()
        self.device = make_device(gateway.coap_port)

    def registers(self, name):
        content = ae(rn=name, poa=[self.listener.url])
        answer = self.device.creates("cse-in", 2, content, origin="C")
        granted = answer.expect(2001, "2.01").pc["m2m:ae"]
        assert granted["poa"] == [self.listener.url]
        self.aei = self.device.originator = granted["aei"]

    def creates(self, to, ty, content):
        answer = self.device.creates(to, ty, content)
        return answer.expect(2001, "2.01").pc

    def retrieves(self, to):
        path = "~" + to if to.startswith("/") else to
        return self.device.retrieves(path).expect(2000, "2.05").pc

    def updates(self, to, content):
        self.device.updates(to, content).expect(2004, "2.04")

    def deletes(self, to):
        self.device.deletes(to).expect(2002, "2.02")

    def is_refused(self, to):
        self.device.retrieves(to).expect(4004, "4.04")

    def expect_notified(self):
        while True:
            pc = self.listener.expect().pc
            if "vrq" not in pc["m2m:sgn"]:
                return pc


class Talking:
    """An AE whose messages are whole primitives, in both directions."""

    def _asks(self, rsc, op, to, pc=None, **members):
        rqi = self.device.asks(op, to, pc, **self.named, **members)
        message = self._expect_or_verify(rqi)
        assert message["rsc"] == rsc, str(message)
        return message.get("pc")

    def _expect_or_verify(self, rqi):
        """The answer; a subscription may be verified before."""
        while True:
            message = self.device.expect_message()
            if message.fits({"rqi": rqi}) and "rsc" in message:
                return message
            assert message["pc"]["m2m:sgn"]["vrq"] is True, str(message)
            self.device.answers(message)

    def creates(self, to, ty, content):
        return self._asks(2001, CREATE, to, content, ty=ty)

    def retrieves(self, to):
        return self._asks(2000, RETRIEVE, to)

    def updates(self, to, content):
        self._asks(2004, UPDATE, to, content)

    def deletes(self, to):
        self._asks(2002, DELETE, to)

    def is_refused(self, to):
        self._asks(4004, RETRIEVE, to)

    def expect_notified(self):
        while True:
            request = self.device.expect_request(op=NOTIFY)
            self.device.answers(request)
            if "vrq" not in request["pc"]["m2m:sgn"]:
                return request["pc"]


class Mqtt(Talking):
    """An AE that speaks MQTT."""

    named = {}

    def __init__(self, broker, ends):
        self.broker = broker
        self.ends = ends

    def _connected(self, originator):
        device = MqttDevice(self.broker, originator, form=originator)
        self.ends.add(device.closes)
        return device

    def registers(self, name):
        first = self._connected(f"new-{name}")
        rqi = first.registers("C", pc=ae(rn=name))
        answer = first.expect_answer(rqi, rsc=2001)
        self.aei = answer["pc"]["m2m:ae"]["aei"]
        self.device = self._connected(self.aei)


class WebSocket(Talking):
    """An AE that speaks WebSocket."""

    def __init__(self, gateway, make_registree):
        self.device = make_registree(gateway)

    def registers(self, name):
        rqi = self.device.asks(CREATE, "cse-in", ae(rn=name), ty=2, fr="C")
        answer = self.device.expect_answer(rqi, rsc=2001)
        self.aei = answer["pc"]["m2m:ae"]["aei"]
        self.named = {"fr": self.aei}


@pytest.fixture(params=["http", "coap", "mqtt", "websocket"])
def device(request, gateway):
    made = request.getfixturevalue

    if request.param == "http":
        return Http(gateway, made("make_device"), made("make_listener"))
    if request.param == "coap":
        return Coap(
            gateway, made("make_coap_device"), made("make_coap_listener")
        )
    if request.param == "mqtt":
        return Mqtt(made("broker"), made("ends"))
    return WebSocket(gateway, made("make_registree"))


def test_resources_are_worked_with(device):
    device.registers("worker")
    assert device.aei.startswith("C") and device.aei != "C"
    device.creates("cse-in/worker", 3, {"m2m:cnt": {"rn": "c"}})
    for value in ("one", "zw\u00f6lf"):
        device.creates("cse-in/worker/c", 4, {"m2m:cin": {"con": value}})
    newest = device.retrieves("cse-in/worker/c/la")
    assert newest["m2m:cin"]["con"] == "zw\u00f6lf"
    device.updates("cse-in/worker/c", {"m2m:cnt": {"lbl": ["a b", "c"]}})
    seen = device.retrieves("/id-in/cse-in/worker/c")
    assert seen["m2m:cnt"]["lbl"] == ["a b", "c"]
    device.deletes("cse-in/worker/c")
    device.is_refused("cse-in/worker/c")


# What ACME sends down the connection that bears the AE-ID, and down the one
# that bears its own id.
FORMS = ["{aei}", "/id-in/{aei}", "/id-in/cse-in/lamp"]


def test_a_device_is_notified_however_it_is_named(
    gateway, device, make_device
):
    device.registers("lamp")
    device.creates("cse-in/lamp", 1, POLICY)
    other = is_granted(make_device(gateway, "C"), "/cse-in", rn="switch")
    for n, form in enumerate(FORMS):
        container = {"m2m:cnt": {"rn": f"c{n}", "acpi": ["cse-in/lamp/all"]}}
        device.creates("cse-in/lamp", 3, container)
        target = form.format(aei=device.aei)
        device.creates(f"cse-in/lamp/c{n}", 23, watch(target))

        instance = {"m2m:cin": {"con": form}}
        other.creates(f"/cse-in/lamp/c{n}", 4, instance).expect(2001, 201)

        event = device.expect_notified()["m2m:sgn"]["nev"]
        assert event["rep"]["m2m:cin"]["con"] == form


def test_a_device_is_notified_at_its_url(gateway, registered, listener):
    device = registered("lamp", listener)
    container = {"m2m:cnt": {"rn": "c"}}
    device.creates("/cse-in/lamp", 3, container).expect(2001, 201)
    content = watch(listener.url + "/news")
    device.creates("/cse-in/lamp/c", 23, content).expect(2001, 201)
    instance = {"m2m:cin": {"con": "on"}}
    device.creates("/cse-in/lamp/c", 4, instance).expect(2001, 201)
    while "nev" not in listener.expect(path="/news").pc["m2m:sgn"]:
        pass
