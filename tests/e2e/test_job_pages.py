"""Paginations: a hundred pages each way, and every way to end."""
import harness
from jobs import JobTest

HTML = """
start: "{url}"
limits: {{robots: false, concurrency: 32, per_host: 32}}
pages:
  list:
    {next}
    items: article.item
    fields: {{title: h2, link: h2 a@href}}
output: {{type: jsonl, path: out.jsonl, order: input}}
"""
JSON = """
start: "{url}"
limits: {{robots: false, concurrency: 32, per_host: 32}}
pages:
  list:
    {next}
    items: "jq:.items[]"
    fields: {{id: "jq:.id", title: "jq:.name"}}
output: {{type: jsonl, path: out.jsonl, order: input}}
"""


class Pages(JobTest):
    def walk(self, query, next_, *, form=HTML, status=0, path="/listing"):
        origin = self.origin("--delay", "5")
        run = self.run_job(form.format(url=origin.url(path + query),
                                       next="next: " + next_), status=status)
        return origin, run

    def expect(self, count, origin=None, requests=None):
        """Every item once, in the order of the input."""
        titles = [r["title"] for r in self.records()]
        self.assertEqual(titles, [f"Item {i + 1}" for i in range(count)])
        if requests is not None:
            self.assertEqual(len(origin.arrivals("/listing")), requests)

    def test_select(self):
        origin, _ = self.walk("?of=100", "{select: a.next}")
        self.expect(500, origin, 100)

    def test_rel_next(self):
        origin, _ = self.walk("?of=100&next=rel", "rel-next")
        self.expect(500, origin, 100)

    def test_link_header(self):
        origin, _ = self.walk("?of=100&next=header", "link-header")
        self.expect(500, origin, 100)

    def test_link_header_json(self):
        origin, _ = self.walk("?of=100&next=header&as=json", "link-header",
                              form=JSON)
        self.expect(500, origin, 100)

    def test_counter(self):
        origin, _ = self.walk("?of=100&next=none", "{counter: {param: page}}")
        self.expect(500, origin, 101)

    def test_counter_runs_ahead(self):
        origin, _ = self.walk("?of=100&next=none",
                              "{counter: {param: page}, ahead: 8}")
        self.expect(500)
        self.assertLessEqual(len(origin.arrivals("/listing")), 108)
        self.assertGreater(harness.peak(origin.arrivals()), 3)

    def test_counter_runs_ahead_into_errors(self):
        """Behind the end the server says 404: no error of the job."""
        self.walk("?of=20&next=none&beyond=404",
                  "{counter: {param: page}, ahead: 8, stop: [status]}")
        self.expect(100)

    def test_counter_template(self):
        origin, _ = self.walk("?of=100&next=none", "{counter: {template: "
                              "'/listing/{n}?of=100&next=none'}, ahead: 4}")
        self.expect(500)
        self.assertEqual(len(origin.arrivals("/listing/1?")), 1)

    def test_offset(self):
        self.walk("?of=100&as=json",
                  "{offset: {param: offset, step: 5}, ahead: 4}", form=JSON)
        self.expect(500)

    def test_cursor(self):
        origin, _ = self.walk("?of=100&as=json&next=cursor",
                              "{cursor: {jq: .cursor, param: cursor}}",
                              form=JSON)
        self.expect(500, origin, 100)

    def test_url_of_jq(self):
        origin, _ = self.walk("?of=100&as=json&next=url", "{url: .next}",
                              form=JSON)
        self.expect(500, origin, 100)

    def test_status_ends(self):
        origin, _ = self.walk("?of=10&next=none&beyond=404",
                              "{counter: {param: page}, stop: [{status: "
                              "[404]}]}")
        self.expect(50, origin, 11)

    def test_endless_ends_at_max(self):
        origin, _ = self.walk("?of=0", "{select: a.next, max: 40}")
        self.expect(200, origin, 40)

    def test_endless_counter_ends_at_max(self):
        origin, _ = self.walk("?of=0&next=none",
                              "{counter: {param: page}, ahead: 8, max: 40}")
        self.expect(200, origin, 40)

    def test_repeated_last_page(self):
        """The page behind the last is the last one again."""
        origin, _ = self.walk("?of=30&next=none&beyond=repeat",
                              "{counter: {param: page}, stop: [no-new]}")
        self.expect(150, origin, 31)

    def test_loop(self):
        origin, _ = self.walk("?of=10&loop=3", "{select: a.next}")
        self.expect(50, origin, 10)

    def test_error_in_the_middle_is_told(self):
        origin, run = self.walk("?of=30&fail=12", "{select: a.next}", status=8)
        self.expect(55)
        self.assertIn("page 12", run.message)
        self.assertIn("not at its end", run.message)
        self.assertEqual(len(origin.arrivals("/listing?page=13")), 0)

    def test_error_in_the_middle_of_what_runs_ahead(self):
        _, run = self.walk("?of=30&next=none&fail=12",
                           "{counter: {param: page}, ahead: 4}", status=8)
        self.assertIn("page 12", run.message)
        self.assertNotIn("Item 56", [r["title"] for r in self.records()])

    def test_json_cut_short_is_told(self):
        _, run = self.walk("?of=30&as=json&short=5", "{counter: {param: page}}",
                           form=JSON, status=9)
        self.expect(20)
        self.assertIn("page=5", run.message)
        self.assertIn("not at its end", run.message)


