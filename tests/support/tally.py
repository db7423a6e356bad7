"""Tally - one line "passed NAME" or "failed NAME" for each case of JUnit files.

A skipped case is a failed one: a tool that is missing proves nothing.
"""

import sys
import xml.etree.ElementTree as ElementTree


def results(path):
    for case in ElementTree.parse(path).iter("testcase"):
        good = not any(
            child.tag in ("failure", "error", "skipped") for child in case
        )
        name = f"{case.get('classname', '')} {case.get('name')}".strip()
        yield "passed" if good else "failed", " ".join(name.split())


for file in sys.argv[1:]:
    for result, name in results(file):
        print(result, name)
