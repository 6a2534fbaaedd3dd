"""Runs the Python pages of a Jargo site: data, render, response.

This one file renders the pages when the site is built and answers requests
inside a function. It needs Python 3.9 and nothing else.

In a function, jargo_pages.json beside it lists the pages in the order of their
routes. With VERCEL_IPC_PATH set, importing this module serves HTTP until
SIGTERM; without, handler(event, context) answers one request.

    python3 handler.py build ROOT PACKAGES PAGES

renders pages for the build, of which the file PAGES is the list: see the last
part.
"""

from __future__ import annotations

import os
import sys

# All of Python's own that is needed here is imported now, and not from where the
# project's files are: one of these may be named email.py.
HERE = os.path.dirname(os.path.abspath(__file__))
loaded_before = set(sys.modules)
path_before = sys.path[:]
sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry) != os.path.realpath(HERE)]

import base64
import collections
import importlib.machinery
import importlib.util
import inspect
import io
import json
import queue
import re
import signal
import threading
import time
import tokenize
import types
from importlib import _bootstrap  # type: ignore[attr-defined]
from typing import Any, Callable, Iterable, Optional

if __name__ == "__main__":  # to render pages for the build
    import _socket  # the whole of socket takes longer to import than pages to render
else:
    import socket
    import traceback
    from http.client import LineTooLong
    from http.server import BaseHTTPRequestHandler
    from urllib.parse import quote, unquote, unquote_plus

sys.path[:] = path_before
LOADED = set(sys.modules) - loaded_before
STARTED = time.monotonic()

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

# Limits of a request, in bytes: of its head, as Go's server has it, of its body,
# as the platform has it, and of a line that says how long a chunk of that is.
MAX_HEAD = 1 << 20
MAX_BODY = 4_500_000
MAX_CHUNK_LINE = 4096

# The query parameter that brings a regenerated page with parameters its path.
PATH_PARAMETER = "__jargo_path"


# ---- From data to response: the same at build time and on the server.


class Request:
    """What data(request) gets."""

    def __init__(
        self, method: str, path: str, headers: dict[str, str], body: str | bytes, params: dict[str, str]
    ) -> None:
        self.method = method  # "GET"
        self.path = path  # percent-encoded, with the query: "/blog/hello?page=2"
        self.headers = headers  # a dict whose names are found in any case
        self.body = body  # text, or bytes that are no UTF-8
        self.params = params  # of the route: {"slug": "hello"}


class Headers(dict):
    """The headers of a request: names in lower case, repeated values joined."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__()
        for name, value in pairs:
            name = name.lower()
            if name in self:
                value = self[name] + ("; " if name == "cookie" else ", ") + value
            self[name] = value

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and super().__contains__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


class Response:
    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = status
        self.headers = headers  # without Content-Length
        self.body = body


class ResultError(Exception):
    """A page's function returned what it must not, or is none."""

    fix = ""


def respond(page: types.ModuleType, request: Optional[Request]) -> Response:
    """Render a page. Its data function is optional, and so are the arguments."""
    data = getattr(page, "data", None)
    given = call(data, request) if callable(data) else {}
    render = getattr(page, "render", None)
    if not callable(render):
        raise ResultError("there is no function render")
    return response_of(call(render, given))


def call(function: Callable[..., Any], argument: Any) -> Any:
    result = function(argument) if takes_argument(function) else function()
    if isinstance(result, types.CoroutineType):
        result.close()
        raise ResultError(f"{result.__name__} is async: the functions of a page are ordinary ones")
    return result


def takes_argument(function: Callable[..., Any]) -> bool:
    """Whether the function has room for a positional argument; *args is none."""
    if isinstance(function, types.FunctionType) and not hasattr(function, "__wrapped__"):
        return function.__code__.co_argcount > 0
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # built into Python, without a signature
        return False
    return any(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)


def response_of(result: Any) -> Response:
    """What render returned: a body, or a body and its info."""
    body, info = result, None
    if isinstance(result, (tuple, list)):
        if len(result) != 2:
            raise ResultError(f"render returned {len(result)} values: it returns a body, or a body and its info")
        body, info = result
        body = "" if body is None else body
    if isinstance(body, str):
        try:
            body = body.encode()
        except UnicodeEncodeError as error:
            raise ResultError(f"render returned a body that is no text: {error}") from None
    elif not isinstance(body, (bytes, bytearray, memoryview)):
        raise ResultError(f"render returned {a_or_an(body)} as the body: it is a str or bytes")
    status, headers = read_info({} if info is None else info)
    if status in (204, 304):  # these have no body, and no type of it
        return Response(status, [pair for pair in headers if pair[0].lower() != "content-type"], b"")
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.insert(0, ("Content-Type", HTML))
    return Response(status, headers, bytes(body))


