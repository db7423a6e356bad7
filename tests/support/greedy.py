"""Greedy - peers that take what they can get, in a process of their own.

    with Greedy(ports, ["ws-holding", "http-cbor"], n=10) as greedy:
        ...

Each kind comes from n addresses, 127.0.2.1 and so on, over several connections
each, until it is told to end.  Who is closed comes again.  What is said was made
once and is said again and again, so that it costs them little.
"""

import contextlib
import json
import os
import pathlib
import random
import selectors
import signal
import socket
import struct
import subprocess
import sys
import time

from support import coap
from support.waiting import DEADLINE

TESTS = pathlib.Path(__file__).resolve().parents[1]

PIECE = 900_000
FAR = "86400000"
TICK = 0.02

# Content of a megabyte that is hard to read.
NUMBERS = b"\x9f" + b"\x19\x03\xe8\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a" * 75_000
CBOR = b"\xa1\x67m2m:cin\xa1\x63con" + NUMBERS + b"\xff"

# Requests that are said in one piece; no rqi comes twice while one waits.
N_AT_ONCE = 200


# --- What is said: bytes for each way in, and what is to be done with it.


class Plan:
    """What one connection does: say `once`, then each of `again` in turn, one
    in so many seconds or as fast as it goes."""

    def __init__(self, once=b"", again=(), reads=True, every=0.0, n=4):
        self.once, self.again = once, list(again)
        self.reads, self.every, self.n = reads, every, n


def http(method, path, fr, rqi, body=None, length=None, media=None):
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: h\r\nX-M2M-Origin: {fr}\r\n"
        f"X-M2M-RI: {rqi}\r\nX-M2M-RVI: 3\r\nX-M2M-RET: {FAR}\r\n"
    )
    if body is not None:
        head += (
            f"Content-Type: {media or 'application/json'};ty=4\r\n"
            f"Content-Length: {length or len(body)}\r\n"
        )
    return head.encode() + b"\r\n" + (body or b"")


def http_plans(fr):
    def many(path):
        rqis = (f"g{n}" for n in range(N_AT_ONCE))
        return b"".join(http("GET", path, fr, rqi) for rqi in rqis)

    whole = http("POST", "/cse-in/x", fr, "c", CBOR, media="application/cbor")
    begun = http("POST", "/cse-in/x", fr, "s", b" " * PIECE, 1_000_000)
    return {
        "pipelining": lambda: Plan(again=[many("/cse-in/x")]),
        "holding": lambda: Plan(once=http("GET", "/cse-in/hold", fr, "g"), n=40),
        "silent": lambda: Plan(once=begun, n=20),
        "deaf": lambda: Plan(again=[many("/cse-in/large")], reads=False),
        "cbor": lambda: Plan(again=[whole]),
    }


def frame(payload, kind, is_final=True):
    n = len(payload)
    size = (
        bytes([0x80 | n])
        if n < 126
        else b"\xfe" + struct.pack(">H", n)
        if n < 65536
        else b"\xff" + struct.pack(">Q", n)
    )
    return bytes([0x80 * is_final | kind]) + size + bytes(4) + payload


def primitive(to, fr, rqi, **members):
    message = {"op": 2, "to": to, "fr": fr, "rqi": rqi, "rvi": "3"}
    return json.dumps({**message, "rqet": FAR, **members}).encode()


def cbor_primitive(fr):
    def text(value):
        return bytes([0x60 + len(value)]) + value.encode()

    pairs = {"to": "cse-in/x", "fr": fr, "rqi": "c", "rvi": "3"}
    head = b"".join(text(k) + text(v) for k, v in pairs.items())
    return b"\xa7\x62op\x01\x62ty\x04" + head + b"\x62pc" + CBOR


def ws_door(fr, protocol):
    return (
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        f"Sec-WebSocket-Protocol: {protocol}\r\n\r\n"
    ).encode()


