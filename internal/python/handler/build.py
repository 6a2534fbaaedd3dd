"""Renders pages for internal/renderer: engine/protocol.go has the messages.

    python3 jargo_build.py ROOT PACKAGES PAGES

The file PAGES is the list of the pages; it need not be there before the first
job. Standard input and output are the pages' own.
"""

from __future__ import annotations

from .imports import own_imports_done, use_path

import _socket  # the whole of socket takes longer to import than pages to render
import errno
import json
import os
import queue
import re
import signal
import sys
import threading
import time
import types
from typing import Any, Callable, Optional

from .draft import DRAFT_OFFERS
from .offer import offer
from .failure import failure_of
from .page import Page, function_of, paths_of, split
from .render import Headers, Request, ResultError, call, required_argument, with_article

offer(*DRAFT_OFFERS)
own_imports_done()

# What pages do to the module json must not change the messages.
encode = json.JSONEncoder(allow_nan=False).encode
decode = json.JSONDecoder().decode


class Channel:
    """The connection to the build, and what pages cannot change about it."""

    def __init__(self, directory: str) -> None:
        self.jobs: Any = queue.SimpleQueue()  # of lists
        self.process = os.getpid()
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        connection.connect(os.path.join(directory, "socket"))
        self.connection = move_descriptor(connection.detach(), 200)
        self.begun = move_descriptor(os.open(os.path.join(directory, "begun"), os.O_WRONLY), 201)
        self.read, self.write, self.write_at, self.kill = os.read, os.write, os.pwrite, os.killpg
        self.messages, self.flushed = b"", time.monotonic()
        self.send({"atOnce": 1})
        self.flush()
        threading.Thread(target=self.receive, daemon=True).start()

    def receive(self) -> None:
        """Read jobs, until the build has no more or is gone."""
        rest = b""
        try:
            while data := self.read(self.connection, 1 << 16):
                lines, _, rest = (rest + data).rpartition(b"\n")
                if lines:
                    self.jobs.put(decode("[" + lines.decode().replace("\n", ",") + "]"))
        except OSError as error:
            if error.errno == errno.EBADF:  # a page has closed it, as the main thread will find out, too
                os._exit(1)
        finally:  # whatever a page is doing, and the threads and programs that it started
            try:
                self.kill(self.process, 9)
            finally:  # it leads no group
                os._exit(0)

    def begin(self, job: dict[str, Any]) -> None:
        self.write_at(self.begun, job["id"].to_bytes(8, "little"), 0)

    def send(self, message: dict[str, Any]) -> None:
        """Buffer a message, and write the buffer if some milliseconds have passed."""
        if os.getpid() != self.process:
            os._exit(0)  # a forked child of a page that has returned here
        self.messages += encode(message).encode() + b"\n"
        if time.monotonic() - self.flushed > 0.005:
            self.flush()

    def flush(self) -> None:
        while self.messages:
            self.messages = self.messages[self.write(self.connection, self.messages) :]
        self.flushed = time.monotonic()


def move_descriptor(fd: int, moved: int) -> int:
    """Move a file descriptor to a number that pages and what they start do not use by accident."""
    os.dup2(fd, moved, inheritable=False)
    os.close(fd)
    return moved


def build(root: str, packages: str, listed: str) -> None:
    # The build ends this process. SIG_IGN would be inherited by what pages start.
    signal.signal(signal.SIGINT, lambda *_: None)
    channel = Channel(os.environ.pop("JARGO_BUILD"))
    sys.argv = sys.argv[:1]
    entries: list[Any] = []
    pages: dict[int, Page] = {}
    while True:
        for job in channel.jobs.get():
            if not entries:
                use_path(root, packages)
                with open(listed, encoding="utf-8") as file:
                    entries = json.load(file)
            channel.begin(job)
            page = pages.get(job["page"])
            if page is None:
                entry = entries[job["page"]]
                page = pages[job["page"]] = Page(root, entry["file"], entry["pattern"])
            os.chdir(root)  # another page may have left it
            result = render_job(page, job) if "file" in job else load_job(page)
            try:
                sys.stdout.flush()
            except Exception:
                pass  # a page closed or replaced it
            result["id"] = job["id"]
            channel.send(result)
        if channel.jobs.empty():
            channel.flush()


