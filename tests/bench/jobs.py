"""Scraping jobs: a thousand podcast pages into a feed, and once more.

The ideal is ten waves of a hundred pages at 250 ms: 2.50 s. Scrapy does the
same with its own selectors (libxml2's parser, as `parser: libxml2` here) when
it is installed.
"""

import subprocess

PAGES, LATENCY_MS, PAGE_BYTES, AT_ONCE = 1000, 250, 30720, 100

JOB = """name: bench
parser: {parser}
start: {{list: {list}}}
limits: {{concurrency: {n}, per_host: {n}, robots: false}}
pages:
  episode:
    cache: fresh:1h
    fields:
      title: h1
      date: {{select: time@datetime, type: date}}
      audio: audio source@src
      bytes: {{select: audio source@data-bytes, type: int}}
      guest: {{select: .byline, regex: 'with (.+)$'}}
      duration: .duration
      cover: img.cover@src
      link: "url:"
output:
  type: rss
  path: {feed}
  enclosure: audio
  enclosure_length: bytes
  length: page
  channel: {{title: Bench, link: "http://b.example/", description: bench}}
"""

ARCHIVE = """name: archive
start: http://127.0.0.1:{port}/demo/podcast/
limits: {{concurrency: {n}, per_host: {n}}}
pages:
  list:
    items: article.ep
    fields: {{title: h2}}
    next: a.older
    follow: {{select: h2 a@href, page: episode, merge: true}}
  episode:
    fields:
      date: {{select: time@datetime, type: date}}
      audio: audio source@src
      notes: {{select: .notes, type: html}}
      link: "url:"
output:
  type: rss
  path: {feed}
  enclosure: audio
  description: notes
  channel: {{title: Bench, link: "http://b.example/", description: bench}}
"""

SPIDER = '''import scrapy
class Episodes(scrapy.Spider):
    name = "episodes"
    start_urls = open({list!r}).read().split()
    custom_settings = {{
        "CONCURRENT_REQUESTS": {n}, "CONCURRENT_REQUESTS_PER_DOMAIN": {n},
        "ROBOTSTXT_OBEY": False, "LOG_ENABLED": False,
        "FEEDS": {{{feed!r}: {{"format": "jsonlines", "overwrite": True}}}}}}
    def parse(self, response):
        yield {{
            "title": response.css("h1::text").get(),
            "date": response.css("time::attr(datetime)").get(),
            "audio": response.urljoin(
                response.css("audio source::attr(src)").get()),
            "bytes": int(response.css("audio source::attr(data-bytes)").get()),
            "guest": response.css(".byline::text").re_first("with (.+)$"),
            "duration": response.css(".duration::text").get(),
            "cover": response.urljoin(
                response.css("img.cover::attr(src)").get()),
            "link": response.url}}
'''


def has_scrapy():
    return subprocess.run(["/usr/bin/python3", "-c", "import scrapy"],
                          capture_output=True).returncode == 0


def weir(site, url_list, parser):
    feed = site.run / f"feed-{parser}.xml"
    path = site.run / f"job-{parser}.yaml"
    path.write_text(JOB.format(parser=parser, list=url_list, n=AT_ONCE,
                               feed=feed))
    return feed, [site.weir, "run", "-q", "--store", site.run / "weir.db",
                  path]


def archive(site, port):
    """The whole of it: robots.txt, listing pages, episodes, enclosures."""
    feed = site.run / "archive.xml"
    path = site.run / "archive.yaml"
    path.write_text(ARCHIVE.format(port=port, n=AT_ONCE, feed=feed))
    return feed, [site.weir, "run", "-q", "--store", site.run / "weir.db",
                  path]


def ideal_s(journal):
    """What had to be waited for one after the other: robots.txt, each listing
    page, the last one's episodes, their enclosures."""
    listing = [e for e in journal if e["ev"] == "start" and
               "/episodes/" not in e["target"] and
               e["target"].startswith("/demo/podcast/") and
               "/audio/" not in e["target"]]
    return (1 + len(listing) + 2) * LATENCY_MS / 1000


def scrapy(site, url_list):
    feed = site.run / "scrapy.jsonl"
    path = site.run / "spider.py"
    path.write_text(SPIDER.format(list=str(url_list), n=AT_ONCE,
                                  feed=str(feed)))
    return feed, ["/usr/bin/python3", "-m", "scrapy", "runspider", path]


def check(path, needle):
    found = path.read_bytes().count(needle) if path.exists() else 0
    return None if found == PAGES else f"{found} records, not {PAGES}"
