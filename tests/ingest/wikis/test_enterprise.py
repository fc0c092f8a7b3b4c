"""Enterprise snapshots, in the form of the documentation (`article`, snapshot API)."""

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.io.byte_range import Piece
from winnow.ingest.wikis import enterprise
from winnow.ingest.wikis.parsoid import read_article

HTML = """<!DOCTYPE html><html><head><title>Albedo</title></head><body>
<section data-mw-section-id="0"><table class="infobox vcard"><tbody><tr><th colspan="2">Albedo</th></tr>
<tr><th>Unit</th><td>none<sup class="mw-ref reference">[1]</sup></td></tr></tbody></table>
<div class="hatnote">For other uses, see X.</div>
<p>The <b>albedo</b> of <a rel="mw:WikiLink"
href="./Earth">Earth</a> is
<span class="mwe-math-element" typeof="mw:Extension/math"><span style="display: none;"
class="mwe-math-mathml-inline mwe-math-mathml-a11y"><math 
alttext="{\\displaystyle \\alpha \\leq 1}"><semantics><mi>a</mi>
<annotation encoding="application/x-tex">{\\displaystyle \\alpha \\leq 1}</annotation>
</semantics></math></span
><img src="x.svg" alt="alpha"></span>.<sup typeof="mw:Extension/ref" class="mw-ref">[2]</sup>
It is 10<sup>5</sup>.</p>
<figure typeof="mw:File/Thumb"><img><figcaption>A picture</figcaption></figure></section>
<section data-mw-section-id="1"><h2 id="a">Values</h2><table
class="wikitable"><caption>Sample</caption><tbody>
<tr><th>Surface</th><th>Value</th></tr><tr><td rowspan="2">Asphalt</td><td>0.04</td></tr>
<tr><td>0.12</td></tr>
</tbody></table><ul><li>one</li><li>two<ul><li>deep</li></ul></li></ul></section>
<section data-mw-section-id="2"><h2>See also</h2><ul><li><a href="./X">X</a></li></ul></section>
<section data-mw-section-id="3"><h2>References</h2><div class="mw-references-wrap"><ol class="references">
<li>Book</li></ol></div></section></body></html>"""
TEXT = """# Albedo

The albedo of Earth is $\\alpha \\leq 1$. It is 10^5.

## Values

Sample

| Surface | Value |
| --- | --- |
| Asphalt | 0.04 |
| Asphalt | 0.12 |

- one
- two
  - deep"""


def make(name: str = "Albedo", html: str | None = HTML, **fields: Any) -> dict[str, Any]:
    return {
        "name": name,
        "identifier": 39,
        "url": f"https://en.wikipedia.org/wiki/{name}",
        "date_modified": "2024-05-06T07:08:09Z",
        "version": {"identifier": 7},
        "namespace": {"identifier": 0},
        "in_language": {"identifier": "en"},
        "is_part_of": {"identifier": "enwiki"},
        "templates": [{"name": "Template:Infobox"}],
        "license": [{"identifier": "CC-BY-SA-4.0", "name": "Creative Commons"}],
        "article_body": {"html": html, "wikitext": ""},
    } | fields


def write(path: Path, *files: list[Any]) -> str:
    with tarfile.open(path, "w:gz") as archive:
        for number, articles in enumerate(files):
            lines = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in articles)
            info = tarfile.TarInfo(f"enwiki_namespace_0_{number}.ndjson")
            info.size = len(lines.encode())
            archive.addfile(info, io.BytesIO(lines.encode()))
    return str(path)


def read(uri: str, **options: Any) -> pl.DataFrame:
    return pl.concat(enterprise.read(uri, **options))


def test_an_article_is_markdown_with_what_it_says_of_itself(tmp_path: Path) -> None:
    row = read(write(tmp_path / "a.tar.gz", [make()])).row(0, named=True)
    assert row["text"] == TEXT
    assert (row["license"], row["date"]) == ("CC-BY-SA-4.0", "2024-05-06T07:08:09Z")
    notes = json.loads(row["metadata"])
    assert notes["infobox"] == {"name": "Albedo", "Unit": "none"} and notes["language"] == "en"


def test_every_line_of_every_file_is_a_row(tmp_path: Path) -> None:
    ambiguous = make(templates=[{"name": "Vorlage:Begriffsklärung"}])
    said = make(
        html='<html><head><meta property="mw:PageProp/disambiguation"></head><body><p>A</p></body></html>'
    )
    files = [
        [make(), "{broken", make(namespace={"identifier": 10}), make(html=None)],
        [ambiguous, said, make(event={"type": "delete"}), "[]", make(html="<p></p>"), make("Last")],
    ]
    frame = read(write(tmp_path / "a.tar.gz", *files))
    assert frame["drop_reason"].to_list() == [
        *(None, None, "enterprise.namespace", None),
        *("enterprise.disambiguation", "enterprise.disambiguation", "enterprise.deleted", None),
        *("enterprise.no_text", None),
    ]
    assert [n for n, error in enumerate(frame["error"]) if error] == [1, 3, 7]
    assert frame["place"].n_unique() == 10 and frame["text"][9].startswith("# Last")


