"""Every link in a Markdown file leads to a file, and to a heading, that is
there."""

import re

import tree

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^(```.*?^```|    .*?$)", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)


def anchors(name):
    """The names that headings can be linked by."""
    found = set()
    for title in HEADING.findall(tree.text(name)):
        plain = re.sub(r"[^\w\- ]", "", title.strip().lower())
        found.add(plain.replace(" ", "-"))
    return found


def mistakes():
    for name in tree.files(".md"):
        for target in LINK.findall(CODE.sub("", tree.text(name))):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            there = (tree.ROOT / name).parent / path if path else None
            if there and not there.exists():
                yield f"{name}: {target} is not there"
            elif anchor:
                file = there or tree.ROOT / name
                if anchor not in anchors(file.relative_to(tree.ROOT)):
                    yield f"{name}: {target} names no heading"


tree.finish(list(mistakes()))
