"""MqttDevice - something that speaks only the oneM2M MQTT binding, by paho.

    device.asks(CREATE, "cse-in", pc, ty=2)
    device.expect_answer(rqi, rsc=2001)
    device.expect_request(op=NOTIFY)
    device.answers(request)
"""

import itertools
import json

import cbor2
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from support.waiting import DEADLINE, Mailbox
from support.wire import CREATE


def level(identifier):
    """An identifier as a level of a topic (TS-0010 6.4.2)."""
    return identifier.removeprefix("/").replace("/", ":")


class Readable:
    """A payload that may be a primitive."""

    def __init__(self, payload):
        self.payload = payload
        self.json = self._read()

    def _read(self):
        try:
            return json.loads(self.payload)
        except (ValueError, RecursionError):
            pass
        try:
            return cbor2.loads(self.payload)
        except (ValueError, RecursionError, cbor2.CBORDecodeError):
            return None

    def __getitem__(self, name):
        return self.json[name]

    def get(self, name, default=None):
        return self.json.get(name, default) if self.is_object else default

    def __contains__(self, name):
        return self.is_object and name in self.json

    @property
    def is_object(self):
        return isinstance(self.json, dict)

    @property
    def is_cbor(self):
        return self.payload[:1] >= b"\xa0" and self.is_object

    def fits(self, members):
        for name, wanted in members.items():
            value = self.get(name)
            good = wanted(value) if callable(wanted) else value == wanted
            if not good:
                return False
        return True

    def __str__(self):
        return f"{self.topic[:200]} {self.payload[:300]!r}"


class MqttMessage(Readable):
    """One publication as it arrived."""

    def __init__(self, message):
        self.topic = message.topic
        self.retain = message.retain
        self.qos = message.qos
        self.levels = message.topic.split("/")
        super().__init__(message.payload)


class MqttClient:
    """A connection to a broker, whose messages land in a mailbox."""

    def __init__(
        self,
        broker,
        client_id,
        version=paho.MQTTv311,
        user=None,
        clean=True,
        subscribe=(),
    ):
        self.messages = Mailbox(f"what {client_id} heard")
        self.connected = Mailbox(f"connections of {client_id}")
        self.lost = Mailbox(f"lost connections of {client_id}")
        self.subscribed = Mailbox(f"subscriptions of {client_id}")
        self.published = Mailbox(f"what {client_id} published")
        self.filters = list(subscribe)
        how = {} if version == paho.MQTTv5 else {"clean_session": clean}
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id, protocol=version, **how
        )
        if user:
            self.client.username_pw_set(*user)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = self._connected
        self.client.on_disconnect = self._lost
        self.client.on_message = self._heard
        self.client.on_subscribe = self._subscribed
        self.client.on_publish = self._published
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()
        self.connected.take(what="the connection")
        if self.filters:
            self.subscribed.take(what="the subscription")

    def _connected(self, client, userdata, flags, reason, properties):
        self.connected.put(reason)
        if self.filters:
            client.subscribe([(f, 1) for f in self.filters])

    def _lost(self, client, userdata, flags, reason, properties):
        self.lost.put(reason)

    def _heard(self, client, userdata, message):
        self.messages.put(MqttMessage(message))

    def _subscribed(self, client, userdata, mid, reasons, properties):
        self.subscribed.put(reasons)

    def _published(self, client, userdata, mid, reason, properties):
        self.published.put(mid)

    def subscribes(self, *filters):
        """Subscribe, and wait until the broker has said yes."""
        self.filters += filters
        self.client.subscribe([(f, 1) for f in filters])
        return self.subscribed.take(what="the subscription")

    def publishes(self, topic, payload, qos=1, retain=False):
        if isinstance(payload, dict):
            payload = json.dumps(payload)
        return self.client.publish(topic, payload, qos, retain)

    def expect_message(self, fits=None, what="a message", within=DEADLINE):
        return self.messages.take(fits, what, within)

    def closes(self):
        self.client.disconnect()
        self.client.loop_stop()


class MqttDevice(MqttClient):
    """An AE: asks as its originator, and is asked.

    `form` is how it writes itself in topics: its stem, or SP-relative.  `type`
    None leaves the serialisation out of topics.
    """

    def __init__(
        self,
        broker,
        originator,
        cse="/id-in",
        form=None,
        type="json",
        prefix="",
        client_id=None,
        **how,
    ):
        self.originator = originator
        self.cse = cse
        self.form = form or level(f"{cse}/{originator}")
        self.type = type
        self.prefix = prefix
        self._ids = itertools.count(1)
        super().__init__(
            broker,
            client_id or f"A::{originator}",
            subscribe=[
                self.topic("resp", self.form, "+") + "/#",
                self.topic("req", "+", self.form) + "/#",
            ],
            **how,
        )

    def topic(self, kind, originator, receiver):
        return f"{self.prefix}/oneM2M/{kind}/{originator}/{receiver}"

    def typed(self, topic):
        return topic if self.type is None else f"{topic}/{self.type}"

    def encode(self, message):
        message = {k: v for k, v in message.items() if v is not None}
        if self.type == "cbor":
            return cbor2.dumps(message)
        return json.dumps(message)

    def asks(self, op, to, pc=None, topic=None, qos=1, **members):
        """Publish a request; returns its rqi."""
        rqi = members.pop("rqi", None) or f"m{next(self._ids)}"
        message = {
            "op": op,
            "to": to,
            "fr": self.originator,
            "rqi": rqi,
            "rvi": "3",
            "pc": pc,
            **members,
        }
        topic = topic or self.typed(
            self.topic("req", self.form, level(self.cse))
        )
        self.publishes(topic, self.encode(message), qos=qos)
        return rqi

    def registers(self, aei, **attributes):
        """Ask to be registered on reg_req, as one without an id does: as an AE,
        or what ty says."""
        credential = attributes.pop("credential", "33-dev")
        self.subscribes(self.topic("reg_resp", credential, "+") + "/#")
        topic = self.topic("reg_req", credential, level(self.cse))
        return self.asks(
            CREATE,
            "cse-in",
            attributes.pop("pc"),
            topic=self.typed(topic),
            ty=attributes.pop("ty", 2),
            fr=aei,
            **attributes,
        )

    def expect_request(self, within=DEADLINE, **members):
        return self.messages.take(
            lambda m: "op" in m and m.fits(members),
            f"a request with {members}",
            within,
        )

    def expect_answer(self, rqi, within=DEADLINE, **members):
        return self.messages.take(
            lambda m: "rsc" in m
            and "op" not in m
            and m.get("rqi") == rqi
            and m.fits(members),
            f"the answer to {rqi} with {members}",
            within,
        )

    def answers(self, request, rsc=2000, pc=None, **members):
        """Answer a request on the topic that belongs to it."""
        answer = {
            "rsc": rsc,
            "rqi": request["rqi"],
            "rvi": "3",
            "pc": pc,
            **members,
        }
        self.publishes(
            request.topic.replace("/oneM2M/req/", "/oneM2M/resp/"),
            self.encode(answer),
        )
