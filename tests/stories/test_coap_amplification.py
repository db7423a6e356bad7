"""Until a peer has brought back an Echo, nobody gets more than three times the
bytes that came from his address, and yet he gets all of his answer: in blocks
as small as it takes (RFC 9175, README of bindings/coap)."""

import json

import pytest
from support import coap
from support.settings import settings
from support.waiting import DEADLINE, eventually
from support.wire import RETRIEVE, answer_to

LARGE = {"m2m:cnt": {"lbl": ["x" * 50] * 40}}

# What an answer says beside its content, so that it cannot be small.
VERBOSE = {"ot": "20260101T000000", "vsi": "v" * 250}


@pytest.fixture
def device(make_coap_device):
    return make_coap_device()


@pytest.fixture
def mute(make_coap_device):
    """A device that knows no Echo, or is not where it says."""
    return make_coap_device(knows_echo=False)


def plays_cse(registrar, pc=LARGE, rsc=2000, **more):
    registrar.plays(lambda r: {**answer_to(r, rsc, pc), **more})


def is_well(device):
    device.retrieves("cse-in").expect(2000, "2.05")


def is_bounded(device):
    return 0 < device.n_bytes_heard <= 3 * device.n_bytes_said


def n_asked(registrar):
    return len([m for m in registrar.heard_all if m.is_request])


def test_nobody_gets_more_than_three_times_what_it_sent(
    registrar, mute, make_coap_device
):
    """An address that was not proved, as when somebody else wrote it down."""
    plays_cse(registrar)
    other = make_coap_device()
    for n in range(20):
        message = mute.request(coap.GET, "cse-in", rqi=f"r{n}")
        mute.tells(message)
        mute.tells(message)
        is_well(other)  # behind all that came before
        assert is_bounded(mute)


def test_to_reset_what_is_empty_proves_nothing(registrar, mute):
    """Every stack does that, also that of somebody who has asked nothing."""
    plays_cse(registrar)
    for n in range(20):
        mute.tells(mute.request(coap.GET, "cse-in", rqi=f"r{n}"))
        heard = mute.heard.take(lambda m: True)
        assert heard.code != 0
        mute.tells(coap.Message(coap.RST, 0, heard.mid))
    answer = mute.exchanges(mute.request(coap.GET, "cse-in"))
    assert coap.split(answer, coap.BLOCK2)[2] < 6
    assert is_bounded(mute)


def test_who_knows_no_echo_gets_all_in_small_blocks(registrar, mute):
    plays_cse(registrar)
    message = mute.request(coap.GET, "cse-in")
    answer = mute.exchanges(message)
    assert answer.get(coap.ECHO)
    _, more, size = coap.split(answer, coap.BLOCK2)
    assert more and size < 6
    whole = mute._fetches_blocks(message, answer, DEADLINE)
    assert whole.expect(2000, "2.05").pc == LARGE
    assert is_bounded(mute)
    assert n_asked(registrar) == 1


def test_what_came_before_pays_for_larger_blocks(registrar, mute):
    plays_cse(registrar)
    for _ in range(2):
        junk = mute.request(coap.GET, options=[(65000, b"x" * 1000)])
        mute.exchanges(junk)
    answer = mute.exchanges(mute.request(coap.GET, "cse-in"))
    assert coap.split(answer, coap.BLOCK2) == (0, True, 6)


def test_who_knows_echo_is_believed_after_one_block(registrar, device):
    plays_cse(registrar)
    assert device.retrieves("cse-in").expect(2000, "2.05").pc == LARGE
    assert n_asked(registrar) == 1
    answer = device.exchanges(device.request(coap.GET, "cse-in"))
    assert coap.split(answer, coap.BLOCK2) == (0, True, 6)
    assert not answer.get(coap.ECHO)


def test_what_has_no_block_small_enough_waits_for_an_echo(registrar, mute):
    plays_cse(registrar, **VERBOSE)
    message = mute.request(coap.GET, "cse-in")
    first = mute.exchanges(message)
    assert first.status == "4.01"
    assert first.rsc is None
    again = mute.again(message)
    again.options.append((coap.ECHO, first.get(coap.ECHO)))
    answer = mute._fetches_blocks(again, mute.exchanges(again), DEADLINE)
    assert answer.expect(2000, "2.05").pc == LARGE
    assert n_asked(registrar) == 1
    # From now on it is known.
    answer = mute.exchanges(mute.request(coap.GET, "cse-in"))
    assert coap.split(answer, coap.BLOCK2) == (0, True, 5)


def test_the_echo_of_another_is_worth_nothing(
    registrar, mute, make_coap_device
):
    plays_cse(registrar, **VERBOSE)
    echo = mute.exchanges(mute.request(coap.GET, "cse-in")).get(coap.ECHO)
    for value in (echo, b"\x00" * 12, b"x", b"\xff" * 20):
        other = make_coap_device(knows_echo=False)
        message = other.request(coap.GET, "cse-in")
        message.options.append((coap.ECHO, value))
        assert other.exchanges(message).status == "4.01"


