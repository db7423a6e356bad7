"""m2mgate send, where who asks must log in, or wants to know who answers."""

import base64
import subprocess

import pytest
from support.mqttstory import *  # noqa: F403 - fixtures
from support.process import run_command
from support.wire import answer_to

USER = ["--user", "lamp", "--password", "s3cr:t"]
BASIC = "Basic " + base64.b64encode(b"lamp:s3cr:t").decode()


def sends(url, *options):
    """The headers that went there do not matter to the answer."""
    return run_command("send", url, "--to", "/id-in/cse-in", *options)


@pytest.fixture(params=["ws", "http"])
def server(request, registrar, make_listener):
    """A URL, and what gives the headers that came there."""
    if request.param == "ws":
        registrar.plays(lambda m: answer_to(m, 2000))
        return registrar.url, lambda: registrar.expect_connection().headers
    listener = make_listener()
    return listener.url, lambda: listener.expect().headers


def test_who_logs_in_is_told_to_servers_of_http(server):
    url, headers = server
    code, _, error = sends(url, *USER)
    assert code == 0, error
    assert headers().get_all("Authorization") == [BASIC]


def test_a_password_may_be_in_a_file(server, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s3cr:t\n")
    url, headers = server
    code, _, error = sends(url, "--user", "lamp", "--password", f"@{secret}")
    assert code == 0, error
    assert headers().get_all("Authorization") == [BASIC]


def test_headers_go_to_servers_of_http(server):
    url, headers = server
    code, _, error = sends(
        url,
        *["--header", "X-API-Key: a:b"],
        *["--header", "authorization: Bearer x"],
    )
    assert code == 0, error
    heard = headers()
    assert heard["X-API-Key"] == "a:b"
    assert heard.get_all("Authorization") == ["Bearer x"]


def test_v_shows_no_secret(server):
    url, _ = server
    code, _, error = sends(url, *USER, "--header", "X-API-Key: a:b", "-v")
    assert code == 0
    assert "Authorization: (not shown)" in error
    assert "X-API-Key: (not shown)" in error
    assert BASIC not in error and "a:b" not in error


@pytest.fixture
def closed_broker(make_broker, tmp_path):
    """One that lets in nobody without a password."""
    file = tmp_path / "passwords"
    subprocess.run(
        ["mosquitto_passwd", "-b", "-c", str(file), "lamp", "s3cr:t"],
        check=True,
    )
    file.chmod(0o600)
    return make_broker(f"password_file {file}", anonymous=False)


def test_who_logs_in_is_told_to_a_broker(
    closed_broker, registrar, start_at_broker
):
    registrar.plays(lambda m: answer_to(m, 2000))
    how = {"user": "lamp", "password": "s3cr:t"}
    start_at_broker(mqtt_settings(closed_broker, registrar, broker_how=how))
    code, out, error = sends(closed_broker.url, *USER)
    assert code == 0, out + error
    code, out, _ = sends(closed_broker.url, "--user", "lamp")
    assert code == 1
    assert "not authorised" in out.lower() or "bad user" in out.lower(), out


@pytest.fixture(params=["wss", "https"])
def secure_server(request, make_registrar, make_listener, certified):
    ca, context = certified
    if request.param == "wss":
        registrar = make_registrar(tls=context)
        registrar.plays(lambda m: answer_to(m, 2000))
        return ca, f"wss://localhost:{registrar.port}"
    return ca, make_listener(tls=context).url


def test_the_server_is_who_a_ca_vouches_for(secure_server):
    ca, url = secure_server
    code, out, error = sends(url, "--ca", ca)
    assert code == 0, out + error
    code, out, _ = sends(url, "--timeout", "2s")
    assert code == 1
    assert "certificate" in out


def test_a_broker_is_who_a_ca_vouches_for(
    make_broker, registrar, certified, certificates, start_at_broker
):
    broker = make_broker(
        "listener {port} 127.0.0.1",
        f"certfile {certificates}/server.pem",
        f"keyfile {certificates}/server.key",
    )
    registrar.plays(lambda m: answer_to(m, 2000))
    start_at_broker(mqtt_settings(broker, registrar))
    url = f"mqtts://localhost:{broker.second_port}"
    code, out, error = sends(url, "--ca", certified[0])
    assert code == 0, out + error
    assert sends(url, "--timeout", "2s")[0] == 1


@pytest.mark.parametrize(
    "url, options, reason",
    [
        ("coap://h", ["--user", "a"], "CoAP has no user names"),
        ("coap://h", ["--header", "X-A: b"], "only HTTP and WebSocket have"),
        ("mqtt://h", ["--header", "X-A: b"], "only HTTP and WebSocket have"),
        ("ws://h", ["--password", "a"], "is of a --user, which is missing"),
        ("ws://h", ["--user", "a:b"], "a name with a colon cannot be sent"),
        ("ws://h", ["--header", "X-A"], "is no header such as"),
        ("ws://h", ["--header", "Host: a"], "the gateway writes itself"),
        ("ws://h", ["--ca", "/dev/null"], "is for https, wss and mqtts"),
        ("wss://h", ["--ca", "/none/ca"], "/none/ca: No such file"),
        ("http://h", ["--user", "a", "--password", "@/none/x"], "cannot be"),
        (
            "http://h",
            ["--user", "a", "--header", "Authorization: b"],
            "the authorization is given already",
        ),
    ],
)
def test_what_cannot_be_is_wrong_usage(url, options, reason):
    code, out, error = sends(url, *options)
    assert code == 2
    assert options[-2] in error or options[0] in error
    assert reason in error
    assert not out
