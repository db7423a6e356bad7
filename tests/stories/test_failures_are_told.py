"""Who runs the gateway is told, in one line with fields at level info, why a
request came to nothing, whichever binding it came by."""

import json

import pytest
from support import coap
from support.coap import MORE
from support.mqttstory import (  # noqa: F401
    TIMEOUTS,
    broker,
    make_broker,
    make_mqtt_device,
    start_at_broker,
)
from support.registering import register_ae
from support.registree import Registree
from support.settings import settings
from support.wire import NOTIFY, RETRIEVE, answer_to
from websockets.exceptions import InvalidStatus

BINDINGS = ["http", "coap", "mqtt", "ws"]
CODES = {"http": {4008: "504", 4004: "404"}, "coap": {4008: "5.04", 4004: "4.04"}}


@pytest.fixture
def hall(registrar, broker, start_at_broker):  # noqa: F811
    """A gateway to which devices of all bindings come."""
    return start_at_broker(
        settings(
            registrar,
            coap=True,
            brokers=[{"url": broker.url}],
            timeouts={**TIMEOUTS, "request": "1s"},
        )
    )


class Asker:
    """A device of any binding that asks for something."""

    def __init__(self, binding, hall, make):
        self.binding = binding
        self.hall = hall
        self.make = make

    def asks(self, to, rqet=None, originator="Cdev"):
        """Returns the reason that it is told."""
        pc = getattr(self, f"_by_{self.binding}")(to, rqet, originator)
        return (pc or {}).get("m2m:dbg", "")

    def _by_http(self, to, rqet, originator):
        device = self.make["http"](self.hall, originator=originator)
        return device.retrieves(
            "/" + to, rqi="q1", headers={"X-M2M-RET": rqet}, origin=originator
        ).pc

    def _by_coap(self, to, rqet, originator):
        device = coap.Device(self.hall.coap_port, originator=originator)
        self.make["ends"].add(device.close)
        options = [(MORE["rqet"], rqet.encode())] if rqet else []
        return device.retrieves(
            to, rqi="q1", options=options, origin=originator
        ).pc

    def _by_mqtt(self, to, rqet, originator):
        device = self.make["mqtt"](self.make["broker"], "Cdev")
        more = {"rqet": rqet} if rqet else {}
        rqi = device.asks(RETRIEVE, to, rqi="q1", fr=originator, **more)
        return device.expect_answer(rqi).get("pc")

    def _by_ws(self, to, rqet, originator):
        device = self.make["ws"](self.hall, "Cdev")
        more = {"rqet": rqet} if rqet else {}
        rqi = device.asks(RETRIEVE, to, rqi="q1", fr=originator, **more)
        return device.expect_answer(rqi).get("pc")


@pytest.fixture
def make_asker(
    broker,  # noqa: F811
    make_device,
    ends,
    make_mqtt_device,  # noqa: F811
    make_registree,
):
    make = {
        "http": make_device,
        "ends": ends,
        "mqtt": make_mqtt_device,
        "ws": make_registree,
        "broker": broker,
    }

    def make_asker(binding, hall):
        return Asker(binding, hall, make)

    return make_asker


@pytest.fixture(params=BINDINGS)
def asker(request, hall, make_asker):
    return make_asker(request.param, hall)


def expect_line(gateway, containing, **wanted):
    """Take the line of a failure; it has these fields, and what all have."""
    line = gateway.wait_for("exchange/failed", containing)
    fields = json.loads(line.raw)
    assert fields["level"] == "info"
    for name, value in wanted.items():
        assert fields.get(name) == value, f"{name} of {line.raw}"
    return fields


def failure(asker, containing, rsc, **wanted):
    """The line of a request of this device that failed so."""
    fields = expect_line(
        asker.hall,
        containing,
        binding=asker.binding,
        op="RETRIEVE",
        rqi="q1",
        rsc=rsc,
        **wanted,
    )
    assert fields["peer"]
    assert fields.get("code") == CODES.get(asker.binding, {}).get(
        rsc, fields.get("code")
    )
    return fields


