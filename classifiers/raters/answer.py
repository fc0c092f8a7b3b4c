"""What a rater's answer says: the declared score or label, or why there is none."""

import json
import math
import re
from typing import Any

from winnow.classifiers.raters.prompt import Prompt
from winnow.llm import hide

MAX_OBJECTS = 100
MAX_CHARS = 20_000  # that are kept, the last ones: what a model thinks stands before what it says
THOUGHT = "</think>"  # ends what some models say to themselves
_NUMBER = re.compile(r"\s*[+-]?\d{1,9}(?:\.\d{1,9})?\s*")


def judge(answer: str, finish: str | None, prompt: Prompt) -> tuple[float | str | None, str | None]:
    """The score or label, or None and the reason.

    Reasons: `truncated` (no tokens were left), `refused` (by the server's filter), `no_json`, `no_field` (no
    object has the declared field), `ambiguous` (it stands there with two values), `no_score` (no number),
    `out_of_range`, `unknown_label`. A score is never brought into its range, nor a label guessed.
    """
    if finish in ("length", "content_filter"):
        return None, "truncated" if finish == "length" else "refused"
    objects = _find_objects(answer.rpartition(THOUGHT)[2])
    if not objects:
        return None, "no_json"
    values = [value for pairs in objects for name, value in pairs if name == prompt.field]
    if not values:
        return None, "no_field"
    judged = [_read_label(v, prompt) if prompt.labels else _read_score(v, prompt) for v in values]
    return judged[0] if len(set(judged)) == 1 else (None, "ambiguous")


def keep(answer: str, finish: str | None, prompt: Prompt, key: str) -> str:
    """What is kept of an answer: its end without the key, which is judged as what came; where a key stands in
    what is judged, that alone is kept."""
    value, reason = judge(answer[-MAX_CHARS:], finish, prompt)
    kept = hide(answer, key)[-MAX_CHARS:]
    if judge(kept, finish, prompt) == (value, reason):
        return kept
    return "" if value is None else json.dumps({prompt.field: value})


def _find_objects(answer: str) -> list[list[tuple[str, Any]]]:
    """The JSON objects in an answer, one after the other, as pairs: a name may stand twice."""
    decoder = json.JSONDecoder(object_pairs_hook=_Pairs)
    found: list[list[tuple[str, Any]]] = []
    at = answer.find("{")
    for _ in range(MAX_OBJECTS):
        if at < 0:
            break
        try:
            value, end = decoder.raw_decode(answer, at)
            found.append(value)
        except (ValueError, RecursionError):
            end = at + 1
        at = answer.find("{", end)
    return found


class _Pairs(list[tuple[str, Any]]):
    """An object, told apart from a list."""


def _read_score(value: Any, prompt: Prompt) -> tuple[float | None, str | None]:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None, "no_score"
    if not prompt.low <= value <= prompt.high or math.isnan(value):
        return None, "out_of_range"
    return float(value), None


def _read_label(value: Any, prompt: Prompt) -> tuple[str | None, str | None]:
    said = value.strip().casefold() if isinstance(value, str) else None
    found = next((label for label in prompt.labels if label.casefold() == said), None)
    return found, None if found else "unknown_label"
