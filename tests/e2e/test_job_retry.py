"""--retry-failed: what failed is repeated, and its records are completed."""
import json
import sqlite3

import harness
from jobs import JobTest

LISTING = """
start: "{url}"
limits: {{robots: false}}
pages:
  list:
    items: article.item
    fields: {{title: h2, link: h2 a@href}}
    follow: {{select: h2 a@href, page: item, merge: true}}
    {more}
  item: {{fields: {{owner: .owner}}}}
output:
  - {{type: jsonl, path: made.jsonl}}
  - {{type: json, path: made.json, order: input}}
  - {{type: rss, path: feed.xml, channel: {{title: T, description: D,
      link: "https://a.example/"}}}}
  - {{type: sqlite, path: out.db, table: keyed, key: title}}
  - {{type: sqlite, path: out.db, table: late, order: input}}
  - {{type: sqlite, path: out.db, table: grows}}
  - {{type: jsonl, path: grows.jsonl, mode: append}}
  - {{type: jsonl, path: new.jsonl, mode: new}}
  - {{type: jsonl, path: late.jsonl, mode: append, order: input}}
"""
OWNERS = [True, True, True, True, True]


class DetailPage(JobTest):
    def fail_once(self, more="", times=1):
        """The detail page of the third of five records fails once."""
        script = self.write("rules", f"/listing/item/3 first={times} -> "
                            "/status/500\n")
        origin = self.origin("--script", script)
        self.run_job(LISTING.format(url=origin.url("/listing?of=1"), more=more),
                     "--max-tries=1", status=8)
        return origin

    def table(self, name):
        db = sqlite3.connect(self.path("out.db"))
        rows = db.execute(f"select title, owner from {name}").fetchall()
        db.close()
        return rows

    def check_made_anew(self):
        """One record each, all of them complete."""
        want = [f"Item {i}" for i in range(1, 6)]
        for records in (self.records("made.jsonl"),
                        json.loads(self.read("made.json"))):
            self.assertEqual(sorted(r["title"] for r in records), want)
            self.assertEqual([bool(r.get("owner")) for r in records], OWNERS)
        self.assertEqual(len(self.feed()["entries"]), 5)
        rows = self.table("keyed")
        self.assertEqual(sorted(r[0] for r in rows), want)
        self.assertTrue(all(r[1] for r in rows), rows)

    def check_growing(self, rows):
        """The five of the first run, and the completed one once more."""
        self.assertEqual(len(rows), 6, rows)
        self.assertEqual([title for title, _ in rows].count("Item 3"), 2)
        self.assertEqual([title for title, owner in rows if not owner],
                         ["Item 3"])
        self.assertEqual(rows[-1][0], "Item 3")
        self.assertTrue(rows[-1][1])

    def test_record_is_completed(self):
        self.fail_once()
        run = self.run_job(None, "--retry-failed")
        self.assertNotIn("unfinished", run.message)
        self.check_made_anew()
        for name in ("grows.jsonl", "new.jsonl", "late.jsonl"):
            self.check_growing([(r["title"], r.get("owner"))
                                for r in self.records(name)])
        for name in ("grows", "late"):
            self.check_growing(self.table(name))

    def test_record_is_completed_where_it_counts_once(self):
        """A page type with `dedupe` keeps the first record of a key; the
        completed one is no second one."""
        self.fail_once("dedupe: title")
        self.run_job(None, "--retry-failed")
        self.check_made_anew()

    def test_what_is_suggested_does_it(self):
        """The command at the end is the one to type, --restart or not."""
        self.fail_once(times=2)
        run = self.run_job(None, "--restart", "--retry-failed", status=2)
        self.assertIn("exclude each other", run.message)
        run = self.run_job(None, "--max-tries=1", "--restart", status=8)
        (line,) = [x for x in run.message.splitlines() if "retry-failed" in x]
        self.assertNotIn("--restart", line)
        words = line.split("weir ", 1)[1].split()
        self.assert_status(self.weir(*words), 0)
        self.check_made_anew()

    def test_nothing_left_to_repeat(self):
        origin = self.fail_once()
        self.run_job(None, "--retry-failed")
        before = len(origin.arrivals())
        run = self.run_job(None, "--retry-failed")
        self.assertIn("nothing failed", run.message)
        self.assertEqual(len(origin.arrivals()), before)
        self.assertEqual(len(self.records("late.jsonl")), 6)
        self.check_made_anew()


class Chain(JobTest):
    """Two pages complete a record, one after the other."""
    JOB = """
start: "{url}"
limits: {{robots: false}}
pages:
  list:
    items: article
    fields: {{title: h2}}
    follow: [{{select: a.one, page: one, merge: true}},
             {{select: a.two, page: two, merge: true}}]
  one: {{fields: {{first: h1}}}}
  two: {{fields: {{second: h1}}}}
output: {{type: jsonl, path: out.jsonl}}
"""

    def fail(self, *rules):
        self.write("root/index.html", '<article><h2>A</h2><a class=one '
                   'href="1.html">1</a><a class=two href="2.html">2</a>'
                   '</article>')
        for name in ("1", "2"):
            self.write(f"root/{name}.html", f"<h1>page {name}</h1>")
        script = self.write("rules", "".join(
            f"{path} first={n} -> /status/500\n" for path, n in rules))
        origin = self.origin("--root", self.path("root"), "--script", script)
        self.run_job(self.JOB.format(url=origin.url("/index.html")),
                     "--max-tries=1", status=8)

    def repeat(self, status=0):
        self.run_job(None, "--retry-failed", "--max-tries=1", status=status)

    def expect(self, **fields):
        (record,) = self.records()
        self.assertEqual({k: v for k, v in record.items() if v},
                         {"title": "A", **fields})

    def test_first_failed(self):
        self.fail(("/1.html", 1))
        self.expect(second="page 2")
        self.repeat()
        self.expect(first="page 1", second="page 2")

    def test_both_failed(self):
        self.fail(("/1.html", 1), ("/2.html", 1))
        self.expect()
        self.repeat()
        self.expect(first="page 1", second="page 2")

    def test_one_fails_again(self):
        self.fail(("/1.html", 2), ("/2.html", 1))
        self.expect()
        self.repeat(status=8)
        self.expect(second="page 2")
        self.repeat()
        self.expect(first="page 1", second="page 2")


if __name__ == "__main__":
    harness.main()
