"""Whatever a client says to the whole gateway, good ones are served beside it,
and it ends without a report of a sanitizer.

A client changes good messages and says them, FUZZ_SECONDS over each binding;
FUZZ_SEED has the same ones made again.  What was said last before something
went wrong is left in build/fuzz/found.
"""

import contextlib
import itertools
import json
import os
import pathlib
import re
import socket
import struct
import time

import cbor2
import pytest
from fuzz.sockets.mutate import Mutator, reshaped
from support import coap
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import mqtt_settings
from support.raw import Raw, request
from support.settings import settings
from support.wire import CREATE, DELETE, NOTIFY, RETRIEVE, UPDATE

ROOT = pathlib.Path(__file__).resolve().parents[3]
FOUND = ROOT / "build" / "fuzz" / "found"
SECONDS = float(os.environ.get("FUZZ_SECONDS", 30))
SEED = int(os.environ.get("FUZZ_SEED") or time.time_ns() % 2**32)

# After so many the good client asks; so many are left when something is wrong.
ROUND = 50
LAST = 3 * ROUND
QUIET_SECONDS = 0.002

pytestmark = pytest.mark.timeout(SECONDS + 300)


def fuzz(name, mutator, tells, is_well):
    """Say a few at a time.  tells(some) returns, for each, what tells its
    answers apart; is_well() asks as a good client does."""
    print(f"FUZZ_SEED={SEED}")
    last, n_said = [], 0
    until = time.monotonic() + SECONDS
    try:
        is_well()
        while time.monotonic() < until:
            some = [mutator.next() for _ in range(ROUND)]
            last = [*last, *some][-LAST:]
            for data, signs in zip(some, tells(some), strict=True):
                mutator.keeps(data, signs)
            is_well()
            n_said += ROUND
    except BaseException:
        leaves(name, last)
        raise
    n_kept = len(mutator.kept) - mutator.n_begun
    print(f"{name}: {n_said} said, {n_kept} kept, {len(mutator.seen)} signs")
    assert n_kept > 0, "no change made a difference"


def leaves(name, last):
    folder = FOUND / f"sockets-{name}-{SEED}"
    folder.mkdir(parents=True, exist_ok=True)
    for n, data in enumerate(last):
        (folder / f"{n:03}").write_bytes(data)


def heard_by(said):
    """What has come by now.  Nobody has to answer, so nobody is waited for."""
    said.settimeout(QUIET_SECONDS)
    heard = b""
    try:
        while data := said.recv(65536):
            heard += data
    except OSError:
        pass
    return heard


def reasons(heard):
    """Status and reason of each answer, without what is the asker's own."""
    return re.findall(
        rb'(HTTP/1\.1 \d+|X-M2M-RSC: \d+|"rsc":\d+|dbg"?:"?[a-z ]{1,24})', heard
    )


@pytest.fixture
def config(start_sandbox):
    """What leads to a sandbox, and does not wait long."""

    def make(**sections):
        given = settings(start_sandbox(), **sections)
        given["timeouts"] = {
            "request": "2s",
            "poll": "1s",
            "drain": "500ms",
            **sections.get("timeouts", {}),
        }
        return given

    return make


