"""A thousand devices use the same request identifier at the same time, the CSE
answers in random order, and nobody sees another's answer (story 3)."""

import asyncio
import json
import random

import httpx
import pytest
from support import background
from support.raw import request
from support.registering import register_ae
from support.waiting import DEADLINE
from support.wire import RETRIEVE, answer_to

N_DEVICES = 1000
N_REGISTREES = 50


class ShufflingCse:
    """Answers nothing until it has heard all, and then in random order."""

    def __init__(self, n, seed):
        self.n = n
        self.random = random.Random(seed)
        self.heard = []

    def __call__(self, message):
        self.heard.append(message)
        return self.answers_all() if len(self.heard) == self.n else ""

    async def answers_all(self):
        self.random.shuffle(self.heard)
        for message in self.heard:
            reply = answer_to(message, 2000, {"who": message["fr"]})
            await message.wire.socket.send(json.dumps(reply))


async def one_device(port, number):
    """Ask over a connection of its own; returns what came back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    text = request(path="/cse-in", rqi="1")
    writer.write(text.replace(b"CAdmin", f"Cdev{number}".encode()))
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = int(head.split("content-length:")[1].split()[0])
    body = json.loads(await reader.readexactly(length))
    writer.close()
    return head, body


@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_sees_anothers_answer(registrar, gateway, seed):
    cse = ShufflingCse(N_DEVICES, seed)
    registrar.plays(cse)

    async def all_devices():
        port = gateway.http_port
        asks = (one_device(port, n) for n in range(N_DEVICES))
        return await asyncio.gather(*asks)

    results = background.run(all_devices(), 4 * DEADLINE)
    for number, (head, body) in enumerate(results):
        assert "x-m2m-ri: 1\r\n" in head
        assert "x-m2m-rsc: 2000\r\n" in head
        assert body == {"who": f"Cdev{number}"}
    assert len({m["rqi"] for m in cse.heard}) == N_DEVICES
    assert len(registrar.wires) == 1


def test_a_client_with_few_connections_is_not_confused(registrar, gateway):
    """Many requests, all "1", over a pool of kept connections."""
    registrar.plays(lambda m: answer_to(m, 2000, {"who": m["fr"]}))

    async def one(client, number):
        headers = {
            "X-M2M-Origin": f"Cdev{number}",
            "X-M2M-RI": "1",
            "X-M2M-RVI": "3",
        }
        return await client.get("/cse-in", headers=headers)

    async def all_at_once():
        async with httpx.AsyncClient(
            base_url=gateway.http, trust_env=False, timeout=3 * DEADLINE
        ) as client:
            return await asyncio.gather(*(one(client, n) for n in range(200)))

    answers = background.run(all_at_once(), within=3 * DEADLINE)
    for number, answer in enumerate(answers):
        assert answer.headers["X-M2M-RI"] == "1"
        assert answer.json() == {"who": f"Cdev{number}"}


def test_registrees_and_devices_are_kept_apart_too(
    registrar, gateway, device, make_registree
):
    registrees = [
        make_registree(gateway, f"Cws{n}") for n in range(N_REGISTREES)
    ]
    cse = ShufflingCse(N_REGISTREES + 1, 3)
    registrar.plays(cse)
    pending = device.asks("GET", "/cse-in", rqi="1")
    for n, registree in enumerate(registrees):
        registree.asks(RETRIEVE, "cse-in", rqi="1", fr=f"Cws{n}")
    for n, registree in enumerate(registrees):
        assert registree.expect_answer("1")["pc"] == {"who": f"Cws{n}"}
    answer = pending.answer().expect(2000)
    assert answer.rqi == "1"
    assert answer.pc == {"who": "CAdmin"}


def test_an_identifier_that_is_free_is_kept(registrar, device):
    pending = device.asks("GET", "/cse-in", rqi="CAdmin/4711")
    heard = registrar.expect_request(op=RETRIEVE)
    assert heard["rqi"] == "CAdmin/4711"
    registrar.answers(heard)
    assert pending.answer().rqi == "CAdmin/4711"


def test_questions_of_the_cse_do_not_mix_with_ours(
    registrar, device, make_listener
):
    """Both sides use "1" on one link at the same time."""
    listener = make_listener(answers_by_itself=False)
    register_ae(device, registrar, "Cdev", poa=[listener.url])
    pending = device.asks("GET", "/cse-in", rqi="1")
    heard = registrar.expect_request(op=RETRIEVE)
    registrar.notifies("Cdev", {"m2m:sgn": {}}, rqi="1")
    listener.expect().replies(5203, status=403)
    registrar.expect_answer("1", rsc=5203)
    registrar.answers(heard, 2000, {"m2m:cb": {}})
    pending.answer().expect(2000)
