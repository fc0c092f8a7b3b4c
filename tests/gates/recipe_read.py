"""Gate: what readers say of texts that `winnow.toml` dropped and kept, joined with what it did.

`make gate NAME=recipe_read`. Two readers (language models) read 120 shuffled texts of WCXB's judged half,
without the verdicts; their readings (`golds/recipe_read_2a.tsv`, `2b`) were committed before the key. `1a`,
`1b` are of the first look, with `min_quality` of .45. `recipe_read_scores.tsv`: 80 texts of the chosen half
that went for their quality score then, by which the threshold was set anew. `recipe_read_rules.tsv`: up to 20
texts of the chosen half for each rule, on or off (`tests/bench/data_tried.toml`), that it drops, read once.
"""

from pathlib import Path

import polars as pl
from figures import Figures

GOLDS = Path(__file__).parent / "golds"


def read(name: str) -> pl.DataFrame:
    return pl.read_csv(GOLDS / f"recipe_read_{name}.tsv", separator="\t", quote_char=None)


def join(look: int) -> pl.DataFrame:
    """The key of a look with the verdicts of both readers, `a` and `b`."""
    rows = read(f"{look}key")
    for reader in "ab":
        rows = rows.join(
            read(f"{look}{reader}").select("number", pl.col("verdict").alias(reader)), on="number"
        )
    return rows


def main() -> None:
    good = (pl.col("a") == "good") & (pl.col("b") == "good")
    poor = (pl.col("a") == "poor") | (pl.col("b") == "poor")
    kept = pl.col("reason") == "kept"
    gates = Figures("recipe_read")
    for look in (1, 2):
        rows = join(look)
        print(f"look {look}: {rows.height} texts, agreed {(rows['a'] == rows['b']).mean():.3f}")
        by = rows.group_by("reason").agg(pl.len(), good=good.sum(), poor=poor.sum()).sort("reason")
        for reason, count, goods, poors in by.iter_rows():
            print(f"  {reason}: {count} read, {goods} good by both, {poors} poor by one")
    gates.add("drops_wrong_of_60", rows.filter(good & ~kept).height, 6, most=True)
    gates.add("keeps_wrong_of_60", rows.filter(poor & kept).height, 4, most=True)
    scores = read("scores").group_by(low=pl.col("score") < 0.25)
    for low, count, goods in (
        scores.agg(pl.len(), (pl.col("verdict") == "good").sum()).sort("low").iter_rows()
    ):
        print(f"scored {'below' if low else 'from'} .25: {goods} of {count} good")
    by = read("rules").group_by("stage", "reason", "verdict").len()
    for (stage, reason), counts in by.sort("stage", "reason").group_by(
        "stage", "reason", maintain_order=True
    ):
        told = dict(counts.select("verdict", "len").iter_rows())
        print(f"{stage} {reason}: " + ", ".join(f"{n} {v}" for v, n in sorted(told.items())))
    gates.close()


if __name__ == "__main__":
    main()
