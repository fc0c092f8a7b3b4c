"""500 documents of a finished run taken down: none is left, near duplicates are gone, nothing else changed.

Needs a finished run of the demo (`OUT=`, which is copied to `WORK=`, not changed). Drawn by a seed over all
sources of the shards; named by URL, id, domain and text in turn. Everything is checked by code that shares
none of ours: files are decoded here, near duplicates are Jaccard similarities of five-word shingles.
Killed three times on its way. Then sources of the demo are read again with the list (needs its input: data).
Before that requests as people write them (`forget_requests`), and small runs into folders that forgot
(`forget_again`).

    OUT=out/demo PYTHONPATH=.:tests/gates python tests/gates/forget.py
"""

import hashlib
import html
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import forget_again
import forget_requests
import numpy as np
import polars as pl
import runs
from figures import Figures
from tokenizers import Tokenizer

OUT = Path(os.environ.get("OUT", "out/demo")).resolve()
WORK = Path(os.environ.get("WORK", "out/gates/forget")).resolve()
DRAWN, SPANS, SPAN = 500, 3, 70  # characters of a span
RAW = ("books", "dictionary", "code", "wikipedia", "maths")  # sources that are cheap to read again
KILLS = ("looking for near", "putting files", "writing the report")


def draw(run: Path) -> tuple[pl.DataFrame, list[str]]:
    """Documents of the shards, and the lines that name them."""
    files = sorted(run.glob("*/all/data/*.parquet"))
    rows = pl.concat(pl.read_parquet(file, columns=["id", "source", "url", "text"]) for file in files).unique(
        "id"
    )
    hosts = rows["url"].map_elements(lambda url: urlsplit(url).hostname, pl.String)
    rows = rows.with_columns(host=hosts).with_columns(n=pl.len().over("host")).sort("id")
    by_source = {source: group.rows(named=True) for (source,), group in rows.group_by("source")}
    generator = random.Random(18)
    for group in sorted(by_source):
        generator.shuffle(by_source[group])
    chosen: list[dict] = []
    while len(chosen) < DRAWN and any(by_source.values()):
        chosen += [by_source[source].pop() for source in sorted(by_source) if by_source[source]][
            : DRAWN - len(chosen)
        ]
    lines = []
    for number, row in enumerate(chosen):
        way = number % 4
        if way == 0 and row["url"] and "://" in row["url"]:
            lines.append(row["url"])
        elif way == 1 and row["host"] and row["n"] == 1:
            lines.append(f"domain:{row['host']}")
        elif way == 2 and len(row["text"].split()) >= 5:
            lines.append("text:" + json.dumps(row["text"]))
        else:
            lines.append(f"id:{row['id'][:20]}")
    return pl.DataFrame(chosen), lines


def flatten(text: str) -> str:
    return " ".join(text.split())


def list_strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [one for pair in value.items() for part in pair for one in list_strings(part)]
    if isinstance(value, list | tuple):
        return [one for part in value for one in list_strings(part)]
    return []


def decode(path: Path) -> list[str]:
    """All text that a file holds."""
    if path.suffix == ".parquet":
        frame = pl.read_parquet(path, glob=False, hive_partitioning=False)
        found = []
        for column in frame.get_columns():
            if column.dtype == pl.String:
                found += column.drop_nulls().unique().to_list()
            elif isinstance(column.dtype, pl.List | pl.Struct) and "String" in str(column.dtype):
                found += list_strings(column.to_list())
        return found
    if path.name.startswith(("train-", "windows-tokens")) and path.suffix == ".npy":
        vocabulary = Tokenizer.from_file(str(path.parent / "vocabulary.json"))
        tokens = np.load(path).astype(np.int64)
        cuts = np.split(tokens, np.flatnonzero(tokens == 0))
        return vocabulary.decode_batch([(cut[cut > 0] - 1).tolist() for cut in cuts if len(cut) > 1])
    if path.suffix in (".npy", ".npz"):
        return []
    text = path.read_bytes().decode("utf-8", "replace")
    if path.suffix == ".json":
        return list_strings(json.loads(text))
    if path.suffix == ".html":
        plain = html.unescape(re.sub(r"<[^>]*>", "", text))
        return [text, plain, plain.replace("\\n", " ").replace('\\"', '"')]
    return [text]


