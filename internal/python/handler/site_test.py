import os
import tempfile
import unittest

from . import offer
from .page import Page
from .render import Headers
from .site import Site

SOURCES = {
    "echo": "import json\ndef data(r): return json.dumps([r.method, r.path, r.headers, r.body, r.params])\ndef render(d): return d",
    "fails": "def render(): raise ValueError('secret')",
    "sorry": "def render(): return 'sorry'",
}


class TestSite(unittest.TestCase):
    def setUp(self):
        root = tempfile.TemporaryDirectory()
        self.addCleanup(root.cleanup)
        self.root, self.log = root.name, []
        for name, source in SOURCES.items():
            with open(os.path.join(self.root, name + ".py"), "w", encoding="utf-8") as file:
                file.write(source)

    def page(self, source, pattern, kind, name="", query=()):
        return Page(self.root, source + ".py", pattern, kind, name, query)

    def respond(self, pages, target, method="GET", body=b""):
        site = Site(self.root, pages)
        response = site.respond(method, target, Headers([("Cookie", "visitor")]), body, self.log.append)
        return response.status, response.body.decode()

    def test_fresh_sees_the_visitor(self):
        pages = [self.page("echo", "/{name}", "fresh")]
        want = '["POST", "/%61?x=1", {"cookie": "visitor"}, "body", {"name": "a"}]'
        self.assertEqual(self.respond(pages, "/%61?x=1&__jargo_path=/b", "POST", b"body"), (200, want))

    def test_regenerated_sees_nothing_of_the_visitor(self):
        pages = [self.page("echo", "/live", "regenerated", "live", ["q"])]
        self.assertEqual(self.respond(pages, "/live/?x=1&q=2"), (200, '["GET", "/live?q=2", {}, "", {}]'))
        self.assertEqual(self.respond(pages, "/live", "POST")[0], 405)

    def test_draft(self):
        token = "0123456789abcdef0123456789abcdef"
        offer._described.update(bypassToken=token, routes=[])
        self.addCleanup(offer._described.clear)
        site = Site(self.root, [self.page("echo", "/live/{slug}", "regenerated", "live/[slug]", ["q"])])

        def respond(*pairs):
            target = "/live/[slug]?__jargo_path=/live/a&q=1&x=2"
            response = site.respond("GET", target, Headers(pairs), b"", self.log.append)
            return response.body.decode(), dict(response.headers).get("Cache-Control")

        cookie = ("Cookie", "__prerender_bypass=" + token)
        want = '["GET", "/live/a?q=1", {"cookie": "%s", "accept": "x"}, "", {"slug": "a"}]' % cookie[1]
        self.assertEqual(respond(cookie, ("Accept", "x")), (want, "private, no-cache, no-store, max-age=0, must-revalidate"))
        shared = ('["GET", "/live/a?q=1", {}, "", {"slug": "a"}]', None)
        self.assertEqual(respond(("Cookie", cookie[1] + "0")), shared)
        # What this renders is stored, and all see it.
        self.assertEqual(respond(cookie, ("X-Prerender-Revalidate", token)), shared)

    def test_path_parameter(self):
        pages = [self.page("echo", "/live/{slug}", "regenerated", "live/[slug]")]
        want = '["GET", "/live/a%20b", {}, "", {"slug": "a b"}]'
        self.assertEqual(self.respond(pages, "/live/[slug]?__jargo_path=/live/a%20b"), (200, want))
        for query in ("__jargo_path=/other", "__jargo_path=/live/a&__jargo_path=/live/b"):
            self.assertEqual(self.respond(pages, "/live/[slug]?" + query)[0], 404)

    def test_build_pages_are_files(self):
        pages = [self.page("sorry", "/a", "build"), self.page("echo", "/{name}", "fresh")]
        self.assertEqual(self.respond(pages, "/a")[0], 404)

    def test_bad_escape(self):
        self.assertEqual(self.respond([self.page("echo", "/{name}", "fresh")], "/%zz")[0], 404)

    def test_failure(self):
        pages = [self.page("sorry", "/500", "fresh"), self.page("fails", "/fails", "fresh")]
        self.assertEqual(self.respond(pages, "/fails?token"), (500, "sorry"))
        self.assertRegex(self.log[0], r"GET /fails \(fails.py\): \w+: secret\nTraceback(.|\n)*secret")

    def test_error_page_that_fails(self):
        status, body = self.respond([self.page("fails", "/500", "fresh"), self.page("fails", "/a", "fresh")], "/a")
        self.assertEqual((status, "Internal Server Error" in body, len(self.log)), (500, True, 2))

    def test_stored_error_page(self):
        with open(os.path.join(self.root, "404.http"), "wb") as file:
            file.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\nX-Own: yes\r\n\r\nnowhere")
        response = Site(self.root, []).respond("GET", "/a", Headers(), b"", self.log.append)
        self.assertEqual((response.status, response.headers, response.body), (404, [("X-Own", "yes")], b"nowhere"))
