"""Gate: near duplicates are found, no removal is wrong, templates stay, any run gives the same ledger.

`make gate NAME=dedup`. Real manuals out of Debian packages: two releases of the same manuals, controlled
edits of their pages, and API references. datatrove's four stages run on the same documents. Everything is
checked by sets of tuples in plain Python, not by the code under test. Environment: SHARE (3): one page in so
many is taken of the large manuals. Runs go under out/gates/dedup/.
"""

import hashlib
import os
import shutil
import time
from pathlib import Path

import near
import numpy as np
import polars as pl
import runs
from figures import Figures
from recipe_text import source, stage, step, write

from winnow.pipelines.engine.disk.documents import read

FOLDER = Path("out/gates/dedup").resolve()
SHARE = int(os.environ.get("SHARE", "3"))
BANDS = ((0.95, 1.0), (0.9, 0.95), (0.85, 0.9), (0.8, 0.85))
THRESHOLD, CONTAINED = 0.75, 0.95
EDITED = 700
TEMPLATES = ("openjdk-25-doc", "cppreference-doc-en-html", "php-doc")


def documents() -> pl.DataFrame:
    """Pages and edited copies: `name`, `source`, `text`, each text once."""
    docs = near.corpus(FOLDER)
    page = pl.col("name").str.split(":").list.get(1)
    part = page.map_elements(lambda name: hashlib.md5(name.encode()).digest()[0], return_dtype=pl.Int64)
    docs = docs.filter(pl.col("source").str.starts_with("ada") | (part % SHARE == 0))
    docs = docs.unique("text", keep="first", maintain_order=True)
    some = docs.filter(
        pl.col("text").str.len_bytes().is_between(1500, 30_000), ~pl.col("source").str.contains("jdk|ada")
    )
    some = some.sample(EDITED, seed=1)
    texts = dict(zip(some["text"], some["name"], strict=True))
    copies = [
        {"source": "edited", "name": f"edited:{number}:{texts[text]}", "text": copy}
        for number, (text, copy) in enumerate(near.edits(list(texts), 3, seed=5))
    ]
    docs = pl.concat([docs, pl.DataFrame(copies).select(docs.columns)])
    return docs.unique("text", keep="first", maintain_order=True)


def pairs(docs: pl.DataFrame) -> list[tuple[str, str, float]]:
    """Pairs of known similarity: pages of two releases by name, and copies with what they were made from."""
    texts = dict(docs.select("name", "text").iter_rows())
    found = []
    for old, new in near.RELEASES:
        names = [name.split(":", 1)[1] for name in texts if name.startswith(f"{old}:")]
        found += [(f"{old}:{name}", f"{new}:{name}") for name in names if f"{new}:{name}" in texts]
    found += [(name, name.split(":", 2)[2]) for name in texts if name.startswith("edited:")]
    return [(a, b, near.alike(texts[a], texts[b])[0]) for a, b in found if b in texts]


def recall(
    figures: Figures, whose: str, gone: set[str], known: list[tuple[str, str, float]], floor: float
) -> dict:
    """Of the pairs in each band of similarity the share of which not both documents stay."""
    shares = {}
    for low, high in BANDS:
        inside = [pair for pair in known if low <= pair[2] < high or pair[2] == high == 1.0]
        hits = sum(a in gone or b in gone for a, b, _ in inside)
        shares[low] = hits / len(inside)
        least = floor if low >= 0.85 else 0.0
        figures.add(f"{whose}.recall_{low}_of_{len(inside)}", shares[low], least)
    return shares


def curve(known: list[tuple[str, str, float]]) -> None:
    for low, high in BANDS:
        inside = np.array([s for _, _, s in known if low <= s < high or s == high == 1.0])
        for name, (bands, rows) in {"14x8": (14, 8), "26x11": (26, 11)}.items():
            print(f"theory.{name}_{low} {np.mean(1 - (1 - inside**rows) ** bands):g}")


def wrong(figures: Figures, whose: str, table: pl.DataFrame, texts: dict[str, str], most: float) -> None:
    """Removals whose survivor is not similar to them, or is itself removed."""
    gone = set(table["name"])
    bad = orphaned = 0
    for name, survivor in table.select("name", "survivor").iter_rows():
        orphaned += survivor is None or survivor in gone
        if survivor is not None:
            jaccard, inside = near.alike(texts[name], texts[survivor])
            bad += jaccard < THRESHOLD - 1e-9 and inside < CONTAINED - 1e-9
    figures.add(f"{whose}.removed", len(table), 0)
    figures.add(f"{whose}.wrong_removals", bad, most, most=True)
    figures.add(f"{whose}.survivor_removed", orphaned, most, most=True)


