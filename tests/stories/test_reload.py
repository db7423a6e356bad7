"""SIGHUP takes over what may change while running, and a wrong configuration
changes nothing."""

import copy
import os
import resource

import pytest
from support.raw import Raw
from support.registering import register_ae
from support.settings import settings
from support.wire import RETRIEVE, answer_to


def plays_who_it_is(registrar):
    registrar.plays(lambda m: answer_to(m, 2000, {"cse": registrar.id}))


@pytest.fixture
def two(make_registrar):
    """Two CSEs that tell who they are."""
    both = make_registrar("/id-one", "one"), make_registrar("/id-two", "two")
    for registrar in both:
        plays_who_it_is(registrar)
    return both


def with_default(config, n):
    config = copy.deepcopy(config)
    for i, cse in enumerate(config["cses"]):
        cse["default"] = i == n
    return config


def test_another_cse_becomes_the_default(two, start_gateway, make_device):
    config = settings(*two)
    gateway = start_gateway(with_default(config, 0))
    device = make_device(gateway)
    assert device.retrieves("/-").pc == {"cse": "/id-one"}
    line = gateway.reload(with_default(config, 1))
    assert line.name == "gateway/reloaded"
    assert device.retrieves("/-").pc == {"cse": "/id-two"}


def test_a_cse_may_come_but_not_go(two, start_gateway, make_device):
    first, second = two
    config = with_default(settings(*two), 0)
    alone = with_default(settings(first), 0)
    gateway = start_gateway(alone)
    device = make_device(gateway)
    device.retrieves("/-").expect(2000)
    gateway.reload(config)
    answer = device.retrieves("/~/id-two/two").expect(2000)
    assert answer.pc == {"cse": "/id-two"}
    wire = second.wire
    assert gateway.reload(alone).name == "gateway/reload-refused"
    assert wire.is_open
    assert device.retrieves("/-").pc == {"cse": "/id-one"}


def test_a_changed_timeout_counts_for_the_next_request(
    registrar, gateway, device
):
    before = device.asks("GET", "/cse-in/before")
    heard = registrar.expect_request(op=RETRIEVE)
    config = {**gateway.config, "timeouts": {"request": "100ms"}}
    assert gateway.reload(config).name == "gateway/reloaded"
    device.retrieves("/cse-in/after").expect(4008, 504)
    registrar.answers(heard, 2000, {"m2m:cb": {}})
    before.answer().expect(2000)


def test_the_log_becomes_more_talkative(gateway, registrar, device):
    registrar.plays(lambda m: answer_to(m, 2000))
    assert not [line for line in gateway.lines if line.level == "debug"]
    debug = {**gateway.config, "log": {"level": "debug", "format": "json"}}
    gateway.reload(debug)
    device.retrieves("/cse-in").expect(2000)
    gateway.log.take(lambda line: line.level == "debug", "a debug line")


def test_delivery_may_be_allowed_later(
    registrar, gateway, device, make_listener
):
    listener = make_listener(address="127.0.0.2")
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    registrar.expect_answer(rqi, rsc=5103)
    gateway.reload({**gateway.config, "deliver": {"allow": ["127.0.0.0/8"]}})
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    listener.expect(method="POST")
    registrar.expect_answer(rqi, rsc=2000)


def test_registrations_survive(registrar, gateway, device, listener):
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    wire = registrar.wire
    for _ in range(3):
        assert gateway.reload(gateway.config).name == "gateway/reloaded"
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}}, wire)
    listener.expect(method="POST")
    registrar.expect_answer(rqi, rsc=2000)
    assert wire.is_open


WRONG = [
    "cses: [{id: /id-in",
    "unknown: 1\n",
    "timeouts: { request: soon }\n",
    "cses: [{ id: id-in, url: ftp://x }]\n",
    "",
    "\t\t:::\n",
    "listen: { http: { port: 99999 } }\n",
]


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_configuration_is_refused_and_the_old_one_stays(
    registrar, gateway, device, text
):
    registrar.plays(lambda m: answer_to(m, 2000, {"m2m:cb": {}}))
    device.retrieves("/cse-in").expect(2000)
    good = gateway.config
    if text:
        assert gateway.reload(text).name == "gateway/reload-refused"
    else:
        gateway.file.unlink()
        gateway.signal(1)
        gateway.wait_for("gateway/reload-refused")
    device.retrieves("/cse-in").expect(2000)
    assert gateway.reload(good).name == "gateway/reloaded"


def test_a_reload_without_descriptors_changes_nothing(
    registrar, start_gateway, make_device, ends
):
    """A limit that is not the default one stays, and so does a device."""
    registrar.plays(lambda m: answer_to(m, 2000, {"m2m:cb": {}}))
    gateway = start_gateway(settings(registrar, limits={"content": "4KiB"}))
    device = make_device(gateway)
    device.retrieves("/cse-in").expect(2000)
    numbers = [int(n) for n in os.listdir(f"/proc/{gateway.pid}/fd")]
    before = resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE)
    few = (max(numbers) + 1, before[1])
    resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE, few)
    crowd = [Raw(gateway.http_port) for _ in range(50)]
    for raw in crowd:
        ends.add(raw.close)
    line = gateway.reload(gateway.config)
    assert line.name == "gateway/reload-refused"
    device.retrieves("/cse-in").expect(2000)
    resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE, before)
    for raw in crowd:
        raw.close()
    big = {"m2m:cin": {"con": "x" * 5000}}
    device.creates("/cse-in", 4, big).expect(4000, 413)
    assert gateway.reload(gateway.config).name == "gateway/reloaded"
    device.creates("/cse-in", 4, big).expect(4000, 413)


def test_reloads_under_load_lose_nothing(registrar, gateway, make_device):
    registrar.echoes()
    device = make_device(gateway)
    waiting = [device.asks("GET", f"/cse-in/{n}") for n in range(300)]
    for _ in range(10):
        gateway.reload(gateway.config)
    for n, pending in enumerate(waiting):
        assert pending.answer().expect(2000).pc == {"to": f"cse-in/{n}"}