PRIMITIVES = [
    {"op": RETRIEVE, "to": "sandbox", "fr": "CAdmin", "rqi": "1", "rvi": "3"},
    {
        "op": CREATE,
        "to": "sandbox",
        "fr": "C",
        "rqi": "2",
        "rvi": "3",
        "ty": 2,
        "rcn": 1,
        "ot": "20260101T000000,000000",
        "pc": {
            "m2m:ae": {
                "api": "N.a",
                "rr": True,
                "srv": ["3"],
                "poa": ["http://127.0.0.1:9/p?a=b"],
            }
        },
    },
    {
        "op": CREATE,
        "to": "/id-sandbox/sandbox",
        "fr": "CAdmin",
        "rqi": "3",
        "rvi": "3",
        "ty": 3,
        "rqet": 2000,
        "pc": {"m2m:cnt": {"rn": "c", "lbl": ["\u00e9\U0001f600"], "mbs": 1e3}},
    },
    {
        "op": CREATE,
        "to": "sandbox/c",
        "fr": "CAdmin",
        "rqi": "4",
        "rvi": "3",
        "ty": 23,
        "pc": {"m2m:sub": {"nu": ["CAdmin"], "enc": {"net": [3]}, "nct": 1}},
    },
    {
        "op": UPDATE,
        "to": "sandbox/c",
        "fr": "CAdmin",
        "rqi": "5",
        "rvi": "3",
        "pc": {"m2m:cnt": {"mni": 5, "lbl": None}},
    },
    {
        "op": RETRIEVE,
        "to": "sandbox",
        "fr": "CAdmin",
        "rqi": "6",
        "rvi": "3",
        "drt": 2,
        "fc": {"fu": 1, "ty": [3, 4], "lbl": ["a b"], "lim": 5, "lvl": 2},
        "rt": {"rtv": 3},
    },
    {"op": DELETE, "to": "sandbox/c", "fr": "CAdmin", "rqi": 7, "rvi": "3"},
    {
        "op": NOTIFY,
        "to": "//sp/id-x/C1",
        "fr": "/id-sandbox",
        "rqi": "8",
        "rvi": "3",
        "pc": {"m2m:sgn": {"vrq": True, "sur": "c/s", "cr": "CAdmin"}},
    },
    {"rsc": 2000, "rqi": "9", "rvi": "3", "pc": {"m2m:cb": {"csi": "/x"}}},
    {"m2m:rqp": {"op": 2, "to": "x", "fr": "CA", "rqi": "10", "rvi": "4"}},
]
WORDS = [
    *(f'"{name}":'.encode() for name in "op to fr rqi rsc pc rt fc poa".split()),
    *(b"null", b"[]", b"{}", b"-1", b"1e9", b"1e-400", b"\\ud800", b"\\u0000"),
    *(b"99999999999999999999", b'"' + b"x" * 300 + b'"', b"[" * 200, b"\xc3\x28"),
    *(b"/~/id-x/", b"/_/sp/", b"//sp.x/", b"sandbox", b"CAdmin", b"http://[::1]:1"),
]


def in_json():
    return [json.dumps(p, ensure_ascii=False).encode() for p in PRIMITIVES]


def in_cbor():
    return [cbor2.dumps(p) for p in PRIMITIVES]


def primitive(dice):
    made = dice.choice(PRIMITIVES)
    for _ in range(dice.choice((1, 1, 2, 4))):
        made = reshaped(dice, made)
    return cbor2.dumps(made) if dice.random() < 0.5 else json.dumps(made).encode()


def primitives():
    return Mutator(SEED, [*in_json(), *in_cbor()], WORDS, primitive)


# --- HTTP

HEADERS = [
    "X-M2M-RTU: http://127.0.0.1:9/a&http://[::1]/b",
    "X-M2M-OT: 20260101T000000",
    "X-M2M-RET: +2000",
    "X-M2M-RVI: 2a",
    "X-M2M-VSI: x",
    "Accept: application/cbor;q=0.5, application/json",
    "Origin: http://127.0.0.1",
    "Expect: 100-continue",
    "Transfer-Encoding: chunked",
    "Content-Length: 5",
    "Host: a",
    "Connection: close",
    " folded",
]


