"""Jobs that are ended at any moment, and gone on with."""
import collections
import signal
import sqlite3
import time

import harness
from jobs import JobTest

JOB = """
start: "{base}/listing?of=40&items=5"
limits: {{robots: false, concurrency: 8, per_host: 8}}
pages:
  list:
    next: {{select: a.next}}
    items: article.item
    fields: {{title: h2, link: h2 a@href}}
    follow: {{select: h2 a@href, page: item, merge: true}}
  item:
    fields: {{owner: .owner}}
output:
  - {{type: jsonl, path: append.jsonl, mode: append}}
  - {{type: csv, path: append.csv, mode: append}}
  - {{type: sqlite, path: out.db, table: items}}
  - {{type: jsonl, path: out.jsonl, order: input}}
"""


class Resume(JobTest):
    def check(self):
        """Each of the 200 records once, in every output."""
        want = {f"Item {i}" for i in range(1, 201)}
        for name in ("append.jsonl", "out.jsonl"):
            titles = [r["title"] for r in self.records(name)]
            self.assertEqual(len(titles), 200, name)
            self.assertEqual(set(titles), want, name)
        self.assertEqual([r["title"] for r in self.records()],
                         [f"Item {i}" for i in range(1, 201)])
        self.assertEqual(len(self.read("append.csv").splitlines()), 201)
        db = sqlite3.connect(self.path("out.db"))
        rows = db.execute("select title, owner from items").fetchall()
        db.close()
        self.assertEqual(len(rows), 200)
        self.assertEqual({r[0] for r in rows}, want)
        self.assertTrue(all(r[1] for r in rows))

    def end(self, origin, after, number):
        run = self.start("run", "job.yaml")
        origin.wait_for(after, "/listing")
        run.signal(number)
        return run.finish(20)

    def test_kill_and_go_on(self):
        origin = self.origin("--delay", "5")
        self.write("job.yaml", JOB.format(base=origin.url("")))
        for after in (5, 25, 60, 120, 170):
            self.end(origin, after, signal.SIGKILL)
        self.run_job()
        self.check()
        # What was in flight at a kill, at most, was fetched again.
        counts = collections.Counter(e["target"]
                                     for e in origin.arrivals("/listing"))
        self.assertEqual(len(counts), 240)
        # and what the last fifth of a second had not committed yet.
        again = sum(n - 1 for n in counts.values())
        self.assertLessEqual(again, 5 * 100)

    def test_interrupt_and_go_on(self):
        origin = self.origin("--delay", "5")
        self.write("job.yaml", JOB.format(base=origin.url("")))
        done = self.end(origin, 60, signal.SIGINT)
        self.assert_status(done, 130)
        self.assertFalse("Traceback" in done.message)
        asked = len(origin.arrivals("/listing"))
        self.assertLess(asked, 240)
        self.run_job()
        self.check()
        self.assertEqual(len(origin.arrivals("/listing")), 240)

    def test_second_run_is_a_new_one(self):
        origin = self.origin()
        self.run_job(JOB.format(base=origin.url("")))
        first = self.read("out.jsonl")
        self.run_job()
        self.assertEqual(self.read("out.jsonl"), first)
        self.assertEqual(len(self.records("append.jsonl")), 400)

    def test_changed_job_file_asks(self):
        origin = self.origin("--delay", "5")
        text = JOB.format(base=origin.url(""))
        self.write("job.yaml", text)
        self.end(origin, 20, signal.SIGINT)
        self.write("job.yaml", text + "# changed\n")
        run = self.weir("run", "job.yaml")
        self.assert_status(run, 2)
        self.assertIn("--resume", run.message)
        self.assertIn("--restart", run.message)
        self.run_job(None, "--resume")
        self.check()


