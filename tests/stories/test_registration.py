"""A registration is learned from the answer that grants it; its point of access
is ours toward the CSE and the device's own toward the device; it is forgotten
when it ends (TS-0001 10.2.2)."""

import pytest
from support.registering import ae, register_ae, register_cse
from support.settings import settings
from support.wire import CREATE, DELETE, NOTIFY, RETRIEVE, UPDATE, answer_to


def is_reached(registrar, listener, aei):
    rqi = registrar.notifies(aei, {"m2m:sgn": {}})
    listener.expect(method="POST", path=f"/{aei}")
    registrar.expect_answer(rqi, rsc=2000)


def is_unknown(registrar, aei):
    rqi = registrar.notifies(aei, {"m2m:sgn": {}})
    registrar.expect_answer(rqi, rsc=4004)


@pytest.mark.parametrize("asked", ["C", "S", None, "Cwish"])
def test_the_granted_id_is_learned_not_the_wish(
    registrar, device, listener, asked
):
    pending = device.asks(
        "POST", "/cse-in", ae(poa=[listener.url]), ty=2, origin=asked
    )
    heard = registrar.expect_request(op=CREATE, ty=2)
    assert heard.get("fr") == asked
    registrar.grants(heard, "Cgranted")
    granted = pending.answer().expect(2001, 201)
    assert granted.pc["m2m:ae"]["aei"] == "Cgranted"
    is_reached(registrar, listener, "Cgranted")
    if asked == "Cwish":
        is_unknown(registrar, "Cwish")


def test_nothing_is_learned_from_a_refusal(registrar, device, listener):
    pending = device.asks(
        "POST", "/cse-in", ae(poa=[listener.url]), ty=2, origin="Cno"
    )
    registrar.answers(registrar.expect_request(op=CREATE), 4126)
    pending.answer().expect(4126, 403)
    is_unknown(registrar, "Cno")


def test_nothing_is_learned_before_the_grant(registrar, device, listener):
    device.asks("POST", "/cse-in", ae(poa=[listener.url]), ty=2, origin="Cdev")
    heard = registrar.expect_request(op=CREATE)
    is_unknown(registrar, "Cdev")
    registrar.grants(heard, "Cdev")
    is_reached(registrar, listener, "Cdev")


PROFILES = [
    ("standard", None),
    ("acme", ["ws://default"]),
    ("mobius", None),
    ("tinyiot", None),
]


@pytest.mark.parametrize("profile, shown", PROFILES)
def test_the_poa_is_replaced_and_put_back(
    registrar, start_gateway, make_device, listener, profile, shown
):
    cse = {"profile": profile, "link": "shared"}
    device = make_device(start_gateway(settings(registrar, cse=cse)))
    pending = device.asks(
        "POST",
        "/cse-in",
        ae(rn="dev", poa=[listener.url], lbl=["x"]),
        ty=2,
        origin="Cdev",
    )
    heard = registrar.expect_request(op=CREATE)
    assert heard["pc"]["m2m:ae"].get("poa") == shown
    assert heard["pc"]["m2m:ae"]["lbl"] == ["x"]
    registrar.grants(heard, "Cdev")
    granted = pending.answer().expect(2001).pc["m2m:ae"]
    assert granted["poa"] == [listener.url]
    assert granted["ri"] == "Cdev"

    pending = device.asks("GET", "/cse-in/dev", origin="Cdev")
    heard = registrar.expect_request(op=RETRIEVE)
    resource = {"rn": "dev", "aei": "Cdev", "ri": "Cdev", "lbl": ["x"]}
    if shown:
        resource["poa"] = shown
    registrar.answers(heard, 2000, {"m2m:ae": resource})
    assert pending.answer().pc["m2m:ae"]["poa"] == [listener.url]


