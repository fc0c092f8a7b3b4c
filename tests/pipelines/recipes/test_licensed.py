"""The recipe of open texts on pages that say and do not say so, code and a paper: what stays, why, whom to
name."""

# ruff: noqa: E501 - rows and pages as they are written

import io
import json
import re
import tarfile
from pathlib import Path

import polars as pl
import pytest

from winnow.pipelines.commands import run
from winnow.pipelines.demo import wrap
from winnow.pipelines.engine import exit_codes

RECIPE = Path(run.__file__).resolve().parent.parent / "recipes/licensed.toml"
BY = '<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>'
FEET = {
    "open": f"This work is licensed under {BY}",
    "closed": "© 2024 Foo. All rights reserved.",
    "odd": f"{BY} © 2024 Foo.</p><p>All rights reserved.",
    "commerce": "Content is available under CC BY-NC 4.0",
    "silent": "Foo",
}
HEAD = '<link rel="license" href="https://creativecommons.org/licenses/by-sa/4.0/">'


LINES = [
    "The {0} stands on the last rock before the open sea, and has stood there for two hundred years.",
    "In the first winter the keeper of the {0} wrote that the waves came over the roof and put out the fire.",
    "He climbed the stairs with a new lamp in his hand, and waited until the morning for the storm to end.",
    "Nobody on land knew of the {0} until the boat came back with the letters, the flour and the oil.",
    "Since then all that have been to the {0} have read that page, and wrote a line of their own below.",
]


def tell(thing: str) -> str:
    """Prose about a thing, other words for each, so that no two are near duplicates."""
    return " ".join(line.format(f"{thing} {number} of {thing}") for number, line in enumerate(LINES))


def write_code(folder: Path) -> None:
    code = '"""Count."""\n\n\ndef count(path):\n    with open(path) as lines:\n        return sum(1 for line in lines)\n'
    (folder / "data/sources/code").mkdir(parents=True)
    with tarfile.open(folder / "data/sources/code/top.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo("top/count.py")
        member.size = len(code)
        tar.addfile(member, io.BytesIO(code.encode()))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("licensed")
    records = [
        wrap.response(
            f"https://{name}.example/a",
            f"<html><head><title>Of the {name}</title></head><body><main><p>{tell(name)}</p></main>"
            f"<footer><p>{foot}</p></footer></body></html>".encode(),
            0,
        )
        for name, foot in FEET.items()
    ]
    two = f"<html><head>{HEAD}</head><body><main><p>{tell('quay')}</p></main><footer>This text is licensed under CC BY-NC 4.0</footer></body></html>"
    records.append(wrap.response("https://two.example/a", two.encode(), 0))
    (folder / "data/web").mkdir(parents=True)
    (folder / "data/web/a.warc.gz").write_bytes(b"".join(records))
    write_code(folder)
    license_ref = "<permissions><license license-type='open-access'><ali:license_ref xmlns:ali='http://www.niso.org/schemas/ali/1.0/'>https://creativecommons.org/licenses/by/4.0/</ali:license_ref></license></permissions>"
    names = "<contrib-group><contrib contrib-type='author'><name><surname>Berg</surname><given-names>Ann</given-names></name></contrib></contrib-group>"
    jats = (
        f"<article><front><article-meta><article-id pub-id-type='doi'>10.1/x</article-id>{names}{license_ref}"
    )
    (folder / "data/sources/jats").mkdir()
    paper = f"{jats}</article-meta></front><body><p>{tell('enzyme')}</p></body></article>"
    (folder / "data/sources/jats/a.nxml").write_text(paper)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        code = run.execute(RECIPE, folder / "out", 0, None, "auto", ())
        assert code == exit_codes.EMPTY  # the one file of code is not open
    return folder / "out"


def test_what_is_open_stays_and_the_rest_goes_by_its_reason(out: Path) -> None:
    kept = pl.read_parquet(out / "licensed/part-*.parquet")
    found = sorted((row["source"], row["licenses_name"]) for row in kept.iter_rows(named=True))
    assert found == [("papers", "CC-BY-4.0"), ("web", "CC-BY-4.0")]
    dropped = pl.read_parquet(out / "licensed/dropped/*.parquet")
    reasons = {
        re.split(r"[/.]", row["url"])[2]: row["reason"] for row in dropped.iter_rows(named=True) if row["url"]
    }
    assert reasons == {
        "closed": "licenses.rights_reserved",
        "odd": "licenses.rights_reserved",
        "commerce": "licenses.not_open",
        "silent": "licenses.none",
        "two": "licenses.conflict",
    }
    evidence = dict(dropped.select("url", "license_evidence").iter_rows())
    assert json.loads(evidence["https://odd.example/a"])[0]["conflict"]
    assert set(dropped.filter(source="code")["reason"]) == {"licenses.none"}


def test_the_cost_is_told_in_tokens(out: Path) -> None:
    rows = pl.read_parquet(next(out.glob("licensed.costs/**/licenses.parquet")))
    judged = pl.read_parquet(out / "licensed.judged/part-*.parquet", columns=["id"]).height
    assert rows["documents"].sum() == judged and rows["tokens"].min() > 0
    assert "licenses.conflict" in next(out.glob("licensed.costs/**/licenses.md")).read_text()


def test_whom_to_name_stands_beside_the_shards(out: Path) -> None:
    listed = pl.read_parquet(next(out.glob("attribution/**/attribution.parquet")))
    assert sorted(listed.select("holder", "title", "license").rows()) == [
        ("Ann Berg", None, "CC-BY-4.0"),
        ("open.example", "Of the open", "CC-BY-4.0"),
    ]
    shards = pl.read_parquet(sorted((out / "shards/all/data").glob("*.parquet")))
    assert sorted(shards["id"]) == sorted(listed["id"])
    assert shards["token_count"].sum() == listed["tokens"].sum()
