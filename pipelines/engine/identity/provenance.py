"""Whether the code of today may go on with a stage that other code began.

`stage.json` names in `code` the code that its parts are made by, and each part's receipt the digest of it.
Parts of two codes stand in one stage only after the user said so; what was said is kept in `accepted`.
"""

from collections.abc import Collection
from typing import Any

from winnow.pipelines.engine.identity import code

UNRECORDED = "no code is recorded of what stands there"


class OtherCodeBegan(Exception):
    """A stage with parts left to make has parts that other code made; the arguments are what differs."""


def differences(old: dict[str, Any], today: code.Code, receipts: Collection[dict[str, Any]]) -> list[str]:
    """How today's code differs from what made the parts with these receipts; nothing where it does not."""
    if not _others(old, today, receipts):
        return []
    return (code.differences(old["code"], today) if old.get("code") else []) or [UNRECORDED]


def _others(old: dict[str, Any], today: code.Code, receipts: Collection[dict[str, Any]]) -> set[str | None]:
    """The codes that made parts and are neither today's nor accepted."""
    known = {code.of_stage(code.digests(today)), *(entry["digest"] for entry in old.get("accepted", []))}
    return {receipt.get("code") for receipt in receipts} - known


def check_code_changed(
    old: dict[str, Any], today: code.Code, receipts: Collection[dict[str, Any]], *, left: bool, accept: bool
) -> dict[str, Any]:
    """What `stage.json` says of its code from now on: `code`, and, where there is any, `accepted`, `changed`.

    `old` is what it says now, `receipts` are those of the parts that are done, `left` is whether others are
    not. A stage without any is told as `changed`; one with some raises OtherCodeBegan unless `accept`.
    """
    accepted = old.get("accepted", [])
    others = _others(old, today, receipts)
    if not others:
        return {"code": today, **({"accepted": accepted} if accepted else {})}
    lines = differences(old, today, receipts)
    if accept:
        return {
            "code": today,
            "accepted": [*accepted, *({"digest": each, "was": lines} for each in sorted(others, key=str))],
        }
    if left:
        raise OtherCodeBegan(*lines)
    return {key: old[key] for key in ("code", "accepted") if key in old} | {"changed": lines}
