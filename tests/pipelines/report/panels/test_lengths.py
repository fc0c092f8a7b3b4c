"""Lengths by source, as a report of a run with long documents has them."""

from types import SimpleNamespace

import polars as pl
import pytest

from winnow.filters.length import panel as lengths
from winnow.pipelines.report import page
from winnow.pipelines.report.layout import lay_out

KEPT = {
    "source": ["a", "a", "a", "b", None],
    "token_count": [100, 2_047, 2_048, 131_072, None],
    "long_gzip_ratio": [None, None, None, 0.4, None],
}
DROPPED = {
    "source": ["b", "b"],
    "token_count": [8_192, 32_767],
    "long_gzip_ratio": [0.1, 0.2],
    "reason": ["long.below_band", "long.below_band"],
}


def stage(folder, use="filters.long:keep_band", dropped=DROPPED):
    files = {}
    for fate, rows in (("kept", KEPT), ("dropped", dropped)):
        files[fate] = [folder / f"{fate}.parquet"]
        pl.DataFrame(rows, schema_overrides={"reason": pl.String}).write_parquet(files[fate][0])
    scans = {fate: [("part", pl.scan_parquet(path)) for path in paths] for fate, paths in files.items()}
    return SimpleNamespace(steps=[{"use": use}], scan=scans.get)


def test_documents_and_tokens_stand_by_source_and_length(tmp_path):
    nameless, a, b, everything = lengths.count(stage(tmp_path))
    assert [row["source"] for row in (nameless, a, b, everything)] == ["", "a", "b", None]
    assert a["documents"] == {"<2K": 2, "2-8K": 1, "8-32K": 0, "32-128K": 0, "128K and more": 0}
    assert a["tokens"]["<2K"] == 2_147 and a["long"]["documents"] == 0
    assert b["documents"] == {"<2K": 0, "2-8K": 0, "8-32K": 2, "32-128K": 0, "128K and more": 1}
    assert b["long"] == {
        "documents": 3,
        "tokens": 172_031,
        "refused_documents": 2,
        "refused_tokens": 40_959,
    }
    assert everything["tokens"] == {
        bucket: a["tokens"][bucket] + b["tokens"][bucket] for bucket in lengths.BUCKETS
    }
    assert sum(nameless["documents"].values()) == 0  # nobody counted its tokens


@pytest.mark.parametrize("name", ["source", "token_count", "long_gzip_ratio", "reason"])
def test_files_that_lack_a_column_are_read(name, tmp_path):
    dropped = {key: values for key, values in DROPPED.items() if key != name}
    assert lengths.count(stage(tmp_path, dropped=dropped))[-1]["long"]["documents"] in (1, 3)


def test_other_stages_have_none(tmp_path):
    assert lengths.count(stage(tmp_path, use="filters.long:measure")) == []


def test_the_page_has_a_row_for_each_source(tmp_path):
    about = lengths.panel(stage(tmp_path))
    about["show"] = lay_out(about["show"])
    html = page.make_environment().get_template("panel.html.jinja").module.panel(about, "long")
    assert html.count("<tr>") == 5
    assert "2 documents" in html and "1 document<" in html and 'id="lengths-long"' in html
