"""A device that speaks CoAP lives with a CSE that speaks WebSocket: it creates,
retrieves, updates, deletes and discovers, in JSON and in CBOR, with numbers of
options old and new, and is notified (TS-0008)."""

import cbor2
import pytest
from support import coap
from support.coap_registering import register
from support.process import run_command
from support.wire import CREATE, DELETE, NOTIFY, RETRIEVE, UPDATE, answer_to


@pytest.fixture
def device(make_coap_device):
    return make_coap_device()


def test_each_operation_crosses(registrar, device):
    sent = device.request(
        coap.POST, "cse-in/ae/cnt", {"m2m:cin": {"con": "1"}}, ty=4
    )
    device.tells(sent)
    request = registrar.expect_request(op=CREATE)
    assert request["to"] == "cse-in/ae/cnt"
    assert request["ty"] == 4
    assert request["fr"] == "CAdmin"
    assert request["rvi"] == "3"
    assert request["pc"] == {"m2m:cin": {"con": "1"}}
    registrar.answers(request, 2001, {"m2m:cin": {"ri": "c1"}})
    answer = device.takes_answer(sent).expect(2001, "2.01")
    assert answer.pc == {"m2m:cin": {"ri": "c1"}}
    assert answer.rqi == sent.rqi
    assert answer.number(coap.CONTENT_FORMAT) == coap.JSON

    for method, op, rsc, status in (
        (coap.GET, RETRIEVE, 2000, "2.05"),
        (coap.DELETE, DELETE, 2002, "2.02"),
    ):
        sent = device.request(method, "cse-in/ae")
        device.tells(sent)
        registrar.answers(registrar.expect_request(op=op), rsc)
        device.takes_answer(sent).expect(rsc, status)

    sent = device.request(coap.PUT, "cse-in/ae", {"m2m:ae": {"lbl": []}})
    device.tells(sent)
    registrar.answers(registrar.expect_request(op=UPDATE), 2004)
    device.takes_answer(sent).expect(2004, "2.04")

    sent = device.request(coap.POST, "cse-in/ae", {"m2m:sgn": {}})
    device.tells(sent)
    registrar.answers(registrar.expect_request(op=NOTIFY), 2000)
    device.takes_answer(sent).expect(2000, "2.04")


@pytest.mark.parametrize(
    "path, to",
    [
        ("cse-in/ae", "cse-in/ae"),
        ("~/id-in/cse-in/ae", "/id-in/cse-in/ae"),
        ("_/sp.x/id-in/cse-in", "//sp.x/id-in/cse-in"),
    ],
)
def test_each_scope_of_address_crosses(registrar, device, path, to):
    sent = device.request(coap.GET, path)
    device.tells(sent)
    request = registrar.expect_request(op=RETRIEVE)
    assert request["to"] == to
    registrar.answers(request, 2000)
    device.takes_answer(sent).expect(2000)


def test_discovery_crosses_with_its_lists(registrar, device):
    fields = ["fu=1", "ty=3+4", "lbl=a+b%2Bc", "lim=5", "drt=2", "cr=Cx"]
    sent = device.request(coap.GET, "cse-in", query=fields)
    device.tells(sent)
    request = registrar.expect_request(op=RETRIEVE)
    assert request["fc"] == {
        "fu": 1,
        "ty": [3, 4],
        "lbl": ["a", "b+c"],
        "lim": 5,
        "atr": [{"nm": "cr", "val": "Cx"}],
    }
    assert request["drt"] == 2
    registrar.answers(request, 2000, {"m2m:uril": ["cse-in/a"]})
    assert device.takes_answer(sent).pc == {"m2m:uril": ["cse-in/a"]}


def test_a_query_in_one_option_is_read_too(registrar, device):
    """tinyIoT joins its fields, and puts a whole path into one option."""
    options = [
        (coap.URI_PATH, b"cse-in/ae/cnt"),
        (coap.URI_QUERY, b"fu=1&ty=3&rcn=6"),
    ]
    device.tells(device.request(coap.GET, options=options))
    request = registrar.expect_request(op=RETRIEVE)
    assert request["to"] == "cse-in/ae/cnt"
    assert request["fc"] == {"fu": 1, "ty": [3]}
    assert request["rcn"] == 6


