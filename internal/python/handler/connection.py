"""HTTP: reads the requests of a connection, within limits, and writes the responses."""

from __future__ import annotations

import re
import socket
import time
from http.client import LineTooLong
from http.server import BaseHTTPRequestHandler
from typing import Any, Callable

from .host import Host, InFlight, take_internal
from .log import RequestLog, request_log
from .render import TEXT, Headers, Response
from .site import Site

# Limits of a request, in bytes: of its head, as Go's server has it, of its body,
# as the platform has it, and of a line that gives the size of a chunk.
MAX_HEAD = 1 << 20
MAX_BODY = 4_500_000
MAX_CHUNK_LINE = 4096


class RequestError(Exception):
    """The request cannot be read to its end, and so nothing that follows it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Head:
    """The lines of a request's head, up to a limit."""

    def __init__(self, file: Any) -> None:
        self.file = file
        self.left = MAX_HEAD

    def readline(self, limit: int) -> bytes:
        line: bytes = self.file.readline(limit)
        self.left -= len(line)
        if self.left < 0:
            raise LineTooLong("head")
        return line


def read_body(file: Any, headers: Any, send_continue: Callable[[], Any]) -> bytes:
    """Read a request's body, calling send_continue first if there is one that can be read."""
    lengths, codings = headers.get_all("content-length", []), headers.get_all("transfer-encoding", [])
    if codings:
        if lengths:
            raise RequestError(400)  # servers differ in which one counts
        if [coding.strip().lower() for coding in codings] != ["chunked"]:
            raise RequestError(501)
        send_continue()
        return read_chunks(file)
    if not lengths:
        return b""
    if len(lengths) > 1 or not re.fullmatch("[0-9]+", lengths[0].strip()):
        raise RequestError(400)
    size = lengths[0].strip().lstrip("0")
    if len(size) > len(str(MAX_BODY)) or int(size or 0) > MAX_BODY:
        raise RequestError(413)
    send_continue()
    return read_exactly(file, int(size or 0))


def read_chunks(file: Any) -> bytes:
    body = bytearray()
    while True:
        size = re.fullmatch(rb"([0-9A-Fa-f]{1,16})[ \t]*(;[^\n]*)?\r?\n", file.readline(MAX_CHUNK_LINE))
        if not size:
            raise RequestError(400)
        count = int(size[1], 16)
        if count == 0:
            break
        if len(body) + count > MAX_BODY:
            raise RequestError(413)
        body += read_exactly(file, count)
        if file.readline(2) not in (b"\r\n", b"\n"):
            raise RequestError(400)
    trailers = Head(file)
    try:
        while trailers.readline(MAX_HEAD).strip():
            pass
    except LineTooLong:
        raise RequestError(431) from None
    return bytes(body)


def read_exactly(file: Any, size: int) -> bytes:
    data: bytes = file.read(size)
    if len(data) < size:
        raise ConnectionError("the host hung up")
    return data


def as_utf8(value: str) -> str:
    """A header's value, whose bytes http.server has decoded as Latin-1."""
    return value.encode("latin-1", "replace").decode(errors="replace")


class Server:
    """What all connections share."""

    def __init__(self, site: Site, host: Host) -> None:
        self.site = site
        self.host = host
        self.in_flight = InFlight()


class Connection(BaseHTTPRequestHandler):
    """Responds to the requests of one connection, one after the other."""

    server: Server  # type: ignore[assignment]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    refused = False
    expects = False

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):  # any method
            return self.respond
        raise AttributeError(name)

    def parse_request(self) -> bool:
        # Letters that are not ASCII, as other servers take them.
        self.raw_requestline = re.sub(rb"[\x80-\xff]", lambda m: b"%%%02X" % m[0][0], self.raw_requestline)
        self.expects = False
        file, self.rfile = self.rfile, Head(self.rfile)
        try:
            return super().parse_request()
        finally:
            self.rfile = file

    def handle_expect_100(self) -> bool:
        self.expects = True  # until it is known that the body can be read
        return True

    def send_continue(self) -> None:
        if self.expects:
            super().handle_expect_100()

    def respond(self) -> None:
        with self.server.in_flight:
            headers = Headers((name, as_utf8(value)) for name, value in self.headers.items())
            invocation, request = take_internal(headers)
            context = {"invocationId": invocation or "0", "requestId": request}
            is_ping = self.path == "/_vercel/ping"
            log = RequestLog(self.server.host, context)
            request_log.set(log)
            try:
                body = read_body(self.rfile, self.headers, self.send_continue)
                if is_ping:
                    return self.send(Response(200, [("Content-Type", TEXT)], b"OK"))
                self.send(self.server.site.respond(self.command, self.path, headers, body, log.error))
            except RequestError as refused:
                self.send_error(refused.status)
            finally:
                request_log.set(None)
                log.end()
                if invocation and not is_ping:
                    self.server.host.send("end", {"context": context})

    def send_error(self, code: int, *_: Any) -> None:
        """Refuse the request. The rest of the connection cannot be read as requests any more."""
        self.close_connection = self.refused = True
        text = self.responses[code][0] + "\n"
        self.send(Response(code, [("Content-Type", TEXT)], text.encode()))

    def finish(self) -> None:
        super().finish()
        if not self.refused:
            return
        # Closed with something unread, the connection would be reset, and the
        # other side might lose the response.
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(1)
        end = time.monotonic() + 1
        while time.monotonic() < end and self.connection.recv(65536):
            pass

    def send(self, response: Response) -> None:
        reason = self.responses.get(response.status, ("",))[0]
        lines = [f"HTTP/1.1 {response.status} {reason}", f"Date: {self.date_time_string()}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        if response.status not in (204, 304):
            lines.append(f"Content-Length: {len(response.body)}")
        if self.server.in_flight.ending:
            self.close_connection = True
        if self.close_connection:
            lines.append("Connection: close")
        head = "\r\n".join(lines).encode(errors="replace") + b"\r\n\r\n"
        # One write, so that a small response is one packet.
        self.wfile.write(head if self.command == "HEAD" else head + response.body)

    def log_message(self, *_: Any) -> None:
        pass  # the host logs requests
