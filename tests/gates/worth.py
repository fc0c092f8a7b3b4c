"""Gate: what filters of a finished run are worth to a model, and a planted one whose worth is known.

`make gate NAME=worth`. Environment: OUT (out/demo), the folder of the run, which stays as it is: its files
are linked into out/gates/worth. PROXY (ngram,transformer), TOKENS (300000) of each proxy, SEEDS (8 pairs).
Of our own rules on web pages, of duplicates, and, in a run of `fineweb.toml` on the same pages, of the
published rules and each family of them: bits per byte with intervals, on evals and on held-out text. To be
found again: the published rules make HumanEval and MBPP much worse on web pages, and bring little on prose.
The planted filter removes the code of a corpus that is half code.
"""

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import polars as pl
from figures import Figures
from recipe_text import source, stage, step
from rich.console import Console

from winnow.pipelines.commands import run, worth
from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.engine.ledger.removed import Question

HERE = Path("out/gates/worth")
STEPS = Path("tests/pipelines").resolve()
CODE, PROSE = ("humaneval", "mbpp"), ("arc_challenge", "arc_easy", "hellaswag", "mmlu", "openbookqa", "piqa")
QUESTIONS = {
    "our rules on web": Question("web.filtered"),
    "duplicates": Question("clean"),
    "duplicates in forum": Question("clean", None, "forum"),
}
PUBLISHED = {
    "rules on web": Question("web.filtered"),
    "language threshold on web": Question("web.filtered", "language"),
    "repetition on web": Question("web.filtered", "repetition"),
    "gopher on web": Question("web.filtered", "gopher"),
    "c4 on web": Question("web.filtered", "c4"),
    "fineweb on web": Question("web.filtered", "fineweb"),
}
FINEWEB = Path("pipelines/recipes/fineweb.toml")


def copy(out: Path) -> Path:
    """The run, its files linked or copied."""
    target = HERE / "run"
    shutil.rmtree(target, ignore_errors=True)
    skipped = shutil.ignore_patterns("worth", ".lock")
    try:
        shutil.copytree(out, target, copy_function=os.link, ignore=skipped)
    except (OSError, shutil.Error):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(out, target, ignore=skipped)
    return target


def plant(out: Path) -> Path:
    """A run over as much code as prose of the run in `out`, with a filter that removes the code."""
    folder = HERE / "planted"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "in").mkdir(parents=True)
    account = run_summary.read(out)
    finals = run_summary.find_finals(account)
    sizes = dict.fromkeys(("code", "wikipedia"), 0)
    for name in sizes:
        for file in account.stages[finals[name]].files("kept"):
            for batch in documents.read_batches(file, ["source", "text"]):
                for text in batch.filter(pl.col("source") == name)["text"]:
                    if sizes[name] < 2_400_000:
                        place = folder / "in" / f"{name}-{sizes[name]}.txt"
                        place.write_text(text[:20_000], encoding="utf-8")
                        sizes[name] += len(text[:20_000].encode())
    print(f"planted: {sizes} bytes", flush=True)
    blocks = (
        'name = "planted"\n',
        source("texts", folder.resolve() / "in/*", "ingest.files:read"),
        stage("came", "texts", step("toy:short", min_words=1)),
        stage("no_code", "came", step("toy:leave_out", pattern="code")),
    )
    return execute("".join(blocks), out, folder)


def publish(out: Path) -> Path:
    """A run of `fineweb.toml` on the web pages of `make data`, asked what the run in `out` is asked."""
    folder = HERE / "published"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return execute(FINEWEB.read_text(encoding="utf-8"), out, folder)


def execute(text: str, out: Path, folder: Path) -> Path:
    """A run of the recipe in `folder`, with the items of the run in `out`."""
    account = run_summary.read(out)
    items = next(path for s in account.stages.values() if (path := s.find("items.parquet")))
    recipe = folder / "recipe.toml"
    asked = source("questions", items.resolve()) + stage("asked", "questions", "toy:take")
    recipe.write_text(text + asked, encoding="utf-8")
    os.environ["WINNOW_STEPS"] = str(STEPS)
    sys.path.insert(0, str(STEPS))
    if code := run.execute(recipe, folder / "run", 0, None, "auto", ()):
        sys.exit(code)
    return folder / "run"


def average(rows: dict[str, Any], names: tuple[str, ...]) -> float:
    """The mean over evals of worth as a share of the bits without the filter."""
    return sum(rows[name]["worth"] / rows[name]["off"] for name in names) / len(names)


def summarize(found: dict[str, dict[str, Any]]) -> None:
    """A line for each question and kind of proxy."""
    print(f"{'filter':28}{'proxy':20}{'taken':>7}{'evals, mean':>20}{'code evals':>12}{'prose evals':>12}")
    for name, told in found.items():
        for proxy, one in told["proxies"].items():
            mean, text = one["mean"], one["texts"]["in"]
            shares = (average(one["evals"], names) for names in (CODE, PROSE))
            print(
                f"{name:28}{proxy:20}{told['taken']:7.1%}{mean['worth']:+12.4f} ±{mean['least']:.4f}"
                + "".join(f"{share:+12.1%}" for share in shares)
                + f"  {mean['said']}; all text {text['worth']:+.4f} ±{text['least']:.4f} {text['said']}",
                flush=True,
            )


def main() -> None:
    """Ask all, print all."""
    out = copy(Path(os.environ.get("OUT", "out/demo")))
    settings: dict[str, Any] = {
        "tokens": int(os.environ.get("TOKENS", "300000")),
        "seeds": int(os.environ.get("SEEDS", "8")),
        "proxies": os.environ.get("PROXY", "ngram,transformer").split(","),
        "workers": int(os.environ.get("WORKERS", "2")),
    }
    found = {"planted: no code": worth.ask(plant(out), Question("no_code"), **settings)}
    worth.show(found["planted: no code"], Console(width=110))
    for where, questions in ((out, QUESTIONS), (publish(out), PUBLISHED)):
        for name, question in questions.items():
            found[name] = worth.ask(where, question, **settings)
            worth.show(found[name], Console(width=110))
    summarize(found)
    gates = Figures("worth")
    for proxy in found["rules on web"]["proxies"]:
        planted, rules = (found[name]["proxies"][proxy] for name in ("planted: no code", "rules on web"))
        gates.add(f"{proxy}_pairs", min(len(one["seeds"]) for one in (planted, rules)), 5)
        harmful = [planted["evals"][name]["said"] == "harms" for name in CODE]
        gates.add(f"{proxy}_planted_found_harmful", sum(harmful), 2)
        gates.add(
            f"{proxy}_rules_on_web_harm_code_evals",
            sum(rules["evals"][n]["said"] == "harms" for n in CODE),
            2,
        )
        gates.add(f"{proxy}_rules_on_web_code_share", -average(rules["evals"], CODE), 0.1)
        gates.add(f"{proxy}_rules_on_web_prose_share", average(rules["evals"], PROSE), 0.03, most=True)
    gates.close()


if __name__ == "__main__":
    main()
