"""weir tiles: archives and folders, answers, resuming, refreshing."""
import gzip
import os
import resource
import signal
import sqlite3
import time

import harness
import pmtiles
from harness import WeirTest
from tileserver import TileServer, png, tile

WORLD = ("--bbox", "-180,-85.0511,180,85.0511")
VECTOR = (b"\x1a\x21"  # one layer: name, version, a feature, key, value
          b"\x0a\x05water\x78\x02"
          b"\x12\x09\x12\x02\x00\x00\x18\x01\x22\x01\x09"
          b"\x1a\x04name\x22\x05\x0a\x03sea")


def all_tiles(last):
    return [(z, x, y) for z in range(last + 1) for x in range(1 << z)
            for y in range(1 << z)]


class TilesTest(WeirTest):
    def tiles(self, server, out, *args, zoom="0-3", region=WORLD, **kw):
        return self.weir("tiles", server.template, *region, "--zoom", zoom,
                         "-o", out, *args, **kw)

    def rows(self, name, sql):
        db = sqlite3.connect(f"file:{self.path(name)}?mode=ro", uri=True)
        try:
            return db.execute(sql).fetchall()
        finally:
            db.close()

    def content(self, name):
        """{(z, x, y): bytes}"""
        if name.endswith(".pmtiles"):
            archive = pmtiles.Archive(self.path(name))
            archive.check()
            return archive.tiles()
        if name.endswith(".mbtiles"):
            return {(z, x, (1 << z) - 1 - row): bytes(data)
                    for z, x, row, data in self.rows(
                        name, "SELECT * FROM tiles")}
        return {tuple(int(n) for n in f.split(".")[0].split("/")):
                self.read(name, f) for f in self.files(name)
                if not f.startswith(".")}


