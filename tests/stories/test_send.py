"""m2mgate send: whatever goes wrong, the reason is told."""

import json

import pytest
from support.mqttstory import *  # noqa: F403 - fixtures
from support.process import run_command
from support.settings import settings
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


def lines(text, mark):
    return [x[2:] for x in text.splitlines() if x.startswith(mark + " ")]


def test_v_shows_a_websocket(registrar):
    registrar.plays(lambda m: answer_to(m, 2000, {"a": 1}))
    code, out, error = run_command("send", registrar.url, "-v", "--rqi", "r1")
    assert code == 0, error
    sent, received = lines(error, ">"), lines(error, "<")
    assert sent[0].startswith("GET / HTTP/1.1")
    assert "X-M2M-Origin: /m2mgate-send" in sent
    assert json.loads(sent[-1])["rqi"] == "r1"
    assert received[0].startswith("HTTP/1.1 101")
    assert json.loads(received[-1])["pc"] == {"a": 1}
    assert ">" not in out


def test_v_shows_http(registrar, gateway):
    registrar.plays(lambda m: answer_to(m, 2001, {"a": 1}))
    code, _, error = run_command(
        "send",
        gateway.http + "/cse-in",
        "--verbose",
        *["--type", "3", "--content", '{"m2m:cnt":{"rn":"x"}}'],
        *["--param", 'tkns=["s3cr3t"]'],
    )
    assert code == 0, error
    sent, received = lines(error, ">"), lines(error, "<")
    assert sent[0] == "POST /cse-in HTTP/1.1"
    assert sent[-1] == '{"m2m:cnt":{"rn":"x"}}'
    assert "Authorization: (not shown)" in sent
    assert "s3cr3t" not in error
    assert received[0].startswith("HTTP/1.1 201")
    assert json.loads(received[-1]) == {"a": 1}


def test_v_shows_coap(registrar, start_gateway):
    gateway = start_gateway(settings(registrar, coap=True))
    registrar.plays(lambda m: answer_to(m, 2000, {"a": 1}))
    url = f"coap://127.0.0.1:{gateway.coap_port}/cse-in"
    code, _, error = run_command("send", url, "-v")
    assert code == 0, error
    sent, received = lines(error, ">"), lines(error, "<")
    assert sent[0].startswith("CON GET id ")
    assert "Uri-Path: cse-in" in sent
    assert "oneM2M-FR: CAdmin" in sent
    assert " 2.05 id " in received[0]
    assert "oneM2M-RSC: 2000" in received
    assert json.loads(received[-1]) == {"a": 1}


def test_v_shows_mqtt(broker, registrar, mqtt_gateway):
    registrar.plays(lambda m: answer_to(m, 2000, {"a": 1}))
    code, _, error = run_command(
        "send", broker.url, "--to", "/id-in/cse-in", "-v"
    )
    assert code == 0, error
    sent, received = lines(error, ">"), lines(error, "<")
    assert sent[0] == "PUBLISH /oneM2M/req/CAdmin/id-in/json"
    assert json.loads(sent[-1])["fr"] == "CAdmin"
    assert received[0] == "PUBLISH /oneM2M/resp/CAdmin/id-in/json"
    assert json.loads(received[-1])["pc"] == {"a": 1}


def test_without_v_nothing_is_shown(registrar):
    registrar.plays(lambda m: answer_to(m, 2000, {"a": 1}))
    assert run_command("send", registrar.url)[2] == ""
