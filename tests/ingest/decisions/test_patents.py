import gzip
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from winnow.ingest.decisions import patents

# The form of the USPTO's "Patent Grant Full Text Data (no images)", ICE DTD 4.7.
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
DOCTYPE = '<!DOCTYPE us-patent-grant SYSTEM "us-patent-grant-v47-2022-02-17.dtd" [ ]>\n'
BIBLIOGRAPHY = """<us-bibliographic-data-grant>
<publication-reference><document-id><country>US</country><doc-number>{number}</doc-number><kind>B2</kind>
<date>20240102</date></document-id></publication-reference>
<application-reference appl-type="{kind}"><document-id><country>US</country><doc-number>17123456</doc-number>
<date>20210506</date></document-id></application-reference>
<classifications-ipcr><classification-ipcr><section>A</section><class>01</class><subclass>B</subclass>
<main-group>33</main-group><subgroup>08</subgroup></classification-ipcr></classifications-ipcr>
<invention-title id="d2e43">Seed <i>planter</i></invention-title>
<us-parties><inventors><inventor sequence="001"><addressbook><last-name>Lee</last-name>
<first-name>Ann</first-name></addressbook></inventor><inventor sequence="002"><addressbook>
<last-name>Ray</last-name><first-name>Bo</first-name></addressbook></inventor></inventors></us-parties>
<assignees><assignee><addressbook><orgname>Acme Corp.</orgname></addressbook></assignee></assignees>
</us-bibliographic-data-grant>"""
ABSTRACT = '<abstract id="abstract"><p id="p-0001" num="0000">A planter.</p></abstract>'
DESCRIPTION = """<description id="description"><?BRFSUM description="Brief Summary"?>
<heading id="h-0001" level="1">BACKGROUND</heading>
<p id="p-0002" num="0001">It uses H<sub>2</sub>O, see <figref idref="D1">FIG. <b>1</b></figref>, and
<maths id="M1"><math><mfrac><mi>a</mi><mn>2</mn></mfrac></math><img file="x.tif"/></maths>.</p>
<heading id="h-0002" level="2">Detail</heading>
<p id="p-0003">As in the table.<tables id="T1"><table><tgroup cols="2"><tbody><row><entry>Soil</entry>
<entry>Depth</entry></row><row><entry>clay</entry><entry>3</entry></row></tbody></tgroup></table></tables></p>
<p>Parts: <ul><li>a <b>blade</b></li><li>a wheel</li></ul></p></description>"""
CLAIMS = """<us-claim-statement>What is claimed is:</us-claim-statement><claims id="claims">
<claim id="CLM-00001" num="00001"><claim-text><b>1</b>. A planter comprising:
<claim-text>a blade; and</claim-text>
<claim-text>a wheel.</claim-text></claim-text></claim>
<claim id="CLM-00002" num="00002"><claim-text>2. The planter of
<claim-ref idref="CLM-00001">claim 1</claim-ref>.
</claim-text></claim></claims>"""


def grant(
    number: str = "11858123", kind: str = "utility", doctype: str = DOCTYPE, body: str | None = None
) -> str:
    inner = BIBLIOGRAPHY.format(number=number, kind=kind)
    inner += ABSTRACT + DESCRIPTION + CLAIMS if body is None else body
    return f'{HEAD}{doctype}<us-patent-grant lang="EN" country="US">{inner}</us-patent-grant>\n'


def read(path: Path, text: str | bytes, **settings: Any) -> pl.DataFrame:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return pl.concat(patents.read(str(path), **settings))


