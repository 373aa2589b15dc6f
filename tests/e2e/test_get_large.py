"""weir get: a few large bodies at once, whose bytes have threads of their own."""
import hashlib
import resource
import signal
import time
import urllib.request

import harness
from harness import WeirTest

SIZE = 9_000_000  # of several chunks, and more than a socket holds


def digest(data):
    return hashlib.sha256(data).hexdigest()


class Large(WeirTest):
    def fetched(self, url):
        with urllib.request.urlopen(url, timeout=20) as answer:
            return digest(answer.read())

    def args(self, *urls):
        return ("get", "-P", "out", "-o", "{n}", "-j", "4", "--per-host", "4",
                *urls)

    def assert_whole(self, urls):
        self.assertEqual(self.files(),
                         sorted(str(n + 1) for n in range(len(urls))))
        for n, url in enumerate(urls):
            self.assertEqual(digest(self.read("out", str(n + 1))),
                             self.fetched(url), url)

    def urls(self, server, count=10):
        return [server.url(f"/bytes/{SIZE + n}?seed={n}")
                for n in range(count)]

    def test_bodies_are_whole(self):
        server = self.origin()
        urls = self.urls(server)
        self.ok(self.weir(*self.args(*urls)))
        self.assert_whole(urls)

    def test_bodies_of_unknown_length_are_whole(self):
        server = self.origin()
        urls = [server.url(f"/chunked/{SIZE + n}?seed={n}") for n in range(6)]
        self.ok(self.weir(*self.args(*urls)))
        self.assert_whole(urls)

    def test_cut_bodies_go_on(self):
        server = self.origin()
        urls = [server.url(f"/short?bytes={SIZE - 1000 * n}&declared={SIZE}"
                           f"&times=1&key={n}") for n in range(1, 7)]
        self.ok(self.weir(*self.args("--retry", "2", *urls)))
        ranges = [e for e in server.arrivals() if e["status"] == 206]
        self.assertEqual(len(ranges), 6)
        self.assert_whole(urls)

    def test_kill_and_go_on(self):
        server = self.origin()
        urls = self.urls(server, 16)
        # The first run comes to its bodies; a later one may find all there.
        for n in range(4):
            run = self.start(*self.args(*urls))
            if n == 0:
                server.wait_for(4)
            time.sleep(0.02 * n)
            run.signal(signal.SIGKILL)
            run.popen.wait()
        self.ok(self.weir(*self.args(*urls)))
        self.assert_whole(urls)

    def test_second_signal_leaves_at_once(self):
        server = self.origin()
        run = self.start(*self.args(
            *[server.url(f"/stall?after={SIZE}&bytes={SIZE + 1}&n={n}")
              for n in range(4)]))
        server.wait_for(4)
        run.signal(signal.SIGINT)
        time.sleep(0.3)
        run.signal(signal.SIGINT)
        self.assert_status(run.finish(20), 130)

    def test_full_disk_is_an_error(self):
        server = self.origin()
        urls = self.urls(server, 6)
        run = self.weir(*self.args(*urls),
                        limits={resource.RLIMIT_FSIZE: SIZE - 3_000_000})
        self.assertIn("File too large", run.message)
        self.assertNotEqual(run.status, 0)
        self.assertFalse([f for f in self.files() if f.isdigit()])
        self.ok(self.weir(*self.args(*urls)))
        self.assert_whole(urls)

    def test_too_large_is_an_error(self):
        server = self.origin()
        urls = [server.url(f"/chunked/{SIZE + n}?seed={n}") for n in range(4)]
        run = self.weir(*self.args("--max-filesize", "3M", *urls))
        self.assertEqual(run.message.count("(--max-filesize)"), 4)
        self.assertEqual(self.files(), [])


if __name__ == "__main__":
    harness.main()
