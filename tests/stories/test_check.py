"""`m2mgate check` opens the files that a configuration names, and tells with
line and key which of them cannot be used; what may be meant but is dangerous it
only warns of; and it never shows a secret."""

import os

import pytest

HEAD = """\
listen: { http: { port: 0 } }
brokers:
  - url: mqtts://localhost
"""


def lay_keys(**keys):
    return HEAD + "".join(f"    {key}: {value}\n" for key, value in keys.items())


def expect_mistake(outcome, line, key, reason):
    code, told = outcome
    assert code == 2, told
    assert told.startswith(f"F:{line}: {key}: "), told
    assert reason in told
    assert told.count("\n") == 1, told


def test_certificates_that_fit_are_fine(check, certificates):
    code, told = check(
        lay_keys(
            ca=certificates / "ca.pem",
            certificate=certificates / "client.pem",
            key=certificates / "client.key",
        )
    )
    assert code == 0, told


def test_a_certificate_may_have_its_key_in_one_file(check, certificates, tmp_path):
    both = tmp_path / "both.pem"
    with both.open("wb") as to:
        for name in ("client.pem", "client.key"):
            to.write((certificates / name).read_bytes())
    code, told = check(lay_keys(certificate=both))
    assert code == 0, told


def test_a_file_that_is_not_there_is_a_mistake(check, tmp_path):
    expect_mistake(
        check(lay_keys(ca=tmp_path / "none.pem")),
        4,
        "brokers[0].ca",
        "cannot be read: No such file or directory",
    )


def test_a_folder_and_a_pipe_are_no_certificates(check, tmp_path):
    expect_mistake(
        check(lay_keys(ca=tmp_path)), 4, "brokers[0].ca", "Is a directory"
    )
    os.mkfifo(tmp_path / "pipe")
    expect_mistake(
        check(lay_keys(ca=tmp_path / "pipe")), 4, "brokers[0].ca", "is a pipe"
    )


def test_what_is_no_pem_is_a_mistake(check, certificates):
    expect_mistake(
        check(lay_keys(ca=certificates / "client.key")),
        4,
        "brokers[0].ca",
        "holds no certificate in PEM",
    )
    expect_mistake(
        check(
            lay_keys(
                certificate=certificates / "client.pem",
                key=certificates / "client.pem",
            )
        ),
        5,
        "brokers[0].key",
        "holds no private key in PEM",
    )


def test_a_key_belongs_to_its_certificate(check, certificates):
    expect_mistake(
        check(
            lay_keys(
                certificate=certificates / "client.pem",
                key=certificates / "server.key",
            )
        ),
        5,
        "brokers[0].key",
        "is not the key of the certificate",
    )
    expect_mistake(
        check(lay_keys(key=certificates / "server.key")),
        4,
        "brokers[0].key",
        "is a key without a certificate",
    )


REGISTRY = "listen: { http: { port: 0 } }\nregistry:\n  file: "


def test_registrations_need_a_folder_that_can_be_written(check, tmp_path):
    assert check(f"{REGISTRY}{tmp_path}/registry.db\n")[0] == 0
    expect_mistake(
        check(f"{REGISTRY}{tmp_path}/none/registry.db\n"),
        3,
        "registry.file",
        "is in a folder where the gateway cannot write: No such file",
    )


@pytest.mark.parametrize("address", ["0.0.0.0", '"::"', "192.0.2.1"])
@pytest.mark.parametrize("protocol", ["http", "ws", "coap"])
def test_a_listener_that_others_reach_is_warned_of(check, protocol, address):
    code, told = check(f"listen:\n  {protocol}:\n    address: {address}\n")
    assert code == 0, told
    assert f"F:3: listen.{protocol}.address: warning: " in told


def test_a_listener_on_this_machine_only_is_not(check):
    code, told = check("listen: { http: { address: '::1' }, ws: {}, coap: {} }\n")
    assert code == 0
    assert "warning" not in told


# A secret where it does not belong, or with something wrong about it.
IN_A_WRONG_SHAPE = """\
brokers:
  - url: mqtt://127.0.0.1
    password: { s3cret: 1 }
cses:
  - authorization:s3cret
deliver:
  allow: http://me:s3cret@h
"""
IN_A_WRONG_VALUE = """\
listen: { http: { port: 0 } }
brokers:
  - url: mqtt://me:s3cret@localhost
  - url: mqtt://127.0.0.1
    password: s3cret
    password-file: /none
cses:
  - id: /id-in
    url: ws://me:s3cret@/x y
    authorization: s3cr\u00e9t
    profile: http://me:s3cret@h
    window: ${GW_STORY_SECRET}
"""


@pytest.mark.parametrize(
    "text, n", [(IN_A_WRONG_SHAPE, 3), (IN_A_WRONG_VALUE, 6)]
)
def test_no_mistake_shows_a_secret(check, monkeypatch, text, n):
    monkeypatch.setenv("GW_STORY_SECRET", "s3cret")
    code, told = check(text)
    assert code == 2
    assert told.count("\n") == n, told
    assert "s3cr" not in told


def test_a_good_configuration_shows_no_secret(check, monkeypatch, tmp_path):
    monkeypatch.setenv("GW_STORY_SECRET", "s3cret")
    (tmp_path / "secret").write_text("s3cret\n")
    code, told = check(
        "listen: { http: { port: 0 } }\n"
        "brokers:\n"
        "  - url: mqtt://127.0.0.1\n"
        "    password: ${GW_STORY_SECRET}\n"
        "cses:\n"
        "  - id: /id-in\n"
        "    url: ws://127.0.0.1:1\n"
        f"    authorization-file: {tmp_path}/secret\n"
    )
    assert code == 0, told
    assert "s3cret" not in told


def test_an_environment_variable_that_is_not_set_is_a_mistake(
    check, monkeypatch
):
    monkeypatch.delenv("GW_STORY_NONE", raising=False)
    expect_mistake(
        check("listen:\n  http:\n    port: ${GW_STORY_NONE}\n"),
        3,
        "listen.http.port",
        "names an environment variable that is not set: GW_STORY_NONE",
    )