def test_a_non_blocking_request_tells_its_operation(registrar, device):
    sent = device.request(
        coap.POST,
        "cse-in/ae",
        query=["op=2", "rt=2"],
        options=[(coap.MORE["nu"], b"coap://127.0.0.1:1/a&coap://b/c")],
    )
    device.tells(sent)
    request = registrar.expect_request(op=RETRIEVE)
    targets = ["coap://127.0.0.1:1/a", "coap://b/c"]
    assert request["rt"] == {"rtv": 2, "nu": targets}
    registrar.answers(request, 1002, {"m2m:uri": "/id-in/cse-in/req1"})
    answer = device.takes_answer(sent).expect(1002, "2.01")
    path = [v.decode() for v in answer.all(coap.LOCATION_PATH)]
    assert path == ["~", "id-in", "cse-in", "req1"]


def test_without_a_request_resource_nothing_is_created(registrar, device):
    sent = device.request(coap.POST, "cse-in/ae", query=["op=4", "rt=2"])
    device.tells(sent)
    registrar.answers(registrar.expect_request(op=DELETE), 1002)
    device.takes_answer(sent).expect(1002, "2.04")


def test_one_who_wants_no_answer_gets_the_ack(registrar, device):
    sent = device.request(coap.GET, "cse-in", query=["rt=5"])
    device.tells(sent)
    request = registrar.expect_request(op=RETRIEVE)
    device.takes_ack(sent)
    registrar.answers(request, 2000)
    registrar.fence()
    assert not device.heard.untaken()


def test_one_attribute_and_several_are_retrieved(registrar, device):
    device.tells(device.request(coap.GET, "cse-in", query=["atrl=lbl"]))
    assert registrar.expect_request(op=RETRIEVE)["to"] == "cse-in#lbl"
    device.tells(device.request(coap.GET, "cse-in", query=["atrl=lbl+et"]))
    request = registrar.expect_request(op=RETRIEVE)
    assert request["pc"] == {"m2m:atrl": ["lbl", "et"]}


def test_every_option_of_onem2m_crosses(registrar, device):
    more = [
        (259, b"20261125T030000"),
        (291, b"20991231T235959"),
        (295, b"20991231T235958"),
        (299, b"20991126T000000"),
        (303, b"\x04"),
        (311, b"g1"),
        (331, b"vendor"),
        (335, b"a+b"),
        (339, b"s1+s2"),
        (343, b"o1"),
        (347, b"p1"),
        (351, b"u1"),
    ]
    device.tells(device.request(coap.GET, "cse-in", options=more))
    request = registrar.expect_request(op=RETRIEVE)
    wanted = {
        "ot": "20261125T030000",
        "rqet": "20991231T235959",
        "rset": "20991231T235958",
        "oet": "20991126T000000",
        "ec": 4,
        "gid": "g1",
        "vsi": "vendor",
        "grtm": ["a", "b"],
        "aus": ["s1", "s2"],
        "omr": ["o1"],
        "prpi": "p1",
        "msu": "u1",
    }
    assert {k: request[k] for k in wanted} == wanted


def test_cbor_crosses_each_way(registrar, device):
    content = {"m2m:cin": {"con": "21", "n": 9007199254740993}}
    sent = device.request(
        coap.POST, "cse-in/c", cbor2.dumps(content), ty=4, format=coap.CBOR
    )
    device.tells(sent)
    request = registrar.expect_request(op=CREATE)
    assert request["pc"] == content
    registrar.answers(request, 2001, content)
    answer = device.takes_answer(sent).expect(2001)
    assert answer.number(coap.CONTENT_FORMAT) == coap.CBOR
    assert cbor2.loads(answer.payload) == content

    sent = device.request(coap.GET, "cse-in/c", accept=coap.CBOR)
    device.tells(sent)
    registrar.answers(registrar.expect_request(op=RETRIEVE), 2000, content)
    assert cbor2.loads(device.takes_answer(sent).payload) == content


@pytest.mark.parametrize("number", [50, 10001, 10003, 10015])
def test_each_name_of_json_is_known(registrar, device, number):
    body = {"m2m:cin": {"con": "1"}}
    device.tells(device.request(coap.POST, "c", body, ty=4, format=number))
    assert registrar.expect_request(op=CREATE)["pc"] == body


def test_what_cannot_be_had_is_refused(device):
    device.sends(coap.GET, "cse-in", accept=41).expect(5207, "4.06")
    device.sends(coap.GET, "cse-in", accept=0).expect(5207, "4.06")
    device.sends(coap.POST, "c", b"x", ty=4, format=0).expect(4015, "4.15")
    device.sends(coap.POST, "c", b"{", ty=4).expect(4000, "4.00")
    device.sends(coap.POST, "c", b"[]", ty=4).expect(4000, "4.00")
    device.sends(coap.GET, "cse-in", origin=None).expect(4000, "4.00")
    device.sends(coap.GET).expect(4000, "4.00")
    device.sends(6, "cse-in").expect(4005, "4.05")


