"""Pages whose content is known are read as their benchmarks publish them."""

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest

from winnow.ingest.page.content.gold import Gold, read


def pack(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:xz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def test_both_benchmarks_are_read_as_published(tmp_path):
    truth = {"ab": {"url": "https://www.a.example/x", "articleBody": "Body"}}
    files = {
        "x/ground-truth.json": json.dumps(truth).encode(),
        "x/html/ab.html.gz": gzip.compress(b"<p>Body"),
    }
    (page,) = read(pack(tmp_path / "s.tar.xz", files))
    assert page == Gold("scrapinghub", "a.example", "<p>Body", "Body")
    about = {
        "url": "http://b.example",
        "ground_truth": {"main_content": "Main"},
        "_internal": {"page_type": {"primary": "forum"}},
    }
    files = {"dev/ground-truth/1.json": json.dumps(about).encode(), "dev/html/1.html": b"<p>Main"}
    (page,) = read(pack(tmp_path / "w.tar.xz", files))
    assert page == Gold("wcxb forum", "b.example", "<p>Main", "Main")
    with pytest.raises(ValueError, match="no ground-truth"):
        list(read(pack(tmp_path / "n.tar.xz", {"a": b""})))
