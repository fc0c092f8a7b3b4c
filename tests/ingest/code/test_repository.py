"""Repositories as archives: every file is a row, and kept ones are theirs to the byte."""

import io
import json
import stat
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.ingest.code import repository

ISC = """\
Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee
is hereby granted, provided that the above copyright notice and this permission notice appear in all
copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS
SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE
AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE
OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS
SOFTWARE.
"""
FILES = {
    "tool-1.0/LICENSE": ISC.encode(),
    "tool-1.0/src/main.c": b'#include "util.h"\r\nint main(void)\t{ return 0; }\r\n',
    "tool-1.0/src/util.h": b"// SPDX-License-Identifier: MIT OR Apache-2.0\nint one(void);\n",
    "tool-1.0/empty.py": b"\n\n",
    "tool-1.0/logo.png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "tool-1.0/caf\u00e9.py": b"# -*- coding: latin-1 -*-\nname = 'caf\xe9'\n",
    "tool-1.0/mark.cs": b"\xef\xbb\xbfclass Mark {}\n",
}  # fmt: skip
REASONS = {"tool-1.0/empty.py": "repository.empty", "tool-1.0/logo.png": "repository.binary"}


def pack_tar(path: Path, files: dict[str, bytes] = FILES, mode: str = "w") -> Path:
    with tarfile.open(path, mode) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_700_000_000
            tar.addfile(info, io.BytesIO(data))
    return path


def pack_zip(path: Path, files: dict[str, bytes] = FILES) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 5, 6, 7, 8, 10)), data, zipfile.ZIP_DEFLATED)
    return path


def pack_bundle(folder: Path, files: dict[str, bytes] = FILES) -> Path:
    tree = folder / "tree"
    for name, data in files.items():
        place = tree / name.removeprefix("tool-1.0/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    git = [
        "git",
        "-C",
        str(tree),
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@example.org",
        "-c",
        "core.autocrlf=false",
    ]
    for arguments in (["init", "-q", "-b", "trunk"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *arguments], check=True, capture_output=True)
    subprocess.run(
        [*git, "bundle", "create", "-q", "../tool.bundle", "HEAD", "trunk"], check=True, capture_output=True
    )
    return folder / "tool.bundle"


def read(path: Path, **options: Any) -> pl.DataFrame:
    return pl.concat(repository.read(str(path), **options))


def notes(row: dict[str, Any]) -> dict[str, Any]:
    return json.loads(row["metadata"])


