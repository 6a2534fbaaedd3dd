import os
import sys
import tempfile
import unittest

from .page import Page, split


class TestMatch(unittest.TestCase):
    def test(self):
        for pattern, path, want in (
            ("/", "/", {}),
            ("/a/b", "/a/b", {}),
            ("/a/b", "/a", None),
            ("/a", "/a/b", None),
            ("/blog/{slug}", "/blog/hello", {"slug": "hello"}),
            ("/blog/{slug}", "/blog/", None),
            ("/blog/{slug}", "/blog/..", None),
            ("/blog/{slug}", "/blog/a\0b", None),
            ("/docs/{path...}", "/docs/a/b", {"path": "a/b"}),
            ("/docs/{path...}", "/docs", None),
            ("/docs/{path...}", "/docs/a//b", None),
        ):
            with self.subTest(pattern=pattern, path=path):
                self.assertEqual(Page("", "pages/x.py", pattern).match(split(path)), want)

    def test_split(self):
        for path, want in (("/", []), ("", []), ("/a/", ["a"]), ("/a//", ["a", ""]), ("a/b", ["a", "b"])):
            self.assertEqual(split(path), want)


class TestLoad(unittest.TestCase):
    def setUp(self):
        root = tempfile.TemporaryDirectory()
        self.addCleanup(root.cleanup)
        self.root = root.name
        self.addCleanup(lambda: [sys.modules.pop(name) for name in list(sys.modules) if name.startswith("pages.")])

    def page(self, source, pattern="/it"):
        os.makedirs(os.path.join(self.root, "pages"), exist_ok=True)
        with open(os.path.join(self.root, "pages", "it.py"), "wb") as file:
            file.write(source)
        return Page(self.root, "pages/it.py", pattern)

    def test_once(self):
        page = self.page(b"calls = []\ndef render():\n  calls.append(1)\n  return str(len(calls))")
        self.assertEqual([page.respond(None).body for _ in range(2)], [b"1", b"2"])
        self.assertIs(page.load(), sys.modules["pages.it"])

    def test_encoding(self):
        page = self.page("# coding: latin-1\nrender = lambda: 'é'".encode("latin-1"))
        self.assertEqual(page.respond(None).body, "é".encode())

    def test_own_futures_are_not_the_pages(self):
        with self.assertRaises(NameError):
            self.page(b"def render(x: nothing): pass").load()

    def test_error_page(self):
        self.assertEqual(self.page(b"def render(): return 'sorry'", "/500").respond(None).status, 500)
