"""Files by their address."""

import zipfile
from pathlib import Path

from winnow.ingest.io.uris import name_file, open_uri


def test_a_file_in_a_zip_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "hello")
    with open_uri(f"zip://a.txt::{tmp_path / 'a.zip'}") as file:
        assert file.read() == b"hello" and file.seek(1) == 1 and file.read() == b"ello"


def test_a_file_is_named_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a::b").mkdir()
    (tmp_path / "a::b" / "c.tex").touch()
    assert name_file(str(tmp_path / "a::b" / "c.tex")) == "c.tex"
    assert name_file("zip://in.csv::https://h.org/a.zip?sig=1") == "in.csv"
