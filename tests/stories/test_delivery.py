"""Notifications are delivered to where the device listens and to nowhere else:
points of access in their order, plain URLs, verification requests, time-outs,
and only addresses that are allowed (TS-0009 6.2, TS-0001 10.2.12)."""

import pytest
from support.registering import register_ae
from support.settings import settings
from support.waiting import Missed

ALLOW = {"deliver": {"allow": ["127.0.0.0/8"]}}


def test_a_verification_request_is_answered_with_its_rqi(
    registrar, device, make_listener
):
    listener = make_listener(answers_by_itself=False)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    content = {"m2m:sgn": {"vrq": True, "sur": "/id-in/s", "cr": "C1"}}
    rqi = registrar.notifies("Cdev", content, rqi="verify-1")
    arrival = listener.expect(method="POST", path="/Cdev")
    assert arrival.pc == content
    assert arrival.rqi
    arrival.replies(2000)
    answer = registrar.expect_answer(rqi)
    assert answer["rsc"] == 2000
    assert "op" not in answer


def test_the_device_decides_what_is_answered(registrar, device, make_listener):
    listener = make_listener(answers_by_itself=False)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    content = {"m2m:dbg": "I do not want it"}
    listener.expect().replies(5203, 403, content)
    assert registrar.expect_answer(rqi, rsc=5203)["pc"] == content


def test_points_of_access_are_tried_in_their_order(
    registrar, device, make_listener, make_port
):
    dead = make_port().http
    second, third = make_listener(), make_listener()
    poa = ["mqtt://127.0.0.1:1", dead, second.url, third.url]
    register_ae(device, registrar, "Cdev", poa=poa)
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    second.expect(method="POST")
    registrar.expect_answer(rqi, rsc=2000)
    registrar.fence()
    assert not third.arrivals.untaken()


def test_nobody_at_any_point_of_access_is_told(registrar, device, make_port):
    poa = [make_port().http for _ in range(2)]
    register_ae(device, registrar, "Cdev", poa=poa)
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    registrar.expect_answer(rqi, rsc=5103)


def test_a_device_that_hangs_up_is_not_reachable(
    registrar, device, make_listener
):
    listener = make_listener(answers_by_itself=False)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    listener.expect().hangs_up()
    registrar.expect_answer(rqi, rsc=5103)


def test_a_device_that_says_nothing_ends_at_the_deadline(
    registrar, device, make_listener
):
    listener = make_listener(answers_by_itself=False)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}}, rqet=2000)
    arrival = listener.expect()
    registrar.expect_answer(rqi, rsc=4008)
    arrival.replies(2000)
    registrar.fence()
    registrar.expect_silence()


def test_connections_to_a_device_are_used_again(registrar, device, listener):
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    connections = set()
    for _ in range(5):
        rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
        connections.add(listener.expect().connection)
        registrar.expect_answer(rqi, rsc=2000)
    assert len(connections) == 1


def test_many_notifications_reach_many_devices(
    registrar, device, make_listener
):
    listeners = [make_listener() for _ in range(10)]
    for n, listener in enumerate(listeners):
        register_ae(device, registrar, f"C{n}", poa=[listener.url])
    rqis = {}
    for k in range(200):
        aei = f"C{k % 10}"
        rqis[registrar.notifies(aei, {"m2m:sgn": {"n": k}})] = k
    for rqi in rqis:
        registrar.expect_answer(rqi, rsc=2000)
    for n, listener in enumerate(listeners):
        got = sorted(a.pc["m2m:sgn"]["n"] for a in listener.arrivals.drain())
        assert got == list(range(n, 200, 10))


def test_an_answer_that_is_too_big_is_not_kept(
    registrar, gateway, device, make_listener
):
    listener = make_listener(answers_by_itself=False)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    with gateway.grows_less_than(8 << 20):
        listener.expect().replies(2000, body=b"x" * (50 << 20))
        registrar.expect_answer(rqi, rsc=5000)


def test_a_redirect_is_not_followed(registrar, device, make_listener):
    listener, other = make_listener(answers_by_itself=False), make_listener()
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    listener.expect().replies(None, 307, headers={"Location": other.url})
    registrar.expect_answer(rqi)
    registrar.fence()
    assert not other.arrivals.untaken()


def test_a_body_that_is_no_json_does_no_harm(registrar, device, make_listener):
    listener = make_listener(answers_by_itself=False)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    html = {"Content-Type": "text/html"}
    listener.expect().replies(None, 200, b"<html>ok</html>", html)
    answer = registrar.expect_answer(rqi)
    assert answer["rsc"] == 2000
    assert "pc" not in answer


@pytest.fixture
def open_gateway(registrar, start_gateway):
    return start_gateway(settings(registrar, **ALLOW))


