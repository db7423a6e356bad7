"""The command line: what is wrong with a configuration is told with line, key
and reason; help and version; one request from the shell; exit codes."""

import subprocess

import pytest
import yaml
from support.process import (
    ROOT,
    Program,
    environment,
    program,
    run_command,
)
from support.settings import settings
from support.wire import RETRIEVE, answer_to

GOOD = """\
node:
  cse-id: /id-gw
  name: gw
listen:
  http: { address: 127.0.0.1, port: 8080 }
cses:
  - id: /id-in
    name: cse-in
    url: ws://127.0.0.1:8180
    profile: acme
limits: { content: 2MiB }
timeouts: { request: 1500ms, poll: 2m }
deliver: { allow: [10.0.0.0/8, "fd00::/8"] }
log: { level: debug, format: json }
"""

# What replaces what, and the line and key that must be named.
MISTAKES = [
    ("cse-id: /id-gw", "cse-id: id-gw", 2, "cse-id"),
    ("cse-id: /id-gw", "cse-ident: /id-gw", 2, "cse-ident"),
    ("name: gw", "name: [a]", 3, "name"),
    ("port: 8080", "port: 80800", 5, "port"),
    ("port: 8080", "port: web", 5, "port"),
    ("address: 127.0.0.1", "address: nowhere", 5, "address"),
    ("id: /id-in", "id: in", 7, "id"),
    ("  - id: /id-in\n    name", "  - name", 7, "id"),
    ("url: ws://127.0.0.1:8180", "url: ftp://x", 9, "url"),
    ("url: ws://127.0.0.1:8180", "url: ws://127.0.0.1?a=b", 9, "url"),
    ("url: ws://127.0.0.1:8180", "url: mqtt://127.0.0.1/pre/+/x", 9, "url"),
    ("    url: ws://127.0.0.1:8180\n", "", 7, "url"),
    ("profile: acme", "profile: acne", 10, "profile"),
    ("content: 2MiB", "content: 2", 11, "content"),
    ("content: 2MiB", "content: 2 bags", 11, "content"),
    ("request: 1500ms", "request: 1500", 12, "request"),
    ("request: 1500ms", "request: -1s", 12, "request"),
    ("poll: 2m", "pole: 2m", 12, "pole"),
    ("10.0.0.0/8", "10.0.0.0/33", 13, "allow"),
    ("level: debug", "level: loud", 14, "level"),
    ("format: json", "format: xml", 14, "format"),
]


TWO = """\
listen: { http: { port: 0 } }
cses:
  - { id: /id-one, url: "ws://127.0.0.1:1" }
  - { id: /id-two, url: "ws://127.0.0.1:2" }
"""


def test_a_good_configuration_is_called_good(check):
    assert check(GOOD)[0] == 0


@pytest.mark.parametrize("old, new, line, key", MISTAKES)
def test_a_mistake_is_told_with_line_and_key(check, old, new, line, key):
    assert old in GOOD
    code, told = check(GOOD.replace(old, new))
    assert code == 2, told
    assert f":{line}:" in told or f"line {line}" in told, told
    assert key in told, told
    assert told.count("\n") == 1, told


def test_of_several_cses_exactly_one_is_the_default(check):
    code, told = check(TWO)
    assert code == 2
    assert "default" in told
    one = TWO.replace("id: /id-two", "default: true, id: /id-two")
    assert check(one)[0] == 0
    both = TWO.replace("{ id", "{ default: true, id")
    assert check(both)[0] == 2


def test_all_mistakes_are_told_not_only_the_first(check):
    text = GOOD.replace("port: 8080", "port: x")
    text = text.replace("level: debug", "level: loud")
    code, told = check(text)
    assert code == 2
    assert "port" in told and "level" in told, told


@pytest.mark.parametrize(
    "text",
    [
        "cses: [",
        "\t",
        "- a\n- b\n",
        "node: 5\n",
        "&a [*a]",
        "a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n",
        "cses:\n" + "  - { id: /x, url: ws://127.0.0.1 }\n" * 2,
        "\x00\x01\x02",
        "[" * 10000,
        "x" * 1000000,
    ],
)
def test_what_is_no_configuration_at_all_is_refused(check, text):
    code, told = check(text)
    assert code == 2, told
    assert told.strip()


def test_a_file_that_is_not_there_is_told(tmp_path):
    missing = str(tmp_path / "missing.yaml")
    code, out, error = run_command("check", missing)
    assert code == 2
    assert "missing.yaml" in out + error


def test_run_refuses_a_wrong_configuration(tmp_path):
    file = tmp_path / "m2mgate.yaml"
    file.write_text("nonsense: 1\n", encoding="utf-8")
    code, out, error = run_command("run", "-c", str(file))
    assert code == 2
    assert "nonsense" in out + error


def test_the_documented_example_is_good():
    code, out, error = run_command(
        "check", str(ROOT / "deploy" / "m2mgate.yaml")
    )
    assert code == 0, out + error


