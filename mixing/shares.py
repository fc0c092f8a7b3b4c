"""A mix by hand: shares that are known beforehand, as long against short, without a swarm."""

import fnmatch
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import PositiveInt

from winnow.files import write_json
from winnow.ranges import Ratio

TELLS = {"files": {"mix": "weights.json"}}


def fix(
    files: Annotated[Sequence[Path], ()],
    out: Path,
    *,
    counts: Path,
    shares: dict[str, Ratio],
    budget_tokens: PositiveInt | None = None,
) -> None:
    """Write `weights.json`, as `mixing.optimize:solve` does: {"weights": {source: share}, "settings":
    {"budget_tokens": int}}, for `mixing.sample:draw` and `mixing.tokens.order:plan`.

    `shares` names sources, or domains of `mixing.domains:assign`, by patterns (as of file names; a source
    goes to the first that fits it) and the share of the tokens that all of a pattern have together, as
    `{ "*/1" = 0.34, "*/0" = 0.66 }`. Inside a pattern the shares are natural. `counts` is the folder of
    `mixing.count:by_source`; `files` is not read. `budget_tokens` by default is the most that reads no source
    more than once.

    Errors: ValueError where shares do not sum to 1, a pattern fits no source with tokens, or a source fits no
    pattern.
    """
    table = json.loads((counts / "counts.json").read_text(encoding="utf-8"))
    tokens = {name: row["tokens"] for name, row in table.items() if row["tokens"]}
    if not shares or min(shares.values()) < 0 or abs(sum(shares.values()) - 1) > 1e-6:
        raise ValueError(f"shares are 0 or more and sum to 1, not {shares}")
    found = _match(tokens, shares)
    sums = {pattern: sum(tokens[n] for n, p in found.items() if p == pattern) for pattern in shares}
    if empty := sorted(pattern for pattern, total in sums.items() if not total and shares[pattern]):
        raise ValueError(f"{empty} fit no source that has tokens: {sorted(tokens)}")
    weights = {name: shares[pattern] * tokens[name] / sums[pattern] for name, pattern in found.items()}
    most = min(sums[pattern] / share for pattern, share in shares.items() if share)
    solved = {"weights": weights, "settings": {"budget_tokens": budget_tokens or int(most), "shares": shares}}
    write_json(out / "weights.json", solved)


def _match(sources: Iterable[str], patterns: Iterable[str]) -> dict[str, str]:
    """For each source the first pattern that fits it; ValueError where none does."""
    fits = {name: [p for p in patterns if fnmatch.fnmatchcase(name, p)] for name in sources}
    if lost := sorted(name for name, found in fits.items() if not found):
        raise ValueError(f"no pattern of {sorted(patterns)} fits {lost}; a share of 0 leaves them out")
    return {name: found[0] for name, found in fits.items()}
