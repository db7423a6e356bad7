"""Why did that fail?  A device of each binding whose request fails in twelve
ways: one line each, at level info, names the cause with its fields."""

import json

import pytest
from support import coap
from support.asker import *  # noqa: F403 - fixtures
from support.asker import BINDINGS, expect_failure
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import TIMEOUTS
from support.settings import settings
from support.wire import answer_to
from websockets.exceptions import InvalidStatus

# How a binding says a status.
CODES = {
    "http": {4000: "400", 4004: "404", 4008: "504", 4103: "403", 5103: "404"},
    "coap": {4000: "4.00", 4004: "4.04", 4008: "5.04", 4103: "4.03", 5103: "4.04"},
}
SMALL = {"m2m:cin": {"con": "x"}}
LARGE = {"m2m:cin": {"con": "x" * 200000}}


def plays(request):
    """Keep silent, refuse, or know nothing, by what is asked for."""
    if "silent" in request["to"]:
        return None
    refusals = {
        "cse-in/stranger": (4106, "Cdev is not registered"),
        "cse-in/secret": (4103, 'Cdev may not: "x" rsc=2000'),
    }
    rsc, why = refusals.get(request["to"], (4004, "there is no such thing"))
    return answer_to(request, rsc, {"m2m:dbg": why})


class Hall:
    """A gateway in front of a CSE that talks, one that takes one request at a
    time, one that is away, and one whose name nobody knows."""

    def __init__(self, registrar, slow, gone, broker, start_at_broker):
        self.registrar, self.slow, self.gone = registrar, slow, gone
        registrar.plays(plays)
        config = settings(
            registrar,
            coap=True,
            brokers=[{"url": broker.url, "version": "3.1.1"}],
            timeouts={**TIMEOUTS, "request": "1s", "drain": "500ms"},
            limits={"content": "4KiB"},
        )
        config["cses"][0]["default"] = True
        config["cses"] += [
            {"id": "/id-slow", "url": slow.url, "window": 1, "link": "shared"},
            {"id": "/id-gone", "url": gone},
            {"id": "/id-lost", "url": "http://nowhere.invalid:1"},
        ]
        self.gateway = start_at_broker(config)


@pytest.fixture
def hall(registrar, make_registrar, make_port, broker, start_at_broker):
    slow = make_registrar("/id-slow", "slow")
    return Hall(registrar, slow, make_port().http, broker, start_at_broker)


@pytest.fixture(params=BINDINGS)
def asker(request, hall, make_asker):
    return make_asker(request.param, hall.gateway)


def fails(asker, to, rsc, why, **wanted):
    """A request is answered with this reason, and it has one line."""
    how = {name: wanted.pop(name) for name in ("fr", "rqet") if name in wanted}
    heard = asker.asks(to, **how)
    assert why in heard
    told = expect_failure(
        asker.gateway,
        heard,
        binding=asker.binding,
        op="RETRIEVE",
        fr=how.get("fr", "Cdev"),
        to=to,
        rqi="q1",
        rsc=rsc,
        **wanted,
    )
    assert told["msg"] == heard
    assert told["ms"] >= 0
    codes = CODES.get(asker.binding, {})
    assert told.get("code") == codes.get(rsc, told.get("code"))
    has_one_line(asker)
    return told


def has_one_line(asker, **wanted):
    """Of its binding, or with these fields."""
    wanted = wanted or {"binding": asker.binding}
    asker.gateway.stop()
    lines = [json.loads(e.raw) for e in asker.gateway.logged("exchange/failed")]
    assert len([e for e in lines if wanted.items() <= e.items()]) == 1


def test_the_cse_is_away(hall, asker):
    fails(asker, "/id-gone/x", 5103, "onnect", hop=hall.gone)


def test_the_cse_is_silent(hall, asker):
    why = "the target did not answer (it was sent "
    told = fails(asker, "cse-in/silent", 4008, why, hop=hall.registrar.url)
    assert told["ms"] >= 900


def test_the_path_is_wrong(hall, asker):
    why = "there is no such thing"
    fails(asker, "cse-in/wrong/path", 4004, why, hop=hall.registrar.url)


def test_the_request_has_expired(asker):
    told = fails(asker, "cse-in/x", 4008, "expired", rqet="20200101T000000")
    assert "hop" not in told


