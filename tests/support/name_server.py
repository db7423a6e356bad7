"""NameServer - the name server of a network of its own (own_network.py).

It tells where the names are that it was told, knows no others, and keeps silent
when it is told to, or of some names always.  It is asked by whoever reads /etc/resolv.conf there.
"""

import pathlib
import socket
import struct
import subprocess
import tempfile
import threading

from support.waiting import Mailbox

NO_SUCH_NAME = 3
A = 1


class NameServer:
    def __init__(self):
        self.asked = Mailbox("what the name server was asked")
        self.names = {}
        self.is_silent = False
        self.silent = set()  # of these names
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            query, peer = self._socket.recvfrom(512)
            name, end = read_name(query)
            self.asked.put(name)
            if not self.is_silent and name not in self.silent:
                self._socket.sendto(self._answer(query, name, end), peer)

    def _answer(self, query, name, end):
        """A name that is known has one address, of IPv4."""
        address = self.names.get(name)
        (kind,) = struct.unpack("!H", query[end : end + 2])
        records = []
        if address and kind == A:
            where = socket.inet_aton(address)
            records.append(struct.pack("!HHHIH", 0xC00C, A, 1, 0, 4) + where)
        code = 0 if address else NO_SUCH_NAME
        flags = 0x8180 | code
        head = query[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0)
        return head + query[12 : end + 4] + b"".join(records)


def read_name(query):
    """The name in a query, and where it ends."""
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels), at + 1


def use_name_server(patience_s=1):
    """Everybody in this network asks it from now on, and for so long only."""
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write("nameserver 127.0.0.1\n")
        file.write(f"options timeout:{patience_s} attempts:1\n")
    subprocess.run(
        ["mount", "--bind", file.name, "/etc/resolv.conf"], check=True
    )
    pathlib.Path(file.name).unlink()
