from __future__ import annotations

import base64
import io
import unittest
from typing import Any

from .log import MAX_PART, MAX_TEXT, Output, RequestLog, request_log


class FakeHost:
    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def send(self, kind: str, payload: dict[str, Any]) -> None:
        self.sent.append((payload.get("stream") or payload["level"], base64.b64decode(payload["message"]).decode()))


class OutputTest(unittest.TestCase):
    def setUp(self) -> None:
        self.host = FakeHost()
        self.original = io.StringIO()
        self.output = Output("stdout", self.original)
        self.log = RequestLog(self.host, {"invocationId": "one", "requestId": 1})  # type: ignore[arg-type]
        self.addCleanup(request_log.set, None)

    def test_without_request(self) -> None:
        print("hello", file=self.output)
        self.assertEqual((self.original.getvalue(), self.host.sent), ("hello\n", []))

    def test_lines(self) -> None:
        request_log.set(self.log)
        print("one", "two", file=self.output)
        print("par", end="", file=self.output)
        print("t\nmore", end="", file=self.output)
        self.log.end()
        self.assertEqual(self.host.sent, [("stdout", "one two\n"), ("stdout", "part\n"), ("stdout", "more\n")])

    def test_long_line(self) -> None:
        request_log.set(self.log)
        for _ in range(3):
            self.output.write("x" * MAX_PART)
        self.assertEqual([len(text) for _, text in self.host.sent], [2 * MAX_PART])

    def test_more_than_a_message(self) -> None:
        request_log.set(self.log)
        self.output.write("é" * 5_000_000 + "\n")
        self.log.error("x" * 5_000_000)
        self.assertEqual([(stream, len(text)) for stream, text in self.host.sent], [("stdout", MAX_TEXT), ("error", MAX_TEXT)])

    def test_error(self) -> None:
        self.log.error("it broke\ud800")
        self.assertEqual(self.host.sent, [("error", "it broke?\n")])

    def test_other_attributes(self) -> None:
        self.assertFalse(self.output.closed)


if __name__ == "__main__":
    unittest.main()