class Archives(TilesTest):
    def test_mbtiles(self):
        server = TileServer(self)
        self.ok(self.tiles(server, "out/w.mbtiles", "--attribution", "(c) me",
                           "--description", "All of it", "--type", "overlay"))
        wanted = {t: tile(*t) for t in all_tiles(3)}
        self.assertEqual(self.content("out/w.mbtiles"), wanted)
        self.assertEqual(self.rows("out/w.mbtiles", "PRAGMA application_id"),
                         [(0x4D504258,)])
        self.assertEqual(
            self.rows("out/w.mbtiles", "SELECT count(*) FROM images"),
            [(len(set(wanted.values())),)])
        meta = dict(self.rows("out/w.mbtiles", "SELECT * FROM metadata"))
        self.assertEqual(meta, {
            "name": "w", "format": "png", "minzoom": "0", "maxzoom": "3",
            "bounds": "-180,-85.0511,180,85.0511", "center": "0,0,1",
            "attribution": "(c) me", "description": "All of it",
            "type": "overlay", "version": "1",
            "generator": meta["generator"]})
        self.assertRegex(meta["generator"], r"^weir/\d")
        # One file, nothing beside it.
        self.assertEqual(self.files("out"), ["w.mbtiles"])

    def test_along_the_hilbert_curve(self):
        server = TileServer(self)
        self.ok(self.tiles(server, "w.mbtiles", "-j", "1"))
        ids = {pmtiles.zxy(i): i for i in range(85)}
        asked = [ids[tuple(int(n) for n in p[1:-4].split("/"))]
                 for p in server.paths()]
        self.assertEqual(asked, list(range(85)))

    def test_tms_row_of_the_specification(self):
        server = TileServer(self)
        self.write("list", "11/327/791\n")
        self.ok(self.weir("tiles", server.template, "--list", "list", "-o",
                          "one.mbtiles"))
        self.assertEqual(
            self.rows("one.mbtiles", "SELECT zoom_level, tile_column, tile_row "
                                     "FROM tiles"), [(11, 327, 1256)])

    def test_pmtiles(self):
        server = TileServer(self)
        self.ok(self.tiles(server, "w.pmtiles", "--name", "world"))
        archive = pmtiles.Archive(self.path("w.pmtiles"))
        archive.check()
        self.assertEqual(archive.tiles(), {t: tile(*t) for t in all_tiles(3)})
        self.assertEqual((archive.clustered, archive.compression, archive.kind,
                          archive.minzoom, archive.maxzoom), (1, 1, 2, 0, 3))
        self.assertEqual(archive.bounds, [-180, -85.0511, 180, 85.0511])
        self.assertEqual(archive.metadata["name"], "world")
        self.assertLess(archive.entries, archive.addressed)  # the sea runs
        # The same again changes nothing.
        before = os.stat(self.path("w.pmtiles"))
        self.ok(self.tiles(server, "w.pmtiles", "--name", "world"))
        after = os.stat(self.path("w.pmtiles"))
        self.assertEqual(before.st_mtime_ns, after.st_mtime_ns)
        self.assertEqual(len(server.requests), 85)

    def test_pmtiles_with_leaves(self):
        server = TileServer(self)
        self.ok(self.tiles(server, "w.pmtiles", "-j", "32", zoom="0-6",
                           timeout=120))
        archive = pmtiles.Archive(self.path("w.pmtiles"))
        archive.check()
        self.assertGreater(archive.leaf_count, 1)
        self.assertEqual(archive.tiles(), {t: tile(*t) for t in all_tiles(6)})

    def test_folder(self):
        server = TileServer(self)
        server.answers["/2/1/1.png"] = (404, {}, b"")
        self.ok(self.tiles(server, "out"))
        wanted = {t: tile(*t) for t in all_tiles(3) if t != (2, 1, 1)}
        self.assertEqual(self.content("out"), wanted)
        self.assertEqual([f for f in self.files("out") if f.startswith(".")],
                         [".weir-tiles"])

    def test_folder_respects_strangers(self):
        server = TileServer(self)
        self.write("out/1/0/0.png", "mine")
        run = self.tiles(server, "out", zoom="0-1")
        self.assert_status(run, 3)
        self.assertIn("out/1/0/0.png exists and weir did not write it",
                      run.message)
        self.assertEqual(self.read("out/1/0/0.png"), b"mine")
        self.ok(self.tiles(server, "out", "--overwrite", zoom="0-1"))
        self.assertEqual(self.read("out/1/0/0.png"), tile(1, 0, 0))
        # A file that was changed behind weir's back is fetched again.
        self.write("out/1/1/0.png", "damaged")
        self.ok(self.tiles(server, "out", zoom="0-1"))
        self.assertEqual(self.read("out/1/1/0.png"), tile(1, 1, 0))

    def test_vector_tiles(self):
        server = TileServer(self)
        server.answers["/0/0/0.pbf"] = (200, {}, VECTOR)
        packed = gzip.compress(VECTOR)
        server.answers["/1/0/0.pbf"] = (
            200, {"Content-Encoding": "gzip"}, packed)
        server.answers["/1/0/1.pbf"] = (200, {}, b"")
        server.answers["/1/1/1.pbf"] = (204, {}, b"")
        server.answers["/1/1/0.pbf"] = (200, {}, b"<html>no</html>")
        server.template = server.template.replace(".png", ".pbf")
        for args in ((), ("--compressed",)):
            name = f"v{len(args)}.mbtiles"
            run = self.tiles(server, name, *args, zoom="0-1")
            self.assert_status(run, 9)
            got = self.content(name)
            self.assertEqual(sorted(got), [(0, 0, 0), (1, 0, 0)])
            for data in got.values():
                self.assertEqual(gzip.decompress(data), VECTOR)
            meta = dict(self.rows(name, "SELECT * FROM metadata"))
            self.assertEqual(meta["format"], "pbf")
            layers = harness.json.loads(meta["json"])["vector_layers"]
            self.assertEqual(layers, [
                {"id": "water", "description": "", "minzoom": 0, "maxzoom": 1,
                 "fields": {"name": "String"}}])
        self.assert_status(self.tiles(server, "v.pmtiles", zoom="0-1"), 9)
        archive = pmtiles.Archive(self.path("v.pmtiles"))
        self.assertEqual((archive.kind, archive.compression), (1, 2))
        self.assertEqual(archive.metadata["vector_layers"][0]["id"], "water")

    def test_readable_while_it_grows(self):
        server = TileServer(self, delay=0.02)
        run = self.start("tiles", server.template, *WORLD, "--zoom", "0-5",
                         "-o", "w.mbtiles", "-j", "4")
        seen, deadline = set(), time.monotonic() + 60
        while len(seen) < 3 and time.monotonic() < deadline:
            if os.path.exists(self.path("w.mbtiles")):
                try:
                    seen.add(self.rows("w.mbtiles",
                                       "SELECT count(*) FROM tiles")[0][0])
                except sqlite3.OperationalError:
                    pass  # the very first moment: no tables yet
            time.sleep(0.05)
        self.assertGreaterEqual(len(seen), 3)
        second = self.weir("tiles", server.template, *WORLD, "--zoom", "0-2",
                           "-o", "w.mbtiles")
        self.assert_status(second, 10)
        self.assertIn("being written by another weir", second.message)
        run.signal(signal.SIGINT)
        self.assert_status(run.finish(), 130)


