"""CSEs and devices that read TS-0008 in their own way are understood, and get
what they understand: tinyIoT, Mobius, and peers of release 5."""

import json

import pytest
from support import coap
from support.coap_registering import register
from support.registering import ae, csr
from support.settings import settings
from support.waiting import DEADLINE
from support.wire import CREATE, NOTIFY, RETRIEVE

# These CSEs know no Echo.
TRUST = ["127.0.0.1"]
COAP = {"coap": {"address": "127.0.0.1", "port": 0, "trust": TRUST}}


@pytest.fixture
def device(make_coap_device):
    return make_coap_device()


@pytest.fixture
def make_cse(start_gateway, make_coap_listener, make_coap_device):
    """A CSE made of bytes, at its own port, and a device that asks it."""

    def make(**cse):
        listener = make_coap_listener(answers_by_itself=False)
        path = cse.pop("path", "")
        entry = {"id": "/id-in", "name": "cse-in", "url": listener.url + path}
        gateway = start_gateway(
            settings(listen=COAP, timeouts={"drain": "500ms"}, cses=[{**entry, **cse}])
        )
        return listener, make_coap_device(gateway.coap_port), gateway

    return make


def test_tinyiot_is_asked_by_get_also_in_release_5(make_cse):
    cse, device, _ = make_cse(profile="tinyiot")
    sent = device.request(coap.GET, "cse-in", rvi="5")
    device.tells(sent)
    request = cse.expect(method=coap.GET)
    assert (request.payload, request.path) == (b"", "cse-in")
    cse.answers(request, "2.05", 2000, {"m2m:cb": {}})
    device.takes_answer(sent, DEADLINE)


@pytest.mark.parametrize("profile", ["tinyiot", "mobius"])
def test_a_cse_that_knows_no_op_gets_the_method(make_cse, profile):
    cse, device, _ = make_cse(profile=profile)
    sent = device.request(coap.POST, "cse-in", query=["op=2", "rt=2"])
    device.tells(sent)
    assert "op" not in cse.expect(method=coap.GET).queries[0]


def test_a_create_of_tinyiot_is_one(registrar, device):
    """All but the target is in the payload, and so is what makes it one."""
    whole = {"pc": {"m2m:cin": {}}, "fr": "CAdmin", "rqi": "t1", "ty": 4}
    sent = device.request(coap.POST, "cse-in/c")
    sent.options = [(coap.URI_PATH, b"cse-in"), (coap.URI_PATH, b"c")]
    sent.options.append((coap.CONTENT_FORMAT, coap.uint(coap.JSON)))
    sent.payload = json.dumps({**whole, "rvi": "5"}).encode()
    device.tells(sent)
    request = registrar.expect_request(op=CREATE)
    assert (request["ty"], request["to"]) == (4, "cse-in/c")
    registrar.answers(request, 2001, {"m2m:cin": {"ri": "x"}})
    answer = device.takes_answer(sent, DEADLINE).expect(2001, "2.01")
    assert answer.number(coap.CONTENT_FORMAT) == coap.JSON
    assert answer.pc["pc"] == {"m2m:cin": {"ri": "x"}}


def test_a_payload_says_nothing_against_its_head(registrar, device):
    for whole in ({"op": 4}, {"to": "sandbox/c1"}, {"fr": "Cother"}):
        sent = device.request(
            coap.FETCH, "cse-in/c2", {"rcn": 1, "rvi": "3", **whole}
        )
        device.exchanges(sent).expect(4000, "4.00")
    registrar.expect_silence()


@pytest.mark.parametrize(
    "segment, to",
    [
        (b"/id-sandbox/sandbox/c1", "/id-sandbox/sandbox/c1"),
        (b"//sp.x/id-sandbox/c1", "//sp.x/id-sandbox/c1"),
        (b"sandbox/c1", "sandbox/c1"),
    ],
)
def test_a_target_of_tinyiot_keeps_its_scope(registrar, device, segment, to):
    device.tells(device.request(coap.GET, options=[(coap.URI_PATH, segment)]))
    assert registrar.expect_request(op=RETRIEVE)["to"] == to