def rows_of(frame: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return {row["code_path"]: row for row in frame.iter_rows(named=True)}


def test_the_setting_is_no_license_of_what_says_otherwise(tmp_path: Path) -> None:
    heads = {
        "plain": b"int x;\n",
        "pointing": b"// Copyright 2020 A. All rights reserved.\n// See the LICENSE file.\nint x;\n",
        "ours": b"// Copyright 2020 A Inc. All rights reserved.\nint x;\n",
        "secret": b"// PROPRIETARY AND CONFIDENTIAL\nint x;\n",
        "both": b"// Proprietary software of A Inc., see LICENSE.txt\nint x;\n",
        "tag": b"// SPDX-License-Identifier: UNLICENSED\nint x;\n",
        "other": b"// SPDX-License-Identifier: MIT\nint x;\n",
    }
    path = pack_tar(tmp_path / "a.tar", {f"{name}.c": head for name, head in heads.items()})
    found = pl.concat(repository.read(str(path), license="ISC"))
    assert dict(zip(heads, found["license"], strict=True)) == {
        **dict.fromkeys(heads, None), "plain": "ISC", "pointing": "ISC", "other": "MIT"
    }  # fmt: skip
    assert notes(found.to_dicts()[2])["license_by"] == "head"


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_of_any_codec_gives_each_file_to_the_byte(tmp_path: Path, mode: str) -> None:
    check_rows(
        read(pack_tar(tmp_path / f"tool.tar{mode[1:].replace(':', '.')}", mode=mode)),
        "2023-11-14T22:13:20+00:00",
    )


def test_zstd_too(tmp_path: Path) -> None:
    packed = pack_tar(tmp_path / "tool.tar")
    subprocess.run(["zstd", "-q", str(packed)], check=True)
    check_rows(read(tmp_path / "tool.tar.zst"), "2023-11-14T22:13:20+00:00")


def test_a_zip_and_a_bundle_give_the_same(tmp_path: Path) -> None:
    check_rows(read(pack_zip(tmp_path / "tool.zip")), "2024-05-06T07:08:10")
    bundle = read(pack_bundle(tmp_path))
    check_rows(bundle, None)
    assert bundle["date"].null_count() == 0 and notes(bundle.row(0, named=True))["ref"] == "HEAD"


def check_rows(frame: pl.DataFrame, date: str | None) -> None:
    found = rows_of(frame)
    assert set(found) == {name.removeprefix("tool-1.0/") for name in FILES}
    assert frame["error"].null_count() == frame.height
    for name, data in FILES.items():
        row = found[name.removeprefix("tool-1.0/")]
        assert row["drop_reason"] == REASONS.get(name)
        if name in REASONS:
            assert row["text"] is None
            continue
        told = notes(row)
        charset, bom = told.get("charset", "utf-8"), b"\xef\xbb\xbf" if told.get("bom") else b""
        assert bom + row["text"].encode(charset) == data
        assert date is None or row["date"] == date
        assert row["thread"] == told["repository"] == "tool"
    assert notes(found["caf\u00e9.py"])["charset"] == "iso-8859-1"
    assert notes(found["mark.cs"])["bom"] is True
    assert (found["src/main.c"]["code_language"], found["src/main.c"]["license"]) == ("C", "ISC")
    assert notes(found["src/main.c"])["license_by"].startswith("file:")
    assert (found["src/util.h"]["license"], notes(found["src/util.h"])["license_by"]) == (
        "MIT OR Apache-2.0",
        "tag",
    )


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.text("abcdefgh", min_size=1, max_size=8),
        st.binary(max_size=2_000) | st.text(max_size=500),
        max_size=6,
    ),
    st.lists(st.integers(1, 20_000), max_size=4),
)
def test_ranges_of_a_tar_and_a_zip_give_what_the_whole_does(
    tmp_path_factory: pytest.TempPathFactory, check_ranges: Any, given_files: dict[str, Any], cuts: list[int]
) -> None:
    files = {
        f"top/{name}": data.encode() if isinstance(data, str) else data for name, data in given_files.items()
    }
    folder = tmp_path_factory.mktemp("ranges")
    for path in (
        pack_tar(folder / "a.tar", {**FILES, **files}),
        pack_zip(folder / "a.zip", {**FILES, **files}),
    ):
        whole = check_ranges(repository.read, path, cuts)
        assert whole.height == len(FILES) + len(files)
    assert repository.can_split("a.tar") and not repository.can_split("a.tar.gz")


