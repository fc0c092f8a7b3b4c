"""What stands around the words of a message: signatures, lists' footers, marks of PGP and scrubbed parts."""

import re
from itertools import pairwise
from typing import NamedTuple

from winnow.ingest.thread.quotes import FIELD

_RULE = re.compile(r"\s*(?:[-_=*~#+]{5,}.*|<?-+ ?(?:To unsubscribe|Yahoo! Groups Sponsor).*)$", re.I)
_FOOTER = re.compile(
    r"mailing list|unsubscri|listinfo|listserv|mailman|list archive|list maintainer|sponsored by"
    r"|groups\.yahoo|terms of service|majordomo|google ?groups|list-?request",
    re.I,
)
_LIST_PAGE = re.compile(
    r"\s*(?:https?://\S+/(?:listinfo|options)(?:\.cgi)?/\S+|.{0,40}mailing list\s*)$", re.I
)
_MAX_ENDS = 20  # one behind the other
_MAX_LINE = 500  # of a footer, as far as it is looked at
_MAX_FOOTER, _MAX_SIGNATURE, _MAX_PLAIN_SIGNATURE = 16, 12, 6
_QUOTE = r"^[> \t]{0,40}"
_PGP_HEAD = re.compile(
    rf"{_QUOTE}-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\n(?:{_QUOTE}Hash:.*\n)*(?:{_QUOTE}\n)?", re.M
)
_PGP_BLOCK = re.compile(rf"{_QUOTE}-----(BEGIN|END) PGP (SIGNATURE|MESSAGE)-----[ \t]*$", re.M)
_BLOCK_LINES = {"SIGNATURE": 62, "MESSAGE": 2_000}
_SCRUBBED = re.compile(
    r"^-+ next part -+\n(?:An? .{0,300}?(?:was scrubbed|attachment).*\n"
    r"(?:(?:Name|Type|Size|Desc|URL|Url|From|Subject|Date|Message-ID)\b.*\n)*|Skipped content of type .*\n)?",
    re.MULTILINE,
)


class TrimmedText(NamedTuple):
    """`text`, and how many lines of signatures and of footers were cut, and how many parts were scrubbed."""

    text: str
    signature_lines: int
    footer_lines: int
    scrubbed: int


def trim(text: str) -> TrimmedText:
    """A message without its signature, its list's footer, marks of PGP and notes of parts that are scrubbed.

    A footer is what stands behind a line of dashes or the like, at most 16 lines, and names a list, or how
    to leave it. A signature stands behind a line `-- ` (at most 12 lines) or `--` (at most 6).
    """
    text, scrubbed = _SCRUBBED.subn("", text)
    text = _cut_blocks(_PGP_HEAD.sub("", text))
    lines = [line.rstrip("\n") for line in text.split("\n")]
    _strip(lines)
    signature = footer = 0
    for _ in range(_MAX_ENDS):
        cut_footer = _cut_footer(lines)
        cut_signature = _cut_signature(lines)
        footer, signature = footer + cut_footer, signature + cut_signature
        if not cut_footer and not cut_signature:
            break
    return TrimmedText("\n".join(line.rstrip() for line in lines).strip("\n"), signature, footer, scrubbed)


def _cut_blocks(text: str) -> str:
    """The text without PGP's signatures, and without the encrypted messages that it quotes."""
    kept, at = [], 0
    begun: re.Match[str] | None = None
    for mark in _PGP_BLOCK.finditer(text):
        if mark[1] == "BEGIN":
            begun = mark
        elif begun and begun[2] == mark[2]:
            if text.count("\n", begun.start(), mark.start()) < _BLOCK_LINES[mark[2]]:
                kept.append(text[at : begun.start()])
                at = mark.end()
            begun = None
    return "".join(kept) + text[at:]


def _strip(lines: list[str]) -> None:
    while lines and not lines[-1].strip():
        lines.pop()


def _cut_footer(lines: list[str]) -> int:
    """Cut the last footer; returns its lines."""
    first = max(0, len(lines) - _MAX_FOOTER)
    for at in range(first, len(lines)):
        behind = lines[at:]
        whole = not _is_quoted(behind) or all(line.startswith(">") or not line.strip() for line in behind)
        if whole and _RULE.match(lines[at].lstrip("> ")) and any(map(_names_list, behind)):
            del lines[at:]
            _strip(lines)
            return len(behind)
    if lines and len(lines[-1]) <= _MAX_LINE and _LIST_PAGE.match(lines[-1]):
        lines.pop()
        _strip(lines)
        return 1
    return 0


def _names_list(line: str) -> bool:
    return _FOOTER.search(line, 0, _MAX_LINE) is not None


def _cut_signature(lines: list[str]) -> int:
    for at in range(len(lines) - 1, max(-1, len(lines) - _MAX_SIGNATURE - 2), -1):
        behind = len(lines) - at
        dashes = lines[at]
        if dashes == "-- " or (dashes.strip() in ("--", "—", "- --") and behind <= _MAX_PLAIN_SIGNATURE + 1):
            if _is_quoted(lines[at:]):
                return 0
            del lines[at:]
            _strip(lines)
            return behind
    return 0


def _is_quoted(lines: list[str]) -> bool:
    """Whether words of somebody else stand there, marked or below headers of theirs: then it is no end."""
    fields = [FIELD.match(line) is not None for line in lines]
    return any(line.startswith(">") for line in lines) or any(map(all, pairwise(fields)))
