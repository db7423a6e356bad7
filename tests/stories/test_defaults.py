"""Without any configuration the gateway and the sandbox find each other: two
commands, and a device can begin.

The ports are fixed then, so this runs in a network of its own.
"""

from support.device import Device
from support.own_network import bring_loopback_up, run_in_own_network
from support.process import Program
from support.registering import ae
from support.registree import Registree


def test_the_defaults_work_together():
    run_in_own_network("stories.test_defaults")


def main():
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
