"""Long documents cut where a paragraph ends, by their ids alone."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
from tokenizers import Tokenizer

from winnow.kernels import I64, U8, U32, Int, kernel

BLANK = re.compile(r"\n[ \t\r]*\n[ \t\r]*\Z")
ENDS, WHITE, CLOSED = 1, 2, 4

Newlines = dict[str, list[int]]


def list_newlines(tokenizer: Tokenizer, names: Mapping[str, int]) -> Newlines:
    """Ids by what their text says of lines: `closed` ends in an empty line, `ends` in a newline, `white` is
    white space with a newline. Found by the ids' own text: a tokenizer that drops newlines has none."""
    found: Newlines = {"closed": [], "ends": [], "white": []}
    for name, id_ in sorted(names.items(), key=lambda item: item[1]):
        if "\n" not in name and "Ċ" not in name and name != "<0x0A>":  # Ċ: a newline in byte-level names
            continue
        text = tokenizer.decode([id_], skip_special_tokens=False)
        for kind, is_ in (
            ("closed", bool(BLANK.search(text))),
            ("ends", text.rstrip(" \t\r").endswith("\n")),
            ("white", "\n" in text and not text.strip()),
        ):
            if is_:
                found[kind].append(id_)
    return found


def split_paragraphs(
    docs: pl.DataFrame, files: Mapping[int, Path], window: int, size: int, newlines: Newlines, dtype: str
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Documents, those longer than the window as a row a piece, which is `behind` so many tokens of its
    document; and how many cuts are `at_paragraphs` and `elsewhere`. `files` are the ids of each part.

    A cut is behind the last empty line in a window's second half; where there is none, the window is full.
    """
    flags = np.zeros(size, np.uint8)
    for kind, flag in (("ends", ENDS), ("white", WHITE), ("closed", CLOSED)):
        flags[np.array(newlines[kind], np.int64)] |= flag
    long = docs.filter(pl.col("tokens") > window)
    rows, pieces = [docs.filter(pl.col("tokens") <= window)], [0, 0]
    for group in long.partition_by("part", maintain_order=True):
        ids = np.memmap(files[int(group["part"][0])], np.dtype(dtype).newbyteorder("<"), "r")
        starts, tokens = (group[name].to_numpy().astype(np.int64) for name in ("start", "tokens"))
        most = 2 * (tokens // window) + 2
        counts, lengths = np.empty(group.height, np.int64), np.empty(int(most.sum()), np.int64)
        hard = cut_documents(np.asarray(ids), starts, tokens, window, flags, counts, lengths)
        lengths = lengths[: counts.sum()]
        ends = np.cumsum(lengths)
        document = np.repeat(np.arange(group.height), counts)
        behind = ends - lengths - (np.cumsum(tokens) - tokens)[document]
        rows.append(group[document].with_columns(tokens=pl.Series(lengths), behind=pl.Series(behind)))
        pieces[0] += int(counts.sum()) - group.height - hard
        pieces[1] += hard
    return pl.concat(rows), {"at_paragraphs": pieces[0], "elsewhere": pieces[1]}


@kernel
def cut_documents(
    ids: U32, starts: I64, tokens: I64, window: Int, flags: U8, counts: I64, lengths: I64
) -> Int:
    """How many pieces each document gives, and their lengths, end to end; how many cuts are at none."""
    written = hard = 0
    for i in range(len(starts)):
        first, at = written, 0
        while tokens[i] - at > window:
            end = at + window
            cut = end
            while cut > at + window // 2:
                last = starts[i] + cut - 1
                flag = flags[ids[last]]
                if flag & 4 or (cut > 1 and flag & 2 and flags[ids[last - 1]] & 1):
                    break
                cut -= 1
            if cut <= at + window // 2:
                cut = end
                hard += 1
            lengths[written] = cut - at
            written += 1
            at = cut
        lengths[written] = tokens[i] - at
        written += 1
        counts[i] = written - first
    return hard
