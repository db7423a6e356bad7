"""A device's framing and headers are taken strictly: what two readers could
understand differently is refused, the connection is closed, and nothing of it
reaches the CSE (story 6; RFC 9112, RFC 9110)."""

import pytest
from support.raw import Raw, request, serves
from support.settings import settings

EVIL = b"GET /evil HTTP/1.1\r\nHost: x\r\nX-M2M-RI: e\r\nX-M2M-Origin: C\r\n\r\n"
BODY = b'{"m2m:cnt":{}}'


@pytest.fixture
def gateway(registrar, start_gateway):
    """One that does not wait long for the rest of a request line."""
    return start_gateway(
        settings(registrar, listen={"http": {"idle-timeout": "3s"}})
    )


def post(*headers, body=b""):
    """A POST whose framing is up to its headers."""
    kind = "Content-Type: application/json;ty=3"
    return request("POST", headers=(kind, *headers)) + body


def get(*headers, path="/cse-in", version="HTTP/1.1"):
    return request(path=path, headers=headers, version=version)


def lines(*all_lines, end=b"\r\n"):
    """Lines put together by hand."""
    good = [b"X-M2M-Origin: CAdmin", b"X-M2M-RI: 1", b"X-M2M-RVI: 3"]
    return end.join([*all_lines, *good]) + end + end


