#!/usr/bin/env python3
"""A device that speaks CoAP, in what a newcomer can read in a minute:

    coap_device.py post PORT FOLDER ID PATH ORIGIN TYPE BODY
    coap_device.py listen FOLDER

post sends one CREATE (confirmable POST, RFC 7252) to the gateway and keeps
request and answer as FOLDER/ID.request and FOLDER/ID.answer.  listen prints
"port N", keeps each request as FOLDER/coap-notification.1, .2 and so on, and
answers it with 2.04.  The options of oneM2M are those of TS-0008 6.2.2.4.
"""

import os
import socket
import sys

CON, ACK = 0, 2
POST, CHANGED = 2, 68
URI_PATH, CONTENT_FORMAT, JSON = 11, 12, 50
FR, RQI, TY, RVI, RSC = 279, 283, 267, 271, 307
NAMES = {
    8: "Location-Path",
    URI_PATH: "Uri-Path",
    CONTENT_FORMAT: "Content-Format",
    60: "Size1",
    259: "oneM2M-OT",
    FR: "oneM2M-FR",
    RQI: "oneM2M-RQI",
    TY: "oneM2M-TY",
    RVI: "oneM2M-RVI",
    RSC: "oneM2M-RSC",
}
NUMBERS = (CONTENT_FORMAT, 60, TY, RSC)
WAITS_S = (2, 4, 8, 16)


def uint(value):
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def nibble(n):
    """How a delta or a length is written (RFC 7252 3.1)."""
    if n < 13:
        return n, b""
    if n < 269:
        return 13, bytes([n - 13])
    return 14, (n - 269).to_bytes(2, "big")


def write(kind, code, message_id, token, options, payload=b""):
    out = bytes([1 << 6 | kind << 4 | len(token), code])
    out += message_id.to_bytes(2, "big") + token
    last = 0
    for number, value in sorted(options, key=lambda option: option[0]):
        delta, more_delta = nibble(number - last)
        length, more_length = nibble(len(value))
        out += bytes([delta << 4 | length]) + more_delta + more_length + value
        last = number
    return out + (b"\xff" + payload if payload else b"")


def read_nibble(n, data, at):
    if n == 13:
        return data[at] + 13, at + 1
    if n == 14:
        return int.from_bytes(data[at:at + 2], "big") + 269, at + 2
    return n, at


def read(data):
    """Kind, code, message id, token, options and payload of a message."""
    token_length = data[0] & 15
    at = 4 + token_length
    options, number = [], 0
    while at < len(data) and data[at] != 0xFF:
        head, at = data[at], at + 1
        delta, at = read_nibble(head >> 4, data, at)
        length, at = read_nibble(head & 15, data, at)
        number += delta
        options.append((number, data[at:at + length]))
        at += length
    message_id = int.from_bytes(data[2:4], "big")
    return (data[0] >> 4 & 3, data[1], message_id, data[4:4 + token_length],
            options, data[at + 1:])


def text_of(first, options, payload):
    """A message as a person reads it."""
    lines = [first]
    for number, value in options:
        name = NAMES.get(number, f"option {number}")
        if number in NUMBERS:
            lines.append(f"{name}: {int.from_bytes(value, 'big')}")
        elif number != URI_PATH:
            lines.append(f"{name}: {value.decode(errors='replace')}")
    return "\n".join(lines) + "\n\n" + payload.decode() + "\n"


def keep(name, text):
    """Under its final name a file is always whole."""
    with open(name + ".part", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(name + ".part", name)


def code_text(code):
    return f"{code >> 5}.{code & 31:02}"


def ask(channel, message, token):
    """Send until it is acknowledged, and wait for the answer: it comes with
    the acknowledgement, or by itself when it takes longer."""
    is_acknowledged = False
    for wait_s in WAITS_S:
        if not is_acknowledged:
            channel.send(message)
        channel.settimeout(wait_s)
        try:
            while True:
                kind, code, message_id, its_token, options, payload = read(
                    channel.recv(65536))
                is_acknowledged = is_acknowledged or kind == ACK
                if kind == CON:
                    channel.send(write(ACK, 0, message_id, b"", []))
                if code and its_token == token:
                    return code, options, payload
        except TimeoutError:
            pass
    sys.exit("coap_device.py: the gateway did not answer")


def post(port, folder, rqi, path, origin, resource_type, body):
    token = os.urandom(4)
    options = [(URI_PATH, part.encode()) for part in path.split("/") if part]
    options += [
        (CONTENT_FORMAT, uint(JSON)),
        (TY, uint(int(resource_type))),
        (RVI, b"3"),
        (FR, origin.encode()),
        (RQI, rqi.encode()),
    ]
    message = write(CON, POST, int.from_bytes(os.urandom(2), "big"), token,
                    options, body.encode())
    channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    channel.connect(("127.0.0.1", int(port)))
    name = os.path.join(folder, rqi)
    keep(name + ".request",
         text_of(f"POST coap://127.0.0.1{path}", options, body.encode()))
    code, options, payload = ask(channel, message, token)
    keep(name + ".answer", text_of(code_text(code), options, payload))


def listen(folder):
    channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    channel.bind(("127.0.0.1", 0))
    print(f"port {channel.getsockname()[1]}", flush=True)
    seen, count = {}, 0
    while True:
        data, peer = channel.recvfrom(65536)
        kind, code, message_id, token, options, payload = read(data)
        if kind != CON or code != POST:
            continue
        if (peer, message_id) not in seen:
            path = b"/".join(v for n, v in options if n == URI_PATH).decode()
            rqi = [(n, v) for n, v in options if n == RQI]
            seen[peer, message_id] = write(
                ACK, CHANGED, message_id, token, [*rqi, (RSC, uint(2000))])
            count += 1
            keep(os.path.join(folder, f"coap-notification.{count}"),
                 text_of(f"POST /{path}", options, payload))
        channel.sendto(seen[peer, message_id], peer)


if __name__ == "__main__":
    {"post": post, "listen": listen}[sys.argv[1]](*sys.argv[2:])
