"""Hall - devices of all four bindings before one real CSE, in one vocabulary.

    ae = hall.device("mqtt", "lamp")
    ae.creates("cse-in/lamp", 3, {...})
    asked = ae.asks(UPDATE, "cse-in/lamp/c", {...})
    heard = other.hears()
    heard.confirms()
    ae.expects(asked, 2004)
"""

import json
from concurrent.futures import ThreadPoolExecutor

import cbor2

from support import coap
from support.device import Device, Listener
from support.mqttdevice import MqttDevice
from support.registering import ae
from support.registree import Registree
from support.wire import CREATE, DELETE, NOTIFY, RETRIEVE, UPDATE

HTTP = {
    CREATE: "POST",
    RETRIEVE: "GET",
    UPDATE: "PUT",
    DELETE: "DELETE",
    NOTIFY: "POST",
}
COAP = {
    CREATE: coap.POST,
    RETRIEVE: coap.GET,
    UPDATE: coap.PUT,
    DELETE: coap.DELETE,
    NOTIFY: coap.POST,
}


def path_of(to):
    return f"~{to}" if to.startswith("/") else to


def read(content, is_cbor):
    return cbor2.loads(content) if is_cbor else json.loads(content)


class Heard:
    """A notification: its content, and ways to confirm it."""

    def __init__(self, pc, is_cbor, **ways):
        self.sgn = pc.get("m2m:sgn")
        self.pc = pc
        self.is_cbor = is_cbor
        self._ways = ways

    def confirms(self, how="proper"):
        self._ways[how]()


class Ae:
    """What the devices have in common."""

    def __init__(self, gateway, ends):
        self.gateway = gateway
        self.ends = ends
        self.aei = "C"
        self.begins()

    def registers(self, name, **attributes):
        content = ae(rn=name, **{"poa": self.poa(), **attributes})
        asked = self.asks(CREATE, "cse-in", content, ty=2)
        self.is_granted(self.expects(asked, 2001)["m2m:ae"]["aei"])

    def poa(self):
        return None

    def is_granted(self, aei):
        self.aei = aei

    def expects(self, asked, rsc):
        """The content of the answer to what it asked."""
        found, pc = self.answer(asked)
        assert found == rsc, (found, pc)
        return pc

    def creates(self, to, ty, content):
        return self.expects(self.asks(CREATE, to, content, ty=ty), 2001)

    def retrieves(self, to):
        return self.expects(self.asks(RETRIEVE, to), 2000)

    def updates(self, to, content):
        return self.expects(self.asks(UPDATE, to, content), 2004)

    def deletes(self, to):
        return self.expects(self.asks(DELETE, to), 2002)


class HttpAe(Ae):
    WAYS = ("proper", "without a release", "bare 200", "bare 204")

    def begins(self):
        self.listener = Listener(answers_by_itself=False)
        self.ends.add(self.listener.close)
        self.device = Device(self.gateway.http)
        self.ends.add(self.device.close)

    def poa(self):
        return [self.listener.url]

    def asks(self, op, to, pc=None, ty=None, rt=None):
        query = f"?rt={rt}" if rt else ""
        path = f"/{path_of(to)}{query}"
        return self.device.asks(HTTP[op], path, pc, ty=ty, origin=self.aei)

    def answer(self, asked):
        answer = asked.answer()
        return answer.rsc, answer.pc

    def hears(self):
        arrival = self.listener.expect(method="POST")
        is_cbor = "cbor" in arrival.headers["Content-Type"]
        none = {"X-M2M-RI": None, "X-M2M-RVI": None}
        release = {"X-M2M-RVI": None}
        return Heard(
            read(arrival.body, is_cbor),
            is_cbor,
            **{
                "proper": arrival.replies,
                "without a release": lambda: arrival.replies(headers=release),
                "bare 200": lambda: arrival.replies(None, headers=none),
                "bare 204": lambda: arrival.replies(None, 204, headers=none),
            },
        )


class CoapAe(Ae):
    WAYS = ("proper", "without a release", "bare 2.04")

    def begins(self):
        self.listener = coap.Listener(answers_by_itself=False)
        self.ends.add(self.listener.close)
        self.device = coap.Device(self.gateway.coap_port)
        self.ends.add(self.device.close)
        self.pool = ThreadPoolExecutor(1)
        self.ends.add(self.pool.shutdown)

    def poa(self):
        return [self.listener.url]

    def asks(self, op, to, pc=None, ty=None, rt=None):
        how = {"ty": ty, "origin": self.aei}
        if rt:
            how["query"] = [f"rt={rt}"]
        return self.pool.submit(
            self.device.sends, COAP[op], path_of(to), pc, **how
        )

    def answer(self, asked):
        answer = asked.result()
        return answer.rsc, answer.pc

    def hears(self):
        listener, m = self.listener, self.listener.expect()
        is_cbor = m.number(coap.CONTENT_FORMAT) not in (None, coap.JSON)
        rvi = [(coap.CURRENT["rvi"], b"3")]
        return Heard(
            read(m.payload, is_cbor),
            is_cbor,
            **{
                "proper": lambda: listener.answers(m, options=rvi),
                "without a release": lambda: listener.answers(m),
                "bare 2.04": lambda: listener.answers(m, rsc=None),
            },
        )


class MessageAe(Ae):
    """What those have in common that speak whole primitives."""

    WAYS = ("proper", "without a release")

    def asks(self, op, to, pc=None, ty=None, rt=None):
        more = {"rt": {"rtv": rt}} if rt else {}
        if ty:
            more["ty"] = ty
        return self.party.asks(op, to, pc, fr=self.aei, **more)

    def answer(self, asked):
        answer = self.party.expect_answer(asked)
        return answer["rsc"], answer.get("pc")

    def hears(self):
        party, m = self.party, self.party.expect_request(op=NOTIFY)
        return Heard(
            m["pc"],
            self.is_cbor(m),
            **{
                "proper": lambda: party.answers(m),
                "without a release": lambda: party.answers(m, rvi=None),
            },
        )


class WsAe(MessageAe):
    def begins(self):
        self.party = Registree(self.gateway.ws)
        self.ends.add(self.party.closes)

    def is_cbor(self, m):
        return m.wire.is_cbor


class MqttAe(MessageAe):
    """Registers by a connection of its own, and lives with its id then."""

    broker = None

    def begins(self):
        self.party = self._connects("new")

    def _connects(self, originator, type="json"):
        party = MqttDevice(
            self.broker, originator, form=originator, type=type
        )
        self.ends.add(party.closes)
        return party

    def registers(self, name, **attributes):
        rqi = self.party.registers("C", pc=ae(rn=name, **attributes))
        answer = self.party.expect_answer(rqi, rsc=2001)
        self.party.closes()
        self.is_granted(answer["pc"]["m2m:ae"]["aei"])
        wants_cbor = "csz" in attributes
        self.party = self._connects(
            self.aei, "cbor" if wants_cbor else "json"
        )

    def is_cbor(self, m):
        return m.is_cbor


BINDINGS = {"http": HttpAe, "coap": CoapAe, "mqtt": MqttAe, "ws": WsAe}
