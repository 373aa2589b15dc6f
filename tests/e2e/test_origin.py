"""The origin itself: what the other tests build on."""
import http.client
import socket

import harness
from harness import WeirTest, body


class OriginTest(WeirTest):
    def ask(self, origin, target, method="GET", **headers):
        c = http.client.HTTPConnection("127.0.0.1", origin.port, timeout=10)
        self.addCleanup(c.close)
        c.request(method, target, headers={k.replace("_", "-"): v
                                           for k, v in headers.items()})
        r = c.getresponse()
        return r, r.read()

    def raw(self, origin, data):
        with socket.create_connection(("127.0.0.1", origin.port), 10) as s:
            s.sendall(data)
            out = b""
            try:
                while chunk := s.recv(65536):
                    out += chunk
            except ConnectionResetError:
                pass
            return out

    def test_bytes_are_those_of_the_seed(self):
        origin = self.origin()
        for n, seed in ((0, 0), (1, 0), (20, 5), (100003, 77)):
            _, got = self.ask(origin, f"/bytes/{n}?seed={seed}")
            self.assertEqual(got, body(n, seed))

    def test_ranges_and_conditions(self):
        origin = self.origin()
        r, got = self.ask(origin, "/bytes/20", Range="bytes=5-9")
        self.assertEqual((r.status, got), (206, body(5, 0, 5)))
        self.assertEqual(r.headers["Content-Range"], "bytes 5-9/20")
        etag, modified = r.headers["ETag"], r.headers["Last-Modified"]
        for condition, status in ((etag, 206), ('"other"', 200),
                                  (modified, 206),
                                  ("Thu, 02 Jan 2020 00:00:00 GMT", 200)):
            r, _ = self.ask(origin, "/bytes/20", Range="bytes=5-",
                            If_Range=condition)
            self.assertEqual(r.status, status, condition)
        for name, value, status in (("If_None_Match", etag, 304),
                                    ("If_None_Match", '"x"', 200),
                                    ("If_Modified_Since", modified, 304)):
            r, _ = self.ask(origin, "/bytes/20", **{name: value})
            self.assertEqual(r.status, status, name)
        r, _ = self.ask(origin, "/bytes/20", Range="bytes=20-")
        self.assertEqual(r.status, 416)

    def test_refuses_what_is_not_well_formed(self):
        origin = self.origin()
        for request in (b"GET / HTTP/1.1\r\n\r\n", b"GET /\r\n\r\n",
                        b"GET / HTTP/1.1\nHost: a\n\n",
                        b"GET /# HTTP/1.1\r\nHost: a\r\n\r\n",
                        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
                        b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
                        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                        b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"):
            got = self.raw(origin, request)
            self.assertTrue(got.startswith(b"HTTP/1.1 400 "), request)

    def test_pipelined_requests_are_answered_in_order(self):
        origin = self.origin()
        ask = b"GET /bytes/%d HTTP/1.1\r\nHost: a\r\n\r\n"
        last = b"GET /bytes/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        got = self.raw(origin, b"".join(ask % n for n in range(2000)) + last)
        self.assertEqual(got.count(b"HTTP/1.1 200 OK"), 2001)
        self.assertLess(got.find(b"Content-Length: 7\r"),
                        got.find(b"Content-Length: 1999\r"))

    def test_journal_tells_what_happened(self):
        origin = self.origin()
        self.ask(origin, "/bytes/20?x=1", Range="bytes=1-", X_Mine="yes")
        with self.assertRaises(http.client.HTTPException):
            self.ask(origin, "/short?bytes=5&declared=9")
        with self.assertRaises(ConnectionResetError):
            self.ask(origin, "/reset")
        a, b, c = origin.wait_for(3)
        self.assertEqual((a["target"], a["method"], a["status"], a["bytes"],
                          a["outcome"]),
                         ("/bytes/20?x=1", "GET", 206, 19, "done"))
        self.assertEqual(a["headers"]["x-mine"], "yes")
        self.assertEqual((b["bytes"], b["outcome"]), (5, "cut"))
        self.assertEqual((c["bytes"], c["outcome"]), (0, "cut"))
        self.assertGreaterEqual(a["end_t"], a["t"])
        self.assertEqual(harness.peak([a, b, c]), 1)
        origin.forget()
        self.assertEqual(origin.arrivals(), [])

    def test_refusals_end_after_their_times(self):
        origin = self.origin()
        for target in ("/429?times=2&key=a", "/503?times=2&key=b",
                       "/flaky?fail=2&key=c"):
            seen = [self.ask(origin, target)[0].status for _ in range(3)]
            self.assertEqual(seen[2], 200)
            self.assertNotIn(200, seen[:2])
        r, _ = self.ask(origin, "/429?retry_after=7")
        self.assertEqual(r.headers["Retry-After"], "7")

    def test_script_sends_targets_elsewhere(self):
        rules = self.write("rules", "# rules\n/feed* first=1 -> /status/503\n"
                           "* host=other.test -> /say?body=other\n")
        origin = self.origin("--script", rules)
        self.assertEqual(self.ask(origin, "/feed.xml")[0].status, 503)
        self.assertEqual(self.ask(origin, "/feed.xml")[0].status, 404)
        self.assertEqual(self.ask(origin, "/x", Host="other.test:1")[1],
                         b"other")

    def test_document_root(self):
        self.write("root/index.html", "<p>hello")
        self.write("root/a b.txt", "text")
        self.write("root/.hidden", "no")
        self.write("secret", "no")
        origin = self.origin("--root", self.path("root"))
        r, got = self.ask(origin, "/")
        self.assertEqual((got, r.headers["Content-Type"]),
                         (b"<p>hello", "text/html; charset=utf-8"))
        self.assertEqual(self.ask(origin, "/a%20b.txt")[1], b"text")
        for target in ("/.hidden", "/../secret", "/%2e%2e/secret", "/none"):
            self.assertEqual(self.ask(origin, target)[0].status, 404, target)
        self.assertEqual(self.ask(origin, "/", "POST")[0].status, 405)

    def test_serves_a_range_of_addresses(self):
        origin = self.origin(listen=("127.0.1.1-127.0.1.9:0",))
        for last in (1, 9):
            c = http.client.HTTPConnection(f"127.0.1.{last}", origin.port)
            self.addCleanup(c.close)
            c.request("GET", "/echo")
            self.assertEqual(c.getresponse().status, 200)

    def test_refuses_addresses_that_are_not_loopback(self):
        for where in ("0.0.0.0:0", "10.0.0.1:0", "[::]:0", "127.0.0.1",
                      "127.0.0.9-127.0.0.1:0"):
            with self.assertRaises(RuntimeError, msg=where):
                self.origin(listen=(where,))


if __name__ == "__main__":
    harness.main()
