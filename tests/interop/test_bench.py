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
)


def names():
    """As run.sh tells them."""
    done = subprocess.run(
        [SCRIPT, "no-such-figure"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    return done.stderr.partition("names: ")[2].split()


@pytest.mark.heavy
def test_each_figure_is_told_in_one_line():
    done = subprocess.run(
        [SCRIPT],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, "BENCH_SECONDS": "1", "BENCH_ROUNDS": "1"},
        timeout=580,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    told = [LINE.fullmatch(line) for line in lines if line[0] != " "]
    assert [match and match[1] for match in told] == names()
    assert any(line.startswith("  ") for line in lines), "what it is against"
