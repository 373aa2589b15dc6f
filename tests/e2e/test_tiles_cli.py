"""weir tiles: regions, templates, what is refused, manners, previews."""
import json
import os
import sqlite3
import subprocess

import harness
from harness import WeirTest
from tileserver import SEA, TileServer, colour_of, read_png

KIEL = ("--bbox", "9.9,54.2,10.3,54.5")
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
EXAMPLES = os.path.join(TOP, "examples")
SCRIPTS = os.path.join(TOP, "scripts")


class CliTest(WeirTest):
    def refused(self, *args, part, status=2, template=None):
        run = self.weir("tiles", template or "http://127.0.0.1:1/{z}/{x}/{y}",
                        *args)
        self.assert_status(run, status)
        self.assertIn(part, run.message)
        return run

    def counts(self, run):
        """{zoom: tiles} of --dry-run."""
        lines = [line.split() for line in run.text.splitlines()[1:]]
        return {int(w[0]): int(w[1]) for w in lines if w[0] != "all"}


class Regions(CliTest):
    def dry(self, *args, **kw):
        return self.counts(self.ok(self.weir(
            "tiles", "http://127.0.0.1:1/{z}/{x}/{y}", *args, "--dry-run",
            **kw)))

    def test_box(self):
        # Counted with the formulas by hand.
        self.assertEqual(self.dry(*KIEL, "--zoom", "12-14"),
                         {12: 6 * 7, 13: 10 * 13, 14: 19 * 25})

    def test_own_bounds_give_one_tile(self):
        self.assertEqual(self.dry("--bbox", "-180,0,0,85.0511287798066",
                                  "--zoom", "0-3"), {0: 1, 1: 1, 2: 4, 3: 16})

    def test_antimeridian(self):
        self.assertEqual(self.dry("--bbox", "170,-10,-170,10", "--zoom", "0-4"),
                         {0: 1, 1: 4, 2: 4, 3: 4, 4: 4})

    def test_a_country_to_zoom_24_is_counted_at_once(self):
        counts = self.dry("--bbox", "5.8,47.2,15.1,55.1", "--zoom", "0-24")
        self.assertGreater(sum(counts.values()), 10 ** 11)

    def test_circle(self):
        counts = self.dry("--center", "10.123282,54.305902", "--radius", "10",
                          "--zoom", "0-14")
        box = self.dry("--bbox", "9.9691,54.2160,10.2774,54.3958", "--zoom",
                       "14")
        self.assertEqual(counts[0], 1)
        self.assertLess(counts[14], box[14])  # without the corners
        self.assertGreater(counts[14], box[14] * 0.7)

    def test_polygon(self):
        shape = {"type": "Feature", "properties": {}, "geometry": {
            "type": "Polygon", "coordinates": [
                [[0, 0], [45, 0], [45, 40.9798980696], [0, 40.9798980696],
                 [0, 0]]]}}
        self.write("a.geojson", json.dumps(shape))
        self.assertEqual(self.dry("--polygon", "a.geojson", "--zoom", "0-5"),
                         {0: 1, 1: 1, 2: 1, 3: 1, 4: 4, 5: 16})

    def test_list_on_standard_input(self):
        server = TileServer(self)
        self.ok(self.weir("tiles", server.template, "--list", "-", "-o", "out",
                          stdin=b"# two\n3/1/2\n\n12/3423/1763\r\n"))
        self.assertEqual(sorted(server.paths()),
                         ["/12/3423/1763.png", "/3/1/2.png"])
        run = self.weir("tiles", server.template, "--list", "-", "-o", "out2",
                        stdin=b"3/1/2\n3/8/0\n3/0/0\n")
        self.assert_status(run, 2)
        self.assertIn("standard input:2", run.message)
        self.assertEqual(len(server.requests), 4)


