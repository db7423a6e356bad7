"""SIGTERM is not held up by what nobody waits for, and whoever waits over
WebSocket is told what became of the request."""

import signal
import socket
import time

import pytest
from support.settings import settings
from support.wire import RETRIEVE

# Far beyond what a busy machine needs to end, and short of all periods here.
SOON = 10


@pytest.fixture
def silent(ends):
    """A port that takes connections and says nothing."""
    listener = socket.create_server(("127.0.0.1", 0))
    ends.add(listener.close)
    return listener.getsockname()[1]


def ends_soon(gateway):
    began = time.monotonic()
    gateway.signal(signal.SIGTERM)
    assert gateway.wait_for_exit() == 0
    assert time.monotonic() - began < SOON


def test_a_cse_that_never_welcomes_us_does_not_hold_it_up(
    silent, start_gateway
):
    config = settings(timeouts={"drain": "60s", "connect": "60s"})
    config["cses"] = [
        {
            "id": "/id-in",
            "url": f"ws://127.0.0.1:{silent}",
            "register": True,
        }
    ]
    ends_soon(start_gateway(config))


def test_a_name_with_two_connections_does_not_hold_it_up(
    registrar, start_gateway, make_registree
):
    patient = {"drain": "60s", "request": "60s"}
    gateway = start_gateway(settings(registrar, timeouts=patient))
    older = make_registree(gateway, "/id-mn")
    rqi = older.asks(RETRIEVE, "/id-in/cse-in/x", fr="/id-mn")
    heard = registrar.expect_request(op=RETRIEVE)
    newer = make_registree(gateway, "/id-mn")
    gateway.signal(signal.SIGTERM)
    assert newer.expect_closed() == 1001
    began = time.monotonic()
    registrar.answers(heard, 2000)
    older.expect_answer(rqi, rsc=2000)
    assert older.expect_closed() == 1001
    assert gateway.wait_for_exit() == 0
    assert time.monotonic() - began < SOON


def test_at_the_end_a_registree_is_told_what_became_of_its_request(
    registrar, start_gateway, make_registree
):
    gateway = start_gateway(settings(registrar, timeouts={"drain": "300ms"}))
    registree = make_registree(gateway, "/id-mn")
    rqi = registree.asks(RETRIEVE, "/id-in/cse-in/x", fr="/id-mn")
    registrar.expect_request(op=RETRIEVE)
    gateway.signal(signal.SIGTERM)
    registree.expect_answer(rqi, rsc=5103)
    assert registree.expect_closed() == 1001
    assert gateway.wait_for_exit() == 0


def test_its_own_registration_does_not_hold_it_up(registrar, start_gateway):
    patient = {"drain": "60s", "request": "60s"}
    config = settings(registrar, cse={"register": True}, timeouts=patient)
    gateway = start_gateway(config)
    heard = registrar.expect_request(op=RETRIEVE)
    ends_soon(gateway)
    assert heard.wire.expect_closed() == 1001
