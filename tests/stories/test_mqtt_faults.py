"""Brokers die, return, forget and refuse; devices repeat themselves and take
each other's place.  Nothing that was acknowledged is lost, nothing is done
twice, and the log names the fault."""

import contextlib
import json
import subprocess

import pytest
from support.mqttstory import *  # noqa: F403 - fixtures
from support.mqttstory import (
    NEVER_REPEATS,
    SLOW_TO_REPEAT,
    mqtt_settings,
    register_mqtt,
)
from support.waiting import DEADLINE, Missed
from support.wire import CREATE, NOTIFY, RETRIEVE

CIN = {"m2m:cin": {"con": "1"}}


@pytest.fixture(params=[True, False], ids=["persistent", "forgetful"])
def any_broker(request, make_broker):
    return make_broker(persistent=request.param)


def returned(device):
    """Wait until a device is connected and subscribed again."""
    device.connected.take(what="the connection")
    device.subscribed.take(what="the subscription")


def test_a_broker_that_was_killed_is_used_again(
    any_broker, registrar, start_at_broker, make_mqtt_device
):
    gateway = start_at_broker(mqtt_settings(any_broker, registrar))
    device = make_mqtt_device(any_broker, "C1", clean=False)
    register_mqtt(device, registrar)
    any_broker.dies()
    gateway.wait_for("mqtt/broker-lost")
    any_broker.starts()
    gateway.wait_for("mqtt/broker-up")
    returned(device)
    rqi = device.asks(RETRIEVE, "cse-in")
    registrar.answers(registrar.expect_request(op=RETRIEVE))
    device.expect_answer(rqi, rsc=2000)
    told = registrar.notifies("C1", {"m2m:sgn": {}})
    device.answers(device.expect_request(op=NOTIFY))
    registrar.expect_answer(told, rsc=2000)


def test_an_answer_survives_the_death_of_the_broker(
    make_broker, registrar, start_at_broker, make_mqtt_device
):
    broker = make_broker(persistent=True)
    gateway = start_at_broker(mqtt_settings(broker, registrar))
    device = make_mqtt_device(broker, "C1", clean=False)
    rqi = device.asks(CREATE, "cse-in/c", CIN, ty=4)
    heard = registrar.expect_request(op=CREATE, ty=4)
    broker.ends()
    gateway.wait_for("mqtt/broker-lost")
    registrar.answers(heard, 2001, {"m2m:cin": {"ri": "x"}})
    registrar.fence()
    broker.starts()
    gateway.wait_for("mqtt/broker-up")
    device.expect_answer(rqi, rsc=2001)
    assert len(registrar.requests_heard(op=CREATE)) == 1


def test_what_is_in_flight_when_the_broker_is_killed_is_not_done_twice(
    any_broker, registrar, start_at_broker, make_mqtt_device
):
    """A broker that forgets may lose the answer; asking again brings it."""
    gateway = start_at_broker(
        mqtt_settings(any_broker, registrar, broker_how=SLOW_TO_REPEAT)
    )
    device = make_mqtt_device(any_broker, "C1", clean=False)
    rqi = device.asks(CREATE, "cse-in/c", CIN, ty=4)
    heard = registrar.expect_request(op=CREATE, ty=4)
    any_broker.dies()
    gateway.wait_for("mqtt/broker-lost")
    registrar.answers(heard, 2001, {"m2m:cin": {"ri": "x"}})
    registrar.fence()
    any_broker.starts()
    gateway.wait_for("mqtt/broker-up")
    returned(device)
    if not any_broker.is_persistent:
        device.asks(CREATE, "cse-in/c", CIN, ty=4, rqi=rqi)
    answer = device.expect_answer(rqi, rsc=2001)
    assert answer["pc"] == {"m2m:cin": {"ri": "x"}}
    assert len(registrar.requests_heard(op=CREATE)) == 1


def test_what_a_device_was_promised_is_done_after_a_restart_of_the_gateway(
    broker, registrar, start_at_broker, make_mqtt_device
):
    """The broker keeps the session of a gateway that is away."""
    first = start_at_broker(mqtt_settings(broker, registrar))
    first.stop()
    device = make_mqtt_device(broker, "C1")
    rqis = [device.asks(RETRIEVE, f"cse-in/{n}") for n in range(20)]
    for _ in rqis:
        device.published.take(what="the acknowledgement of the broker")
    start_at_broker(mqtt_settings(broker, registrar))
    for n, rqi in enumerate(rqis):
        heard = registrar.expect_request(op=RETRIEVE, to=f"cse-in/{n}")
        registrar.answers(heard, 2000, {"n": n})
        assert device.expect_answer(rqi, rsc=2000)["pc"] == {"n": n}


