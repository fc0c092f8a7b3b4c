"""URLs as robots.txt speaks of them: the site, and the path with its query, in bytes as they are sent."""

import re

import numpy as np
import polars as pl

from winnow.kernels import I64, U8, Bool, Bools, Int, kernel
from winnow.words import byte
from winnow.words.split import from_utf8, utf8

MAX_PATH_BYTES = 8_192  # of a path that patterns are tried on; servers take as much

_URL = (
    r"(?s)^[\x00-\x20]*(?i:(https?)):[/\\]{2}(?:[^/?#@\\]*@)?"
    r"(\[[^\]/?#\\]*\]|[^/?#\\:]+)(?::(\d*))?[^/?#\\]*(.*)$"
)
# A path that a browser would send as it stands; all else goes through `encode`.
_PLAIN = r"^(?:/[!%&()+,\-.0-9:;=@A-Z_a-z~\[\]|/]*)?(?:\?[!%&()+,\-./0-9:;=?@A-Z_a-z~\[\]|^`{}]+)?$"
_ODD = r"(?i)/(?:\.|%2e)"
_PORTS = {"http": "80", "https": "443"}
_DOTS = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)
_IN_PATH, _IN_QUERY = frozenset(b' "<>^`{}*$'), frozenset(b" \"'<>*$")
_SCHEMES = np.frombuffer(b"http://https://", np.uint8)
_HOST, _PATH, _QUERY = 1, 2, 4  # where a byte may stand as it is
_BYTES = np.zeros(256, np.uint8)
for _where, _pattern in (
    (_HOST, r"[-.0-9A-Z_a-z]"),
    (_PATH, r"[!%&()+,\-.0-9:;=@A-Z_a-z~\[\]|/]"),
    (_QUERY, r"[!%&()+,\-./0-9:;=?@A-Z_a-z~\[\]|^`{}]"),
):
    _BYTES[[each for each in range(128) if re.match(_pattern, chr(each))]] |= _where


def split_urls(url: pl.Series) -> pl.DataFrame:
    """`site` (scheme, host, port: `https://example.org`) and `path` of each URL; null where it has no site.

    The host is in lower case, a port that is the scheme's own is left out. The path begins with `/` and holds
    the query, but no fragment. It is as the URL standard (WHATWG) has it sent, with `*` and `$` as `%2A` and
    `%24`. Cut at `MAX_PATH_BYTES`.
    """
    data, offsets = utf8(url.cast(pl.String))
    many, size = len(url), int(offsets[-1] - offsets[0]) + len(url)
    plain = np.zeros(many, np.bool_)
    site, path = np.empty(size, np.uint8), np.empty(size, np.uint8)
    ends = np.zeros((2, many + 1), np.int64)
    _split_plain(data, offsets, plain, site, ends[0], path, ends[1])
    found = pl.DataFrame([from_utf8("site", site, ends[0]), from_utf8("path", path, ends[1])])
    odd = np.flatnonzero(~plain)
    if not len(odd):
        return found
    written = split_odd(url.gather(odd))
    return found.select(found[name].scatter(odd, written[name]) for name in ("site", "path"))


def split_odd(url: pl.Series) -> pl.DataFrame:
    """`split_urls`, without its short way for what is written as it is sent."""
    part = pl.col("url").str.extract_groups(_URL).struct
    start = (
        url.cast(pl.String)
        .to_frame("url")
        .select(
            scheme=part[0].str.to_lowercase(),
            host=part[1].str.to_lowercase().str.strip_chars_end("."),
            port=part[2],
            rest=part[3],
        )
    )
    own = (pl.col("port").fill_null("") == "") | (
        pl.col("port") == pl.col("scheme").replace_strict(_PORTS, default="")
    )
    port = pl.when(own).then(pl.lit("")).otherwise(pl.concat_str(pl.lit(":"), "port"))
    rest = pl.col("rest")
    plain = rest.str.contains(_PLAIN) & ~rest.str.contains(_ODD)
    found = start.select(
        site=pl.concat_str("scheme", pl.lit("://"), "host", port),
        path=pl.when(plain)
        .then(pl.when(rest.str.starts_with("/")).then(rest).otherwise(pl.lit("/") + rest))
        .otherwise(None),
        rest=rest,
    )
    odd = found.select((pl.col("path").is_null() & pl.col("site").is_not_null()).arg_true()).to_series()
    if len(odd):
        written = [encode(each) for each in found["rest"].gather(odd)]
        found = found.with_columns(found["path"].scatter(odd, written))
    long = pl.col("path").str.len_bytes() > MAX_PATH_BYTES  # of what is long and escaped, all is ASCII
    cut = pl.when(long).then(pl.col("path").str.slice(0, MAX_PATH_BYTES)).otherwise(pl.col("path"))
    return found.select("site", pl.when(pl.col("site").is_not_null()).then(cut).alias("path"))


