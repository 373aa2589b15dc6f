"""What the benchmarks fetch from: content, lists, nginx, weir-origin, weir-dns.

Everything lives beneath one work folder, best on tmpfs. Content, lists and
certificates are made once and stay; servers are started for a run of the
script and ended by their process id.
"""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import time

KIB = 1024
MIB = 1024 * 1024

NGINX_CONF = """
user root;
worker_processes {workers};
pid {run}/nginx.pid;
error_log {run}/nginx.log warn;
daemon off;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 65s;
    keepalive_requests 1000000000;
    default_type application/octet-stream;
    client_body_temp_path {run}/nginx-tmp;
    proxy_temp_path {run}/nginx-tmp;
    fastcgi_temp_path {run}/nginx-tmp;
    uwsgi_temp_path {run}/nginx-tmp;
    scgi_temp_path {run}/nginx-tmp;
    server {{
        listen 127.0.0.1:{port} backlog=8192;
        {tls}
        root {www};
        location /tiny/ {{ return 200 "ok\\n"; }}
        location /fresh/ {{
            alias {www}/small/;
            add_header Cache-Control "max-age=86400";
        }}
        location /check/ {{
            alias {www}/small/;
            add_header Cache-Control "no-cache";
        }}
    }}
}}
"""

# Each host of its own address: aria2 would use one connection for all hosts of
# an address, whatever their names and certificates.
TLS_HOSTS = [f"127.2.{i // 250}.{i % 250 + 1}" for i in range(300)]

