"""Acme - the ACME CSE, a real one that nobody here wrote, on loopback ports.

Its database is in memory: when it is killed it has forgotten everything.
"""

import pathlib
import subprocess
import sys
import tempfile
import threading

from support.ports import free_port
from support.process import environment
from support.waiting import DEADLINE, Mailbox, Missed

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
[cse.registration]
allowedCSROriginators=/id-gw
checkInterval={check_s}
[logging]
enableFileLogging=true
"""


TRIES = 5


class Acme:
    """A running ACME.  Where a registrar is wanted for a configuration, it
    will do."""

    id = "/id-in"
    csebase = "cse-in"

    def __init__(self, check_s=60):
        self.folder = tempfile.TemporaryDirectory(prefix="acme-")
        self.process = None
        for left in reversed(range(TRIES)):
            self._settle(check_s)
            try:
                self.starts()
                break
            except Missed:
                # Somebody else may have got one of its ports meanwhile.
                if not left or not self.has_ended:
                    raise

    def _settle(self, check_s):
        self.http_port = free_port()
        self.ws_port = free_port()
        settings = INI.format(
            http_port=self.http_port, ws_port=self.ws_port, check_s=check_s
        )
        file = pathlib.Path(self.folder.name) / "acme.ini"
        file.write_text(settings, encoding="utf-8")

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.ws_port}"

    @property
    def http(self):
        return f"http://127.0.0.1:{self.http_port}"

    def starts(self):
        """Start it, and wait until it says that it has."""
        said = Mailbox("what ACME says")
        self.has_ended = False
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
            target=self._hears, args=(self.process.stdout, said), daemon=True
        ).start()
        try:
            said.take(
                lambda line: "CSE started" in line,
                "that it started",
                3 * DEADLINE,
            )
        except Missed:
            self.dies()
            raise

    def _hears(self, stream, said):
        for raw in stream:
            said.put(raw.decode(errors="replace").rstrip())
        self.has_ended = True
        said.end("it ended")

    def dies(self):
        """Kill it; all it knew is gone."""
        self.process.kill()
        self.process.wait(DEADLINE)

    def ends(self):
        self.dies()
        self.tell()
        self.folder.cleanup()

    def tell(self):
        """Show its log; pytest prints it when the story fails."""
        for file in sorted(pathlib.Path(self.folder.name).glob("logs/*")):
            lines = file.read_text(errors="replace").splitlines()
            print(f"--- ACME, {file.name}")
            print("\n".join(lines[-60:]))
