"""What a part's receipt says after documents went: every sum holds as before.

Where a document came in from a source it stays counted, as dropped by `takedowns`; stages after that never
had it.
"""

import copy
from typing import Any

from winnow.pipelines.engine.ledger.texts import find_extraction

Figures = dict[str, Any]


def begin(receipt: Figures) -> Figures:
    """A copy that may be changed."""
    return copy.deepcopy(receipt)


def replace_kept(receipt: Figures, row: Figures, reason: str) -> None:
    """A document that came from a source and was kept is dropped now."""
    size, tokens = row["text_bytes"], row["token_count"]
    own = receipt["by_source"][row["source"]]
    _add(own, {"documents_kept": -1, "documents_dropped": 1, "bytes_kept": -size, "bytes_dropped": size})
    _add(own, {"tokens_kept": -(tokens or 0)})
    receipt["kept"] -= 1
    receipt["dropped"] += 1
    for fate, sign in (("came", -1), ("kept", -1), ("dropped", 1)):
        _add_text(receipt, row["source"], row["language"], fate, sign * size, tokens, sign)
    _add_reason(receipt, reason, size, tokens, 1)


def replace_dropped(receipt: Figures, row: Figures, reason: str, uses: list[str]) -> None:
    """A document that came from a source and was dropped is dropped for another reason now."""
    size, tokens = _measure_dropped(row, uses), row["token_count"]
    _add_reason(receipt, row["reason"], size, tokens, -1)
    _add_reason(receipt, reason, size, tokens, 1)
    if row["step"] in receipt["steps"]:
        _add(receipt["steps"][row["step"]], {"dropped": -1})


def replace_failed(receipt: Figures, row: Figures, reason: str) -> None:
    """A document that came from a source and failed is dropped now; what it held stays among what failed."""
    _add(receipt["by_source"][row["source"]], {"documents_failed": -1, "documents_dropped": 1})
    receipt["failed"] -= 1
    receipt["dropped"] += 1
    _add_reason(receipt, reason, 0, None, 1)


def remove(receipt: Figures, row: Figures, fate: str, before: Figures, uses: list[str]) -> None:
    """A document that came from a stage before, as `before` has it, was never here."""
    size, tokens = before["text_bytes"], before["token_count"]
    extraction = find_extraction(uses)
    own = receipt["by_source"][row["source"]]
    receipt["rows_in"] -= 1
    receipt[fate] -= 1
    _add(own, {"documents_in": -1, f"documents_{fate}": -1, "bytes_in": -size, "tokens_in": -(tokens or 0)})
    left = row["text_bytes"] if fate == "kept" else 0
    if extraction < 0:
        came = size
    elif fate == "kept":
        came = left
    else:
        came = _measure_dropped(row, uses) if fate == "dropped" else 0
    _add(own, {"bytes_markup": came - size, f"bytes_{fate}": -(left if fate == "kept" else came)})
    language = row.get("language", before["language"])
    changed = row.get("text_bytes", size) != size if row.get("changed") is None else row["changed"]
    counted = tokens if changed or row.get("token_count") is None else row["token_count"]
    if fate == "kept":
        _add(own, {"bytes_cut": left - came, "tokens_kept": -(row["token_count"] or 0)})
        _add_text(receipt, row["source"], language, "came", -came, counted, -1)
        _add_text(receipt, row["source"], language, "kept", -left, row["token_count"], -1)
        _take_cut(receipt, came - left)
    else:
        _add_text(receipt, row["source"], language, fate, -came, counted, -1)
    if fate == "dropped":
        _add_reason(receipt, row["reason"], came, counted, -1)
    _take_steps(receipt, row, fate, uses)


def _measure_dropped(row: Figures, uses: list[str]) -> int:
    """Bytes of text that a dropped document had: none before its text was extracted."""
    extraction = find_extraction(uses)
    place = uses.index(row["step"]) if row["step"] in uses else -1
    return int(row["text_bytes"] or 0) if extraction < 0 or place > extraction else 0


def _take_cut(receipt: Figures, size: int) -> None:
    """Where one step alone cut texts, it is it that did not cut this one."""
    cutters = [figures for figures in receipt["steps"].values() if figures.get("bytes_cut")]
    if len(cutters) == 1:
        cutters[0]["bytes_cut"] -= size


def _take_steps(receipt: Figures, row: Figures, fate: str, uses: list[str]) -> None:
    """Steps that had the document had one less."""
    last = uses.index(row["step"]) if fate != "kept" and row["step"] in uses else len(uses) - 1
    verdicts = row.get("verdicts")
    for place, use in enumerate(uses):
        figures = receipt["steps"].get(use)
        if figures is None or uses.index(use) != place:
            continue
        if place <= last:
            _add(figures, {"documents_in": -1})
        if place == last and fate == "dropped":
            _add(figures, {"dropped": -1})
        if "judged" in figures:
            _add(figures, {"judged": -1})
            if verdicts and place < len(verdicts) and verdicts[place] is not None:
                _add(figures, {"alone": -1})


def _add(entry: Figures, more: dict[str, int]) -> None:
    for name, number in more.items():
        if number or name in entry:
            entry[name] = entry.get(name, 0) + number


def _add_text(
    receipt: Figures, source: str, language: str | None, fate: str, size: int, tokens: int | None, sign: int
) -> None:
    """As `pipelines.engine.ledger.texts` counts it: zeros are left out."""
    languages = receipt["texts"].setdefault(source, {})
    entry = languages.setdefault(language or "", {})
    counted = {f"tokens_{fate}": sign * tokens} if tokens is not None else {f"uncounted_{fate}": size}
    _add(entry, {f"bytes_{fate}": size, **counted})
    kept = {name: number for name, number in sorted(entry.items()) if number > 0}
    languages[language or ""] = kept
    if not kept:
        del languages[language or ""]


def _add_reason(receipt: Figures, reason: str, size: int, tokens: int | None, sign: int) -> None:
    entry = receipt["reasons"].setdefault(reason, {"documents": 0, "bytes": 0, "tokens": 0, "uncounted": 0})
    counted = {"tokens": sign * tokens} if tokens is not None else {"uncounted": sign * size}
    _add(entry, {"documents": sign, "bytes": sign * size, **counted})
    if entry["documents"] <= 0:
        del receipt["reasons"][reason]
    receipt["reasons"] = dict(sorted(receipt["reasons"].items()))
