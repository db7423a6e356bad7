"""`m2mgate check --try FILE` asks every broker and every CSE of a configuration,
as the gateway itself, and tells per CSE what answered: before anything depends
on it."""

import pytest
import yaml
from support.mqttstory import *  # noqa: F403 - fixtures
from support.process import run_command
from support.settings import settings
from support.wire import RETRIEVE, answer_to


@pytest.fixture
def attempt(tmp_path):
    """Try a configuration: the exit code, and what was said of each."""

    def attempt(config):
        file = tmp_path / "m2mgate.yaml"
        file.write_text(yaml.safe_dump(config), encoding="utf-8")
        code, out, error = run_command("check", "--try", str(file))
        return code, out, error

    return attempt


def csebase(csi, **more):
    def play(message):
        return answer_to(message, 2000, {"m2m:cb": {"csi": csi}}, **more)

    return play


def test_a_cse_that_answers_is_told_as_the_one_it_is(registrar, attempt):
    registrar.plays(csebase("/id-in"))
    code, out, error = attempt(settings(registrar))
    assert code == 0, out + error
    assert f"/id-in at {registrar.url}: answers 2000 OK in " in out
    assert "it is /id-in (csi)" in out
    (asked,) = registrar.requests_heard(op=RETRIEVE)
    assert asked["fr"].endswith("/id-gw")
    assert asked["to"] == "/id-in/cse-in"


def test_nothing_is_registered(registrar, attempt):
    registrar.plays(csebase("/id-in"))
    config = settings(registrar, cse={"register": True})
    assert attempt(config)[0] == 0
    assert len(registrar.requests_heard()) == 1


def test_a_cse_that_is_another_one_is_told(registrar, attempt):
    registrar.plays(csebase("/id-other"))
    code, out, _ = attempt(settings(registrar))
    assert code == 1
    assert "it is /id-other, and not /id-in (csi)" in out


def test_nothing_that_is_told_moves_a_cursor(registrar, attempt):
    registrar.plays(csebase("/id\u001b[2J"))
    assert "it is \"/id\\u001b[2J\", and not" in attempt(settings(registrar))[1]
    registrar.plays(lambda m: answer_to(m, 4103, {"m2m:dbg": "\u0007no"}))
    assert "\\u0007no" in attempt(settings(registrar))[1]


def test_a_refusal_is_an_answer_with_its_reason(registrar, attempt):
    registrar.plays(lambda m: answer_to(m, 4103, {"m2m:dbg": "not you"}))
    code, out, _ = attempt(settings(registrar))
    assert code == 0
    assert "answers 4103 ORIGINATOR_HAS_NO_PRIVILEGE in " in out
    assert "ms: not you\n" in out


def test_a_cse_that_is_away_is_told_with_its_reason(registrar, attempt):
    registrar.stops()
    code, out, _ = attempt(settings(registrar))
    assert code == 1
    assert "no answer, 5103 TARGET_NOT_REACHABLE in " in out
    assert "no link to the CSE: no connection (127.0.0.1 port " in out


def test_a_cse_that_keeps_silent_is_told(registrar, attempt):
    registrar.plays(lambda m: None)
    config = settings(registrar, timeouts={"request": "500ms"})
    code, out, _ = attempt(config)
    assert code == 1
    assert "no answer, 4008 REQUEST_TIMEOUT in " in out


def test_one_that_is_away_hides_no_other(make_registrar, attempt):
    away, there = make_registrar(), make_registrar(cse_id="/id-two")
    away.stops()
    there.plays(csebase("/id-two"))
    config = settings(away)
    config["cses"][0]["default"] = True
    config["cses"].append({"id": "/id-two", "url": there.url})
    code, out, _ = attempt(config)
    assert code == 1
    assert f"/id-in at {away.url}: no answer" in out
    assert f"/id-two at {there.url}: answers 2000" in out
    assert there.requests_heard()[0]["to"] == "/id-two/-"


@pytest.mark.parametrize(
    "profile, content, more",
    [
        ("acme", "m2m:cb", {"drt": 1}),
        ("mobius", "m2m:cb", {"rvi": "2a"}),
        ("tinyiot", "general", {}),
    ],
)
def test_a_profile_that_does_not_fit_is_told(
    registrar, attempt, profile, content, more
):
    """By what only one kind of CSE writes."""
    registrar.plays(
        lambda m: answer_to(m, 2000, {content: {"csi": "/id-in"}}, **more)
    )
    config = settings(registrar)
    told = f"it answers as CSEs of profile {profile} do, and not standard"
    code, out, _ = attempt(config)
    assert code == 0
    assert told in out
    config["cses"][0]["profile"] = profile
    code, out, _ = attempt(config)
    assert code == 0
    assert "it answers as" not in out


def test_the_sandbox_answers(start_sandbox, attempt):
    sandbox = start_sandbox()
    code, out, error = attempt(
        {
            "listen": {"http": {"port": 0}},
            "cses": [
                {"id": "/id-sandbox", "name": "sandbox", "url": sandbox.url}
            ],
        }
    )
    assert code == 0, out + error
    assert "it is /id-sandbox (csi)" in out


def test_a_broker_that_is_there_answers(broker, attempt):
    code, out, error = attempt(
        {"listen": {"http": {"port": 0}}, "brokers": [{"url": broker.url}]}
    )
    assert code == 0, out + error
    assert f"the broker at {broker.url}: answers in " in out


def test_a_broker_that_is_away_is_told(attempt):
    code, out, error = attempt(
        {
            "listen": {"http": {"port": 0}},
            "brokers": [{"url": "mqtt://127.0.0.1:1"}],
            "timeouts": {"connect": "300ms"},
        }
    )
    assert code == 1
    assert "the broker at mqtt://127.0.0.1:1: no answer in " in out
    assert "broker-failed" in error


def test_a_wrong_configuration_is_not_tried(registrar, attempt):
    config = settings(registrar)
    config["cses"][0]["id"] = "none"
    assert attempt(config)[0] == 2
    assert not registrar.requests_heard()
