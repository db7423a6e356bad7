"""Ports - for servers that cannot choose one themselves."""

import random
import socket

# Below what the system gives to sockets that connect: a port from there may be
# taken again before the server gets to it.
PORTS = range(10000, 32000)


def free_port():
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
