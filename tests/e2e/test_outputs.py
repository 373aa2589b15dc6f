#!/usr/bin/env python3
"""Record outputs read by other programs: feedparser, xmllint, Python's csv,
json and sqlite3. weir-records feeds records to one output as a run would."""
import csv
import email.utils
import io
import json
import os
import random
import re
import sqlite3
import subprocess
import unittest
import urllib.parse
import uuid
import xml.etree.ElementTree as ET

import harness

RECORDS = os.path.join(harness.BUILD, "weir-records")
SYSTEM_PYTHON = "/usr/bin/python3"  # Debian's, with python3-feedparser
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
ATOM = "{http://www.w3.org/2005/Atom}"

CHANNEL = ["channel.title=Planet & <Money>", "channel.link=https://pod.example/",
           "channel.self=https://me.example/feed.xml",
           "channel.description=About ]]> money", "channel.language=en",
           "channel.author=NPR", "channel.image=https://pod.example/i.jpg",
           "channel.category=Business/Investing", "channel.category=News",
           "channel.explicit=no", "channel.owner.email=a@pod.example",
           "channel.type=episodic", "channel.locked=true",
           "channel.medium=podcast"]

HOSTILE = [
    "plain", "a\u0000b\u0001c\u001fd\u007fe", "]]>", "<![CDATA[x]]>",
    "<script>alert('x')</script>", "&amp; &lt; &#0; &bogus; &",
    "\U0001F600\U0001F468\u200d\U0001F469", "\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c",
    "\ufffe\uffff\ufeff", "x" * 100_000, "\u00e9" * 50_000, " \t\r\n ",
    "a\rb\nc\r\nd", "<!-- --", "<?xml version='1.0'?>", "\"'>", "\u2028\u2029",
    "\U0010ffff\U0001fffe", "", "<a href=\"x" * 5000, "<p>" * 3000,
    "&" * 6000, "<b>" + "word " * 3000 + "</b>",
]


def episode(i):
    return {
        "title": f"Episode {i}", "link": f"https://pod.example/ep/{i}",
        "date": f"2019-{i % 12 + 1:02}-{i % 28 + 1:02}T19:00:00Z",
        "description": f"<p>About {i} &amp; more</p>",
        "enclosure": f"https://cdn.example/{i}.mp3",
        "enclosure_length": 1000 + i, "duration": f"{i % 60}:07", "episode": i + 1,
    }


class Outputs(harness.WeirTest):
    def records(self, kind, path, records, *options, status=0):
        lines = b"".join(
            (r if isinstance(r, bytes) else json.dumps(r).encode()) + b"\n"
            for r in records)
        run = subprocess.run([RECORDS, kind, path, *options], input=lines,
                             capture_output=True, cwd=self.dir, timeout=120)
        self.assertEqual(run.returncode, status, run.stderr)
        self.said = run.stderr.decode()
        return run.stdout

    def bytes_of(self, path):
        with open(os.path.join(self.dir, path), "rb") as f:
            return f.read()

    def feed(self, path):
        """The feed as feedparser sees it; well-formed for xmllint as well."""
        full = os.path.join(self.dir, path)
        lint = subprocess.run(["xmllint", "--noout", "--nonet", full],
                              capture_output=True, timeout=60)
        self.assertEqual(lint.returncode, 0, lint.stderr)
        code = ("import feedparser, json, sys; d = feedparser.parse(sys.argv[1]);"
                "print(json.dumps({'bozo': int(d.bozo), 'version': d.version,"
                "'feed': d.feed, 'entries': d.entries}, default=str))")
        run = subprocess.run([SYSTEM_PYTHON, "-c", code, full],
                             capture_output=True, timeout=120)
        self.assertEqual(run.returncode, 0, run.stderr)
        return json.loads(run.stdout)

    def check_rss(self, path):
        """What the W3C validator asks of RSS 2.0, as far as it needs no net."""
        root = ET.fromstring(self.bytes_of(path))
        self.assertEqual((root.tag, root.get("version")), ("rss", "2.0"))
        channel = root.find("channel")
        for name in ("title", "link", "description", "generator"):
            self.assertEqual(len(channel.findall(name)), 1, name)
            self.assertTrue(channel.find(name).text)
        selfs = [a for a in channel.findall(ATOM + "link") if a.get("rel") == "self"]
        self.assertEqual(len(selfs), 1)
        self.assertEqual(selfs[0].get("type"), "application/rss+xml")
        guids = []
        for item in channel.findall("item"):
            self.assertTrue(item.findtext("title") or item.findtext("description"))
            guid = item.find("guid")
            guids.append(guid.text)
            if guid.get("isPermaLink") != "false":
                self.assertEqual(guid.get("isPermaLink"), "true")
                self.assertEqual(guid.text, item.findtext("link"))
            if item.find("pubDate") is not None:
                self.check_date(item.findtext("pubDate"))
            enclosures = item.findall("enclosure")
            self.assertLessEqual(len(enclosures), 1)
            for e in enclosures:
                self.assertIn(urllib.parse.urlsplit(e.get("url")).scheme,
                              ("http", "https"))
                self.assertRegex(e.get("length"), r"^[0-9]+$")
                self.assertRegex(e.get("type"), r"^[\w.+-]+/[\w.+-]+$")
            description = item.findtext("description") or ""
            self.assertLessEqual(len(description.encode()), 4000)
        self.assertEqual(len(guids), len(set(guids)))
        if guids:
            self.check_date(channel.findtext("lastBuildDate"))
        return root

    def check_date(self, text):
        self.assertRegex(text, r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|"
                         r"Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
                         r"\d\d:\d\d:\d\d GMT$")
        parsed = email.utils.parsedate_to_datetime(text)
        self.assertEqual(text[:3], parsed.strftime("%a"))


