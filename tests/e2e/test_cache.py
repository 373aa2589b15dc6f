"""weir cache: what the store knows, as text and as JSON."""
import json
import os

import harness
from harness import WeirTest


class Cache(WeirTest):
    def cache(self, *args):
        run = self.weir("cache", *args)
        self.ok(run)
        return run.text

    def lines(self, *args):
        return [json.loads(line)
                for line in self.cache("--json", *args).splitlines()]

    def filled(self):
        server = self.origin()
        self.ok(self.weir("get", "-P", "out", "-q",
                          server.url("/bytes/10"), server.url("/bytes/20")))
        return server

    def test_ls_tells_size_file_and_state(self):
        server = self.filled()
        rows = {r["url"]: r for r in self.lines("ls")}
        self.assertEqual(set(rows), {server.url("/bytes/10"),
                                     server.url("/bytes/20")})
        row = rows[server.url("/bytes/20")]
        self.assertEqual((row["status"], row["bytes"], row["method"]),
                         (200, 20, "GET"))
        self.assertEqual(row["file"],
                         os.path.realpath(self.path("out", "20")))
        self.assertIn(row["state"], ("fresh", "stale"))
        with open(self.path("out", "10"), "ab") as f:
            f.write(b"more")
        os.remove(self.path("out", "20"))
        states = {r["bytes"]: r["state"] for r in self.lines("ls")}
        self.assertEqual(states, {10: "altered", 20: "gone"})
        text = self.cache("ls").splitlines()
        self.assertEqual(len(text), 2)
        self.assertIn("altered", text[0] + text[1])

    def test_show_tells_headers_and_failures(self):
        server = self.filled()
        shown = self.lines("show", server.url("/bytes/10#fragment"))
        self.assertEqual(len(shown), 1)
        names = {name.lower() for name, _ in shown[0]["headers"]}
        self.assertIn("content-length", names)
        self.assertIn("header", self.cache("show", server.url("/bytes/10")))
        self.weir("get", "-P", "out", server.url("/status/404"))
        failed = self.lines("show", server.url("/status/404"))
        self.assertEqual([(f["state"], f["status"], f["kind"])
                          for f in failed], [("failed", 404, "server")])
        run = self.weir("cache", "show", server.url("/never"))
        self.assert_status(run, 1)
        self.assertIn("/never", run.message)

    def test_show_gives_the_body_that_a_job_kept(self):
        server = self.origin()
        page = server.url("/bytes/3000")
        self.write("job.yaml", json.dumps({
            "start": [page], "limits": {"robots": False},
            "pages": {"p": {"fields": {"n": {"const": 1}}}},
            "output": [{"type": "jsonl", "path": "o.jsonl"}]}))
        self.ok(self.weir("run", "-q", "job.yaml"))
        (shown,) = self.lines("show", page)
        self.assertEqual((shown["stored"], shown["file"]), (3000, None))
        self.assertIn("3000 bytes", self.cache("show", page))
        run = self.weir("cache", "--body", "show", page)
        self.ok(run)
        self.ok(self.weir("get", "-P", "in", "-q", page))
        self.assertEqual(run.out, self.read("in", "3000"))
        self.ok(self.weir("get", "-P", "out", "-q", server.url("/bytes/10")))
        none = self.weir("cache", "--body", "show", server.url("/bytes/10"))
        self.assert_status(none, 1)
        self.assertIn("no body", none.message)

    def test_stat_counts(self):
        self.filled()
        stat = json.loads(self.cache("--json", "stat"))
        self.assertEqual((stat["answers"], stat["bytes"], stat["files"],
                          stat["runs"], stat["unfinished"]),
                         (2, 30, 2, 1, 0))
        self.assertEqual(stat["last_runs"][0]["state"], "complete")
        self.assertEqual(stat["last_runs"][0]["done"], 2)
        self.assertIn("answers", self.cache("stat"))

    def test_mistakes(self):
        self.assert_status(self.weir("cache"), 2)
        self.assert_status(self.weir("cache", "list"), 2)
        run = self.weir("cache", "--store", self.path("none.db"), "ls")
        self.assert_status(run, 3)
        self.assertIn("none.db", run.message)
        with open(self.path("bad.db"), "wb") as f:
            f.write(b"not a database" * 100)
        run = self.weir("cache", "--store", self.path("bad.db"), "ls")
        self.assert_status(run, 10)
        self.assertIn("damaged", run.message)


if __name__ == "__main__":
    harness.main()