@pytest.mark.parametrize("numbers", [coap.CURRENT, coap.LEGACY])
def test_a_device_is_answered_in_its_own_numbers(
    registrar, make_coap_device, numbers
):
    device = make_coap_device(numbers=numbers)
    sent = device.request(coap.GET, "cse-in")
    device.tells(sent)
    registrar.answers(registrar.expect_request(op=RETRIEVE), 2000)
    answer = device.takes_answer(sent)
    assert answer.number(numbers["rsc"]) == 2000
    assert answer.get(numbers["rqi"]) == sent.rqi.encode()


def test_numbers_in_digits_are_read(registrar, make_coap_device):
    device = make_coap_device(numbers=coap.LEGACY)
    for text, ty in ((b"4", 4), (b"23", 23), (b"10002", 10002)):
        body = {"m2m:x": {}}
        options = [(267, text)]
        device.tells(device.request(coap.POST, "c", body, options=options))
        assert registrar.expect_request(op=CREATE)["ty"] == ty


@pytest.mark.parametrize("numbers", [coap.CURRENT, coap.LEGACY])
def test_a_device_is_notified_in_its_own_numbers(
    registrar, make_coap_device, make_coap_listener, numbers
):
    device = make_coap_device(numbers=numbers)
    listener = make_coap_listener(numbers=numbers)
    register(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {"n": 1}})
    arrival = listener.expect(path="Cdev", method=coap.POST)
    assert arrival.type == coap.CON
    assert arrival.pc == {"m2m:sgn": {"n": 1}}
    assert arrival.get(numbers["fr"]) == b"/id-in"
    assert arrival.get(numbers["rqi"])
    registrar.expect_answer(rqi, rsc=2000)


def test_a_listener_of_old_numbers_is_found_out(
    registrar, device, make_coap_listener
):
    listener = make_coap_listener(answers_by_itself=False, numbers=coap.LEGACY)
    register(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    first = listener.expect()
    assert first.get(coap.CURRENT["rqi"])
    listener.answers(first, "4.02", rsc=None)
    second = listener.expect()
    assert second.get(coap.LEGACY["rqi"]) and not second.get(279)
    listener.answers(second)
    registrar.expect_answer(rqi, rsc=2000)
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    third = listener.expect()
    assert third.get(coap.LEGACY["rqi"])
    listener.answers(third)
    registrar.expect_answer(rqi, rsc=2000)


@pytest.mark.parametrize("kind", ["json", "cbor"])
def test_a_primitive_in_the_payload_is_read(registrar, device, kind):
    """Release 5: FETCH, as tinyIoT writes it (TS-0008 6.6)."""
    primitive = {
        "fr": "Cdev",
        "rqi": "r5",
        "rvi": "5",
        "fc": {"ty": [3], "fu": 1},
        "drt": 1,
    }
    write = {"json": coap.json.dumps, "cbor": cbor2.dumps}[kind]
    payload = write(primitive)
    payload = payload if isinstance(payload, bytes) else payload.encode()
    number = {"json": 10007, "cbor": 10012}[kind]
    sent = coap.Message(
        coap.CON,
        coap.FETCH,
        device.mid(),
        b"tk",
        [(coap.URI_PATH, b"cse-in"), (coap.CONTENT_FORMAT, coap.uint(number))],
        payload,
    )
    device.tells(sent)
    request = registrar.expect_request(op=RETRIEVE)
    assert request["to"] == "cse-in"
    assert request["fc"] == {"ty": [3], "fu": 1}
    assert request["rvi"] == "5"
    registrar.answers(request, 2000, {"m2m:uril": ["a"]})
    answer = device.takes_answer(sent).expect(2000, "2.05")
    read = {"json": coap.json.loads, "cbor": cbor2.loads}[kind]
    whole = read(answer.payload)
    assert whole["rqi"] == "r5"
    assert whole["rsc"] == 2000
    assert whole["pc"] == {"m2m:uril": ["a"]}
    assert answer.number(coap.CONTENT_FORMAT) == {"json": 10009, "cbor": 10013}[kind]


def test_the_command_line_sends_over_coap(registrar, coap_gateway):
    body = {"m2m:cnt": {"lbl": ["x" * 3000]}}
    registrar.plays(lambda r: answer_to(r, 2000, {**body, "to": r["to"]}))
    url = f"coap://127.0.0.1:{coap_gateway.coap_port}/~/id-in/cse-in"
    code, out, error = run_command("send", url)
    assert code == 0, error
    assert "2000" in out
    assert "x" * 3000 in out
    assert "/id-in/cse-in" in out
