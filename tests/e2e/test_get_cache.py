"""weir get: the second run asks the cache, as RFC 9111 says."""
import os
import time

import harness
from harness import WeirTest, body


class Cache(WeirTest):
    def setUp(self):
        super().setUp()
        self.server = self.origin()

    def get(self, *targets, args=()):
        """One run over the targets; the requests that arrived."""
        before = len(self.server.arrivals())
        self.last = self.weir("get", "-P", "out", *args,
                              *[self.server.url(t) for t in targets])
        self.ok(self.last)
        return self.server.arrivals()[before:]

    def test_fresh_answers_need_no_request(self):
        target = "/cache?cc=max-age%3D600&bytes=50"
        self.assertEqual(len(self.get(target)), 1)
        self.assertEqual(len(self.get(target)), 0)
        self.assertIn("1 from cache", self.last.message)

    def test_expires(self):
        target = "/cache?expires=600&bytes=50"
        self.get(target)
        self.assertEqual(len(self.get(target)), 0)

    def test_stale_answers_are_asked_for_conditionally(self):
        target = "/cache?cc=max-age%3D0&bytes=50&etag=%22e1%22"
        self.get(target)
        again, = self.get(target)
        self.assertEqual(again["headers"]["if-none-match"], '"e1"')
        self.assertEqual(again["status"], 304)
        self.assertEqual(self.read("out/cache"), body(50))

    def test_without_lifetimes_validators_are_used(self):
        self.get("/bytes/50")
        again, = self.get("/bytes/50")
        self.assertEqual(again["status"], 304)

    def test_last_modified_alone_is_a_validator(self):
        target = "/cache?etag=none&bytes=50"
        self.get(target)
        again, = self.get(target)
        self.assertIn("if-modified-since", again["headers"])
        self.assertEqual(again["status"], 304)

    def test_changed_resource_is_fetched_anew(self):
        self.get("/change?key=k&bytes=100")
        self.assertEqual(self.read("out/change"), body(100, 1))
        again, = self.get("/change?key=k&bytes=100")
        self.assertEqual(again["status"], 200)
        self.assertEqual(self.read("out/change"), body(100, 2))
        self.assertEqual(self.files(), ["change"])

    def test_no_cache_and_no_store(self):
        for cc in ("no-cache", "no-store", "max-age%3D600,+no-cache"):
            target = f"/cache?cc={cc}&bytes=50&seed={len(cc)}"
            self.get(target)
            self.assertEqual(len(self.get(target)), 1, cc)

    def test_age_counts(self):
        target = "/cache?cc=max-age%3D600&age=601&bytes=50"
        self.get(target)
        self.assertEqual(len(self.get(target)), 1)

    def test_vary(self):
        target = "/cache?cc=max-age%3D600&vary=X-Lang&bytes=50"
        self.get(target, args=("-H", "X-Lang: de"))
        self.assertEqual(len(self.get(target, args=("-H", "X-Lang: de"))), 0)
        self.assertEqual(len(self.get(target, args=("-H", "X-Lang: en"))), 1)

    def test_vary_star_never_matches(self):
        target = "/cache?cc=max-age%3D600&vary=*&bytes=50"
        self.get(target)
        self.assertEqual(len(self.get(target)), 1)

    def test_post_is_never_cached(self):
        target = "/cache?cc=max-age%3D600&bytes=50"
        self.get(target, args=("--data", "x=1"))
        self.assertEqual(len(self.get(target, args=("--data", "x=1"))), 1)

    def test_lost_and_altered_files_are_no_answer(self):
        target = "/cache?cc=max-age%3D600&bytes=50"
        self.get(target)
        os.remove(self.path("out/cache"))
        self.assertEqual(len(self.get(target)), 1)
        self.assertEqual(self.read("out/cache"), body(50))
        self.write("out/cache", "short")
        run = self.weir("get", "-P", "out", "--overwrite",
                        self.server.url(target))
        self.ok(run)
        self.assertEqual(self.read("out/cache"), body(50))

    def test_modes(self):
        stale, fresh = "/bytes/50", "/cache?cc=max-age%3D600&bytes=60"
        self.get(stale, fresh)
        self.assertEqual(len(self.get(stale, fresh,
                                      args=("--cache=revalidate",))), 2)
        self.assertEqual(len(self.get(stale, fresh,
                                      args=("--cache=fresh:1h",))), 0)
        off = self.get(stale, fresh, args=("--cache=off",))
        self.assertEqual([e["status"] for e in off], [200, 200])
        self.assertEqual(len(self.get(stale, fresh,
                                      args=("--cache=offline",))), 0)
        run = self.weir("get", "-P", "out", "--cache=offline",
                        self.server.url("/bytes/77"))
        self.assertNotEqual(run.status, 0)
        self.assertIn("/bytes/77", run.message)

    def test_freshness_ends(self):
        target = "/cache?cc=max-age%3D2&bytes=50"
        self.get(target)
        self.assertEqual(len(self.get(target)), 0)
        time.sleep(3.1)
        again, = self.get(target)
        self.assertEqual(again["status"], 304)

    def test_a_304_refreshes_the_lifetime(self):
        rules = self.write("rules", "/x first=1 -> /cache?bytes=9&etag="
                           "%22a%22&cc=max-age%3D0\n/x -> /cache?bytes=9&etag="
                           "%22a%22&cc=max-age%3D600\n")
        self.server = self.origin("--script", rules)
        self.ok(self.weir("get", "-P", "out", self.server.url("/x")))
        self.ok(self.weir("get", "-P", "out", self.server.url("/x")))
        self.ok(self.weir("get", "-P", "out", self.server.url("/x")))
        self.assertEqual([e["status"] for e in self.server.arrivals()],
                         [200, 304])

    def test_credentials_are_not_in_the_store(self):
        self.get("/bytes/10", args=("-u", "name:hushhush", "-H",
                                    "X-Token: tokentoken", "-b",
                                    "sid=cookiecookie"))
        for where, _, names in os.walk(self.path("state")):
            for name in names:
                with open(os.path.join(where, name), "rb") as f:
                    data = f.read()
                for secret in (b"hushhush", b"tokentoken", b"cookiecookie"):
                    self.assertNotIn(secret, data, name)
        mode = os.stat(self.path("state/weir/weir.db")).st_mode & 0o777
        self.assertEqual(mode, 0o600)


class Credentials(WeirTest):
    def test_what_one_user_got_never_answers_another(self):
        o = self.origin()
        url = o.url("/cache?cc=max-age%3D600")
        for user in ("a:1", "b:2", "a:1"):
            self.ok(self.weir("get", "-u", user, "-P", "out", url))
        self.assertEqual(len(o.arrivals()), 3)
        self.ok(self.weir("get", "-u", "a:1", "-P", "out", url))
        self.assertEqual(len(o.arrivals()), 3)


if __name__ == "__main__":
    harness.main()
