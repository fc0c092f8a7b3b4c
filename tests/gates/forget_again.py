"""300 small runs into folders that forgot, with their files grown, renamed, sorted, cut or put together.

Each copies a finished run of 40 texts and pages, takes down what one to three lines name, changes the files
of the input, and runs again, sometimes with `--redo`. Every text has a word of its own by which it is known;
what should go is known here, by those words. A part of the gate `forget`.
"""

import contextlib
import io
import json
import os
import random
import shutil
from pathlib import Path

import polars as pl
import recipe_text
from figures import Figures
from recipe_text import source, stage, step

from winnow.pipelines.commands import forget, run

WORK = Path(os.environ.get("WORK", "out/gates/forget")).resolve().parent / "forget-again"
RUNS, EACH, LENGTH = int(os.environ.get("RUNS", "300")), 20, 40
WORDS = ("river", "stone", "window", "copper", "lantern", "orchard", "winter", "market", "bridge", "saddle")
SITES = ("one.example", "two.example", "news.three.example", "four.example")


def write_recipe(folder: Path) -> Path:
    read = step("ingest.jsonl:read", fields={"text": "text", "url": "url"})
    more = {"part_bytes": 1, "optional": True}
    return recipe_text.write(
        folder / "recipe.toml",
        source("texts", folder / "texts/*.jsonl", read, **more),
        source("pages", folder / "pages/*.jsonl", read, **more),
        stage("read", "texts", "filters.text:nonempty"),
        stage("extracted", "pages", "ingest.html:extract"),
    )


def say(number: int) -> str:
    """A text that no other number has."""
    own = random.Random(number)
    return " ".join([*(own.choice(WORDS) for _ in range(LENGTH)), f"mark{number:04d}end"])


def make_record(kind: str, number: int) -> dict[str, str]:
    url = f"https://{SITES[number % 4]}/{'a' if number % 3 else 'b'}/{number}"
    text = say(number)
    page = f"<html><body><main><h1>Page {number}</h1><p>{text}</p></main></body></html>"
    return {"url": url, "text": text if kind == "texts" else page, "number": number}


def write(path: Path, records: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(one) + "\n" for one in records))


