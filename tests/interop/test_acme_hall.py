"""Devices of all four bindings live with the real ACME CSE: what each of them
does with subscriptions, polling and requests that do not block works for all, also
for those that confirm with less than oneM2M asks of them."""

import pytest
from support.acme import Acme
from support.broker import Broker
from support.hall import BINDINGS
from support.process import Gateway
from support.registering import POLICY, watch
from support.settings import settings
from support.waiting import eventually
from support.wire import CREATE, NOTIFY, RETRIEVE, UPDATE

BLOCKING_UPDATE = 7


@pytest.fixture(scope="module")
def hall(request):
    """ACME, a broker, and a gateway that leads from one to the other."""
    acme = Acme()
    request.addfinalizer(acme.ends)
    broker = Broker()
    request.addfinalizer(broker.stop)
    gateway = Gateway(
        settings(
            acme,
            cse={"profile": "acme", "register": True},
            timeouts={"retry-min": "50ms"},
            deliver={"allow": ["127.0.0.0/8"]},
            coap=True,
            brokers=[{"url": broker.url}],
        )
    )
    request.addfinalizer(gateway.stop)
    gateway.wait_for("registration/registered")
    gateway.wait_for("mqtt/connected")
    return gateway, broker


@pytest.fixture
def make(hall, ends, request):
    """Make devices; each has a name of its own."""
    n_made = iter(range(1, 100))
    test = request.node.name.translate(str.maketrans(" -[].", "_____"))

    def make(binding, **attributes):
        gateway, broker = hall
        device = type("", (BINDINGS[binding],), {"broker": broker})(
            gateway, ends
        )
        device.name = f"{test}_{next(n_made)}"
        device.registers(device.name, **attributes)
        # ACME notifies it on the link of its own, which this waits for.
        device.retrieves(f"cse-in/{device.name}")
        return device

    return make


@pytest.fixture(params=BINDINGS)
def device(make, request):
    return make(request.param)


@pytest.fixture
def source(make):
    """Another device, and a container that all may write into."""
    other = make("http")
    at = f"cse-in/{other.name}"
    other.creates(at, 1, POLICY)
    other.creates(at, 3, {"m2m:cnt": {"rn": "c", "acpi": [f"{at}/all"]}})
    other.container = f"{at}/c"
    return other


def instance(content):
    return {"m2m:cin": {"con": content}}


def is_watched(source, device, how="proper"):
    """The device confirms that it is to be notified of what comes there."""
    content = watch(device.aei)
    asked = source.asks(CREATE, source.container, content, ty=23)
    heard = device.hears()
    assert heard.sgn["vrq"] is True
    heard.confirms(how)
    source.expects(asked, 2001)


@pytest.mark.parametrize(
    "binding, how", [(b, w) for b in BINDINGS for w in BINDINGS[b].WAYS]
)
def test_a_listener_is_understood_however_it_confirms(
    make, source, binding, how
):
    device = make(binding)
    is_watched(source, device, how)
    for content in ("on", "off"):
        source.creates(source.container, 4, instance(content))
        heard = device.hears()
        assert heard.sgn["nev"]["rep"]["m2m:cin"]["con"] == content
        heard.confirms(how)


def test_an_update_waits_for_the_device_that_has_to_allow_it(source, device):
    """ACME asks it in the name of who updates, who must be allowed to."""
    at = f"cse-in/{device.name}"
    device.creates(at, 1, POLICY)
    device.updates(at, {"m2m:ae": {"acpi": [f"{at}/all"]}})
    watching = {
        "m2m:sub": {
            "rn": "guard",
            "nu": [device.aei],
            "enc": {"net": [BLOCKING_UPDATE]},
        }
    }
    asked = source.asks(CREATE, source.container, watching, ty=23)
    device.hears().confirms()
    source.expects(asked, 2001)
    change = {"m2m:cnt": {"lbl": ["new"]}}
    asked = source.asks(UPDATE, source.container, change)
    heard = device.hears()
    before = source.retrieves(source.container)["m2m:cnt"]
    assert "lbl" not in before
    heard.confirms()
    assert source.expects(asked, 2004)["m2m:cnt"]["lbl"] == ["new"]


@pytest.mark.parametrize("binding", BINDINGS)
def test_who_cannot_be_reached_fetches_its_notifications(
    make, source, binding
):
    device = make(binding, rr=False, poa=None)
    at = f"cse-in/{device.name}"
    device.creates(at, 15, {"m2m:pch": {"rn": "pch"}})
    watching = source.asks(CREATE, source.container, watch(device.aei), ty=23)
    fetches(device, at, lambda pc: pc["m2m:sgn"]["vrq"] is True)
    source.expects(watching, 2001)
    source.creates(source.container, 4, instance("news"))

    def is_news(pc):
        nev = pc["m2m:sgn"]["nev"]
        return nev["rep"]["m2m:cin"]["con"] == "news"

    fetches(device, at, is_news)


def fetches(device, at, fits):
    """One notification by its polling channel, and its confirmation."""
    pcu = f"{at}/pch/pcu"
    got = device.expects(device.asks(RETRIEVE, pcu), 2000)["m2m:rqp"]
    assert fits(got["pc"])
    answer = {
        "rsc": 2000,
        "rqi": got["rqi"],
        "rvi": "3",
        "to": got["fr"],
        "fr": device.aei,
    }
    told = device.asks(NOTIFY, pcu, {"m2m:rsp": answer})
    device.expects(told, 2000)


@pytest.mark.parametrize("binding", BINDINGS)
def test_a_device_that_wants_cbor_is_notified(make, source, binding):
    """ACME takes the media type only.  A WebSocket says by its subprotocol what
    it speaks."""
    device = make(binding, csz=["application/cbor"])
    is_watched(source, device)
    source.creates(source.container, 4, instance("on"))
    heard = device.hears()
    assert heard.sgn["nev"]["rep"]["m2m:cin"]["con"] == "on"
    assert heard.is_cbor == (binding != "ws")
    heard.confirms()


def test_a_request_that_does_not_block_leaves_its_result(device):
    asked = device.asks(RETRIEVE, f"cse-in/{device.name}", rt=1)
    uri = device.expects(asked, 1001)["m2m:uri"]

    def result():
        """ACME writes the status first."""
        done = device.retrieves(uri)["m2m:req"].get("ors") or {}
        return "pc" in done and done["pc"]["m2m:ae"]["aei"] == device.aei

    eventually(result, "the result of the request")


def test_or_tells_the_device_of_it(device):
    asked = device.asks(RETRIEVE, f"cse-in/{device.name}", rt=2)
    answered = device.expects(asked, 1002)
    heard = device.hears()
    heard.confirms()
    assert answered is None or "m2m:uri" in answered
    result = heard.pc["m2m:rsp"]
    assert result["rsc"] == 2000
    assert result["pc"]["m2m:ae"]["aei"] == device.aei
