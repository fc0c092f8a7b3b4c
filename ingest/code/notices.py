"""What the head of a file says of its license: an SPDX tag, a license's text or notice, a name, or a file to
look in.

Texts and notices are recognized by `licenseclassifier` (the templates of Google's licensecheck), expressions
are read by `packaging.licenses`. A notice that neither reads gives no license: a guess would be worse.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from licenseclassifier import identify_license
from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

HEAD_CHARS = 8_000
_MAX_HELD = 50_000  # characters of a text that is remembered; the GPL has 35,000
_MOST_NAMES = 3  # a head with more is a list of licenses
_TAG = re.compile(r"SPDX-License-Identifier:[ \t]*([^\r\n]+)")
_TAG_END = re.compile(r"\s*(?:\*+/|-->|\*\)|#\}|\"\"\"|'''|[*#;/\"'`>|}]+)\s*$")
_WORDS = re.compile(
    r"(?i)licen[cs]|redistribut|permission|warrant|liab|public domain|as.is|copying|free software|damages|"
    r"unrestricted|disclaim|merchantab|misrepresent|this notice|acknowledg|terms of|proprietary|confidential"
)
_OWNER = re.compile(r"(?i)(?:copyright|\(c\)|©)[^\n]*\d{4}|^\W*(?:author|by)\b")
_MARKS = re.compile(r"(?m)^[\s*#/;%!<>|.\\\"'-]+|[\s*#]+$")
_UNDER = r"(?:under|licen[cs]ed? ?(?:as|:|=|is)?|terms of)\b(?:[^.\n]|\.\d){0,80}?"
# Names that mean one license; a "BSD license" may be several.
_NAMES = tuple(
    (re.compile(f"(?i){_UNDER}(?:{pattern})"), name)
    for pattern, name in (
        (r"\b(?:MIT|Expat)(?:[ -]style)?[ -]licen[cs]e", "MIT"),
        (r"\bApache(?: software)? licen[cs]e,? ?(?:v|version )?2(?:\.0)?", "Apache-2.0"),
        (r"\bBoost software licen[cs]e(?:,? ?(?:-|v|version )?1\.0)?", "BSL-1.0"),
        (r"\bMozilla public licen[cs]e,? ?(?:v\.? ?|version )?2\.0", "MPL-2.0"),
        (r"\b(?:(?:3|three)[ -]clause (?:new )?BSD|BSD[ -](?:3|three)[ -]clause)", "BSD-3-Clause"),
        (r"\b(?:(?:2|two)[ -]clause (?:simplified )?BSD|BSD[ -](?:2|two)[ -]clause)", "BSD-2-Clause"),
        (r"\bzlib(?:/libpng)? licen[cs]e", "Zlib"),
        (r"\bISC licen[cs]e", "ISC"),
        (r"\bEclipse public licen[cs]e,? ?-? ?(?:v|version )?1\.0", "EPL-1.0"),
        (r"\bEclipse public licen[cs]e,? ?-? ?(?:v|version )?2\.0", "EPL-2.0"),
    )
)
_STATES = re.compile(
    r"(?i)\b(?:licen[cs]ed (?:under|as)|under (?:the )?(?:terms|\S+ licen[cs]e|(?:\S+ ){1,6}licen[cs]e)|"
    r"(?:re)?distribut\w+ under|terms of|licen[cs]e ?: ?\S+|public domain|redistribution and use|"
    r"permission (?:is|to use)|all rights reserved\.? (?:this|do not)|proprietary|confidential)"
)
_PROPRIETARY = re.compile(r"(?i)\b(?:proprietary|confidential)\b")
# A tag that is no expression too: "UNLICENSED".
_RESERVED = re.compile(r"(?i)\ball rights reserved\b|SPDX-License-Identifier:")
_POINTS = re.compile(
    r"\b(?:LICEN[CS]E|COPYING|COPYRIGHT)\b(?:[.-]\w+)*|(?i:\b(?:licen[cs]e|copying)\.(?:txt|md|rst)\b)"
)
_NO_CHOICE = re.compile(
    r"(?i)either version [\d.]+[^.]{0,30}?,? or,? \(?at your (?:option|choice)\)?,? any later version"
)
_CHOICE = re.compile(
    r"(?i)\b(?:either|alternatively|at your (?:option|choice)|your choice|dual[- ]licen[cs]ed|"
    r"may (?:select|choose)|licen[cs]es?[^.]{0,80}\bor\b[^.]{0,40}licen[cs]e)\b"
)
_BARE = re.compile(r"\b((?:A|L)?GPL-\d\.\d|GFDL-\d\.\d)(\+)?(?![\w.+-])")


class Notice(NamedTuple):
    """The licenses that a head names, all of them or (`choice`) any; the files that it points to."""

    names: tuple[str, ...] = ()
    choice: bool = False
    points: tuple[str, ...] = ()
    stated: bool = False  # something, though nothing that is recognized
    tagged: bool = False
    reserved: bool = False  # nobody may use it but by a license of its own

    def join(self) -> str:
        """The names as one expression."""
        return join_names(self.names, " OR " if self.choice else " AND ")


def read_expression(text: str) -> str | None:
    """A license expression in SPDX's own spelling of today, or None where it is none."""
    words = text.strip()
    if re.fullmatch(r"[\w.+-]+(?:/[\w.+-]+)+", words):
        words = words.replace("/", " OR ")  # as Cargo once had it
    try:
        found = str(canonicalize_license_expression(words))
    except (InvalidLicenseExpression, RecursionError, SyntaxError, ValueError, MemoryError):
        return None
    # SPDX's names of before 2018: without a sign they meant this version alone.
    found = _BARE.sub(lambda match: match[1] + ("-or-later" if match[2] else "-only"), found)
    return re.sub(r"^\(([^()]*)\)$", r"\1", found)