def call(action: object, *arguments: object, **named: object) -> int:
    """What a command ends with, without what it says."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return action(*arguments, **named)


def make_base(folder: Path) -> dict[str, list[dict[str, str]]]:
    """A finished run, and the records of its files by name."""
    files = {}
    for kind, first in (("texts", 0), ("pages", EACH)):
        (folder / kind).mkdir(parents=True)
        records = [make_record(kind, first + n) for n in range(EACH)]
        for part in range(2):
            files[f"{kind}/{part}.jsonl"] = own = records[part * 10 : part * 10 + 10]
            write(folder / f"{kind}/{part}.jsonl", own)
    write_recipe(folder)
    if call(run.execute, folder / "recipe.toml", folder / "out", 0, None, "auto", ()):
        raise SystemExit("the first run did not end well")
    return files


def choose(records: list[dict[str, str]], ids: dict[int, str], draw: random.Random) -> tuple[str, set[int]]:
    """A line of a list, and the numbers of what it names."""
    one = draw.choice(records)
    number, site = one["number"], one["url"].split("/")[2]
    section = one["url"].rpartition("/")[0]
    same = {
        "id": ({number}, f"id:{ids[number][:16]}"),
        "url": ({number}, one["url"].replace("https://", draw.choice(["", "http://www.", "https://"]))),
        "text": ({number}, "text:" + json.dumps(say(number))),
        "section": ({r["number"] for r in records if r["url"].startswith(f"{section}/")}, f"{section}/*"),
        "domain": ({r["number"] for r in records if r["url"].split("/")[2] == site}, f"domain:{site}"),
    }
    found, line = same[draw.choice(("id", "id", "url", "text", "section", "domain"))]
    return line, found


def change(folder: Path, files: dict[str, list[dict[str, str]]], draw: random.Random) -> set[int]:
    """Other files with the same records, and some more; the numbers of these."""
    new: set[int] = set()
    for kind in ("texts", "pages"):
        own = [name for name in files if name.startswith(kind)]
        for name in own:
            (folder / name).unlink()
        groups = [list(files[name]) for name in own]
        for _ in range(draw.randint(1, 3)):
            way = draw.choice(("grow", "sort", "split", "join", "rename"))
            if way == "grow":
                fresh = 1000 + draw.randrange(8000)
                new.add(fresh)
                draw.choice(groups).insert(0, make_record(kind, fresh))
            elif way == "sort":
                draw.shuffle(draw.choice(groups))
            elif way == "split" and len(groups[0]) > 1:
                groups += [groups[0][1:]]
                groups[0] = groups[0][:1]
            elif way == "join" and len(groups) > 1:
                groups[0] += groups.pop()
        names = draw.sample(range(100), len(groups)) if draw.random() < 0.7 else range(len(groups))
        for name, records in zip(names, groups, strict=True):
            write(folder / f"{kind}/{name}.jsonl", records)
    return new


def find_marks(out: Path) -> set[int]:
    """The numbers of all texts that any table of a run holds, and of all pages that it names."""
    found: set[int] = set()
    for path in (p for p in out.rglob("*.parquet") if "takedowns" not in p.parts):
        frame = pl.read_parquet(path, glob=False, hive_partitioning=False)
        for column in frame.select(pl.col(pl.String)).get_columns():
            if column.name in ("text", "text_here"):
                found |= set(column.str.extract(r"mark(\d{4})end").drop_nulls().cast(pl.Int64))
            elif column.name in ("url", "canonical_url"):
                found |= set(column.str.extract(r"/(\d+)$").drop_nulls().cast(pl.Int64))
    return found


def go(base: Path, files: dict, seed: int) -> tuple[int, int, int]:
    """One small run: how many went, how many of these came back, how many others are missing."""
    draw, folder = random.Random(seed), WORK / "one"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(base, folder)
    write_recipe(folder)
    records = [one for own in files.values() for one in own]
    rows = pl.concat(
        pl.read_parquet(p, columns=["id", "url"]) for p in (folder / "out").glob("*/part-*.parquet")
    )
    ids = {int(url.rpartition("/")[2]): one for one, url in rows.rows()}
    lines, gone, sites, sections = [], set(), set(), set()
    for _ in range(draw.randint(1, 3)):
        line, found = choose(records, ids, draw)
        lines.append(line)
        gone |= found
        sites |= {line.removeprefix("domain:")} if line.startswith("domain:") else set()
        sections |= {line.removesuffix("*")} if line.endswith("/*") else set()
    (folder / "list.txt").write_text("\n".join(lines))
    if call(forget.forget, folder / "out", folder / "list.txt", share=1.0):
        raise SystemExit(f"seed {seed}: the take-down did not end well")
    new = change(folder, files, draw)
    redo = draw.choice([(), (), ("read",), ("extracted",), ("read", "extracted")])
    call(run.execute, folder / "recipe.toml", folder / "out", 0, None, "auto", redo)
    every = [*records, *(make_record("texts", number) for number in new)]
    gone |= {
        r["number"]
        for r in every
        if r["url"].split("/")[2] in sites or r["url"].startswith(tuple(sections) or ("-",))
    }
    there = find_marks(folder / "out")
    return len(gone), len(there & gone), len({r["number"] for r in every} - gone - there)


def add(figures: Figures) -> None:
    """Add the figures of all small runs."""
    shutil.rmtree(WORK, ignore_errors=True)
    base = WORK / "base"
    files = make_base(base)
    gone = back = lost = 0
    for seed in range(RUNS):
        counts = go(base, files, seed)
        gone, back, lost = gone + counts[0], back + counts[1], lost + counts[2]
        if counts[1] or counts[2]:
            print(f"    seed {seed}: {counts[1]} came back, {counts[2]} others are missing", flush=True)
    figures.add("small runs into folders that forgot", RUNS, 300)
    figures.add("  documents that went", gone, RUNS)
    figures.add("  of them came back", back, 0, most=True)
    figures.add("  others that are missing", lost, 0, most=True)
    shutil.rmtree(WORK, ignore_errors=True)
