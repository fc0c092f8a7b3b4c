"""Gate: thresholds moved in the report give what reruns give. `make gate NAME=explorer`.

The demo's web pages, Wikipedia articles and books (`make data`) go through the demo's own rules once; the
report is opened in a headless Chromium without network; thresholds are moved, by field and by keyboard,
single and several, in both directions; each time the stage runs again with them. SEED (5) draws the
random ones.
"""

import json
import os
import random
import re
import shutil
from pathlib import Path
from typing import Any

import browser
import explored
from figures import Figures

from winnow.pipelines.commands import run
from winnow.pipelines.engine.ledger import run_summary

FOLDER = Path("out/gates/explorer")
DEMO = Path("pipelines/recipes/demo.toml")
STAGE = "prose.filtered"
PAGES = """[[stage]]
name = "web.extracted"
after = "web"
steps = [ { use = "ingest.html:extract" } ]

"""
SOURCES = {"web": "data/web/*.warc.gz", "wikipedia": "data/wikipedia/*.bz2", "books": "data/books/*.rdb"}
Moves = dict[tuple[str, str], Any]
LANGUAGE, GOPHER, REPETITION, C4, FINEWEB = (
    "classifiers.language:keep",
    "filters.gopher:quality",
    "filters.repetition:repetition",
    "filters.c4:document",
    "filters.fineweb:quality",
)
CHOSEN: list[Moves] = [
    {(GOPHER, "min_words"): 400},
    {(GOPHER, "min_alphabetic_word_ratio"): 0.62},
    {(LANGUAGE, "min_score"): 0.9},
    {(LANGUAGE, "min_score"): 0.2},
    {(FINEWEB, "max_duplicate_char_ratio"): 0.2},
    {(REPETITION, "max_top_2gram_char_ratio"): 0.05},
    {(C4, "drop_curly_bracket"): False},
    {(C4, "drop_curly_bracket"): False, (C4, "min_sentences"): 1, (FINEWEB, "max_duplicate_char_ratio"): 1},
    {
        (GOPHER, "min_words"): 1,
        (GOPHER, "min_stop_words"): 0,
        (REPETITION, "max_duplicate_10gram_char_ratio"): 0.5,
    },
]


def recipe_text(moves: Moves) -> str:
    """The demo's published rules over three sources, web pages among them, with these thresholds."""
    text = DEMO.read_text(encoding="utf-8")
    blocks = re.split(r"(?=^\[\[)", text, flags=re.MULTILINE)
    wanted = ["prose.identified", STAGE]
    found = {
        match[1]: block for block in blocks if (match := re.search(r'^name\s*= "([\w.]+)"', block, re.M))
    }
    stages = [found[name] for name in wanted]
    stages[0] = re.sub(r"^after.*$", 'after = ["web.extracted", "wikipedia", "books"]', stages[0], flags=re.M)
    stages[1] = re.sub(r"^.*classifiers\.quality.*\n", "", stages[1], flags=re.M)
    for (use, setting), value in moves.items():
        stages[1] = with_setting(stages[1], use, setting, value)
    sources = [found[name] for name in SOURCES]
    return 'name = "explorer"\nmax_failed = 1.0\n\n' + "".join([*sources, PAGES, *stages])


def with_setting(stage: str, use: str, setting: str, value: Any) -> str:
    """The stage's text with one setting of a step set, over what stands there."""
    line = next(line for line in stage.splitlines() if f'"{use}"' in line)
    bare = re.sub(rf", {setting} = [^,}}\s]+", "", line)
    return stage.replace(line, bare.replace(f'"{use}"', f'"{use}", {setting} = {json.dumps(value)}'))


