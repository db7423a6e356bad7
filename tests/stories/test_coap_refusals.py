"""Each refusal of CoAP is counted with its reason, and SIGUSR1 tells how many
there were of each (README of bindings/coap)."""

import pytest
from support import coap
from support.settings import settings
from support.waiting import eventually
from support.wire import RETRIEVE, answer_to


@pytest.fixture
def gateway(registrar, start_gateway):
    registrar.plays(lambda r: answer_to(r, 2000, {}))
    limits = {"limits": {"content": "1KiB"}}
    keys = {"sessions": 8, "sessions-per-address": 2}
    return start_gateway(
        settings(registrar, coap=keys, timeouts={"drain": "5s"}, **limits)
    )


@pytest.fixture
def device(gateway, make_coap_device):
    return make_coap_device(gateway.coap_port)


def told(gateway):
    return {
        name: n for name, n in gateway.told("coap").items() if "refused" in name
    }


def test_where_nothing_was_refused_nothing_is_told(gateway, device):
    device.retrieves("cse-in").expect(2000)
    assert told(gateway) == {}


BLOCK = [(coap.BLOCK1, coap.block(1, True, 0))]
BAD = {
    "unreadable": ({"query": ["op=9"]}, "4.00"),
    "blocks": ({"options": [(coap.BLOCK2, b"\x07")]}, "4.00"),
    "proxy": ({"options": [(39, b"coap")]}, "5.05"),
    "too-large": ({"payload": b"x" * 1030}, "4.13"),
}


@pytest.mark.parametrize("reason", BAD)
def test_a_bad_request_is_counted_by_what_is_bad(gateway, device, reason):
    how, status = BAD[reason]
    for _ in range(2):
        answer = device.exchanges(device.request(coap.GET, "cse-in", **how))
        assert answer.status == status
    assert told(gateway) == {f"refused-{reason}": 2}


def test_a_block_that_is_missing_is_counted(gateway, device):
    sent = device.request(coap.POST, "c", b"x" * 16, ty=4, options=BLOCK)
    assert device.exchanges(sent).status == "4.08"
    assert told(gateway) == {"refused-blocks": 1}


def test_a_method_without_a_name_is_refused_as_others_are(gateway, device):
    for code in (6, 8, 31):
        device.sends(code, "cse-in").expect(4005, "4.05")
    assert told(gateway) == {"refused-unreadable": 3}


@pytest.mark.parametrize("kind", [coap.CON, coap.NON])
def test_what_is_no_message_is_reset_and_counted(gateway, device, kind):
    """A token that is longer than any."""
    raw = bytes([1 << 6 | kind << 4 | 9]) + b"\x01\x12\x34123456789"
    device.tells(raw)
    reset = device.heard.take(lambda m: m.type == coap.RST)
    assert (reset.code, reset.mid) == (0, 0x1234)
    assert told(gateway) == {"refused-reset": 1}
    device.retrieves("cse-in").expect(2000)


def test_an_answer_that_cannot_be_written_is_counted(
    gateway, device, registrar
):
    registrar.plays(lambda r: answer_to(r, 2000, vsi="a\nb"))
    device.exchanges(device.request(coap.GET, "cse-in")).expect(5000)
    assert told(gateway) == {"refused-unwritable": 1}


def test_places_are_counted_by_why_there_is_none(
    gateway, device, make_coap_device
):
    def make(**how):
        return make_coap_device(gateway.coap_port, **how)

    for other in (make(), make()):
        # A CSE proves its address, so none of them is put out.
        other.sends(coap.GET, "~/id-gw/gw", origin="/id-in").expect(2000)
    refused = told(gateway)["refused-unproven"]
    assert refused == 2
    third = make(knows_echo=False)
    sent = third.request(coap.GET, "cse-in")
    again = third.with_echo(sent)
    assert told(gateway) == {"refused-unproven": 3}
    assert third.exchanges(again).status == "5.03"
    assert told(gateway) == {"refused-unproven": 3, "refused-full": 1}
    gateway.wait_for("exchange/failed", "sessions-per-address")


def test_who_comes_when_it_goes_down_is_counted(
    gateway, registrar, make_coap_device
):
    registrar.plays(None)
    device = make_coap_device(gateway.coap_port)
    sent = device.request(coap.GET, "cse-in")
    device.tells(sent)
    request = registrar.expect_request(op=RETRIEVE)
    gateway.signal(15)
    gateway.wait_for("gateway/stopping")
    late = device.request(coap.GET, "cse-in")
    assert device.exchanges(late).status == "5.03"
    assert told(gateway) == {"refused-stopping": 1}
    registrar.answers(request, 2000)
    device.takes_answer(sent).expect(2000)
    assert gateway.wait_for_exit() == 0


def test_what_is_not_paid_for_is_counted(gateway, device):
    """Four bytes earn twelve, which is too little even for an Echo."""
    device.tells(coap.Message(coap.NON, coap.GET, 1))
    eventually(lambda: told(gateway).get("refused-unreadable"), "a refusal")
    kinds = ["refused-unreadable", "refused-unproven", "refused-unpaid"]
    assert told(gateway) == {kind: 1 for kind in kinds}
    assert device.n_bytes_heard == 0
