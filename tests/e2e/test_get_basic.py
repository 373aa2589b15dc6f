"""weir get: files, streams, records and exit statuses of ordinary runs."""
import hashlib
import json
import os
import subprocess

import harness
from harness import WeirTest, body


class Files(WeirTest):
    def test_one_url_takes_the_last_segment_as_its_name(self):
        origin = self.origin()
        self.ok(self.weir("get", origin.url("/bytes/1000?seed=3")))
        self.assertEqual(self.read("1000"), body(1000, 3))
        self.assertEqual(len(origin.arrivals()), 1)

    def test_folder_is_made_and_no_part_is_left(self):
        origin = self.origin()
        self.ok(self.weir("get", "-P", "out/deep", origin.url("/bytes/10"),
                          origin.url("/bytes/100000")))
        self.assertEqual(self.files("out/deep"), ["10", "100000"])
        self.assertEqual(self.read("out/deep/100000"), body(100000))

    def test_empty_name_is_index_html(self):
        rules = self.write("rules", "/pages/ -> /bytes/10\n")
        origin = self.origin("--script", rules)
        self.ok(self.weir("get", "-P", "out", origin.url("/pages/")))
        self.assertEqual(self.files(), ["index.html"])

    def test_clashing_names_get_the_hash_of_their_url(self):
        origin = self.origin()
        urls = [origin.url(f"/bytes/10?seed={n}") for n in range(4)]
        self.ok(self.weir("get", "-P", "out", *urls))
        first = self.files()
        self.assertEqual(len(first), 4)
        self.assertEqual(first[0], "10")
        for name in first[1:]:
            self.assertRegex(name, r"^10-[0-9a-f]{8}$")
        self.assertEqual(sorted(self.read("out", n) for n in first),
                         sorted(body(10, n) for n in range(4)))
        self.env["XDG_STATE_HOME"] = self.path("state2")
        self.ok(self.weir("get", "-P", "out2", *urls))
        self.assertEqual(self.files("out2"), first)

    def test_template_with_globs(self):
        origin = self.origin()
        self.ok(self.weir("get", "-P", "out", "-o", "{1}/f-{2}-{n:03}.bin",
                          origin.url("/bytes/[10-12]?seed={7,8}")))
        self.assertEqual(self.files(),
                         ["10/f-7-001.bin", "10/f-8-002.bin", "11/f-7-003.bin",
                          "11/f-8-004.bin", "12/f-7-005.bin",
                          "12/f-8-006.bin"])
        self.assertEqual(self.read("out/11/f-8-004.bin"), body(11, 8))

    def test_template_fields(self):
        rules = self.write("rules", "* -> /bytes/5\n")
        origin = self.origin("--script", rules)
        self.ok(self.weir("get", "-P", "out", "-o", "{host}/{stem}+{n}",
                          origin.url("/a/b/pic.tar.gz?x=1")))
        self.assertEqual(len(self.files()), 1)
        self.assertRegex(self.files()[0], r"^127\.0\.0\.1/pic.*\+1$")

    def test_globoff_takes_brackets_literally(self):
        origin = self.origin()
        self.ok(self.weir("get", "-g", "-P", "out",
                          origin.url("/say?body=[1-3]{a,b}")))
        targets = [e["target"] for e in origin.arrivals()]
        self.assertEqual(len(targets), 1)
        self.assertIn("1-3", targets[0])

    def test_mtime_is_last_modified(self):
        origin = self.origin()
        self.ok(self.weir("get", "-P", "out", origin.url("/bytes/10")))
        self.assertEqual(int(os.stat(self.path("out/10")).st_mtime),
                         1577836800)

    def test_foreign_file_is_not_overwritten(self):
        origin = self.origin()
        self.write("out/10", "mine")
        run = self.weir("get", "-P", "out", origin.url("/bytes/10"),
                        origin.url("/bytes/11"))
        self.assert_status(run, 3)
        self.assertEqual(self.read("out/10"), b"mine")
        self.assertEqual(self.read("out/11"), body(11))
        self.assertIn("/bytes/10", run.message)

    def test_overwrite(self):
        origin = self.origin()
        self.write("out/10", "mine")
        self.ok(self.weir("get", "--overwrite", "-P", "out",
                          origin.url("/bytes/10")))
        self.assertEqual(self.read("out/10"), body(10))

    def test_skip_existing_asks_nothing(self):
        origin = self.origin()
        self.write("out/10", "mine")
        self.ok(self.weir("get", "--skip-existing", "-P", "out",
                          origin.url("/bytes/10"), origin.url("/bytes/11")))
        self.assertEqual(self.read("out/10"), b"mine")
        self.assertEqual([e["target"] for e in origin.arrivals()],
                         ["/bytes/11"])

    def test_error_bodies_never_take_the_name(self):
        origin = self.origin()
        run = self.weir("get", "-P", "out", origin.url("/status/404"))
        self.assert_status(run, 8)
        self.assertEqual(self.files(), [])
        run = self.weir("get", "--save-errors", "-P", "kept",
                        origin.url("/status/404?body=gone"))
        self.assert_status(run, 8)
        self.assertNotIn("404", self.files("kept"))
        self.assertEqual([self.read("kept", f) for f in self.files("kept")],
                         [b"gone"])

    def test_content_disposition_only_when_asked(self):
        origin = self.origin()
        url = origin.url("/bytes/10?h=Content-Disposition:+attachment;"
                         "+filename=%22nice.bin%22")
        self.ok(self.weir("get", "-P", "a", url))
        self.assertEqual(self.files("a"), ["10"])
        self.ok(self.weir("get", "--content-disposition", "-P", "b", url))
        self.assertEqual(self.files("b"), ["nice.bin"])

    def test_empty_body_and_204(self):
        origin = self.origin()
        self.ok(self.weir("get", "-P", "out", origin.url("/bytes/0"),
                          origin.url("/status/204")))
        self.assertEqual(self.read("out/0"), b"")

    def test_large_body(self):
        origin = self.origin()
        self.ok(self.weir("get", "-P", "out", "-o", "big",
                          origin.url("/bytes/50000000?seed=9")))
        self.assertEqual(os.path.getsize(self.path("out/big")), 50000000)
        self.assertEqual(self.read("out/big")[40000000:40001000],
                         body(1000, 9, 40000000))

    def test_chunked_http10_and_closing_servers(self):
        origin = self.origin()
        self.ok(self.weir("get", "-P", "out", "-o", "{n}",
                          origin.url("/chunked/5000"),
                          origin.url("/bytes/300?http10=1"),
                          origin.url("/bytes/301?close=silent"),
                          origin.url("/bytes/302?close=1")))
        self.assertEqual([len(self.read("out", f)) for f in self.files()],
                         [5000, 300, 301, 302])

    def test_connections_are_reused(self):
        origin = self.origin()
        self.ok(self.weir("get", "-P", "out", "-j", "2",
                          origin.url("/bytes/[1-60]")))
        self.assertLessEqual(len({e["conn"] for e in origin.arrivals()}), 2)

    def test_duplicates_in_flight_share_a_transfer(self):
        origin = self.origin()
        url = origin.url("/delay/200/bytes/10")
        run = self.weir("get", "--json", "-o", "/dev/null", url, url, url)
        self.ok(run)
        self.assertEqual(len(run.records()), 3)
        self.assertEqual(len(origin.arrivals()), 1)


