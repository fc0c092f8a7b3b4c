"""Texts without the lines that go."""

from winnow.classifiers.line.features import Rows
from winnow.classifiers.line.signals import skip_heading
from winnow.kernels import I64, U8, Bools, kernel
from winnow.words import byte
from winnow.words.lines import Lines, is_separator

_BACKTICK = ord("`")


def keep_marked(rows: Rows, gone: Bools) -> None:
    """Keep what Markdown fences as code, a heading where the line behind it stays, and what parts posts of a
    thread between lines that stay."""
    _keep_code(rows.lines, rows.first, rows.place, gone)
    _keep_headings(rows.lines, rows.first, rows.place, gone)
    _keep_separators(rows.lines, rows.docs, rows.first, rows.place, gone)


def write_kept(rows: Rows, gone: Bools, out: U8, where: I64, cut: I64) -> None:
    """Write each document's text without the lines that are `gone`.

    Text r is then `out[where[r]:where[r + 1]]`; `cut` gets the lines taken out, their characters, and those
    of all lines. A text of which nothing goes stands as it stood. Of another, blank lines at both ends go,
    and where lines were taken out the largest gap between them stays.
    """
    _write_kept(rows.lines, rows.docs, rows.first, rows.place, gone, out, where, cut)


@kernel
def _keep_code(lines: Lines, first: I64, place: I64, gone: Bools) -> None:
    data = lines.data
    for r in range(len(first) - 1):
        begin = -1
        for k in range(first[r], first[r + 1]):
            b, e = lines.left[place[k]], lines.right[place[k]]
            if e - b < 3 or data[b] != data[b + 1] or data[b] != data[b + 2]:
                continue
            if data[b] != _BACKTICK and data[b] != byte.TILDE:
                continue
            if begin >= 0:
                gone[begin : k + 1] = False
            begin = k if begin < 0 else -1


@kernel
def _keep_headings(lines: Lines, first: I64, place: I64, gone: Bools) -> None:
    for r in range(len(first) - 1):
        for k in range(first[r + 1] - 2, first[r] - 1, -1):
            b, e = lines.left[place[k]], lines.right[place[k]]
            if skip_heading(lines.data, b, e) > b and not gone[k + 1]:
                gone[k] = False


@kernel
def _keep_separators(lines: Lines, docs: I64, first: I64, place: I64, gone: Bools) -> None:
    for r in range(len(docs)):
        top, last = lines.offsets[docs[r]], lines.offsets[docs[r] + 1]
        any_kept, at = False, -1
        for k in range(first[r], first[r + 1]):
            if is_separator(lines.data, lines.start[place[k]], lines.end[place[k]], top, last):
                at = k
            elif not gone[k]:
                if any_kept and at >= 0:
                    gone[at] = False
                any_kept, at = True, -1


@kernel
def _write_kept(
    lines: Lines, docs: I64, first: I64, place: I64, gone: Bools, out: U8, where: I64, cut: I64
) -> None:
    n = 0
    for r in range(len(docs)):
        _count_cut(lines, first[r], first[r + 1], place, gone, cut[r])
        if cut[r, 0] == 0:
            n = _copy(lines.data, lines.offsets[docs[r]], lines.offsets[docs[r] + 1], out, n)
        else:
            n = _write_lines(lines, first[r], first[r + 1], place, gone, out, n)
        where[r + 1] = n


@kernel
def _count_cut(lines: Lines, b: int, e: int, place: I64, gone: Bools, cut: I64) -> None:
    for k in range(b, e):
        characters = lines.length[place[k]]
        cut[0] += gone[k]
        cut[1] += characters if gone[k] else 0
        cut[2] += characters


@kernel
def _write_lines(lines: Lines, b: int, e: int, place: I64, gone: Bools, out: U8, n: int) -> int:
    start, gap = n, 0
    for k in range(b, e):
        gap = max(gap, place[k] - place[k - 1]) if k > b else 0
        if gone[k]:
            continue
        for _ in range(gap if n > start else 0):
            out[n] = byte.LF
            n += 1
        n = _copy(lines.data, lines.start[place[k]], lines.end[place[k]], out, n)
        gap = 0
    return n


@kernel
def _copy(data: U8, b: int, e: int, out: U8, n: int) -> int:
    for i in range(b, e):
        out[n + i - b] = data[i]
    return n + e - b
