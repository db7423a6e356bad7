"""Scripted broker - MQTT packet by packet, for what no real broker does.

It serves one client, in 3.1.1 or 5; of several connections the newest counts.
It accepts, grants and acknowledges by itself; a story may hold each of these
back, and says what else it wants:

    broker.expect_session()                  # connected and subscribed
    broker.publishes(topic, message)         # with QoS 1; returns its id
    broker.expect_ack(id)                    # the client has taken it
    broker.expect_publication(rqi="a")       # what the client publishes
    broker.breaks()                          # the connection is lost

    broker.expect(SUBSCRIBE)                 # any packet
    broker.grants_one(packet)                # what it held back
    broker.acknowledges_one(packet)
    broker.untaken(PUBLISH)                  # what nobody has expected

With keeps_session a client that comes back is told that it was remembered;
what it has not acknowledged comes again when the story says so.
"""

import io
import json
import socket
import struct
import threading

from support.mqttdevice import Readable
from support.waiting import DEADLINE, Mailbox

CONNECT, CONNACK, PUBLISH, PUBACK = 1, 2, 3, 4
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK = 8, 9, 10, 11
PINGREQ, PINGRESP, DISCONNECT = 12, 13, 14


def read_number(stream):
    """A variable byte integer."""
    value = shift = 0
    while True:
        byte = stream.read(1)[0]
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value


def read_short(stream):
    return int.from_bytes(stream.read(2), "big")


def read_text(stream):
    return stream.read(read_short(stream)).decode()


def short(value):
    return struct.pack("!H", value)


def packet(kind, body=b"", flags=0):
    head, size = bytearray([kind << 4 | flags]), len(body)
    while True:
        size, low = divmod(size, 128)
        head.append(low | (128 if size else 0))
        if not size:
            return bytes(head) + body


class Packet(Readable):
    """What the client has sent; of a PUBLISH the payload can be read."""

    def __init__(self, connection, head, body, is_v5):
        self.connection = connection
        self.kind, self.flags = head >> 4, head & 15
        self.body, self.is_v5 = body, is_v5
        self.id = self.topic = None
        self.topics = []
        self.properties = self.rest = b""
        self._read_body(io.BytesIO(body))
        super().__init__(self.rest if self.kind == PUBLISH else b"")

    def _read_body(self, stream):
        if self.kind == PUBLISH:
            self.topic = read_text(stream)
            if self.flags & 6:
                self.id = read_short(stream)
        elif self.kind in (PUBACK, SUBSCRIBE, UNSUBSCRIBE):
            self.id = read_short(stream)
        if self.kind in (PUBLISH, SUBSCRIBE, UNSUBSCRIBE):
            if self.is_v5:
                self.properties = stream.read(read_number(stream))
            self.rest = stream.read()
        if self.kind in (SUBSCRIBE, UNSUBSCRIBE):
            self._read_filters(io.BytesIO(self.rest))

    def _read_filters(self, stream):
        while stream.tell() < len(self.rest):
            self.topics.append(read_text(stream))
            if self.kind == SUBSCRIBE:
                stream.read(1)  # its options
        self.topic = self.topics[0]

    def __str__(self):
        return f"packet {self.kind} {self.topic} {self.body[:100]!r}"


class ScriptedBroker:
    """`codes` answer for the filters of a SUBSCRIBE; None: QoS 1 for each."""

    def __init__(
        self,
        accepts=True,
        codes=None,
        grants=True,
        acknowledges=True,
        keeps_session=False,
    ):
        self.accepts = accepts
        self.codes = codes
        self.grants = grants
        self.acknowledges = acknowledges
        self.keeps_session = keeps_session
        self.heard = Mailbox("what the scripted broker heard")
        self.is_v5 = False
        self._is_known = False
        self._n_said = 0
        self._connection = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"mqtt://127.0.0.1:{self.port}"
        threading.Thread(target=self._accepts, daemon=True).start()

    def publishes(self, topic, message, qos=1, id=None, again=False):
        """Deliver a message to the client: bytes, or an object as JSON."""
        if id is None:
            self._n_said += 1
            id = self._n_said
        if not isinstance(message, bytes):
            message = json.dumps(message).encode()
        body = short(len(topic)) + topic.encode() + (short(id) if qos else b"")
        flags = qos << 1 | (8 if again else 0)
        self.says(packet(PUBLISH, body + self._nothing() + message, flags))
        return id

    def grants_one(self, got):
        codes = bytes(self.codes or [1] * len(got.topics))
        body = short(got.id) + self._nothing() + codes
        self.says(packet(SUBACK, body), got.connection)

    def acknowledges_one(self, got):
        self.says(packet(PUBACK, short(got.id)), got.connection)

    def says(self, data, connection=None):
        try:
            (connection or self._connection).sendall(data)
        except OSError:
            pass  # a client that leaves is part of many stories

    def breaks(self):
        """End the connection as a lost network does."""
        try:
            self._connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the client was faster

    def expect(self, kind, fits=lambda p: True, what="", within=DEADLINE):
        return self.heard.take(
            lambda p: p.kind == kind and fits(p),
            what or f"packet {kind}",
            within,
        )

    def expect_session(self):
        self.expect(CONNECT)
        self.expect(SUBSCRIBE)

    def expect_ack(self, id, within=DEADLINE):
        return self.expect(
            PUBACK, lambda p: p.id == id, f"PUBACK {id}", within
        )

    def expect_publication(self, within=DEADLINE, **members):
        return self.expect(
            PUBLISH,
            lambda p: p.fits(members),
            f"a publication with {members}",
            within,
        )

    def untaken(self, kind):
        return self.heard.untaken(lambda p: p.kind == kind)

    def stop(self):
        if self._listener.fileno() >= 0:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            if self._connection:
                self.breaks()

    def _nothing(self):
        """No properties, in the versions that have some."""
        return b"\0" if self.is_v5 else b""

    # In threads.

    def _accepts(self):
        while True:
            try:
                self._connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(
                target=self._serves, args=(self._connection,), daemon=True
            ).start()

    def _serves(self, connection):
        try:
            with connection, connection.makefile("rb") as stream:
                while head := stream.read(1):
                    body = stream.read(read_number(stream))
                    self._hears(connection, head[0], body)
        except (OSError, IndexError):
            pass  # it was broken

    def _hears(self, connection, head, body):
        if head >> 4 == CONNECT:
            self.is_v5 = body[6] == 5
        got = Packet(connection, head, body, self.is_v5)
        if got.kind == CONNECT and self.accepts:
            self._accepts_one(got)
        elif got.kind == SUBSCRIBE and self.grants:
            self.grants_one(got)
        elif got.kind == UNSUBSCRIBE:
            codes = bytes(len(got.topics)) if self.is_v5 else b""
            answer = short(got.id) + self._nothing() + codes
            self.says(packet(UNSUBACK, answer), connection)
        elif got.kind == PUBLISH and got.id and self.acknowledges:
            self.acknowledges_one(got)
        elif got.kind == PINGREQ:
            self.says(packet(PINGRESP), connection)
        self.heard.put(got)

    def _accepts_one(self, got):
        body = bytes([self.keeps_session and self._is_known, 0])
        self.says(packet(CONNACK, body + self._nothing()), got.connection)
        self._is_known = True
