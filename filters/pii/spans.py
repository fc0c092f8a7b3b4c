"""What the candidates of a batch are: spans that do not overlap, each with its kind and entity."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from winnow.filters.pii import addresses, emails, numbers, phones, scan
from winnow.filters.pii.profile import KINDS, Profile

EMAIL, PHONE, IP, IBAN, CARD, SSN, ID, ADDRESS = range(len(KINDS))
_BEFORE, _AFTER = 110, 40
_TABLE = 60  # bytes of a chain above which it is a row of numbers, not one
_MAX_IBAN = 44
_FULL_COLONS = 7  # of an IPv6 address that leaves out none of its groups
_SHORT = 80  # bytes of a text that is one message
_PARTS = re.compile(rb"[.\-/)] |  | \xe2\x80")  # of what parts two numbers
_PART = re.compile(rb"(?:(?![.\-/)] |  | [-/] | \xe2\x80).)+", re.DOTALL)


class Span(NamedTuple):
    """A place in the batch's bytes; `entity` is what is there without its writing."""

    doc: int
    start: int
    end: int
    kind: int
    entity: str


class _Batch(NamedTuple):
    data: bytes
    offsets: list[int]
    hosts: Sequence[str | None] | None
    profile: Profile
    published: np.ndarray


Near = Callable[[], bytes]


def find_spans(
    data: bytes,
    offsets: np.ndarray,
    found: scan.Candidates,
    hosts: Sequence[str | None] | None,
    profile: Profile,
) -> tuple[list[Span], np.ndarray]:
    """Spans in the order of their places, and how many published addresses each document keeps."""
    batch = _Batch(data, offsets.tolist(), hosts, profile, np.zeros(len(offsets) - 1, np.int64))
    looks = {
        scan.AT: _check_mail,
        scan.CHAIN: _check_chain,
        scan.CODE: _check_code,
        scan.COLONS: _check_colons,
        scan.POSTAL: _check_postal,
    }
    spans: list[Span] = []
    for kind, doc, start, end in zip(*(column.tolist() for column in found), strict=True):
        spans += looks[kind](batch, doc, start, end)
    return _part(spans), batch.published


def _part(spans: list[Span]) -> list[Span]:
    """Spans in order; of two that overlap the longer one stays, of two as long the first."""
    spans = sorted(spans, key=lambda span: (span.start, -span.end, span.kind))
    kept: list[Span] = []
    for span in spans:
        if kept and span.start < kept[-1].end:
            if span.end - span.start > kept[-1].end - kept[-1].start:
                kept[-1] = span
            continue
        kept.append(span)
    return kept


def _read_context(batch: _Batch, doc: int, start: int, end: int) -> Near:
    """A function that gives the words about a place, in its document."""

    def near() -> bytes:
        first, last = batch.offsets[doc], batch.offsets[doc + 1]
        before = batch.data[max(first, start - _BEFORE) : start]
        return before + b" \x00 " + batch.data[end : min(last, end + _AFTER)]

    return near


def _check_mail(batch: _Batch, doc: int, start: int, end: int) -> Iterator[Span]:
    level = batch.profile.level["email"]
    place = emails.find_email(batch.data, batch.offsets[doc], start, batch.offsets[doc + 1])
    if level == "off" or place is None:
        return
    value = batch.data[slice(*place)]
    if emails.is_published(value, batch.hosts[doc] if batch.hosts else None, batch.profile):
        batch.published[doc] += 1
    else:
        yield Span(doc, *place, EMAIL, value.decode().lower())


def _check_colons(batch: _Batch, doc: int, start: int, end: int) -> Iterator[Span]:
    level, data = batch.profile.level["ip"], batch.data
    while end > start and data[end - 1 : end] in (b".", b":") and data[end - 2 : end] != b"::":
        end -= 1
    if data.count(b":", start, end) == _FULL_COLONS + 1 and b"::" not in data[start:end]:
        end = data.rindex(b":", start, end)  # a port
    value = data[start:end]
    if data[start - 1 : start] == b"-":  # a date with a time behind it: 11-Aug-2018::13:22:05
        return
    if level == "off" or len(value) > 45 or not numbers.is_public_ipv6(value, batch.profile.addresses):
        return
    yield Span(doc, start, end, IP, value.decode().lower())


