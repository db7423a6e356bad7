"""Honest - a device that has to be served whatever a greedy peer does, and a CSE
that answers nobody else.

A story takes all of it: `from support.honeststory import *`.
"""

import pytest

from support.wire import answer_to

__all__ = ["honest", "is_honest", "silent"]


def is_honest(message):
    return message["fr"] in ("Chonest", "/id-gw/Chonest")


@pytest.fixture
def silent(registrar):
    """A CSE that answers nobody but the honest device."""
    registrar.plays(lambda m: answer_to(m, 2000) if is_honest(m) else None)
    return registrar


@pytest.fixture
def honest(make_device):
    """Asks three times, and is answered."""

    def asks(gateway):
        device = make_device(gateway, "Chonest", address="127.0.0.9")
        for _ in range(3):
            device.retrieves("/cse-in").expect(2000)

    return asks
