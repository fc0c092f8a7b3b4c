"""What pages and recipes say stands in our Markdown as text alone: all its writers, one hostile name."""

import re
from pathlib import Path

import polars as pl
import pytest
from markdown_it import MarkdownIt

from winnow.classifiers.head import card as head_card
from winnow.classifiers.kinds import card as kinds_card
from winnow.filters.licenses import costs as license_costs
from winnow.filters.optouts import costs as optout_costs
from winnow.mixing import attribution
from winnow.mixing.formats.card import write_card
from winnow.mixing.packing import card as token_card
from winnow.pipelines.commands import prices
from winnow.pipelines.law import pages

NAME = "x\x1b]0;title\x07<script>alert(1)</script> | ![p](http://x.example/p) `code` **b**\u202e\n\n# head"
ROOT = Path(__file__).resolve().parents[1]


def write_shards(out: Path) -> str:
    sizes = {"documents": 1, "rows": 1, "tokens": 1, "unique_tokens": 1, "bytes": 1, "unique_bytes": 1}
    source = {**sizes, "epochs": 1.0, "share": 1.0, "licenses": {NAME: 1}}
    manifest = {
        **{"totals": sizes, "token_count": "counted", "files": [], "weights": {NAME: 1.0}},
        **{"sources": {NAME: source}, "mix": {"exported": "solved", "why": NAME}, "schema": {"id": "string"}},
    }
    return write_card(NAME, manifest).partition("---\n\n")[2]  # behind the head for machines


def write_tokens(out: Path) -> str:
    counts = {"tokens": 1, "samples": 1, "padding": 0, "documents": 1, "cut": 0, "cut_that_fit": 0}
    split = {**counts, "by_source": {NAME: {"tokens": 1}}}
    mix = {"met": {NAME: 1.0}, "aimed_at": {NAME: 1.0}, "phases": {"main": {"tokens": 1, "met": {NAME: 1.0}}}}
    keys = ("tokenizer", "digest", "dtype", "size", "eos", "bos", "pad", "encoded_whole", "whole")
    manifest = {
        **{"splits": {"train": split, "validation": counts}, "tokenizer": dict.fromkeys(keys, 0), "mix": mix},
        **{"files": [], "window": 8, "how": "packed", "unread_documents": 0},
    }
    return token_card.write_card(NAME, manifest, {})


def write_attribution(out: Path) -> str:
    row = {"holder": NAME, "by": "author", "license": NAME, "documents": 1, "tokens": 1}
    return attribution._write_page(pl.DataFrame([row]), attribution.Counter({NAME: 1}))


def write_licenses(out: Path) -> str:
    row = {"source": NAME, "verdict": "open", "license": NAME, "documents": 1, "tokens": 1, "bytes": 1}
    return license_costs.write_page(pl.DataFrame([row]))


def write_optouts(out: Path) -> str:
    row = {
        "source": NAME,
        "policy": NAME,
        "signal": NAME,
        "agent": NAME,
        "documents": 1,
        "tokens": 1,
        "bytes": 1,
    }
    return optout_costs.write_page(pl.DataFrame([row]))


def write_law(out: Path) -> str:
    rows = [{NAME: NAME, "other": 1}]
    values: list[object] = [NAME, [NAME], rows, None]
    fields = [{"key": NAME, "label": NAME, "value": value, "said": NAME} for value in values]
    section = {"number": "1", "title": NAME, "fields": fields}
    changes = [{"field": NAME, "was": NAME, "is": NAME}]
    version = {"number": 2, "written": "today", "earlier": 1, "changes": changes}
    told = {"title": NAME, "template": NAME, "version": version, "summary": [section], "datasheet": [section]}
    return pages.write_markdown(told) + pages.write_datasheet(told)


def write_head(out: Path) -> str:
    auc = {"auc": 0.5, "low": 0.4, "high": 0.6, "texts": 2}
    found = {
        **{"auc": auc, "by_length": {NAME: auc}, "within": {NAME: auc}, "within_source": {NAME: auc}},
        **{"rank_correlation": 0.1, "brier": 0.1, "fullest_of_five": 1, "constant_sources": [NAME]},
        "calibration": [{"from": 0, "name": NAME}],
    }
    told = {"members": {NAME: {"kept": True}}, "texts": 2, "by_class": {NAME: 1}, "folds": 2}
    head_card.write(out, NAME, {"settings": {"by": NAME}, "heads": {NAME: told}}, {NAME: found})
    return (out / "card.md").read_text(encoding="utf-8")


def write_kinds(out: Path) -> str:
    one = {"texts": 1, "precision": 1.0, "recall": 1.0, "f1": 1.0, "taken_for": {NAME: 1}}
    sums = dict.fromkeys(("accuracy", "low", "high", "majority", "macro_f1"), 1.0)
    kinds_card.write(
        out, {"settings": {"by": NAME}}, {"texts": 1, **sums, "by_class": {NAME: one}, "by_score": []}
    )
    return (out / "card.md").read_text(encoding="utf-8")


def write_prices(out: Path) -> str:
    return prices.tabulate([{"stage": NAME, "rule": NAME, "why": f"no: {NAME}"}], "ngram")


WRITERS = [
    *(write_shards, write_tokens, write_attribution, write_licenses, write_optouts, write_law, write_head),
    *(write_kinds, write_prices),
]


@pytest.mark.parametrize("write", WRITERS, ids=lambda write: write.__name__.removeprefix("write_"))
def test_a_hostile_name_is_text(write, tmp_path):
    page = write(tmp_path)
    assert "alert(1)" in page and not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", page)
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(page)
    parts = [child for token in tokens for child in token.children or [token]]
    assert not {part.type for part in parts} & {"html_inline", "html_block", "image"}
    assert all(part.attrs["href"].endswith(".md") for part in parts if part.type == "link_open")
    heads = [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]
    assert "head" not in heads


def test_all_writers_of_tables_are_known():
    """Tables elsewhere would be escaped by functions of their own; these but one show our own names alone."""
    ours = {
        "winnow/markdown.py",
        "pipelines/commands/steps.py",
        "pipelines/commands/groups_page.py",
        "pipelines/commands/prices.py",
    }
    leaves = ("ingest", "ocr", "filters", "dedup", "classifiers", "mixing", "pipelines", "winnow")
    files = {path for leaf in leaves for path in (ROOT / leaf).rglob("*.py")}
    drawn = {
        str(path.relative_to(ROOT))
        for path in files
        if re.search(r"[\"']\s*\| ?-{3}", path.read_text(encoding="utf-8"))
    }
    assert drawn <= ours
