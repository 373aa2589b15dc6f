"""weir get: interrupted runs and partial files."""
import os
import re
import signal
import subprocess
import time

import harness
from harness import WeirTest, body

BIG = 3_000_000


class Runs(WeirTest):
    def kill_after(self, server, count, *args):
        """Starts a run and kills it once so many requests have arrived."""
        run = self.start(*args)
        server.wait_for(count)
        run.signal(signal.SIGKILL)
        run.popen.wait()
        return run

    def test_finished_files_are_not_fetched_again_after_kill(self):
        server = self.origin()
        args = ("get", "-P", "out", "-j", "4",
                server.url("/delay/30/bytes/[1-200]"))
        for at in (40, 40, 40):
            self.kill_after(server, len(server.arrivals()) + at, *args)
        known = self.files()
        for name in known:
            if not name.endswith(".part"):
                self.assertEqual(self.read("out", name), body(int(name)))
        self.ok(self.weir(*args))
        self.assertEqual(len([f for f in self.files()
                              if not f.endswith(".part")]), 200)
        seen = {}
        for e in server.arrivals():
            if e.get("outcome") == "done":
                seen[e["target"]] = seen.get(e["target"], 0) + 1
        # what was answered and not yet recorded is fetched again, no more:
        # at most what was in flight or in one batch at each kill
        doubled = sum(n - 1 for n in seen.values())
        self.assertLessEqual(doubled, 3 * (4 + 30))

    def test_names_that_are_there_are_complete(self):
        server = self.origin()
        args = ("get", "-P", "out", "-j", "8",
                server.url(f"/bytes/[{BIG}-{BIG + 7}]"))
        for n in range(6):
            run = self.start(*args)
            time.sleep(0.02 * n)
            run.signal(signal.SIGKILL)
            run.popen.wait()
            for name in self.files():
                if name.isdigit():
                    self.assertEqual(os.path.getsize(self.path("out", name)),
                                     int(name))
        self.ok(self.weir(*args))
        self.assertEqual(self.files(), [str(BIG + n) for n in range(8)])
        self.assertEqual(self.read("out", str(BIG)), body(BIG))

    def test_interrupted_run_drains_and_goes_on(self):
        server = self.origin()
        args = ("get", "-P", "out", "-j", "2",
                server.url("/delay/200/bytes/[1-60]"))
        for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            run = self.start(*args)
            server.wait_for(len(server.arrivals()) + 6)
            run.signal(number)
            done = run.finish(20)
            self.assert_status(done, status)
            self.assertFalse([f for f in self.files()
                              if f.endswith(".part")])
        self.ok(self.weir(*args))
        self.assertEqual(len(self.files()), 60)
        targets = [e["target"] for e in server.arrivals()]
        self.assertEqual(len(targets), len(set(targets)), "drained, not cut")

    def test_second_signal_leaves_at_once(self):
        server = self.origin()
        run = self.start("get", "-P", "out", server.url("/stall?after=10"))
        server.wait_for(1)
        run.signal(signal.SIGINT)
        time.sleep(0.3)
        run.signal(signal.SIGINT)
        began = time.monotonic()
        self.assert_status(run.finish(20), 130)
        self.assertLess(time.monotonic() - began, 4)

    def test_drain_ends_after_five_seconds(self):
        server = self.origin()
        run = self.start("get", "-P", "out", server.url("/stall?after=10"))
        server.wait_for(1)
        run.signal(signal.SIGINT)
        self.assert_status(run.finish(15), 130)

    def test_finished_run_asks_the_cache(self):
        server = self.origin()
        args = ("get", "-P", "out", server.url("/bytes/[1-5]"))
        self.ok(self.weir(*args))
        self.ok(self.weir(*args))
        self.assertEqual([e["status"] for e in server.arrivals()],
                         [200] * 5 + [304] * 5)

    def test_restart_forgets(self):
        server = self.origin()
        args = ("get", "-P", "out", "-j", "1",
                server.url("/delay/60/bytes/[1-30]"))
        self.kill_after(server, 15, *args)
        server.forget()
        self.ok(self.weir(*args, "--restart"))
        self.assertEqual(len(server.arrivals()), 30)

    def test_retry_failed(self):
        server = self.origin()
        urls = [server.url("/bytes/[1-9]"),
                server.url("/flaky?fail=1&key=k&code=404")]
        self.assert_status(self.weir("get", "-P", "out", *urls), 8)
        before = len(server.arrivals())
        self.ok(self.weir("get", "-P", "out", "--retry-failed", *urls))
        again = server.arrivals()[before:]
        self.assertEqual([e["target"] for e in again],
                         ["/flaky?fail=1&key=k&code=404"])
        self.assertIn("flaky", self.files())
        run = self.ok(self.weir("get", "-P", "out", "--retry-failed", *urls))
        self.assertIn("nothing failed in the last run", run.message)
        self.assertNotIn("unfinished", run.message)
        self.assertEqual(len(server.arrivals()), before + 1)

    def test_max_run_time(self):
        server = self.origin()
        args = ("get", "-P", "out", "-j", "1",
                server.url("/delay/100/bytes/[1-60]"))
        run = self.weir(*args, "--max-run-time", "1s")
        self.assertNotEqual(run.status, 0)
        first = len(server.arrivals())
        self.assertLess(first, 40)
        self.ok(self.weir(*args))
        self.assertEqual(len(self.files()), 60)

    def test_two_runs_on_one_store(self):
        server = self.origin()
        runs = [self.start("get", "-P", f"out{n}",
                           server.url(f"/bytes/[1-300]?seed={n}"))
                for n in range(3)]
        for run in runs:
            self.ok(run.finish())
        for n in range(3):
            self.assertEqual(len(self.files(f"out{n}")), 300)

    def test_two_runs_on_one_output(self):
        server = self.origin()
        args = ("get", "-P", "out", server.url("/delay/1500/bytes/[1-3]"))
        first = self.start(*args)
        server.wait_for(1)
        second = self.weir(*args)
        self.assertNotEqual(second.status, 0)
        self.assertIn(str(first.popen.pid), second.message)
        self.ok(first.finish())
        # a dead holder's lock is taken over
        holder = self.start("get", "-P", "out", server.url("/stall?after=1"))
        server.wait_for(4)
        holder.signal(signal.SIGKILL)
        holder.popen.wait()
        self.ok(self.weir("get", "-P", "out", server.url("/bytes/5")))


