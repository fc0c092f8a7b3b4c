from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from winnow import shuffle
from winnow.ingest.code import dependencies

ROWS = [
    ("1", "one", "a.py", "Python", "MIT", "import b\n"),
    ("2", "one", "b.py", "Python", "ISC", "import c\n"),
    ("3", "one", "c.py", "Python", None, "x = 1\n"),
    ("4", "one", "c.py", "Python", None, "x = 2\n"),
    ("5", "two", "b.py", "Python", "MIT OR ISC", "import a\n"),
    ("6", "two", "a.py", "Python", "MIT", "import b\n"),
    ("7", None, "z.py", "Python", None, "y = 1\n"),
]


def join(
    folder: Path, buckets: int = 2, sources: list[str] | None = None, **options: object
) -> dict[str, dict[str, object]]:
    columns = ["id", "thread", "code_path", "code_language", "license", "text"]
    docs = pl.DataFrame(ROWS, schema=dict.fromkeys(columns, pl.String()), orient="row")
    docs = docs.with_columns(source=pl.Series(sources or ["code"] * len(ROWS)))
    columns.append("source")

    def read(file: Path, names: list[str]) -> Iterator[pl.DataFrame]:
        yield docs[:3].select(name for name in names if name in columns)
        yield docs[3:].select(name for name in names if name in columns)

    (folder / "in").mkdir()
    (folder / "out").mkdir()
    dependencies.scatter([folder / "part-00000.parquet"], folder / "in", read=read)
    for bucket in range(buckets):
        place = folder / f"out/{bucket}"
        place.mkdir()
        own = shuffle.Reader(bucket, buckets)
        dependencies.order(sorted((folder / "in").iterdir()), place, read_bucket=own, **options)  # type: ignore[arg-type]
    found = pl.concat(pl.read_parquet(file, hive_partitioning=False) for file in (folder / "out").glob("*/*"))
    return {row["id"]: row for row in found.iter_rows(named=True)}


@pytest.mark.parametrize("buckets", [1, 4])
def test_files_stand_behind_what_they_import(tmp_path: Path, buckets: int) -> None:
    found = join(tmp_path, buckets)
    assert set(found) == {"3", "6"}
    one, two = found["3"], found["6"]
    assert one["members"] == ["3", "2", "1"]
    assert one["text"] == "# c.py\nx = 1\n\n\n# b.py\nimport c\n\n\n# a.py\nimport b\n"
    assert (one["copies"], one["license"]) == (["4"], "ISC AND MIT")
    assert (one["imports"], one["imports_backwards"], one["cycles"]) == (2, 2, 0)
    assert (two["members"], two["cycles"], two["imports_backwards"]) == (["6", "5"], 1, 1)
    assert two["license"] == "MIT AND (MIT OR ISC)"


def test_repositories_of_one_name_in_two_sources_are_two(tmp_path: Path) -> None:
    found = join(tmp_path, sources=["a", "b", "a", "b", "a", "a", "a"])
    assert {name: row["members"] for name, row in found.items()} == {
        "1": ["1", "3"],
        "4": ["4", "2"],
        "6": ["6", "5"],
    }


def test_a_large_repository_is_several_documents(tmp_path: Path) -> None:
    found = join(tmp_path, max_bytes=20, head="// {path}\n", between="")
    assert [row["members"] for row in found.values() if row["id"] in "123"] == [["3", "2"], ["1"]]
    assert found["3"]["text"] == "// c.py\nx = 1\n// b.py\nimport c\n"
