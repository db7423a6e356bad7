"""CoAP - a device and a point of access over UDP, made of bytes.

They do what the story tells them and no more: numbers of options, repetition,
blocks and acknowledgements are in its hands.  The clients that nobody here
wrote are in coap_clients.py.
"""

import fcntl
import itertools
import json
import random
import socket
import struct
import termios
import threading

from support.waiting import DEADLINE, Mailbox, Missed

CON, NON, ACK, RST = 0, 1, 2, 3
GET, POST, PUT, DELETE, FETCH = 1, 2, 3, 4, 5

URI_PATH, CONTENT_FORMAT, URI_QUERY, ACCEPT = 11, 12, 15, 17
LOCATION_PATH, BLOCK2, BLOCK1, SIZE2, SIZE1 = 8, 23, 27, 28, 60
ECHO, REQUEST_TAG = 252, 292
MAX_AGE = 14

JSON, CBOR = 50, 60

# TS-0008: the numbers of before and from V3.7.0 on.
CURRENT = {"fr": 279, "rqi": 283, "rvi": 271, "ty": 267, "rsc": 307}
LEGACY = {"fr": 256, "rqi": 257, "rvi": 271, "ty": 267, "rsc": 265}
MORE = {"ot": 259, "rqet": 291, "rset": 295, "ec": 303, "vsi": 331, "nu": 263}


def code(text):
    """4.04 as a number."""
    high, low = text.split(".")
    return int(high) << 5 | int(low)


def uint(n):
    return n.to_bytes((n.bit_length() + 7) // 8, "big")


class Message:
    """One CoAP message."""

    def __init__(self, type_, code_, mid, token=b"", options=(), payload=b""):
        self.type, self.code, self.mid = type_, code_, mid
        self.token, self.payload = token, payload
        self.options = list(options)

    def encode(self):
        out = bytearray([1 << 6 | self.type << 4 | len(self.token), self.code])
        out += struct.pack("!H", self.mid) + self.token
        last = 0
        for number, value in sorted(self.options, key=lambda o: o[0]):
            more = b""
            nibbles = []
            for n in (number - last, len(value)):
                if n < 13:
                    nibbles.append(n)
                elif n < 269:
                    nibbles.append(13)
                    more += bytes([n - 13])
                else:
                    nibbles.append(14)
                    more += struct.pack("!H", n - 269)
            out += bytes([nibbles[0] << 4 | nibbles[1]]) + more + value
            last = number
        if self.payload:
            out += b"\xff" + self.payload
        return bytes(out)

    @classmethod
    def decode(cls, raw):
        n = raw[0] & 15
        mid = struct.unpack("!H", raw[2:4])[0]
        message = cls(raw[0] >> 4 & 3, raw[1], mid, raw[4 : 4 + n])
        at, number = 4 + n, 0
        while at < len(raw) and raw[at] != 0xFF:
            parts = [raw[at] >> 4, raw[at] & 15]
            at += 1
            for i in (0, 1):
                if parts[i] == 13:
                    parts[i] = raw[at] + 13
                    at += 1
                elif parts[i] == 14:
                    parts[i] = struct.unpack("!H", raw[at : at + 2])[0] + 269
                    at += 2
            number += parts[0]
            message.options.append((number, raw[at : at + parts[1]]))
            at += parts[1]
        message.payload = raw[at + 1 :]
        return message

    def all(self, number):
        return [value for n, value in self.options if n == number]

    def get(self, number, default=None):
        found = self.all(number)
        return found[0] if found else default

    def number(self, number):
        value = self.get(number)
        return None if value is None else int.from_bytes(value, "big")

    @property
    def status(self):
        return f"{self.code >> 5}.{self.code & 31:02}"

    @property
    def rsc(self):
        value = self.number(CURRENT["rsc"])
        return self.number(LEGACY["rsc"]) if value is None else value

    @property
    def rqi(self):
        return (self.get(283) or self.get(257) or b"").decode()

    @property
    def path(self):
        return "/".join(v.decode() for v in self.all(URI_PATH))

    @property
    def queries(self):
        return [v.decode() for v in self.all(URI_QUERY)]

    @property
    def pc(self):
        return json.loads(self.payload) if self.payload else None

    def expect(self, rsc, status=None):
        assert self.rsc == rsc, f"wanted {rsc}: {self}"
        assert status in (None, self.status), f"wanted {status}: {self}"
        return self

    def __str__(self):
        names = ["CON", "NON", "ACK", "RST"]
        return (
            f"{names[self.type]} {self.status} mid {self.mid} "
            f"token {self.token.hex()} {self.options} {self.payload[:200]}"
        )


def block(number, more, size):
    return uint(number << 4 | more << 3 | size)


def split(message, option):
    """The number, whether more come, and the size of a block option."""
    n = message.number(option)
    return None if n is None else (n >> 4, bool(n & 8), n & 7)


class Socket:
    """A UDP socket whose messages land in a mailbox."""

    def __init__(self, name, address="127.0.0.1", port=0):
        self.heard = Mailbox(f"what {name} heard")
        self.n_bytes_heard = self.n_bytes_said = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, port))
        self.port = self.socket.getsockname()[1]
        self._mids = itertools.count(random.Random(self.port).randrange(60000))
        self._thread = threading.Thread(target=self._listens, daemon=True)
        self._thread.start()

    def _listens(self):
        while True:
            try:
                raw, sender = self.socket.recvfrom(65536)
            except OSError:
                return
            if not raw:
                return
            self.n_bytes_heard += len(raw)
            message = Message.decode(raw)
            message.sender = sender
            self.hears(message)

    def hears(self, message):
        self.heard.put(message)

    def says(self, message, to):
        raw = message if isinstance(message, bytes) else message.encode()
        self.n_bytes_said += len(raw)
        self.socket.sendto(raw, to)

    def is_idle(self):
        """Whether all that has come was read.  What does not fit into the
        buffer of the system is lost, so nothing large should follow before."""
        waiting = fcntl.ioctl(self.socket, termios.FIONREAD, bytes(4))
        return not any(waiting)

    def mid(self):
        return next(self._mids) & 0xFFFF

    def leaves(self):
        """Hear nobody but one who is not there: others are told by ICMP that
        the port is empty, and yet nobody else gets it."""
        self.socket.connect(("127.0.0.1", 9))

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