def test_a_create_is_not_carried_out_for_an_echo_twice(registrar, device):
    plays_cse(registrar, {"m2m:cin": {"x": "y" * 900}}, 2001, **VERBOSE)
    body = {"m2m:cin": {"con": "1"}}
    answer = device.creates("c", 4, body).expect(2001, "2.01")
    assert device.echo
    assert answer.pc == {"m2m:cin": {"x": "y" * 900}}
    assert n_asked(registrar) == 1


def test_an_answer_that_waits_is_not_for_another_request(registrar, mute):
    """In release 5 two requests may differ in their payloads alone."""
    registrar.plays(
        lambda r: {**answer_to(r, 2000, {"m2m:cnt": {"rn": r["rqi"]}}), **VERBOSE}
    )

    def fetch(rqi, *options):
        whole = {"fr": "CAdmin", "rqi": rqi, "rvi": "5"}
        message = mute.request(coap.FETCH, "cse-in", whole)
        message.options = [(coap.URI_PATH, b"cse-in"), *options]
        return message

    first = mute.exchanges(fetch("r1"))
    assert first.status == "4.01"
    assert mute.exchanges(fetch("r2")).status == "4.01"
    for rqi in ("r2", "r1"):
        message = fetch(rqi, (coap.ECHO, first.get(coap.ECHO)))
        assert mute.exchanges(message).expect(2000).rqi == rqi
    assert n_asked(registrar) == 2


def test_a_slow_answer_is_repeated_as_far_as_it_is_paid_for(registrar, mute):
    """Acknowledgements count, too."""
    message = mute.request(coap.GET, "cse-in")
    mute.tells(message)
    request = registrar.expect_request(op=RETRIEVE)
    mute.takes_ack(message)
    registrar.answers(request, 2000, {"m2m:cnt": {"lbl": ["x" * 16]}})
    first = mute.heard.take(lambda m: m.token == message.token)
    if first.type == coap.CON:
        mute.heard.take(lambda m: m.mid == first.mid)
    assert is_bounded(mute)


def answers_late(registrar, mute, padding, vsi):
    """The answer, behind an ACK."""
    message = mute.request(
        coap.GET, "cse-in", options=[(65000, b"x" * padding)]
    )
    mute.tells(message)
    request = registrar.expect_request(op=RETRIEVE)
    mute.takes_ack(message)
    registrar.answers(request, 2000, vsi=vsi)
    answer = mute.heard.take(lambda m: m.token == message.token)
    assert answer.type == coap.CON
    return answer


def test_a_later_answer_does_not_repeat_an_earlier_one_more_often(
    registrar, mute
):
    first = answers_late(registrar, mute, 0, "v" * 12)
    for _ in range(5):
        later = answers_late(registrar, mute, 200, "v")
        mute.heard.take(lambda m, mid=later.mid: m.mid == mid)
    copies = [m for m in mute.heard.untaken() if m.mid == first.mid]
    assert len(copies) == 1
    assert is_bounded(mute)


def opens_many(registrar, mute, n):
    """So many requests toward a CSE that is slow, acknowledged by now."""
    heard = []
    registrar.plays(lambda r: heard.append(r) or "")
    sent = [
        mute.request(coap.POST, "cse-in", INSTANCE, ty=4) for _ in range(n)
    ]
    for message in sent:
        mute.tells(message)
    eventually(lambda: len(heard) == n, "requests at the CSE")
    for message in sent:
        mute.takes_ack(message)
    return sent, heard


INSTANCE = {"m2m:cin": {"con": "1"}}

MANY = 200


def test_a_hub_with_many_open_gets_each_answer(registrar, mute):
    sent, heard = opens_many(registrar, mute, MANY)
    for request in heard:
        registrar.answers(request, 2001)
    for message in sent:
        mute.takes_answer(message).expect(2001, "2.01")
    assert is_bounded(mute)


def test_a_hub_is_asked_for_an_echo_for_each_that_is_too_large(registrar, mute):
    """And then each is answered, and none carried out again."""
    sent, heard = opens_many(registrar, mute, MANY)
    for request in heard:
        registrar.answers(request, 2001, **VERBOSE)
    answers = [mute.takes_answer(message) for message in sent]
    assert is_bounded(mute)
    echoes = 0
    for message, answer in zip(sent, answers):
        if answer.status == "4.01":
            echoes += 1
            again = mute.again(message)
            again.options.append((coap.ECHO, answer.get(coap.ECHO)))
            answer = mute.exchanges(again)
        answer.expect(2001, "2.01")
    assert echoes > MANY / 2
    assert len(heard) == MANY


