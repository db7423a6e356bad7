"""A secret need not stand in the configuration: it may come from the
environment, or from a file of its own, which SIGHUP reads again."""

from support.settings import settings
from support.wire import answer_to


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
    registrar, start_gateway, make_device, tmp_path
):
    registrar.plays(lambda m: answer_to(m, 2000))
    secret = tmp_path / "secret"
    secret.write_text("Bearer old\n")
    cse = {"authorization-file": str(secret)}
    gateway = start_gateway(settings(registrar, cse=cse))
    device = make_device(gateway)
    device.retrieves("/cse-in").expect(2000)
    assert registrar.wire.headers["Authorization"] == "Bearer old"
    secret.write_text("Bearer new\n")
    assert gateway.reload(gateway.config).name == "gateway/reloaded"
    registrar.wire.closes()
    device.retrieves("/cse-in").expect(2000)
    assert registrar.wire.headers["Authorization"] == "Bearer new"


def test_a_secret_that_is_gone_at_sighup_changes_nothing(
    registrar, start_gateway, make_device, tmp_path
):
    registrar.plays(lambda m: answer_to(m, 2000))
    secret = tmp_path / "secret"
    secret.write_text("Bearer old\n")
    cse = {"authorization-file": str(secret)}
    gateway = start_gateway(settings(registrar, cse=cse))
    secret.unlink()
    assert gateway.reload(gateway.config).name == "gateway/reload-refused"
    make_device(gateway).retrieves("/cse-in").expect(2000)
    assert registrar.wire.headers["Authorization"] == "Bearer old"
