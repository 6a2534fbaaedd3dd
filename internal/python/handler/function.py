"""The function: responds to the requests for a site's Python pages.

jargo_pages.json beside it lists the pages in the order of their routes. With
VERCEL_IPC_PATH set, importing the program serves HTTP until SIGTERM; without,
handler(event, context) responds to one request.
"""

from __future__ import annotations

from .imports import HERE, own_imports_done, use_path

import base64
import json
import os
import signal
import socket
import sys
import threading
import time
from http.client import HTTPConnection, HTTPSConnection
from typing import Any, Callable, Optional

from .connection import Connection, Server
from .dev import DevelopedSite
from .host import Host, take_internal
from .draft import DRAFT_OFFERS, _connections
from .log import capture_output, use_logging
from .offer import offer
from .page import Page
from .render import Headers
from .site import Site

offer(*DRAFT_OFFERS)
_connections.update(http=HTTPConnection, https=HTTPSConnection)
own_imports_done()
STARTED = time.monotonic()

_site: Optional[Site] = None
_site_lock = threading.Lock()


def function_site() -> Site:
    """The site of the function that this file is in, loaded once."""
    global _site
    with _site_lock:
        if _site is None:
            with open(os.path.join(HERE, "jargo_pages.json"), encoding="utf-8") as file:
                listed = json.load(file)
            dev = os.environ.get("JARGO_DEV", "")  # engine/dev.go says what it means
            if dev:
                os.chdir(dev)
            root = dev if os.path.isabs(dev) else HERE
            use_path(root, os.environ.get("JARGO_PACKAGES") or os.path.join(HERE, "_vendor"))
            _site = (DevelopedSite if dev else Site)(HERE, [Page(root, **page) for page in listed])
        return _site


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Respond to an event of the classic contract: {"body": a request as JSON}."""
    given = json.loads(event["body"])
    body = given.get("body") or ""
    data = base64.b64decode(body) if given.get("encoding") == "base64" else body.encode()
    pairs = [
        (name, item)
        for name, value in (given.get("headers") or {}).items()
        for item in (value if isinstance(value, list) else [value])
    ]
    headers = Headers(pairs)
    take_internal(headers)
    method = given.get("method", "GET")
    response = function_site().respond(method, given.get("path", "/"), headers, data, log_to_stderr)
    lists: dict[str, list[str]] = {}
    for name, value in response.headers:
        lists.setdefault(name.lower(), []).append(value)
    sent = b"" if method == "HEAD" else response.body
    return {
        "statusCode": response.status,
        "headers": {name: values if len(values) > 1 else values[0] for name, values in lists.items()},
        "encoding": "base64",
        "body": base64.b64encode(sent).decode(),
    }


def log_to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def serve(ipc_path: str) -> None:
    """Serve HTTP on a port that the host is told, until SIGTERM or the end of the host."""
    parent = os.getppid()
    host = Host(ipc_path)
    capture_output()
    wake_reader, wake_writer = os.pipe()

    def stop(*_: Any) -> None:  # a signal handler may do little: it wakes the main thread
        os.write(wake_writer, b".")

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    threading.Thread(target=host.when_gone, args=(parent, stop), daemon=True).start()
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("VERCEL_DEV_PORT") or 0)), backlog=128)
    try:
        server = Server(function_site(), host)
        server.site.loaded = lambda: use_logging(host)
    except Exception as error:
        host.send("unrecoverable-error", {"exitCode": 1, "message": f"read the list of pages: {error}"})
        raise

    def accept() -> None:
        while True:
            try:
                conn, address = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve_connection, args=(conn, address), daemon=True).start()

    def serve_connection(conn: Any, address: Any) -> None:
        with conn:
            try:
                Connection(conn, address, server)  # type: ignore[arg-type]
            except (OSError, ValueError):
                pass  # the host closed the connection, perhaps in the middle of a request

    threading.Thread(target=accept, daemon=True).start()
    duration = int((time.monotonic() - STARTED) * 1000)
    host.send("server-started", {"initDuration": duration, "httpPort": listener.getsockname()[1]})
    os.read(wake_reader, 1)
    listener.close()
    server.in_flight.drain()
    sys.stdout.flush()
    os._exit(0)  # threads that pages left behind must not delay the end


if os.environ.get("VERCEL_IPC_PATH"):
    sys.dont_write_bytecode = True  # the function's directory stays as it is
    serve(os.environ["VERCEL_IPC_PATH"])
