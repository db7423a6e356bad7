"""Tiny CSE - a CSE that does what tinyIoT was seen to do, over any protocol.

What it retrieves is named `general`; it dies of a CREATE without `rn`; its own
CSE-ID in `to` is 4004; the answer to a DELETE repeats `op`; notifications have
one id, and nothing but a path.
"""

from support import coap
from support.device import Listener
from support.field_cse import FieldCse
from support.mqttdevice import MqttDevice
from support.wire import CREATE, DELETE, RETRIEVE, UPDATE, answer_to

TYPES = {"m2m:cb": 5, "m2m:ae": 2, "m2m:cnt": 3, "m2m:cin": 4}
GONE = 4004, {"m2m:dbg": "resource does not exist"}


class TinyCse(FieldCse):
    """Its resources, whichever protocol it is asked over."""

    def __init__(self):
        super().__init__("/tinyiot", "TinyIoT")
        self.is_dead = False
        self.heard = []
        self.tree = {"TinyIoT": {"rn": "TinyIoT", "ri": "tinyiot", "ty": 5}}

    def does(self, op, to, fr, pc):
        """RSC and content, or None when it died."""
        self.heard.append(to)
        if op == CREATE and "rn" not in next(iter(pc.values())):
            self.is_dead = True
        if self.is_dead:
            return None
        if to[:1] in ("/", "~", "_"):
            return GONE
        if op == CREATE and "m2m:ae" not in pc:
            return self._creates_at(to, *next(iter(pc.items())))
        if self._finds(to) or op == CREATE:
            rsc, content = super().does(op, to, fr, pc)
            if op == RETRIEVE:
                content = {"general": content["m2m:ae"]}
            return rsc, content
        return self._about(op, to, pc)

    def _creates_at(self, to, root, given):
        at = f"{to}/{given['rn']}"
        if at in self.tree:
            return 4105, {"m2m:dbg": "resource already exists"}
        ty = TYPES[root]
        self.tree[at] = {**given, "ty": ty, "ri": f"{ty}-{len(self.tree)}"}
        return 2001, {root: self.tree[at]}

    def _about(self, op, to, pc):
        if to not in self.tree:
            return GONE
        if op == DELETE:
            del self.tree[to]
            return 2002, None
        if op == UPDATE:
            root, changes = next(iter(pc.items()))
            self.tree[to].update(changes)
            return 2004, {root: self.tree[to]}
        return 2000, {"general": self.tree[to]}

    def notifies(self, url):
        """As it does: with one id for all."""
        return self.notifies_over_http(url, "notify")


def answer_of(cse, m):
    """What it says to a whole primitive, or None."""
    done = cse.does(m["op"], m["to"], m["fr"], m.get("pc"))
    if done is None:
        return None
    op = m["op"] if m["op"] == DELETE else None
    return answer_to(m, *done, op=op)


def plays(cse):
    """For Registrar.plays()."""
    return lambda m: answer_of(cse, m) or ""


class HttpEnd(Listener):
    """Where it is asked over HTTP."""

    METHODS = {"POST": CREATE, "GET": RETRIEVE, "PUT": UPDATE, "DELETE": DELETE}
    STATUS = {2001: 201, 4004: 404, 4105: 409}

    def __init__(self, cse):
        super().__init__(answers_by_itself=False)

        class Door:
            def put(door, arrival):
                self._answers(cse, arrival)

        self.arrivals = Door()

    def _answers(self, cse, arrival):
        to = arrival.path.partition("?")[0].removeprefix("/")
        fr = arrival.headers["X-M2M-Origin"]
        done = cse.does(self.METHODS[arrival.method], to, fr, arrival.pc)
        if done is None:
            arrival.hangs_up()
        else:
            rsc, content = done
            arrival.replies(rsc, self.STATUS.get(rsc, 200), content or b"")


class CoapEnd(coap.Listener):
    """Where it is asked over CoAP."""

    METHODS = {1: RETRIEVE, 2: CREATE, 3: UPDATE, 4: DELETE}
    CODES = {
        2000: "2.05",
        2001: "2.01",
        2002: "2.02",
        2004: "2.04",
        4004: "4.04",
        4105: "4.09",
    }

    def __init__(self, cse):
        self._cse = cse
        super().__init__(answers_by_itself=False)

    def hears(self, message):
        fr = message.get(self.numbers["fr"]).decode()
        op = self.METHODS[message.code]
        done = self._cse.does(op, message.path, fr, message.pc)
        if done is not None:
            rsc, content = done
            self.answers(message, self.CODES[rsc], rsc, content or b"")


class MqttEnd(MqttDevice):
    """Where it is asked at a broker."""

    def __init__(self, cse, broker):
        self._cse = cse
        super().__init__(broker, cse.id, cse="/id-gw", form=cse.id[1:])

    def _heard(self, client, userdata, message):
        super()._heard(client, userdata, message)
        m = self.messages.take(what="what was heard")
        answer = answer_of(self._cse, m) if "op" in m else None
        if answer:
            topic = m.topic.replace("/oneM2M/req/", "/oneM2M/resp/")
            self.publishes(topic, self.encode(answer))
