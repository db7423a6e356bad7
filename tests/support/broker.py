"""Broker - a mosquitto of its own for one story, on a free port."""

import pathlib
import shutil
import socket
import subprocess
import tempfile

from support.ports import free_port
from support.waiting import DEADLINE, Missed, eventually

PROGRAM = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


class Broker:
    """A mosquitto; `more` are lines of its configuration."""

    def __init__(self, *more, anonymous=True, persistent=False):
        self.port = free_port()
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
            *more,
        ]
        self.file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.starts()

    @property
    def url(self):
        return f"mqtt://127.0.0.1:{self.port}"

    def starts(self):
        self.process = subprocess.Popen(
            [PROGRAM, "-c", str(self.file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        eventually(self._listens, "mosquitto listening")

    def _listens(self):
        if self.process.poll() is not None:
            raise Missed(f"mosquitto ended with {self.process.returncode}")
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

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
