"""What both sides say of the same texts: each rule set with its defaults, and each rule alone.

A verdict is null where the text is kept and the reason where it is dropped; of a rule that rewrites the text,
it is the new text (its hash), or null where nothing changed. The reference is
datatrove's own filter, its decisions as they come.
"""

import hashlib
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple
from unittest.mock import patch

import polars as pl
from datatrove.data import Document
from datatrove.pipeline import base
from datatrove.pipeline.filters import (
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
    LanguageFilter,
)
from datatrove.pipeline.filters.base_filter import BaseFilter
from datatrove.utils import lid
from datatrove.utils import text as reference_text
from datatrove.utils.typeshelper import Languages
from datatrove.utils.word_tokenizers import load_word_tokenizer

from winnow.classifiers import language
from winnow.filters import c4, fineweb, gopher, repetition

Settings = dict[str, Any]
Step = Callable[[pl.DataFrame], pl.DataFrame]
NEVER = 10**12


class Probe(NamedTuple):
    """One comparison: a name and the two verdicts, of a frame and of a text."""

    name: str
    ours: Callable[[pl.DataFrame], list[str | None]]
    theirs: Callable[[str], str | None]


GOPHER = {
    "gopher_short_doc": "too_few_words",
    "gopher_long_doc": "too_many_words",
    "gopher_below_avg_threshold": "short_words",
    "gopher_above_avg_threshold": "long_words",
    "gopher_too_many_hashes": "too_many_hashes",
    "gopher_too_many_ellipsis": "too_many_ellipses",
    "gopher_too_many_bullets": "too_many_bullet_lines",
    "gopher_too_many_end_ellipsis": "too_many_ellipsis_lines",
    "gopher_below_alpha_threshold": "too_few_alphabetic_words",
    "gopher_enough_stop_words": "too_few_stop_words",
}
REPETITION = {
    "dup_para_frac": "duplicate_paragraph",
    "dup_para_char_frac": "duplicate_paragraph_char",
    "dup_line_frac": "duplicate_line",
    "dup_line_char_frac": "duplicate_line_char",
    **{f"top_{n}_gram": f"top_{n}gram_char" for n in range(2, 5)},
    **{f"duplicated_{n}_n_grams": f"duplicate_{n}gram_char" for n in range(5, 11)},
}
FINEWEB = {
    "empty": "too_few_terminal_lines",
    "line_punct_ratio": "too_few_terminal_lines",
    "short_line_ratio": "too_many_short_lines",
    "char_dup_ratio": "duplicate_lines",
    "list_ratio": "too_many_newlines",
}
C4 = {
    "lorem_ipsum": "lorem_ipsum",
    "curly_bracket": "curly_bracket",
    "too_few_sentences": "too_few_sentences",
}


def probes() -> list[Probe]:
    return [*_gopher(), *_repetition(), *_fineweb(), *_c4(), *_language()]


def _gopher() -> Iterator[Probe]:
    pairs = [  # reason, ours, theirs, the value at which ours never drops
        ("too_few_words", ["min_words"], "min_doc_words", 0),
        ("too_many_words", ["max_words"], "max_doc_words", NEVER),
        ("short_words", ["min_mean_word_length"], "min_avg_word_length", -1),
        ("long_words", ["max_mean_word_length"], "max_avg_word_length", NEVER),
        ("symbols", ["max_hash_ratio", "max_ellipsis_ratio"], "max_symbol_word_ratio", NEVER),
        ("too_many_bullet_lines", ["max_bullet_line_ratio"], "max_bullet_lines_ratio", NEVER),
        ("too_many_ellipsis_lines", ["max_ellipsis_line_ratio"], "max_ellipsis_lines_ratio", NEVER),
        ("too_few_alphabetic_words", ["min_alphabetic_word_ratio"], "max_non_alpha_words_ratio", -1),
        ("too_few_stop_words", ["min_stop_words"], "min_stop_words", 0),
    ]
    off = {name: value for _, names, _, value in pairs for name in names}
    yield dropping("gopher", gopher.quality, GopherQualityFilter(), GOPHER)
    for reason, names, theirs, _ in pairs:
        rest: Settings = {name: value for name, value in off.items() if name not in names}
        ours = partial(gopher.quality, **rest)
        none = {other: None for _, _, other, _ in pairs if other != theirs}
        yield dropping(f"gopher.{reason}", ours, GopherQualityFilter(**none), GOPHER)


