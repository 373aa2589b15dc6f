"""weir get: names, proxies, IPv6, TLS and HTTP/2."""
import base64
import os
import socket
import ssl
import subprocess
import threading
import time

import harness
from harness import Process, WeirTest, body
from socks import Socks


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Names(WeirTest):
    def test_dns_server(self):
        o = self.origin()
        d = self.dns("*.test a=127.0.0.1 ttl=60")
        self.ok(self.weir("get", "-o", "/dev/null", "--dns-servers", d.server,
                          o.url("/bytes/[1-9]", "a.test"),
                          o.url("/bytes/[1-9]", "b.test")))
        hosts = {e["host"].split(":")[0] for e in o.arrivals()}
        self.assertEqual(hosts, {"a.test", "b.test"})
        asked = [q["name"] for q in d.queries() if q["type"] == "A"]
        self.assertEqual(sorted(asked), ["a.test", "b.test"])

    def test_unknown_name_is_final(self):
        d = self.dns("x.test a=127.0.0.1")
        run = self.weir("get", "-o", "/dev/null", "--dns-servers", d.server,
                        "http://nowhere.test/a", "http://nowhere.test/b")
        self.assert_status(run, 4)
        self.assertIn("nowhere.test", run.message)
        self.assertLessEqual(len([q for q in d.queries()
                                  if q["type"] == "A"]), 1)

    def test_troubles_of_one_name_are_its_own(self):
        o = self.origin()
        d = self.dns("good.test a=127.0.0.1", "fail.test servfail",
                     "silent.test silent", "garbage.test garbage")
        run = self.weir("get", "-P", "out", "--retry", "0", "--dns-servers",
                        d.server, "http://fail.test/", "http://silent.test/",
                        "http://garbage.test/",
                        o.url("/bytes/5", "good.test"))
        self.assert_status(run, 4)
        self.assertEqual(self.files(), ["5"])
        for name in ("fail.test", "silent.test", "garbage.test"):
            self.assertIn(name, run.message)

    def test_resolve(self):
        o = self.origin()
        self.ok(self.weir("get", "-o", "/dev/null", "--resolve",
                          f"some.example:{o.port}:127.0.0.1",
                          o.url("/bytes/1", "some.example")))
        self.assertEqual(o.arrivals()[0]["host"], f"some.example:{o.port}")

    def test_falls_back_to_the_next_address(self):
        o = self.origin()
        d = self.dns("six.test aaaa=::1 a=127.0.0.1",
                     "two.test a=127.0.0.9 a=127.0.0.1")
        self.ok(self.weir("get", "-o", "/dev/null", "--dns-servers", d.server,
                          o.url("/bytes/1", "six.test"),
                          o.url("/bytes/2", "two.test")))
        self.assertEqual(len(o.arrivals()), 2)

    def test_ipv6(self):
        o = self.origin(listen=("127.0.0.1:0", "[::1]:0"))
        d = self.dns("six.test aaaa=::1")
        port = o.ports[1]
        self.ok(self.weir("get", "-o", "/dev/null", "--dns-servers", d.server,
                          f"http://six.test:{port}/bytes/1",
                          f"http://[::1]:{port}/bytes/2"))
        self.assertEqual({e["local"] for e in o.arrivals()},
                         {f"[::1]:{port}"})

    def test_one_family_only(self):
        o = self.origin(listen=("127.0.0.1:0",))
        port = o.port
        six = self.origin(listen=(f"[::1]:{port}",))
        d = self.dns("both.test a=127.0.0.1 aaaa=::1")
        for option, asked, other in (("-4", o, six), ("-6", six, o)):
            self.ok(self.weir("get", "-o", "/dev/null", "--cache=off",
                              "--dns-servers", d.server, option,
                              f"http://both.test:{port}/bytes/[1-5]"))
            self.assertEqual(len(asked.arrivals("/bytes")), 5)
            self.assertEqual(other.arrivals("/bytes"), [])
            asked.forget()


