"""A SOCKS server: 4a, and 5 with or without a password (RFC 1928, RFC 1929).

    socks = self.keep(Socks({"far.example": ("127.0.0.1", origin.port)}))
    ...
    socks.asked     [(version, name or address, port)...] in order

Names are those of its table; others are refused, as are all when it is told
to. With a password it admits nobody without.
"""
import ipaddress
import socket
import struct
import threading


class Socks:
    def __init__(self, table, password=None):
        self.table, self.password = table, password
        self.asked, self.users = [], []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def end(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,),
                             daemon=True).start()

    def _serve(self, client):
        with client, client.makefile("rb") as f:
            client.settimeout(30)
            try:
                version = f.read(1)
                ask = {b"\4": self._ask4, b"\5": self._ask5}[version]
                where, granted, refused = ask(client, f)
                there = self.table.get(where)
                if not there:
                    client.sendall(refused)
                    return
                with socket.create_connection(there, 10) as server:
                    client.sendall(granted)
                    self._relay(client, server)
            except (OSError, KeyError, EOFError, struct.error):
                pass

    def _ask4(self, client, f):
        _, port, address = struct.unpack(">BH4s", f.read(7))
        user = self._until_zero(f)
        where = str(ipaddress.ip_address(address))
        if where.startswith("0.0.0."):
            where = self._until_zero(f).decode()
        self.users.append(user.decode())
        self.asked.append((4, where, port))
        return where, b"\0\x5a" + bytes(6), b"\0\x5b" + bytes(6)

    def _ask5(self, client, f):
        methods = f.read(f.read(1)[0])
        method = 2 if self.password else 0
        if method not in methods:
            client.sendall(b"\5\xff")
            raise EOFError
        client.sendall(bytes([5, method]))
        if method:
            f.read(1)
            given = tuple(f.read(f.read(1)[0]).decode() for _ in range(2))
            self.users.append(given[0])
            client.sendall(b"\1" + bytes([given != self.password]))
            if given != self.password:
                raise EOFError
        _, _, _, kind = f.read(4)
        if kind == 3:
            where = f.read(f.read(1)[0]).decode()
        else:
            where = str(ipaddress.ip_address(f.read(4 if kind == 1 else 16)))
        port, = struct.unpack(">H", f.read(2))
        self.asked.append((5, where, port))
        rest = b"\0\1" + bytes(6)
        return where, b"\5\0" + rest, b"\5\4" + rest

    @staticmethod
    def _until_zero(f):
        got = b""
        while (c := f.read(1)) != b"\0":
            if not c:
                raise EOFError
            got += c
        return got

    @staticmethod
    def _relay(client, server):
        def copy(a, b):
            try:
                while data := a.recv(65536):
                    b.sendall(data)
                b.shutdown(socket.SHUT_WR)
            except OSError:
                pass
        back = threading.Thread(target=copy, args=(server, client),
                                daemon=True)
        back.start()
        copy(client, server)
        back.join(30)