@pytest.mark.parametrize("profile, shown", PROFILES)
def test_the_poa_of_a_cse_is_replaced_and_put_back(
    registrar, start_gateway, make_device, listener, profile, shown
):
    cse = {"profile": profile, "link": "shared"}
    device = make_device(start_gateway(settings(registrar, cse=cse)))
    answer = register_cse(device, registrar, "/id-mn", poa=[listener.url])
    [heard] = registrar.requests_heard(op=CREATE, ty=16)
    assert heard["pc"]["m2m:csr"].get("poa") == shown
    assert answer.pc["m2m:csr"]["poa"] == [listener.url]
    rqi = registrar.asks(RETRIEVE, "/id-mn/mn/x", fr="/id-in")
    listener.expect(method="GET", path="/~/id-mn/mn/x")
    registrar.expect_answer(rqi, rsc=2000)


ADVERTISED = "http://gw.example:8080"


def test_a_cse_that_asks_is_told_where_we_are_reached(
    start_gateway, make_device, make_listener
):
    """The gateway registers itself, and a device through it."""
    cse = make_listener(answers_by_itself=False)
    config = settings(listen={"http": {"advertise": ADVERTISED}})
    entry = {"id": "/id-in", "name": "cse-in", "url": cse.url}
    config["cses"] = [{**entry, "register": True}]
    gateway = start_gateway(config)
    cse.expect(method="GET").replies(4004, 404)
    asked = cse.expect(method="POST")
    assert asked.pc["m2m:csr"]["poa"] == [ADVERTISED]
    asked.replies(2001, 201, asked.pc)
    gateway.wait_for("registration/registered")
    poa = ["http://127.0.0.1:1"]
    pending = make_device(gateway).asks(
        "POST", "/cse-in", ae(poa=poa), ty=2, origin="Cdev"
    )
    asked = cse.expect(method="POST")
    given = asked.pc["m2m:ae"]
    assert given["poa"] == [ADVERTISED]
    asked.replies(2001, 201, {"m2m:ae": {**given, "aei": "Cdev", "ri": "Cdev"}})
    assert pending.answer().expect(2001, 201).pc["m2m:ae"]["poa"] == poa


def test_a_registration_without_a_poa_gets_none(registrar, device):
    pending = device.asks("POST", "/cse-in", ae(), ty=2, origin="Cdev")
    heard = registrar.expect_request(op=CREATE)
    assert "poa" not in heard["pc"]["m2m:ae"]
    registrar.grants(heard, "Cdev")
    assert "poa" not in pending.answer().pc["m2m:ae"]
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    registrar.expect_answer(rqi, rsc=5103)


def test_a_new_poa_is_used_from_then_on(registrar, device, make_listener):
    old, new = make_listener(), make_listener()
    register_ae(device, registrar, "Cdev", rn="dev", poa=[old.url])
    is_reached(registrar, old, "Cdev")
    pending = device.asks(
        "PUT", "/cse-in/dev", {"m2m:ae": {"poa": [new.url]}}, origin="Cdev"
    )
    heard = registrar.expect_request(op=UPDATE)
    assert heard["pc"]["m2m:ae"].get("poa") != [new.url]
    registrar.answers(heard, 2004, {"m2m:ae": {}})
    pending.answer().expect(2004, 200)
    is_reached(registrar, new, "Cdev")


def test_a_refused_update_changes_nothing(registrar, device, make_listener):
    old, new = make_listener(), make_listener()
    register_ae(device, registrar, "Cdev", rn="dev", poa=[old.url])
    pending = device.asks(
        "PUT", "/cse-in/dev", {"m2m:ae": {"poa": [new.url]}}, origin="Cdev"
    )
    registrar.answers(registrar.expect_request(op=UPDATE), 4103)
    pending.answer().expect(4103, 403)
    is_reached(registrar, old, "Cdev")


