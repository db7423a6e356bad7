"""What README.md says under "By hand" works as it is typed there.

The ports are fixed then, so this runs in a network of its own.
"""

import pathlib
import re
import subprocess
import tempfile
import time

import pytest
from support.own_network import bring_loopback_up, run_in_own_network
from support.process import ROOT

# To build takes a while.
pytestmark = pytest.mark.timeout(600)

PATIENCE = 30

# Nobody special, as a user is; mosquitto would change who it is if root ran it.
TERMINAL = ["unshare", "--user", "--map-user=1000", "bash", "-c"]


def commands():
    """The commands of the section, in the order in which they stand."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("\n## By hand\n")[1].split("\n## ")[0]
    lines = re.findall(r"^    (.*)$", section, re.MULTILINE)
    joined = "\n".join(lines).replace("\\\n", "")
    return joined.splitlines()


def one(command, *words):
    """The only command with these words."""
    found = [c for c in command if all(word in c for word in words)]
    assert len(found) == 1, (words, found)
    return found[0]


def test_each_command_works_as_it_is_typed():
    built = subprocess.run(
        [ROOT / "deploy" / "quickstart.sh", "--build-only"],
        stdin=subprocess.DEVNULL,
        timeout=500,
        check=False,
    )
    assert built.returncode == 0
    run_in_own_network("interop.test_by_hand")


class Typed:
    """A command in a terminal of its own."""

    def __init__(self, command, log):
        self.path = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                [*TERMINAL, f"exec {command}"],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def wait_for(self, text):
        until = time.monotonic() + PATIENCE
        while text not in self.path.read_text(errors="replace"):
            said = self.path.read_text(errors="replace")
            assert time.monotonic() < until, f"no {text!r} in {said!r}"
            assert self.process.poll() is None, said
            time.sleep(0.02)

    def ends(self):
        self.process.terminate()
        self.process.wait(PATIENCE)


def shown(command):
    done = subprocess.run(
        [*TERMINAL, command],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, (command, done.stdout)
    return done.stdout


def start(typed, folder):
    """The three of the first block."""
    names = ("mosquitto -p", "m2mgate sandbox", "m2mgate run")
    lines = [one(typed, name).split("#")[0] for name in names]
    broker = Typed(lines[0], folder / "broker")
    broker.wait_for("running")
    sandbox = Typed(lines[1], folder / "sandbox")
    sandbox.wait_for("listening")
    gateway = Typed(lines[2], folder / "gateway")
    gateway.wait_for("registered")
    gateway.wait_for("connected")
    return gateway, sandbox, broker


def main(folder):
    typed = commands()
    all_started = start(typed, folder)
    assert "X-M2M-RSC: 2001" in shown(one(typed, "curl"))
    assert "m2m:cb" in shown(one(typed, "send coap://"))
    assert "m2m:cb" in shown(one(typed, "coap-client"))
    assert "m2m:cb" in shown(one(typed, "send ws://"))
    listen = one(typed, "mosquitto_sub").replace(" &", " -d")
    heard = Typed(f"stdbuf -oL {listen}", folder / "heard")
    heard.wait_for("Subscribed")
    shown(one(typed, "mosquitto_pub"))
    heard.wait_for('"rsc":2000')
    heard.ends()
    for program in all_started:
        program.ends()


if __name__ == "__main__":
    bring_loopback_up()
    with tempfile.TemporaryDirectory() as made:
        main(pathlib.Path(made))