def test_a_cse_that_is_away_is_named(registrar, asker):
    registrar.dies()
    asker.asks("cse-in")
    told = failure(asker, "", 5103, fr="Cdev", to="cse-in")
    assert told["hop"] == registrar.url


def test_a_cse_that_keeps_silent_is_named(registrar, asker):
    asker.asks("cse-in/silent")
    told = failure(
        asker, "did not answer", 4008, to="cse-in/silent", hop=registrar.url
    )
    assert told["ms"] >= 900


@pytest.mark.parametrize("rsc", [4004, 4103, 5207])
def test_what_the_cse_refuses_is_told_in_its_words(registrar, asker, rsc):
    why = {"m2m:dbg": f"not for you: {rsc}"}
    registrar.plays(lambda m: answer_to(m, rsc, why))
    asker.asks("cse-in/wrong")
    failure(asker, why["m2m:dbg"], rsc, hop=registrar.url)


def test_a_request_that_has_expired_is_told(asker):
    asker.asks("cse-in", rqet="20200101T000000")
    told = failure(asker, "expired", 4008)
    assert "hop" not in told


def test_a_target_that_leads_nowhere_is_told(asker):
    asker.asks("a b" if asker.binding != "http" else "a%20b")
    assert failure(asker, "", 4000)["to"] == "a b"


def test_a_request_without_an_originator_is_told(asker):
    asker.asks("cse-in", originator=None)
    told = expect_line(asker.hall, "", binding=asker.binding)
    assert told["rsc"] == 4000
    assert told["peer"]


@pytest.mark.parametrize("media", ["text/plain", "application/xml"])
def test_content_of_a_kind_that_is_not_taken_is_told(hall, make_device, media):
    make_device(hall).creates(
        "/cse-in", 4, "<cin/>", headers={"Content-Type": f"{media};ty=4"}
    )
    told = expect_line(hall, "", binding="http")
    assert told["code"] == "415"


def test_content_that_is_too_large_is_told(hall, make_device):
    body = {"m2m:cin": {"con": "x" * (2 << 20)}}
    make_device(hall).creates("/cse-in", 4, body)
    assert expect_line(hall, "", binding="http")["code"] == "413"


def test_content_that_is_too_large_for_coap_is_told(hall, ends):
    device = coap.Device(hall.coap_port)
    ends.add(device.close)
    device.creates("cse-in", 4, {"m2m:cin": {"con": "x" * (2 << 20)}})
    told = expect_line(hall, "limits.content", binding="coap", code="4.13")
    assert told["peer"] == "127.0.0.1"


def test_a_handshake_that_is_refused_is_told(hall):
    foreign = {"Origin": "http://foreign.example"}
    with pytest.raises(InvalidStatus):
        Registree(hall.ws, "Cdev", headers=foreign)
    expect_line(hall, "Origin", binding="ws", peer="127.0.0.1", code="403")


def notification(registrar, device, poa):
    """Register with this point of access, and be notified there."""
    register_ae(device, registrar, "Cdev", poa=[poa])
    rqi = registrar.asks(NOTIFY, "Cdev", {"m2m:sgn": {}}, fr="/id-in")
    registrar.expect_answer(rqi, rsc=5103)


def test_a_point_of_access_that_may_not_be_reached_is_named(
    registrar, hall, make_device
):
    notification(registrar, make_device(hall), "http://192.0.2.1:9/n")
    told = expect_line(hall, "", op="NOTIFY", rsc=5103, binding="ws")
    assert "deliver.allow" in told["msg"]
    assert told["hop"] == "http://192.0.2.1:9/n"


def test_a_name_that_nobody_knows_is_named(registrar, hall, make_device):
    notification(registrar, make_device(hall), "http://nobody.invalid:9/n")
    told = expect_line(hall, "", op="NOTIFY", rsc=5103, binding="ws")
    assert told["hop"] == "http://nobody.invalid:9/n"


