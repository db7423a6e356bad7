"""Each figure of the benchmark is measured and told in the form that its README
promises; what they are is not judged here."""

import os
import re
import subprocess

import pytest
from support.process import ROOT

SCRIPT = ROOT / "tests" / "bench" / "run.sh"
LINE = re.compile(
    r"figure=(\S+) value=-?\d+(?:\.\d+)? budget=\d+(?:\.\d+)? ok=(?:yes|no)"
    r"( throughput=\d+(?:\.\d+)?)?"
)
# Judged by the processor time of a request, the throughput beside it.
BY_PROCESSOR_TIME = {
    "http-ws-vs-nginx",
    "http-ws-vs-mhd",
    "refused-vs-answered",
    "hop-refuses-vs-answered",
    "registrees-100k-vs-10",
    "coap-ws-vs-libcoap",
}
# Judged by the throughput, the processor time told below.
BY_THROUGHPUT = {"mqtt-ws-vs-mosquitto"}


def names():
    """As run.sh tells them."""
    done = subprocess.run(
        [SCRIPT, "no-such-figure"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    return done.stderr.partition("names: ")[2].split()


def paragraphs(text):
    """The line of each figure, and those below it."""
    told = []
    for line in text.splitlines():
        if line[0] == " " and told:
            told[-1][1].append(line)
        else:
            told.append((line, []))
    return told


@pytest.mark.heavy
def test_each_figure_is_told_in_one_line():
    done = subprocess.run(
        [SCRIPT],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, "BENCH_SECONDS": "0.3", "BENCH_ROUNDS": "1"},
        timeout=580,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = paragraphs(done.stdout)
    heads = [LINE.fullmatch(head) for head, _ in told]
    assert [head and head[1] for head in heads] == names()
    assert {head[1] for head in heads if head[2]} == BY_PROCESSOR_TIME
    assert all(below for _, below in told), "what it is against"
    times = {
        head[1]
        for head, (_, below) in zip(heads, told)
        if any("processor time of each request: " in line for line in below)
    }
    assert times == BY_PROCESSOR_TIME | BY_THROUGHPUT
