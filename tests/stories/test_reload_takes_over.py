"""SIGHUP: what the gateway is to do from now on, and what it may carry, counts
for links that are open already; what has to wait for a restart is told."""

import copy

from support.settings import settings
from support.wire import RETRIEVE, answer_to

MUCH = "x" * 2_000_000


def changed(gateway, **sections):
    config = copy.deepcopy(gateway.config)
    for name, value in sections.items():
        config[name] = {**config.get(name, {}), **value}
    return config


def test_it_registers_where_it_is_told_to(registrar, gateway):
    registrar.plays(lambda m: answer_to(m, 2000, {"m2m:csr": {}}))
    config = copy.deepcopy(gateway.config)
    config["cses"][0]["register"] = True
    gateway.reload(config)
    gateway.wait_for("registration/registered", "/id-in")
    assert registrar.requests_heard(op=RETRIEVE, to="/id-in/cse-in/id-gw")


def test_it_registers_at_a_cse_that_comes(make_registrar, start_gateway):
    first, second = make_registrar("/id-one"), make_registrar("/id-two")
    second.plays(lambda m: answer_to(m, 2000, {"m2m:csr": {}}))
    alone = settings(first)
    alone["cses"][0]["default"] = True
    gateway = start_gateway(alone)
    both = copy.deepcopy(alone)
    both["cses"] += settings(second, cse={"register": True})["cses"]
    gateway.reload(both)
    gateway.wait_for("registration/registered", "/id-two")


def test_larger_messages_cross_an_open_link(registrar, gateway, device):
    registrar.plays(lambda m: answer_to(m, 2000, {"a": len(m.raw)}))
    device.retrieves("/cse-in").expect(2000)
    wire = registrar.wire
    more = {"content": "4MiB", "queue": "16MiB"}
    gateway.reload(changed(gateway, limits=more))
    answer = device.creates("/cse-in/c", 4, {"m2m:cin": {"con": MUCH}})
    assert answer.expect(2000).pc["a"] > len(MUCH)
    registrar.plays(lambda m: answer_to(m, 2000, {"m2m:cin": {"con": MUCH}}))
    assert device.retrieves("/cse-in").expect(2000).content.count(b"x") > 10**6
    assert wire.is_open


def test_a_moved_websocket_listener_is_told(gateway):
    elsewhere = {"ws": {"address": "127.0.0.2", "port": 0}}
    gateway.reload(changed(gateway, listen=elsewhere))
    assert "restart" in gateway.wait_for("ws/reload").msg


def test_a_refusal_is_told_without_riddles(gateway):
    line = gateway.reload(changed(gateway, node={"name": "other"}))
    assert line.name == "gateway/reload-refused"
    refusals = gateway.logged("relay/reload-refused")
    assert "node section" in refusals[0].msg
    assert "Invalid argument" not in line.msg


def test_our_own_csebase_says_where_we_are(start_gateway, registrar, make_device):
    listen = {"ws": {"advertise": "ws://gw.example:8181"}}
    gateway = start_gateway(settings(registrar, listen=listen))
    answer = make_device(gateway).retrieves("/~/id-gw/gw").expect(2000)
    assert answer.pc["m2m:cb"]["poa"] == ["ws://gw.example:8181"]
