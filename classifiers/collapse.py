"""Do rewrites begin, end and go alike? Template collapse is how rephrasing fails (arXiv:2604.13977)."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import log2
from pathlib import Path
from typing import Annotated

import polars as pl
from pydantic import NonNegativeInt, PositiveFloat, PositiveInt

from winnow.classifiers.rephraser.panel import panel as panel
from winnow.files import cache_by_stamp, find_files, write_messages
from winnow.ranges import Ratio

KINDS = ("opening", "ending", "frame")
_WORD = re.compile(r"[^\W\d_]+|\d+")
FRAME_WORDS = 7  # of a run inside
_GRAM = 3  # words of the grams whose entropy is told
Counts = dict[str, Counter[str]]


def find(
    files: Annotated[Sequence[Path], "id", "text", "parent_text", "rephrase_prompt"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    words: PositiveInt = 5,
    max_ratio: Ratio = 0.03,
    times: PositiveFloat = 5.0,
    min_documents: NonNegativeInt = 10,
    sample: PositiveInt = 20_000,
    seed: NonNegativeInt = 0,
) -> Annotated[None, "kind", "prompt", "pattern", "documents", "ratio", "parents_ratio"]:
    """Write which openings and endings (of `words` words) and which runs inside (of seven) too many
    rewrites share.

    Among `sample` rewrites, those with the lowest hashes of id and `seed`, a pattern is one that stands
    in more than `max_ratio` of the rewrites of one prompt (`*`: of all), in `min_documents` of them at
    least, and `times` as often as in their parents: what their parents share is no fault of the model.
    Numbers count as one word. Writes `collapse.parquet`: `kind` (`opening`, `ending`, `frame`), `prompt`,
    `pattern`, `documents` (Int64), `ratio` and `parents_ratio` (Float64); and `messages.json`, with the
    entropy in bits of the three-word runs of rewrites and of parents, over as many words of each. In
    memory lie the sample's texts and runs.
    """
    rows = _sample(files, read, sample, seed)
    found = []
    for prompt, group in _split_prompts(rows):
        said, given = ([_list_words(text) for text in group[name]] for name in ("text", "parent_text"))
        mine, theirs = _count(said, words), _count(given, words)
        least = max(min_documents, max_ratio * len(said))
        for kind in KINDS:
            for pattern, count in mine[kind].items():
                if (
                    count >= least
                    and count > max_ratio * len(said)
                    and count >= times * theirs[kind][pattern]
                ):
                    ratio, before = count / len(said), theirs[kind][pattern] / len(said)
                    found.append((kind, prompt, pattern, count, ratio, before))
    schema = ["kind", "prompt", "pattern", "documents", "ratio", "parents_ratio"]
    types = [pl.String, pl.String, pl.String, pl.Int64, pl.Float64, pl.Float64]
    table = pl.DataFrame(found, schema=dict(zip(schema, types, strict=True)), orient="row")
    table = table.sort("ratio", "kind", "prompt", "pattern", descending=[True, False, False, False])
    table.write_parquet(out / "collapse.parquet")
    _write_messages(out, rows, table)


def _sample(
    files: Sequence[Path], read: Callable[..., Iterator[pl.DataFrame]], sample: int, seed: int
) -> pl.DataFrame:
    kept: pl.DataFrame | None = None
    key = seed.to_bytes(8, signed=True)
    for file in files:
        for batch in read(file, ["id", "text", "parent_text", "rephrase_prompt"]):
            lots = [hashlib.blake2b(one.encode(), digest_size=8, key=key).hexdigest() for one in batch["id"]]
            rows = batch.with_columns(lot=pl.Series(lots, dtype=pl.String))
            kept = (rows if kept is None else pl.concat([kept, rows], how="vertical_relaxed")).sort("lot")
            kept = kept.head(sample)
    if kept is None:
        raise ValueError("no rewrites: is the stage before empty?")
    filled = [pl.col(name).fill_null("") for name in ("text", "parent_text", "rephrase_prompt")]
    return kept.with_columns(filled)


def _split_prompts(rows: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    yield "*", rows
    names = rows["rephrase_prompt"].unique().sort().to_list()
    for name in names if len(names) > 1 else ():
        yield name, rows.filter(rephrase_prompt=name)


def _list_words(text: str) -> list[str]:
    return ["0" if word[0].isdigit() else word for word in _WORD.findall(text.lower())]


def _cut(words: list[str], kind: str, length: int) -> list[str]:
    """The opening, the ending, or all runs of so many words."""
    if len(words) < length:
        return []
    if kind == "frame":
        return sorted({" ".join(words[at : at + length]) for at in range(len(words) - length + 1)})
    return [" ".join(words[:length] if kind == "opening" else words[-length:])]


def _count(texts: Iterable[list[str]], words: int) -> Counts:
    counts: Counts = {kind: Counter() for kind in KINDS}
    for text in texts:
        for kind in KINDS:
            counts[kind].update(_cut(text, kind, FRAME_WORDS if kind == "frame" else words))
    return counts


def _measure_entropy(texts: Sequence[list[str]], most: int) -> float:
    """Bits of the runs of three words, over the first `most` of them."""
    counts: Counter[tuple[str, ...]] = Counter()
    left = most
    for words in texts:
        runs = list(zip(*(words[at:] for at in range(_GRAM)), strict=False))[:left]
        counts.update(runs)
        left -= len(runs)
    total = counts.total()
    return -sum(n / total * log2(n / total) for n in counts.values()) if total else 0.0


def _write_messages(out: Path, rows: pl.DataFrame, table: pl.DataFrame) -> None:
    texts = [[_list_words(text) for text in rows[name]] for name in ("text", "parent_text")]
    most = min(sum(max(0, len(words) - _GRAM + 1) for words in each) for each in texts)
    mine, theirs = (_measure_entropy(each, most) for each in texts)
    says = [f"three-word runs of rewrites have {mine:.2f} bits, those of their parents {theirs:.2f}"]
    for kind, prompt, pattern, _, ratio, _ in table.head(5).iter_rows():
        says.append(f"collapse: {ratio:.1%} of the rewrites (prompt {prompt}) have the {kind} {pattern!r}")
    counts = {"rewrites": rows.height, "patterns": table.height}
    write_messages(out, says, counts, entropy={"rewrites": mine, "parents": theirs})


def drop(
    docs: Annotated[pl.DataFrame, "text", "rephrase_prompt"],
    *,
    collapse: Path,
    words: PositiveInt = 5,
    kinds: list[str] = ["opening", "ending", "frame"],  # noqa: B006 - never changed
) -> Annotated[pl.DataFrame, "collapse_pattern"]:
    """Drop rewrites that have one of the patterns in `collapse`, the folder that `find` wrote.

    `words` is that of `find`. Reasons: `collapse.opening`, `collapse.ending`,
    `collapse.frame`; `collapse_pattern` says which.
    """
    if unknown := sorted(set(kinds) - set(KINDS)):
        raise ValueError(f"kinds: no such: {unknown}; there are {list(KINDS)}")
    found = [
        _find_pattern(_list_words(text or ""), prompt or "", _load(collapse), kinds, words)
        for text, prompt in docs.select("text", "rephrase_prompt").iter_rows()
    ]
    return docs.with_columns(
        pl.Series("collapse_pattern", [pattern for _, pattern in found], dtype=pl.String),
        pl.Series("drop_reason", [kind and f"collapse.{kind}" for kind, _ in found], dtype=pl.String),
    )


def _find_pattern(
    words: list[str],
    prompt: str,
    patterns: frozenset[tuple[str, str, str]],
    kinds: list[str],
    length: int,
) -> tuple[str | None, str | None]:
    for kind in kinds:
        for pattern in _cut(words, kind, FRAME_WORDS if kind == "frame" else length):
            if (kind, prompt, pattern) in patterns or (kind, "*", pattern) in patterns:
                return kind, pattern
    return None, None


@cache_by_stamp(2)
def _load(folder: Path) -> frozenset[tuple[str, str, str]]:
    tables = [pl.read_parquet(file, glob=False) for file in find_files(folder, "collapse.parquet")]
    return frozenset(pl.concat(tables).select("kind", "prompt", "pattern").iter_rows())
