"""Renders pages for internal/renderer: engine/protocol.go has the messages.

    python3 jargo_build.py ROOT PACKAGES PAGES

The file PAGES is the list of the pages. Standard input and output are the
pages' own.
"""

from __future__ import annotations

from .imports import own_imports_done, use_path

import _socket  # the whole of socket takes longer to import than pages to render
import collections
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
from .page import Page, split
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
    with open(listed, encoding="utf-8") as file:
        entries = json.load(file)
    channel = Channel(os.environ.pop("JARGO_BUILD"))
    use_path(root, packages)
    sys.argv = sys.argv[:1]
    pages: dict[int, Page] = {}
    while True:
        for job in channel.jobs.get():
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


def function_of(module: types.ModuleType, name: str) -> Optional[Callable[..., Any]]:
    """The function of that name, if there is one. A module that the page imports may have the name."""
    value = getattr(module, name, None)
    if callable(value):
        return value
    if value is not None and not isinstance(value, types.ModuleType):
        error = ResultError(f"it is {with_article(value)}, not a function")
        error.fix = f"write def {name}(): return …, or give it another name"
        raise error
    return None


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


def paths_of(values: Any) -> list[str]:
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        raise ResultError(f"paths returned {with_article(values)}: it returns a list of str")
    values = list(values)
    for value in values:
        if not isinstance(value, str):
            raise ResultError(f"paths returned {with_article(value)} in its list: each value is a str")
    return values


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


def failure_of(page: Page, step: str, error: BaseException, line: int = 0) -> dict[str, Any]:
    """An exception, with the lines of the user's files it went through, innermost first: or else one of the page's."""
    frames: collections.deque[dict[str, Any]] = collections.deque(maxlen=32)
    failure: dict[str, Any] = {"in": step, "type": type(error).__name__, "message": "", "frames": frames}
    own = [{"file": page.file, "line": line, "col": 1, "func": ""}] if line else []
    try:
        failure["message"] = str(error).strip().partition("\n")[0]
    except BaseException:
        pass  # its own fault
    if isinstance(error, ResultError):
        return dict(failure, type="", fix=error.fix, frames=own)
    if isinstance(error, SystemExit):
        failure["fix"] = "a page must not end the process: raise an exception instead"
    if isinstance(error, ModuleNotFoundError) and isinstance(error.name, str) and "." not in error.name:
        known = error.name in getattr(sys, "stdlib_module_names", ())  # since Python 3.10
        if not known and not any(os.path.exists(os.path.join(page.root, error.name + end)) for end in ("", ".py")):
            failure["fix"] = f"if {error.name} is a package, add it to requirements.txt"
    if missing := missing_file(error):
        failure["missing"] = missing
    installed = installed_in(page.root)
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        file = user_file(page.root, code.co_filename, installed)
        if file:
            name = code.co_name if code.co_name != "<module>" else ""
            frames.appendleft({"file": file, "line": trace.tb_lineno, "func": name})
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        failure["message"] = str(error.msg or "")
        file = user_file(page.root, str(error.filename or ""), installed)
        if file:
            before = (error.text or "")[: max((error.offset or 1) - 1, 0)]
            column = len(before.encode(errors="replace")) + 1
            frames.appendleft({"file": file, "line": error.lineno or 1, "col": column, "func": ""})
    failure["frames"] = list(frames) or own
    return failure


def missing_file(error: Optional[BaseException]) -> str:
    """The file that there is not, as the page has named it, if an exception or one of its causes is about that; or ""."""
    for _ in range(10):
        if isinstance(error, FileNotFoundError) and error.filename:
            return os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes, os.PathLike)) else ""
        error = error and (error.__cause__ or error.__context__)
    return ""


def user_file(root: str, file: str, installed: set[str]) -> str:
    """The name of a file below the project, if it is the user's own; or ""."""
    if not file.startswith(root + os.sep) or file == __file__:
        return ""
    parts = os.path.relpath(file, root).split(os.sep)
    return "" if "site-packages" in parts or parts[0] in installed else "/".join(parts)


def installed_in(root: str) -> set[str]:
    """What pip install --target has put into the project."""
    names = set()
    for info in os.listdir(root):
        record = os.path.join(root, info, "RECORD")
        if info.endswith(".dist-info") and os.path.isfile(record):
            with open(record, encoding="utf-8") as file:
                names |= {line.partition(",")[0].partition("/")[0] for line in file}
    return names


if __name__ == "__main__":
    try:
        build(*sys.argv[1:4])
    finally:
        os._exit(1)  # a page has closed the pipe; threads that it left must not delay the end
