"""Numbers as the report says them; FILTERS are for its templates."""

from typing import Any

from winnow.pipelines.report.tokens import Amount


def count(number: float) -> str:
    """12,345"""
    return f"{number:,.0f}"


def compact(number: float) -> str:
    """1.23M"""
    for unit, word in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= unit:
            return f"{number / unit:.3g}{word}"
    return f"{number:.0f}"


def size(number: float) -> str:
    """1.23 MB"""
    text = compact(number)
    return f"{text[:-1]} {text[-1]}B" if text[-1].isalpha() else f"{text} B"


def tokens(text: Amount) -> str:
    """1.23M, ≈1.23M where it is estimated, a dash where nobody counted."""
    if text.tokens is None:
        return "-"
    return compact(text.tokens) if text.exact else f"≈{compact(text.tokens)}"


def rows(shards: dict[str, Any]) -> str:
    """12 documents in 15 rows, 1.23M tokens, 1.51M with repeats"""
    total = shards["total"]
    once, repeated = (tokens(Amount(0, total[name], shards["exact"])) for name in ("unique_tokens", "tokens"))
    told = f"{count(total['documents'])} documents in {count(total['rows'])} rows"
    return f"{told}, {once} tokens, {repeated} with repeats"


def share(part: float, whole: float) -> str:
    """12.3%, never 0.0% of something; a dash for a part of nothing."""
    if not whole:
        return "-"
    return "< 0.1%" if 0 < part / whole < 0.0005 else f"{part / whole:.1%}"


def text_share(part: Amount, whole: Amount) -> str:
    """A share in tokens, or in bytes where there are none."""
    if part.tokens is None or whole.tokens is None:
        return share(part.bytes, whole.bytes)
    return share(part.tokens, whole.tokens)


def duration(seconds: float) -> str:
    """1 h 02 min, 3 min 04 s, 5.6 s"""
    if seconds >= 3600:
        return f"{seconds // 3600:.0f} h {seconds % 3600 // 60:02.0f} min"
    if seconds >= 60:
        return f"{seconds // 60:.0f} min {seconds % 60:02.0f} s"
    return f"{seconds:.1f} s"


FILTERS = {
    "count": count,
    "compact": compact,
    "size": size,
    "share": share,
    "time": duration,
    "tokens": tokens,
    "rows": rows,
    "text_share": text_share,
}
