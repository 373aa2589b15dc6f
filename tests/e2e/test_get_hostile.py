"""weir get against hostile servers; hostile.md."""
import base64
import gzip
import os
import re
import resource
import socket
import sqlite3
import subprocess
import sys
import threading
import zlib

import harness
from harness import WeirTest

# 400 MiB of zeros, br and then gzip.
BR_BOMB = base64.b64decode(
    "H4sIAAAAAAACAzv//3/9D3WGRxsdFL7/m/////8P/gxHEhkb3v21B3IezmfoOKzEcPd3/b"
    "///w/bMwq0szLs+v7/z///7fVMCnzcDCXv///8/5//P4uDjBjDi3v/P///L/+Ps8FCh+HC"
    "3v/P//+3/yPMUBjBsKD6/3moRRsYHHBZxDSELaoHAF0+VTJJAQAA")


def serve_once(test, answer):
    """The port of a server that gives its one client this answer."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        try:
            client, _ = listener.accept()
            with client:
                client.recv(65536)
                client.sendall(answer)
        except OSError:
            pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    test.addCleanup(thread.join, 10)
    test.addCleanup(listener.close)
    return listener.getsockname()[1]


class Hostile(WeirTest):
    def peak_memory(self, *args, timeout=120):
        """A run's exit status, stderr and peak memory in KiB."""
        code = ("import resource, subprocess, sys\n"
                "r = subprocess.run(sys.argv[1:], stdout=2)\n"
                "print(r.returncode, resource.getrusage("
                "resource.RUSAGE_CHILDREN).ru_maxrss)")
        got = subprocess.run([sys.executable, "-c", code, harness.WEIR, *args],
                             cwd=self.dir, env=self.env, timeout=timeout,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        status, kib = got.stdout.split()[-2:]
        return int(status), got.stderr.decode(), int(kib)

    def assert_small(self, kib, mib=100):
        self.assertLess(kib, (mib << 10) * (4 if harness.SANITIZED else 1))

    def test_decompression_bomb(self):
        o = self.origin()
        status, err, kib = self.peak_memory(
            "get", "--compressed", "--max-filesize", "50M", "--retry", "0",
            "-P", "out", o.url("/gzip-bomb?mb=4000"))
        self.assertEqual(status, 9, err)
        self.assert_small(kib)
        self.assertEqual([f for f in self.files() if not f.endswith(".part")],
                         [])

    def test_bomb_in_an_error_and_a_redirect(self):
        o = self.origin()
        for target in ("/gzip-bomb?mb=2000&code=404",
                       "/gzip-bomb?mb=2000&code=302&h=Location:+/bytes/5"):
            status, err, kib = self.peak_memory(
                "get", "--compressed", "--max-filesize", "10M", "--retry",
                "0", "-o", "/dev/null", o.url(target))
            self.assertNotEqual(status, 99, err)
            self.assert_small(kib)

    def test_bombs_of_every_coding_and_in_layers(self):
        zeros = b"".join(gzip.compress(bytes(1 << 20)) for _ in range(400))
        bodies = {
            "gzip": zeros, "gzip, gzip": gzip.compress(zeros),
            "deflate": zlib.compress(bytes(400 << 20)),
            "br, gzip": BR_BOMB, "br": gzip.decompress(BR_BOMB),
        }
        for n, (coding, bytes_) in enumerate(bodies.items()):
            server = serve_once(
                self, b"HTTP/1.1 200 OK\r\nContent-Encoding: "
                + coding.encode() + b"\r\nContent-Length: %d\r\n\r\n"
                % len(bytes_) + bytes_)
            status, err, kib = self.peak_memory(
                "get", "--compressed", "--max-filesize", "50M", "--retry", "0",
                "-P", f"out{n}", f"http://127.0.0.1:{server}/")
            self.assertEqual(status, 9, (coding, err))
            self.assertIn("larger than", err)
            self.assert_small(kib)

    def test_compressible_body_without_a_limit_arrives(self):
        server = serve_once(
            self, b"HTTP/1.1 200 OK\r\nContent-Encoding: br, gzip\r\n"
            b"Content-Length: %d\r\n\r\n" % len(BR_BOMB) + BR_BOMB)
        status, err, kib = self.peak_memory(
            "get", "--compressed", "-o", "/dev/null", "--json",
            f"http://127.0.0.1:{server}/")
        self.assertEqual(status, 0, err)
        self.assert_small(kib)

    def test_endless_body(self):
        o = self.origin()
        status, err, kib = self.peak_memory(
            "get", "--max-filesize", "20M", "--retry", "0", "-P", "out",
            o.url("/endless"))
        self.assertEqual(status, 9, err)
        self.assert_small(kib)

    def test_million_headers(self):
        o = self.origin()
        status, err, kib = self.peak_memory(
            "get", "--retry", "0", "-o", "/dev/null",
            o.url("/headers?count=1000000&size=20"))
        self.assertNotEqual(status, 0)
        self.assert_small(kib)
        status, err, kib = self.peak_memory(
            "get", "--retry", "0", "-o", "/dev/null",
            o.url("/headers?count=10&size=1000000"))
        self.assertNotEqual(status, 0)

    def test_one_endless_header_line(self):
        server = serve_once(
            self, b"HTTP/1.1 200 OK\r\nA: " + b"x" * 400000
            + b"\r\nContent-Length: 0\r\n\r\n")
        run = self.weir("get", "--retry", "0", "-P", "out",
                        f"http://127.0.0.1:{server}/f")
        self.assertEqual(run.status, 9, run.err)
        self.assertIn("header line", run.message)

    def test_length_that_is_no_number_is_never_complete(self):
        for length in (b"99999999999999999999999", b"2x", b"0x2"):
            server = serve_once(
                self, b"HTTP/1.1 200 OK\r\nContent-Length: " + length
                + b"\r\n\r\nhi")
            run = self.weir("get", "--retry", "0", "-P", "out",
                            f"http://127.0.0.1:{server}/f")
            self.assertEqual(run.status, 7, (length, run.err))
            self.assertEqual(self.files(), [])

    def test_many_ordinary_headers_are_fine(self):
        o = self.origin()
        self.ok(self.weir("get", "-o", "/dev/null",
                          o.url("/headers?count=500&size=50")))

    def test_endless_interim_answers(self):
        o = self.origin()
        status, err, kib = self.peak_memory(
            "get", "--retry", "0", "-m", "20s", "-o", "/dev/null",
            o.url("/1xx-flood"))
        self.assertNotEqual(status, 0)
        self.assert_small(kib)
        self.ok(self.weir("get", "-o", "/dev/null",
                          o.url("/1xx-flood?count=5")))

    def test_bytes_from_outside_are_escaped(self):
        o = self.origin()
        run = self.weir("get", "-v", "-v", "--retry", "0", "-P", "out",
                        o.url("/status/404?x=\x1b[2J\u202eevil\x07"),
                        "http://\x1b]0;x\x07/", o.url("/redirect-to?url="
                                                      "ftp://%1b%5b2J/"),
                        o.url("/badheader?line=X-A:%20%1b%5b31m"))
        self.assertNotEqual(run.status, 0)
        self.assertIsNone(re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", run.err),
                          run.err)
        self.assertNotIn("\u202e", run.message)

    def test_header_injection_is_refused(self):
        o = self.origin()
        for args in (("-H", "X: a\r\nEvil: 1"), ("-H", "X: a\nEvil: 1"),
                     ("-A", "a\r\nEvil: 1"), ("-b", "a=1\r\nEvil: 1"),
                     ("-e", "http://h/\r\nEvil: 1"),
                     ("-X", "GET / HTTP/1.1\r\nEvil: 1")):
            run = self.weir("get", "-o", "/dev/null", *args, o.url("/bytes/1"))
            self.assert_status(run, 2)
        for url in (o.url("/bytes/1\r\nEvil: 1"), o.url("/bytes/1\nEvil: 1")):
            for also in ((), ("-g",)):
                run = self.weir("get", *also, "-o", "/dev/null", url)
                self.assert_status(run, 2)
                self.assertIn("argument 1: column", run.message)
        self.write("list", o.url("/bytes/1\rEvil: 1") + "\n"
                   + o.url("/bytes/2") + "\n")
        run = self.weir("get", "-o", "/dev/null", "-i", "list")
        self.assert_status(run, 2)
        self.assertIn("list:1", run.message)
        self.assertEqual([e["target"] for e in o.arrivals()], ["/bytes/2"])
        self.assert_status(self.weir("get", "-o", "a\nb", o.url("/bytes/1")),
                           2)
        for e in o.arrivals():
            self.assertNotIn("evil", e["headers"])

    def test_validators_with_control_characters_are_not_sent_back(self):
        o = self.origin()
        url = o.url("/badheader?line=ETag:%20%22a%09b%0bc%22")
        self.weir("get", "--retry", "0", "-P", "out", url)
        self.weir("get", "--retry", "0", "-P", "out", url)
        for e in o.arrivals():
            self.assertNotIn("\x0b", e["headers"].get("if-none-match", ""))

    def test_public_suffix_cookies_are_refused(self):
        o = self.origin()
        resolve = ("--resolve", f"a.co.uk:{o.port}:127.0.0.1", "--resolve",
                   f"b.co.uk:{o.port}:127.0.0.1")
        run = self.ok(self.weir(
            "get", "-j", "1", "-o", "-", *resolve,
            o.url("/cookies/raw?v=evil%3D1;+Domain%3Dco.uk", "a.co.uk"),
            o.url("/cookies", "b.co.uk"), o.url("/cookies", "a.co.uk")))
        self.assertNotIn(b"evil", run.out)

    def test_no_second_request_is_smuggled_by_a_short_body(self):
        o = self.origin()
        self.weir("get", "-j", "1", "--retry", "0", "-P", "out",
                  o.url("/short?bytes=10&declared=20"), o.url("/bytes/5"))
        self.assertEqual(self.files(), ["5"])


class Faults(WeirTest):
    def test_full_disk(self):
        """A file size limit stands for it: writes fail the same way."""
        o = self.origin()
        args = ("get", "--retry", "0", "-P", "out", o.url("/bytes/8000000"))
        run = self.weir(*args, limits={resource.RLIMIT_FSIZE: 2_000_000})
        self.assert_status(run, 3)
        self.assertNotIn("8000000", self.files())
        self.ok(self.weir(*args))
        self.assertEqual(len(self.read("out/8000000")), 8_000_000)

    def test_damaged_store(self):
        o = self.origin()
        args = ("get", "-P", "out", o.url("/bytes/[1-50]"))
        self.ok(self.weir(*args))
        path = "state/weir/weir.db"
        data = bytearray(self.read(path))
        data[:4096] = b"\xff" * 4096
        for suffix in ("-wal", "-shm"):
            self.write(path + suffix, b"")
        self.write(path, bytes(data))
        before = {f: self.read("out", f) for f in self.files()}
        run = self.weir(*args)
        self.assert_status(run, 10)
        self.assertIn("weir.db", run.message)
        self.assertEqual({f: self.read("out", f) for f in self.files()},
                         before)

    def test_store_that_is_no_database(self):
        self.write("state/weir/weir.db", "this is a text\n" * 500)
        run = self.weir("get", "-P", "out", "http://127.0.0.1:1/")
        self.assert_status(run, 10)
        self.assertEqual(self.read("state/weir/weir.db")[:4], b"this")

    def test_store_of_another_version(self):
        """Both versions are told, and nothing in it is touched."""
        o = self.origin()
        args = ("get", "-P", "out", o.url("/bytes/1"))
        self.ok(self.weir(*args))
        path = self.path("state/weir/weir.db")
        db = sqlite3.connect(path)
        self.addCleanup(db.close)
        version, = db.execute("pragma user_version").fetchone()
        for other, word in ((version + 1000, "newer"), (version - 1, "older")):
            db.execute(f"pragma user_version = {other}")
            before = self.read("state/weir/weir.db-wal")
            for command in (args, ("cache", "stat")):
                run = self.weir(*command)
                self.assert_status(run, 10)
                for part in (path, word, f"version {other}", f" {version})",
                             "--store"):
                    self.assertIn(part, run.message)
                self.assertEqual(run.out, b"")
            self.assertEqual(self.read("state/weir/weir.db-wal"), before)
        # what the message proposes, while another still has it open
        for suffix in ("", "-wal"):
            os.rename(path + suffix, path + ".old" + suffix)
        self.ok(self.weir(*args, "--skip-existing"))
        self.assertEqual(len(o.arrivals()), 1)


if __name__ == "__main__":
    harness.main()