class Feeds(Outputs):
    def test_podcast(self):
        count = 1000
        self.records("rss", "feed.xml", [episode(i) for i in range(count)],
                     "length=page", *CHANNEL)
        feed = self.feed("feed.xml")
        self.assertEqual((feed["bozo"], feed["version"]), (0, "rss20"))
        self.assertEqual(len(feed["entries"]), count)
        dates = [e["published_parsed"] for e in feed["entries"]]
        self.assertEqual(dates, sorted(dates, reverse=True))
        # ties keep the order of the input
        at = {}
        for e in feed["entries"]:
            key, number = str(e["published_parsed"]), int(e["title"].split()[1])
            self.assertGreater(number, at.get(key, -1))
            at[key] = number
        first = feed["entries"][0]
        number = int(first["title"].split()[1])
        media = [a for a in first["links"] if a["rel"] == "enclosure"]
        self.assertEqual([(a["length"], a["type"]) for a in media],
                         [(str(1000 + number), "audio/mpeg")])
        self.assertEqual(first["id"], f"https://cdn.example/{number}.mp3")
        self.assertEqual(first["itunes_episode"], str(number + 1))
        channel = self.check_rss("feed.xml").find("channel")
        self.assertEqual(channel.findtext("title"), "Planet & <Money>")
        self.assertEqual(channel.findtext("lastBuildDate"),
                         "Sun, 09 Sep 2001 02:03:19 GMT")  # 10^9 + 999
        self.assertEqual(channel.findtext(PODCAST + "guid"), str(uuid.uuid5(
            uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6"),
            "me.example/feed.xml")))
        self.assertEqual(channel.findtext(PODCAST + "locked"), "yes")
        self.assertEqual(channel.findtext(PODCAST + "medium"), "podcast")
        self.assertEqual(channel.find(ITUNES + "image").get("href"),
                         "https://pod.example/i.jpg")
        self.assertEqual(channel.findtext(ITUNES + "explicit"), "false")
        categories = channel.findall(ITUNES + "category")
        self.assertEqual([c.get("text") for c in categories],
                         ["Business", "News"])
        self.assertEqual(categories[0][0].get("text"), "Investing")

    def test_same_records_same_bytes(self):
        items = [episode(i) for i in range(50)]
        for kind in ("rss", "atom"):
            self.records(kind, "a.xml", items, *CHANNEL)
            self.records(kind, "b.xml", items, *CHANNEL)
            self.assertEqual(self.bytes_of("a.xml"), self.bytes_of("b.xml"))

    def test_hostile_records(self):
        items = []
        for i, text in enumerate(HOSTILE):
            items.append({"title": text, "date": "2020-01-01T00:00:00Z",
                          "guid": f"g{i}", "description": text, "content": text,
                          "author": text, "enclosure": "https://h/" + text[:50],
                          "duration": text[:50], "image": text[:50]})
            items.append({"title": f"t{i}", "guid": text, "link": text,
                          "date": text[:100], "enclosure": text,
                          "enclosure_type": text[:100], "season": text[:20],
                          "enclosure_length": text[:100]})
        items.append({"title": ["a", {"b": 1}], "guid": {"x": [1]}, "date": 7,
                      "enclosure": {"url": "https://h/x", "length": -5}})
        items.append(b'{"title":"bad \xff\xc3 utf-8","guid":"\xfe","link":"\\ud800"}')
        items.append({})
        doubled = sum(not t.strip(" \t\r\n") or t[:1] == "\ufffe" for t in HOSTILE)
        for kind in ("rss", "atom"):
            self.records(kind, "feed.xml", items, "length=page", *CHANNEL)
            feed = self.feed("feed.xml")
            self.assertEqual(feed["bozo"], 0)
            written = int(self.said.split()[0])
            self.assertEqual(len(feed["entries"]), written)
            self.assertGreaterEqual(written, len(items) - doubled)
        self.records("rss", "feed.xml", items, "length=page", *CHANNEL)
        root = self.check_rss("feed.xml")
        titles = [i.findtext("title") for i in root.iter("item")]
        self.assertIn("\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c", titles)
        self.assertIn("abcd\u007fe", titles)
        self.assertIn("x" * 100_000, titles)
        self.assertIn("<script>alert('x')</script>", titles)

    def test_random_records(self):
        rng = random.Random(4)
        alphabet = "<>&\"'[]{}!?-/;#x \n\r\t\u0000\u0008\u00e9\ufffe\U0001F600a1"
        items = [{k: "".join(rng.choices(alphabet, k=rng.randrange(60)))
                  for k in ("title", "guid", "link", "date", "description",
                            "content", "enclosure", "author", "image")}
                 for _ in range(500)]
        for kind in ("rss", "atom"):
            self.records(kind, "feed.xml", items, *CHANNEL)
            self.assertEqual(self.feed("feed.xml")["bozo"], 0)
        self.records("rss", "feed.xml", items, *CHANNEL)
        self.check_rss("feed.xml")

    def test_description_is_cut_and_kept_whole(self):
        long = "<p>" + "Käse &amp; Brot " * 600 + "</p>"
        self.records("rss", "feed.xml", [{"title": "t", "description": long}],
                     *CHANNEL)
        item = self.check_rss("feed.xml").find("channel/item")
        description = item.findtext("description")
        self.assertGreater(len(description.encode()), 3970)
        self.assertTrue(description.endswith("\u2026</p>"))
        self.assertIsNone(re.search(r"&(?!amp;)", description))
        self.assertEqual(item.findtext(CONTENT + "encoded"), long)

    def test_measured_lengths(self):
        items = [episode(0), {"title": "x", "enclosure": "https://h/x.bin"}]
        self.records("rss", "feed.xml", items, "measured=25118744,audio/mp3", *CHANNEL)
        for e in self.check_rss("feed.xml").iter("enclosure"):
            self.assertEqual((e.get("length"), e.get("type")),
                             ("25118744", "audio/mpeg"))
        self.records("rss", "feed.xml", items, "length=none", *CHANNEL)
        self.assertEqual([(e.get("length"), e.get("type")) for e in
                          self.check_rss("feed.xml").iter("enclosure")],
                         [("0", "audio/mpeg"), ("0", "application/octet-stream")])

    def test_atom(self):
        self.records("atom", "feed.xml", [episode(i) for i in range(30)],
                     "length=page", *CHANNEL)
        feed = self.feed("feed.xml")
        self.assertEqual((feed["bozo"], feed["version"], len(feed["entries"])),
                         (0, "atom10", 30))
        root = ET.fromstring(self.bytes_of("feed.xml"))
        stamp = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"
        for element in (root, *root.findall(ATOM + "entry")):
            for name in ("id", "title", "updated"):
                self.assertEqual(len(element.findall(ATOM + name)), 1)
            self.assertRegex(element.findtext(ATOM + "updated"), stamp)
        self.assertTrue(root.findtext(f"{ATOM}author/{ATOM}name"))
        entry = root.find(ATOM + "entry")
        links = {a.get("rel"): a for a in entry.findall(ATOM + "link")}
        self.assertEqual(links["enclosure"].get("type"), "audio/mpeg")
        self.assertTrue(links["enclosure"].get("length").isdigit())
        ids = [e.findtext(ATOM + "id") for e in root.findall(ATOM + "entry")]
        self.assertEqual(len(ids), len(set(ids)))

    def links(self, path):
        root = self.check_rss(path)
        return ({a.get("rel"): a.get("href")
                 for a in root.findall(f"channel/{ATOM}link")},
                [int(t.text.split()[1]) for t in root.findall("channel/item/title")])

    def test_paged(self):
        items = [dict(episode(i), date=f"{2000 + i}-01-01") for i in range(25)]
        self.records("rss", "out/feed.xml", items, "page_size=10", *CHANNEL)
        url = "https://me.example/feed{}.xml".format
        links, numbers = self.links("out/feed.xml")
        self.assertEqual(links, {"self": url(""), "first": url(""),
                                 "last": url("-3"), "next": url("-2")})
        self.assertEqual(numbers, list(range(24, 14, -1)))
        links, numbers = self.links("out/feed-2.xml")
        self.assertEqual(links, {"self": url("-2"), "first": url(""),
                                 "last": url("-3"), "previous": url(""),
                                 "next": url("-3")})
        self.assertEqual(numbers, list(range(14, 4, -1)))
        links, numbers = self.links("out/feed-3.xml")
        self.assertEqual(links, {"self": url("-3"), "first": url(""),
                                 "last": url("-3"), "previous": url("-2")})
        self.assertEqual(numbers, list(range(4, -1, -1)))
        self.assertEqual(sorted(os.listdir(os.path.join(self.dir, "out"))),
                         ["feed-2.xml", "feed-3.xml", "feed.xml"])
        self.assertEqual(self.feed("out/feed-2.xml")["bozo"], 0)
        # as many as fit: one document without such links
        self.records("rss", "one.xml", items, "page_size=25", *CHANNEL)
        self.assertEqual(self.links("one.xml")[0], {"self": url("")})

    def test_archived(self):
        items = [dict(episode(i), date=f"{2000 + i}-01-01") for i in range(25)]
        self.records("rss", "feed.xml", items, "page_size=10", "archive=1", *CHANNEL)
        url = "https://me.example/feed{}.xml".format
        links, numbers = self.links("feed.xml")
        self.assertEqual(links, {"self": url(""), "prev-archive": url("-2")})
        self.assertEqual(numbers, list(range(24, 19, -1)))
        links, numbers = self.links("feed-2.xml")
        self.assertEqual(links, {"self": url("-2"), "current": url(""),
                                 "prev-archive": url("-1")})
        self.assertEqual(numbers, list(range(19, 9, -1)))
        links, numbers = self.links("feed-1.xml")
        self.assertEqual(links, {"self": url("-1"), "current": url(""),
                                 "next-archive": url("-2")})
        self.assertEqual(numbers, list(range(9, -1, -1)))
        self.assertIn(b"<fh:archive/>", self.bytes_of("feed-1.xml"))
        self.assertNotIn(b"<fh:archive/>", self.bytes_of("feed.xml"))
        # a new item leaves full archives as they are
        before = self.bytes_of("feed-1.xml")
        items.append(dict(episode(25), date="2025-01-01"))
        self.records("rss", "feed.xml", items, "page_size=10", "archive=1", *CHANNEL)
        self.assertEqual(self.bytes_of("feed-1.xml"), before)

    def test_many_items_go_through_the_spool(self):
        items = [dict(episode(i), description=f"{i} " + "y" * 3000)
                 for i in range(4000)]
        self.records("rss", "feed.xml", items, *CHANNEL)
        root = self.check_rss("feed.xml")
        seen = set()
        for item in root.iter("item"):
            number = item.findtext("title").split()[1]
            self.assertTrue(item.findtext("description").startswith(number + " "))
            seen.add(number)
        self.assertEqual(len(seen), 4000)

    def test_problems_are_counted(self):
        items = [dict(episode(0), date="soon"), dict(episode(1), enclosure="mailto:x")]
        self.records("rss", "feed.xml", items, *CHANNEL)
        self.assertIn("2 written, 2 problems: output feed.xml: date of "
                      "https://cdn.example/0.mp3 could not be read", self.said)
        self.records("rss", "-", items, "page_size=1", *CHANNEL, status=2)

    def test_empty(self):
        for kind in ("rss", "atom"):
            self.records(kind, "feed.xml", [], *CHANNEL)
            feed = self.feed("feed.xml")
            self.assertEqual((feed["bozo"], feed["entries"]), (0, []))