def test_an_old_device_is_notified_in_its_numbers_whatever_came_since(
    registrar, make_coap_device, make_coap_listener
):
    old = make_coap_device(numbers=coap.LEGACY)
    listener = make_coap_listener()
    register(old, registrar, "Cold", poa=[listener.url])
    # What is refused does not count, nor what does not tell its numbers.
    other = make_coap_device()
    bad = other.request(coap.GET, "x", options=[(65001, b"")])
    other.exchanges(bad).expect(4000, "4.02")
    whole = {"fr": "Cold", "rqi": "t1", "rvi": "5"}
    sent = other.request(coap.FETCH, "cse-in", whole)
    sent.options = [(coap.URI_PATH, b"cse-in")]
    other.tells(sent)
    request = registrar.expect_request(op=RETRIEVE)
    registrar.answers(request, 2000, {"m2m:cb": {}})
    other.takes_answer(sent, DEADLINE).expect(2000)
    registrar.notifies("Cold", {"m2m:sgn": {}})
    assert listener.expect().get(coap.LEGACY["rqi"])


def test_a_primitive_is_fetched_in_as_many_blocks_as_it_takes(
    registrar, device
):
    pc = {"m2m:cnt": {"lbl": ["0123456789" * 90] * 10}}
    whole = {"fr": "CAdmin", "rqi": "t1", "rvi": "5"}
    sent = device.request(coap.FETCH, "cse-in", whole)
    sent.options = [(coap.URI_PATH, b"cse-in")]
    sent.options.append((coap.BLOCK2, coap.block(0, False, 0)))
    device.tells(sent)
    registrar.answers(registrar.expect_request(op=RETRIEVE), 2000, pc)
    answer = device.takes_answer(sent, DEADLINE)
    answer = device._fetches_blocks(sent, answer, DEADLINE)
    assert answer.expect(2000, "2.05").pc["pc"] == pc


def test_a_device_that_wants_small_blocks_gets_them(
    registrar, device, make_coap_listener
):
    listener = make_coap_listener(answers_by_itself=False)
    register(device, registrar, "Cdev", poa=[listener.url])
    content = {"m2m:sgn": {"x": "y" * 600}}
    rqi = registrar.notifies("Cdev", content)
    small = [(coap.BLOCK1, coap.block(0, False, 2))]
    listener.answers(listener.expect(), "4.13", rsc=None, options=small)
    body, more = b"", True
    while more:
        arrival = listener.expect(path="Cdev")
        number, more, size = coap.split(arrival, coap.BLOCK1)
        assert size == 2
        body += arrival.payload
        told = [(coap.BLOCK1, coap.block(number, more, size))]
        if more:
            listener.answers(arrival, "2.31", rsc=None, options=told)
        else:
            listener.answers(arrival, options=told)
    assert json.loads(body) == content
    registrar.expect_answer(rqi, rsc=2000)


def test_what_nobody_waits_for_is_not_repeated(
    registrar, start_gateway, make_coap_device, make_coap_listener
):
    gateway = start_gateway(
        settings(registrar, listen=COAP, timeouts={"request": "500ms"})
    )
    device = make_coap_device(gateway.coap_port)
    dead = make_coap_listener(answers_by_itself=False)
    slow = make_coap_listener(answers_by_itself=False)
    register(device, registrar, "Cdead", poa=[dead.url])
    register(device, registrar, "Cslow", poa=[slow.url])
    rqi = registrar.notifies("Cdead", {"m2m:sgn": {}})
    dead.expect()
    registrar.expect_answer(rqi, rsc=4008)
    rqi = registrar.notifies("Cslow", {"m2m:sgn": {}}, rqet="20000")
    for _ in range(3):  # the third comes after six seconds
        arrival = slow.expect()
    slow.answers(arrival)
    registrar.expect_answer(rqi, rsc=2000)
    assert not dead.heard.untaken()


def test_one_at_a_time_goes_where_nobody_has_answered(
    registrar, device, make_coap_listener
):
    listener = make_coap_listener(answers_by_itself=False)
    register(device, registrar, "Cdev", poa=[listener.url])
    rqis = [registrar.notifies("Cdev", {"m2m:sgn": {}}) for _ in range(3)]
    first = listener.expect()
    assert listener.expect().mid == first.mid
    listener.answers(first)
    for arrival in (listener.expect(), listener.expect()):
        listener.answers(arrival)
    for rqi in rqis:
        registrar.expect_answer(rqi, rsc=2000)