def http_requests():
    made = [
        request(path="/sandbox?fu=1&ty=3&lbl=a+b%20c&drt=2"),
        request("POST", "/sandbox", b'{"m2m:cnt":{"rn":"h"}}', ty=3),
        request("POST", "/~/id-sandbox/sandbox/h", b'{"m2m:cin":{"con":"x"}}', ty=4),
        request("POST", "/CAdmin", b'{"m2m:sgn":{"vrq":true}}'),
        request("PUT", "/sandbox/h?rcn=9", b'{"m2m:cnt":{"lbl":[]}}'),
        request("DELETE", "/sandbox/h", headers=HEADERS[:6]),
        request("GET", "http://127.0.0.1/sandbox?atrl=rn+ty", headers=HEADERS[6:7]),
        request("OPTIONS", "*"),
    ]
    chunked = request("POST", "/sandbox", headers=[HEADERS[8]])
    made.append(chunked + b"8;x=y\r\n" + b'{"m2m:ae' + b"\r\n2\r\n" + b'":' + b"\r\n0\r\n\r\n")
    made.append(made[0] + made[1] + made[2])
    return made


def test_over_http_nothing_that_a_client_says_does_harm(config, start_gateway):
    gateway = start_gateway(config())

    def tells(some):
        with contextlib.ExitStack() as stack:
            raws = [stack.enter_context(Raw(gateway.http_port)) for _ in some]
            for raw, data in zip(raws, some, strict=True):
                raw.sends(data)
            return [reasons(heard_by(raw.socket)) for raw in raws]

    def is_well():
        with Raw(gateway.http_port) as raw:
            raw.sends(request(path="/sandbox"))
            assert raw.answer().status == 200

    words = [*WORDS, *(h.encode() + b"\r\n" for h in HEADERS)]
    fuzz("http", Mutator(SEED, http_requests(), words), tells, is_well)


# --- WebSocket

MASK = b"\x11\x22\x33\x44"
PER_CONNECTION = 10


def handshake(port, more=""):
    return (
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: oneM2M.json\r\n{more}\r\n"
    ).encode()


def frame(payload, first=0x81):
    n = len(payload)
    length = (
        bytes([0x80 | n]) if n < 126 else b"\xfe" + struct.pack("!H", n)
    )
    masked = bytes(c ^ MASK[i % 4] for i, c in enumerate(payload))
    return bytes([first]) + length + MASK + masked


def dealt(dice, data):
    """How a changed text becomes bytes: mostly as a proper frame."""
    kind = dice.random()
    if kind < 0.95:
        return frame(data, 0x81 if data[:1] == b"{" else 0x82)
    return frame(data, dice.randrange(256)) if kind < 0.98 else data


def test_over_websocket_nothing_that_a_client_says_does_harm(
    config, start_gateway, make_registree
):
    gateway = start_gateway(config())
    good = make_registree(gateway)
    begin = handshake(gateway.ws_port)
    opens = Mutator(SEED, [begin, handshake(gateway.ws_port, "X-M2M-Origin: C1\r\n")])
    mutator = primitives()
    dice = mutator.dice

    def talks(some):
        with Raw(gateway.ws_port) as raw:
            raw.sends(opens.next() if dice.random() < 0.2 else begin)
            for data in some:
                raw.sends(dealt(dice, data))
                yield reasons(heard_by(raw.socket))

    def tells(some):
        for at in range(0, ROUND, PER_CONNECTION):
            yield from talks(some[at : at + PER_CONNECTION])

    def is_well():
        rqi = good.asks(RETRIEVE, "sandbox", fr="CAdmin")
        good.expect_answer(rqi, rsc=2000)

    fuzz("ws", mutator, tells, is_well)


# --- CoAP


def coap_requests():
    device = coap.Device(9)
    made = []
    for numbers in (coap.CURRENT, coap.LEGACY):
        device.numbers = numbers
        made += [
            device.request(coap.GET, "sandbox", query=["fu=1", "ty=3"]),
            device.request(coap.POST, "sandbox", {"m2m:cnt": {"rn": "k"}}, ty=3),
            device.request(coap.PUT, "sandbox/k", {"m2m:cnt": {"lbl": []}}),
            device.request(coap.DELETE, "~/id-sandbox/sandbox/k", accept=coap.CBOR),
            device.request(coap.POST, "CAdmin", {"m2m:sgn": {"vrq": True}}),
        ]
    large = device.request(coap.POST, "sandbox", {"m2m:cnt": {"rn": "l" * 900}}, ty=3)
    made += list(device.blocks(large, 3))
    made.append(
        device.request(coap.GET, "sandbox", options=[(n, b"x") for n in range(255, 340, 4)])
    )
    device.close()
    return [m.encode() for m in made]


