"""weir get: retries, and hosts that refuse; politeness.md."""
import socket

import harness
from harness import BUSY_NS, WeirTest, body


class Retries(WeirTest):
    def test_what_may_pass_is_tried_four_times(self):
        o = self.origin()
        for code in (408, 425, 500, 502, 504):
            o.forget()
            run = self.weir("get", "-P", "out", o.url(f"/status/{code}"))
            self.assert_status(run, 8)
            self.assertEqual(len(o.arrivals()), 4, code)

    def test_what_is_final_is_not_retried(self):
        o = self.origin()
        for code in (400, 401, 403, 404, 410, 451, 501):
            o.forget()
            self.weir("get", "-P", "out", o.url(f"/status/{code}"))
            self.assertEqual(len(o.arrivals()), 1, code)

    def test_retry_on_and_counts(self):
        o = self.origin()
        self.ok(self.weir("get", "-P", "out", "--retry-on", "404",
                          o.url("/flaky?fail=2&code=404&key=a")))
        self.assertEqual(len(o.arrivals()), 3)
        o.forget()
        self.weir("get", "-P", "out2", "--retry", "1",
                  o.url("/status/500"))
        self.assertEqual(len(o.arrivals()), 2)
        o.forget()
        self.weir("get", "-P", "out3", "--retry", "0",
                  o.url("/status/500"))
        self.assertEqual(len(o.arrivals()), 1)

    def test_faults_on_the_wire(self):
        o = self.origin()
        for n, target in enumerate((
                "/reset?times=2&key=a&bytes=500",
                "/reset?times=2&key=b&bytes=500&after=100",
                "/short?times=2&key=c&bytes=100&declared=500",
                "/cutchunk?times=2&key=d&bytes=499",
                "/badchunk?times=2&key=e&bytes=500")):
            run = self.weir("get", "-P", f"out{n}", "-o", "f", o.url(target))
            self.ok(run)
            self.assertEqual(self.read(f"out{n}/f"), body(500), target)

    def test_damaged_gzip(self):
        o = self.origin()
        run = self.weir("get", "--compressed", "-P", "out", "-o", "f",
                        o.url("/badgzip"))
        self.assertNotEqual(run.status, 0)
        self.assertEqual([f for f in self.files() if not
                          f.endswith(".part")], [])
        self.ok(self.weir("get", "--compressed", "-P", "out2", "-o", "f",
                          o.url("/badgzip?times=1&key=g")))

    def test_a_sent_post_is_not_retried(self):
        o = self.origin()
        self.weir("get", "-P", "out", "--data", "x=1", o.url("/status/500"))
        self.weir("get", "-P", "out2", "--data", "x=1", o.url("/reset"))
        self.assertEqual(len(o.arrivals()), 2)

    def test_pauses_between_tries_grow(self):
        o = self.origin()
        self.weir("get", "-P", "out", "--retry", "2", o.url("/status/500"))
        times = [e["t"] for e in o.arrivals()]
        self.assertEqual(len(times), 3)
        self.assertGreater(times[2] - times[0], 1_000_000)


class Refusals(WeirTest):
    def test_429_with_retry_after_pauses_the_host(self):
        """Twelve refused requests do not all come back together."""
        o = self.origin()
        self.ok(self.weir("get", "-P", "out", "-j", "12",
                          o.url("/429?retry_after=2&times=12&key=k&n=[1-12]")))
        got = o.arrivals()
        refused = [e for e in got if e["status"] == 429]
        served = [e for e in got if e["status"] == 200]
        self.assertEqual(len(served), 12)
        # nothing arrives in the pause
        for r in refused:
            for e in got:
                after = e["t"] - r["end_t"]
                self.assertFalse(BUSY_NS < after < 2_000_000_000 - BUSY_NS,
                                 after)
        back = [e["t"] for e in got if e["t"] > refused[0]["end_t"]]
        back = [t for t in back if t - min(back) < 10_000_000]
        self.assertLess(len(back), 12)

    def test_retry_after_as_a_date(self):
        o = self.origin()
        self.ok(self.weir("get", "-P", "out",
                          o.url("/503?retry_after=date:3&times=1&key=k")))
        a, b = o.arrivals()
        self.assertGreater(b["t"] - a["end_t"], 1_900_000_000)

    def test_pause_is_the_hosts_alone(self):
        o = self.origin(listen=("127.0.5.1-127.0.5.2:0",))
        self.ok(self.weir(
            "get", "-o", "/dev/null",
            o.url("/429?retry_after=2&times=1&key=k", "127.0.5.1"),
            o.url("/bytes/[1-20]", "127.0.5.2")))
        got = o.arrivals()
        first = next(e for e in got if e["status"] == 429)
        for e in got:
            if e["local"].startswith("127.0.5.2"):
                self.assertLess(e["t"] - first["t"], 1_500_000_000)

    def test_too_long_a_pause_fails_the_host(self):
        o = self.origin()
        run = self.weir("get", "-P", "out", "--max-pause", "2s",
                        o.url("/429?retry_after=3600&n=[1-5]"))
        self.assert_status(run, 8)
        self.assertIn("3600", run.message.replace(",", "").replace(
            "1 h", "3600").replace("1:00:00", "3600"))
        self.assertLessEqual(len(o.arrivals()), 5)

    def test_url_that_is_refused_five_times_fails_alone(self):
        o = self.origin()
        run = self.weir("get", "-o", "/dev/null", "--per-host", "1",
                        o.url("/429?retry_after=0"),
                        o.url("/delay/50/bytes/[1-100]"), timeout=120)
        self.assert_status(run, 8)
        self.assertLessEqual(len(o.arrivals("/429")), 6)
        self.assertEqual(len([e for e in o.arrivals("/delay")
                              if e.get("status") == 200]), 100)

    def test_nothing_is_endless(self):
        o = self.origin()
        run = self.weir("get", "-P", "out", o.url("/429?retry_after=0&"
                                                  "n=[1-3]"), timeout=120)
        self.assert_status(run, 8)
        self.assertLessEqual(len(o.arrivals()), 40)


class Timeouts(WeirTest):
    def test_stall(self):
        o = self.origin()
        run = self.weir("get", "--retry", "0", "--stall-timeout", "1s", "-P",
                        "out", o.url("/stall?after=100"),
                        o.url("/stall?after=0"), o.url("/bytes/5"))
        self.assert_status(run, 4)
        self.assertIn("5", self.files())

    def test_total(self):
        o = self.origin()
        run = self.weir("get", "--retry", "0", "-m", "1s", "-P", "out",
                        o.url("/drip?bytes=1000&ms=50"))
        self.assert_status(run, 4)
        self.assertEqual(len(o.arrivals()), 1)

    def test_slow_is_not_stalled(self):
        o = self.origin()
        self.ok(self.weir("get", "--retry", "0", "--stall-timeout", "2s",
                          "-P", "out", o.url("/drip?bytes=6000&ms=50&piece=100")))

    def test_connect(self):
        # a listener whose queue is full takes no more
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen(0)
            port = s.getsockname()[1]
            fill = [socket.socket() for _ in range(4)]
            for c in fill:
                c.setblocking(False)
                c.connect_ex(("127.0.0.1", port))
            run = self.weir("get", "--retry", "0", "--connect-timeout", "1s",
                            "-P", "out", f"http://127.0.0.1:{port}/")
            for c in fill:
                c.close()
        self.assert_status(run, 4)


if __name__ == "__main__":
    harness.main()
