"""Repositories of code: what comes of true archives, beside what tar, unzip and git count.

    WINNOW_DATA=... make gate NAME=sources_code

Source packages of Debian, wheels of PyPI and a git bundle made of one of them.
`out/gates/debian-sources` holds what was fetched. The table of inputs goes to
`out/gates/sources_code_table.json`, the classes of what `debian/copyright` says otherwise beside it.
"""

import functools
import json
import random
import subprocess
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import debian_copyright
import environments
import polars as pl
import runs
import source_table
from figures import Figures
from recipe_text import source, stage, write

from winnow import shuffle
from winnow.ingest.code import dependencies, repository
from winnow.pipelines.demo.packages import fetch_pip

OUT = Path("out/gates")
SOURCES = OUT / "debian-sources"
BOM = b"\xef\xbb\xbf"
READER = "ingest.code.repository:read"
_TARFILE = """
import tarfile
begun = time.process_time()
with tarfile.open(sys.argv[1]) as tar:
    for member in tar:
        if member.isfile():
            told["bytes"] += len(tar.extractfile(member).read())
"""
_NOTEBOOKS = """
begun = time.process_time()
for file in sys.argv[1:]:
    text = open(file).read()
    told["bytes"] += len(text.encode())
    convert(text)
"""
_OURS = "from winnow.ingest.code.notebooks import read_notebook as convert" + _NOTEBOOKS
_NBCONVERT = f"""
import nbformat
from nbconvert import MarkdownExporter
exporter = MarkdownExporter()
convert = lambda text: exporter.from_notebook_node(nbformat.reads(text, as_version=4))
{_NOTEBOOKS}"""


def count_tar(path: Path) -> int:
    listed = subprocess.run(["tar", "-tf", path], capture_output=True, check=True).stdout
    return sum(not line.endswith(b"/") for line in listed.splitlines())


def count_zip(path: Path) -> int:
    listed = subprocess.run(["unzip", "-Z1", path], capture_output=True, check=True).stdout
    return sum(not line.endswith(b"/") for line in listed.splitlines())


def pack_bundle(archive: Path, folder: Path) -> tuple[Path, int]:
    """A git bundle of an archive's files, and how many `git ls-tree` lists."""
    tree = folder / "tree"
    tree.mkdir()
    subprocess.run(["tar", "-xf", archive.resolve(), "--strip-components=1", "-C", tree], check=True)
    git = ["git", "-C", str(tree), "-c", "user.name=A", "-c", "user.email=a@b.c", "-c", "core.autocrlf=false"]
    for words in ("init -q -b main", "add -Af", "commit -q -m all"):
        subprocess.run([*git, *words.split()], check=True)
    bundle = folder / f"{archive.name.partition('_')[0]}.bundle"
    subprocess.run([*git, "bundle", "create", "-q", str(bundle.resolve()), "HEAD"], check=True)
    listed = subprocess.run([*git, "ls-tree", "-rz", "HEAD"], capture_output=True, check=True).stdout
    return bundle, listed.count(b"\0")


def compare_bytes(archive: Path) -> Counter[str]:
    """Kept files against what `tar` unpacks: `same`; `named`, the same with the change undone; `lossy`, as
    U+FFFD or a notebook, and named; `other`.
    """
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["tar", "-xf", archive, "-C", folder, "--no-same-owner"], check=True)
        for row in read(archive).filter(pl.col("text").is_not_null()).iter_rows(named=True):
            notes = json.loads(row["metadata"])
            data, text = (Path(folder) / notes["path"]).read_bytes(), row["text"].encode()
            if text == data:
                counts["same"] += 1
            elif notes.get("mended") or notes.get("notebook"):
                counts["lossy"] += 1
            elif data == BOM * bool(notes.get("bom")) + row["text"].encode(notes.get("charset", "utf-8")):
                counts["named"] += 1
            else:
                counts["other"] += 1
                print("OTHER BYTES", archive.name, notes["path"])
    return counts


@functools.cache
def read(archive: Path) -> pl.DataFrame:
    return pl.concat(repository.read(str(archive)))


