"""The pages of a function, and which of them responds to a request."""

from __future__ import annotations

import os
import re
import sys
import traceback
from typing import Callable, Optional
from urllib.parse import quote, unquote, unquote_plus

from .draft import has_token, keep_private
from .page import Page, split
from .render import HTML, TEXT, Headers, Request, Response

# The query parameter that carries the path of a regenerated page with parameters.
PATH_PARAMETER = "__jargo_path"


class NoPage(Exception):
    """There is no page at this path."""


class WrongMethod(Exception):
    """The page allows GET and HEAD only."""


class Site:
    """The pages of a function, in the order of their routes."""

    build_pages_are_files = True  # which the host serves

    def __init__(self, root: str, pages: list[Page]) -> None:
        self.root = root
        self.pages = pages
        self.patterns = {page.pattern: page for page in pages}
        self.by_path = {page.name: page for page in pages if page.kind == "regenerated" and "{" in page.pattern}
        self.stored: dict[int, Optional[Response]] = {}
        self.loaded: Callable[[], None] = lambda: None  # is called when a page has been imported

    def respond(self, method: str, target: str, headers: Headers, body: bytes, log: Callable[[str], None]) -> Response:
        """Respond to a visitor. Errors are logged, and the visitor sees the 500 page."""
        page = None
        try:
            try:
                page, request = self.route(method, target, headers, body)
                page.load()
                self.loaded()
                return self.render(page, request)
            except NoPage:
                return self.error_page(404, Request(method, target, headers, decode_body(body), {}))
            except WrongMethod:
                return Response(405, [("Allow", "GET, HEAD"), ("Content-Type", TEXT)], b"Method Not Allowed\n")
        except BaseException as error:  # sys.exit too: one page must not end the others
            log(format_failure(method, target, page))
            failed = error
        try:
            return self.server_error(page, Request(method, target, headers, decode_body(body), {}), failed)
        except BaseException:
            log(format_failure(method, target, self.patterns.get("/500")))
            return plain_page(500)

    def render(self, page: Page, request: Optional[Request]) -> Response:
        response = page.respond(request)
        if page.kind == "regenerated" and request and request.headers:  # which it sees of a draft alone
            keep_private(response)
        return response

    def server_error(self, page: Optional[Page], request: Request, error: BaseException) -> Response:
        return self.error_page(500, request)

    def route(self, method: str, target: str, headers: Headers, body: bytes) -> tuple[Page, Request]:
        """The page that responds, and the request it sees: the visitor's only if it is fresh, or a draft."""
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
            return page, Request(method, request_target, headers, decode_body(body), params)
        if method not in ("GET", "HEAD"):
            raise WrongMethod
        # A page that others see, too, must not see how this visitor spelled the path.
        path = quote("/" + "/".join(split(unescaped)), safe="/$&+=:@") if page.pattern != "/" else "/"
        kept = [pair for pair in kept if unquote_plus(pair.partition("=")[0]) in page.query]
        # What a request to render the page again renders, all will see.
        draft = page.kind == "regenerated" and "x-prerender-revalidate" not in headers and has_token(headers)
        seen = headers if draft else Headers()
        return page, Request("GET", "?".join([path, "&".join(kept)]) if kept else path, seen, "", params)

    def find(self, path: str) -> tuple[Page, dict[str, str]]:
        """The first page in route order that matches a percent-encoded path."""
        if re.search(r"%(?![0-9A-Fa-f]{2})", path):
            raise NoPage
        parts = split(unquote(path))  # an escaped slash is a slash
        for page in self.pages:
            params = page.match(parts)
            # A function is invoked at its output path, and that of "/" is "index".
            if page.pattern == "/" and page.kind != "build" and parts == ["index"]:
                params = {}
            if params is not None and page.kind == "build" and self.build_pages_are_files:
                break
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
    title, text = "Internal Server Error", "Something went wrong on our side."
    if status == 404:
        title, text = "Not Found", "There is no page at this address."
    body = (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f"<title>{status} {title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n</html>\n"
    )
    return Response(status, [("Content-Type", HTML)], body.encode())


def decode_body(body: bytes) -> str | bytes:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


def format_failure(method: str, target: str, page: Optional[Page]) -> str:
    """The exception being handled, in one line, and its traceback below."""
    where = f" ({page.file})" if page else ""
    lines = traceback.format_exception_only(*sys.exc_info()[:2])
    error = next(line for line in lines if not line.startswith(" ")).partition("\n")[0]
    return f"{method} {target.partition('?')[0]}{where}: {error}\n{traceback.format_exc().rstrip()}"
