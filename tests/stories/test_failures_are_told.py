"""Who runs the gateway is told why a request came to nothing, also where that
is the answer's fault, and is not flooded.  The causes that are met most stand in
test_why_it_failed.py."""

import json

import pytest
from support.asker import *  # noqa: F403 - fixtures
from support.asker import BINDINGS, expect_failure
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import TIMEOUTS
from support.raw import Raw, request
from support.registering import register_ae
from support.registree import Registree
from support.settings import settings
from support.wire import NOTIFY, RETRIEVE, answer_to
from websockets.exceptions import InvalidStatus


@pytest.fixture
def hall(registrar, broker, start_at_broker):
    """A gateway to which devices of all bindings come."""
    return start_at_broker(
        settings(
            registrar,
            coap=True,
            brokers=[{"url": broker.url}],
            timeouts={**TIMEOUTS, "request": "1s"},
        )
    )


@pytest.fixture(params=BINDINGS)
def asker(request, hall, make_asker):
    return make_asker(request.param, hall)


def failure(asker, containing, rsc, **wanted):
    """The line of a request of this device that failed so."""
    return expect_failure(
        asker.gateway,
        containing,
        binding=asker.binding,
        op="RETRIEVE",
        rqi="q1",
        rsc=rsc,
        **wanted,
    )


def test_a_target_that_leads_nowhere_is_told(asker):
    asker.asks("a b")
    assert failure(asker, "", 4000)["to"] == "a b"


def test_a_handshake_that_is_refused_is_told(hall):
    foreign = {"Origin": "http://foreign.example"}
    with pytest.raises(InvalidStatus):
        Registree(hall.ws, "Cdev", headers=foreign)
    expect_failure(hall, "Origin", binding="ws", peer="127.0.0.1", code="403")


def notification(registrar, device, poa):
    """Register with this point of access, and be notified there."""
    register_ae(device, registrar, "Cdev", poa=[poa])
    rqi = registrar.asks(NOTIFY, "Cdev", {"m2m:sgn": {}}, fr="/id-in")
    registrar.expect_answer(rqi, rsc=5103)


def test_a_name_that_nobody_knows_is_named(registrar, hall, make_device):
    notification(registrar, make_device(hall), "http://nobody.invalid:9/n")
    told = expect_failure(hall, "", op="NOTIFY", rsc=5103, binding="ws")
    assert told["hop"] == "http://nobody.invalid:9/n"


def test_one_that_is_registered_nowhere_is_named(
    registrar, hall, make_device
):
    register_ae(make_device(hall), registrar, "Cdev")
    registrar.asks(NOTIFY, "Cnobody", {"m2m:sgn": {}}, fr="/id-in")
    expect_failure(hall, "", op="NOTIFY", to="Cnobody", binding="ws")


def unwritable(asker, why, **wanted):
    """An answer cannot be written for this device, which is told why."""
    heard = asker.asks("cse-in/x")
    told = failure(asker, why, 5000, to="cse-in/x", **wanted)
    assert told["msg"] == heard
    assert f"the answer (2000) cannot be written over {asker.binding}" in heard


@pytest.mark.parametrize("asker", ["http", "coap"], indirect=True)
def test_an_answer_that_has_no_form_here_is_told(registrar, asker):
    registrar.plays(lambda m: answer_to(m, 2000, vsi="a\nb"))
    unwritable(asker, "", fr="Cdev")


@pytest.mark.parametrize("binding", ["mqtt", "ws"])
def test_an_answer_that_is_too_large_is_told(
    make_registrar, broker, start_at_broker, make_asker, binding
):
    """In JSON these numbers are twice as long."""
    cse = make_registrar(speaks=("oneM2M.cbor",))
    gateway = start_at_broker(
        settings(
            cse,
            cse={"serialization": "cbor"},
            brokers=[{"url": broker.url}],
            limits={"content": "16KiB"},
        )
    )
    content = {"m2m:cin": {"con": [0] * 60000}}
    cse.plays(lambda m: answer_to(m, 2000, content))
    unwritable(make_asker(binding, gateway), "larger than a message may be")


