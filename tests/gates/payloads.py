"""Gate: no text of data runs in a report, and none steers a terminal. `make gate NAME=payloads`.

30 payloads against pages and 12 against terminals stand in every field that data or a recipe can fill: text,
url, key, file name, license, language, domain, metadata, reason, error, signals, names of evals and of the
recipe. A run writes all reports there are; Chromium opens each of them twice, as it is and without its
content security policy, with traps in its global functions: nothing may run, be asked for, or become an
element. Then run, report, verify and explain are run on the same data, in a pipe and in a terminal: what they
print has no control character but line breaks and tabs, and what a progress bar is drawn with. Writes under
out/gates/payloads/.
"""

# ruff: noqa: E501 - payloads, recipes and scripts

import json
import os
import re
import subprocess
from pathlib import Path

import browser
import explored
import polars as pl
import runs
from figures import Figures
from recipe_text import source, stage, step, write

FOLDER = Path("out/gates/payloads").resolve()
RUN = "hit({n})"
SOURCES = 5  # a mix of more takes minutes to fit; each is named with a fifth of the payloads
PAYLOADS = [
    "<script>{run}</script>",
    "</script><script>{run}</script>",
    "</SCRIPT ><sCrIpT planted>{run}</sCrIpT >",
    "<!--<script>{run}</script>",
    "--><img planted src=x onerror={run}>",
    "<!--<script>",
    "<img planted src=http://127.0.0.1:9/{n} onerror={run}>",
    "\"><svg planted onload={run}>",
    "' onmouseover={run} autofocus onfocus={run} '",
    "\" onmouseover={run} autofocus onfocus={run} \"",
    "` onmouseover={run} `",
    "<a planted href=\"javascript:{run}\">a</a>",
    "javascript:{run}",
    "jav&#x09;ascript:{run}",
    "data:text/html,<script>{run}</script>",
    "<iframe planted srcdoc=\"<script>parent.{run}</script>\"></iframe>",
    "<svg planted><script>{run}</script></svg>",
    "<svg planted><animate onbegin={run} attributeName=x dur=1s></svg>",
    "<math planted><mtext><style><img src onerror={run}></style></mtext></math>",
    "<style>@import 'http://127.0.0.1:9/{n}'; * {{ background: url(http://127.0.0.1:9/{n}) }}</style>",
    "</style></title></textarea></pre><img planted src onerror={run}>",
    "<base planted href=http://127.0.0.1:9/><link planted rel=stylesheet href={n}>",
    "<meta planted http-equiv=refresh content=\"0;url=http://127.0.0.1:9/{n}\">",
    "<form planted action=http://127.0.0.1:9/><input autofocus onfocus={run}></form>",
    "{{{{ {run} }}}} {{% raw %}} {{# x #}} {{{{ 7*7 }}}}",
    "${{{run}}} #{{{run}}} %{{customdata}} %{{x:{n}}}",
    "\\u003cscript\\u003e{run}\\u003c/script\\u003e \\\";{run};//",
    "\u2028{run}\u2029;{run}//",
    "\u202e<script>{run}</script>\u2066",
    "\ufeff+ADw-script+AD4-{run}+ADw-/script+AD4- \ufdd0<\x0bscript>{run}</script>",
    "<details planted open ontoggle={run}><b>x</b></details>]]>",
    "<a href=\"http://127.0.0.1:9/{n}\" planted>a</a><br><b>bold</b><sub>s</sub>",
]  # fmt: skip
STEERING = [
    "\x1b[2J\x1b[H", "\x1b]0;owned\x07", "\x1b]8;;http://127.0.0.1/\x1b\\link", "\x9b31m", "\x9d0;owned\x9c",
    "fine\rgone", "\x08\x08\x7f", "\u202eevil\u2066", "\x1bP+q\x1b\\", "\x0c\x0b\x0e\x05", "[red]x[/red] [/] :bomb:",
    "\x85\u2028\u2029\u200e\u061c",
]  # fmt: skip
TRAPS = """window.hits = []; window.hit = (n) => { window.hits.push(n); };
for (const name of ["alert", "confirm", "prompt", "print", "open", "eval", "fetch"])
  window[name] = (...what) => { window.hits.push(name + " " + what.join(" ")); };"""
