"""Scripted broker - MQTT packet by packet, for what no real broker does.

It accepts, grants and acknowledges by itself; a story may hold each of these
back, and says what else it wants:

    broker.expect(SUBSCRIBE)
    broker.says(suback(id, [1]))
"""

import socket
import struct
import threading

from support.waiting import Mailbox

CONNECT, CONNACK, PUBLISH, PUBACK = 1, 2, 3, 4
SUBSCRIBE, SUBACK, DISCONNECT = 8, 9, 14


def number(data, at):
    """A variable byte integer; returns it and what follows it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def packet(kind, body, flags=0):
    head, size = bytearray([kind << 4 | flags]), len(body)
    while True:
        size, low = divmod(size, 128)
        head.append(low | (128 if size else 0))
        if not size:
            return bytes(head) + body


class Packet:
    """What the gateway has sent."""

    def __init__(self, head, body, is_v5):
        self.kind, self.flags = head >> 4, head & 15
        self.body, self.is_v5 = body, is_v5
        self.id = self.topic = self.payload = None
        if self.kind == PUBLISH:
            size = struct.unpack_from("!H", body)[0]
            self.topic = body[2 : 2 + size].decode()
            self.id = struct.unpack_from("!H", body, 2 + size)[0]
            self._read_rest(4 + size)
            self.payload = self.rest
        elif self.kind == SUBSCRIBE:
            self.id = struct.unpack_from("!H", body)[0]
            self._read_rest(2)
            size = struct.unpack_from("!H", self.rest)[0]
            self.topic = self.rest[2 : 2 + size].decode()

    def _read_rest(self, at):
        size = 0
        if self.is_v5:
            size, at = number(self.body, at)
        self.properties = self.body[at : at + size]
        self.rest = self.body[at + size :]

    def __str__(self):
        return f"packet {self.kind} {self.topic} {self.body[:100]!r}"


class ScriptedBroker:
    def __init__(
        self, accepts=True, codes=(1,), grants=True, acknowledges=True
    ):
        self.accepts = accepts
        self.codes = codes
        self.grants = grants
        self.acknowledges = acknowledges
        self.heard = Mailbox("what the scripted broker heard")
        self.is_v5 = False
        self._n_said = 0
        self._connection = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"mqtt://127.0.0.1:{self.port}"
        threading.Thread(target=self._accepts, daemon=True).start()

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
        stream = connection.makefile("rb")
        try:
            self._hears(stream)
        except (OSError, IndexError):
            pass  # it was broken

    def _hears(self, stream):
        while head := stream.read(1):
            size, shift, more = 0, 0, True
            while more:
                byte = stream.read(1)[0]
                size |= (byte & 127) << shift
                shift, more = shift + 7, byte > 127
            self._heard(head[0], stream.read(size))

    def _heard(self, head, body):
        if head >> 4 == CONNECT:
            self.is_v5 = body[6] == 5
        if head >> 4 == CONNECT and self.accepts:
            self.says(packet(CONNACK, b"\0\0\0" if self.is_v5 else b"\0\0"))
        got = Packet(head, body, self.is_v5)
        if got.kind == SUBSCRIBE and self.grants:
            self.grants_one(got)
        elif got.kind == PUBLISH and self.acknowledges:
            self.acknowledges_one(got)
        self.heard.put(got)

    def grants_one(self, got):
        more = b"\0" if self.is_v5 else b""
        body = struct.pack("!H", got.id) + more + bytes(self.codes)
        self.says(packet(SUBACK, body))

    def acknowledges_one(self, got):
        self.says(packet(PUBACK, struct.pack("!H", got.id)))

    def publishes(self, topic, payload, qos=1, again=False):
        """Deliver a message to the gateway."""
        self._n_said += 1
        body = struct.pack("!H", len(topic)) + topic.encode()
        if qos:
            body += struct.pack("!H", self._n_said)
        if self.is_v5:
            body += b"\0"
        flags = qos << 1 | (8 if again else 0)
        self.says(packet(PUBLISH, body + payload, flags))

    def says(self, data):
        try:
            self._connection.sendall(data)
        except OSError:
            pass  # a gateway that leaves is part of many stories

    def breaks(self):
        """End the connection as a lost network does."""
        try:
            self._connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the gateway was faster

    def expect(self, kind, fits=lambda p: True):
        return self.heard.take(
            lambda p: p.kind == kind and fits(p), f"packet {kind}"
        )

    def stop(self):
        if self._listener.fileno() >= 0:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            if self._connection:
                self.breaks()
