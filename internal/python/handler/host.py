"""The host: what the function tells it, and what it tells of a request."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from contextlib import suppress
from typing import Any, Callable

from .render import Headers


def take_internal(headers: Headers) -> tuple[str, int]:
    """Remove what is for the runtime and not for the page; return the invocation's two ids."""
    invocation = headers.get("x-vercel-internal-invocation-id", "")
    request = headers.get("x-vercel-internal-request-id", "")
    token = headers.get("x-vercel-internal-oidc-token")
    if token and "x-vercel-oidc-token" not in headers:
        headers["x-vercel-oidc-token"] = token
    no_leak = headers.get("x-vercel-sc-no-header-leak")
    for name in list(headers):
        internal = name.startswith("x-vercel-internal-") or name == "x-vercel-sc-runtime-cache"
        if internal or no_leak and name.startswith("x-vercel-sc-"):
            del headers[name]
    return invocation, int(request) if request.isdigit() else 0


class Host:
    """The connection to the host: JSON messages, each ended by a NUL byte."""

    def __init__(self, path: str) -> None:
        self.lock = threading.Lock()
        self.conn = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.conn.connect(path)

    def when_gone(self, parent: int, stop: Callable[[], Any]) -> None:
        """Call stop when the host has died: its end is closed, and the parent is another.

        A closed connection alone says nothing: the protocol does not ask the
        host to keep it open.
        """
        try:
            while self.conn.recv(4096):
                pass  # the host sends nothing
        except OSError:
            pass
        while os.getppid() == parent:
            time.sleep(1)
        stop()

    def send(self, kind: str, payload: dict[str, Any]) -> None:
        """Send a message. Without a host to hear it there is nothing to be done here: a page must not fail because it prints."""
        message = json.dumps({"type": kind, "payload": payload}).encode() + b"\0"
        with self.lock, suppress(OSError):
            self.conn.sendall(message)


class InFlight:
    """Counts the requests under way, so that the function ends after the last."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.count = 0
        self.ending = False

    def __enter__(self) -> None:
        with self.changed:
            self.count += 1

    def __exit__(self, *_: Any) -> None:
        with self.changed:
            self.count -= 1
            self.changed.notify_all()

    def drain(self) -> None:
        with self.changed:
            self.ending = True
            self.changed.wait_for(lambda: self.count == 0)