class Answers(TilesTest):
    def test_absent_tiles_are_no_errors(self):
        server = TileServer(self)
        for path, status in (("/2/0/0", 404), ("/2/0/1", 410), ("/2/1/0", 204)):
            server.answers[path + ".png"] = (status, {}, b"gone")
        run = self.ok(self.tiles(server, "w.mbtiles", "--json", zoom="2"))
        self.assertEqual(len(self.content("w.mbtiles")), 13)
        self.assertIn("13 tiles", run.message)
        self.assertIn("3 absent", run.message)
        gone = {r["status"]: r for r in run.records() if r["status"] != 200}
        self.assertEqual(sorted(gone), [204, 404, 410])
        self.assertEqual([r["error"] for r in gone.values()], [None] * 3)
        self.assertEqual(len(server.requests), 16)
        self.ok(self.tiles(server, "w.mbtiles", zoom="2"))
        self.assertEqual(len(server.requests), 16)

    def test_error_pages_are_never_stored(self):
        page = b"<!DOCTYPE html><title>403 Forbidden</title>"
        server = TileServer(self)
        bad = {"/2/0/0.png": ({"Content-Type": "image/png"}, page),
               "/2/0/1.png": ({"Content-Type": "text/html"}, page),
               "/2/0/2.png": ({}, gzip.compress(page)),
               "/2/0/3.png": ({}, b""),
               "/2/1/0.png": ({}, b'{"error": "quota"}')}
        for path, (headers, body) in bad.items():
            server.answers[path] = (200, headers, body)
        for out in ("w.mbtiles", "folder", "w.pmtiles"):
            run = self.tiles(server, out, zoom="2")
            self.assert_status(run, 9)
            self.assertEqual(len(self.content(out)), 11, out)
            self.assertIn("no tile but begins with \"<!DOCTYPE html>",
                          run.message)
            self.assertIn("5 failed", run.message)

    def test_compressed_images_are_stored_plain(self):
        server = TileServer(self)
        server.answers["/0/0/0.png"] = (
            200, {"Content-Encoding": "gzip"}, gzip.compress(tile(0, 0, 0)))
        self.ok(self.tiles(server, "w.mbtiles", zoom="0"))
        self.assertEqual(self.content("w.mbtiles"), {(0, 0, 0): tile(0, 0, 0)})

    def test_min_size(self):
        server = TileServer(self)
        server.answers["/1/0/0.png"] = (200, {}, png((1, 2, 3), side=1))
        run = self.tiles(server, "w.mbtiles", "--min-size", "71", zoom="1")
        self.assert_status(run, 9)
        self.assertIn("less than --min-size 71", run.message)
        self.assertEqual(len(self.content("w.mbtiles")), 3)

    def test_format(self):
        server = TileServer(self)
        server.answers["/1/0/0.png"] = (200, {}, b"\xff\xd8\xff\xe0 jpeg")
        run = self.tiles(server, "w.mbtiles", "--format", "png", zoom="1")
        self.assert_status(run, 9)
        self.assertIn("the tile is jpg, expected png", run.message)

    def test_large_tiles_come_in_pieces(self):
        server = TileServer(self)
        big = png((1, 2, 3)) + os.urandom(3 << 20)
        server.answers["/0/0/0.png"] = (200, {}, big)
        for out in ("w.mbtiles", "folder"):
            self.ok(self.tiles(server, out, zoom="0"))
            self.assertEqual(self.content(out), {(0, 0, 0): big})


class Shortage(TilesTest):
    def test_few_descriptors(self):
        server = TileServer(self)
        for out in ("w.mbtiles", "w.pmtiles", "out"):
            self.ok(self.tiles(server, out, zoom="4",
                               limits={resource.RLIMIT_NOFILE: 32}))
            self.assertEqual(len(self.content(out)), 256)

    def test_no_room(self):
        server = TileServer(self)
        for x in range(8):
            for y in range(8):
                server.answers[f"/3/{x}/{y}.png"] = (
                    200, {}, png((x, y, 1)) + os.urandom(20000))
        for out, size in (("w.mbtiles", 300000), ("w.pmtiles", 300000),
                          ("out", 19999)):
            run = self.tiles(server, out, zoom="3",
                             limits={resource.RLIMIT_FSIZE: size})
            self.assert_status(run, 3)
            self.ok(self.tiles(server, out, "--missing", zoom="3"))
            self.assertEqual(len(self.content(out)), 64)


