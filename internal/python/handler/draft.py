"""Drafts and revalidation: the platform's protocol, for pages to speak."""

from __future__ import annotations

from _operator import _compare_digest  # hmac has no more for this, and takes long to import
import os
import re
from typing import Any, Callable, Mapping

from .offer import described
from .render import Request, Response

DRAFT_COOKIE = "__prerender_bypass"

# The headers by which caches keep responses: one may take the word of one for more than that of another.
ABOUT_CACHING = (
    "cache-control", "cdn-cache-control", "cloudflare-cdn-cache-control", "expires", "surrogate-control", "vercel-cdn-cache-control",
)

# How a function connects, by the scheme: not while the site is built.
_connections: dict[str, Callable[..., Any]] = {}

MAX_REVALIDATION = 60  # seconds


def in_draft(request: Any) -> bool:
    """Whether the visitor sees drafts. In a regenerated page it is true only of a response that nobody else sees."""
    return request is not None and has_token(request.headers)


def has_token(headers: Mapping[str, str]) -> bool:
    token = described().get("bypassToken") or ""
    for pair in headers.get("cookie", "").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == DRAFT_COOKIE and same_token(value, token):
            return True
    return False


def keep_private(response: Response) -> None:
    """Keep a draft out of every cache, whatever the page says."""
    response.headers = [pair for pair in response.headers if pair[0].lower() not in ABOUT_CACHING]
    response.headers.append(("Cache-Control", "private, no-cache, no-store, max-age=0, must-revalidate"))


def same_token(got: str, token: str) -> bool:
    """Compare in constant time. Without a token nothing is the same."""
    return token != "" and _compare_digest(got.encode(errors="replace"), token.encode())


def draft(request: Request) -> dict[str, str]:
    """The headers of a response that lets the visitor see drafts, until the browser is closed or end_draft.

    Whoever has the cookie can also have pages rendered again. A site without regenerated pages has no drafts.
    """
    token = described().get("bypassToken")
    return {"Set-Cookie": bypass_cookie(request, token)} if token else {}


def end_draft(request: Request) -> dict[str, str]:
    """The headers of a response that ends what draft began."""
    return {"Set-Cookie": bypass_cookie(request, "", "; Expires=Thu, 01 Jan 1970 00:00:00 GMT")}


def bypass_cookie(request: Request, token: str, ends: str = "") -> str:
    https = request.headers.get("x-forwarded-proto") == "https"
    return f"{DRAFT_COOKIE}={token}; Path=/{ends}; HttpOnly; " + ("Secure; SameSite=None" if https else "SameSite=Lax")


def revalidate(request: Request, path: str) -> None:
    """Have a regenerated page rendered again, and wait until the new rendering is what visitors see.

    It is for a fresh page that has changed what the other shows. The path is that of a URL, as those of routes are.
    ValueError is raised when it is not, and RuntimeError when visitors may still see the old rendering.
    """
    said = f'jargo.revalidate("{path}"): '
    if not re.fullmatch(r"/(?!/)([^%#\x00-\x1f\x7f]|%[0-9A-Fa-f]{2})*", path):
        raise ValueError(said + 'it is no path of the site, such as "/posts/hello?page=2"')
    token = described().get("bypassToken")
    host = request.headers.get("host") if request is not None else None
    if not _connections:
        raise RuntimeError(said + "the site is being built: nothing is stored yet")
    if not token:
        raise RuntimeError(said + "there is no bypass token: a function has one if its site has regenerated pages")
    if not host:
        raise RuntimeError(said + "this is no visitor's request: a regenerated page cannot revalidate")
    if same_token(request.headers.get("x-prerender-revalidate", ""), token):
        raise RuntimeError(said + "this is a request to revalidate: a page that revalidates itself would do so for ever")
    scheme, address = where_to_ask(said, host)
    headers = {
        "Host": host,
        "X-Prerender-Revalidate": token,
        "X-Forwarded-Proto": request.headers.get("x-forwarded-proto", "http"),  # for a host that believes its proxy
    }
    if os.environ.get("VERCEL_AUTOMATION_BYPASS_SECRET"):  # of deployments that not all may see
        headers["X-Vercel-Protection-Bypass"] = os.environ["VERCEL_AUTOMATION_BYPASS_SECRET"]
    connection = _connections[scheme](address, timeout=MAX_REVALIDATION)
    try:
        connection.request("HEAD", escape(path), headers=headers)
        response = connection.getresponse()
    except Exception as error:
        raise RuntimeError(f"{said}ask the host: {error or type(error).__name__}") from None
    finally:
        connection.close()
    cache = response.headers.get("x-vercel-cache", "")
    if response.headers.get("x-jargo-kind") == "regenerated":
        cache = "REVALIDATED"  # the site is developed: nothing is stored, and this request was a rendering
    failed = judge(response.status, cache, response.headers.get("location", ""))
    if failed:
        raise RuntimeError(said + failed)


def escape(path: str) -> str:
    """Percent-encode what a URL cannot have. Escapes stay."""
    return re.sub(r"[^!$-;=?-\[\]_a-z~]", lambda m: "".join(f"%{byte:02X}" for byte in m[0].encode()), path)


def where_to_ask(said: str, host: str) -> tuple[str, str]:
    """The scheme and address of the host that runs this function: a visitor's word must not decide where the token goes."""
    own = os.environ.get("JARGO_HOST_URL", "")
    if own:  # jargo serve sets it
        scheme, _, address = own.partition("://")
        return scheme, address
    if not os.environ.get("VERCEL_URL"):
        raise RuntimeError(
            said + "there is no host to ask: jargo serve sets JARGO_HOST_URL, and the platform VERCEL_URL, "
            "if the project's settings expose system environment variables"
        )
    return "https", host


def judge(status: int, cache: str, location: str) -> str:
    """What is wrong, by the host's response; "" for nothing."""
    rendered = cache == "REVALIDATED"
    if rendered and status in (200, 301, 302, 307, 308, 404, 410):
        return ""
    if rendered or status >= 500:
        return f"the page was not rendered, and what was stored of it stays: status {status}"
    if status == 404:
        return "there is no such page"
    if status in (401, 403):
        return f"the host does not let the function in: status {status}"
    if 300 <= status < 400:
        return f'the host redirects to "{location}"'
    return f'it is no regenerated page: the host\'s response has status {status} and x-vercel-cache "{cache}"'


# What the module jargo has of this one.
DRAFT_OFFERS = (draft, end_draft, in_draft, revalidate)