def _repetition() -> Iterator[Probe]:
    names = [f"max_{name}_ratio" for name in REPETITION.values()]
    yield dropping("repetition", repetition.repetition, GopherRepetitionFilter(), REPETITION)
    defaults = GopherRepetitionFilter()
    tops, runs = dict(defaults.top_n_grams), dict(defaults.dup_n_grams)
    shares = ("dup_line_frac", "dup_para_frac", "dup_line_char_frac", "dup_para_char_frac")
    none: Settings = dict.fromkeys(shares)
    for theirs, rule in REPETITION.items():
        rest: Settings = {name: NEVER for name in names if name != f"max_{rule}_ratio"}
        ours = partial(repetition.repetition, **rest)
        n = int("".join(filter(str.isdigit, theirs)) or 0)
        kept: Settings = {
            "top_n_grams": [(n, tops[n])] if theirs.startswith("top") else [],
            "dup_n_grams": [(n, runs[n])] if theirs.startswith("duplicated") else [],
        }
        if theirs in none:
            kept |= {name: value for name, value in none.items() if name != theirs}
        else:
            kept |= none
        yield dropping(f"repetition.{rule}", ours, GopherRepetitionFilter(**kept), REPETITION)


def _fineweb() -> Iterator[Probe]:
    pairs = {
        "too_few_terminal_lines": ("min_terminal_line_ratio", -1, "line_punct_thr"),
        "too_many_short_lines": ("max_short_line_ratio", NEVER, "short_line_thr"),
        "duplicate_lines": ("max_duplicate_char_ratio", NEVER, "char_duplicates_ratio"),
        "too_many_newlines": ("max_newline_ratio", NEVER, "new_line_ratio"),
    }
    yield dropping("fineweb", fineweb.quality, FineWebQualityFilter(), FINEWEB)
    for reason in pairs:
        rest = [pair for other, pair in pairs.items() if other != reason]
        mine: Settings = {name: value for name, value, _ in rest}
        ours = partial(fineweb.quality, **mine)
        off: Settings = {name: value for _, value, name in rest}
        yield dropping(f"fineweb.{reason}", ours, FineWebQualityFilter(**off), FINEWEB)


def _c4() -> Iterator[Probe]:
    lines = {  # ours, theirs, the value at which no line goes; one word a line, so that both drop blank ones
        "require_terminal_punctuation": ("filter_no_terminal_punct", False),
        "max_word_length": ("max_word_length", NEVER),
        "remove_citations": ("remove_citations", False),
        "drop_javascript": ("filter_javascript", False),
        "drop_policy": ("filter_policy", False),
    }
    off: Settings = {name: value for name, (_, value) in lines.items()} | {"min_words_per_line": 1}
    none = dict(lines.values()) | {"min_words_per_line": 1}
    no_document = {"min_num_sentences": -1, "filter_lorem_ipsum": False, "filter_curly_bracket": False}
    yield dropping("c4", lambda docs: _kept_c4(docs, {}), C4QualityFilter(), C4)
    loose = partial(_kept_c4, settings={"require_terminal_punctuation": False})
    yield dropping("c4.any_line_end", loose, C4QualityFilter(filter_no_terminal_punct=False), C4)
    yield rewriting("c4.lines", c4.lines, C4QualityFilter(**no_document))
    for name, (theirs, _) in [*lines.items(), ("min_words_per_line", ("min_words_per_line", 1))]:
        ours = partial(c4.lines, **{k: v for k, v in off.items() if k != name})
        other = C4QualityFilter(**{k: v for k, v in none.items() if k != theirs}, **no_document)
        yield rewriting(f"c4.lines.{name}", ours, other)
    rules = {
        "too_few_sentences": ("min_sentences", 0, "min_num_sentences", -1),
        "lorem_ipsum": ("drop_lorem_ipsum", False, "filter_lorem_ipsum", False),
        "curly_bracket": ("drop_curly_bracket", False, "filter_curly_bracket", False),
    }
    for reason in rules:
        rest = [rule for other, rule in rules.items() if other != reason]
        settings: Settings = {name: value for name, value, _, _ in rest}
        ours = partial(_kept_c4, settings=off, document=settings)
        others = {name: value for _, _, name, value in rest}
        yield dropping(f"c4.{reason}", ours, C4QualityFilter(**none, **others), C4)


