"""The one definition of words and n-grams, over the bytes of a batch of documents.

A text is cut at white space, then as spaCy's English tokenizer cuts it (datatrove's reference for the
published rules): punctuation comes off both ends, hyphens and slashes between letters stand alone,
contractions are two words (`do` `n't`), a number and its unit are two words. Left out, because the
words would then differ between `Mr` and `Mr.` or `id` and `ID`: its lists of abbreviations, of emoticons
and of contractions without an apostrophe.

Letters, digits, marks and case come from the Unicode tables, for every script. Chinese, Japanese,
Thai, Lao, Khmer and Burmese are written without spaces: there each letter with its marks is one word,
so rules with a mean word length or stop words need settings of their own for these languages.
Canonically equivalent spellings (NFC, NFD) are different words.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from winnow.kernels import I64, U8, U32, U64, kernel
from winnow.words import scanner
from winnow.words.affixes import UNITS
from winnow.words.chunks import Workspace, make_room
from winnow.words.hashes import GOLDEN, mix, raise_golden
from winnow.words.unicode import flags, folds


class Words(NamedTuple):
    """The words of a batch. Positions are bytes of `data`, which is UTF-8.

    The bytes of document i are `data[offsets[i]:offsets[i + 1]]`, its words are
    `doc[i]` to `doc[i + 1]`.
    """

    data: U8
    offsets: I64  # documents + 1
    doc: I64  # documents + 1
    start: I64
    end: I64
    kind: U32  # 0 no letter and no digit, 1 has a letter, 2 has a digit and no letter
    hash: U64  # of the case-folded word
    exact: U64  # of the word with its capitals
    length: U32  # characters


def split(text: pl.Series) -> Words:
    """The words of each text, in order, punctuation among them (kind 0). A null is a text without words."""
    return cut(*utf8(text))[0]


def cut(data: U8, offsets: I64, out: Workspace | None = None) -> tuple[Words, Workspace]:
    """`split` for texts given as UTF-8 bytes and offsets, written to `out` where that is large enough.

    Fresh memory costs as much as the words: who needs them only until the next call hands it on.
    """
    room = int(offsets[-1] - offsets[0]) // 4 + 16
    if out is None or out[0].shape[1] < room:
        out = make_room(room)
    tables = flags(), folds(), UNITS
    others, doc = np.empty(scanner.BLOCK + 1, np.int64), np.zeros(len(offsets), np.int64)
    d, i, n = 0, offsets[0], 0
    while True:
        d, i, n = scanner.split(data, offsets, *tables, d, i, n, others, doc, out)
        if d == len(offsets) - 1:
            break
        more = make_room(2 * out[0].shape[1] + int(offsets[d + 1] - i))  # a chunk has at most a word a byte
        more[0][:, :n], more[1][:, :n] = out[0][:, :n], out[1][:, :n]
        out = more
    start, end, folded, exact = out[0][:, :n]
    kind, length = out[1][:, :n]
    places = start.view(np.int64), end.view(np.int64)
    return Words(data, offsets, doc, *places, kind, folded, exact, length), out


def drop_punctuation(words: Words) -> Words:
    """The same without punctuation and symbols: what duplicates and contamination are found by."""
    keep = words.kind != 0
    doc = np.concatenate(([0], np.cumsum(keep)))[words.doc]
    return words._replace(
        doc=doc,
        start=words.start[keep],
        end=words.end[keep],
        kind=words.kind[keep],
        hash=words.hash[keep],
        exact=words.exact[keep],
        length=words.length[keep],
    )


def ngrams(words: Words, n: int) -> tuple[U64, I64, I64]:
    """Hashes of all runs of `n` words within a document: (hash, doc, first).

    `hash` is uint64 and depends on the order of the words; the n-grams of document i are
    `doc[i]` to `doc[i + 1]`; `first` is the index of the first word in `words`.
    """
    if n < 1:
        raise ValueError(f"n must be 1 or more, not {n}")
    return _hash_ngrams(words.hash, words.doc, n)


def utf8(text: pl.Series) -> tuple[U8, I64]:
    """The bytes of a string column and its offsets (int64, length + 1); null counts as empty.

    Both are read-only, also where there is nothing: numba would compile all kernels anew for writable ones.
    """
    text = text.fill_null("") if text.null_count() or text.dtype != pl.String else text
    array = text.rechunk().to_arrow()
    _, offsets, data = array.buffers()
    rows = slice(array.offset, array.offset + len(array) + 1)
    where = np.frombuffer(offsets if len(array) else bytes(8), dtype=np.int64)[rows]
    return np.frombuffer(data or b"", dtype=np.uint8), where


def from_utf8(name: str, data: U8, offsets: I64) -> pl.Series:
    """The string column whose texts are the bytes between two offsets: `utf8` back."""
    buffers = pa.py_buffer(offsets), pa.py_buffer(data[: offsets[-1]])
    return pl.Series(name, pa.LargeStringArray.from_buffers(len(offsets) - 1, *buffers), dtype=pl.String)


@kernel(allocates=True)
def _hash_ngrams(value: U64, doc: I64, n: int) -> tuple[U64, I64, I64]:
    """`ngrams` of the hashes `value` of words."""
    offsets = np.zeros(len(doc), np.int64)
    for d in range(len(doc) - 1):
        offsets[d + 1] = offsets[d] + max(0, doc[d + 1] - doc[d] - n + 1)
    out, first = np.empty(offsets[-1], np.uint64), np.empty(offsets[-1], np.int64)
    drop = raise_golden(n)
    for d in range(len(doc) - 1):
        rolling, k = np.uint64(0), offsets[d]
        for i in range(doc[d], doc[d + 1]):
            rolling = rolling * GOLDEN + value[i]
            seen = i - doc[d] + 1
            if seen > n:
                rolling -= drop * value[i - n]
            if seen >= n:
                out[k], first[k] = mix(rolling), i - n + 1
                k += 1
    return out, offsets, first
