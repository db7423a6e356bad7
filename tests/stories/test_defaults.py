"""Without any configuration the gateway and the sandbox find each other: two
commands, and a device can begin.

The ports are fixed then, so this runs in a network of its own.
"""

import fcntl
import pathlib
import socket
import struct
import subprocess
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def test_the_defaults_work_together():
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net"]
        + [sys.executable, __file__],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=TESTS,
        env=None,
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


def main():
    sys.path.insert(0, str(TESTS))
    from support.device import Device
    from support.process import Program
    from support.registering import ae
    from support.registree import Registree

    bring_loopback_up()
    sandbox = Program("sandbox", name="sandbox")
    sandbox.wait_for("ws/listening", ":8180")
    gateway = Program("run", name="gateway")
    gateway.wait_for("http/listening", "127.0.0.1:8080")
    gateway.wait_for("ws/listening", "127.0.0.1:8181")
    gateway.wait_for("registration/registered")
    device = Device("http://127.0.0.1:8080", "C")
    device.creates("/sandbox", 2, ae(rn="first")).expect(2001, 201)
    registree = Registree("ws://127.0.0.1:8181", "Cws")
    rqi = registree.asks(2, "sandbox", fr="Cws")
    registree.expect_answer(rqi, rsc=2000)
    registree.closes()
    gateway.stop()
    sandbox.stop()


if __name__ == "__main__":
    main()
