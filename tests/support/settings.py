"""Settings - a configuration of the gateway, as a dictionary."""


def settings(*registrars, **sections):
    """A configuration with both listeners that leads to these registrars.

    Sections given by name are merged into it; `cse` goes into every entry of
    cses.  With coap=True, or more keys for it, it listens for CoAP as well.
    """
    cse = sections.pop("cse", {})
    coap = sections.pop("coap", None)
    config = {
        "node": {"cse-id": "/id-gw", "name": "gw"},
        "listen": {
            "http": {"address": "127.0.0.1", "port": 0},
            "ws": {"address": "127.0.0.1", "port": 0},
        },
        "cses": [
            {"id": r.id, "name": r.csebase, "url": r.url, **cse}
            for r in registrars
        ],
        # Devices are on the machine of the gateway, all at one address.
        "deliver": {"allow": ["127.0.0.1"]},
        "log": {"format": "json"},
    }
    if coap:
        config["listen"]["coap"] = {"address": "127.0.0.1", "port": 0}
        merge(config["listen"]["coap"], {} if coap is True else coap)
    merge(config, sections)
    return config


def merge(into, more):
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            merge(into[name], value)
        else:
            into[name] = value
