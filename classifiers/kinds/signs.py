"""What the HTML and the address of a page say of its type, as words that a head learns."""

import polars as pl

TYPES = r'(?i)"@type"\s*:\s*\[?\s*"[\w:/.]{2,40}"|schema\.org/\w+["\']'
GENERATOR = r'(?i)<meta[^>]{0,200}name=["\']generator["\'][^>]{0,200}content=["\']([a-z]+)'
KIND = (
    r'(?i)<meta[^>]{0,200}og:type["\'][^>]{0,200}content=["\']([\w.:-]+)',
    r'(?i)<meta[^>]{0,200}content=["\']([\w.:-]+)["\'][^>]{0,200}og:type["\']',
)
BODY = r'(?i)<body[^>]{0,2000}?class=["\']([^"\']*)'
CLASS, CLASSES = r"""\sclass\s*=\s*(?:"[^"]*"|'[^']*')""", 400  # words of classes that are kept
TITLE = r"(?i)<title[^>]{0,200}>([^<]*)"
TAGS = (
    *("a", "form", "input", "button", "img", "time", "table", "pre", "code", "article", "li", "h1", "h2"),
    *("h3", "p", "iframe", "select", "svg", "nav", "dl", "blockquote"),
)
COUNTED = {  # what is counted beside tags
    "price": r"[$€£]\s?\d",
    "cart": r"(?i)add[ -]to[ -](?:cart|bag|basket)",
    "dated": r"datePublished|article:published_time",
    "reply": r"(?i)\b(?:reply|replies|quote|posts?)\b",
}
LETTERS = list("abcdefghijklmnopqrstuvwxyz")


def read(html: pl.Series, url: pl.Series | None) -> pl.Series:
    """The signs of each page, blanks between them; null where there is no HTML."""
    page = pl.col("html")
    kind = pl.coalesce(*(page.str.extract(pattern) for pattern in KIND))
    types = page.str.extract_all(TYPES).list.eval(pl.element().str.extract(r'(\w+)["\']$'))
    words = [
        _mark("schema", types),
        _mark("kind", _cut(kind)),
        _mark("made", _cut(page.str.extract(GENERATOR))),
        _mark("body", _cut(page.str.extract(BODY)).list.head(20)),
        _mark("title", _cut(page.str.extract(TITLE)).list.head(30)),
        _mark(
            "class",
            _cut(page.str.extract_all(CLASS).list.join(" "))
            .list.unique(maintain_order=True)
            .list.head(CLASSES),
        ),
        *(_count(name, rf"(?i)<{name}[\s>]") for name in TAGS),
        *(_count(name, pattern) for name, pattern in COUNTED.items()),
        *_read_address(),
    ]
    table = pl.DataFrame({"html": html, "url": pl.repeat("", len(html), eager=True) if url is None else url})
    signs = pl.concat_str([word.fill_null("") for word in words], separator=" ")
    return table.select(pl.when(page.is_not_null()).then(signs)).to_series()


def _cut(text: pl.Expr) -> pl.Expr:
    """Words of letters alone."""
    return text.str.to_lowercase().str.extract_all(r"[a-z]+")


def _mark(kind: str, words: pl.Expr) -> pl.Expr:
    """Words behind the name of their kind, each once."""
    marked = words.list.eval(kind + pl.element().str.to_lowercase()).list.unique(maintain_order=True)
    return marked.list.join(" ", ignore_nulls=True)


def _count(name: str, pattern: str) -> pl.Expr:
    """The name and a letter for how often a pattern is found, on a scale of twos."""
    found = (pl.col("html").str.count_matches(pattern) + 1).log(2).cast(pl.Int64).clip(0, 25)
    return f"count{name}" + found.replace_strict(dict(enumerate(LETTERS)), return_dtype=pl.String)


def _read_address() -> list[pl.Expr]:
    """Words of the host and the path, how deep the path is, and how many words its last part has."""
    rest = pl.col("url").fill_null("").str.replace(r"^[a-z]+://", "")
    host, path = rest.str.extract(r"^([^/?#]*)"), rest.str.extract(r"^[^/?#]*([^?#]*)")
    query = rest.str.extract(r"\?([^#]*)")
    last = path.str.extract(r"([^/]+)/?$").fill_null("")
    steps = path.str.count_matches(r"[^/]+").clip(0, 7)
    slug = last.str.count_matches("-").clip(0, 7)
    letter = {number: LETTERS[number] for number in range(8)}
    return [
        _mark("host", _cut(host)),
        _mark("path", _cut(path)),
        _mark("query", _cut(query)),
        "deep" + steps.replace_strict(letter, return_dtype=pl.String),
        "slug" + slug.replace_strict(letter, return_dtype=pl.String),
        pl.when(path.str.contains(r"\d{4}")).then(pl.lit("numbered")).otherwise(pl.lit("unnumbered")),
    ]
