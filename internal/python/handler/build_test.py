import os
import sys
import tempfile
import unittest

from .build import load_job, render_job
from .page import Page


class TestJobs(unittest.TestCase):
    def setUp(self):
        root = tempfile.TemporaryDirectory()
        self.addCleanup(root.cleanup)
        self.root = os.path.realpath(root.name)
        self.addCleanup(lambda: [sys.modules.pop(name) for name in list(sys.modules) if name.startswith("pages.")])

    def page(self, source, pattern="/it"):
        os.makedirs(os.path.join(self.root, "pages"), exist_ok=True)
        with open(os.path.join(self.root, "pages", "it.py"), "w", encoding="utf-8") as file:
            file.write(source)
        return Page(self.root, "pages/it.py", pattern)

    def render(self, source, pattern="/it", path="/it"):
        file = os.path.join(self.root, "out", "it")
        result = render_job(self.page(source, pattern), {"path": path, "file": file})
        if "failure" in result:
            return result["failure"]
        with open(file, "rb") as out:
            return result, out.read()

    def test_load(self):
        source = "\nconfig = lambda: {'fresh': {}}\ndef render(): return ''\ndef paths(): return (c for c in 'ab')\n"
        self.assertEqual(load_job(self.page(source)), {"loaded": {
            "render": True, "config": {"fresh": {}}, "paths": ["a", "b"], "places": {"render": 3, "config": 2, "paths": 4},
        }})

    def test_mistakes(self):
        for source, step, message in (
            ("def config(): return 5", "config", "config returned an int"),
            ("def config(): return {'a': {1}}", "config", "what is no plain data"),
            ("def paths(): return 'ab'", "paths", "paths returned a str"),
            ("def paths(): return [1]", "paths", "an int in its list"),
            ("data = 5", "data", "it is an int, not a function"),
            ("def render(item): return item", "render", "render takes item, but the page has no data to make it"),
        ):
            failure = load_job(self.page(source))["failure"]
            sys.modules.pop("pages.it")
            self.assertEqual((failure["in"], failure["type"], failure["frames"][0]["line"]), (step, "", 1))
            self.assertIn(message, failure["message"])

    def test_render(self):
        result, body = self.render("def data(r): return r.params['x']\ndef render(d): return d, {'headers': {'x-own': 1}}", "/{x}", "/é")
        self.assertEqual(body, "é".encode())
        self.assertEqual(result, {"status": 200, "size": 2, "header": {"Content-Type": ["text/html; charset=utf-8"], "X-Own": ["1"]}})

    def test_frames_are_the_users(self):
        failure = self.render("def render():\n  return inner()\ndef inner():\n  return json_dumps({1})\n"
                              "def json_dumps(x):\n  import json\n  return json.dumps(x)\n")
        self.assertEqual((failure["in"], failure["type"]), ("render", "TypeError"))
        self.assertEqual([(f["file"], f["line"], f["func"]) for f in failure["frames"]],
                         [("pages/it.py", 7, "json_dumps"), ("pages/it.py", 4, "inner"), ("pages/it.py", 2, "render")])

    def test_missing_file(self):
        for source, missing in (
            ("open('content/a.txt')", "content/a.txt"),
            ("import os; os.listdir(b'content')", "content"),
            ("import pathlib; pathlib.Path('a.txt').read_text()", "a.txt"),
            ("try: open('a.txt')\nexcept OSError as e: raise ValueError('no text') from e", "a.txt"),
            ("raise FileNotFoundError('of no name')", None),
            ("open('.')", None),
        ):
            self.assertEqual(self.render(source).get("missing"), missing, source)

    def test_syntax_error(self):
        frame = self.render("x = 1\né = = 1")["frames"][0]
        self.assertEqual((frame["file"], frame["line"], frame["col"]), ("pages/it.py", 2, 6))

    def test_fixes(self):
        self.assertIn("requirements.txt", self.render("import no_such_package_at_all")["fix"])
        self.assertIn("must not end the process", self.render("raise SystemExit")["fix"])
