"""Devices made of CoAP clients that nobody here wrote live with the sandbox:
aiocoap, the npm package coap, and coap-client of libcoap."""

import itertools
import json

import pytest
from support.coap_clients import (
    CLIENTS,
    AiocoapListener,
    NpmListener,
    onem2m_options,
)
from support.settings import settings
from support.waiting import DEADLINE

rqis = itertools.count(1)


@pytest.fixture
def gateway(start_sandbox, start_gateway):
    return start_gateway(settings(start_sandbox(), coap=True))


@pytest.fixture
def asks_by(gateway):
    """How a client makes one request."""

    def by(name):
        def asks(method, path, body=None, ty=None, origin="CAdmin", query=()):
            options = onem2m_options(f"r{next(rqis)}", origin, ty)
            payload = json.dumps(body).encode() if body else b""
            return CLIENTS[name](
                gateway.coap_port, method, path, options, payload, query
            )

        return asks

    return by


@pytest.fixture(params=sorted(CLIENTS))
def ask(request, asks_by):
    return asks_by(request.param)


@pytest.fixture
def ask_by_aiocoap(asks_by):
    return asks_by("aiocoap")


def register(ask, name, origin, **more):
    ae = {"rn": name, "api": "N.story", "rr": True, "srv": ["3"], **more}
    answer = ask("POST", "sandbox", {"m2m:ae": ae}, ty=2, origin=origin)
    return answer.expect(2001, "2.01").pc["m2m:ae"]["aei"]


def test_a_device_creates_retrieves_updates_and_deletes(ask):
    aei = register(ask, "thermo", "Cthermo")
    cnt = {"m2m:cnt": {"rn": "log", "lbl": ["warm"]}}
    ask("POST", "sandbox/thermo", cnt, 3, aei).expect(2001, "2.01")
    for value in ("20", "21"):
        cin = {"m2m:cin": {"con": value}}
        ask("POST", "sandbox/thermo/log", cin, 4, aei).expect(2001, "2.01")
    newest = ask("GET", "sandbox/thermo/log/la", origin=aei)
    assert newest.expect(2000, "2.05").pc["m2m:cin"]["con"] == "21"
    update = {"m2m:cnt": {"mni": 1}}
    ask("PUT", "sandbox/thermo/log", update, None, aei).expect(2004, "2.04")
    found = ask("GET", "sandbox", origin=aei, query=["fu=1", "lbl=warm"])
    assert found.expect(2000, "2.05").pc["m2m:uril"] == ["sandbox/thermo/log"]
    ask("GET", "sandbox/nothing", origin=aei).expect(4004, "4.04")
    ask("DELETE", "sandbox/thermo", origin=aei).expect(2002, "2.02")


# coap-client drops answers, so it never asks for the next block.
@pytest.mark.parametrize(
    "ask", sorted(set(CLIENTS) - {"coap-client"}), indirect=True
)
def test_a_large_content_crosses_in_blocks(ask):
    aei = register(ask, "big", "Cbig")
    ask("POST", "sandbox/big", {"m2m:cnt": {"rn": "c"}}, 3, aei)
    value = "0123456789" * 500
    cin = {"m2m:cin": {"con": value}}
    ask("POST", "sandbox/big/c", cin, 4, aei).expect(2001, "2.01")
    newest = ask("GET", "sandbox/big/c/la", origin=aei).expect(2000, "2.05")
    assert newest.pc["m2m:cin"]["con"] == value


def test_coap_client_sends_in_blocks(asks_by, ask_by_aiocoap):
    ask = asks_by("coap-client")
    aei = register(ask, "big", "Cbig")
    ask("POST", "sandbox/big", {"m2m:cnt": {"rn": "c"}}, 3, aei)
    value = "0123456789" * 500
    cin = {"m2m:cin": {"con": value}}
    answer = ask("POST", "sandbox/big/c", cin, 4, aei, query=["rcn=0"])
    answer.expect(2001, "2.01")
    newest = ask_by_aiocoap("GET", "sandbox/big/c/la", origin=aei)
    assert newest.expect(2000, "2.05").pc["m2m:cin"]["con"] == value


@pytest.mark.parametrize("make", [AiocoapListener, NpmListener])
def test_a_device_is_notified(ask_by_aiocoap, ends, make):
    listener = make()
    ends.add(listener.close)
    asks = ask_by_aiocoap
    aei = register(asks, "lamp", "Clamp", poa=[listener.url])
    asks("POST", "sandbox/lamp", {"m2m:cnt": {"rn": "c"}}, 3, aei)
    sub = {"m2m:sub": {"nu": [aei], "enc": {"net": [3]}, "nct": 1}}
    asks("POST", "sandbox/lamp/c", sub, 23, aei).expect(2001, "2.01")
    for value in ("on", "x" * 3000):
        cin = {"m2m:cin": {"con": value}}
        asks("POST", "sandbox/lamp/c", cin, 4, aei).expect(2001, "2.01")
        told = listener.arrivals.take(
            lambda a: "nev" in a["pc"]["m2m:sgn"], within=DEADLINE
        )
        assert told["url"].lstrip("/") == aei
        rep = told["pc"]["m2m:sgn"]["nev"]["rep"]
        assert rep["m2m:cin"]["con"] == value