# name: (bytes, statuses that are right)
REFUSED = {
    "both lengths": (
        post(
            f"Content-Length: {len(BODY)}",
            "Transfer-Encoding: chunked",
            body=b"0\r\n\r\n" + EVIL,
        ),
        {400},
    ),
    "two different lengths": (
        post("Content-Length: 0", f"Content-Length: {len(EVIL)}", body=EVIL),
        {400},
    ),
    "two equal lengths": (
        post(*[f"Content-Length: {len(BODY)}"] * 2, body=BODY),
        {400},
    ),
    "a blank before the colon": (
        post(f"Content-Length : {len(EVIL)}", body=EVIL),
        {400},
    ),
    "a length with a sign": (post("Content-Length: +14", body=BODY), {400}),
    "a negative length": (post("Content-Length: -1", body=BODY), {400}),
    "a hexadecimal length": (post("Content-Length: 0xe", body=BODY), {400}),
    "a list of lengths": (post("Content-Length: 14, 14", body=BODY), {400}),
    "an empty length": (post("Content-Length:", body=BODY), {400}),
    "a length beyond 64 bits": (
        post("Content-Length: 99999999999999999999999"),
        {400, 413},
    ),
    "an unknown coding": (
        post("Transfer-Encoding: xchunked", body=EVIL),
        {501},
    ),
    "two codings": (
        post("Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
        {501},
    ),
    "chunked twice": (
        post(*["Transfer-Encoding: chunked"] * 2, body=b"0\r\n\r\n"),
        {400},
    ),
    "chunked in HTTP/1.0": (
        post("Transfer-Encoding: chunked", body=b"0\r\n\r\n").replace(
            b"HTTP/1.1", b"HTTP/1.0"
        ),
        {400},
    ),
    "a blank behind chunked": (
        post("Transfer-Encoding: chunked ", body=b"0\r\n\r\n"),
        {400},
    ),
    "a tab behind chunked": (
        post("Transfer-Encoding: chunked\t", body=b"0\r\n\r\n"),
        {400},
    ),
    "a blank behind a length": (
        post(f"Content-Length: {len(BODY)} ", body=BODY),
        {400},
    ),
    "a tab behind a length": (
        post(f"Content-Length: {len(BODY)}\t", body=BODY),
        {400},
    ),
    "a blank behind an expectation": (
        post(f"Content-Length: {len(BODY)}", "Expect: 100-continue "),
        {400},
    ),
    "a chunk size that is none": (
        post("Transfer-Encoding: chunked", body=b"zz\r\nabc\r\n0\r\n\r\n"),
        {400},
    ),
    "a chunk size beyond 64 bits": (
        post("Transfer-Encoding: chunked", body=b"f" * 17 + b"\r\nabc\r\n"),
        {400, 413},
    ),
    "a chunk with a sign": (
        post("Transfer-Encoding: chunked", body=b"-1\r\nabc\r\n0\r\n\r\n"),
        {400},
    ),
    "a chunk that ends elsewhere": (
        post("Transfer-Encoding: chunked", body=b"3\r\nabcdef\r\n0\r\n\r\n"),
        {400},
    ),
    "bare line feeds": (
        lines(b"GET /cse-in HTTP/1.1", b"Host: x", end=b"\n"),
        {400},
    ),
    "a bare carriage return": (get("X-M2M-VSI: a\rb"), {400}),
    "a folded header": (
        lines(b"GET /cse-in HTTP/1.1", b"Host: x", b"X-M2M-VSI: a\r\n b"),
        {400},
    ),
    "a folded name": (
        lines(b"GET /cse-in HTTP/1.1", b"Host: x", b"X-M2M-: CX\r\n Origin"),
        {400},
    ),
    "a folded first header": (
        lines(b"GET /cse-in HTTP/1.1", b" X-Y: z", b"Host: x"),
        {400},
    ),
    "a NUL": (get("X-M2M-VSI: a\0b"), {400}),
    "another control": (get("X-M2M-VSI: a\x01b"), {400}),
    "no Host": (lines(b"GET /cse-in HTTP/1.1"), {400}),
    "two Hosts": (get("Host: other"), {400}),
    "an escaped NUL in the path": (get(path="/cse-in%00/x"), {400}),
    "an escaped line end in the path": (get(path="/cse-in%0d%0aX:y"), {400}),
    "an escape that is none": (get(path="/cse-in/%zz"), {400}),
    "another authority": (get(path="http://other.example/cse-in"), {400, 421}),
    "headers of 20 kB": (get("X-Long: " + "a" * 20000), {431}),
    "a path of 20 kB": (get(path="/" + "a" * 20000), {414, 431}),
    "a name that is no token": (get("X Y: z"), {400}),
    "an empty name": (get(": z"), {400}),
    "no colon": (get("X-M2M-VSI"), {400}),
    "two originators": (get("X-M2M-Origin: CEvil"), {400}),
    "two request ids": (get("X-M2M-RI: other"), {400}),
    "two releases": (get("X-M2M-RVI: 4"), {400}),
    "a version that is none": (get(version="HTTP/1.2x"), {400, 505}),
    "a later version": (get(version="HTTP/2.0"), {400, 505}),
    "no version": (b"GET /cse-in\r\n\r\n", {400, 505}),
    "an unknown method": (request("BREW"), {400, 405, 501}),
    "a method in small letters": (request("get"), {400, 405, 501}),
    "another protocol": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", {400}),
}

# What is wrong with these is no matter of framing.
MAY_STAY_OPEN = {
    "an escaped NUL in the path",
    "an escaped line end in the path",
    "an escape that is none",
    "an unknown method",
    "a method in small letters",
}


@pytest.fixture
def echo(registrar):
    """A CSE that answers with the target."""
    registrar.echoes()
    return registrar


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused(echo, gateway, name):
    data, right = REFUSED[name]
    with Raw(gateway.http_port) as raw:
        raw.sends(data)
        answer = raw.answer()
    serves(gateway)
    heard = [m["to"] for m in echo.requests_heard()]
    assert heard == ["good"], "the CSE heard of it"
    # Where there was no request to answer, a connection that is closed without
    # a word is a clear refusal as well.
    if answer or name != "another protocol":
        assert answer and answer.status in right, str(answer)


@pytest.mark.parametrize("name", sorted(set(REFUSED) - MAY_STAY_OPEN))
def test_closes_the_connection(echo, gateway, name):
    data, _ = REFUSED[name]
    with Raw(gateway.http_port) as raw:
        raw.sends(data)
        raw.sends(EVIL)
        answers = raw.answers_until_closed()
    assert len(answers) <= 1
    assert not echo.requests_heard(to="evil")


CHUNKED = b'5\r\n{"m2m\r\n9;x=y\r\n:cnt":{}}\r\n0\r\nX-Trailer: z\r\n\r\n'
ACCEPTED = {
    "a plain request": get(),
    "a chunked body": post("Transfer-Encoding: chunked", body=CHUNKED),
    "another case of chunked": post("transfer-encoding: Chunked", body=CHUNKED),
    "a length": post(f"Content-Length: {len(BODY)}", body=BODY),
    "names in small letters": get("x-m2m-vsi: v"),
    "blanks before a length": post(
        f"Content-Length: \t {len(BODY)}", body=BODY
    ),
    "blanks before a coding": post(
        "Transfer-Encoding: \t chunked", body=CHUNKED
    ),
    "blanks around a value": get("X-M2M-VSI: \t v \t "),
    "an empty value": get("X-Empty:"),
    "an empty line before": b"\r\n" + get(),
    "its own absolute form": get(path="http://127.0.0.1/cse-in"),
    "high bytes in an unknown header": get("X-Name: \xe4\xf6"),
    "a path of 4 KiB": get(path="/" + "a" * 4096),
    "a header of 4 KiB": get("X-Long: " + "a" * 4096),
    "16 headers of 256 bytes": get(
        *[f"X-N{n:02}: ".ljust(254, "a") for n in range(16)]
    ),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_is_accepted(echo, gateway, name):
    with Raw(gateway.http_port) as raw:
        raw.sends(ACCEPTED[name])
        assert raw.answer().status in (200, 201)
        raw.sends(get(path="/again"))
        assert raw.answer().body == b'{"to": "again"}'


def test_pipelined_requests_are_answered_in_order(echo, gateway):
    with Raw(gateway.http_port) as raw:
        raw.sends(b"".join(get(path=f"/n{n}") for n in range(20)))
        bodies = [raw.answer().body for _ in range(20)]
    assert bodies == [b'{"to": "n%d"}' % n for n in range(20)]


def test_a_request_may_come_byte_by_byte(echo, gateway):
    with Raw(gateway.http_port) as raw:
        for byte in request("POST", body=BODY, ty=3):
            raw.sends(bytes([byte]))
        assert raw.answer().status == 201


def test_a_device_that_says_no_more_is_still_answered(echo, gateway):
    """It closed its half of the connection and waits for our answer."""
    with Raw(gateway.http_port) as raw:
        raw.sends(get())
        raw.half_closes()
        answers = raw.answers_until_closed()
    assert [a.status for a in answers] == [200]


def test_a_device_that_says_no_more_need_not_wait_for_a_timeout(
    registrar, start_gateway
):
    """What it is shown last is the end of the connection."""
    registrar.echoes()
    http = {"header-timeout": "10m", "idle-timeout": "10m"}
    gateway = start_gateway(settings(registrar, listen={"http": http}))
    with Raw(gateway.http_port) as raw:
        raw.sends(get() + get())
        raw.half_closes()
        answers = raw.answers_until_closed()
    assert [a.status for a in answers] == [200, 200]


def test_a_device_that_waits_for_continue_is_told(echo, gateway):
    text = post(f"Content-Length: {len(BODY)}", "Expect: 100-continue")
    with Raw(gateway.http_port) as raw:
        raw.sends(text)
        assert raw.answer().status == 100
        raw.sends(BODY)
        assert raw.answer().status == 201


def test_http_1_0_is_answered_and_closed(echo, gateway):
    with Raw(gateway.http_port) as raw:
        raw.sends(get(version="HTTP/1.0"))
        answers = raw.answers_until_closed()
    assert [a.status for a in answers] == [200]


def test_a_connection_is_closed_when_asked(echo, gateway):
    with Raw(gateway.http_port) as raw:
        raw.sends(get("Connection: close"))
        answers = raw.answers_until_closed()
    assert [a.status for a in answers] == [200]


def test_an_answer_says_all_it_must(echo, gateway):
    with Raw(gateway.http_port) as raw:
        raw.sends(request(rqi="r 1"))
        answer = raw.answer()
    assert answer.headers["x-m2m-ri"] == "r 1"
    assert answer.headers["x-m2m-rsc"] == "2000"
    assert answer.headers["x-m2m-rvi"] == "3"
    assert answer.headers["content-length"] == str(len(answer.body))


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"{",
        b"[]",
        b'{"a":1,"a":2}',
        b'{"a":01}',
        b'{"a":"\xff"}',
        b'{"a":"\\u0000"}',
        b'{"a":1} {}',
        b'\xef\xbb\xbf',
        b"[" * 33 + b"]" * 33,
        b"[" * 200000,
    ],
)
def test_a_body_that_is_not_well_formed_is_refused(echo, gateway, body):
    with Raw(gateway.http_port) as raw:
        raw.sends(request("POST", body=body, ty=3))
        answer = raw.answer()
    assert answer.status == 400
    assert answer.headers["x-m2m-rsc"] == "4000"
    assert not echo.requests_heard()


@pytest.mark.parametrize(
    "left_out, rsc", [("X-M2M-RI", "4000"), ("X-M2M-Origin", "4000")]
)
def test_a_request_without_a_mandatory_header_is_refused(
    echo, gateway, left_out, rsc
):
    text = b"\r\n".join(
        line
        for line in get().split(b"\r\n")
        if not line.startswith(left_out.encode())
    )
    with Raw(gateway.http_port) as raw:
        raw.sends(text)
        answer = raw.answer()
    assert answer.headers["x-m2m-rsc"] == rsc
    assert not echo.requests_heard()
