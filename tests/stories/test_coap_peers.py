"""CSEs and devices that read TS-0008 in their own way are understood, and get
what they understand: tinyIoT, Mobius, and peers of release 5."""

import pytest
from support import coap
from support.settings import settings
from support.waiting import DEADLINE

COAP = {"coap": {"address": "127.0.0.1", "port": 0}}


@pytest.fixture
def make_cse(start_gateway, make_coap_listener, make_coap_device):
    """A CSE made of bytes, at its own port, and a device that asks it."""

    def make(**cse):
        listener = make_coap_listener(answers_by_itself=False)
        path = cse.pop("path", "")
        entry = {"id": "/id-in", "name": "cse-in", "url": listener.url + path}
        gateway = start_gateway(
            settings(listen=COAP, timeouts={"drain": "500ms"}, cses=[{**entry, **cse}])
        )
        return listener, make_coap_device(gateway.coap_port), gateway

    return make


def test_tinyiot_is_asked_by_get_also_in_release_5(make_cse):
    cse, device, _ = make_cse(profile="tinyiot")
    sent = device.request(coap.GET, "cse-in", rvi="5")
    device.tells(sent)
    request = cse.expect(method=coap.GET)
    assert (request.payload, request.path) == (b"", "cse-in")
    cse.answers(request, "2.05", 2000, {"m2m:cb": {}})
    device.takes_answer(sent, DEADLINE)


@pytest.mark.parametrize("profile", ["tinyiot", "mobius"])
def test_a_cse_that_knows_no_op_gets_the_method(make_cse, profile):
    cse, device, _ = make_cse(profile=profile)
    sent = device.request(coap.POST, "cse-in", query=["op=2", "rt=2"])
    device.tells(sent)
    assert "op" not in cse.expect(method=coap.GET).queries[0]