def test_a_grant_is_its_title_abstract_description_and_claims(tmp_path: Path) -> None:
    row = read(tmp_path / "a.xml", grant(), license="CC0-1.0").row(0, named=True)
    assert row["error"] is None
    assert row["text"] == (
        "# Seed planter\n\n## Abstract\n\nA planter.\n\n## Description\n\n### BACKGROUND\n\n"
        "It uses H_{2}O, see FIG. 1, and $\\frac{a}{2}$ .\n\n#### Detail\n\nAs in the table.\n\n"
        "| Soil | Depth |\n| --- | --- |\n| clay | 3 |\n\nParts:\n\n- a blade\n- a wheel\n\n"
        "## Claims\n\n1. A planter comprising: a blade; and a wheel.\n2. The planter of claim 1."
    )
    assert (row["author"], row["date"], row["thread"]) == ("Ann Lee; Bo Ray", "2024-01-02", "US 17123456")
    assert row["license"] == "CC0-1.0"
    about = json.loads(row["metadata"])
    assert about["number"] == "11858123" and about["ipc"] == ["A01B 33/08"] and about["claims"] == 2
    assert about["assignees"] == ["Acme Corp."] and about["pictures"] == 1
    assert "## Claims" not in read(tmp_path / "a.xml", grant(), claims=False)["text"][0]


def write_group(rows: list[str], columns: str = "123") -> str:
    specs = "".join(f'<colspec colname="{name}"/>' for name in columns.split())
    body = "".join(f"<row>{row}</row>" for row in rows)
    return f'<tgroup cols="3">{specs}<tbody>{body}</tbody></tgroup>'


def test_lists_and_tables_of_claims_stand_in_their_order(tmp_path: Path) -> None:
    table = write_group(["<entry>a</entry><entry>b</entry>", "<entry>1<br/>2</entry><entry>3</entry>"])
    claims = (
        '<claims><claim num="00001"><claim-text>1. A kit of <ul><li>one<ul><li>two</li></ul>three</li></ul>'
        f"as in <tables><table><title>T</title>{table}</table></tables> and more.</claim-text></claim>"
        '<claim num="00002"><claim-text>2. Another.</claim-text></claim></claims>'
    )
    assert read(tmp_path / "a.xml", grant(body=claims))["text"][0].endswith(
        "1. A kit of\n- one\n  - two\n  three\n\nas in\n\nT\n\n| a | b |\n| --- | --- |\n| 1 2 | 3 |"
        "\n\nand more.\n\n2. Another."
    )


def test_text_of_a_description_is_kept_wherever_it_stands(tmp_path: Path) -> None:
    body = (
        "<abstract>Bare.</abstract><description><ul><li>one</li></ul><other>two<b>three</b></other>"
        "<dl><dt>four</dt><dd>five</dd></dl><box>loose<p>six <ol><li>seven</li></ol> eight</p>end</box>"
        "</description>"
    )
    assert read(tmp_path / "a.xml", grant(body=body))["text"][0].endswith(
        "Bare.\n\n## Description\n\n- one\n\ntwothree\n\nfour five\n\nloose\n\nsix\n\n- seven\n\neight\n\nend"
    )


def test_entries_that_span_shift_none(tmp_path: Path) -> None:
    head = write_group(['<entry namest="1" nameend="2">Where</entry><entry>Use</entry>'], "1 2 3")
    body = write_group(
        [
            '<entry/><entry morerows="1">clay</entry><entry>1</entry><entry colname="3">x</entry>',
            "<entry/><entry>2</entry><entry>y</entry>",
            '<entry/><entry>sand</entry><entry namest="2" nameend="3" morerows="1">none</entry>',
            "<entry/><entry>silt</entry>",
            '<entry/><entry>loam</entry><entry colname="3">z</entry>',
        ],
        "offset 1 2 3",
    )
    text = read(tmp_path / "a.xml", grant(body=f"<description><table>{head}{body}</table></description>"))[
        "text"
    ][0]
    assert text.partition("Description\n\n")[2] == (
        "| Where |  | Use |\n| --- | --- | --- |\n| clay | 1 | x |\n| clay | 2 | y |\n"
        "| sand | none |  |\n| silt | none |  |\n| loam |  | z |"
    )