class Proxies(WeirTest):
    def test_proxy_gets_the_whole_url_and_its_name_only_is_resolved(self):
        o = self.origin()
        d = self.dns("proxy.test a=127.0.0.1")
        self.ok(self.weir("get", "-P", "out", "--dns-servers", d.server, "-x",
                          f"http://proxy.test:{o.port}",
                          "http://far.example/bytes/10"))
        self.assertEqual(o.arrivals()[0]["target"],
                         "http://far.example/bytes/10")
        self.assertEqual(self.read("out/10"), body(10))
        self.assertEqual({q["name"] for q in d.queries()}, {"proxy.test"})

    def test_environment_and_noproxy(self):
        o = self.origin()
        env = {"http_proxy": f"http://127.0.0.1:{o.port}",
               "no_proxy": "127.0.0.1"}
        self.ok(self.weir("get", "-o", "/dev/null",
                          "http://far.example/bytes/1", o.url("/bytes/2"),
                          env=env))
        self.assertEqual(sorted(e["target"] for e in o.arrivals()),
                         ["/bytes/2", "http://far.example/bytes/1"])

    def test_noproxy_goes_before_the_environment(self):
        o = self.origin()
        env = {"no_proxy": "far.example"}
        self.ok(self.weir("get", "-o", "/dev/null", "-x", o.url(),
                          "--noproxy", "127.0.0.0/8,other.example",
                          o.url("/bytes/1"), "http://far.example/bytes/2",
                          env=env))
        self.assertEqual(sorted(e["target"] for e in o.arrivals()),
                         ["/bytes/1", "http://far.example/bytes/2"])

    def test_proxy_credentials_stay_with_the_proxy(self):
        o = self.origin()
        p = self.origin()
        self.ok(self.weir("get", "-o", "/dev/null", "-x",
                          f"http://me:pw@127.0.0.1:{p.port}",
                          "http://far.example/bytes/1"))
        self.assertIn("proxy-authorization", p.arrivals()[0]["headers"])
        self.ok(self.weir("get", "-o", "/dev/null", o.url("/bytes/1")))
        self.assertNotIn("proxy-authorization", o.arrivals()[0]["headers"])

    def test_denied_addresses_are_not_asked_of_a_proxy(self):
        o = self.origin()
        for host in ("127.0.0.1", "[::1]", "2130706433"):
            run = self.weir("get", "--deny-private", "-x", o.url(), "--retry",
                            "0", "-P", "out", f"http://{host}/bytes/1")
            self.assertEqual(run.status, 4, run.err)
        self.assertEqual(o.arrivals("http"), [])
        self.ok(self.weir("get", "--deny-private", "-x", o.url(), "-P", "out",
                          "http://public.example/bytes/1"))

    def test_refused_tunnels(self):
        heads = []

        def serve(listener, answer):
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    heads.append(client.recv(65536))
                    client.sendall(answer)

        for answer, status, tries in ((b"407 No", 6, 1), (b"403 No", 4, 1),
                                      (b"502 No", 4, 2)):
            heads.clear()
            with socket.create_server(("127.0.0.1", 0)) as listener:
                thread = threading.Thread(
                    target=serve, daemon=True, args=(
                        listener, b"HTTP/1.1 " + answer
                        + b"\r\nContent-Length: 0\r\n\r\n"))
                thread.start()
                port = listener.getsockname()[1]
                run = self.weir("get", "-x", f"http://127.0.0.1:{port}",
                                "--retry", "1", "-P", "out",
                                "https://far.example/f")
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            self.assertEqual(run.status, status, run.err)
            self.assertEqual(len(heads), tries, answer)
            self.assertTrue(heads[0].startswith(b"CONNECT far.example:443"))

    def test_per_host_limit_behind_a_proxy(self):
        o = self.origin()
        self.ok(self.weir("get", "-o", "/dev/null", "--per-host", "2", "-x",
                          f"http://127.0.0.1:{o.port}",
                          "http://a.example/delay/50/bytes/[1-10]",
                          "http://b.example/delay/50/bytes/[1-10]"))
        self.assertLessEqual(harness.peak(o.arrivals(), "inflight_host"), 2)


