# ruff: noqa: E501, RUF001  (tables of sources and what becomes of them)
"""Articles in JATS: what is read of one, the packages they come in, and hostile XML."""

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from winnow.ingest.papers import jats

HEAD = (
    '<?xml version="1.0"?><!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving and Interchange DTD '
    'v1.2 20190208//EN" "JATS-archivearticle1.dtd">\n<article xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:mml="http://www.w3.org/1998/Math/MathML" xmlns:ali="http://www.niso.org/schemas/ali/1.0/" '
    'article-type="research-article"><front><journal-meta><journal-title-group><journal-title>J. X'
    "</journal-title></journal-title-group></journal-meta><article-meta>"
)
META = """<article-id pub-id-type="pmc">123</article-id><article-id pub-id-type="doi">10.1/x</article-id>
<title-group><article-title>On <italic>E. coli</italic> at 10<sup>−3</sup></article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Smith</surname><given-names>Ann B.</given-names></name></contrib>
<contrib contrib-type="author"><string-name>Bo Li</string-name></contrib>
<contrib contrib-type="editor"><name><surname>Ed</surname></name></contrib></contrib-group>
<pub-date pub-type="ppub"><year>2020</year><month>6</month></pub-date>
<pub-date pub-type="epub"><year>2020</year><month>5</month><day>4</day></pub-date>
<permissions>{license}</permissions>
<abstract><sec><title>Aim</title><p>To see.</p></sec></abstract><kwd-group><kwd>cells</kwd></kwd-group></article-meta></front>"""
LICENSE = '<license xlink:href="https://creativecommons.org/licenses/by/4.0/"><license-p>Open access.</license-p></license>'
BACK = """<back><ack><p>Thanks.</p></ack><ref-list><title>References</title><ref id="B1"><label>1</label>
<mixed-citation>Doe J. <source>Book</source>. 1999.</mixed-citation></ref><ref id="B2"><element-citation><person-group><name>
<surname>Roe</surname><given-names>K</given-names></name></person-group><article-title>T</article-title><year>2001</year>
</element-citation></ref></ref-list></back>"""


def make(
    body: str = "<sec><title>Start</title><p>Words.</p></sec>", license: str = LICENSE, more: str = ""
) -> bytes:
    return f"{HEAD}{META.replace('{license}', license)}<body>{body}</body>{BACK}{more}</article>".encode()


def read(path: Path, data: bytes | None = None, **settings: Any) -> pl.DataFrame:
    if data is not None:
        path.write_bytes(data)
    return pl.concat(jats.read(str(path), **settings))


def show(tmp_path: Path, body: str) -> str:
    text = read(tmp_path / "a.xml", make(body))["text"][0]
    return str(text).split("To see.\n\n")[1].split("\n\n## Acknowledgments")[0]


def test_an_article_says_what_it_is(tmp_path: Path) -> None:
    row = read(
        tmp_path / "a.nxml", make(more="<sub-article><body><p>A letter.</p></body></sub-article>")
    ).row(0, named=True)
    assert row["text"] == (
        "# On E. coli at 10⁻³\n\nAnn B. Smith, Bo Li\n\n## Abstract\n\n### Aim\n\nTo see.\n\n## Start\n\nWords."
        "\n\n## Acknowledgments\n\nThanks."
    )
    assert (row["license"], row["date"], row["author"]) == ("CC-BY-4.0", "2020-05-04", "Ann B. Smith; Bo Li")
    assert row["url"] == "https://pmc.ncbi.nlm.nih.gov/articles/PMC123/"
    about = json.loads(row["metadata"])
    assert (about["pmcid"], about["doi"], about["journal"], about["keywords"]) == (
        "PMC123",
        "10.1/x",
        "J. X",
        ["cells"],
    )
    assert (
        about["references"] == [["B1", "Doe J. Book. 1999."], ["B2", "Roe K. T. 2001"]]
        and about["sub_articles"] == 1
    )


def test_references_stand_last_on_request(tmp_path: Path) -> None:
    row = read(tmp_path / "a.xml", make(), references=True).row(0, named=True)
    assert (
        row["text"][json.loads(row["metadata"])["references_at"] :]
        == "## References\n\nDoe J. Book. 1999.\n\nRoe K. T. 2001"
    )


