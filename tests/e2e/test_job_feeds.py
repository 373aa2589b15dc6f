"""Feeds as the start of a job: RSS 2.0, Atom and JSON Feed, paged and archived
as RFC 5005 says."""
import json

import harness
from jobs import JobTest

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
     xmlns:fh="http://purl.org/syndication/history/1.0">
<channel><title>T</title><link>https://a.example/</link>
<description>D</description>{links}
{items}
</channel></rss>
"""
ATOM = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"
      xmlns:fh="http://purl.org/syndication/history/1.0">
<title>T</title><id>urn:x:feed</id><updated>2026-01-01T00:00:00Z</updated>
{links}
{items}
</feed>
"""


def rss_items(numbers):
    return "\n".join(
        f"<item><title>Episode {n}</title><guid isPermaLink='false'>urn:x:{n}"
        f"</guid><link>https://a.example/{n}</link><pubDate>Thu, 0{n} Jan 2026 "
        f"10:00:00 GMT</pubDate><enclosure url='https://a.example/{n}.mp3' "
        f"length='1000' type='audio/mpeg'/></item>" for n in numbers)


def atom_items(numbers):
    return "\n".join(
        f"<entry><title>Episode {n}</title><id>urn:x:{n}</id><updated>2026-01-"
        f"0{n}T10:00:00Z</updated><link href='https://a.example/{n}'/></entry>"
        for n in numbers)


class Feeds(JobTest):
    def serve(self, **files):
        for name, text in files.items():
            self.write("root/" + name.replace("_", "."), text)
        return self.origin("--root", self.path("root"))

    def take(self, origin, path, status=0, more="", **kw):
        return self.run_job(f"""
start: {{feed: "{origin.url(path)}"}}
limits: {{robots: false}}
{more}
output: {{type: jsonl, path: out.jsonl, order: input}}
""", status=status, **kw)

    def expect(self, *numbers):
        self.assertEqual([r["title"] for r in self.records()],
                         [f"Episode {n}" for n in numbers])

    def asked(self, origin):
        return [e["target"] for e in origin.arrivals()]

    def test_rss_paged(self):
        """Section 3: next, relative to the feed."""
        origin = self.serve(
            a_xml=RSS.format(links='<atom:link rel="next" href="b.xml"/>',
                             items=rss_items([6, 5])),
            b_xml=RSS.format(links='<atom:link rel="previous" href="a.xml"/>'
                             '<atom:link rel="next" href="/c.xml"/>',
                             items=rss_items([4, 3])),
            c_xml=RSS.format(links='<atom:link rel="previous" href="/b.xml"/>',
                             items=rss_items([2, 1])))
        self.take(origin, "/a.xml")
        self.expect(6, 5, 4, 3, 2, 1)
        self.assertEqual(self.asked(origin), ["/a.xml", "/b.xml", "/c.xml"])
        first = self.records()[0]
        self.assertEqual(first["date"], "2026-01-06T10:00:00Z")
        self.assertEqual(first["guid"], "urn:x:6")
        self.assertEqual(first["enclosure"], "https://a.example/6.mp3")

    def test_atom_archived(self):
        """Section 4: the subscription document, then prev-archive."""
        origin = self.serve(
            now_xml=ATOM.format(links='<link rel="self" href="now.xml"/>'
                                '<link rel="prev-archive" href="two.xml"/>',
                                items=atom_items([5])),
            two_xml=ATOM.format(links='<fh:archive/><link rel="current" '
                                'href="now.xml"/><link rel="next-archive" '
                                'href="now.xml"/><link rel="prev-archive" '
                                'href="one.xml"/>', items=atom_items([4, 3])),
            one_xml=ATOM.format(links='<fh:archive/><link rel="next-archive" '
                                'href="two.xml"/>', items=atom_items([2, 1])))
        self.take(origin, "/now.xml")
        self.expect(5, 4, 3, 2, 1)
        self.assertEqual(self.asked(origin),
                         ["/now.xml", "/two.xml", "/one.xml"])

    def test_rss_archived(self):
        origin = self.serve(
            a_xml=RSS.format(links='<atom:link rel="prev-archive" '
                             'href="b.xml"/>', items=rss_items([2])),
            b_xml=RSS.format(links="<fh:archive/>", items=rss_items([1])))
        self.take(origin, "/a.xml")
        self.expect(2, 1)

    def test_json_feed_paged(self):
        def page(numbers, **more):
            return json.dumps({
                "version": "https://jsonfeed.org/version/1.1", "title": "T",
                "items": [{"id": f"urn:x:{n}", "title": f"Episode {n}",
                           "content_text": "c"} for n in numbers], **more})
        origin = self.serve(a_json=page([3, 2], next_url="b.json"),
                            b_json=page([1]))
        self.take(origin, "/a.json")
        self.expect(3, 2, 1)

    def test_paging_that_loops_ends(self):
        origin = self.serve(
            a_xml=RSS.format(links='<atom:link rel="next" href="b.xml"/>',
                             items=rss_items([2])),
            b_xml=RSS.format(links='<atom:link rel="next" href="a.xml"/>',
                             items=rss_items([1])))
        self.take(origin, "/a.xml")
        self.expect(2, 1)
        self.assertEqual(len(origin.arrivals()), 2)

    def test_page_that_is_missing_is_told(self):
        origin = self.serve(
            a_xml=RSS.format(links='<atom:link rel="next" href="gone.xml"/>',
                             items=rss_items([2])))
        run = self.take(origin, "/a.xml", status=8)
        self.expect(2)
        self.assertIn("/gone.xml", run.message)
        self.assertIn("not at its end", run.message)

    def test_archive_into_a_new_feed(self):
        """Pages of an archive become one feed, complete and valid."""
        origin = self.serve(
            a_xml=RSS.format(links='<atom:link rel="next" href="b.xml"/>',
                             items=rss_items([4, 3])),
            b_xml=RSS.format(links="", items=rss_items([2, 1])))
        self.run_job(f"""
start: {{feed: "{origin.url('/a.xml')}"}}
limits: {{robots: false}}
output:
  type: rss
  path: feed.xml
  length: page
  channel: {{title: T, link: "https://a.example/", description: D,
            self: "https://me.example/feed.xml"}}
""")
        entries = self.feed()["entries"]
        self.assertEqual([e["title"] for e in entries],
                         [f"Episode {n}" for n in (4, 3, 2, 1)])
        self.assertEqual([e["id"] for e in entries],
                         [f"urn:x:{n}" for n in (4, 3, 2, 1)])
        self.assertEqual(entries[0]["enclosures"][0]["length"], "1000")

    def test_no_feed_is_told(self):
        origin = self.serve(a_xml="<html><title>no</title></html>")
        run = self.take(origin, "/a.xml", status=9)
        self.assertIn("/a.xml", run.message)
        self.assertEqual(self.records(), [])


if __name__ == "__main__":
    harness.main()
