"""The target crosses unchanged in its three scopes, structured, unstructured
and with virtual children, from HTTP to the CSE and from the CSE to HTTP
(story 2; TS-0009 6.2.2.1)."""

import pytest
from support.raw import Raw, request
from support.registering import register_ae, register_cse
from support.settings import settings
from support.wire import RETRIEVE, answer_to

SCOPES = [
    ("/cse-in", "cse-in"),
    ("/cse-in/ae1/cnt1", "cse-in/ae1/cnt1"),
    ("/cin00856", "cin00856"),
    ("/-", "-"),
    ("/-/ae1/cnt1", "-/ae1/cnt1"),
    ("/cse-in/ae1/cnt1/la", "cse-in/ae1/cnt1/la"),
    ("/cnt123/ol", "cnt123/ol"),
    ("/cse-in/ae1/pch/pcu", "cse-in/ae1/pch/pcu"),
    ("/~/id-in/cse-in/ae1", "/id-in/cse-in/ae1"),
    ("/~/id-in/-/ae1", "/id-in/-/ae1"),
    ("/~/id-in/cin00856", "/id-in/cin00856"),
    ("/~/id-other/x", "/id-other/x"),
    ("/_/sp.example/id-in/cse-in", "//sp.example/id-in/cse-in"),
    ("/_/sp.example/id-in/cnt1", "//sp.example/id-in/cnt1"),
    ("/cse-in/a.b_c-d~e", "cse-in/a.b_c-d~e"),
]


@pytest.fixture
def gateway(registrar, start_gateway):
    return start_gateway(settings(registrar, node={"sp-id": "//sp.example"}))


@pytest.mark.parametrize("path, to", SCOPES)
def test_a_path_becomes_the_target(registrar, device, path, to):
    registrar.echoes()
    assert device.retrieves(path).expect(2000).pc == {"to": to}


def test_an_escaped_path_becomes_plain_text(gateway, registrar):
    registrar.echoes()
    with Raw(gateway.http_port) as raw:
        raw.sends(request(path="/cse-in/%61%2de1"))
        assert raw.answer().body == b'{"to": "cse-in/a-e1"}'


TOWARD_HTTP = [
    ("/id-mn", "/~/id-mn"),
    ("/id-mn/mn/ae1", "/~/id-mn/mn/ae1"),
    ("/id-mn/-/ae1/la", "/~/id-mn/-/ae1/la"),
    ("/id-mn/cin00856", "/~/id-mn/cin00856"),
    ("//sp.example/id-mn/mn", "/_/sp.example/id-mn/mn"),
]


@pytest.mark.parametrize("to, path", TOWARD_HTTP)
@pytest.mark.parametrize("prefix", ["", "/root"])
def test_a_target_becomes_the_path_behind_the_poa(
    registrar, device, listener, to, path, prefix
):
    register_cse(device, registrar, "/id-mn", poa=[listener.url + prefix])
    registrar.asks(RETRIEVE, to, fr="/id-in")
    assert listener.expect(method="GET").path == prefix + path


def test_an_ae_is_reached_at_its_id(registrar, device, listener):
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    assert listener.expect(method="POST").path == "/Cdev"
    registrar.expect_answer(rqi, rsc=2000)


def test_a_single_attribute_is_asked_for(registrar, device):
    registrar.plays(
        lambda m: answer_to(m, 2000, {"to": m["to"], "got": m.get("pc")})
    )
    seen = device.retrieves("/cse-in/ae1?atrl=lbl").expect(2000).pc
    assert seen == {"to": "cse-in/ae1#lbl", "got": None}


def test_several_attributes_are_asked_for(registrar, device):
    registrar.plays(
        lambda m: answer_to(m, 2000, {"to": m["to"], "got": m.get("pc")})
    )
    for query in ("atrl=lbl+ct+lt", "atrl=lbl&atrl=ct&atrl=lt"):
        seen = device.retrieves("/cse-in/ae1?" + query).expect(2000).pc
        assert seen == {
            "to": "cse-in/ae1",
            "got": {"m2m:atrl": ["lbl", "ct", "lt"]},
        }


def test_attributes_are_asked_for_at_an_http_cse(registrar, device, listener):
    register_cse(device, registrar, "/id-mn", poa=[listener.url])
    registrar.asks(RETRIEVE, "/id-mn/mn/ae1#lbl", fr="/id-in")
    assert listener.expect().path == "/~/id-mn/mn/ae1?atrl=lbl"
    registrar.asks(
        RETRIEVE, "/id-mn/mn/ae1", {"m2m:atrl": ["lbl", "ct"]}, fr="/id-in"
    )
    assert listener.expect().path == "/~/id-mn/mn/ae1?atrl=lbl+ct"
