"""Registree - an AE or CSE that speaks WebSocket, played by the story."""

import asyncio

from websockets.asyncio.client import connect

from support import background
from support.wire import Party, Wire


class Registree(Party):
    """A client of the gateway's WebSocket server, with one connection."""

    prefix = "r"

    def __init__(
        self,
        url,
        origin=None,
        speaks=("oneM2M.json",),
        headers=None,
        address="127.0.0.1",
    ):
        super().__init__(f"the registree {origin or 'without a name'}")
        headers = dict(headers or {})
        if origin:
            headers["X-M2M-Origin"] = origin

        async def start():
            connection = await connect(
                url,
                local_addr=(address, 0),
                subprotocols=list(speaks) or None,
                additional_headers=headers,
                proxy=None,
                ping_interval=None,
                compression=None,
                max_size=None,
                close_timeout=2,
            )
            wire = Wire(self, connection)
            self.wires.append(wire)
            asyncio.ensure_future(wire.serve())

        background.run(start())

    def closes(self, code=1000):
        self.wires[-1].closes(code)

    def expect_closed(self):
        return self.wires[-1].expect_closed()