def list_files(run: Path) -> list[Path]:
    return sorted(
        p for p in run.rglob("*") if p.is_file() and "takedowns" not in p.parts and p.name != ".lock"
    )


def find(texts: list[str], wanted: list[str]) -> set[str]:
    """Which of the wanted strings any of the texts has."""
    if not texts or not wanted:
        return set()
    series = pl.Series(texts, dtype=pl.String)
    hit = series.filter(series.str.contains_any(wanted))
    return set(hit.str.extract_many(wanted, overlapping=True).explode().drop_nulls())


def read_texts(run: Path) -> pl.DataFrame:
    """Every text of every stage: `id`, `text`."""
    frames = []
    for path in sorted(run.glob("*/part-*.parquet")):
        names = pl.scan_parquet(path, glob=False).collect_schema().names()
        own = next((name for name in ("text", "text_here") if name in names), None)
        if own and "id" in names:
            frames.append(
                pl.read_parquet(path, columns=["id", own], glob=False).rename({own: "text"}).drop_nulls()
            )
    return pl.concat(frames).unique()


def read_urls(run: Path, gone: set[str], *, others: bool) -> list[str]:
    """The URLs of documents that went, or of the others."""
    rows = pl.concat(
        pl.read_parquet(p, columns=["id", "url"], glob=False)
        for p in [*run.glob("*/part-*.parquet"), *run.glob("*/dropped/part-*.parquet")]
    )
    own = pl.col("id").is_in(sorted(gone))
    return rows.filter(~own if others else own)["url"].drop_nulls().unique().to_list()


def choose_spans(texts: pl.DataFrame, gone: set[str], run: Path) -> dict[str, list[str]]:
    """Of each document that went stretches that no other document, and no eval, has."""
    generator = random.Random(3)
    spans: dict[str, set[str]] = {}
    for identity, text in texts.filter(pl.col("id").is_in(sorted(gone))).rows():
        flat = flatten(text)
        places = [generator.randrange(max(len(flat) - SPAN, 1)) for _ in range(3 * SPANS)]
        spans.setdefault(identity, set()).update(flat[at : at + SPAN] for at in places if len(flat) >= SPAN)
    every = sorted(set().union(*spans.values()))
    others = texts.filter(~pl.col("id").is_in(sorted(gone)))["text"]
    shared = find([flatten(text) for text in others], every)
    shared |= find(read_urls(run, gone, others=True), every)  # a post's text may hold its thread's address
    for path in [*run.glob("*items*/all/*.parquet"), *run.glob("evals/all/*.parquet")]:
        shared |= find([flatten(text) for text in decode(path)], every)
    return {identity: sorted(own - shared)[: 2 * SPANS] for identity, own in spans.items()}


def take_down(work: Path, path: Path) -> tuple[float, int]:
    """Run it, killed on its way whenever it says so; seconds of the last run from its begin, and kills."""
    command = runs.name_command("forget", "--reason", "gate", "--", work, path)
    kills = 0
    for said in (*KILLS, None):
        begun = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        for line in process.stdout:
            print("   ", line, end="", flush=True)
            if said and line.startswith(said):
                time.sleep(0.5)
                process.send_signal(signal.SIGKILL)
                kills += 1
                break
        if process.wait() == 0:
            break
    return time.monotonic() - begun, kills


def shingle(text: str) -> set[int]:
    words = re.findall(r"\w+", text.lower())
    return {hash(tuple(words[n : n + 5])) for n in range(max(len(words) - 4, 1))} if words else set()


