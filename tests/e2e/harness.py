"""End-to-end tests: the built weir against servers that journal.

A test file holds classes derived from WeirTest and ends with harness.main().
Each test has a folder of its own (self.dir) with its own XDG_STATE_HOME; every
process it starts is bounded in time and ended by its pid when the test is over.

    class Names(WeirTest):
        def test_last_segment(self):
            origin = self.origin()
            run = self.weir("get", origin.url("/bytes/10"), "-P", "out")
            self.assertEqual(run.status, 0, run.err)
            self.assertEqual(self.read("out/10"), body(10))
            self.assertEqual(len(origin.arrivals()), 1)

Tests assert on journals, files, output and exit status; not on wall time, but
for upper bounds that only a hang would break.
"""
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get(
    "WEIR_BUILD", os.path.join(HERE, "../../build/dev")))
WEIR = os.path.join(BUILD, "weir")
ORIGIN = os.path.join(BUILD, "weir-origin")
DNS = os.path.join(BUILD, "weir-dns")
MASK = (1 << 64) - 1
SLACK_NS = 20_000_000  # of a rate in an origin's journal
BUSY_NS = 60_000_000  # how late an arrival may be on a busy machine


def is_sanitized():
    """A build with a sanitizer is slower and uses more memory."""
    try:
        with open(os.path.join(BUILD, "CMakeCache.txt")) as f:
            return "-fsanitize=" in f.read()
    except OSError:
        return False


SANITIZED = is_sanitized()


def body(n, seed=0, offset=0):
    """The origin's deterministic bytes (tests/origin/reply.h)."""
    out = bytearray()
    word = offset // 8
    while len(out) < n + offset % 8:
        z = (seed + (word + 1) * 0x9E3779B97F4A7C15) & MASK
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        out += (z ^ (z >> 31)).to_bytes(8, "little")
        word += 1
    return bytes(out[offset % 8:offset % 8 + n])


class Process:
    """A child that lives no longer than its test."""

    def __init__(self, argv, **kw):
        self.argv = argv
        self.popen = subprocess.Popen(argv, **kw)

    def signal(self, number):
        if self.popen.poll() is None:
            os.kill(self.popen.pid, number)

    def end(self):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(10)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        for stream in (self.popen.stdin, self.popen.stdout, self.popen.stderr):
            if stream:
                try:
                    stream.close()
                except OSError:
                    pass


class Server(Process):
    """A server that prints "listening ADDRESS:PORT"."""

    def __init__(self, argv, **kw):
        super().__init__(argv, stdout=subprocess.PIPE, text=True, **kw)
        self.ports = []

    def read_ports(self, count):
        for _ in range(count):
            line = self.popen.stdout.readline()
            if not line.startswith("listening "):
                raise RuntimeError(f"{self.argv[0]} did not start: {line!r}")
            self.ports.append(int(line.rsplit(":", 1)[1]))
        self.port = self.ports[0]


class Origin(Server):
    def __init__(self, test, *args, listen=("127.0.0.1:0",)):
        self.journal_path = os.path.join(test.dir, f"journal-{id(self)}")
        argv = [ORIGIN, "--journal", self.journal_path, "--journal-headers",
                "--lifetime", "300", *args]
        for where in listen:
            argv += ["--listen", where]
        super().__init__(argv)
        self.read_ports(len(listen))
        self.host = listen[0].rsplit(":", 1)[0].split("-")[0]

    def url(self, path="/", host=None):
        return f"http://{host or self.host}:{self.port}{path}"

    def ask(self, path):
        with urllib.request.urlopen(self.url(path), timeout=10) as r:
            return r.read()

    def forget(self):
        self.ask("/__reset")

    def arrivals(self, prefix=None):
        """Requests in order of arrival: the start's fields, headers as a dict
        in lower case, and status, bytes, outcome, end_t once it ended."""
        found, by_n = [], {}
        for line in self.ask("/journal").splitlines():
            e = json.loads(line)
            if e["ev"] == "start":
                e["headers"] = {k.lower(): v for k, v in e["headers"]}
                by_n[e["n"]] = e
                found.append(e)
            elif e["n"] in by_n:
                start = by_n[e["n"]]
                start["end_t"] = e["t"]
                for key in ("status", "bytes", "outcome"):
                    start[key] = e[key]
        if prefix:
            found = [e for e in found if e["target"].startswith(prefix)]
        return found

    def wait_for(self, count, prefix=None, timeout=20):
        """Waits until that many requests have arrived."""
        end = time.monotonic() + timeout
        while True:
            found = self.arrivals(prefix)
            if len(found) >= count:
                return found
            if time.monotonic() > end:
                raise AssertionError(
                    f"{len(found)} of {count} requests arrived in {timeout} s")
            time.sleep(0.02)


class Dns(Server):
    def __init__(self, test, *rules):
        self.journal_path = os.path.join(test.dir, f"dns-{id(self)}")
        argv = [DNS, "--journal", self.journal_path, "--lifetime", "300",
                "--listen", "127.0.0.1:0"]
        for rule in rules:
            argv += ["--rule", rule]
        super().__init__(argv)
        self.read_ports(1)
        self.server = f"127.0.0.1:{self.port}"

    def queries(self):
        with open(self.journal_path) as f:
            return [json.loads(line) for line in f]


