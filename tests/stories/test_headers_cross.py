"""Every header crosses in both directions, in requests and in answers, and what
was not sent stays absent (story 2; TS-0009 6.4)."""

import pytest
from support.registering import register_ae, register_cse
from support.wire import CREATE, NOTIFY, RETRIEVE, answer_to

LATER = "20991231T235959"
REQUEST = {
    "X-M2M-OT": ("ot", "20260101T000000", "20260101T000000"),
    "X-M2M-RET": ("rqet", LATER, LATER),
    "X-M2M-RST": ("rset", LATER, LATER),
    "X-M2M-OET": ("oet", LATER, LATER),
    "X-M2M-EC": ("ec", "2", 2),
    "X-M2M-GID": ("gid", "group-1", "group-1"),
    "X-M2M-VSI": ("vsi", "vendor: a=1; b", "vendor: a=1; b"),
    "X-M2M-AS": ("aus", "s1+s2", ["s1", "s2"]),
    "Authorization": ("tkns", "a.b.c+d.e.f", ["a.b.c", "d.e.f"]),
}
ANSWER = {
    "X-M2M-OT": ("ot", "20260101T000000", "20260101T000000"),
    "X-M2M-RST": ("rset", LATER, LATER),
    "X-M2M-EC": ("ec", "3", 3),
    "X-M2M-VSI": ("vsi", "v/1", "v/1"),
    "X-M2M-CTS": ("cnst", "1", 1),
    "X-M2M-CTO": ("cnot", "17", 17),
    "X-M2M-ASRI": ("asri", "true", True),
    "X-M2M-ATI": (
        "ati",
        "l1:t1+l2:t2",
        {"ltia": [{"lti": "l1", "tkid": "t1"}, {"lti": "l2", "tkid": "t2"}]},
    ),
}


def plain(text):
    """Header text without the blanks that a list may have."""
    return text.replace(" + ", "+")


@pytest.fixture
def asked(registrar, device):
    """The request that reaches the CSE for these headers."""

    def ask(headers, path="/cse-in"):
        pending = device.asks("GET", path, headers=headers)
        request = registrar.expect_request(op=RETRIEVE)
        registrar.answers(request, 2000, {"m2m:cb": {}})
        pending.answer().expect(2000)
        return request

    return ask


@pytest.mark.parametrize("header", REQUEST)
def test_a_request_header_becomes_a_parameter(asked, header):
    name, text, value = REQUEST[header]
    request = asked({header: text})
    assert request[name] == value
    assert type(request[name]) is type(value)


def test_all_request_headers_cross_together(asked):
    request = asked({h: text for h, (_, text, _) in REQUEST.items()})
    for name, _, value in REQUEST.values():
        assert request[name] == value


@pytest.mark.parametrize("alias, name", [("RQET", "rqet"), ("RSET", "rset")])
def test_an_old_header_name_is_understood(asked, alias, name):
    assert asked({f"X-M2M-{alias}": LATER})[name] == LATER


def test_the_request_is_what_was_asked_and_no_more(asked):
    request = asked({})
    assert set(request.json) == {"op", "to", "fr", "rqi", "rvi"}
    assert request["rvi"] == "3"
    assert request["fr"] == "CAdmin"


def test_an_unknown_header_does_no_harm(asked):
    assert "xyz" not in str(asked({"X-M2M-NM": "xyz", "X-Other": "xyz"}))


def test_an_empty_header_is_an_absent_one(asked):
    empty = {header: "" for header in REQUEST}
    request = asked({**empty, "X-M2M-RVI": "", "Accept": ""})
    assert set(request.json) == {"op", "to", "fr", "rqi"}


def test_an_empty_list_of_targets_stays_one(asked):
    assert asked({"X-M2M-RTU": ""})["rt"] == {"nu": []}


def test_a_release_one_device_sends_no_rvi(asked):
    assert "rvi" not in asked({"X-M2M-RVI": None})


def test_content_type_carries_the_resource_type(registrar, device):
    pending = device.asks("POST", "/cse-in", {"m2m:cnt": {}}, ty=3)
    request = registrar.expect_request(op=CREATE, ty=3)
    assert request["pc"] == {"m2m:cnt": {}}
    registrar.answers(request, 2001, {"m2m:cnt": {"rn": "x"}})
    pending.answer().expect(2001, 201)
    pending = device.asks("POST", "/cse-in", {"m2m:sgn": {}})
    request = registrar.expect_request(op=NOTIFY)
    assert "ty" not in request
    registrar.answers(request, 2000)
    answer = pending.answer().expect(2000, 200)
    assert answer.content == b""


@pytest.mark.parametrize(
    "media",
    [
        "application/json",
        "application/json; charset=utf-8",
        "application/vnd.onem2m-res+json",
        "application/vnd.onem2m-ntfy+json",
    ],
)
def test_json_has_several_names(registrar, device, media):
    registrar.plays(lambda m: answer_to(m, 2004))
    device.updates(
        "/cse-in", {"m2m:cb": {}}, headers={"Content-Type": media}
    ).expect(2004, 200)