class Refused(CliTest):
    def test_boxes(self):
        for box, part in (("10,55,11,54", "swapped"),
                          ("10,54,11,86", "Web Mercator ends at 85.0511"),
                          ("10,-90,11,80", "Web Mercator ends at 85.0511"),
                          ("10,54,200,55", "beyond 180"),
                          ("10,54,11", "west,south,east,north"),
                          ("a,b,c,d", "west,south,east,north")):
            self.refused("--bbox", box, "--zoom", "0-3", "-o", "x.mbtiles",
                         part=part)
        self.assertEqual(self.files("."), [])

    def test_zooms(self):
        for zoom, part in (("0-25", "from 0 to 24"), ("5-2", "beyond the last"),
                           ("x", "expected a zoom"), ("-1", "expected"),
                           ("1-", "expected")):
            self.refused(*KIEL, "--zoom", zoom, "-o", "x.mbtiles", part=part)
        self.refused(*KIEL, "-o", "x.mbtiles", part="--zoom A-B is missing")

    def test_templates(self):
        for template, part in (
                ("http://h/{z}/{x}.png", "needs {z}, {x} and {y}"),
                ("http://h/map.png", "needs {z}, {x} and {y}"),
                ("http://h/{z}/{x}/{y}/{tile}", "unknown placeholder {tile}"),
                ("ftp://h/{z}/{x}/{y}", "neither http nor https"),
                ("h/{z}/{x}/{y}", "the template")):
            self.refused(*KIEL, "--zoom", "1", "-o", "x.mbtiles",
                         template=template, part=part)

    def test_contradictions(self):
        self.refused("--zoom", "1", "-o", "x", part="say which tiles")
        self.refused(*KIEL, "--list", "l", "-o", "x", part="in one way")
        self.refused("--center", "1,2", "--zoom", "1", "-o", "x",
                     part="go together")
        self.refused(*KIEL, "--zoom", "1", part="--output is missing")
        self.refused(*KIEL, "--zoom", "1", "-o", "-", part="standard output")
        self.refused(*KIEL, "--zoom", "1", "-o", "x", "--missing",
                     "--refresh", "1d", part="exclude")
        self.refused("--polygon", "none", "--zoom", "1", "-o", "x", status=3,
                     part="none")
        self.write("bad", '{"type":"Point","coordinates":[1,2]}')
        self.refused("--polygon", "bad", "--zoom", "1", "-o", "x",
                     part="no Polygon")

    def test_outputs_of_somebody_else(self):
        server = TileServer(self)
        self.write("text.mbtiles", "not a database at all")
        self.write("text.pmtiles", "PMTiles\x03 of somebody")
        for name, sql in (("db.mbtiles", "CREATE TABLE t (a)"),
                          ("other.mbtiles",
                           "PRAGMA application_id = 0x4d504258; "
                           "CREATE TABLE metadata (name, value)")):
            db = sqlite3.connect(self.path(name))
            db.executescript(sql)
            db.close()
        for name, part in (("text.mbtiles", "no tile archive"),
                           ("text.pmtiles", "is gone"),
                           ("db.mbtiles", "no tile archive of weir's"),
                           ("other.mbtiles", "weir did not make")):
            before = self.read(name)
            self.refused(*KIEL, "--zoom", "1", "-o", name, status=3, part=part,
                         template=server.template)
            self.assertEqual(self.read(name), before)
        self.assertEqual(server.requests, [])
        for name in ("text.mbtiles", "text.pmtiles", "db.mbtiles"):
            self.ok(self.weir("tiles", server.template, *KIEL, "--zoom", "1",
                              "-o", name, "--overwrite"))
            self.assertNotEqual(self.read(name)[:3], b"not")

    def test_archives_of_another_set(self):
        server = TileServer(self)
        self.ok(self.weir("tiles", server.template, *KIEL, "--zoom", "1", "-o",
                          "a.mbtiles", "--name", "first"))
        before = self.read("a.mbtiles")
        asked = len(server.requests)
        again = ("--zoom", "1", "-o", "a.mbtiles")
        self.refused(*KIEL, *again, "--name", "second", status=3,
                     part="its name is first, not second",
                     template=server.template)
        self.refused(*KIEL, *again, status=3, part="its format is png, not jpg",
                     template=server.base + "/{z}/{x}/{y}.jpg")
        self.refused(*KIEL, *again, status=3, part="of another URL",
                     template=server.base + "/hills/{z}/{x}/{y}.png")
        self.assertEqual(len(server.requests), asked)
        db = sqlite3.connect(self.path("a.mbtiles"))
        self.assertEqual(db.execute("SELECT value FROM metadata WHERE name = "
                                    "'name'").fetchall(), [("first",)])
        db.close()
        self.assertEqual(len(before), len(self.read("a.mbtiles")))
        self.ok(self.weir("tiles", server.base + "/hills/{z}/{x}/{y}.png",
                          *KIEL, *again, "--name", "first"))