class SocksProxies(WeirTest):
    """Names go to the proxy as names, whatever the scheme is called."""

    def socks(self, *names, **kw):
        return self.keep(Socks(
            {name: ("127.0.0.1", self.o.port) for name in names}, **kw))

    def setUp(self):
        super().setUp()
        self.o = self.origin()

    def test_names_are_resolved_by_the_proxy(self):
        d = self.dns("*.test a=127.0.0.1")
        for n, (scheme, version) in enumerate((
                ("socks5", 5), ("socks5h", 5), ("socks4", 4),
                ("socks4a", 4))):
            s = self.socks("far.example", "next.example")
            run = self.weir(
                "get", "-P", f"out{n}", "--dns-servers", d.server, "-x",
                f"{scheme}://proxy.test:{s.port}",
                "http://far.example/bytes/[10-12]",
                "http://far.example/redirect-to?url=http://next.example/bytes/13")
            self.ok(run)
            self.assertEqual(self.read(f"out{n}/12"), body(12))
            self.assertEqual(set(s.asked), {(version, "far.example", 80),
                                            (version, "next.example", 80)})
        self.assertEqual({q["name"] for q in d.queries()}, {"proxy.test"})

    def test_environment(self):
        s = self.socks("far.example")
        self.ok(self.weir("get", "-P", "out", "http://far.example/bytes/9",
                          env={"all_proxy": f"socks5h://127.0.0.1:{s.port}"}))
        self.assertEqual(s.asked, [(5, "far.example", 80)])

    def test_password(self):
        s = self.socks("far.example", password=("me", "pw"))
        proxy = f"127.0.0.1:{s.port}"
        url = "http://far.example/bytes/10"
        self.ok(self.weir("get", "-P", "out", "-x", f"socks5://me:pw@{proxy}",
                          url))
        self.ok(self.weir("get", "-P", "out2", "-x", f"socks5://{proxy}",
                          "-U", "me:pw", url))
        self.assertEqual(s.users, ["me", "me"])
        got = self.o.arrivals()
        self.assertEqual(len(got), 2)
        for e in got:
            self.assertNotIn("proxy-authorization", e["headers"])
            self.assertNotIn("authorization", e["headers"])
        # with a wrong one, or none: said once, and not tried again
        for args in (("-U", "me:no"), ()):
            s.users.clear()
            run = self.weir("get", "-P", "out3", "-x", f"socks5://{proxy}",
                            *args, url)
            self.assert_status(run, 6)
            self.assertIn(url, run.message)
            self.assertLessEqual(len(s.users), 1)

    def test_refused_hosts_fail_alone(self):
        s = self.socks("far.example")
        run = self.weir("get", "-P", "out", "--retry", "0", "-x",
                        f"socks5://127.0.0.1:{s.port}",
                        "http://nowhere.example/a",
                        "http://far.example/bytes/10")
        self.assert_status(run, 4)
        self.assertEqual(self.files(), ["10"])
        self.assertIn("http://nowhere.example/a", run.message)

    def test_denied_addresses_are_not_asked_for(self):
        s = self.socks("127.0.0.1", "far.example")
        run = self.weir("get", "-P", "out", "--retry", "0", "--deny-private",
                        "-x", f"socks5://127.0.0.1:{s.port}",
                        "http://127.0.0.1/bytes/1",
                        "http://far.example/bytes/2")
        self.assert_status(run, 4)
        self.assertEqual(s.asked, [(5, "far.example", 80)])


class Rebinding(WeirTest):
    """Here 127.0.0.1 stands for a public address (--allow), 127.0.0.2 for a
    private one. An address is kept for a second at least, a connection until
    the origin closes it: so what comes later resolves anew."""

    def get(self, d, *urls):
        return self.weir("get", "-P", "out", "-j", "1", "--retry", "0",
                         "--deny-private", "--allow", "127.0.0.1",
                         "--dns-servers", d.server, *urls)

    def test_second_answer_that_is_private_is_refused(self):
        o = self.origin("--close", listen=("127.0.0.1-127.0.0.2:0",))
        d = self.dns("re.test a=127.0.0.1 ttl=0 first=1",
                     "re.test a=127.0.0.2 ttl=0")
        run = self.get(d, o.url("/delay/1200/bytes/1", "re.test"),
                       o.url("/bytes/[2-3]", "re.test"))
        self.assert_status(run, 4)
        self.assertEqual({q["rule"] for q in d.queries()
                          if q["type"] == "A"}, {1, 2})
        self.assertEqual({e["local"] for e in o.arrivals()},
                         {f"127.0.0.1:{o.port}"})
        self.assertIn("1", self.files())
        self.assertNotIn("3", self.files())
        self.assertIn("/bytes/3: ", run.message)
        self.assertIn("private", run.message)

    def test_redirect_to_a_name_that_turned_private(self):
        o = self.origin("--close", listen=("127.0.0.1-127.0.0.2:0",))
        d = self.dns("re.test a=127.0.0.1 ttl=0 first=1",
                     "re.test a=127.0.0.2 ttl=0")
        run = self.get(d, o.url("/delay/1200/redirect/1", "re.test"))
        self.assert_status(run, 4)
        self.assertEqual(len(o.arrivals()), 1)
        self.assertEqual(self.files(), [])

    def test_private_one_among_public_ones_is_never_reached(self):
        o = self.origin("--close", listen=("127.0.0.2:0",))
        d = self.dns("mixed.test a=127.0.0.1 a=127.0.0.2 aaaa=::1",
                     "six.test aaaa=::ffff:127.0.0.2")
        run = self.get(d, o.url("/bytes/1", "mixed.test"),
                       o.url("/bytes/1", "six.test"))
        self.assert_status(run, 4)
        self.assertEqual(o.arrivals(), [])