class Again(TilesTest):
    def test_fresh_for_seven_days(self):
        server = TileServer(self, validators=True)
        self.ok(self.tiles(server, "w.mbtiles", zoom="2"))
        self.ok(self.tiles(server, "w.mbtiles", zoom="2"))
        self.assertEqual(len(server.requests), 16)
        self.rows_written("w.mbtiles", "UPDATE map SET fresh = fresh - 604801, "
                                       "checked = checked - 604801")
        run = self.ok(self.tiles(server, "w.mbtiles", zoom="2"))
        self.assertEqual([r.status for r in server.requests[16:]], [304] * 16)
        for r in server.requests[16:]:
            self.assertRegex(r.headers["if-none-match"], r'^"2-\d-\d"$')
            self.assertEqual(r.headers["if-modified-since"],
                             "Sun, 06 Nov 1994 08:49:37 GMT")
        self.assertIn("16 from cache", run.message)
        self.ok(self.tiles(server, "w.mbtiles", zoom="2"))  # checked just now
        self.assertEqual(len(server.requests), 32)

    def rows_written(self, name, sql):
        db = sqlite3.connect(self.path(name))
        with db:
            db.execute(sql)
        db.close()

    def test_cache_headers_are_obeyed(self):
        server = TileServer(self, validators=True,
                            headers={"Cache-Control": "max-age=0"})
        self.ok(self.tiles(server, "w.mbtiles", zoom="1"))
        self.ok(self.tiles(server, "w.mbtiles", zoom="1"))
        self.assertEqual([r.status for r in server.requests],
                         [200] * 4 + [304] * 4)

    def test_refresh(self):
        for out in ("w.mbtiles", "folder", "w.pmtiles"):
            server = TileServer(self, validators=True)
            args = ("--name", "set") if out != "w.mbtiles" else ()
            self.ok(self.tiles(server, out, *args, zoom="1"))
            archive = {"folder": "folder/.weir-tiles",
                       "w.pmtiles": "w.pmtiles.stage"}.get(out, out)
            self.rows_written(archive, "UPDATE map SET checked = checked - 90")
            self.ok(self.tiles(server, out, *args, "--refresh", "2m",
                               zoom="1"))
            self.assertEqual(len(server.requests), 4)
            server.answers["/1/0/0.png"] = (200, {}, png((9, 9, 9)))
            server.answers["/1/1/0.png"] = (404, {}, b"")
            self.ok(self.tiles(server, out, *args, "--refresh", "1m",
                               zoom="1"))
            self.assertEqual(sorted(r.status for r in server.requests[4:]),
                             [200, 304, 304, 404])
            self.assertEqual(self.content(out),
                             {(1, 0, 0): png((9, 9, 9)), (1, 0, 1):
                              tile(1, 0, 1), (1, 1, 1): tile(1, 1, 1)}, out)

    def test_unused_images_go(self):
        server = TileServer(self)
        self.ok(self.tiles(server, "w.mbtiles", zoom="1"))
        for path in server.paths():
            server.answers[path] = (200, {}, png((7, 7, 7)))
        time.sleep(1.1)
        self.ok(self.tiles(server, "w.mbtiles", "--refresh", "0.5s", zoom="1"))
        self.assertEqual(self.rows("w.mbtiles", "SELECT count(*) FROM images"),
                         [(1,)])

    def test_missing_fetches_just_that(self):
        server = TileServer(self)
        broken = [f"/4/{x}/{y}.png" for x in range(4) for y in range(5)]
        for path in broken:
            server.answers[path] = (500, {}, b"")
        run = self.tiles(server, "w.mbtiles", "--max-tries", "1", zoom="4")
        self.assert_status(run, 8)
        self.assertIn("20 failed", run.message)
        server.answers.clear()
        server.forget()
        self.rows_written("w.mbtiles", "UPDATE map SET fresh = 0")
        self.ok(self.tiles(server, "w.mbtiles", "--missing", zoom="4"))
        self.assertEqual(sorted(server.paths()), sorted(broken))
        self.assertEqual(len(self.content("w.mbtiles")), 256)

    def test_retry_failed(self):
        server = TileServer(self)
        server.answers["/1/0/1.png"] = (403, {}, b"no")
        run = self.tiles(server, "w.mbtiles", zoom="1")
        self.assert_status(run, 8)
        self.assertIn("--retry-failed", run.message)
        server.answers.clear()
        server.forget()
        self.ok(self.tiles(server, "w.mbtiles", "--retry-failed", zoom="1"))
        self.assertEqual(server.paths(), ["/1/0/1.png"])

    def test_failed_refresh_keeps_the_old_tile(self):
        server = TileServer(self)
        self.ok(self.tiles(server, "w.mbtiles", zoom="1"))
        self.rows_written("w.mbtiles", "UPDATE map SET checked = 1")
        server.answers["/1/0/0.png"] = (500, {}, b"")
        run = self.tiles(server, "w.mbtiles", "--refresh", "1h", "--retry",
                         "0", zoom="1")
        self.assert_status(run, 8)
        self.assertEqual(self.content("w.mbtiles")[(1, 0, 0)], tile(1, 0, 0))

    def test_an_archive_grows_by_another_region(self):
        server = TileServer(self)
        self.ok(self.tiles(server, "w.mbtiles", zoom="0-1"))
        self.ok(self.tiles(server, "w.mbtiles", zoom="2-3",
                           region=("--bbox", "10,50,20,60")))
        meta = dict(self.rows("w.mbtiles", "SELECT * FROM metadata"))
        self.assertEqual((meta["minzoom"], meta["maxzoom"]), ("0", "3"))
        self.assertEqual(meta["bounds"], "-180,-85.0511,180,85.0511")


