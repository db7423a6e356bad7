"""Wire - one WebSocket connection, and whoever talks on its connections.

The registrar and the registrees of the stories share this vocabulary: says(),
asks(), answers(), expect_request(), expect_answer(), expect_closed().
"""

import asyncio
import itertools
import json
import time

import cbor2
from websockets.exceptions import ConnectionClosed

from support import background
from support.waiting import DEADLINE, Mailbox

CREATE, RETRIEVE, UPDATE, DELETE, NOTIFY = 1, 2, 3, 4, 5

# How a connection ends on which too much was said.  One who goes on saying it
# may not hear why: what is not read any more makes TCP reset the connection.
TOO_LARGE = (1009, 1006)


class Message:
    """One WebSocket message as it arrived."""

    def __init__(self, wire, raw):
        self.wire = wire
        self.raw = raw
        self.at = time.monotonic()
        try:
            self.json = cbor2.loads(raw) if wire.is_cbor else json.loads(raw)
        except (ValueError, RecursionError, cbor2.CBORDecodeError):
            self.json = None

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
    def is_request(self):
        return "op" in self

    @property
    def is_answer(self):
        return "rsc" in self and "op" not in self

    def text_of(self, name):
        """The bytes of a top-level member's value, exactly as they came."""
        return member_text(self.raw, name)

    def fits(self, members):
        """Whether it has these members; a callable is asked for its view."""
        for name, wanted in members.items():
            value = self.get(name)
            good = wanted(value) if callable(wanted) else value == wanted
            if not good:
                return False
        return True

    def __str__(self):
        return str(self.raw)


def member_text(raw, name):
    """The text of a top-level member of a JSON object, byte for byte."""
    text = raw.decode() if isinstance(raw, bytes) else raw
    decoder = json.JSONDecoder()
    at = text.index("{") + 1
    while True:
        at += len(text[at:]) - len(text[at:].lstrip(" \t\r\n,"))
        if text[at] == "}":
            return None
        key, at = decoder.raw_decode(text, at)
        at = text.index(":", at) + 1
        at += len(text[at:]) - len(text[at:].lstrip())
        _, end = decoder.raw_decode(text, at)
        if key == name:
            return text[at:end]
        at = end


class Wire:
    """One connection.  May be used from the story's thread only."""

    def __init__(self, party, socket):
        self.party = party
        self.socket = socket
        self.number = next(party.numbers)
        request = socket.request
        self.path = request.path
        self.headers = request.headers
        self.subprotocol = socket.subprotocol
        self.pings_heard = Mailbox(f"pings on connection {self.number}")
        self.closing = Mailbox(f"the end of connection {self.number}")
        self.is_open = True

    def origin(self):
        """Who the handshake said it is."""
        return self.headers.get("X-M2M-Origin")

    def offered(self):
        """The subprotocols of the handshake, in order."""
        names = self.headers.get_all("Sec-WebSocket-Protocol")
        return [n.strip() for part in names for n in part.split(",")]

    @property
    def is_cbor(self):
        return (self.subprotocol or "").lower().endswith(".cbor")

    def written(self, message):
        """A dictionary as the subprotocol wants it; anything else as it is."""
        if not isinstance(message, dict):
            return message
        return cbor2.dumps(message) if self.is_cbor else json.dumps(message)

    def says(self, message, **how):
        """Send a dictionary, or text, bytes, or a list of frames."""
        message = self.written(message)
        background.run(self.socket.send(message, **how))

    def says_bytes(self, raw):
        """Put bytes on the connection that are no proper frame."""
        background.call(self.socket.transport.write, raw)

    def pings(self):
        """Ping, and wait for the pong."""

        async def ping():
            await (await self.socket.ping())

        background.run(ping())

    def expect_ping(self, within=DEADLINE):
        """Take the next ping of the other side."""
        return self.pings_heard.take(what="a ping", within=within)

    def closes(self, code=1000, reason=""):
        background.run(self.socket.close(code, reason))

    def drops(self):
        """Break the connection without a word, as a crash would."""
        background.call(self.socket.transport.abort)

    def stops_reading(self):
        background.call(self.socket.transport.pause_reading)

    def reads_again(self):
        background.call(self.socket.transport.resume_reading)

    def expect_closed(self, within=DEADLINE):
        """Wait for its end; returns the close code of the other side."""
        return self.closing.take(what="the end", within=within)

    async def serve(self):
        """Receive until it ends.  On the background loop."""
        try:
            async for raw in self.socket:
                self.party.heard(Message(self, raw))
        except ConnectionClosed:
            pass
        finally:
            self.is_open = False
            received = self.socket.protocol.close_rcvd
            self.closing.put(received.code if received else 1006)

    def __str__(self):
        state = "open" if self.is_open else "closed"
        return f"connection {self.number} ({state}) of {self.origin()}"


