"""Who asks much waits for himself: each asker has its turn on the link to a CSE,
and a client with much in flight is not read for a while."""

import itertools

import pytest
from support import coap
from support.mqttstory import *  # noqa: F403 - fixtures
from support.scripted_broker import PUBLISH
from support.settings import settings
from support.waiting import eventually
from support.wire import CREATE, RETRIEVE, answer_to

MANY = 300
AT_ONCE = 60  # connections of one address
IN_FLIGHT = 64  # of one WebSocket client that is read
LARGE = "x" * 65536

# Requests of others that may be sent while an honest one waits: one of each
# that waits as well, and the one that the window let go before.
FEW = 3


@pytest.fixture
def start(registrar, broker, start_at_broker):
    """A gateway that asks the CSE one thing at a time."""

    def start(**sections):
        config = mqtt_settings(
            broker, registrar, cse={"window": 1}, **sections
        )
        return start_at_broker(config)

    return start


# --- Askers of each binding: start one, and get what asks once.  That returns
# what waits for the answer and expects 2000.


@pytest.fixture
def over_http(make_device):
    def asker(gateway, name, address, n_at_once=1):
        device = make_device(
            gateway, name, address=address, n_at_once=n_at_once
        )

        def asks(to):
            pending = device.asks("GET", f"/id-in/{to}")
            return lambda: pending.answer().expect(2000)

        return asks

    return asker


@pytest.fixture
def over_ws(make_registree):
    def asker(gateway, name, address, n_at_once=1):
        registree = make_registree(gateway, name, address=address)

        def asks(to):
            rqi = registree.asks(RETRIEVE, f"/id-in/{to}", fr=name)
            return lambda: registree.expect_answer(rqi, rsc=2000)

        asks.party = registree
        return asks

    return asker


@pytest.fixture
def over_mqtt(make_mqtt_device, broker):
    def asker(gateway, name, address, n_at_once=1):
        device = make_mqtt_device(broker, name)

        def asks(to):
            rqi = device.asks(RETRIEVE, f"/id-in/{to}")
            return lambda: device.expect_answer(rqi, rsc=2000)

        return asks

    return asker


def asker_of(request):
    return request.getfixturevalue(f"over_{request.param}")


@pytest.fixture(params=["http", "ws", "mqtt"])
def greedy(request):
    return asker_of(request)


@pytest.fixture(params=["http", "ws", "mqtt"])
def honest(request):
    return asker_of(request)


def is_greedy(message):
    return "/greedy" in message["to"] or message["to"].startswith("greedy")


def n_read(gateway):
    return gateway.counts()["requests"]


def test_an_honest_client_waits_for_a_few_of_a_greedy_one(
    start, registrar, greedy, honest
):
    gateway = start()
    many = greedy(gateway, "Cgreedy", "127.0.0.2", AT_ONCE)
    one = honest(gateway, "Chonest", "127.0.0.3")
    got = [many(f"greedy{k}") for k in range(MANY)]
    held = registrar.expect_request()
    eventually(lambda: n_read(gateway) >= AT_ONCE, "what waits for the link")
    for k in range(5):
        n_before = n_read(gateway)
        mine = one(f"honest{k}")
        eventually(lambda n=n_before: n_read(gateway) > n, "the honest one")
        for n in itertools.count():
            assert n <= FEW
            registrar.answers(held)
            held = registrar.expect_request()
            if not is_greedy(held):
                break
        registrar.answers(held)
        mine()
        held = registrar.expect_request()
    registrar.plays(answer_to)
    registrar.answers(held)
    for expect_answer in got:
        expect_answer()
    assert len(gateway.logged("ws/link-up")) == 1
    assert gateway.counts()["refused"] == 0


def test_a_client_with_much_in_flight_is_not_read(start, registrar, over_ws):
    gateway = start()
    many = over_ws(gateway, "Cgreedy", "127.0.0.2")
    got = [many(f"greedy{k}") for k in range(MANY)]
    held = registrar.expect_request()
    eventually(lambda: n_read(gateway) >= IN_FLIGHT, "what is read")
    # What came with the last of these was read with it.
    for _ in range(10):
        assert n_read(gateway) < 2 * IN_FLIGHT
    registrar.plays(answer_to)
    registrar.answers(held)
    for expect_answer in got:
        expect_answer()


def test_the_order_of_one_client_is_kept(start, registrar, over_ws):
    gateway = start()
    many = over_ws(gateway, "Cgreedy", "127.0.0.2")
    others = over_ws(gateway, "Cother", "127.0.0.2")
    registrar.plays(answer_to)
    got = [f(f"{f is many}{k}") for k in range(100) for f in (many, others)]
    for expect_answer in got:
        expect_answer()
    for who in (True, False):
        told = [m["to"].split("/")[-1] for m in registrar.requests_heard()]
        assert [t for t in told if t.startswith(str(who))] == [
            f"{who}{k}" for k in range(100)
        ]


def test_who_does_not_read_its_answers_is_asked_for_no_more(
    start, registrar, over_ws, honest
):
    gateway = start()
    many = over_ws(gateway, "Cgreedy", "127.0.0.2")
    one = honest(gateway, "Chonest", "127.0.0.3")
    registrar.plays(
        lambda m: answer_to(m, 2000, {"l": LARGE if is_greedy(m) else ""})
    )
    many.party.wire.stops_reading()
    got = [many(f"greedy{k}") for k in range(MANY)]
    for k in range(50):
        one(f"honest{k}")()
    assert n_read(gateway) < MANY
    many.party.wire.reads_again()
    for expect_answer in got:
        expect_answer()
    assert len(gateway.logged("ws/link-up")) == 1
    assert gateway.counts()["refused"] == 0


