"""A newcomer sees it happen with one command."""

import os
import re
import subprocess

import pytest
from support.process import ROOT, environment


@pytest.mark.timeout(600)
def test_the_quickstart_shows_it_and_ends():
    done = subprocess.run(
        [str(ROOT / "deploy" / "quickstart.sh"), "--once"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment(),
        timeout=580,
        check=False,
    )
    shown = done.stdout.decode(errors="replace")
    assert done.returncode == 0, shown
    assert os.access(ROOT / "build" / "release" / "m2mgate", os.X_OK)
    for op in ("1", "5"):
        assert re.search(rf'"op": ?{op}\b', shown), shown
    assert shown.count('"sur"') == 6, "each of three is notified once"
    assert "X-M2M-RSC: 2001" in shown
    assert "oneM2M-RSC: 2001" in shown
    assert "PUBLISH /oneM2M/reg_resp/valve-1/id-sandbox/json" in shown
