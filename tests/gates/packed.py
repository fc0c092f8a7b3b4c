"""Packed files that no packer writes, for the gate `pathological`, and the records in them."""

import io
import struct
import zlib

from fastwarc.stream_io import Lz4Writer, ZstdWriter


def record(body: bytes, *fields: str) -> bytes:
    """A response, not packed."""
    http = "".join(f"{field}\r\n" for field in ("HTTP/1.1 200 OK", "Content-Type: text/html", *fields))
    block = http.encode() + b"\r\n" + body
    head = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.com/\r\n"
    return head + b"Content-Length: %d\r\n\r\n%b\r\n\r\n" % (len(block), block)


def nested_gzip(size: int, unit: bytes = b"") -> bytes:
    """Members in stored blocks of members, none of which ends."""
    head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"\0" + struct.pack("<HH", 0xFFFF, 0)
    return (head + unit) * (size // len(head + unit))


def fitted_gzip(size: int) -> bytes:
    """As above, each block as long as what is left, with lines of records in it."""
    inner = b""
    while len(inner) < min(size, 65_000):
        inner = b"WARC/1.0\r\nA: b\r\n\r\n" + inner
        inner = (
            b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
            + b"\0"
            + struct.pack("<HH", len(inner), len(inner) ^ 0xFFFF)
            + inner
        )
    return inner * max(1, size // 65_000)


def nested_bomb(size: int) -> bytes:
    """Members that begin one in the other and share a tail that unpacks far and is cut off."""
    inner = deflate_raw(bytes(size * 100))[:-8]
    while len(inner) < size:
        room = min(len(inner), 0xFFFF)
        head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"\0" + struct.pack("<HH", room, room ^ 0xFFFF)
        inner = head + inner
        if len(inner) > 60_000:
            inner = head[:10] + b"\0\0\0\xff\xff" + inner
    return inner


def deflate_raw(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def pack_zstd(data: bytes) -> bytes:
    out = io.BytesIO()
    writer = ZstdWriter(out)
    writer.write(data)
    writer.close()
    return out.getvalue()


def pack_lz4(data: bytes) -> bytes:
    out = io.BytesIO()
    writer = Lz4Writer(out)
    writer.write(data)
    writer.close()
    return out.getvalue()


def layers(size: int) -> bytes:
    body = bytes(size * 20)
    for _ in range(30):
        body = zlib.compress(body)
    return record(body, "Content-Encoding: " + ", ".join(["deflate"] * 30))


def overlapping_zip(size: int) -> bytes:
    """Names in a directory that all stand for one member."""
    plain = record(bytes(size))
    packed = deflate_raw(plain)
    sizes = (zlib.crc32(plain), len(packed), len(plain))
    name = b"archive/00000"
    data = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0, *sizes, len(name), 0) + name + packed
    head = (b"PK\1\2", 20, 20, 0, 8, 0, 0, *sizes, len(name), *[0] * 6)
    count = min(60_000, size // 60)
    directory = (struct.pack("<4sHHHHHHIIIHHHHHII", *head) + name) * count
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(directory), len(data), 0)
    return data + directory + end