class Run:
    """What a run of weir gave."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def text(self):
        return self.out.decode("utf-8", "surrogateescape")

    @property
    def message(self):
        return self.err.decode("utf-8", "surrogateescape")

    def records(self):
        return [json.loads(line) for line in self.out.splitlines()]


class Running(Process):
    """weir under way."""

    def __init__(self, argv, **kw):
        super().__init__(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         **kw)

    def finish(self, timeout=60):
        try:
            out, err = self.popen.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            out, err = self.popen.communicate()
            raise AssertionError(
                f"not done after {timeout} s: {' '.join(self.argv)}\n"
                f"{err.decode(errors='replace')}")
        return Run(self.popen.returncode, out, err)


class WeirTest(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="weir-e2e-")
        self.addCleanup(shutil.rmtree, self.dir, True)
        self.env = {k: v for k, v in os.environ.items()
                    if not k.lower().endswith("_proxy")
                    and not k.startswith("WEIR_")}
        self.env.update(XDG_STATE_HOME=os.path.join(self.dir, "state"),
                        XDG_CONFIG_HOME=os.path.join(self.dir, "config"),
                        HOME=os.path.join(self.dir, "home"), LC_ALL="C.UTF-8",
                        ASAN_OPTIONS="exitcode=99:quarantine_size_mb=8",
                        UBSAN_OPTIONS="exitcode=99")
        os.mkdir(self.env["HOME"])

    # --- processes ---

    def keep(self, process):
        self.addCleanup(process.end)
        return process

    def origin(self, *args, **kw):
        return self.keep(Origin(self, *args, **kw))

    def dns(self, *rules):
        return self.keep(Dns(self, *rules))

    def start(self, *args, env=None, stdin=subprocess.DEVNULL, limits=None,
              cwd=None):
        """weir in the background. limits: {resource.RLIMIT_X: n}."""
        def limit():
            for which, n in (limits or {}).items():
                resource.setrlimit(which, (n, n))
        return self.keep(Running(
            [WEIR, *args], cwd=cwd or self.dir, stdin=stdin,
            env={**self.env, **(env or {})},
            preexec_fn=limit if limits else None))

    def weir(self, *args, stdin=None, timeout=60, **kw):
        """Runs weir to its end. stdin: bytes."""
        if stdin is None:
            return self.start(*args, **kw).finish(timeout)
        run = self.start(*args, stdin=subprocess.PIPE, **kw)
        feeder = threading.Thread(target=self._feed, args=(run, stdin))
        feeder.start()
        out, err = [], []
        readers = [threading.Thread(target=lambda s, o: o.append(s.read()),
                                    args=pair)
                   for pair in ((run.popen.stdout, out),
                                (run.popen.stderr, err))]
        for t in readers:
            t.start()
        try:
            run.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            run.popen.kill()
            self.fail(f"not done after {timeout} s: weir {' '.join(args)}")
        for t in readers + [feeder]:
            t.join(10)
        return Run(run.popen.returncode, out[0], err[0])

    @staticmethod
    def _feed(run, data):
        try:
            run.popen.stdin.write(data)
            run.popen.stdin.close()
        except OSError:
            pass

    # --- files ---

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def read(self, *names):
        with open(self.path(*names), "rb") as f:
            return f.read()

    def write(self, name, data):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data.encode() if isinstance(data, str) else data)
        return path

    def files(self, folder="out"):
        """All files below a folder, sorted, relative to it."""
        top, found = self.path(folder), []
        for where, _, names in os.walk(top):
            found += [os.path.relpath(os.path.join(where, n), top)
                      for n in names]
        return sorted(found)

    # --- assertions ---

    def ok(self, run):
        self.assertEqual(run.status, 0, run.message)
        return run

    def assert_status(self, run, status):
        self.assertEqual(run.status, status, run.message)

    def assert_windows(self, times, rate, burst=1, slack_ns=0):
        """In every window of t seconds at most burst + rate*t of the times
        (ns). The slack makes each window longer."""
        times = sorted(times)
        for i, first in enumerate(times):
            for j in range(i + 1, len(times)):
                seconds = (times[j] - first + slack_ns) / 1e9
                self.assertLessEqual(
                    j - i + 1, burst + rate * seconds + 1e-6,
                    f"starts {i}..{j} within {seconds} s")

    def one_of_three(self, check):
        """For what a busy machine spoils: it delays an arrival, but not the
        next one. What weir itself does wrong fails three times."""
        for left in (2, 1, 0):
            try:
                return check()
            except AssertionError:
                if left == 0:
                    raise

    def starts(self, name="starts"):
        """Times of a --start-log in ns."""
        with open(self.path(name)) as f:
            return [json.loads(line)["t"] for line in f]


def peak(arrivals, key="inflight"):
    """The most requests at once: "inflight", "inflight_host" or
    "inflight_local"."""
    return max((e[key] for e in arrivals), default=0)


class _Result(unittest.TextTestResult):
    def startTest(self, test):
        unittest.TestResult.startTest(self, test)
        self.began = time.monotonic()

    def _tell(self, word, test):
        took = time.monotonic() - self.began
        self.stream.writeln(f"{word} {test.id().split('.', 1)[1]} "
                            f"({took:.2f} s)")
        self.stream.flush()

    def addSuccess(self, test):
        unittest.TestResult.addSuccess(self, test)
        self._tell("ok  ", test)

    def addFailure(self, test, err):
        unittest.TestResult.addFailure(self, test, err)
        self._tell("FAIL", test)

    def addError(self, test, err):
        unittest.TestResult.addError(self, test, err)
        self._tell("FAIL", test)


def main():
    """Runs the tests of the calling file, or those named on the command
    line."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    runner = unittest.TextTestRunner(stream=sys.stdout, resultclass=_Result)
    program = unittest.main(module="__main__", testRunner=runner, exit=False)
    result = program.result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(failed != 0 or result.testsRun == 0)