class Party:
    """Somebody who talks oneM2M over one or more connections."""

    prefix = "p"

    def __init__(self, name):
        self.name = name
        self.wires = []
        self.numbers = itertools.count(1)
        self.heard_all = []
        self.messages = Mailbox(f"what {name} heard")
        self._ids = itertools.count(1)
        self._player = None

    # On the background loop.

    def heard(self, message):
        self.heard_all.append(message)
        if self._player and message.is_request:
            reply = self._player(message)
            if reply is not None:
                self._replies(message, reply)
                return
        self.messages.put(message)

    def _replies(self, message, reply):
        if asyncio.iscoroutine(reply):
            asyncio.ensure_future(reply)
        elif reply:
            text = message.wire.written(reply)
            asyncio.ensure_future(self._sends(message.wire, text))

    @staticmethod
    async def _sends(wire, text):
        try:
            await wire.socket.send(text)
        except ConnectionClosed:
            pass

    # In the story's thread.

    def plays(self, player):
        """From now on ask player(message) what to reply to each request.

        It returns a dictionary or text to send, a coroutine to run, "" for no
        reply at all, or None to leave the request to the story.  It runs on
        the background loop and may not wait.
        """
        self._player = player

    @property
    def wire(self):
        """The newest connection that is open."""
        for wire in reversed(self.wires):
            if wire.is_open:
                return wire
        raise AssertionError(f"{self.name} has no connection")

    def expect_message(self, fits=None, what="a message", within=DEADLINE):
        return self.messages.take(fits, what, within)

    def expect_request(self, within=DEADLINE, **members):
        """Take the next request that has these members."""
        return self.messages.take(
            lambda m: m.is_request and m.fits(members),
            f"a request with {members}",
            within,
        )

    def expect_answer(self, rqi, within=DEADLINE, **members):
        """Take the answer to what we asked."""
        return self.messages.take(
            lambda m: m.is_answer and m.get("rqi") == rqi and m.fits(members),
            f"the answer to {rqi} with {members}",
            within,
        )

    def answers(self, request, rsc=2000, pc=None, **members):
        """Answer a request on the connection it came on."""
        request.wire.says(answer_to(request, rsc, pc, **members))

    def says(self, message, **how):
        self.wire.says(message, **how)

    def asks(self, op, to, pc=None, wire=None, **members):
        """Send a request; returns its rqi."""
        rqi = members.pop("rqi", None) or f"{self.prefix}{next(self._ids)}"
        message = {"op": op, "to": to, "rqi": rqi, "rvi": "3", **members}
        if pc is not None:
            message["pc"] = pc
        message = {k: v for k, v in message.items() if v is not None}
        (wire or self.wire).says(message)
        return rqi

    def untaken(self):
        """What came and nobody took."""
        return self.messages.untaken()

    def requests_heard(self, **members):
        """All requests ever heard that have these members."""
        return [
            m for m in list(self.heard_all) if m.is_request and m.fits(members)
        ]

    def expect_silence(self):
        """Nothing lies there.  Only means something behind a fence."""
        left = self.untaken()
        assert not left, f"{self.name} heard what it should not:\n" + "\n".join(
            f"  {str(m)[:300]}" for m in left
        )


def answer_to(request, rsc=2000, pc=None, **members):
    """An answer as a dictionary; a member given as None is left out."""
    answer = {"rsc": rsc, "rqi": request.get("rqi"), "rvi": "3", **members}
    if pc is not None:
        answer["pc"] = pc
    return {k: v for k, v in answer.items() if v is not None}
