"""weir get: redirects, and what they may carry; hostile.md."""
import json
import urllib.parse

import harness
from harness import WeirTest


def to(url, **more):
    return "/redirect-to?" + urllib.parse.urlencode({"url": url, **more})


class Redirects(WeirTest):
    def setUp(self):
        super().setUp()
        self.a = self.origin()
        self.b = self.origin()

    def echo(self, target, *args):
        run = self.ok(self.weir("get", "-o", "-", *args, self.a.url(target)))
        got = json.loads(run.out)
        return {k.lower(): v for k, v in got["headers"]}

    def test_chain_is_followed(self):
        run = self.ok(self.weir("get", "--json", self.a.url("/redirect/7")))
        record = run.records()[0]
        self.assertEqual(record["effective_url"], self.a.url("/redirect/0"))
        self.assertEqual(len(self.a.arrivals()), 8)

    def test_name_is_the_typed_urls(self):
        self.ok(self.weir("get", "-P", "out",
                          self.a.url(to(self.a.url("/bytes/10")))))
        self.assertEqual(len(self.files()), 1)

    def test_at_most_twenty(self):
        self.ok(self.weir("get", "-o", "/dev/null",
                          self.a.url("/redirect/20")))
        self.a.forget()
        run = self.weir("get", "-o", "/dev/null", self.a.url("/redirect/21"))
        self.assertNotEqual(run.status, 0)
        self.assertLessEqual(len(self.a.arrivals()), 21)
        self.a.forget()
        run = self.weir("get", "-o", "/dev/null", "--max-redirs", "2",
                        self.a.url("/redirect/3"))
        self.assertNotEqual(run.status, 0)
        self.assertEqual(len(self.a.arrivals()), 3)

    def test_loops_end_at_once(self):
        for target in ("/loop", "/loop/a"):
            self.a.forget()
            run = self.weir("get", "-o", "/dev/null", self.a.url(target))
            self.assertNotEqual(run.status, 0)
            self.assertIn(target, run.message)
            self.assertLessEqual(len(self.a.arrivals()), 3)

    def test_only_http_and_https(self):
        for url in ("file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://h/",
                    "data:text/plain,x", "javascript:1", "//[bad"):
            run = self.weir("get", "-o", "-", self.a.url(to(url)))
            self.assertNotEqual(run.status, 0, url)
            self.assertEqual(run.out, b"")

    def test_methods(self):
        for code, method in ((301, "GET"), (302, "GET"), (303, "GET"),
                             (307, "POST"), (308, "POST")):
            run = self.ok(self.weir("get", "-o", "-", "--data", "x=1",
                                    self.a.url(to("/echo", code=code))))
            self.assertEqual(json.loads(run.out)["method"], method, code)

    def test_credentials_stay_with_their_origin(self):
        secret = ("-u", "me:pw", "-b", "sid=1", "-H", "X-Token: t", "-H",
                  "Authorization-Extra: z", "-H", "Accept-Language: de", "-A",
                  "agent/1", "-e", "http://from/")
        same = self.echo(to("/echo"), *secret)
        for name in ("authorization", "cookie", "x-token"):
            self.assertIn(name, same)
        other = self.echo(to(self.b.url("/echo")), *secret)
        for name in ("authorization", "cookie", "x-token",
                     "authorization-extra"):
            self.assertNotIn(name, other)
        self.assertEqual(other["accept-language"], "de")
        self.assertEqual(other["user-agent"], "agent/1")

    def test_credentials_in_the_url_stay_too(self):
        url = self.a.url(to(self.b.url("/echo"))).replace("//", "//me:pw@", 1)
        run = self.ok(self.weir("get", "-o", "-", url))
        names = [k.lower() for k, _ in json.loads(run.out)["headers"]]
        self.assertNotIn("authorization", names)

    def test_way_back_restores_nothing(self):
        there = self.b.url(to(self.a.url("/echo")))
        back = self.echo(to(there), "-u", "me:pw", "-H", "X-Token: t")
        self.assertNotIn("authorization", back)
        self.assertNotIn("x-token", back)

    def test_verbose_says_what_stays_behind(self):
        run = self.ok(self.weir("get", "-v", "-o", "/dev/null", "-H",
                                "X-Token: tttt", self.a.url(
                                    to(self.b.url("/echo")))))
        self.assertIn("header", run.message)
        self.assertNotIn("tttt", run.message)

    def test_location_trusted(self):
        other = self.echo(to(self.b.url("/echo")), "--location-trusted", "-u",
                          "me:pw", "-H", "X-Token: t", "-b", "sid=1")
        for name in ("authorization", "cookie", "x-token"):
            self.assertIn(name, other)

    def test_headers_go_to_every_typed_origin(self):
        self.ok(self.weir("get", "-o", "/dev/null", "-H", "X-Token: t",
                          self.a.url("/echo"), self.b.url("/echo")))
        for origin in (self.a, self.b):
            self.assertEqual(origin.arrivals()[0]["headers"]["x-token"], "t")

    def test_hops_pass_the_limits(self):
        self.ok(self.weir("get", "-o", "/dev/null", "--per-host", "1",
                          self.a.url("/redirect/[3-6]")))
        self.assertEqual(harness.peak(self.a.arrivals()), 1)

    def test_permanent_redirect_of_the_second_run(self):
        url = self.a.url(to("/bytes/30", code=301))
        self.ok(self.weir("get", "-P", "out", "-o", "f", url))
        self.ok(self.weir("get", "-P", "out", "-o", "f", url))
        self.assertEqual(len(self.read("out/f")), 30)

    def test_denied_addresses(self):
        run = self.weir("get", "--deny-private", "--retry", "0", "-o",
                        "/dev/null", self.a.url("/bytes/1"))
        self.assert_status(run, 4)
        self.assertEqual(self.a.arrivals(), [])
        self.ok(self.weir("get", "--deny-private", "--allow", "127.0.0.0/8",
                          "-o", "/dev/null", self.a.url("/bytes/1")))


if __name__ == "__main__":
    harness.main()
