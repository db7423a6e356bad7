"""Content crosses byte for byte in every direction: 64-bit numbers, long
decimals, every Unicode plane, escapes, blanks and order (story 8)."""

import pytest
from support.registering import register_ae
from support.wire import CREATE, RETRIEVE

PLANES = "".join(
    chr((plane << 16) + at)
    for plane in range(17)
    for at in (0x41, 0x1234, 0xABCD, 0xFFFD)
    if plane or at != 0xD800
)
CONTENTS = {
    "64-bit integers": '{"a":9007199254740993,"b":18446744073709551615,'
    '"c":-9223372036854775808,"d":123456789012345678901234567890}',
    "long decimals": '{"a":0.1000000000000000055511151231257827,"b":1.0,'
    '"c":1.10,"d":-0,"e":-0.0,"f":1E5,"g":1e-7,"h":1.7976931348623157e308}',
    "every plane": '{"con":"' + PLANES + '"}',
    "escaped planes": '{"con":"\\u0041\\u00e4\\u20AC\\ud83d\\uDE00\\uffff"}',
    "escapes": '{"con":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u001f\\u007f"}',
    "escaped names": '{"c\\u006fn":1,"\\u0065\\"x\\"":{"\\/":[]}}',
    "blanks": '{ "a" : [ 1 ,\t2 ,\r\n3 ] , "b" : { } }',
    "order": '{"z":1,"a":2,"m":{"b":1,"a":[{"y":1,"x":2}]}}',
    "odd values": '{"a":null,"b":true,"c":false,"d":"","e":[],"f":{},"":1}',
    "nested JSON": '{"con":"{\\"a\\":\\"\\\\\\"x\\\\\\"\\"}"}',
    "deep": '{"a":' + "[" * 24 + "1" + "]" * 24 + "}",
    "looks like ours": '{"m2m:rqp":{"op":1,"rqi":"x","pc":{"rsc":2000}}}',
    "long": '{"con":"' + "0123456789" * 50000 + '"}',
    "line separators": '{"con":"\u2028\u2029\u0085\ufeff\u200b"}',
}


def resource(text):
    """The one member that content of a resource has."""
    return f'{{"m2m:x":{text}}}'


@pytest.mark.parametrize("name", CONTENTS)
def test_from_a_device_and_back(registrar, device, name):
    content = resource(CONTENTS[name])
    pending = device.asks("POST", "/cse-in", content, ty=4)
    heard = registrar.expect_request(op=CREATE, ty=4)
    assert heard.text_of("pc") == content
    rqi = heard.text_of("rqi")
    registrar.says(f'{{"rsc":2001,"rqi":{rqi},"rvi":"3","pc":{content}}}')
    assert pending.answer().expect(2001).content == content.encode()


@pytest.mark.parametrize("name", CONTENTS)
def test_to_a_device_and_back(registrar, device, make_listener, name):
    content = resource(CONTENTS[name])
    listener = make_listener(answers_by_itself=False)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    registrar.says(
        '{"op":5,"to":"Cdev","fr":"/id-in","rqi":"n","rvi":"3",'
        f'"pc":{content}}}'
    )
    arrival = listener.expect(method="POST")
    assert arrival.body == content.encode()
    arrival.replies(2000, body=content.encode())
    assert registrar.expect_answer("n").text_of("pc") == content


@pytest.mark.parametrize("name", CONTENTS)
def test_between_two_websockets(registrar, gateway, make_registree, name):
    content = CONTENTS[name]
    registree = make_registree(gateway, "Cws")
    registree.says(
        '{"op":1,"to":"cse-in","fr":"Cws","rqi":"q","rvi":"3","ty":4,'
        f'"pc":{content},"vsi":"\\u0041\u00e4"}}'
    )
    heard = registrar.expect_request(op=CREATE)
    assert heard.text_of("pc") == content
    assert heard["vsi"] == "A\u00e4"
    rqi = heard.text_of("rqi")
    registrar.says(f'{{"rsc":2001,"rqi":{rqi},"pc":{content}}}')
    assert registree.expect_answer("q").text_of("pc") == content


def test_content_that_is_no_object_crosses(registrar, device):
    """Some peers send text where an object belongs."""
    pending = device.asks("GET", "/cse-in")
    heard = registrar.expect_request(op=RETRIEVE)
    rqi = heard.text_of("rqi")
    registrar.says(f'{{"rsc":4000,"rqi":{rqi},"pc":"to parsing error"}}')
    answer = pending.answer().expect(4000, 400)
    assert answer.content == b'"to parsing error"'


def test_unknown_parameters_keep_their_value(
    registrar, gateway, make_registree
):
    registree = make_registree(gateway, "Cws")
    registree.says(
        '{"op":2,"to":"cse-in","fr":"Cws","rqi":"q","rvi":"3",'
        '"zzz":{"b":1.00,"a":[9007199254740993]},"prpi":"x"}'
    )
    heard = registrar.expect_request(op=RETRIEVE)
    assert heard.text_of("zzz") == '{"b":1.00,"a":[9007199254740993]}'
    assert heard["prpi"] == "x"
    registrar.answers(heard, 2000, {"a": 1}, yyy=[1, {"c": None}])
    assert registree.expect_answer("q")["yyy"] == [1, {"c": None}]
