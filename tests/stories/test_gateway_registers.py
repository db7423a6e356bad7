"""With register: true the gateway is a CSE to its registrar: it registers, is
looked after, answers for its own CSEBase, and registers again when its
registration is gone (TS-0001 10.2.2.7)."""

import pytest
from support.registrar import PlayedCse
from support.settings import settings
from support.waiting import eventually
from support.wire import CREATE, RETRIEVE, answer_to

QUICK = {"retry-min": "20ms", "retry-max": "200ms"}


@pytest.fixture
def cse(played_cse):
    return played_cse


@pytest.fixture
def start(registrar, start_gateway):
    def start(**cse):
        config = settings(
            registrar,
            cse={"register": True, **cse},
            timeouts=QUICK,
            node={"sp-id": "//sp.example"},
        )
        return start_gateway(config)

    return start


def test_it_registers_at_once(registrar, cse, start):
    gateway = start()
    gateway.wait_for("registration/registered")
    heard = registrar.requests_heard(op=CREATE, ty=16)
    assert len(heard) == 1
    assert heard[0]["fr"] == "/id-gw"
    assert heard[0]["to"] == "cse-in" or heard[0]["to"].startswith("/id-in")
    given = heard[0]["pc"]["m2m:csr"]
    assert given["csi"] == "/id-gw"
    assert given["cb"] == "/id-gw/gw"
    assert given["rr"] is True
    assert given["srv"]
    assert registrar.wire.origin() == "/id-gw"


@pytest.mark.parametrize("to", ["/id-gw/gw", "/id-gw/-", "/id-gw"])
def test_it_answers_for_its_csebase(registrar, cse, start, to):
    start().wait_for("registration/registered")
    rqi = registrar.asks(RETRIEVE, to, fr="/id-in")
    answer = registrar.expect_answer(rqi, rsc=2000)
    csebase = answer["pc"]["m2m:cb"]
    assert csebase["csi"] == "/id-gw"
    assert csebase["rn"] == "gw"
    assert csebase["ty"] == 5
    assert csebase["srv"]


def test_it_answers_an_absolute_question_too(registrar, cse, start):
    start().wait_for("registration/registered")
    rqi = registrar.asks(RETRIEVE, "//sp.example/id-gw/gw", fr="/id-in")
    registrar.expect_answer(rqi, rsc=2000)


@pytest.mark.parametrize(
    "op, to, rsc",
    [
        (RETRIEVE, "/id-gw/gw/nothing", 4004),
        (CREATE, "/id-gw/gw", 4005),
        (3, "/id-gw/gw", 4005),
        (4, "/id-gw/gw", 4005),
    ],
)
def test_it_is_no_cse_to_work_with(registrar, cse, start, op, to, rsc):
    start().wait_for("registration/registered")
    more = {"ty": 3, "pc": {"m2m:cnt": {}}} if op == CREATE else {}
    rqi = registrar.asks(op, to, fr="/id-in", **more)
    assert registrar.expect_answer(rqi)["rsc"] == rsc


def test_it_registers_again_when_its_registration_is_gone(
    registrar, cse, start
):
    gateway = start(check="100ms")
    gateway.wait_for("registration/registered")
    cse.csr = None
    gateway.wait_for("registration/gone")
    gateway.wait_for("registration/registered")
    assert cse.csr["csi"] == "/id-gw"


def test_it_looks_after_its_registration_when_the_link_returns(
    registrar, cse, start
):
    gateway = start(check="1h")
    gateway.wait_for("registration/registered")
    cse.csr = None
    registrar.dies()
    registrar.starts()
    gateway.wait_for("registration/registered")
    assert cse.n_created == 2


def test_an_old_registration_of_ours_is_no_obstacle(registrar, cse, start):
    first = start()
    first.wait_for("registration/registered")
    first.kill()
    start().wait_for("registration/registered")
    assert cse.csr["csi"] == "/id-gw"


def test_it_goes_on_trying_when_it_is_refused(registrar, start):
    """It tells so once, and again when the reason is another."""
    registrar.plays(lambda m: answer_to(m, 4107, {"m2m:dbg": "not yet"}))
    gateway = start()
    line = gateway.wait_for("registration/refused")
    assert "4107" in line.msg and "not yet" in line.msg
    eventually(
        lambda: len(registrar.requests_heard(op=CREATE)) >= 4, "it goes on"
    )
    registrar.plays(lambda m: answer_to(m, 4103, {"m2m:dbg": "not you"}))
    line = gateway.wait_for("registration/refused")
    assert "4103" in line.msg and "not you" in line.msg
    registrar.plays(PlayedCse())
    gateway.wait_for("registration/registered")


# tinyIoT has csi twice in what it answers.

TWICE = '{"m2m:csr":{"csi":"/id-gw","rn":"id-gw","csi":"/id-gw"}}'


def test_a_member_that_stands_twice_in_the_answer_does_not_matter(
    registrar, start
):
    def tiny(m):
        rsc = 2001 if m["op"] == CREATE else 2000
        if not registrar.requests_heard(op=CREATE):
            return answer_to(m, 4004)
        return f'{{"rsc":{rsc},"rqi":"{m["rqi"]}","pc":{TWICE}}}'

    registrar.plays(tiny)
    gateway = start(check="100ms")
    gateway.wait_for("registration/registered")
    eventually(
        lambda: len(registrar.requests_heard(op=RETRIEVE)) >= 4,
        "it is looked at",
    )
    assert len(registrar.requests_heard(op=CREATE)) == 1
    assert gateway.counts()["lost-contents"] >= 3


def test_nor_does_it_over_http(make_listener, start_gateway):
    cse = make_listener(answers_by_itself=False)
    config = settings(timeouts=QUICK)
    config["cses"] = [
        {
            "id": "/id-in",
            "name": "cse-in",
            "url": cse.url,
            "register": True,
            "check": "100ms",
        }
    ]
    gateway = start_gateway(config)
    twice = TWICE.encode()
    cse.expect(method="GET").replies(4004, 404)
    cse.expect(method="POST").replies(2001, 201, twice)
    gateway.wait_for("registration/registered")
    for _ in range(3):
        cse.expect(method="GET").replies(2000, 200, twice)
    assert not cse.arrivals.untaken()


def test_it_starts_before_its_cse_does(registrar, start):
    registrar.dies()
    gateway = start()
    registrar.plays(PlayedCse())
    registrar.starts()
    gateway.wait_for("registration/registered")


def test_it_does_not_register_unless_told(registrar, start_gateway, make_device):
    device = make_device(start_gateway(settings(registrar)))
    pending = device.asks("GET", "/cse-in")
    registrar.answers(registrar.expect_request(op=RETRIEVE))
    pending.answer().expect(2000)
    registrar.fence()
    registrar.expect_silence()
