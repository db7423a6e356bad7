"""Tree - the files that are ours: what git knows, or would know."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(*suffixes, under=""):
    """Paths of our files that end so, relative to the root."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout.decode()
        names = [name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = [
            str(p.relative_to(ROOT))
            for p in ROOT.rglob("*")
            if p.is_file() and not {"build", ".git"} & set(p.parts)
        ]
    return sorted(
        name
        for name in set(names)
        if name.startswith(under)
        and (not suffixes or name.endswith(suffixes))
        and (ROOT / name).is_file()
    )


def text(name):
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def finish(mistakes):
    """Tell what was found and end with the exit code that says so."""
    for mistake in mistakes:
        print(mistake)
    print(f"{len(mistakes)} found" if mistakes else "nothing found")
    sys.exit(1 if mistakes else 0)