def read_info(info: Any) -> tuple[int, list[tuple[str, str]]]:
    if not isinstance(info, dict):
        example = '{"status_code": 200, "headers": {}}'
        raise ResultError(f"render returned {a_or_an(info)} as the info: it is a dict such as {example}")
    for key in info:
        if key not in ("status_code", "headers"):
            raise ResultError(f"render returned info with the key {key!r}: it can have status_code and headers")
    status = info.get("status_code", 200)
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        raise ResultError(f"render returned the status_code {status!r}: it is a number from 200 to 599")
    given = info.get("headers") or {}
    if not isinstance(given, dict):
        raise ResultError(f"render returned {a_or_an(given)} as the headers: they are a dict")
    headers: list[tuple[str, str]] = []
    for name, value in given.items():
        for item in value if isinstance(value, (list, tuple)) else (value,):
            headers.append(checked_header(name, item))
    return int(status), [pair for pair in headers if pair[0].lower() not in ("content-length", "transfer-encoding")]


def checked_header(name: Any, value: Any) -> tuple[str, str]:
    if not isinstance(name, str) or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        raise ResultError(f"render returned the header name {name!r}, which is no token")
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ResultError(f"render returned {a_or_an(value)} as the header {name}: it is a str")
    text = str(value)
    if re.search("[\r\n\0]", text):
        raise ResultError(f"render returned the header {name} with a line break: {text!r}")
    return name, text


def a_or_an(value: Any) -> str:
    """How a message speaks of a value: "None", "an int", "a dict"."""
    if value is None:
        return "None"
    name = type(value).__name__
    return ("an " if name[:1].lower() in "aeiou" else "a ") + name


# ---- Pages and routes.


class Page:
    def __init__(
        self, root: str, file: str, pattern: str, kind: str = "", name: str = "", query: Iterable[str] = ()
    ) -> None:
        self.root = root
        self.file = file  # "pages/blog/slug_.py"
        self.pattern = pattern  # "/blog/{slug}"
        self.kind = kind  # "build", "fresh" or "regenerated"
        self.name = "/" + name  # where its function is: "/blog/[slug]"
        self.query = set(query)
        self.segments = split(pattern)
        self.lock = threading.Lock()
        self.module: Optional[types.ModuleType] = None

    def load(self) -> types.ModuleType:
        """Import the file, once for this process."""
        with self.lock:
            if self.module is None:
                self.module = self.run(os.path.join(self.root, *self.file.split("/")))
            return self.module

    def run(self, path: str) -> types.ModuleType:
        # Under this name an import statement of another file finds it, too, and
        # with the lock it waits until the module is complete. The names on the
        # way, as "pages.blog", need not be packages: import_module would ask it.
        name = self.file[: -len(".py")].replace(".", "_").replace("/", ".")
        with _bootstrap._ModuleLockManager(name):
            imported = sys.modules.get(name)
            if imported and getattr(imported, "__file__", None) == path:
                return imported
            spec = importlib.util.spec_from_file_location(name, path, loader=PageLoader(name, path))
            assert spec is not None
            return _bootstrap._load(spec)

    def respond(self, request: Optional[Request]) -> Response:
        process = os.getpid()
        try:
            response = respond(self.load(), request)
        finally:
            if os.getpid() != process:
                os._exit(0)  # a fork that the page made and that came back here
        if self.pattern in ("/404", "/500"):  # an error page is one whatever it says
            response.status = int(self.pattern[1:])
        return response

    def match(self, parts: list[str]) -> Optional[dict[str, str]]:
        """The parameters that the segments of a path give, if it is one of this page."""
        params = {}
        for i, segment in enumerate(self.segments):
            if i >= len(parts):
                return None
            if not segment.startswith("{"):
                if parts[i] != segment:
                    return None
                continue
            catch_all = segment.endswith("...}")
            value = "/".join(parts[i:]) if catch_all else parts[i]
            # Pages use values as names of files.
            if "\0" in value or any(part in ("", ".", "..") for part in value.split("/")):
                return None
            params[segment.strip("{.}")] = value
            if catch_all:
                return params
        return params if len(parts) == len(self.segments) else None


