"""Core - what the library of core asks of the world, and what it remembers.

    core.py LIBRARY

Core reaches clock, random numbers, sockets and files only through its loop
contract, so that the same core runs in a simulation; and everything hangs on one
context, so that several gateways live in one process.  Both show in the symbols
of the library: what it calls must be one of these, and it holds no data that
can change but the one log sink of the process.

Its files call each other in one direction: none is called, by whatever way, by
what it calls.  A reader can begin at any of them and come to an end.
"""

import re
import subprocess
import sys

import tree

MAY_CALL = set(
    # memory
    "calloc free malloc realloc memchr memcmp memcpy memmove memset"
    # texts and numbers
    " snprintf vsnprintf strchr strcmp strlen strncmp strpbrk strrchr strtod"
    " inet_ntop inet_pton qsort"
    # documents of our own
    " cJSON_AddArrayToObject cJSON_AddBoolToObject cJSON_AddItemToArray"
    " cJSON_AddItemToObject cJSON_AddNumberToObject cJSON_AddObjectToObject"
    " cJSON_AddStringToObject cJSON_CreateIntArray cJSON_CreateObject"
    " cJSON_CreateString cJSON_Delete cJSON_PrintUnformatted cJSON_free"
    # what only our own bug can break
    " __assert_fail"
    # what compilers add
    " _GLOBAL_OFFSET_TABLE_ __stack_chk_fail".split()
)

# A table of functions only points at those that ask it.
TABLES = {"codec/media"}

MAY_CHANGE = {"log_sink", "log_level"}

# Calls of sanitizers, and of functions that check the size of a buffer.
OF_COMPILERS = re.compile(r"^__(asan|lsan|tsan|ubsan|sanitizer)_")
CHECKED = re.compile(r"^__(\w+)_chk$")
CHANGES = re.compile(r"^(\.data(?!\.rel\.ro)|\.bss|\.tdata|\.tbss|\*COM\*)")


def nm(library, style):
    """The lines that tell what is in the library, in one of nm's styles."""
    return subprocess.run(
        ["nm", f"--format={style}", library],
        capture_output=True,
        check=True,
        text=True,
    ).stdout.splitlines()


def symbols(library):
    """(name, section) of each; the section of what is not defined is empty."""
    for line in nm(library, "sysv"):
        columns = [column.strip() for column in line.split("|")]
        if len(columns) == 7 and columns[0] != "Name":
            yield columns[0], columns[6].replace("*UND*", "")


def calls(library):
    """The files of the library, each with those that it calls."""
    defined, wanted, file = {}, {}, None
    for line in nm(library, "posix"):
        words = line.split()
        if line.endswith(":"):
            file = re.sub(r".*/|\.c\.o\]:$", "", line)
            file = re.sub("^(codec|lib)_", r"\1/", file)
            wanted[file] = set()
        elif words[1:2] == ["U"]:
            wanted[file].add(words[0])
        elif words and words[1] in "TDRB":
            defined[words[0]] = file
    for table in TABLES & set(wanted):
        wanted[table] = set()
    return {
        caller: {defined[n] for n in names if n in defined} - {caller}
        for caller, names in wanted.items()
    }


def circle_through(file, known):
    """A way that leads from a file back to itself; else nothing."""
    ways, seen = [[file]], set()
    while ways:
        way = ways.pop()
        for called in sorted(known[way[-1]]):
            if called == file:
                return way + [file]
            if called not in seen:
                seen.add(called)
                ways.append(way + [called])
    return []


def circles(library):
    known = calls(library)
    found = {}
    for file in known:
        way = circle_through(file, known)
        if way:
            found.setdefault(frozenset(way), " -> ".join(way))
    return found.values()


def mistakes(library):
    for way in circles(library):
        yield f"files of core call each other in a circle: {way}"
    known = list(symbols(library))
    own = {name for name, section in known if section}
    if not own:
        yield f"{library} holds nothing"
    for name, section in known:
        plain = re.sub(r"\.\d+$", "", name)
        called = CHECKED.sub(r"\1", name)
        if OF_COMPILERS.match(name):
            continue
        if not section and name not in own and called not in MAY_CALL:
            yield f"core calls {name}"
        if CHANGES.match(section) and plain not in MAY_CHANGE:
            yield f"core remembers something in {name} ({section})"


tree.finish(sorted(set(mistakes(sys.argv[1]))))