STEPS = """
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
import numpy as np
import polars as pl

def _rows():
    return json.loads(Path(__file__).with_name("rows.json").read_text())

def read(uri, *, whole: bool = False) -> Annotated[Iterator[pl.DataFrame], "text", "url", "license", "language", "date", "metadata", {"media_type": pl.String()}]:
    made = []
    for number, text in enumerate(_rows() if whole else _rows()[:2]):
        long = f"{text} " + "It says in plain words what it has to say about the harbor and the ships. " * 4
        same = {"url": text, "key": text, "license": text, "language": text, "date": text, "metadata": json.dumps({text: text}), "media_type": text}
        made += [{"text": f"{long} {number}", "drop_reason": None, "error": None, **same}] * 2
        made += [{"text": f"short {text}", "drop_reason": None, "error": None, **same}]
        made += [{"text": None, "drop_reason": f"mine.{text}", "error": None, **same}]
        made += [{"text": None, "drop_reason": None, "error": f"It is no {text}", **same}]
        made += [{"text": f"RAISE {text}", "drop_reason": None, "error": None, **same}] * whole
    yield pl.DataFrame(made, schema_overrides={"drop_reason": pl.String, "error": pl.String, "text": pl.String})

def lose(uri):
    raise ValueError(f"{uri} says {_rows()[0]}")
    yield

def judge(docs: pl.DataFrame, *, note: str = "", min_size: int = 200) -> pl.DataFrame:
    if docs["text"].str.starts_with("RAISE").any():
        raise ValueError(docs["text"][0])
    size = docs["text"].str.len_bytes().cast(pl.Int64)
    return docs.with_columns(mine_size=size, mine_kind=pl.col("url"),
        drop_reason=pl.when(size < min_size).then(pl.lit("mine.size")))

RULES = (("mine.size", "mine_size", "min_size"),)

def items(files, out):
    rows = _rows()
    words = "Marisol mends fishing nets in a harbour shed number {} and sells {} of them for {} dollars every morning {}"
    pl.DataFrame({"eval": rows, "item": rows, "question": [f"{words.format(n, n + 3, n * 7, text)}" for n, text in enumerate(rows)],
        "answer": rows}).write_parquet(out / "items.parquet")

def leak(docs: pl.DataFrame) -> pl.DataFrame:
    rows = _rows()
    words = "Marisol mends fishing nets in a harbour shed number {} and sells {} of them for {} dollars every morning {}"
    told = {text: words.format(n, n + 3, n * 7, text) for n, text in enumerate(rows)}
    return docs.with_columns(text=pl.col("text") + " " + pl.col("url").replace_strict(told, default=""))

def score(files, out):
    rows = _rows()
    evals = [" ".join(rows[n : n + 9]) for n in range(0, len(rows), 9)]  # a law is fitted for each
    mixes = pl.concat([pl.read_parquet(file, glob=False) for file in files if file.name.startswith("mix=")])
    names = [name for name in mixes.columns if name not in ("mix", "role", "seed", "round", "repeats")]
    weights = mixes.select(pl.col(name).cast(pl.Float64) for name in names).to_numpy()
    luck = np.random.default_rng(0).normal(0, 0.002, len(mixes))
    about = {"eval": "", "proxy": "toy", "unit": "bits per byte"}
    parts = [mixes.select("mix", "seed").with_columns(*(pl.lit(v).alias(k) for k, v in (about | {"eval": text}).items()),
        pl.lit(0, pl.Int64).alias("size"), pl.Series("value", luck + 1.0 + np.exp(0.5 - weights[:, n % len(names)] * 3.0))) for n, text in enumerate(evals)]
    pl.concat(parts).write_parquet(out / "scores.parquet")
"""


def payloads() -> list[str]:
    """Those against pages, then those against terminals; each with a number by which it is found again."""
    made = [f"p{n:02} " + form.format(run=RUN.format(n=n), n=n) for n, form in enumerate(PAYLOADS)]
    return made + [f"t{n:02} {form}" for n, form in enumerate(STEERING)]


