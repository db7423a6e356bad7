"""The CSE sends nonsense: the gateway stays up, answers only requests, counts
the rest (story 5)."""

import json
import random

import pytest
from support.linkstory import *  # noqa: F403 - fixtures
from support.linkstory import comes_back, is_alive
from support.wire import RETRIEVE

# What nobody may ever be answered for.
UNANSWERABLE = {
    "no JSON": "not json at all",
    "nothing": "",
    "half an object": '{"op":2,"to":"cse-in","rqi":"h"',
    "an array": '[{"op":2,"to":"cse-in","rqi":"x"}]',
    "a string": '"WebSocket server is not running"',
    "a number": "1e999",
    "no op and no rsc": '{"to":"cse-in","rqi":"x","rvi":"3"}',
    "an unknown answer": '{"rsc":2000,"rqi":"nobody-asked","rvi":"3"}',
    "an error about an answer": '{"rsc":4000,"rqi":"n1","pc":{"m2m:dbg":"?"}}',
    "an answer without rqi": '{"rsc":4000,"pc":{"m2m:dbg":"bad JSON"}}',
    "an answer with a number as rqi": '{"rsc":2000,"rqi":4711}',
    "an answer with an object as rqi": '{"rsc":2000,"rqi":{"a":1}}',
    "an answer with null as rqi": '{"rsc":2000,"rqi":null}',
    "op and rsc": '{"op":2,"rsc":2000,"to":"/id-gw/gw","fr":"/id-in","rqi":"b"}',
    "a wrapped answer": '{"m2m:rsp":{"rsc":2000,"rqi":"nobody"}}',
    "a doubled member": '{"rsc":2000,"rqi":"a","rqi":"b"}',
    "a hidden double": '{"rsc":2000,"rqi":"a","rq\\u0069":"b"}',
    "a NUL": '{"rsc":2000,"rqi":"a\\u0000b"}',
    "a lone surrogate": '{"rsc":2000,"rqi":"\\ud800"}',
    "a leading zero": '{"rsc":02000,"rqi":"a"}',
    "bytes behind": '{"rsc":2000,"rqi":"a"} {"rsc":2000,"rqi":"b"}',
    "a byte order mark": '\ufeff{"rsc":2000,"rqi":"a"}',
    "a negative status": '{"rsc":-1,"rqi":"a"}',
    "a huge status": '{"rsc":99999999999999999999,"rqi":"a"}',
    "a broken status": '{"rsc":2000.5,"rqi":"a"}',
    "deep nesting": '{"rsc":2000,"rqi":"a","pc":' + "[" * 100000 + "]" * 100000
    + "}",
    "many members": "{"
    + ",".join(f'"m{n}":{n}' for n in range(30000))
    + ',"rsc":2000,"rqi":"a"}',
    "a long name": '{"' + "x" * 200000 + '":1,"rsc":2000,"rqi":"a"}',
    "a long rqi": '{"rsc":2000,"rqi":"' + "x" * 200000 + '"}',
    "a format string": '{"rsc":2000,"rqi":"%s%n%s%n%1000000d"}',
}


@pytest.mark.parametrize("name", UNANSWERABLE)
def test_what_is_no_request_is_never_answered(linked, device, name):
    linked.says(UNANSWERABLE[name])
    linked.fence()
    is_alive(device)
    linked.expect_silence()


def test_all_of_it_is_counted(linked, gateway, device):
    before = gateway.counts()
    for text in UNANSWERABLE.values():
        linked.says(text)
    linked.fence()
    is_alive(device)
    after = gateway.counts()
    n_counted = sum(
        after[name] - before[name] for name in ("unmatched", "unreadable")
    )
    assert n_counted == len(UNANSWERABLE)


WRONG_REQUESTS = {
    "no to": '{"op":2,"fr":"/id-in","rqi":"w","rvi":"3"}',
    "an unknown op": '{"op":77,"to":"Cdev","fr":"/id-in","rqi":"w","rvi":"3"}',
    "op as text": '{"op":"x","to":"Cdev","fr":"/id-in","rqi":"w","rvi":"3"}',
    "to as a number": '{"op":2,"to":5,"fr":"/id-in","rqi":"w","rvi":"3"}',
    "to with a line end": '{"op":5,"to":"Cdev\\r\\nX: 1","fr":"/id-in",'
    '"rqi":"w","rvi":"3","pc":{"a":1}}',
    "fr with a line end": '{"op":5,"to":"Cdev","fr":"/id-in\\r\\nX: 1",'
    '"rqi":"w","rvi":"3","pc":{"a":1}}',
    "an empty to": '{"op":2,"to":"","fr":"/id-in","rqi":"w","rvi":"3"}',
    "a to beyond ASCII": '{"op":2,"to":"\u00e4","fr":"/id-in","rqi":"w"}',
}


@pytest.mark.parametrize("name", WRONG_REQUESTS)
def test_a_wrong_request_is_refused_with_its_rqi(linked, device, name):
    linked.says(WRONG_REQUESTS[name])
    assert 4000 <= linked.expect_answer("w")["rsc"] < 6000
    is_alive(device)


