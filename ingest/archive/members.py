"""The members of tar and zip archives, one by one and without unpacking to disk."""

import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO, NamedTuple

from winnow.ingest.io.batches import Unreadable, describe, is_of_data
from winnow.ingest.io.byte_range import Piece
from winnow.ingest.io.compression import find_unpacker
from winnow.ingest.io.zips import open_zip

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
MAX_EXPANSION = 200  # unpacked bytes for a packed one; sources have 20 at most, a bomb thousands
FREE_BYTES = 1 << 30  # so many are unpacked of anything
MAX_HEADER_BYTES = 1 << 16  # of a tar's long name or table of attributes
_KEPT_BYTES = 1 << 18  # behind the place of reading: tarfile goes back to look at what it has read
_LONG = (b"x", b"g", b"X", b"L", b"K")  # headers whose contents are read as a part of the next one
_DIGITS = re.compile(rb"\d{33}")  # tarfile takes quadratic time for digits in a row (CVE-2024-6232)
_NO_DATE = 315_532_800  # 1980: what packers write for "no time", and times before any archive of these kinds


class Member(NamedTuple):
    """A file of an archive: `data` if it was wanted, `kind` if it is no file, `error` if it cannot be
    read."""

    path: str
    place: int
    size: int = 0
    date: str | None = None
    kind: str | None = None  # link, special, submodule
    data: bytes | None = None
    error: str | None = None


Accepts = Callable[[str, int], bool]


def walk_tar(raw: BinaryIO, accepts: Accepts, start: int = 0, stop: int | None = None) -> Iterator[Member]:
    """Members of a tar of any codec whose header begins between two bytes, in order; folders are left out.

    `place` is the byte of the header in the unpacked tar. What is no member (damage) is one with an error,
    and reading goes on at the next header; damage of the codec raises Unreadable.
    """
    packing, unpack = find_unpacker(raw)
    size = raw.seek(0, 2)
    raw.seek(0)
    if packing == "plain":
        yield from walk_open_tar(raw, accepts, start, stop)
    else:
        yield from walk_open_tar(Unpacked(unpack(raw), size), accepts, start, stop)


def walk_open_tar(
    file: "BinaryIO | Unpacked", accepts: Accepts, start: int = 0, stop: int | None = None
) -> Iterator[Member]:
    """The same of a tar that is unpacked."""
    damage: list[int] = []
    tar = _open_tar(file, damage)
    if tar is None:
        raise Unreadable("not a tar archive")
    last = -1
    while (stop is None or last < stop) and (info := _read_next(tar, damage, last)) is not None:
        yield from _describe_damage(damage, start, stop)
        if isinstance(info, Member):
            if start <= info.place and (stop is None or info.place < stop):
                yield info
            return
        tar.members = []  # type: ignore[attr-defined]  # else it keeps every header
        last = info.offset
        if not info.isdir() and start <= last and (stop is None or last < stop):
            yield (member := _read_tar_member(tar, info, accepts))
            if member.error:
                return
    yield from _describe_damage(damage, start, stop)


def _open_tar(file: Any, damage: list[int]) -> tarfile.TarFile | None:
    try:
        tar = tarfile.TarFile(fileobj=file, tarinfo=_watch(damage), ignore_zeros=True, encoding="utf-8")
    except tarfile.TarError:
        return None
    return None if tar.firstmember is None else tar  # type: ignore[attr-defined]


def _watch(damage: list[int]) -> type[tarfile.TarInfo]:
    """Headers as tarfile reads them, but bounded, and with a note of each that is none."""

    class Info(tarfile.TarInfo):
        @classmethod
        def fromtarfile(cls, tar: tarfile.TarFile) -> "Info":
            try:
                return super().fromtarfile(tar)
            except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError):  # type: ignore[attr-defined]
                damage.append(tar.offset)
                raise

        def _proc_member(self, tar: tarfile.TarFile) -> Any:
            long = self.type in _LONG
            if self.size < 0 or (long and self.size > MAX_HEADER_BYTES):
                raise tarfile.InvalidHeaderError("a size that no header has")  # type: ignore[attr-defined]
            if long:
                here = tar.fileobj.tell()
                harmful = _DIGITS.search(tar.fileobj.read(self.size))
                tar.fileobj.seek(here)
                if harmful:
                    said = "a number that no header has"
                    raise tarfile.InvalidHeaderError(said)  # type: ignore[attr-defined]
            return super()._proc_member(tar)  # type: ignore[misc]

    return Info


def _read_next(tar: tarfile.TarFile, damage: list[int], last: int) -> tarfile.TarInfo | Member | None:
    """The next header, None at the end, or what ends the reading."""
    try:
        info = tar.next()
    except Unreadable:
        raise
    except Exception as error:
        if not is_of_data(error) and not isinstance(error, tarfile.TarError):
            raise
        damage[:] = [place for place in damage if place != tar.offset]  # it is told once
        return Member("archive", tar.offset, error=f"{describe(error)}; the rest of the archive is lost")
    if info is not None and (info.offset <= last or info.size < 0):  # CVE-2025-8194
        return Member("archive", last + 1, error="a header with a size below zero; the rest is lost")
    return info


