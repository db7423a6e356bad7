"""Who is who in topics: a registree is told things under the name that it gives
itself, and nobody speaks under the name of another."""

import pytest
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import mqtt_settings, register_mqtt
from support.registering import ae, csr
from support.wire import CREATE, NOTIFY, RETRIEVE


@pytest.mark.parametrize("form", ["C1", "id-in:C1"])
def test_a_registree_with_a_poa_is_told_under_the_name_that_it_uses(
    broker, registrar, mqtt_gateway, make_mqtt_device, form
):
    device = make_mqtt_device(broker, "C1", form=form)
    register_mqtt(device, registrar, poa=[broker.url])
    told = registrar.notifies("C1", {"m2m:sgn": {}})
    question = device.expect_request(op=NOTIFY)
    assert question.topic == f"/oneM2M/req/id-in/{form}/json"
    device.answers(question)
    registrar.expect_answer(told, rsc=2000)


def test_a_registree_that_speaks_to_the_gateway_is_told_by_the_gateway(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1", cse="/id-gw")
    register_mqtt(device, registrar)
    told = registrar.notifies("C1", {"m2m:sgn": {}})
    question = device.expect_request(op=NOTIFY)
    assert question.topic == "/oneM2M/req/id-gw/id-gw:C1/json"
    device.answers(question)
    registrar.expect_answer(told, rsc=2000)
