"""What pages print and log: it goes to the host with the request that it is of.

A page's own thread, and what asyncio runs for it, is known to be a request's.
Threads that it starts, and programs, are not: what they print is of no request.
"""

from __future__ import annotations

import base64
import sys
import threading
from contextvars import ContextVar
from typing import Any, Iterable, Optional

from .host import Host

# How much of a line is kept while it is not complete, in characters.
MAX_PART = 1 << 16

# How much of a text is sent at once, in characters: the host hears no message that is
# much longer, and a page may print what a visitor has sent.
MAX_TEXT = 1 << 18


class RequestLog:
    """What is logged during a request."""

    def __init__(self, host: Host, context: dict[str, Any]) -> None:
        self.host = host
        self.context = context
        self.lock = threading.Lock()
        self.parts = {"stdout": "", "stderr": ""}  # of lines that are not complete

    def send(self, text: str, **source: str) -> None:
        message = base64.b64encode(text[:MAX_TEXT].encode(errors="replace")).decode()
        self.host.send("log", {"context": self.context, "message": message, **source})

    def error(self, text: str) -> None:
        self.send(text + "\n", level="error")

    def write(self, stream: str, text: str) -> None:
        with self.lock:
            text = self.parts[stream] + text
            end = len(text) if len(text) > MAX_PART else text.rfind("\n") + 1
            self.parts[stream] = text[end:]
            if end:
                self.send(text[:end], stream=stream)

    def end(self) -> None:
        for stream, part in self.parts.items():
            if part:
                self.write(stream, "\n")


request_log: ContextVar[Optional[RequestLog]] = ContextVar("request_log", default=None)


class Output:
    """Standard output or error: that of a request goes to the host."""

    def __init__(self, name: str, original: Any) -> None:
        self.name = name
        self.original = original

    def write(self, text: str) -> int:
        log = request_log.get()
        if log is None or not isinstance(text, str):
            return int(self.original.write(text))
        log.write(self.name, text)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)


def capture_output() -> None:
    for name in ("stdout", "stderr"):
        original = getattr(sys, name)
        original.reconfigure(line_buffering=True)
        setattr(sys, name, Output(name, original))


def use_logging(host: Host) -> None:
    """Keep the levels of what the module logging writes to an Output, if pages have imported it."""
    handler = getattr(sys.modules.get("logging"), "StreamHandler", None)
    original = getattr(handler, "emit", None)
    if handler is None or original is None or getattr(original, "__module__", "") == __name__:
        return  # nothing to do, or it is done
    no_request = RequestLog(host, {"invocationId": "0", "requestId": 0})

    def emit(self: Any, record: Any) -> None:
        if not isinstance(self.stream, Output):
            original(self, record)
            return
        level = ("debug", "info", "warn", "error", "fatal")[min(max(record.levelno // 10 - 1, 0), 4)]
        try:
            (request_log.get() or no_request).send(self.format(record), level=level)
        except Exception:
            self.handleError(record)

    handler.emit = emit
