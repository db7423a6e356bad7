"""Field CSE - CSEs that do what Mobius and tinyIoT were seen to do.

They notify at the first point of access as it stands: over HTTP its path and
nobody else's name, without X-M2M-RVI; over WebSocket by a connection of their
own to its path, and over MQTT to a topic with its path as the receiver, with
that URL in `to`.  Any HTTP answer, and a 4004 over WebSocket, count as delivered,
and an AE without a point of access is never notified.
"""

import http.client
import itertools
import json
import urllib.parse

from support.device import Listener
from support.registree import Registree
from support.waiting import Mailbox
from support.wire import CREATE, NOTIFY, UPDATE, answer_to


class FieldCse:
    """The AEs of such a CSE, whichever protocol it is asked over."""

    def __init__(self, cse_id="/Mobius2", csebase="Mobius", chooses=True):
        self.id = cse_id
        self.csebase = csebase
        self.aes = {}
        self.told = Mailbox("updates of AEs at " + cse_id)
        self.chooses = chooses
        self._ids = itertools.count(1)

    def does(self, op, to, fr, pc):
        """Do what is asked; returns RSC and content."""
        if op == CREATE:
            return self._creates(fr, pc["m2m:ae"])
        ae = self._finds(to)
        if ae is None:
            return 4004, {"m2m:dbg": "resource does not exist"}
        if op == UPDATE:
            ae.update(pc["m2m:ae"])
            self.told.put(ae["aei"])
            return 2004, {"m2m:ae": ae}
        return 2000, {"m2m:ae": ae}

    def _creates(self, fr, given):
        aei = fr if len(fr or "") > 1 else f"C{next(self._ids):06d}"
        name = given.get("rn", aei)
        self.aes[aei] = {**given, "rn": name, "aei": aei, "ri": aei, "ty": 2}
        return 2001, {"m2m:ae": self.aes[aei]}

    def _finds(self, to):
        for aei, ae in self.aes.items():
            if to in (aei, f"{self.csebase}/{ae['rn']}"):
                return ae
        return None

    def poa_of(self, aei):
        """The first point of access of an AE, or None."""
        return next(iter(self.aes[aei].get("poa") or []), None)

    # As the sender of notifications.

    def content(self):
        return {"m2m:sgn": {"sur": f"{self.csebase}/x/sub", "rvi": "2a"}}

    def notifies_over_http(self, url, rqi=None):
        """Returns the HTTP status."""
        at = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(at.netloc, timeout=20)
        headers = {
            "X-M2M-RI": rqi or f"notify-{next(self._ids)}",
            "X-M2M-Origin": self.id,
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        body = json.dumps(self.content())
        connection.request("POST", at.path or "/", body, headers)
        status = connection.getresponse().status
        connection.close()
        return status

    def notifies_over_ws(self, url):
        """Returns the RSC of the first frame."""
        party = Registree(url, speaks=("onem2m.r2.0.json",))
        rqi = party.asks(
            NOTIFY, url, self.content(), fr=self.id, rvi=None
        )
        answer = party.expect_answer(rqi)
        party.closes()
        return answer["rsc"]

    def notifies_over_mqtt(self, client, url):
        """Publish it, by a client at that broker; returns its rqi."""
        path = urllib.parse.urlsplit(url).path.strip("/")
        ours = self.id[1:]
        client.subscribes(f"/oneM2M/resp/{ours}/{path}/#")
        topic = f"/oneM2M/req/{ours}/{path}/json"
        return client.asks(
            NOTIFY, url, self.content(), topic=topic, fr=self.id, rvi=None
        )


class HttpCse(FieldCse, Listener):
    """One that is asked over HTTP."""

    METHODS = {"POST": CREATE, "PUT": UPDATE}

    def __init__(self, **how):
        FieldCse.__init__(self, **how)
        Listener.__init__(self, answers_by_itself=False)
        heard = self.arrivals

        class Door:
            def put(door, arrival):
                self._answers(arrival)
                heard.put(arrival)

        self.heard, self.arrivals = heard, Door()

    def _answers(self, arrival):
        op = self.METHODS.get(arrival.method)
        to = arrival.path.partition("?")[0].lstrip("/")
        fr = arrival.headers["X-M2M-Origin"]
        rsc, content = self.does(op, to, fr, arrival.pc)
        arrival.replies(rsc, {2001: 201, 4004: 404}.get(rsc, 200), content)


def plays(cse):
    """What Registrar.plays() may be given for a CSE that is asked over
    WebSocket."""

    def player(m):
        rsc, content = cse.does(m["op"], m["to"], m["fr"], m.get("pc"))
        return answer_to(m, rsc, content)

    return player
