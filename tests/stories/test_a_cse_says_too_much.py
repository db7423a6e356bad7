"""The CSE says too much, or does not listen: the link may end, what is kept
stays bounded, and devices are served (story 5)."""

import pytest
from support.linkstory import *  # noqa: F403 - fixtures
from support.linkstory import comes_back, is_alive
from support.process import LEAN
from support.settings import settings
from support.waiting import eventually
from support.wire import RETRIEVE, TOO_LARGE, answer_to

MIB = 1 << 20


@pytest.fixture
def gateway(registrar, start_gateway):
    return start_gateway(settings(registrar), env=LEAN)


def frame(text):
    """A whole text frame of a server, for texts of 126 to 65535 bytes."""
    return b"\x81\x7e" + len(text).to_bytes(2, "big") + text.encode()


def test_ten_mebibytes_end_the_link_and_nothing_else(linked, gateway, device):
    comes_back(device)
    with gateway.grows_less_than(7 * MIB):
        for _ in range(3):
            wire = linked.wire
            size = (10 * MIB).to_bytes(8, "big")
            wire.says_bytes(b"\x81\x7f" + size + b"x" * 10 * MIB)
            assert wire.expect_closed() in TOO_LARGE
            comes_back(device)


def test_a_big_message_in_small_frames_is_bounded_too(linked, gateway, device):
    wire = linked.wire
    with gateway.grows_less_than(7 * MIB):
        begun, more = b"\x01\x7e\xff\xff", b"\x00\x7e\xff\xff"
        body = b"x" * 65535
        wire.says_bytes(begun + body + (more + body) * 160)
        assert wire.expect_closed() in TOO_LARGE
        comes_back(device)


def test_a_message_of_allowed_size_crosses(linked, device):
    content = {"text": "y" * (MIB - 1000)}
    pending = device.asks("GET", "/cse-in/big")
    linked.answers(linked.expect_request(to="cse-in/big"), 2000, content)
    assert pending.answer().expect(2000).pc == content


def test_a_flood_of_strays_keeps_memory_bounded(linked, gateway, device):
    is_alive(device)
    with gateway.grows_less_than(4 * MIB):
        for n in range(5):
            frames = b"".join(
                frame(f'{{"rsc":2000,"rqi":"{n}-{i}-{"x" * 1000}"}}')
                for i in range(2000)
            )
            linked.wire.says_bytes(frames)
            is_alive(device)


def test_a_flood_of_pings_is_survived(linked, gateway, device):
    with gateway.grows_less_than(4 * MIB):
        for _ in range(10):
            linked.wire.says_bytes(b"\x89\x04ping" * 20000)
            is_alive(device)


def test_a_cse_that_stops_reading_fills_a_bounded_queue(
    registrar, start_gateway, make_device
):
    """What does not fit any more is refused at once; what does is sent when
    the CSE reads again."""
    config = settings(
        registrar, limits={"queue": "1MiB"}, timeouts={"request": "10m"}
    )
    gateway = start_gateway(config, env=LEAN)
    device = make_device(gateway, n_at_once=160)
    registrar.plays(lambda m: answer_to(m, {RETRIEVE: 2000}.get(m["op"], 2001)))
    device.retrieves("/cse-in").expect(2000)
    registrar.wire.stops_reading()
    body = {"m2m:cin": {"con": "z" * 400000}}
    waiting = []
    with gateway.grows_less_than(32 * MIB):
        for _ in range(160):
            waiting.append(device.asks("POST", "/cse-in", body, ty=4))
            device.creates("/cse-in", 3, "no JSON").expect(4000)
        eventually(
            lambda: sum(one.is_answered for one in waiting) >= 100,
            "the refusal of most",
        )
    refused = [one for one in waiting if one.is_answered]
    for one in refused:
        one.answer().expect(5103)
    registrar.wire.reads_again()
    rscs = [one.answer().rsc for one in waiting]
    assert rscs.count(5103) + rscs.count(2001) == 160
    assert rscs.count(2001) >= 1
