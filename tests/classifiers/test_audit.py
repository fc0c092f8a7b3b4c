"""The audit of scores: what it counts, whom it lists to be read, and how verdicts come back."""

import json
from pathlib import Path

import polars as pl
import pytest

from winnow.classifiers import audit, quality
from winnow.pipelines.engine.disk.documents import read_batches

TEXT = (
    "The keeper of house {0} counted {1} ships. They were small, and carried grain to the towns on the coast."
)


def lay_out(folder: Path, parts: int = 2) -> list[Path]:
    """Documents of which one source has one score for all, and one text is hostile."""
    rows = [
        (
            f"d{n:03}",
            ["web", "books"][n % 2],
            (TEXT + "\n").format(n, n * 7) * (1 + n % 5),
            "prose" if n % 3 else None,
        )
        for n in range(60)
    ]
    docs = pl.DataFrame(rows, schema=["id", "source", "text", "text_type"], orient="row")
    docs = docs.vstack(
        pl.DataFrame(
            [("same1", "list", "a b c", "list"), ("same2", "list", "a b c", "list")],
            schema=docs.schema,
            orient="row",
        )
    )
    docs = docs.vstack(
        pl.DataFrame(
            [("bad", "web", "<script>alert(1)</script> " + TEXT, "prose")], schema=docs.schema, orient="row"
        )
    )
    docs = quality.score(docs)
    files = [folder / f"part-{n:05}.parquet" for n in range(parts)]
    for n, file in enumerate(files):
        docs.gather_every(parts, n).write_parquet(file)
    return files


def write(folder: Path, files: list[Path], **settings: object) -> dict:
    folder.mkdir(parents=True)
    audit.write(files, folder, read=read_batches, **{"cut": 0.5, "length": 5, **settings})  # type: ignore[arg-type]
    return json.loads((folder / "audit.json").read_text())


def test_scores_are_counted_by_source_and_type(tmp_path: Path) -> None:
    files = lay_out(tmp_path)
    docs = pl.concat([pl.read_parquet(file) for file in files])
    cut = float(docs["score_quality"].median())  # type: ignore[arg-type]
    report = write(tmp_path / "out", files, cut=cut, by=None)
    assert report["documents"] == 63 and report["kept"] == pytest.approx(
        (docs["score_quality"] >= cut).mean()
    )
    (group,) = report["groups"]
    rows = {row["name"]: row for row in group["rows"]}
    assert {name: row["documents"] for name, row in rows.items()} == {"web": 31, "books": 30, "list": 2}
    assert [name for name, row in rows.items() if row["constant"]] == ["list"]
    web = docs.filter(source="web")["score_quality"]
    assert rows["web"]["mean"] == pytest.approx(web.mean())
    assert rows["web"]["fullest"] == pytest.approx((web * 5).floor().value_counts()["count"].max() / 31)
    assert set(report["flips"]) == {"wrapped", "quotes", "bullets", "Markdown", "headings"}
    assert report["flips"]["wrapped"]["touched"] >= 60


def test_what_lies_next_to_the_cut_is_to_be_read(tmp_path: Path) -> None:
    files = lay_out(tmp_path)
    docs = pl.concat([pl.read_parquet(file) for file in files]).sort("score_quality", "id")
    cut = float(docs["score_quality"][30])
    write(tmp_path / "out", files, cut=cut)
    table = pl.read_csv(tmp_path / "out/read_list.csv")
    above, below = docs.filter(pl.col("score_quality") >= cut), docs.filter(pl.col("score_quality") < cut)
    assert table.filter(kind="above")["id"].to_list() == above["id"].head(5).to_list()
    assert table.filter(kind="below")["id"].to_list() == below["id"].tail(5).reverse().to_list()
    assert table.height == 10 and set(table["verdict"].fill_null("")) == {""}
    page = (tmp_path / "out/audit.html").read_text()
    assert "Laid out otherwise" in page and "<script>" not in page
    assert (
        page.count("<table") == page.count('<div class="wide" tabindex="0"><table') > 1
    )  # scrolls on a phone


