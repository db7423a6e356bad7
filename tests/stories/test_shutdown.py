"""SIGTERM ends the gateway in order: what is open is answered or failed, links
and registrees are told goodbye with 1001, and the exit code is 0."""

import signal

import pytest
from support.raw import Raw, request
from support.registering import register_ae, register_registree
from support.settings import settings
from support.wire import RETRIEVE


@pytest.fixture
def patient(registrar, start_gateway):
    """One that has longer to drain than any story waits for its end."""
    return start_gateway(settings(registrar, timeouts={"drain": "10m"}))


def test_an_idle_gateway_ends_at_once(patient):
    patient.signal(signal.SIGTERM)
    assert patient.wait_for_exit() == 0
    for event in ("stopping", "counts", "stopped"):
        assert patient.logged(f"gateway/{event}")


def test_sigint_ends_it_too(gateway):
    gateway.signal(signal.SIGINT)
    assert gateway.wait_for_exit() == 0


def test_what_is_open_may_still_be_answered(registrar, gateway, device):
    pending = device.asks("GET", "/cse-in")
    heard = registrar.expect_request(op=RETRIEVE)
    gateway.signal(signal.SIGTERM)
    gateway.wait_for("gateway/stopping")
    registrar.answers(heard, 2000, {"just": "in time"})
    assert pending.answer().expect(2000, 200).pc == {"just": "in time"}
    assert heard.wire.expect_closed() == 1001
    assert gateway.wait_for_exit() == 0


def test_what_is_not_answered_fails(registrar, start_gateway, make_device):
    gateway = start_gateway(settings(registrar, timeouts={"drain": "300ms"}))
    pending = make_device(gateway).asks("GET", "/cse-in")
    heard = registrar.expect_request(op=RETRIEVE)
    gateway.signal(signal.SIGTERM)
    pending.answer().expect(5103, 404)
    assert heard.wire.expect_closed() == 1001
    assert gateway.wait_for_exit() == 0


def test_a_notification_on_its_way_is_finished(
    registrar, gateway, device, make_listener
):
    listener = make_listener(answers_by_itself=False)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    arrival = listener.expect()
    gateway.signal(signal.SIGTERM)
    gateway.wait_for("gateway/stopping")
    arrival.replies(2000)
    registrar.expect_answer(rqi, rsc=2000)
    assert gateway.wait_for_exit() == 0


def test_everybody_is_told_goodbye(registrar, gateway, make_registree):
    registree = make_registree(gateway, "Cws")
    register_registree(registree, registrar, "Cws")
    wire = registrar.wire
    gateway.signal(signal.SIGTERM)
    assert registree.expect_closed() == 1001
    assert wire.expect_closed() == 1001
    assert gateway.wait_for_exit() == 0


def test_nothing_new_is_begun(registrar, gateway, device):
    with Raw(gateway.http_port) as raw:
        raw.sends(request(path="/first"))
        heard = registrar.expect_request(to="first")
        registrar.answers(heard, 2000)
        assert raw.answer().status == 200
        open_one = device.asks("GET", "/cse-in")
        last = registrar.expect_request(to="cse-in")
        gateway.signal(signal.SIGTERM)
        gateway.wait_for("gateway/stopping")
        raw.sends(request(path="/second"))
        answer = raw.answer()
        assert answer is None or answer.headers["x-m2m-rsc"] == "5103"
        registrar.answers(last, 2000)
        open_one.answer().expect(2000)
    assert gateway.wait_for_exit() == 0
    assert not registrar.requests_heard(to="second")


def test_it_ends_with_idle_devices_connected(registrar, gateway, ends):
    for _ in range(50):
        raw = Raw(gateway.http_port)
        ends.add(raw.close)
    gateway.signal(signal.SIGTERM)
    assert gateway.wait_for_exit() == 0


def test_it_ends_while_its_cse_cannot_be_reached(
    registrar, gateway, device, listener
):
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    registrar.dies()
    gateway.wait_for("ws/link-lost")
    gateway.signal(signal.SIGTERM)
    assert gateway.wait_for_exit() == 0


def test_it_ends_although_its_cse_hangs(registrar, start_gateway, make_device):
    gateway = start_gateway(settings(registrar, timeouts={"drain": "500ms"}))
    pending = make_device(gateway).asks("GET", "/cse-in")
    registrar.expect_request(op=RETRIEVE).wire.stops_reading()
    gateway.signal(signal.SIGTERM)
    pending.answer().expect(5103)
    assert gateway.wait_for_exit() == 0


def test_what_nobody_waits_for_does_not_hold_it_up(
    registrar, patient, make_device
):
    """The device has left, or had said that it wants no answer."""
    device = make_device(patient)
    assert device.updates("/cse-in?rt=5", {"m2m:cb": {}}).status == 204
    with Raw(patient.http_port) as raw:
        raw.sends(request(path="/left"))
        registrar.expect_request(to="left")
    patient.signal(signal.SIGTERM)
    assert patient.wait_for_exit() == 0


def test_a_second_signal_does_not_wait(registrar, start_gateway, make_device):
    gateway = start_gateway(settings(registrar, timeouts={"drain": "60s"}))
    pending = make_device(gateway).asks("GET", "/cse-in")
    registrar.expect_request(op=RETRIEVE)
    gateway.signal(signal.SIGTERM)
    gateway.wait_for("gateway/stopping")
    gateway.signal(signal.SIGTERM)
    assert gateway.wait_for_exit() == 0
    pending.answer().expect(5103)


def test_the_sandbox_ends_in_order_too(start_sandbox):
    sandbox = start_sandbox()
    sandbox.stop()
    assert sandbox.process.returncode == 0


@pytest.mark.parametrize("n", [200])
def test_it_ends_in_the_middle_of_work(registrar, gateway, make_device, n):
    device = make_device(gateway, n_at_once=n)
    registrar.plays(lambda m: {"rsc": 2000, "rqi": m["rqi"]})
    waiting = [device.asks("GET", f"/cse-in/{k}") for k in range(n)]
    waiting[0].answer().expect(2000)
    gateway.signal(signal.SIGTERM)
    assert gateway.wait_for_exit() == 0
    for pending in waiting:
        try:
            answer = pending.answer()
        except OSError:
            continue  # it had not been accepted yet
        assert answer.rsc in (2000, 5103)