class Streams(WeirTest):
    def test_bodies_to_stdout_in_input_order(self):
        origin = self.origin()
        run = self.weir("get", "-o", "-", origin.url("/delay/300/bytes/10"),
                        origin.url("/bytes/20?seed=1"),
                        origin.url("/delay/100/bytes/30?seed=2"))
        self.ok(run)
        self.assertEqual(run.out, body(10) + body(20, 1) + body(30, 2))

    def test_show_headers(self):
        origin = self.origin()
        run = self.ok(self.weir("get", "-o", "-", "--show-headers",
                                origin.url("/bytes/10")))
        head = run.out[:-10]
        self.assertRegex(head, rb"^HTTP/1.1 200 OK\n(.+\n)+\n$")
        self.assertIn(b"ETag: \"b-10-0\"", head)
        self.assertEqual(run.out[-10:], body(10))

    def test_dev_null_stores_nothing(self):
        origin = self.origin()
        self.ok(self.weir("get", "-o", "/dev/null", origin.url("/bytes/10")))
        self.assertEqual(len(origin.arrivals()), 1)
        self.assertFalse(os.path.exists(self.path("10")))

    def test_json_records(self):
        origin = self.origin()
        run = self.weir("get", "--json", origin.url("/redirect-to?url=/bytes/10"),
                        origin.url("/status/404"))
        self.assert_status(run, 8)
        by_url = {r["url"]: r for r in run.records()}
        good = by_url[origin.url("/redirect-to?url=/bytes/10")]
        self.assertEqual(good["effective_url"], origin.url("/bytes/10"))
        self.assertEqual((good["status"], good["bytes"]), (200, 10))
        self.assertFalse(good["from_cache"])
        self.assertGreaterEqual(good["attempts"], 1)
        self.assertGreaterEqual(good["ms"], 0)
        self.assertRegex(str(good["xxh3"]), r"^[0-9a-f]{16}$")
        self.assertFalse(good.get("error"))
        bad = by_url[origin.url("/status/404")]
        self.assertEqual(bad["status"], 404)
        self.assertTrue(bad["error"])

    def test_json_alone_stores_no_body(self):
        origin = self.origin()
        run = self.ok(self.weir("get", "--json", origin.url("/bytes/10")))
        self.assertFalse(run.records()[0].get("file"))
        self.assertFalse(os.path.exists(self.path("10")))

    def test_json_with_files(self):
        origin = self.origin()
        run = self.ok(self.weir("get", "--json", "-P", "out",
                                origin.url("/bytes/10")))
        self.assertEqual(self.read(run.records()[0]["file"]), body(10))

    def test_json_as_completed_and_ordered(self):
        origin = self.origin()
        urls = [origin.url(f"/delay/{ms}/bytes/{ms}") for ms in (400, 200, 1)]
        quick = self.ok(self.weir("get", "--json", *urls))
        self.assertEqual([r["bytes"] for r in quick.records()], [1, 200, 400])
        tidy = self.ok(self.weir("get", "--json", "--ordered", "--cache=off",
                                 *urls))
        self.assertEqual([r["bytes"] for r in tidy.records()], [400, 200, 1])

    def test_json_with_bodies_on_stdout_is_a_usage_error(self):
        run = self.weir("get", "--json", "-o", "-", "http://127.0.0.1:1/")
        self.assert_status(run, 2)
        self.assertEqual(run.out, b"")

    def test_stdin_starts_before_its_end(self):
        origin = self.origin()
        run = self.start("get", "-i", "-", "-P", "out", stdin=subprocess.PIPE)
        run.popen.stdin.write((origin.url("/bytes/10") + "\n").encode())
        run.popen.stdin.flush()
        origin.wait_for(1)
        self.assertIsNone(run.popen.poll())
        run.popen.stdin.write((origin.url("/bytes/11") + "\n").encode())
        run.popen.stdin.flush()
        origin.wait_for(2)
        run.popen.stdin.close()
        run.popen.stdin = None
        self.ok(run.finish())
        self.assertEqual(self.files(), ["10", "11"])

    def test_stdout_holds_data_only(self):
        origin = self.origin()
        run = self.ok(self.weir("get", "-P", "out", origin.url("/bytes/10")))
        self.assertEqual(run.out, b"")
        self.assertIn("1 done", run.message)
        quiet = self.ok(self.weir("get", "-q", "-P", "out2",
                                  origin.url("/bytes/10")))
        self.assertEqual(quiet.err, b"")

    def test_dry_run_counts_and_fetches_nothing(self):
        origin = self.origin()
        run = self.ok(self.weir("get", "--dry-run", "--rate", "10/s",
                                origin.url("/bytes/[1-600]")))
        self.assertIn("600", run.message + run.text)
        self.assertIn("1:00", (run.message + run.text).replace("60 s", "1:00")
                      .replace("59.9 s", "1:00"))
        self.assertEqual(origin.arrivals(), [])
        self.assertFalse(os.path.exists(self.path("out")))


