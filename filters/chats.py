"""What is wrong with a chat: too few turns, answers that are empty, cut off, refusals or loops.

The readers of chats (`ingest.chats`) give the columns that are judged here.
"""

import re
from functools import cache
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
from pydantic import NonNegativeInt

from winnow.files import read_text
from winnow.filters.verdict import judge_by_rules
from winnow.kernels import F64, I64, U64, kernel
from winnow.ranges import Ratio
from winnow.words.split import split

RULES = (
    ("chats.too_few_turns", "chats_turns", "min_turns"),
    ("chats.empty_answer", "chats_empty_answers", "drop_empty_answers"),
    ("chats.cut_off", "chats_cut_off", "drop_cut_off"),
    ("chats.refusal", "chats_refusals", "drop_refusals"),
    ("chats.loop", "chats_loop_ratio", "max_loop_ratio"),
)
_SIGNALS = ("chats_empty_answers", "chats_cut_off", "chats_refusals", "chats_loop_words", "chats_loop_ratio")
# OpenAI's and its kin's, Anthropic's, Cohere's and Gemini's words for an answer that ran out of tokens.
_CUT = ("length", "max_tokens", "max_new_tokens", "model_length", "truncated", "incomplete")
_REACH = 500  # characters of an answer in which a refusal is looked for
_SENTENCES = 3
# A disclaimer that the answer goes on from: "As an AI, I have no body. However, here is a poem:"
_TURNS = re.compile(
    r"\b(?:however|that said|nevertheless|instead)\b(?![^.!?\n]*(?:n't|\bnot\b|cannot|\bmust\b))[^.!?\n]*"
    r"|\bhere (?:are|is)\b|\n\n1\.",
    re.I,
)
_AWAY = re.compile(r"\b(?:recommend|consult|contact|if you (?:have|need|would|want))\b", re.I)
_DONE_WORDS = 40
_TAG = re.compile(r"\[[^\]\n]{1,30}\]\s*")  # of a model that speaks in two voices: "[CLASSIC] I can't help"
_PERIODS, _TIMES, _LEAST = 200, 4, 24  # words of what repeats, how often, and words of a loop at least


def judge(
    docs: Annotated[pl.DataFrame, "chats_turns", "answers", "finish_reason"],
    *,
    min_turns: NonNegativeInt = 2,
    drop_empty_answers: bool = True,
    drop_cut_off: bool = True,
    drop_refusals: bool = True,
    max_loop_ratio: Ratio | None = 0.3,
) -> Annotated[pl.DataFrame, _SIGNALS]:
    """Drop chats of fewer than `min_turns` turns of users and assistants, or with an answer that is no good.

    Signals: `chats_empty_answers`; `chats_cut_off` (1 where `finish_reason` says that the tokens ran out);
    `chats_refusals`, answers whose first three sentences begin with one of `filters/refusals.txt`, in
    English; `chats_loop_words`, words of the longest run in one answer that says the same (of up to 200
    words) four times or more without a break, 24 words at least, and `chats_loop_ratio`, its share of the
    answer's words.
    """
    answers = docs["answers"]
    counts = answers.list.len().fill_null(0).to_numpy().astype(np.int64)
    some = answers.filter(pl.Series(counts > 0))
    flat = some.explode().fill_null("") if some.len() else pl.Series([], dtype=pl.String)
    rows = np.repeat(np.arange(docs.height), counts)
    words, ratios = find_loops(flat)
    refused = np.fromiter((is_refusal(text) for text in flat), bool, len(flat))
    signals = {
        "chats_turns": docs["chats_turns"].fill_null(0).to_numpy(),
        "chats_empty_answers": _sum(rows, (flat.str.strip_chars() == "").to_numpy(), docs.height),
        "chats_cut_off": docs["finish_reason"].str.to_lowercase().is_in(_CUT).fill_null(False).to_numpy() * 1,
        "chats_refusals": _sum(rows, refused, docs.height),
        "chats_loop_words": np.zeros(docs.height, np.int64),
        "chats_loop_ratio": np.zeros(docs.height),
    }
    np.maximum.at(signals["chats_loop_words"], rows, words)
    np.maximum.at(signals["chats_loop_ratio"], rows, ratios)
    return judge_by_rules(docs, signals, RULES, locals())


def clear(
    docs: Annotated[pl.DataFrame, "questions", "answers"],
) -> Annotated[pl.DataFrame, "questions", "answers"]:
    """Empty the columns `questions` and `answers`, which repeat the text, behind what judges by them."""
    schema = docs.select("questions", "answers").schema
    return docs.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in schema.items())


def is_refusal(text: str) -> bool:
    """Whether an answer says in one of its first sentences that it will not or cannot do what was asked, and
    does not go on to do it.
    """
    text = text.replace("\u2019", "'")
    head = _TAG.sub("", text[:_REACH].lstrip())
    if not any(map(_refuses, re.split(r"(?<=[.!?\n])\s+", head)[:_SENTENCES])):
        return False
    turn = _TURNS.search(text)
    return turn is None or len(text[turn.end() :].split()) < _DONE_WORDS or bool(_AWAY.search(turn[0]))


def _refuses(sentence: str) -> bool:
    opening, refusal = _compile()
    at = 0
    while not (found := refusal.match(sentence, at)) and (lead := opening.match(sentence, at)):
        at = lead.end()
    return found is not None


@cache
def _compile() -> tuple[re.Pattern[str], re.Pattern[str]]:
    parts: dict[str, list[str]] = {}
    for line in read_text(Path(__file__).parent / "refusals.txt").splitlines():
        if head := re.match(r"\[(\w+)\]", line):
            parts[head[1]] = []
        elif line and not line.startswith("# "):
            parts[list(parts)[-1]].append(line)
    opening = "|".join(parts["opening"])
    return (
        re.compile(rf"[*_\"'(]*(?:{opening})\b[\s,;:!.\u2014-]*", re.I),
        re.compile(rf"[*_\"'(]*(?:{'|'.join(parts['refusal'])})", re.I),
    )


def find_loops(texts: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Of each text the words of its longest loop, and their share of its words."""
    words = split(texts)
    out = np.zeros((len(texts), 2))
    _measure_loops(words.exact, words.doc, out)
    return out[:, 0].astype(np.int64), out[:, 1]


@kernel
def _measure_loops(words: U64, doc: I64, out: F64) -> None:
    for d in range(len(out)):
        begin, end = doc[d], doc[d + 1]
        longest = 0
        for period in range(1, min(_PERIODS, (end - begin) // _TIMES) + 1):
            run = 0
            for k in range(begin + period, end):
                run = run + 1 if words[k] == words[k - period] else 0
                if run + period >= max(_LEAST, _TIMES * period):
                    longest = max(longest, run + period)
        out[d, 0], out[d, 1] = longest, longest / max(1, end - begin)


def _sum(rows: np.ndarray, values: np.ndarray, height: int) -> np.ndarray:
    return np.bincount(rows, values, minlength=height).astype(np.int64)
