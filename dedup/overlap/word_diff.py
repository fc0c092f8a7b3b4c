"""Two texts side by side: which words of each stand in the other, in order, as a reader sees them."""

from difflib import SequenceMatcher

import polars as pl

from winnow.dedup.overlap.lexer.words import cut

Pieces = list[tuple[bool, str]]


def mark_shared(left: str, right: str) -> tuple[Pieces, Pieces]:
    """Both texts whole, in pieces: (whether its words stand in the other text, in order; the piece).

    Words are those of `overlap.lexer.words`: letters by how they look, `1,000` and `one thousand` the same.
    """
    texts = [left.encode(), right.encode()]
    words = cut(pl.Series([left, right]))
    bounds = [(int(words.doc[k]), int(words.doc[k + 1])) for k in (0, 1)]
    mine, theirs = ([str(value) for value in words.hash[a:b]] for a, b in bounds)
    blocks = SequenceMatcher(None, mine, theirs, autojunk=False).get_matching_blocks()
    pieces: list[Pieces] = []
    for side, (first, _) in enumerate(bounds):
        before, spans = side * len(texts[0]), []  # places are those of both texts together
        for block in (block for block in blocks if block.size):
            begin, end = first + block[side], first + block[side] + block.size - 1
            spans.append((int(words.start[begin]) - before, int(words.end[end]) - before))
        pieces.append(_cut(texts[side], spans))
    return pieces[0], pieces[1]


def _cut(text: bytes, spans: list[tuple[int, int]]) -> Pieces:
    pieces, at = [], 0
    for begin, end in spans:
        pieces += [(False, text[at:begin]), (True, text[begin:end])]
        at = end
    return [(shared, piece.decode()) for shared, piece in [*pieces, (False, text[at:])] if piece]
