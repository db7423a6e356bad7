"""The scripted peers do what stories expect of them, without any gateway."""

import pytest
import websockets.exceptions

from support.device import Device, Listener
from support.process import Line
from support.raw import Raw, request
from support.registrar import PlayedCse, Registrar
from support.registree import Registree
from support.waiting import Mailbox, Missed
from support.wire import RETRIEVE, member_text


@pytest.fixture
def ends_of(ends):
    """A registrar and a client that is connected to it."""
    registrar = Registrar()
    ends.add(registrar.ends)
    client = Registree(registrar.url, "CAdmin")
    ends.add(client.closes)
    registrar.expect_connection("CAdmin")
    return registrar, client


def test_a_request_and_its_answer_cross(ends_of):
    registrar, client = ends_of
    rqi = client.asks(RETRIEVE, "cse-in", fr="CAdmin")
    request_ = registrar.expect_request(op=RETRIEVE, to="cse-in")
    registrar.answers(request_, 2000, {"m2m:cb": {}})
    assert client.expect_answer(rqi, rsc=2000)["pc"] == {"m2m:cb": {}}


def test_both_sides_see_the_end_of_a_connection(ends_of):
    registrar, client = ends_of
    wire = registrar.wire
    client.closes(1001)
    assert wire.expect_closed() == 1001


def test_a_registrar_that_dies_and_starts_keeps_its_port(ends_of):
    registrar, client = ends_of
    registrar.dies()
    assert client.expect_closed() == 1006
    registrar.starts()
    again = Registree(registrar.url, "CAdmin")
    assert registrar.expect_connection("CAdmin").is_open
    again.closes()


def test_a_refused_handshake_tells_its_status(ends):
    registrar = Registrar()
    ends.add(registrar.ends)
    registrar.refuses(503)
    with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
        Registree(registrar.url)
    assert refused.value.response.status_code == 503


def test_one_message_in_many_frames_is_one_message(ends_of):
    registrar, client = ends_of
    registrar.says(list('{"op":2,"to":"x","rqi":"1","rvi":"3"}'))
    assert client.expect_request(to="x")["rqi"] == "1"


def test_a_played_cse_grants_a_registration_once(ends_of):
    registrar, client = ends_of
    registrar.plays(PlayedCse())
    content = {"m2m:ae": {"api": "N.x"}}
    first = client.asks(1, "cse-in", content, ty=2, fr="CAdmin")
    assert client.expect_answer(first)["rsc"] == 2001
    second = client.asks(1, "cse-in", content, ty=2, fr="CAdmin")
    assert client.expect_answer(second)["rsc"] == 4117


def test_a_device_and_a_listener_understand_each_other(ends):
    listener = Listener(answers_by_itself=False)
    ends.add(listener.close)
    pending = Device(listener.url).asks("POST", "/C1", {"m2m:sgn": {}})
    arrival = listener.expect(method="POST", path="/C1")
    assert arrival.pc == {"m2m:sgn": {}}
    assert not pending.is_answered
    arrival.replies(5203, status=403)
    assert pending.answer().expect(5203, 403).rqi == pending.rqi


def test_a_raw_connection_reads_answers_one_by_one(ends):
    listener = Listener()
    ends.add(listener.close)
    with Raw(listener.port) as raw:
        raw.sends(request(rqi="a") + request(rqi="b"))
        assert raw.answer().headers["x-m2m-ri"] == "a"
        assert raw.answer().headers["x-m2m-ri"] == "b"


@pytest.mark.parametrize(
    "raw",
    [
        '{"ts":"2026-11-23T10:00:00.123Z","level":"info","topic":"http",'
        '"event":"listening","msg":"HTTP on 127.0.0.1:8080"}',
        "2026-11-23T10:00:00.123Z info  http listening: "
        "HTTP on 127.0.0.1:8080",
    ],
)
def test_both_forms_of_the_log_are_read(raw):
    line = Line(raw)
    assert (line.level, line.name) == ("info", "http/listening")
    assert line.msg == "HTTP on 127.0.0.1:8080"


def test_a_member_is_found_byte_for_byte():
    raw = '{"a":"pc", "pc" : {"x":1.00,"y":"\\u0041"} ,"z":[]}'
    assert member_text(raw, "pc") == '{"x":1.00,"y":"\\u0041"}'
    assert member_text(raw, "z") == "[]"
    assert member_text(raw, "none") is None


def test_what_does_not_come_is_told_with_what_came():
    box = Mailbox("the box")
    box.put("something else")
    with pytest.raises(Missed, match="something else"):
        box.take(lambda item: item == "this", "this", within=0.01)
