"""The CSE is killed and comes back: requests in flight end in time, the link
reopens by itself, notifications flow again, nothing is registered twice
(story 4)."""

import threading

import pytest
from support.registering import ae, register_ae
from support.registrar import PlayedCse
from support.settings import settings
from support.wire import CREATE, RETRIEVE

RETRY = {"request": "2s", "retry-min": "20ms", "retry-max": "200ms"}


@pytest.fixture
def gateway(registrar, start_gateway):
    return start_gateway(settings(registrar, timeouts=RETRY))


def test_requests_in_flight_end_when_the_cse_dies(
    registrar, start_gateway, make_device
):
    """At once, and not only when their time is over."""
    patient = settings(registrar, timeouts={**RETRY, "request": "10m"})
    device = make_device(start_gateway(patient))
    waiting = [device.asks("GET", "/cse-in") for _ in range(10)]
    for _ in waiting:
        registrar.expect_request(op=RETRIEVE)
    registrar.dies()
    for pending in waiting:
        assert pending.answer().expect(5103, 404).rqi == pending.rqi


def test_a_request_to_a_dead_cse_ends_in_time(registrar, device):
    registrar.dies()
    answer = device.retrieves("/cse-in")
    assert (answer.rsc, answer.status) in ((5103, 404), (4008, 504))


def test_the_link_reopens_by_itself_for_a_registree(
    registrar, gateway, device, listener
):
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    registrar.expect_connection()
    gateway.wait_for("ws/link-up")

    registrar.dies()
    gateway.wait_for("ws/link-lost")
    registrar.starts()

    registrar.expect_connection()
    gateway.wait_for("ws/link-up")
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    listener.expect(method="POST", path="/Cdev")
    registrar.expect_answer(rqi, rsc=2000)
    registrar.fence()
    assert len(registrar.requests_heard(op=CREATE)) == 1


def test_it_comes_back_again_and_again(registrar, gateway, device, listener):
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    registrar.expect_connection()
    for _ in range(5):
        registrar.dies()
        registrar.starts()
        registrar.expect_connection()
        registrar.notifies("Cdev", {"m2m:sgn": {}})
        listener.expect(method="POST", path="/Cdev")
    assert len(registrar.requests_heard(op=CREATE)) == 1


def test_the_gateways_own_registration_is_not_doubled(
    registrar, start_gateway
):
    registrar.plays(PlayedCse())
    gateway = start_gateway(
        settings(registrar, cse={"register": True}, timeouts=RETRY)
    )
    gateway.wait_for("registration/registered")
    registrar.expect_connection()
    registrar.dies()
    registrar.starts()
    registrar.expect_connection("/id-gw")
    registrar.fence()
    assert len(registrar.requests_heard(op=CREATE, ty=16)) == 1


def test_a_silent_cse_does_not_hold_devices_for_ever(registrar, device):
    waiting = [device.asks("GET", "/cse-in") for _ in range(5)]
    for pending in waiting:
        pending.answer().expect(4008, 504)


def test_an_answer_given_on_the_new_connection_is_taken_or_dropped(
    registrar, gateway, device
):
    """It may be matched by its id; it may never reach someone else."""
    first = device.asks("GET", "/cse-in/one", rqi="1")
    heard = registrar.expect_request(to="cse-in/one")
    registrar.wire.drops()
    second = device.asks("GET", "/cse-in/two", rqi="2")
    again = registrar.expect_request(to="cse-in/two")
    again.wire.says({"rsc": 2000, "rqi": heard["rqi"], "pc": {"is": "one"}})
    registrar.answers(again, 2000, {"is": "two"})
    assert second.answer().expect(2000).pc == {"is": "two"}
    late = first.answer()
    assert late.rsc in (4008, 5103) or late.pc == {"is": "one"}


def test_a_refusing_cse_is_asked_again_later(registrar, gateway, device):
    registrar.refuses(503)
    waiting = device.asks("GET", "/cse-in")
    registrar.refusals.take()
    registrar.refuses(None)
    answer = waiting.answer()
    assert answer.rsc in (4008, 5103)
    pending = device.asks("GET", "/cse-in")
    registrar.answers(registrar.expect_request(op=RETRIEVE))
    assert pending.answer().rsc == 2000


def test_a_real_cse_that_forgot_everything_is_registered_with_again(
    start_sandbox, start_gateway, make_device, make_port
):
    port = make_port().number
    sandbox = start_sandbox(port=port)
    gateway = start_gateway(
        settings(
            sandbox,
            cse={"register": True, "check": "200ms"},
            timeouts=RETRY,
        )
    )
    gateway.wait_for("registration/registered")
    sandbox.kill()
    gateway.wait_for("ws/link-lost")
    start_sandbox(port=port)
    gateway.wait_for("registration/registered")
    device = make_device(gateway, "C")
    device.creates("/sandbox", 2, ae(rn="again")).expect(2001, 201)


def test_load_while_the_cse_comes_and_goes(registrar, gateway, device):
    """Every request is answered, whatever happens to the link."""
    registrar.echoes()
    stop = threading.Event()
    answers = []

    def keeps_asking(name):
        for n in range(100):
            answer = device.retrieves(f"/cse-in/{name}-{n}")
            answers.append((f"cse-in/{name}-{n}", answer))
        stop.set()

    threads = [
        threading.Thread(target=keeps_asking, args=(n,)) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    while not stop.wait(0.1):
        registrar.dies()
        registrar.starts()
    for thread in threads:
        thread.join()
    assert len(answers) == 800
    for to, answer in answers:
        assert answer.rsc in (4008, 5103) or answer.pc == {"to": to}
    assert gateway.is_running
