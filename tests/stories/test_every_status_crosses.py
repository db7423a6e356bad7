"""Every response status code crosses with the HTTP status of its name, in both
directions, and a number nobody knows crosses unchanged (story 2; TS-0009
table 6.3.2-1)."""

import re

import pytest
from support.process import ROOT
from support.registering import register_ae
from support.wire import answer_to

HTTP_OF = {
    202: [1000, 1001, 1002],
    200: [2000, 2002, 2004],
    201: [2001],
    400: [4000, 4102, 4110, 4120, 4122, 4123, 4131, 4133, 4134, 4137, 4142]
    + [4143, 6010, 6022, 6023, 6024],
    403: [4101, 4103, 4106, 4107, 4108, 4109, 4111, 4112, 4113, 4114, 4115]
    + [4116, 4117, 4126, 4127, 4128, 4135, 4136, 4138, 4139, 4140, 5105]
    + [5203, 5205, 5208, 5214, 5215, 5218, 5222, 6034],
    404: [4004, 4118, 4119, 4121, 4130, 4132, 5103, 5107, 6003, 6005],
    405: [4005],
    406: [5207],
    409: [4104, 4105, 4124, 5106, 5219, 5220, 6028, 6029],
    415: [4015],
    500: [5000, 5204, 5209, 5210, 5211, 5212, 5216, 5217, 5221, 6020, 6021]
    + [6025, 6026],
    501: [4001, 4125, 5001, 5206],
    503: [6033],
    504: [4008, 6030, 6031],
}
STATUS = {rsc: http for http, codes in HTTP_OF.items() for rsc in codes}


def test_the_story_knows_every_code_of_the_program():
    named = (ROOT / "core" / "status.def").read_text(encoding="ascii")
    numbers = {int(n) for n in re.findall(r"GW_STATUS\(\w+, (\d+)\)", named)}
    assert numbers == set(STATUS)


def test_every_status_crosses_to_http(registrar, device):
    registrar.plays(
        lambda m: answer_to(m, int(m["to"].split("-")[-1]), {"m2m:dbg": "x"})
    )
    wrong = []
    for rsc, status in STATUS.items():
        answer = device.retrieves(f"/cse-in/status-{rsc}")
        if (answer.rsc, answer.status) != (rsc, status):
            wrong.append(f"{rsc}: {answer}, wanted {status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("rsc, status", [(4999, 400), (5999, 500)])
def test_an_unknown_status_crosses_by_its_class(
    registrar, device, rsc, status
):
    registrar.plays(lambda m: answer_to(m, rsc))
    device.retrieves("/cse-in").expect(rsc, status)


@pytest.mark.parametrize("written", ['"2000"', "2000.0", "2e3"])
def test_a_status_may_be_written_in_odd_ways(registrar, device, written):
    registrar.plays(
        lambda m: f'{{"rsc":{written},"rqi":"{m["rqi"]}","pc":{{"a":1}}}}'
    )
    assert device.retrieves("/cse-in").expect(2000, 200).pc == {"a": 1}


@pytest.fixture
def asked(registrar, device, make_listener):
    """Ask the CSE's way at a device; returns the primitive it answers."""
    listener = make_listener(answers_by_itself=False)
    register_ae(device, registrar, "Cdev", poa=[listener.url])

    def ask(rsc, status, op=5, body=b"", **headers):
        rqi = registrar.asks(op, "Cdev", {"m2m:sgn": {}}, fr="/id-in")
        listener.expect().replies(rsc, status, body, headers)
        return registrar.expect_answer(rqi)

    return ask


def test_every_status_of_a_device_crosses_to_the_cse(asked):
    wrong = []
    for rsc, status in STATUS.items():
        answer = asked(rsc, status)
        if answer["rsc"] != rsc:
            wrong.append(f"{rsc} became {answer}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "status, rsc",
    [
        (200, 2000),
        (204, 2000),
        (400, 4000),
        (401, 4106),
        (403, 4103),
        (404, 4004),
        (405, 4005),
        (406, 5207),
        (409, 4105),
        (415, 4015),
        (500, 5000),
        (501, 5001),
        (502, 5103),
        (503, 5103),
        (504, 4008),
    ],
)
def test_a_plain_web_servers_status_becomes_one_of_ours(asked, status, rsc):
    assert asked(None, status)["rsc"] == rsc
