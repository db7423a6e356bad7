"""CoAP clients that nobody here wrote: aiocoap, the npm package `coap`, and
coap-client of libcoap."""

import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import threading

import aiocoap
import aiocoap.resource
from aiocoap.numbers.optionnumbers import OptionNumber
from aiocoap.optiontypes import OpaqueOption

from support import background
from support.coap import CURRENT, uint
from support.process import ROOT
from support.waiting import DEADLINE, Mailbox

HERE = pathlib.Path(__file__).parent


class Answer:
    """What a client got: status, options by number, payload."""

    def __init__(self, status, options, payload):
        self.status = status
        self.options = options
        self.payload = payload

    @property
    def rsc(self):
        value = self.options.get(CURRENT["rsc"])
        return None if value is None else int.from_bytes(value, "big")

    @property
    def pc(self):
        return json.loads(self.payload) if self.payload else None

    def expect(self, rsc, status):
        assert (self.rsc, self.status) == (rsc, status), str(self)
        return self

    def __str__(self):
        return f"{self.status} {self.options} {self.payload[:200]}"


def onem2m_options(rqi, origin="CAdmin", ty=None):
    options = {
        CURRENT["rqi"]: rqi.encode(),
        CURRENT["fr"]: origin.encode(),
        CURRENT["rvi"]: b"3",
    }
    if ty:
        options[CURRENT["ty"]] = uint(ty)
    return options


def by_aiocoap(port, method, path, options, payload=b"", query=()):
    """One request by aiocoap."""

    async def ask():
        context = await aiocoap.Context.create_client_context()
        try:
            uri = f"coap://127.0.0.1:{port}/{path}"
            if query:
                uri += "?" + "&".join(query)
            message = aiocoap.Message(
                code=getattr(aiocoap, method), uri=uri, payload=payload
            )
            if payload:
                message.opt.content_format = 50
            for number, value in options.items():
                option = OpaqueOption(OptionNumber(number), value)
                message.opt.add_option(option)
            answer = await context.request(message).response
            got = {int(o.number): o.encode() for o in answer.opt.option_list()}
            return Answer(answer.code.dotted, got, answer.payload)
        finally:
            await context.shutdown()

    return background.run(ask(), DEADLINE)


def npm_package():
    """The npm package, installed when it is first needed."""
    folder = ROOT / "build" / "npm"
    wanted = (HERE / "package.json").read_text(encoding="utf-8")
    stamp = folder / "package.json"
    package = folder / "node_modules" / "coap"
    if not package.is_dir() or stamp.read_text(encoding="utf-8") != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        stamp.write_text(wanted, encoding="utf-8")
        subprocess.run(
            [shutil.which("npm") or "npm", "install", "--no-audit"]
            + ["--no-fund", "--ignore-scripts", "--no-package-lock"],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=120,
        )
    return str(package)


def node(wish):
    return subprocess.Popen(
        ["node", str(HERE / "coap_client.js"), json.dumps(wish)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "COAP_PACKAGE": npm_package()},
        text=True,
    )


def encoded(value):
    return base64.b64encode(value).decode()


NAMES = {"Content-Format": 12, "Max-Age": 14, "Block2": 23}


def by_npm(port, method, path, options, payload=b"", query=()):
    """One request by the npm package."""
    wish = {
        "port": port,
        "method": method,
        "path": "/" + path,
        "query": "&".join(query),
        "options": {str(n): encoded(v) for n, v in options.items()},
        "payload": encoded(payload),
    }
    if payload:
        wish["options"]["12"] = encoded(uint(50))
    if len(payload) > 1024:
        wish["options"]["Block1"] = encoded(b"\x06")  # 1024 bytes each
    process = node(wish)
    out, error = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, error
    told = json.loads(out.splitlines()[-1])
    got = {
        int(n): base64.b64decode(v) for n, v in told["options"] if n.isdigit()
    }
    return Answer(told["code"], got, base64.b64decode(told["payload"]))


class NpmListener:
    """A point of access by the npm package; answers 2.04."""

    def __init__(self):
        self.arrivals = Mailbox("what the npm point of access heard")
        self.process = node({"listen": True})
        self.port = json.loads(self.process.stdout.readline())["port"]
        self.url = f"coap://127.0.0.1:{self.port}"
        threading.Thread(target=self._reads, daemon=True).start()

    def _reads(self):
        for line in self.process.stdout:
            told = json.loads(line)
            told["pc"] = json.loads(base64.b64decode(told["payload"]))
            self.arrivals.put(told)

    def close(self):
        self.process.kill()
        self.process.communicate()


class AiocoapListener:
    """A point of access by aiocoap; answers 2.04."""

    def __init__(self):
        self.arrivals = Mailbox("what the aiocoap point of access heard")
        listener = self

        class Everything(aiocoap.resource.Resource):
            async def needs_blockwise_assembly(self, request):
                return True

            async def render(self, request):
                path = "/".join(request.opt.uri_path)
                pc = json.loads(request.payload)
                listener.arrivals.put({"url": "/" + path, "pc": pc})
                return aiocoap.Message(code=aiocoap.CHANGED)

        async def start():
            context = await aiocoap.Context.create_server_context(
                Everything(), bind=("127.0.0.1", 0), transports=["udp6"]
            )
            [messages] = context.request_interfaces
            transport = messages.token_interface.message_interface.transport
            bound = transport.get_extra_info("socket")
            return context, bound.getsockname()[1]

        self._context, self.port = background.run(start())
        self.url = f"coap://127.0.0.1:{self.port}"

    def close(self):
        background.run(self._context.shutdown())


MESSAGE = re.compile(
    r"v:1 t:(?P<type>\w+) c:(?P<code>\d\.\d\d) .*?\[ (?P<options>.*?) \]"
    r"(?: :: '(?P<payload>.*)')?"
)


def by_coap_client(port, method, path, options, payload=b"", query=()):
    """One request by coap-client.  It drops an answer with more critical
    options than it can be told of, so what it got is read from its log."""
    args = ["coap-client-openssl", "-v", "7", "-B", "2", "-m", method.lower()]
    # It asks for no second block, so it pays for the whole answer at once:
    # with an option that nobody knows and all pass over.
    args += ["-O", f"65000,0x{'00' * 255}"]
    for number, value in options.items():
        args += ["-O", f"{number},0x{value.hex()}"]
    if payload:
        args += ["-t", "50", "-f", "-"]
    uri = f"coap://127.0.0.1:{port}/{path}"
    done = subprocess.run(
        [*args, uri + ("?" + "&".join(query) if query else "")],
        input=payload,
        capture_output=True,
        timeout=DEADLINE + 10,
        check=False,
    )
    log = (done.stdout + done.stderr).decode(errors="replace")
    answers = [
        m for m in map(MESSAGE.search, log.splitlines())
        if m and m["code"][0] in "245"
    ]
    assert answers, log
    last = answers[-1]
    got = {}
    for field in last["options"].split(", "):
        number, _, text = field.partition(":")
        if number.isdigit():
            raw = re.findall(r"\\x([0-9A-F]{2})", text)
            got[int(number)] = bytes(int(b, 16) for b in raw)
    return Answer(last["code"], got, (last["payload"] or "").encode())


CLIENTS = {
    "aiocoap": by_aiocoap,
    "npm": by_npm,
    "coap-client": by_coap_client,
}

__all__ = ["CLIENTS", "AiocoapListener", "NpmListener", "onem2m_options"]