class PageLoader(importlib.machinery.SourceFileLoader):
    def source_to_code(self, data: Any, path: Any, **_: Any) -> Any:
        try:
            # In bytes, errors would have the wrong columns.
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            data = data.decode(encoding)
        except (SyntaxError, UnicodeDecodeError):
            pass  # Python itself says it best
        return compile(data, path, "exec", dont_inherit=True)


def split(path: str) -> list[str]:
    """The segments of a path, unescaped before. One slash at the end is ignored."""
    path = path[1:] if path.startswith("/") else path
    if len(path) > 1 and path.endswith("/"):
        path = path[:-1]
    return path.split("/") if path else []


class NoPage(Exception):
    """No page answers at this path."""


class WrongMethod(Exception):
    """The page answers GET and HEAD only."""


class Site:
    """The pages that a function answers for."""

    def __init__(self, root: str, pages: list[Page]) -> None:
        self.root = root
        self.pages = pages
        self.patterns = {page.pattern: page for page in pages}
        self.by_path = {page.name: page for page in pages if page.kind == "regenerated" and "{" in page.pattern}
        self.stored: dict[int, Optional[Response]] = {}

    def answer(self, method: str, target: str, headers: Headers, body: bytes, log: Callable[[str], None]) -> Response:
        """Answer a visitor. Errors are logged, and the visitor sees the 500 page."""
        page = None
        try:
            try:
                page, request = self.route(method, target, headers, body)
                return page.respond(request)
            except NoPage:
                return self.error_page(404, Request(method, target, headers, text_or_bytes(body), {}))
            except WrongMethod:
                return Response(405, [("Allow", "GET, HEAD"), ("Content-Type", TEXT)], b"Method Not Allowed\n")
        except BaseException:  # sys.exit too: one page must not end the others
            log(failure_text(method, target, page))
        try:
            return self.error_page(500, Request(method, target, headers, text_or_bytes(body), {}))
        except BaseException:
            log(failure_text(method, target, self.patterns.get("/500")))
            return plain_page(500)

    def route(self, method: str, target: str, headers: Headers, body: bytes) -> tuple[Page, Request]:
        """The page that answers and what it may see: of a visitor, only a fresh one."""
        path, _, query = target.partition("?")
        values, kept = [], []
        for pair in query.split("&") if query else []:
            name, _, value = pair.partition("=")
            if unquote_plus(name) == PATH_PARAMETER:
                values.append(unquote_plus(value))
            else:
                kept.append(pair)
        unescaped = unquote(path)
        page = self.by_path.get(unescaped) if values else None
        if page is not None:
            unescaped, params = values[0], page.match(split(values[0]))
            if len(values) > 1 or params is None:
                raise NoPage
        else:
            page, params = self.find(path)
        if page.kind == "fresh":
            request_target = "?".join([path, "&".join(kept)]) if kept else path
            return page, Request(method, request_target, headers, text_or_bytes(body), params)
        if method not in ("GET", "HEAD"):
            raise WrongMethod
        # A page that others see, too, must not see how this visitor spells the path.
        path = quote("/" + "/".join(split(unescaped)), safe="/$&+=:@") if page.pattern != "/" else "/"
        kept = [pair for pair in kept if unquote_plus(pair.partition("=")[0]) in page.query]
        return page, Request("GET", "?".join([path, "&".join(kept)]) if kept else path, Headers(), "", params)

    def find(self, path: str) -> tuple[Page, dict[str, str]]:
        """The first page in route order that a percent-encoded path fits."""
        if re.search(r"%(?![0-9A-Fa-f]{2})", path):
            raise NoPage
        parts = split(unquote(path))  # an escaped slash is a slash
        for page in self.pages:
            params = page.match(parts)
            # A function is invoked at its output path, and that of "/" is "index".
            if page.pattern == "/" and page.kind != "build" and parts == ["index"]:
                params = {}
            if params is not None and page.kind == "build":
                break  # a file, which the host serves
            if params is not None:
                return page, params
        raise NoPage

    def error_page(self, status: int, request: Request) -> Response:
        """The site's page for a status: as it was built, or rendered now, or a plain one."""
        if status not in self.stored:
            self.stored[status] = read_stored(os.path.join(self.root, f"{status}.http"), status)
        stored = self.stored[status]
        if stored is not None:
            return stored
        page = self.patterns.get(f"/{status}")
        if page is None:
            return plain_page(status)
        if page.kind != "fresh":
            request = Request("GET", page.pattern, Headers(), "", {})
        return page.respond(request)


