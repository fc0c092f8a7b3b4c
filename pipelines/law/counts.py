"""What the files of a finished run say in numbers: of the shards, by source, by domain, by reason.

Shards are what is trained on, so that totals are counted in them, each document once (`epoch` 0). Which
source of the recipe a document is from, and the address of its crawl, say the files that were exported: their
parts belong to sources (`parts.parquet`).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import polars as pl
from tldextract import TLDExtract

from winnow.pipelines.engine.disk import proof
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage, add_up
from winnow.pipelines.engine.ledger.texts import measure_text
from winnow.pipelines.engine.parts import plan
from winnow.pipelines.spec import declarations

SUMS = ("documents", "tokens", "bytes")
HOST = r"^(?:[A-Za-z][A-Za-z0-9+.\-]*:)?//(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]+)"
DAY = r"^(\d{4}-\d\d-\d\d)"
PART = r"part-(\d+)\.parquet$"


class SummaryError(Exception):
    """A run of which no summary can be told; the message is one sentence."""


@dataclass(frozen=True)
class Corpus:
    """A finished run, the stage that wrote its shards and what that says of them (`manifest`, in `file`).

    `line` are the stages that its documents came through, `exported` those whose documents it wrote;
    `rows` are these documents, with `recipe_source`, `text_bytes` and no texts; `raw_names` the columns that
    their files have; `masks` which of them count what was masked, with what is to be said of each;
    `types` which says of what kind a text is.
    """

    account: RunSummary
    shards: Stage
    file: str
    manifest: dict[str, Any]
    line: list[Stage]
    exported: list[Stage]
    rows: pl.LazyFrame = field(repr=False)
    raw_names: set[str] = field(repr=False)
    masks: dict[str, str] = field(default_factory=dict)
    types: str | None = None

    @property
    def title(self) -> str:
        """As the dataset card has it."""
        return str(self.shards.own_steps[0]["settings"].get("title", self.account.recipe))

    def documents(self) -> pl.LazyFrame:
        """The documents in the shards, each once."""
        files = [proof.prove(self.folder / entry["path"]) for entry in self.manifest["files"]]
        return pl.scan_parquet(files, glob=False).filter(pl.col("epoch") == 0)

    @property
    def folder(self) -> Path:
        """Where the shards and their card are."""
        return self.shards.folder / "all"

    @property
    def counted(self) -> bool:
        """Whether every document has its tokens."""
        return self.manifest["totals"]["unique_tokens"] is not None


def read(account: RunSummary, stage: str | None) -> Corpus:
    """The corpus that the run wrote, in `stage` where it wrote several. SummaryError, Damaged."""
    shards = _choose(account, stage)
    listed = shards.find_told("shards")
    assert listed is not None
    manifest = json.loads(listed.read_text(encoding="utf-8"))
    exported = [account.stages[name] for name in shards.upstream]
    through = _follow_back(account, exported)
    owners = {place.part: place.source for place in plan.read_places(account.out)}
    if not owners:
        raise proof.Damaged(str(account.out / plan.FILE), "is missing", f"run again: {plan.ANEW}")
    files = [file for stage in exported for file in stage.files("kept")]
    names = {name for file in files for name in pl.scan_parquet(file, glob=False).collect_schema()}
    types = [told for step in list_own(through) if (told := declarations.read(step["use"]).get("types"))]
    masks = {name: told for step in list_own(through) for name, told in declared(step, "masks").items()}
    rows = [_scan(file, owners[int(file.stem.removeprefix("part-"))], masks, types) for file in files]
    return Corpus(
        account,
        shards,
        listed.name,
        manifest,
        through,
        exported,
        pl.concat(rows, how="diagonal_relaxed"),
        names,
        masks,
        next((name for name in types if name in names), None),
    )


def _follow_back(account: RunSummary, exported: list[Stage]) -> list[Stage]:
    """The stages through which the documents came that `exported` kept."""
    line = {stage.name for stage in exported}
    for stage in reversed(account.shard_stages()):
        if stage.name in line:
            line |= set(stage.upstream)
    return [stage for stage in account.shard_stages() if stage.name in line]


def _choose(account: RunSummary, stage: str | None) -> Stage:
    """The stage that wrote the shards, the one of that name where several did. SummaryError."""
    named = {name: one for name, one in account.stages.items() if one.find_told("shards")}
    if not named:
        raise SummaryError(
            f"{account.out}: no stage of the run wrote shards: end it with {declarations.find_step('export')}"
        )
    if stage is None and len(named) > 1:
        raise SummaryError(
            f"{account.out}: several stages wrote shards: say STAGE= one of {', '.join(named)}"
        )
    if stage is not None and stage not in named:
        raise SummaryError(f"{account.out}: {stage!r} wrote no shards; {', '.join(named)} did")
    return named[stage or next(iter(named))]


def list_own(stages: list[Stage]) -> list[dict[str, Any]]:
    """All steps of these stages, in order."""
    return [step for stage in stages for step in stage.own_steps]


def declared(step: dict[str, Any], key: str) -> dict[str, Any]:
    """A table of what a step's module tells; empty where it tells nothing of it."""
    found: dict[str, Any] = declarations.read(step["use"]).get(key, {})
    return found


