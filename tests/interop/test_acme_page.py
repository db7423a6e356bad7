"""Who sets up ACME and the gateway as deploy/cses/acme.md says has devices that
are registered and notified."""

import configparser
import json
import pathlib
import re

import pytest
import yaml
from support.acme import INI
from support.registering import is_granted, watch
from support.settings import settings

PAGE = pathlib.Path(__file__).resolve().parents[2] / "deploy/cses/acme.md"


def blocks(language):
    text = PAGE.read_text(encoding="utf-8")
    fence = rf"^```{language}\n(.*?)^```$"
    return re.findall(fence, text, re.MULTILINE | re.DOTALL)


def read_ini(text):
    ini = configparser.ConfigParser(interpolation=None)
    ini.read_string(text)
    return ini


def test_acme_is_set_up_as_the_page_says():
    """All other tests with ACME have it so."""
    (text,) = blocks("ini")
    page, ours = read_ini(text), read_ini(INI)
    assert page.sections()
    for section in page.sections():
        for key, value in page[section].items():
            assert ours[section][key] == value


def over(*schemes):
    """The configurations of the page that lead there so."""
    return [
        text
        for text in blocks("yaml")
        if yaml.safe_load(text)["cses"][0]["url"].split(":")[0] in schemes
    ]


def with_our_ports(text, acme, make_port):
    """A configuration of the page, with the ports of this machine."""
    config = yaml.safe_load(text)
    (cse,) = config["cses"]
    urls = {"http": acme.http, "coap": acme.coap, "ws": acme.url}
    cse["url"] = urls[cse["url"].split(":")[0]]
    for name, at in config["listen"].items():
        at.update(address="127.0.0.1", port=0)
        if "advertise" in at:
            end = "/" if at["advertise"].endswith("/") else ""
            port = make_port().number
            at.update(port=port, advertise=f"{name}://127.0.0.1:{port}{end}")
        if "trust" in at:
            at["trust"] = ["127.0.0.1"]
    config["log"] = {"format": "json"}
    config["deliver"] = {"allow": ["127.0.0.0/8"]}
    return config


def test_each_configuration_of_the_page_is_tried():
    assert len(over("ws", "http")) + len(over("coap")) == len(blocks("yaml"))


@pytest.mark.parametrize("text", over("ws", "http"))
def test_a_configuration_of_the_page_works(
    text, acme, start_gateway, make_port, make_device, listener
):
    gateway = start_gateway(with_our_ports(text, acme, make_port))
    gateway.wait_for("registration/registered")

    lamp, switch = (make_device(gateway, "C") for _ in range(2))
    is_granted(lamp, "/cse-in", rn="lamp", poa=[listener.url])
    lamp.retrieves("/cse-in/lamp").expect(2000)
    is_granted(switch, "/cse-in", rn="switch")
    container = {"m2m:cnt": {"rn": "c"}}
    switch.creates("/cse-in/switch", 3, container).expect(2001, 201)
    watching = watch(lamp.originator)
    switch.creates("/cse-in/switch/c", 23, watching).expect(2001, 201)
    assert listener.expect(method="POST").pc["m2m:sgn"]["vrq"] is True
    on = {"m2m:cin": {"con": "on"}}
    switch.creates("/cse-in/switch/c", 4, on).expect(2001, 201)
    event = listener.expect(method="POST").pc["m2m:sgn"]["nev"]
    assert event["rep"]["m2m:cin"]["con"] == "on"


def test_acme_with_another_profile_is_found_out(
    acme, start_gateway, make_device
):
    gateway = start_gateway(settings(acme))
    make_device(gateway).retrieves("/cse-in").expect(2000)
    gateway.wait_for("reach/profile", "set profile: acme")


@pytest.mark.parametrize("text", over("coap"))
def test_acme_is_heard_over_coap_where_its_address_is_trusted(
    text, start_acme, start_gateway, make_port, make_device
):
    """It looks whether the gateway is there, and knows no Echo."""
    acme = start_acme(check_s=1)
    config = with_our_ports(text, acme, make_port)
    config["log"]["requests"] = "all"
    gateway = start_gateway(config)
    gateway.wait_for("registration/registered")
    is_granted(make_device(gateway, "C"), "/cse-in", rn="lamp")
    gateway.log.take(
        lambda line: line.name == "exchange/answered"
        and json.loads(line.raw)["fr"] == "/id-in",
        "a request of ACME that is answered",
    )
