"""The workloads and their bars.

A workload is a list of cases; a case has variants that run in turns, round
after round, and bars that its results must meet. A variant is one command with
what must be done before it and what must be true after it.
"""

import dataclasses
import itertools
import json
import shutil
import sqlite3
import statistics
import typing
import urllib.request

import jobs
import tools
from servers import KIB, MIB, TLS_HOSTS


@dataclasses.dataclass
class Variant:
    label: str
    argv: list
    before: typing.Callable = lambda: None
    after: typing.Callable = lambda: None  # None, or what is wrong
    mounts: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Bar:
    text: str
    value: float  # None: could not be measured
    limit: float
    unit: str = ""
    least: bool = False  # the limit is a minimum

    @property
    def passed(self):
        if self.value is None:
            return False
        return self.value >= self.limit if self.least \
            else self.value <= self.limit


@dataclasses.dataclass
class Case:
    name: str
    variants: list
    bars: typing.Callable        # results -> [Bar]
    in_turns: bool = True        # rotate the order from round to round
    rounds: int = None           # at most


def remove_store(site):
    for suffix in ("", "-wal", "-shm", ".lock"):
        (site.run / ("weir.db" + suffix)).unlink(missing_ok=True)


def empty_out(site, out):
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()


def check_files(job, out):
    sizes = [e.stat().st_size for e in out.iterdir() if e.is_file()]
    if len(sizes) != job.count:
        return f"{len(sizes)} files, not {job.count}"
    if job.size and sum(sizes) != job.count * job.size:
        return f"{sum(sizes)} bytes, not {job.count * job.size}"
    return None


def fetch(site, label, command, job):
    out = site.run / "out"

    def before():
        empty_out(site, out)
        remove_store(site)

    def after():
        wrong = None if job.discard or label == "floor" \
            else check_files(job, out)
        empty_out(site, out)
        return wrong

    return Variant(label, command(site, job, out), before, after,
                   job.mounts)


def contest(site, job, floors=True):
    """weir, the peers that are installed, and the floors."""
    made = [fetch(site, "weir", tools.weir, job)]
    for name, command in tools.PEERS.items():
        # aria2 always writes files: no contest where bodies are dropped.
        if tools.installed(name) and not (job.discard and name == "aria2c"):
            made.append(fetch(site, name, command, job))
    if floors:
        made.append(fetch(site, "floor", tools.floor, job))
        if not job.discard:
            made.append(fetch(site, "floor+files", tools.floor_files, job))
    return made


def peers_of(results):
    return [n for n in tools.PEERS if results.wall(n) is not None]


def fastest(results):
    return min(peers_of(results), key=results.wall, default=None)


def against_fastest(results, limit):
    peer = fastest(results)
    return Bar(f"wall of weir / {peer}, the fastest peer",
               results.ratio("weir", peer), limit)


def memory(results, label, limit):
    return Bar(f"peak memory of {label}", results.peak_mib(label), limit,
               "MiB")


def urls(site, path, numbers):
    return (f"http://127.0.0.1:{site.port}/{path}/{i}" for i in numbers)


def small(site):
    site.files("small", 10000, KIB)
    job = tools.Job("small", site.list_file(
        "small", urls(site, "small", range(10000))), 10000, KIB)

    def bars(r):
        found = [Bar(f"wall of weir / {p}", r.ratio("weir", p), 1.0)
                 for p in peers_of(r)]
        found.append(Bar("wall of weir / floor+files",
                         r.ratio("weir", "floor+files"), 1.25))
        return found + [memory(r, "weir", 25)]

    return [Case("10,000 files of 1 KiB, 64 connections",
                 contest(site, job), bars)]


def medium(site):
    site.files("medium", 2000, 100 * KIB)
    job = tools.Job("medium", site.list_file(
        "medium", urls(site, "medium", range(2000))), 2000, 100 * KIB)
    return [Case("2,000 files of 100 KiB, 64 connections", contest(site, job),
                 lambda r: [against_fastest(r, 1.0)])]


def large(site):
    site.files("large", 4, 256 * MIB)
    job = tools.Job("large", site.list_file(
        "large", urls(site, "large", range(4))), 4, 256 * MIB, connections=4)
    return [Case("4 files of 256 MiB, 4 connections", contest(site, job),
                 lambda r: [against_fastest(r, 1.1), memory(r, "weir", 40)])]


