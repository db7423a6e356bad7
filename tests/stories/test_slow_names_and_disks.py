"""Names that nobody looks up in time and a disk that stands still hold up only
those who wait for them (rule 10: one loop, which never waits)."""

import pytest
from support.registering import register_ae
from support.settings import settings
from support.wire import answer_to

PATIENT = {"request": "10m", "connect": "10m"}


def plays_who_it_is(registrar):
    registrar.plays(lambda m: answer_to(m, 2000, {"cse": registrar.id}))


@pytest.fixture
def two(make_registrar):
    """Two CSEs that tell who they are."""
    both = make_registrar("/id-one", "one"), make_registrar("/id-two", "two")
    for registrar in both:
        plays_who_it_is(registrar)
    return both


def test_a_name_that_is_not_looked_up_holds_up_nobody_else(
    two, start_gateway, make_device
):
    config = settings(*two, timeouts=PATIENT)
    config["cses"][0]["default"] = True
    config["cses"][1]["url"] = f"ws://localhost:{two[1].port}"
    gateway = start_gateway(config)
    device = make_device(gateway)
    # Now there are threads that look up names.
    device.retrieves("/~/id-two/two").expect(2000)
    with gateway.holds(loop=False):
        two[1].wire.drops()
        gateway.wait_for("ws/link-lost")
        pending = device.asks("GET", "/~/id-two/two")
        for n in range(50):
            answer = device.retrieves(f"/one/{n}").expect(2000)
            assert answer.pc == {"cse": "/id-one"}
        assert not pending.is_answered
    assert pending.answer().expect(2000).pc == {"cse": "/id-two"}


def test_a_disk_that_stands_still_holds_up_nobody(
    registrar, start_gateway, make_device, listener, tmp_path
):
    kept = {"file": str(tmp_path / "registry.db")}
    config = settings(registrar, registry=kept)
    gateway = start_gateway(config)
    device = make_device(gateway)
    with gateway.holds(loop=False):
        for n in range(20):
            register_ae(device, registrar, f"C{n}", poa=[listener.url])
            rqi = registrar.notifies(f"C{n}", {"m2m:sgn": {}})
            listener.expect(method="POST", path=f"/C{n}")
            registrar.expect_answer(rqi, rsc=2000)
    gateway.stop()
    registrar.expect_connection()
    start_gateway(config)
    registrar.expect_connection()
    for n in range(20):
        rqi = registrar.notifies(f"C{n}", {"m2m:sgn": {}})
        listener.expect(method="POST", path=f"/C{n}")
        registrar.expect_answer(rqi, rsc=2000)
