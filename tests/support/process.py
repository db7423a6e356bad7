"""Process - the real program, started, watched and ended by a story.

A program that leaves a sanitizer report, or does not end with the exit code
that was asked for, fails the story that ran it.
"""

import contextlib
import ctypes
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import threading

import yaml

from support.waiting import DEADLINE, Mailbox, Missed, describe

ROOT = pathlib.Path(__file__).resolve().parents[2]

# How a report of a sanitizer, or of valgrind, begins.
REPORT = re.compile(
    r"AddressSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer"
    r"|ThreadSanitizer|runtime error:|Assertion .* failed|stack smashing"
)
TEXT_LINE = re.compile(
    r"^(?P<ts>\d{4}-\d\d-\d\dT[\d:.]+Z) (?P<level>\w+) +"
    r"(?P<topic>[\w-]+) (?P<event>[\w-]+): (?P<msg>.*)$"
)
SANITIZERS = {
    "ASAN_OPTIONS": "detect_leaks=1:halt_on_error=1:exitcode=99"
    ":detect_stack_use_after_return=0:quarantine_size_mb=8",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
    "LSAN_OPTIONS": "exitcode=98",
}

# What is freed is freed: for stories that measure memory.
LEAN = {
    "ASAN_OPTIONS": SANITIZERS["ASAN_OPTIONS"]
    + ":quarantine_size_mb=1:thread_local_quarantine_size_kb=64"
}


def program():
    """The m2mgate to test: M2MGATE, else the test build."""
    path = os.environ.get("M2MGATE") or ROOT / "build" / "test" / "m2mgate"
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f"{path} is not built; see tests/README.md")
    return str(path)


def environment():
    """Ours, with strict sanitizers and without a proxy to go astray on."""
    env = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    for name, value in SANITIZERS.items():
        more = os.environ.get(name)
        env[name] = f"{value}:{more}" if more else value
    return env


# ptrace(2); the first thread of a process is its loop.
ATTACH, DETACH, WALL = 16, 17, 0x40000000


def trace(what, thread):
    return ctypes.CDLL(None).ptrace(what, thread, None, None)


class Line:
    """One line of a log."""

    def __init__(self, raw):
        self.raw = raw
        self.level = self.topic = self.event = self.msg = None
        if raw.startswith("{"):
            try:
                fields = json.loads(raw)
            except ValueError:
                return
            self._fill(fields)
        elif match := TEXT_LINE.match(raw):
            self._fill(match.groupdict())

    def _fill(self, fields):
        self.level = fields.get("level")
        self.topic = fields.get("topic")
        self.event = fields.get("event")
        self.msg = fields.get("msg")

    @property
    def name(self):
        return f"{self.topic}/{self.event}"

    def __str__(self):
        return self.raw


