"""What happens at each bound is an answer or a close code, never silence, and
the next one is served."""

import socket

import pytest
import yaml
from support.process import Line, run_command
from support.raw import Raw, request
from support.registering import register_ae
from support.settings import settings
from support.wire import RETRIEVE, TOO_LARGE, answer_to

KIB = 1024


@pytest.fixture
def small(registrar, start_gateway):
    """A gateway that takes no more than 4 KiB of content."""
    return start_gateway(settings(registrar, limits={"content": "4KiB"}))


def content(n):
    return {"m2m:cin": {"con": "x" * n}}


def test_content_of_a_device_is_bounded(registrar, small, make_device):
    registrar.plays(lambda m: answer_to(m, 2001))
    device = make_device(small)
    device.creates("/cse-in", 4, content(3 * KIB)).expect(2001, 201)
    device.creates("/cse-in", 4, content(5 * KIB)).expect(4000, 413)
    device.creates("/cse-in", 4, content(3 * KIB)).expect(2001, 201)


def test_a_message_of_the_cse_is_bounded(registrar, small, make_device):
    device = make_device(small)
    pending = device.asks("GET", "/cse-in")
    heard = registrar.expect_request(op=RETRIEVE)
    registrar.answers(heard, 2000, content(200 * KIB))
    pending.answer().expect(5103)
    assert heard.wire.expect_closed() in TOO_LARGE
    pending = device.asks("GET", "/cse-in")
    registrar.answers(registrar.expect_request(op=RETRIEVE))
    pending.answer().expect(2000)


def test_an_answer_of_a_device_is_bounded(
    registrar, small, make_device, make_listener
):
    listener = make_listener(answers_by_itself=False)
    register_ae(make_device(small), registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    listener.expect().replies(2000, body=content(300 * KIB))
    registrar.expect_answer(rqi, rsc=5000)
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    listener.expect().replies(2000)
    registrar.expect_answer(rqi, rsc=2000)


def test_headers_of_a_devices_answer_are_bounded(
    registrar, gateway, device, make_listener
):
    listener = make_listener(answers_by_itself=False)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    many = {f"X-Long-{n}": "y" * 60000 for n in range(200)}
    with gateway.grows_less_than(4 * KIB * KIB):
        listener.expect().replies(2000, headers=many)
        registrar.expect_answer(rqi, rsc=5000)


def test_the_longest_identifiers_cross(registrar, device):
    registrar.plays(lambda m: answer_to(m, 2000, {"to": len(m["to"])}))
    rqi = "r" * 1000
    answer = device.retrieves("/" + "t" * 2000, rqi=rqi).expect(2000)
    assert answer.rqi == rqi
    assert answer.pc == {"to": 2000}


@pytest.fixture
def start_hasty(registrar, start_gateway):
    """A WebSocket server that does not wait long for one thing."""

    def start(what):
        listen = {"ws": {what: "500ms"}}
        return start_gateway(settings(registrar, listen=listen))

    return start


@pytest.mark.parametrize(
    "said", [b"", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nX: "]
)
def test_a_slow_handshake_is_cut_off(start_hasty, said):
    with Raw(start_hasty("header-timeout").ws_port) as raw:
        raw.sends(said)
        raw.expect_closed()


HALF = b"\x81\xfe\x10\x00\0\0\0\0" + b'{"op":2,'


def test_a_slow_message_is_cut_off(start_hasty, make_registree):
    registree = make_registree(start_hasty("body-timeout"), "Cws")
    registree.wire.says_bytes(HALF)
    assert registree.expect_closed() == 1008


def test_a_quiet_registree_is_kept(registrar, start_hasty, make_registree):
    """Deadlines are for what has begun."""
    registrar.plays(lambda m: answer_to(m, 2000))
    gateway = start_hasty("body-timeout")
    quiet = make_registree(gateway, "Cquiet")
    other = make_registree(gateway, "Cother")
    other.wire.says_bytes(HALF)
    other.expect_closed()
    rqi = quiet.asks(RETRIEVE, "cse-in", fr="Cquiet")
    quiet.expect_answer(rqi, rsc=2000)


def test_it_serves_over_ipv6_only_where_it_is_told_to(
    registrar, start_gateway, make_port
):
    """127.0.0.1 is another address, and nobody else can listen there."""
    http = {"address": "::1", "port": make_port().number}
    config = settings(registrar, listen={"http": http})
    gateway = start_gateway(config)
    registrar.plays(lambda m: answer_to(m, 2000, {"m2m:cb": {}}))
    with Raw(gateway.http_port, address="::1") as raw:
        raw.sends(request())
        assert raw.answer().status == 200
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", gateway.http_port), 5)


def test_an_address_that_is_not_ours_is_told(registrar, tmp_path):
    config = settings(registrar, listen={"http": {"address": "192.0.2.1"}})
    file = tmp_path / "m2mgate.yaml"
    file.write_text(yaml.safe_dump(config))
    code, _, error = run_command("run", "-c", str(file))
    assert code == 1
    told = [Line(raw) for raw in error.splitlines() if "192.0.2.1" in raw]
    assert [line.level for line in told] == ["error"]
