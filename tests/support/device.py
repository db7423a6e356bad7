"""Device - something that speaks only the oneM2M HTTP binding.

It asks through `requests`, and listens at a point of access of its own.
"""

import concurrent.futures
import http.server
import itertools
import json
import queue
import socket
import threading

import requests

from support.waiting import DEADLINE, Mailbox


class Answer:
    """An HTTP answer with the words of oneM2M."""

    def __init__(self, response):
        self.status = response.status_code
        self.headers = response.headers
        self.content = response.content
        self.text = response.content.decode(errors="replace")

    @property
    def rsc(self):
        text = self.headers.get("X-M2M-RSC")
        return int(text) if text else None

    @property
    def rqi(self):
        return self.headers.get("X-M2M-RI")

    @property
    def pc(self):
        return json.loads(self.content) if self.content else None

    def expect(self, rsc, status=None):
        """Check the RSC, and the status if given; returns itself."""
        assert self.rsc == rsc, f"wanted {rsc}: {self}"
        assert status in (None, self.status), f"wanted {status}: {self}"
        return self

    def __str__(self):
        return (
            f"HTTP {self.status} RSC {self.rsc} RI {self.rqi}: "
            f"{self.text[:300]}"
        )


class Pending:
    """A request whose answer is still to come."""

    def __init__(self, future, rqi):
        self._future = future
        self.rqi = rqi

    @property
    def is_answered(self):
        return self._future.done()

    def answer(self, within=DEADLINE):
        return self._future.result(within)


class SourceAdapter(requests.adapters.HTTPAdapter):
    """One whose connections come from this address."""

    def __init__(self, source):
        self.source = source
        super().__init__()

    def init_poolmanager(self, *args, **how):
        how["source_address"] = (self.source, 0)
        super().init_poolmanager(*args, **how)


class Device:
    """Asks; each call is one HTTP request."""

    def __init__(
        self,
        url,
        originator="CAdmin",
        release="3",
        n_at_once=16,
        address=None,
    ):
        self.url = url
        self.originator = originator
        self.release = release
        self.address = address
        self._ids = itertools.count(1)
        self._own = threading.local()
        self._pool = concurrent.futures.ThreadPoolExecutor(n_at_once)

    def _session(self):
        if not hasattr(self._own, "session"):
            self._own.session = requests.Session()
            self._own.session.trust_env = False
            if self.address:
                from_there = SourceAdapter(self.address)
                self._own.session.mount("http://", from_there)
        return self._own.session

    def _headers(self, rqi, origin, ty, body, more):
        headers = {
            "X-M2M-RI": rqi,
            "X-M2M-RVI": self.release,
            "X-M2M-Origin": self.originator if origin is ... else origin,
        }
        if body is not None:
            plain = "application/json"
            headers["Content-Type"] = f"{plain};ty={ty}" if ty else plain
        headers.update(more or {})
        return {k: v for k, v in headers.items() if v is not None}

    def sends(
        self,
        method,
        path,
        body=None,
        *,
        ty=None,
        rqi=None,
        origin=...,
        headers=None,
        within=DEADLINE + 10,
    ):
        """One request and its answer.  A header given as None is left out."""
        rqi = rqi or f"d{next(self._ids)}"
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        return Answer(
            self._session().request(
                method,
                self.url + path,
                data=body,
                headers=self._headers(rqi, origin, ty, body, headers),
                timeout=within,
                allow_redirects=False,
            )
        )

    def asks(self, method, path, body=None, **how):
        """The same, without waiting for the answer."""
        rqi = how.pop("rqi", None) or f"d{next(self._ids)}"
        future = self._pool.submit(
            self.sends, method, path, body, rqi=rqi, **how
        )
        return Pending(future, rqi)

    def creates(self, path, ty, body, **how):
        return self.sends("POST", path, body, ty=ty, **how)

    def retrieves(self, path, **how):
        return self.sends("GET", path, **how)

    def updates(self, path, body, **how):
        return self.sends("PUT", path, body, **how)

    def deletes(self, path, **how):
        return self.sends("DELETE", path, **how)

    def close(self):
        self._pool.shutdown(wait=False, cancel_futures=True)


class Arrival:
    """A request that came to a point of access."""

    def __init__(self, handler, body):
        self.method = handler.command
        self.path = handler.path
        self.headers = handler.headers
        self.body = body
        self.text = body.decode(errors="replace")
        self.connection = handler.client_address[1]
        self._reply = queue.Queue()

    @property
    def pc(self):
        return json.loads(self.body) if self.body else None

    @property
    def rqi(self):
        return self.headers["X-M2M-RI"]

    def replies(self, rsc=2000, status=200, body=b"", headers=None):
        """Answer it.  rsc None leaves the header out, as plain servers do."""
        given = {"X-M2M-RI": self.rqi, "X-M2M-RVI": "3"}
        if rsc is not None:
            given["X-M2M-RSC"] = str(rsc)
        if body:
            given["Content-Type"] = "application/json"
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        given.update(headers or {})
        given = {k: v for k, v in given.items() if v is not None}
        self._reply.put((status, given, body))

    def hangs_up(self):
        """Close the connection without an answer."""
        self._reply.put(None)

    def wait_for_reply(self):
        return self._reply.get()

    def __str__(self):
        return f"{self.method} {self.path} RI {self.rqi}: {self.text[:300]}"


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


class Listener:
    """A point of access.  Answers 2000 by itself unless told to wait."""

    def __init__(self, address="127.0.0.1", answers_by_itself=True, tls=None):
        self.arrivals = Mailbox("what arrived at the point of access")
        self.answers_by_itself = answers_by_itself
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _any(self):
                listener.serve_one(self)

            do_GET = do_POST = do_PUT = do_DELETE = _any

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            address_family = family_of(address)
            request_queue_size = 1024

            def handle_error(self, request, client_address):
                pass  # a peer that leaves is part of many stories

        self._server = Server((address, 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://{address}:{self.port}"
        if tls:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True
            )
            self.url = f"https://localhost:{self.port}"
        threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        ).start()

    def serve_one(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        if handler.headers.get("Transfer-Encoding", "") == "chunked":
            body = read_chunks(handler.rfile)
        else:
            body = handler.rfile.read(length)
        arrival = Arrival(handler, body)
        self.arrivals.put(arrival)
        if self.answers_by_itself:
            arrival.replies()
        reply = arrival.wait_for_reply()
        if reply is None:
            handler.close_connection = True
            handler.connection.close()
            return
        status, headers, content = reply
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def expect(self, within=DEADLINE, method=None, path=None):
        """Take the next request that came here; a path without a query is
        also that of a request with one."""

        def fits(a):
            paths = (None, a.path, a.path.partition("?")[0])
            return method in (None, a.method) and path in paths

        return self.arrivals.take(
            fits,
            f"{method or 'a request'} {path or ''}",
            within,
        )

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def read_chunks(stream):
    """The body of a chunked message."""
    body = b""
    while True:
        size = int(stream.readline().split(b";")[0], 16)
        body += stream.read(size)
        stream.readline()
        if size == 0:
            return body