def _kept_c4(docs: pl.DataFrame, settings: Settings, document: Settings | None = None) -> pl.DataFrame:
    """C4's two steps as the engine runs them; a text without a line left has too few sentences."""
    document = document or {}
    lines = c4.lines(docs, **settings)
    judged = c4.document(lines.drop("drop_reason"), **document)
    few = document.get("min_sentences", 5) != 0
    empty = (lines["drop_reason"] == "c4.no_lines").fill_null(False)
    reason = pl.when(empty).then(pl.lit("c4.too_few_sentences" if few else None)).otherwise("drop_reason")
    return judged.with_columns(drop_reason=reason)


def _language() -> Iterator[Probe]:
    """English or not, and every language: ours on the first 2,000 characters, datatrove's on all."""
    model = str(language._find_lid176())
    with ExitStack() as stack:  # the model from its package; fasttext under the name of another distribution
        stack.enter_context(patch.object(lid, "cached_asset_path_or_download", lambda *_, **__: model))
        for module in (lid, base):
            stack.enter_context(patch.object(module, "check_required_dependencies", lambda *_: None))
        english, any_language = LanguageFilter("en"), LanguageFilter()
        for either in (english, any_language):
            either.model.model  # noqa: B018 - loads it while the download is patched
    alone = partial(language.identify, models="lid176")
    bare = partial(alone, min_english_ratio=0, max_neighbour_ratio=2)

    def ours(identify: Step, docs: pl.DataFrame) -> list[str | None]:
        judged = language.keep(identify(docs), languages=["en"])
        return [reason and "not_english" for reason in judged["drop_reason"]]

    def theirs(text: str) -> str | None:
        return None if english.filter(Document(text=text, id="")) else "not_english"

    def labels(docs: pl.DataFrame) -> list[str | None]:
        sure = bare(docs).select(pl.when(pl.col("language_score") > 0.65).then("language"))
        return sure.to_series().to_list()

    def label(text: str) -> str | None:
        doc = Document(text=text, id="")
        return doc.metadata["language"] if any_language.filter(doc) else None

    yield Probe("language.english", partial(ours, bare), theirs)
    yield Probe("language.any", labels, label)
    yield Probe("language.with_our_guard", partial(ours, alone), theirs)


def dropping(name: str, step: Step, theirs: BaseFilter, reasons: dict[str, str]) -> Probe:
    """Of steps that keep or drop; the reasons by our names."""

    def ours(docs: pl.DataFrame) -> list[str | None]:
        return [reason and reason.partition(".")[2] for reason in step(docs)["drop_reason"]]

    def reference(text: str) -> str | None:
        try:
            verdict = theirs.filter(Document(text=text, id=""))
        except ZeroDivisionError:
            return "raises ZeroDivisionError"
        return None if verdict is True else reasons[verdict[1]]

    return Probe(name, ours, reference)


def rewriting(name: str, step: Step, theirs: BaseFilter) -> Probe:
    """Of steps that rewrite; texts are compared without white space around lines and without blank lines."""

    def changed(text: str, rewritten: str) -> str | None:
        return None if (new := digest(rewritten)) == digest(text) else new

    def reference(text: str) -> str | None:
        doc = Document(text=text, id="")
        theirs.filter(doc)
        return changed(text, doc.text)

    return Probe(name, lambda docs: list(map(changed, docs["text"], step(docs)["text"])), reference)


def digest(text: str) -> str:
    lines = "\n".join(line for row in text.split("\n") if (line := row.strip()))
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


@cache
def _keep_lexemes() -> None:
    """Let spaCy remember the words it has seen: the same tokens three times as fast, for some memory."""
    load_word_tokenizer(Languages.english).tokenizer.memory_zone = nullcontext


def of(docs: pl.DataFrame) -> pl.DataFrame:
    """Columns `<probe>|ours` and `<probe>|theirs` for each probe, one row a text."""
    warnings.simplefilter("ignore", RuntimeWarning)  # datatrove takes the mean of no words
    _keep_lexemes()
    split = reference_text.split_into_parts.__wrapped__
    found: dict[str, list[str | None]] = {}
    known = probes()
    for probe in known:
        found[f"{probe.name}|ours"] = probe.ours(docs)
        found[f"{probe.name}|theirs"] = []
    for text in docs["text"]:
        # Its own cache holds five texts, the lines of C4 among them.
        reference_text.split_into_parts = lru_cache(None)(split)
        for probe in known:
            found[f"{probe.name}|theirs"].append(probe.theirs(text))
    return docs.select("id", "source").with_columns(
        pl.Series(name, values, dtype=pl.String) for name, values in found.items()
    )
