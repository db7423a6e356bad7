"""Whoever runs the gateway is told when it learns of something that it will not
reach, and not only when somebody complains."""

import pytest
from support.mqttstory import *  # noqa: F403 - fixtures
from support.registering import register_ae
from support.settings import settings
from support.wire import answer_to

NEVER = {
    "an address that nobody allowed": ("http://192.0.2.1/n", "deliver.allow"),
    "a protocol that nobody speaks": ("gopher://127.0.0.1/", "no such protocol"),
    "one that needs a broker": ("mqtt://127.0.0.1", "(brokers)"),
}


@pytest.mark.parametrize("what", NEVER)
def test_a_point_of_access_that_is_never_used_is_told_at_once(
    registrar, gateway, device, what
):
    url, why = NEVER[what]
    register_ae(device, registrar, "Cdev", poa=[url])
    line = gateway.wait_for("reach/not-reachable", "Cdev")
    assert line.level == "warn"
    assert url in line.msg and why in line.msg


def test_a_broker_that_is_none_of_ours_is_told_at_once(
    broker, registrar, mqtt_gateway, make_device
):
    device = make_device(mqtt_gateway)
    register_ae(device, registrar, "Cours", poa=[broker.url])
    register_ae(device, registrar, "Cother", poa=["mqtt://192.0.2.1:9"])
    line = mqtt_gateway.wait_for("reach/not-reachable")
    assert "Cother" in line.msg and "(brokers)" in line.msg


def test_one_that_is_allowed_is_not_spoken_of(
    registrar, start_gateway, make_device
):
    allowed = {"allow": ["192.0.2.0/24", "127.0.0.1"]}
    gateway = start_gateway(settings(registrar, deliver=allowed))
    urls = ["http://192.0.2.1/n", "http://127.0.0.1:9", "http://a.name/"]
    register_ae(make_device(gateway), registrar, "Cdev", poa=urls)
    gateway.wait_for("registry/granted")
    assert not gateway.logged("reach/not-reachable")


def is_lost(registrar):
    told = registrar.notifies("Cdev", {"m2m:sgn": {}})
    registrar.expect_answer(told, rsc=5103)


def test_the_first_notification_that_a_device_misses_is_told(
    registrar, gateway, device, make_port, listener
):
    gone = make_port().http
    register_ae(device, registrar, "Cdev", poa=[gone])
    is_lost(registrar)
    line = gateway.wait_for("reach/notification-lost", "Cdev")
    assert line.level == "warn" and gone in line.msg
    is_lost(registrar)
    rqi = registrar.notifies(listener.url, {"m2m:sgn": {}})  # a fence
    registrar.expect_answer(rqi)
    assert len(gateway.logged("reach/notification-lost")) == 1


def test_a_device_without_a_point_of_access_is_told(
    registrar, gateway, device
):
    register_ae(device, registrar, "Cdev")
    is_lost(registrar)
    gateway.wait_for("reach/notification-lost", "point of access")


@pytest.fixture
def over_http(registrar, start_gateway, make_listener):
    """A CSE that is asked over HTTP, and a gateway that leads there."""
    cse = make_listener(answers_by_itself=False)
    config = settings(registrar)
    config["cses"][0]["url"] = cse.url
    return cse, start_gateway(config)


def test_a_cse_over_http_that_is_away_and_back_is_told(over_http, make_device):
    cse, gateway = over_http
    device = make_device(gateway)
    for _ in range(2):
        pending = device.asks("GET", "/cse-in")
        cse.expect().hangs_up()
        pending.answer().expect(5103)
    line = gateway.wait_for("reach/cse-away", "/id-in")
    assert line.level == "warn" and cse.url in line.msg
    pending = device.asks("GET", "/cse-in")
    cse.expect().replies(4004, 404)
    pending.answer().expect(4004)
    gateway.wait_for("reach/cse-back", "/id-in")
    assert len(gateway.logged("reach/cse-away")) == 1


def test_a_cse_over_coap_that_is_away_and_back_is_told(
    registrar, start_gateway, make_device, make_coap_listener
):
    """Whose port is closed; then it is there again."""
    gone = make_coap_listener()
    config = settings(registrar, timeouts={"request": "5s"})
    config["cses"][0]["url"] = gone.url
    gateway = start_gateway(config)
    device = make_device(gateway)
    gone.close()
    for _ in range(2):
        device.retrieves("/cse-in").expect(5103)
    line = gateway.wait_for("reach/cse-away", "/id-in")
    assert line.level == "warn" and gone.url in line.msg
    make_coap_listener(port=gone.port)
    device.retrieves("/cse-in").expect(2000)
    gateway.wait_for("reach/cse-back", "/id-in")
    assert len(gateway.logged("reach/cse-away")) == 1


SIGNS = [
    ("acme", "m2m:cb", {"drt": 1}),
    ("mobius", "m2m:cb", {"rvi": "2a"}),
    ("tinyiot", "general", {}),
]


@pytest.mark.parametrize("profile, content, more", SIGNS)
def test_a_profile_that_does_not_fit_is_told_once(
    registrar, start_gateway, make_device, profile, content, more
):
    """As ACME behind `standard`, which answers all and never notifies."""
    registrar.plays(lambda m: answer_to(m, 2000, {content: {}}, **more))
    config = settings(registrar)
    gateway = start_gateway(config)
    device = make_device(gateway)
    for _ in range(2):
        device.retrieves("/cse-in").expect(2000)
    line = gateway.wait_for("reach/profile", "/id-in")
    assert line.level == "warn" and f"set profile: {profile}" in line.msg
    config["cses"][0]["profile"] = profile
    gateway.reload(config)
    device.retrieves("/cse-in").expect(2000)
    assert len(gateway.logged("reach/profile")) == 1


def test_a_profile_that_does_not_fit_is_told_over_http(over_http, make_device):
    cse, gateway = over_http
    pending = make_device(gateway).asks("GET", "/cse-in")
    cse.expect().replies(headers={"X-M2M-RVI": "2a"})
    pending.answer().expect(2000)
    gateway.wait_for("reach/profile", "set profile: mobius")
