"""Acme - the ACME CSE, a real one that nobody here wrote, on loopback ports.

Its database is in memory: when it is killed it has forgotten everything.
"""

import pathlib
import socket
import subprocess
import sys
import tempfile
import threading

from support.broker import hears
from support.ports import Port
from support.process import environment
from support.waiting import DEADLINE, Mailbox, Missed, eventually

INI = """\
[basic.config]
cseType=IN
cseID=id-in
cseName=cse-in
adminID=CAdmin
networkInterface=127.0.0.1
cseHost=127.0.0.1
httpPort={http_port}
databaseType=memory
logLevel=info
[websocket]
enable=true
port={ws_port}
listenIF=127.0.0.1
[coap]
enable=true
port={coap_port}
listenIF=127.0.0.1
[cse.registration]
allowedCSROriginators=/id-gw
checkInterval={check_s}
[logging]
enableFileLogging=true
"""


class Acme:
    """A running ACME.  Where a registrar is wanted for a configuration, it
    will do."""

    id = "/id-in"
    csebase = "cse-in"

    def __init__(self, check_s=60):
        self.folder = tempfile.TemporaryDirectory(prefix="acme-")
        self.process = None
        self._ports = Port(), Port(), Port()
        ports = (p.number for p in self._ports)
        self.http_port, self.ws_port, self.coap_port = ports
        settings = INI.format(
            http_port=self.http_port,
            ws_port=self.ws_port,
            coap_port=self.coap_port,
            check_s=check_s,
        )
        file = pathlib.Path(self.folder.name) / "acme.ini"
        file.write_text(settings, encoding="utf-8")
        self.starts()

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.ws_port}"

    @property
    def coap(self):
        return f"coap://127.0.0.1:{self.coap_port}"

    @property
    def http(self):
        return f"http://127.0.0.1:{self.http_port}"

    def starts(self):
        """Start it, and wait until it says that it has."""
        said = Mailbox("what ACME says")
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "acmecse", "--headless"),
                *("--base-directory", self.folder.name),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**environment(), "PYTHONUNBUFFERED": "1"},
        )
        threading.Thread(
            target=hears, args=(self.process.stdout, said), daemon=True
        ).start()
        try:
            said.take(
                lambda line: "CSE started" in line,
                "that it started",
                3 * DEADLINE,
            )
            eventually(self._accepts, "ACME taking WebSocket connections")
        except Missed:
            self.dies()
            raise

    def _accepts(self):
        """It goes on without its WebSocket server when that cannot start."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.ws_port)) == 0

    def dies(self):
        """Kill it; all it knew is gone."""
        self.process.kill()
        self.process.wait(DEADLINE)

    def ends(self):
        self.dies()
        self.tell()
        self.folder.cleanup()
        for port in self._ports:
            port.close()

    def tell(self):
        """Show its log; pytest prints it when the story fails."""
        for file in sorted(pathlib.Path(self.folder.name).glob("logs/*")):
            lines = file.read_text(errors="replace").splitlines()
            print(f"--- ACME, {file.name}")
            print("\n".join(lines[-60:]))
