"""The demo's list of take-downs is one that the step reads, whatever packages could be had."""

from pathlib import Path

import polars as pl

from winnow.dedup import takedowns
from winnow.pipelines.demo import sample_takedowns

LETTER = "nobody writes this line in a program of their own but the one who asked"


def drop(tmp_path: Path, docs: pl.DataFrame) -> list[str | None]:
    return takedowns.drop(docs, list=tmp_path / "list.txt")["drop_reason"].to_list()


def test_a_page_a_site_and_a_text_go(tmp_path: Path) -> None:
    page = f"https://a.debian.example{sample_takedowns.PAGE[1]}"
    (tmp_path / "code.py").write_text(LETTER)
    sample_takedowns.write_list(
        ["https://a.debian.example/intro.en.html", page], tmp_path / "code.py", tmp_path
    )
    urls = [page, f"https://{sample_takedowns.SITE}/a.html", None, "https://a.debian.example/intro.en.html"]
    docs = pl.DataFrame({"id": list("abcd"), "url": urls, "text": ["x", "y", f"# {LETTER}\n", "z"]})
    assert drop(tmp_path, docs) == ["takedowns.listed"] * 3 + [None]
    assert "nobody asked" in (tmp_path / "list.txt").read_text()


def test_without_pages_and_code_the_list_still_names_a_site(tmp_path: Path) -> None:
    sample_takedowns.write_list([], None, tmp_path)
    docs = pl.DataFrame({"id": ["a"], "url": [f"https://{sample_takedowns.SITE}/"], "text": ["x"]})
    assert drop(tmp_path, docs) == ["takedowns.listed"]
