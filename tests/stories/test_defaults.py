"""Without any configuration the gateway and the sandbox find each other: two
commands, and a device can begin, and is notified on the same machine.

The ports are fixed then, so this runs in a network of its own.
"""

from support.device import Device, Listener
from support.own_network import bring_loopback_up, run_in_own_network
from support.process import Program
from support.registering import is_granted, watch
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
    listener = Listener()
    is_granted(device, "/sandbox", rn="first", poa=[listener.url])
    device.creates("/sandbox/first", 3, {"m2m:cnt": {"rn": "c"}}).expect(2001)
    device.creates("/sandbox/first/c", 23, watch(device.originator)).expect(2001)
    device.creates("/sandbox/first/c", 4, {"m2m:cin": {"con": "1"}}).expect(2001)
    while "nev" not in listener.expect(method="POST").pc["m2m:sgn"]:
        pass
    listener.close()
    registree = Registree("ws://127.0.0.1:8181", "Cws")
    rqi = registree.asks(2, "sandbox", fr="Cws")
    registree.expect_answer(rqi, rsc=2000)
    registree.closes()
    gateway.stop()
    sandbox.stop()


if __name__ == "__main__":
    main()
