"""A CSE whose url has a name is nobody until that name was looked up, which the
gateway does when it starts, and again: while the name server is away, who says
to be the CSE is refused, wherever it is, and afterwards only who is not there.

The names are those of a network of its own.
"""

from support.device import Device
from support.name_server import NameServer, use_name_server
from support.own_network import bring_loopback_up, run_in_own_network
from support.process import Gateway
from support.settings import settings
from support.waiting import eventually

AT_CSE, ELSEWHERE = "127.0.0.2", "127.0.0.3"
QUICK = {"retry-min": "20ms", "retry-max": "200ms"}


def test_a_cse_is_believed_once_its_name_is_found():
    run_in_own_network("stories.test_a_cse_that_is_named")


def config_for(**schemes):
    """One that leads to a CSE of each name, the first of them by default."""
    config = settings(timeouts=QUICK)
    config["cses"] = [
        {"id": f"/id-{name}", "url": f"{scheme}://{name}.example:80"}
        for name, scheme in schemes.items()
    ]
    config["cses"][0]["default"] = True
    return config


def asks_as(gateway, fr, address):
    """For what the gateway has itself."""
    device = Device(gateway.http, fr, address=address)
    answer = device.retrieves("/~/id-gw/gw")
    device.close()
    return answer


def is_refused(gateway, fr, address, why):
    answer = asks_as(gateway, fr, address).expect(4107, 403)
    assert why in answer.pc["m2m:dbg"]


def waits_for_it(gateway, fr, address):
    eventually(
        lambda: asks_as(gateway, fr, address).rsc == 2000,
        f"that {fr} is known",
    )


NOT_YET = "address is not known yet"
NOT_THERE = "not from an address of it"


def while_it_is_silent(names):
    """Nobody is the CSE, and nobody else waits for that."""
    names.is_silent = True
    gateway = Gateway(config_for(one="http", two="ws"))
    names.asked.take(lambda name: name == "one.example")
    names.asked.take(lambda name: name == "two.example")
    for address in (AT_CSE, ELSEWHERE):
        is_refused(gateway, "/id-one", address, NOT_YET)
        is_refused(gateway, "/id-two/C1", address, NOT_YET)
    asks_as(gateway, "C1", ELSEWHERE).expect(2000, 200)
    told = gateway.wait_for("cse/name-not-found", "one.example")
    assert "the name server does not answer" in told.msg
    return gateway


def once_it_answers(names, gateway):
    names.names = {"one.example": AT_CSE, "two.example": AT_CSE}
    names.is_silent = False
    waits_for_it(gateway, "/id-one", AT_CSE)
    waits_for_it(gateway, "/id-two", AT_CSE)
    is_refused(gateway, "/id-one", ELSEWHERE, NOT_THERE)
    gateway.wait_for("cse/name-found", "/id-one")
    told = gateway.logged("cse/name-not-found")
    assert len(told) == 2


def where_nobody_knows_the_name(names):
    """One that a reload adds; and it goes down at once while it waits."""
    gateway = Gateway(config_for(one="http"))
    gateway.reload(config_for(one="http", gone="coap"))
    told = gateway.wait_for("cse/name-not-found", "gone.example")
    assert "is not known to the name server" in told.msg
    is_refused(gateway, "/id-gone", ELSEWHERE, NOT_YET)
    names.is_silent = True
    names.asked.take(lambda name: name == "gone.example")
    gateway.stop()


def main():
    bring_loopback_up()
    names = NameServer()
    use_name_server()
    gateway = while_it_is_silent(names)
    once_it_answers(names, gateway)
    gateway.stop()
    where_nobody_knows_the_name(names)


if __name__ == "__main__":
    main()
