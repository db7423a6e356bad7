"""Broker - a mosquitto of its own for one story, on a port that is held."""

import pathlib
import shutil
import subprocess
import tempfile
import threading

from support.ports import Port
from support.waiting import DEADLINE, Mailbox, Missed

PROGRAM = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


class Broker:
    """A mosquitto; `more` are lines of its configuration, in which {port} is
    one for a second listener."""

    def __init__(self, *more, anonymous=True, persistent=False):
        self.is_persistent = persistent
        self._ports = Port(), Port()
        self.port, self.second_port = (p.number for p in self._ports)
        self.folder = tempfile.TemporaryDirectory(prefix="mosquitto-")
        self.path = pathlib.Path(self.folder.name)
        self.file = self.path / "mosquitto.conf"
        self.process = None
        lines = [
            f"listener {self.port} 127.0.0.1",
            f"allow_anonymous {'true' if anonymous else 'false'}",
            f"persistence {'true' if persistent else 'false'}",
            f"persistence_location {self.path}/",
            "autosave_interval 1",
            "autosave_on_changes true",
            "user root",
            "max_queued_messages 100000",
            *(line.format(port=self.second_port) for line in more),
        ]
        self.file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.starts()

    @property
    def url(self):
        return f"mqtt://127.0.0.1:{self.port}"

    def starts(self):
        """Start it, and wait until it says that it runs."""
        said = Mailbox("what mosquitto says")
        self.process = subprocess.Popen(
            [PROGRAM, "-c", str(self.file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        threading.Thread(
            target=hears, args=(self.process.stderr, said), daemon=True
        ).start()
        try:
            said.take(lambda line: line.endswith(" running"), "that it runs")
        except Missed:
            self.stop()
            raise

    def dies(self):
        """End as a crash would."""
        self.process.kill()
        self.process.wait(DEADLINE)

    def ends(self):
        """End in order: what is persistent is saved."""
        self.process.terminate()
        self.process.wait(DEADLINE)

    def stop(self):
        if self.process.poll() is None:
            self.dies()
        self.folder.cleanup()
        for port in self._ports:
            port.close()


def hears(stream, said):
    with stream:
        for raw in stream:
            said.put(raw.decode(errors="replace").rstrip())
    said.end("it ended")
