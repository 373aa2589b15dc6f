"""What outputs say and whose records they hold."""
import os
import pty
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