def coap_request(dice):
    """A message whose options are well formed, and wrong."""
    message = coap.Message.decode(dice.choice(coap_request.all))
    options = message.options
    at = dice.randrange(len(options))
    number, value = options[at]
    other = dice.choice(options)
    changed = [
        [],
        [(number, value), (number, value)],
        [(number, other[1])],
        [(other[0], value)],
        [(number, value[: dice.randint(0, len(value))])],
        [(number, bytes(dice.randrange(256) for _ in range(dice.randint(0, 9))))],
        [(number ^ 1 << dice.randrange(10), value)],
    ]
    options[at : at + 1] = dice.choice(changed)
    return message.encode()


coap_request.all = coap_requests()


def test_over_coap_nothing_that_a_client_says_does_harm(
    config, start_gateway, ends
):
    gateway = start_gateway(config(coap={"trust": ["127.0.0.0/8"]}))
    good = coap.Device(gateway.coap_port)
    ends.add(good.close)
    said = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    said.connect(("127.0.0.1", gateway.coap_port))
    mids = itertools.count(1)  # the same once more would be a repetition

    def tells(some):
        for data in some:
            fresh = struct.pack("!H", next(mids) & 0xFFFF)
            with contextlib.suppress(ConnectionRefusedError):
                said.send(data[:2] + fresh + data[4:])
            heard = heard_by(said)
            yield [heard[1:2], *reasons(heard)]

    def is_well():
        good.retrieves("sandbox").expect(2000, "2.05")

    with said:
        fuzz(
            "coap",
            Mutator(SEED, coap_request.all, WORDS, coap_request),
            tells,
            is_well,
        )


# --- MQTT

TOPICS = [
    b"/oneM2M/req/CAdmin/id-sandbox/",
    b"/oneM2M/req/CAdmin/id-sandbox/",
    b"/oneM2M/req/:sp:id-x:CAdmin/id-sandbox/",
    b"/oneM2M/reg_req/33-cred/id-sandbox/",
    b"/oneM2M/resp/id-gw/CAdmin/",
    b"/oneM2M/req/id-sandbox/id-gw/",
]
HEARD = ["/oneM2M/resp/CAdmin/+/#", "/oneM2M/reg_resp/#"]


def topic_of(mutator):
    """A topic that the broker lets pass."""
    text = mutator.next().decode(errors="replace")
    return re.sub("[^ -~\u00a0-\ud7ff]|[#+]", "x", text)[:200] or "x"


def test_over_mqtt_nothing_that_a_client_says_does_harm(
    config, broker, start_at_broker, make_mqtt_client, make_mqtt_device
):
    given = config()
    given["brokers"] = mqtt_settings(broker)["brokers"]
    start_at_broker(given)
    client = make_mqtt_client(broker, "A::CAdmin", subscribe=HEARD)
    good = make_mqtt_device(broker, "Cgood", cse="/id-sandbox")
    mutator = primitives()
    topics = Mutator(SEED, TOPICS, [b"/", b":", b"json", b"id-sandbox", b"C"])
    dice = mutator.dice

    def tells(some):
        for data in some:
            topic = dice.choice(TOPICS).decode()
            topic += "json" if data[:1] == b"{" else "cbor"
            if dice.random() < 0.1:
                topic = topic_of(topics)
            client.publishes(topic, data, qos=dice.choice((0, 1)))
            heard = b"".join(m.payload for m in client.messages.drain())
            yield reasons(heard)

    def is_well():
        good.expect_answer(good.asks(RETRIEVE, "sandbox"), rsc=2000)
        client.published.drain()

    fuzz("mqtt", mutator, tells, is_well)
