"""Who sets up ACME and the gateway as deploy/cses/acme.md says has devices that
are registered and notified."""

import configparser
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


@pytest.mark.parametrize("text", blocks("yaml"))
def test_a_configuration_of_the_page_works(
    text, acme, start_gateway, make_port, make_device, listener
):
    """With the ports of this machine."""
    config = yaml.safe_load(text)
    (cse,) = config["cses"]
    cse["url"] = acme.http if cse["url"].startswith("http") else acme.url
    for name, at in config["listen"].items():
        at.update(address="127.0.0.1", port=0)
        if "advertise" in at:
            assert name == "http"
            port = make_port()
            at.update(port=port.number, advertise=port.http)
    config["log"] = {"format": "json"}
    config["deliver"] = {"allow": ["127.0.0.0/8"]}
    gateway = start_gateway(config)
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