def _check_postal(batch: _Batch, doc: int, start: int, end: int) -> Iterator[Span]:
    if batch.profile.level["address"] == "off":
        return
    place = addresses.find_postal(batch.data, batch.offsets[doc], start, end, batch.offsets[doc + 1])
    if place:
        value = batch.data[slice(*place)].decode("utf-8", "replace")
        yield Span(doc, *place, ADDRESS, re.sub(r"\W+", " ", value).lower())


def _check_code(batch: _Batch, doc: int, start: int, end: int) -> Iterator[Span]:
    """IBANs and identity numbers with letters."""
    data, level, last = batch.data, batch.profile.level, batch.offsets[doc + 1]
    if level["iban"] != "off" and data[start : start + 2].isalpha():
        size = numbers.find_iban(data[start : min(last, start + _MAX_IBAN)])
        if size:
            yield Span(doc, start, start + size, IBAN, _squeeze(data[start : start + size]))
            return
    if level["id"] != "off":
        near = _read_context(batch, doc, start, end)
        if numbers.is_national(data[start:end], near, level["id"] == "named", batch.profile.countries):
            yield Span(doc, start, end, ID, _squeeze(data[start:end]))


def _check_chain(batch: _Batch, doc: int, start: int, end: int) -> Iterator[Span]:
    """Numbers in groups: the first kind that finds any takes the chain."""
    data, first, last = batch.data, batch.offsets[doc], batch.offsets[doc + 1]
    if end - start > _TABLE:
        for match in re.finditer(rb"\S+", data[start:end]):
            if 7 <= len(match[0]) <= _TABLE:
                yield from _check_chain(batch, doc, start + match.start(), start + match.end())
        return
    before = data[max(first, start - 3) : start]
    if data[end : min(last, end + 1)] == b"%" or before[-1:] == b"_":
        return
    chain = data[start:end]
    places = _detect_number(batch, doc, start, end, chain, before)
    if not places and _PARTS.search(chain):
        for match in _PART.finditer(chain):
            yield from _check_chain(batch, doc, start + match.start(), start + match.end())
        return
    for a, b, kind in places:
        yield Span(doc, start + a, start + b, kind, _squeeze(data[start + a : start + b]))


def _detect_number(
    batch: _Batch, doc: int, start: int, end: int, chain: bytes, before: bytes
) -> list[tuple[int, int, int]]:
    """Where numbers of the first kind that finds any stand in a chain, and of which kind they are."""
    readings = _read_number(batch, doc, start, end, chain, before)
    return next(([(a, b, kind) for a, b in found] for kind, found in readings if found), [])


def _read_number(
    batch: _Batch, doc: int, start: int, end: int, chain: bytes, before: bytes
) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """What each kind of number finds in a chain, in the order in which they take one."""
    level, profile = batch.profile.level, batch.profile
    near = _read_context(batch, doc, start, end)
    glued = before[-1:].isalnum() or before[-1:] in (b"_",)
    digits = sum(48 <= byte <= 57 for byte in chain)
    if level["ip"] != "off" and chain.count(b".") >= 3:
        yield IP, numbers.find_ips(chain, near, level["ip"] == "named", profile.addresses)
    if level["card"] != "off" and digits >= 12 and not glued and before[-1:] != b".":
        yield CARD, numbers.find_cards(chain, near, level["card"] == "named" or before[-1:] == b"=")
    whole = level["id"] != "off" and not glued and before[-1:] != b"."
    if whole and numbers.is_national(chain, near, level["id"] == "named", profile.countries):
        yield ID, [(0, len(chain))]
    if level["ssn"] != "off" and digits >= 9 and not glued:
        yield SSN, numbers.find_ssns(chain, near, level["ssn"] == "named")
    if level["phone"] != "off" and not glued:
        short = batch.offsets[doc + 1] - batch.offsets[doc] <= _SHORT
        yield PHONE, phones.find_phones(chain, before, near, level["phone"] == "named", short)


def _squeeze(value: bytes) -> str:
    """A value without the signs between its groups."""
    return re.sub(r"[^0-9A-Za-z+:]", "", value.decode("utf-8", "replace")).upper()