class Files(Outputs):
    rows = [{"id": i, "text": t, "list": [t, i], "big": 2 ** 63 + i,
             "real": i / 3, "flag": i % 2 == 0, "none": None}
            for i, t in enumerate(HOSTILE)]

    def test_json_read_back(self):
        self.records("jsonl", "a.jsonl", self.rows)
        self.records("json", "a.json", self.rows)
        lines = self.bytes_of("a.jsonl").split(b"\n")
        self.assertEqual([json.loads(x) for x in lines[:-1]], self.rows)
        self.assertEqual(json.loads(self.bytes_of("a.json")), self.rows)

    def test_json_of_bad_bytes(self):
        bad = [b'{"a":"\xff\xfe"}', b'{"a":\r"b"}']
        self.records("jsonl", "a.jsonl", bad)
        lines = self.bytes_of("a.jsonl").decode().split("\n")
        self.assertEqual([json.loads(x) for x in lines[:-1]],
                         [{"a": "\ufffd\ufffd"}, {"a": "b"}])

    def test_csv_read_back(self):
        self.records("csv", "a.csv", self.rows)
        text = self.bytes_of("a.csv").decode()
        csv.field_size_limit(1 << 20)
        got = list(csv.DictReader(io.StringIO(text, newline="")))
        self.assertEqual(len(got), len(self.rows))
        for have, want in zip(got, self.rows):
            self.assertEqual(have["text"], want["text"].replace("\0", "\ufffd"))
            self.assertEqual(json.loads(have["list"].replace("\ufffd", "\0")),
                             want["list"])
            self.assertEqual(have["big"], str(want["big"]))
            self.assertEqual(have["flag"], "true" if want["flag"] else "false")
            self.assertEqual(have["none"], "")

    def table(self, sql="SELECT * FROM items"):
        db = sqlite3.connect(os.path.join(self.dir, "a.db"))
        db.row_factory = sqlite3.Row
        try:
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchone()[0],
                             "ok")
            return [dict(r) for r in db.execute(sql)]
        finally:
            db.close()

    def test_sqlite_read_back(self):
        rows = [dict(r, big=2 ** 62 + r["id"]) for r in self.rows]
        self.records("sqlite", "a.db", rows)
        got = self.table()
        for have, want in zip(got, rows):
            self.assertEqual(have["text"], want["text"])
            self.assertEqual(have["big"], want["big"])
            self.assertEqual(have["real"], want["real"])
            self.assertEqual(have["flag"], int(want["flag"]))
            self.assertIsNone(have["none"])
            self.assertEqual(json.loads(have["list"]), want["list"])
        # made anew: what was there goes, in the same file
        self.records("sqlite", "a.db", rows[:2])
        self.assertEqual(len(self.table()), 2)

    def test_sqlite_upsert_and_new_columns(self):
        first = [{"k": 1, "a": "x"}, {"k": None, "a": "n"}, {"k": 2, "a": "y"}]
        second = [{"k": 1, "b\"q": 7}, {"k": None, "a": "m"}, {"k": 3, "a": None}]
        for records, batch in ((first, 1), (second, 2)):
            self.records("sqlite", "a.db", records, "mode=append", "key=k",
                         f"first={batch}")
        self.assertEqual(self.table("SELECT * FROM items ORDER BY rowid"), [
            {"k": 1, "a": "x", "b\"q": 7}, {"k": None, "a": "m", "b\"q": None},
            {"k": 2, "a": "y", "b\"q": None}, {"k": 3, "a": None, "b\"q": None}])
        self.records("sqlite", "a.db", [{"k": 1, "a": "later"}, {"k": 4}],
                     "mode=append", "key=k", "keep_first=1", "first=3")
        self.assertEqual([r["a"] for r in self.table("SELECT a FROM items WHERE k=1")],
                         ["x"])
        self.assertEqual(len(self.table()), 5)

    def test_sqlite_constraints_of_the_user(self):
        db = sqlite3.connect(os.path.join(self.dir, "a.db"))
        db.execute("CREATE TABLE t (n INTEGER CHECK (n > 0), other)")
        db.execute("CREATE TABLE mine (x)")
        db.commit()
        db.close()
        self.records("sqlite", "a.db", [{"n": 1}, {"n": -1}, {"n": 2}], "table=t")
        self.assertIn("2 written, 1 problems: output a.db: CHECK constraint", self.said)
        self.assertEqual([r["n"] for r in self.table("SELECT * FROM t")], [1, 2])
        self.assertEqual(self.table("SELECT * FROM mine"), [])

    def test_sqlite_columns(self):
        self.records("sqlite", "a.db", [{"a": {"b": 1}, "c": "x", "d": 2}],
                     "column=c", "column=a.b", "key=d")
        self.assertEqual(self.table(), [{"c": "x", "a.b": 1, "d": 2}])

    def test_no_database(self):
        with open(os.path.join(self.dir, "a.db"), "w") as f:
            f.write("this is no database, and longer than a header" * 40)
        self.records("sqlite", "a.db", [{"a": 1}], status=3)
        self.assertIn("output a.db: file is not a database", self.said)
        self.records("sqlite", "-", [{"a": 1}], status=2)