class Manners(CliTest):
    def test_openstreetmap_is_refused(self):
        for host in ("tile.openstreetmap.org", "{s}.tile.openstreetmap.org",
                     "TILE.OpenStreetMap.org.", "x.tile.openstreetmap.org:80",
                     "{switch:my.host,tile.openstreetmap.org}"):
            run = self.refused(*KIEL, "--zoom", "0-3", "-o", "x.mbtiles",
                               template=f"http://{host}/{{z}}/{{x}}/{{y}}.png",
                               part="prohibits bulk downloads")
            self.assertIn("tile server of your own", run.message)
            self.assertIn("--own-server", run.message)
        self.refused(*KIEL, "--zoom", "0", "--dry-run",
                     template="https://tile.openstreetmap.org/{z}/{x}/{y}.png",
                     part="prohibits bulk downloads")
        self.assertEqual(self.files("."), [])

    def test_nor_by_a_redirect(self):
        """A server of one's own that sends us there does not change it."""
        server = TileServer(self)
        script = self.write("rules", "/0/0/0* -> /redirect-to?url=http://"
                            f"tile.openstreetmap.org:{server.port}/0/0/0.png\n")
        origin = self.origin("--script", script)
        args = (origin.url("/{z}/{x}/{y}.png"), *KIEL, "--zoom", "0", "-o",
                "x.mbtiles", "--resolve",
                f"tile.openstreetmap.org:{server.port}:127.0.0.1")
        run = self.weir("tiles", *args)
        self.assert_status(run, 2)
        self.assertIn("prohibits bulk downloads", run.message)
        self.assertEqual(server.requests, [])
        self.ok(self.weir("tiles", *args, "--own-server", "--retry-failed"))
        self.assertEqual(len(server.requests), 1)

    def test_those_who_run_it_may(self):
        server = TileServer(self)
        host = f"tile.openstreetmap.org:{server.port}"
        self.ok(self.weir("tiles", f"http://{host}/{{z}}/{{x}}/{{y}}.png",
                          *KIEL, "--zoom", "0", "-o", "x.mbtiles",
                          "--own-server", "--resolve", f"{host}:127.0.0.1"))
        self.assertEqual(len(server.requests), 1)

    def test_other_hosts_are_not(self):
        self.ok(self.weir("tiles", "http://nottile.openstreetmap.org/{q}",
                          *KIEL, "--zoom", "0", "--dry-run"))

    def test_contact(self):
        server = TileServer(self)
        self.ok(self.weir("tiles", server.template, *KIEL, "--zoom", "0", "-o",
                          "x.mbtiles", "--contact", "me@example.org"))
        headers = server.requests[0].headers
        self.assertRegex(headers["user-agent"],
                         r"^weir/[\d.]+ \(\+me@example\.org\)$")
        self.assertEqual(headers["from"], "me@example.org")

    def test_concurrency(self):
        tiles = "".join(f"5/{x}/{y}\n" for x in range(4) for y in range(5))
        self.write("list", tiles)
        for args, peak in ((("-j", "20"), 20), (("-j", "1"), 1)):
            origin = self.origin()
            self.ok(self.weir(
                "tiles", origin.url("/delay/150/tiles/{z}/{x}/{y}.png"),
                "--list", "list", "-o", f"c{peak}", *args))
            requests = origin.arrivals("/delay/")
            self.assertEqual(len(requests), 20)
            events = sorted([(r["t"], 1) for r in requests] +
                            [(r["end_t"], -1) for r in requests])
            most = now = 0
            for _, step in events:
                now += step
                most = max(most, now)
            self.assertEqual(most, peak)

    def test_subdomains_and_retina(self):
        origin = self.origin()
        self.ok(self.weir(
            "tiles", origin.url("/status/404?{s}{r}-{-y}-{quadkey}/{z}/{x}/{y}"),
            "--list", "-", "-o", "out", "--retina", "--subdomains", "p,q",
            stdin=b"3/3/5\n3/3/4\n"))
        self.assertEqual(sorted(r["target"] for r in origin.arrivals()), [
            "/status/404?p@2x-2-213/3/3/5", "/status/404?q@2x-3-211/3/3/4"])