def templates(figures: Figures, whose: str, table: pl.DataFrame, docs: pl.DataFrame, most: float) -> None:
    """Of the pages of one reference, each about something else, the share removed for another one."""
    for reference in TEMPLATES:
        pages = docs.filter(pl.col("source") == reference).height
        page, kept = (pl.col(name).str.split(":").list.last() for name in ("name", "survivor"))
        own = pl.col("name").str.starts_with(f"{reference}:") & (page != kept)
        limit = most if reference.startswith("openjdk") else 1.0
        figures.add(
            f"{whose}.template_removed.{reference}", table.filter(own).height / pages, limit, most=True
        )


def named(table: pl.DataFrame) -> pl.DataFrame:
    return table.select(name="id", survivor="dedup_survivor")


def go(name: str, docs: Path, *flags: str, **settings: object) -> pl.DataFrame:
    """A run of ours, and its ledger."""
    shutil.rmtree(FOLDER / name, ignore_errors=True)
    path = near.recipe(docs, FOLDER / f"{name}.toml", **settings)  # type: ignore[arg-type]
    near.run(path, FOLDER / name, *(flags or ("--workers", "0")))
    index = settings.get("index")
    return near.ledger(FOLDER / name, *([index.parent] if isinstance(index, Path) else []))


COMPARED = ("id", "reason", "dedup_survivor", "dedup_cluster", "dedup_similarity", "dedup_containment")


def same(a: pl.DataFrame, b: pl.DataFrame) -> int:
    """Rows of two ledgers that are not in both."""
    columns = [name for name in COMPARED if name in a.columns]
    left, right = a.select(columns), b.select(columns)
    return (
        left.join(right, on=columns, how="anti", nulls_equal=True).height
        + right.join(left, on=columns, how="anti", nulls_equal=True).height
    )


def determinism(figures: Figures, first: pl.DataFrame) -> None:
    """Other workers and another order of files give the same ledger; so does a run that was killed."""
    for workers in ("1", "2"):
        figures.add(
            f"differs.workers_{workers}",
            same(first, go(f"w{workers}", FOLDER / "docs", "--workers", workers)),
            0,
            most=True,
        )
    figures.add(
        "differs.backwards", same(first, go("backwards", FOLDER / "docs", backwards=True)), 0, most=True
    )
    out = FOLDER / "killed"
    shutil.rmtree(out, ignore_errors=True)
    recipe = near.recipe(FOLDER / "docs", FOLDER / "killed.toml")
    killed = 0
    for moment in (5, 7, 9):
        going = runs.begin(FOLDER / "killed.log", "run", recipe, out, "--workers", 1)
        time.sleep(moment)
        killed += runs.kill(going)
    figures.add("runs_killed", killed, 1)  # none: the run is over too soon for this to show anything
    near.run(recipe, out, "--workers", "0")
    figures.add("differs.killed", same(first, near.ledger(out)), 0, most=True)


def incremental(figures: Figures, docs: pl.DataFrame, texts: dict[str, str]) -> None:
    """One half indexed, the other deduplicated against it, beside both in one run."""
    half = docs.height // 2
    mixed = docs.sample(fraction=1, shuffle=True, seed=9)
    near.lay_out(mixed[:half], FOLDER / "first", 2)
    near.lay_out(mixed[half:], FOLDER / "second", 2)
    first = go("first.out", FOLDER / "first", indexed=True)
    second = go("second.out", FOLDER / "second", index=FOLDER / "first.out/index")
    whole = go("whole.out", FOLDER / "docs")
    figures.add("incremental.removed", len(first) + len(second), 0)
    left, once = docs.height - len(first) - len(second), docs.height - len(whole)
    figures.add("incremental.survivors_off", abs(left - once) / once, 0.01, most=True)
    gone = set(first["id"]) | set(second["id"])
    groups = together(docs["name"].to_list(), whole)
    stay = [sum(name not in gone for name in group) for group in groups]
    # Likeness is no chain: two survivors can resemble a document between them, which goes for one of them
    # in one run, and in the other is old and stays for both.
    figures.add("incremental.clusters_lost", stay.count(0) / len(groups), 0.01, most=True)
    doubled = sum(count > 1 for count in stay) / len(groups)
    figures.add("incremental.clusters_doubled", doubled, 0.01, most=True)
    wrong(figures, "incremental", named(second), texts, 0)


