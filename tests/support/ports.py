"""Ports - held for servers that cannot choose one, also while they are away.

A socket that is bound and never listens keeps a port.  A server gets it all
the same when both say SO_REUSEADDR, as mosquitto, asyncio, libwebsockets and
the gateway do; nobody gets it by chance, and who connects meanwhile is
refused.
"""

import socket


class Port:
    """A TCP port of 127.0.0.1 that is ours until it is closed."""

    def __init__(self):
        self._holder = reusing()
        self._holder.bind(("127.0.0.1", 0))
        self.number = self._holder.getsockname()[1]

    @property
    def http(self):
        return f"http://127.0.0.1:{self.number}"

    def close(self):
        self._holder.close()


def reusing():
    """A socket that shares its port with those who ask for that."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return made
