"""Gate: copies of 18 kinds that should go, and pairs of eight that are two things, by another hand.

`make gate NAME=copies_made`. golds/copies_and_leaks.md says how they were made. All texts go through the
exact and near duplicates in one run, as the recipes have them; two texts are one where both end in the same.
Ways of the half `held` were looked at once, before signs near the ends, symbols and numbers of releases
counted as they do now. Texts have no address, so that no two are of one site.
"""

import json
import lzma
from collections import defaultdict
from pathlib import Path

import near
import polars as pl
from figures import Figures

GOLDS = Path(__file__).parent / "golds"
FOLDER = Path("out/gates/copies_made").resolve()
# Of what is one: the least that goes; of what is two: the most.
FLOORS = {"unicode-forms": 1.0, "labels": 0.9, "list-layout": 0.9, "next-release": 0.87, "code-format": 0.85}
FLOORS |= {"excerpt": 0.72, "page-frame": 0.66, "spelling": 0.6}
MOST = {
    "math-signs": 0.0,
    "code-operators": 0.0,
    "template-made": 0.3,
    "quantities": 0.5,
    "template-real": 0.87,
}
COPY, APART = 0.9, 0.1
# Words turned round, letters and markup lost: no word, sign or fact that is counted tells these.
FREE = {"polarity", "markup", "mirror", "ocr"}


def read_gold(name: str) -> list[dict[str, str]]:
    with lzma.open(GOLDS / f"{name}.jsonl.xz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def find_survivors(texts: dict[str, str]) -> dict[str, str]:
    """For each name the text that stands for it in the end."""
    rows = pl.DataFrame({"source": "made", "name": list(texts), "text": list(texts.values())})
    near.lay_out(rows, FOLDER / "docs", parts=3)
    near.run(near.recipe(FOLDER / "docs", FOLDER / "recipe.toml", facts=2), FOLDER / "run")
    gone = near.ledger(FOLDER / "run")
    return {name: name for name in texts} | dict(gone.select("id", "dedup_survivor").iter_rows())


def main() -> None:
    figures = Figures("copies_made", FOLDER)
    pairs, versions = read_gold("copies_made"), read_gold("copies_groups")
    texts = {f"{row['way']}:{row['pair']}:{side}": row[side] for row in pairs for side in "ab"}
    texts |= {f"{row['group']}:{row['order']}": row["text"] for row in versions}
    left = find_survivors(texts)
    one = defaultdict(list)
    for row in pairs:
        a, b = (left[f"{row['way']}:{row['pair']}:{side}"] for side in "ab")
        one[row["half"], row["verdict"], row["way"]].append(a == b)
    shares = {key: sum(found) / len(found) for key, found in sorted(one.items())}
    for (half, verdict, way), share in shares.items():
        name = f"{half}.{verdict}.{way}"
        if way in FREE:
            print(f"{name} {share:.3f}")
        elif verdict == "copy":
            figures.add(name, round(share, 3), FLOORS.get(way, COPY))
        else:
            figures.add(name, round(share, 3), MOST.get(way, APART), most=True)
    groups = defaultdict(set)
    for row in versions:
        groups[row["half"], row["group"]].add(left[f"{row['group']}:{row['order']}"])
    for half in ("open", "held"):
        some = [len(found) for (of, _), found in groups.items() if of == half]
        print(f"{half}.versions_left_of_a_page {sum(some) / len(some):.2f}")
    figures.close()


if __name__ == "__main__":
    main()