class Statuses(WeirTest):
    def test_usage(self):
        for args in (("get",), ("get", "--nonsense", "http://h/"),
                     ("get", "--rate", "fast", "http://h/"),
                     ("get", "-o", "{nothing}", "http://h/"),
                     ("get", "http://h/[3-1]"), ("nonsense",)):
            run = self.weir(*args)
            self.assert_status(run, 2)
            self.assertTrue(run.err, args)
            self.assertEqual(run.out, b"", args)

    def test_unknown_option_names_the_nearest(self):
        run = self.weir("get", "--per-hots", "3", "http://h/")
        self.assert_status(run, 2)
        self.assertIn("--per-host", run.message)

    def test_bad_glob_names_its_column(self):
        run = self.weir("get", "http://h/{a,b")
        self.assert_status(run, 2)
        self.assertIn("column 10", run.message)

    def test_bad_url_fails_alone(self):
        origin = self.origin()
        run = self.weir("get", "-P", "out", "ftp://h/x", "http://", "no url",
                        origin.url("/bytes/10"))
        self.assert_status(run, 2)
        self.assertEqual(self.files(), ["10"])

    def test_refused_connection(self):
        run = self.weir("get", "--retry", "0", "-P", "out",
                        "http://127.0.0.1:1/x")
        self.assert_status(run, 4)
        self.assertIn("http://127.0.0.1:1/x", run.message)

    def test_closed_standard_descriptors(self):
        o = self.origin()
        run = subprocess.run(
            ["sh", "-c", '"$@" 0<&- 1>&- 2>&-', "sh", harness.WEIR, "get",
             "-P", "out", o.url("/bytes/100")], cwd=self.dir, env=self.env,
            timeout=60)
        self.assertEqual(run.returncode, 0)
        self.assertEqual(self.read("out/100"), body(100))
        run = subprocess.run(
            ["sh", "-c", '"$@" 1>&-', "sh", harness.WEIR, "get", "-o", "-",
             o.url("/bytes/100")], cwd=self.dir, env=self.env, timeout=60,
            stderr=subprocess.PIPE)
        self.assertEqual(run.returncode, 3, run.stderr)

    def test_unwritable_folder(self):
        origin = self.origin()
        self.write("file", "x")
        run = self.weir("get", "-P", "file/below", origin.url("/bytes/10"))
        self.assert_status(run, 3)
        self.assertEqual(self.read("file"), b"x")

    def test_server_errors(self):
        origin = self.origin()
        run = self.weir("get", "-P", "out", origin.url("/status/404"),
                        origin.url("/bytes/10"))
        self.assert_status(run, 8)
        self.assertIn("/status/404", run.message)
        self.assertIn("--retry-failed", run.message)

    def test_authentication(self):
        origin = self.origin()
        url = origin.url("/auth/basic?user=me&pass=secret")
        self.assert_status(self.weir("get", "-P", "out", url), 6)
        self.ok(self.weir("get", "-u", "me:secret", "-P", "out2", url))
        self.ok(self.weir("get", "-P", "out3",
                          url.replace("http://", "http://me:secret@")))

    def test_protocol_errors(self):
        origin = self.origin()
        run = self.weir("get", "--retry", "0", "-P", "out",
                        origin.url("/garbage"))
        self.assert_status(run, 7)

    def test_lower_status_wins(self):
        origin = self.origin()
        run = self.weir("get", "--retry", "0", "-P", "out",
                        origin.url("/status/404"), "http://127.0.0.1:1/")
        self.assert_status(run, 4)

    def test_checks(self):
        origin = self.origin()
        good = hashlib.sha256(body(10)).hexdigest()
        url = origin.url("/bytes/10")
        self.ok(self.weir("get", "--checksum", f"sha256={good}", "-P", "a",
                          url))
        run = self.weir("get", "--checksum", "sha256=" + "0" * 64, "-P", "b",
                        url)
        self.assert_status(run, 9)
        self.assertEqual(self.files("b"), [])
        self.assert_status(self.weir("get", "--expect-type", "image/", "-P",
                                     "c", url), 9)
        self.ok(self.weir("get", "--expect-type", "image/,application/", "-P",
                          "d", url))
        self.assert_status(self.weir("get", "--min-size", "11", "-P", "e",
                                     url), 9)
        self.assert_status(self.weir("get", "--max-filesize", "9", "-P", "f",
                                     url), 9)
        self.assertEqual(self.files("c") + self.files("e") + self.files("f"),
                         [])
        # a body that fails a check is not asked for again
        self.assertEqual(len(origin.arrivals()), 6)

    def test_fail_early(self):
        origin = self.origin()
        run = self.weir("get", "--fail-early", "-j", "1", "-P", "out",
                        origin.url("/status/404"), origin.url("/bytes/[1-50]"))
        self.assert_status(run, 8)
        self.assertLess(len(origin.arrivals()), 20)


