"""Peers of each binding that take what they can get are not noticed by honest
ones, nor by the machine, and leave nothing behind.

The release program, because memory is looked at.  In the long form there are
more of them for longer:

    GREEDY_PEERS=1,10,100 GREEDY_SECONDS=30 GREEDY_HONEST=50 GREEDY_KINDS=ws-

and GREEDY_SOAK_SECONDS=3600 lets all of them be there for so long.
"""

import contextlib
import itertools
import os
import pathlib
import subprocess
import threading
import time

import pytest
from support.broker import Broker
from support.greedy import KINDS, Greedy
from support.honest import Honest
from support.process import ROOT, Gateway
from support.waiting import eventually

RELEASE = ROOT / "build" / "release"

PEERS = [int(n) for n in os.environ.get("GREEDY_PEERS", "10").split(",")]
SECONDS = float(os.environ.get("GREEDY_SECONDS", "1"))
N_HONEST = int(os.environ.get("GREEDY_HONEST", "12"))
SECONDS_OF_ALL = 3 * SECONDS

MIB = 1 << 20
MEMORY = 32 * MIB
OVERHEAD = 16 * MIB
DESCRIPTORS = 1024
KEPT_FREE = 16  # for a reload, the store, and what is accepted and closed

SOON = 5.0

# What may be left when nobody is there: addresses of CoAP are remembered, and
# answers to them, as long as somebody may repeat a request.
LITTLE = 256 << 10
KEPT_SHARE = 8
COAP_PEER = 2 << 10


@pytest.fixture(scope="session")
def release():
    """The program, and the CSE of the benchmark."""
    subprocess.run([ROOT / "deploy" / "build.sh"], check=True)
    subprocess.run(
        ["meson", "configure", RELEASE, "-Dtests=true"], check=True
    )
    subprocess.run(
        ["ninja", "-C", RELEASE, "m2mgate", "tests/bench/cse_stub"],
        check=True,
        stdout=subprocess.DEVNULL,
    )


class Stub:
    """A CSE that answers everything but what is to be held."""

    def __init__(self):
        self.process = subprocess.Popen(
            [RELEASE / "tests" / "bench" / "cse_stub"], stdout=subprocess.PIPE
        )
        self.port = int(self.process.stdout.readline().split()[1])

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Hall:
    """A gateway with all of its listeners, and what is around it."""

    def __init__(self, monkeypatch, ends, memory=MEMORY, descriptors=DESCRIPTORS):
        monkeypatch.setenv("M2MGATE", str(RELEASE / "m2mgate"))
        self.memory, self.n_descriptors = memory, descriptors
        stub, broker = Stub(), Broker("max_queued_messages 0")
        ends.add(stub.stop)
        ends.add(broker.stop)
        self.gateway = Gateway(config(stub, broker, memory), descriptors=descriptors)
        ends.add(self.gateway.stop)
        self.gateway.wait_for("mqtt/broker-up")
        self.ports = {
            "http": self.gateway.http_port,
            "ws": self.gateway.ws_port,
            "coap": self.gateway.coap_port,
            "mqtt": broker.port,
        }
        self.is_warm()
        self.before = self.state()
        self.most = {}

    def is_warm(self):
        """One device of each binding has come and gone."""
        honest = Honest(self.ports, 4)
        eventually(
            lambda: honest.failures or min(honest.counts) > 2, "answers"
        )
        assert honest.leave() == []
        eventually(lambda: self.state()["requests"] == 0, "the end of it")

    def state(self):
        gateway = self.gateway
        coap = gateway.told("coap")
        return {
            **gateway.held(),
            "kept": coap["kept"],
            "peers": coap["peers"] * COAP_PEER,
            "descriptors": len(gateway.descriptors()),
        }

    def watches(self, seconds):
        """Look at what it holds, again and again."""
        until, pause = time.monotonic() + seconds, threading.Event()
        while time.monotonic() < until:
            for name, n in self.state().items():
                self.most[name] = max(self.most.get(name, 0), n)
            pause.wait(0.1)

    def expect_bounded(self):
        assert self.most["bytes"] <= self.memory
        assert self.most["descriptors"] <= self.n_descriptors - KEPT_FREE
        assert self.most["kept"] <= self.memory // KEPT_SHARE

    def expect_as_before(self):
        """Nobody is there."""

        def is_as_before():
            now = self.state()
            return (
                now["requests"] == 0
                and now["bytes"] <= LITTLE + now["kept"] + now["peers"]
                and now["descriptors"] <= self.before["descriptors"]
            )

        began = time.monotonic()
        try:
            eventually(is_as_before, "the end of what was held", SOON)
        finally:
            print(f"{self.before} after {time.monotonic() - began:.1f} s: {self.state()}")

    def expect_balance(self):
        """Each request ended in one way."""
        n = self.gateway.counts()
        ended = ("answers", "refused", "expired", "unreachable")
        open_now = self.gateway.held()["requests"]
        assert n["requests"] == sum(n[name] for name in ended) + open_now, n