class Durable(WeirTest):
    """--durable, as strace sees it."""

    def trace(self, *args):
        """(call, path) of what syncs, renames and makes folders, in order. A
        descriptor's path is taken from <>, a rename's is the new name."""
        self.write("trace", "")
        env = {**self.env, "ASAN_OPTIONS": "detect_leaks=0"}
        got = subprocess.run(
            ["strace", "-f", "-y", "-qq", "-o", self.path("trace"), "-e",
             "trace=fsync,fdatasync,syncfs,rename,renameat,renameat2,mkdir,"
             "mkdirat", harness.WEIR, *args], cwd=self.dir, env=env,
            timeout=120, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.assertEqual(got.returncode, 0, got.stderr)
        calls = []
        for line in self.read("trace").decode().splitlines():
            m = re.match(r"\d+ +(\w+)\((.*)\) += 0", line)
            if not m:
                continue
            call, rest = m.groups()
            folders = re.findall(r"<([^>]*)>", rest)
            names = re.findall(r'"([^"]*)"', rest)
            path = folders[-1] if folders else self.dir
            if names:
                path = os.path.join(path, names[-1])
            calls.append((call, os.path.relpath(path, self.dir)))
        return calls

    def test_file_row_name_and_folder_reach_the_disk_in_this_order(self):
        o = self.origin()
        calls = self.trace("get", "-q", "--durable", "--store", "s/weir.db",
                           "-P", "out", "-o", "{path}", o.url("/bytes/5000"))
        made = calls.index(("mkdirat", "out/bytes"))
        body_at = calls.index(("fsync", "out/bytes/5000.part"))
        named = calls.index(("renameat2", "out/bytes/5000"))
        rows = [n for n, call in enumerate(calls)
                if call == ("fdatasync", "s/weir.db-wal")]
        self.assertIn(("fsync", "out"), calls[made:body_at], calls)
        self.assertTrue([n for n in rows if body_at < n < named], calls)
        self.assertIn(("fsync", "out/bytes"), calls[named:], calls)
        self.assertEqual(len(self.read("out/bytes/5000")), 5000)

    def test_nothing_is_synced_one_by_one_without_it(self):
        o = self.origin()
        calls = self.trace("get", "-q", "--store", "s/weir.db", "-P", "out",
                           o.url("/bytes/[5000-5009]"))
        self.assertEqual([c for c in calls if c[0] == "fsync"
                          and c[1].startswith("out")], [])
        self.assertIn(("renameat2", "out/5009"), calls)


class Partial(WeirTest):
    """A .part is continued with Range and If-Range, or begun anew."""

    def cut(self, server, target, at=1_000_000):
        """A run that dies amid the body of `target`; its .part is there."""
        run = self.start("get", "-P", "out", "-o", "file", server.url(target))
        server.wait_for(1)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            parts = [f for f in self.files() if f.endswith(".part")]
            if parts and os.path.getsize(self.path("out", parts[0])) >= at:
                break
            time.sleep(0.02)
        else:
            self.fail(f"no .part of {at} bytes: {self.files()}")
        time.sleep(0.5)  # its row is written within 200 ms
        run.signal(signal.SIGKILL)
        run.popen.wait()
        self.assertNotIn("file", self.files())

    def go_on(self, server, target):
        before = len(server.arrivals())
        run = self.weir("get", "-P", "out", "-o", "file", server.url(target))
        return run, server.arrivals()[before:]

    def rules(self, first, then):
        path = self.write("rules", f"/x first=1 -> {first}\n/x -> {then}\n")
        return self.origin("--script", path)

    def test_continues_with_a_strong_etag(self):
        server = self.rules(f"/stall?bytes={BIG}&after=2000000",
                            f"/stall?bytes={BIG}&after={BIG + 1}")
        self.cut(server, "/x")
        run, (again,) = self.go_on(server, "/x")
        self.ok(run)
        self.assertEqual(again["status"], 206)
        self.assertEqual(again["headers"]["if-range"], f'"f-{BIG}-0"')
        start = int(again["headers"]["range"][len("bytes="):-1])
        self.assertGreaterEqual(start, 1_000_000)
        self.assertEqual(self.read("out/file"), body(BIG))
        self.assertEqual(self.files(), ["file"])

    def test_changed_body_is_never_spliced(self):
        server = self.rules(f"/stall?bytes={BIG}&after=2000000",
                            f"/stall?bytes={BIG}&after={BIG + 1}&seed=1")
        self.cut(server, "/x")
        run, _ = self.go_on(server, "/x")
        self.ok(run)
        self.assertEqual(self.read("out/file"), body(BIG, 1))

    def check_lie(self, lie):
        server = self.rules(f"/stall?bytes={BIG}&after=2000000&etag=x",
                            f"/bytes/{BIG}?range={lie}&etag=x")
        self.cut(server, "/x")
        run, (again, *_) = self.go_on(server, "/x")
        self.assertIn("range", again["headers"])
        if run.status == 0:
            self.assertEqual(self.read("out/file"), body(BIG))
        else:
            self.assertNotIn("file", self.files())

    def test_206_with_another_start_is_never_spliced(self):
        self.check_lie("wrong")

    def test_206_with_another_total_is_never_spliced(self):
        self.check_lie("total")

    def test_server_without_ranges_begins_anew(self):
        server = self.rules(f"/stall?bytes={BIG}&after=2000000",
                            f"/bytes/{BIG}?range=none")
        self.cut(server, "/x")
        run, (again,) = self.go_on(server, "/x")
        self.ok(run)
        self.assertEqual(again["status"], 200)
        self.assertEqual(self.read("out/file"), body(BIG))

    def test_weak_validators_are_not_resumed(self):
        server = self.rules(f"/stall?bytes={BIG}&after=2000000&etag=weak",
                            f"/bytes/{BIG}?seed=2")
        self.cut(server, "/x")
        run, (again,) = self.go_on(server, "/x")
        self.ok(run)
        self.assertNotIn("range", again["headers"])
        self.assertEqual(self.read("out/file"), body(BIG, 2))

    def test_truncated_body_is_continued_within_a_run(self):
        server = self.origin()
        target = f"/short?bytes=2000000&declared={BIG}&times=1&key=s"
        run = self.weir("get", "-P", "out", "-o", "file", server.url(target))
        self.ok(run)
        self.assertEqual(self.read("out/file"), body(BIG))
        again = server.arrivals()[1]
        if "range" in again["headers"]:
            self.assertEqual(again["status"], 206)

    def test_continue_adopts_a_file(self):
        server = self.origin()
        self.write("out/3000000", body(1_000_000))
        run = self.weir("get", "-c", "-P", "out",
                        server.url(f"/bytes/{BIG}"))
        self.ok(run)
        self.assertEqual(self.read("out", str(BIG)), body(BIG))


if __name__ == "__main__":
    harness.main()
