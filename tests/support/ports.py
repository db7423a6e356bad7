"""Ports - for servers that cannot choose one themselves."""

import random
import socket

# Below what the system gives to sockets that connect: a port from there may be
# taken again before the server gets to it.
PORTS = range(10000, 32000)


def is_free(port, kind):
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port():
    """A port of 127.0.0.1 that nobody has, over TCP and UDP."""
    while True:
        port = random.choice(PORTS)
        if is_free(port, socket.SOCK_STREAM) and is_free(
            port, socket.SOCK_DGRAM
        ):
            return port
