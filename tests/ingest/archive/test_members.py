import io
import tarfile
from pathlib import Path

import pytest

from winnow.ingest.archive import members
from winnow.ingest.io import zips
from winnow.ingest.io.batches import Unreadable


def walk(path: Path) -> list[members.Member]:
    with path.open("rb") as raw:
        return list(members.walk_tar(raw, lambda name, size: True))


def write(path: Path, *headers: bytes) -> Path:
    path.write_bytes(b"".join(headers) + bytes(1024))
    return path


def make_header(name: str, size: int, kind: bytes = b"0", field: bytes | None = None) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    data = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    if field is not None:
        data[124:136] = field
        data[148:156] = b" " * 8
        data[148:156] = f"{sum(data):06o}\0 ".encode()
    return bytes(data)


def test_a_size_below_zero_is_no_endless_loop(tmp_path: Path) -> None:
    negative = make_header("a", 0, field=b"\xff" * 11 + b"\x00")  # base 256
    found = walk(write(tmp_path / "a.tar", make_header("first", 0), negative, make_header("b", 0)))
    assert [member.path for member in found if not member.error] == ["first", "b"]


def test_a_header_of_attributes_that_would_take_forever_is_refused(tmp_path: Path) -> None:
    digits = b"1" * 60_000
    block = digits + bytes(-len(digits) % 512)
    found = walk(write(tmp_path / "a.tar", make_header("pax", len(digits), b"x"), block, make_header("b", 0)))
    assert [member.path for member in found if not member.error] == ["b"]
    huge = make_header("pax", 0, b"x", field=b"\x80" + (1 << 40).to_bytes(11, "big"))
    found = walk(write(tmp_path / "b.tar", make_header("first", 0), huge, make_header("b", 0)))
    assert [member.path for member in found if not member.error] == ["first", "b"]


def test_a_sparse_file_of_a_terabyte_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as tar:
        info = tarfile.TarInfo("sparse")
        info.pax_headers = {
            "GNU.sparse.major": "1",
            "GNU.sparse.minor": "0",
            "GNU.sparse.realsize": str(1 << 40),
        }
        data = b"1\n0\n0\n" + bytes(506)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    with path.open("rb") as raw:
        found = list(members.walk_tar(raw, lambda name, size: size < 1_000_000))
    assert len(found) == 1 and found[0].data is None


def test_a_zip_whose_directory_is_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for number in range(50):
            archive.writestr(f"f{number}", b"")
    monkeypatch.setattr(zips, "MAX_DIRECTORY_BYTES", 100)
    with (tmp_path / "a.zip").open("rb") as raw, pytest.raises(Unreadable, match="directory"):
        list(members.walk_zip(raw, lambda name, size: True))


def test_what_ends_the_reading_is_told_once_and_in_its_range(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tar", make_header("first", 0), make_header("long", 512, b"L"), b"x" * 1024)
    found = walk(path)
    assert [member.place for member in found] == [0, 512] and found[1].error
    with path.open("rb") as raw:
        assert not list(members.walk_tar(raw, lambda name, size: True, 1024))


def test_a_sparse_file_is_no_bomb(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as tar:
        info = tarfile.TarInfo("sparse")
        data = b"1\n0\n0\n" + bytes(506)
        sizes = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "50000000"}
        info.size, info.pax_headers = len(data), sizes
        tar.addfile(info, io.BytesIO(data))
    assert [(member.kind, member.data) for member in walk(path)] == [("special", None)]