@pytest.mark.parametrize("media", ["text/plain", "application/xml", "x"])
def test_an_unknown_media_type_is_refused(device, media):
    device.updates(
        "/cse-in", {"m2m:cb": {}}, headers={"Content-Type": media}
    ).expect(4015, 415)


def test_an_answer_in_a_refused_form_is_not_given(registrar, device):
    registrar.plays(lambda m: answer_to(m, 2000, {"m2m:cb": {}}))
    device.retrieves("/cse-in", headers={"Accept": "image/png"}).expect(
        5207, 406
    )


@pytest.mark.parametrize("header", ANSWER)
def test_a_parameter_of_the_answer_becomes_a_header(
    registrar, device, header
):
    name, text, value = ANSWER[header]
    registrar.plays(lambda m: answer_to(m, 2000, {"a": 1}, **{name: value}))
    answer = device.retrieves("/cse-in").expect(2000, 200)
    assert plain(answer.headers[header]) == text


def test_an_answer_has_its_own_headers(registrar, device):
    registrar.plays(
        lambda m: answer_to(m, 2000, {"a": 1}, fr="/id-in", to="CAdmin")
    )
    answer = device.retrieves("/cse-in", rqi="my-own-id").expect(2000)
    assert answer.rqi == "my-own-id"
    assert answer.headers["X-M2M-RVI"] == "3"
    assert answer.headers["X-M2M-Origin"] == "/id-in"
    assert answer.headers["Content-Type"].startswith("application/json")


def test_a_created_address_is_told(registrar, device):
    registrar.plays(lambda m: answer_to(m, 2001, {"m2m:uri": "cse-in/x"}))
    answer = device.creates("/cse-in?rcn=2", 3, {"m2m:cnt": {}})
    assert answer.expect(2001).headers["Content-Location"] == "cse-in/x"
    rce = {"m2m:rce": {"uri": "cse-in/y", "m2m:cnt": {}}}
    registrar.plays(lambda m: answer_to(m, 2001, rce))
    answer = device.creates("/cse-in?rcn=3", 3, {"m2m:cnt": {}})
    assert answer.expect(2001).headers["Content-Location"] == "cse-in/y"
    registrar.plays(lambda m: answer_to(m, 2001, {"m2m:cnt": {}}))
    answer = device.creates("/cse-in", 3, {"m2m:cnt": {}}).expect(2001)
    assert "Content-Location" not in answer.headers


def test_token_request_information_is_the_body(registrar, device):
    tqf = {"trpi": {"asi": "x"}}
    registrar.plays(lambda m: answer_to(m, 4103, tqf=tqf))
    body = device.retrieves("/cse-in").expect(4103, 403).pc
    assert body == tqf or list(body.values()) == [tqf]


def test_what_would_break_a_header_is_not_let_in(registrar, device):
    registrar.plays(
        lambda m: answer_to(m, 2000, {"a": 1}, vsi="x\r\nX-Evil: 1")
    )
    answer = device.retrieves("/cse-in")
    assert "X-Evil" not in answer.headers


def test_request_parameters_become_headers_toward_a_device(
    registrar, device, listener
):
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    members = {name: value for name, _, value in REQUEST.values()}
    registrar.notifies("Cdev", {"m2m:sgn": {}}, **members)
    arrival = listener.expect(method="POST")
    for header, (_, text, _) in REQUEST.items():
        assert plain(arrival.headers[header]) == text
    assert arrival.headers["X-M2M-Origin"] == "/id-in"
    assert arrival.headers["X-M2M-RVI"] == "3"
    assert arrival.headers["Content-Type"].startswith("application/json")


def test_headers_of_a_devices_answer_become_parameters(
    registrar, device, make_listener
):
    listener = make_listener(answers_by_itself=False)
    register_cse(device, registrar, "/id-mn", poa=[listener.url])
    rqi = registrar.asks(RETRIEVE, "/id-mn/mn", fr="/id-in")
    headers = {header: text for header, (_, text, _) in ANSWER.items()}
    listener.expect().replies(2000, 200, {"m2m:cb": {}}, headers)
    answer = registrar.expect_answer(rqi, rsc=2000)
    for name, _, value in ANSWER.values():
        assert answer[name] == value
    assert answer["pc"] == {"m2m:cb": {}}


def test_an_empty_header_of_a_devices_answer_is_an_absent_one(
    registrar, device, make_listener
):
    listener = make_listener(answers_by_itself=False)
    register_cse(device, registrar, "/id-mn", poa=[listener.url])
    rqi = registrar.asks(RETRIEVE, "/id-mn/mn", fr="/id-in")
    headers = {header: "" for header in [*ANSWER, "X-M2M-RI"]}
    listener.expect().replies(2000, 200, {"m2m:cb": {}}, headers)
    answer = registrar.expect_answer(rqi, rsc=2000)
    assert not {name for name, _, _ in ANSWER.values()} & set(answer.json)
    assert answer["pc"] == {"m2m:cb": {}}