def test_tables_and_marks_that_would_grow_without_an_end_are_bounded(tmp_path: Path) -> None:
    names = " ".join(map(str, range(900)))
    wide = '<entry namest="0" nameend="899" morerows="99999">w</entry>'
    table = f"<table>{write_group([wide] + [''] * 2_000 + [wide] * 2_000, names)}</table>"
    deep = "<sub>" * 100 + "x" + "</sub>" * 100
    body = f"<description><p>{deep}</p>{table}</description>"
    text = read(tmp_path / "a.xml", grant(body=body))["text"][0]
    assert "x" in text and text.count("w") > 2_000 and len(text) < 1_000_000


def test_documents_stand_one_behind_the_other_and_one_bad_one_costs_itself(tmp_path: Path) -> None:
    sequence = f'{HEAD}<sequence-cwu id="S1"><number>1</number></sequence-cwu>\n'
    bad = grant().replace("</abstract>", "</abstrakt>")
    other = f"{HEAD}<something/>\n"
    whole = grant("1") + sequence + bad + grant("2", "design") + other + grant("3", body="") + grant("4")
    for name, data in {"a.xml": whole.encode(), "a.xml.gz": gzip.compress(whole.encode())}.items():
        frame = read(tmp_path / name, data)
        reasons = [None, "patents.sequence", None, "patents.design", None, "patents.no_text", None]
        assert frame["drop_reason"].to_list() == reasons
        assert [at for at, error in enumerate(frame["error"]) if error] == [2, 4]
        assert [bool(text) for text in frame["text"]] == [True, False, False, False, False, False, True]
        assert frame["place"].n_unique() == 7


@pytest.mark.parametrize("value", ['"xxxxxx"', 'SYSTEM "file:///etc/passwd"'])
def test_entities_of_text_are_not_expanded(value: str, tmp_path: Path) -> None:
    spy = DOCTYPE.replace("[ ]", f"[ <!ENTITY e {value}> ]")
    frame = read(tmp_path / "a.xml", grant(doctype=spy) + grant())
    assert frame["drop_reason"].to_list() == ["patents.document_type", None]
    picture = DOCTYPE.replace("[ ]", '[ <!ENTITY D1 SYSTEM "D1.TIF" NDATA TIF> ]')
    assert read(tmp_path / "a.xml", grant(doctype=picture))["drop_reason"].to_list() == [None]


def test_document_types_without_an_end_do_not_keep_the_reader_busy(tmp_path: Path) -> None:
    """A pattern that may part the spaces anywhere takes seconds for each."""
    bad = grant(doctype="<!DOCTYPE" + " " * 49_900)
    frame = read(tmp_path / "a.xml", bad * 200 + grant())
    assert frame["error"].is_not_null().sum() == 200 and frame["text"][-1]


def test_what_is_too_large_or_no_file_of_patents_is_told(tmp_path: Path) -> None:
    frame = read(
        tmp_path / "a.xml", grant() + grant(body="<p>" + "x" * 9_000) + grant(), max_patent_bytes=5_000
    )
    assert [bool(error) for error in frame["error"]] == [False, True, False]
    assert "max_patent_bytes (5000)" in frame["error"][1]
    assert "no XML document here" in read(tmp_path / "a.xml", "")["error"][0]


def test_ranges_give_the_rows_of_the_whole(
    file: Path,
    check_ranges: Callable[..., pl.DataFrame],
    small_blocks: Callable[..., AbstractContextManager[None]],
) -> None:
    data = "".join(grant(str(at)) for at in range(12)).encode()
    file.write_bytes(data)
    with small_blocks(5_000):
        whole = check_ranges(patents.read, file, [1, 3_000, 10_000, 17_000])
    assert whole.height == 12 and whole["text"].n_unique() == 1
    assert len({place >> 16 for place in whole["place"]}) > 3  # sections
    assert patents.can_split("ipg240102.xml") and not patents.can_split("ipg240102.xml.gz")
