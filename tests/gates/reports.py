"""Gate: the reports of a run, as people see, print and share them. `make gate NAME=reports OUT=out/demo`.

The report of the run in OUT and the pages beside it (mix, contamination, summary) are opened in a headless Chromium
without network, 1400 and 800 pixels wide, and scrolled through: no complaint, no request, nothing wider than
the window, no serious fault that axe-core finds; printed, no word lies beyond the paper. A run of 1,000 parts
and 10 sources is made, whose report has to be small and quick, and beside it the same run with other
thresholds: the page that compares the two is judged as the others are. Pictures and prints lie under out/gates/reports,
to be looked at.
"""

# ruff: noqa: E501 - scripts

import base64
import json
import os
import random
import shutil
import sys
import time
from pathlib import Path

import pymupdf
from figures import Figures

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(1, str(Path(__file__).resolve().parents[1] / "pipelines"))

import browser
import small

from pipelines import run
from pipelines.demo import packages
from pipelines.report import compare

FOLDER = Path("out/gates/reports")
AXE = "axe-core@4.10.3"
WIDTHS = (1400, 800)
SOURCES, FILES, DOCUMENTS = 10, 110, 30  # files of each source but the first, which has the rest of 1,000
WORDS = (50, 80)  # the least of a document: Gopher's, and another
RECIPE = """name = "many parts"
{sources}
[[stage]]
name = "counted"
after = {names}
steps = [ {{ use = "mixing.count:tokens" }} ]

[[stage]]
name = "judged"
after = "counted"
replayable = true
steps = [
  {{ use = "filters.text:nonempty" }},
  {{ use = "filters.repetition:repetition" }},
  {{ use = "filters.gopher:quality", min_words = {words} }},
  {{ use = "filters.c4:lines" }},
  {{ use = "filters.fineweb:quality" }},
  {{ use = "mixing.count:tokens", only_missing = true }},
]
"""
SCROLL = """(async () => {
  for (let y = 0; y < document.documentElement.scrollHeight; y += 700) {
    window.scrollTo({ top: y, behavior: "instant" });
    await new Promise((done) => setTimeout(done, 60));
  }
  window.scrollTo({ top: 0, behavior: "instant" }); })()"""
WIDE = "document.documentElement.scrollWidth - innerWidth"
FAULTS = """(async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact)).map((one) =>
    `${one.impact} ${one.id} (${one.nodes.length}): ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
})()"""
HEADS = (
    "[...document.querySelectorAll('h2')].map((head, at) => { head.id ||= `head-${at}`; return head.id; })"
)


def write_many() -> list[Path]:
    """1,000 files of JSON lines, each a part: real paragraphs, some of them repeated, cut short or of signs.

    Gives two recipes for them that differ in a threshold.
    """
    folder = FOLDER / "many"
    paragraphs = [block for text in small.prose() for block in text.split("\n\n")]
    dice = random.Random(7)
    sources = ""
    for s in range(SOURCES):
        inputs = folder / f"in/{s}"
        inputs.mkdir(parents=True)
        for f in range(FILES if s else 1000 - FILES * (SOURCES - 1)):
            texts = [write_text(paragraphs, dice, s) for _ in range(DOCUMENTS)]
            lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
            (inputs / f"{f:03}.jsonl").write_text(lines)
        sources += f'[[source]]\nname = "source-{s}"\nuris = ["{inputs.resolve()}/*"]\npart_bytes = 1\n'
        sources += 'read = { use = "ingest.jsonl:read" }\n'
    names = json.dumps([f"source-{s}" for s in range(SOURCES)])
    recipes = []
    for words in WORDS:
        recipes.append(folder / f"{words}.toml")
        recipes[-1].write_text(RECIPE.format(sources=sources, names=names, words=words))
    return recipes


def write_text(paragraphs: list[str], dice: random.Random, source: int) -> str:
    chosen = dice.sample(paragraphs, dice.randint(1, 3 + source))
    kind = dice.random()
    if kind < 0.1:
        chosen += chosen[:1] * dice.randint(1, 4)
    elif kind < 0.2:
        chosen = [" ".join(chosen[0].split()[: dice.randint(5, 70)])]
    elif kind < 0.3:
        chosen = [text.replace(" ", dice.choice([" # ", " ... ", " 7 "])) for text in chosen]
    return "\n\n".join(chosen)


