"""What one peer makes the gateway hold is bounded, and everybody else does not
notice: README of core, account.h."""

import pytest
from support import coap
from support.honeststory import *  # noqa: F403 - fixtures
from support.mqttstory import *  # noqa: F403 - fixtures
from support.raw import Raw
from support.registering import register_ae
from support.waiting import eventually
from support.wire import RETRIEVE, answer_to
from websockets.exceptions import InvalidStatus

SIZE = 16
SHARE = SIZE // 8
HALF = SIZE // 2
MANY = 3 * SIZE

FAR = {"rqet": "86400000"}


@pytest.fixture
def start(silent, broker, start_at_broker):
    """A gateway with room for so many requests; a request that names no end
    waits long."""

    def start(timeouts=None, **sections):
        return start_at_broker(
            mqtt_settings(
                broker,
                silent,
                coap=True,
                limits={"exchanges": SIZE},
                timeouts={"request": "1m", "drain": "0s", **(timeouts or {})},
                **sections,
            )
        )

    return start


# --- A peer of each binding that asks for much, with a deadline far away, and
# what it is told of all that is beyond its bound.


@pytest.fixture
def over_http(make_device):
    def asks(gateway):
        device = make_device(
            gateway, "Cgreedy", address="127.0.0.2", n_at_once=MANY
        )
        far = {"X-M2M-RET": FAR["rqet"]}
        asked = [device.asks("GET", "/x", headers=far) for _ in range(MANY)]

        def told():
            return [a.answer() for a in asked if a.is_answered]

        eventually(lambda: len(told()) == MANY - HALF, "refusals")
        for answer in told():
            answer.expect(5103, 503)
            assert answer.headers["Retry-After"] == "2"
            assert "limits.exchanges" in answer.pc["m2m:dbg"]

    return asks


@pytest.fixture
def over_ws(make_registree):
    def asks(gateway):
        registree = make_registree(gateway, "Cgreedy")
        rqis = [
            registree.asks(RETRIEVE, "/id-in/x", fr="Cgreedy", **FAR)
            for _ in range(MANY)
        ]
        for _ in range(MANY - HALF):
            refusal = registree.expect_message(
                lambda m: m.is_answer, "a refusal"
            )
            assert refusal["rsc"] == 5103 and refusal["rqi"] in rqis
            assert "limits.exchanges" in refusal["pc"]["m2m:dbg"]

    return asks


@pytest.fixture
def over_coap(ends):
    def asks(gateway):
        device = coap.Device(gateway.coap_port, address="127.0.0.2")
        ends.add(device.close)
        for _ in range(MANY):
            device.tells(device.request(coap.GET, "x"))
        for _ in range(MANY - HALF):
            refusal = device.heard.take(
                lambda m: m.code >= 64, "a refusal"
            )
            refusal.expect(5103, "5.03")
            assert refusal.number(coap.MAX_AGE) == 2

    return asks


@pytest.fixture
def over_mqtt(make_mqtt_device, broker):
    def asks(gateway):
        device = make_mqtt_device(broker, "Cgreedy")
        rqis = [device.asks(RETRIEVE, "x", **FAR) for _ in range(MANY)]
        for _ in range(MANY - HALF):
            refusal = device.expect_message(lambda m: "rsc" in m)
            assert refusal["rsc"] == 5103 and refusal["rqi"] in rqis

    return asks


@pytest.fixture(params=["http", "ws", "coap", "mqtt"])
def greedy(request):
    return request.getfixturevalue(f"over_{request.param}")


def of_greedy(silent):
    return [m for m in silent.heard_all if m.is_request and not is_honest(m)]


def test_who_asks_for_all_gets_half_and_others_are_served(
    start, silent, honest, greedy
):
    gateway = start()
    greedy(gateway)
    eventually(lambda: len(of_greedy(silent)) == HALF, "what was asked")
    line = gateway.wait_for("account/bound")
    assert line.level == "warn" and "limits.exchanges" in line.msg
    honest(gateway)
    assert len(gateway.logged("account/bound")) == 1


def test_a_cse_that_notifies_who_is_silent_has_no_more_either(
    start, silent, honest, make_device, make_listener
):
    gateway = start()
    listener = make_listener(answers_by_itself=False)
    register_ae(make_device(gateway), silent, "Cslow", poa=[listener.url])
    for _ in range(MANY):
        silent.notifies("Cslow", {"m2m:sgn": {}}, **FAR)
    for _ in range(MANY - HALF):
        silent.expect_message(
            lambda m: m.is_answer and m["rsc"] == 5103, "a refusal"
        )
    for _ in range(HALF):
        listener.expect()
    gateway.wait_for("account/bound", containing="/id-in has")
    honest(gateway)


