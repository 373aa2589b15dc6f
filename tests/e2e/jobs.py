"""What the tests of jobs share: job files, records, feeds."""
import json
import subprocess
import sys
import unittest

from harness import WeirTest

PODCAST = """
name: demo
start: "{base}/demo/podcast/"
limits: {{concurrency: 16, per_host: 16}}
pages:
  list:
    cache: {cache}
    next: {{select: a.older, max: 200, stop: [empty, known]}}
    items: article.ep
    fields: {{title: h2, link: h2 a@href}}
    follow: {{select: h2 a@href, page: episode, merge: true}}
  episode:
    cache: fresh:30d
    fields:
      date: {{select: time@datetime, type: date, required: true}}
      audio: audio source@src
      notes: {{select: .notes, type: html}}
      guest: {{select: .byline, regex: 'with (.+)$', default: null}}
output:
  - type: rss
    path: feed.xml
    enclosure: audio
    description: notes
    channel: {{title: Weir Money, link: "https://weir.example/",
              self: "https://me.example/feed.xml", description: About money}}
  - {{type: jsonl, path: episodes.jsonl}}
"""


class JobTest(WeirTest):
    def podcast(self, origin, cache="revalidate"):
        self.write("job.yaml", PODCAST.format(base=origin.url(""), cache=cache))

    def run_job(self, text=None, *args, status=0, **kw):
        if text is not None:
            self.write("job.yaml", text)
        run = self.weir("run", "job.yaml", *args, **kw)
        self.assert_status(run, status)
        return run

    def records(self, name="out.jsonl"):
        return [json.loads(line) for line in self.read(name).splitlines()]

    def feed(self, name="feed.xml"):
        """What feedparser reads: it must find nothing wrong. A process of its
        own, as its parser keeps state."""
        code = ("import feedparser, json, sys\n"
                "d = feedparser.parse(open(sys.argv[1], 'rb').read())\n"
                "print(json.dumps({'bozo': int(d.bozo), 'feed': d.feed,\n"
                "  'why': str(d.get('bozo_exception')),\n"
                "  'entries': [dict(e, enclosures=e.enclosures)\n"
                "              for e in d.entries]}, default=str))\n")
        text = subprocess.run(["/usr/bin/python3", "-c", code, self.path(name)],
                              capture_output=True, text=True, check=True,
                              timeout=120).stdout
        feed = json.loads(text)
        self.assertEqual(feed["bozo"], 0, feed["why"])
        return feed

    def again(self, origin, *args):
        """The same origin, started anew at its port with other arguments."""
        port = origin.port
        origin.end()
        return self.origin(*args, listen=(f"127.0.0.1:{port}",))


__all__ = ["JobTest", "PODCAST", "sys", "unittest"]