def together(names: list[str], table: pl.DataFrame) -> list[list[str]]:
    """Each survivor of a run with what was removed for it: in any run one of them should stay."""
    groups = {name: [name] for name in set(names) - set(table["id"])}
    for name, survivor in table.select("id", "dedup_survivor").iter_rows():
        groups[survivor].append(name)
    return list(groups.values())


def put_back(text: str, starts: list[int], texts: list[str]) -> str:
    data = text.encode()
    for start, passage in zip(starts, texts, strict=True):
        data = data[:start] + passage.encode() + data[start:]
    return data.decode()


def passages(figures: Figures, docs: pl.DataFrame) -> None:
    """Boilerplate of two references is cut, and the texts can be had back to the byte."""
    some = docs.filter(pl.col("source").is_in(["php-doc", "cppreference-doc-en-html"]))
    near.lay_out(some, FOLDER / "some", 2)
    recipe, out = FOLDER / "passages.toml", FOLDER / "passages"
    write(
        recipe,
        source("docs", FOLDER / "some/*.parquet", "ingest.parquet:read", part_bytes=1),
        stage("read", "docs", "filters.text:nonempty"),
        stage("anchored", "read", "dedup.substrings:anchors", by="part"),
        stage("shared", "anchored", "dedup.substrings:shared", by="bucket"),
        stage("windows", "read", step("dedup.substrings:windows", places="stage:shared"), by="part"),
        stage("spans", "windows", "dedup.substrings:spans", by="bucket"),
        stage("cut", "read", step("dedup.substrings:cut", spans="stage:spans")),
        max_failed=None,
    )
    shutil.rmtree(out, ignore_errors=True)
    seconds, _ = near.run(recipe, out, "--workers", "0")
    rows = read(out / "cut")
    name = pl.col("metadata").str.json_path_match("$.name")
    before = dict(some.select("name", "text").iter_rows())
    columns = (name.alias("name"), "text", "substrings_starts", "substrings_texts", "substrings_words")
    done = rows.select(columns)
    changed = sum(
        put_back(text, starts, texts) != before[own] for own, text, starts, texts, _ in done.iter_rows()
    )
    figures.add("passages.cpu_seconds", seconds, np.inf, most=True)
    figures.add(
        "passages.documents_cut", done.filter(pl.col("substrings_words") > 0).height / some.height, 0.0
    )
    figures.add("passages.words_cut", int(done["substrings_words"].sum()), 1)
    figures.add("passages.not_restored", changed, 0, most=True)
    spans = done["substrings_texts"].explode().drop_nulls().value_counts(sort=True, name="copies")
    for text, copies in spans.head(3).iter_rows():
        print(f"passages.example {copies} copies: {' '.join(text.split())[:160]}")


def main() -> None:
    figures = Figures("dedup")
    docs = documents()
    near.lay_out(docs, FOLDER / "docs", 3)
    texts = dict(docs.select("name", "text").iter_rows())
    known = pairs(docs)
    print(f"documents {docs.height}, bytes {docs['text'].str.len_bytes().sum()}, pairs {len(known)}")
    curve(known)
    theirs = near.datatrove(FOLDER / "docs", FOLDER)
    other = recall(figures, "datatrove", set(theirs["name"]), known, 0) if len(theirs) else {}
    for name, settings in {
        "fineweb": {}, "dolma3": {"preset": "dolma3"}, "guarded": {"facts": 2},
    }.items():  # fmt: skip
        table = go(name, FOLDER / "docs", **settings)
        found = recall(figures, name, set(table["id"]), known, 0 if name == "guarded" else 0.999)
        if name != "guarded":
            behind = sum(found[low] < other.get(low, 0) for low, _ in BANDS)
            figures.add(f"{name}.bands_below_datatrove", behind, 0, most=True)
        wrong(figures, name, named(table), texts, 0)
        templates(figures, name, named(table), docs, 0.02 if name == "guarded" else 1.0)
    wrong(figures, "datatrove", theirs, texts, np.inf)
    templates(figures, "datatrove", theirs, docs, 1.0)
    determinism(figures, near.ledger(FOLDER / "fineweb"))
    incremental(figures, docs, texts)
    passages(figures, docs)
    figures.close()


if __name__ == "__main__":
    main()
