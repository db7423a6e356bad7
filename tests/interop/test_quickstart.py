"""A newcomer sees it happen with one command."""

import json
import os
import re
import signal
import subprocess

import pytest
from support.device import Device
from support.process import ROOT, environment
from support.waiting import DEADLINE

pytestmark = pytest.mark.timeout(600)

SCRIPT = str(ROOT / "deploy" / "quickstart.sh")
PROGRAM = ROOT / "build" / "release" / "m2mgate"
HOW = {
    "stdin": subprocess.DEVNULL,
    "stdout": subprocess.PIPE,
    "stderr": subprocess.STDOUT,
    "text": True,
    "errors": "replace",
}


def shown_by(option):
    done = subprocess.run(
        [SCRIPT, option], env=environment(), timeout=580, check=False, **HOW
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def columns(shown):
    """What stands side by side: title and text of the left, and of the right
    column."""
    found = []
    for line in shown.splitlines():
        left, bar, right = line.partition(" | ")
        if not bar:
            continue
        if "gateway" in left and "WebSocket" in right:
            found.append([left.strip(), "", right.strip(), ""])
        elif found:
            found[-1][1] += left.strip() + "\n"
            found[-1][3] += right
    return found


def test_it_only_builds_when_it_is_told_so():
    shown = shown_by("--build-only")
    assert os.access(PROGRAM, os.X_OK)
    assert "Starting" not in shown
    assert not columns(shown)


def test_it_shows_all_and_ends():
    shown = shown_by("--once")
    assert os.access(PROGRAM, os.X_OK)
    for op in ("1", "5"):
        assert re.search(rf'"op": ?{op}\b', shown), shown
    assert shown.count('"sur"') == 6, "each of three is notified once"
    assert "X-M2M-RSC: 2001" in shown
    assert "oneM2M-RSC: 2001" in shown
    assert "PUBLISH /oneM2M/reg_resp/valve-1/id-sandbox/json" in shown


def test_each_http_message_stands_beside_its_primitive():
    told = [row for row in columns(shown_by("--once")) if "HTTP" in row[0]]
    requests = [row for row in told if row[1].startswith("POST ")]
    answers = [row for row in told if row[1].startswith("HTTP/1.1 ")]
    assert len(requests) >= 3 and len(answers) >= 2
    for _, left, _, right in requests:
        primitive = json.loads(right)
        assert primitive["op"] in (1, 5)
        assert f"X-M2M-Origin: {primitive['fr']}\n" in left
        assert primitive["to"].split("/")[-1] in left.splitlines()[0]
    for _, left, _, right in answers:
        primitive = json.loads(right)
        assert f"X-M2M-RSC: {primitive['rsc']}\n" in left
        assert f"X-M2M-RI: {primitive['rqi']}\n" in left


def test_it_stays_up_until_ctrl_c():
    process = subprocess.Popen(
        [SCRIPT], env=environment(), start_new_session=True, **HOW
    )
    try:
        shown = ""
        for line in process.stdout:
            shown += line
            if "Ctrl-C stops it." in line:
                break
        url = re.search(r"gateway +(http://[\d.:]+)", shown).group(1)
        device = Device(url, "Cme")
        device.retrieves("/sandbox/heater/room/la").expect(2000, 200)
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(DEADLINE) == 0
        with pytest.raises(OSError):
            device.retrieves("/sandbox/heater/room/la")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(DEADLINE)