TLS_CONF = """
        {listen}
        ssl_certificate {folder}/leaf.pem;
        ssl_certificate_key {folder}/leaf.key;
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port, address="127.0.0.1"):
    for _ in range(200):
        with contextlib.suppress(OSError):
            socket.create_connection((address, port), 1).close()
            return
        time.sleep(0.02)
    raise RuntimeError(f"nothing listens on {address}:{port}")


def make_files(folder, count, size):
    """count names for one file of size bytes (hard links)."""
    if (folder / "complete").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    block = os.urandom(min(size, MIB))
    with open(folder / "0", "wb") as f:
        for _ in range(size // len(block)):
            f.write(block)
    for i in range(1, count):
        os.link(folder / "0", folder / str(i))
    (folder / "complete").touch()


def make_tiles(folder, count, size):
    """count pictures N.png, all different."""
    if (folder / "complete").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for i in range(count):
        (folder / f"{i}.png").write_bytes(
            b"\x89PNG\r\n\x1a\n" + os.urandom(size - 8))
    (folder / "complete").touch()


class Site:
    """The work folder and the servers of one run."""

    def __init__(self, work, build, workers):
        self.work = pathlib.Path(work)
        self.build = pathlib.Path(build)
        self.www = self.work / "www"
        self.lists = self.work / "lists"
        self.run = self.work / "run"
        self.tls = self.work / "tls"
        self.workers = workers
        # nginx's ports stay, since the lists that are kept hold them.
        self.port, self.tls_port = self.keep_ports()
        self.processes = []
        self.started = set()
        shutil.rmtree(self.run, ignore_errors=True)
        for folder in (self.www, self.lists, self.run):
            folder.mkdir(parents=True, exist_ok=True)
        # libcurl, wget2 and aria2 keep things in the home folder.
        (self.run / "home").mkdir()
        (self.run / "nginx-tmp").mkdir()

    def keep_ports(self):
        kept = self.work / "ports"
        if kept.exists():
            ports = [int(word) for word in kept.read_text().split()]
        else:
            ports = [free_port(), free_port()]
            self.work.mkdir(parents=True, exist_ok=True)
            kept.write_text(f"{ports[0]} {ports[1]}\n")
        return ports

    def close(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait()

    def start(self, argv, **options):
        process = subprocess.Popen([str(a) for a in argv], **options)
        self.processes.append(process)
        return process

    def listening(self, argv):
        """Starts a server of ours; its port."""
        process = self.start(argv, stdout=subprocess.PIPE, text=True)
        line = process.stdout.readline()
        if not line.startswith("listening "):
            raise RuntimeError(f"{argv[0]} did not start")
        return int(line.rsplit(":", 1)[1])

    # -- servers --

    def nginx(self):
        if "nginx" in self.started:
            return
        self.started.add("nginx")
        self.make_certificates()
        conf = self.run / "nginx.conf"
        listen = "\n        ".join(
            f"listen {host}:{self.tls_port} ssl backlog=1024;"
            for host in TLS_HOSTS)
        tls = TLS_CONF.format(listen=listen, folder=self.tls)
        conf.write_text(NGINX_CONF.format(
            workers=self.workers, run=self.run, www=self.www, port=self.port,
            tls=tls))
        self.start(["nginx", "-p", self.run, "-e", self.run / "nginx.log",
                    "-c", conf])
        wait_for(self.port)

    def dns(self):
        """Port 53 of a loopback address of its own; what to mount for it."""
        conf = self.run / "resolv.conf"
        if "dns" not in self.started:
            self.started.add("dns")
            rules = self.run / "dns.rules"
            rules.write_text("*.names.test a=127.0.0.1 delay=20\n" + "".join(
                f"h{i}.tls.test a={host}\n"
                for i, host in enumerate(TLS_HOSTS)))
            self.listening([
                self.build / "weir-dns", "--listen", "127.53.0.1:53",
                "--lifetime", "7200", "--rules", rules])
            conf.write_text("nameserver 127.53.0.1\n")
        return {"/etc/resolv.conf": conf}

    def trusted(self):
        """What to mount for the servers' certificates to be trusted."""
        return {"/etc/ssl/certs": self.tls / "certs"}

    def origin(self, listen, journal=None, more=()):
        argv = [self.build / "weir-origin", "--listen", listen,
                "--lifetime", "7200", *more]
        if journal:
            argv += ["--journal", journal]
        return self.listening(argv)

    def stop_last(self):
        process = self.processes.pop()
        process.terminate()
        process.wait()

    # -- content --

    def files(self, name, count, size):
        self.nginx()
        make_files(self.www / name, count, size)

    def tiles(self, name, count, size):
        self.nginx()
        make_tiles(self.www / name, count, size)

    def list_file(self, name, lines):
        """A list under a name, written once; lines is a generator."""
        path = self.lists / f"{name}-{self.port}.txt"
        if not path.exists():
            part = path.with_suffix(".part")
            with open(part, "w", encoding="ascii") as f:
                f.writelines(line + "\n" for line in lines)
            part.rename(path)
        return path

    def make_certificates(self):
        """A private CA, a leaf for *.tls.test, and the system's trusted
        certificates, as one file and as a hashed folder, with the CA among
        them."""
        trusted = self.tls / "certs"
        if (trusted / "complete").exists():
            return
        shutil.rmtree(self.tls, ignore_errors=True)
        shutil.copytree("/etc/ssl/certs", trusted)

        def openssl(*argv):
            subprocess.run(["openssl", *argv], cwd=self.tls, check=True,
                           stderr=subprocess.DEVNULL)

        key = ("-newkey", "rsa:2048", "-nodes")
        openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem",
                "-days", "3650", "-subj", "/CN=weir bench CA")
        openssl("req", *key, "-keyout", "leaf.key", "-out", "leaf.csr",
                "-subj", "/CN=tls.test")
        (self.tls / "ext").write_text("subjectAltName=DNS:*.tls.test\n")
        openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey",
                "ca.key", "-CAcreateserial", "-days", "3650", "-extfile", "ext",
                "-out", "leaf.pem")
        shutil.copy(self.tls / "ca.pem", trusted / "weir-bench.pem")
        with open(trusted / "ca-certificates.crt", "ab") as bundle:
            bundle.write((self.tls / "ca.pem").read_bytes())
        openssl("rehash", trusted)
        (trusted / "complete").touch()