def test_what_is_answered_may_be_asked_again(start, silent, honest, over_ws):
    gateway = start()
    over_ws(gateway)
    for request in of_greedy(silent):
        silent.answers(request, 2000)
    over_ws(gateway)
    assert len(of_greedy(silent)) == 2 * HALF


def test_an_asker_that_has_gone_gives_its_places_back(
    start, silent, make_registree
):
    """Soon after what it asked was sent, however far off its deadline is."""
    gateway = start(timeouts={"request": "1s"})
    for n in (1, 2):
        registree = make_registree(gateway, "Cgreedy")
        for _ in range(HALF):
            registree.asks(RETRIEVE, "/id-in/x", fr="Cgreedy", **FAR)
        for _ in range(HALF):
            silent.expect_request(to="/id-in/x")
        registree.closes()
        eventually(
            lambda: gateway.counts()["expired"] == n * HALF,
            "the end of what was asked",
        )


def test_nobody_waits_longer_than_the_longest(start, silent, make_device):
    gateway = start(timeouts={"request": "2s", "poll": "2s", "longest": "3s"})
    honest = make_device(gateway, "Chonest")
    eventually(
        lambda: honest.retrieves("/cse-in").rsc == 2000, "a link to the CSE"
    )
    answer = make_device(gateway, "Cgreedy").retrieves(
        "/x", headers={"X-M2M-RET": "20991231T000000"}
    )
    answer.expect(4008, 504)
    asked = silent.expect_request(fr="Cgreedy")
    assert asked["rqet"] == "20991231T000000"


def test_who_is_trusted_may_have_all(start, silent, make_device):
    gateway = start(listen={"http": {"trust": ["127.0.0.2"]}})
    device = make_device(
        gateway, "Cgreedy", address="127.0.0.2", n_at_once=MANY
    )
    for _ in range(SIZE):
        device.asks("GET", "/x")
    for _ in range(SIZE):
        silent.expect_request()
    device.retrieves("/x").expect(5103, 503)


def test_who_has_most_gives_one_up_for_who_has_none(
    start, silent, make_device, honest
):
    gateway = start(listen={"http": {"trust": ["127.0.0.2"]}})
    device = make_device(
        gateway, "Cgreedy", address="127.0.0.2", n_at_once=MANY
    )
    asked = [device.asks("GET", "/x") for _ in range(SIZE)]
    for _ in range(SIZE):
        silent.expect_request()
    honest(gateway)
    eventually(lambda: any(a.is_answered for a in asked), "a refusal")
    (given_up,) = [a for a in asked if a.is_answered]
    answer = given_up.answer().expect(5103, 503)
    assert "given up" in answer.pc["m2m:dbg"]


# --- Connections.


@pytest.fixture
def connects_over_http(ends):
    """Opens one from an address; whether it is served."""

    def connects(gateway, address):
        raw = Raw(gateway.http_port, source=address)
        ends.add(raw.close)
        raw.sends("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        return raw.answer() is not None

    return connects


@pytest.fixture
def connects_over_ws(make_registree):
    def connects(gateway, address):
        try:
            make_registree(gateway, address=address)
        except InvalidStatus as refused:
            assert refused.response.status_code == 503
            return False
        return True

    return connects


@pytest.mark.parametrize("listener", ["http", "ws"])
def test_who_opens_many_connections_has_half_and_others_get_in(
    request, start, listener
):
    connects = request.getfixturevalue(f"connects_over_{listener}")
    gateway = start(listen={listener: {"connections": SIZE}})
    got = [connects(gateway, "127.0.0.2") for _ in range(SIZE)]
    assert got == [True] * HALF + [False] * HALF
    line = gateway.wait_for("account/bound")
    assert f"connections (listen.{listener}.connections)" in line.msg
    for n in range(SHARE):
        assert connects(gateway, "127.0.0.9")
    assert not connects(gateway, "127.0.0.9")
    assert connects(gateway, "127.0.0.10")


@pytest.mark.parametrize("listener", ["http", "ws"])
def test_who_is_trusted_may_have_all_connections(request, start, listener):
    connects = request.getfixturevalue(f"connects_over_{listener}")
    trusting = {"connections": SIZE, "trust": ["127.0.0.2"]}
    gateway = start(listen={listener: trusting})
    got = [connects(gateway, "127.0.0.2") for _ in range(SIZE + 1)]
    assert got == [True] * SIZE + [False]