def write_recipe(rows: list[str]) -> Path:
    """All fields that a recipe fills, all reports that there are."""
    for number, row in enumerate(rows):
        place = FOLDER / "in" / ("lost" if number % 2 else "files") / row
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("x")
    (FOLDER / "one").mkdir()
    blocks, names = [], [f"m{number}" for number in range(SOURCES)]
    for number, name in enumerate(names):
        (FOLDER / f"one/{number}.txt").write_text("x")
        read, domain = step("payload:read", whole=not number), " ".join(rows[number::SOURCES])
        blocks.append(source(name, FOLDER / f"one/{number}.txt", read, domain=domain))
    blocks += [
        source("files", FOLDER / "in/files/**", "ingest.jsonl:read"),
        source("lost", FOLDER / "in/lost/**", "payload:lose"),
    ]
    note, counts = " ".join(rows), {"counts": "stage:counts"}
    found, mix = {"index": "stage:index"}, {**counts, "swarm": "stage:swarm"}
    swarm = step("mixing.swarm:sample", **counts, proxy_tokens=100, mixes=60, held_out=4)
    told = {**mix, "fit": "stage:fit", "weights": "stage:weights", "confirmed": "stage:confirmed"}
    judge = (step("payload:judge", note=note), "payload:leak", "mixing.count:tokens", "dedup.exact:hash")
    clean = (
        step("dedup.exact:remove", duplicates="stage:found"),
        step("dedup.contamination:check", **found),
    )
    shards = step("mixing.export:shards", title=note, weights="stage:confirmed")
    blocks += [
        stage("judged", ["files", "lost", *names], *judge, replayable=True, may_be_empty=True),
        stage("spread", "judged", "dedup.exact:partition", by="part"),
        stage("found", "spread", "dedup.exact:duplicates", by="bucket"),
        stage("items", "found", "payload:items"),
        stage("index", "items", "dedup.contamination:index"),
        stage("contamination", "judged", step("dedup.contamination_report:write", **found)),
        stage("clean", "judged", *clean, may_be_empty=True),
        stage("counts", "judged", "mixing.count:by_source"),
        stage("swarm", "counts", swarm),
        stage("scored", "swarm", "payload:score"),
        stage("fit", "scored", step("mixing.fit:regress", swarm="stage:swarm")),
        stage("weights", "fit", step("mixing.optimize:solve", **mix)),
        stage("came", "weights", "payload:score"),
        stage("confirmed", "came", step("mixing.confirm:judge", weights="stage:weights")),
        stage("mix", "confirmed", step("mixing.report:write", **told)),
        stage("shards", "judged", shards),
    ]
    return write(FOLDER / "recipe.toml", *blocks, name=note)


def call(name: str, *words: object, terminal: bool = False) -> tuple[int, str]:
    """The exit code of a command and what it printed, in a pipe or in a terminal."""
    env = {**os.environ, "PYTHONPATH": str(runs.ROOT), "COLUMNS": "120", "TERM": "xterm"}
    where = {"cwd": runs.ROOT, "env": env}
    if terminal:
        code, told = runs.record(120, *words, **where)
    else:
        done = subprocess.run(runs.name_command(*words), **where, stdout=-1, stderr=subprocess.STDOUT)
        code, told = done.returncode, done.stdout
    (FOLDER / f"{name}.log").write_bytes(told)
    return code, told.decode("utf-8", "surrogateescape")


BAR = re.compile(r"\r\n|\r|\x1b\[(?:[0-9;]*m|\?25[lh]|[0-9]*[AK]|2K)")
BAD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def find_steering(told: str, *, terminal: bool) -> list[str]:
    """Characters that steer, each with what stands around it."""
    bare = BAR.sub("", told) if terminal else told
    return [repr(bare[max(found.start() - 30, 0) : found.end() + 10]) for found in BAD.finditer(bare)]


def open_page(page: browser.Page, file: Path) -> dict[str, object]:
    """What a page does when it is opened, all that folds unfolded, all that moves moved."""
    page.complaints.clear()
    page.requests.clear()
    page.open(file)
    if 'class="explorer"' in file.read_text(encoding="utf-8"):
        explored.wait(page, "judged")
        for (step, setting), value in explored.thresholds(page, "judged").items():
            explored.move(page, "judged", step, setting, value + 1000)
    page.run("""(async () => {
      for (const one of document.querySelectorAll("details")) one.open = true;
      for (const one of document.querySelectorAll("input[type=radio]")) one.click();
      for (const one of document.querySelectorAll("*"))
        for (const kind of ["mouseover", "mouseenter", "focus"]) one.dispatchEvent(new MouseEvent(kind, { bubbles: true }));
      await new Promise((done) => setTimeout(done, 1500)); })()""")
    return {
        "hits": page.run("window.hits"),
        "elements": page.run(
            "[...document.querySelectorAll('[planted], [onerror], [onload], [onfocus], [onmouseover], iframe, base, form:not(.filter), a[href^=\"javascript\" i], svg a')].map((one) => one.outerHTML.slice(0, 200))"
        ),
        "outside": page.run(
            "[...document.querySelectorAll('a[href]')].map((one) => one.href).filter((one) => !one.startsWith('file:'))"
        ),
        "complaints": [text for text in page.complaints if "ERR_INTERNET" not in text][:5],
        "requests": [url[:100] for url in page.requests if not url.startswith(("file:", "data:", "blob:"))],
        "seen": page.run(
            "(() => { const all = document.documentElement.textContent; return [...Array(100).keys()].filter((n) => all.includes('p' + String(n).padStart(2, '0') + ' ')).length; })()"
        ),
    }