def test_stubs_and_short_ones_go_where_the_recipe_says(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tar.gz", [make(templates=[{"name": "Template:Geo-stub"}]), make()])
    assert read(path)["drop_reason"].null_count() == 2
    assert json.loads(read(path)["metadata"][0])["kind"] == "stub"
    assert read(path, drop=["stub"])["drop_reason"].to_list() == ["enterprise.stub", None]
    assert read(path, min_words=1_000)["drop_reason"].to_list() == ["enterprise.too_short"] * 2


def test_plain_and_packed_lines(tmp_path: Path) -> None:
    line = json.dumps(make()) + "\n"
    (tmp_path / "a.ndjson").write_text(line * 2)
    (tmp_path / "a.ndjson.gz").write_bytes(gzip.compress(line.encode() * 2))
    for name in ("a.ndjson", "a.ndjson.gz"):
        assert read(str(tmp_path / name))["text"].to_list() == [TEXT] * 2


def test_a_cut_archive_gives_what_is_whole_and_an_error(tmp_path: Path) -> None:
    many = [make(f"P{n}", f"<p>{'word ' * 50}{n * 7919}</p>") for n in range(400)]
    path = tmp_path / "a.tar.gz"
    write(path, many)
    path.write_bytes(path.read_bytes()[:-2_000])
    frame = read(str(path))
    assert 0 < frame["text"].drop_nulls().len() < 400 and frame["error"].drop_nulls().len() >= 1


@pytest.mark.parametrize(
    ("at", "field"), [(124, b"0" * 11), (156, b"5"), (0, b"\xff" * 512), (124, b"\xff" * 12)]
)
def test_a_damaged_header_says_that_the_rest_is_lost(tmp_path: Path, at: int, field: bytes) -> None:
    path = tmp_path / "a.tar.gz"
    write(path, [make()] * 3, [make()] * 2)
    data = bytearray(gzip.decompress(path.read_bytes()))
    at += data.index(b"enwiki_namespace_0_1.ndjson")
    data[at : at + len(field)] = field
    path.write_bytes(gzip.compress(data))
    frame = read(str(path))
    assert frame["text"].drop_nulls().len() == 3
    assert frame["error"][3] == "a damaged tar header; the rest of the archive is lost"


@pytest.mark.parametrize("cut", [-50, 0, 100, 512])
def test_an_archive_without_its_end_is_cut_off(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.tar.gz"
    write(path, [make()], [make()])
    data = gzip.decompress(path.read_bytes())
    end = data.index(b"enwiki_namespace_0_1.ndjson")
    (tmp_path / "a.tar").write_bytes(data[: end + cut])
    frame = read(str(tmp_path / "a.tar"))
    assert frame["text"].drop_nulls().len() == 1
    assert (frame["error"].drop_nulls()[-1]).startswith("the archive is cut off")


@pytest.mark.parametrize(
    "field", ["license", "templates", "namespace", "event", "article_body", "name", "in_language"]
)
@pytest.mark.parametrize(
    "value", [None, 1, "x", [], [1], {}, {"identifier": []}, [{"identifier": 3, "name": 4}]]
)
def test_a_value_of_any_form_in_any_field(tmp_path: Path, field: str, value: Any) -> None:
    frame = read(write(tmp_path / "a.tar.gz", [make(), make(**{field: value}), make()]))
    assert frame.height == 3 and frame["text"][0] == frame["text"][2] == TEXT


@given(
    st.lists(
        st.tuples(st.binary(max_size=1_300), st.sampled_from([tarfile.REGTYPE, tarfile.SYMTYPE])),
        min_size=1,
        max_size=5,
    ),
    st.integers(100, 3_000),
)
def test_an_archive_is_its_files_in_whatever_pieces_it_comes(
    files: list[tuple[bytes, bytes]], size: int
) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for number, (data, kind) in enumerate(files):
            info = tarfile.TarInfo(f"{'n' * 150}{number}")  # a long name is a member of its own
            info.type, info.size, info.linkname = kind, len(data) if kind == tarfile.REGTYPE else 0, "x"
            archive.addfile(info, io.BytesIO(data))
    whole = packed.getvalue()
    pieces = [Piece(whole[:512]), *(Piece(whole[n : n + size]) for n in range(512, len(whole), size))]
    found = b"".join(piece.data for piece in enterprise._open_tar(iter(pieces)))
    assert found == b"".join(data + b"\n" for data, kind in files if kind == tarfile.REGTYPE and data)


def test_empty_headings_go_and_what_looks_like_one_stays() -> None:
    code = "<pre># a\n\n# b\n\n# c\nrun</pre><p># no heading<br><br># none</p><h2>No</h2><h3>Nothing</h3>"
    text = read_article(f"<h2>Nothing</h2><h2>Code</h2><h3>Shell</h3>{code}<h2>Last</h2>")[0]
    parts = ["## Code\n\n### Shell", "```\n# a\n\n# b\n\n# c\nrun\n```", "# no heading\n\n# none"]
    assert text == "\n\n".join(parts)


def test_nested_elements_are_read_whole_or_are_an_error(tmp_path: Path) -> None:
    pages = ["<p>A.</p>" + "<div>" * depth + "</div>" * depth + "<p>Z.</p>" for depth in (300, 100_000)]
    frame = read(write(tmp_path / "a.tar.gz", [make(html=page) for page in pages]))
    assert frame["text"][0].endswith("A.\n\nZ.")
    assert "elements nest too deep" in frame["error"][1] and frame["metadata"][1]
    behind = read_article("<html><body><p>A.</p></body></html><p>Z.</p>")[0]
    assert behind == "A.\n\nZ."
