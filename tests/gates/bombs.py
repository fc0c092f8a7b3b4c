"""Pathological files for the gate: what a reader reads, of each class one of about `size` bytes."""

import bz2
import gzip
import html
import itertools
import lzma
import random
from collections.abc import Callable
from pydoc_data.topics import topics

import brotli
from packed import (
    fitted_gzip,
    layers,
    nested_bomb,
    nested_gzip,
    overlapping_zip,
    pack_lz4,
    pack_zstd,
    record,
)
from tangles import WORDS

Make = Callable[[int], bytes]
EMPTY_GZIP = gzip.compress(b"", mtime=0)
HEAD = b"WARC/1.0\r\nWARC-Type: resource\r\nWARC-Target-URI: http://a.com/\r\nContent-Type: text/plain\r\n"


def archive(size: int) -> bytes:
    """An ordinary archive: pages of about 20 KB of Python's manual, packed by record.

    Its bytes are packed to .30 and read in 5 ms a MB, as are those of Common Crawl's archives (.24 to .29,
    4 to 6 ms); pages of one sentence over and over are read in 3 ms.
    """
    paragraphs = itertools.cycle(text for text in "\n\n".join(topics.values()).split("\n\n") if text.strip())
    packed, done = [], 0
    while done < size:
        body = f"<html><head><title>{done}</title></head><body>"
        while len(body) < 20_000:
            body += f"<p class=text>{html.escape(next(paragraphs))}</p>\n"
        packed.append(gzip.compress(record(body.encode()), mtime=0))
        done += len(body)
    return b"".join(packed)


def dump(texts: list[str]) -> bytes:
    """Pages of a wiki."""
    pages = "".join(
        f"<page><title>A</title><ns>0</ns><id>1</id><revision><timestamp>2024-01-01T00:00:00Z</timestamp>"
        f"<text>{text.replace('&', '&amp;').replace('<', '&lt;')}</text></revision></page>\n"
        for text in texts
    )
    return f"<mediawiki>{pages}</mediawiki>".encode()


