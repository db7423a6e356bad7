"""Honest - devices of each binding that ask, wait for the answer, and ask again.

What was not answered as it should be is a failure, and so is an end of the
connection.  Each has an address of its own.
"""

import itertools
import json
import struct
import threading

from support import coap
from support.greedy import frame, primitive, ws_door
from support.mqttdevice import MqttDevice
from support.raw import Raw, request
from support.waiting import DEADLINE, Missed
from support.wire import RETRIEVE

PAUSE_S = 0.02
CREATED = 2001


class OverHttp:
    def __init__(self, ports, fr, address):
        self.raw = Raw(ports["http"], source=address)
        self.close = self.raw.close

    def asks(self, n):
        self.raw.sends(request(path="/cse-in/x", rqi=f"h{n}"))
        answer = self.raw.answer()
        return answer and int(answer.headers["x-m2m-rsc"])


class OverWs:
    def __init__(self, ports, fr, address):
        self.fr = fr
        self.raw = Raw(ports["ws"], source=address)
        self.raw.sends(ws_door(fr, "oneM2M.json"))
        assert self.raw.answer(has_body=False).status == 101
        self.close = self.raw.close

    def _takes(self, n):
        """So many bytes."""
        raw = self.raw
        raw.socket.settimeout(DEADLINE)
        while len(raw.rest) < n:
            more = raw.socket.recv(65536)
            if not more:
                raise Missed("the connection ended")
            raw.rest += more
        taken, raw.rest = raw.rest[:n], raw.rest[n:]
        return taken

    def _message(self):
        while True:
            head = self._takes(2)
            n = head[1]
            if n == 126:
                (n,) = struct.unpack(">H", self._takes(2))
            payload = self._takes(n)
            if head[0] & 15 == 1:
                return json.loads(payload)
            if head[0] & 15 == 9:
                self.raw.sends(frame(payload, 10))
            else:
                raise Missed(f"a frame {head.hex()} {payload[:100]!r}")

    def asks(self, n):
        self.raw.sends(frame(primitive("cse-in/x", self.fr, f"h{n}"), 1))
        answer = self._message()
        return answer["rqi"] == f"h{n}" and answer["rsc"]


class OverCoap:
    def __init__(self, ports, fr, address):
        self.device = coap.Device(ports["coap"], fr, address=address)
        self.close = self.device.close

    def asks(self, n):
        return self.device.retrieves("cse-in/x").rsc


class Place:
    def __init__(self, port):
        self.port = port


class OverMqtt:
    def __init__(self, ports, fr, address):
        self.device = MqttDevice(Place(ports["mqtt"]), fr)
        self.close = self.device.closes

    def asks(self, n):
        rqi = self.device.asks(RETRIEVE, "cse-in/x")
        return self.device.expect_answer(rqi)["rsc"]


KINDS = {"http": OverHttp, "ws": OverWs, "coap": OverCoap, "mqtt": OverMqtt}


class Honest:
    """n devices, of the bindings in turn, until they are told to end."""

    def __init__(self, ports, n):
        self.failures = []
        self._is_over = threading.Event()
        kinds = itertools.islice(itertools.cycle(KINDS.items()), n)
        self.counts = [0] * n
        self._threads = [
            threading.Thread(target=self._lives, args=(ports, k, *kind))
            for k, kind in enumerate(kinds)
        ]
        for thread in self._threads:
            thread.start()

    def _lives(self, ports, k, name, kind):
        try:
            one = kind(ports, f"Chonest{k}", f"127.0.1.{k + 1}")
        except Exception as why:
            self.failures.append(f"{name} {k}: {why!r}")
            return
        try:
            for n in itertools.count():
                rsc = one.asks(n)
                if rsc != CREATED:
                    self.failures.append(f"{name} {k}: {rsc} to request {n}")
                    return
                self.counts[k] += 1
                if self._is_over.wait(PAUSE_S):
                    return
        except Exception as why:
            self.failures.append(f"{name} {k}: {why!r} to request {n}")
        finally:
            one.close()

    def leave(self):
        """Each waits for the answer that is due; tells what failed."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()
        return self.failures