@pytest.mark.parametrize(
    "rqi", ["null", "true", "{}", "[]", '["w"]', '{"w":1}', "1e5"]
)
def test_a_request_with_a_wrong_rqi_harms_nobody(linked, device, rqi):
    linked.says(f'{{"op":2,"to":"/id-gw/gw","fr":"/id-in","rqi":{rqi}}}')
    is_alive(device)
    linked.fence()
    for message in linked.untaken():
        assert message["rsc"] >= 4000


def test_an_answer_counts_once(linked, gateway, device):
    pending = device.asks("GET", "/cse-in/doubled")
    heard = linked.expect_request(to="cse-in/doubled")
    for n in range(5):
        linked.answers(heard, 2000, {"n": n})
    assert pending.answer().expect(2000).pc == {"n": 0}
    linked.fence()
    assert gateway.counts()["unmatched"] == 4
    is_alive(device)


def test_an_answer_to_an_answer_stays_unanswered(linked, device):
    rqi = linked.asks(RETRIEVE, "/id-gw/gw", fr="/id-in")
    linked.expect_answer(rqi)
    for _ in range(3):
        linked.says({"rsc": 4000, "rqi": rqi, "pc": {"m2m:dbg": "what?"}})
    is_alive(device)
    linked.fence()
    linked.expect_silence()


def test_a_message_may_come_one_byte_a_frame(linked, device):
    pending = device.asks("GET", "/cse-in/slow")
    heard = linked.expect_request(to="cse-in/slow")
    answer = {"rsc": 2000, "rqi": heard["rqi"], "pc": {"text": "x" * 2000}}
    linked.says(list(json.dumps(answer)))
    assert pending.answer().expect(2000).pc == {"text": "x" * 2000}


def test_empty_frames_add_nothing(linked, device):
    pending = device.asks("GET", "/cse-in/empty")
    heard = linked.expect_request(to="cse-in/empty")
    text = f'{{"rsc":2000,"rqi":"{heard["rqi"]}","pc":{{"a":1}}}}'
    linked.says(["", text[:9], *[""] * 1000, text[9:], ""])
    assert pending.answer().expect(2000).pc == {"a": 1}


def test_json_in_a_binary_frame_is_understood(linked, device):
    pending = device.asks("GET", "/cse-in/binary")
    heard = linked.expect_request(to="cse-in/binary")
    linked.says(json.dumps({"rsc": 2000, "rqi": heard["rqi"]}).encode())
    pending.answer().expect(2000)


def test_ill_formed_utf8_ends_at_most_the_link(linked, device):
    linked.says(b'{"rsc":2000,"rqi":"\xff\xfe"}', text=True)
    comes_back(device)


# What must not be said, and how the link ends then (RFC 6455 7.4.1).
BROKEN_FRAMES = {
    "a reserved opcode": (b"\x83\x02{}", 1002),
    "reserved bits": (b"\xf1\x02{}", 1002),
    "a masked frame of a server": (b"\x81\x82\x01\x02\x03\x04zz", 1002),
    "a long ping": (b"\x89\x7e\x01\x00" + b"p" * 256, 1002),
    "a fragmented ping": (b"\x09\x01p", 1002),
    "a continuation of nothing": (b"\x80\x02{}", 1002),
    "a close of one byte": (b"\x88\x01x", 1002),
    "a close with a wrong code": (b"\x88\x02\x00\x01", 1002),
    "a length of 2^63": (b"\x81\x7f\x80" + bytes(7), 1002),
    "a length of 2^62": (b"\x81\x7f\x40" + bytes(7) + b"abc", 1009),
    "noise": (random.Random(7).randbytes(4096), 1002),
}


@pytest.mark.parametrize("name", BROKEN_FRAMES)
def test_a_broken_frame_ends_the_link_and_nothing_else(linked, device, name):
    said, code = BROKEN_FRAMES[name]
    wire = linked.wire
    wire.says_bytes(said)
    assert wire.expect_closed() == code
    comes_back(device)


def test_half_a_frame_and_the_end_do_no_harm(linked, device):
    wire = linked.wire
    wire.says_bytes(b"\x81\x7e\x10\x00abc")
    wire.drops()
    comes_back(device)


def test_random_messages_do_no_harm(linked, gateway, device):
    rng = random.Random(11)
    whole = b'{"rsc":2000,"rqi":"x1","rvi":"3","pc":{"m2m:cb":{"a":[1,2]}}}'
    for n in range(500):
        if n % 2:
            raw = rng.randbytes(rng.randrange(200))
        else:
            raw = bytearray(whole)
            for _ in range(rng.randrange(1, 6)):
                raw[rng.randrange(len(raw))] = rng.randrange(256)
            raw = bytes(raw)
        linked.says(raw)
    comes_back(device)
    linked.fence()
    assert not [m for m in linked.untaken() if m.is_request]
