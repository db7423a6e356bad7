"""ScriptedBroker - an MQTT 3.1.1 broker for one client, which does only what the
story tells it.

    broker.delivers(topic, payload)          # QoS 1; returns its packet id
    broker.acks.take(lambda mid: mid == 1)   # the PUBACK of the client
    broker.expect_publication()              # what the client publishes
    broker.drops()                           # the connection breaks

It keeps the session: a client that comes back is told so, and gets again what
the story says that it has not acknowledged.
"""

import json
import socket
import threading

from support.mqttdevice import Readable
from support.waiting import DEADLINE, Mailbox

CONNECT, CONNACK, PUBLISH, PUBACK = 1, 2, 3, 4
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK = 8, 9, 10, 11
PINGREQ, PINGRESP, DISCONNECT = 12, 13, 14


class Publication(Readable):
    """What the client published."""

    def __init__(self, flags, body):
        n = int.from_bytes(body[:2], "big")
        self.topic = body[2 : 2 + n].decode()
        at = 2 + n
        self.qos = flags >> 1 & 3
        self.mid = int.from_bytes(body[at : at + 2], "big") if self.qos else 0
        super().__init__(body[at + (2 if self.qos else 0) :])


def packet(kind, body=b"", flags=0):
    """A control packet with its length in the form of MQTT."""
    length, size = len(body), b""
    while True:
        length, low = divmod(length, 128)
        size += bytes([low | (128 if length else 0)])
        if not length:
            return bytes([kind << 4 | flags]) + size + body


class ScriptedBroker:
    """One connection at a time; the newest counts."""

    def __init__(self):
        self.sessions = Mailbox("sessions at the scripted broker")
        self.subscribed = Mailbox("subscriptions at the scripted broker")
        self.acks = Mailbox("acknowledgements to the scripted broker")
        self.messages = Mailbox("publications at the scripted broker")
        self._mid = 0
        self._connection = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accepts, daemon=True).start()

    @property
    def url(self):
        return f"mqtt://127.0.0.1:{self.port}"

    def delivers(self, topic, message, mid=None, dup=False):
        """Give the client a message with QoS 1."""
        if mid is None:
            self._mid += 1
            mid = self._mid
        name = topic.encode()
        body = len(name).to_bytes(2, "big") + name + mid.to_bytes(2, "big")
        body += json.dumps(message).encode()
        self._connection.sendall(packet(PUBLISH, body, 2 | dup << 3))
        return mid

    def expect_ack(self, mid, within=DEADLINE):
        return self.acks.take(lambda m: m == mid, f"PUBACK {mid}", within)

    def expect_publication(self, within=DEADLINE, **members):
        return self.messages.take(
            lambda m: m.fits(members), f"a publication with {members}", within
        )

    def expect_session(self):
        """Wait for the client to be connected and subscribed."""
        self.sessions.take(what="a connection")
        self.subscribed.take(what="a subscription")

    def drops(self):
        """Break the connection without a word."""
        self._connection.shutdown(socket.SHUT_RDWR)

    def closes(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self._connection:
            self._connection.close()

    # In threads.

    def _accepts(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connection = connection
            threading.Thread(
                target=self._serves, args=(connection,), daemon=True
            ).start()

    def _serves(self, connection):
        stream = connection.makefile("rb")
        try:
            while first := stream.read(1):
                self._hears(connection, first[0], stream.read(size_of(stream)))
        except OSError:
            pass  # it was dropped
        connection.close()

    def _hears(self, connection, first, body):
        kind, flags = first >> 4, first & 15
        says = connection.sendall
        if kind == CONNECT:
            says(packet(CONNACK, bytes([self.sessions.n_put > 0, 0])))
            self.sessions.put(body)
        elif kind == SUBSCRIBE:
            says(packet(SUBACK, body[:2] + granted(body)))
            self.subscribed.put(body)
        elif kind == UNSUBSCRIBE:
            says(packet(UNSUBACK, body[:2]))
        elif kind == PINGREQ:
            says(packet(PINGRESP))
        elif kind == PUBACK:
            self.acks.put(int.from_bytes(body[:2], "big"))
        elif kind == PUBLISH:
            publication = Publication(flags, body)
            if publication.qos:
                says(packet(PUBACK, publication.mid.to_bytes(2, "big")))
            self.messages.put(publication)


def size_of(stream):
    """The remaining length of a packet."""
    size, shift = 0, 0
    while True:
        byte = stream.read(1)[0]
        size |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return size


def granted(body):
    """QoS 1 for each filter of a SUBSCRIBE."""
    at, codes = 2, b""
    while at < len(body):
        at += 3 + int.from_bytes(body[at : at + 2], "big")
        codes += b"\x01"
    return codes
