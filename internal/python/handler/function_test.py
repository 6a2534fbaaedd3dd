import base64
import json
import os
import tempfile
import unittest

from . import function
from .page import Page
from .site import Site


class TestHandler(unittest.TestCase):
    """The classic contract. Go's tests start the function, which then serves HTTP."""

    def setUp(self):
        root = tempfile.TemporaryDirectory()
        self.addCleanup(root.cleanup)
        with open(os.path.join(root.name, "echo.py"), "w", encoding="utf-8") as file:
            file.write("def data(r): return [r.method, r.body, r.headers]\n"
                       "def render(d): return repr(d), {'headers': {'X': ['1', '2']}}")
        function._site = Site(root.name, [Page(root.name, "echo.py", "/{x}", "fresh")])
        self.addCleanup(setattr, function, "_site", None)

    def handle(self, **request):
        result = function.handler({"body": json.dumps(request)}, None)
        return result, base64.b64decode(result["body"]).decode()

    def test_text(self):
        result, body = self.handle(path="/a", method="POST", body="é", headers={"A": ["1", "2"], "x-vercel-internal-request-id": "1"})
        self.assertEqual(body, "['POST', 'é', {'a': '1, 2'}]")
        self.assertEqual(result["statusCode"], 200)
        self.assertEqual(result["headers"], {"content-type": "text/html; charset=utf-8", "x": ["1", "2"]})

    def test_base64(self):
        self.assertEqual(self.handle(path="/a", encoding="base64", body="aOk=")[1], r"['GET', b'h\xe9', {}]")

    def test_head(self):
        self.assertEqual(self.handle(path="/a", method="HEAD")[1], "")