class Requests(WeirTest):
    def echo(self, *args):
        origin = self.origin()
        run = self.ok(self.weir("get", "-o", "-", *args,
                                origin.url("/echo")))
        got = json.loads(run.out)
        got["headers"] = {k.lower(): v for k, v in got["headers"]}
        return got

    def test_defaults(self):
        got = self.echo()
        self.assertEqual(got["method"], "GET")
        self.assertRegex(got["headers"]["user-agent"], r"^weir/[0-9.]+")
        self.assertEqual(got["headers"].get("accept-encoding", "identity"),
                         "identity")

    def test_headers(self):
        got = self.echo("-H", "X-A: 1", "-H", "X-B: 2", "-A", "me/1", "-e",
                        "http://from/", "-b", "a=1; b=2")
        h = got["headers"]
        self.assertEqual((h["x-a"], h["x-b"], h["user-agent"], h["referer"],
                          h["cookie"]),
                         ("1", "2", "me/1", "http://from/", "a=1; b=2"))

    def test_letters_of_curl_that_say_what_already_holds(self):
        o = self.origin()
        self.ok(self.weir("get", "-LOsSf", "-P", "out",
                          o.url("/redirect/1"), o.url("/bytes/7")))
        self.assertEqual(self.files(), ["1", "7"])
        run = self.weir("get", "-LOsSf", "-P", "out", o.url("/status/404"))
        self.assert_status(run, 8)
        self.assertIn("404", run.message)

    def test_cookies_of_a_file(self):
        o = self.origin()
        self.write("cookies.txt", "# Netscape HTTP Cookie File\n"
                   "127.0.0.1\tFALSE\t/\tFALSE\t0\ta\t1\n"
                   "other.test\tFALSE\t/\tFALSE\t0\tb\t2\n")
        self.ok(self.weir("get", "-o", "/dev/null", "-b", "cookies.txt",
                          o.url("/bytes/1")))
        self.assertEqual(o.arrivals()[0]["headers"].get("cookie"), "a=1")

    def test_contact(self):
        h = self.echo("--contact", "me@example.org")["headers"]
        self.assertIn("me@example.org", h["user-agent"])
        self.assertEqual(h["from"], "me@example.org")

    def test_methods_and_bodies(self):
        self.assertEqual(self.echo("-X", "PUT")["method"], "PUT")
        got = self.echo("--data", "a=1", "--data", "b=2")
        self.assertEqual((got["method"], got["body"]), ("POST", "a=1&b=2"))
        self.assertEqual(got["headers"]["content-type"],
                         "application/x-www-form-urlencoded")
        got = self.echo("--data-json", '{"x":1}')
        self.assertEqual((got["method"], got["body"]), ("POST", '{"x":1}'))
        self.assertEqual(got["headers"]["content-type"], "application/json")

    def test_compressed(self):
        origin = self.origin()
        run = self.ok(self.weir("get", "--compressed", "-o", "-",
                                origin.url("/gzip?bytes=5000")))
        self.assertEqual(len(run.out), 5000)
        self.assertTrue(run.out.startswith(b"line 0 of"))
        sent = origin.arrivals()[0]["headers"]["accept-encoding"]
        self.assertIn("gzip", sent)

    def test_fragment_is_not_sent(self):
        origin = self.origin()
        self.ok(self.weir("get", "-P", "out", origin.url("/bytes/10#part")))
        self.assertEqual(origin.arrivals()[0]["target"], "/bytes/10")

    def test_accept_and_reject(self):
        origin = self.origin()
        self.ok(self.weir("get", "-P", "out", "--reject", "*seed=2*",
                          origin.url("/bytes/[1-2]?seed=[1-2]")))
        self.assertEqual(sorted(e["target"] for e in origin.arrivals()),
                         ["/bytes/1?seed=1", "/bytes/2?seed=1"])


