"""Jobs against a hostile or broken world: said with URL, page and field, and
the run goes on where it can."""
import json
import sqlite3

import harness
from jobs import JobTest

FEED = """
start: "{url}"
limits: {{robots: false}}
pages:
  items:
    items: "jq:.[]"
    fields: {{title: "jq:.title", link: {{select: "jq:.link", type: url}},
              guid: "jq:.id", description: "jq:.title",
              date: {{select: "jq:.date", type: date}}}}
output:
  - type: {type}
    path: feed.xml
    channel: {{title: "A & B", link: "https://a.example/",
              self: "https://a.example/feed.xml", description: "<d>"}}
"""
TITLES = ["plain", "\x00\x01\x08\x0b\x0c\x1b\x7f control", "]]> & <![CDATA[",
          "emoji 🗺👩‍👩‍👧‍👦", "\u202eright to left\u202c שלום",
          "<script>alert(1)</script>", "\ufffe\uffff not characters",
          "x" * 100_000, "quote \" and ' and &amp;", "line\nbreak\r\n\t", ""]


class Feeds(JobTest):
    def titles(self, kind):
        items = [{"id": f"urn:x:{i}", "title": t, "date": "2026-01-%02d" % (i + 1),
                  "link": f"https://a.example/{i}?a=1&b=<2>"}
                 for i, t in enumerate(TITLES)]
        self.write("root/items.json", json.dumps(items))
        origin = self.origin("--root", self.path("root"))
        self.run_job(FEED.format(url=origin.url("/items.json"), type=kind))
        entries = self.feed()["entries"]
        self.assertEqual(len(entries), len(TITLES))
        return {e["id"]: e.get("title", "") for e in entries}

    def test_hostile_titles_rss(self):
        found = self.titles("rss")
        self.assertEqual(found["urn:x:0"], "plain")
        self.assertIn("👩‍👩‍👧‍👦", found["urn:x:3"])
        self.assertEqual(len(found["urn:x:7"]), 100_000)

    def test_hostile_titles_atom(self):
        found = self.titles("atom")
        self.assertEqual(found["urn:x:0"], "plain")
        self.assertEqual(len(found["urn:x:7"]), 100_000)

    def test_feed_as_input(self):
        origin = self.origin("--demo-episodes", "12")
        self.podcast(origin)
        self.run_job()
        self.write("root/feed.xml", self.read("feed.xml"))
        other = self.origin("--root", self.path("root"))
        self.run_job(f"""
start: {{feed: "{other.url('/feed.xml')}"}}
output: {{type: jsonl, path: out.jsonl, order: input}}
""")
        records = self.records()
        self.assertEqual(len(records), 12)
        self.assertTrue(records[0]["title"].startswith("Episode 12"))


