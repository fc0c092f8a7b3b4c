"""Words that a line's end cut: put together by the document's own vocabulary."""

import re
from collections.abc import Sequence

from winnow.ocr.layout.lines import Page
from winnow.ocr.layout.tables import BREAK

HYPHEN = re.compile(r"([^\W\d_]+)[-\u2010]$")
START = re.compile(r"([^\W\d_]+)")
IDEOGRAPH = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
ADDRESS = re.compile(r"(?P<open>[(<\[{]?)\b(?:https?|ftp|git|ssh|svn):(?:/{1,2}\S*)?$")
# How the rest of an address looks that a line's end cut: a path, or parts with signs between them.
REST = re.compile(r"[/?#=&%_~]\S|[\w~%+-]+[/.#?=&_-][\w/%~-]")
CLOSED = re.compile(r"[\w~%+./#?=&-]+[)>\]}]")
SOFT_HYPHEN = "\u00ad"


def collect_words(pages: Sequence[Page]) -> frozenset[str]:
    """Words that stand within lines (where no line's end can have cut them), lower case."""
    texts = [text for page in pages for line in page.lines for text in line.text.strip().split(BREAK)]
    cut = {
        index for index, text in enumerate(texts) if text.endswith(("-", "\u2010")) and HYPHEN.search(text)
    }
    if not cut:
        return frozenset()
    whole = [
        START.sub("", _drop_end(text, index in cut), count=1)
        if index - 1 in cut
        else _drop_end(text, index in cut)
        for index, text in enumerate(texts)
    ]
    return frozenset(WORD.findall("\n".join(whole).lower()))


def _drop_end(text: str, cut: bool) -> str:
    return HYPHEN.sub("", text) if cut else text


def join_words(before: str, after: str, words: frozenset[str]) -> tuple[str, str]:
    """The text before a line's end, less a hyphen that the end made, and what to put there: "" or a space."""
    if before.endswith(SOFT_HYPHEN):
        return before[:-1], ""
    if IDEOGRAPH.search(before[-1:]) and IDEOGRAPH.match(after):
        return before, ""
    if is_address_cut(before, after):
        return before, ""
    if not before.endswith(("-", "\u2010")):
        return before, " "
    head, tail = HYPHEN.search(before[-60:]), START.match(after)
    if not (head and tail):
        return before, " "
    first, second = head[1].lower(), tail[1].lower()
    if f"{first}{second}" in words:
        return before[:-1], ""
    if f"{first}-{second}" in words or not after[0].islower() or (first in words and second in words):
        return before, ""
    return before[:-1], ""


def is_address_cut(before: str, after: str) -> bool:
    """Whether a line's end cut an address of the web, which has neither hyphen nor space there."""
    address = ADDRESS.search(before[-300:])
    if not address or not before.endswith(tuple("/.:-_?&=#%~")):
        return bool(address and re.match(r"[/?#=&%]\S", after))
    if before.endswith((":", "//")) or REST.match(after):
        return after[:1] in "/~%" or after[:1].isalnum()
    return bool(address["open"] and CLOSED.match(after))