def ws_plans(fr):
    door = ws_door(fr, "oneM2M.json")
    again = range(20)

    def many(to, batch=0):
        rqis = (f"g{batch}.{n}" for n in range(N_AT_ONCE))
        return b"".join(frame(primitive(to, fr, r), 1) for r in rqis)

    large = json.dumps({"m2m:cin": {"con": "x" * PIECE}})
    unanswered = [
        frame(
            primitive("cse-in/hold", fr, f"u{n}", op=1, ty=4)[:-1]
            + b', "pc": '
            + large.encode()
            + b"}",
            1,
        )
        for n in range(4)
    ]
    gone = primitive("cse-in/hold", fr, "g", op=1, ty=4, rt={"rtv": 5})
    return {
        "pipelining": lambda: Plan(door, [many("cse-in/x", n) for n in again]),
        "holding": lambda: Plan(door, [many("cse-in/hold", n) for n in again]),
        "silent": lambda: Plan(door + frame(b" " * PIECE, 1, False), n=20),
        "deaf": lambda: Plan(door, [many("cse-in/large", n) for n in again], False),
        "cbor": lambda: Plan(
            ws_door(fr, "oneM2M.cbor"), [frame(cbor_primitive(fr), 2)]
        ),
        "unanswered": lambda: Plan(door, unanswered),
        "leaving": lambda: Plan(
            door, [frame(gone[:-1] + b', "pc": ' + large.encode() + b"}", 1)]
        ),
    }


def coap_request(path, fr, n, method=coap.GET, payload=b"", options=()):
    return coap.Message(
        coap.CON if payload else coap.NON,
        method,
        n & 0xFFFF,
        struct.pack(">I", n),
        [
            (coap.URI_PATH, b"cse-in"),
            (coap.URI_PATH, path.encode()),
            (coap.CURRENT["rqi"], f"g{n}".encode()),
            (coap.CURRENT["fr"], fr.encode()),
            (coap.CURRENT["rvi"], b"3"),
            *options,
        ],
        payload,
    ).encode()


def coap_plans(fr):
    def many(path):
        return [coap_request(path, fr, n) for n in range(20 * N_AT_ONCE)]

    def blocks(body, tag, n_all):
        said = []
        for n in range(n_all):
            piece = body[n * 1024 : n * 1024 + 1024]
            options = [
                (coap.CURRENT["ty"], b"\x04"),
                (coap.CONTENT_FORMAT, coap.uint(coap.CBOR)),
                (coap.BLOCK1, coap.block(n, n * 1024 + 1024 < len(body), 6)),
                (coap.REQUEST_TAG, tag),
            ]
            number = tag[0] * 1024 + n
            said.append(
                coap_request("x", fr, number, coap.POST, piece, options)
            )
        return said

    n_whole = len(CBOR) // 1024 + 1
    return {
        "pipelining": lambda: Plan(again=many("x")),
        "holding": lambda: Plan(again=many("hold")),
        "silent": lambda: Plan(
            again=[m for t in range(8) for m in blocks(CBOR, bytes([t]), 800)]
        ),
        "deaf": lambda: Plan(again=many("large"), reads=False),
        "cbor": lambda: Plan(again=blocks(CBOR, b"\x09", n_whole)),
    }


def publication(topic, payload):
    body = struct.pack(">H", len(topic)) + topic.encode() + payload
    n, size = len(body), bytearray()
    while True:
        size.append(n % 128 | 0x80 * (n > 127))
        n //= 128
        if not n:
            return b"\x30" + bytes(size) + body


def mqtt_plans(fr, form):
    """A broker keeps what the gateway does not take, which is not the fault of
    the gateway: these say no more than so much in a second."""
    client = f"{fr}-{random.randrange(1 << 40):x}".encode()
    hello = b"\0\4MQTT\4\2\2\x58" + struct.pack(">H", len(client)) + client
    hello = bytes([0x10, len(hello)]) + hello
    topic = f"/oneM2M/req/{form}/id-in"

    def many(to, batch):
        rqis = (f"g{batch}.{n}" for n in range(20))
        return b"".join(
            publication(f"{topic}/json", primitive(to, fr, r)) for r in rqis
        )

    def batches(to):
        return [many(to, n) for n in range(200)]

    return {
        "pipelining": lambda: Plan(hello, batches("cse-in/x"), every=0.05, n=1),
        "holding": lambda: Plan(hello, batches("cse-in/hold"), every=0.05, n=1),
        "cbor": lambda: Plan(
            hello,
            [publication(f"{topic}/cbor", cbor_primitive(fr))],
            every=1.0,
            n=1,
        ),
    }


def plans_of(binding, fr):
    if binding == "mqtt":
        return mqtt_plans(fr, f"id-in:{fr}")
    return {"http": http_plans, "ws": ws_plans, "coap": coap_plans}[binding](fr)


KINDS = [
    f"{binding}-{kind}"
    for binding in ("http", "ws", "coap", "mqtt")
    for kind in plans_of(binding, "C")
]


# --- Those who say it.


