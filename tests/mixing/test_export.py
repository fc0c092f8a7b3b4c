import hashlib
import json
import random

import datasets
import polars as pl
import pyarrow.parquet as pq
import pytest

from winnow.mixing import export
from winnow.mixing.packing import scatter
from winnow.pipelines.engine.disk.documents import read_batches


def write_parts(folder, parts=5, rows=120):
    """Documents of two sources, some drawn more than once; every other part has a score."""
    rng = random.Random(3)
    files = []
    for part in range(parts):
        ids = [hashlib.blake2b(f"{part} {i}".encode(), digest_size=16).hexdigest() for i in range(rows)]
        texts = [f"Straße {i} " + rng.choice("abcdefgh") * rng.randint(1, 4000) for i in range(rows)]
        frame = pl.DataFrame(
            {
                "id": ids,
                "source": ["web" if part % 2 else "books"] * rows,
                "text": texts,
                "token_count": [len(text) // 4 for text in texts],
                "license": [None if part == 1 else "CC0 | public"] * rows,
                "metadata": ['{"n": 1}'] * rows,
                "gopher_words": [1] * rows,
                "repeats": pl.Series([rng.choice([0, 1, 1, 2, 3]) for _ in ids], dtype=pl.Int32),
            }
        )
        if part % 2:
            frame = frame.with_columns(score_quality=pl.lit(0.5, dtype=pl.Float32))
        files.append(folder / f"part-{part:05d}.parquet")
        frame.write_parquet(files[-1], row_group_size=rng.choice([7, 50, 1000]))
    return files


def digests(folder):
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    files = write_parts(folder)
    (folder / "out").mkdir()
    export.shards(files, folder / "out", read=read_batches, shard_bytes=600_000)
    return files, folder / "out"


def test_each_document_comes_as_often_as_it_was_drawn(exported):
    files, out = exported
    docs = pl.concat([pl.read_parquet(file) for file in files], how="diagonal")
    rows = pl.read_parquet(sorted((out / "data").iterdir()))
    assert rows.height == docs["repeats"].sum()
    counted = rows.group_by("id").agg(pl.len().alias("n"), pl.col("epoch").sort(), pl.col("text").n_unique())
    joined = docs.join(counted, on="id", suffix="_out")
    assert joined.height == (docs["repeats"] > 0).sum() < docs.height
    assert (joined["n"] == joined["repeats"]).all()
    assert joined["epoch"].to_list() == [list(range(n)) for n in joined["repeats"]]
    texts = docs.select("id", "text", "token_count").join(rows, on=["id", "text", "token_count"])
    assert texts.height == rows.height
    assert rows.columns[-1] == "epoch"
    assert "gopher_words" not in rows.columns
    assert rows.filter(pl.col("source") == "web")["score_quality"].null_count() == 0


def test_the_bytes_do_not_depend_on_order_or_number_of_files_nor_on_memory(exported, tmp_path, monkeypatch):
    files, out = exported
    (tmp_path / "again").mkdir()
    frames = pl.concat([pl.read_parquet(file) for file in reversed(files)], how="diagonal")
    frames.sample(fraction=1.0, shuffle=True, seed=4).write_parquet(
        tmp_path / "one.parquet", row_group_size=33
    )
    monkeypatch.setattr(export, "BUCKET_BYTES", 100_000)
    monkeypatch.setattr(scatter, "BUFFER_BYTES", 50_000)
    export.shards([tmp_path / "one.parquet"], tmp_path / "again", read=read_batches, shard_bytes=600_000)
    assert digests(tmp_path / "again") == digests(out)


def test_a_part_without_documents_that_were_never_drawn_adds_nothing(exported, tmp_path):
    docs = pl.read_parquet(exported[0][0]).drop("repeats")
    docs.write_parquet(tmp_path / "full.parquet")
    docs.clear().write_parquet(tmp_path / "none.parquet")
    (tmp_path / "out").mkdir()
    export.shards([tmp_path / "full.parquet", tmp_path / "none.parquet"], tmp_path / "out", read=read_batches)
    rows = pl.read_parquet(sorted((tmp_path / "out" / "data").iterdir()))
    assert sorted(rows["id"]) == sorted(docs["id"])


def test_rows_are_shuffled_over_all_shards(exported):
    _, out = exported
    for path in (out / "data").iterdir():
        rows = pl.read_parquet(path)
        assert rows["source"].n_unique() == 2
        assert 0.15 < (rows["source"] != rows["source"].shift(1)).mean() < 0.85


def test_the_manifest_tells_the_truth(exported):
    files, out = exported
    drawn = pl.concat([pl.read_parquet(file, columns=["source", "license", "repeats"]) for file in files])
    drawn = drawn.filter(pl.col("repeats") > 0)
    manifest = json.loads((out / "manifest.json").read_text())
    names = [entry["path"] for entry in manifest["files"]]
    assert names == [str(p.relative_to(out)) for p in sorted((out / "data").iterdir())]
    assert len(names) > 2
    assert names[0].endswith(f"-of-{len(names):05d}.parquet")
    for entry in manifest["files"]:
        rows = pl.read_parquet(out / entry["path"])
        assert entry["rows"] == rows.height
        assert entry["tokens"] == rows["token_count"].sum()
        assert entry["bytes"] == rows["text"].str.len_bytes().sum() <= 610_000
        assert entry["sha256"] == hashlib.sha256((out / entry["path"]).read_bytes()).hexdigest()
    web_once = rows_of(out).filter(pl.col("epoch") == 0)
    assert manifest["totals"]["unique_tokens"] == web_once["token_count"].sum()
    assert manifest["totals"]["unique_bytes"] == web_once["text"].str.len_bytes().sum()
    assert manifest["totals"]["tokens"] == rows_of(out)["token_count"].sum()
    assert manifest["token_count"] == "counted"
    assert manifest["totals"]["rows"] == sum(entry["rows"] for entry in manifest["files"])
    assert manifest["totals"]["documents"] == drawn.height
    assert sum(row["share"] for row in manifest["sources"].values()) == pytest.approx(1)
    web = drawn.filter(pl.col("source") == "web")
    unknown = web["license"].null_count()
    assert manifest["sources"]["web"]["licenses"] == {"": unknown, "CC0 | public": web.height - unknown}
    assert str(out) not in (out / "manifest.json").read_text() + (out / "README.md").read_text()


def rows_of(out):
    return pl.read_parquet(sorted((out / "data").iterdir()))


def test_the_card_tells_documents_and_rows_apart(exported):
    _, out = exported
    totals, card = json.loads((out / "manifest.json").read_text())["totals"], (out / "README.md").read_text()
    assert f"{totals['documents']:,} documents in {totals['rows']:,} rows" in card
    assert f"{totals['unique_tokens']:,} tokens and {totals['unique_bytes']:,} bytes of text" in card
    assert f"with repeats, {totals['tokens']:,} tokens and {totals['bytes']:,} bytes" in card
    assert "≈" not in card


@pytest.mark.parametrize(
    ("count", "told", "totals"),
    [
        (pl.col("token_count").replace(0, None), "uncounted tokens", None),
        (
            (pl.col("text").str.len_bytes() + 3) // 4,
            "Tokens are estimated (≈): UTF-8 bytes / 4.",
            "bytes / 4",
        ),
    ],
)
def test_tokens_that_are_not_known_or_estimated_are_called_so(exported, tmp_path, count, told, totals):
    rows = pl.read_parquet(exported[0][0])
    first = pl.int_range(pl.len()) == rows["repeats"].arg_max()
    rows = rows.with_columns(token_count=pl.when(first).then(0).otherwise("token_count"))
    rows.with_columns(token_count=count.cast(pl.Int64)).write_parquet(tmp_path / "part-00000.parquet")
    (tmp_path / "out").mkdir()
    export.shards([tmp_path / "part-00000.parquet"], tmp_path / "out", read=read_batches)
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert told in (tmp_path / "out/README.md").read_text()
    if totals is None:
        assert manifest["totals"]["tokens"] is None and manifest["sources"]["books"]["share"] is None
    else:
        assert manifest["token_count"] == totals and manifest["totals"]["tokens"] > 0


def test_three_readers_read_the_same(exported, tmp_path):
    _, out = exported
    paths = [str(path) for path in sorted((out / "data").iterdir())]
    polars = pl.read_parquet(paths)
    arrow = pl.from_arrow(pq.ParquetDataset(paths).read())
    plain = datasets.load_dataset("parquet", data_files=paths, split="train", cache_dir=str(tmp_path / "a"))
    card = datasets.load_dataset(str(out), split="train", cache_dir=str(tmp_path / "b"))
    assert arrow.equals(polars)
    assert plain["id"][:] == card["id"][:] == polars["id"].to_list()
    assert plain["text"][:] == polars["text"].to_list()
    assert pq.read_schema(paths[0]).field("text").type == "string"


def test_nothing_to_export_is_an_error(tmp_path):
    frame = pl.DataFrame(
        {"id": ["a"], "source": ["web"], "text": ["x"], "token_count": [1], "license": ["MIT"]}
    )
    frame.clear().write_parquet(tmp_path / "part-00000.parquet")
    (tmp_path / "out").mkdir()
    with pytest.raises(ValueError, match="no document"):
        export.shards([tmp_path / "part-00000.parquet"], tmp_path / "out", read=read_batches)
