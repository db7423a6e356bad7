"""The ways to ask without waiting cross: every response type with and without
targets, the tickets, the results, and the long poll (story 2; TS-0009 6.4.11
and 7.3)."""

import pytest
from support.registering import register_ae
from support.settings import settings
from support.wire import NOTIFY, RETRIEVE, UPDATE, answer_to


@pytest.fixture
def asked(registrar, device):
    """The rt that reaches the CSE, and the device's answer."""

    def ask(query, rsc, pc=None, **headers):
        pending = device.asks("PUT", f"/cse-in?{query}", {"m2m:cb": {}}, headers=headers)
        request = registrar.expect_request(op=UPDATE)
        registrar.answers(request, rsc, pc)
        return request["rt"], pending.answer()

    return ask


def test_a_synchronous_ticket_is_handed_out(asked):
    rt, answer = asked("rt=1", 1001, {"m2m:uri": "cse-in/req1"})
    assert rt == {"rtv": 1}
    assert answer.expect(1001, 202).pc == {"m2m:uri": "cse-in/req1"}


@pytest.mark.parametrize("rtv", [3, 4])
def test_other_response_types_cross(asked, rtv):
    rt, answer = asked(f"rt={rtv}", 2004)
    assert rt == {"rtv": rtv}
    answer.expect(2004, 200)


def test_targets_cross(asked):
    targets = {"X-M2M-RTU": "http://x/1&http://x/2"}
    rt, answer = asked("rt=2", 1002, **targets)
    assert rt == {"rtv": 2, "nu": ["http://x/1", "http://x/2"]}
    answer.expect(1002, 202)


def test_an_empty_list_of_targets_stays_empty(asked):
    rt, _ = asked("rt=2", 1002, **{"X-M2M-RTU": ""})
    assert rt == {"rtv": 2, "nu": []}


def test_an_absent_list_of_targets_stays_absent(asked):
    rt, _ = asked("rt=2", 1002)
    assert rt == {"rtv": 2}


def test_nobody_waits_for_an_answer_that_was_not_wanted(registrar, device):
    pending = device.asks("PUT", "/cse-in?rt=5", {"m2m:cb": {}})
    assert registrar.expect_request(op=UPDATE)["rt"] == {"rtv": 5}
    assert pending.answer().status in (202, 204)


@pytest.mark.parametrize(
    "rt, query, header",
    [
        ({"rtv": 1}, "rt=1", None),
        ({"rtv": 2, "nu": []}, "rt=2", ""),
        ({"rtv": 2, "nu": ["http://x/1"]}, "rt=2", "http://x/1"),
        (
            {"rtv": 2, "nu": ["http://x/1", "http://x/2"]},
            "rt=2",
            "http://x/1&http://x/2",
        ),
    ],
)
def test_response_types_cross_toward_a_device(
    registrar, device, listener, rt, query, header
):
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    registrar.notifies("Cdev", {"m2m:sgn": {}}, rt=rt)
    arrival = listener.expect(method="POST")
    assert arrival.path == f"/Cdev?{query}"
    assert arrival.headers.get("X-M2M-RTU") == header


def test_the_result_comes_as_a_notification(registrar, device, listener):
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    result = {"m2m:rsp": {"rsc": 2004, "rqi": "d1", "to": "Cdev"}}
    rqi = registrar.notifies("Cdev", result)
    assert listener.expect(method="POST", path="/Cdev").pc == result
    registrar.expect_answer(rqi, rsc=2000)


@pytest.fixture
def patient(registrar, start_gateway, make_device):
    """A device behind a gateway with a short request timeout."""
    timeouts = {"request": "300ms", "poll": "60s"}
    return make_device(start_gateway(settings(registrar, timeouts=timeouts)))


def test_a_long_poll_outlives_the_timeout_of_requests(registrar, patient):
    poll = patient.asks("GET", "/cse-in/ae1/pch/pcu")
    poll_request = registrar.expect_request(op=RETRIEVE)
    patient.retrieves("/cse-in/ae1").expect(4008, 504)
    assert not poll.is_answered
    delivered = {"m2m:rqp": {"op": 5, "rqi": "x", "to": "C1"}}
    registrar.answers(poll_request, 2000, delivered)
    assert poll.answer().expect(2000, 200).pc == delivered


def test_a_poll_ends_when_the_device_said(registrar, patient):
    poll = patient.asks(
        "GET", "/cse-in/ae1/pch/pcu", headers={"X-M2M-RET": "2000"}
    )
    registrar.expect_request(op=RETRIEVE)
    poll.answer().expect(4008, 504)


def test_what_a_poll_delivered_is_answered(registrar, device):
    registrar.plays(lambda m: answer_to(m, 2000))
    answer = {"m2m:rsp": {"rsc": 2000, "rqi": "x"}}
    device.sends("POST", "/cse-in/ae1/pch/pcu", answer).expect(2000, 200)
    heard = registrar.requests_heard(op=NOTIFY)
    assert [m["pc"] for m in heard] == [answer]