class Device(Socket):
    """Asks.  Repeats what is not acknowledged, unless told otherwise."""

    def __init__(self, port, originator="CAdmin", numbers=None, **how):
        self.gateway = ("127.0.0.1", port)
        self.knows_echo = how.pop("knows_echo", True)
        super().__init__(f"the device {originator}", **how)
        self.originator = originator
        self.numbers = numbers or CURRENT
        self.repeats_after = 2.0
        self.echo = None
        self._rqis = itertools.count(1)
        self._tokens = itertools.count(1)

    def request(self, method, path="", payload=None, **how):
        """A request of oneM2M, not yet sent."""
        numbers = self.numbers
        options = [(URI_PATH, s.encode()) for s in path.split("/") if s]
        rqi = how.pop("rqi", None) or f"c{next(self._rqis)}"
        options.append((numbers["rqi"], rqi.encode()))
        origin = how.pop("origin", self.originator)
        if origin is not None:
            options.append((numbers["fr"], origin.encode()))
        options.append((numbers["rvi"], how.pop("rvi", "3").encode()))
        ty = how.pop("ty", None)
        if ty:
            options.append((numbers["ty"], uint(ty)))
        for field in how.pop("query", ()):
            options.append((URI_QUERY, field.encode()))
        content_format = how.pop("format", JSON)
        if payload is not None:
            if not isinstance(payload, bytes):
                payload = json.dumps(payload).encode()
            options.append((CONTENT_FORMAT, uint(content_format)))
        accept = how.pop("accept", None)
        if accept is not None:
            options.append((ACCEPT, uint(accept)))
        options += how.pop("options", ())
        type_ = how.pop("type", CON)
        token = how.pop("token", None)
        if token is None:
            token = next(self._tokens).to_bytes(4, "big")
        assert not how, how
        return Message(
            type_, method, self.mid(), token, options, payload or b""
        )

    def tells(self, message):
        self.says(message, self.gateway)

    def takes_answer(self, message, within=DEADLINE):
        """The answer, in the ACK or in a message of its own; an empty ACK
        before it is none."""

        def fits(m):
            return m.token == message.token and m.code >= 64

        return self._takes(fits, f"an answer to {message}", within)

    def takes_whole(self, message, within=DEADLINE):
        """The same, with all blocks of it."""
        answer = self.takes_answer(message, within)
        return self._fetches_blocks(message, answer, within)

    def takes_ack(self, message, within=DEADLINE):
        """The empty ACK: the answer is still to come."""

        def fits(m):
            return (m.type, m.code, m.mid) == (ACK, 0, message.mid)

        return self._takes(fits, f"the ACK of {message}", within)

    def _takes(self, fits, what, within):
        message = self.heard.take(fits, what, within)
        if message.type == CON:
            self.tells(Message(ACK, 0, message.mid))
        return message

    def exchanges(self, message, within=DEADLINE):
        """Send a message until it is acknowledged; its answer."""

        def fits(m):
            if m.code == 0:
                return m.mid == message.mid
            return m.token == message.token and m.code >= 64

        for _ in range(int(within / self.repeats_after) + 1):
            self.tells(message)
            try:
                answer = self._takes(
                    fits, f"an answer to {message}", self.repeats_after
                )
                break
            except Missed:
                continue
        else:
            raise Missed(f"nobody answers {message}")
        assert answer.type != RST, f"refused: {answer}"
        return self.takes_answer(message, within) if not answer.code else answer

    def again(self, message, **options):
        """The same request as a new message."""
        return Message(
            message.type,
            message.code,
            self.mid(),
            next(self._tokens).to_bytes(4, "big"),
            [o for o in message.options if o[0] not in options.get("drop", ())],
            message.payload,
        )

    def with_echo(self, message):
        """The same request as a new message, with the Echo that is all that
        the first one got."""
        answer = self.exchanges(message)
        assert (answer.status, answer.rsc) == ("4.01", None), str(answer)
        again = self.again(message)
        again.options.append((ECHO, answer.get(ECHO)))
        return again

    def sends(self, method, path="", payload=None, within=DEADLINE, **how):
        """One request, in blocks if it is large, and its whole answer."""
        message = self.request(method, path, payload, **how)
        if self.echo:
            message.options.append((ECHO, self.echo))
        if len(message.payload) > 1024:
            answer = self._sends_blocks(message, within)
        else:
            answer = self.exchanges(message, within)
        self._learns_echo(answer)
        if answer.status == "4.01" and self.echo:
            message = self.again(message)
            message.options.append((ECHO, self.echo))
            answer = self.exchanges(message, within)
        return self._fetches_blocks(message, answer, within)

    def _learns_echo(self, answer):
        if self.knows_echo:
            self.echo = answer.get(ECHO) or self.echo

    def blocks(self, message, size=6):
        """The messages that carry a large request."""
        body, n_bytes = message.payload, 16 << size
        pieces = range(0, len(body), n_bytes)
        for number, begin in enumerate(pieces):
            m = self.again(message)
            m.payload = body[begin : begin + n_bytes]
            more = begin + n_bytes < len(body)
            m.options.append((BLOCK1, block(number, more, size)))
            yield m

    def _sends_blocks(self, message, within):
        for m in self.blocks(message):
            answer = self.exchanges(m, within)
            if answer.status != "2.31":
                break
        return answer

    def _fetches_blocks(self, message, answer, within):
        first, body = answer, answer.payload
        while (told := split(answer, BLOCK2)) and told[1]:
            m = self.again(message, drop=(CONTENT_FORMAT, BLOCK1, BLOCK2))
            m.payload = b""
            m.options.append((BLOCK2, block(told[0] + 1, False, told[2])))
            self._learns_echo(answer)
            if self.echo and not m.get(ECHO):
                m.options.append((ECHO, self.echo))
            answer = self.exchanges(m, within)
            assert answer.status == first.status, str(answer)
            body += answer.payload
        first.payload = body
        return first

    def creates(self, path, ty, body, **how):
        return self.sends(POST, path, body, ty=ty, **how)

    def retrieves(self, path, **how):
        return self.sends(GET, path, **how)

    def updates(self, path, body, **how):
        return self.sends(PUT, path, body, **how)

    def deletes(self, path, **how):
        return self.sends(DELETE, path, **how)