def linked(registrar, make_device, gateway):
    """Make the link come up, with a device that stays registered."""
    register_ae(make_device(gateway), registrar, "Canyone")


def test_a_plain_url_is_asked_as_it_is(
    registrar, open_gateway, make_device, listener
):
    linked(registrar, make_device, open_gateway)
    rqi = registrar.notifies(listener.url + "/a/b?c=d", {"m2m:sgn": {}})
    arrival = listener.expect(method="POST", path="/a/b?c=d")
    assert arrival.pc == {"m2m:sgn": {}}
    registrar.expect_answer(rqi, rsc=2000)


def test_a_url_without_a_path_is_asked_at_its_root(
    registrar, open_gateway, make_device, listener
):
    linked(registrar, make_device, open_gateway)
    registrar.notifies(listener.url, {"m2m:sgn": {}})
    listener.expect(method="POST", path="/")


def test_a_serialisation_suffix_is_not_part_of_the_url(
    registrar, open_gateway, make_device, listener
):
    linked(registrar, make_device, open_gateway)
    registrar.notifies(listener.url + "/x?ct=json", {"m2m:sgn": {}})
    assert listener.expect(method="POST").path == "/x"


FORBIDDEN = [
    "http://127.0.0.2:{port}/",
    "http://localhost:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.2]:{port}/",
    "http://2130706434:{port}/",
    "http://0x7f000002:{port}/",
    "http://0177.0.0.2:{port}/",
    "http://127.0.0.1@127.0.0.2:{port}/",
    "http://user@127.0.0.1:{port}/",
    "http://a-longer-user:secret@127.0.0.1:{port}/",
    "http://0.0.0.0:{port}/",
    "http://169.254.169.254/latest",
]


@pytest.fixture
def told_why(registrar, start_gateway):
    """A gateway that logs why it sends nothing, and may not deliver here."""
    how = {"log": {"level": "debug"}, "deliver": {"allow": []}}
    return start_gateway(settings(registrar, **how))


def is_refused(registrar, gateway, rqi, url):
    """It was not even tried: failing to connect would look the same."""
    registrar.expect_answer(rqi, rsc=5103)
    why = "is no URL" if "@" in url else "deliver.allow"
    gateway.wait_for("http/not-sent", containing=why)


@pytest.mark.parametrize("url", FORBIDDEN)
def test_a_url_that_is_not_allowed_is_not_asked(
    registrar, told_why, make_device, make_listener, url
):
    victim = make_listener(address="::")
    linked(registrar, make_device, told_why)
    rqi = registrar.notifies(url.format(port=victim.port), {"m2m:sgn": {}})
    is_refused(registrar, told_why, rqi, url)
    assert not victim.arrivals.untaken()


@pytest.mark.parametrize("url", FORBIDDEN[:1] + FORBIDDEN[2:])
def test_a_poa_elsewhere_than_the_device_is_not_asked(
    registrar, told_why, make_device, make_listener, url
):
    victim = make_listener(address="::")
    register_ae(
        make_device(told_why), registrar, "Cdev", poa=[url.format(port=victim.port)]
    )
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    is_refused(registrar, told_why, rqi, url)
    assert not victim.arrivals.untaken()


def test_a_poa_elsewhere_may_be_allowed(
    registrar, open_gateway, make_device, make_listener
):
    listener = make_listener(address="127.0.0.2")
    device = make_device(open_gateway)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    listener.expect(method="POST", path="/Cdev")
    registrar.expect_answer(rqi, rsc=2000)


@pytest.mark.parametrize(
    "poa",
    [
        ["file:///etc/passwd"],
        ["gopher://127.0.0.1:1/"],
        ["http://"],
        ["http://127.0.0.1:99999"],
        ["http://127.0.0.1\r\nX: y"],
        [""],
        ["not a url"],
        [],
        [1, None, {}],
        "http://127.0.0.1:1",
        {"a": 1},
        ["http://127.0.0.1:1/" + "x" * 16000],
    ],
)
def test_a_strange_poa_is_only_unreachable(registrar, device, poa):
    register_ae(device, registrar, "Cdev", poa=poa)
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    registrar.expect_answer(rqi, rsc=5103)


def test_a_proxy_in_the_environment_is_not_used(
    registrar, start_gateway, make_device, make_listener
):
    proxy, listener = make_listener(), make_listener()
    env = {"http_proxy": proxy.url, "all_proxy": proxy.url}
    gateway = start_gateway(settings(registrar), env=env)
    register_ae(
        make_device(gateway), registrar, "Cdev", poa=[listener.url]
    )
    rqi = registrar.notifies("Cdev", {"m2m:sgn": {}})
    listener.expect(method="POST", path="/Cdev")
    registrar.expect_answer(rqi, rsc=2000)
    with pytest.raises(Missed):
        proxy.arrivals.take(within=0)
