"""weir preview: what one page would yield, fetched, stored or from a file."""
import datetime
import json

import harness
from jobs import JobTest

PAGE = """<!DOCTYPE html><meta charset=utf-8><title>T</title>
<article><h2>One</h2><b>12</b><time>3 hours ago</time></article>
<article><h2>Two \x1b[31m</h2><b>many</b></article>
"""
JOB = """
start: "{url}"
limits: {{robots: false}}
pages:
  list:
    items: article
    fields: {{title: {title}, n: {{select: b, type: int}},
              when: {{select: time, type: date}}}}
    follow: {{select: h2 a@href, page: item, merge: true}}
  item: {{fields: {{owner: .owner}}}}
output: {{type: jsonl, path: out.jsonl}}
"""


class Preview(JobTest):
    def setUp(self):
        super().setUp()
        self.write("root/page.html", PAGE)
        self.site = self.origin("--root", self.path("root"))
        self.job()

    def job(self, title="h2"):
        self.write("job.yaml", JOB.format(url=self.site.url("/page.html"),
                                          title=title))

    def row(self, run, field):
        """The cells of a field in the first record."""
        (line, *_) = [x for x in run.text.splitlines()
                      if x.split()[:1] == [field]]
        return line.split(None, 2)

    def test_table(self):
        run = self.weir("preview", "job.yaml")
        self.assert_status(run, 9)
        self.assertIn("2 items", run.text)
        self.assertEqual(self.row(run, "title"), ["title", "h2", "One"])
        self.assertEqual(self.row(run, "n"), ["n", "b", "12"])
        self.assertIn('n (b): not an integer: "many"', run.text)
        self.assertNotIn("not an integer", run.message)  # it is said once
        self.assertNotIn("\x1b", run.text)
        self.assertNotIn("out.jsonl", self.files("."))

    def test_relative_dates_are_of_the_answer(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        for args in ((), ("--cache=replay",)):
            run = self.weir("preview", "job.yaml", *args)
            when = datetime.datetime.fromisoformat(
                self.row(run, "when")[2].replace("Z", "+00:00"))
            age = (now - when).total_seconds()
            self.assertLess(abs(age - 3 * 3600), 600, run.text)
        run = self.weir("preview", "job.yaml", "root/page.html")
        self.assertIn(str(now.year), self.row(run, "when")[2])

    def test_changed_selector_needs_no_fetch(self):
        self.weir("preview", "job.yaml")
        asked = len(self.site.arrivals())
        self.job("b")
        run = self.weir("preview", "job.yaml", "--cache=replay")
        self.assertEqual(self.row(run, "title"), ["title", "b", "12"])
        self.assertEqual(len(self.site.arrivals()), asked)

    def test_what_a_run_stored_is_shown(self):
        self.run_job(None, status=9)
        asked = len(self.site.arrivals())
        self.job("time")
        run = self.weir("preview", "job.yaml", "--cache=replay")
        self.assertEqual(self.row(run, "title"), ["title", "time", "3 hours ago"])
        self.assertEqual(len(self.site.arrivals()), asked)

    def test_page_that_is_not_stored(self):
        run = self.weir("preview", "job.yaml", "--cache=replay")
        self.assert_status(run, 4)
        self.assertIn("not in the store", run.message)
        self.assertEqual(self.site.arrivals(), [])

    def test_file_and_standard_input(self):
        asked = len(self.site.arrivals())
        a = self.weir("preview", "job.yaml", "root/page.html")
        b = self.weir("preview", "job.yaml", "-", stdin=PAGE.encode())
        for run in (a, b):
            self.assertEqual(self.row(run, "title"), ["title", "h2", "One"])
        self.assertEqual(len(self.site.arrivals()), asked)

    def test_another_page_type(self):
        run = self.weir("preview", "job.yaml", "--page", "item",
                        self.site.url("/listing/item/1"))
        self.assert_status(run, 0)
        self.assertIn("owner", run.text)
        run = self.weir("preview", "job.yaml", "--page", "item")
        self.assert_status(run, 2)
        self.assertIn("give a URL or a file", run.message)
        run = self.weir("preview", "job.yaml", "--page", "nope")
        self.assert_status(run, 2)
        self.assertIn('no page type "nope"', run.message)

    def test_json_cut_short(self):
        self.write("root/a.json", json.dumps({"items": [1, 2]})[:-3])
        self.write("job.yaml", f"""
start: "{self.site.url('/a.json')}"
limits: {{robots: false}}
pages: {{list: {{items: "jq:.items[]", fields: {{n: "jq:."}}}}}}
""")
        run = self.weir("preview", "job.yaml")
        self.assert_status(run, 9)
        self.assertIn("/a.json", run.message)
        self.assertIn("JSON", run.message)


class Report(JobTest):
    def test_what_matched_and_could_not_be_read_did_match(self):
        self.write("root/page.html", "<article><b>many</b></article>")
        origin = self.origin("--root", self.path("root"))
        run = self.run_job(f"""
start: "{origin.url('/page.html')}"
limits: {{robots: false}}
pages:
  list:
    items: article
    fields: {{n: {{select: b, type: int}}, gone: i}}
output: {{type: jsonl, path: out.jsonl}}
""", status=9)
        self.assertIn("list.n: 1 problem (b)", run.message)
        self.assertIn("list.gone: nothing matched on 1 of 1 page (i)",
                      run.message)


if __name__ == "__main__":
    harness.main()
