"""Reads PMTiles archives, from the text of the specification (version 3)."""
import gzip
import json
import struct


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def directory(data):
    """[(tile id, offset, length, run length)]"""
    count, at = varint(data, 0)
    columns = []
    for _ in range(4):
        column = []
        for _ in range(count):
            value, at = varint(data, at)
            column.append(value)
        columns.append(column)
    assert at == len(data), "bytes after the directory"
    entries, tile_id = [], 0
    for delta, run, length, offset in zip(*columns):
        tile_id += delta
        if offset == 0:
            assert entries, "the first offset cannot follow another"
            offset = entries[-1][1] + entries[-1][2]
        else:
            offset -= 1
        entries.append((tile_id, offset, length, run))
    return entries


def zxy(tile_id):
    """Appendix: Hilbert curve, by walking down from the largest square."""
    z = first = 0
    while first + 4 ** z <= tile_id:
        first += 4 ** z
        z += 1
    d, x, y, side = tile_id - first, 0, 0, 1
    for _ in range(z):
        rx = 1 & (d // 2)
        ry = 1 & (d ^ rx)
        if ry == 0:
            if rx == 1:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        x += side * rx
        y += side * ry
        d //= 4
        side *= 2
    return z, x, y


class Archive:
    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        head = self.data[:127]
        assert head[:8] == b"PMTiles\x03", head[:8]
        (self.root_at, self.root_size, self.json_at, self.json_size,
         self.leaves_at, self.leaves_size, self.tiles_at, self.tiles_size,
         self.addressed, self.entries, self.contents) = struct.unpack(
            "<11Q", head[8:96])
        (self.clustered, self.internal, self.compression, self.kind,
         self.minzoom, self.maxzoom) = head[96:102]
        self.bounds = [v / 1e7 for v in struct.unpack("<4i", head[102:118])]
        self.center_zoom = head[118]
        self.center = [v / 1e7 for v in struct.unpack("<2i", head[119:127])]
        assert self.internal == 2
        assert self.root_at + self.root_size <= 16384
        assert self.tiles_at + self.tiles_size == len(self.data)
        self.metadata = json.loads(gzip.decompress(
            self.data[self.json_at:self.json_at + self.json_size]))
        self.leaf_count = 0

    def _walk(self, at, size):
        for tile_id, offset, length, run in directory(
                gzip.decompress(self.data[at:at + size])):
            if run == 0:
                assert offset + length <= self.leaves_size
                self.leaf_count += 1
                yield from self._walk(self.leaves_at + offset, length)
            else:
                yield tile_id, offset, length, run

    def check(self):
        """All entries, sorted, clustered, counted as the header says."""
        last = expected = addressed = entries = 0
        offsets = set()
        self.leaf_count = 0
        for tile_id, offset, length, run in self._walk(
                self.root_at, self.root_size):
            assert entries == 0 or tile_id >= last, "ids do not grow"
            assert offset + length <= self.tiles_size
            if offset not in offsets:
                assert offset == expected, "not clustered"
                expected += length
                offsets.add(offset)
            last = tile_id + run
            addressed += run
            entries += 1
        assert expected == self.tiles_size
        assert (addressed, entries, len(offsets)) == (
            self.addressed, self.entries, self.contents)

    def tiles(self):
        """{(z, x, y): bytes}"""
        found = {}
        for tile_id, offset, length, run in self._walk(
                self.root_at, self.root_size):
            at = self.tiles_at + offset
            for i in range(run):
                found[zxy(tile_id + i)] = self.data[at:at + length]
        return found
