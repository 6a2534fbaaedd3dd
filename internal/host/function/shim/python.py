"""Runs the handler of a Python function as an HTTP server that speaks IPC.

usage: python.py MODULE.NAME, in the function's directory
       python.py, to be told by a line on standard input which function it is

The module may be one that serves by itself when it is imported and
VERCEL_IPC_PATH is set, as the vendor's own runtime does; then the import does
not return. Otherwise NAME is
  a subclass of http.server.BaseHTTPRequestHandler,
  a WSGI application, app(environ, start_response), or
  a function handler(event, context) of the AWS kind.
"""

import base64
import importlib
import inspect
import io
import json
import os
import signal
import socket
import sys
import threading
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote_to_bytes

STARTED = time.monotonic()


class Ipc:
    """The connection to the host. Messages end with a NUL byte.

    The host never ends it: when it ends, the host was killed, and no one is left
    to stop this process.
    """

    def __init__(self, path):
        self.lock = threading.Lock()
        self.conn = socket.socket(socket.AF_UNIX)
        self.conn.connect(path)
        threading.Thread(target=self.watch, daemon=True).start()

    def watch(self):
        try:
            while self.conn.recv(1024):
                pass
        except OSError:
            pass
        os._exit(1)

    def send(self, kind, payload):
        data = json.dumps({"type": kind, "payload": payload}).encode() + b"\0"
        with self.lock:
            self.conn.sendall(data)


class Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128


def internal(headers):
    """The ids of the request, which the response's `end` names again."""
    return {
        "invocationId": headers.get("x-vercel-internal-invocation-id", "0"),
        "requestId": int(headers.get("x-vercel-internal-request-id", "0")),
    }


def strip(headers):
    for name in list(headers.keys()):
        if name.lower().startswith("x-vercel-internal-"):
            del headers[name]


def served(base, ipc):
    """base, a BaseHTTPRequestHandler, with what the host expects around it."""

    class Handler(base):
        def parse_request(self):
            self.ended = None
            if not super().parse_request():
                return False
            self.ended = internal(self.headers)
            strip(self.headers)
            return True

        def handle_one_request(self):
            try:
                super().handle_one_request()
            finally:
                if getattr(self, "ended", None):
                    ipc.send("end", {"context": self.ended, "error": None})
                    self.ended = None

        def log_message(self, format, *args):
            pass  # the host logs requests

    return Handler


class Answering(BaseHTTPRequestHandler):
    """Reads the request's body and hands over to answer()."""

    protocol_version = "HTTP/1.1"

    def respond(self):
        body = self.read_body()
        try:
            status, headers, body = self.answer(body)
        except Exception:
            traceback.print_exc()
            status, headers, body = 500, [("x-vercel-internal-failed", "1")], b""
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond

    def read_body(self):
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            return body
        return self.rfile.read(int(self.headers.get("content-length") or 0))


def lists(headers):
    """The values of each header, a string or a list of them."""
    out = {}
    for name, value in headers.items():
        name = name.lower()
        if name not in out:
            out[name] = value
        elif isinstance(out[name], list):
            out[name].append(value)
        else:
            out[name] = [out[name], value]
    return out


def aws(function):
    """The handler class of handler(event, context)."""

    class Handler(Answering):
        def answer(self, body):
            event = {
                "method": self.command,
                "host": self.headers.get("host", ""),
                "path": self.path,
                "headers": lists(self.headers),
                "encoding": "base64",
                "body": base64.b64encode(body).decode(),
            }
            result = function({"Action": "Invoke", "body": json.dumps(event)}, None)
            body = result.get("body") or ""
            if result.get("encoding") == "base64" or result.get("isBase64Encoded"):
                body = base64.b64decode(body)
            elif isinstance(body, str):
                body = body.encode()
            headers = []
            for name, value in (result.get("headers") or {}).items():
                for item in value if isinstance(value, list) else [value]:
                    headers.append((name, str(item)))
            return int(result.get("statusCode", 200)), headers, body

    return Handler


def wsgi(app):
    """The handler class of a WSGI application."""

    class Handler(Answering):
        def answer(self, body):
            path, _, query = self.path.partition("?")
            environ = {
                "REQUEST_METHOD": self.command,
                "SCRIPT_NAME": "",
                "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
                "QUERY_STRING": query,
                "SERVER_NAME": self.headers.get("host", "localhost").partition(":")[0],
                "SERVER_PORT": self.headers.get("x-forwarded-port", "80"),
                "SERVER_PROTOCOL": "HTTP/1.1",
                "REMOTE_ADDR": self.headers.get("x-real-ip", ""),
                "CONTENT_TYPE": self.headers.get("content-type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "wsgi.version": (1, 0),
                "wsgi.url_scheme": self.headers.get("x-forwarded-proto", "http"),
                "wsgi.input": io.BytesIO(body),
                "wsgi.errors": sys.stderr,
                "wsgi.multithread": True,
                "wsgi.multiprocess": False,
                "wsgi.run_once": False,
            }
            for name, value in lists(self.headers).items():
                key = "HTTP_" + name.upper().replace("-", "_")
                environ.setdefault(key, ",".join(value) if isinstance(value, list) else value)
            begun = []
            written = []

            def start_response(status, headers, exc_info=None):
                begun[:] = [int(status.split()[0]), headers]
                return written.append

            chunks = app(environ, start_response)
            try:
                body = b"".join(chunks)
            finally:
                if hasattr(chunks, "close"):
                    chunks.close()
            return begun[0], begun[1], b"".join(written) + body

    return Handler


def handler_class(value):
    if inspect.isclass(value) and issubclass(value, BaseHTTPRequestHandler):
        return value
    if inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(getattr(value, "__call__", None)):
        raise TypeError("ASGI applications need the vendor's runtime in the function")
    if not callable(value):
        raise TypeError("the handler is neither a class of http.server, nor an application, nor a function")
    if inspect.isfunction(value):
        names = list(inspect.signature(value).parameters)
        if names[:1] != ["environ"] and names[-1:] != ["start_response"]:
            return aws(value)
    return wsgi(value)


def decode(text):
    """Bytes in base64, as the system's functions would return them."""
    return os.fsdecode(base64.b64decode(text))


def become():
    """Wait to be told which function this process is, and be as one that was started as such."""
    global STARTED
    line = sys.stdin.buffer.readline()
    if not line:
        os._exit(0)  # the host is gone, or does not need it
    function = json.loads(line)
    STARTED = time.monotonic()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.environ.clear()
    for name, value in function["environment"]:
        os.environ[decode(name)] = decode(value)
    os.chdir(decode(function["dir"]))
    sys.argv.append(function["handler"])


def main():
    if len(sys.argv) == 1:
        become()
    module, _, name = sys.argv[1].rpartition(".")
    sys.argv = [sys.argv[0]]
    sys.path[0] = os.getcwd()
    if os.path.isdir("_vendor"):
        sys.path.insert(0, os.path.abspath("_vendor"))
    value = getattr(importlib.import_module(module.replace("/", ".")), name)
    path = os.environ["VERCEL_IPC_PATH"]
    ipc = Ipc(path)
    server = Server(("127.0.0.1", 0), served(handler_class(value), ipc))

    def stop(*_):
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    ipc.send("server-started", {"initDuration": int((time.monotonic() - STARTED) * 1000), "httpPort": server.server_port})
    server.serve_forever(poll_interval=0.05)
    # Connections that are kept open have nothing under way; waiting for them
    # would take as long as the host likes.
    os._exit(0)


main()