def test_the_device_is_not_registered(hall, asker):
    why = "Cdev is not registered"
    fails(asker, "cse-in/stranger", 4106, why, hop=hall.registrar.url)


def test_the_cse_refuses_it(hall, asker):
    why = 'Cdev may not: "x" rsc=2000'
    fails(asker, "cse-in/secret", 4103, why, hop=hall.registrar.url)


def test_nobody_knows_the_name(asker):
    why = "the name of the host is not known"
    fails(asker, "/id-lost/x", 5103, why, hop="http://nowhere.invalid:1")


def test_the_window_is_stuck(hall, asker):
    asker.begins("/id-slow/silent", rqi="q0", rqet="60000")
    hall.slow.expect_request(to="/id-slow/silent")
    heard = asker.asks("/id-slow/next")
    assert "the window of the connection is full (1 without" in heard
    told = expect_failure(
        hall.gateway,
        heard,
        binding=asker.binding,
        fr="Cdev",
        to="/id-slow/next",
        hop=hall.slow.url,
        rqi="q1",
        rsc=4008,
    )
    assert told["ms"] >= 900
    has_one_line(asker, rqi="q1")


def test_nobody_says_who_asks(asker):
    heard = asker.asks("cse-in/x", fr=None)
    told = expect_failure(
        asker.gateway, heard, binding=asker.binding, rsc=4000, rqi="q1"
    )
    assert "missing" in told["msg"]
    assert "fr" not in told
    has_one_line(asker)


WRONG_MEDIA = {"http": "text/plain", "coap": 0, "mqtt": "yaml"}


@pytest.mark.parametrize("binding", WRONG_MEDIA)
def test_the_content_is_of_a_kind_that_is_not_taken(hall, make_asker, binding):
    asker = make_asker(binding, hall.gateway)
    asker.begins("cse-in", SMALL, media=WRONG_MEDIA[binding])
    code = {"http": "415", "coap": "4.15"}.get(binding)
    told = expect_failure(hall.gateway, binding=binding, code=code)
    assert told["rsc"] == 4015 or code
    assert told["msg"]
    has_one_line(asker)


def test_the_subprotocol_is_of_a_kind_that_is_not_taken(hall, make_registree):
    with pytest.raises(InvalidStatus):
        make_registree(hall.gateway, "Cdev", speaks=["oneM2M.yaml"])
    told = expect_failure(hall.gateway, binding="ws", peer="127.0.0.1")
    assert told["code"] == "400"
    assert "ubprotocol" in told["msg"]
    hall.gateway.stop()
    assert len(hall.gateway.logged("exchange/failed")) == 1


TOO_LARGE = {"http": "413", "coap": "4.13", "mqtt": None, "ws": "1009"}


def test_the_content_is_too_large(asker):
    asker.begins("cse-in", LARGE)
    told = expect_failure(
        asker.gateway, binding=asker.binding, code=TOO_LARGE[asker.binding]
    )
    assert "large" in told["msg"] or "limits.content" in told["msg"]
    assert told["rsc"] >= 4000
    has_one_line(asker)


NOT_ALLOWED = ["http://192.0.2.1:9/n", "coap://192.0.2.1:9/n"]


@pytest.mark.parametrize("url", NOT_ALLOWED)
@pytest.mark.parametrize("binding", ["http", "coap", "ws"])
def test_the_point_of_access_is_not_allowed(hall, make_asker, binding, url):
    """Who came over MQTT is reached there all the same."""
    asker = make_asker(binding, hall.gateway)
    hall.registrar.plays(None)
    asker.registers(hall.registrar, poa=[url])
    if asker.binding == "ws":
        asker.device.closes()
        asker.device.expect_closed()
    rqi = hall.registrar.notifies("Cdev", {"m2m:sgn": {}})
    heard = hall.registrar.expect_answer(rqi, rsc=5103)["pc"]["m2m:dbg"]
    assert "deliver.allow" in heard
    expect_failure(
        hall.gateway,
        heard,
        binding="ws",
        peer="/id-in",
        op="NOTIFY",
        fr="/id-in",
        to="Cdev",
        rqi=rqi,
        hop=url,
        rsc=5103,
    )
    has_one_line(asker, op="NOTIFY")