class Talker:
    """One connection, which is made anew when it ends."""

    def __init__(self, selector, binding, plan, address, port):
        self.selector, self.plan = selector, plan
        self.kind = socket.SOCK_DGRAM if binding == "coap" else socket.SOCK_STREAM
        self.address, self.port = address, port
        self.socket = None
        self.n_bytes = self.n_times = 0
        self.next_at = 0.0
        self.opens()

    def opens(self):
        self.n_times += 1
        self.at = 0
        self.left = memoryview(self.plan.once)
        self.socket = socket.socket(socket.AF_INET, self.kind)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if not self.plan.reads:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.is_watched = 0
        try:
            self.socket.bind((self.address, 0))
            with contextlib.suppress(BlockingIOError):
                self.socket.connect(("127.0.0.1", self.port))
        except OSError:
            self.ends()
            return
        self.watches()

    def watches(self):
        wanted = selectors.EVENT_READ if self.plan.reads else 0
        wanted |= selectors.EVENT_WRITE if self.has_more() else 0
        if wanted == self.is_watched:
            return
        if not self.is_watched:
            self.selector.register(self.socket, wanted, self)
        elif not wanted:
            self.selector.unregister(self.socket)
        else:
            self.selector.modify(self.socket, wanted, self)
        self.is_watched = wanted

    def has_more(self):
        return len(self.left) > 0 or (
            len(self.plan.again) > 0 and time.monotonic() >= self.next_at
        )

    def ends(self):
        if self.is_watched:
            self.selector.unregister(self.socket)
        self.socket.close()
        self.socket = None

    def reads(self):
        for _ in range(4):
            if not self.socket.recv(1 << 16) and self.kind != socket.SOCK_DGRAM:
                raise ConnectionResetError

    def writes(self):
        for _ in range(8):
            if not self.left and not self.has_more():
                return
            if not self.left:
                plan = self.plan
                self.left = memoryview(plan.again[self.at % len(plan.again)])
                self.at += 1
                self.next_at = time.monotonic() + plan.every
            n = self.socket.send(self.left)
            self.n_bytes += n
            self.left = self.left[n:]

    def turns(self, events):
        try:
            if events & selectors.EVENT_READ:
                with contextlib.suppress(BlockingIOError):
                    self.reads()
            if events & selectors.EVENT_WRITE:
                with contextlib.suppress(BlockingIOError):
                    self.writes()
        except ConnectionRefusedError:
            if self.kind != socket.SOCK_DGRAM:
                self.ends()
        except OSError:
            self.ends()

    def ticks(self):
        """Between events: come again, or go on."""
        if not self.socket:
            self.opens()
        elif self.plan.every:
            self.watches()


def crowd_of(selector, order):
    """Behind a broker a name stands for a peer, else its address does."""
    crowd = []
    for kind in order["kinds"]:
        binding, _, name = kind.partition("-")
        port = order["ports"][binding]
        plan = plans_of(binding, "Cgreedy")[name]()
        for k in range(order["n"]):
            if binding == "mqtt":
                plan = plans_of(binding, f"Cgreedy{k}")[name]()
            for _ in range(plan.n):
                address = f"127.0.2.{k + 1}"
                crowd.append(Talker(selector, binding, plan, address, port))
    return crowd


def main(order):
    is_ended = []
    signal.signal(signal.SIGTERM, lambda *_: is_ended.append(True))
    selector = selectors.DefaultSelector()
    crowd = crowd_of(selector, order)
    print("ready", flush=True)
    while not is_ended:
        until = time.monotonic() + TICK
        while (left := until - time.monotonic()) > 0 and not is_ended:
            for key, events in selector.select(left):
                if key.data.socket:
                    key.data.turns(events)
                    if key.data.socket:
                        key.data.watches()
        for one in crowd:
            one.ticks()
    said = {
        "connections": sum(one.n_times for one in crowd),
        "bytes": sum(one.n_bytes for one in crowd),
    }
    print(json.dumps(said), flush=True)


class Greedy:
    """The same, for a story: they are there, and when it ends they are gone."""

    def __init__(self, ports, kinds, n):
        order = {"ports": ports, "kinds": kinds, "n": n}
        self.said = None
        self.process = subprocess.Popen(
            [sys.executable, "-m", "support.greedy", json.dumps(order)],
            cwd=TESTS,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            preexec_fn=lambda: os.nice(5),
        )
        assert self.process.stdout.readline() == b"ready\n"

    def leave(self):
        """All connections end; what they have said is counted."""
        if self.process.poll() is None:
            self.process.terminate()
            out, _ = self.process.communicate(timeout=DEADLINE)
            self.said = json.loads(out)
        return self.said

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.leave()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
