"""Each distinct piece of text encoded once: the ids of `tokenizers`, without its work on what comes again.

A tokenizer cuts a text at its added tokens, cuts what is between them into pieces by a rule of its own, and
merges within a piece alone. So the ids of a text are those of its pieces one after another, and a piece that
was seen before has the same. `judge` says of a `tokenizer.json` whether that holds and the rule is one of
those that `splits` follows: GPT-2's (ByteLevel), and that of cl100k as Llama 3 and Qwen 2 write it.
"""

import functools
import re
import threading
import unicodedata
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from tokenizers import Regex, Tokenizer, pre_tokenizers

from winnow.mixing.packing import splits
from winnow.mixing.packing.encode_errors import flatten
from winnow.mixing.packing.splits import LETTER, NUMBER, SPACE, Table
from winnow.mixing.packing.tries import Trie, link
from winnow.words.split import from_utf8, utf8

ENTRIES = 2**20  # pieces that are kept; then the table begins anew
BYTES = 2**24  # their text
NEW = 2**15  # pieces that the tokenizer is given at a time
ROOM = 2**18  # pieces that are cut at a time
POINTS = 0x40000  # above it no plane has letters, numbers or spaces
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
BPE = re.compile(
    re.escape(r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|")
    + r"\\p\{N\}(?:\{1,(\d)\})?"
    + re.escape(r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
)


class Rule(NamedTuple):
    """How pieces are cut: numbers kept together (0: GPT-2's rule); whether text is put into form C first."""

    digits: int
    composed: bool


def judge(said: dict[str, Any]) -> Rule | str:
    """The rule that a `tokenizer.json` cuts by, or why its documents must be encoded whole."""
    model, normalizer = said["model"], said.get("normalizer") or {"type": None}
    if normalizer["type"] == "Sequence" and len(normalizer["normalizers"]) < 2:
        normalizer = next(iter(normalizer["normalizers"]), {"type": None})
    if model.get("type") != "BPE":
        return f"its model is {model.get('type')}, not BPE"
    if model.get("dropout"):
        return "its merges are drawn at random (dropout)"
    if normalizer["type"] not in (None, "NFC"):
        return f"its normalizer is {normalizer['type']}"
    for token in said.get("added_tokens", []):
        if token["single_word"] or token["lstrip"] or token["rstrip"]:
            return f"its added token {token['content']!r} takes or asks for what is beside it"
    digits = _find_digits(said.get("pre_tokenizer") or {"type": None})
    return digits if isinstance(digits, str) else Rule(digits, normalizer["type"] == "NFC")


def _find_digits(cutter: dict[str, Any]) -> int | str:
    steps = cutter["pretokenizers"] if cutter["type"] == "Sequence" else [cutter]
    kinds = [step["type"] for step in steps]
    if kinds[-1:] != ["ByteLevel"] or len(steps) > 2 or steps[-1]["add_prefix_space"]:
        return f"its pre-tokenizer is {' and '.join(map(str, kinds))}, none that is known here"
    pattern = GPT2
    if len(steps) == 2:
        split, level = steps
        if split["type"] != "Split" or level.get("use_regex", True) or split["invert"]:
            return f"its pre-tokenizer is {' and '.join(kinds)}, none that is known here"
        pattern = split["pattern"].get("Regex", "")
        if split["behavior"] != "Isolated":
            return f"its pre-tokenizer gives pieces that are {split['behavior']}"
    elif not steps[0].get("use_regex", True):
        return "its pre-tokenizer does not cut"
    if pattern == GPT2:
        return 0
    found = BPE.fullmatch(pattern)
    return int(found[1] or 1) if found else "its pre-tokenizer's pattern is none that is known here"


class Pieces:
    """The pieces seen of a tokenizer, and their ids; one thread at a time."""

    def __init__(self, tokenizer: Tokenizer, said: dict[str, Any], rule: Rule) -> None:
        self.rule, self.whole = rule, tokenizer
        self.bare = Tokenizer(tokenizer.model)
        self.bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        added = [token for token in said.get("added_tokens", []) if token["content"]]
        self.raw, self.normal = (
            _build_trie(
                {
                    tokenizer.normalizer.normalize_str(each["content"])
                    if rule.composed and normalized
                    else each["content"]: each["id"]
                    for each in added
                    if each["normalized"] == normalized
                }
            )
            for normalized in (False, True)
        )
        self.lock = threading.Lock()
        self.at = np.full(10, -1, np.int64)
        self._forget(BYTES)

    def _forget(self, size: int) -> None:
        self.table = Table(
            np.zeros(2 * ENTRIES, np.int32),
            np.zeros(ENTRIES, np.uint64),
            np.zeros(ENTRIES + 1, np.int64),
            np.zeros(size, np.uint8),
        )
        self.ids = np.empty(2**16, np.uint32)
        self.starts = np.zeros(ENTRIES + 1, np.int64)
        self.at[splits.COUNT] = 0

    def encode(self, texts: pl.Series) -> tuple[np.ndarray, np.ndarray, int]:
        """The ids of texts end to end, how many each has, and how many texts were encoded whole."""
        data, offsets = utf8(texts)
        mask = self._find_uncomposed(texts, data, offsets)
        apart = np.flatnonzero(mask)
        kept = texts.set(pl.Series(mask), "") if len(apart) else texts
        with self.lock:
            try:
                ids, lengths = self._encode(*(utf8(kept) if len(apart) else (data, offsets)))
            except BaseException:
                self._forget(BYTES)
                raise
        if not len(apart):
            return ids, lengths, 0
        found = self.whole.encode_batch_fast(texts[apart].to_list(), add_special_tokens=False)
        parts = np.split(ids, np.cumsum(lengths)[:-1])
        for row, each in zip(apart.tolist(), found, strict=True):
            parts[row], lengths[row] = np.array(each.ids, np.uint32), len(each)
        return np.concatenate(parts), lengths, len(apart)

    def _find_uncomposed(self, texts: pl.Series, data: np.ndarray, offsets: np.ndarray) -> np.ndarray:
        """Which texts the normalizer changes."""
        found = np.zeros(len(texts), bool)
        if self.rule.composed:
            splits.find_marked(data, offsets, mark_composable(), found)
            normalize = self.whole.normalizer.normalize_str
            found[found] = [normalize(text) != text for text in texts.filter(pl.Series(found)).to_list()]
        return found

    def _encode(self, data: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        at, classes, digits = self.at, classify(), self.rule.digits
        at[: splits.COUNT] = -1
        at[splits.DOC], at[splits.PLACE] = 0, offsets[0]
        lengths, chunks = np.zeros(len(offsets) - 1, np.int64), [np.empty(0, np.uint32)]
        pieces, owners = np.empty(ROOM, np.int64), np.empty(ROOM, np.int32)
        while at[splits.DOC] < len(lengths):
            before = int(at[splits.COUNT])
            at[splits.MOST] = min(ENTRIES, before + NEW)
            n = splits.scan(
                data, offsets, classes, digits, self.raw, self.normal, self.table, at, pieces, owners
            )
            self._encode_new(before)
            found = pieces[:n], owners[:n], self.ids, self.starts, lengths
            out = np.empty(splits.emit(*found, np.empty(0, np.uint32)), np.uint32)
            if len(out):
                splits.emit(*found, out)
            chunks.append(out)
            if (n < ROOM and at[splits.COUNT] < at[splits.MOST]) or at[splits.COUNT] == ENTRIES:
                self._make_room(n, len(data), bool(at[splits.DOC] == len(lengths)))
        return np.concatenate(chunks), lengths

    def _make_room(self, n: int, size: int, done: bool) -> None:
        """Begin anew where the table or its text is full; with room for any piece where one did not fit."""
        if not done:
            self._forget(BYTES if n else max(BYTES, size))

    def _encode_new(self, before: int) -> None:
        """Have the tokenizer encode the pieces from a number on."""
        count = int(self.at[splits.COUNT])
        if count == before:
            return
        offsets = self.table.offsets[before : count + 1]
        first, last = int(offsets[0]), int(offsets[-1])
        texts = from_utf8("", self.table.bytes[first:last], offsets - first).to_list()
        encoded = self.bare.encode_batch_fast(texts, add_special_tokens=False)
        ids, lengths = flatten(encoded)
        begin = int(self.starts[before])
        self.starts[before + 1 : count + 1] = begin + np.cumsum(lengths)
        end = int(self.starts[count])
        if end > len(self.ids):
            self.ids = np.concatenate([self.ids, np.empty(max(end, len(self.ids)), np.uint32)])
        self.ids[begin:end] = ids


def _build_trie(tokens: dict[str, int]) -> Trie:
    first, edges, ids = np.zeros(256, np.int32), dict[int, int](), [-1]
    for content, id_ in tokens.items():
        node = 0
        for place, byte in enumerate(content.encode()):
            known = int(first[byte]) if place == 0 else edges.get(node << 8 | byte, 0)
            if not known:
                known = len(ids)
                ids.append(-1)
                if place == 0:
                    first[byte] = known
                else:
                    edges[node << 8 | byte] = known
            node = known
        ids[node] = id_
    size = 1 << (2 * len(edges) + 1).bit_length()
    trie = Trie(first, np.zeros(size, np.int64), np.zeros(size, np.int32), np.array(ids, np.int64))
    keys = np.fromiter(edges.keys(), np.int64, len(edges))
    link(keys, np.fromiter(edges.values(), np.int32, len(edges)), trie.keys, trie.nodes)
    return trie


@functools.cache
def classify() -> np.ndarray:
    r"""The class of each character by the engine of `tokenizers` itself: `\p{L}`, `\p{N}`, `\s`, or none."""
    points, text = _list_points()
    cut = pre_tokenizers.Split(Regex(r"\p{L}+|\p{N}+|\s+"), "isolated").pre_tokenize_str(text)
    starts = [start for _, (start, _) in cut]
    firsts = "".join(text[start] for start in starts)
    kinds = np.zeros(len(firsts), np.uint8)
    for kind, pattern in ((LETTER, r"\p{L}"), (NUMBER, r"\p{N}"), (SPACE, r"\s")):
        left = pre_tokenizers.Split(Regex(pattern), "removed").pre_tokenize_str(firsts)
        others = set().union(*(piece for piece, _ in left))
        kinds[[each not in others for each in firsts]] = kind
    table = np.zeros(POINTS, np.uint8)
    table[points] = np.repeat(kinds, np.diff([*starts, len(text)]))
    return table


@functools.cache
def mark_composable() -> np.ndarray:
    """Characters that a text in form C may lack, or have at some places only, and those not known here."""
    points, text = _list_points()
    apart = unicodedata.normalize("NFD", "\0".join(text)).encode("utf-32-le")
    parts = np.frombuffer(apart, "<u4")
    seconds = parts[1:][(parts[1:] > 0) & (parts[:-1] > 0)]  # of what a character is made of
    unknown = np.frombuffer("".join(map(unicodedata.category, text)).encode(), "S2") == b"Cn"
    alone = bytes(map(functools.partial(unicodedata.is_normalized, "NFC"), text))
    moved = np.frombuffer(bytes(map(unicodedata.combining, text)), np.uint8) > 0
    table = np.ones(POINTS, np.uint8)
    table[points] = unknown | moved | (np.frombuffer(alone, np.uint8) == 0)
    table[seconds] = 1
    return table


def _list_points() -> tuple[np.ndarray, str]:
    points = np.concatenate([np.arange(1, 0xD800), np.arange(0xE000, POINTS)])
    return points, points.astype("<u4").tobytes().decode("utf-32-le")