class Netrc(WeirTest):
    def netrc(self, text):
        self.write("home/.netrc", text)

    def sent(self, origin, path="/bytes/1"):
        return [e["headers"].get("authorization")
                for e in origin.arrivals(path)]

    @staticmethod
    def basic(pair):
        return "Basic " + base64.b64encode(pair.encode()).decode()

    def test_machines_and_default(self):
        o = self.origin()
        self.netrc("machine a.test login ann password \"p w\"\n"
                   "machine b.test\n\tlogin bob\n\tpassword bobs\n"
                   "default login any password other\n")
        d = self.dns("*.test a=127.0.0.1")
        args = ("get", "-o", "/dev/null", "-j", "1", "--cache=off",
                "--dns-servers", d.server)
        urls = [o.url("/bytes/1", f"{h}.test") for h in "abc"]
        self.ok(self.weir(*args, "--netrc", *urls))
        self.assertEqual(self.sent(o), [self.basic("ann:p w"),
                                        self.basic("bob:bobs"),
                                        self.basic("any:other")])
        o.forget()
        self.ok(self.weir(*args, *urls))
        self.assertEqual(self.sent(o), [None] * 3)
        o.forget()
        # what is in the URL or in -u goes first
        self.ok(self.weir(*args, "--netrc",
                          urls[0].replace("//", "//me:mine@")))
        self.ok(self.weir(*args, "--netrc", "-u", "u:p", urls[0]))
        self.assertEqual(self.sent(o), [self.basic("me:mine"),
                                        self.basic("u:p")])

    def test_stays_with_its_origin(self):
        o, p = self.origin(), self.origin()
        self.netrc("machine 127.0.0.1 login ann password secret1\n")
        self.ok(self.weir("get", "-P", "out", "--netrc", o.url(
            "/redirect-to?url=" + p.url("/bytes/5"))))
        self.assertEqual(self.sent(o, "/"), [self.basic("ann:secret1")])
        self.assertEqual(self.sent(p, "/"), [None])
        for where, _, names in os.walk(self.path("state")):
            for name in names:
                self.assertNotIn(b"secret1", self.read(where, name))

    def test_answers_401_and_files_that_are_not_there(self):
        o = self.origin()
        url = o.url("/auth/basic?user=ann&pass=secret1")
        self.netrc("machine 127.0.0.1 login ann password secret1\n")
        self.ok(self.weir("get", "-P", "out", "--netrc", url))
        os.remove(self.path("home/.netrc"))
        run = self.weir("get", "-P", "out2", "--netrc", url)
        self.assert_status(run, 6)


