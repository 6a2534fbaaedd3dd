import io
import os
import socket
import tempfile
import threading
import unittest
from email.message import Message

from .connection import MAX_BODY, MAX_HEAD, Connection, RequestError, Server, as_utf8, read_body
from .host import Host
from .page import Page
from .site import Site


def body_of(data, *headers):
    message = Message()
    for name, value in headers:
        message[name] = value
    return read_body(io.BytesIO(data), message, lambda: None)


class TestReadBody(unittest.TestCase):
    def test(self):
        self.assertEqual(body_of(b"rest"), b"")
        self.assertEqual(body_of(b"Hi!", ("Content-Length", " 02 ")), b"Hi")
        chunks = b"2;x=y\r\nHi\r\n1\r\n!\r\n0\r\nTrailer: x\r\n\r\n"
        self.assertEqual(body_of(chunks, ("Transfer-Encoding", "Chunked")), b"Hi!")

    def test_refused(self):
        chunked = ("Transfer-Encoding", "chunked")
        for data, headers, status in (
            (b"", [("Content-Length", "1"), chunked], 400),
            (b"", [("Content-Length", "1"), ("Content-Length", "1")], 400),
            (b"", [("Content-Length", "-1")], 400),
            (b"", [("Transfer-Encoding", "gzip")], 501),
            (b"", [("Content-Length", str(MAX_BODY + 1))], 413),
            (b"%x\r\n" % (MAX_BODY + 1), [chunked], 413),
            (b"x\r\n", [chunked], 400),
            (b"1\r\nab\r\n", [chunked], 400),
            (b"0\r\n" + b"a" * (MAX_HEAD + 1), [chunked], 431),
        ):
            with self.assertRaises(RequestError) as caught:
                body_of(data, *headers)
            self.assertEqual(caught.exception.status, status)

    def test_cut_off(self):
        with self.assertRaises(ConnectionError):
            body_of(b"H", ("Content-Length", "2"))

    def test_as_utf8(self):
        self.assertEqual(as_utf8("é".encode().decode("latin-1")), "é")


class TestConnection(unittest.TestCase):
    """Sends bytes to a server of one page, which returns its body."""

    def setUp(self):
        root = tempfile.TemporaryDirectory()
        self.addCleanup(root.cleanup)
        with open(os.path.join(root.name, "echo.py"), "w", encoding="utf-8") as file:
            file.write("def data(r): return r.body\ndef render(d): return d")
        platform = socket.socket(socket.AF_UNIX)
        self.addCleanup(platform.close)
        platform.bind(os.path.join(root.name, "ipc"))
        platform.listen()
        host = Host(os.path.join(root.name, "ipc"))
        self.addCleanup(host.conn.close)
        self.ipc = platform.accept()[0]
        self.addCleanup(self.ipc.close)
        self.server = Server(Site(root.name, [Page(root.name, "echo.py", "/{x}", "fresh")]), host)

    def exchange(self, data):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=self.serve_connection, args=(listener,))
            thread.start()
            with socket.create_connection(listener.getsockname()) as conn:
                conn.sendall(data)
                conn.shutdown(socket.SHUT_WR)
                got = b"".join(iter(lambda: conn.recv(65536), b""))
            thread.join()
        return got

    def serve_connection(self, listener):
        conn, address = listener.accept()
        with conn:
            Connection(conn, address, self.server)

    def test_one_after_the_other(self):
        got = self.exchange(b"POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nHiHEAD /a HTTP/1.1\r\n\r\nGET /_vercel/ping HTTP/1.1\r\n\r\n")
        self.assertEqual(got.count(b"HTTP/1.1 200 OK\r\n"), 3)
        self.assertIn(b"Content-Length: 2\r\n\r\nHiHTTP/1.1", got)
        self.assertTrue(got.endswith(b"\r\n\r\nOK"))

    def test_refusal_ends_the_connection(self):
        got = self.exchange(b"POST /a HTTP/1.1\r\nContent-Length: x\r\n\r\nGET /a HTTP/1.1\r\n\r\n")
        self.assertEqual((got.count(b"HTTP/1.1"), got[:12], b"Connection: close" in got), (1, b"HTTP/1.1 400", True))

    def test_invocation_ends(self):
        self.exchange(b"GET /a HTTP/1.1\r\nX-Vercel-Internal-Invocation-Id: i\r\nX-Vercel-Internal-Request-Id: 7\r\n\r\n")
        want = b'{"type": "end", "payload": {"context": {"invocationId": "i", "requestId": 7}}}\0'
        self.assertEqual(self.ipc.recv(4096), want)
