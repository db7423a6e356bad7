"""Acme CSE - a scripted CSE that keeps connections as ACME was seen to do.

It knows a connection only by the X-M2M-Origin of its handshake.  A newer one
of the same name closes the older one with 1000.  What it sends goes down the
connection that is named like the second part of its target: "/id-in" for
"/id-in/Cxyz", and like the target itself where that has one part only.
"""

from support.registrar import Registrar


class AcmeCse(Registrar):
    """What such a CSE does by itself; the rest is up to the story."""

    def __init__(self, **how):
        self.named = {}
        super().__init__(**how)

    async def _serve(self, connection):
        origin = connection.request.headers.get("X-M2M-Origin")
        older = self.named.get(origin)
        self.named[origin] = connection
        if older:
            await older.close(1000)
        await super()._serve(connection)
        if self.named.get(origin) is connection:
            del self.named[origin]

    def wire_for(self, to):
        """The connection that a target leads to, or None."""
        parts = to.split("/")
        connection = self.named.get(f"/{parts[1]}" if len(parts) > 1 else to)
        return connection.wire if connection else None

    def notifies_as_acme(self, to):
        """Returns the rqi, or None when there is no way."""
        wire = self.wire_for(to)
        return wire and self.notifies(to, {"m2m:sgn": {"sur": "x"}}, wire)

    def goes_down(self):
        """Say goodbye on all connections, one after the other."""
        for connection in list(self.named.values()):
            connection.wire.closes(1000)
