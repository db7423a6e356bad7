"""Whoever makes the gateway open sockets leaves it descriptors for itself, and
for everybody else; and where there are none left it waits, and does not spin."""

import resource
import socket

import pytest
from support.raw import Raw
from support.registering import register_ae
from support.settings import settings
from support.waiting import DEADLINE, eventually
from support.wire import RETRIEVE, answer_to

N_DESCRIPTORS = 64
N_FLOOD = 60

# A device that is not where all of the flood comes from.
ELSEWHERE = "127.0.0.2"

# Of a processor, while a request waits for its answer for two seconds: one that
# spins takes one and a half.
IDLE_SECONDS_MAX = 0.6
PATIENCE = {"request": "2s"}


class Silent:
    """A point of access that accepts, and says nothing."""

    def __init__(self, address="127.0.0.1"):
        self.socket = socket.create_server((address, 0), backlog=512)
        port = self.socket.getsockname()[1]
        self.url = f"http://{address}:{port}"

    def close(self):
        self.socket.close()


@pytest.fixture
def silent(ends):
    place = Silent()
    ends.add(place.close)
    return place


@pytest.fixture
def flood(ends):
    """Open connections to a port, each with the beginning of a request."""

    def start(port, n):
        crowd = [Raw(port) for _ in range(n)]
        for raw in crowd:
            ends.add(raw.socket.close)
            raw.sends("GET / HTTP/1.1\r\n")
        return crowd

    return start


def spent_until_it_expires(gateway, registree, registrar):
    """The processor time of the gateway while somebody waits in vain."""
    rqi = registree.asks(RETRIEVE, "cse-in/nobody-answers", fr="Cws")
    registrar.expect_request(op=RETRIEVE)
    before = gateway.cpu_seconds()
    registree.expect_answer(rqi, rsc=4008)
    return gateway.cpu_seconds() - before


def test_with_64_descriptors_a_flood_of_all_kinds_takes_none_of_the_reserve(
    registrar,
    start_gateway,
    make_device,
    make_listener,
    make_registree,
    silent,
    flood,
    tmp_path,
):
    config = settings(
        registrar,
        registry={"file": str(tmp_path / "registry.db")},
        timeouts=PATIENCE,
        deliver={"allow": ["127.0.0.0/8"]},
    )
    # Nobody of the flood is closed for being slow.
    for listener in config["listen"].values():
        listener["header-timeout"] = "10m"
    gateway = start_gateway(config, descriptors=N_DESCRIPTORS)
    assert "64" in gateway.logged("gateway/descriptors")[0].msg
    device = make_device(gateway, address=ELSEWHERE, n_at_once=1)
    honest = make_listener(address=ELSEWHERE)
    register_ae(device, registrar, "Chonest", poa=[honest.url])
    register_ae(device, registrar, "Csilent", poa=[silent.url])
    registree = make_registree(gateway, "Cws", address=ELSEWHERE)
    registrar.expect_connection()
    at_rest = len(gateway.descriptors())

    crowd = flood(gateway.http_port, N_FLOOD) + flood(gateway.ws_port, N_FLOOD)
    unheard = [
        registrar.notifies("Csilent", {"m2m:sgn": {"n": n}}) for n in range(60)
    ]
    # Most are refused at once, and told why; some wait, and end in time.
    registrar.expect_answer(unheard[-1], rsc=5103)
    assert len(gateway.descriptors()) < N_DESCRIPTORS - 5

    # Nothing spins, and everybody else is served.
    spent = spent_until_it_expires(gateway, registree, registrar)
    assert spent < IDLE_SECONDS_MAX, f"{spent:.2f} s of a processor"
    unheard += [
        registrar.notifies("Csilent", {"m2m:sgn": {"n": n}}) for n in range(5)
    ]
    rqi = registrar.notifies("Chonest", {"m2m:sgn": {}})
    honest.expect(method="POST", path="/Chonest")
    registrar.expect_answer(rqi, rsc=2000)

    # The link comes back, the file is read again, and the registry is kept.
    registrar.wire.drops()
    registrar.expect_connection()
    assert gateway.reload(config).name == "gateway/reloaded"
    register_ae(device, registrar, "Clate", poa=[honest.url])

    # All is as before after it.
    for raw in crowd:
        raw.socket.close()
    registree.closes()
    eventually(
        lambda: len(gateway.descriptors()) <= at_rest + 2,
        "the flood is forgotten",
    )
    rqi = registrar.notifies("Clate", {"m2m:sgn": {}})
    honest.expect(method="POST", path="/Clate")
    registrar.expect_answer(rqi, rsc=2000)
    gateway.stop()

    gateway = start_gateway(config, descriptors=N_DESCRIPTORS)
    registrar.expect_connection()
    rqi = registrar.notifies("Clate", {"m2m:sgn": {}})
    honest.expect(method="POST", path="/Clate")
    registrar.expect_answer(rqi, rsc=2000)


