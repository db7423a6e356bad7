"""A device that knows only HTTP lives with the real ACME CSE, which is reached
over WebSocket only (stories 1 and 7)."""

import collections

import pytest
from support.raw import Raw
from support.registering import POLICY, watch
from support.wire import CREATE, RETRIEVE

N_BURST = 200


def opened(device, name):
    """A container that every device may write into."""
    device.creates(f"/cse-in/{name}", 1, POLICY).expect(2001, 201)
    container = {"m2m:cnt": {"rn": "c", "acpi": [f"cse-in/{name}/all"]}}
    device.creates(f"/cse-in/{name}", 3, container).expect(2001, 201)
    return f"/cse-in/{name}/c"


def watched(device, container):
    """The device is notified of every new instance there."""
    content = watch(device.originator)
    device.creates(container, 23, content).expect(2001, 201)


def put(device, container, content):
    instance = {"m2m:cin": {"con": content}}
    return device.asks("POST", container, instance, ty=4)


def instances_in(device, container):
    """How often each content is there.  ACME counts too few in cni when they
    come fast (seen)."""
    answer = device.retrieves(container + "?rcn=4").expect(2000)
    instances = answer.pc["m2m:cnt"]["m2m:cin"]
    return collections.Counter(i["con"] for i in instances)


def test_a_device_is_granted_an_id_and_sees_its_own_poa(registered, listener):
    device = registered("thermo", listener)
    assert device.originator.startswith("C")
    assert device.originator != "C"
    seen = device.retrieves("/cse-in/thermo").expect(2000, 200)
    assert seen.pc["m2m:ae"]["poa"] == [listener.url]


def test_another_devices_instance_makes_acme_notify(registered, listener):
    device = registered("lamp", listener)
    other = registered("switch")
    container = opened(device, "lamp")
    watched(device, container)
    listener.arrivals.drain()

    put(other, container, "on").answer().expect(2001, 201)

    arrival = listener.expect(method="POST", path=f"/{device.originator}")
    assert arrival.headers["X-M2M-Origin"] == "/id-in"
    event = arrival.pc["m2m:sgn"]["nev"]
    assert event["rep"]["m2m:cin"]["con"] == "on"


def test_a_verification_request_is_answered(
    gateway, registered, make_listener
):
    listener = make_listener(answers_by_itself=False)
    target = registered("target", listener)
    device = registered("source")
    container = opened(device, "source")
    subscription = {"m2m:sub": {"rn": "s", "nu": [target.originator]}}
    pending = device.asks("POST", container, subscription, ty=23)
    arrival = listener.expect(method="POST")
    assert arrival.pc["m2m:sgn"]["vrq"] is True
    arrival.replies(2000)
    pending.answer().expect(2001, 201)
    gateway.stop()
    assert not gateway.logged("exchange/unmatched")


def test_resources_are_worked_with(registered):
    device = registered("worker")
    container = opened(device, "worker")
    for value in ("one", "two", "three"):
        put(device, container, value).answer().expect(2001, 201)
    newest = device.retrieves(container + "/la").expect(2000, 200)
    assert newest.pc["m2m:cin"]["con"] == "three"
    oldest = device.retrieves(container + "/ol").expect(2000, 200)
    assert oldest.pc["m2m:cin"]["con"] == "one"
    content = {"m2m:cnt": {"lbl": ["a", "b"]}}
    device.updates(container, content).expect(2004, 200)
    seen = device.retrieves("/~/id-in" + container).expect(2000, 200)
    assert seen.pc["m2m:cnt"]["lbl"] == ["a", "b"]
    device.deletes(container).expect(2002, 200)
    device.retrieves(container).expect(4004, 404)


def test_discovery_with_filters(registered):
    device = registered("finder")
    container = opened(device, "finder")
    put(device, container, "x").answer().expect(2001)
    device.updates(container, {"m2m:cnt": {"lbl": ["blue"]}}).expect(2004)

    def found(query):
        answer = device.retrieves(f"/cse-in/finder?fu=1&{query}")
        return answer.expect(2000, 200).pc["m2m:uril"]

    assert [n.split("/")[-1] for n in found("lbl=blue")] == ["c"]
    assert len(found("ty=4")) == 1
    assert len(found("ty=3+4")) == 2
    assert len(found("ty=3+4&rn=c")) == 1, "an attribute filter"


def test_what_a_device_does_wrong_is_told_to_it(registered, make_device):
    device = registered("wrong")
    device.retrieves("/cse-in/nothing").expect(4004, 404)
    again = {"m2m:ae": {"rn": "wrong", "api": "N.x", "rr": True, "srv": ["3"]}}
    answer = device.creates("/cse-in", 2, again, origin="C")
    assert (answer.rsc, answer.status) in ((4105, 409), (4117, 403))
    bad = {"m2m:cnt": {"nonsense": 1}}
    assert device.creates("/cse-in/wrong", 3, bad).status == 400
    answer = device.retrieves("/cse-in/wrong", origin="Cstranger")
    assert answer.status == 403


