"""Functions of at most 60 lines, files of at most 600."""

import tree

FUNCTION_LINES = 60
FILE_LINES = 600


def long_functions(name, lines):
    """clang-format puts the braces of a function, and only those, at the
    beginning of a line."""
    began = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            began = number
        elif line == "}" and began:
            if number - began - 1 > FUNCTION_LINES:
                yield f"{name}:{began}: {number - began - 1} lines long"
            began = None


def mistakes():
    for name in tree.files(".c", ".h", ".py", ".sh", ".def"):
        lines = tree.text(name).splitlines()
        if len(lines) > FILE_LINES:
            yield f"{name}: {len(lines)} lines long"
        if name.endswith((".c", ".h")):
            yield from long_functions(name, lines)


tree.finish(list(mistakes()))