def tiny(site):
    site.nginx()
    job = tools.Job("tiny", site.list_file(
        "tiny", urls(site, "tiny", range(200000))), 200000, 3, discard=True)

    def bars(r):
        return [Bar("wall of weir / wget2", r.ratio("weir", "wget2"), 0.6),
                Bar("rate of weir / floor", r.ratio("floor", "weir"), 0.7,
                    least=True),
                memory(r, "weir", 30)]

    return [Case("200,000 tiny answers, discarded, 64 connections",
                 contest(site, job), bars)]


def big_list(site):
    site.nginx()
    ten = site.list_file("ten-million", urls(site, "tiny", range(10000000)))
    one = site.list_file("one-million", urls(site, "tiny", range(1000000)))
    first = site.list_file("hundred-thousand",
                           urls(site, "tiny", range(100000)))

    def run(label, path, *more):
        job = tools.Job("list", path, 0, 0, discard=True, extra=more)
        return fetch(site, label, tools.weir, job)

    return [Case("a list of 10,000,000 lines",
                 [run("dry-run of 10M", ten, "--dry-run"),
                  run("dry-run of 1M", one, "--dry-run"),
                  run("first 100,000", first)],
                 lambda r: [memory(r, "dry-run of 10M", 40),
                            Bar("peak memory of 10M / 1M lines",
                                r.peak_ratio("dry-run of 10M",
                                             "dry-run of 1M"), 1.1),
                            memory(r, "first 100,000", 40)],
                 rounds=3)]


def latency(site):
    port = site.origin("127.0.0.1:0")

    def case(count, ms, connections, limit):
        path = site.run / f"latency-{count}.txt"
        path.write_text("".join(
            f"http://127.0.0.1:{port}/delay/{ms}/bytes/1024?seed={i}\n"
            for i in range(count)))
        job = tools.Job("latency", path, count, 0, connections, discard=True)
        return Case(f"{count:,} URLs at {ms} ms, {connections:,} connections",
                    contest(site, job), lambda r: [
                        Bar("wall of weir", r.wall("weir"), limit, "s")])

    return [case(20, 150, 64, 0.165), case(1000, 250, 1000, 0.45)]


def tls(site):
    site.files("small", 10000, KIB)
    job = tools.Job("tls", site.list_file("tls", (
        f"https://h{i}.tls.test:{site.tls_port}/small/{i}"
        for i in range(len(TLS_HOSTS)))), len(TLS_HOSTS), KIB,
        mounts=site.dns() | site.trusted())
    return [Case("300 HTTPS hosts, certificates verified, 64 connections",
                 contest(site, job, floors=False),
                 lambda r: [against_fastest(r, 0.7), memory(r, "weir", 45)])]


def dns(site):
    site.files("small", 10000, KIB)
    job = tools.Job("dns", site.list_file("dns", (
        f"http://h{i}.names.test:{site.port}/small/{i}"
        for i in range(1000))), 1000, KIB, connections=1000,
        mounts=site.dns())
    same = tools.Job("dns", site.list_file("no-dns", urls(
        site, "small", range(1000))), 1000, KIB, connections=1000)
    without = fetch(site, "weir, no names", tools.weir, same)

    def more_threads(r):
        a, b = r.threads("weir"), r.threads("weir, no names")
        return None if a is None or b is None else a - b

    return [Case("1,000 names behind a 20 ms name server",
                 contest(site, job, floors=False) + [without],
                 lambda r: [Bar("wall of weir", r.wall("weir"), 0.15, "s"),
                            Bar("threads that names add", more_threads(r), 0)
                            ])]


def rerun(site):
    """The first run and the second one, which follows it at once."""
    site.files("small", 10000, KIB)
    out = site.run / "out"

    def case(path, title, limit):
        job = tools.Job(path, site.list_file(
            path, urls(site, path, range(10000))), 10000, KIB)

        def fresh():
            empty_out(site, out)
            remove_store(site)

        argv = tools.weir(site, job, out)
        return Case(f"second run over 10,000 files, {title}", [
            Variant("first", argv, fresh, lambda: check_files(job, out)),
            Variant("second", argv, after=lambda: check_files(job, out))],
            lambda r: [Bar("wall of second / first",
                           r.ratio("second", "first"), limit)],
            in_turns=False)

    return [case("fresh", "all fresh (max-age=86400)", 0.25),
            case("check", "all revalidated with 304", 0.7)]


def longest_excess(times, rate, burst):
    """The most starts above burst + rate*t in any window, times in seconds in
    order: a token bucket that runs full at `burst`."""
    worst, low = 0.0, None
    for n, t in enumerate(times):
        ahead = n + 1 - rate * t      # starts up to now, minus what is due
        before = n - rate * t         # the same just before this start
        low = before if low is None else min(low, before)
        worst = max(worst, ahead - low - burst)
    return worst