class Polling(JobTest):
    def poll(self, starts, *args, every="100ms"):
        lines = "".join(f'  - {{url: "{url}", every: {every}, set: {{who: '
                        f'{who}}}}}\n' for who, url in starts)
        self.write("job.yaml", f"""
start:
{lines}limits: {{robots: false}}
pages: {{now: {{fields: {{n: "jq:.current.reading"}}}}}}
output: {{type: text, path: "-", template: "{{who}} {{n}}"}}
""")
        return self.start("run", "job.yaml", *args)

    def stop(self, run):
        run.signal(signal.SIGINT)
        done = run.finish(20)
        self.assert_status(done, 130)
        return done

    def test_clock_does_not_drift(self):
        origin = self.origin("--delay", "30")
        run = self.poll([("a", origin.url("/demo/weather?lat=1&lon=1"))])
        arrivals = origin.wait_for(21, "/demo/weather")
        self.stop(run)
        times = [e["t"] for e in arrivals[:21]]
        # 20 intervals of 100 ms, whatever the answers take; a busy machine may
        # be late for single ones.
        span = (times[20] - times[0]) / 1e9
        self.assertGreater(span, 1.9)
        first = times[0]
        late = [(t - first) / 1e8 - round((t - first) / 1e8) for t in times]
        self.assertLess(sorted(map(abs, late))[10], 0.3, late)

    def test_slow_answer_delays_nobody(self):
        origin = self.origin()
        slow = origin.url("/delay/1500/demo/weather?lat=2&lon=2")
        fast = origin.url("/demo/weather?lat=1&lon=1")
        run = self.poll([("slow", slow), ("fast", fast)])
        origin.wait_for(2, "/delay/1500")
        done = self.stop(run)
        asked_slow = origin.arrivals("/delay/1500")
        between = [e for e in origin.arrivals("/demo/weather")
                   if asked_slow[0]["t"] < e["t"] < asked_slow[1]["t"]]
        # It never overlaps itself: the ticks of 1.5 s were skipped for it.
        self.assertGreater(asked_slow[1]["t"] - asked_slow[0]["t"],
                           1_450_000_000)
        self.assertGreater(len(between), 7)
        self.assertIn("fast", done.text)

    def test_paginated_rounds_do_not_overlap(self):
        """A round is over with the last page of its pagination."""
        origin = self.origin("--delay", "40")
        url = origin.url("/listing?of=4&items=1&next=none")
        self.write("job.yaml", f"""
start: {{url: "{url}", every: 50ms}}
limits: {{robots: false}}
pages: {{now: {{items: article.item, fields: {{t: h2}},
               next: {{counter: {{param: page}}, ahead: 2}}}}}}
output: {{type: jsonl, path: all.jsonl}}
""")
        run = self.start("run", "job.yaml")
        origin.wait_for(24, "/listing")
        self.stop(run)
        pages = [int(e["target"].rsplit("=", 1)[1])
                 for e in origin.arrivals("/listing")]
        firsts = [i for i, page in enumerate(pages) if page == 1]
        self.assertGreater(len(firsts), 2)
        for a, b in zip(firsts, firsts[1:]):
            # page 5 is empty; page 6 was asked for ahead of it
            self.assertEqual(sorted(pages[a:b])[:5], [1, 2, 3, 4, 5], pages)
            self.assertLessEqual(len(pages[a:b]), 6)

    def test_every_answer_is_written(self):
        """Equal records too: a reading is one each time."""
        origin = self.origin()
        url = origin.url("/listing?as=json&of=1&items=1")
        self.write("job.yaml", f"""
start: {{url: "{url}", every: 50ms}}
limits: {{robots: false}}
pages: {{now: {{items: "jq:.items[]", fields: {{id: "jq:.id"}}}}}}
output: [{{type: jsonl, path: all.jsonl}},
         {{type: jsonl, path: new.jsonl, mode: new}}]
""")
        run = self.start("run", "job.yaml")
        origin.wait_for(6, "/listing")
        time.sleep(0.3)
        self.stop(run)
        self.assertGreaterEqual(len(self.records("all.jsonl")), 5)
        self.assertEqual(len(self.records("new.jsonl")), 1)


if __name__ == "__main__":
    harness.main()
