"""The page of each CSE (deploy/cses) can be followed: its configurations pass
`m2mgate check`, and README leads there."""

import pathlib
import re

import pytest
import yaml
from support.process import run_command

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "deploy" / "cses").glob("*.md"))


def configurations(page):
    text = page.read_text(encoding="utf-8")
    return re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_configurations_of_a_page_are_good(page, tmp_path):
    found = configurations(page)
    assert found
    for text in found:
        file = tmp_path / "m2mgate.yaml"
        file.write_text(text, encoding="utf-8")
        code, out, error = run_command("check", str(file))
        assert code == 0, out + error
        (cse,) = yaml.safe_load(text)["cses"]
        assert cse["profile"] == page.stem


def test_readme_leads_to_each_page():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    linked = re.findall(r"\| \[`(\w+)`\]\(deploy/cses/(\w+)\.md\)", readme)
    assert linked == [(page.stem, page.stem) for page in PAGES]
