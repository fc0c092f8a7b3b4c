# ruff: noqa: E501  (tables of sources and what becomes of them)
"""arXiv's sources in their forms: bulk tars with a manifest, single sources, folders; and hostile ones."""

import gzip
import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import fsspec
import polars as pl
import pytest

from winnow.ingest.papers import arxiv

PAPER = r"""\documentclass{article}
\title{On %s}\author{Ann Smith \and Bo Li}
\begin{document}\maketitle
\begin{abstract}Short.\end{abstract}
\section{Start}
We show $x^2$ \cite{k}.
\input{more}
\begin{thebibliography}{1}\bibitem{k} A. Book, 1999.\end{thebibliography}
\end{document}
"""
CC = "http://creativecommons.org/licenses/by/4.0/"
KAGGLE: list[dict[str, Any]] = [
    {
        "id": "2301.00001", "authors": "Ann Smith and Bo Li", "authors_parsed": [["Smith", "Ann B.", ""], ["Li", "Bo", "Jr"]],
        "title": "On\n  cats", "categories": "math.CO cs.DM", "license": CC, "doi": "10.1/x", "abstract": "An abstract.",
        "versions": [{"version": "v1", "created": "Sun, 1 Jan 2023 10:20:30 GMT"}], "update_date": "2023-02-01",
    },
    {"id": "hep-th/9901001", "license": "http://arxiv.org/licenses/nonexclusive-distrib/1.0/", "update_date": "2007-05-23"},
]  # fmt: skip


