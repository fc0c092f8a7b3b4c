"""Blocks: against the definition in plain Python, and the same however their lines were broken."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.classifiers.head import blocks
from winnow.words.lines import cut
from winnow.words.split import utf8

LINE = "the keeper of the lighthouse counted the ships that passed"  # 58 bytes
CLOSED = ".!?\"')\u201d\u2019。"
ENDS = ["", *CLOSED, ",", ";", ":", "—", "…", "é"]
STARTS = ["", "- ", "-", "* ", "+ ", "• ", "‣ ", "▪ ", "— ", "“", "  ", "\t", "12 345 67 ", "é"]
WORDS = st.sampled_from([LINE, LINE[:49], LINE[:50], LINE[:29], LINE + " at " + LINE, "", "7", "a 1984", " "])
DRAWN = st.tuples(st.sampled_from(STARTS), WORDS, st.sampled_from(ENDS)).map("".join)
TEXT = st.lists(st.sampled_from(["", " "]) | DRAWN, max_size=14).map("\n".join)


def measure(*texts: str) -> pl.DataFrame:
    lines = cut(*utf8(pl.Series(texts, dtype=pl.String)))
    out = np.zeros((len(texts), len(blocks.SIGNALS)))
    blocks.measure(lines, np.arange(len(texts)), out)
    return pl.DataFrame(out, schema=list(blocks.SIGNALS), orient="row")


def starts_item(line: str) -> bool:
    return line[:2] in ("- ", "* ", "+ ") or (line[0] in "•▪" and len(line) > 1)


def list_blocks(text: str) -> list[tuple[str, bool]]:
    """The blocks of a text, and whether the first line of each stood before."""
    lines, found, k = text.split("\n"), [], 0
    while k < len(lines):
        first, block = k, [lines[k].strip()]
        while k + 1 < len(lines) and len(block[-1].encode()) >= 50 and block[-1][-1] not in CLOSED:
            if not lines[k + 1].strip() or starts_item(lines[k + 1].strip()):
                break
            k += 1
            block.append(lines[k].strip())
        if block[0]:
            found.append(("\n".join(lines[first : k + 1]).strip(), lines[first] in lines[:first]))
        k += 1
    return found


def remeasure(text: str) -> dict[str, float]:
    found = list_blocks(text)
    sizes = [len(block.encode()) for block, _ in found]
    digits = [sum(char in "0123456789" for char in block) for block, _ in found]
    logs = [math.log1p(size) for size in sizes]

    def share(held: list[bool]) -> float:
        return sum(held) / max(1, len(found))

    return {
        "log_blocks": math.log1p(len(found)),
        "log_block_length": sum(logs) / max(1, len(found)),
        "block_spread": float(np.std(logs)) if found else 0.0,
        "short_block_ratio": share([size <= 30 for size in sizes]),
        "long_block_ratio": share([size > 200 for size in sizes]),
        "bullet_block_ratio": share([starts_item(block) for block, _ in found]),
        "closed_block_ratio": share([block[-1] in CLOSED for block, _ in found]),
        "comma_block_ratio": share([block[-1] in ",;" for block, _ in found]),
        "colon_block_ratio": share([block[-1] == ":" for block, _ in found]),
        "digit_block_ratio": share([4 * n > size for n, size in zip(digits, sizes, strict=True)]),
        "repeated_block_ratio": share([again for _, again in found]),
        "digit_byte_ratio": sum(digits) / max(1, sum(sizes)),
    }


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXT, max_size=3))
def test_signals_are_those_of_the_definition_each_text_by_itself(texts: list[str]) -> None:
    found = measure(*texts)
    for row, text in zip(found.rows(named=True), texts, strict=True):
        assert row == pytest.approx(remeasure(text), abs=1e-5), text


FULL = st.sampled_from(["x", "ship 12", "é.g", "a, b", "it"]).map(lambda end: f"{LINE} {end}")
LAST = st.sampled_from(ENDS).map("at sea".__add__)
PARAGRAPH = st.tuples(st.lists(FULL, max_size=5), LAST).map(lambda p: [*p[0], p[1]])


@settings(max_examples=150, deadline=None)
@given(st.lists(PARAGRAPH, min_size=1, max_size=5), st.sampled_from(["\n\n", "\n \n", "\n- "]))
def test_a_paragraph_is_one_block_however_it_was_broken(paragraphs: list[list[str]], gap: str) -> None:
    """Nothing is lost: a block is as long as its text, and there are as many as paragraphs."""
    wrapped = gap.join("\n".join(lines) for lines in paragraphs)
    flat = [" ".join(lines) for lines in paragraphs]
    a, b = measure(wrapped, gap.join(flat)).drop("repeated_block_ratio").rows(named=True)
    assert a == pytest.approx(b)
    assert a["log_blocks"] == pytest.approx(np.log1p(len(paragraphs)))
    sizes = [math.log1p(len(text.encode()) + (2 if "-" in gap and k else 0)) for k, text in enumerate(flat)]
    assert a["log_block_length"] == pytest.approx(sum(sizes) / len(sizes))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (f"{LINE}\nand more", 1),
        (f"{LINE[:50]}\nand more", 1),
        (f"{LINE[:49]}\nand more", 2),  # too short to have been broken
        (f"{LINE}.\nand more", 2),  # a sentence ends there
        (f"{LINE}\u2019\nand more", 2),
        (f"{LINE}\n- and more", 2),
        (f"{LINE}\n• and more", 2),
        (f"{LINE}\n— and more", 1),  # a dash is no bullet
        (f"{LINE}\n \nand more", 2),
        (f"{LINE}\n{LINE}\n{LINE}", 1),
        ("\n\n \n", 0),
        ("", 0),
    ],
)
def test_which_lines_are_one(text: str, count: int) -> None:
    assert measure(text)["log_blocks"][0] == pytest.approx(np.log1p(count))


def test_of_many_lines_the_first_and_the_last_are_looked_at() -> None:
    """200 each: a line between them is not, one at their edge is."""
    lines = ["Home"] * 1000
    assert measure("\n".join(lines))["log_blocks"][0] == pytest.approx(np.log1p(400))
    for place, seen in [(0, 1), (199, 1), (200, 0), (500, 0), (799, 0), (800, 1), (999, 1)]:
        changed = "\n".join([*lines[:place], "Home:", *lines[place + 1 :]])
        assert measure(changed)["colon_block_ratio"][0] == seen / 400, place
