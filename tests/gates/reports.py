"""Gate: the reports of a run, as people see, print and share them. `make gate NAME=reports OUT=out/demo`.

The report of the run in OUT and the pages beside it (mix, contamination, summary) are opened in a headless Chromium
without network, 1280, 768 and 390 pixels wide: no complaint, no request, nothing wider than the window, no serious
fault that axe-core finds; printed, no word lies beyond the paper. A screen is the height of the window, 800, 1024 and
844 pixels: as it opens the report has few of them. Then each fold is opened by a click: it has a height, its charts
are drawn and its explorer is at work; all folds open, the page is judged once more. A run of 1,000 parts and 10 sources is
made, whose report has to be small and quick, and beside it the same run with other thresholds: the page that compares
the two is judged as the others are. Pictures and prints lie under out/gates/reports, to be looked at.
"""

# ruff: noqa: E501 - scripts

import base64
import json
import os
import random
import shutil
import time
from pathlib import Path

import browser
import pymupdf
import small
from figures import Figures
from recipe_text import source, stage, step, write

from winnow.pipelines.commands import run
from winnow.pipelines.demo import packages
from winnow.pipelines.report import compare

FOLDER = Path("out/gates/reports")
AXE = "axe-core@4.10.3"
SCREENS = {1280: 800, 768: 1024, 390: 844}  # the windows
MOST_SCREENS = {1280: 12, 768: 12, 390: 16}  # of a report as it opens
MOST_MEGABYTES = 4  # of a real run's report
SOURCES, FILES, DOCUMENTS = 10, 110, 30  # files of each source but the first, which has the rest of 1,000
WORDS = (50, 80)  # the least of a document: Gopher's, and another
WIDE = "document.documentElement.scrollWidth"  # beside the window's own: on a phone innerWidth grows with the page
FAULTS = """(async () => {
  const found = await axe.run(document, { resultTypes: ["violations"] });
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact)).map((one) =>
    `${one.impact} ${one.id} (${one.nodes.length}): ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
})()"""
TALL = "document.documentElement.scrollHeight"
# Each fold from the outermost in, by a click; those that then show nothing, or a chart without a size, or no explorer.
# At the end all are open.
UNFOLD = """(async () => {
  const wrong = [], pause = (time) => new Promise((done) => setTimeout(done, time));
  const tell = (what, view) => wrong.push(`${what}: ${view.textContent.trim().slice(0, 80)}`);
  const working = (outer) => [...outer.querySelectorAll(".explorer, [data-selection]")];
  const folds = [...document.querySelectorAll("details")], outermost = folds.filter((fold) => !fold.parentElement.closest("details"));
  for (const outer of outermost) {
    for (const fold of [outer, ...outer.querySelectorAll("details")]) {
      if (!fold.open) fold.firstElementChild.click();
      await pause(0);
      if (!fold.open || fold.lastElementChild.getBoundingClientRect().height < 10) tell("empty", fold);
    }
    for (let n = 0; n < 600 && working(outer).some((one) => !one.dataset.ready); n++) await pause(50);
    for (const one of working(outer)) if (one.dataset.ready !== "yes") tell("not at work", one);
    for (const chart of outer.querySelectorAll("svg")) {
      const box = chart.getBoundingClientRect();
      if (box.width < 30 || box.height < 10) tell("not drawn", chart);
    }
    outer.open = false;
  }
  for (const fold of folds) fold.open = true;
  await pause(100);
  return wrong; })()"""
HEADS = "[...document.querySelectorAll('main > details.fold > summary')].map((head) => head.textContent)"


def write_many() -> list[Path]:
    """1,000 files of JSON lines, each a part: real paragraphs, some of them repeated, cut short or of signs.

    Gives two recipes for them that differ in a threshold.
    """
    folder = FOLDER / "many"
    paragraphs = [block for text in small.prose() for block in text.split("\n\n")]
    dice = random.Random(7)
    sources = []
    for s in range(SOURCES):
        inputs = folder / f"in/{s}"
        inputs.mkdir(parents=True)
        for f in range(FILES if s else 1000 - FILES * (SOURCES - 1)):
            texts = [write_text(paragraphs, dice, s) for _ in range(DOCUMENTS)]
            lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
            (inputs / f"{f:03}.jsonl").write_text(lines)
        sources.append(source(f"source-{s}", inputs.resolve() / "*", "ingest.jsonl:read", part_bytes=1))
    names = [f"source-{s}" for s in range(SOURCES)]
    recipes = []
    for words in WORDS:
        rules = (
            "filters.text:nonempty",
            "filters.repetition:repetition",
            step("filters.gopher:quality", min_words=words),
            "filters.c4:lines",
            "filters.fineweb:quality",
            step("mixing.count:tokens", only_missing=True),
        )
        counted = stage("counted", names, "mixing.count:tokens")
        judged = stage("judged", "counted", *rules, replayable=True)
        path = folder / f"{words}.toml"
        recipes.append(write(path, *sources, counted, judged, max_failed=None, name="many parts"))
    return recipes


def write_text(paragraphs: list[str], dice: random.Random, number: int) -> str:
    chosen = dice.sample(paragraphs, dice.randint(1, 3 + number))
    kind = dice.random()
    if kind < 0.1:
        chosen += chosen[:1] * dice.randint(1, 4)
    elif kind < 0.2:
        chosen = [" ".join(chosen[0].split()[: dice.randint(5, 70)])]
    elif kind < 0.3:
        chosen = [text.replace(" ", dice.choice([" # ", " ... ", " 7 "])) for text in chosen]
    return "\n\n".join(chosen)


