"""A real ACME, and a gateway in front of it."""

import pytest
from support.acme import Acme
from support.registering import is_granted
from support.settings import settings

RETRY = {"request": "12s", "retry-min": "50ms", "retry-max": "500ms"}


@pytest.fixture
def start_acme(ends):
    def start(**how):
        acme = Acme(**how)
        ends.add(acme.ends)
        return acme

    return start


@pytest.fixture
def acme(start_acme):
    return start_acme()


@pytest.fixture
def gateway(acme, start_gateway):
    """Registered at ACME, which has a profile of its own."""
    gateway = start_gateway(
        settings(
            acme,
            cse={"profile": "acme", "register": True, "check": "500ms"},
            timeouts=RETRY,
            deliver={"allow": ["127.0.0.0/8"]},
        )
    )
    gateway.wait_for("registration/registered")
    return gateway


@pytest.fixture
def registered(gateway, make_device):
    """Make devices that ACME has granted an AE-ID."""

    def register(name, listener=None, **attributes):
        device = make_device(gateway, "C", n_at_once=64)
        if listener:
            attributes["poa"] = [listener.url]
        return is_granted(device, "/cse-in", rn=name, **attributes)

    return register