def bare_notification(device, path):
    """What tinyIoT sends: where it goes, and what."""
    message = device.request(coap.POST, "", {"m2m:sgn": {"sur": "x"}})
    message.options = [(coap.URI_PATH, path.encode())]
    return message


def registers_a_lamp(cse, device, poa):
    """Over CoAP, at a CSE that is asked by CoAP as well."""
    sent = device.request(
        coap.POST,
        "cse-in",
        ae(poa=[poa]),
        ty=2,
        origin="Clamp",
    )
    device.tells(sent)
    granted = {"m2m:ae": {"aei": "Clamp", "ri": "Clamp", "rn": "lamp"}}
    cse.answers(cse.expect(), "2.01", 2001, granted)
    device.takes_answer(sent, DEADLINE).expect(2001)


def test_a_notification_of_tinyiot_is_from_the_cse_at_its_address(
    make_cse, make_coap_listener
):
    cse, device, _ = make_cse(profile="tinyiot")
    lamp = make_coap_listener()
    registers_a_lamp(cse, device, lamp.url)
    sent = bare_notification(device, "Clamp")
    device.tells(sent)
    arrival = lamp.expect()
    assert arrival.get(coap.CURRENT["fr"]) == b"/id-in"
    assert arrival.rqi.startswith("id-gw/")
    assert arrival.get(coap.CURRENT["rvi"]) is None
    device.takes_answer(sent, DEADLINE).expect(2000, "2.04")


def test_a_notification_of_a_cse_reaches_a_device(
    make_cse, make_coap_listener, make_coap_device
):
    cse, device, gateway = make_cse()
    lamp = make_coap_listener()
    registers_a_lamp(cse, device, lamp.url)
    of_cse = make_coap_device(gateway.coap_port)
    sent = of_cse.request(
        coap.POST, "Clamp", {"m2m:sgn": {}}, origin="/id-in"
    )
    of_cse.tells(sent)
    assert lamp.expect().get(coap.CURRENT["fr"]) == b"/id-in"
    of_cse.takes_answer(sent).expect(2000, "2.04")


def test_a_notification_of_a_registered_tinyiot_is_from_it(registrar, device):
    sent = device.request(
        coap.POST, "cse-in", csr("/id-mn"), ty=16, origin="/id-mn"
    )
    sent = device.with_echo(sent)
    device.tells(sent)
    request = registrar.expect_request(op=CREATE, ty=16)
    granted = {"m2m:csr": {**request["pc"]["m2m:csr"], "ri": "mn", "rn": "mn"}}
    registrar.answers(request, 2001, granted)
    device.takes_answer(sent, DEADLINE).expect(2001)
    sent = bare_notification(device, "cse-in/lamp")
    device.tells(sent)
    request = registrar.expect_request(op=NOTIFY)
    assert (request["fr"], request["to"]) == ("/id-mn", "cse-in/lamp")
    assert "rvi" not in request
    registrar.answers(request)
    device.takes_answer(sent, DEADLINE).expect(2000, "2.04")


def test_a_notification_from_nobody_is_refused(
    registrar, make_cse, device, make_coap_device
):
    """There is no CSE at that address, or there are two."""
    sent = bare_notification(device, "cse-in")
    device.exchanges(sent).expect(4000, "4.00")
    cse, _, gateway = make_cse(profile="tinyiot")
    config = gateway.config
    config["cses"].append({**config["cses"][0], "id": "/id-two"})
    config["cses"][0]["default"] = True
    gateway.reload(config)
    stranger = make_coap_device(gateway.coap_port)
    stranger.exchanges(bare_notification(stranger, "Clamp")).expect(4000)


def test_a_request_is_asked_anew_at_the_path_it_had_before_a_reload(make_cse):
    """4.02 without RSC means the other numbers, and the path of the URL goes
    before that of the target once more."""
    cse, device, gateway = make_cse(path="/pre/fix")
    sent = device.request(coap.GET, "cse-in")
    device.tells(sent)
    first = cse.expect(path="pre/fix/cse-in")
    assert gateway.reload(gateway.config).name == "gateway/reloaded"
    cse.answers(first, "4.02", rsc=None)
    second = cse.expect(path="pre/fix/cse-in")
    assert second.get(coap.LEGACY["rqi"])
    cse.answers(second, "2.05", 2000, {"m2m:cb": {}})
    device.takes_answer(sent, DEADLINE)
