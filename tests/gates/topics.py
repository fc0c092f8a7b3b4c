"""Gate: sources whose labels hide what an eval needs, mixed by topics that were found in them.

`make gate NAME=topics`. Of a problem by another hand (golds/mixes_text, two_percent: German manuals are 2% of
the text) six sources become two, `manuals` and `rest`. The mix is solved between these two, and between
topics found without labels; what each gained over natural is measured by fresh seeds of the exported mix.
Cells must gain more than sources, beyond both intervals. Environment: SIZES ("0 100000"; 0 is the n-gram
model), COUNT (8), WORKERS (2). Writes under out/gates/topics/.
"""

import json
import os
import tarfile
from pathlib import Path

import mixes_text as problems
import runs
from figures import Figures

HOME = Path("out/gates/topics")
SIZES = [int(size) for size in os.environ.get("SIZES", "0 100000").split()]
COUNT = int(os.environ.get("COUNT", "8"))
HIDDEN = {"manuals": ("manpages_en", "german", "licences"), "rest": ("python_code", "changelogs", "novels")}
CELLS = f"""
[[stage]]
name  = "read"
after = $sources
steps = [ {{ use = "mixing.count:tokens" }} ]

[[stage]]
name  = "topical"
after = "read"
use   = "groups/topics.toml"
count = {COUNT}

[[stage]]
name  = "docs"
after = "topical"
steps = [ {{ use = "mixing.domains:assign", by = ["topic"] }} ]
"""


def main() -> None:
    figures = Figures("topics", HOME)
    with tarfile.open(problems.GOLD) as archive:
        archive.extractall(HOME, filter="data")
    folder = HOME / "two_percent"
    sources = {name: [folder / f"sources/{part}.jsonl" for part in parts] for name, parts in HIDDEN.items()}
    for size in SIZES:
        gains = {}
        for by, docs in (("sources", problems.DOCS), ("topics", CELLS)):
            out = HOME / f"{by}-{size}"
            recipe = out.with_suffix(".toml")
            recipe.write_text(problems.compose(folder, sources, docs, size))
            workers = os.environ.get("WORKERS", "2")
            runs.finish(out.with_suffix(".log"), "run", recipe, out, "--workers", workers)
            came = json.loads((out / "confirmed/all/confirmed.json").read_text())
            found = came["sizes"].popitem()[1]["mixes"] if came["sizes"] else {}
            none = {"mean": 0.0, "low": 0.0, "high": 0.0}
            gains[by] = found[came["exported"]]["gain"] if came["exported"] in found else none
            weights = json.loads((out / "confirmed/all/weights.json").read_text())["weights"]
            told = {name: round(weight, 3) for name, weight in weights.items()}
            print(f"    {size} by {by}: {came['exported']} gains {gains[by]}, of {told}")
        name = f"{size // 1000}k" if size else "ngram"
        figures.add(f"{name}.gain_by_sources", round(gains["sources"]["mean"], 4), -1)
        figures.add(f"{name}.gain_by_topics", round(gains["topics"]["mean"], 4), 0)
        lead = gains["topics"]["low"] - gains["sources"]["high"]
        figures.add(f"{name}.lead_beyond_both_intervals", round(lead, 4), 0)
    figures.close()


if __name__ == "__main__":
    main()
