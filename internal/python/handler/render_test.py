import functools
import types
import unittest

from .render import Headers, Request, ResultError, call, respond, response_of, takes_argument


def page(**functions):
    module = types.ModuleType("page")
    vars(module).update(functions)
    return module


class TestHeaders(unittest.TestCase):
    def test_names_in_any_case(self):
        headers = Headers([("Accept", "text/html")])
        self.assertEqual((headers["ACCEPT"], headers.get("accept"), "aCCept" in headers), ("text/html",) * 2 + (True,))
        self.assertNotIn(1, headers)

    def test_repeated(self):
        headers = Headers([("X", "1"), ("Cookie", "a=1"), ("x", "2"), ("cookie", "b=2")])
        self.assertEqual(headers, {"x": "1, 2", "cookie": "a=1; b=2"})


class TestRespond(unittest.TestCase):
    def test_data_is_optional(self):
        self.assertEqual(respond(page(render=lambda: "Hi"), None).body, b"Hi")
        self.assertEqual(respond(page(render=lambda data: repr(data)), None).body, b"{}")

    def test_data_gets_the_request(self):
        request = Request("GET", "/a", Headers(), "", {"slug": "a"})
        response = respond(page(data=lambda request: request.params["slug"], render=str.upper), request)
        self.assertEqual(response.body, b"A")

    def test_no_render(self):
        with self.assertRaises(ResultError):
            respond(page(render="Hi"), None)

    def test_async(self):
        async def render():
            return "Hi"

        with self.assertRaisesRegex(ResultError, "render is async"):
            call(render, None)


class TestTakesArgument(unittest.TestCase):
    def test(self):
        wrapped = functools.wraps(lambda: None)(lambda *args: None)
        for function, want in ((lambda: 0, False), (lambda x: 0, True), (lambda *x: 0, False), (wrapped, False), (len, True)):
            self.assertIs(takes_argument(function), want)


class TestResponseOf(unittest.TestCase):
    def test_bodies(self):
        for body in ("é", "é".encode(), bytearray("é".encode()), memoryview("é".encode())):
            response = response_of(body)
            self.assertEqual((response.status, response.body), (200, b"\xc3\xa9"))
            self.assertEqual(response.headers, [("Content-Type", "text/html; charset=utf-8")])

    def test_info(self):
        info = {"status_code": 404, "headers": {"content-type": "text/plain", "Link": ["a", "b"], "Content-Length": "9"}}
        response = response_of(("", info))
        self.assertEqual(response.status, 404)
        self.assertEqual(response.headers, [("content-type", "text/plain"), ("Link", "a"), ("Link", "b")])

    def test_no_content(self):
        response = response_of(("Hi", {"status_code": 204}))
        self.assertEqual((response.headers, response.body), ([], b""))

    def test_mistakes(self):
        for result, message in (
            (None, "returned None as the body"),
            (5, "returned an int as the body"),
            (("a", {}, 1), "returned 3 values"),
            (("a", []), "returned a list as the info"),
            (("a", {"status": 200}), "the key 'status'"),
            (("a", {"status_code": True}), "status_code True"),
            (("a", {"headers": {"X Y": "1"}}), "header name 'X Y'"),
            (("a", {"headers": {"X": "a\nb"}}), "line break"),
            (("a", {"headers": {"X": None}}), "returned None as the header X"),
            ("\ud800", "a body that is no text"),
        ):
            with self.assertRaisesRegex(ResultError, message):
                response_of(result)
