"""The demo sites are whole: every link leads somewhere, images are images."""
import html.parser
import json
import os
import socket
import struct
import subprocess
import urllib.error
import urllib.request
import zlib

import harness
from harness import WeirTest


class Page(html.parser.HTMLParser):
    """Links and sources of a page, and the classes it has."""

    def __init__(self, text):
        super().__init__()
        self.links, self.sources, self.classes = {}, [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "a":
            self.links.setdefault(a.get("class"), []).append(a["href"])
        if "src" in a:
            self.sources.append(a["src"])
        self.classes.append(a.get("class"))


def check_png(data):
    """Chunks with their CRCs, and the pixels' size."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(data):
        size, = struct.unpack(">I", data[at:at + 4])
        kind, body = data[at + 4:at + 8], data[at + 8:at + 8 + size]
        crc, = struct.unpack(">I", data[at + 8 + size:at + 12 + size])
        assert crc == zlib.crc32(kind + body), kind
        if kind == b"IHDR":
            width, height = struct.unpack(">II", body[:8])
        if kind == b"IDAT":
            packed += body
        at += 12 + size
    assert kind == b"IEND"
    assert len(zlib.decompress(packed)) == height * (1 + width // 4)
    return width


class Demo(WeirTest):
    def setUp(self):
        super().setUp()
        self.server = self.origin("--demo-episodes", "25")

    def ask(self, path):
        url = path if "://" in path else self.server.url(path)
        with urllib.request.urlopen(url, timeout=10) as r:
            return r.read(), r.headers

    def status(self, path):
        try:
            self.ask(path)
            return 200
        except urllib.error.HTTPError as e:
            return e.code

    def page(self, path):
        return Page(self.ask(path)[0].decode())

    def test_list(self):
        text, _ = self.ask("/demo/list.txt")
        urls = [u for u in text.decode().splitlines() if u[0] != "#"]
        self.assertGreater(len(urls), 50)
        self.assertEqual(len(urls), len(set(urls)))
        for url in urls:
            data, headers = self.ask(url)
            self.assertIn("ETag", headers)
            if headers["Content-Type"] == "image/png":
                check_png(data)

    def test_podcast(self):
        path, episodes = "/demo/podcast/", []
        while path:
            page = self.page(path)
            episodes += page.links[None]
            path = (page.links.get("older") or [None])[0]
        self.assertEqual(episodes, [f"/demo/podcast/episodes/{n}"
                                    for n in range(25, 0, -1)])
        for path in episodes:
            page = self.page(path)
            self.assertTrue({"episode", "notes", "duration", "byline",
                             "cover"} <= set(page.classes))
            for source in page.sources:
                self.ask(source)
        self.assertEqual(self.status("/demo/podcast/episodes/26"), 404)
        self.assertEqual(self.status("/demo/podcast/page/4"), 404)

    def test_tiles(self):
        seen, missing = [], 0
        for x in range(16):
            for y in range(16):
                path = f"/demo/tiles/4/{x}/{y}.png"
                if self.status(path) == 404:
                    missing += 1
                    continue
                data, _ = self.ask(path)
                self.assertEqual(check_png(data), 256)
                seen.append(data)
        self.assertGreater(missing, 0)
        self.assertLess(len(set(seen)), len(seen), "oceans repeat")
        self.assertGreater(len(set(seen)), 50)
        self.assertEqual(self.status("/demo/tiles/4/16/0.png"), 404)

    def test_api(self):
        users, page = [], 1
        while True:
            data, headers = self.ask(f"/demo/api/users?page={page}")
            got = json.loads(data)
            if not got:
                break
            self.assertEqual("next" in headers.get("Link", ""), page < 5)
            users += got
            page += 1
        self.assertEqual([u["id"] for u in users], list(range(1, 96)))
        self.assertEqual(json.loads(self.ask(users[7]["url"])[0]), users[7])
        check_png(self.ask(users[0]["avatar_url"])[0])
        players = json.loads(self.ask("/demo/api/players")[0])["players"]
        for player in players:
            self.assertIn("stats", self.page(player["url"]).classes)

    def test_weather(self):
        got = json.loads(self.ask("/demo/weather?lat=54.305902&lon=10.123282")
                         [0])
        self.assertIsInstance(got["current"]["temp"], float)
        self.assertTrue(got["current"]["text"])
        for query in ("", "?lat=1", "?lat=x&lon=1", "?lat=91&lon=0"):
            self.assertEqual(self.status("/demo/weather" + query), 400)

    def test_quotes(self):
        path, quotes = "/demo/quotes/", 0
        while path:
            page = self.page(path)
            quotes += page.classes.count("quote")
            path = next((h for h in page.links.get(None, [])
                         if "page" in h), None)
        self.assertEqual(quotes, 50)


class Readme(WeirTest):
    def test_first_minute_can_be_pasted(self):
        """Every line as it stands, but for the build and the port."""
        with open(os.path.join(harness.HERE, "../../README.md")) as f:
            text = f.read().split("## The first minute")[1]
        script = text.split("```sh\n")[1].split("```")[0]
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        script = script.replace("8080", str(port)).replace(
            "$PWD/build/release", harness.BUILD).replace(
            "build/release/weir-origin", harness.BUILD
            + "/weir-origin --lifetime 120 --port-file up")
        lines = script.splitlines()
        at = next(n for n, line in enumerate(lines)
                  if line.startswith("weir get"))
        lines[at:at] = ["set -e; trap 'kill $!' EXIT",
                        "until [ -s up ]; do sleep 0.05; done"]
        self.assertEqual(lines[-1], "kill %1")
        lines[-1] = "trap - EXIT; kill %1"
        self.write("minute.sh", "shopt -s expand_aliases; set -m\n"
                   + "\n".join(lines) + "\n")
        got = subprocess.run(["bash", "minute.sh"], cwd=self.dir, timeout=100,
                             env=self.env, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(got.returncode, 0, got.stderr)
        self.assertIn(b"from cache", got.stderr)
        self.assertIn(b'"status":200', got.stdout)
        self.assertEqual(len(self.files("demo/slow")),
                         len(self.files("demo/site")))


if __name__ == "__main__":
    harness.main()
