"""The main text of web pages.

The page is parsed by lexbor (through Resiliparse), which writes it out well-formed; a scan of these bytes
cuts it into blocks of text (`ingest.page.blocks`), boosted trees tell the content from the rest
(`ingest.page.content.classifier`), and what is chosen is written as text (`ingest.page.render`). Nothing
in it knows a site.
"""

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, cast

import numpy as np
import polars as pl
from pydantic import PositiveInt

from winnow.ingest.io.batches import SCHEMA, Row, frames, name_license, read_record
from winnow.ingest.io.uris import name_file, open_uri
from winnow.ingest.page.nesting import Nesting, measure_nesting

NEEDS = (("trafilatura", "extract", {"extractor": "trafilatura"}),)
_DECLARED = ("metadata", "drop_reason", "license", "license_evidence", "canonical_url", "preferences")
# Lexbor walks over all options of a list at each. What is in a list is no text of a page, with its tags or
# without.
_OPTION = re.compile(r"</?(?:option|optgroup)\b[^<>]*>", re.IGNORECASE)
_OPTIONS, _MAX_OPTIONS = "<(?:opt|OPT|Opt)", 2_000
# A parser makes a million clones in half a second, of however few bytes. Of 1,600 pages of the web the one
# with the most has one in 33 bytes.
_FEW_CLONES, _BYTES_PER_CLONE = 1_000, 2
_MAX_DEPTH, _MAX_WALK = 1_000, 30_000_000
_MAX_ATTRIBUTES, _MAX_CLONES = 1_000, 1_000_000
_PAGES = 16  # whose nesting is measured at a time


def read(
    uri: str, *, license: str | None = None, max_bytes: PositiveInt = 10_000_000
) -> Annotated[
    Iterator[pl.DataFrame],
    *("text", "url", "date", "metadata", {"media_type": pl.String()}),
    name_license,
]:
    """A saved web page (.html, .htm, .xhtml, .mhtml) as one row, its HTML in UTF-8 as `text`, for `extract`.

    The charset is told as of pages of the web. `url` is what the browser that saved the page wrote into it,
    `date` when it was saved (.mhtml), `license` what the recipe says; `metadata`: `file`, `charset`. Drops:
    `html.too_large` (over `max_bytes`), `html.no_text` (empty), `html.media_type` (bytes that are no text).
    Raises FileNotFoundError.
    """
    from winnow.ingest.page.saved import read_saved

    with open_uri(uri) as stream:
        data = stream.read(max_bytes + 1)
    row = cast("Row", {"key": "file", **read_record(read_saved, name_file(uri), data, max_bytes)})
    for frame in frames([row], schema=pl.Schema({**SCHEMA, "media_type": pl.String()})):
        yield frame.with_columns(license=pl.lit(license, dtype=pl.String))


def extract(
    docs: Annotated[pl.DataFrame, "text"],
    *,
    extractor: Literal["blocks", "resiliparse", "trafilatura"] = "blocks",
    main_content: bool = True,
    max_bytes: PositiveInt = 10_000_000,
) -> Annotated[
    pl.DataFrame,
    *("text", "metadata", "license", "canonical_url", "preferences"),
    {"license_evidence": pl.String()},
    *("html_bytes", "html_depth", "html_walk", "html_attributes", "html_clones"),
]:
    """Replace a page's HTML in `text` by its text: paragraphs, lists, table rows, code, formulas.

    `main_content` leaves navigation, footers, related links, comment forms and the like out; the title of
    an article stands in `metadata`. `extractor`: `blocks` is ours; `resiliparse` (Bevendorff et al. 2018)
    is faster and leaves more around the content; `trafilatura` (Barbaresi 2021), always the main content,
    is many times slower. Rows whose `media_type` is neither null nor text/html pass as they are.

    Columns: `canonical_url` as the page declares it; `license` where it was null, with `license_evidence`
    (JSON: a list of `license`, `in`, `region`, `of`, `confidence`, `text` and, where statements differ,
    `conflict`; what decided stands first; docs/licenses.md); `preferences`, to which its `meta` elements are
    added (`{"in": "meta", "name": "robots", "value": "noai"}`): robots, googlebot, tdm-reservation,
    tdm-policy, and other names with noai or noimageai; the first 20, of each 500 characters. Into `metadata`
    go `title`, `language` and `published`, as declared. Signals: `html_bytes`, `html_depth` (of open tags),
    `html_walk` (depths summed over the tags: what a parser may have to repair), `html_attributes` (the most
    in one tag) and `html_clones` (elements such as `b` and `font` left open, summed over the tags: what a
    parser may have to make anew). Drops: `html.too_large` (by `max_bytes`), `html.too_deep` (by depth or
    walk), `html.too_many_attributes`, `html.too_tangled` (by clones; also where there are over 1,000, and
    more than one in two bytes), and `html.no_text`."""
    from winnow.ingest.page.reader import read_page  # here: it compiles hundreds of patterns

    pages, is_page = docs["text"].cast(pl.String), _is_page(docs).to_list()
    signals = _measure(pages)
    refused = _refuse(signals, max_bytes)
    many = (pages.str.count_matches(_OPTIONS) > _MAX_OPTIONS).to_list()  # ten times as fast as by page
    columns: dict[str, list[str | None]] = {"text": [], **{n: _list_strings(docs, n) for n in _DECLARED}}
    for i in range(len(docs)):
        columns["text"].append(html := pages[i])  # one by one: all would lie in memory twice
        if is_page[i] and refused[i]:
            columns["drop_reason"][i] = refused[i]
        elif is_page[i]:
            _enter(columns, i, *read_page(_cut_options(html, many[i]), extractor, main_content))
    strings = [pl.Series(name, values, dtype=pl.String) for name, values in columns.items()]
    return docs.with_columns(*strings, *signals)


