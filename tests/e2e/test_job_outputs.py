"""What outputs say and whose records they hold."""
import os
import pty
import signal
import sqlite3
import subprocess

import harness
from jobs import JobTest

LISTING = """
{name}
start: "{url}"
limits: {{robots: false}}
pages: {{list: {{items: article.item, fields: {{title: h2, link: h2 a@href}}}}}}
output: {output}
"""
FEED = ('{type: rss, path: feed.xml, channel: {title: T, description: D, '
        'link: "https://a.example/"}}')


class Identity(JobTest):
    def run_in(self, folder, origin, items, name=""):
        self.write(f"{folder}/job.yaml", LISTING.format(
            url=origin.url(f"/listing?of=1&items={items}"), name=name,
            output=FEED))
        self.assert_status(
            self.weir("run", "job.yaml", cwd=self.path(folder)), 0)
        return len(self.feed(f"{folder}/feed.xml")["entries"])

    def test_files_called_the_same_share_nothing(self):
        a, b = self.origin(), self.origin()
        self.assertEqual(self.run_in("a", a, 3), 3)
        self.assertEqual(self.run_in("b", b, 2), 2)
        self.assertEqual(self.run_in("a", a, 4), 4)
        # wherever it is run from
        self.assert_status(self.weir("run", "a/job.yaml"), 0)
        self.assertEqual(len(self.feed()["entries"]), 4)

    def test_a_name_goes_with_the_job(self):
        a, b = self.origin(), self.origin()
        self.assertEqual(self.run_in("a", a, 3, "name: mine"), 3)
        self.assertEqual(self.run_in("b", b, 2, "name: mine"), 5)


class Holders(JobTest):
    POLL = """
start: {{url: "{url}", every: 50ms}}
limits: {{robots: false}}
pages: {{list: {{items: article.item, fields: {{title: h2}}}}}}
output: [{{type: {type}, path: {path}}}]
"""

    def hold(self, type_, path):
        self.site = self.origin()
        self.url = self.site.url("/listing?of=1")
        self.write("first.yaml", self.POLL.format(url=self.url, type=type_,
                                                  path=path))
        run = self.start("run", "first.yaml")
        self.site.wait_for(2, "/listing")
        return run

    def other(self, type_, path, **kw):
        self.write("other.yaml", LISTING.format(
            name="", url=self.url, output=f"{{type: {type_}, path: {path}}}"))
        return self.weir("run", "other.yaml", **kw)

    def test_second_writer_is_told_who_has_it(self):
        first = self.hold("jsonl", "out.jsonl")
        run = self.other("jsonl", self.path("out.jsonl"))
        self.assert_status(run, 10)
        self.assertIn("out.jsonl is being written by another weir (process "
                      f"{first.popen.pid})", run.message)
        self.ok(self.other("jsonl", "else.jsonl"))
        first.signal(signal.SIGKILL)
        first.finish()
        self.ok(self.other("jsonl", "out.jsonl"))  # the dead hold nothing

    def test_tables_of_one_database_are_two_outputs(self):
        self.hold("sqlite", "x.db, table: one")
        self.ok(self.other("sqlite", "x.db, table: two"))
        run = self.other("sqlite", "x.db, table: one")
        self.assert_status(run, 10)

    def test_a_pipe_is_anybodys(self):
        self.hold("text", "/dev/null, template: x")
        self.ok(self.other("text", "/dev/null, template: x"))

    def test_killed_run_keeps_its_place_beside_others_of_its_name(self):
        """The same relative path in another folder is another file."""
        site = self.origin("--delay", "10")
        job = """
start: "{url}"
limits: {{robots: false}}
pages: {{list: {{items: article.item, fields: {{title: h2}}, next: a.next}}}}
output: {{type: jsonl, path: out.jsonl, mode: append}}
"""
        for folder in ("a", "b"):
            self.write(f"{folder}/job.yaml",
                       job.format(url=site.url(f"/listing?of=60&in={folder}")))
        run = self.start("run", "job.yaml", cwd=self.path("a"))
        site.wait_for(40, "/listing")
        run.signal(signal.SIGKILL)
        run.finish()
        with open(self.path("a/out.jsonl"), "a") as f:
            f.write('{"title":"torn')  # what a batch was writing
        self.ok(self.weir("run", "job.yaml", cwd=self.path("b")))
        self.ok(self.weir("run", "job.yaml", cwd=self.path("a")))
        for folder in ("a", "b"):
            self.assertEqual(
                [r["title"] for r in self.records(f"{folder}/out.jsonl")],
                [f"Item {i}" for i in range(1, 301)])


class Problems(JobTest):
    def refuse(self, mode):
        """The user's table does not take the second record."""
        db = sqlite3.connect(self.path("x.db"))
        db.execute("create table items (title text check (title <> 'Item 2'))")
        db.commit()
        db.close()
        origin = self.origin()
        run = self.run_job(LISTING.format(
            name="", url=origin.url("/listing?of=1"),
            output=f"{{type: sqlite, path: x.db, mode: {mode}}}"), status=9)
        self.assertIn("x.db: 1 record could not be written", run.message)
        self.assertIn("CHECK constraint failed", run.message)
        db = sqlite3.connect(self.path("x.db"))
        rows = db.execute("select title from items").fetchall()
        db.close()
        self.assertEqual(rows, [(f"Item {i}",) for i in (1, 3, 4, 5)])

    def test_record_that_a_database_refuses(self):
        self.refuse("append")

    def test_record_that_a_database_made_anew_refuses(self):
        self.refuse("replace")


class Terminal(JobTest):
    def test_what_comes_from_outside_is_escaped(self):
        """Bidi overrides are escaped for a terminal; a pipe gets the bytes."""
        self.write("root/a.html", "<meta charset=utf-8><h1>a\u202eb</h1>")
        origin = self.origin("--root", self.path("root"))
        run = self.run_job(f"""
start: "{origin.url('/a.html')}"
limits: {{robots: false}}
pages: {{page: {{fields: {{title: h1}}}}}}
output: {{type: text, path: "-", template: "T {{title}}"}}
""")
        self.assertEqual(run.text, "T a\u202eb\n")
        ours, its = pty.openpty()
        try:
            subprocess.run([harness.WEIR, "run", "job.yaml"], cwd=self.dir,
                           env=self.env, stdout=its, stderr=subprocess.DEVNULL,
                           timeout=60, check=True)
            seen = os.read(ours, 4096).decode()
        finally:
            os.close(ours)
            os.close(its)
        self.assertTrue(seen.startswith("T a"), seen)
        self.assertNotIn("\u202e", seen)


if __name__ == "__main__":
    harness.main()