@pytest.mark.parametrize(
    ("xml", "markdown"),
    [
        (r"<p>So <inline-formula><tex-math>\documentclass{x}\begin{document}$$a_1$$\end{document}</tex-math></inline-formula>.</p>", "So $a_1$."),
        ("<p>So <inline-formula><mml:math><mml:msup><mml:mi>x</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math></inline-formula>.</p>", "So $x^2$."),
        (r"<p>We have <disp-formula><label>(3)</label><tex-math>\[a=b\]</tex-math></disp-formula> here.</p>", "We have\n\n$$a=b \\tag{3}$$\n\nhere."),
        ("<p>CO<sub>2</sub>, x<sub>max</sub>, as said<sup><xref ref-type='bibr' rid='B1'>1</xref></sup>.</p>", "CO₂, x_{max}, as said [1]."),
        ("<sec><label>2</label><title>A</title><sec><title>B</title><p>x</p></sec></sec>", "## 2 A\n\n### B\n\nx"),
        ("<p>Of:<list list-type='order'><list-item><p>a</p></list-item><list-item><p>b</p></list-item></list></p>", "Of:\n\n1. a\n2. b"),
        ("<fig><label>Figure 1</label><caption><title>Cats.</title><p>Two of them.</p></caption><graphic/></fig>", "Figure 1. Cats. Two of them."),
        (
            "<table-wrap><label>Table 1</label><caption><p>Sums</p></caption><table><thead><tr><th rowspan='2'>A</th><th colspan='2'>B</th></tr>"
            "<tr><th>x</th><th>y</th></tr></thead><tbody><tr><td>1</td><td>2</td><td>3|4 <inline-formula><tex-math>$|x|$</tex-math></inline-formula></td></tr></tbody></table>"
            "<table-wrap-foot><p>A note.</p></table-wrap-foot></table-wrap>",
            "Table 1. Sums\n\n| A | B |  |\n| --- | --- | --- |\n|  | x | y |\n| 1 | 2 | 3\\|4 $\\vert x\\vert $ |\n\nA note.",
        ),
        ("<disp-quote><p>Said.</p></disp-quote><code language='R'>x &lt;- 1\n  y</code>", "> Said.\n\n```r\nx <- 1\n  y\n```"),
        ("<p>a&nbsp;b &amp; c&#x2014;d</p>", "a b & c—d"),
    ],
)  # fmt: skip
def test_what_stands_in_the_text(xml: str, markdown: str, tmp_path: Path) -> None:
    assert show(tmp_path, xml) == markdown


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("<license><ali:license_ref>http://creativecommons.org/licenses/by-nc/3.0/</ali:license_ref><license-p>x</license-p></license>", "CC-BY-NC-3.0"),
        ("<license license-type='open-access'><license-p>under the <ext-link xlink:href='https://creativecommons.org/publicdomain/zero/1.0/'>CC0</ext-link></license-p></license>", "CC0-1.0"),
        ("<license><license-p>under the Creative Commons Attribution Non-Commercial License, which permits</license-p></license>", "CC-BY-NC"),
        ("<copyright-statement>A et al. under the terms of the Creative Commons Attribution License, which</copyright-statement>", "CC-BY"),
        ("<license license-type='elsevier-specific'><license-p>Since January 2020</license-p></license>", "elsevier-specific"),
        ("<copyright-statement>© A press</copyright-statement>", None),
    ],
)  # fmt: skip
def test_licenses_by_link_and_by_words(said: str, name: str | None, tmp_path: Path) -> None:
    assert read(tmp_path / "a.xml", make(license=said))["license"][0] == name


def pack(members: dict[str, bytes], *, packed: bool) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return gzip.compress(out.getvalue(), mtime=0) if packed else out.getvalue()


MEMBERS = {
    "PMC000xxxxxx/PMC1.xml": make(),
    "PMC000xxxxxx/PMC2.xml": b"<article>",
    "PMC000xxxxxx/fig.jpg": b"x",
    "PMC000xxxxxx/PMC3.xml": make(license=""),
    "PMC000xxxxxx/PMC4.xml": b"<html/>",
}
LIST = "Article File,Article Citation,AccessionID,LastUpdated (YYYY-MM-DD HH:MM:SS),PMID,License,Retracted\n"


