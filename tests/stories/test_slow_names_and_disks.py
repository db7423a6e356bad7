"""Names that nobody looks up in time and a disk that stands still hold up only
those who wait for them (rule 10: one loop, which never waits).

The names are those of a network of its own, whose name server keeps silent of
some: whoever looks them up waits until his patience ends.
"""

from support import coap
from support.broker import Broker
from support.device import Device, Listener
from support.mqttstory import mqtt_settings
from support.name_server import NameServer, use_name_server
from support.own_network import bring_loopback_up, run_in_own_network
from support.process import Gateway
from support.registering import register_ae
from support.registrar import Registrar
from support.settings import settings
from support.waiting import eventually
from support.wire import answer_to

HERE, GREEDY, HONEST = "127.0.0.1", "127.0.0.5", "127.0.0.6"
N_MANY = 100
N_LOOKUPS = 8

# Of the system with a name server.
PATIENCE_S = 4


def test_names_that_are_not_looked_up_hold_up_nobody_else():
    run_in_own_network("stories.test_slow_names_and_disks")


def test_a_disk_that_stands_still_holds_up_nobody(
    registrar, start_gateway, make_device, listener, tmp_path
):
    kept = {"file": str(tmp_path / "registry.db")}
    config = settings(registrar, registry=kept)
    gateway = start_gateway(config)
    device = make_device(gateway)
    with gateway.holds(loop=False):
        for n in range(20):
            register_ae(device, registrar, f"C{n}", poa=[listener.url])
            rqi = registrar.notifies(f"C{n}", {"m2m:sgn": {}})
            listener.expect(method="POST", path=f"/C{n}")
            registrar.expect_answer(rqi, rsc=2000)
    gateway.stop()
    registrar.expect_connection()
    start_gateway(config)
    registrar.expect_connection()
    for n in range(20):
        rqi = registrar.notifies(f"C{n}", {"m2m:sgn": {}})
        listener.expect(method="POST", path=f"/C{n}")
        registrar.expect_answer(rqi, rsc=2000)


class Hall:
    """A gateway, its CSEs, one of which is given by name, and who is there."""

    def __init__(self, names, **sections):
        self.names = names
        names.names = {}
        self.registrar = Registrar()
        self.named = Registrar("/id-named", "named")
        self.named.plays(lambda m: answer_to(m, 2000))
        config = settings(
            self.registrar,
            self.named,
            coap=True,
            deliver={"allow": ["127.0.0.0/8"]},
            timeouts={"request": "1m", "retry-max": "200ms"},
            **sections,
        )
        config["cses"][0]["default"] = True
        config["cses"][1]["url"] = f"ws://named.example:{self.named.port}"
        self.gateway = Gateway(config)
        self.greedy = Device(self.gateway.http, address=GREEDY)
        self.honest = Device(self.gateway.http, address=HONEST)

    def notifies(self, aei):
        return self.registrar.notifies(aei, {"m2m:sgn": {}})

    def answer(self, rqi, **members):
        return self.registrar.expect_answer(rqi, **members)

    def is_reached(self, aei, listener, name):
        """An AE whose point of access has a name that is known."""
        self.names.names[name] = HERE
        poa = [f"{listener.url.split(':')[0]}://{name}:{listener.port}"]
        register_ae(self.honest, self.registrar, aei, poa=poa)
        rqi = self.notifies(aei)
        listener.expect()
        self.answer(rqi, rsc=2000)

    def reaches_the_named_cse(self):
        """It was not known where that is until now."""
        self.names.names["named.example"] = HERE
        answer = self.honest.retrieves("/~/id-named/named")
        answer.expect(2000)

    def ends(self):
        self.gateway.stop()
        for one in (self.greedy, self.honest):
            one.close()
        for one in (self.registrar, self.named):
            one.ends()


def says(answer, why):
    """In its words for a person."""
    return why in answer["pc"]["m2m:dbg"]


def many_notifications_to_one_slow_name(names, make_listener):
    """One look-up, and each of them is told why it led to nothing; afterwards
    the device is reached as any other."""
    hall, listener = Hall(names), make_listener()
    scheme = listener.url.split(":")[0]
    slow = f"slow.{scheme}.example"
    names.silent = {slow}
    poa = [f"{scheme}://{slow}:{listener.port}"]
    register_ae(hall.greedy, hall.registrar, "Cslow", poa=poa)
    rqis = [hall.notifies("Cslow") for _ in range(N_MANY)]
    names.asked.take(lambda name: name == slow)
    hall.is_reached("Chonest", make_listener(), f"honest.{scheme}.example")
    hall.reaches_the_named_cse()
    for rqi in rqis:
        answer = hall.answer(rqi, rsc=5103)
        assert says(answer, "the name server does not answer")
    # Of IPv4 and IPv6.
    assert len(names.asked.untaken(lambda name: name == slow)) < 4
    names.silent, names.names[slow] = set(), HERE

    def arrives():
        answer = hall.answer(hall.notifies("Cslow"))
        return answer["rsc"] == 2000

    eventually(arrives, "that the device is reached")
    hall.ends()


def many_slow_names(names):
    """Beyond its share a host is refused, and that is told."""
    hall = Hall(names, limits={"lookups": N_LOOKUPS})
    slow = [f"slow{n}.example" for n in range(2 * N_LOOKUPS)]
    names.silent = set(slow)
    for n, name in enumerate(slow):
        poa = [f"http://{name}:1"]
        register_ae(hall.greedy, hall.registrar, f"C{n}", poa=poa)
    rqis = [hall.notifies(f"C{n}") for n in range(len(slow))]
    why = "has its share of names to look up (limits.lookups)"
    for rqi in rqis[N_LOOKUPS // 2 :]:
        assert says(hall.answer(rqi, rsc=5103), why)
    hall.gateway.wait_for("exchange/failed", why)
    hall.gateway.wait_for("account/bound", GREEDY)
    hall.is_reached("Chonest", Listener(), "other.example")
    hall.reaches_the_named_cse()
    # It goes down at once, whoever keeps silent.
    hall.ends()


def a_broker_with_a_slow_name(names):
    """Paho would look it up under a lock of all brokers."""
    registrar, broker = Registrar(), Broker()
    names.silent, names.names["broker.example"] = {"slow.example"}, HERE
    config = mqtt_settings(broker, registrar)
    config["brokers"][0]["url"] = f"mqtt://broker.example:{broker.port}"
    config["brokers"].insert(0, {"url": "mqtt://slow.example"})
    gateway = Gateway(config)
    names.asked.take(lambda name: name == "slow.example")
    gateway.wait_for("mqtt/broker-up", "broker.example")
    told = gateway.wait_for("mqtt/broker-failed", "slow.example")
    assert "the name of the host" in told.msg
    gateway.stop()
    broker.stop()
    registrar.ends()


def main():
    bring_loopback_up()
    names = NameServer()
    use_name_server(PATIENCE_S)
    many_notifications_to_one_slow_name(names, Listener)
    many_notifications_to_one_slow_name(names, coap.Listener)
    many_slow_names(names)
    a_broker_with_a_slow_name(names)


if __name__ == "__main__":
    main()
