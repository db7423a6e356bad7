"""Registering over CoAP - what stories of notifications begin with."""

from support import coap
from support.registering import ae
from support.wire import CREATE


def register(device, registrar, aei, **attributes):
    """An AE registers over CoAP and the scripted CSE grants it."""
    message = device.request(
        coap.POST, "cse-in", ae(**attributes), ty=2, origin=aei
    )
    device.tells(message)
    registrar.grants(registrar.expect_request(op=CREATE, ty=2), aei)
    return device.takes_answer(message).expect(2001, "2.01")