@pytest.mark.parametrize("packed", [True, False])
def test_a_package_has_a_row_an_article(packed: bool, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(LIST + "PMC000xxxxxx/PMC3.xml,J X,PMC3,2020-01-01,5,CC BY-NC,yes\n")
    path = tmp_path / ("a.tar.gz" if packed else "a.tar")
    frame = read(path, pack(MEMBERS, packed=packed), filelist=tmp_path / "list.csv")
    assert frame["key"].to_list() == [name for name in MEMBERS if name.endswith("xml")]
    assert frame["license"].to_list() == ["CC-BY-4.0", None, "CC-BY-NC", None]
    assert "invalid XML" in frame["error"][1] and frame["drop_reason"][3] == "jats.no_article"
    assert json.loads(frame["metadata"][2])["retracted"] is True


def test_wherever_a_tar_is_cut(tmp_path: Path, check_ranges: Any) -> None:
    (tmp_path / "a.tar").write_bytes(pack(MEMBERS, packed=False))
    assert jats.can_split("a.tar") and not jats.can_split("a.tar.gz")
    assert check_ranges(jats.read, tmp_path / "a.tar", range(0, 20_000, 1_000)).height == 4


def test_a_damaged_package_says_what_is_lost(tmp_path: Path) -> None:
    data = pack({f"{n}.xml": make(f"<p>{'word ' * 20_000}{n}</p>") for n in range(3)}, packed=True)
    frame = read(tmp_path / "a.tar.gz", data[: len(data) // 2])
    assert "lost" in frame["error"][-1] and frame["text"][0]


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE article [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><article><body><p>&b;</p></body></article>',
        b'<!DOCTYPE article [<!ENTITY x SYSTEM "file:///etc/passwd">]><article><body><p>&x;</p></body></article>',
        '<!DOCTYPE article [<!ENTITY x SYSTEM "file:///etc/passwd">]><article><body><p>&x;</p></body></article>'.encode("utf-16"),
        b"<article><body>" + b"<sec>" * 5_000 + b"</sec>" * 5_000 + b"</body></article>",
        b"<article><body>" + b"<sec>" * 150 + b"<p>x</p>" + b"</sec>" * 150 + b"</body></article>",
        b"<article><body><p>" + b"<bold>" * 200 + b"x" + b"</bold>" * 200 + b"</p></body></article>",
        b"",
        b"\xff\xfe\x00",
    ],
)  # fmt: skip
def test_hostile_xml_is_told(data: bytes, tmp_path: Path) -> None:
    row = read(tmp_path / "a.xml", data).row(0, named=True)
    assert row["error"] and not row["text"]


def test_an_article_has_a_bound(tmp_path: Path) -> None:
    assert "max_article_bytes" in read(tmp_path / "a.xml", make(), max_article_bytes=1_000)["error"][0]
    table = (
        "<table><tr>" + "<td colspan='9999999999999999' rowspan='99999999999'>x</td>" * 300 + "</tr></table>"
    )
    assert len(show(tmp_path, table)) < 10_000


@pytest.mark.parametrize("packed", [True, False])
def test_no_article_of_a_package_vanishes(packed: bool, tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name in ("1.xml", "2.xml", f"{'long' * 40}.xml", "large.xml"):
            member = tarfile.TarInfo(name)
            data = make(f"<p>{'x' * 5_000}</p>") if name == "large.xml" else make()
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo("link.xml")
        link.type, link.linkname = tarfile.SYMTYPE, "1.xml"
        tar.addfile(link)
    data = bytearray(out.getvalue())
    data[data.index(b"2.xml") + 150] ^= 1  # in the header's sum
    path = tmp_path / "a.tar"
    path.write_bytes(gzip.compress(data) if packed else data)
    frame = read(path, max_article_bytes=5_000)
    assert frame["key"].to_list()[2:] == [f"{'long' * 40}.xml", "large.xml", "link.xml"]
    assert "no member of a tar" in frame["error"][1] and "max_article_bytes" in frame["error"][3]
    assert frame["text"][0] and frame["text"][2] and frame["drop_reason"][4] == "jats.link"
    assert frame["place"].n_unique() == 5


def test_a_damaged_file_that_is_packed_is_an_error(tmp_path: Path) -> None:
    frame = read(tmp_path / "a.xml.gz", gzip.compress(make())[:-20])
    assert frame.height == 1 and "damaged" in frame["error"][0]


def test_an_article_in_its_namespace_and_a_set_of_articles(tmp_path: Path) -> None:
    spaced = (
        b'<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/"><body><p>Words.</p></body></article>'
    )
    assert read(tmp_path / "a.xml", spaced)["text"].to_list() == ["Words."]
    inner = make().partition(b'.dtd">')[2]
    many = (
        b"<pmc-articleset>" + inner + spaced + b"<article><body><article/></body></article></pmc-articleset>"
    )
    frame = read(tmp_path / "a.xml", many)
    assert frame["key"].to_list() == ["file", "file, article 2", "file, article 3"]
    assert frame["place"].to_list() == [0, 1, 2]
    assert frame["text"][0] and frame["text"][1] == "Words." and frame["drop_reason"][2] == "jats.no_text"


def test_references_are_those_of_the_article_alone(tmp_path: Path) -> None:
    letter = f"<sub-article><body><p>A letter.</p></body>{BACK}</sub-article>"
    row = read(tmp_path / "a.xml", make(more=letter)).row(0, named=True)
    assert len(json.loads(row["metadata"])["references"]) == 2