def judge(file: Path, name: str, figures: Figures, axe: str) -> None:
    """What is wrong with a page at each width, shut and open, and on paper."""
    folder = FOLDER / name
    folder.mkdir(parents=True)
    complaints, requests, wide, faults, shut = [], [], 0, [], []
    for width, height in SCREENS.items():
        with browser.opened() as page:
            page.size(width, height)
            page.open(file)
            screens = page.run(TALL) / height
            if page.run(HEADS):
                figures.add(f"{name}_screens_at_{width}", round(screens, 1), MOST_SCREENS[width], most=True)
            take_pictures(page, folder, width, height, screens)
            wide = max(wide, page.run(WIDE) - width)
            page.run(axe)
            faults += page.run(FAULTS)
            if width == 1280:
                heads = page.run(HEADS)
                print_page(page, folder / "printed.pdf")
            shut += page.run(UNFOLD)
            wide = max(wide, page.run(WIDE) - width)
            faults += page.run(FAULTS)
            page.picture(folder / f"{width}-open.png", width=width, height=height)
            if width == 1280:
                print_page(page, folder / "printed-open.pdf")
            complaints += page.complaints
            requests += [url for url in page.requests if not url.startswith(("file:", "data:", "blob:"))]
    print(*complaints, *requests, *faults, *shut, sep="\n", flush=True)
    figures.add(f"{name}_console_errors", len(complaints), 0, most=True)
    figures.add(f"{name}_requests", len(requests), 0, most=True)
    figures.add(f"{name}_pixels_wider_than_the_window", wide, 0, most=True)
    figures.add(f"{name}_serious_faults_of_axe", len(faults), 0, most=True)
    figures.add(f"{name}_folds_that_do_not_open", len(shut), 0, most=True)
    for which in ("printed", "printed-open"):
        pages, beyond, words = read_print(folder / f"{which}.pdf")
        figures.add(f"{name}_{which}_pages", pages, 1)
        figures.add(f"{name}_{which}_words_beyond_the_paper", beyond, 0, most=True)
        lacking = [head for head in heads if "".join(head.split()) not in words]
        figures.add(f"{name}_{which}_lacks_headings", len(lacking), 0, most=True)


def take_pictures(page: browser.Page, folder: Path, width: int, height: int, screens: float) -> None:
    for at in range(min(int(screens) + 1, 16)):
        page.run(f"scrollTo({{ top: {at * height}, behavior: 'instant' }})")
        time.sleep(0.1)
        page.picture(folder / f"{width}-{at:02}.png", width=width, height=height)


def print_page(page: browser.Page, file: Path) -> None:
    printed = page.ask("Page.printToPDF", printBackground=True, paperWidth=8.27, paperHeight=11.69)
    file.write_bytes(base64.b64decode(printed["data"]))


def read_print(file: Path) -> tuple[int, int, str]:
    """Pages of a print, words that lie beyond the paper, and all its letters."""
    with pymupdf.open(file) as document:
        beyond, letters = [], ""
        for number, page in enumerate(document):
            words = page.get_text("words", clip=pymupdf.INFINITE_RECT())
            beyond += [word for word in words if word[2] > page.rect.width + 1 or word[0] < -1]
            letters += "".join(word[4] for word in words)
            if number < 12:
                page.get_pixmap(dpi=70).save(file.with_name(f"{file.stem}-{number:02}.png"))
        print(*beyond[:5], sep="\n")
        return document.page_count, len(beyond), letters


def time_load(file: Path) -> tuple[float, float]:
    """Seconds until a page is loaded, and until all its folds are open and at work; the best of three."""
    best = (float("inf"), float("inf"))
    for _ in range(3):
        with browser.opened() as page:
            page.size(1280, 800)
            begun = time.monotonic()
            page.open(file)
            page.run(
                "(async () => { while (!document.body.dataset.drawn) await new Promise((done) => setTimeout(done, 10)); })()"
            )
            loaded = time.monotonic()
            page.run(UNFOLD)
            best = min(best[0], loaded - begun), min(best[1], time.monotonic() - loaded)
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
    megabytes = round((out / "report.html").stat().st_size / 1e6, 2)
    figures.add("report_megabytes", megabytes, MOST_MEGABYTES, most=True)
    runs = []
    for recipe in write_many():
        runs.append(FOLDER / "many" / f"out-{recipe.stem}")
        if run.execute(recipe, runs[-1], 0, None, "auto", ()):
            raise SystemExit("the run of many parts did not end well")
    many = runs[0] / "report.html"
    parts = len(list(many.parent.glob("judged/part-*.parquet")))
    figures.add("parts", parts, 1000)
    figures.add("megabytes_of_many_parts", round(many.stat().st_size / 1e6, 2), 5, most=True)
    load, unfold = time_load(many)
    figures.add("seconds_to_load_many_parts", round(load, 2), 2, most=True)
    figures.add("seconds_to_open_all_folds_of_many_parts", round(unfold, 2), 6, most=True)
    judge(many, "many-parts", figures, script)
    print(compare.write(*runs, FOLDER / "many/compared"), flush=True)
    judge(FOLDER / "many/compared" / compare.PAGE, "compare", figures, script)
    figures.close()


if __name__ == "__main__":
    main()
