"""Every field of the query string crosses with its JSON type, and every filter
of the CSE becomes a query (story 2; TS-0009 table 6.2.2.2-1)."""

import urllib.parse

import pytest
from support.registering import register_cse
from support.settings import settings
from support.wire import RETRIEVE, answer_to

FILTERS = {
    "crb": "20260101T000000",
    "cra": "20260102T000000",
    "ms": "20260103T000000",
    "us": "20260104T000000",
    "exb": "20260105T000000",
    "exa": "20260106T000000",
    "sts": 1,
    "stb": 2,
    "sza": 3,
    "szb": 4,
    "lim": 5,
    "lvl": 6,
    "ofst": 7,
    "fu": 1,
    "fo": 2,
    "cfs": 8,
    "cfq": "some content",
    "lbq": "warm AND dry",
    "arp": "cse-in/app",
    "lbl": ["a", "b c", "d+e"],
    "cty": ["application/json:1", "text/plain:0"],
    "smf": ["SELECT ?x WHERE { ?x a <http://x/y#z> }"],
    "clbl": ["child"],
    "palb": ["parent", "other"],
    "ty": [2, 3, 4],
    "chty": [3],
    "pty": [2, 5],
    "atr": [{"nm": "cr", "val": "Sam"}, {"nm": "rn", "val": "x y"}],
    "catr": [{"nm": "cnf", "val": "text/plain:0"}],
    "patr": [{"nm": "api", "val": "N.x"}],
}
OTHERS = {
    "rcn": 4,
    "drt": 2,
    "da": True,
    "tqi": False,
    "asi": True,
    "auri": False,
    "sqi": True,
    "rids": ["r1", "r2"],
    "tids": ["t1", "t2"],
    "ltids": ["l1"],
    "rp": "P1Y2M",
}
PREFIX_OF = {"atr": "", "catr": "c.", "patr": "p."}


def quoted(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    return urllib.parse.quote(str(value), safe="")


def fields_of(name, value):
    """The query fields of one filter, as (name, text) pairs."""
    if name in PREFIX_OF:
        return [
            (PREFIX_OF[name] + one["nm"], quoted(one["val"])) for one in value
        ]
    values = value if isinstance(value, list) else [value]
    return [(name, "+".join(quoted(one) for one in values))]


def query_of(fields):
    pairs = [pair for item in fields.items() for pair in fields_of(*item)]
    return "&".join(f"{name}={text}" for name, text in pairs)


@pytest.fixture
def received(registrar, device):
    """What the CSE receives for a GET with this query."""

    def receive(query):
        pending = device.asks("GET", "/cse-in?" + query)
        request = registrar.expect_request(op=RETRIEVE)
        registrar.says(answer_to(request, 2000, {"m2m:uril": []}))
        pending.answer().expect(2000, 200)
        return request

    return receive


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_crosses_with_its_type(received, name):
    fc = received(query_of({name: FILTERS[name]}))["fc"]
    assert fc == {name: FILTERS[name]}
    assert type(fc[name]) is type(FILTERS[name])


def test_all_filters_cross_together(received):
    request = received(query_of(FILTERS))
    assert request["fc"] == FILTERS
    assert "ty" not in request


@pytest.mark.parametrize("name", OTHERS)
def test_a_parameter_crosses_with_its_type(received, name):
    request = received(query_of({name: OTHERS[name]}))
    assert request[name] == OTHERS[name]
    assert type(request[name]) is type(OTHERS[name])
    assert "fc" not in request


@pytest.mark.parametrize(
    "text, value", [("1", True), ("0", False), ("true", True), ("false", False)]
)
def test_a_boolean_may_be_written_in_two_ways(received, text, value):
    assert received("da=" + text)["da"] is value


def test_a_repeated_field_is_a_list(received):
    request = received("ty=2&ty=3&lbl=a&lbl=b+c")
    assert request["fc"] == {"ty": [2, 3], "lbl": ["a", "b", "c"]}


def test_nothing_is_added_where_nothing_was_asked(received):
    request = received("")
    for name in ("fc", "rcn", "drt", "rt", "da", "pc", "ty", "rqet", "ec"):
        assert name not in request


@pytest.mark.parametrize(
    "query", ["lim=x", "ty=cnt+3", "da=maybe", "rcn=1.5", "drt=", "lim=-x"]
)
def test_a_value_of_the_wrong_type_is_refused(device, registrar, query):
    device.retrieves("/cse-in?" + query).expect(4000, 400)
    assert not registrar.requests_heard(op=RETRIEVE)


def test_an_escape_that_is_none_is_taken_as_it_stands(received):
    assert received("lbl=%zz")["fc"] == {"lbl": ["%zz"]}


def test_all_filters_become_a_query_toward_an_http_cse(
    registrar, device, listener
):
    register_cse(device, registrar, "/id-mn", poa=[listener.url])
    registrar.asks(RETRIEVE, "/id-mn/mn", fc=FILTERS, fr="/id-in", **OTHERS)
    path, _, query = listener.expect(method="GET").path.partition("?")
    assert path == "/~/id-mn/mn"
    got = {}
    for pair in query.split("&"):
        name, _, text = pair.partition("=")
        assert name not in got, f"{name} is repeated"
        got[name] = [urllib.parse.unquote(one) for one in text.split("+")]
    wanted = {}
    for item in {**FILTERS, **OTHERS}.items():
        for name, text in fields_of(*item):
            wanted[name] = [urllib.parse.unquote(t) for t in text.split("+")]
    assert got == wanted


def test_flat_attribute_filters_become_a_query(registrar, device, listener):
    register_cse(device, registrar, "/id-mn", poa=[listener.url])
    registrar.asks(
        RETRIEVE, "/id-mn/mn", fc={"fu": 1, "cr": "Sam"}, fr="/id-in"
    )
    _, _, query = listener.expect(method="GET").path.partition("?")
    assert sorted(query.split("&")) == ["cr=Sam", "fu=1"]


SPARQL = "SELECT ?x\r\n\tWHERE { ?x a <http://x/y#z> }"


def test_a_query_of_several_lines_crosses(registrar, device, listener):
    register_cse(device, registrar, "/id-mn", poa=[listener.url])
    text = urllib.parse.quote(SPARQL, safe="")
    pending = device.asks("GET", f"/cse-in?fu=1&smf={text}")
    request = registrar.expect_request(op=RETRIEVE)
    assert request["fc"]["smf"] == [SPARQL]
    registrar.answers(request, 2000)
    pending.answer().expect(2000)
    fc = {"fu": 1, "smf": [SPARQL]}
    rqi = registrar.asks(RETRIEVE, "/id-mn/mn", fr="/id-in", fc=fc)
    arrival = listener.expect(method="GET")
    query = urllib.parse.urlsplit(arrival.path).query
    assert urllib.parse.parse_qs(query)["smf"] == [SPARQL]
    registrar.expect_answer(rqi, rsc=2000)


def test_acme_gets_a_semantic_filter_as_a_text(
    registrar, start_gateway, make_device
):
    device = make_device(
        start_gateway(settings(registrar, cse={"profile": "acme"}))
    )
    text = urllib.parse.quote(SPARQL, safe="")
    pending = device.asks("GET", f"/cse-in?fu=1&smf={text}")
    request = registrar.expect_request(op=RETRIEVE)
    assert request["fc"] == {"fu": 1, "smf": SPARQL}
    registrar.answers(request, 2000)
    pending.answer().expect(2000)
