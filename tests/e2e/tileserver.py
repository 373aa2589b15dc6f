"""A tile server in this process that answers as a test tells it.

    server = TileServer(test)
    server.answers["/3/4/2.png"] = (404, {}, b"")
    run = test.weir("tiles", server.template, ...)
    server.requests            [Request(path, headers, t0, t1, status)]
    server.peak()              most requests under way at once

Every other path /z/x/y.png is a picture of one colour, the same for the tile at
all times; those with (x + y) % 4 == 0 are all of the colour of the sea.
"""
import collections
import http.server
import struct
import threading
import time
import zlib

Request = collections.namedtuple("Request", "path headers t0 t1 status")
SEA = (170, 211, 223)


def png(colour, side=16):
    """A picture of one colour."""
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    rows = (b"\0" + bytes(colour) * side) * side
    return (b"\x89PNG\r\n\x1a\n" +
            chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def read_png(data):
    """Width, height and a function of x, y that gives RGB."""
    at, idat = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        part = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", part[:10])
        elif kind == b"IDAT":
            idat += part
        at += 12 + size
    assert depth == 8 and colour in (2, 6), (depth, colour)
    n = 3 if colour == 2 else 4
    raw, rows, last = zlib.decompress(idat), [], bytearray(width * n)
    for y in range(height):
        kind = raw[y * (width * n + 1)]
        row = bytearray(raw[y * (width * n + 1) + 1:(y + 1) * (width * n + 1)])
        for i in range(len(row)):
            left = row[i - n] if i >= n else 0
            up, corner = last[i], last[i - n] if i >= n else 0
            if kind == 1:
                row[i] = (row[i] + left) & 255
            elif kind == 2:
                row[i] = (row[i] + up) & 255
            elif kind == 3:
                row[i] = (row[i] + (left + up) // 2) & 255
            elif kind == 4:
                p = left + up - corner
                best = min((abs(p - left), 0, left), (abs(p - up), 1, up),
                           (abs(p - corner), 2, corner))
                row[i] = (row[i] + best[2]) & 255
        rows.append(row)
        last = row
    return width, height, lambda x, y: tuple(rows[y][x * n:x * n + 3])


def colour_of(z, x, y):
    if (x + y) % 4 == 0:
        return SEA
    return (z * 9 % 256, x * 37 % 256, y * 53 % 256)


def tile(z, x, y):
    return png(colour_of(z, x, y))


class TileServer:
    def __init__(self, test, delay=0, validators=False, headers=None):
        self.delay, self.validators = delay, validators
        self.headers = headers or {}
        self.answers, self.requests = {}, []
        self.active = self.most = 0
        self.lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                t0 = time.monotonic()
                with outer.lock:
                    outer.active += 1
                    outer.most = max(outer.most, outer.active)
                if outer.delay:
                    time.sleep(outer.delay)
                status, headers, body = outer.answer(self.path, self.headers)
                with outer.lock:
                    outer.active -= 1
                    outer.requests.append(Request(
                        self.path, {k.lower(): v for k, v in
                                    self.headers.items()},
                        t0, time.monotonic(), status))
                self.send_response_only(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status not in (204, 304):
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if status not in (204, 304):
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # a client that was killed

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        thread = threading.Thread(target=self.server.serve_forever,
                                  args=(0.05,))
        thread.start()
        test.addCleanup(thread.join)
        test.addCleanup(self.server.server_close)
        test.addCleanup(self.server.shutdown)
        self.base = f"http://127.0.0.1:{self.port}"
        self.template = self.base + "/{z}/{x}/{y}.png"

    def answer(self, path, asked):
        if path in self.answers:
            return self.answers[path]
        try:
            z, x, y = (int(n) for n in path.split(".")[0].split("/")[-3:])
        except ValueError:
            return 404, {}, b"what?"
        headers = {"Content-Type": "image/png", **self.headers}
        if self.validators:
            etag = f'"{z}-{x}-{y}"'
            headers["ETag"] = etag
            headers["Last-Modified"] = "Sun, 06 Nov 1994 08:49:37 GMT"
            if asked.get("If-None-Match") == etag:
                return 304, headers, b""
        return 200, headers, tile(z, x, y)

    def paths(self):
        return [r.path for r in self.requests]

    def forget(self):
        with self.lock:
            self.requests, self.most = [], 0