def read_stored(path: str, status: int) -> Optional[Response]:
    """Read the HTTP response that the build stored beside this file."""
    try:
        with open(path, "rb") as file:
            head, _, body = file.read().partition(b"\r\n\r\n")
    except FileNotFoundError:
        return None
    pairs = [line.split(": ", 1) for line in head.decode().split("\r\n")[1:]]
    skipped = ("connection", "content-length", "date", "transfer-encoding")
    return Response(status, [(name, value) for name, value in pairs if name.lower() not in skipped], body)


def plain_page(status: int) -> Response:
    """The error page of a site that has none."""
    text, says = "Internal Server Error", "Something went wrong on our side."
    if status == 404:
        text, says = "Not Found", "There is no page at this address."
    body = (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f"<title>{status} {text}</title>\n<h1>{text}</h1>\n<p>{says}</p>\n</html>\n"
    )
    return Response(status, [("Content-Type", HTML)], body.encode())


def text_or_bytes(body: bytes) -> str | bytes:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


def failure_text(method: str, target: str, page: Optional[Page]) -> str:
    where = f" ({page.file})" if page else ""
    return f"{method} {target.partition('?')[0]}{where}: {traceback.format_exc().rstrip()}"


# ---- In a function.

_site: Optional[Site] = None
_site_lock = threading.Lock()


def function_site() -> Site:
    """The site of the function that this file is in, made once."""
    global _site
    with _site_lock:
        if _site is None:
            with open(os.path.join(HERE, "jargo_pages.json"), encoding="utf-8") as file:
                pages = [Page(HERE, **page) for page in json.load(file)]
            use_path(HERE, os.path.join(HERE, "_vendor"))
            _site = Site(HERE, pages)
        return _site


def use_path(root: str, packages: str) -> None:
    """Import from the project first, and then from its packages."""
    first = [root] + ([packages] if packages and os.path.isdir(packages) else [])
    sys.path[:] = first + [entry for entry in sys.path if entry not in first]
    # Pages get the project's own module where its name is one of Python's.
    for name in LOADED:
        file = os.path.join(root, name.partition(".")[0])
        if os.path.isfile(file + ".py") or os.path.isfile(os.path.join(file, "__init__.py")):
            sys.modules.pop(name, None)


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


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer an event of the classic contract: {"body": a request as JSON}."""
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
    answer = function_site().answer(method, given.get("path", "/"), headers, data, log_to_stderr)
    lists: dict[str, list[str]] = {}
    for name, value in answer.headers:
        lists.setdefault(name.lower(), []).append(value)
    sent = b"" if method == "HEAD" else answer.body
    return {
        "statusCode": answer.status,
        "headers": {name: values if len(values) > 1 else values[0] for name, values in lists.items()},
        "encoding": "base64",
        "body": base64.b64encode(sent).decode(),
    }


def as_utf8(value: str) -> str:
    """A header's value, whose bytes http.server takes for Latin-1."""
    return value.encode("latin-1", "replace").decode(errors="replace")


def log_to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Host:
    """The connection to the platform: JSON messages, each ended by a NUL byte."""

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
        message = json.dumps({"type": kind, "payload": payload}).encode() + b"\0"
        with self.lock:
            self.conn.sendall(message)


class Running:
    """Counts the requests under way, for an end that leaves none unanswered."""

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


def serve(ipc_path: str) -> None:
    """Serve HTTP on a port that the platform is told, until SIGTERM or the end of the host."""
    parent = os.getppid()
    host, running = Host(ipc_path), Running()
    told, tell = os.pipe()

    def stop(*_: Any) -> None:  # the handler of a signal may do little: it wakes the main thread
        os.write(tell, b".")

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    threading.Thread(target=host.when_gone, args=(parent, stop), daemon=True).start()
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("VERCEL_DEV_PORT") or 0)), backlog=128)
    try:
        connection = connection_class(function_site(), host, running)
    except Exception as error:
        host.send("unrecoverable-error", {"exitCode": 1, "message": f"read the list of pages: {error}"})
        raise

    def accept() -> None:
        while True:
            try:
                conn, address = listener.accept()
            except OSError:
                return
            threading.Thread(target=converse, args=(conn, address), daemon=True).start()

    def converse(conn: Any, address: Any) -> None:
        with conn:
            try:
                connection(conn, address, None)
            except (OSError, ValueError):
                pass  # the host hung up, or in the middle of a request

    threading.Thread(target=accept, daemon=True).start()
    duration = int((time.monotonic() - STARTED) * 1000)
    host.send("server-started", {"initDuration": duration, "httpPort": listener.getsockname()[1]})
    os.read(told, 1)
    listener.close()
    running.drain()
    sys.stdout.flush()
    os._exit(0)  # threads that pages left behind do not hold it up


