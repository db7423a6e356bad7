"""Where packages are installed (deploy/steps.sh), another program that is at them
is waited for, a network that is missing is told by its name, a service that comes
with them is left neither running nor waiting for the next start, and what a NAME
of tests/run.sh does not need is not installed.

The real apt runs, in a network without anybody and on a copy of its files that
nobody else sees.
"""

import contextlib
import fcntl
import os
import pathlib
import subprocess
import sys

import pytest
from support.own_network import run_in_own_network
from support.process import ROOT

LOCKS = [
    "/var/lib/apt/lists/lock",
    "/var/lib/dpkg/lock-frontend",
    "/var/lib/dpkg/lock",
    "/var/cache/apt/archives/lock",
]
FOLDERS = ["/var/lib/apt", "/var/lib/dpkg", "/var/cache/apt"]
FOLDERS += ["/etc", "/usr/sbin", "/var/lib/systemd"]

# One that is small, and that nobody has.
PACKAGE = "hello"
WAITS = "waiting for another program that installs packages"
NO_NETWORK = (
    "There is no network to the package server, which is needed for: "
    f"{PACKAGE}."
)


def test_a_network_that_is_missing_is_told():
    run_in_own_network("interop.test_packages", "network")


@pytest.mark.parametrize("lock", LOCKS)
def test_who_holds_the_packages_is_waited_for(lock):
    run_in_own_network("interop.test_packages", lock)


def test_no_service_is_left():
    run_in_own_network("interop.test_packages", "service")


# Of what a name of tests/run.sh asks for: what it has, and has not.
OF_A_NAME = {
    "ws-server": ("libcmocka-dev", "mosquitto"),
    "test_loose_peers": ("mosquitto", "clang-14"),
    "test_it_only_builds_when_it_is_told_so": ("nginx-light", "clang-tidy-14"),
    "sizes": ("codespell", "valgrind"),
    "fuzz_url": ("libclang-rt-14-dev", "python3-venv"),
    "debian13": ("mmdebstrap", "gcc"),
}


@pytest.mark.parametrize("name", OF_A_NAME)
def test_what_a_name_does_not_need_is_not_installed(name):
    run_in_own_network("interop.test_packages", "name", name)


# --- In the network of its own.


def copy_of_apt(folder):
    """What is written from now on is seen by nobody else."""
    subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
    for n, place in enumerate(FOLDERS):
        upper, work = folder / f"upper{n}", folder / f"work{n}"
        upper.mkdir()
        work.mkdir()
        how = f"lowerdir={place},upperdir={upper},workdir={work}"
        subprocess.run(
            ["mount", "-t", "overlay", "none", "-o", how, place], check=True
        )
    config = folder / "apt.conf"
    config.write_text('APT::Sandbox::User "root";\nAcquire::Retries "0";\n')
    os.environ["APT_CONFIG"] = str(config)
    os.environ["log"] = str(folder / "log")
    for name in ("http_proxy", "https_proxy"):
        os.environ.pop(name, None)


def begin(command):
    """A command among the steps."""
    return subprocess.Popen(
        ["bash", "-c", f"set -euo pipefail; . deploy/steps.sh; {command}"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def said_by(command):
    process = begin(command)
    said = process.communicate()[0]
    assert process.returncode == 0, said
    return said


@contextlib.contextmanager
def held(lock):
    with open(lock, "a", encoding="utf-8") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        yield


def waits_for(lock):
    """It says that it waits while the lock is held, and goes on behind it; then
    there is no network."""
    command = f"apt_get install -y {PACKAGE} 3>/dev/null"
    if "lists" in lock:
        command = f"install_missing {PACKAGE}"
    with held(lock):
        process = begin(command)
        for line in process.stdout:
            if WAITS in line:
                break
        else:
            raise AssertionError("it did not wait")
        assert process.poll() is None
    rest = process.stdout.read()
    assert process.wait() != 0
    log = pathlib.Path(os.environ["log"]).read_text(encoding="utf-8")
    last = log.splitlines()[-1]
    assert "lock" not in last, log
    assert "lists" not in lock or NO_NETWORK in rest


def misses_the_network():
    process = begin(f"install_missing {PACKAGE}")
    said = process.communicate()[0]
    assert process.returncode == 1
    assert NO_NETWORK in said, said
    assert "start this again" in said


POLICY = pathlib.Path("/usr/sbin/policy-rc.d")
MAY_START = """\
is_forbidden=no
forbid_start mosquitto
for name in mosquitto another; do
    status=0
    sh "$POLICY" "$name" start || status=$?
    echo "$name $status"
done
allow_start
"""


def starts_with_the_machine(name):
    """What leads to it, from both kinds of init."""
    etc = pathlib.Path("/etc")
    found = [*etc.glob(f"rc[2-5].d/S??{name}")]
    return found + [*etc.glob(f"systemd/system/*.wants/{name}.service")]


def leaves_no_service():
    POLICY.unlink(missing_ok=True)
    assert said_by(MAY_START).split() == ["mosquitto", "101", "another", "0"]
    assert not POLICY.exists()
    for has_script in (True, False):
        said_by("update-rc.d mosquitto enable")
        assert starts_with_the_machine("mosquitto")
        if not has_script:  # as it may come with a unit of systemd only
            said_by("rm /etc/init.d/mosquitto /etc/rc?.d/*mosquitto")
        said_by("disable_services mosquitto")
        assert not starts_with_the_machine("mosquitto")


def asks_for_what_it_needs(name):
    """Where nothing is installed, and there is no network, all is listed."""
    nothing = pathlib.Path("/mnt/dpkg-query")
    nothing.write_text("#!/bin/sh\nexit 1\n")
    nothing.chmod(0o755)
    results = ROOT / "build" / "results"
    results.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", results], check=True)
    process = begin(f"PATH=/mnt:$PATH; exec tests/run.sh {name}")
    said = process.communicate()[0]
    asked = said.partition("which is needed for: ")[2].partition(".\n")[0]
    needed, other = OF_A_NAME[name]
    assert needed in asked.split(), said
    assert other not in asked.split(), said


def main(what, *names):
    if names:
        asks_for_what_it_needs(*names)
    elif what == "network":
        misses_the_network()
    elif what == "service":
        leaves_no_service()
    else:
        waits_for(what)


if __name__ == "__main__":
    copy_of_apt(pathlib.Path("/mnt"))
    main(*sys.argv[1:])
