"""Who listens at all addresses of a machine is the gateway itself at each of
them, and not only at its loopback.

The machine needs an address that is no loopback, so this runs in a network of
its own.
"""

from support.device import Device
from support.own_network import (
    bring_loopback_up,
    give_loopback,
    run_in_own_network,
)
from support.process import Gateway
from support.registering import register_ae
from support.registrar import Registrar
from support.settings import settings

OWN = "198.51.100.7"


def test_each_address_of_the_machine_is_ours():
    run_in_own_network("stories.test_own_addresses")


def main():
    bring_loopback_up()
    give_loopback(OWN)
    registrar = Registrar()
    everywhere = {"http": {"address": "0.0.0.0"}}
    allowed = {"allow": ["0.0.0.0/0"]}
    gateway = Gateway(settings(registrar, listen=everywhere, deliver=allowed))
    device = Device(f"http://{OWN}:{gateway.http_port}")
    poa = [f"http://{OWN}:{gateway.http_port}/x"]
    register_ae(device, registrar, "Cdev", poa=poa)
    gateway.wait_for("reach/not-reachable", "the gateway itself")
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    answer = registrar.expect_answer(rqi, rsc=5103)
    assert "the gateway itself" in answer["pc"]["m2m:dbg"]
    assert gateway.counts()["own"] == 2
    gateway.stop()
    registrar.ends()


if __name__ == "__main__":
    main()