def _scan(file: Path, source: str, masks: Iterable[str], others: Iterable[str]) -> pl.LazyFrame:
    rows = pl.scan_parquet(file, glob=False)
    names = rows.collect_schema().names()
    if "repeats" in names:
        rows = rows.filter(pl.col("repeats").fill_null(1) > 0)
    known = {"url", "date", "token_count", *others, *list_masks(names, masks)}
    wanted = [name for name in names if name in known]
    return rows.select(*wanted, recipe_source=pl.lit(source), text_bytes=measure_text(names))


def list_masks(names: Iterable[str], masks: Iterable[str]) -> list[str]:
    """Columns that count what was masked."""
    return [name for name in names if any(fnmatchcase(name, each) for each in masks)]


def _sum(bytes_: pl.Expr) -> list[pl.Expr]:
    return [
        pl.len().cast(pl.Int64).alias("documents"),
        pl.col("token_count").sum().alias("tokens"),
        bytes_.sum().cast(pl.Int64).alias("bytes"),
    ]


def by(rows: pl.LazyFrame, *names: str) -> pl.DataFrame:
    """Documents, tokens and bytes by columns, most bytes first."""
    size = measure_text(rows.collect_schema())
    found = rows.group_by(*names).agg(_sum(size)).collect(engine="streaming")
    return found.sort("bytes", *names, descending=[True, *(False for _ in names)], nulls_last=True)


def find_days(rows: pl.LazyFrame, *names: str) -> pl.DataFrame:
    """The first and the last day of `date`, and how many documents have one, by columns."""
    day = pl.col("date").str.extract(DAY)
    sums = {"first": day.min(), "last": day.max(), "dated": day.count().cast(pl.Int64)}
    return rows.group_by(*names).agg(**sums).collect(engine="streaming").sort(*names)


def find_domains(rows: pl.LazyFrame) -> pl.DataFrame:
    """Registered domains (`domain`; of the packaged public suffix list; an address of digits as it stands)
    with documents, tokens and bytes, most bytes first; `domain` is null where there is no URL."""
    host = pl.col("url").str.extract(HOST).str.to_lowercase().alias("host")
    hosts = (
        rows.with_columns(host).group_by("host").agg(_sum(pl.col("text_bytes"))).collect(engine="streaming")
    )
    extract = TLDExtract(suffix_list_urls=(), cache_dir=None)
    names = [
        None if one is None else extract(one).top_domain_under_public_suffix or one for one in hosts["host"]
    ]
    table = hosts.with_columns(pl.Series("domain", names, dtype=pl.String))
    sums = table.group_by("domain").agg(pl.col(name).sum() for name in SUMS)
    return sums.sort("bytes", "domain", descending=[True, False], nulls_last=True)


def find_dropped(corpus: Corpus) -> list[dict[str, Any]]:
    """What each stage of the line dropped, by reason: `stage`, `reason`, `documents`."""
    return [
        {"stage": stage.name, "reason": reason, "documents": int(figures["documents"])}
        for stage in corpus.line
        for reason, figures in sorted(add_up(stage, "reasons").items())
    ]


def list_steps(corpus: Corpus, *modules: str) -> list[dict[str, Any]]:
    """The steps of these modules on the line: `stage`, `step`, `settings` as JSON."""
    return [
        {
            "stage": stage.name,
            "step": step["use"],
            "settings": json.dumps(step["settings"], sort_keys=True, ensure_ascii=False),
        }
        for stage in corpus.line
        for step in stage.own_steps
        if step["use"].split(":")[0] in modules
    ]
