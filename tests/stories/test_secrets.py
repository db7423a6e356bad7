"""A secret need not stand in the configuration: it may come from the
environment, or from a file of its own, which SIGHUP reads again."""

import pytest
from support.settings import settings
from support.wire import answer_to


@pytest.fixture
def secret(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("Bearer old\n")
    return secret


@pytest.fixture
def keyed(registrar, start_gateway, secret):
    """A gateway whose CSE wants what is in the file."""
    registrar.plays(lambda m: answer_to(m, 2000))
    cse = {"authorization-file": str(secret)}
    return start_gateway(settings(registrar, cse=cse))


def test_a_secret_comes_from_the_environment(
    registrar, start_gateway, make_device
):
    registrar.plays(lambda m: answer_to(m, 2000))
    cse = {"authorization": "Bearer ${GW_STORY_SECRET}"}
    gateway = start_gateway(
        settings(registrar, cse=cse), env={"GW_STORY_SECRET": "s3cr3t"}
    )
    make_device(gateway).retrieves("/cse-in").expect(2000)
    assert registrar.wire.headers["Authorization"] == "Bearer s3cr3t"
    assert not [line for line in gateway.lines if "s3cr3t" in line.raw]


def test_a_secret_in_a_file_is_read_again_at_sighup(
    registrar, keyed, make_device, secret
):
    device = make_device(keyed)
    device.retrieves("/cse-in").expect(2000)
    assert registrar.wire.headers["Authorization"] == "Bearer old"
    secret.write_text("Bearer new\n")
    assert keyed.reload(keyed.config).name == "gateway/reloaded"
    registrar.wire.closes()
    device.retrieves("/cse-in").expect(2000)
    assert registrar.wire.headers["Authorization"] == "Bearer new"


def test_a_secret_that_is_gone_at_sighup_changes_nothing(
    registrar, keyed, make_device, secret
):
    secret.unlink()
    assert keyed.reload(keyed.config).name == "gateway/reload-refused"
    make_device(keyed).retrieves("/cse-in").expect(2000)
    assert registrar.wire.headers["Authorization"] == "Bearer old"
