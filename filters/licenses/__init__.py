"""Is it open? Licences judged by a policy, with the evidence that readers and `ingest.html:extract` gave.

`judge` says what holds of each document, `keep` drops by it, `count` (by part) and `total` say what that
costs, by source and license. A policy is a list of SPDX ids: `filters/licenses/policies/`, or one's own.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import polars as pl

from winnow.filters.licenses import costs, policies
from winnow.filters.licenses.expressions import RESERVED, list_ids, normalize
from winnow.filters.verdict import judge_by_rules

TELLS = {"measure": "licensing"}

RULES = (
    ("licenses.rights_reserved", "licenses_rights_reserved", "drop_rights_reserved"),
    ("licenses.conflict", "licenses_conflict", "drop_conflict"),
    ("licenses.not_open", "licenses_not_open", "drop_not_open"),
    ("licenses.none", "licenses_none", "drop_none"),
)
_SIGNALS = tuple(signal for _, signal, _ in RULES)
_CONFLICT = '"conflict": true'  # as `ingest.html:extract` writes it


def judge(
    docs: Annotated[pl.DataFrame, "[license]", "[license_evidence]"],
    *,
    policy: str = "open_definition",
    policy_file: Path | None = None,
) -> Annotated[pl.DataFrame, _SIGNALS, {"licenses_name": pl.String(), "licenses_by": pl.String()}]:
    """Say of each document whether its license is one of the policy's, and by what evidence; drops nothing.

    `policy` is `open_definition` or `common_pile`; `policy_file` is a list of one's own, an id a line. A
    license may be an expression: all parts of an AND must be allowed, one of an OR; `-only`, `-or-later`,
    ports to countries, and a name without its version (`CC-BY`) count as the id that is listed.

    Signals, of which at most one is 1 but for `licenses_conflict`: `licenses_rights_reserved` (all rights are
    said to be kept), `licenses_none` (nothing is said), `licenses_not_open` (another license, or words that
    are none); `licenses_conflict`: the page says several things, one of which is not allowed.
    `licenses_name` is the license in SPDX's spelling, `licenses_by` where the page said it (`meta`, `text`
    ...), or `source` where its reader or recipe gave the license. Raises ValueError where the list names
    unknown ids.
    """
    permit = policies.load(policy, policy_file)
    nothing = pl.Series([None] * docs.height, dtype=pl.String)
    named, evidence = (
        docs[name].cast(pl.String) if name in docs.columns else nothing
        for name in ("license", "license_evidence")
    )
    named = named.str.strip_chars()
    told = {
        one: (normalize(one), permit(one), RESERVED in list_ids(one)) for one in named.drop_nulls().unique()
    }
    rows = [told.get(one, (None, False, False)) if one else (None, False, False) for one in named]
    name = pl.Series("licenses_name", [row[0] for row in rows], dtype=pl.String)
    allowed, reserved = (pl.Series([row[k] for row in rows], dtype=pl.Boolean) for k in (1, 2))
    suspect = evidence.str.contains(_CONFLICT, literal=True).fill_null(False).to_list()
    conflict = [bool(odd and _has_unlike(one, permit)) for odd, one in zip(suspect, evidence, strict=True)]
    none = name.is_null()
    place = evidence.str.extract(r'"in": "([^"]*)"')  # of the statement that decided
    frame = pl.DataFrame({"place": place, "named": ~none})
    by = frame.select(pl.when("named").then(pl.coalesce("place", pl.lit("source")))).to_series()
    signals = {
        "licenses_rights_reserved": reserved,
        "licenses_conflict": pl.Series(conflict, dtype=pl.Boolean),
        "licenses_not_open": ~none & ~allowed & ~reserved,
        "licenses_none": none,
    }
    columns = [value.cast(pl.Int64).alias(signal) for signal, value in signals.items()]
    return docs.with_columns(*columns, name, by.alias("licenses_by"))


def _has_unlike(evidence: str, permit: Callable[[str], bool]) -> bool:
    """Whether one of the statements that differ is not allowed."""
    statements: list[dict[str, Any]] = json.loads(evidence)
    return any(one.get("conflict") and not permit(str(one.get("license"))) for one in statements)


def keep(
    docs: Annotated[pl.DataFrame, _SIGNALS],
    *,
    drop_rights_reserved: bool = True,
    drop_conflict: bool = True,
    drop_not_open: bool = True,
    drop_none: bool = True,
) -> pl.DataFrame:
    """Drop what `judge` found not to be open: `licenses.rights_reserved`, `.conflict`, `.not_open`,
    `.none`."""
    signals = {signal: docs[signal].to_numpy() for signal in _SIGNALS}
    return judge_by_rules(docs, signals, RULES, locals())


def count(
    files: Annotated[Sequence[Path], "source", "text", "licenses_name", *_SIGNALS],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
) -> Annotated[None, costs.TABLE]:
    """Write what the documents that `judge` saw keep and lose, to `bucket=0.parquet`. Run by part.

    Columns: `source`, `verdict` (`open`, or the reason), `license`, `documents`, `tokens`, `bytes`. Tokens
    that nobody counted are bytes / 4.
    """
    columns = ["source", "token_count", "text", "licenses_name", *_SIGNALS]
    found = [costs.count_batch(batch, RULES) for file in files for batch in read(file, columns)]
    costs.add(found).write_parquet(out / "bucket=0.parquet")


def total(files: Annotated[Sequence[Path], costs.TABLE], out: Path) -> Annotated[None, costs.TABLE]:
    """Write the sums of what `count` wrote: `licenses.parquet`, `.json`, and for people `licenses.md`."""
    rows = costs.add([pl.read_parquet(file, glob=False, hive_partitioning=False) for file in files])
    rows.write_parquet(out / "licenses.parquet")
    (out / "licenses.json").write_text(json.dumps(rows.to_dicts(), ensure_ascii=False), encoding="utf-8")
    (out / "licenses.md").write_text(costs.write_page(rows), encoding="utf-8")