def _describe_damage(damage: list[int], start: int, stop: int | None) -> Iterator[Member]:
    """One error for the blocks in a row that are no header."""
    if damage and start <= damage[0] and (stop is None or damage[0] < stop):
        length = damage[-1] - damage[0] + tarfile.BLOCKSIZE
        said = f"{length} bytes at byte {damage[0]} are no member of a tar; went on behind them"
        yield Member(f"byte {damage[0]}", damage[0], error=said)
    damage.clear()


def _read_tar_member(tar: tarfile.TarFile, info: tarfile.TarInfo, accepts: Accepts) -> Member:
    member = Member(info.name, info.offset, info.size, _write_date(info.mtime))
    if info.issym() or info.islnk():
        return member._replace(kind="link")
    if not info.isfile() or (info.issparse() and info.size > MAX_EXPANSION * (tar.offset - info.offset)):
        return member._replace(kind="special")
    if not accepts(info.name, info.size):
        return member
    file = tar.extractfile(info)
    try:
        data = file.read(info.size) if file else b""
    except tarfile.ReadError:
        return member._replace(error="the archive ends inside the file; fetch it again")
    return member._replace(data=data)


def walk_zip(raw: BinaryIO, accepts: Accepts, start: int = 0, stop: int | None = None) -> Iterator[Member]:
    """Members of a zip whose headers begin between two bytes, in their order; folders are left out.

    A file that cannot be unpacked (encrypted, damaged, of an unknown codec) is an error of its own. Raises
    Unreadable where there is no directory, or one that is too large.
    """
    size = raw.seek(0, 2)
    try:
        archive = open_zip(raw)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Unreadable(f"no zip archive that can be read ({error}); fetch it again") from error
    allowed = FREE_BYTES + MAX_EXPANSION * size
    unpacked, place = 0, -1
    for info in sorted(archive.infolist(), key=lambda each: each.header_offset):
        # Entries may claim one place, as those of a bomb do.
        place = max(place + 1, info.header_offset << 16)
        inside = start <= info.header_offset and (stop is None or info.header_offset < stop)
        if info.is_dir() or not inside:
            continue
        member = _read_zip_member(archive, info, place, accepts)
        unpacked += len(member.data or b"")
        if unpacked > allowed:
            raise Unreadable(_format_bomb(size))
        yield member


def _read_zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: int, accepts: Accepts) -> Member:
    year = info.date_time[0]
    date = "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}".format(*info.date_time) if year > 1980 else None
    member = Member(info.filename, place, info.file_size, date)
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        return member._replace(kind="link")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        return member._replace(kind="special")
    if not accepts(info.filename, info.file_size):
        return member
    try:
        with archive.open(info) as file:
            data = file.read(info.file_size)
            more = file.read(1)
    except (
        Exception
    ) as error:  # what zipfile raises of an encrypted file is a RuntimeError, of others anything
        if not is_of_data(error):
            raise
        return member._replace(error=describe(error))
    if more or len(data) < info.file_size:
        return member._replace(error=f"not of the {info.file_size} bytes that the zip's directory tells")
    return member._replace(data=data)


def _write_date(seconds: float) -> str | None:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds > _NO_DATE else None
    except (ValueError, OverflowError, OSError):
        return None


def _format_bomb(size: int) -> str:
    return (
        f"the archive of {size} bytes unpacks to more than {MAX_EXPANSION} times as much; if it is no bomb, "
        "unpack it and pack it anew without what is not code"
    )


class Unpacked:
    """Unpacked bytes as a file, for reading forward; a few are held for going back."""

    def __init__(self, pieces: Iterator[Piece], packed: int) -> None:
        self.pieces, self.packed = pieces, packed
        self.held, self.base, self.at = bytearray(), 0, 0

    def read(self, size: int) -> bytes:
        """At most so many bytes."""
        while self.base + len(self.held) < self.at + size and self._take():
            pass
        begin = self.at - self.base
        data = bytes(self.held[begin : begin + size])
        self.at += len(data)
        return data

    def seek(self, place: int) -> int:
        """Go to a byte, back by a few at most."""
        if place < self.base:
            raise Unreadable(f"the tar leads back to byte {place}, which no tar does")
        while self.base + len(self.held) < place and self._take():
            self.at = min(place, self.base + len(self.held))
        self.at = place
        return place

    def tell(self) -> int:
        """The byte that is read next."""
        return self.at

    def _take(self) -> bool:
        piece = next(self.pieces, None)
        if piece is None:
            return False
        if piece.damage:
            raise Unreadable(f"{piece.damage}; the rest of the archive is lost; fetch it again")
        if (gone := min(self.at - self.base - _KEPT_BYTES, len(self.held))) > 0:
            del self.held[:gone]
            self.base += gone
        self.held += piece.data
        if self.base + len(self.held) > FREE_BYTES + MAX_EXPANSION * self.packed:
            raise Unreadable(_format_bomb(self.packed))
        return True
