"""A network that loses a fifth of all datagrams, doubles and swaps others does
no more than take time: each instance is created once, large content arrives
whole, and each notification is answered once."""

import json
import threading

import pytest
from support.coap_network import Proxy
from support.coap_registering import register
from support.settings import settings
from support.wire import CREATE, answer_to

pytestmark = pytest.mark.heavy


@pytest.fixture
def make_proxy(ends):
    def make(port, **how):
        proxy = Proxy(port, seed=20261125, **how)
        ends.add(proxy.close)
        return proxy

    return make


@pytest.fixture
def created(registrar):
    """What was created, by a CSE that creates what it is asked for."""
    contents = []

    def play(request):
        if request["op"] != CREATE:
            return None
        contents.append(request["pc"]["m2m:cin"]["con"])
        return answer_to(request, 2001, request["pc"])

    registrar.plays(play)
    return contents


def create_all(devices, contents):
    """Each device creates its instances, all devices at a time."""
    failures = []

    def drives(device, own):
        device.repeats_after = 0.4
        try:
            for content in own:
                body = {"m2m:cin": {"con": content}}
                answer = device.creates("cse-in/c", 4, body, within=60)
                assert answer.expect(2001, "2.01").pc == body
        except AssertionError as failure:
            failures.append(failure)

    threads = [
        threading.Thread(target=drives, args=both, daemon=True)
        for both in zip(devices, contents)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(500)
        assert not thread.is_alive(), "it takes for ever"
    assert not failures, failures[0]


@pytest.mark.parametrize("n_bytes, n", [(10, 25), (3000, 5)])
def test_each_instance_is_created_once(
    coap_gateway, make_coap_device, make_proxy, created, n_bytes, n
):
    """One that is large goes in blocks, and its answer as well."""
    proxy = make_proxy(coap_gateway.coap_port)
    devices = [
        make_coap_device(proxy.port, originator=f"C{d}") for d in range(4)
    ]
    contents = [
        [f"{d}-{i}-".ljust(n_bytes, "x") for i in range(n)] for d in range(4)
    ]
    create_all(devices, contents)
    assert sorted(created) == sorted(sum(contents, []))
    assert min(proxy.n_lost, proxy.n_doubled, proxy.n_swapped) > 5


@pytest.mark.parametrize("n_bytes", [10, 3000])
def test_each_notification_is_answered_once(
    registrar,
    start_gateway,
    make_coap_device,
    make_coap_listener,
    make_proxy,
    n_bytes,
):
    """A CON is sent five times at most, so no two of them are lost in turn."""
    config = settings(
        registrar,
        coap=True,
        timeouts={"request": "10m"},
    )
    device = make_coap_device(start_gateway(config).coap_port)
    listener = make_coap_listener(answers_by_itself=False)
    listener.takes_blocks()
    proxy = make_proxy(listener.port, most=1)
    poa = [f"coap://127.0.0.1:{proxy.port}"]
    register(device, registrar, "Cdev", poa=poa)
    contents = [{"m2m:sgn": {"n": k, "x": "x" * n_bytes}} for k in range(10)]
    told = [registrar.notifies("Cdev", content) for content in contents]
    for rqi in told:
        registrar.expect_answer(rqi, within=120, rsc=2000)
    bodies = {json.dumps(body) for body in listener.whole.drain()}
    assert bodies == {json.dumps(content) for content in contents}
    registrar.fence()
    registrar.expect_silence()
    assert min(proxy.n_lost, proxy.n_doubled, proxy.n_swapped) > 0