class Listener(Socket):
    """A point of access.  Answers 2.04 by itself unless told to wait."""

    def __init__(self, answers_by_itself=True, numbers=None, **how):
        super().__init__("the point of access", **how)
        self.answers_by_itself = answers_by_itself
        self.numbers = numbers or CURRENT
        self.url = f"coap://127.0.0.1:{self.port}"

    def hears(self, message):
        if self.answers_by_itself and 0 < message.code < 32:
            self.answers(message)
        super().hears(message)

    def takes_blocks(self):
        """From now on answer by itself also what comes in blocks; whole
        contents land in `whole`, once for each time that they came."""
        self.whole = Mailbox("contents at the point of access")
        self._bodies = {}
        self.hears = self._hears_blocks

    def _hears_blocks(self, message):
        if not 0 < message.code < 32:
            return
        number, more, size = split(message, BLOCK1) or (0, False, 6)
        body = self._bodies.setdefault(message.rqi, {})
        body[number] = message.payload
        told = [(BLOCK1, block(number, more, size))]
        if more:
            self.answers(message, "2.31", rsc=None, options=told)
            return
        self.whole.put(json.loads(b"".join(body[n] for n in sorted(body))))
        self.answers(message, options=told if number else ())

    def expect(self, within=DEADLINE, path=None, method=None):
        """Take the next request that came here."""
        return self.heard.take(
            lambda m: 0 < m.code < 32
            and path in (None, m.path)
            and method in (None, m.code),
            f"a request {path or ''}",
            within,
        )

    def answers(self, request, status="2.04", rsc=2000, payload=b"", **how):
        """Answer in the ACK, or in a message of its own."""
        options = list(how.get("options", ()))
        if rsc is not None:
            options.append((self.numbers["rsc"], uint(rsc)))
            options.append((self.numbers["rqi"], request.rqi.encode()))
        if payload:
            if not isinstance(payload, bytes):
                payload = json.dumps(payload).encode()
            options.append((CONTENT_FORMAT, uint(JSON)))
        type_ = how.get("type", ACK if request.type == CON else NON)
        mid = request.mid if type_ == ACK else self.mid()
        self.says(
            Message(type_, code(status), mid, request.token, options, payload),
            request.sender,
        )

    def acknowledges(self, request):
        self.says(Message(ACK, 0, request.mid), request.sender)

    def refuses(self, request):
        self.says(Message(RST, 0, request.mid), request.sender)