@contextlib.contextmanager
def small_machine(gateway, n_bytes):
    """The kernel kills it when it takes more.  Where this machine has no memory
    cgroups that are ours to make, what it took at most stands for that."""
    cgroup = pathlib.Path(f"/sys/fs/cgroup/memory/m2mgate-{gateway.pid}")
    try:
        cgroup.mkdir()
    except OSError:
        cgroup = None
    try:
        if cgroup:
            (cgroup / "memory.limit_in_bytes").write_text(str(n_bytes))
            (cgroup / "cgroup.procs").write_text(str(gateway.pid))
        yield
        assert gateway.is_running
        most = gateway.memory_bytes("VmHWM")
        print(f"in {cgroup}, {most} bytes at most")
        assert most <= n_bytes
    finally:
        if cgroup:
            root = cgroup.parent / "cgroup.procs"
            with contextlib.suppress(OSError):  # it has ended
                root.write_text(str(gateway.pid))
            cgroup.rmdir()


def config(stub, broker, memory):
    here = {"address": "127.0.0.1", "port": 0}
    return {
        "node": {"cse-id": "/id-gw", "name": "gw"},
        "listen": {
            "http": dict(here),
            "ws": dict(here),
            "coap": {**here, "body-timeout": "3s"},
        },
        "brokers": [{"url": broker.url, "repeat": "0s"}],
        "cses": [
            {
                "id": "/id-in",
                "name": "cse-in",
                "url": f"ws://127.0.0.1:{stub.port}",
            }
        ],
        "limits": {"memory": f"{memory}B"},
        "timeouts": {"request": "4s", "poll": "4s", "longest": "4s"},
        "log": {"format": "json", "requests": "none"},
    }


@pytest.fixture
def hall(release, monkeypatch, ends):
    return Hall(monkeypatch, ends)


def is_noticed_by_nobody(hall, kinds, n, seconds):
    gateway = hall.gateway
    honest = Honest(hall.ports, N_HONEST)
    hall.most = {}
    with gateway.grows_less_than(hall.memory + OVERHEAD):
        with Greedy(hall.ports, kinds, n) as greedy:
            hall.watches(seconds)
            said = greedy.leave()
    failures = honest.leave()
    print(
        f"{n} of {kinds}: {said}, at most {hall.most}, "
        f"honest {min(honest.counts)}-{max(honest.counts)}"
    )
    assert said["bytes"] > 0
    assert failures == []
    assert min(honest.counts) > 0
    hall.expect_bounded()
    hall.expect_as_before()
    hall.expect_balance()


def groups():
    """All kinds of a binding at once, or each by itself in the long form."""
    if "GREEDY_PEERS" in os.environ:
        only = os.environ.get("GREEDY_KINDS", "")
        return [[kind] for kind in KINDS if kind.startswith(only)]
    by_binding = itertools.groupby(KINDS, lambda kind: kind.split("-")[0])
    return [list(kinds) for _, kinds in by_binding]


@pytest.mark.heavy
@pytest.mark.timeout(0 if "GREEDY_PEERS" in os.environ else 600)
def test_greedy_peers_are_not_noticed(hall):
    failed = []
    for n, kinds in itertools.product(PEERS, groups()):
        try:
            is_noticed_by_nobody(hall, kinds, n, SECONDS)
        except AssertionError as why:
            failed.append(f"{n} of {kinds}: {why}")
    assert failed == []


@pytest.mark.heavy
@pytest.mark.parametrize("descriptors", [DESCRIPTORS, 64])
def test_a_small_machine_is_not_too_small(
    release, monkeypatch, ends, descriptors
):
    hall = Hall(monkeypatch, ends, 24 * MIB, descriptors)
    with small_machine(hall.gateway, 64 * MIB):
        is_noticed_by_nobody(hall, KINDS, 10, SECONDS_OF_ALL)


if "GREEDY_SOAK_SECONDS" in os.environ:

    @pytest.mark.timeout(0)
    def test_all_of_them_at_once_leave_nothing_for_an_hour(hall):
        """Memory does not grow from one half of the time to the other."""
        seconds = float(os.environ["GREEDY_SOAK_SECONDS"]) / 10
        resident = []
        for _ in range(10):
            is_noticed_by_nobody(hall, KINDS, 10, seconds)
            resident.append(hall.gateway.memory_bytes())
        print(f"resident: {resident}")
        assert max(resident[5:]) <= max(resident[:5]) + MIB
