"""The command lines of weir, its peers and the floor for one list.

A job is what has to be fetched; each function returns the argument vector that
a user of that tool would type for it.
"""

import dataclasses
import pathlib
import shutil


@dataclasses.dataclass
class Job:
    name: str
    list: pathlib.Path
    count: int
    size: int              # bytes of each body
    connections: int = 64
    discard: bool = False  # no output files
    mounts: dict = dataclasses.field(default_factory=dict)  # over: what
    extra: tuple = ()      # more options for weir


def weir(site, job, out):
    argv = [site.weir, "get", "-i", job.list]
    argv += ["-o", "/dev/null"] if job.discard else ["-P", out]
    argv += ["-j", job.connections, "--per-host", job.connections,
             "--store", site.run / "weir.db"]
    return argv + list(job.extra)


def curl(site, job, out):
    """curl wants an output for each URL, so the list becomes a config file."""
    suffix = "discard" if job.discard else "save"
    config = job.list.with_name(f"curl-{job.list.stem}-{suffix}.conf")
    if not config.exists():
        with open(job.list, encoding="ascii") as urls, \
                open(config, "w", encoding="ascii") as f:
            for n, url in enumerate(urls):
                name = "/dev/null" if job.discard else n
                f.write(f'url = "{url.strip()}"\noutput = "{name}"\n')
    argv = ["curl", "-q", "-s", "-Z", "--parallel-immediate", "--parallel-max",
            min(job.connections, 300), "-K", config]
    if not job.discard:
        argv += ["--output-dir", out]
    return argv


def aria2c(site, job, out):
    return ["aria2c", "--no-conf", "-q", "-i", job.list, "-d", out, "-j",
            job.connections, "-x", "1", "--file-allocation=none",
            "--auto-file-renaming=false"]


def wget2(site, job, out):
    argv = ["wget2", "--no-config", "-q", "-i", job.list,
            f"--max-threads={job.connections}"]
    argv += ["-O", "/dev/null"] if job.discard else ["-P", out]
    return argv


def aiohttp(site, job, out):
    # Debian's aiohttp belongs to Debian's Python.
    argv = ["/usr/bin/python3", site.here / "peer_aiohttp.py", job.list,
            job.connections]
    return argv if job.discard else argv + [out]


def floor(site, job, out):
    return [site.build / "tests/bench/weir-bench-floor", job.list,
            job.connections]


def floor_files(site, job, out):
    return floor(site, job, out) + [out]


PEERS = {"curl": curl, "aria2c": aria2c, "wget2": wget2, "aiohttp": aiohttp}


def installed(name):
    if name == "aiohttp":
        return any(pathlib.Path("/usr/lib/python3/dist-packages").glob(
            "aiohttp/__init__.py"))
    return shutil.which(name) is not None
