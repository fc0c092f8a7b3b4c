"""URLs as robots.txt speaks of them: the site, and the path with its query, in bytes as they are sent."""

import re

import polars as pl

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


def split_urls(url: pl.Series) -> pl.DataFrame:
    """`site` (scheme, host, port: `https://example.org`) and `path` of each URL; null where it has no site.

    The host is in lower case, a port that is the scheme's own is left out. The path begins with `/` and holds
    the query, but no fragment. It is as the URL standard (WHATWG) has it sent, with `*` and `$` as `%2A` and
    `%24`. Cut at `MAX_PATH_BYTES`.
    """
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
    for byte in text.encode("utf-8", "replace"):
        data += b"%%%02X" % byte if byte <= 0x20 or byte >= 0x7F or byte in among else bytes([byte])
    return data.decode("ascii")