def join_names(names: Sequence[str], word: str) -> str:
    """One expression of several; those that are expressions themselves stand in brackets."""
    if len(names) == 1:
        return names[0]
    return word.join(f"({name})" if " OR " in name or " AND " in name else name for name in names)


def read_head(text: str) -> Notice:
    """What the first `HEAD_CHARS` characters of a file say."""
    head = text[:HEAD_CHARS]
    if "SPDX-License-Identifier" in head:
        tags = [_TAG_END.sub("", tag.strip()).strip() for tag in _TAG.findall(head)]
        found = [expression for tag in tags if (expression := read_expression(tag))]
        if found:
            return Notice(tuple(dict.fromkeys(found)), tagged=True)
    window = _cut_window(head)
    notice = _judge_window(window) if window else Notice()
    reserved = _PROPRIETARY.search(head) or (not notice.points and _RESERVED.search(head))
    return notice._replace(reserved=bool(reserved))


def _cut_window(head: str) -> str:
    """The lines from the first to the last word of law, without those of owners: many files have the same."""
    lines = head.splitlines()
    places = [place for place, line in enumerate(lines) if _WORDS.search(line)]
    if not places:
        return ""
    end = places[-1] + 1
    while end < min(len(lines), places[-1] + 7) and any(map(str.isalpha, lines[end])):
        end += 1
    chosen = lines[max(0, places[0] - 2) : end]
    return "\n".join(line for line in chosen if _WORDS.search(line) or not _OWNER.search(line))


@lru_cache(maxsize=4_096)
def _judge_window(window: str) -> Notice:
    plain = " ".join(_MARKS.sub("", window).split())
    names, choice = _judge(window), bool(_CHOICE.search(_NO_CHOICE.sub("", plain)))
    if choice or not names:
        names += tuple(name for pattern, name in _NAMES if pattern.search(plain) and name not in names)
    names = names if len(names) <= _MOST_NAMES else ()
    points = tuple(dict.fromkeys(point.strip(".-") for point in _POINTS.findall(plain)))
    return Notice(names, choice, points, bool(_STATES.search(plain)))


def judge_text(text: str) -> tuple[str, ...]:
    """The licenses whose texts or notices a text holds, in their order."""
    return _judge_again(text) if len(text) <= _MAX_HELD else _judge(text)


def _judge(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.id for match in identify_license(text, 0.0)))


_judge_again = lru_cache(maxsize=1_024)(_judge)