def wiki(size: int) -> bytes:
    """An ordinary dump: of markup about as much, and as dear to read, as in the English Wikipedia.

    142 articles of that take .54 s a MB.
    """
    text = (
        "'''A''' is a [[town]] in the [[Old County|county]] of [[B]], on the river [[C (river)|C]]."
        "<ref name=a>{{cite book|last=Smith|first=J.|title=The bridge of A|year=1920|publisher=B}}</ref> "
        f"It has {{{{convert|12|km2}}}}, and {{{{nowrap|2 bridges}}}}. {WORDS * 4}\n\n== Past ==\n"
        f"* [[Bridge of A]], since [[1920]]\n* ''The mill''<br>{WORDS}<ref name=a/>\n"
    )
    return dump([text * 20] * max(1, size // (20 * len(text))))


def _repeat(unit: bytes, before: bytes = b"", behind: bytes = b"") -> Make:
    return lambda size: before + unit * max(1, (size - len(before) - len(behind)) // len(unit)) + behind


def _body(make: Make, *fields: str) -> Make:
    return lambda size: record(make(size), *fields)


def _packed(make: Make) -> Make:
    return lambda size: gzip.compress(make(size), mtime=0)


def _noise(size: int) -> bytes:
    return random.Random(1).randbytes(size)


def _noise_of_text(size: int) -> bytes:
    """Without the controls that would show it to be no text."""
    return b"<html>" + bytes(b for b in _noise(size * 8 // 7) if b >= 32)[:size]


ARCHIVES: dict[str, Make] = {
    "gzip_nested_without_end": nested_gzip,
    "gzip_nested_with_lines": lambda size: nested_gzip(size, b"WARC/1.0\r\nA: b\r\n\r\n"),
    "gzip_nested_fitted": fitted_gzip,
    "gzip_nested_bomb": nested_bomb,
    "gzip_magic_behind_a_block": lambda size: (
        gzip.compress(record(_noise(4 << 20)), mtime=0) + b"\x1f\x8b\x08\0\0\0\0\0\0\xff" * (size // 10)
    ),
    "gzip_nested_behind_a_block": lambda size: (
        gzip.compress(record(_noise(4 << 20)), mtime=0) + nested_gzip(size)
    ),
    "gzip_members_empty": _repeat(EMPTY_GZIP),
    "gzip_members_of_a_byte": _repeat(gzip.compress(b"a", mtime=0)),
    "gzip_members_of_a_line": _repeat(gzip.compress(b"WARC/1.0\r\nA: b\r\n\r\n", mtime=0)),
    "gzip_members_of_lines": _repeat(gzip.compress(b"WARC/1.0\r\nA: b\r\n\r\n" * 20, mtime=0)),
    "gzip_magic": _repeat(b"\x1f\x8b\x08\0\0\0\0\0\0\xff"),
    "gzip_magic_and_noise": _repeat(b"\x1f\x8b\x08\0\0\0\0\0\0\xff\xff\xff"),
    "gzip_members_damaged": lambda size: gzip.compress(b"a" * 50, mtime=0)[:-6] * (size // 24),
    "gzip_bomb": lambda size: gzip.compress(
        HEAD + b"Content-Length: 90000000\r\n\r\n" + bytes(size * 100), mtime=0
    ),
    "gzip_zeros_behind": _repeat(b"\0", gzip.compress(record(b"<p>a"), mtime=0)),
    "gzip_bomb_of_records": _packed(
        lambda size: _repeat(HEAD + b"Content-Length: 0\r\n\r\n\r\n\r\n")(size * 10)
    ),
    "zstd_magic": _repeat(b"\x28\xb5\x2f\xfd"),
    "zstd_frames_empty": _repeat(pack_zstd(b"")),
    "zstd_nested": _repeat(b"\x28\xb5\x2f\xfd\x00\x58" + ((65_000 << 3).to_bytes(3, "little"))),
    "zstd_frames_damaged": _repeat(pack_zstd(b"a" * 50)[:-4]),
    "zstd_skippable": _repeat(b"\x50\x2a\x4d\x18\0\0\0\0"),
    "zstd_bomb": lambda size: pack_zstd(HEAD + b"Content-Length: 90000000\r\n\r\n" + bytes(size * 100)),
    "lz4_magic": _repeat(b"\x04\x22\x4d\x18"),
    "lz4_frames_empty": _repeat(pack_lz4(b"")),
    "bzip2_streams_empty": _repeat(bz2.compress(b"")),
    "bzip2_bomb": lambda size: bz2.compress(HEAD + b"Content-Length: 90000000\r\n\r\n" + bytes(size * 100)),
    "xz_streams_empty": _repeat(lzma.compress(b"")),
    "xz_bomb": lambda size: lzma.compress(HEAD + b"Content-Length: 90000000\r\n\r\n" + bytes(size * 100)),
    "zip_overlapping": overlapping_zip,
    "warc_header_without_end": _repeat(b"a", b"WARC/1.0\r\nA: "),
    "warc_headers_without_end": _repeat(b"WARC/1.0\r\nA:b\r\n"),
    "warc_header_lines": _repeat(b"WARC/1.0\r\nA:\r\n"),
    "warc_headers_alone": _repeat(b"WARC/1.0\r\nA:b\r\n\r\n"),
    "warc_header_lines_behind_a_block": _repeat(b"WARC/1.0\r\nA:\r\n", record(b"x" * (4 << 20))),
    "warc_versions": _repeat(b"WARC/1.0\r\n"),
    "warc_fields_same": _repeat(b"a:b\r\n", b"WARC/1.0\r\n", b"\r\n"),
    "warc_length_of_digits": _repeat(b"9", b"WARC/1.0\r\nContent-Length: ", b"\r\n\r\n"),
    "warc_length_of_digits_short": _repeat(HEAD + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n"),
    "warc_lengths_too_long": _repeat(HEAD + b"Content-Length: 40000000\r\n\r\n"),
    "warc_no_lengths": _repeat(HEAD + b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 40000000\r\n\r\n"),
    "warc_lengths_agree": _repeat(
        HEAD + b"Content-Length: 90\r\n\r\nHTTP/1.1 200\r\nContent-Length: 54\r\n\r\n"
    ),
    "warc_glued": _repeat(b"xWARC/1.0\r\nWARC-Type: response\r\nContent-Length: 40000000\r\n\r\n"),
    "warc_glued_without_end": _repeat(b"xWARC/1.0\r\nWARC-Type:"),
    "warc_glued_short": _repeat(b"xWARC/1.0\r\nWARC-Type: response\r\nContent-Length: 9\r\n\r\n"),
    "warc_glued_in_members": lambda size: (
        gzip.compress(b"xWARC/1.0\r\nWARC-Type: response\r\nContent-Length: 9\r\n\r\n", mtime=0)
        * (size // 80)
    ),
    "warc_lengths_many": _repeat(b"Content-Length: 1\r\n", b"WARC/1.0\r\n", b"\r\na"),
    "warc_records_empty": _repeat(HEAD + b"Content-Length: 0\r\n\r\n\r\n\r\n"),
    "warc_one_line": _repeat(b"a"),
    "warc_line_ends": _repeat(b"\r\n", b"", b"a"),
    "warc_almost_records": _repeat(b"\nWARC/1"),
    "arc_digits": _repeat(b"1", b"http://a.com/ 1.2.3.4 20240101000000 text/html "),
    "arc_digits_behind": _repeat(b"1", b"http://a.com/ 1.2.3.4 20240101000000 text/html ", b"\n"),
    "arc_lines_of_digits": _repeat(b"http://a.com/ 1.2.3.4 20240101000000 text/html " + b"1" * 1_900 + b"\n"),
    "arc_responses_without_end": _repeat(
        b"http://a.com/ 1.2.3.4 20240101000000 text/html 40000000\nHTTP/1.1 200 OK\r\nA: b\r\n"
    ),
    "arc_schemes": _repeat(b"\na:", b"filedesc://a 1.2.3.4 20240101000000 text/plain 1\n"),
    "arc_one_scheme": _repeat(b"a", b"filedesc://a 1.2.3.4 20240101000000 text/plain 1\na\n"),
    "http_header_without_end": lambda size: _http(b"a" * size),
    "http_fields_same": lambda size: _http(b"a:b\r\n" * (size // 5)),
    "http_fields_other": lambda size: _http(b"".join(b"%d:b\r\n" % i for i in range(size // 9))),
    "http_folds": lambda size: _http(b"a:b" + b"\r\n " * (size // 3)),
    "http_preferences": lambda size: _http(b"X-Robots-Tag: a\r\n" * (size // 17)),
    "http_chunks_of_a_byte": _body(_repeat(b"1\r\na\r\n", b"", b"0\r\n\r\n"), "Transfer-Encoding: chunked"),
    "http_chunk_signs": _body(_repeat(b" ", b"1\r\na\r\n1"), "Transfer-Encoding: chunked"),
    "http_codings_many": lambda size: record(b"x" * size, "Content-Encoding: " + "br," * (size // 3)),
    "http_layers": layers,
    "http_gzip_members_empty": _body(_repeat(EMPTY_GZIP), "Content-Encoding: gzip"),
    "http_gzip_bomb": _body(lambda size: gzip.compress(bytes(size * 200)), "Content-Encoding: gzip"),
    "http_brotli_bomb": _body(
        lambda size: brotli.compress(bytes(size * 200), quality=1), "Content-Encoding: br"
    ),
    "http_zstd_bomb": _body(lambda size: pack_zstd(bytes(size * 200)), "Content-Encoding: zstd"),
    "http_zstd_frames_empty": _body(_repeat(pack_zstd(b"")), "Content-Encoding: zstd"),
    "http_deflate_noise": _body(_noise, "Content-Encoding: deflate"),
    "charset_high_bytes": _body(_repeat(b"\xff", b"<html>")),
    "charset_continuations": _body(_repeat(b"\x80a", b"<html>")),
    "charset_noise": _body(lambda size: _noise_of_text(2 * size)),
    "charset_noise_in_records_of_100_kb": lambda size: record(_noise_of_text(100_000)) * (size // 100_000),
    "charset_noise_in_records_of_8_kb": lambda size: record(_noise_of_text(8_200)) * (size // 8_200),
    "charset_lead_bytes": _body(_repeat(b"\xe4\xb8", b"<html>")),
    "charset_escapes": _body(_repeat(b"\x1b$B", b"<html>")),
    "charset_escapes_broken": _body(_repeat(b"\x1b$ ", b"<html>", b"\xff")),
    "charset_utf16": _body(_repeat(b"\x00\xd8", b"\xff\xfe")),
    "charset_claims": _body(
        _repeat(b"\xa4\xa2", b"<html><meta charset=euc-jp>"), "Content-Type: text/html; charset=big5"
    ),
    "charset_c1": _body(_repeat(b"\x85\x9f", b"<html><meta charset=shift_jis>")),
    "page_spaces": _body(_repeat(b" ", b"", b"x"), "Content-Type: text/plain"),
    "page_xml": _body(_repeat(b" ", b"<?xml " + b"?>" * 90), "Content-Type: text/plain"),
}


def _http(head: bytes) -> bytes:
    """A response whose header has no end."""
    block = b"HTTP/1.1 200 OK\r\n" + head
    return HEAD.replace(b"resource", b"response") + b"Content-Length: %d\r\n\r\n%b\r\n\r\n" % (
        len(block),
        block,
    )


DUMPS: dict[str, Make] = {
    "page_without_end": _repeat(b"a", b"<mediawiki><page>"),
    "page_without_end_small_members": lambda size: (
        gzip.compress(b"<page>", mtime=0) + gzip.compress(b"abc", mtime=0) * (size // 24)
    ),
    "pages_begun": _repeat(b"<page>"),
    "siteinfos_begun": _repeat(b"<siteinfo>"),
    "siteinfos": _repeat(b"<siteinfo></siteinfo>"),
    "pages_empty": _repeat(b"<page></page>"),
    "pages_closed": _repeat(b"</page>"),
    "page_deep": lambda size: b"<page>" + b"<a>" * (size // 7) + b"</a>" * (size // 7) + b"</page>",
    "page_deep_without_end": _repeat(b"<a>", b"<page>", b"</page>"),
    "page_attributes": lambda size: (
        b"<page><a " + b" ".join(b'a%d=""' % i for i in range(size // 9)) + b"/></page>"
    ),
    "page_entities": _repeat(b"&lt;", b"<page><revision><text>", b"</text></revision></page>"),
    "page_revisions": _repeat(b"<revision/>", b"<page>", b"</page>"),
    "page_title_long": _repeat(b"%", b"<page><title>", b"</title><revision><text>a</text></revision></page>"),
    "utf16": lambda size: b"\xff\xfe" + b"\x00\xd8" * (size // 2),
    "bzip2_magic": _repeat(b"BZh91AY&SY"),
}

# How many times as many bytes come out of some. A frame of zstd that holds nothing counts as a row does:
# libzstd takes microseconds for each.
EXPANDS = {
    **dict.fromkeys(("zstd_frames_empty", "zstd_skippable", "http_zstd_frames_empty"), 100),
    **dict.fromkeys(("gzip_bomb", "zstd_bomb", "bzip2_bomb", "xz_bomb"), 100),
    **dict.fromkeys(("http_gzip_bomb", "http_brotli_bomb", "http_zstd_bomb"), 200),
    **{"gzip_bomb_of_records": 10, "http_layers": 20},
}
