import contextlib
import os
import socketserver
import threading
import unittest
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler

from . import draft, offer
from .render import Headers, Request, Response

TOKEN = "0123456789abcdef0123456789abcdef"


def request(**headers):
    return Request("POST", "/", Headers((name.replace("_", "-"), value) for name, value in headers.items()), "", {})


class TestDraft(unittest.TestCase):
    def setUp(self):
        self.addCleanup(offer._described.clear)
        offer._described.update(bypassToken=TOKEN, routes=[])

    def test_cookie(self):
        self.assertEqual(
            draft.draft(request()), {"Set-Cookie": f"__prerender_bypass={TOKEN}; Path=/; HttpOnly; SameSite=Lax"}
        )
        self.assertEqual(
            draft.draft(request(X_Forwarded_Proto="https")),
            {"Set-Cookie": f"__prerender_bypass={TOKEN}; Path=/; HttpOnly; Secure; SameSite=None"},
        )
        self.assertEqual(
            draft.end_draft(request()),
            {"Set-Cookie": "__prerender_bypass=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax"},
        )

    def test_in_draft(self):
        for cookie, want in (
            (f"__prerender_bypass={TOKEN}", True),
            (f"a=b; __prerender_bypass=x;__prerender_bypass={TOKEN}; c", True),
            (f"__prerender_bypass={TOKEN}0", False),
            (f"__prerender_bypass={TOKEN[1:]}", False),
            ("__prerender_bypass=é", False),
            (f"bypass={TOKEN}", False),
        ):
            self.assertEqual(draft.in_draft(request(cookie=cookie)), want, cookie)
        self.assertFalse(draft.in_draft(request()))
        self.assertFalse(draft.in_draft(None))

    def test_keep_private(self):
        says = ("Cache-Control", "CDN-Cache-Control", "Vercel-CDN-Cache-Control", "Surrogate-Control", "Expires")
        response = Response(200, [*((name, "max-age=60") for name in says), ("X-Own", "x")], b"")
        draft.keep_private(response)
        want = [("X-Own", "x"), ("Cache-Control", "private, no-cache, no-store, max-age=0, must-revalidate")]
        self.assertEqual(response.headers, want)

    def test_without_token(self):
        offer._described.clear()
        offer._described.update(routes=[])
        self.assertEqual(draft.draft(request()), {})
        self.assertFalse(draft.in_draft(request(cookie="__prerender_bypass=")))


class TestRevalidate(unittest.TestCase):
    """A host that responds as it is told, and remembers what it was asked."""

    def setUp(self):
        offer._described.update(bypassToken=TOKEN, routes=[])
        self.addCleanup(offer._described.clear)
        draft._connections["http"] = HTTPConnection
        self.addCleanup(draft._connections.clear)
        self.asked, self.response, self.kind = [], (200, "REVALIDATED", ""), ""
        test = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self):
                test.asked.append((self.path, self.headers["host"], self.headers["x-prerender-revalidate"], self.headers["cookie"]))
                status, cache, location = test.response
                self.send_response(status)
                self.send_header("x-vercel-cache", cache)
                self.send_header("location", location)
                self.send_header("x-jargo-kind", test.kind)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = socketserver.TCPServer(("127.0.0.1", 0), Handler)
        self.addCleanup(server.server_close)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        self.set_env("JARGO_HOST_URL", "http://127.0.0.1:%d" % server.server_address[1])
        self.set_env("VERCEL_URL", "")

    def set_env(self, name, value):
        os.environ[name] = value
        self.addCleanup(os.environ.pop, name)

    def test_asks_the_own_host(self):
        os.environ["VERCEL_URL"] = "example.vercel.app"
        visitor = request(host="evil.example", cookie=f"__prerender_bypass={TOKEN}")
        for path, sent in (("/a", "/a"), ("/crème %2F\\?q=a b|", "/cr%C3%A8me%20%2F%5C?q=a%20b%7C")):
            draft.revalidate(visitor, path)
            self.assertEqual(self.asked.pop(), (sent, "evil.example", TOKEN, None))

    def test_is_rendered_while_the_site_is_developed(self):
        self.response, self.kind = (200, "MISS", ""), "regenerated"
        draft.revalidate(request(host="example"), "/a")

    def test_responses(self):
        for response, want in (
            ((404, "REVALIDATED", ""), None),
            ((500, "REVALIDATED", ""), "the page was not rendered, and what was stored of it stays: status 500"),
            ((403, "REVALIDATED", ""), "the page was not rendered, and what was stored of it stays: status 403"),
            ((503, "", ""), "the page was not rendered, and what was stored of it stays: status 503"),
            ((404, "", ""), "there is no such page"),
            ((401, "", ""), "the host does not let the function in: status 401"),
            ((308, "", "http://evil.example/"), 'the host redirects to "http://evil.example/"'),
            ((200, "HIT", ""), 'it is no regenerated page: the host\'s response has status 200 and x-vercel-cache "HIT"'),
        ):
            self.response = response
            self.check("/a", want and f'jargo.revalidate("/a"): {want}')
        self.assertEqual({path for path, *_ in self.asked}, {"/a"})

    def check(self, path, want, visitor=None):
        raised = contextlib.nullcontext() if want is None else self.assertRaises((RuntimeError, ValueError))
        with raised as caught:
            draft.revalidate(visitor or request(host="a.example"), path)
        if want is not None:
            self.assertEqual(str(caught.exception), want)
            self.assertNotIn(TOKEN, str(caught.exception))

    def test_refused(self):
        for path in ("", "a", "//evil.example/a", "http://evil.example/a", "/a#b", "/a\nb", "/a%zz"):
            self.check(path, f'jargo.revalidate("{path}"): it is no path of the site, such as "/posts/hello?page=2"')
        self.check("/a", 'jargo.revalidate("/a"): this is no visitor\'s request: a regenerated page cannot revalidate', request(a="b"))
        again = request(host="a.example", x_prerender_revalidate=TOKEN)
        self.check("/a", 'jargo.revalidate("/a"): this is a request to revalidate: a page that revalidates itself would do so for ever', again)
        draft._connections.clear()
        self.check("/a", 'jargo.revalidate("/a"): the site is being built: nothing is stored yet')
        draft._connections["http"] = HTTPConnection
        offer._described.pop("bypassToken")
        self.check("/a", 'jargo.revalidate("/a"): there is no bypass token: a function has one if its site has regenerated pages')
        self.assertEqual(self.asked, [])

    def test_nowhere_to_ask(self):
        os.environ["JARGO_HOST_URL"] = ""
        self.check("/a", 'jargo.revalidate("/a"): there is no host to ask: jargo serve sets JARGO_HOST_URL, and the platform VERCEL_URL, '
                   "if the project's settings expose system environment variables")
        os.environ["VERCEL_URL"] = "example.vercel.app"
        self.assertEqual(draft.where_to_ask("", "www.example"), ("https", "www.example"))
        self.assertEqual(self.asked, [])
