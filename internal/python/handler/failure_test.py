import os
import tempfile
import unittest

from .failure import failure_of, missing_file, user_file
from .page import Page
from .render import ResultError


class TestFailure(unittest.TestCase):
    def setUp(self):
        root = tempfile.TemporaryDirectory()
        self.addCleanup(root.cleanup)
        self.root = os.path.realpath(root.name)

    def failure(self, source, line=0):
        file = os.path.join(self.root, "it.py")
        try:
            exec(compile(source, file, "exec"), {"ResultError": ResultError})
        except BaseException as error:
            return failure_of(Page(self.root, "it.py", "/it"), "render", error, line)

    def test_frames_are_the_users_innermost_first(self):
        failure = self.failure("import json\ndef f():\n    json.loads('{')\nf()")
        frames = [(frame["file"], frame["line"], frame["func"]) for frame in failure["frames"]]
        self.assertEqual(frames, [("it.py", 3, "f"), ("it.py", 4, "")])
        self.assertEqual((failure["in"], failure["type"]), ("render", "JSONDecodeError"))

    def test_a_result_has_the_line_that_is_known(self):
        source = "e = ResultError('it is a number')\ne.fix = 'return a str'\nraise e"
        failure = self.failure(source, 7)
        self.assertEqual((failure["type"], failure["message"], failure["fix"]), ("", "it is a number", "return a str"))
        self.assertEqual(failure["frames"], [{"file": "it.py", "line": 7, "col": 1, "func": ""}])
        self.assertEqual(self.failure(source)["frames"], [])

    def test_missing_file(self):
        self.assertEqual(self.failure("open('no.txt')")["missing"], "no.txt")
        self.assertEqual(missing_file(ValueError()), "")

    def test_user_file(self):
        for name, want in (("it.py", "it.py"), ("lib/site-packages/a.py", ""), ("a/b.py", ""), ("b/a.py", "b/a.py")):
            self.assertEqual(user_file(self.root, os.path.join(self.root, *name.split("/")), {"a"}), want)
        self.assertEqual(user_file(self.root, "/elsewhere/it.py", set()), "")
