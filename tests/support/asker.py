"""Asker - a device of any binding that asks for something, and the line of the
log that tells why it came to nothing.

A story imports these fixtures beside those of mqttstory.
"""

import json
import urllib.parse

import pytest

from support import coap
from support.registering import ae
from support.wire import CREATE, RETRIEVE

BINDINGS = ["http", "coap", "mqtt", "ws"]


class Asker:
    """Asks as Cdev, with the rqi q1 unless told otherwise.

    begins() sends a request and returns what waits for the content of its
    answer; asks() returns the reason that the answer gives.  `media` is what
    the content is said to be; only over HTTP, CoAP and MQTT.
    """

    def __init__(self, gateway, make):
        self.gateway = gateway
        self.make = make
        self.device = None

    def asks(self, to, **how):
        return (self.begins(to, **how)() or {}).get("m2m:dbg", "")

    def registers(self, registrar, **attributes):
        waits = self.begins("cse-in", ae(**attributes), ty=2)
        registrar.grants(registrar.expect_request(op=CREATE, ty=2), "Cdev")
        waits()


class HttpAsker(Asker):
    binding = "http"

    def begins(self, to, pc=None, ty=4, **how):
        fr = how.get("fr", "Cdev")
        media = how.get("media", "application/json")
        more = {"Content-Type": f"{media};ty={ty}"} if pc else {}
        pending = self.make["http"](self.gateway).asks(
            "POST" if pc else "GET",
            urllib.parse.quote(("/~" if to[0] == "/" else "/") + to),
            pc,
            rqi=how.get("rqi", "q1"),
            origin=fr,
            headers={"X-M2M-RET": how.get("rqet"), **more},
        )
        return lambda: pending.answer().pc


class CoapAsker(Asker):
    binding = "coap"

    def begins(self, to, pc=None, ty=4, **how):
        device = coap.Device(self.gateway.coap_port)
        self.make["ends"].add(device.close)
        method = coap.POST if pc else coap.GET
        path = ("~" if to[0] == "/" else "") + to
        rqet = how.get("rqet")
        said = {
            "ty": ty if pc else None,
            "rqi": how.get("rqi", "q1"),
            "origin": how.get("fr", "Cdev"),
            "format": how.get("media", coap.JSON),
            "options": [(coap.MORE["rqet"], rqet.encode())] if rqet else [],
        }
        if len(json.dumps(pc)) > 1024:
            answer = device.sends(method, path, pc, **said)
            return lambda: answer.pc
        message = device.request(method, path, pc, **said)
        device.tells(message)
        return lambda: device.takes_whole(message).pc


class MqttAsker(Asker):
    binding = "mqtt"

    def begins(self, to, pc=None, ty=4, **how):
        device = self.device
        if not device:
            device = self.device = self.make["mqtt"](self.make["broker"], "Cdev")
        media = how.get("media")
        topic = device.topic("req", device.form, "id-in")
        rqi = device.asks(
            CREATE if pc else RETRIEVE,
            to,
            pc,
            topic=f"{topic}/{media}" if media else None,
            ty=ty if pc else None,
            fr=how.get("fr", "Cdev"),
            rqet=how.get("rqet"),
            rqi=how.get("rqi", "q1"),
        )
        return lambda: device.expect_answer(rqi).get("pc")


class WsAsker(Asker):
    binding = "ws"

    def begins(self, to, pc=None, ty=4, **how):
        device = self.device
        if not device:
            device = self.device = self.make["ws"](self.gateway, "Cdev")
        rqi = device.asks(
            CREATE if pc else RETRIEVE,
            to,
            pc,
            ty=ty if pc else None,
            fr=how.get("fr", "Cdev"),
            rqet=how.get("rqet"),
            rqi=how.get("rqi", "q1"),
        )
        return lambda: device.expect_answer(rqi).get("pc")


KINDS = {k.binding: k for k in (HttpAsker, CoapAsker, MqttAsker, WsAsker)}


@pytest.fixture
def make_asker(broker, make_device, ends, make_mqtt_device, make_registree):
    make = {
        "http": make_device,
        "ends": ends,
        "mqtt": make_mqtt_device,
        "ws": make_registree,
        "broker": broker,
    }

    def make_asker(binding, gateway):
        return KINDS[binding](gateway, make)

    return make_asker


def expect_failure(gateway, containing="", **wanted):
    """Take the line of a failure; it has these fields."""
    line = gateway.wait_for("exchange/failed", containing)
    fields = json.loads(line.raw)
    assert fields["level"] == "info"
    for name, value in wanted.items():
        assert fields.get(name) == value, f"{name} of {line.raw}"
    assert fields["peer"]
    return fields


__all__ = ["BINDINGS", "expect_failure", "make_asker"]
