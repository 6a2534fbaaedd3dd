import os
import socket
import tempfile
import threading
import unittest

from .host import Host, InFlight, take_internal
from .render import Headers


class TestTakeInternal(unittest.TestCase):
    def test(self):
        headers = Headers([("X-Vercel-Internal-Invocation-Id", "i"), ("X-Vercel-Internal-Request-Id", "7"),
                           ("X-Vercel-Internal-Oidc-Token", "t"), ("X-Vercel-Sc-Host", "h"), ("X-Own", "o")])
        self.assertEqual(take_internal(headers), ("i", 7))
        self.assertEqual(headers, {"x-vercel-sc-host": "h", "x-own": "o", "x-vercel-oidc-token": "t"})

    def test_no_leak(self):
        headers = Headers([("X-Vercel-Sc-No-Header-Leak", "1"), ("X-Vercel-Sc-Host", "h"), ("X-Vercel-Internal-Request-Id", "x")])
        self.assertEqual((take_internal(headers), headers), (("", 0), {}))


class TestHost(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        path = os.path.join(directory.name, "ipc")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            self.host = Host(path)
            self.other = listener.accept()[0]
        self.addCleanup(self.host.conn.close)
        self.addCleanup(self.other.close)

    def test_send(self):
        self.host.send("log", {"message": "é"})
        self.assertEqual(self.other.recv(4096), b'{"type": "log", "payload": {"message": "\\u00e9"}}\0')

    def test_send_when_nobody_hears(self):
        self.other.close()
        for _ in range(2):
            self.host.send("log", {"message": "x"})

    def test_gone(self):
        self.other.close()
        stopped = threading.Event()
        self.host.when_gone(os.getpid(), stopped.set)  # which is not the parent
        self.assertTrue(stopped.is_set())


class TestRunning(unittest.TestCase):
    def test_drain_waits_for_the_last(self):
        in_flight, drained = InFlight(), threading.Event()
        with in_flight:
            thread = threading.Thread(target=lambda: (in_flight.drain(), drained.set()))
            thread.start()
            self.assertFalse(drained.is_set())
        thread.join()
        self.assertTrue(in_flight.ending and drained.is_set())
