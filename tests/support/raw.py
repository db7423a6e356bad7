"""Raw - HTTP byte by byte, for what no client library would send."""

import socket
import time

from support.waiting import DEADLINE, Missed


class RawAnswer:
    """One HTTP answer read from a socket."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def __str__(self):
        return f"{self.status} {self.headers} {self.body[:120]!r}"


class Raw:
    """A TCP connection that sends what it is told."""

    def __init__(self, port, address="127.0.0.1", source=None):
        self.socket = socket.create_connection(
            (address, port), DEADLINE, (source, 0) if source else None
        )
        self.rest = b""
        self.is_closed = False

    def sends(self, data):
        """Send; a peer that has already closed is no mistake of ours."""
        data = data.encode() if isinstance(data, str) else data
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self.is_closed = True
            return False
        return True

    def half_closes(self):
        self.socket.shutdown(socket.SHUT_WR)

    def _more(self, until):
        """Read once.  False at the end of the connection."""
        left = until - time.monotonic()
        if left <= 0:
            raise Missed(f"no answer; so far {self.rest[:200]!r}")
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(65536)
        except socket.timeout:
            raise Missed(f"no answer; so far {self.rest[:200]!r}") from None
        except ConnectionResetError:
            data = b""
        if not data:
            self.is_closed = True
            return False
        self.rest += data
        return True

    def _until(self, mark, until):
        while mark not in self.rest:
            if not self._more(until):
                return None
        head, self.rest = self.rest.split(mark, 1)
        return head

    def answer(self, within=DEADLINE, has_body=True):
        """The next answer, or None when the connection ended first."""
        until = time.monotonic() + within
        head = self._until(b"\r\n\r\n", until)
        if head is None:
            return None
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split()[1])
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        length = int(headers.get("content-length", 0)) if has_body else 0
        if status < 200 or status == 204:
            length = 0
        while len(self.rest) < length:
            if not self._more(until):
                break
        body, self.rest = self.rest[:length], self.rest[length:]
        return RawAnswer(status, headers, body)

    def answers_until_closed(self, within=DEADLINE):
        """All answers up to the end of the connection."""
        found = []
        while answer := self.answer(within):
            found.append(answer)
        return found

    def expect_closed(self, within=DEADLINE):
        """Wait for the end of the connection; returns what came before."""
        until = time.monotonic() + within
        while self._more(until):
            pass
        return self.rest

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()


def request(
    method="GET",
    path="/cse-in",
    body=b"",
    headers=(),
    version="HTTP/1.1",
    rqi="raw1",
    ty=None,
):
    """A proper request as bytes; headers are whole lines added at the end."""
    lines = [
        f"{method} {path} {version}",
        "Host: 127.0.0.1",
        "X-M2M-Origin: CAdmin",
        f"X-M2M-RI: {rqi}",
        "X-M2M-RVI: 3",
    ]
    if body:
        kind = f"application/json;ty={ty}" if ty else "application/json"
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    text = "\r\n".join([*lines, *headers]) + "\r\n\r\n"
    return text.encode("latin-1") + body


def serves(gateway):
    """A good device on a connection of its own is answered, by a CSE that
    echoes."""
    with Raw(gateway.http_port) as raw:
        raw.sends(request(path="/good"))
        answer = raw.answer()
    assert (answer.status, answer.body) == (200, b'{"to": "good"}')