def test_the_second_broken_device_is_seen_beside_the_first(
    registrar, hall, make_device, make_registree
):
    registrar.plays(lambda m: answer_to(m, 4004))
    device = make_device(hall)
    for _ in range(200):
        device.retrieves("/cse-in/wrong").expect(4004)
    other = make_registree(hall, "Cother")
    other.expect_answer(other.asks(RETRIEVE, "cse-in/x", fr="Cother"))
    hall.stop()
    lines = [json.loads(line.raw) for line in hall.logged("exchange/failed")]
    assert [line for line in lines if line.get("fr") == "Cother"]
    told = [line for line in lines if line.get("binding") == "http"]
    assert len(told) <= 11
    assert sum(line.get("left-out", 1) for line in told) == 200


def over_http(ends, hall, address):
    """Fail so many times, one after the other."""
    raw = Raw(hall.http_port, source=address)
    ends.add(raw.close)

    def fails(n):
        for _ in range(n):
            raw.sends(request(path="/a%20b"))
            assert raw.answer().status == 400

    return fails


def over_websocket(ends, hall, address):
    registree = Registree(hall.ws, address=address)
    ends.add(registree.closes)

    def fails(n):
        for _ in range(n):
            rqi = registree.asks(RETRIEVE, "a b", fr="Cdev")
            registree.expect_answer(rqi, rsc=4000)

    return fails


def test_a_hundred_are_seen_beside_ten_that_fail_without_end(hall, ends):
    """A million of them, with a clock of its own, are in test_report.c."""
    ways = (over_http, over_websocket)
    noisy = {f"127.0.1.{n}": ways[n % 2] for n in range(10)}
    noisy = {at: way(ends, hall, at) for at, way in noisy.items()}
    single = {f"127.0.2.{n}": ways[n % 2] for n in range(100)}
    for address, way in single.items():
        for fails in noisy.values():
            fails(2)
        way(ends, hall, address)(1)
    hall.stop()
    lines = [json.loads(line.raw) for line in hall.logged("exchange/failed")]
    assert len(lines) <= 100 + 10 * 6
    peers = [line["peer"] for line in lines]
    assert all(peers.count(address) == 1 for address in single)
    told = [line.get("left-out", 1) for line in lines]
    assert sum(told) == 100 + 10 * 200


def test_the_configuration_says_what_is_told(
    registrar, start_gateway, make_device
):
    registrar.plays(lambda m: answer_to(m, 2000))
    gateway = start_gateway(settings(registrar, log={"requests": "all"}))
    make_device(gateway).retrieves("/cse-in").expect(2000)
    line = gateway.wait_for("exchange/answered")
    assert json.loads(line.raw)["code"] == "200"
    quiet = start_gateway(settings(registrar, log={"requests": "none"}))
    make_device(quiet).retrieves("/a%20b").expect(4000)
    quiet.stop()
    assert not quiet.logged("exchange/failed")


@pytest.mark.parametrize("scheme", ["http", "coap"])
def test_a_request_that_has_no_form_at_the_next_hop_is_told(
    registrar, start_gateway, make_registree, make_port, scheme
):
    config = settings(registrar, coap=True)
    config["cses"][0]["url"] = f"{scheme}://127.0.0.1:{make_port().number}"
    gateway = start_gateway(config)
    device = make_registree(gateway, "Cdev")
    rqi = device.asks(RETRIEVE, "cse-in/x", fr="Cdev", vsi="a\nb", rqi="q1")
    told = device.expect_answer(rqi)
    assert told["rsc"] == 4000
    line = expect_failure(gateway, told["pc"]["m2m:dbg"], rsc=4000, rqi="q1")
    assert "vsi" in line["msg"].lower() or "-VSI" in line["msg"]
