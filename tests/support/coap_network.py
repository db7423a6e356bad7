"""CoapNetwork - a network that loses, doubles and swaps datagrams."""

import random
import socket
import threading


class Flow:
    """What becomes of the datagrams of one peer in one direction: the same
    for the same seed.  Not more than `most` go astray one after the other."""

    def __init__(self, proxy, seed, send):
        self.proxy = proxy
        self.dice = random.Random(seed)
        self.send = send
        self.held = None  # waits for the next one
        self.n_astray = 0

    def takes(self, raw):
        dice, (loses, doubles, swaps) = self.dice.random(), self.proxy.rates
        may_go_astray = self.n_astray < self.proxy.most
        self.n_astray += 1
        if dice < loses and may_go_astray:
            self.proxy.n_lost += 1
            return
        if dice < loses + swaps and may_go_astray and self.held is None:
            self.proxy.n_swapped += 1
            self.held = raw
            return
        self.n_astray = 0
        self.send(raw)
        if loses + swaps <= dice < loses + swaps + doubles:
            self.proxy.n_doubled += 1
            self.send(raw)
        if self.held:
            self.send(self.held)
            self.held = None


class Proxy:
    """A network between peers and a port that loses, doubles and delays
    datagrams."""

    def __init__(self, port, seed, most=100):
        self.gateway = ("127.0.0.1", port)
        self.rates = 0.2, 0.1, 0.1
        self.seed, self.most = seed, most
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.port = self.front.getsockname()[1]
        self.n_lost = self.n_doubled = self.n_swapped = 0
        self._ways = {}
        threading.Thread(target=self._from_devices, daemon=True).start()

    def _from_devices(self):
        flows = {}
        while True:
            try:
                raw, device = self.front.recvfrom(65536)
            except OSError:
                return
            if device not in flows:
                flows[device] = self._begins(device, 2 * len(flows))
            flows[device].takes(raw)

    def _begins(self, device, n):
        way = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        way.connect(self.gateway)
        self._ways[device] = way
        back = Flow(
            self, self.seed + n + 1, lambda raw: self.front.sendto(raw, device)
        )
        threading.Thread(
            target=self._to_device, args=(way, back), daemon=True
        ).start()
        return Flow(self, self.seed + n, way.send)

    @staticmethod
    def _to_device(way, flow):
        while True:
            try:
                raw = way.recv(65536)
            except OSError:
                return
            if not raw:
                return
            flow.takes(raw)

    def close(self):
        for s in [self.front, *self._ways.values()]:
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            s.close()