def test_a_notification_waits_for_a_broker_that_returns(
    make_broker, registrar, start_at_broker, make_mqtt_device
):
    """It does not leave that to the pause between two attempts."""
    broker = make_broker(persistent=True)
    slow = {"retry-min": "1h", "retry-max": "1h"}
    config = mqtt_settings(broker, registrar, timeouts=slow)
    gateway = start_at_broker(config)
    device = make_mqtt_device(broker, "C1", clean=False)
    register_mqtt(device, registrar)
    broker.ends()
    gateway.wait_for("mqtt/broker-lost")
    broker.starts()
    told = registrar.notifies("C1", {"m2m:sgn": {}})
    device.answers(device.expect_request(op=NOTIFY))
    registrar.expect_answer(told, rsc=2000)


def test_a_broker_that_returns_is_found_however_much_is_asked_meanwhile(
    broker, registrar, start_at_broker, make_mqtt_device
):
    """Each notification waits for the attempt, and none puts it off."""
    slow = {"retry-min": "1h", "retry-max": "1h"}
    gateway = start_at_broker(mqtt_settings(broker, registrar, timeouts=slow))
    register_mqtt(make_mqtt_device(broker, "C1"), registrar)
    broker.ends()
    gateway.wait_for("mqtt/broker-lost")
    broker.starts()
    for _ in range(int(DEADLINE * 10)):
        registrar.notifies("C1", {"m2m:sgn": {}})
        with contextlib.suppress(Missed):
            gateway.wait_for("mqtt/broker-up", within=0.1)
            return
    pytest.fail("the broker was not found")


