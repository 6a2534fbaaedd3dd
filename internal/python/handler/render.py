"""From data to response: the same at build time and on the server."""

from __future__ import annotations

import inspect
import re
import types
from typing import Any, Callable, Iterable, Optional

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"

# As in the engine of Go pages; XML names its encoding itself.
TYPES = {
    "atom": "application/atom+xml",
    "css": "text/css; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "ics": "text/calendar; charset=utf-8",
    "js": "application/javascript; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "jsonld": "application/ld+json",
    "md": "text/markdown; charset=utf-8",
    "mjs": "application/javascript; charset=utf-8",
    "rss": "application/rss+xml",
    "svg": "image/svg+xml",
    "txt": TEXT,
    "vcf": "text/x-vcard; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "webmanifest": "application/manifest+json; charset=utf-8",
    "xml": "application/xml",
}


class Request:
    """What data(request) gets."""

    def __init__(
        self, method: str, path: str, headers: dict[str, str], body: str | bytes, params: dict[str, str]
    ) -> None:
        self.method = method  # "GET"
        self.path = path  # percent-encoded, with the query: "/blog/hello?page=2"
        self.headers = headers  # a dict whose names match in any case
        self.body = body  # str, or bytes that are not UTF-8
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

    def replace_header(self, name: str, value: str) -> None:
        self.headers = [pair for pair in self.headers if pair[0].lower() != name.lower()] + [(name, value)]


class ResultError(Exception):
    """A page's function returned something invalid, or is missing."""

    fix = ""


def respond(page: types.ModuleType, request: Optional[Request], content_type: str = HTML) -> Response:
    """Render a page. Its data function is optional, and so are the arguments."""
    data = getattr(page, "data", None)
    given = call(data, request) if callable(data) else {}
    render = getattr(page, "render", None)
    if not callable(render):
        raise ResultError("there is no function render")
    return response_of(call(render, given), content_type)


def content_type_of(pattern: str) -> str:
    """The type of a page that sets none: that of a file with the name of its route."""
    name = pattern.rpartition("/")[2]
    extension = name.rpartition(".")[2] if "." in name and not name.startswith("{") else ""
    return TYPES.get(extension.lower(), HTML)


def call(function: Callable[..., Any], argument: Any) -> Any:
    result = function(argument) if takes_argument(function) else function()
    if isinstance(result, types.CoroutineType):
        result.close()
        raise ResultError(f"{result.__name__} is async: the functions of a page are ordinary ones")
    return result


def takes_argument(function: Callable[..., Any]) -> bool:
    """Whether the function takes a positional argument; *args does not count."""
    if isinstance(function, types.FunctionType) and not hasattr(function, "__wrapped__"):
        return function.__code__.co_argcount > 0
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # built into Python, without a signature
        return False
    return any(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)


def required_argument(function: Callable[..., Any]) -> str:
    """The name of a positional argument that the function needs; or ""."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # built into Python, without a signature
        return ""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return next((p.name for p in parameters if p.kind in positional and p.default is p.empty), "")


def response_of(result: Any, content_type: str = HTML) -> Response:
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
        raise ResultError(f"render returned {with_article(body)} as the body: it is a str or bytes")
    status, headers = read_info({} if info is None else info)
    if status in (204, 304):  # these have no body, and no type of it
        return Response(status, [pair for pair in headers if pair[0].lower() != "content-type"], b"")
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.insert(0, ("Content-Type", content_type))
    return Response(status, headers, bytes(body))


def read_info(info: Any) -> tuple[int, list[tuple[str, str]]]:
    if not isinstance(info, dict):
        example = '{"status_code": 200, "headers": {}}'
        raise ResultError(f"render returned {with_article(info)} as the info: it is a dict such as {example}")
    for key in info:
        if key not in ("status_code", "headers"):
            raise ResultError(f"render returned info with the key {key!r}: it can have status_code and headers")
    status = info.get("status_code", 200)
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        raise ResultError(f"render returned the status_code {status!r}: it is a number from 200 to 599")
    given = info.get("headers") or {}
    if not isinstance(given, dict):
        raise ResultError(f"render returned {with_article(given)} as the headers: they are a dict")
    headers: list[tuple[str, str]] = []
    for name, value in given.items():
        for item in value if isinstance(value, (list, tuple)) else (value,):
            headers.append(checked_header(name, item))
    return int(status), [pair for pair in headers if pair[0].lower() not in ("content-length", "transfer-encoding")]


def checked_header(name: Any, value: Any) -> tuple[str, str]:
    if not isinstance(name, str) or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        raise ResultError(f"render returned the header name {name!r}, which is no token")
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ResultError(f"render returned {with_article(value)} as the header {name}: it is a str")
    text = str(value)
    if re.search("[\r\n\0]", text):
        raise ResultError(f"render returned the header {name} with a line break: {text!r}")
    return name, text


def with_article(value: Any) -> str:
    """The type of a value, for messages: "None", "an int", "a dict"."""
    if value is None:
        return "None"
    name = type(value).__name__
    return ("an " if name[:1].lower() in "aeiou" else "a ") + name