class Bad(JobTest):
    def serve(self, **pages):
        for name, text in pages.items():
            self.write("root/" + name.replace("_", "."), text)
        return self.origin("--root", self.path("root"))

    def job(self, origin, path, fields, more="", items="article"):
        return f"""
start: "{origin.url(path)}"
limits: {{robots: false}}
pages:
  list:
    items: {items}
    fields: {{{fields}}}
{more}
output: {{type: jsonl, path: out.jsonl, order: input}}
"""

    def test_selector_that_does_not_compile(self):
        origin = self.origin()
        run = self.run_job(self.job(origin, "/", 'a: "a[", b: "jq:.["'),
                           status=2)
        self.assertIn("job.yaml:7:", run.message)
        self.assertEqual(origin.arrivals(), [])

    def test_selector_that_matches_nothing_is_counted(self):
        origin = self.origin()
        run = self.run_job(self.job(origin, "/listing?of=3",
                                    "title: h2, gone: .no-such",
                                    "    next: a.next", "article.item"))
        self.assertIn("list.gone: nothing matched on 3 of 3 pages (.no-such)",
                      run.message)
        self.assertNotIn("list.title", run.message)
        self.assertEqual(len(self.records()), 15)

    def test_required_and_types(self):
        origin = self.serve(page_html="""
            <article><h2>One</h2><b>12</b><i>2026-02-03</i></article>
            <article><h2>Two</h2><b>many</b><i>someday</i></article>
            <article><b>3</b><i>2026-02-04</i></article>""")
        run = self.run_job(self.job(
            origin, "/page.html", "title: {select: h2, required: true}, "
            "n: {select: b, type: int}, day: {select: i, type: date}"),
            status=9)
        self.assertEqual([(r["title"], r["n"]) for r in self.records()],
                         [("One", 12), ("Two", None)])
        for word in ("list.n", "list.day", "title", "/page.html", "left out"):
            self.assertIn(word, run.message)

    def test_page_that_is_no_json(self):
        origin = self.serve(page_html="<p>no")
        run = self.run_job(self.job(origin, "/page.html", 'a: "jq:.a"',
                                    items='"jq:.[]"'), status=9)
        self.assertIn('page "list"', run.message)
        self.assertIn("/page.html", run.message)

    def test_page_of_bytes(self):
        origin = self.origin()
        run = self.run_job(self.job(origin, "/bytes/50000", "a: h1"), status=9)
        self.assertIn("/bytes/50000", run.message)

    def test_encoding_that_lies(self):
        origin = self.serve(page_html="<meta charset=utf-8><article><h2>"
                            .encode() + b"caf\xe9 \xff</h2></article>")
        run = self.run_job(self.job(origin, "/page.html", "a: h2"))
        self.assertEqual(self.records()[0]["a"], "caf\ufffd \ufffd")
        self.assertIn("/page.html: list: it says it is in UTF-8, and is not in "
                      "2 places", run.message)

    def test_cyclic_links_end(self):
        origin = self.serve(
            a_html='<h1>a</h1><a href="b.html">b</a><a href="a.html">a</a>',
            b_html='<h1>b</h1><a href="a.html?utm_source=x">a</a>'
                   '<a href="c.html#x">c</a>',
            c_html='<h1>c</h1><a href="b.html">b</a>'
                   '<a href="http://other.example/">off</a>')
        run = self.run_job(f"""
start: "{origin.url('/a.html')}"
limits: {{robots: false}}
pages:
  page:
    fields: {{title: h1}}
    follow: {{select: a, page: page, depth: 10}}
output: {{type: jsonl, path: out.jsonl}}
""")
        self.assertEqual(sorted(r["title"] for r in self.records()),
                         ["a", "b", "c"])
        self.assertEqual(len(origin.arrivals()), 3)
        self.assertIn("out of scope", run.message)

    def test_depth(self):
        origin = self.serve(**{f"p{i}_html": f'<h1>{i}</h1><a href="p{i + 1}'
                               f'.html">on</a>' for i in range(8)})
        self.run_job(f"""
start: "{origin.url('/p0.html')}"
limits: {{robots: false}}
pages:
  page:
    fields: {{title: h1}}
    follow: {{select: a, page: page, depth: 3}}
output: {{type: jsonl, path: out.jsonl, order: input}}
""")
        self.assertEqual([r["title"] for r in self.records()],
                         ["0", "1", "2", "3"])

    def test_output_that_cannot_be_written(self):
        origin = self.origin()
        text = self.job(origin, "/listing?of=1", "a: h2")
        run = self.run_job(text.replace("out.jsonl", "job.yaml/x.jsonl"),
                           status=3)
        self.assertIn("job.yaml/x.jsonl", run.message)
        self.assertEqual(origin.arrivals(), [])
        self.run_job(text)  # mended: nothing is left to go on with
        self.assertEqual(len(self.records()), 5)

    def test_detail_page_that_fails(self):
        script = self.write("rules", "/listing/item/3 -> /status/404\n")
        origin = self.origin("--script", script)
        run = self.run_job(self.job(
            origin, "/listing?of=1", "title: h2",
            "    follow: {select: h2 a@href, page: item, merge: true}\n"
            "  item: {fields: {owner: .owner}}", "article.item"), status=8)
        records = self.records()
        self.assertEqual(len(records), 5)
        self.assertEqual([r["title"] for r in records if not r.get("owner")],
                         ["Item 3"])
        self.assertIn("lacks its detail page", run.message)


class DamagedStore(JobTest):
    def test_kept_result_that_names_no_rule(self):
        """What was kept beside a body is looked at before it is believed."""
        origin = self.origin()
        text = f"""
start: "{origin.url('/listing?of=1')}"
limits: {{robots: false}}
pages:
  list:
    cache: fresh:1d
    items: article.item
    fields: {{title: h2}}
    follow: {{select: h2 a@href, page: item}}
  item: {{fields: {{owner: .owner}}, cache: fresh:1d}}
output: {{type: jsonl, path: out.jsonl}}
"""
        self.run_job(text)
        self.run_job()  # keeps nothing new, replays
        url = origin.url("/listing/item/1").encode()
        db = sqlite3.connect(self.path("state/weir/weir.db"))
        (row, kept), = [
            (r, k) for r, k in
            db.execute("select answer, derived from body").fetchall()
            if k and url in k]
        at = kept.index(url) - 24  # rule, record, length
        self.assertEqual(kept[at:at + 8], bytes(8))
        db.execute("update body set derived = ? where answer = ?",
                   (kept[:at] + b"\x07" + kept[at + 1:], row))
        db.commit()
        db.close()
        run = self.run_job(None, status=9)
        self.assertIn("/listing?of=1", run.message)
        self.assertIn("damaged", run.message)
        self.run_job(None, "--cache=off")
        self.assertEqual(len(self.records()), 10)


class RetryFailed(JobTest):
    def test_only_what_failed(self):
        script = self.write("rules", "/listing?page=3* first=4 -> /status/500"
                            "\n")
        origin = self.origin("--script", script)
        text = f"""
start: "{origin.url('/listing?of=6')}"
limits: {{robots: false}}
pages: {{list: {{items: article.item, fields: {{title: h2}}, next: a.next}}}}
output: {{type: jsonl, path: out.jsonl, order: input}}
"""
        self.run_job(text, status=8)
        self.assertEqual(len(self.records()), 10)
        origin.ask("/journal")
        before = len(origin.arrivals("/listing"))
        self.run_job(None, "--retry-failed")
        self.assertEqual([r["title"] for r in self.records()],
                         [f"Item {i}" for i in range(1, 31)])
        self.assertEqual(len(origin.arrivals("/listing")) - before, 4)
        self.run_job(None, "--retry-failed")
        self.assertEqual(len(origin.arrivals("/listing")) - before, 4)
        self.assertEqual(len(self.records()), 30)


