"""Linkstory - what stories about a CSE that misbehaves on its link ask for."""

import pytest

from support.registering import register_ae
from support.waiting import eventually
from support.wire import answer_to


@pytest.fixture
def linked(registrar, gateway, device):
    """A link that is up, with a registree behind it."""
    register_ae(device, registrar, "Cdev", poa=["http://127.0.0.1:9/"])
    registrar.plays(
        lambda m: answer_to(m) if m.get("to") == "cse-in/alive" else None
    )
    return registrar


def is_alive(device):
    """A request still goes there and back."""
    device.retrieves("/cse-in/alive").expect(2000, 200)


def comes_back(device):
    """The same, for a link that may be gone: until that is known, and while
    there is none, requests fail."""

    def answered():
        answer = device.retrieves("/cse-in/alive")
        assert answer.rsc in (2000, 5103)
        return answer.rsc == 2000

    eventually(answered, "a request that goes there and back")


__all__ = ["comes_back", "is_alive", "linked"]