def judge_licenses(packages: list[tuple[str, Path, Path]]) -> tuple[Counter[str], Counter[tuple[str, ...]]]:
    """Our license of each file against that of `debian/copyright`."""
    counts: Counter[str] = Counter()
    classes: Counter[tuple[str, ...]] = Counter()
    for name, archive, control in packages:
        find = debian_copyright.load(control)
        if find is None:
            counts["packages not in DEP-5's form"] += 1
            continue
        rows = read(archive).filter(pl.col("text").is_not_null())
        for path, license, notes, text in rows.select("code_path", "license", "metadata", "text").iter_rows():
            said = find(path)
            truth = said and debian_copyright.to_names(said)
            agrees = debian_copyright.agree(license, said) if license and said else None
            known = said and (truth or said.strip().lower() in debian_copyright.FAMILIES)
            if not known:
                counts["unjudged"] += 1
                continue
            by = (json.loads(notes).get("license_by") or "").partition(":")[0]
            if not license:
                verdict = "none"
            elif agrees:
                verdict = "right"
            elif debian_copyright.is_contested(text[:8_000], truth or frozenset()):
                verdict = "contested"
            else:
                verdict = "wrong"
            counts[verdict] += 1
            if verdict != "right":
                classes[(verdict, name, license or "", by, said or "")] += 1
    return counts, classes


def join_repository(archive: Path) -> tuple[int, int]:
    """Imports within a repository, and how many of them lead to what stands before."""
    docs = read(archive).filter(pl.col("text").is_not_null()).with_columns(id=pl.col("key"))
    with tempfile.TemporaryDirectory() as folder:
        part, buckets, out = (Path(folder) / name for name in ("part", "buckets", "out"))
        buckets.mkdir()
        out.mkdir()
        dependencies.scatter([part], buckets, read=lambda file, columns: iter([docs]))
        dependencies.order(list(buckets.iterdir()), out, read_bucket=shuffle.Reader(0, 1))
        table = pl.read_parquet(out / "joined.parquet")
    return int(table["imports"].sum()), int(table["imports_backwards"].sum())


def plant_copies(archive: Path, folder: Path, count: int = 100) -> tuple[Path, set[str]]:
    """A second repository with changed copies of files: a new head, and every 40th line left out."""
    rows = read(archive).filter(
        pl.col("text").is_not_null() & pl.col("code_language").is_in(["C", "C++", "Java", "Go"])
    )
    rows = rows.filter(pl.col("text").str.len_bytes().is_between(2_000, 60_000))
    chosen = random.Random(16).sample(range(rows.height), min(count, rows.height))
    path = folder / "copies.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in chosen:
            name, text = rows["code_path"][number], rows["text"][number]
            lines = [line for at, line in enumerate(text.splitlines(keepends=True)) if at % 40 != 39]
            packed.writestr(f"copies/{name}", f"/* taken from elsewhere: {name} */\n{''.join(lines)}")
    return path, {rows["code_path"][number] for number in chosen}


def find_planted(archive: Path, folder: Path) -> tuple[int, int, int]:
    """Planted copies of files that the rules keep, those of which one of the two goes, and others that go."""
    copies, planted = plant_copies(archive, folder)
    recipe = folder / "recipe.toml"
    write(
        recipe,
        source("code", [str(path.resolve()) for path in (archive, copies)], "ingest.code.repository:read"),
        stage("filtered", "code", use="groups/code.toml"),
        stage("distinct", "filtered", use="groups/duplicates.toml"),
        max_failed=0.1,
    )
    runs.finish(folder / "log", "run", recipe, folder / "out", "--workers", 1)
    kept = pl.concat([pl.read_parquet(file) for file in (folder / "out/filtered").glob("part-*.parquet")])
    gone = pl.concat([pl.read_parquet(file) for file in (folder / "out/distinct/dropped").glob("*.parquet")])
    pairs = kept.filter(pl.col("code_path").is_in(planted)).group_by("code_path").agg(pl.col("id"))
    pairs = pairs.filter(pl.col("id").list.len() == 2)
    lost = set(gone["id"])
    found = sum(any(each in lost for each in ids) for ids in pairs["id"])
    return pairs.height, found, len(lost) - found