def count_near(texts: pl.DataFrame, drawn: pl.DataFrame) -> int:
    """Texts that are left and have a Jaccard similarity of .8 or more to a drawn one, of 20 words or more."""
    known = [(shingle(text), number) for number, text in enumerate(drawn["text"])]
    places: dict[int, list[int]] = {}
    for grams, number in known:
        for gram in grams:
            places.setdefault(gram, []).append(number)
    near = 0
    for text in texts["text"].unique():
        own = shingle(text)
        shared: dict[int, int] = {}
        for gram in own:
            for number in places.get(gram, ()):
                shared[number] = shared.get(number, 0) + 1
        near += any(
            count / (len(own) + len(known[n][0]) - count) >= 0.8
            for n, count in shared.items()
            if len(own) >= 16
        )
    return near


def compare_rows(before: Path, after: Path, gone: set[str]) -> tuple[int, int]:
    """Files that changed, and rows in them that should have stayed as they were and did not.

    Left aside are where texts of others stand, addresses of rows, and cells that named what went.
    """
    changed = wrong = 0
    for old in (p for p in list_files(before) if p.suffix == ".parquet"):
        new = after / old.relative_to(before)
        if new.read_bytes() == old.read_bytes():
            continue
        changed += 1
        frames = [pl.read_parquet(path, glob=False, hive_partitioning=False) for path in (old, new)]
        if "id" not in frames[0].columns:
            continue
        was, now = frames
        was = was.filter(~pl.col("id").is_in(sorted(gone)))
        if "step" in now.columns:
            now = now.filter(pl.col("step") != "takedowns")
        if "other" in was.columns:
            was = was.filter(~pl.col("other").is_in(sorted(gone)))
        if not was["id"].equals(now["id"]):
            wrong += max(was.height, now.height)
            continue
        for name in was.columns:
            if name == "text_row" or was[name].equals(now[name], null_equal=True):
                continue
            differ = was[name].to_list(), now[name].to_list()
            wrong += sum(a != b and not set(list_strings(a)) & gone for a, b in zip(*differ, strict=True))
    return changed, wrong


def read_again(work: Path, path: Path, gone: set[str], spans: dict[str, list[str]]) -> tuple[int, int]:
    """Sources of the demo, read from raw with the list and the marks: documents, and how many came back."""
    text = json.loads((OUT / "run.json").read_text())["recipe_text"]
    blocks = re.findall(r"(?ms)^\[\[source\]\]\n.*?(?=^\[\[|\Z)", text)
    chosen = [b for b in blocks if tomllib.loads(b)["source"][0]["name"] in RAW]
    names = [tomllib.loads(block)["source"][0]["name"] for block in chosen]
    step = f'{{ use = "dedup.takedowns:drop", list = "{path}", marks = "{work / "takedowns"}" }}'
    stage = f'[[stage]]\nname = "read"\nafter = {json.dumps(names)}\nmay_be_empty = true\nsteps = [ {step} ]'
    recipe, out = WORK.parent / "forget.toml", WORK.parent / "forget-raw"
    recipe.write_text('name = "again"\nmax_failed = 1.0\n' + "".join(chosen) + stage)
    shutil.rmtree(out, ignore_errors=True)
    runs.finish(out.with_suffix(".log"), "run", "--workers=0", "--", recipe, out)
    rows = read_texts(out)
    wanted = sorted({span for own in spans.values() for span in own})
    found = find([flatten(text) for text in rows["text"]], wanted)
    return rows.height, len(set(rows["id"]) & gone) + len(found)


