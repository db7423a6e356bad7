"""Own network - a story whose ports are fixed runs where nobody else has any.

Its module is run once more, as a program, in a network with nothing but a
loopback, which that program brings up; what it mounts is seen by nobody else.
"""

import fcntl
import pathlib
import socket
import struct
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
SIOCSIFADDR = 0x8916


def run_in_own_network(module, *words):
    """Such as "stories.test_defaults", with these arguments; it has to end
    well."""
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", "--mount"]
        + [sys.executable, "-m", module, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=TESTS,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode(errors="replace")


def bring_loopback_up():
    with socket.socket() as any_socket:
        asked = struct.pack("16sh22x", b"lo", 0)
        flags = fcntl.ioctl(any_socket, SIOCGIFFLAGS, asked)
        flags = struct.unpack("16sh22x", flags)[1] | IFF_UP
        wanted = struct.pack("16sh22x", b"lo", flags)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, wanted)


def give_loopback(address):
    """Another address of IPv4, beside 127.0.0.1."""
    with socket.socket() as any_socket:
        wanted = struct.pack(
            "16sHH4s8x", b"lo:1", socket.AF_INET, 0, socket.inet_aton(address)
        )
        fcntl.ioctl(any_socket, SIOCSIFADDR, wanted)
