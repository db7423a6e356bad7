"""Nobody is believed by what it calls itself: a device that says to be the
gateway, or a CSE, is refused over each protocol before anybody hears of it
(TS-0004 7.3.2.1).  What is in the name of the gateway stays as it is."""

import pytest
from support import coap
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import mqtt_settings, register_mqtt
from support.registering import csr, register_ae, register_cse
from support.wire import CREATE, DELETE, RETRIEVE, answer_to

OWN = "/id-in/cse-in/id-gw"
PROVIDER = {"sp-id": "//sp.example"}
ELSEWHERE = "127.0.0.2"

OURS = ["/id-gw", "//sp.example/id-gw", "/id-gw/C1"]
OF_THE_CSE = ["/id-in", "//sp.example/id-in", "/id-in/CAdmin", "/id-in/C7"]


@pytest.fixture
def gateway(broker, registrar, played_cse, start_at_broker):
    gateway = start_at_broker(
        mqtt_settings(
            broker, registrar, coap=True, node=PROVIDER, cse={"register": True}
        )
    )
    gateway.wait_for("registration/registered")
    return gateway


def still_registered(registrar, played_cse):
    """The CSE has heard of nothing, and has what it had."""
    registrar.fence()
    assert played_cse.csr["csi"] == "/id-gw"
    assert not registrar.requests_heard(op=DELETE)
    assert len(registrar.requests_heard(op=CREATE)) == 1


def says_why(answer):
    assert answer["m2m:dbg"].startswith("fr names ")


@pytest.mark.parametrize("fr", OURS + OF_THE_CSE)
def test_over_http_it_is_4107(registrar, played_cse, gateway, make_device, fr):
    device = make_device(gateway, fr, address=ELSEWHERE)
    says_why(device.deletes(f"/~{OWN}").expect(4107, 403).pc)
    device.retrieves("/cse-in").expect(4107, 403)
    device.creates("/cse-in", 16, csr("/id-x")).expect(4107, 403)
    still_registered(registrar, played_cse)


@pytest.mark.parametrize("fr", OURS + OF_THE_CSE)
def test_over_coap_it_is_4107(
    registrar, played_cse, gateway, make_coap_peer, fr
):
    peer = make_coap_peer(gateway, address=ELSEWHERE)
    sent = peer.request(coap.DELETE, f"~{OWN}", origin=fr)
    peer.tells(sent)
    says_why(peer.takes_answer(sent).expect(4107, "4.03").pc)
    still_registered(registrar, played_cse)


@pytest.mark.parametrize("name", [None, "C1", "/id-x"])
@pytest.mark.parametrize("fr", OURS + OF_THE_CSE)
def test_over_websocket_it_is_4107(
    registrar, played_cse, gateway, make_registree, fr, name
):
    registree = make_registree(gateway, name, address=ELSEWHERE)
    rqi = registree.asks(DELETE, OWN, fr=fr)
    says_why(registree.expect_answer(rqi, rsc=4107)["pc"])
    still_registered(registrar, played_cse)


@pytest.mark.parametrize("fr", OURS + OF_THE_CSE)
def test_over_the_connection_of_a_registree_it_is_4106(
    registrar, played_cse, gateway, make_device, make_registree, fr
):
    registree = make_registree(gateway, "C1", address=ELSEWHERE)
    content = {"m2m:ae": {"api": "N.story", "rr": True, "srv": ["3"]}}
    rqi = registree.asks(CREATE, "cse-in", content, ty=2, fr="C1")
    registree.expect_answer(rqi, rsc=2001)
    rqi = registree.asks(DELETE, OWN, fr=fr)
    says_why(registree.expect_answer(rqi, rsc=4106)["pc"])
    registrar.fence()
    assert played_cse.csr and not registrar.requests_heard(op=DELETE)


@pytest.mark.parametrize("fr", OURS + OF_THE_CSE)
def test_over_mqtt_the_topic_says_who_it_is_and_it_is_4106(
    broker, registrar, played_cse, gateway, make_mqtt_device, fr
):
    device = make_mqtt_device(broker, "C1")
    rqi = device.asks(DELETE, OWN, fr=fr)
    told = device.expect_answer(rqi, rsc=4106)["pc"]["m2m:dbg"]
    assert told == "fr is not who the topic says the originator is"
    still_registered(registrar, played_cse)


@pytest.mark.parametrize("fr", ["/id-gw", "//sp.example/id-in", "/id-in"])
def test_nobody_registers_by_such_a_name_at_a_broker(
    broker, registrar, played_cse, gateway, make_mqtt_device, fr
):
    """Where the topic names a credential, which is nobody here."""
    device = make_mqtt_device(broker, "C1")
    rqi = device.registers(fr, pc=csr(fr), ty=16)
    says_why(device.expect_answer(rqi, rsc=4107)["pc"])
    still_registered(registrar, played_cse)


@pytest.mark.parametrize("fr", OURS)
def test_nobody_is_the_gateway_not_even_where_the_cse_is(
    registrar, played_cse, gateway, make_device, make_registree, fr
):
    make_device(gateway, fr).deletes(f"/~{OWN}").expect(4107, 403)
    registree = make_registree(gateway, "/id-in")
    rqi = registree.asks(DELETE, OWN, fr=fr)
    registree.expect_answer(rqi, rsc=4107)
    still_registered(registrar, played_cse)


def test_who_is_below_another_is_not_asked_for_more(
    registrar, gateway, make_device
):
    """Stems, a CSE that is registered here, and those below it."""
    registrar.plays(None)
    device = make_device(gateway, address=ELSEWHERE)
    register_cse(device, registrar, "/id-mn", dcse=["/id-below"])
    register_ae(device, registrar, "C1")
    registrar.plays(lambda m: answer_to(m, 2000, {"fr": m["fr"]}))
    for fr, as_heard in (
        ("C1", "C1"),
        ("CAdmin", "CAdmin"),
        ("S1", "S1"),
        ("/id-mn", "/id-mn"),
        ("/id-mn/CAE", "/id-mn/CAE"),
        ("/id-below/C9", "/id-below/C9"),
    ):
        answer = device.retrieves("/cse-in/x", origin=fr).expect(2000, 200)
        assert answer.pc == {"fr": as_heard}


def test_a_registree_cse_and_those_below_it_speak_over_its_connection(
    registrar, gateway, make_registree
):
    registrar.plays(None)
    registree = make_registree(gateway, "/id-mn", address=ELSEWHERE)
    rqi = registree.asks(
        CREATE, "cse-in", csr("/id-mn", dcse=["/id-below"]), ty=16, fr="/id-mn"
    )
    request = registrar.expect_request(op=CREATE, ty=16, fr="/id-mn")
    registrar.answers(request, 2001, request["pc"])
    registree.expect_answer(rqi, rsc=2001)
    for fr in ("/id-mn", "/id-mn/CAE", "/id-below/C9"):
        rqi = registree.asks(RETRIEVE, "/id-in/cse-in/x", fr=fr)
        registrar.answers(registrar.expect_request(op=RETRIEVE, fr=fr))
        registree.expect_answer(rqi, rsc=2000)


def test_a_device_at_the_broker_is_still_heard(
    broker, registrar, gateway, make_mqtt_device
):
    registrar.plays(None)
    device = make_mqtt_device(broker, "C1")
    register_mqtt(device, registrar)
    rqi = device.asks(RETRIEVE, "cse-in/x", fr="/id-in/C1")
    registrar.answers(registrar.expect_request(op=RETRIEVE, fr="C1"))
    device.expect_answer(rqi, rsc=2000)