def search(figures: Figures, gone: set[str], spans: dict[str, list[str]]) -> None:
    """What is left of them: by text, id and URL, in every file."""
    wanted = sorted({span for own in spans.values() for span in own})
    own_urls = set(read_urls(OUT, gone, others=False)) - set(read_urls(OUT, gone, others=True))
    left: dict[str, set[str]] = {"text": set(), "id": set(), "url": set()}
    for file in list_files(WORK):
        strings = decode(file)
        hits = {
            "text": find([flatten(one) for one in strings], wanted),
            "id": find(strings, sorted(gone)),
            "url": own_urls & set(strings),
        }
        for kind, found in hits.items():
            left[kind] |= found
            if found:
                print("    left in", file.relative_to(WORK), kind, sorted(found)[:2], flush=True)
    control = find([flatten(text) for text in read_texts(OUT)["text"]], wanted)
    figures.add("stretches searched, all there before", len(control), len(wanted))
    for kind, found in left.items():
        figures.add(f"left of them by {kind}", len(found), 0, most=True)


def check_others(figures: Figures, entry: dict, gone: set[str]) -> None:
    """Whether all else is as it was, and the run proves itself."""
    changed, wrong = compare_rows(OUT, WORK, gone)
    before = {p.relative_to(OUT).as_posix(): hashlib.sha256(p.read_bytes()).digest() for p in list_files(OUT)}
    now = {p.relative_to(WORK).as_posix(): hashlib.sha256(p.read_bytes()).digest() for p in list_files(WORK)}
    touched = {*entry["files"], "report.html", "report.json", "run.json"}
    for stage, group, name in entry["pages"]:
        touched |= {f"{stage}/{more}" for more in (name, "stage.json", f"receipts/{group}.json")}
    strange = {name for name in before if now.get(name) != before[name]} - touched
    print(f"    {changed} tables of {len(before)} files were written anew")
    figures.add("other rows that changed", wrong, 0, most=True)
    figures.add("files that changed and that the ledger does not name", len(strange), 0, most=True)
    code, told = runs.ask("verify", "--", WORK)
    print("   ", told.strip()[-300:])
    figures.add("damaged, missing or unexpected files", len(re.findall(" 0 damaged, missing", told)), 1)
    figures.add("exit code of verify: out of date", code, 6)


def put_apart(drawn: pl.DataFrame) -> None:
    """What `make worth` and `make tune` leave of texts in the folder."""
    for folder, mark in (("worth/one", "recipe.toml"), ("tune", "base.toml")):
        (WORK / folder).mkdir(parents=True)
        (WORK / folder / mark).write_text("x")
        drawn.select("id", "text").write_parquet(WORK / folder / "documents.parquet")


def decode_tokens(path: Path, tokenizer: Tokenizer, eos: int) -> list[str]:
    """The texts that a file of token ids holds."""
    if path.suffix == ".bin":
        ids = np.fromfile(path, np.dtype("<u2")).astype(np.int64)
    else:
        table = pl.read_parquet(path, glob=False)
        lists = [
            c for c in table.get_columns() if isinstance(c.dtype, pl.List) and c.dtype.inner.is_integer()
        ]
        ids = np.concatenate([c.explode().drop_nulls().to_numpy() for c in lists] or [np.empty(0, np.int64)])
    cuts = np.split(ids, np.flatnonzero(ids == eos))
    return tokenizer.decode_batch(
        [[one for one in cut.tolist() if one != eos] for cut in cuts if len(cut) > 1]
    )