def test_one_that_is_registered_nowhere_is_named(
    registrar, hall, make_device
):
    register_ae(make_device(hall), registrar, "Cdev")
    registrar.asks(NOTIFY, "Cnobody", {"m2m:sgn": {}}, fr="/id-in")
    expect_line(hall, "", op="NOTIFY", to="Cnobody", binding="ws")


def unwritable(asker, why, **wanted):
    """An answer cannot be written for this device, which is told why."""
    heard = asker.asks("cse-in/x")
    told = failure(asker, why, 5000, to="cse-in/x", **wanted)
    assert told["msg"] == heard
    assert f"the answer (2000) cannot be written over {asker.binding}" in heard


@pytest.mark.parametrize("asker", ["http", "coap"], indirect=True)
def test_an_answer_that_has_no_form_here_is_told(registrar, asker):
    registrar.plays(lambda m: answer_to(m, 2000, vsi="a\nb"))
    unwritable(asker, "", fr="Cdev")


@pytest.mark.parametrize("binding", ["mqtt", "ws"])
def test_an_answer_that_is_too_large_is_told(
    make_registrar, broker, start_at_broker, make_asker, binding  # noqa: F811
):
    """In JSON these numbers are twice as long."""
    cse = make_registrar(speaks=("oneM2M.cbor",))
    gateway = start_at_broker(
        settings(
            cse,
            cse={"serialization": "cbor"},
            brokers=[{"url": broker.url}],
            limits={"content": "16KiB"},
        )
    )
    content = {"m2m:cin": {"con": [0] * 60000}}
    cse.plays(lambda m: answer_to(m, 2000, content))
    unwritable(make_asker(binding, gateway), "larger than a message may be")


def test_the_second_broken_device_is_seen_beside_the_first(
    registrar, hall, make_device, make_registree
):
    registrar.plays(lambda m: answer_to(m, 4004))
    device = make_device(hall)
    for _ in range(200):
        device.retrieves("/cse-in/wrong").expect(4004)
    other = make_registree(hall, "Cother")
    other.expect_answer(other.asks(RETRIEVE, "cse-in/x", fr="Cother"))
    hall.stop()
    lines = [json.loads(line.raw) for line in hall.logged("exchange/failed")]
    assert [line for line in lines if line.get("fr") == "Cother"]
    told = [line for line in lines if line.get("binding") == "http"]
    assert len(told) <= 11
    assert sum(line.get("left-out", 1) for line in told) == 200


def test_the_configuration_says_what_is_told(
    registrar, start_gateway, make_device
):
    registrar.plays(lambda m: answer_to(m, 2000))
    gateway = start_gateway(settings(registrar, log={"requests": "all"}))
    make_device(gateway).retrieves("/cse-in").expect(2000)
    line = gateway.wait_for("exchange/answered")
    assert json.loads(line.raw)["code"] == "200"
    quiet = start_gateway(settings(registrar, log={"requests": "none"}))
    make_device(quiet).retrieves("/a%20b").expect(4000)
    quiet.stop()
    assert not quiet.logged("exchange/failed")


@pytest.mark.parametrize("scheme", ["http", "coap"])
def test_a_request_that_has_no_form_at_the_next_hop_is_told(
    registrar, start_gateway, make_registree, make_port, scheme
):
    config = settings(registrar, coap=True)
    config["cses"][0]["url"] = f"{scheme}://127.0.0.1:{make_port().number}"
    gateway = start_gateway(config)
    device = make_registree(gateway, "Cdev")
    rqi = device.asks(RETRIEVE, "cse-in/x", fr="Cdev", vsi="a\nb", rqi="q1")
    told = device.expect_answer(rqi)
    assert told["rsc"] == 4000
    line = expect_line(gateway, told["pc"]["m2m:dbg"], rsc=4000, rqi="q1")
    assert "vsi" in line["msg"].lower() or "-VSI" in line["msg"]