def judge_pages(figures: Figures, out: Path) -> None:
    """Open each report as it is, and without its policy: escaping must do alone."""
    pages = [out / "report.html", *sorted(out.glob("*/all/*.html"))]
    wrong = seen = 0
    for file in pages:
        bare = FOLDER / "bare" / file.name
        bare.parent.mkdir(exist_ok=True)
        text = file.read_text(encoding="utf-8")
        bare.write_text(
            re.sub(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", text), encoding="utf-8"
        )
        for each in (file, bare):
            with browser.opened() as page:
                page.ask("Page.addScriptToEvaluateOnNewDocument", source=TRAPS)
                found = open_page(page, each)
            shown = found.pop("seen")
            seen += shown >= len(PAYLOADS)
            bad = {what: some for what, some in found.items() if some}
            wrong += bool(bad)
            print(
                f"{each.name}{' without policy' if each == bare else ''}: {shown} payloads seen; {bad or 'nothing ran'}",
                flush=True,
            )
    figures.add("reports", len(pages), 3)
    figures.add("openings_that_show_all_payloads", seen, 2 * len(pages))
    figures.add("openings_in_which_something_ran_or_was_asked_for", wrong, 0, most=True)


def judge_terminals(figures: Figures, recipe: Path, out: Path) -> None:
    """All commands on the same data."""
    gone = pl.concat(
        [
            pl.read_parquet(file, columns=["id", "reason"], glob=False)
            for file in sorted(out.glob("*/dropped/*.parquet"))
        ],
        how="vertical_relaxed",
    )
    ids = [
        *gone.filter(pl.col("reason").str.starts_with("exact"))["id"][:8],
        *gone.filter(pl.col("reason").str.starts_with("mine"))["id"][-14:],
    ]
    (out / "judged" / "odd \x1b[2J \u202e name").write_text("x")
    (out / "judged" / os.fsdecode(b"odd \xff name")).write_text("x")
    refused = FOLDER / "refused.toml"
    refused.write_text(
        recipe.read_text()
        + '[[stage]]\nname = "x"\nafter = "judged"\nsteps = [ { use = "payload:\\u001b[2J" } ]\n'
    )
    unread = FOLDER / "unread.toml"
    unread.write_text(
        'name = "x"\n[[source]]\nname = "x"\nuris = ["/none\\u001b[2J/*\\u009b"]\nread = { use = "payload:read" }\n[[stage]]\nname = "y"\nafter = "x"\nsteps = [ { use = "payload:judge" } ]\n'
    )
    steps = ("--workers", "0", "--steps", FOLDER / "steps")
    commands = {
        "again": ("run", recipe, out, *steps, "--redo", "judged"),
        "check": ("check", recipe, out, *steps[2:]),
        "verify": ("verify", out),
        "report": ("report", out),
        "refused": ("run", refused, FOLDER / "none", *steps),
        "unread": ("run", unread, FOLDER / "none", *steps),
        "odd name": ("run", FOLDER / "none \x1b[2J.toml", FOLDER / "none", *steps),
        **{f"explain {n}": ("explain", out, one) for n, one in enumerate(ids)},
    }
    wrong: list[str] = []
    for name, command in commands.items():
        for terminal in (False, True):
            if terminal and name.startswith("explain") and int(name.split()[1]) % 4:
                continue
            code, told = call(f"{name}{' in a terminal' if terminal else ''}", *command, terminal=terminal)
            found = find_steering(told, terminal=terminal)
            crash = ["a traceback"] if "Traceback" in told else []
            wrong += [f"{name}: {one}" for one in [*found[:3], *crash]]
            print(
                f"{name}{' in a terminal' if terminal else ''}: exit code {code}, {len(told)} characters, {len(found)} steering",
                flush=True,
            )
    print("\n".join(wrong[:20]))
    figures.add("commands", len(commands), 20)
    figures.add("outputs_that_steer_or_crash", len(wrong), 0, most=True)


def main() -> None:
    if not browser.CHROMIUM:
        raise SystemExit("no chromium here: apt-get install chromium")
    figures = Figures("payloads", FOLDER)
    (FOLDER / "steps").mkdir()
    rows = payloads()
    (FOLDER / "steps/payload.py").write_text(STEPS)
    (FOLDER / "steps/rows.json").write_text(json.dumps(rows))
    recipe, out = write_recipe(rows), FOLDER / "out"
    code, told = call("run", "run", recipe, out, "--workers", "0", "--steps", FOLDER / "steps")
    print(told[-1500:] if code else "", flush=True)
    figures.add("exit_code", code, 0, most=True)
    figures.add("payloads", len(PAYLOADS), 30)
    figures.add("run_steers", len(find_steering(told, terminal=False)), 0, most=True)
    if code == 0:
        judge_pages(figures, out)
        judge_terminals(figures, recipe, out)
    figures.close()


if __name__ == "__main__":
    main()