class Cookies(WeirTest):
    def test_jar_is_one_for_the_run(self):
        origin = self.origin()
        run = self.ok(self.weir("get", "-j", "1", "-o", "-", "--cookie-jar",
                                "jar", origin.url("/cookies/set?a=1&b=2"),
                                origin.url("/cookies")))
        cookie = json.loads(run.out.splitlines()[-1])["cookie"]
        self.assertEqual(sorted(cookie.split("; ")), ["a=1", "b=2"])
        jar = self.read("jar").decode()
        self.assertIn("Netscape", jar)
        self.assertIn("127.0.0.1", jar)

    def test_jar_comes_back(self):
        origin = self.origin()
        self.ok(self.weir("get", "-o", "/dev/null", "--cookie-jar", "jar",
                          origin.url("/cookies/raw?v=k%3Dv;+Max-Age%3D999")))
        run = self.ok(self.weir("get", "-b", "jar", "-o", "-",
                                origin.url("/cookies")))
        self.assertEqual(json.loads(run.out)["cookie"], "k=v")

    def test_empty_cookie_option_turns_the_jar_on(self):
        o = self.origin()
        run = self.ok(self.weir("get", "-b", "", "-j", "1", "-o", "-",
                                o.url("/cookies/set?a=1"), o.url("/cookies")))
        self.assertIn('"a=1"', run.text)

    def test_jar_that_the_disk_does_not_take_is_told(self):
        o = self.origin()
        run = self.weir("get", "--cookie-jar", "/dev/full", "-o", "/dev/null",
                        o.url("/cookies/set?a=1"))
        self.assert_status(run, 3)
        self.assertIn("cookie jar /dev/full: No space left", run.message)

    def test_jar_is_private_and_must_be_writable(self):
        o = self.origin()
        self.ok(self.weir("get", "--cookie-jar", "jar", "-o", "/dev/null",
                          o.url("/cookies/set?a=1")))
        mode = os.stat(os.path.join(self.dir, "jar")).st_mode
        self.assertEqual(mode & 0o777, 0o600)
        o.forget()
        run = self.weir("get", "--cookie-jar", "nowhere/jar", "-o",
                        "/dev/null", o.url("/cookies/set?a=1"))
        self.assertEqual(run.status, 3, run.err)
        self.assertIn("nowhere/jar", run.message)
        self.assertEqual(o.arrivals("/cookies"), [])

    def test_secure_cookies_stay_away_from_http(self):
        # on another host than localhost, which counts as secure
        origin = self.origin()
        self.write("jar", "# Netscape HTTP Cookie File\n"
                   "plain.test\tFALSE\t/\tTRUE\t0\ts\t1\n"
                   "plain.test\tFALSE\t/\tFALSE\t0\tp\t1\n")
        run = self.ok(self.weir("get", "-b", "jar", "-o", "-", "--resolve",
                                f"plain.test:{origin.port}:127.0.0.1",
                                origin.url("/cookies", "plain.test")))
        self.assertEqual(json.loads(run.out)["cookie"], "p=1")


if __name__ == "__main__":
    harness.main()