@pytest.mark.parametrize("binding", ["http", "ws"])
def test_a_listener_without_descriptors_rests_and_goes_on_by_itself(
    registrar, start_gateway, make_registree, flood, binding
):
    """There is no other connection whose end could tell it."""
    gateway = start_gateway(settings(registrar, timeouts=PATIENCE))
    registree = make_registree(gateway, "Cws")
    rqi = registree.asks(RETRIEVE, "cse-in", fr="Cws")
    registrar.answers(registrar.expect_request(op=RETRIEVE), 2000, {"a": 1})
    registree.expect_answer(rqi, rsc=2000)
    before = resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE)
    few = (max(gateway.descriptors()) + 1, before[1])
    resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE, few)
    port = getattr(gateway, f"{binding}_port")
    crowd = flood(port, 10)
    gateway.wait_for(f"{binding}/accept")
    spent = spent_until_it_expires(gateway, registree, registrar)
    assert spent < IDLE_SECONDS_MAX, f"{spent:.2f} s of a processor"
    assert len(gateway.logged(f"{binding}/accept")) <= 1

    resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE, before)
    crowd[-1].sends("\r\n")  # Host is missing
    assert crowd[-1].answer(DEADLINE).status == 400


def test_a_silent_point_of_access_leaves_room_for_others(
    registrar, start_gateway, make_device, make_listener, silent
):
    """The log tells of it, and what cannot go out is refused with the reason."""
    config = settings(
        registrar,
        limits={"outgoing": 20},
        deliver={"allow": ["127.0.0.0/8"]},
    )
    gateway = start_gateway(config)
    device = make_device(gateway)
    honest = make_listener(address=ELSEWHERE)
    register_ae(device, registrar, "Csilent", poa=[silent.url])
    register_ae(device, registrar, "Chonest", poa=[honest.url])
    at_rest = len(gateway.descriptors())
    for n in range(100):
        rqi = registrar.notifies("Csilent", {"m2m:sgn": {"n": n}})
    answer = registrar.expect_answer(rqi, rsc=5103)
    assert "limits.outgoing" in str(answer)
    assert "127.0.0.1" in gateway.wait_for("account/bound").msg
    assert gateway.told("http")["waiting"] == 20
    assert len(gateway.descriptors()) <= at_rest + 10
    for _ in range(30):
        rqi = registrar.notifies("Chonest", {"m2m:sgn": {}})
        honest.expect(method="POST", path="/Chonest")
        registrar.expect_answer(rqi, rsc=2000)


def test_a_burst_to_a_host_that_answers_is_delivered_whole(
    registrar, start_gateway, make_device, listener
):
    """What is more than may be out waits for its turn."""
    gateway = start_gateway(settings(registrar, limits={"outgoing": 100}))
    device = make_device(gateway)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    asked = [
        registrar.notifies("Cdev", {"m2m:sgn": {"n": n}}) for n in range(140)
    ]
    for _ in asked:
        listener.expect(method="POST", path="/Cdev")
    for rqi in asked:
        registrar.expect_answer(rqi, rsc=2000)