class DryRun(CliTest):
    def test_time_at_a_rate(self):
        run = self.ok(self.weir("tiles", "http://127.0.0.1:1/{z}/{x}/{y}",
                                *KIEL, "--zoom", "14", "--rate", "5/s",
                                "--dry-run"))
        self.assertIn("475 tiles, at least 1:35 at this rate", run.message)
        self.assertEqual(self.files("."), [])

    def test_sample(self):
        server = TileServer(self)
        run = self.ok(self.weir("tiles", server.template, *KIEL, "--zoom",
                                "0-14", "--dry-run", "--sample", "5", "-j",
                                "4"))
        tiles = self.counts(run)
        self.assertEqual(len(server.requests),
                         sum(min(5, n) for n in tiles.values()))
        self.assertEqual(len(set(server.paths())), len(server.requests))
        size = len(server.answer("/14/8650/5230.png", {})[2])
        self.assertRegex(run.message, r"about [\d.]+ KiB, about ")
        got = float(run.message.split("about ")[1].split()[0])
        want = sum(tiles.values()) * size / 1024
        self.assertLess(abs(got - want), want * 0.1)
        self.assertFalse(os.path.exists(self.path("out")))

    def test_list(self):
        run = self.ok(self.weir("tiles", "http://127.0.0.1:1/{z}/{x}/{y}",
                                "--list", "-", "--dry-run",
                                stdin=b"1/0/0\n1/0/1\n4/1/1\n"))
        self.assertEqual(self.counts(run), {1: 2, 4: 1})


class Previews(CliTest):
    def test_picture(self):
        server = TileServer(self)
        server.answers["/2/1/0.png"] = (404, {}, b"")
        server.answers["/2/2/0.png"] = (403, {}, b"")
        run = self.weir("tiles", server.template, "--bbox",
                        "-180,-85.05,180,85.05", "--zoom", "0-2", "-o",
                        "w.mbtiles", "--preview", "p.png", "--max-tries", "1")
        self.assert_status(run, 8)
        width, height, at = read_png(self.read("p.png"))
        self.assertEqual((width, height), (1024, 1024))
        self.assertEqual(at(100, 100), SEA)
        self.assertEqual(at(600, 900), colour_of(2, 2, 3))
        absent = {at(256 + i, 100) for i in range(255)}
        self.assertEqual(absent, {(0xD8,) * 3, (0xA0,) * 3})
        self.assertEqual(at(512 + 127, 127), (0xD0, 0x20, 0x20))
        self.assertEqual(at(512 + 127, 5), (0xFF, 0xE4, 0xE4))

    def test_zoom_and_formats(self):
        server = TileServer(self)
        server.answers["/1/0/0.png"] = (200, {}, b"GIF89a...")
        self.ok(self.weir("tiles", server.template, "--bbox",
                          "-180,-85.05,180,85.05", "--zoom", "0-3", "-o", "out",
                          "--preview", "p.png", "--preview-zoom", "1"))
        width, height, at = read_png(self.read("p.png"))
        self.assertEqual((width, height), (512, 512))
        self.assertEqual(at(0, 0), (0x30, 0x30, 0x60))  # a frame
        self.assertEqual(at(5, 5), (0xF0, 0xF0, 0xFF))
        self.assertEqual(at(300, 300), colour_of(1, 1, 1))