class Resume(TilesTest):
    def killed(self, out):
        server = TileServer(self, delay=0.01)
        command = ("tiles", server.template, *WORLD, "--zoom", "0-5", "-o",
                   out, "-j", "8")
        rounds = 0
        for wanted in (200, 500, 900):
            run = self.start(*command)
            deadline = time.monotonic() + 60
            while len(server.requests) < wanted:
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.01)
            run.signal(signal.SIGKILL)
            run.popen.communicate()
            rounds += 1
        server.delay = 0
        run = self.ok(self.weir(*command, timeout=120))
        self.assertIn("going on with an unfinished run", run.message)
        self.assertEqual(self.content(out), {t: tile(*t) for t in all_tiles(5)})
        # Only what was not acknowledged comes twice: in flight, or in the
        # batch of 256 rows or 200 ms that the kill took along.
        self.assertLess(len(server.requests), 1365 + rounds * (256 + 64))
        return server

    def test_mbtiles_after_kill(self):
        self.killed("w.mbtiles")
        self.assertEqual(self.rows("w.mbtiles", "PRAGMA integrity_check"),
                         [("ok",)])

    def test_pmtiles_after_kill(self):
        self.killed("w.pmtiles")

    def test_folder_after_kill(self):
        self.killed("out")
        self.assertEqual([f for f in self.files("out")
                          if f.endswith(".part")], [])

    def test_a_rename_that_a_kill_prevented_is_done(self):
        server = TileServer(self)
        self.ok(self.tiles(server, "out", zoom="0"))
        os.rename(self.path("out/0/0/0.png"), self.path("out/0/0/0.png.part"))
        self.ok(self.tiles(server, "out", zoom="0"))
        self.assertEqual(len(server.requests), 1)
        self.assertEqual(self.content("out"), {(0, 0, 0): tile(0, 0, 0)})

    def test_interrupted(self):
        server = TileServer(self, delay=0.02)
        command = ("tiles", server.template, *WORLD, "--zoom", "0-4", "-o",
                   "w.pmtiles")
        run = self.start(*command)
        while len(server.requests) < 50:
            time.sleep(0.01)
        run.signal(signal.SIGINT)
        self.assert_status(run.finish(), 130)
        self.assertFalse(os.path.exists(self.path("w.pmtiles")))
        self.ok(self.weir(*command))
        self.assertEqual(self.content("w.pmtiles"),
                         {t: tile(*t) for t in all_tiles(4)})
        self.assertEqual(len(server.requests), 341)  # each once


if __name__ == "__main__":
    harness.main()