class Polite(JobTest):
    JOB = """
start: "{url}"
limits: {{{limits}}}
pages:
  list:
    items: article.item
    fields: {{title: h2}}
    follow: {{select: h2 a@href, page: item, merge: true}}
  item: {{fields: {{owner: .owner}}}}
output: {{type: jsonl, path: out.jsonl, order: input}}
"""

    def robots(self, limits):
        self.write("root/robots.txt", "User-agent: *\nDisallow: /listing/item/"
                   "2\n")
        origin = self.origin("--root", self.path("root"))
        return origin, self.JOB.format(url=origin.url("/listing?of=1"),
                                       limits=limits)

    def test_robots_guards_links(self):
        origin, text = self.robots("")
        run = self.run_job(text, status=8)
        self.assertIn("/listing/item/2", run.message)
        self.assertIn("robots.txt", run.message)
        self.assertEqual(origin.arrivals("/listing/item/2"), [])
        self.assertEqual(len(self.records()), 5)

    def test_robots_of_the_store_guards_too(self):
        origin, text = self.robots("")
        for expected in (1, 0):  # a day's copy is good enough
            origin.forget()
            self.run_job(text, status=8)
            self.assertEqual(len(origin.arrivals("/robots.txt")), expected)
            self.assertEqual(origin.arrivals("/listing/item/2"), [])

    def test_login_first(self):
        origin = self.origin()
        self.run_job(f"""
login: {{url: "{origin.url('/cookies/set?session=abc')}"}}
start: "{origin.url('/cookies')}"
limits: {{robots: false}}
pages: {{me: {{fields: {{all: "regex:.*session.*"}}}}}}
output: {{type: jsonl, path: out.jsonl}}
""")
        first, *rest = origin.arrivals()
        self.assertTrue(first["target"].startswith("/cookies/set"))
        self.assertEqual(rest[-1]["headers"]["cookie"], "session=abc")

    def test_login_that_fails_ends_the_run(self):
        origin = self.origin()
        run = self.run_job(f"""
login: {{url: "{origin.url('/status/403')}", form: {{user: me}}}}
start: "{origin.url('/listing')}"
limits: {{robots: false}}
pages: {{list: {{fields: {{t: h2}}}}}}
output: {{type: jsonl, path: out.jsonl}}
""", status=6)
        self.assertIn("login failed", run.message)
        self.assertEqual([e["method"] for e in origin.arrivals()], ["POST"])

    def test_robots_false_is_said_once(self):
        origin, text = self.robots("robots: false")
        run = self.run_job(text)
        self.assertEqual(run.message.count("robots: false"), 1)
        self.assertEqual(origin.arrivals("/robots.txt"), [])

    def test_links_to_private_addresses_are_refused(self):
        """The host of the start was typed; others were not."""
        inner = self.origin(listen=("127.0.0.2:0",))
        self.write("root/page.html", '<article class="item"><h2><a href="'
                   f'{inner.url("/listing/item/1")}">x</a></h2></article>')
        origin = self.origin("--root", self.path("root"))
        text = self.JOB.format(url=origin.url("/page.html"),
                               limits="robots: false")
        self.run_job(text, status=4)
        self.assertEqual(len(self.records()), 1)
        self.assertEqual(inner.arrivals("/listing"), [])
        self.run_job(text, "--allow", "127.0.0.2", "--restart")
        self.assertEqual(len(inner.arrivals("/listing")), 1)

    def test_secrets_stay_secret(self):
        origin = self.origin()
        self.write("job.yaml", f"""
start: {{url: "{origin.url('/listing?as=json&of=1')}",
         query: {{token: "${{env:TOKEN}}"}}}}
request: {{headers: {{Authorization: "Bearer ${{env:TOKEN}}"}}}}
limits: {{robots: false}}
pages: {{list: {{items: "jq:.items[]", fields: {{id: "jq:.id", u: "url:"}}}}}}
output: {{type: jsonl, path: out.jsonl}}
""")
        run = self.weir("run", "-vv", "job.yaml", "--start-log", "starts",
                        env={"TOKEN": "s3cr3t-t0k3n"})
        self.assert_status(run, 0)
        (asked,) = origin.arrivals()
        self.assertIn("token=s3cr3t-t0k3n", asked["target"])
        self.assertEqual(asked["headers"]["authorization"],
                         "Bearer s3cr3t-t0k3n")
        self.assertNotIn("s3cr3t", run.message)
        for name in self.files("."):
            if not name.startswith("journal"):
                self.assertNotIn(b"s3cr3t", self.read(name), name)


if __name__ == "__main__":
    harness.main()