def test_promoted_and_demoted_against_the_model_before(tmp_path: Path) -> None:
    files = lay_out(tmp_path)
    docs = pl.concat([pl.read_parquet(file) for file in files])
    turned = docs.with_columns(
        score=(pl.col("score_quality") < pl.col("score_quality").median()).cast(pl.Int64)
    )
    turned.select("text", "score").write_parquet(tmp_path / "grades.parquet")
    (tmp_path / "old").mkdir()
    quality.train(
        files, tmp_path / "old", read=read_batches, grades=tmp_path / "grades.parquet", members=["shape"]
    )
    write(tmp_path / "out", files, previous=tmp_path / "old")
    table = pl.read_csv(tmp_path / "out/read_list.csv")
    up, down = (table.filter(kind=kind) for kind in ("promoted", "demoted"))
    assert up.height == down.height == 5
    assert up["score_quality"].mean() > down["score_quality"].mean()  # type: ignore[operator]
    assert up["before"].mean() < down["before"].mean()  # type: ignore[operator]


def test_the_same_model_before_promotes_nothing(tmp_path: Path) -> None:
    files = lay_out(tmp_path)
    write(tmp_path / "out", files, previous=quality.SHIPPED, by="text_type")
    table = pl.read_csv(tmp_path / "out/read_list.csv")
    assert table.height and not {"promoted", "demoted"} & set(table["kind"])


def test_a_score_at_the_cut_is_above_it_as_the_step_keeps_it(tmp_path: Path) -> None:
    files = lay_out(tmp_path, 1)
    docs = pl.read_parquet(files[0]).with_columns(score_quality=pl.lit(0.7, pl.Float32))
    docs.write_parquet(files[0])
    assert quality.keep(docs, min_score=0.7)["drop_reason"].null_count() == docs.height
    report = write(tmp_path / "out", files, cut=0.7)
    assert report["kept"] == 1


def test_verdicts_come_back_and_are_counted(tmp_path: Path) -> None:
    files = lay_out(tmp_path)
    write(tmp_path / "out", files)
    table = pl.read_csv(tmp_path / "out/read_list.csv")
    said = ["good", "poor", " Good", *[None] * (table.height - 3)]
    table.with_columns(verdict=pl.Series(said, dtype=pl.String)).write_csv(tmp_path / "said.csv")
    report = write(tmp_path / "again", files, verdicts=tmp_path / "said.csv")
    counted = {
        key: sum(row[key] for row in report["verdicts"].values()) for key in ("good", "poor", "unread")
    }
    assert counted == {"good": 2, "poor": 1, "unread": table.height - 3}
    table.with_columns(verdict=pl.lit("meh")).write_csv(tmp_path / "said.csv")
    with pytest.raises(ValueError, match=r"the verdict 'meh' of .* is neither good nor poor"):
        write(tmp_path / "third", files, verdicts=tmp_path / "said.csv")


def test_a_score_that_is_no_number_is_refused(tmp_path: Path) -> None:
    files = lay_out(tmp_path)
    pl.read_parquet(files[0]).with_columns(score_quality=pl.lit(float("nan"), pl.Float32)).write_parquet(
        files[0]
    )
    with pytest.raises(ValueError, match="have no score_quality that is a number, the first of them 'd000'"):
        write(tmp_path / "out", files)


def test_the_same_for_any_parts(tmp_path: Path) -> None:
    for parts in (1, 3):
        (tmp_path / str(parts)).mkdir()
        write(tmp_path / f"out{parts}", lay_out(tmp_path / str(parts), parts))
    one, three = (json.loads((tmp_path / f"out{parts}/audit.json").read_text()) for parts in (1, 3))
    assert (
        one["flips"] == three["flips"]
        and one["groups"][0]["rows"][0]["kept"] == three["groups"][0]["rows"][0]["kept"]
    )
    names = [pl.read_csv(tmp_path / f"out{parts}/read_list.csv")["id"].to_list() for parts in (1, 3)]
    assert names[0] == names[1]
