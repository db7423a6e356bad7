"""A reload that lowers limits.content in the middle of a message ends it with a
clear refusal, and holds for all that follows."""

import copy

from support.raw import Raw
from support.settings import settings
from support.wire import answer_to

HEAD = (
    "POST /cse-in HTTP/1.1\r\nHost: a\r\nX-M2M-RI: 1\r\nX-M2M-Origin: C1\r\n"
    "X-M2M-RVI: 3\r\nContent-Type: application/json;ty=4\r\n"
)


def lowered(config):
    config = copy.deepcopy(config)
    config["limits"]["content"] = "64KiB"
    return config


def test_an_upload_that_has_become_too_large(registrar, start_gateway):
    registrar.plays(lambda m: answer_to(m, 2001))
    limits = {"content": "1MiB", "queue": "4MiB"}
    gateway = start_gateway(settings(registrar, limits=limits))
    body = b'{"m2m:cin":{"con":"' + b"x" * 500_000 + b'"}}'
    upload = Raw(int(gateway.http.rsplit(":", 1)[1]))
    upload.sends(f"{HEAD}Content-Length: {len(body)}\r\n\r\n")
    upload.sends(body[:262_144])
    gateway.reload(lowered(gateway.config))
    upload.sends(body[262_144:])
    assert b"larger than" in upload.answer().body
    later = Raw(int(gateway.http.rsplit(":", 1)[1]))
    later.sends(f"{HEAD}Content-Length: {len(body)}\r\n\r\n")
    assert later.answer().status == 413