class Killed(Outputs):
    rows = [{"n": i, "t": "x" * (i % 50)} for i in range(1000)]

    def rerun(self, kind, path, options, read):
        """Killed at many places and started again, each record is there once."""
        first = 1
        for die in (1, 99, 100, 101, 350, None):
            done = read()
            self.assertEqual(done, self.rows[:len(done)])
            self.assertEqual(len(done) % 100, 0)
            extra = [f"die_after={die}"] if die else []
            self.records(kind, path, self.rows[len(done):], "mode=append",
                         "batch=100", *options, *extra, status=9 if die else 0)
        self.assertEqual(read(), self.rows)

    def committed(self, read):
        """Up to the position that was committed last."""
        try:
            offset = int.from_bytes(self.bytes_of("position")[:8], "little")
        except FileNotFoundError:
            return []
        return read(self.bytes_of("out")[:offset].decode())

    def test_jsonl(self):
        self.rerun("jsonl", "out", ["position=position"], lambda: self.committed(
            lambda text: [json.loads(x) for x in text.splitlines()]))
        self.assertEqual(self.bytes_of("out").count(b"\n"), 1000)

    def test_csv(self):
        def read(text):
            rows = csv.DictReader(io.StringIO(text, newline=""))
            return [{"n": int(r["n"]), "t": r["t"]} for r in rows]
        self.rerun("csv", "out", ["position=position"],
                   lambda: self.committed(read))
        self.assertEqual(read(self.bytes_of("out").decode()), self.rows)

    def test_sqlite_applies_each_batch_once(self):
        """The store hands all batches over again after each kill."""
        def count():
            path = os.path.join(self.dir, "a.db")
            if not os.path.exists(path):
                return 0
            db = sqlite3.connect(path)
            try:
                return db.execute("SELECT count(*) FROM items").fetchone()[0]
            except sqlite3.OperationalError:
                return 0  # no table yet
            finally:
                db.close()
        for die in (1, 99, 100, 101, 350, None):
            self.assertEqual(count() % 100, 0)
            extra = [f"die_after={die}"] if die else []
            self.records("sqlite", "a.db", self.rows, "mode=append", "batch=100",
                         *extra, status=9 if die else 0)
        self.assertEqual(count(), 1000)
        db = sqlite3.connect(os.path.join(self.dir, "a.db"))
        self.assertEqual([r[0] for r in db.execute("SELECT n FROM items")],
                         [r["n"] for r in self.rows])
        self.assertEqual(db.execute("SELECT * FROM weir_batch").fetchall(),
                         [("test", 11)])
        db.close()


if __name__ == "__main__":
    harness.main()
