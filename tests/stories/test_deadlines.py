"""One deadline for each exchange: it is carried across, the originator is told
4008 when it passes, and a late answer reaches nobody (TS-0004 7.1.1)."""

import datetime
import time

import pytest
from support.registering import register_ae
from support.settings import settings
from support.wire import RETRIEVE

FORMAT = "%Y%m%dT%H%M%S"


def from_now(seconds):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(seconds=seconds)).strftime(FORMAT)


# Long enough for a request to get to the CSE on a busy machine.
SOON = {"X-M2M-RET": "2000"}


@pytest.fixture
def hasty(registrar, start_gateway, make_device):
    """A device whose gateway gives a request half a second by itself."""
    timeouts = {"request": "500ms"}
    return make_device(start_gateway(settings(registrar, timeouts=timeouts)))


def test_the_originator_is_told_at_the_deadline(registrar, hasty):
    began = time.monotonic()
    answer = hasty.retrieves("/cse-in").expect(4008, 504)
    assert answer.rqi
    assert time.monotonic() - began >= 0.45


def test_the_originators_own_deadline_counts(registrar, device):
    began = time.monotonic()
    device.asks("GET", "/cse-in/soon", headers=SOON).answer().expect(4008, 504)
    assert time.monotonic() - began >= 1.9


@pytest.mark.parametrize("given", [60000, "20991231T235959"])
def test_a_deadline_crosses_as_it_was_given(registrar, device, given):
    pending = device.asks("GET", "/cse-in", headers={"X-M2M-RET": str(given)})
    heard = registrar.expect_request(op=RETRIEVE)
    assert heard["rqet"] == given
    registrar.answers(heard)
    pending.answer().expect(2000)


def test_a_deadline_given_as_a_time_counts_too(registrar, hasty):
    pending = hasty.asks("GET", "/cse-in", headers={"X-M2M-RET": from_now(60)})
    heard = registrar.expect_request(op=RETRIEVE)
    hasty.retrieves("/cse-in").expect(4008)  # the default has passed
    assert not pending.is_answered
    registrar.answers(heard)
    pending.answer().expect(2000)


@pytest.mark.parametrize("past", ["20200101T000000", "-5"])
def test_what_has_expired_is_not_forwarded(registrar, device, past):
    answer = device.retrieves("/cse-in", headers={"X-M2M-RET": past})
    answer.expect(4008, 504)
    assert not registrar.requests_heard()


@pytest.mark.parametrize("text", ["soon", "2026-01-01", "20261301T000000"])
@pytest.mark.parametrize(
    "header, name", [("RET", "rqet"), ("RST", "rset"), ("OET", "oet")]
)
def test_a_time_that_is_none_is_left_to_the_cse(
    registrar, device, text, header, name
):
    pending = device.asks("GET", "/cse-in", headers={f"X-M2M-{header}": text})
    heard = registrar.expect_request(op=RETRIEVE)
    assert heard[name] == text
    registrar.answers(heard, 4000)
    pending.answer().expect(4000, 400)


def test_a_time_that_is_none_crosses_toward_devices(
    registrar, device, listener
):
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    told = registrar.notifies("Cdev", {"m2m:sgn": {}}, rqet="soon")
    assert listener.expect().headers["X-M2M-RET"] == "soon"
    registrar.expect_answer(told, rsc=2000)
    told = registrar.notifies("Cdev", {"m2m:sgn": {}}, rqet={"at": 1})
    registrar.expect_answer(told, rsc=4000)


@pytest.mark.parametrize("name", ["rqet", "rset", "oet"])
def test_a_negative_time_has_passed(registrar, device, listener, name):
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    told = registrar.notifies("Cdev", {"m2m:sgn": {}}, **{name: "-2000"})
    registrar.expect_answer(told, rsc=4008)
    registrar.fence()
    assert not listener.arrivals.untaken()


def test_the_default_counts_from_the_time_of_execution(registrar, hasty):
    pending = hasty.asks("GET", "/cse-in", headers={"X-M2M-OET": "60000"})
    heard = registrar.expect_request(op=RETRIEVE)
    hasty.retrieves("/cse-in").expect(4008)  # the default has passed
    assert not pending.is_answered
    registrar.answers(heard)
    pending.answer().expect(2000)


def test_a_late_answer_is_dropped_and_counted(registrar, gateway, device):
    late = device.asks("GET", "/cse-in/late", rqi="1", headers=SOON)
    heard = registrar.expect_request(to="cse-in/late")
    late.answer().expect(4008, 504)
    again = device.asks("GET", "/cse-in/again", rqi="1")
    second = registrar.expect_request(to="cse-in/again")
    registrar.answers(heard, 2000, {"is": "late"})
    registrar.answers(second, 2000, {"is": "mine"})
    assert again.answer().expect(2000).pc == {"is": "mine"}
    counts = gateway.counts()
    assert counts["unmatched"] == 1
    assert counts["expired"] == 1


def test_a_late_answer_never_goes_to_the_next_with_that_id(registrar, device):
    """Even when ids are used again and again."""
    for n in range(3):
        first = device.asks("GET", f"/old{n}", rqi="1", headers=SOON)
        old = registrar.expect_request(to=f"old{n}")
        first.answer().expect(4008)
        second = device.asks("GET", f"/new{n}", rqi="1")
        new = registrar.expect_request(to=f"new{n}")
        registrar.answers(old, 2000, {"is": "old"})
        registrar.answers(new, 2000, {"is": "new"})
        assert second.answer().expect(2000).pc == {"is": "new"}


def test_a_deadline_of_the_cse_counts(registrar, device, make_listener):
    listener = make_listener(answers_by_itself=False)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    began = time.monotonic()
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}}, rqet=2000)
    arrival = listener.expect()
    assert arrival.headers["X-M2M-RET"] == "2000"
    registrar.expect_answer(rqi, rsc=4008)
    assert time.monotonic() - began >= 1.9
    arrival.replies(2000)


def test_an_expired_notification_is_not_delivered(
    registrar, device, listener
):
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}}, rqet="20200101T000000")
    registrar.expect_answer(rqi, rsc=4008)
    registrar.fence()
    assert not listener.arrivals.untaken()


def test_no_more_exchanges_than_allowed_are_open(
    registrar, start_gateway, make_device
):
    config = settings(
        registrar,
        listen={"http": {"trust": ["127.0.0.1"]}},
        limits={"exchanges": 5},
        timeouts={"request": "30s"},
    )
    device = make_device(start_gateway(config))
    open_ones = [device.asks("GET", f"/n{k}") for k in range(5)]
    heard = [registrar.expect_request() for _ in open_ones]
    device.retrieves("/one-too-many").expect(5103, 503)
    assert not registrar.requests_heard(to="one-too-many")
    for one in heard:
        registrar.answers(one)
    for pending in open_ones:
        pending.answer().expect(2000)
    again = device.asks("GET", "/again")
    registrar.answers(registrar.expect_request(to="again"))
    again.answer().expect(2000)