BODY = {"m2m:cin": {"con": "x" * 10000}}


def is_served_beside(gateway, registrar, make_device):
    """An honest request gets a place in the queue that is full, and its turn."""
    held = registrar.expect_request()
    n_before = n_read(gateway)
    device = make_device(gateway, "Chonest", address="127.0.0.3")
    pending = device.asks("POST", "/id-in/honest", BODY, ty=4)
    eventually(lambda: n_read(gateway) > n_before, "the honest one")
    registrar.plays(answer_to)
    registrar.answers(held)
    pending.answer().expect(2000)
    assert len(gateway.logged("ws/link-up")) == 1


def test_who_fills_the_queue_makes_room_for_others(
    start, registrar, over_ws, make_device
):
    gateway = start(
        limits={"content": "64KiB", "queue": "256KiB"},
        listen={"ws": {"trust": ["127.0.0.2"]}},
    )
    greedy = over_ws(gateway, "Cgreedy", "127.0.0.2").party
    for _ in range(MANY):
        greedy.asks(CREATE, "/id-in/greedy", BODY, fr="Cgreedy", ty=4)
    eventually(lambda: n_read(gateway) >= MANY, "what waits for the link")
    greedy.expect_message(
        lambda m: m.is_answer and m["rsc"] == 5103, "a refusal"
    )
    is_served_beside(gateway, registrar, make_device)


def test_who_fills_it_with_many_connections_does_as_well(
    start, registrar, make_device
):
    gateway = start(limits={"content": "16KiB", "queue": "64KiB"})
    greedy = make_device(
        gateway, "Cgreedy", address="127.0.0.2", n_at_once=AT_ONCE
    )
    asked = [
        greedy.asks("POST", "/id-in/greedy", BODY, ty=4)
        for _ in range(AT_ONCE)
    ]
    eventually(lambda: n_read(gateway) >= AT_ONCE, "what waits for the link")
    eventually(lambda: any(a.is_answered for a in asked), "a refusal")
    refused = next(a for a in asked if a.is_answered).answer()
    refused.expect(5103, 503)
    assert refused.headers["Retry-After"] == "2"
    assert "limits.queue" in refused.pc["m2m:dbg"]
    is_served_beside(gateway, registrar, make_device)


@pytest.fixture
def coap_cse(make_coap_listener):
    return make_coap_listener(answers_by_itself=False)


def next_over_coap(cse, before=None):
    """The next request that is none that came before once more."""
    while True:
        heard = cse.expect(method=coap.GET)
        if before is None or heard.mid != before.mid:
            return heard


def test_it_is_the_same_toward_a_cse_over_coap(
    coap_cse, start_gateway, make_device
):
    config = settings(coap=True, timeouts={"drain": "0s"})
    url = coap_cse.url
    config["cses"] = [
        {"id": "/id-in", "name": "cse-in", "url": url, "window": 1}
    ]
    gateway = start_gateway(config)
    greedy = make_device(
        gateway, "Cgreedy", address="127.0.0.2", n_at_once=AT_ONCE
    )
    honest = make_device(gateway, "Chonest", address="127.0.0.3")
    for k in range(AT_ONCE):
        greedy.asks("GET", f"/id-in/greedy{k}")
    held = next_over_coap(coap_cse)
    eventually(lambda: n_read(gateway) >= AT_ONCE, "what waits for the link")
    pending = honest.asks("GET", "/id-in/honest")
    eventually(lambda: n_read(gateway) > AT_ONCE, "the honest one")
    for n in itertools.count():
        assert n <= FEW
        coap_cse.answers(held, "2.05", 2000, {})
        held = next_over_coap(coap_cse, held)
        if "honest" in held.path:
            break
    coap_cse.answers(held, "2.05", 2000, {})
    pending.answer().expect(2000)


def test_it_is_the_same_toward_a_cse_at_a_broker(
    make_scripted_broker, start_at_broker, make_device
):
    """Which takes as much as may wait, and acknowledges one after the other."""
    broker = make_scripted_broker(acknowledges=False)
    limits = {"content": "16KiB", "queue": "64KiB"}
    config = mqtt_settings(
        broker, limits=limits, timeouts={"drain": "0s"}
    )
    config["cses"] = [{"id": "/id-in", "name": "cse-in", "url": broker.url}]
    gateway = start_at_broker(config)
    greedy = make_device(
        gateway, "Cgreedy", address="127.0.0.2", n_at_once=AT_ONCE
    )
    honest = make_device(gateway, "Chonest", address="127.0.0.3")
    asked = [
        greedy.asks("POST", "/id-in/greedy", BODY, ty=4)
        for _ in range(AT_ONCE)
    ]
    eventually(lambda: n_read(gateway) >= AT_ONCE, "what waits for the broker")
    eventually(lambda: any(a.is_answered for a in asked), "a refusal")
    refused = next(a for a in asked if a.is_answered).answer()
    refused.expect(5103, 503)
    assert "limits.queue" in refused.pc["m2m:dbg"]
    pending = honest.asks("POST", "/id-in/honest", BODY, ty=4)
    eventually(lambda: n_read(gateway) > AT_ONCE, "the honest one")
    for n in itertools.count():
        heard = broker.expect(PUBLISH)
        if heard.fits({"fr": "Chonest"}):
            break
        assert n <= 6 + FEW  # so many are in 64 KiB
        broker.acknowledges_one(heard)
    broker.acknowledges_one(heard)
    rqi = heard["rqi"]
    broker.publishes(
        "/oneM2M/resp/id-gw/id-in/json", {"rsc": 2001, "rqi": rqi, "rvi": "3"}
    )
    pending.answer().expect(2001)