def test_a_notification_to_a_broker_that_is_gone_is_refused(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1")
    register_mqtt(device, registrar)
    broker.dies()
    mqtt_gateway.wait_for("mqtt/broker-lost")
    told = registrar.notifies("C1", {"m2m:sgn": {}})
    answer = registrar.expect_answer(told, rsc=5103)
    assert "broker" in answer["pc"]["m2m:dbg"]


def test_a_broker_that_comes_late_is_waited_for(
    make_broker, registrar, start_gateway, make_mqtt_device
):
    broker = make_broker()
    broker.dies()
    gateway = start_gateway(mqtt_settings(broker, registrar))
    gateway.wait_for("mqtt/broker-failed")
    broker.starts()
    gateway.wait_for("mqtt/broker-up")
    register_mqtt(make_mqtt_device(broker, "C1"), registrar)


# --- Once and only once.


def test_a_repeated_request_is_not_forwarded_while_it_is_open(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1")
    for _ in range(3):
        device.asks(CREATE, "cse-in/c", CIN, ty=4, rqi="same")
    other = device.asks(RETRIEVE, "cse-in")
    registrar.answers(registrar.expect_request(op=RETRIEVE))
    device.expect_answer(other, rsc=2000)
    registrar.answers(registrar.expect_request(op=CREATE), 2001)
    device.expect_answer("same", rsc=2001)
    assert len(registrar.requests_heard(op=CREATE)) == 1
    assert not device.messages.untaken()


def test_a_repeated_request_is_answered_as_before(
    broker, registrar, patient_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1")
    device.asks(CREATE, "cse-in/c", CIN, ty=4, rqi="same")
    registrar.answers(registrar.expect_request(op=CREATE), 2001, {"n": 1})
    first = device.expect_answer("same", rsc=2001)
    device.asks(CREATE, "cse-in/c", CIN, ty=4, rqi="same")
    assert device.expect_answer("same", rsc=2001).payload == first.payload
    assert len(registrar.requests_heard(op=CREATE)) == 1


def test_an_id_may_be_used_again_for_something_else(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1")
    for n in range(3):
        device.asks(RETRIEVE, f"cse-in/{n}", rqi="same")
        heard = registrar.expect_request(op=RETRIEVE, to=f"cse-in/{n}")
        registrar.answers(heard, 2000, {"n": n})
        assert device.expect_answer("same", rsc=2000)["pc"] == {"n": n}


def test_an_id_may_be_used_again_for_the_same(
    broker, registrar, start_at_broker, make_mqtt_device
):
    """A sensor with one rqi for ever tells the same value three times."""
    start_at_broker(
        mqtt_settings(broker, registrar, broker_how=NEVER_REPEATS)
    )
    device = make_mqtt_device(broker, "C1")
    for n in range(3):
        device.asks(CREATE, "cse-in/c", CIN, ty=4, rqi="same")
        registrar.answers(registrar.expect_request(op=CREATE), 2001, {"n": n})
        assert device.expect_answer("same", rsc=2001)["pc"] == {"n": n}


def test_what_is_sent_with_qos_0_is_never_a_repetition(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1")
    for _ in range(3):
        device.asks(CREATE, "cse-in/c", CIN, ty=4, rqi="same", qos=0)
        registrar.answers(registrar.expect_request(op=CREATE), 2001)
        device.expect_answer("same", rsc=2001)


# --- Names that are taken.


def test_two_devices_with_one_client_id_harm_nobody_else(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    first = make_mqtt_device(broker, "C1", client_id="twin")
    second = make_mqtt_device(broker, "C2", client_id="twin")
    first.lost.take(what="the end of the first")
    third = make_mqtt_device(broker, "C3")
    register_mqtt(third, registrar)
    first.closes()
    second.closes()
    second = make_mqtt_device(broker, "C2", client_id="twin")
    register_mqtt(second, registrar)
    for aei, device in (("C2", second), ("C3", third)):
        told = registrar.notifies(aei, {"m2m:sgn": {}})
        device.answers(device.expect_request(op=NOTIFY))
        registrar.expect_answer(told, rsc=2000)


def test_two_gateways_with_one_client_id_are_told_so(
    broker, registrar, start_at_broker
):
    config = mqtt_settings(
        broker,
        registrar,
        broker_how={"version": "5"},
        timeouts={"retry-min": "60s", "retry-max": "60s"},
    )
    first = start_at_broker(config)
    start_at_broker(config)
    line = first.wait_for("mqtt/broker-lost")
    assert "another client may use our client id, C::id-gw" in line.msg


# --- What a broker refuses.


class Rights:
    """A broker that asks its dynamic security plugin."""

    plugin = "/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so"

    def __init__(self, make_broker, tmp_path):
        self.file = tmp_path / "rights.json"
        init = ["mosquitto_ctrl", "dynsec", "init", str(self.file)]
        subprocess.run([*init, "admin", "pw"], check=True, capture_output=True)
        self.broker = make_broker(
            f"plugin {self.plugin}", f"plugin_opt_config_file {self.file}"
        )
        self.says("createRole", "all")
        self.allows("publishClientSend")
        self.says("createGroup", "all")
        self.says("addGroupRole", "all", "all")
        self.says("setAnonymousGroup", "all")

    def says(self, *command):
        at = ["-h", "127.0.0.1", "-p", str(self.broker.port)]
        who = ["-u", "admin", "-P", "pw"]
        subprocess.run(
            ["mosquitto_ctrl", *at, *who, "dynsec", *command],
            check=True,
            capture_output=True,
            timeout=DEADLINE,
        )

    def allows(self, what):
        self.says("addRoleACL", "all", what, "#", "allow", "1")


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_a_subscription_that_is_refused_is_told_and_tried_again(
    make_broker, registrar, start_gateway, make_mqtt_device, tmp_path, version
):
    rights = Rights(make_broker, tmp_path)
    gateway = start_gateway(
        mqtt_settings(
            rights.broker, registrar, broker_how={"version": version}
        )
    )
    line = gateway.wait_for("mqtt/subscription-refused")
    assert "/oneM2M/" in line.msg
    assert line.level == "warn"
    rights.allows("subscribePattern")
    device = make_mqtt_device(rights.broker, "C1")
    gateway.wait_for("mqtt/subscribed")
    register_mqtt(device, registrar)


def test_nobody_is_asked_whose_answer_would_not_be_heard(
    make_broker, registrar, start_gateway, make_device, tmp_path
):
    rights = Rights(make_broker, tmp_path)
    config = mqtt_settings(rights.broker)
    config["cses"] = [{"id": "/id-m", "url": rights.broker.url}]
    gateway = start_gateway(config)
    gateway.wait_for("mqtt/broker-up")
    answer = make_device(gateway).retrieves("/cse-m", origin="C1")
    answer.expect(5103)
    assert "subscription" in answer.pc["m2m:dbg"]


@pytest.mark.parametrize("version", ["3.1.1", "5"])
def test_a_login_that_is_refused_is_told(
    make_broker, registrar, start_gateway, version
):
    broker = make_broker(anonymous=False)
    gateway = start_gateway(
        mqtt_settings(broker, registrar, broker_how={"version": version})
    )
    line = gateway.wait_for("mqtt/broker-failed")
    assert "authori" in line.msg.lower()


def test_a_user_name_is_given(
    make_broker, registrar, start_at_broker, make_mqtt_device, tmp_path
):
    passwords = tmp_path / "passwords"
    make = ["mosquitto_passwd", "-b", "-c", str(passwords), "gw", "secret"]
    subprocess.run(make, check=True, capture_output=True)
    broker = make_broker(f"password_file {passwords}", anonymous=False)
    how = {"user": "gw", "password": "secret", "client-id": "mine"}
    gateway = start_at_broker(mqtt_settings(broker, registrar, broker_how=how))
    device = make_mqtt_device(broker, "C1", user=("gw", "secret"))
    register_mqtt(device, registrar)
    assert "secret" not in json.dumps([line.raw for line in gateway.lines])


# --- Restarts.


def test_a_registree_without_a_poa_is_notified_after_a_restart(
    broker, registrar, start_at_broker, make_mqtt_device, tmp_path
):
    kept = {"file": str(tmp_path / "registry.db")}
    config = mqtt_settings(broker, registrar, registry=kept)
    first = start_at_broker(config)
    device = make_mqtt_device(broker, "C1", form="C1")
    register_mqtt(device, registrar)
    registrar.expect_connection()
    first.stop()
    start_at_broker(config)
    wire = registrar.expect_connection()
    told = registrar.notifies("C1", {"m2m:sgn": {}}, wire)
    question = device.expect_request(op=NOTIFY)
    assert question.topic == "/oneM2M/req/id-in/C1/json"
    device.answers(question)
    registrar.expect_answer(told, rsc=2000)


def test_what_is_open_is_answered_before_the_gateway_ends(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    device = make_mqtt_device(broker, "C1")
    rqi = device.asks(RETRIEVE, "cse-in")
    heard = registrar.expect_request(op=RETRIEVE)
    mqtt_gateway.signal(15)
    mqtt_gateway.wait_for("gateway/stopping")
    registrar.answers(heard, 2000)
    device.expect_answer(rqi, rsc=2000)
    assert mqtt_gateway.wait_for_exit() == 0


def test_a_changed_broker_is_left_and_the_new_one_entered(
    broker, registrar, mqtt_gateway, make_broker, make_mqtt_device
):
    other = make_broker()
    mqtt_gateway.reload(mqtt_settings(other, registrar))
    mqtt_gateway.wait_for("mqtt/broker-up", containing=other.url)
    device = make_mqtt_device(other, "C1")
    register_mqtt(device, registrar)


def test_a_reload_that_changes_nothing_keeps_the_connection(
    broker, registrar, mqtt_gateway, make_mqtt_device
):
    mqtt_gateway.reload(mqtt_settings(broker, registrar))
    register_mqtt(make_mqtt_device(broker, "C1"), registrar)
    assert len(mqtt_gateway.logged("mqtt/connected")) == 1


# --- TLS.


@pytest.fixture
def tls_broker(make_broker, certificates):
    return make_broker(
        "listener {port} 127.0.0.1",
        f"cafile {certificates}/ca.pem",
        f"certfile {certificates}/server.pem",
        f"keyfile {certificates}/server.key",
        "require_certificate true",
    )


def tls_settings(broker, registrar, certificates, host="localhost", **how):
    config = mqtt_settings(broker, registrar, broker_how=how)
    config["brokers"][0]["url"] = f"mqtts://{host}:{broker.second_port}"
    return config


def test_a_broker_is_reached_over_tls(
    tls_broker, registrar, start_at_broker, make_mqtt_device, certificates
):
    start_at_broker(
        tls_settings(
            tls_broker,
            registrar,
            certificates,
            ca=f"{certificates}/ca.pem",
            certificate=f"{certificates}/client.pem",
            key=f"{certificates}/client.key",
        )
    )
    device = make_mqtt_device(tls_broker, "C1")
    register_mqtt(device, registrar)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_broker_that_cannot_show_who_it_is_is_not_used(
    tls_broker, registrar, start_gateway, certificates, host
):
    """By a CA that is not trusted; or by a name that is another."""
    how = {"ca": f"{certificates}/ca.pem"} if host == "127.0.0.1" else {}
    config = tls_settings(
        tls_broker,
        registrar,
        certificates,
        host=host,
        certificate=f"{certificates}/client.pem",
        key=f"{certificates}/client.key",
        **how,
    )
    gateway = start_gateway(config)
    line = gateway.wait_for("mqtt/broker-failed")
    assert not gateway.logged("mqtt/connected")
    if host == "localhost":
        assert line.msg.endswith(": certificate verify failed")