class Refused(Exception):
    """A request that cannot be read to its end, and so its connection."""

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


def read_body(file: Any, headers: Any, proceed: Callable[[], Any]) -> bytes:
    """Read a request's body. proceed is called before, if there is one that can be read."""
    lengths, codings = headers.get_all("content-length", []), headers.get_all("transfer-encoding", [])
    if codings:
        if lengths:
            raise Refused(400)  # servers differ in which one counts
        if [coding.strip().lower() for coding in codings] != ["chunked"]:
            raise Refused(501)
        proceed()
        return read_chunks(file)
    if not lengths:
        return b""
    if len(lengths) > 1 or not re.fullmatch("[0-9]+", lengths[0].strip()):
        raise Refused(400)
    size = lengths[0].strip().lstrip("0")
    if len(size) > len(str(MAX_BODY)) or int(size or 0) > MAX_BODY:
        raise Refused(413)
    proceed()
    return read_exactly(file, int(size or 0))


def read_chunks(file: Any) -> bytes:
    body = bytearray()
    while True:
        size = re.fullmatch(rb"([0-9A-Fa-f]{1,16})[ \t]*(;[^\n]*)?\r?\n", file.readline(MAX_CHUNK_LINE))
        if not size:
            raise Refused(400)
        count = int(size[1], 16)
        if count == 0:
            break
        if len(body) + count > MAX_BODY:
            raise Refused(413)
        body += read_exactly(file, count)
        if file.readline(2) not in (b"\r\n", b"\n"):
            raise Refused(400)
    trailers = Head(file)
    try:
        while trailers.readline(MAX_HEAD).strip():
            pass
    except LineTooLong:
        raise Refused(431) from None
    return bytes(body)


def read_exactly(file: Any, size: int) -> bytes:
    data: bytes = file.read(size)
    if len(data) < size:
        raise ConnectionError("the host hung up")
    return data


def connection_class(site: Site, host: Host, running: Running) -> type:
    """What answers the requests of one connection, one after the other."""
    class Connection(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        refused = False
        expects = False

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):  # any method
                return self.answer
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

        def proceed(self) -> None:
            if self.expects:
                super().handle_expect_100()

        def answer(self) -> None:
            with running:
                headers = Headers((name, as_utf8(value)) for name, value in self.headers.items())
                invocation, request = take_internal(headers)
                context = {"invocationId": invocation or "0", "requestId": request}
                is_ping = self.path == "/_vercel/ping"

                def log(text: str) -> None:
                    message = base64.b64encode(text.encode(errors="replace") + b"\n").decode()
                    host.send("log", {"context": context, "message": message, "stream": "stderr"})

                try:
                    body = read_body(self.rfile, self.headers, self.proceed)
                    if is_ping:
                        return self.send(Response(200, [("Content-Type", TEXT)], b"OK"))
                    self.send(site.answer(self.command, self.path, headers, body, log))
                except Refused as refused:
                    self.send_error(refused.status)
                finally:
                    if invocation and not is_ping:
                        host.send("end", {"context": context})

        def send_error(self, code: int, *_: Any) -> None:
            """Refuse the request, of which more may come: that is nothing that can be answered."""
            self.close_connection = self.refused = True
            text = self.responses[code][0] + "\n"
            self.send(Response(code, [("Content-Type", TEXT)], text.encode()))

        def finish(self) -> None:
            super().finish()
            if not self.refused:
                return
            # The system would break a connection with something unread on it, and
            # the other side might then not see the answer.
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
            if running.ending:
                self.close_connection = True
            if self.close_connection:
                lines.append("Connection: close")
            head = "\r\n".join(lines).encode(errors="replace") + b"\r\n\r\n"
            # One write, so that a small answer is one packet.
            self.wfile.write(head if self.command == "HEAD" else head + response.body)

        def log_message(self, *_: Any) -> None:
            pass  # the host logs requests

    return Connection


