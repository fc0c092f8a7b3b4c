"""Answers as older versions kept them: JSON lines, in a file for each label and page, and one for all
rewrites."""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from winnow.budget import Attempt

_ATTEMPT = TypeAdapter(Attempt, config=ConfigDict(strict=True))
_REWRITES = "requests.jsonl"
_QUESTION = re.compile(r"[0-9a-f]{64}\.jsonl")
_CURE = "mend the line, or remove it, and what it says may be asked and paid for again"


def list_files(folder: Path) -> list[Path]:
    """The files of such answers in a store."""
    found = [folder / _REWRITES] if (folder / _REWRITES).is_file() else []
    for place in sorted(folder.glob("??")):
        with suppress(FileNotFoundError, NotADirectoryError):  # of another process, which has taken it over
            found += [file for file in sorted(place.iterdir()) if _QUESTION.fullmatch(file.name)]
    return found


def read(path: Path) -> Iterator[tuple[bytes, bool, Attempt]]:
    """Of each line of a file its question, whether that was sent or has ended, and the attempt; a line that
    was cut off is none. ValueError, with the line, where a whole one is no request, or not what was
    written."""
    name = "" if path.name == _REWRITES else path.stem
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
            except ValueError:  # the end of a write that the machine did not survive
                continue
            digest = record.pop("digest", None) if isinstance(record, dict) else None
            known = name + json.dumps(record, separators=(",", ":"))
            if digest not in (None, hashlib.sha256(known.encode()).hexdigest()[:32]):
                raise ValueError(f"{path}:{number} is not what was written: {_CURE}")
            try:
                told = _convert(record, name)
                _check(told[2])
            except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError):
                what = "is no request with its tokens, its cost and its answer"
                raise ValueError(f"{path}:{number} {what}: {_CURE}") from None
            yield told


def _convert(record: Any, name: str) -> tuple[bytes, bool, Attempt]:
    """What a line says: of a rewrite, which names itself, of a label, or of a page."""
    if not name:
        attempt = Attempt(record["in"], record["out"], record["cost"])
        if not record["sent"]:
            said = "said" if record["fault"] else "answer"
            told = {"fault": record["fault"], said: record["text"], "finish": record["finish"]}
            attempt = attempt._replace(**told)
        return bytes.fromhex(record["key"]), record["sent"], attempt
    if "attempt" in record:
        fields = dict(record["attempt"])
        temperature = (0.0, 0.5, 0.8)[min(fields.pop("heat"), 2)]
        return bytes.fromhex(name), record["is_sent"], Attempt(**fields, temperature=temperature)
    fields = {"tokens": None, "finish_reason": None, **record}
    tokens, finish, temperature = (fields.pop(each) for each in ("tokens", "finish_reason", "temperature"))
    told = {"tokens_out": tokens or 0, "is_told": tokens is not None}
    return bytes.fromhex(name), False, Attempt(**fields, **told, finish=finish, temperature=temperature)


def _check(attempt: Attempt) -> None:
    """ValueError, or what a strange value raises, where an attempt is none."""
    _ATTEMPT.validate_python(attempt._asdict())
    is_negative = min(attempt.tokens_in, attempt.tokens_out, attempt.max_tokens) < 0
    if is_negative or not 0 <= Decimal(attempt.cost) < Decimal("Infinity"):
        raise ValueError
