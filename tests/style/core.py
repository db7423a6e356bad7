"""Core - what the library of core asks of the world, and what it remembers.

    core.py LIBRARY

Core reaches clock, random numbers, sockets and files only through its loop
contract, so that the same core runs in a simulation; and everything hangs on one
context, so that several gateways live in one process.  Both show in the symbols
of the library: what it calls must be one of these, and it holds no data that
can change but the one log sink of the process.
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
    " inet_pton qsort"
    # the encoder and the decoder of libcbor
    " cbor_encode_array_start cbor_encode_bool cbor_encode_bytestring_start"
    " cbor_encode_double cbor_encode_map_start cbor_encode_negint"
    " cbor_encode_null cbor_encode_single cbor_encode_string_start"
    " cbor_encode_tag cbor_encode_uint cbor_stream_decode"
    # what only our own bug can break
    " __assert_fail"
    # what compilers add
    " _GLOBAL_OFFSET_TABLE_ __stack_chk_fail".split()
)
MAY_CHANGE = {"log_sink", "log_level"}

# Calls of sanitizers, and of functions that check the size of a buffer.
OF_COMPILERS = re.compile(r"^__(asan|lsan|tsan|ubsan|sanitizer)_")
CHECKED = re.compile(r"^__(\w+)_chk$")
CHANGES = re.compile(r"^(\.data(?!\.rel\.ro)|\.bss|\.tdata|\.tbss|\*COM\*)")


def symbols(library):
    """(name, section) of each; the section of what is not defined is empty."""
    listed = subprocess.run(
        ["nm", "--format=sysv", library],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    for line in listed.splitlines():
        columns = [column.strip() for column in line.split("|")]
        if len(columns) == 7 and columns[0] != "Name":
            yield columns[0], columns[6].replace("*UND*", "")


def mistakes(library):
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
