"""Compiled - run a compiler or checker on every C file of ours.

    compiled.py tidy|analyzer BUILD ROOM
    compiled.py headers BUILD
    compiled.py rooms BUILD ROOM...

`tidy` is clang-tidy and `analyzer` gcc -fanalyzer, on the C files of one folder;
one that hangs is known by its room, and the rooms run beside each other.
`headers` compiles each header alone.  `rooms` is the proof that nothing is left
out: every C file is compiled, and lies in one of the rooms.

What passed once is not run again until the file, what it includes or how it is
compiled changes: the cache lies in the build folder and is keyed by the
preprocessed text.
"""

import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import tree

CHECKED = tree.ROOT / "build" / "checked"

# Words of a compile command that say what is written, not how it is compiled.
OUTPUTS = ("-c", "-MD", "-MMD", "-MG", "-MP")
OUTPUTS_WITH_VALUE = ("-o", "-MF", "-MQ", "-MT")


def run(command, folder):
    done = subprocess.run(
        command,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, done.stdout.decode(errors="replace")


class Unit:
    """A C file with the flags it is compiled with."""

    def __init__(self, folder, file, words):
        self.folder = folder
        self.name = str(
            (pathlib.Path(folder) / file).resolve().relative_to(tree.ROOT)
        )
        self.file = file
        self.flags = []
        words = iter(words)
        for word in words:
            if word in OUTPUTS_WITH_VALUE:
                next(words)
            elif word not in OUTPUTS and word != file:
                self.flags.append(word)
        self.flags.append("-fdiagnostics-color=never")

    def key(self, tool):
        """Changes whenever the tool could find something else."""
        command = ["clang-14", "-E", "-C", "-w", *self.flags, self.file]
        code, text = run(command, self.folder)
        if code:
            sys.exit(f"{self.name} cannot be preprocessed:\n{text}")
        config = tree.text(".clang-tidy")
        version = tool_version(tool)
        parts = (tool, version, config, " ".join(self.flags), text)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def tool_version(tool, known={}):
    if tool not in known:
        program = {"tidy": "clang-tidy-14"}.get(tool, "gcc")
        known[tool] = run([program, "--version"], None)[1]
    return known[tool]


def flags_of(entry):
    """Behind the compiler, which a cache may stand in front of."""
    words = shlex.split(entry["command"])
    has_cache = os.path.basename(words[0]) == "ccache"
    return words[2 if has_cache else 1 :]


def units(build):
    """What the build compiles, of our own files."""
    listed = json.loads((build / "compile_commands.json").read_text())
    ours = set(tree.files(".c"))
    seen = {}
    for entry in listed:
        unit = Unit(entry["directory"], entry["file"], flags_of(entry))
        if unit.name in ours:
            seen.setdefault(unit.name, unit)
    return {**seen, **fuzzers(ours, seen)}


def fuzzers(ours, seen):
    """Fuzz targets are built in another folder, but from the same headers."""
    like = next(u for n, u in seen.items() if n.startswith("tests/unit/"))
    return {
        name: Unit(like.folder, absolute(name), like.flags)
        for name in ours
        if name.startswith("tests/fuzz/")
    }


def absolute(name):
    return str(tree.ROOT / name)


def without(flags, *prefixes):
    return [f for f in flags if not f.startswith(prefixes)]


def tidy(unit):
    """gcc's own warnings and sanitizers mean nothing to clang-tidy."""
    flags = without(unit.flags, "-W", "-fsanitize")
    return [
        "clang-tidy-14",
        "--quiet",
        f"--config-file={tree.ROOT / '.clang-tidy'}",
        unit.file,
        "--",
        *flags,
        "-Wall",
        "-Wextra",
        "-Wno-unused-parameter",
    ]


def analyzer(unit):
    """It takes the tail of an array that an initialiser has zeroed for
    uninitialised."""
    flags = without(unit.flags, "-fsanitize", "-O", "-Wnull-dereference")
    flags.append("-Wno-analyzer-use-of-uninitialized-value")
    return [
        *("gcc", *flags, "-O2", "-fanalyzer", "-Werror"),
        *("-c", unit.file, "-o", "/dev/null"),
    ]


class Header(Unit):
    """A header, compiled as if it were all there is."""

    def __init__(self, unit, name):
        flags = without(unit.flags, "-fsanitize", "-O")
        super().__init__(unit.folder, absolute(name), flags)


def header(unit):
    alone = ["-fsyntax-only", "-include", unit.file, "-x", "c", "/dev/null"]
    return ["gcc", *unit.flags, *alone]


def headers(build):
    """Every header with the flags of a C file of its room."""
    compiled = units(build)
    found = {}
    for name in tree.files(".h"):
        room = os.path.dirname(name)
        near = [u for n, u in compiled.items() if os.path.dirname(n) == room]
        anyone = list(compiled.values())
        found[name] = Header((near or anyone)[0], name)
    return found


def is_nested_by_macros(block):
    """clang-tidy counts the nesting inside the macros of cmocka;
    three levels of our own and one of theirs is no mistake."""
    notes = re.split(r"^(?=.*: note: )", block, flags=re.MULTILINE)[1:]
    return "exceeds recommended size" in block and all(
        "nesting level" in note or "expanded from macro" in note
        for note in notes
    ) and all(
        "expanded from macro" in after
        for note, after in zip(notes, [*notes[1:], ""])
        if "nesting level" in note
    )


def mistakes_in(text):
    """What a tool said, without what macros of libraries made it say."""
    blocks = re.split(r"^(?=\S+:\d+:\d+: error: )", text, flags=re.MULTILINE)
    left = [b for b in blocks[1:] if not is_nested_by_macros(b)]
    return "".join(left)


def check(tool, command, unit, cache):
    mark = cache / unit.key(tool)
    if mark.exists():
        return 0, ""
    code, text = run(command(unit), unit.folder)
    if code and " error: " in text:
        text = mistakes_in(text)
        code = 1 if text else 0
    if code == 0:
        mark.touch()
    return code, text


def forget_the_old(cache, most=4000):
    marks = sorted(cache.iterdir(), key=lambda mark: mark.stat().st_mtime)
    for mark in marks[:-most]:
        mark.unlink()


def left_out(build, rooms):
    """Nobody else forgets marks, so that none vanishes while it is looked at."""
    for cache in CHECKED.iterdir():
        forget_the_old(cache)
    compiled = units(build)
    for name in tree.files(".c"):
        if name not in compiled:
            yield f"{name}: no build compiles it"
        if os.path.dirname(name) not in rooms:
            yield f"{name}: its folder is none of the rooms in meson.build"


def chosen_by(tool, build, rooms):
    if tool == "headers":
        return headers(build)
    return {
        name: unit
        for name, unit in units(build).items()
        if os.path.dirname(name) in rooms
    }


def mistakes(tool, build, rooms):
    cache = CHECKED / tool
    cache.mkdir(parents=True, exist_ok=True)
    command = {"tidy": tidy, "analyzer": analyzer, "headers": header}[tool]
    chosen = chosen_by(tool, build, rooms)
    for unit in chosen.values():
        code, text = check(tool, command, unit, cache)
        if code:
            yield f"{unit.name}:\n{text}"
    print(f"{len(chosen)} files")
    if not chosen:
        yield "no file was found: is the build complete?"


def main(tool, build, *rooms):
    build = pathlib.Path(build)
    CHECKED.mkdir(parents=True, exist_ok=True)
    if tool == "rooms":
        found = left_out(build, rooms)
    else:
        found = mistakes(tool, build, rooms)
    tree.finish(list(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
