"""Who asks over WebSocket may leave before its answer comes: the answer is
dropped, what it says is learned, and nobody else notices (TS-0020 6.4)."""

from support.registering import ae, register_ae, register_registree
from support.wire import CREATE, NOTIFY, RETRIEVE


def leaves(registrar, registree):
    """It is gone, and the gateway knows."""
    registree.closes()
    registree.expect_closed()
    registrar.fence()


def test_a_grant_reaches_who_has_left(registrar, gateway, make_registree):
    first = make_registree(gateway, "Cnode")
    first.asks(CREATE, "cse-in", ae(), ty=2, fr="Cnode")
    request = registrar.expect_request(op=CREATE, ty=2)
    leaves(registrar, first)
    registrar.grants(request, "Cnode")
    registrar.fence()
    second = make_registree(gateway, "Cnode")
    rqi = registrar.notifies("Cnode", {"m2m:sgn": {}})
    second.answers(second.expect_request(op=NOTIFY), 2000)
    registrar.expect_answer(rqi, rsc=2000)


def test_an_answer_to_who_has_left_shows_no_way_to_it(
    registrar, gateway, make_registree, make_device
):
    registree = make_registree(gateway)
    register_registree(registree, registrar, "Cgone")
    registree.asks(RETRIEVE, "cse-in", fr="Cgone")
    request = registrar.expect_request(op=RETRIEVE)
    leaves(registrar, registree)
    registrar.answers(request, 2000, {"m2m:cb": {}})
    rqi = registrar.notifies("Cgone", {"m2m:sgn": {}})
    registrar.expect_answer(rqi, rsc=5103)
    register_ae(make_device(gateway), registrar, "Cother")


def test_whoever_asks_for_an_id_has_no_name_yet(
    registrar, gateway, make_registree
):
    """"C" in the handshake is a wish, and two may have it."""
    first, second = (make_registree(gateway, "C") for _ in range(2))
    for registree, aei in ((first, "C1"), (second, "C2")):
        rqi = registree.asks(CREATE, "cse-in", ae(), ty=2, fr="C")
        registrar.grants(registrar.expect_request(op=CREATE), aei)
        registree.expect_answer(rqi, rsc=2001)
    make_registree(gateway, "C")
    for registree, aei in ((first, "C1"), (second, "C2")):
        rqi = registrar.notifies(aei, {"m2m:sgn": {}})
        heard = registree.expect_request(op=NOTIFY)
        assert heard["to"] == aei
        registree.answers(heard, 2000)
        registrar.expect_answer(rqi, rsc=2000)
