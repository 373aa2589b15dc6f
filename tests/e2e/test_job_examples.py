"""The example jobs, run as they stand against the demo site."""
import csv
import io
import json
import os
import signal
import sqlite3

import harness
from jobs import JobTest

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "..", "..", "examples")


class Examples(JobTest):
    def example(self, name, *args, origin=None):
        origin = origin or self.origin()
        return self.ok(self.weir("run", os.path.join(EXAMPLES, name), "-p",
                                 "base=" + origin.url(""), *args))

    def rows(self, name):
        return list(csv.DictReader(io.StringIO(self.read(name).decode())))

    def test_each_says_what_it_shows(self):
        names = [n for n in os.listdir(EXAMPLES) if n.endswith(".yaml")]
        self.assertEqual(len(names), 7, names)
        for name in names:
            with open(os.path.join(EXAMPLES, name)) as f:
                lines = f.read().splitlines()
            self.assertTrue(lines[0].startswith("# "), name)
            self.assertTrue(lines[1].startswith("# "), name)
            self.assertFalse(lines[2].startswith("#"), name)

    def test_podcast(self):
        self.example("podcast.yaml")
        feed = self.feed()
        self.assertEqual(len(feed["entries"]), 60)
        first = feed["entries"][0]
        self.assertEqual(first["itunes_episode"], "60")
        self.assertEqual(first["enclosures"][0]["length"], "28220")
        self.assertEqual(len(self.records("episodes.jsonl")), 60)

    def test_api_until_empty(self):
        self.example("api.yaml")
        users = json.loads(self.read("users.json"))
        self.assertEqual([u["id"] for u in users], list(range(1, 96)))

    def test_link_header(self):
        self.example("link-header.yaml")
        self.assertEqual([r["login"] for r in self.rows("users.csv")],
                         [f"user{i}" for i in range(1, 96)])

    def test_players(self):
        for _ in range(2):  # the second run upserts
            self.example("players.yaml")
            rows = self.rows("players.csv")
            self.assertEqual(len(rows), 150)
            self.assertEqual([r["season"] for r in rows[:5]],
                             ["2021", "2022", "2023", "2024", "2025"])
            db = sqlite3.connect(self.path("players.db"))
            self.assertEqual(db.execute("select count(*), count(distinct id) "
                                        "from seasons").fetchone(), (150, 30))
            db.close()

    def test_quotes(self):
        self.example("quotes.yaml")
        quotes = self.records("quotes.jsonl")
        self.assertEqual(len(quotes), 50)
        self.assertEqual(quotes[0], {
            "text": "Simplicity is hard to get right.",
            "author": "Ada Lovelace", "tags": ["tag0", "wisdom"]})

    def test_avatars(self):
        self.example("avatars.yaml")
        names = self.files("avatars")
        self.assertEqual(len(names), 95)
        self.assertIn("user7.png", names)
        for name in names:
            self.assertEqual(self.read("avatars", name)[:4], b"\x89PNG")

    def test_weather(self):
        origin = self.origin()
        run = self.start("run", os.path.join(EXAMPLES, "weather.yaml"), "-p",
                         "base=" + origin.url(""), "-p", "every=200ms")
        origin.wait_for(9, "/demo/weather")
        run.signal(signal.SIGINT)
        done = run.finish(20)
        self.assert_status(done, 130)
        lines = done.text.splitlines()
        self.assertGreaterEqual(len(lines), 6)
        for line in lines:
            self.assertRegex(line, r"^(Kiel|Berlin|Muenchen): -?[0-9.]+ :: "
                             r"[a-z ]+$")
        self.assertEqual({line.split(":")[0] for line in lines},
                         {"Kiel", "Berlin", "Muenchen"})


if __name__ == "__main__":
    harness.main()