def judge(file: Path, name: str, figures: Figures, axe: str) -> None:
    """What is wrong with a page, at each width and on paper."""
    folder = FOLDER / name
    folder.mkdir(parents=True)
    complaints, requests, wide, faults = [], [], 0, []
    for width in WIDTHS:
        with browser.opened() as page:
            page.size(width, 1000)
            page.open(file)
            page.run(SCROLL)
            for at, head in enumerate(["", *page.run(HEADS)[:24]]):
                place = f"document.getElementById({json.dumps(head)})" if head else "document.body"
                page.run(f"{place}.scrollIntoView({{ behavior: 'instant' }})")
                time.sleep(0.2)
                page.picture(folder / f"{width}-{at:02}.png", width=width)
            wide = max(wide, page.run(WIDE))
            complaints += page.complaints
            requests += [url for url in page.requests if not url.startswith(("file:", "data:", "blob:"))]
            page.run(axe)
            faults += page.run(FAULTS)
            if width == WIDTHS[0]:
                printed = page.ask(
                    "Page.printToPDF", printBackground=True, paperWidth=8.27, paperHeight=11.69
                )
                (folder / "printed.pdf").write_bytes(base64.b64decode(printed["data"]))
    print(*complaints, *requests, *faults, sep="\n", flush=True)
    figures.add(f"{name}_console_errors", len(complaints), 0, most=True)
    figures.add(f"{name}_requests", len(requests), 0, most=True)
    figures.add(f"{name}_pixels_wider_than_the_window", wide, 0, most=True)
    figures.add(f"{name}_serious_faults_of_axe", len(faults), 0, most=True)
    pages, beyond = read_print(folder / "printed.pdf")
    figures.add(f"{name}_printed_pages", pages, 1)
    figures.add(f"{name}_words_beyond_the_paper", beyond, 0, most=True)


def read_print(file: Path) -> tuple[int, int]:
    """Pages of a print, and words that lie beyond the paper."""
    with pymupdf.open(file) as document:
        beyond = [
            word
            for page in document
            for word in page.get_text("words", clip=pymupdf.INFINITE_RECT())
            if word[2] > page.rect.width + 1 or word[0] < -1
        ]
        for number, page in enumerate(document):
            if number < 12:
                page.get_pixmap(dpi=70).save(file.with_name(f"printed-{number:02}.png"))
        print(*beyond[:5], sep="\n")
        return document.page_count, len(beyond)


def time_load(file: Path) -> float:
    """Seconds until a page is loaded, its first charts drawn and its explorers at work; the best of three."""
    best = float("inf")
    for _ in range(3):
        with browser.opened() as page:
            page.size(1400, 1000)
            begun = time.monotonic()
            page.open(file)
            page.run("""(async () => {
              const waiting = () => [...document.querySelectorAll(".explorer")].some((one) => !one.dataset.ready);
              while (waiting() || !document.body.dataset.drawn) await new Promise((done) => setTimeout(done, 10)); })()""")
            best = min(best, time.monotonic() - begun)
    return best


def main() -> None:
    if not browser.CHROMIUM:
        raise SystemExit("no chromium here: apt-get install chromium")
    out = Path(os.environ.get("OUT") or "out/demo")
    if not (out / "report.html").exists():
        raise SystemExit(f"no {out}/report.html: run `make demo` first, or give OUT=")
    figures = Figures("reports")
    axe = packages.fetch_npm("axe", AXE, FOLDER.parent / "cache", members=r"axe\.min\.js$")
    script = next((FOLDER.parent / "cache" / axe.files).rglob("axe.min.js")).read_text()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for file in [
        out / "report.html",
        *sorted(out.glob("*/all/mix.html")),
        *sorted(out.glob("*/all/contamination.html")),
        *sorted(out.glob("*/all/summary.html")),
    ]:
        judge(file, file.stem, figures, script)
    runs = []
    for recipe in write_many():
        runs.append(FOLDER / "many" / f"out-{recipe.stem}")
        if run.execute(recipe, runs[-1], 0, None, "auto", ()):
            raise SystemExit("the run of many parts did not end well")
    many = runs[0] / "report.html"
    parts = len(list(many.parent.glob("judged/part-*.parquet")))
    figures.add("parts", parts, 1000)
    figures.add("megabytes_of_many_parts", round(many.stat().st_size / 1e6, 2), 10, most=True)
    figures.add("seconds_to_load_many_parts", round(time_load(many), 2), 3, most=True)
    judge(many, "many-parts", figures, script)
    print(compare.write(*runs, FOLDER / "many/compared"), flush=True)
    judge(FOLDER / "many/compared" / compare.PAGE, "compare", figures, script)
    figures.close()


if __name__ == "__main__":
    main()
