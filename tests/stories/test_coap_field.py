"""What CoAP devices in the field send although it is not quite right, and the
answers that they get (README of bindings/coap)."""

import pathlib
import re

import pytest
from support import coap
from support.coap_registering import register
from support.settings import settings
from support.wire import CREATE, DELETE, RETRIEVE, answer_to


@pytest.fixture
def device(make_coap_device):
    return make_coap_device()


URI_HOST = 3

# Numbers of options with lengths that they cannot have (RFC 7252, 5.10).
CRITICAL = [(URI_HOST, b""), (7, b"xyz"), (17, b"xyz"), (39, b""), (1, b"x" * 9)]
ELECTIVE = [(4, b""), (12, b"xyz"), (14, b"x" * 5), (60, b"x" * 5), (292, b"x" * 9)]


def answers_all(registrar, rsc=2000):
    registrar.plays(lambda r: answer_to(r, rsc))


def test_an_empty_query_is_passed_over(registrar, device):
    """ACME writes one into each request."""
    for method, op in ((coap.GET, RETRIEVE), (coap.DELETE, DELETE)):
        options = [(coap.URI_QUERY, b"")]
        sent = device.request(method, "cse-in", options=options)
        device.tells(sent)
        request = registrar.expect_request(op=op)
        assert "fc" not in request
        registrar.answers(request, 2000)
        device.takes_answer(sent).expect(2000)


@pytest.mark.parametrize("option", CRITICAL, ids=str)
@pytest.mark.parametrize("kind", [coap.CON, coap.NON])
def test_a_bad_option_is_told(registrar, device, option, kind):
    """And not answered with a reset, which says nothing."""
    answer = device.sends(
        coap.GET, "cse-in", options=[option], type=kind, rqi="r7"
    ).expect(4000, "4.02")
    assert answer.rqi == "r7"
    assert "length" in answer.pc["m2m:dbg"]
    assert not registrar.heard_all


@pytest.mark.parametrize("option", ELECTIVE, ids=str)
def test_an_option_that_need_not_be_known_is_passed_over(
    registrar, device, option
):
    answers_all(registrar)
    device.sends(coap.GET, "cse-in", options=[option]).expect(2000, "2.05")


def test_an_option_that_is_empty_is_absent(registrar, device):
    texts = [259, 291, 295, 299, 311, 331, 335, 339, 343, 347, 351]
    options = [(number, b"") for number in texts]
    sent = device.request(coap.GET, "cse-in", options=options, rvi="")
    device.tells(sent)
    request = registrar.expect_request(op=RETRIEVE)
    assert set(request.json) == {"op", "to", "fr", "rqi"}
    registrar.answers(request, 2000, rvi=None)
    device.takes_answer(sent).expect(2000)


def test_a_listener_may_leave_its_options_empty(
    registrar, device, make_coap_listener
):
    listener = make_coap_listener(answers_by_itself=False)
    register(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    heard = listener.expect()
    empty = [(283, b""), (271, b""), (259, b""), (4, b""), (14, b"x" * 5)]
    listener.answers(heard, rsc=None, options=empty)
    answer = registrar.expect_answer(rqi, rsc=2000)
    assert answer.get("ot") is None


@pytest.mark.parametrize("number", [coap.JSON, coap.CBOR, 0, 10007])
def test_a_payload_that_nobody_asked_for_is_passed_over(
    registrar, device, number
):
    for method, op in ((coap.GET, RETRIEVE), (coap.DELETE, DELETE)):
        sent = device.request(method, "cse-in", b"{}", format=number)
        device.tells(sent)
        request = registrar.expect_request(op=op)
        assert "pc" not in request
        registrar.answers(request, 2000)
        device.takes_answer(sent).expect(2000)


@pytest.mark.parametrize("root, ty", [("m2m:cnt", 3), ("m2m:trac", 51)])
def test_a_type_in_digits_is_what_the_content_is(registrar, device, root, ty):
    """As a user writes it: coap-client -O 267,3"""
    options = [(coap.CURRENT["ty"], b"3")]
    sent = device.request(coap.POST, "cse-in", {root: {}}, options=options)
    device.tells(sent)
    request = registrar.expect_request(op=CREATE)
    assert request["ty"] == ty
    registrar.answers(request, 2001)
    device.takes_answer(sent).expect(2001, "2.01")


def test_a_type_that_the_content_is_not_is_told(registrar, device):
    options = [(coap.CURRENT["ty"], b"3")]
    content = {"m2m:grp": {}}
    answer = device.sends(coap.POST, "cse-in", content, options=options)
    reason = answer.expect(4000, "4.00").pc["m2m:dbg"]
    assert "51" in reason and "3" in reason
    assert not registrar.heard_all


def test_what_has_no_number_is_refused_at_the_first_block(
    registrar, start_gateway, make_coap_device
):
    """Blocks of 16 bytes have numbers for 16 MiB."""
    limits = {"content": "32MiB", "queue": "64MiB"}
    gateway = start_gateway(settings(registrar, coap=True, limits=limits))
    device = make_coap_device(port=gateway.coap_port)
    for size, n_bytes in ((0, 16 << 20), (6, 32 << 20)):
        options = [
            (coap.BLOCK1, coap.block(0, True, size)),
            (coap.SIZE1, coap.uint(n_bytes + 1)),
        ]
        payload = b"x" * (16 << size)
        answer = device.exchanges(
            device.request(coap.POST, "c", payload, ty=4, options=options)
        )
        assert answer.status == "4.13"
        assert answer.number(coap.SIZE1) == n_bytes


ROOM = pathlib.Path(__file__).parents[2] / "bindings" / "coap"


def test_the_table_of_options_is_that_of_the_program():
    """README says the numbers that coap_map.c has."""
    rows = re.findall(
        r'ROW\("(\w+)", "(\w*)", (\d+), (\d+)', (ROOM / "coap_map.c").read_text()
    )
    program = {
        (name, number, before if before not in ("0", number) else "", param)
        for name, param, number, before in rows
    }
    told = re.findall(
        r"^\| oneM2M-(\w+) \| (\d+) \| (\d*) ?\| `([\w.]+)` ",
        (ROOM / "README.md").read_text(),
        re.MULTILINE,
    )
    told = {(n, a, b, "" if p == "rt.nu" else p) for n, a, b, p in told}
    assert len(program) > 20
    assert told == program
