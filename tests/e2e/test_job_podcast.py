"""A podcast's archive as a feed: once, again, and with a new episode."""
import email.utils

import harness
from jobs import JobTest


class Podcast(JobTest):
    def test_archive_becomes_a_feed(self):
        origin = self.origin("--demo-episodes", "60")
        self.podcast(origin)
        self.run_job()
        feed = self.feed()
        self.assertEqual(len(feed["entries"]), 60)
        dates = [email.utils.parsedate_to_datetime(e["published"])
                 for e in feed["entries"]]
        self.assertEqual(dates, sorted(dates, reverse=True))
        for n, entry in zip(range(60, 0, -1), feed["entries"]):
            (enclosure,) = entry["enclosures"]
            self.assertEqual(enclosure["length"], str(20000 + n * 137))
            self.assertEqual(enclosure["type"], "audio/mpeg")
            self.assertTrue(enclosure["href"].endswith(f"/{n}.mp3"))
            self.assertTrue(entry["title"].startswith(f"Episode {n}: "))
        records = self.records("episodes.jsonl")
        self.assertEqual(len(records), 60)
        self.assertEqual(list(records[0]),
                         ["title", "link", "date", "audio", "notes", "guest"])
        # robots.txt, 6 listings, 60 episodes, and a HEAD for each enclosure.
        self.assertEqual(len(origin.arrivals("/robots.txt")), 1)
        self.assertEqual(len(origin.arrivals("/demo/podcast/audio")), 60)
        self.assertEqual(len(origin.arrivals()), 127)

    def test_second_run_asks_nothing_that_the_cache_can_answer(self):
        origin = self.origin("--demo-episodes", "30")
        self.podcast(origin, cache="fresh:1h")
        self.run_job()
        first = self.read("feed.xml")
        origin.forget()
        self.run_job()
        self.assertEqual(origin.arrivals(), [])
        self.assertEqual(self.read("feed.xml"), first)

    def test_unchanged_listing_is_asked_once(self):
        origin = self.origin("--demo-episodes", "30")
        self.podcast(origin)
        self.run_job()
        first = self.read("feed.xml")
        origin.forget()
        self.run_job()
        asked = [(e["target"], e["status"]) for e in origin.arrivals()
                 if e["target"] != "/robots.txt"]
        self.assertEqual(asked, [("/demo/podcast/", 304)])
        self.assertEqual(self.read("feed.xml"), first)
        self.assertEqual(len(self.feed()["entries"]), 30)

    def test_new_episode_costs_its_page_and_the_listing(self):
        origin = self.origin("--demo-episodes", "30")
        self.podcast(origin)
        self.run_job()
        origin = self.again(origin, "--demo-episodes", "31")
        self.run_job()
        asked = [e["target"] for e in origin.arrivals()
                 if e["target"] != "/robots.txt"]
        # The second listing has nothing new on it, which ends the pagination.
        self.assertEqual(sorted(asked), [
            "/demo/podcast/", "/demo/podcast/audio/31.mp3",
            "/demo/podcast/episodes/31", "/demo/podcast/page/2"])
        entries = self.feed()["entries"]
        self.assertEqual(len(entries), 31)
        self.assertTrue(entries[0]["title"].startswith("Episode 31"))

    def test_replay_extracts_anew_without_a_request(self):
        origin = self.origin("--demo-episodes", "20")
        self.podcast(origin)
        self.run_job()
        with open(self.path("job.yaml")) as f:
            text = f.read()
        origin.forget()
        self.run_job(text.replace("title: h2,", "title: {select: h2, regex: "
                                  "'^Episode (.+)'},"), "--cache=replay")
        self.assertEqual(origin.arrivals(), [])
        self.assertTrue(self.records("episodes.jsonl")[0]["title"]
                        .startswith("20: "))

    def test_head_refused_is_asked_by_range(self):
        script = self.write("rules", "HEAD * -> /status/405\n")
        origin = self.origin("--demo-episodes", "3", "--script", script)
        self.podcast(origin)
        self.run_job()
        lengths = [e["enclosures"][0]["length"]
                   for e in self.feed()["entries"]]
        self.assertEqual(lengths, [str(20000 + n * 137) for n in (3, 2, 1)])
        ranges = [e["headers"].get("range") for e in
                  origin.arrivals("/demo/podcast/audio")
                  if e["method"] == "GET"]
        self.assertEqual(ranges, ["bytes=0-0"] * 3)


if __name__ == "__main__":
    harness.main()