def read_times(path, wanted=lambda record: True):
    with open(path, encoding="utf-8") as lines:
        records = map(json.loads, lines)
        return sorted(r["t"] / 1e9 for r in records if wanted(r))


def rate(site):
    """--rate 1000/s over 1,000 hosts (addresses), 10 s."""
    count, per_second = 10000, 1000
    journal, log = site.run / "journal", site.run / "starts"
    port = site.origin("127.0.1.1-127.0.4.250:0", journal)
    hosts = [f"127.0.{a}.{b}" for a in range(1, 5) for b in range(1, 251)]
    path = site.run / "rate.txt"
    path.write_text("".join(
        f"http://{h}:{port}/bytes/64?seed={i}\n"
        for i, h in enumerate(itertools.islice(itertools.cycle(hosts),
                                               count))))
    job = tools.Job("rate", path, count, 64, discard=True, extra=(
        "--rate", "1000/s", "--start-log", log))
    seen = {"error": [], "excess": [], "late": []}

    def before():
        remove_store(site)
        log.unlink(missing_ok=True)
        urllib.request.urlopen(f"http://{hosts[0]}:{port}/__reset").close()

    def after():
        # Answered after everything before it was journaled.
        urllib.request.urlopen(f"http://{hosts[0]}:{port}/journal").read()
        starts = read_times(log)
        arrivals = read_times(journal, lambda r: r["ev"] == "start" and
                              r["target"].startswith("/bytes/"))
        if len(starts) != count or len(arrivals) != count:
            return f"{len(starts)} starts, {len(arrivals)} arrivals"
        due = (count - 1) / per_second
        seen["error"].append(abs((starts[-1] - starts[0]) / due - 1) * 100)
        seen["excess"].append(longest_excess(starts, per_second, 1))
        # 20 ms of slack: 20 requests may be late and then come at once.
        seen["late"].append(longest_excess(arrivals, per_second, 1))
        return None

    def of_all(choose, what):
        return choose(seen[what]) if seen[what] else None

    return [Case("--rate 1000/s for 10 s over 1,000 hosts", [
        Variant("weir", tools.weir(site, job, None), before, after)],
        lambda r: [
            # A virtual machine that stands still for more than 15 ms costs
            # some rate: the median. The windows must hold in every round.
            Bar("error of the rate, start log",
                of_all(statistics.median, "error"), 0.1, "%"),
            Bar("starts above burst + rate*t in any window, start log",
                of_all(max, "excess"), 0.001),
            Bar("the same, origin's journal (20 ms slack)",
                of_all(statistics.median, "late"), 20)])]


def disk(*tops):
    """Bytes on disk of files and of folders with all that is in them."""
    found = [p for top in tops for p in [top, *top.rglob("*")] if p.exists()]
    return sum(p.lstat().st_blocks * 512 for p in found)


def tiles(site):
    """50,000 different tiles into an archive, and the same list into files."""
    count, out = 50000, site.run / "out"
    archive = out / "tiles.mbtiles"
    site.tiles("tiles/16/0", count, KIB)
    template = f"http://127.0.0.1:{site.port}/tiles/{{z}}/{{x}}/{{y}}.png"
    names = site.list_file("tile-names", (
        f"16/0/{i}" for i in range(count)))
    job = tools.Job("tiles", site.list_file("tile-urls", (
        f"http://127.0.0.1:{site.port}/tiles/16/0/{i}.png"
        for i in range(count))), count, KIB)
    argv = [site.weir, "tiles", template, "--list", names, "-o", archive,
            "-j", job.connections, "--store", site.run / "weir.db"]
    used = {}

    def before():
        empty_out(site, out)
        remove_store(site)

    def check_archive():
        db = sqlite3.connect(archive)
        got = db.execute("SELECT count(*), sum(length(tile_data)) "
                         "FROM tiles").fetchone()
        db.close()
        used["tiles"] = disk(out, site.run / "weir.db")
        return None if got == (count, count * KIB) else f"{got} in the archive"

    def check_list():
        used["get"] = disk(out, site.run / "weir.db")
        return check_files(job, out)

    def bars(r):
        return [Bar("wall of weir tiles / weir get",
                    r.ratio("tiles", "get"), 1.15),
                Bar("disk of weir tiles / weir get",
                    used["tiles"] / used["get"] if len(used) == 2 else None,
                    1.0),
                memory(r, "tiles", 60)]

    return [Case("50,000 tiles of 1 KiB into MBTiles, 64 connections", [
        Variant("tiles", argv, before, check_archive),
        Variant("get", tools.weir(site, job, out), before, check_list)], bars),
            tiles_at_once(site, before)]