def encode(rest: str | None) -> str:
    """What follows a URL's host, as it is sent: dots resolved, what may not stand there escaped."""
    text = re.sub(r"[\t\n\r]", "", rest or "").rstrip("".join(map(chr, range(33))))
    text, _, _ = text.partition("#")
    path, _, query = text.partition("?")
    steps = path.replace("\\", "/").split("/")[1:]
    kept: list[str] = []
    for number, step in enumerate(steps):
        dots = len(re.sub(r"(?i)%2e", ".", step)) if _DOTS.fullmatch(step) else 0
        if dots == 2 and kept:
            kept.pop()
        if not dots:
            kept.append(step)
        elif number + 1 == len(steps):
            kept.append("")
    written = "/" + _escape("/".join(kept), _IN_PATH)
    return written + "?" + _escape(query, _IN_QUERY) if query else written


def _escape(text: str, among: frozenset[int]) -> str:
    data = bytearray()
    for each in text.encode("utf-8", "replace"):
        data += b"%%%02X" % each if each <= 0x20 or each >= 0x7F or each in among else bytes([each])
    return data.decode("ascii")


@kernel
def _split_plain(
    data: U8, offsets: I64, plain: Bools, site: U8, site_ends: I64, path: U8, path_ends: I64
) -> None:
    """Write site and path of what `_PLAIN` fits, below a host of ASCII letters and no port."""
    n = m = 0
    for k in range(len(plain)):
        begin, end = offsets[k], offsets[k + 1]
        host = _find_host(data, begin, end)
        stop = host
        while stop < end and _BYTES[data[stop]] & _HOST:
            stop += 1
        plain[k] = begin < host < stop and data[stop - 1] != byte.DOT and _is_plain(data, stop, end)
        if plain[k]:
            for i in range(begin, stop):
                site[n] = data[i] | byte.CASE if byte.A <= data[i] <= byte.Z else data[i]
                n += 1
            if stop == end or data[stop] != byte.SLASH:
                path[m] = byte.SLASH
                m += 1
            for i in range(stop, end):
                path[m] = data[i]
                m += 1
        site_ends[k + 1], path_ends[k + 1] = n, m


@kernel
def _find_host(data: U8, begin: Int, end: Int) -> Int:
    """Where the host begins behind `http://` or `https://`; the beginning where neither stands there."""
    for first, last in ((0, 7), (7, 15)):
        i = first
        while i < last and begin + i - first < end and data[begin + i - first] == _SCHEMES[i]:
            i += 1
        if i == last:
            return begin + last - first
    return begin


@kernel
def _is_plain(data: U8, begin: Int, end: Int) -> Bool:
    if end - begin >= MAX_PATH_BYTES:
        return False
    if begin < end and data[begin] not in (byte.SLASH, byte.QUESTION):
        return False
    where = _PATH
    for i in range(begin, end):
        if where == _PATH and data[i] == byte.QUESTION:
            where = _QUERY
            if i + 1 == end:
                return False
        elif not _BYTES[data[i]] & where:
            return False
        if data[i] == byte.SLASH and i + 1 < end:
            if data[i + 1] == byte.DOT:
                return False
            if (
                i + 3 < end
                and data[i + 1] == byte.PERCENT
                and data[i + 2] == byte.ZERO + 2
                and (data[i + 3] | byte.CASE == byte.e)
            ):
                return False
    return True