class Program:
    """A running m2mgate."""

    def __init__(self, *args, name="m2mgate", env=None, descriptors=None):
        self.name = name
        self.args = [program(), *args]
        if descriptors:  # it may have no more than these
            few = f'ulimit -n {descriptors}; exec "$0" "$@"'
            self.args = ["/bin/sh", "-c", few, *self.args]
        self.log = Mailbox(f"the log of {name}")
        self.lines = []
        self.output = []
        self._is_checked = False
        self.process = subprocess.Popen(
            self.args,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**environment(), **(env or {})},
        )
        self.pid = self.process.pid
        self._readers = [
            self._reads(self.process.stderr, self._logged),
            self._reads(self.process.stdout, self.output.append),
        ]

    def _reads(self, stream, each):
        def read():
            for raw in stream:
                each(raw.decode(errors="replace").rstrip("\n"))
            if stream is self.process.stderr:
                self.log.end("it ended")

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread

    def _logged(self, raw):
        line = Line(raw)
        self.lines.append(line)
        self.log.put(line)

    def wait_for(self, name, containing="", within=DEADLINE):
        """Take the next log line of this "topic/event"."""

        def fits(line):
            return line.name == name and containing in line.msg

        what = f"{name} {containing!r}" if containing else name
        return self.log.take(fits, what, within)

    def logged(self, name):
        """All lines of this "topic/event" so far, taken or not."""
        return [line for line in list(self.lines) if line.name == name]

    @property
    def is_running(self):
        return self.process.poll() is None

    def memory_bytes(self, what="VmRSS"):
        """What the process occupies now (resident set)."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith(what + ":"):
                    return int(line.split()[1]) * 1024
        raise AssertionError(f"the kernel tells no {what}")

    @contextlib.contextmanager
    def grows_less_than(self, n_bytes):
        """What happens inside costs no more memory than that, not even for a
        moment."""
        peak = pathlib.Path(f"/proc/{self.pid}/clear_refs")
        peak.write_text("5", encoding="ascii")  # forget it, proc(5)
        before = self.memory_bytes()
        yield
        grown = self.memory_bytes("VmHWM") - before
        print(f"{self.name} grew by {grown} bytes")
        assert grown < n_bytes, f"{self.name} grew by {grown} bytes"

    def cpu_seconds(self):
        """How long it has kept a processor busy so far."""
        with open(f"/proc/{self.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        """Numbers of what it has open."""
        return [int(n) for n in os.listdir(f"/proc/{self.pid}/fd")]

    def signal(self, number):
        self.process.send_signal(number)

    @contextlib.contextmanager
    def holds(self, loop):
        """Its loop stands still, as one that has too much to do, and its
        other threads go on; or these stand still, as the one that writes to
        the disk does when that does not answer, and its loop goes on."""
        threads = [int(n) for n in os.listdir(f"/proc/{self.pid}/task")]
        held = [n for n in threads if (n == self.pid) == loop]
        assert held, "there are no such threads"
        for thread in held:
            assert trace(ATTACH, thread) == 0, "ptrace is not allowed"
            os.waitpid(thread, WALL)
        try:
            yield
        finally:
            for thread in held:
                trace(DETACH, thread)

    def wait_for_exit(self, within=DEADLINE):
        """Wait until it ended by itself; returns its exit code."""
        try:
            code = self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.tell()
            raise Missed(f"{self.name} did not end in {within:g} s") from None
        for reader in self._readers:
            reader.join(DEADLINE)
        return code

    def stop(self, within=DEADLINE):
        """Ask it to end, and check how it did."""
        if self.is_running:
            self.signal(signal.SIGTERM)
        try:
            code = self.wait_for_exit(within)
        except Missed:
            self.kill()
            raise
        self.check(code)

    def kill(self):
        """End it without asking, as a crash or a power cut would."""
        self._is_checked = True
        if self.is_running:
            self.process.kill()
        self.wait_for_exit()
        self.check_reports()

    def check(self, code, wanted=0):
        """It must have ended well, and once is enough to look."""
        if self._is_checked:
            return
        self._is_checked = True
        self.check_reports()
        assert code == wanted, f"{self.name} ended with {code}, not {wanted}"

    def check_reports(self):
        self.tell()
        found = [str(line) for line in self.lines if REPORT.search(line.raw)]
        assert not found, f"{self.name} left a report:\n" + describe(found)

    def tell(self):
        """Show the log; pytest prints it when the story fails."""
        print(f"--- {self.name}: {' '.join(self.args[1:])}")
        raw = [line.raw[:1000] for line in self.lines]
        reports = [i for i, line in enumerate(raw) if REPORT.search(line)]
        if reports:
            raw = raw[max(0, reports[0] - 5) : reports[0] + 60]
        print("\n".join(raw[-120:]))

    def counts(self):
        """The counters of the gateway, as it tells them on SIGUSR1."""
        self.signal(signal.SIGUSR1)
        return self._counts_of(self.wait_for("gateway/counts"))

    def told(self, binding):
        """What a binding has at this moment, as it tells on SIGUSR1."""
        self.counts()
        states = self.logged("gateway/state")
        return self._counts_of(
            [s for s in states if s.msg.startswith(f"{binding}:")][-1]
        )

    def held(self):
        """What is held for peers at this moment: requests, and bytes."""
        self.counts()
        return self._counts_of(self.logged("gateway/held")[-1])

    @staticmethod
    def _counts_of(line):
        pairs = re.findall(r"([\w-]+)=(\d+)", line.msg)
        return {name.removeprefix("n_"): int(n) for name, n in pairs}


def port_of(line):
    """The port in a "listening" line."""
    return int(re.findall(r":(\d+)", line.msg)[-1])


class Gateway(Program):
    """m2mgate run, with a configuration given as a dictionary."""

    def __init__(self, config, name="gateway", **how):
        self.config = config
        self.folder = tempfile.TemporaryDirectory(prefix="m2mgate-")
        self.file = pathlib.Path(self.folder.name) / "m2mgate.yaml"
        self.write(config)
        self.http_port = self.ws_port = self.coap_port = None
        super().__init__("run", "-c", str(self.file), name=name, **how)
        self._learn_ports(config.get("listen", {}))

    def _learn_ports(self, listen):
        try:
            if "http" in listen:
                self.http_port = port_of(self.wait_for("http/listening"))
            if "coap" in listen:
                self.coap_port = port_of(self.wait_for("coap/listening"))
            if "ws" in listen:
                self.ws_port = port_of(self.wait_for("ws/listening"))
            self.wait_for("gateway/ready")
        except Missed:
            self.kill()
            raise

    def write(self, config):
        """Put another configuration into the file, for a reload."""
        self.config = config
        text = config if isinstance(config, str) else yaml.safe_dump(config)
        self.file.write_text(text, encoding="utf-8")

    def reload(self, config):
        """Write a configuration, send SIGHUP, and return what the log says."""
        self.write(config)
        self.signal(signal.SIGHUP)
        return self.log.take(
            lambda line: line.name
            in ("gateway/reloaded", "gateway/reload-refused"),
            "the end of a reload",
        )

    @property
    def http(self):
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def ws(self):
        return f"ws://127.0.0.1:{self.ws_port}"

    def wait_for_exit(self, within=DEADLINE):
        code = super().wait_for_exit(within)
        self.folder.cleanup()
        return code


class Sandbox(Program):
    """m2mgate sandbox: the small CSE of the same program."""

    id = "/id-sandbox"
    csebase = "sandbox"

    def __init__(self, port=0, name="sandbox"):
        super().__init__("sandbox", "--port", str(port), name=name)
        try:
            self.port = port_of(self.wait_for("ws/listening"))
        except Missed:
            self.kill()
            raise

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.port}"


def run_command(*args, within=DEADLINE):
    """Run m2mgate to its end: exit code, standard output, standard error."""
    done = subprocess.run(
        [program(), *args],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=within,
        env=environment(),
        check=False,
    )
    error = done.stderr.decode(errors="replace")
    assert not REPORT.search(error), error
    return done.returncode, done.stdout.decode(errors="replace"), error