def test_a_port_that_is_taken_is_told(gateway, registrar):
    config = settings(registrar)
    config["listen"]["http"]["port"] = gateway.http_port
    file = gateway.file.with_name("second.yaml")
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    code, _, error = run_command("run", "-c", str(file))
    assert code == 1
    assert str(gateway.http_port) in error


@pytest.mark.parametrize(
    "args", [[], ["run"], ["check"], ["sandbox"], ["send"]]
)
def test_everything_has_help(args):
    code, out, _ = run_command(*args, "--help")
    assert code == 0
    assert "m2mgate" in out
    assert all(len(line) <= 100 for line in out.splitlines())


def test_help_of_the_sandbox_says_what_it_is_not():
    _, out, _ = run_command("sandbox", "--help")
    assert "forget" in out.lower()
    assert "access" in out.lower()


@pytest.mark.parametrize("word", ["--version", "-V"])
def test_the_version_is_told(word):
    code, out, _ = run_command(word)
    assert code == 0
    assert out.startswith("m2mgate ")


@pytest.mark.parametrize("word", ["--help", "-h", "help"])
def test_help_lists_the_commands(word):
    code, out, _ = run_command(word)
    assert code == 0
    assert "check" in out


def test_run_takes_its_file_as_check_does(registrar, ends, tmp_path):
    file = tmp_path / "hall.yaml"
    file.write_text(yaml.safe_dump(settings(registrar)), encoding="utf-8")
    gateway = Program("run", str(file))
    ends.add(gateway.stop)
    line = gateway.wait_for("gateway/starting")
    assert gateway.lines[0] is line
    version = run_command("--version")[1].strip()
    assert version in line.msg
    assert str(file) in line.msg
    gateway.wait_for("gateway/ready")


def test_standard_streams_may_be_closed(registrar, tmp_path):
    """No socket gets the number of one, which is not to be closed."""
    file = tmp_path / "hall.yaml"
    file.write_text(yaml.safe_dump(settings(registrar)), encoding="utf-8")
    command = f'exec "{program()}" run "{file}" <&- >&-'
    with subprocess.Popen(
        ["/bin/sh", "-c", command], stderr=subprocess.PIPE, env=environment()
    ) as process:
        for raw in process.stderr:
            if b"ready" in raw:
                break
        process.terminate()
        rest = process.stderr.read().decode()
    assert process.returncode == 0, rest


@pytest.mark.parametrize(
    "args",
    [
        ["walk"],
        ["--nonsense"],
        ["run", "--nonsense"],
        ["run", "-c"],
        ["run", "a", "b"],
        ["run", "a", "-c", "b"],
        ["check"],
        ["check", "a", "b"],
        ["sandbox", "--port", "x"],
        ["sandbox", "--port", "99999"],
        ["send"],
    ],
)
def test_wrong_usage_ends_with_2(args):
    code, out, error = run_command(*args)
    assert code == 2
    assert not out
    assert error.startswith("m2mgate")


WRONG_VALUES = [
    ("sandbox", "--port", "no port"),
    ("sandbox", "--address", "no numeric address"),
    ("sandbox", "--log-level", "none of"),
    ("send", "--type", "no number"),
    ("send", "--timeout", "no duration"),
    ("send", "--profile", "none of"),
]


@pytest.mark.parametrize("command, option, reason", WRONG_VALUES)
def test_a_wrong_value_is_shown_with_its_reason(command, option, reason):
    url = ["ws://127.0.0.1:9"] if command == "send" else []
    code, out, error = run_command(command, *url, option, "abc")
    assert code == 2, error
    assert not out
    said = f'm2mgate {command}: {option}: "abc" is {reason}'
    assert error.startswith(said), error


def test_send_asks_over_http(registrar, gateway):
    registrar.plays(lambda m: answer_to(m, 2000, {"m2m:cb": {"rn": "x"}}))
    code, out, error = run_command("send", gateway.http, "--to", "cse-in")
    assert code == 0, error
    assert '"rn"' in out
    assert registrar.requests_heard(op=RETRIEVE, to="cse-in")


def test_send_asks_over_websocket(start_sandbox):
    sandbox = start_sandbox()
    code, out, error = run_command("send", sandbox.url, "--to", "sandbox")
    assert code == 0, error
    assert "m2m:cb" in out


def test_send_creates_and_tells_a_refusal_by_its_exit_code(start_sandbox):
    url = start_sandbox().url
    lamp = '{"m2m:ae":{"rn":"lamp","api":"N.x","rr":true,"srv":["3"]}}'
    create = ("send", url, "--from", "C", "--type", "2", "--content", lamp)
    code, out, error = run_command(*create, "--to", "sandbox")
    assert code == 0, error
    assert "2001" in out
    code, out, error = run_command(*create, "--to", "sandbox")
    assert code == 1
    assert "4105" in out + error


def test_send_to_nobody_fails():
    code, out, error = run_command("send", "http://127.0.0.1:9")
    assert code == 1
    assert (out + error).strip()