def tiles_at_once(site, before):
    """20 tiles at 150 ms, at once and one after the other."""
    port = site.origin("127.0.0.1:0")
    template = (f"http://127.0.0.1:{port}/delay/150/demo/tiles/"
                "{z}/{x}/{y}.png")

    def run(n):
        return Variant(f"-j {n}", [
            site.weir, "tiles", template, "--list", names, "-o",
            site.run / "out" / "few.mbtiles", "-j", n, "--store",
            site.run / "weir.db"], before)

    names = site.run / "few"
    names.write_text("".join(f"5/{x}/{y}\n" for x in range(16, 20)
                             for y in range(9, 14)))
    return Case("20 tiles at 150 ms", [run(20), run(1)],
                lambda r: [Bar("wall of -j 1 / -j 20",
                               r.ratio("-j 1", "-j 20"), 15, least=True)],
                rounds=3)


def archive(site, demo):
    """From the listing to the feed. The journal tells the ideal: answers that
    had to be waited for one after the other."""
    journal = site.run / "archive.journal"
    port = site.origin("127.0.0.1:0", journal, demo)
    feed, argv = jobs.archive(site, port)
    ideal = []

    def before():
        remove_store(site)
        urllib.request.urlopen(f"http://127.0.0.1:{port}/__reset").close()

    def after():
        urllib.request.urlopen(f"http://127.0.0.1:{port}/journal").read()
        with open(journal, encoding="utf-8") as lines:
            ideal.append(jobs.ideal_s([json.loads(line) for line in lines]))
        return jobs.check(feed, b"<item>")

    return Case("the archive: robots.txt, listing, pages, enclosures",
                [Variant("weir", argv, before, after)],
                lambda r: [Bar("wall of weir / the ideal",
                               r.wall("weir") / ideal[-1]
                               if ideal and r.wall("weir") else None, 1.1)],
                rounds=1)


def scraping(site):
    """Pages of 30 KiB at 250 ms into a feed, and the second run."""
    demo = ("--demo-episodes", str(jobs.PAGES), "--demo-page-bytes",
            str(jobs.PAGE_BYTES), "--delay", str(jobs.LATENCY_MS))
    port = site.origin("127.0.0.1:0", more=demo)
    path = site.run / "episodes.txt"
    path.write_text("".join(
        f"http://127.0.0.1:{port}/demo/podcast/episodes/{i + 1}\n"
        for i in range(jobs.PAGES)))
    made = []
    for parser in ("libxml2", "html5"):
        feed, argv = jobs.weir(site, path, parser)
        made.append(Variant(f"weir, {parser}", argv,
                            lambda: remove_store(site),
                            lambda f=feed: jobs.check(f, b"<item>")))
        made.append(Variant(f"{parser}, again", argv,
                            after=lambda f=feed: jobs.check(f, b"<item>")))
    if jobs.has_scrapy():
        feed, argv = jobs.scrapy(site, path)
        made.append(Variant("scrapy", argv,
                            after=lambda: jobs.check(feed, b'"title"')))

    def bars(r):
        found = []
        for parser in ("libxml2", "html5"):
            first, again = f"weir, {parser}", f"{parser}, again"
            found += [
                Bar(f"wall of {first} (ideal 2.50 s)", r.wall(first), 2.75,
                    "s"),
                Bar(f"wall of {again} / the first", r.ratio(again, first),
                    0.1)]
        if jobs.has_scrapy():
            for parser in ("libxml2", "html5"):
                name = f"weir, {parser}"
                found += [
                    Bar(f"CPU of {name} / scrapy",
                        r.pairs(name, "scrapy", "cpu"), 0.2),
                    Bar(f"peak memory of {name} / scrapy",
                        r.peak_ratio(name, "scrapy"), 0.5)]
        return found

    return [Case("1,000 pages of 30 KiB at 250 ms, 100 at once, extracted",
                 made, bars, in_turns=False, rounds=3), archive(site, demo)]


ALL = {"small": small, "medium": medium, "large": large, "tiny": tiny,
       "list": big_list, "latency": latency, "tls": tls, "dns": dns,
       "rerun": rerun, "rate": rate, "tiles": tiles, "jobs": scraping}
