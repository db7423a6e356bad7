#!/usr/bin/env python3
"""Print a device's message beside the primitive that it became, or came from:

    columns.py FILE LOG-FILE sent|received KEY

FILE is an HTTP message as it was sent, or the same in words for CoAP and MQTT:
a first line, headers, an empty line, content.

The primitive is taken from the JSON log of the gateway, which tells each
message of a WebSocket link at level debug; KEY is its rqi, or whom a
notification is for: over MQTT it has another rqi.
"""

import json
import sys
import textwrap
import time

WIDTH = 52
IS_COLOURED = sys.stdout.isatty()


def is_it(primitive, key):
    is_for_it = primitive.get("op") == 5 and primitive.get("to") == key
    return is_for_it or primitive.get("rqi") == key


def find_primitive(log, event, key):
    """The newest message of that kind; the log may be a moment late."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with open(log, encoding="utf-8", errors="replace") as file:
            for line in reversed(file.read().splitlines()):
                primitive = read_primitive(line, event)
                if primitive and is_it(primitive, key):
                    return primitive
        time.sleep(0.05)
    sys.exit(f"columns.py: no message {event} about {key} in {log}")


def read_primitive(line, event):
    try:
        entry = json.loads(line)
        if entry["topic"] != "ws" or entry["event"] != event:
            return None
        return json.loads(entry["msg"][entry["msg"].index("{"):])
    except (ValueError, KeyError, TypeError):
        return None


def layout(value, indent=0, head="", tail=""):
    """JSON as lines: a value stands on one line where it fits."""
    flat = " " * indent + head + json.dumps(value) + tail
    if len(flat) <= WIDTH or not isinstance(value, (dict, list)) or not value:
        return [flat]
    is_object = isinstance(value, dict)
    items = list(value.items()) if is_object else [("", v) for v in value]
    lines = [" " * indent + head + ("{" if is_object else "[")]
    for i, (name, item) in enumerate(items):
        lines += layout(item, indent + 2, f'"{name}": ' if is_object else "",
                        "," if i < len(items) - 1 else "")
    return lines + [" " * indent + ("}" if is_object else "]") + tail]


def native_lines(text):
    """Start line, the headers that mean something to oneM2M, content."""
    head, _, body = text.replace("\r\n", "\n").partition("\n\n")
    start, *headers = head.split("\n")
    lines = [start.strip()]
    told = ("x-m2m-", "onem2m-", "content-type", "content-loc", "content-f")
    for header in headers:
        if header.lower().startswith(told):
            lines.append(header.strip())
    if body.strip():
        lines += ["", *layout(json.loads(body))]
    return lines


def fold(lines):
    folded = []
    for line in lines:
        folded += textwrap.wrap(line, WIDTH, subsequent_indent="    ",
                                drop_whitespace=False) or [""]
    return folded


def main():
    native, log, event, key = sys.argv[1:]
    with open(native, encoding="utf-8") as file:
        left = fold(native_lines(file.read()))
    right = fold(layout(find_primitive(log, event, key)))
    bar = "\033[2m|\033[0m" if IS_COLOURED else "|"
    for i in range(max(len(left), len(right))):
        a = left[i] if i < len(left) else ""
        b = right[i] if i < len(right) else ""
        print(f"   {a:{WIDTH}} {bar} {b}".rstrip())


main()