def test_links_devices_and_paths_that_lead_out_are_no_documents(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        for name, kind in (
            ("t/link", tarfile.SYMTYPE),
            ("t/hard", tarfile.LNKTYPE),
            ("t/pipe", tarfile.FIFOTYPE),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
        for name in ("../../etc/cron.d/x", "/etc/passwd", "t/..\\..\\x", "C:\\x"):
            info = tarfile.TarInfo(name)
            info.size = 4
            tar.addfile(info, io.BytesIO(b"text"))
        folder = tarfile.TarInfo("t/folder")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
    frame = read(tmp_path / "a.tar")
    assert frame["drop_reason"].to_list() == [
        *("repository.link", "repository.link", "repository.special"),
        *("repository.unsafe_path",) * 4,
    ]
    assert frame["text"].null_count() == 7


@pytest.mark.usefixtures("ends")
def test_endless_paths_are_no_documents(tmp_path: Path) -> None:
    deep = "a/" * 30_000
    files = {f"{deep}{number}/LICENSE": b"text" for number in range(60)}
    assert set(read(pack_tar(tmp_path / "a.tar", files))["drop_reason"]) == {"repository.unsafe_path"}


def test_the_one_folder_of_a_bundle_is_a_part_of_its_paths(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    found = read(pack_bundle(tmp_path / "b", {"src/a.c": b"int x;\n"}))
    assert found["code_path"].to_list() == ["src/a.c"]
    assert read(pack_tar(tmp_path / "a.tar", {"src/a.c": b"int x;\n"}))["code_path"].to_list() == ["a.c"]


def test_a_link_in_a_zip_is_told_and_an_encrypted_file_is_an_error(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        link = zipfile.ZipInfo("t/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("t/secret.py", "x = 1\n")
        archive.writestr("t/plain.py", "x = 2\n")
    data = bytearray((tmp_path / "a.zip").read_bytes())
    for mark, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = data.index(b"t/secret.py", data.index(mark))
        at = data.rindex(mark, 0, at)
        data[at + flags] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    frame = read(tmp_path / "a.zip")
    assert frame["drop_reason"].to_list() == ["repository.link", None, None]
    assert "encrypted" in frame["error"][1] and frame["text"][2] == "x = 2\n"


def test_the_bound_on_size_is_inclusive_and_notebooks_have_their_own(tmp_path: Path) -> None:
    path = pack_tar(tmp_path / "a.tar", {"t/a.py": b"12345", "t/b.py": b"123456", "t/n.ipynb": b"123456"})
    frame = read(path, max_file_bytes=5, max_notebook_bytes=5)
    assert frame["drop_reason"].to_list() == [None, "repository.too_large", "repository.too_large"]


def test_a_damaged_header_costs_its_file_and_reading_goes_on(tmp_path: Path) -> None:
    files = {f"t/{n}.py": b"x = %d\n" % n for n in range(4)}
    path = pack_tar(tmp_path / "a.tar", files)
    data = bytearray(path.read_bytes())
    data[1024 + 10 : 1024 + 20] = b"\xff" * 10
    path.write_bytes(data)
    frame = read(path)
    assert frame["text"].to_list() == ["x = 0\n", None, "x = 2\n", "x = 3\n"]
    assert "no member of a tar" in frame["error"][1]


def test_a_truncated_archive_gives_what_is_there_and_one_error(tmp_path: Path) -> None:
    files = {f"t/{n}.py": (f"x = {n}\n" * 500).encode() for n in range(4)}
    for mode in ("w", "w:gz"):
        path = pack_tar(tmp_path / f"a.tar{mode[1:]}", files, mode)
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])
        frame = read(path)
        errors = frame.filter(pl.col("error").is_not_null())
        assert errors.height == 1 and errors["error"][0]


def test_what_is_no_archive_or_holds_nothing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"not a tar at all " * 100)
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    (tmp_path / "c.bundle").write_bytes(b"# v2 git bundle\nnonsense\n\nPACK")
    pack_tar(tmp_path / "d.tar", {})
    for name in ("a.tar", "b.zip", "c.bundle", "d.tar"):
        frame = read(tmp_path / name)
        assert frame.height == 1 and frame["error"][0], name


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("winnow.ingest.archive.members.FREE_BYTES", 100_000)
    files = {f"t/{n}.py": bytes(1 << 20) for n in range(3)}
    for path in (pack_tar(tmp_path / "a.tar.xz", files, "w:xz"), pack_zip(tmp_path / "a.zip", files)):
        frame = read(path, max_file_bytes=1 << 21)
        assert "no bomb" in frame.filter(pl.col("error").is_not_null())["error"][0]


def test_outputs_of_notebooks_are_kept_when_asked(tmp_path: Path) -> None:
    book = {
        "cells": [{"cell_type": "code", "source": "1+1", "outputs": [{"data": {"text/plain": "2"}}]}],
        "metadata": {"language_info": {"name": "python"}},
    }
    path = pack_tar(tmp_path / "a.tar", {"t/n.ipynb": json.dumps(book).encode(), "t/bad.ipynb": b"{"})
    assert "code_outputs" not in read(path).columns
    frame = read(path, keep_outputs=True)
    assert (frame["text"][0], frame["code_outputs"][0]) == ("```python\n1+1\n```", "2")
    assert "JSON" in frame["error"][1]


def test_what_ends_the_reading_of_a_later_range_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("winnow.ingest.archive.members.FREE_BYTES", 100_000)
    monkeypatch.setattr("winnow.ingest.code.repository.VOTES", 0)
    path = pack_zip(tmp_path / "a.zip", {"t/a.py": b"x = 1\n", "t/b.py": bytes(1 << 20)})
    whole = [*repository.read(str(path), max_file_bytes=1 << 21, stop=1)]
    later = pl.concat(repository.read(str(path), max_file_bytes=1 << 21, start=1))
    assert pl.concat([*whole, later])["place"].to_list() == [0, -2] and "no bomb" in later["error"][0]