def pack(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def source(title: str = "cats") -> bytes:
    files = {"ms.tex": (PAPER % title).encode(), "more.tex": b"More here.", "fig.eps": b"%!PS" + b"x" * 2_000}
    return gzip.compress(pack(files), mtime=0)


def bulk(folder: Path, **more: bytes) -> Path:
    members = {
        "2301/2301.00001.gz": source(),
        "2301/2301.00002.gz": gzip.compress((PAPER % "dogs").encode(), mtime=0),
        "2301/2301.00003.pdf": b"%PDF-1.5 ...",
        "2301/2301.00004.gz": gzip.compress(b"%auto-ignore\nWithdrawn by the author.", mtime=0),
        "2301/hep-th9901001.gz": source("strings"),
        **more,
    }
    path = folder / "arXiv_src_2301_001.tar"
    path.write_bytes(pack(members))
    return path


def read(path: Path, **settings: Any) -> pl.DataFrame:
    return pl.concat(arxiv.read(str(path), **settings))


def test_a_bulk_tar_has_a_row_a_paper(tmp_path: Path) -> None:
    frame = read(bulk(tmp_path))
    assert frame["drop_reason"].to_list() == [None, None, "arxiv.pdf", "arxiv.withdrawn", None]
    first = frame.row(0, named=True)
    assert first["text"] == (
        "# On cats\n\nAnn Smith, Bo Li\n\n## Abstract\n\nShort.\n\n## Start\n\nWe show $x^2$ [@k]. More here."
    )
    about = json.loads(first["metadata"])
    assert about["references"] == [["k", "A. Book, 1999."]] and about["main_file"] == "ms.tex"
    assert (first["url"], first["author"]) == ("https://arxiv.org/abs/2301.00001", "Ann Smith; Bo Li")
    assert json.loads(frame["metadata"][1])["missing"] == ["more"]
    assert frame["url"][4] == "https://arxiv.org/abs/hep-th/9901001"


def test_references_stand_last_on_request(tmp_path: Path) -> None:
    row = read(bulk(tmp_path), references=True).row(0, named=True)
    at = json.loads(row["metadata"])["references_at"]
    assert row["text"][at:] == "## References\n\n[@k] A. Book, 1999."


def test_metadata_give_license_date_and_authors(tmp_path: Path) -> None:
    catalog = tmp_path / "arxiv.jsonl"
    catalog.write_text("\n".join(map(json.dumps, KAGGLE)))
    frame = read(bulk(tmp_path), metadata=catalog)
    first = frame.row(0, named=True)
    assert (first["license"], first["date"]) == ("CC-BY-4.0", "2023-01-01T10:20:30Z")
    assert first["author"] == "Ann B. Smith; Bo Li Jr"
    about = json.loads(first["metadata"])
    assert (about["categories"], about["doi"]) == ("math.CO cs.DM", "10.1/x")
    assert frame["license"].to_list()[1:] == [None, None, None, "LicenseRef-arXiv-nonexclusive-distrib-1.0"]
    assert frame["date"][4] == "2007-05-23"


@pytest.mark.parametrize(("said", "wrong"), [({}, None), ({"size": 7}, "its manifest says 7"), ({"num_items": 9}, "its manifest says 9"), ({"filename": "src/other.tar"}, "does not name")])  # fmt: skip
def test_a_tar_is_held_to_its_manifest(tmp_path: Path, said: dict[str, Any], wrong: str | None) -> None:
    path = bulk(tmp_path)
    fields = {"filename": f"src/{path.name}", "num_items": 5, "size": path.stat().st_size, **said}
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    (tmp_path / "m.xml").write_text(
        f"<arXivSRC><file><filename>a</filename></file><file>{inner}</file></arXivSRC>"
    )
    frame = read(path, manifest=tmp_path / "m.xml")
    assert frame.height == (6 if wrong else 5)
    assert not wrong or wrong in frame["error"][5]


def test_wherever_a_bulk_tar_is_cut(tmp_path: Path, check_ranges: Any) -> None:
    path = bulk(tmp_path)
    assert arxiv.can_split(path.name) and not arxiv.can_split("a.tar.gz")
    assert check_ranges(arxiv.read, path, range(0, path.stat().st_size, 700)).height == 5


def test_a_tar_inside_of_a_paper_is_no_paper(tmp_path: Path, check_ranges: Any) -> None:
    inner = gzip.compress(pack({"2301/2301.99999.gz": source()}), compresslevel=0, mtime=0)
    path = bulk(tmp_path, **{"2301/2301.00009.gz": inner, "2301/2301.00010.gz": source()})
    assert check_ranges(arxiv.read, path, range(0, path.stat().st_size, 512)).height == 7


def test_damage_costs_what_is_damaged(tmp_path: Path) -> None:
    path = bulk(tmp_path)
    data = bytearray(path.read_bytes())
    data[512 + 40] ^= 0xFF  # in the first paper
    second = data.index(b"2301/2301.00002")
    data[second + 100] = 7  # in the header of the second
    path.write_bytes(data)
    frame = read(path)
    assert "damaged" in frame["error"][0] and "went on at byte" in frame["error"][1]
    assert frame["drop_reason"].to_list()[2:4] == ["arxiv.pdf", "arxiv.withdrawn"] and frame["text"][4]
    path.write_bytes(bytes(data[: data.index(b"2301/hep") + 700]))
    assert "cut off" in read(path)["error"][4]


@pytest.mark.parametrize("name", ["2301.00001.tar.gz", "2301.00001.gz", "2301.00001.tar", "2301.00001v2"])
def test_single_sources(name: str, tmp_path: Path) -> None:
    data = source()
    (tmp_path / name).write_bytes(gzip.decompress(data) if name.endswith(".tar") else data)
    row = read(tmp_path / name).row(0, named=True)
    assert row["text"].endswith("More here.") and row["url"].startswith("https://arxiv.org/abs/2301.00001")


def test_a_main_file_is_read_with_its_folder(tmp_path: Path) -> None:
    for name, data in {"ms.tex": PAPER % "cats", "more.tex": "More here.", "own/x.tex": "x"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(data)
    (tmp_path / "link.tex").symlink_to("/etc/passwd")
    assert read(tmp_path / "ms.tex")["text"][0].endswith("More here.")
    assert read(tmp_path / "more.tex")["drop_reason"][0] == "arxiv.no_main"


@pytest.mark.usefixtures("ends")
def test_files_of_the_folder_are_read_wherever_they_lie_but_on_the_web(tmp_path: Path) -> None:
    odd = tmp_path / "a::b"
    odd.mkdir()
    for name, data in {"ms.tex": PAPER % "cats", "more.tex": "More here."}.items():
        (odd / name).write_text(data)
    os.mkfifo(odd / "pipe")
    assert read(odd / "ms.tex")["text"][0].endswith("More here.")
    store = fsspec.filesystem("memory")
    for name in ("ms.tex", "more.tex"):
        store.pipe(f"/folder/{name}", (odd / name).read_bytes())
    found = pl.concat(arxiv.read("memory://folder/ms.tex"))
    assert found["text"][0].endswith("More here.")
    texts, told = arxiv._read_folder("http://127.0.0.1:9/a/ms.tex", "ms.tex", 1_000)
    assert not texts and told["left_out"]


@pytest.mark.parametrize(
    ("files", "main"),
    [
        ({"a.tex": "\\input b", "b.tex": "\\documentclass{x}\\begin{document}"}, "b.tex"),
        ({"a.tex": "%\\documentclass{x}", "b.tex": "\\documentclass{x}\\begin{document}"}, "b.tex"),
        ({"fig.tex": "\\documentclass{standalone}\\begin{document}" + "x" * 99, "z.tex": "\\documentclass{x}\\begin{document}"}, "z.tex"),
        ({"long.tex": "\\documentclass{x}\\begin{document}" + "x" * 99, "ms.tex": "\\documentclass{x}\\begin{document}", "ms.bbl": ""}, "ms.tex"),
        ({"a.tex": "\\documentclass{x}\\begin{document}", "b.tex": "\\documentclass{x}\\begin{document}", "00README.json": '{"sources":[{"usage":"toplevel","filename":"b.tex"}]}'}, "b.tex"),
        ({"a.tex": "\\documentclass{x}\\begin{document}", "b.tex": "\\documentclass{x}\\begin{document}", "00README.X": "b.tex toplevelfile"}, "b.tex"),
        ({"p.tex": "Plain text. \\bye"}, "p.tex"),
        ({"p.tex": "no paper"}, ""),
    ],
)  # fmt: skip
def test_the_main_file_is_found(files: dict[str, str], main: str) -> None:
    from winnow.ingest.papers.tex.files import find_main

    assert find_main({name: text.encode() for name, text in files.items()}) == main


def test_hostile_tars_are_told(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, target in (
            ("ms.tex", None),
            ("../out.tex", None),
            ("/abs.tex", None),
            ("l.tex", "/etc/passwd"),
        ):
            member = tarfile.TarInfo(name)
            data = (PAPER % "cats").encode()
            member.size = 0 if target else len(data)
            if target:
                member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member, io.BytesIO(data))
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(out.getvalue()))
    about = json.loads(read(tmp_path / "a.tar.gz")["metadata"][0])
    assert about["links"] == ["l.tex"] and about["outside"] == ["../out.tex", "/abs.tex"]


def test_bombs_and_endless_macros_cost_one_row_each(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(30_000_000), mtime=0)
    endless = gzip.compress((PAPER % r"\def\a{x\a}\a").encode(), mtime=0)
    path = bulk(
        tmp_path,
        **{"2301/2301.00006.gz": bomb, "2301/2301.00007.gz": endless, "2301/2301.00008.gz": source()},
    )
    frame = read(path, max_paper_bytes=1_000_000)
    assert "max_paper_bytes" in frame["error"][5] and "macros that never end" in frame["error"][6]
    assert frame["text"][7].endswith("More here.")


def test_a_damaged_header_inside_of_a_source_is_no_end(tmp_path: Path) -> None:
    files = {"notes.txt": b"Not it.", "more.tex": b"More.", "ms.tex": (PAPER % "cats").encode()}
    data = bytearray(pack(files))
    data[data.index(b"more.tex") + 150] ^= 1  # in the header's sum
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(data))
    row = read(tmp_path / "a.tar.gz").row(0, named=True)
    assert row["text"].startswith("# On cats") and json.loads(row["metadata"])["damaged"]
    data[data.index(b"ms.tex") + 150] ^= 1
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(data))
    row = read(tmp_path / "a.tar.gz").row(0, named=True)
    assert "damaged" in row["error"] and row["drop_reason"] is None


def test_a_sparse_file_is_no_more_than_a_paper_may_be(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        member = tarfile.TarInfo("ms.tex")
        data = b"1\n0\n0\n" + bytes(506)
        sparse = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "200000"}
        member.size, member.pax_headers = len(data), sparse
        tar.addfile(member, io.BytesIO(data))
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(out.getvalue()))
    assert "max_paper_bytes" in read(tmp_path / "a.tar.gz", max_paper_bytes=100_000)["error"][0]
