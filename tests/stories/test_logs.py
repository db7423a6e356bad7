"""The log is for people and for machines: one line an event, nothing that a
peer sends can forge a line, and content and secrets stay out of it."""

import json
import os
import re
import subprocess

import pytest
from support.process import TEXT_LINE, environment, program
from support.raw import Raw, request
from support.registering import register_ae
from support.settings import settings
from support.waiting import DEADLINE
from support.wire import answer_to

FORGED = '2026-01-01T00:00:00.000Z error forged line: x\n{"topic":"forged"}'
SECRET = "s3cr3t-t0ken"


@pytest.fixture
def start(registrar, start_gateway, make_device):
    def start(**log):
        gateway = start_gateway(settings(registrar, log=log))
        return gateway, make_device(gateway)

    return start


def is_talked_with(registrar, device, listener):
    """All that is usually done, with text that would like to be a line."""
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    registrar.plays(lambda m: answer_to(m, 2000, {"a": FORGED}, vsi=FORGED))
    device.retrieves("/cse-in", headers={"X-M2M-VSI": SECRET})
    device.retrieves("/cse-in?lbl=%0aforged%20line")
    device.creates("/cse-in", 4, {"m2m:cin": {"con": SECRET}})
    device.sends("POST", "/cse-in", {"m2m:sgn": FORGED})
    device.retrieves(
        "/cse-in", headers={"Authorization": SECRET, "X-M2M-RI": "1\t2"}
    )
    registrar.says("not json\n" + FORGED)
    registrar.says({"rsc": 2000, "rqi": FORGED, "pc": {"x": SECRET}})
    registrar.notifies("Cdev", {"m2m:sgn": {"x": SECRET}}, vsi=FORGED)
    registrar.notifies("C\n" + FORGED, {"m2m:sgn": {}}, rqi="n\n" + FORGED)
    registrar.notifies("Cdev", {"m2m:sgn": {}}, fr="\u0085\u2028" + FORGED)
    registrar.fence()


@pytest.mark.parametrize("level", ["info", "debug"])
def test_every_line_is_json(registrar, start, listener, level):
    gateway, device = start(level=level, format="json")
    is_talked_with(registrar, device, listener)
    gateway.stop()
    for line in gateway.lines:
        fields = json.loads(line.raw)
        assert set(fields) >= {"ts", "level", "topic", "event", "msg"}
        assert fields["topic"] != "forged"


@pytest.mark.parametrize("level", ["info", "debug"])
def test_every_line_of_text_has_the_same_form(
    registrar, start, listener, level
):
    gateway, device = start(level=level, format="text")
    is_talked_with(registrar, device, listener)
    gateway.stop()
    for line in gateway.lines:
        assert TEXT_LINE.match(line.raw), line.raw
        assert line.topic != "forged"
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line.raw), line.raw


def test_content_is_not_logged_above_debug(registrar, start, listener):
    gateway, device = start(level="info", format="json")
    is_talked_with(registrar, device, listener)
    gateway.stop()
    assert not [line for line in gateway.lines if SECRET in line.raw]


def test_tokens_are_never_logged(registrar, start):
    gateway, device = start(level="debug", format="json")
    registrar.plays(lambda m: answer_to(m, 2000))
    device.retrieves("/cse-in", headers={"Authorization": SECRET})
    gateway.stop()
    assert registrar.requests_heard(tkns=[SECRET])
    assert not [line for line in gateway.lines if SECRET in line.raw]


def test_a_flood_of_mistakes_is_not_a_flood_of_lines(registrar, start):
    gateway, _ = start(level="info", format="json")
    with Raw(gateway.http_port) as raw:
        for _ in range(2000):
            raw.sends(request("POST", body=b"no JSON", ty=3))
            assert raw.answer().status == 400
    gateway.stop()
    assert len(gateway.lines) < 1000


def test_each_binding_tells_what_it_has(registrar, start):
    gateway, device = start()
    registrar.plays(lambda m: answer_to(m, 2000, {}))
    device.retrieves("/cse-in")
    gateway.counts()
    told = [line.msg for line in gateway.logged("gateway/state")]
    assert "http: connections=1 asked=0 sent=0 waiting=0" in told
    own_ids = "own-id-links=0 own-ids-held-elsewhere=0"
    assert f"ws: connections=0 links=1 {own_ids}" in told


def test_the_journal_gets_priorities_instead_of_stamps():
    """As a service of systemd, whose standard error is a stream that it names."""
    read, write = os.pipe()
    at = os.fstat(write)
    stream = {"JOURNAL_STREAM": f"{at.st_dev}:{at.st_ino}"}
    service = subprocess.Popen(
        [program(), "sandbox", "--port", "0"],
        stdin=subprocess.DEVNULL,
        stderr=write,
        env={**environment(), **stream},
    )
    os.close(write)
    with open(read, encoding="utf-8") as log:
        lines = [log.readline()]
        while "ready" not in lines[-1]:
            lines.append(log.readline())
            assert lines[-1], lines
        service.terminate()
        lines += log.readlines()
    assert service.wait(DEADLINE) == 0
    assert lines and all(re.match(r"<6>\w+ [\w-]+: ", e) for e in lines), lines