class Tls(WeirTest):
    """nginx and nghttpd with certificates of a CA made here."""

    def setUp(self):
        super().setUp()
        self.write("www/hello.txt", "hello\n")
        for n in range(100):
            self.write(f"www/f{n}", body(2000, n))
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key",
                     "-out", "ca.pem", "-days", "2", "-subj", "/CN=test CA")
        self.certify("good", "DNS:secure.test,IP:127.0.0.1")
        self.certify("other", "DNS:other.test")

    def openssl(self, *args):
        got = subprocess.run(["openssl", *args], cwd=self.dir, timeout=60,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE)
        self.assertEqual(got.returncode, 0, got.stderr)

    def certify(self, name, alternative):
        self.write(f"{name}.ext", f"subjectAltName={alternative}\n")
        self.openssl("req", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                     f"{name}.key", "-out", f"{name}.csr", "-subj",
                     f"/CN={name}")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem",
                     "-CAkey", "ca.key", "-CAcreateserial", "-out",
                     f"{name}.pem", "-days", "2", "-extfile", f"{name}.ext")

    def wait_for_port(self, port):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.02)
        self.fail(f"nothing listens on port {port}")

    def nginx(self, cert="good", http2=""):
        port = free_port()
        self.write("nginx.conf", f"""
daemon off; master_process off; worker_processes 1;
pid {self.path("nginx.pid")}; error_log {self.path("nginx.log")};
events {{ worker_connections 512; }}
http {{
  access_log {self.path("access.log")};
  client_body_temp_path {self.path("t1")};
  proxy_temp_path {self.path("t2")};
  fastcgi_temp_path {self.path("t3")};
  uwsgi_temp_path {self.path("t4")};
  scgi_temp_path {self.path("t5")};
  server {{
    listen 127.0.0.1:{port} ssl {http2};
    ssl_certificate {self.path(cert + ".pem")};
    ssl_certificate_key {self.path(cert + ".key")};
    root {self.path("www")};
  }}
}}
""")
        exe = "/usr/sbin/nginx" if os.path.exists("/usr/sbin/nginx") else "nginx"
        self.keep(Process([exe, "-c", self.path("nginx.conf"), "-p", self.dir],
                          stderr=subprocess.DEVNULL))
        self.wait_for_port(port)
        return port

    def get(self, port, *args, host="secure.test", path="/hello.txt"):
        return self.weir("get", "--retry", "0", "-P", "out", "--resolve",
                         f"{host}:{port}:127.0.0.1", *args,
                         f"https://{host}:{port}{path}")

    def test_certificate_of_a_known_ca(self):
        port = self.nginx()
        self.ok(self.get(port, "--cacert", "ca.pem"))
        self.assertEqual(self.read("out/hello.txt"), b"hello\n")

    def test_unknown_ca_wrong_name_and_insecure(self):
        port = self.nginx()
        run = self.get(port)
        self.assert_status(run, 5)
        self.assertIn("secure.test", run.message)
        run = self.get(port, "--cacert", "ca.pem", host="wrong.test")
        self.assert_status(run, 5)
        self.assertEqual(self.files(), [])
        self.ok(self.get(port, "-k"))

    def test_plain_server_behind_https(self):
        o = self.origin()
        run = self.weir("get", "--retry", "0", "-P", "out",
                        f"https://127.0.0.1:{o.port}/")
        self.assert_status(run, 5)

    def test_literal_address(self):
        port = self.nginx()
        self.ok(self.weir("get", "-P", "out", "--cacert", "ca.pem",
                          f"https://127.0.0.1:{port}/hello.txt"))

    def nghttpd(self):
        port = free_port()
        self.keep(Process(["nghttpd", "-a", "127.0.0.1", "-d",
                           self.path("www"), "-v", str(port),
                           self.path("good.key"), self.path("good.pem")],
                          stdout=open(self.path("h2.log"), "wb"),
                          stderr=subprocess.DEVNULL))
        self.wait_for_port(port)
        return port

    def test_http2_multiplexes_on_few_connections(self):
        port = self.nghttpd()
        run = self.get(port, "--cacert", "ca.pem", path="/f[0-99]")
        self.ok(run)
        self.assertEqual(len(self.files()), 100)
        for n in range(100):
            self.assertEqual(self.read(f"out/f{n}"), body(2000, n))
        with open(self.path("h2.log"), encoding="latin-1") as f:
            ids = {line.split("]")[0] for line in f if line.startswith("[id=")
                   and "recv HEADERS" in line}
        self.assertTrue(1 <= len(ids) <= 3, ids)

    def test_http11_on_request(self):
        port = self.nginx(http2="http2")
        self.ok(self.get(port, "--cacert", "ca.pem", "--http1.1"))
        self.ok(self.get(port, "--cacert", "ca.pem", path="/f1"))
        with open(self.path("access.log")) as f:
            log = f.read()
        self.assertIn('"GET /hello.txt HTTP/1.1" 200', log)
        self.assertIn('"GET /f1 HTTP/2.0" 200', log)

    def test_client_certificate_is_shown(self):
        self.certify("client", "DNS:client.test")
        port = free_port()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("good.pem"), self.path("good.key"))
        context.load_verify_locations(self.path("ca.pem"))
        context.verify_mode = ssl.CERT_REQUIRED
        seen = []
        with socket.create_server(("127.0.0.1", port)) as listener:
            run = self.start("get", "--retry", "0", "-P", "out", "--cacert",
                             "ca.pem", "--cert", "client.pem", "--key",
                             "client.key", "--http1.1",
                             f"https://127.0.0.1:{port}/x")
            listener.settimeout(20)
            plain, _ = listener.accept()
            with context.wrap_socket(plain, server_side=True) as s:
                seen.append(s.getpeercert()["subject"])
                s.recv(4096)
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
                          b"Connection: close\r\n\r\nok")
            self.ok(run.finish())
        self.assertIn("client", str(seen))


if __name__ == "__main__":
    harness.main()
