"""Where items come from, and which split they are of."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from winnow.classifiers.similarity.items import read_test, read_train

ROWS = [{"question": "How many?", "answer": "Two."}, {"question": "And now?", "answer": "None."}]


def write_lines(path: Path, rows: list[dict]) -> Path:
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


NAMES = ["sums_train.jsonl.gz", "train-00000-of-00001.jsonl", "sums.train.jsonl", "eval_train.jsonl"]


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_file_says_the_split(tmp_path: Path, name: str) -> None:
    items, left = read_train(write_lines(tmp_path / name, ROWS))
    assert items["text"].to_list() == ["How many? Two.", "And now? None."]
    assert items["asked"].to_list() == ["How many?", "And now?"]
    assert left == {}


@pytest.mark.parametrize("name", ["sums_test.jsonl", "validation-0-of-1.jsonl", "dev.jsonl", "eval.jsonl"])
def test_a_file_of_another_split_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no train split"):
        read_train(write_lines(tmp_path / name, ROWS))


@pytest.mark.parametrize("name", ["sums.jsonl", "strain.jsonl", "latest.jsonl"])
def test_a_file_that_says_no_split_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="does not say"):
        read_train(write_lines(tmp_path / name, ROWS))


@pytest.mark.parametrize(
    ("name", "splits"),
    [
        ("train_test.jsonl", "test and train"),
        ("Train-Dev.jsonl", "dev and train"),
        ("test_dev.jsonl", "dev and test"),
    ],
)
def test_a_name_of_several_splits_is_refused(tmp_path: Path, name: str, splits: str) -> None:
    with pytest.raises(ValueError, match=f"of the splits {splits}"):
        read_train(write_lines(tmp_path / name, ROWS))
    rows = [{**row, "split": "train"} for row in ROWS]
    assert read_train(write_lines(tmp_path / name, rows))[0].height == 2


def test_a_column_stands_above_the_name(tmp_path: Path) -> None:
    rows = [{**row, "split": split} for row, split in zip(ROWS, ("Train", None), strict=True)]
    items, left = read_train(write_lines(tmp_path / "sums_test.jsonl", rows))
    assert items.height == 1
    assert left == {"none": 1}


def test_a_folder_of_files_gives_all_of_them_and_their_evals(tmp_path: Path) -> None:
    write_lines(tmp_path / "a_train.jsonl", ROWS)
    pl.DataFrame({"text": ["Is it?", " ?! "], "split": "train", "eval": "named"}).write_parquet(
        tmp_path / "b.parquet"
    )
    (tmp_path / "notes.md").write_text("no items")
    items, _ = read_train(tmp_path)
    assert items["eval"].to_list() == ["a_train", "a_train", "named"]


def test_a_stage_is_read_by_its_items(tmp_path: Path) -> None:
    pl.DataFrame(ROWS).write_parquet(tmp_path / "items.parquet")
    pl.DataFrame({"key": [1]}).write_parquet(tmp_path / "other.parquet")
    assert read_test(tmp_path)["asked"].to_list() == ["How many?", "And now?"]


def test_what_is_no_items_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds no items"):
        read_train(tmp_path)
    (tmp_path / "broken_train.jsonl").write_text("{not json")
    with pytest.raises(ValueError, match="cannot be read"):
        read_train(tmp_path / "broken_train.jsonl")
    whole = write_lines(tmp_path / "cut_train.jsonl.gz", ROWS).read_bytes()
    for data in (whole[:-9], whole[:10] + b"\x07" + whole[11:], b"no gzip"):
        (tmp_path / "cut_train.jsonl.gz").write_bytes(data)
        with pytest.raises(ValueError, match=r"cut_train.jsonl.gz cannot be read"):
            read_train(tmp_path / "cut_train.jsonl.gz")
    with pytest.raises(ValueError, match="has no items"):
        read_test(write_lines(tmp_path / "empty.jsonl", [{"text": "?"}]))