def test_a_non_blocking_request_leaves_a_result(registered, gateway):
    device = registered("later")
    ticket = device.retrieves("/cse-in/later?rt=1").expect(1001, 202)
    uri = ticket.pc["m2m:uri"]
    path = "/" + uri if not uri.startswith("/") else "/~" + uri
    result = device.retrieves(path).expect(2000, 200)
    assert "m2m:req" in result.pc


def test_a_polling_channel_delivers(registered):
    device = registered("poller", rr=False)
    other = registered("writer")
    channel = {"m2m:pch": {"rn": "pch"}}
    device.creates("/cse-in/poller", 15, channel).expect(2001, 201)
    container = opened(device, "poller")
    watched(device, container)
    poll = device.asks("GET", "/cse-in/poller/pch/pcu")
    put(other, container, "news").answer().expect(2001)
    delivered = poll.answer().expect(2000, 200).pc["m2m:rqp"]
    event = delivered["pc"]["m2m:sgn"]["nev"]
    assert event["rep"]["m2m:cin"]["con"] == "news"
    reply = {"m2m:rsp": {"rsc": 2000, "rqi": delivered["rqi"], "rvi": "3"}}
    reply["m2m:rsp"].update({"to": delivered["fr"], "fr": device.originator})
    device.sends("POST", "/cse-in/poller/pch/pcu", reply).expect(2000, 200)


@pytest.mark.parametrize(
    "content", ["\u00e4\u20ac\U0001f600\U0010fffd", '"\\/\b\t', "9" * 10000]
)
def test_content_comes_back_as_it_went(registered, content):
    device = registered("echo")
    container = opened(device, "echo")
    put(device, container, content).answer().expect(2001)
    newest = device.retrieves(container + "/la").expect(2000)
    assert newest.pc["m2m:cin"]["con"] == content


def test_a_burst_loses_and_doubles_nothing(registered, gateway):
    """ACME loses and doubles what comes too close together."""
    device = registered("burst")
    container = opened(device, "burst")
    limit = {"m2m:cnt": {"mni": 2 * N_BURST}}
    device.updates(container, limit).expect(2004)
    waiting = [put(device, container, f"n{n}") for n in range(N_BURST)]
    for pending in waiting:
        answer = pending.answer(within=60).expect(2001, 201)
        assert answer.rqi == pending.rqi
    times = instances_in(device, container)
    assert times == {f"n{n}": 1 for n in range(N_BURST)}


def test_a_burst_of_notifications_reaches_the_device(registered, listener):
    device = registered("hearer", listener)
    writer = registered("talker")
    container = opened(device, "hearer")
    watched(device, container)
    listener.arrivals.drain()
    waiting = [put(writer, container, f"n{n}") for n in range(40)]
    for pending in waiting:
        pending.answer(within=60).expect(2001, 201)
    heard = set()
    while len(heard) < 40:
        event = listener.expect().pc["m2m:sgn"]["nev"]
        heard.add(event["rep"]["m2m:cin"]["con"])
    assert heard == {f"n{n}" for n in range(40)}


def test_many_devices_at_once(registered):
    devices = [registered(f"d{n}") for n in range(20)]
    containers = [opened(d, f"d{n}") for n, d in enumerate(devices)]
    waiting = [
        put(device, container, f"{n}")
        for device, container in zip(devices, containers)
        for n in range(5)
    ]
    for pending in waiting:
        pending.answer(within=60).expect(2001, 201)
    for device, container in zip(devices, containers):
        times = instances_in(device, container)
        assert times == {f"{n}": 1 for n in range(5)}


def test_a_registree_over_websocket_lives_with_acme(
    registered, gateway, make_registree
):
    registree = make_registree(gateway)
    content = {"m2m:ae": {"rn": "ws", "api": "N.x", "rr": True, "srv": ["4"]}}
    rqi = registree.asks(CREATE, "cse-in", content, ty=2, fr="C")
    granted = registree.expect_answer(rqi, rsc=2001)
    aei = granted["pc"]["m2m:ae"]["aei"]
    device = registered("other")
    container = opened(device, "other")
    subscription = {"m2m:sub": {"rn": "s", "nu": [aei], "enc": {"net": [3]}}}
    pending = device.asks("POST", container, subscription, ty=23)
    registree.answers(registree.expect_request(op=5), 2000)
    pending.answer().expect(2001, 201)
    written = put(device, container, "hello")
    question = registree.expect_request(op=5, to=aei)
    registree.answers(question, 2000)
    written.answer().expect(2001)
    event = question["pc"]["m2m:sgn"]["nev"]
    assert event["rep"]["m2m:cin"]["con"] == "hello"
    rqi = registree.asks(RETRIEVE, "cse-in/ws", fr=aei)
    registree.expect_answer(rqi, rsc=2000)


def test_a_connection_may_be_kept_for_many_requests(gateway, registered):
    device = registered("keeper")
    text = (
        "GET /cse-in/keeper HTTP/1.1\r\nHost: x\r\nX-M2M-RVI: 3\r\n"
        f"X-M2M-Origin: {device.originator}\r\nX-M2M-RI: k\r\n\r\n"
    )
    with Raw(gateway.http_port) as raw:
        raw.sends(text * 10)
        for _ in range(10):
            assert raw.answer().status == 200
