"""HTTP bodies as crawlers stored them, back to what the server meant to send, never larger than a bound."""

import io
import re
import zlib
from collections.abc import Sequence

import brotli
from fastwarc.stream_io import ZstdReader

_CHUNK = re.compile(rb"\s{0,2}([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]{0,200})?\r?\n")
# Chunks of at most 4 bytes, any number of them: each of these costs one of the larger ones' time otherwise.
_SMALL_SIZE = 4
_SMALL = re.compile(
    rb"\s{0,2}0{0,7}(?:1[ \t]*\r?\n(.)|2[ \t]*\r?\n(..)|3[ \t]*\r?\n(...)|4[ \t]*\r?\n(....))(?=[\r\n])",
    re.DOTALL,
)
_SMALL_RUN = re.compile(b"(?:%b){1,4096}" % _SMALL.pattern, re.DOTALL)
_STEP_BYTES = 1 << 20
_FED_BYTES = 1 << 12
MAX_CODINGS = 8


class BodyError(Exception):
    """The body cannot be decoded; the message says why and what to do."""


def dechunk(body: bytes) -> bytes:
    """Undo chunked transfer coding; a body that is not chunked, though marked so, comes back as it is.

    What is there of a body cut off inside a chunk is kept.
    """
    chunks: list[bytes] = []
    at = 0
    while match := _CHUNK.match(body, at):
        begin = match.end()
        size = int(match[1], 16)
        at = begin + size
        chunk = body[begin:at]
        closed = body.startswith((b"\r", b"\n"), at)
        if not chunks and not closed and size and not (len(chunk) < size and chunk.startswith(b"<")):
            return body
        chunks.append(chunk)
        if size == 0 or not closed:
            break
        if size <= _SMALL_SIZE and (run := _SMALL_RUN.match(body, at)):
            chunks += filter(None, _SMALL.split(body[at : run.end() + 1])[:-1])
            at = run.end()
    return b"".join(chunks) if chunks else body


def decode(body: bytes, encodings: Sequence[str], max_bytes: int) -> bytes:
    """Undo content codings (gzip, deflate, br, zstd), the last one first.

    A body that is not coded, though marked so, comes back as it is, also where the mark is no coding, as
    servers have it that name a charset there. Raises BodyError where it would grow beyond `max_bytes`, the
    coding is unknown, or there are more than 8: a few bytes can unpack to themselves without an end.
    """
    codings = [name.strip().lower() for name in reversed(encodings)]
    codings = [each for each in codings if each not in ("", "identity", "none", "utf-8", "binary")]
    if len(codings) > MAX_CODINGS:
        raise BodyError(
            f"the header names {len(codings)} content codings, more than {MAX_CODINGS}: no server packs so"
        )
    for coding in codings:
        body = _decode_one(body, coding, max_bytes)
        if len(body) > max_bytes:
            raise BodyError(
                f"the body unpacks to more than max_record_bytes ({max_bytes}); raise it, if it is no bomb"
            )
    return body


def _decode_one(body: bytes, coding: str, max_bytes: int) -> bytes:
    if coding in ("gzip", "x-gzip"):
        return _inflate(body, max_bytes, 31) if body.startswith(b"\x1f\x8b") else body
    if coding == "deflate":
        return body if body.lstrip().startswith(b"<") else _inflate_either(body, max_bytes)
    if coding == "br":
        return _unpack_brotli(body, max_bytes)
    if coding == "zstd":
        return _unpack_zstd(body, max_bytes) if body.startswith(b"\x28\xb5\x2f\xfd") else body
    if body.lstrip().startswith(b"<"):
        return body
    raise BodyError(f"unknown content coding {coding!r}")


def _inflate(body: bytes, max_bytes: int, wbits: int) -> bytes:
    """All members of the body; what comes before damage or a cut is kept, as browsers do."""
    out, at, whole = bytearray(), 0, 0
    unpacker = zlib.decompressobj(wbits)
    while at < len(body) and len(out) <= max_bytes:
        fed = body[at : at + _FED_BYTES]  # what is behind a member is copied at its end
        try:
            out += unpacker.decompress(fed, max_bytes + 1 - len(out))
        except zlib.error as error:
            if not whole:
                raise BodyError(f"damaged compressed body ({error})") from error
            del out[whole:]
            break
        at += len(fed) - len(unpacker.unused_data) - len(unpacker.unconsumed_tail)
        if unpacker.eof:
            if not body.startswith(b"\x1f\x8b", at):
                break
            unpacker, whole = zlib.decompressobj(wbits), len(out)
    return bytes(out)


def _inflate_either(body: bytes, max_bytes: int) -> bytes:
    """deflate means zlib, and raw deflate from servers that got it wrong."""
    for wbits in (15, -15):
        try:
            return _inflate(body, max_bytes, wbits)
        except BodyError:
            continue
    return body


def _unpack_brotli(body: bytes, max_bytes: int) -> bytes:
    unpacker = brotli.Decompressor()
    out = bytearray()
    try:
        out += unpacker.process(body, output_buffer_limit=_STEP_BYTES)
        while len(out) <= max_bytes and not unpacker.is_finished():
            more = unpacker.process(b"", output_buffer_limit=_STEP_BYTES)
            if not more:
                break
            out += more
    except brotli.error:
        return bytes(out) or body  # no magic number: a plain body shows itself only by failing
    return bytes(out) or body


def _unpack_zstd(body: bytes, max_bytes: int) -> bytes:
    reader = ZstdReader(io.BytesIO(body))
    out = bytearray()
    try:
        while len(out) <= max_bytes and (more := reader.read(_STEP_BYTES)):
            out += more
    except OSError as error:
        if not out:
            raise BodyError(f"damaged zstd body ({error})") from error
    return bytes(out)
