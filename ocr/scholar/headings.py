"""Headings among the lines of a paper."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from ocr.layout.lines import Line
from ocr.layout.paragraphs import LEADERS
from ocr.scholar.parts import Spot, squeeze

NUMBERED = re.compile(
    r"\s*(?:(?:appendix|anhang|annexe|приложение|chapter|kapitel)\s+)?"
    r"(?P<number>(?:\d{1,2}|[A-Z]|[IVX]{1,5})(?:\.\d{1,2}){0,3})(?P<dot>[.:)]?)\s+(?P<title>\S.*)",
    re.IGNORECASE,
)
NAMED = re.compile(
    r"(references?( cited)?|bibliograph(y|ie)|literature( cited)?|works cited|literatur(verzeichnis)?|quellen|"
    r"r[ée]f[ée]rences( bibliographiques)?|referencias( bibliogr[áa]ficas)?|refer[êe]ncias( bibliogr[áa]ficas)?|"
    r"bibliograf[íi]a|riferimenti( bibliografici)?|literatuur(lijst)?|referenser|literatura|"
    r"(список )?(использованной )?литератур[аы]|библиография|список источников|参考文献|引用文献|參考文獻|참고\s?문헌)"
    r"\s*[:.]?",
    re.IGNORECASE,
)
KNOWN = re.compile(
    r"(introduction|conclusions?|discussion|methods?|results?|acknowledge?ments?|appendix|appendices|einleitung|"
    r"fazit|anhang|danksagung|conclusion|remerciements|annexe|introducci[óo]n|conclusiones|agradecimientos|введение|"
    r"заключение|благодарности|はじめに|おわりに|謝辞|引言|结论|致谢)[.:]?",
    re.IGNORECASE,
)
CAPTION = re.compile(
    r"\s*(table|figure|fig\.|tab\.|abbildung|tabelle|tableau|algorithm|listing|рис|табл)\b", re.I
)
MIN_LARGER = 0.8  # points above the text's size
MAX_HEADING_CHARS = 200


class Heading(NamedTuple):
    """A heading on the lines [first, last] of the spots."""

    first: int
    last: int
    level: int
    text: str


def find_headings(spots: Sequence[Spot], body: float, bookmarks: Sequence[Sequence[Any]]) -> list[Heading]:
    """The headings in order: those that the PDF's bookmarks name, and those of like style; else by style.

    A numbered heading is larger than the text or bold (and then in the order of the numbers), its depth is
    its level; an unnumbered one is in the style of a section, or of known name. Where a paper numbers
    nothing, lines that stand out are headings, levelled by their styles.
    """
    marked = _match_bookmarks(spots, bookmarks)
    numbered = _find_numbered(spots, body)
    large = {
        _style(spots[h.first].line)
        for h in marked + numbered
        if spots[h.first].line.size >= body + MIN_LARGER
    }
    if marked:
        styles = {_style(spots[h.first].line) for h in marked}
        numbered = [h for h in numbered if _style(spots[h.first].line) in styles]
    found = {heading.first: heading for heading in numbered} | {heading.first: heading for heading in marked}
    loose = _find_loose(spots, body, large, has_numbers=len(numbered) > 1 or bool(marked))
    inside = {at for heading in found.values() for at in range(heading.first, heading.last + 1)}
    level = _level_styles(spots, list(found.values()), loose, body)
    for heading in loose:
        if heading.first not in inside:
            found[heading.first] = heading._replace(level=level.get(_style(spots[heading.first].line), 1))
    return sorted(found.values())


def is_bibliography(text: str) -> bool:
    """Whether a heading is that of a bibliography."""
    match = NUMBERED.match(text)
    return bool(NAMED.fullmatch(text.strip()) or (match and NAMED.fullmatch(match["title"].strip())))


def _style(line: Line) -> tuple[float, bool]:
    return round(line.size * 2) / 2, line.bold


def _match_bookmarks(spots: Sequence[Spot], bookmarks: Sequence[Sequence[Any]]) -> list[Heading]:
    """The lines that bookmarks name; none where most of the bookmarks are not to be found."""
    found: list[Heading] = []
    begin = 0
    squeezed = [squeeze(spot.line.text) for spot in spots]
    pages: dict[int, list[int]] = {}
    for index, spot in enumerate(spots):
        pages.setdefault(spot.page, []).append(index)
    for depth, title, page in bookmarks:
        wanted = squeeze(re.sub(r"^\s*(\d+(\.\d+)*|[A-Z](\.\d+)*)[.:]?\s+(?=\S)", "", title))
        places = [i for number in (page, page + 1) for i in pages.get(number, ()) if i >= begin]
        for index in places:
            last = _reach(squeezed, index, wanted)
            if len(wanted) > 1 and last is not None and not LEADERS.search(spots[index].line.text):
                text = " ".join(spot.line.text.strip() for spot in spots[index : last + 1])
                found.append(Heading(index, last, depth, " ".join(text.split())))
                begin = last + 1
                break
    return found if len(found) >= 0.6 * max(len(bookmarks), 1) else []


def _reach(squeezed: Sequence[str], first: int, wanted: str) -> int | None:
    """The last of the lines that give a title together, a number before it aside."""
    text = ""
    for last in range(first, min(first + 4, len(squeezed))):
        text += squeezed[last]
        if text.endswith(wanted) and re.fullmatch(
            r"|(appendix)?([a-z]|[\divxlc]{1,6})", text[: len(text) - len(wanted)]
        ):
            return last
        if len(text) > len(wanted) + 15:
            return None
    return None


def _find_numbered(spots: Sequence[Spot], body: float) -> list[Heading]:
    found: list[Heading] = []
    for index, spot in enumerate(spots):
        line, match = spot.line, NUMBERED.match(spot.line.text)
        if not match or not _may_head(line) or not (line.bold or line.size >= body + MIN_LARGER):
            continue
        first = match["title"][0]
        if first.isdigit() or (len(match["number"]) == 1 and match["number"].islower()):
            continue
        if match["number"].isalpha() and not (match["dot"] or line.size >= body + MIN_LARGER or line.bold):
            continue
        if match["number"] == "A" and not match["dot"] and not line.text.lstrip().startswith("A  "):
            # The article "A" begins titles; a letter of an appendix stands apart from its title.
            if not _follows_sections(found) or _style(line) != _style(spots[found[0].first].line):
                continue
        last = _extend(spots, index)
        text = " ".join(s.line.text.strip() for s in spots[index : last + 1])
        found.append(Heading(index, last, match["number"].count(".") + 1, " ".join(text.split())))
    sure = [h for h in found if spots[h.first].line.size >= body + MIN_LARGER]
    return _keep_rising(found, {heading.first for heading in sure})


def _follows_sections(found: Sequence[Heading]) -> bool:
    return len(found) > 1


def _may_head(line: Line) -> bool:
    text = line.text.strip()
    if line.code or not 2 <= len(text) <= MAX_HEADING_CHARS or LEADERS.search(text) or CAPTION.match(text):
        return False
    if re.search(r"\t\s*(\d+|[ivxlc]+)$", line.text):  # a line of the contents, with its page
        return False
    return sum(map(str.isalpha, text)) >= max(2, 0.4 * len(text))


def _extend(spots: Sequence[Spot], first: int) -> int:
    """The last line of a heading that goes on over lines of one style, close to each other."""
    last = first
    while last + 1 < len(spots) and last - first < 3:
        a, b = spots[last], spots[last + 1]
        near = a.page == b.page and 0 < b.line.y0 - a.line.y0 < 1.7 * a.line.size
        if (
            not near
            or _style(a.line) != _style(b.line)
            or NUMBERED.match(b.line.text)
            or a.line.block < b.line.block - 1
        ):
            break
        last += 1
    return last


def _keep_rising(found: Sequence[Heading], sure: set[int]) -> list[Heading]:
    """Headings whose numbers rise: the longest such row, and all that are sure by their size."""
    keys = [_order(heading.text) for heading in found]
    best: list[tuple[int, int]] = []
    for i in range(len(found)):
        before = max(
            ((best[j][0], j) for j in range(max(0, i - 200), i) if keys[j] < keys[i]), default=(0, -1)
        )
        best.append((before[0] + 1, before[1]))
    at = max(range(len(best)), key=lambda i: best[i][0], default=-1)
    row = set()
    while at >= 0:
        row.add(at)
        at = best[at][1]
    return [heading for i, heading in enumerate(found) if i in row or heading.first in sure]


def _order(text: str) -> tuple[int, ...]:
    match = NUMBERED.match(text)
    parts = match["number"].split(".") if match else []
    return tuple(int(part) if part.isdigit() else 100 + ord(part[0].upper()) for part in parts)


def _find_loose(
    spots: Sequence[Spot], body: float, large: set[tuple[float, bool]], *, has_numbers: bool
) -> list[Heading]:
    """Unnumbered headings; `large` are the styles of sure headings."""
    found: list[Heading] = []
    counts = Counter(spot.page * 100_000 + spot.line.block for spot in spots)
    end = -1
    for index, spot in enumerate(spots):
        line, text = spot.line, spot.line.text.strip()
        if index <= end or not (_may_head(line) or NAMED.fullmatch(text)):
            continue
        known = bool(NAMED.fullmatch(text) or KNOWN.fullmatch(text))
        stands_out = line.bold or line.size >= body + MIN_LARGER
        last = _extend(spots, index)
        alone = counts[spot.page * 100_000 + line.block] <= last - index + 1
        if has_numbers:
            good = _style(line) in large or (known and (stands_out or (alone and is_bibliography(text))))
        else:
            good = (stands_out and (alone or line.size >= body + MIN_LARGER)) or (known and alone)
        if good and (text[0].isalpha() or text[0] in "“\"'¿«") and not re.search(r"[.,;]$", text[4:]):
            found.append(
                Heading(
                    index, last, 1, " ".join(" ".join(s.line.text for s in spots[index : last + 1]).split())
                )
            )
            end = last
    return found


def _level_styles(
    spots: Sequence[Spot], sure: Sequence[Heading], loose: Sequence[Heading], body: float
) -> dict[tuple[float, bool], int]:
    """A level for each style: that of the sure headings in it, else by rank, large before bold before plain."""
    levels: dict[tuple[float, bool], Counter[int]] = {}
    for heading in sure:
        levels.setdefault(_style(spots[heading.first].line), Counter())[heading.level] += 1
    if levels:
        return {style: counts.most_common(1)[0][0] for style, counts in levels.items()}
    styles = {_style(spots[h.first].line) for h in loose if not is_bibliography(h.text)}
    return {style: min(rank, 6) for rank, style in enumerate(sorted(styles, reverse=True), 1)}