def _measure(pages: pl.Series) -> pl.DataFrame:
    """The signals. Nesting a few pages at a time: Arrow's copy of all would cost more than the reading."""
    firsts = range(0, max(len(pages), 1), _PAGES)
    parts = [measure_nesting(pages.slice(first, _PAGES).to_arrow()) for first in firsts]
    signals: dict[str, Any] = {
        f"html_{name}": np.concatenate([getattr(p, name) for p in parts]) for name in Nesting._fields
    }
    signals = {"html_bytes": pages.str.len_bytes().fill_null(0), **signals}
    return pl.DataFrame(signals, schema=dict.fromkeys(signals, pl.Int64))


def _refuse(signals: pl.DataFrame, max_bytes: int) -> list[str | None]:
    """Why each page is not even parsed, the first reason, or None."""
    broken = {
        "html.too_large": pl.col("html_bytes") > max_bytes,
        "html.too_deep": (pl.col("html_depth") > _MAX_DEPTH) | (pl.col("html_walk") > _MAX_WALK),
        "html.too_many_attributes": pl.col("html_attributes") > _MAX_ATTRIBUTES,
        "html.too_tangled": (pl.col("html_clones") > _MAX_CLONES)
        | (pl.col("html_clones") > _FEW_CLONES)
        & (pl.col("html_clones") * _BYTES_PER_CLONE > pl.col("html_bytes")),
    }
    why = [pl.when(rule).then(pl.lit(reason)) for reason, rule in broken.items()]
    return signals.select(pl.coalesce(why)).to_series().to_list()


def _enter(
    columns: dict[str, list[str | None]],
    i: int,
    text: str,
    head: dict[str, str | None],
    preferences: list[dict[str, str]],
) -> None:
    """Write what was read of a page into its row."""
    columns["text"][i] = text
    columns["drop_reason"][i] = None if text.strip() else "html.no_text"
    columns["metadata"][i] = _add_notes(columns["metadata"][i], head)
    columns["preferences"][i] = _add_preferences(columns["preferences"][i], preferences)
    if not columns["license"][i]:  # what a recipe says of its source stands
        columns["license"][i] = head["license"]
        columns["license_evidence"][i] = head["license_evidence"]
    columns["canonical_url"][i] = columns["canonical_url"][i] or head["canonical_url"]


def _is_page(docs: pl.DataFrame) -> pl.Series:
    page = pl.Series("page", [True] * docs.height, dtype=pl.Boolean)
    if "media_type" in docs.columns:
        page = docs["media_type"].cast(pl.String).fill_null("text/html") == "text/html"
    if "drop_reason" in docs.columns:
        page = page & docs["drop_reason"].is_null()
    return page


def _list_strings(docs: pl.DataFrame, name: str) -> list[str | None]:
    return docs[name].to_list() if name in docs.columns else [None] * docs.height


def _cut_options(html: str | None, many: bool | None) -> str:
    return _OPTION.sub("", html or "") if many else html or ""


def _add_preferences(preferences: str | None, more: list[dict[str, str]]) -> str | None:
    if not more:
        return preferences
    return json.dumps((json.loads(preferences) if preferences else []) + more, ensure_ascii=False)


def _add_notes(metadata: str | None, head: dict[str, str | None]) -> str | None:
    notes = json.loads(metadata) if metadata else {}
    found = {"title": head["title"], "language": head["language"], "published": head["date"]}
    notes.update({name: value for name, value in found.items() if value})
    return json.dumps(notes, ensure_ascii=False) if notes else None
