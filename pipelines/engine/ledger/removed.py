"""What a stage took away, as texts: documents as they came and as they left, drawn by a hash of their ids.

Documents are drawn together with what was dropped for their sake: a duplicate goes by its survivor's id.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.disk.proof import prove
from winnow.pipelines.engine.ledger.run_summary import RunSummary, Stage
from winnow.pipelines.engine.ledger.texts import measure_text

PROMPT, ANSWER, LEAST = 320, 160, 80  # characters of a held-out piece, and of a text that gives one
DRAWN, BLOCK, HALF = 11, 12, 13  # seeds of hashes that have to do nothing with each other


@dataclass(frozen=True)
class Question:
    """Whose worth is asked for: a stage or, of what it drops, a `rule` (a reason such as
    `language.low_score`, what stands before its dot, or the address of a step); of all documents, or of those
    of one `source`."""

    stage: str
    rule: str | None = None
    source: str | None = None

    @property
    def name(self) -> str:
        """A name for its folder."""
        parts = (self.stage, self.rule, self.source and f"of-{self.source}")
        return ".".join(part.replace(":", ".").replace("/", "_") for part in parts if part)


@dataclass(frozen=True)
class Sample:
    """How documents are drawn: `share` of them, in `blocks` to learn from and one that is held out."""

    share: float
    blocks: int


def measure(account: RunSummary, stage: Stage, question: Question) -> dict[str, int]:
    """How many `documents`, `dropped` and `cut` ones, and bytes of text that `came` and `left`."""
    sums = dict.fromkeys(("documents", "came", "left", "dropped", "cut"), 0)
    for part in stage.parts:
        found = list_part(account, stage, part, question)
        sums["documents"] += found.height
        for name in ("came", "left"):
            sums[name] += int(found[name].sum())
        sums["dropped"] += int(found["gone"].sum())
        sums["cut"] += int(found["changed"].sum())
    return sums


def list_part(account: RunSummary, stage: Stage, part: str, question: Question) -> pl.DataFrame:
    """The documents of a part that the question is about, without their texts.

    Columns: `id`, `source`, `key` (the id by which it is drawn), `gone`, `changed` (a text that was cut;
    never where the question is about a rule), and `came`, `left`: bytes.
    """
    before = find_before(account, stage, part)
    if before is None:
        return pl.DataFrame(schema=_PART)
    came = _scan(before).select("id", "source", came=measure_text(_names(before))).unique("id", keep="first")
    kept = stage.folder / f"{part}.parquet"
    names = _names(kept)
    changed = pl.col("text_here").is_not_null() if "text_here" in names else pl.lit(False)
    if question.rule:
        changed = pl.lit(False)
    left = _scan(kept).select("id", left=measure_text(names), changed=changed).unique("id", keep="first")
    dropped = _read_dropped(stage.place("dropped", part), question.rule)
    table = came.join(left, on="id", how="left").join(dropped, on="id", how="left")
    table = table.filter(pl.col("left").is_not_null() | pl.col("gone"))
    if question.source:
        table = table.filter(pl.col("source") == question.source)
    return table.select(
        "id",
        "source",
        key=pl.coalesce("survivor", "id"),
        gone=pl.col("left").is_null(),
        changed=pl.col("changed").fill_null(False),
        came=pl.col("came").fill_null(0).cast(pl.Int64) if not question.rule else pl.coalesce("left", "came"),
        left=pl.col("left").fill_null(0).cast(pl.Int64),
    ).collect()


_PART: dict[str, pl.DataType] = {
    "id": pl.String(),
    "source": pl.String(),
    "key": pl.String(),
    "gone": pl.Boolean(),
    "changed": pl.Boolean(),
    "came": pl.Int64(),
    "left": pl.Int64(),
}


def find_before(account: RunSummary, stage: Stage, part: str) -> Path | None:
    """The file with the documents of a part as the stage got them; None where it read them from a source."""
    paths = [account.stages[name].folder / f"{part}.parquet" for name in stage.upstream]
    return next((path for path in paths if path.exists()), None)


def _scan(path: Path) -> pl.LazyFrame:
    return pl.scan_parquet(prove(path), glob=False)


def _names(path: Path) -> list[str]:
    return _scan(path).collect_schema().names()


def _read_dropped(path: Path, rule: str | None) -> pl.LazyFrame:
    """Of the documents dropped, or of those dropped by a rule: `id`, `survivor` (or null) and `gone`."""
    rows = _scan(path)
    if rule:
        reason = pl.col("reason")
        rows = rows.filter((reason == rule) | reason.str.starts_with(f"{rule}.") | (pl.col("step") == rule))
    has = "dedup_survivor" in _names(path)
    survivor = pl.col("dedup_survivor").cast(pl.String) if has else pl.lit(None, pl.String)
    return rows.select("id", survivor=survivor, gone=pl.lit(True)).unique("id", keep="first")


def draw(account: RunSummary, stage: Stage, question: Question, sample: Sample) -> Iterator[pl.DataFrame]:
    """The texts that are drawn, part by part: `id`, `kind`, `block` and `text`.

    Kinds are those of `mixing.worth`; in the block that is held out, of number `sample.blocks`, they are `in`
    (texts as they came), `kept` and `dropped`.
    """
    drawn = _choose(account, stage, question, sample)
    for (part,), rows in drawn.group_by("part", maintain_order=True):
        before = find_before(account, stage, str(part))
        assert before is not None
        yield _read_texts(rows, before, stage.folder / f"{part}.parquet", sample)


def _choose(account: RunSummary, stage: Stage, question: Question, sample: Sample) -> pl.DataFrame:
    """The documents that are drawn, with their `part`, `block`, and whether both sides learn from them
    (`shared`): of a block so many that these and what was taken from them, as it came, have the bytes of all
    that was kept in the block."""
    parts = [
        list_part(account, stage, part, question)
        .filter(_unit(DRAWN) < sample.share)
        .with_columns(part=pl.lit(part))
        for part in sorted(stage.parts)
    ]
    return (
        pl.concat(parts)
        .with_columns(block=(pl.col("key").hash(BLOCK) % (sample.blocks + 1)).cast(pl.Int64))
        .sort("block", _unit(HALF), "key", "id")
        .with_columns(
            shared=pl.col("came").cum_sum().over("block") <= pl.col("left").sum().over("block"),
        )
        .sort("part", "id")
    )


def _unit(seed: int) -> pl.Expr:
    """A hash of the key as a number between 0 and 1."""
    return pl.col("key").hash(seed) / 2.0**64


def _read_texts(drawn: pl.DataFrame, before: Path, kept: Path, sample: Sample) -> pl.DataFrame:
    held, shared = pl.col("block") == sample.blocks, pl.col("shared")
    gone, changed = pl.col("gone"), pl.col("changed")
    # (the kind, the rows, whether the text is that which came)
    ways = [
        ("kept", ~held & shared & ~gone & ~changed, False),
        ("after", ~held & shared & changed, False),
        ("before", ~held & shared & changed, True),
        ("more", ~held & ~shared & ~gone, False),
        ("dropped", ~held & shared & gone, True),
        ("kept", held & ~gone, False),
        ("dropped", held & gone, True),
        ("in", held & (gone | changed), True),
        ("in", held & ~gone & ~changed, False),
    ]
    plain = ("id", "block")
    frames = []
    for came, path in ((True, before), (False, kept)):
        rows = [
            drawn.filter(which).select(*plain, kind=pl.lit(kind)) for kind, which, of in ways if of is came
        ]
        wanted = pl.concat(rows)
        texts = documents.find(path, pl.col("id").is_in(wanted["id"].implode()), ["id", "text"])
        frames.append(wanted.join(texts.unique("id", keep="first", maintain_order=True), on="id"))
    return pl.concat(frames).filter(pl.col("text").str.len_bytes() > 0).sort("kind", "block", "id")


def cut_items(texts: pl.DataFrame, most: int) -> pl.DataFrame:
    """Pieces of held-out texts as eval items, at most so many of each kind: `eval` (`text:<kind>`), `item`,
    `prompt` and `answer`. Of texts, as they are long, random pieces: the end of each is to be told from its
    beginning."""
    length = PROMPT + ANSWER
    pieces = (
        texts.filter(pl.col("text").str.len_chars() >= LEAST)
        .with_columns(number=pl.max_horizontal(pl.col("text").str.len_chars() // length, 1))
        .with_columns(piece=pl.int_ranges("number"))
        .explode("piece")
        .with_columns(order=pl.struct("id", "piece").hash(DRAWN))
        .sort("kind", "order", "id", "piece")
        .group_by("kind", maintain_order=True)
        .head(most)
        .with_columns(text=pl.col("text").str.slice(pl.col("piece") * length, length))
        .with_columns(cut=pl.col("text").str.len_chars() * PROMPT // length)
    )
    return pieces.select(
        eval="text:" + pl.col("kind"),
        item=pl.col("id") + "-" + pl.col("piece").cast(pl.String),
        prompt=pl.col("text").str.slice(0, pl.col("cut")),
        answer=pl.col("text").str.slice(pl.col("cut")),
        order="order",
    )


def draw_others(
    account: RunSummary, finals: dict[str, str], sources: Sequence[str], most: int
) -> pl.DataFrame:
    """Documents of sources as they stand at the end of the run, up to `most` of each: `id`, `kind`
    (`source:<name>`) and `text`."""
    frames = []
    for source in sources:
        stage, left = account.stages[finals[source]], most
        for part in sorted(stage.parts):
            if left <= 0 or source not in stage.parts[part].get("by_source", {}):
                continue
            ids = _scan(path := stage.folder / f"{part}.parquet").filter(pl.col("source") == source)
            chosen = ids.select("id").collect()["id"].unique()
            chosen = chosen.gather(chosen.hash(DRAWN).arg_sort()[:left])
            frames.append(
                documents.find(path, pl.col("id").is_in(chosen.implode()), ["id", "text"]).with_columns(
                    kind=pl.lit(f"source:{source}")
                )
            )
            left -= len(chosen)
    empty = pl.DataFrame(schema={"id": pl.String, "text": pl.String, "kind": pl.String})
    return pl.concat([empty, *frames]).select("id", "kind", "text")