class Readers(CliTest):
    """Programs of others read what weir writes."""

    def command(self, *argv, **kw):
        run = subprocess.run(argv, cwd=self.dir, capture_output=True, text=True,
                             timeout=600, **kw)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def archive(self):
        server = TileServer(self)
        server.answers["/5/17/11.png"] = (404, {}, b"")
        self.ok(self.weir("tiles", server.template, "--bbox", "0,40,30,60",
                          "--zoom", "0-5", "-o", "e.mbtiles", "--name",
                          "Europe", "--attribution", "(c) us"))

    def test_gdal(self):
        self.archive()
        info = json.loads(self.command("gdalinfo", "-json", "e.mbtiles"))
        self.assertEqual(info["driverShortName"], "MBTiles")
        self.assertEqual(info["metadata"][""]["name"], "Europe")
        west, north = info["wgs84Extent"]["coordinates"][0][0]
        self.assertAlmostEqual(west, 0, places=4)
        self.assertAlmostEqual(north, 60, places=1)
        # The middle of 5/18/10, in metres.
        side = 2 * 20037508.342789244 / 32
        x, y = -20037508.342789244 + 18.5 * side, 20037508.342789244 - \
            10.5 * side
        self.command("gdal_translate", "-q", "-of", "PNG", "-b", "1", "-b",
                     "2", "-b", "3", "-projwin", str(x - side / 4),
                     str(y + side / 4), str(x + side / 4), str(y - side / 4),
                     "e.mbtiles", "part.png")
        width, height, at = read_png(self.read("part.png"))
        self.assertEqual(at(width // 2, height // 2), colour_of(5, 18, 10))

    def test_mapbox(self):
        self.archive()
        script = """
            const MBTiles = require("@mapbox/mbtiles");
            new MBTiles("%s?mode=ro", (error, tiles) => {
                if (error) throw error;
                tiles.getInfo((error, info) => {
                    if (error) throw error;
                    tiles.getTile(5, 18, 10, (error, data, headers) => {
                        if (error) throw error;
                        console.log(JSON.stringify(
                            {info, headers, data: data.toString("hex")}));
                    });
                });
            });""" % self.path("e.mbtiles")
        env = dict(os.environ, NODE_PATH=node_modules())
        got = json.loads(self.command("node", "-e", script, env=env))
        self.assertEqual(got["info"]["name"], "Europe")
        self.assertEqual(got["info"]["format"], "png")
        self.assertEqual(got["info"]["bounds"], [0, 40, 30, 60])
        self.assertEqual((got["info"]["minzoom"], got["info"]["maxzoom"]),
                         (0, 5))
        self.assertEqual(got["headers"]["Content-Type"], "image/png")
        self.assertEqual(
            read_png(bytes.fromhex(got["data"]))[2](0, 0), colour_of(5, 18, 10))


def node_modules():
    """@mapbox/mbtiles, which scripts/node-packages installs beside the
    builds, once."""
    top = os.path.join(os.path.dirname(harness.BUILD), "node")
    subprocess.run([os.path.join(SCRIPTS, "node-packages"), top], check=True,
                   stdout=subprocess.DEVNULL, timeout=600)
    return os.path.join(top, "node_modules")


class Examples(CliTest):
    def test_tiles(self):
        origin = self.origin()
        run = subprocess.run(
            [os.path.join(EXAMPLES, "tiles.sh"), origin.url("/demo/tiles"),
             "maps"], cwd=self.dir, env={**self.env, "WEIR": harness.WEIR},
            capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual([f for f in self.files("maps") if "stage" not in f],
                         ["kiel.mbtiles", "kiel.pmtiles", "kiel.png"])
        tiles = int(run.stdout.split("all")[1].split()[0])
        self.assertEqual(len(origin.arrivals()), 2 * tiles)


if __name__ == "__main__":
    harness.main()