def test_an_acknowledgement_gives_back_what_repetitions_would_cost(
    registrar, mute
):
    """So an answer comes whole that is larger than what was sent since."""
    pad = [(65000, b"x" * 250)]
    for _ in range(4):
        sent = mute.request(coap.GET, "cse-in", options=pad)
        mute.tells(sent)
        request = registrar.expect_request(op=RETRIEVE)
        mute.takes_ack(sent)
        registrar.answers(request, 2000, vsi="v" * 200)
        answer = mute.takes_answer(sent).expect(2000)
        assert answer.type == coap.CON
        assert not answer.get(coap.BLOCK2)
    sent = mute.request(coap.GET, "cse-in")
    mute.tells(sent)
    registrar.answers(
        registrar.expect_request(op=RETRIEVE), 2000, {"m2m:cnt": {"x": "y" * 950}}
    )
    answer = mute.takes_answer(sent).expect(2000, "2.05")
    assert answer.pc == {"m2m:cnt": {"x": "y" * 950}}
    assert is_bounded(mute)


def test_refusals_count_as_well(registrar, mute, make_coap_device):
    requests = []
    registrar.plays(lambda r: requests.append(r))
    for n in range(500):
        mute.tells(
            mute.request(
                coap.GET,
                "c",
                type=coap.NON,
                rqi=str(n),
                token=n.to_bytes(8, "big"),
            )
        )
        if n % 20 == 0:
            make_coap_device().tells(b"\x40\x00\x00\x01")
            eventually(lambda: len(requests) >= min(n + 1, 256), "requests")
    for n, request in enumerate(requests):
        registrar.answers(request, 2000, LARGE)
        if n % 20 == 0:
            registrar.fence()
            eventually(mute.is_idle, "silence")
    registrar.fence()
    eventually(lambda: mute.n_bytes_heard > 2.9 * mute.n_bytes_said, "answers")
    assert is_bounded(mute)


@pytest.fixture
def old(make_coap_device, start_gateway, registrar):
    """Starts a gateway with these keys for CoAP; a client that knows neither
    blocks nor Echo."""

    def start(*addresses, **keys):
        gateway = start_gateway(settings(registrar, coap=keys))
        how = {"port": gateway.coap_port, "knows_echo": False}
        return gateway, *[
            make_coap_device(**how, address=a) for a in addresses
        ]

    return start


SMALL = {"m2m:cnt": {"lbl": ["x" * 800]}}


@pytest.mark.parametrize("network", ["127.0.0.0/8", "127.0.0.1"])
def test_who_is_in_a_trusted_network_gets_all_at_once(registrar, old, network):
    _, device = old("127.0.0.1", trust=["fd00::/8", network])
    plays_cse(registrar, SMALL, **VERBOSE)
    for kind in (coap.CON, coap.NON):
        sent = device.request(coap.GET, "cse-in", type=kind)
        device.tells(sent)
        answer = device.takes_answer(sent).expect(2000, "2.05")
        assert answer.pc == SMALL
        assert not answer.all(coap.BLOCK2) and not answer.all(coap.ECHO)


FAILS = {"refused": (["op=9"], 4000), "unwritable": ([], 5000)}


@pytest.mark.parametrize("how", FAILS)
def test_who_is_in_a_trusted_network_is_told_of_by_its_address(
    registrar, old, how
):
    """What fails elsewhere is told of all strangers together."""
    query, rsc = FAILS[how]
    registrar.plays(lambda m: answer_to(m, 2000, vsi="a\nb"))
    gateway, device = old("127.0.0.1", trust=["127.0.0.1"])
    for _ in range(6):
        sent = device.request(coap.GET, "cse-in", query=query)
        device.exchanges(sent).expect(rsc)
    gateway.stop()
    line = json.loads(gateway.logged("exchange/failed")[-1].raw)
    assert (line["left-out"], line["peer"]) == (1, "127.0.0.1")


def test_whom_to_trust_can_change(registrar, old):
    gateway, device = old("127.0.0.1", trust=["10.0.0.0/8"])
    plays_cse(registrar, SMALL)
    request = device.request(coap.GET, "cse-in")
    assert coap.split(device.exchanges(request), coap.BLOCK2)[1]
    gateway.config["listen"]["coap"]["trust"] = ["127.0.0.1"]
    gateway.reload(gateway.config)
    answer = device.exchanges(device.request(coap.GET, "cse-in"))
    assert answer.expect(2000).pc == SMALL


def test_an_answer_that_is_not_fetched_is_told_once(registrar, old):
    gateway, first, second = old(
        "127.0.0.1", "127.0.0.2", **{"body-timeout": "100ms"}
    )
    plays_cse(registrar, SMALL)
    first.exchanges(first.request(coap.GET, "cse-in"))
    gateway.wait_for("coap/not-fetched", "127.0.0.1 has")
    first.exchanges(first.request(coap.GET, "cse-in"))
    second.exchanges(second.request(coap.GET, "cse-in"))
    line = gateway.wait_for("coap/not-fetched", "127.0.0.2 has")
    assert "listen.coap.trust" in line.msg
    assert len(gateway.logged("coap/not-fetched")) == 2


def test_who_is_asked_for_an_echo_is_told_what_to_do(registrar, mute):
    plays_cse(registrar, **VERBOSE)
    answer = mute.exchanges(mute.request(coap.GET, "cse-in"))
    assert answer.status == "4.01"
    assert b"Echo" in answer.payload and b"listen.coap.trust" in answer.payload
    assert is_bounded(mute)
