"""Hits taken out of texts, with their answers, and with what comes together by that."""

import re
from collections.abc import Callable, Sequence

import polars as pl

ROUNDS = 4  # what is left of a text may come together as an item
_BEHIND = 6000  # bytes behind a hit in which its choices and its answer are looked for
_LABEL = re.compile(r"[\W_]*(?:[A-Ja-j]|\d{1,2})[.):\]]+")  # before a choice
_TOLD = re.compile(
    r"[\W_]*(?:the )?(?:correct |right )?(?:answer|ans|key|solution)\b(?: is)?(?: choice| option)?(.*)",
    re.IGNORECASE,
)


def remove_all(
    text: pl.Series, search: Callable[[pl.Series], pl.DataFrame], found: pl.DataFrame, items: pl.DataFrame
) -> tuple[pl.Series, pl.Series]:
    """The texts without the hits in `found`, nor those that come together by that; and the rows of those that
    hold some after all `ROUNDS`, whose texts stay as they were. `items`: those of the index, in order."""
    cut = text
    for _ in range(ROUNDS):
        cut = _remove(cut, found, items)
        rows = found["document"].unique().sort()
        if rows.is_empty():
            break
        found = search(cut[rows])
        found = found.with_columns(document=rows[found["document"]])
    left = found["document"].unique().sort()
    return cut.clone().scatter(left, text[left]), left


def _remove(text: pl.Series, found: pl.DataFrame, items: pl.DataFrame) -> pl.Series:
    """The texts without the spans of their hits, and without the lines behind that say choices or answer."""
    told = items[found["order"]].select(
        pl.concat_list(pl.concat_list("answer"), pl.col("choices").fill_null([]))
    )
    found = found.with_columns(told.to_series().alias("told"))
    new: dict[int, str] = {}
    rows = found.group_by("document", maintain_order=True).agg(pl.struct("start", "end", "told"))
    for row, spans in rows.iter_rows():
        data, at, pieces = text[row].encode(), 0, []
        for span in sorted(spans, key=lambda span: span["start"]):
            if span["start"] >= at:
                pieces.append(data[at : span["start"]])
            behind = data[span["end"] : span["end"] + _BEHIND].decode(errors="ignore")
            reach = len(behind[: find_answer(behind, span["told"])].encode())
            at = max(at, span["end"] + reach)
        new[row] = b"".join([*pieces, data[at:]]).decode()
    return text.clone().scatter(list(new), list(new.values())) if new else text


def find_answer(behind: str, told: Sequence[str | None]) -> int:
    """How many characters behind a question say its choices and its answer: whole lines, as far as they go.

    `told`: the texts of answer and choices."""
    known = {_squeeze(each) for each in told if each} - {""}
    end = at = 0
    for line in behind.splitlines(keepends=True):
        answer = _TOLD.fullmatch(line.strip())
        rest = answer[1] if answer else line
        said = {_squeeze(rest), _squeeze(_LABEL.sub("", rest, count=1))}
        # What is left of the line that the hit ends in may be the end of a choice.
        begun = at == 0 and any(one.endswith(each) for one in known | {""} for each in said)
        at += len(line)
        if said & known or begun or (answer and min(map(len, said)) <= 1):
            end = at - (len(line) - len(line.rstrip("\r\n")))
        elif line.strip():
            break
        if answer:
            break
    return end


def _squeeze(text: str) -> str:
    """The letters and digits of a text, case ignored."""
    return re.sub(r"[\W_]+", "", text).casefold()