def load_job(page: Page) -> dict[str, Any]:
    """Import a page and ask for its config and its paths."""
    step, places = "import", {}
    try:
        module = page.load()
        places = places_of(module)
        loaded: dict[str, Any] = {"render": callable(getattr(module, "render", None)), "places": places}
        step = "data"
        data = function_of(module, "data")
        step = "render"
        check_render(getattr(module, "render", None), data)
        step = "config"
        if config := function_of(module, "config"):
            loaded["config"] = config_of(call(config, None))
        step = "paths"
        if paths := function_of(module, "paths"):
            loaded["paths"] = paths_of(call(paths, None))
        return {"loaded": loaded}
    except BaseException as error:
        return {"failure": failure_of(page, step, error, places.get(step, 1))}


def check_render(render: Any, data: Any) -> None:
    """Refuse a render that needs an argument without data to make it."""
    name = required_argument(render) if callable(render) and data is None else ""
    if name:
        error = ResultError(f"render takes {name}, but the page has no data to make it")
        error.fix = "add def data(): return …, or let render take nothing: def render(): …"
        raise error


def config_of(config: Any) -> dict[str, Any]:
    if not isinstance(config, dict):
        raise ResultError(f'config returned {with_article(config)}: it returns a dict such as {{"fresh": {{}}}}')
    try:
        encode(config)
    except (TypeError, ValueError) as error:
        raise ResultError(f"config returned what is no plain data: {error}") from None
    return config


def places_of(module: types.ModuleType) -> dict[str, int]:
    """The lines of the names that mean something in a page."""
    places = {}
    for name in ("render", "data", "config", "paths"):
        code = getattr(getattr(module, name, None), "__code__", None)
        if code is not None and code.co_filename == module.__file__:
            places[name] = code.co_firstlineno
        elif hasattr(module, name):  # defined in another way, or elsewhere
            places[name] = line_of(name, module.__file__ or "")
    return places


def line_of(name: str, path: str) -> int:
    """The first line that assigns, defines or imports a name; or 1."""
    made = re.compile(rf"\s*({name}\s*[:=]|class\s+{name}\b|(async\s+)?def\s+{name}\b|(from|import)\b.*\b{name}\b)")
    with open(path, encoding="utf-8", errors="replace") as file:
        return next((i for i, line in enumerate(file, 1) if made.match(line)), 1)


def render_job(page: Page, job: dict[str, Any]) -> dict[str, Any]:
    """Render a page into a file."""
    path = job["path"]
    try:
        params = page.match(split(path))
        target = job.get("escaped", path)
        response = page.respond(Request("GET", target, Headers(), "", params) if params else None)
    except BaseException as error:
        return {"failure": failure_of(page, "render", error)}
    try:
        write_file(job["file"], response.body)
    except OSError as error:
        return {"failure": {"in": "write", "message": str(error)}}
    header: dict[str, list[str]] = {}
    for name, value in response.headers:
        header.setdefault("-".join(map(str.capitalize, name.split("-"))), []).append(value)
    return {"status": response.status, "header": header, "size": len(response.body)}


def write_file(name: str, data: bytes) -> None:
    try:
        file = open(name, "wb", buffering=0)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(name), exist_ok=True)
        file = open(name, "wb", buffering=0)
    with file:
        view = memoryview(data)
        while view:
            view = view[file.write(view) :]


if __name__ == "__main__":
    try:
        build(*sys.argv[1:4])
    finally:
        os._exit(1)  # a page has closed the pipe; threads that it left must not delay the end