@pytest.mark.parametrize("path", ["/cse-in/dev", "/Cdev", "/~/id-in/Cdev"])
def test_it_is_forgotten_when_deleted(registrar, device, listener, path):
    register_ae(device, registrar, "Cdev", rn="dev", poa=[listener.url])
    pending = device.asks("DELETE", path, origin="Cdev")
    registrar.answers(registrar.expect_request(op=DELETE), 2002)
    pending.answer().expect(2002, 200)
    is_unknown(registrar, "Cdev")


def test_it_is_forgotten_when_it_expires(registrar, gateway, device, listener):
    register_ae_until(device, registrar, "20200101T000000", listener)
    gateway.wait_for("registry/forgotten")
    is_unknown(registrar, "Cdev")


def register_ae_until(device, registrar, expires, listener):
    pending = device.asks(
        "POST", "/cse-in", ae(poa=[listener.url]), ty=2, origin="Cdev"
    )
    registrar.grants(registrar.expect_request(op=CREATE), "Cdev", et=expires)
    pending.answer().expect(2001)


def test_it_lives_while_it_has_not_expired(registrar, device, listener):
    register_ae_until(device, registrar, "20991231T235959", listener)
    is_reached(registrar, listener, "Cdev")


def test_it_survives_a_restart_of_the_gateway(
    registrar, start_gateway, make_device, listener, tmp_path
):
    kept = {"file": str(tmp_path / "registry.db")}
    config = settings(registrar, registry=kept)
    gateway = start_gateway(config)
    register_ae(
        make_device(gateway), registrar, "Cdev", poa=[listener.url]
    )
    gateway.stop()
    registrar.expect_connection()
    start_gateway(config)
    registrar.expect_connection()
    is_reached(registrar, listener, "Cdev")
    assert len(registrar.requests_heard(op=CREATE)) == 1


def test_it_survives_even_a_killed_gateway(
    registrar, start_gateway, make_device, listener, tmp_path
):
    kept = {"file": str(tmp_path / "registry.db")}
    gateway = start_gateway(settings(registrar, registry=kept))
    device = make_device(gateway)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    register_ae(device, registrar, "Cgone", rn="gone", poa=[listener.url])
    pending = device.asks("DELETE", "/cse-in/gone", origin="Cgone")
    registrar.answers(registrar.expect_request(op=DELETE), 2002)
    pending.answer().expect(2002)
    is_unknown(registrar, "Cgone")
    gateway.kill()
    registrar.expect_connection()
    start_gateway(settings(registrar, registry=kept))
    registrar.expect_connection()
    is_reached(registrar, listener, "Cdev")
    is_unknown(registrar, "Cgone")


def test_a_cse_over_http_is_reached_for_all_below_it(
    registrar, device, listener
):
    register_cse(
        device, registrar, "/id-mn", poa=[listener.url], dcse=["/id-asn"]
    )
    for to in ("/id-mn/mn/x", "/id-asn/asn/x"):
        registrar.asks(RETRIEVE, to, fr="/id-in")
        assert listener.expect(method="GET").path == "/~" + to


def test_the_number_of_registrations_is_bounded(
    registrar, start_gateway, make_device
):
    registrar.plays(
        lambda m: answer_to(
            m, 2001, {"m2m:ae": {"aei": m["fr"], "ri": m["fr"]}}
        )
    )
    gateway = start_gateway(
        settings(
            registrar,
            limits={"registrees": 3},
            listen={"http": {"trust": ["127.0.0.1"]}},
        )
    )
    device = make_device(gateway)
    rscs = [
        device.creates("/cse-in", 2, ae(), origin=f"C{n}").rsc
        for n in range(5)
    ]
    assert rscs == [2001] * 3 + [5103] * 2


def test_a_notification_from_a_stranger_is_not_delivered(
    registrar, device, listener
):
    """Only the CSE may notify its AE: another device asks the CSE."""
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    pending = device.asks("POST", "/Cdev", {"m2m:sgn": {}}, origin="Cother")
    registrar.answers(registrar.expect_request(op=NOTIFY, to="Cdev"), 4103)
    pending.answer().expect(4103, 403)
    assert not listener.arrivals.untaken()
