"""The zip that an office document is: its parts, within bounds, and how they name each other."""

import posixpath
import re
import struct
import zipfile
import zlib
from io import BytesIO
from typing import NamedTuple

from lxml import etree

MAX_PARTS = 100_000
_ENCRYPTED = 0x1  # the bit of a zip entry's flags
_XML = (".xml", ".rels", ".bin", ".vml", ".xhtml")  # pictures and films are never unpacked
_HEAD_BYTES = 4_096
# The names of ISO 29500 Strict stand for those of Transitional, which everybody writes.
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(wordprocessingml|spreadsheetml|presentationml)/main")
_STRICT_OTHER = re.compile(rb"http://purl\.oclc\.org/ooxml/")
_YEAR = rb"http://schemas.openxmlformats.org/%s/2006/main"


class Refused(Exception):
    """The file is no document to be read; the message is the reason, `counts` tells more."""

    def __init__(self, reason: str, **counts: object) -> None:
        super().__init__(reason)
        self.counts = counts


class Damaged(Exception):
    """The file cannot be read; the message says why and what to do."""


class Relation(NamedTuple):
    """What a part names: the kind (the last word of its type), and where that stands."""

    kind: str
    target: str


class Package:
    """Parts of a zip, each unpacked when it is asked for; all of them together within `max_bytes`."""

    def __init__(self, data: bytes, max_bytes: int) -> None:
        try:
            self.zip = zipfile.ZipFile(BytesIO(data))
        except (
            zipfile.BadZipFile,
            zipfile.LargeZipFile,
            ValueError,
            struct.error,
            NotImplementedError,
        ) as bad:
            raise Damaged(f"a damaged zip ({bad}): fetch it again") from None
        self.data = data
        parts = self.zip.infolist()
        if any(part.flag_bits & _ENCRYPTED for part in parts):
            raise Refused("office.encrypted")
        # What the directory claims is all that zipfile will unpack of a part, so the claim is a bound.
        self.unpacked = sum(part.file_size for part in parts if part.filename.lower().endswith(_XML))
        if self.unpacked > max_bytes or len(parts) > MAX_PARTS:
            raise Refused("office.unpacks_too_large")
        self.names = {part.filename.lower().lstrip("/"): part.filename for part in parts}

    def has(self, name: str) -> bool:
        """Whether there is such a part; case does not count."""
        return name.lower() in self.names

    def read(self, name: str) -> bytes:
        """The bytes of a part; Damaged where it is missing or damaged."""
        try:
            return self.zip.read(self.names[name.lower()])
        except KeyError:
            raise Damaged(f"the part {name} is missing: fetch it again") from None
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as bad:
            raise Damaged(f"the part {name} is damaged ({bad}): fetch it again") from None

    def parse(self, name: str) -> etree._Element:
        """The tree of a part."""
        return parse(self.read(name), name)

    def try_parse(self, name: str) -> etree._Element | None:
        """The tree of a part that the text can do without; None where it is missing or damaged."""
        try:
            return self.parse(name) if self.has(name) else None
        except Damaged:
            return None

    def find_relations(self, name: str) -> dict[str, Relation]:
        """What a part names, by id; targets outside the package are left out."""
        folder, file = posixpath.split(name)
        root = self.try_parse(posixpath.join(folder, "_rels", file + ".rels"))
        found = {}
        for one in root if root is not None else ():
            if not isinstance(one.tag, str) or one.get("TargetMode") == "External":
                continue
            target = one.get("Target", "")
            target = target[1:] if target.startswith("/") else posixpath.join(folder, target)
            kind = one.get("Type", "").rpartition("/")[2]
            found[one.get("Id", "")] = Relation(kind, posixpath.normpath(target))
        return found


def parse(data: bytes, name: str) -> etree._Element:
    """The tree of some XML, without comments; declarations of entities are refused: no suite writes them."""
    if declares(data):
        raise Refused("office.document_type")
    if b"purl.oclc.org" in data:
        data = _STRICT.sub(lambda found: _YEAR % found[1], data)
        data = _STRICT_OTHER.sub(b"http://schemas.openxmlformats.org/", data)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as bad:
        if bad.lineno == 0:  # so lxml has it where memory was at an end
            raise MemoryError from None
        raise Damaged(
            f"the part {name} is invalid XML ({bad}): open and save it in an office suite"
        ) from None


def declares(data: bytes) -> bool:
    """Whether declarations of its own stand before the first element, as of entities; UTF-16 is read, too."""
    at, head = 0, data.replace(b"\0", b"") if b"\0" in data[:_HEAD_BYTES] else data
    while found := _PROLOG.match(head, at):
        at = found.end()
    return head.startswith(b"<!DOCTYPE", at)


# What may stand before it: white space, a mark of the byte order, instructions and comments.
# A document type that only names a file, which nobody fetches, is one too: OpenOffice 2 wrote such.
_PROLOG = re.compile(
    rb"\s+|\xef\xbb\xbf|\xff\xfe|\xfe\xff|<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?:[^\[<>\"']|\"[^\"]*\"|'[^']*')*>",
    re.DOTALL,
)


def read_properties(package: Package) -> dict[str, str]:
    """Title, author, and dates of `docProps/core.xml`, those that are there."""
    at = next((r.target for r in package.find_relations("").values() if r.kind == "core-properties"), "")
    root = package.try_parse(at or "docProps/core.xml")
    return {} if root is None else name_properties(root)


def name_properties(root: etree._Element) -> dict[str, str]:
    """What Dublin Core's elements in a tree say, by our names."""
    found: dict[str, str] = {}
    for element in root.iter(etree.Element):
        name = _PROPERTIES.get(etree.QName(element).localname)
        text = " ".join("".join(element.itertext()).split())[:1_000]
        if name and text:
            found.setdefault(name, text)
    return found


_PROPERTIES = {name: name for name in ("title", "created", "modified", "language", "subject")}
_PROPERTIES |= {"creator": "author", "initial-creator": "first_author"}
_PROPERTIES |= {"creation-date": "created", "date": "modified"}