class Verbose(JobTest):
    def test_where_pages_are(self):
        """Pages are in the store; the 404 that ends a pagination is not."""
        origin = self.origin()
        self.write("job.yaml", HTML.format(
            url=origin.url("/listing?of=2&next=none&beyond=404"),
            next="next: {counter: {param: page}, stop: [{status: [404]}]}"))
        for more in ("", ", from the cache"):
            run = self.weir("run", "-v", "job.yaml", "--cache=fresh:1d")
            self.assert_status(run, 0)
            for n in (1, 2):
                self.assertRegex(run.message,
                                 rf"page={n} -> the store, [0-9.]+ \w+{more}")
            self.assertRegex(run.message, r"page=3 -> \(not stored\)")


class MaxRequests(JobTest):
    """limits: max_requests counts what is sent, not what the cache answers."""
    JOB = """
start: "{url}"
limits: {{robots: false, max_requests: {max}, concurrency: {at_once}}}
pages:
  list:
    cache: fresh:1d
    next: a.next
    items: article.item
    fields: {{title: h2}}
output: {{type: jsonl, path: out.jsonl, order: input}}
"""

    def walk(self, origin, most, at_once=8, query="?of=10"):
        return self.run_job(self.JOB.format(
            url=origin.url("/listing" + query), max=most, at_once=at_once))

    def test_limit(self):
        origin = self.origin()
        run = self.walk(origin, 4)
        self.assertEqual(len(origin.arrivals()), 4)
        self.assertEqual(len(self.records()), 20)
        self.assertIn("max_requests: 4 were made", run.message)

    def test_cache_answers_do_not_count(self):
        origin = self.origin()
        self.walk(origin, 4)
        run = self.walk(origin, 5)
        self.assertEqual(len(origin.arrivals()), 9)
        self.assertEqual(len(self.records()), 45)
        self.assertIn("max_requests", run.message)
        run = self.walk(origin, 5)
        self.assertEqual(len(origin.arrivals()), 10)
        self.assertEqual(len(self.records()), 50)
        self.assertNotIn("max_requests", run.message)

    def test_exactly_enough(self):
        origin = self.origin()
        run = self.walk(origin, 10)
        self.assertEqual(len(self.records()), 50)
        self.assertNotIn("max_requests", run.message)

    def test_retries_count(self):
        script = self.write("rules", "/listing?page=2* first=1 -> /status/408"
                            "\n")
        origin = self.origin("--script", script)
        self.walk(origin, 4)
        self.assertEqual(len(origin.arrivals()), 4)
        self.assertEqual(len(self.records()), 15)


if __name__ == "__main__":
    harness.main()
