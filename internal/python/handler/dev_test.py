import json
import os
import sys
import tempfile
import unittest

from .dev import DevelopedSite
from .page import Page
from .render import Headers

SOURCES = {
    "echo": "def data(r): return r and [r.method, r.path, dict(r.headers), r.params]\ndef render(d): return repr(d)\ndef paths(): return ['a/b']",
    "fails": "def render():\n    raise ValueError('secret')",
    "nothing": "def render(): pass",
    "created": "def render(): return 'x', {'status_code': 201}",
    "cookie": "def render(): return 'x', {'headers': {'Set-Cookie': 'a=1', 'Cache-Control': 'max-age=9'}}",
    "cookies": "def render(): return 'x', {'headers': {'Set-Cookie': ['a=1', 'b=2']}}",
    "list": "def render(): return 'x'\ndef paths(): raise KeyError('list')",
}


class TestDevelopedSite(unittest.TestCase):
    def setUp(self):
        root = tempfile.TemporaryDirectory()
        self.addCleanup(root.cleanup)
        self.root, self.log = os.path.realpath(root.name), []
        for name, source in SOURCES.items():
            with open(os.path.join(self.root, name + ".py"), "w", encoding="utf-8") as file:
                file.write(source)
        self.addCleanup(lambda: [sys.modules.pop(name, None) for name in SOURCES])

    def respond(self, source, pattern, kind, target, method="GET"):
        site = DevelopedSite(self.root, [Page(self.root, source + ".py", pattern, kind)])
        response = site.respond(method, target, Headers([("Cookie", "visitor")]), b"", self.log.append)
        headers = dict(response.headers)
        self.assertEqual(headers["Cache-Control"], "no-store")
        return response.status, headers.get("X-Jargo-Kind"), headers["Content-Type"], response.body.decode()

    def shown(self, *args, **more):
        status, kind, _, body = self.respond(*args, **more)
        return status, kind, body

    def failure(self, *args):
        status, _, content_type, body = self.respond(*args)
        self.assertEqual((status, content_type), (500, "application/vnd.jargo.failure+json"))
        found = json.loads(body)
        frame = found["frames"][0]
        return found["in"], found["type"], found["message"], found.get("fix"), frame["file"], frame["line"]

    def test_each_page_is_rendered(self):
        self.assertEqual(self.shown("echo", "/", "build", "/?q=1"), (200, "build", "None"))
        self.assertEqual(self.shown("echo", "/", "build", "/index")[:2], (404, None))
        want = "['GET', '/%s', {}, {'one': 'a', 'two': 'b'}]"
        self.assertEqual(self.shown("echo", "/{one}/{two}", "build", "/a/b?q=1"), (200, "build", want % "a/b"))
        self.assertEqual(self.shown("echo", "/{one}/{two}", "regenerated", "/a/b?q=1"), (200, "regenerated", want % "a/b"))
        self.assertEqual(self.shown("echo", "/", "fresh", "/?q=1")[:2], (200, "fresh"))
        self.assertEqual(self.shown("echo", "/", "build", "/", method="POST")[0], 405)

    def test_paths_are_those_listed(self):
        self.assertEqual(self.shown("echo", "/{one}/{two}", "build", "/a/c")[:2], (404, None))
        self.assertEqual(self.failure("list", "/{one}", "build", "/a"), ("render", "KeyError", "'list'", None, "list.py", 2))

    def test_failures(self):
        self.assertEqual(self.failure("fails", "/", "fresh", "/"), ("render", "ValueError", "secret", None, "fails.py", 2))
        self.assertIn("GET / (fails.py): ValueError: secret", self.log[0])
        message = "render returned None as the body: it is a str or bytes"
        self.assertEqual(self.failure("nothing", "/", "build", "/"), ("render", "", message, "", "nothing.py", 0))

    def test_mistakes_that_a_build_finds(self):
        fresh = 'return {"fresh": {}} from config'
        message = "it sets the status 201, but it is a build page: a file, served with 200"
        self.assertEqual(self.failure("created", "/", "build", "/")[2:4], (message, fresh + ", or set no status"))
        self.assertEqual(self.shown("created", "/", "regenerated", "/")[0], 201)
        message = "it sets a cookie, but all its visitors share one response"
        self.assertEqual(self.failure("cookie", "/", "regenerated", "/")[2:4], (message, "set it from a fresh page, or remove it"))
        self.assertEqual(self.shown("cookie", "/", "build", "/")[0], 200)
        message = "it sets several cookies, but a build page can set one at most"
        self.assertEqual(self.failure("cookies", "/", "build", "/")[2:4], (message, fresh))