def rerun(moves: Moves) -> dict[str, Any]:
    """What the run keeps of each source, documents and tokens, and drops by reason, with these thresholds."""
    path, out = FOLDER / "recipe.toml", FOLDER / "out"
    path.write_text(recipe_text(moves), encoding="utf-8")
    redo = (STAGE,) if (out / STAGE).exists() else ()
    if run.execute(path, out, 0, None, "auto", redo):
        raise SystemExit("the run did not end well")
    stage = run_summary.read(out).stages[STAGE]
    kept = run_summary.add_up(stage, "by_source")
    return {
        "yields": {s: [row.get(f"{u}_kept", 0) for u in ("documents", "tokens")] for s, row in kept.items()},
        "order": {reason: row["documents"] for reason, row in run_summary.add_up(stage, "reasons").items()},
    }


def seen(page: browser.Page) -> dict[str, Any]:
    """The same as the page shows it."""
    shown = explored.shown(page, STAGE)
    return {"yields": shown["yields"], "order": {why: n for why, n in shown["order"].items() if n}}


def drawn(page: browser.Page, many: int, seed: int) -> list[Moves]:
    """Random thresholds, one to four at once, each by factors of its value in the run."""
    dice = random.Random(seed)
    there = explored.thresholds(page, STAGE)
    trials = []
    for _ in range(many):
        chosen = dice.sample(sorted(there), dice.randint(1, 4))
        trials.append({key: moved(there[key], dice) for key in chosen})
    return trials


def moved(value: Any, dice: random.Random) -> Any:
    """Another threshold: a mark turned, a count or a ratio by up to a factor of three."""
    if isinstance(value, bool):
        return not value
    other = value * 3 ** dice.uniform(-1, 1)
    return round(other) if value >= 2 and value == int(value) else round(other, 4)


def main() -> None:
    if not browser.CHROMIUM:
        raise SystemExit("no chromium here: apt-get install chromium")
    if not list(Path().glob(SOURCES["web"])):
        raise SystemExit(f"no {SOURCES['web']}: run `make data` first")
    figures = Figures("explorer", FOLDER)
    base = rerun({})
    report = shutil.copy(FOLDER / "out/report.html", FOLDER / "report.html")
    with browser.opened() as page:
        page.open(Path(report))
        figures.add("gives_the_runs_own_yield", explored.wait(page, STAGE) == "yes", 1)
        equal = [("as it ran", seen(page) == base)]
        trials = CHOSEN + drawn(page, 8, int(os.environ.get("SEED", "5")))
        changed = 0
        for moves in trials:
            explored.reset(page, STAGE)
            for (use, setting), value in moves.items():
                explored.move(page, STAGE, use, setting, value)
            equal.append(tried(page, moves))
            changed += seen(page)["yields"] != base["yields"]
        explored.reset(page, STAGE)
        pressed = explored.press(page, STAGE, GOPHER, "max_hash_ratio", "ArrowLeft", 300)
        equal.append(tried(page, {(GOPHER, "max_hash_ratio"): pressed}))
        figures.add("thresholds_tried", len(equal), 12)
        figures.add("of_them_changed_the_yield", changed, 8)
        figures.add("equal_to_a_rerun", sum(same for _, same in equal) / len(equal), 1)
        figures.add("console_errors", len(page.complaints), 0, most=True)
        figures.add(
            "requests_beyond_the_file",
            sum(not url.startswith("file:") for url in page.requests),
            0,
            most=True,
        )
        print(*page.complaints, *(what for what, same in equal if not same), sep="\n")
    figures.add("report_mb", round(Path(report).stat().st_size / 1e6, 1), 10, most=True)
    figures.close()


def tried(page: browser.Page, moves: Moves) -> tuple[str, bool]:
    """Whether page and rerun agree in documents and tokens by source, and in documents by reason."""
    there, here = rerun(moves), seen(page)
    what = ", ".join(f"{setting} = {value}" for (_, setting), value in moves.items())
    kept = sum(documents for documents, _ in here["yields"].values())
    print(
        f"{what}: {kept} documents, {'equal' if there == here else f'rerun {there}, page {here}'}", flush=True
    )
    return what, there == here


if __name__ == "__main__":
    main()
