"""m2mgate send: whatever goes wrong, the reason is told."""

import pytest
from support.mqttstory import *  # noqa: F403 - fixtures
from support.process import run_command
from support.wire import answer_to


def test_what_could_not_be_read_is_told(registrar):
    """As a paused ACME answers."""
    registrar.plays(lambda m: "WebSocket server is not running")
    code, out, error = run_command("send", registrar.url, "--timeout", "500ms")
    assert code == 1
    assert "4008" in out
    assert "ws unreadable" in error


def test_why_the_cse_closed_is_told(registrar):
    async def closes(message):
        await message.wire.socket.close(1011, "bad auth")

    registrar.plays(closes)
    code, out, _ = run_command("send", registrar.url)
    assert code == 1
    assert "goodbye (1011) bad auth" in out


def test_a_name_that_nobody_knows_is_told(registrar):
    code, out, _ = run_command("send", "ws://nowhere.invalid")
    assert code == 1
    assert "name" in out
    assert "No such file" not in out


def test_a_scheme_may_be_written_in_capitals(registrar, gateway):
    registrar.plays(lambda m: answer_to(m, 2000, {"to": m["to"]}))
    url = registrar.url.replace("ws", "WS")
    code, out, error = run_command("send", url, "--to", "cse-in")
    assert code == 0, error
    url = gateway.http.replace("http", "HTTP") + "/cse-in/a"
    code, out, error = run_command("send", url)
    assert code == 0, error
    assert '"cse-in/a"' in out


@pytest.mark.parametrize("more", [[], ["--to", "sandbox"]])
def test_a_type_without_content_is_no_request(registrar, more):
    code, out, error = run_command("send", registrar.url, "--type", "3", *more)
    assert code == 2
    assert "--type" in error
    assert not out
    registrar.expect_silence()


def test_an_absolute_target_names_its_cse_too(broker, registrar, mqtt_gateway):
    registrar.plays(lambda m: answer_to(m, 2000, {"was": m["to"]}))
    target = "//sp.example/id-in/cse-in"
    code, out, error = run_command("send", broker.url, "--to", target)
    assert code == 0, error
    assert target in out
