"""Functions of at most 60 lines, files of at most 600, comments of at most 80
columns, which clang-format leaves as they are."""

import tree

FUNCTION_LINES = 60
FILE_LINES = 600
COMMENT_COLUMNS = 80


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


def wide_comments(name, lines):
    for number, line in enumerate(lines, 1):
        columns = len(line.expandtabs(8))
        if line.lstrip().startswith(("/*", "* ")) and columns > COMMENT_COLUMNS:
            yield f"{name}:{number}: a comment of {columns} columns"


def mistakes():
    for name in tree.files(".c", ".h", ".py", ".sh", ".def"):
        lines = tree.text(name).splitlines()
        if len(lines) > FILE_LINES:
            yield f"{name}: {len(lines)} lines long"
        if name.endswith((".c", ".h")):
            yield from long_functions(name, lines)
            yield from wide_comments(name, lines)


tree.finish(list(mistakes()))
