"""Words that may not stand in the tree: promises for later, jumps, the paths of
somebody's machine, the names of package registries; and what a C file may not
do with its neighbours."""

import re

import tree

# Put together from halves, so that this file passes its own check.
EVERYWHERE = re.compile(
    r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b"
    r"|(?<![\w.])/(wo" r"rk|ro" r"ot|ho" r"me|tmp/" r"src)/"
    r"|py" r"pi\.org|pythonho" r"sted|npm" r"js\.(org|com)|deb\.deb" r"ian\.org"
)
IN_C = re.compile(r'\bgo' r'to\b|^#include "[^"]*\.c"', re.MULTILINE)
BINARY = (".bin", ".png", ".db")
CORPUS = "tests/fuzz/corpus/"


def found(pattern, name, text):
    for match in pattern.finditer(text):
        number = text.count("\n", 0, match.start()) + 1
        yield f"{name}:{number}: {match.group(0).strip()}"


def mistakes():
    for name in tree.files():
        if name.startswith(CORPUS) or name.endswith(BINARY):
            continue
        text = tree.text(name)
        yield from found(EVERYWHERE, name, text)
        if name.endswith((".c", ".h")):
            yield from found(IN_C, name, text)
        if text and not text.endswith("\n"):
            yield f"{name}: the last line does not end"


tree.finish(list(mistakes()))