def check_outdated(figures: Figures, spans: dict[str, list[str]]) -> None:
    """What was made from what went is named wherever somebody could take it for whole."""
    words = {"verify": (WORK,), "status": (WORK,), "trace": (WORK, "0")}
    said = {name: runs.ask(name, "--", *more)[1] for name, more in words.items()}
    wanted = sorted({span for own in spans.values() for span in own})
    about = json.loads(next(WORK.glob("*/*/encoding.json")).read_text())
    stages = [json.loads(path.read_text()) for path in WORK.glob("*/stage.json")]
    steps = {step["use"]: step["settings"] for stage in stages for step in stage["steps"]}
    tokenizer = Tokenizer.from_file(steps["mixing.tokens.encoder:encode"]["tokenizer"])
    files = [p for p in list_files(WORK) if p.suffix == ".bin" or p.parent.name == "parquet"]
    texts = {p: decode_tokens(p, tokenizer, about["eos"]) for p in files}
    holding = {p.relative_to(WORK).parts[0] for p in files if find([flatten(t) for t in texts[p]], wanted)}
    holding |= {p.relative_to(WORK).parts[0] for p in WORK.rglob("head.npz")}
    print("    hold what was made of them:", *sorted(holding))
    figures.add("stages with ids of tokens or weights", len(holding), 4)
    for name, text in said.items():
        named = set(re.findall(r"stage (\S+) is out of date", " ".join(text.split())))
        figures.add(f"  that {name} does not name", len(holding - named), 0, most=True)
        figures.add("  others that it names", len(named - holding), 0, most=True)
    cards = [p for name in holding for p in (WORK / name).rglob("*.md") if "Out of date" not in p.read_text()]
    figures.add("  cards of theirs that do not say so", len(cards), 0, most=True)
    left = {
        p.relative_to(WORK).as_posix()
        for f in ("worth", "tune")
        for p in (WORK / f).rglob("*")
        if p.is_file()
    }
    figures.add("files of worth and tune that stayed", len(left), 0, most=True)


def measure(figures: Figures, path: Path) -> None:
    """Seconds of a take-down that nobody kills, beside those of the run."""
    quiet = WORK.parent / "forget-timed"
    shutil.rmtree(quiet, ignore_errors=True)
    subprocess.run(["cp", "-r", "--reflink=auto", str(OUT), str(quiet)], check=True)
    begun = time.monotonic()
    runs.finish(WORK.parent / "forget-timed.log", "forget", "--", quiet, path)
    took, whole = time.monotonic() - begun, json.loads((OUT / "run.json").read_text())["seconds"]
    spent = os.times().children_user + os.times().children_system
    print(f"    {took:.0f} s, the run {whole:.0f} s; CPU of all that this gate started: {spent:.0f} s")
    figures.add("seconds, of those of the whole run", took / whole, 0.5, most=True)
    shutil.rmtree(quiet, ignore_errors=True)


def main() -> None:
    figures = Figures("forget")
    forget_requests.add(figures)
    forget_again.add(figures)
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-r", "--reflink=auto", str(OUT), str(WORK)], check=True)
    drawn, lines = draw(WORK)
    path = WORK.parent / "forget.txt"
    path.write_text("\n".join(lines) + "\n")
    put_apart(drawn)
    figures.add("documents drawn", drawn.height, DRAWN)
    _, kills = take_down(WORK, path)
    figures.add("times killed", kills, len(KILLS))
    entry = json.loads((WORK / "takedowns/ledger.jsonl").read_text().splitlines()[-1])
    gone = {row["id"] for row in entry["documents"]}
    print("gone", pl.Series([row["class"] for row in entry["documents"]]).value_counts().rows())
    figures.add("drawn and not in the ledger", len(set(drawn["id"]) - gone), 0, most=True)
    spans = choose_spans(read_texts(OUT), gone, OUT)
    figures.add(
        "documents with a stretch that is theirs alone", sum(map(bool, spans.values())), 0.8 * len(spans)
    )
    search(figures, gone, spans)
    figures.add("near duplicates left", count_near(read_texts(WORK), drawn), 0, most=True)
    check_others(figures, entry, gone)
    check_outdated(figures, spans)
    rows, back = read_again(WORK, path, gone, spans)
    figures.add("documents read again from raw", rows, 1000)
    figures.add("of them come back", back, 0, most=True)
    measure(figures, path)
    for folder in (WORK, WORK.parent / "forget-raw"):
        shutil.rmtree(folder, ignore_errors=True)
    figures.close()


if __name__ == "__main__":
    main()
