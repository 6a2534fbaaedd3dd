"""A site that is being developed: engine/dev.go says what is different there."""

from __future__ import annotations

import json
from typing import Callable, Optional

from .failure import failure_of
from .page import Page
from .render import Headers, Request, Response, ResultError
from .site import NoPage, Site

KIND_HEADER = "X-Jargo-Kind"
FAILURE_TYPE = "application/vnd.jargo.failure+json"


class DevelopedSite(Site):
    """A site whose pages are rendered at each request, whatever their kind. What fails says so."""

    build_pages_are_files = False

    def respond(self, method: str, target: str, headers: Headers, body: bytes, log: Callable[[str], None]) -> Response:
        response = super().respond(method, target, headers, body, log)
        response.replace_header("Cache-Control", "no-store")
        return response

    def render(self, page: Page, request: Optional[Request]) -> Response:
        if page.kind == "build" and request:
            if not page.lists(request.params):
                raise NoPage
            request = request if request.params else None  # as when it is rendered ahead
        response = super().render(page, request)
        check_response(page, response)
        response.replace_header(KIND_HEADER, page.kind)
        return response

    def server_error(self, page: Optional[Page], request: Request, error: BaseException) -> Response:
        page = page or self.patterns.get("/404")  # which alone is shown where there is no page
        if page is None:
            return super().server_error(page, request, error)
        failure = failure_of(page, "render", error)
        failure["frames"] = failure["frames"] or [{"file": page.file, "line": 0, "func": ""}]
        headers = [("Content-Type", FAILURE_TYPE), (KIND_HEADER, page.kind)]
        return Response(500, headers, json.dumps(failure).encode())


def check_response(page: Page, response: Response) -> None:
    """Refuse what a build would find in the response of a page that it renders ahead."""
    cookies = [name for name, _ in response.headers if name.lower() == "set-cookie"]
    make_fresh = 'return {"fresh": {}} from config'
    message, fix = "", ""
    if page.kind == "build" and response.status != 200 and page.pattern not in ("/404", "/500"):
        message = f"it sets the status {response.status}, but it is a build page: a file, served with 200"
        fix = make_fresh + ", or set no status"
    elif page.kind == "build" and len(cookies) > 1:
        message, fix = "it sets several cookies, but a build page can set one at most", make_fresh
    elif page.kind == "regenerated" and cookies:
        message = "it sets a cookie, but all its visitors share one response"
        fix = "set it from a fresh page, or remove it"
    if message:
        error = ResultError(message)
        error.fix = fix
        raise error
