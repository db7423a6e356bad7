"""Registrar - a CSE over WebSocket that does only what the story tells it.

    registrar.expect_request(op=RETRIEVE, to="cse-in")
    registrar.answers(request, 2000, pc={...})
    registrar.notifies("C1", {...})
    registrar.says("not json at all")
"""

import http

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.frames import Opcode
from websockets.http11 import Response

from support import background
from support.ports import Port, reusing
from support.waiting import DEADLINE, Mailbox
from support.wire import CREATE, NOTIFY, RETRIEVE, Party, Wire, answer_to

KNOWN = ("oneM2M.json", "oneM2M.R2.0.json")


class Connection(ServerConnection):
    """One that tells its wire of pings."""

    wire = None

    def process_event(self, event):
        if self.wire and getattr(event, "opcode", None) is Opcode.PING:
            self.wire.pings_heard.put(event)
        super().process_event(event)


class Registrar(Party):
    """A scripted CSE."""

    prefix = "n"

    def __init__(
        self,
        cse_id="/id-in",
        csebase="cse-in",
        speaks=KNOWN,
        tls=None,
        headers=None,
    ):
        super().__init__(f"the registrar {cse_id}")
        self.headers = headers or {}
        self.id = cse_id
        self.csebase = csebase
        self.speaks = speaks
        self.tls = tls
        self.opened = Mailbox("connections to " + self.name)
        self.refusals = Mailbox("handshakes refused by " + self.name)
        self._refuses_with = None
        self._server = None
        self._port = Port()
        self.port = self._port.number
        self.starts()

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.port}"

    # Life and death.

    def starts(self):
        """Listen; on the same port as before."""
        listener = reusing()
        listener.bind(("127.0.0.1", self.port))

        async def start():
            self._server = await serve(
                self._serve,
                sock=listener,
                create_connection=Connection,
                ssl=self.tls,
                select_subprotocol=self._selects,
                process_request=self._considers,
                process_response=self._decorates,
                ping_interval=None,
                max_size=None,
                compression=None,
                close_timeout=2,
            )

        background.run(start())

    def dies(self):
        """End as a killed process does: all connections are broken."""

        async def stop():
            self._server.close(close_connections=False)
            for wire in self.wires:
                if wire.is_open:
                    wire.socket.transport.abort()

        background.run(stop())

    def ends(self):
        """Die for good."""
        self.dies()
        self._port.close()

    def stops(self):
        """Take no connections any more, and close those that are open."""

        async def stop():
            self._server.close()
            await self._server.wait_closed()

        background.run(stop())

    def refuses(self, status):
        """From now on refuse handshakes with this status; None accepts."""
        self._refuses_with = status

    # On the background loop.

    def _considers(self, connection, request):
        if self._refuses_with is None:
            return None
        self.refusals.put(request)
        reason = http.HTTPStatus(self._refuses_with).phrase
        headers = Headers([("Content-Length", "0"), ("Connection", "close")])
        return Response(self._refuses_with, reason, headers, b"")

    def _selects(self, connection, offered):
        for name in offered:
            if name in self.speaks:
                return name
        return None

    def _decorates(self, connection, request, response):
        response.headers.update(self.headers)

    async def _serve(self, connection):
        wire = connection.wire = Wire(self, connection)
        self.wires.append(wire)
        self.opened.put(wire)
        await wire.serve()

    # The vocabulary beyond that of every party.

    def expect_connection(self, origin=..., within=DEADLINE):
        """Take the next connection, of this originator if one is named."""
        return self.opened.take(
            lambda wire: origin is ... or wire.origin() == origin,
            "a connection" if origin is ... else f"a connection of {origin}",
            within,
        )

    def notifies(self, to, pc, wire=None, **members):
        """Send a notification; returns its rqi."""
        return self.asks(
            NOTIFY, to, pc, wire, **{"fr": self.id, **members}
        )

    def echoes(self):
        """From now on answer every request with its own target."""
        self.plays(
            lambda m: answer_to(
                m, 2001 if m["op"] == CREATE else 2000, {"to": m["to"]}
            )
        )

    def grants(self, request, aei=None, **attributes):
        """Grant the registration of an AE, as a CSE would."""
        given = request["pc"]["m2m:ae"]
        aei = aei or request.get("fr")
        name = given.get("rn", f"ae-{aei}")
        resource = {
            **given,
            "ri": aei,
            "aei": aei,
            "rn": name,
            "ty": 2,
            "pi": self.id[1:],
            **attributes,
        }
        self.answers(request, 2001, {"m2m:ae": resource})
        return aei

    def fence(self, gateway_id="/id-gw", csebase="gw", wire=None):
        """Wait until all that we said on a connection has been dealt with.

        The gateway answers for its own CSEBase, in the order in which the
        questions come.
        """
        rqi = self.asks(
            RETRIEVE, f"{gateway_id}/{csebase}", None, wire, fr=self.id
        )
        return self.expect_answer(rqi)


class PlayedCse:
    """Enough of a CSE to register at: what Registrar.plays() may be given.

    Knows the <remoteCSE> of the gateway and the <AE>s of devices, numbers what
    it creates, and leaves every other request to the story.
    """

    def __init__(self, gateway_id="/id-gw"):
        self.gateway_id = gateway_id
        self.csr = None
        self.aes = {}
        self.n_created = 0

    def __call__(self, request):
        if request["op"] == CREATE and request.get("ty") == 16:
            return self._create_csr(request)
        if request["op"] == CREATE and request.get("ty") == 2:
            return self._create_ae(request)
        if (request.get("to") or "").endswith(self.gateway_id):
            return self._about_csr(request)
        return None

    def _create_csr(self, request):
        if self.csr:
            return answer_to(request, 4117, {"m2m:dbg": "known already"})
        self.n_created += 1
        given = request["pc"]["m2m:csr"]
        self.csr = {"rn": "gw", **given, "ri": f"csr{self.n_created}", "ty": 16}
        return answer_to(request, 2001, {"m2m:csr": self.csr})

    def _about_csr(self, request):
        if self.csr is None:
            return answer_to(request, 4004, {"m2m:dbg": "no such thing"})
        if request["op"] == 4:
            self.csr = None
            return answer_to(request, 2002)
        rsc = 2004 if request["op"] == 3 else 2000
        return answer_to(request, rsc, {"m2m:csr": self.csr})

    def _create_ae(self, request):
        self.n_created += 1
        asked = request.get("fr") or "C"
        aei = f"C{self.n_created:04d}" if asked in ("C", "S") else asked
        if aei in self.aes:
            return answer_to(request, 4117, {"m2m:dbg": "known already"})
        self.aes[aei] = {**request["pc"]["m2m:ae"], "ri": aei, "aei": aei}
        return answer_to(request, 2001, {"m2m:ae": self.aes[aei]})
