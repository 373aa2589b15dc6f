"""weir get -i: lists, their options and their bad lines."""
import hashlib
import resource
import subprocess
import sys

import harness
from harness import WeirTest, body


class Lists(WeirTest):
    def get(self, text, *args, **kw):
        self.write("list.txt", text)
        return self.weir("get", "-i", "list.txt", "-P", "out", *args, **kw)

    def test_comments_blank_lines_crlf_and_bom(self):
        o = self.origin()
        text = ("\ufeff# list\r\n" + o.url("/bytes/1") + "\r\n\r\n  # more\n" +
                o.url("/bytes/2#frag") + "  \n" + o.url("/bytes/3"))
        self.ok(self.get(text))
        self.assertEqual(self.files(), ["1", "2", "3"])
        self.assertEqual(len(o.arrivals()), 3)

    def test_lists_are_never_globbed(self):
        o = self.origin()
        self.ok(self.get(o.url("/say?body=[1-3]") + "\n"))
        self.assertEqual(len(o.arrivals()), 1)

    def test_options_of_a_url(self):
        o = self.origin()
        good = hashlib.sha256(body(5)).hexdigest()
        run = self.get(f"{o.url('/bytes/5')}\n  out=five.bin\n"
                       f"  header=X-Mine: yes\n  checksum=sha-256={good}\n"
                       f"{o.url('/bytes/6')}\n  dir=out/sub\n"
                       f"{o.url('/bytes/7')}\n  out=seven\n"
                       "  checksum=sha256=" + "0" * 64 + "\n")
        self.assert_status(run, 9)
        self.assertIn("five.bin", self.files())
        self.assertEqual(self.read("out/five.bin"), body(5))
        self.assertNotIn("seven", self.files())
        self.assertTrue(any(f.endswith("sub/6") for f in self.files()),
                        self.files())
        headers = {e["target"]: e["headers"] for e in o.arrivals()}
        self.assertEqual(headers["/bytes/5"]["x-mine"], "yes")
        self.assertNotIn("x-mine", headers["/bytes/6"])

    def test_bad_lines_are_named_and_the_rest_goes_on(self):
        o = self.origin()
        run = self.get(f"{o.url('/bytes/1')}\nhttp://[bad/\n"
                       f"{o.url('/bytes/2')}\n  split=4\n"
                       f"ftp://h/x\n{'u' * 70000}\n{o.url('/bytes/3')}\n")
        self.assert_status(run, 2)
        for line in (2, 4, 5, 6):
            self.assertIn(f"list.txt:{line}", run.message)
        self.assertEqual(self.files(), ["1", "3"])

    def test_nul_in_a_line(self):
        o = self.origin()
        run = self.get(f"{o.url('/bytes/1')}\n{o.url('/by')}\0x\n"
                       f"{o.url('/bytes/3')}\n")
        self.assert_status(run, 2)
        self.assertIn("list.txt:2", run.message)
        self.assertEqual(self.files(), ["1", "3"])

    def test_list_that_is_no_text(self):
        run = self.get(b"\x1f\x8b\x08\x00" + body(5000))
        self.assert_status(run, 2)
        self.assertIn("list.txt", run.message)
        self.assertEqual(self.files(), [])

    def test_missing_list(self):
        run = self.weir("get", "-i", "none.txt")
        self.assertIn(run.status, (2, 3))
        self.assertIn("none.txt", run.message)

    def test_several_lists_and_arguments(self):
        o = self.origin()
        self.write("a.txt", o.url("/bytes/1") + "\n")
        self.write("b.txt", o.url("/bytes/2") + "\n")
        run = self.ok(self.weir("get", "-o", "-", "-i", "a.txt", "-i",
                                "b.txt", o.url("/bytes/3")))
        self.assertEqual(sorted(run.out), sorted(body(1) + body(2) + body(3)))

    def test_empty_list(self):
        run = self.get("# nothing\n")
        self.ok(run)
        self.assertIn("0 done", run.message)

    def test_dry_run_of_a_long_list_stays_small(self):
        """Memory does not grow with the list."""
        small = self.measure(20000)
        large = self.measure(1000000)
        growth = (64 if harness.SANITIZED else 8) << 10
        self.assertLess(large - small, growth, "KiB")
        if not harness.SANITIZED:
            self.assertLess(large, 40 << 10)

    def measure(self, count):
        """Peak memory in KiB of a dry run over so many lines."""
        with open(self.path("long.txt"), "w") as f:
            for n in range(count):
                f.write(f"http://host{n % 1000}.example/path/to/file-{n}\n")
        code = ("import resource, subprocess, sys\n"
                "r = subprocess.run(sys.argv[1:])\n"
                "print(resource.getrusage(resource.RUSAGE_CHILDREN)"
                ".ru_maxrss)\nsys.exit(r.returncode)")
        got = subprocess.run(
            [sys.executable, "-c", code, harness.WEIR, "get", "--dry-run",
             "-i", "long.txt"], cwd=self.dir, env=self.env, timeout=120,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(got.returncode, 0, got.stderr)
        seen = (got.stdout + got.stderr).decode().replace(",", "")
        self.assertIn(str(count), seen)
        return int(got.stdout.split()[-1])

    def test_few_descriptors(self):
        o = self.origin(listen=("127.0.2.1-127.0.2.60:0",))
        text = "".join(o.url(f"/delay/20/bytes/{n}", f"127.0.2.{n % 60 + 1}")
                       + "\n" for n in range(1, 121))
        self.ok(self.get(text, limits={resource.RLIMIT_NOFILE: 32}))
        self.assertEqual(len(self.files()), 120)


if __name__ == "__main__":
    harness.main()