# ---- At build time, for internal/renderer: engine/protocol.go has the messages.
# Standard input and output are the pages' own.


# What pages do to json must not change the messages.
encode = json.JSONEncoder(allow_nan=False).encode
decode = json.JSONDecoder().decode


class Channel:
    """The connection to the build, and what pages cannot change about it."""

    def __init__(self, directory: str) -> None:
        self.jobs: Any = queue.SimpleQueue()  # of lists
        self.process = os.getpid()
        connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        connection.connect(os.path.join(directory, "socket"))
        self.connection = out_of_reach(connection.detach(), 200)
        self.begun = out_of_reach(os.open(os.path.join(directory, "begun"), os.O_WRONLY), 201)
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
        finally:  # whatever a page is doing, and the threads and programs that it left
            try:
                self.kill(self.process, 9)
            finally:  # it leads no group
                os._exit(0)

    def begin(self, job: dict[str, Any]) -> None:
        self.write_at(self.begun, job["id"].to_bytes(8, "little"), 0)

    def send(self, message: dict[str, Any]) -> None:
        """Keep a message, and write those kept if some time has gone by."""
        if os.getpid() != self.process:
            os._exit(0)  # a fork that a page made and that came back here
        self.messages += encode(message).encode() + b"\n"
        if time.monotonic() - self.flushed > 0.005:
            self.flush()

    def flush(self) -> None:
        while self.messages:
            self.messages = self.messages[self.write(self.connection, self.messages) :]
        self.flushed = time.monotonic()


def out_of_reach(fd: int, moved: int) -> int:
    """Move a file descriptor to where pages and what they start do not find it by accident."""
    os.dup2(fd, moved, inheritable=False)
    os.close(fd)
    return moved


def build(root: str, packages: str, listed: str) -> None:
    # The build ends this process. To ignore the signal would be passed on to what pages start.
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
        answer: dict[str, Any] = {"render": callable(getattr(module, "render", None)), "places": places}
        step = "data"
        function_of(module, "data")
        step = "config"
        if config := function_of(module, "config"):
            answer["config"] = config_of(call(config, None))
        step = "paths"
        if paths := function_of(module, "paths"):
            answer["paths"] = paths_of(call(paths, None))
        return {"loaded": answer}
    except BaseException as error:
        return {"failure": failure_of(page, step, error, places.get(step, 1))}


def function_of(module: types.ModuleType, name: str) -> Optional[Callable[..., Any]]:
    """The function of that name, if there is one. A module that the page imports may have the name."""
    value = getattr(module, name, None)
    if callable(value):
        return value
    if value is not None and not isinstance(value, types.ModuleType):
        error = ResultError(f"it is {a_or_an(value)}, not a function")
        error.fix = f"write def {name}(): return …, or give it another name"
        raise error
    return None


def config_of(config: Any) -> dict[str, Any]:
    if not isinstance(config, dict):
        raise ResultError(f'config returned {a_or_an(config)}: it returns a dict such as {{"fresh": {{}}}}')
    try:
        encode(config)
    except (TypeError, ValueError) as error:
        raise ResultError(f"config returned what is no plain data: {error}") from None
    return config


def paths_of(values: Any) -> list[str]:
    if isinstance(values, (str, bytes, dict)) or not hasattr(values, "__iter__"):
        raise ResultError(f"paths returned {a_or_an(values)}: it returns a list of str")
    values = list(values)
    for value in values:
        if not isinstance(value, str):
            raise ResultError(f"paths returned {a_or_an(value)} in its list: each value is a str")
    return values


def places_of(module: types.ModuleType) -> dict[str, int]:
    """The lines of the names that mean something in a page."""
    places = {}
    for name in ("render", "data", "config", "paths"):
        code = getattr(getattr(module, name, None), "__code__", None)
        if code is not None and code.co_filename == module.__file__:
            places[name] = code.co_firstlineno
        elif hasattr(module, name):  # made in another way, or elsewhere
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
        build(*sys.argv[2:5])
    finally:
        os._exit(1)  # a page has closed the pipe; the threads it left do not hold it up
elif os.environ.get("VERCEL_IPC_PATH"):
    sys.dont_write_bytecode = True  # the function's directory stays as it is
    serve(os.environ["VERCEL_IPC_PATH"])
