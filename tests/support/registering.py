"""Registering - what nearly every story begins with."""

from support.wire import CREATE


def ae(**attributes):
    """The content that registers an AE; None leaves an attribute out."""
    given = {"api": "N.story", "rr": True, "srv": ["3"], **attributes}
    return {"m2m:ae": {k: v for k, v in given.items() if v is not None}}


def csr(cse_id, **attributes):
    """The content that registers a CSE."""
    given = {
        "csi": cse_id,
        "cb": f"{cse_id}/mn",
        "cst": 2,
        "rr": True,
        "srv": ["3"],
        **attributes,
    }
    return {"m2m:csr": given}


# A policy that lets every device do everything: what is ours is no secret.
ALL = {"acr": [{"acor": ["all"], "acop": 63}]}
POLICY = {"m2m:acp": {"rn": "all", "pv": ALL, "pvs": ALL}}


def watch(target):
    """The content that has somebody notified of each new instance."""
    events = {"enc": {"net": [3]}, "nct": 1}
    return {"m2m:sub": {"rn": "watch", "nu": [target], **events}}


def is_granted(device, path, **attributes):
    """A device registers over HTTP at a real CSE, and takes the id that it is
    granted."""
    granted = device.creates(path, 2, ae(**attributes)).expect(2001, 201)
    device.originator = granted.pc["m2m:ae"]["aei"]
    return device


def register_ae(device, registrar, aei, **attributes):
    """An AE registers over HTTP and the scripted CSE grants it."""
    pending = device.asks(
        "POST", "/cse-in", ae(**attributes), ty=2, origin=aei
    )
    registrar.grants(registrar.expect_request(op=CREATE, ty=2), aei)
    return pending.answer().expect(2001, 201)


def register_cse(device, registrar, cse_id, **attributes):
    """A CSE registers over HTTP and the scripted CSE grants it."""
    pending = device.asks(
        "POST", "/cse-in", csr(cse_id, **attributes), ty=16, origin=cse_id
    )
    request = registrar.expect_request(op=CREATE, ty=16)
    given = request["pc"]["m2m:csr"]
    name = cse_id[1:]
    granted = {"rn": name, **given, "ri": f"csr-{name}", "ty": 16}
    registrar.answers(request, 2001, {"m2m:csr": granted})
    return pending.answer().expect(2001, 201)


def register_registree(registree, registrar, aei, **attributes):
    """An AE registers over WebSocket and the scripted CSE grants it."""
    rqi = registree.asks(CREATE, "cse-in", ae(**attributes), ty=2, fr=aei)
    registrar.grants(registrar.expect_request(op=CREATE, ty=2), aei)
    return registree.expect_answer(rqi, rsc=2001)
