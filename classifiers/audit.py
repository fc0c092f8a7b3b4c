"""How a head judges the documents of a run, and which of them somebody should read before it is trusted."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import jinja2
import polars as pl
from pydantic import NonNegativeInt, PositiveInt

from winnow.classifiers import quality
from winnow.classifiers.reading import lists
from winnow.classifiers.reading.reformat import WAYS
from winnow.ranges import Ratio

TEMPLATES = Path(__file__).parent / "reading"
Found = dict[str, Any]


def _list_by(settings: Any) -> tuple[str, ...]:
    """the column that `by` names"""
    return (settings["by"],) if settings.get("by") else ()


def write(
    files: Annotated[Sequence[Path], "id", "source", "text", "score_quality", _list_by],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    cut: Ratio,
    model: Path | None = None,
    previous: Path | None = None,
    by: str | None = None,
    verdicts: Path | None = None,
    sample: PositiveInt = 1000,
    length: PositiveInt = 20,
    seed: NonNegativeInt = 0,
) -> None:
    """Write `audit.json`, `audit.html` and `read_list.csv` about `score_quality` and the threshold `cut`.

    Of each source (and each value of `by`): documents, mean score, the share at or above the cut, the share
    in the fullest of five buckets of equal width, and whether all scores are the same. Of `sample` documents,
    chosen by a hash of the id: how many change sides of the cut when they are laid out otherwise (lines
    wrapped, quotes bent, other bullets, Markdown, headings in capitals), scored by `model` (as in
    `classifiers.quality:score`; `by` names its heads, too).

    The read list has `length` documents of each kind: just `above` and just `below` the cut and, where
    `previous` is the folder of the model before, those of the sample that it would rank most below
    (`promoted`) and most above (`demoted`) where they stand now. Its column `verdict` is empty: write `good`
    or `poor` there, and name the file as `verdicts` in a later run, which counts them by kind. In memory lie
    a batch, the sample and the lists.

    Errors: ValueError where a score is null or NaN, or a verdict is neither `good` nor `poor`.
    """
    groups = list(dict.fromkeys(["source", *_list_by({"by": by})]))
    seen = lists.scan(files, read, groups, cut, sample, length, seed)
    texts = lists.read_texts(files, read, seen.sample["id"], groups)
    chosen = lists.choose(seen.near, texts, cut, length, model, previous, by)
    report = {
        "cut": cut,
        "documents": seen.documents,
        "kept": seen.kept / max(1, seen.documents),
        "groups": [{"by": name, "rows": seen.groups[name].to_dicts()} for name in groups],
        "flips": {name: _measure_flips(texts, change, cut, model, by) for name, change in WAYS.items()},
        "verdicts": lists.count_verdicts(verdicts) if verdicts else {},
    }
    (out / "audit.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    full = lists.read_texts(files, read, chosen["id"], ["source"])
    rows = chosen.join(full.select("id", "text"), on="id", maintain_order="left")
    rows.drop("text").with_columns(verdict=pl.lit("")).write_csv(out / "read_list.csv")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    page = environment.get_template("audit.html.jinja").render(report=report, rows=rows.to_dicts())
    (out / "audit.html").write_text(page, encoding="utf-8")


def _measure_flips(
    texts: pl.DataFrame, change: Callable[[str], str], cut: float, model: Path | None, by: str | None
) -> Found:
    """How many texts of the sample a change touches, and how many then lie on the other side of the cut."""
    changed = texts.with_columns(pl.col("text").map_elements(change, return_dtype=pl.String))
    before, after = (quality.score(docs, model=model, by=by)["score_quality"] for docs in (texts, changed))
    touched = int((texts["text"] != changed["text"]).sum())
    return {
        "texts": texts.height,
        "touched": touched,
        "flips": int(((before >= cut) != (after >= cut)).sum()),
    }