def main() -> None:
    environments.enter("peers")
    figures = Figures("sources_code")
    table: list[dict[str, Any]] = []
    debian_copyright.fetch(SOURCES)
    packages = debian_copyright.list_packages(SOURCES)
    measure(figures, table, packages)
    same = sum((compare_bytes(archive) for _, archive, _ in packages), Counter())
    print(dict(same))
    figures.add("share of kept files to the byte, or the change named", 1 - same["other"] / same.total(), 1)
    counts, classes = judge_licenses(packages)
    print(dict(counts))
    told = [[number, *names] for names, number in classes.most_common()]
    (OUT / "sources_code_licenses.json").write_text(json.dumps(told, indent=0) + "\n")
    judged = counts["right"] + counts["wrong"]
    figures.add("files of Debian whose license is judged", judged + counts["none"], 1_000)
    figures.add("licenses: precision", counts["right"] / judged, 0.95)
    raw = counts["right"] / (judged + counts["contested"])
    figures.add(
        "licenses: precision, files that contradict debian/copyright in words counted as wrong", raw, 0
    )
    figures.add("licenses: recall", counts["right"] / (judged + counts["none"]), 0)
    edges = [join_repository(archive) for _, archive, _ in packages]
    every, back = (sum(each) for each in zip(*edges, strict=True))
    figures.add("imports within repositories", every, 1_000)
    figures.add("imports that lead backwards", back / every, 0.9)
    worst = min(after / all_ for all_, after in edges if all_ >= 50)
    figures.add("imports that lead backwards, in the worst repository", worst, 0.9)
    with tempfile.TemporaryDirectory() as folder:
        archive = next(archive for name, archive, _ in packages if name == "libarchive")
        pairs, found, others = find_planted(archive, Path(folder))
    print(f"planted pairs {pairs}, found {found}, other duplicates {others}")
    figures.add("planted near duplicates across repositories: found", found / pairs, 0.95)
    (OUT / "sources_code_table.json").write_text(json.dumps(table, indent=1) + "\n")
    figures.close()


def measure(figures: Figures, table: list[dict[str, Any]], packages: list[tuple[str, Path, Path]]) -> None:
    """Rows against independent counts, speed and memory."""
    short = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inputs = [(archive, count_tar(archive)) for _, archive, _ in packages]
        inputs.append(pack_bundle(next(archive for each, archive, _ in packages if each == "tmux"), folder))
        for wheel in ("flask", "rich"):
            got = fetch_pip(f"gate-{wheel}", wheel, OUT / "cache")
            path = OUT / "cache" / got.file
            inputs.append((path, count_zip(path)))
        for path, count in inputs:
            told = source_table.read(READER, str(path))
            table.append({"input": path.name, "independent": count, **told})
            short += told["rows"] != count
            print(
                {key: table[-1][key] for key in ("input", "independent", "rows", "kept", "dropped", "failed")}
            )
    figures.add(
        "archives whose rows are not as many as the files that tar, unzip or git list", short, 0, most=True
    )
    largest = max(packages, key=lambda each: each[1].stat().st_size)[1]
    ours, plain = source_table.read(READER, str(largest)), source_table.run(_TARFILE, str(largest))
    figures.add(f"MB/s of {largest.name}", plain["bytes"] / 1e6 / ours["seconds"], 0)
    figures.add("MB/s of plain tarfile", plain["bytes"] / 1e6 / plain["seconds"], 0)
    figures.add("peak memory, MB", ours["peak_mb"], 600, most=True)
    books = fetch_pip("gate-nashpy", "nashpy", OUT / "cache", sdist=True)
    files = sorted(str(path) for path in (OUT / "cache" / books.key).rglob("*.ipynb"))
    for label, program in (("ours", _OURS), ("nbconvert", _NBCONVERT)):
        told = source_table.run(program, *files)
        figures.add(f"notebooks ({len(files)}), MB/s: {label}", told["bytes"] / 1e6 / told["seconds"], 0)


if __name__ == "__main__":
    main()
