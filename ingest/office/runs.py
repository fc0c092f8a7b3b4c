"""The runs of a Word paragraph: its words as they stand when all changes are accepted."""

from collections import Counter
from itertools import takewhile
from typing import NamedTuple

from lxml import etree

from winnow.ingest.office.inline import Inline
from winnow.ingest.office.namespaces import MC, M, W
from winnow.ingest.office.numbering import Numbering
from winnow.ingest.office.omml import to_latex
from winnow.ingest.office.styles import Styles

_GONE = {W + "del", W + "moveFrom"}
_ADDED = {W + "ins", W + "moveTo"}
_SIGNS = {"tab": "\t", "ptab": "\t", "cr": "\n", "noBreakHyphen": "\u2011", "softHyphen": ""}
_SIGNS = {W + name: sign for name, sign in _SIGNS.items()}
_PICTURES = {W + "drawing", W + "pict", W + "object"}
_SKIPPED = {W + "pPr", W + "rPr", W + "instrText", W + "delText", W + "delInstrText", W + "rt", W + "sdtPr"}
# Adobe's Symbol encoding, from "A" on, which Word gives as characters F041 and so on.
_SYMBOL = dict(zip(range(0x41, 0x5B), "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ", strict=True))
_SYMBOL |= dict(zip(range(0x61, 0x7B), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True))
_SYMBOL |= {0xB0: "°", 0xB1: "±", 0xB4: "\u00d7", 0xB3: "≥", 0xA3: "≤", 0xB9: "≠", 0xBB: "≈"}
_SYMBOL |= {
    0xA5: "∞",
    0xB7: "·",
    0xAE: "→",
    0xAC: "←",
    0xDE: "⇒",
    0xE5: "∑",
    0xF2: "∫",
    0xD6: "√",
    0xCE: "∈",
    0xB6: "∂",
}
_WINGDINGS = {0xE0: "→", 0xDF: "←", 0xFC: "✓", 0xFB: "✗", 0xA8: "☐", 0xFE: "☑", 0x6C: "●", 0xA7: "▪"}
_MAX_DEPTH = 60


class ReadContext(NamedTuple):
    """What all text of a document is read with."""

    styles: Styles
    numbering: Numbering
    notes: dict[tuple[str, str], etree._Element]
    comments: dict[str, etree._Element]
    counts: Counter[str]
    hidden: bool


def read_inline(paragraph: etree._Element, context: ReadContext, found: Inline) -> Inline:
    """Add to `found` what a paragraph says."""
    _walk(paragraph, context, found, 0)
    return found


def _walk(parent: etree._Element, context: ReadContext, found: Inline, depth: int) -> None:
    if depth > _MAX_DEPTH:
        context.counts["too_deep"] += 1
        return
    for child in parent:
        tag = child.tag
        if tag == W + "t":
            found.text.append(child.text or "")
        elif tag == W + "r":
            if context.hidden or not _is_hidden(child):
                _walk(child, context, found, depth + 1)
            else:
                context.counts["hidden_runs"] += 1
        elif tag in _GONE:
            context.counts["deletions"] += 1
        elif tag in _SIGNS:
            found.text.append(_SIGNS[tag])
        elif tag not in _SKIPPED and not _read_other(child, context, found):
            context.counts["insertions"] += tag in _ADDED
            _walk(child, context, found, depth + 1)


def _read_other(child: etree._Element, context: ReadContext, found: Inline) -> bool:
    """Whether the element was one that has a reading of its own."""
    tag = child.tag
    if tag in (M + "oMath", M + "oMathPara"):
        _read_formula(child, context, found)
    elif tag in (W + "footnoteReference", W + "endnoteReference"):
        _read_note(child, context, found)
    elif tag == W + "commentReference":
        _read_comment(child, context, found)
    elif tag in _PICTURES:
        _read_picture(child, context, found)
    elif tag == MC + "AlternateContent":
        _read_choice(child, context, found)
    elif tag == W + "br":
        found.text.append("\n" if child.get(W + "type", "textWrapping") == "textWrapping" else " ")
    elif tag == W + "sym":
        found.text.append(_read_symbol(child))
    else:
        return not isinstance(tag, str)
    return True


def _is_hidden(run: etree._Element) -> bool:
    properties = run.find(W + "rPr")
    return properties is not None and is_on(properties.find(W + "vanish"))


def is_on(element: etree._Element | None) -> bool:
    """Whether a switch is there and not off."""
    return element is not None and element.get(W + "val", "1") not in ("0", "false", "off")


def _read_formula(element: etree._Element, context: ReadContext, found: Inline) -> None:
    shown = element.tag == M + "oMathPara"
    for one in element.iter(M + "oMath"):
        context.counts["formulas"] += 1
        tex = to_latex(one)
        context.counts["lost_formulas"] += not tex
        if tex:
            found.text.append(f"$${tex}$$" if shown else f"${tex}$")


def _read_note(element: etree._Element, context: ReadContext, found: Inline) -> None:
    kind = "footnote" if element.tag == W + "footnoteReference" else "endnote"
    # Once: it may be asked for a million times.
    note = context.notes.pop((kind, element.get(W + "id", "")), None)
    if note is not None:
        context.counts[kind + "s"] += 1
        name = f"{'' if kind == 'footnote' else 'e'}{context.counts[kind + 's']}"
        found.text.append(f"[^{name}]")
        found.notes.append((name, note))


def _read_comment(element: etree._Element, context: ReadContext, found: Inline) -> None:
    said = context.comments.pop(element.get(W + "id", ""), None)
    if said is not None:
        words = " ".join("".join(t.text or "" for t in p.iter(W + "t")) for p in said.iter(W + "p"))
        found.text.append(f" [{said.get(W + 'author', '') or 'Comment'}: {' '.join(words.split())}]")


def _read_picture(element: etree._Element, context: ReadContext, found: Inline) -> None:
    boxes = [box for box in element.iter(W + "txbxContent") if not _is_fallback(box, element)]
    inner = [box for box in boxes if not any(other in boxes for other in box.iterancestors())]
    found.boxes += inner
    context.counts["pictures"] += not boxes


def _is_fallback(box: etree._Element, inside: etree._Element) -> bool:
    """Whether it says once more, for older programs, what stands beside it."""
    around = takewhile(lambda over: over is not inside, box.iterancestors())
    return any(over.tag == MC + "Fallback" for over in around)


def _read_choice(element: etree._Element, context: ReadContext, found: Inline) -> None:
    """The first choice alone: the others say the same for programs that cannot read it."""
    choice = next((c for c in element if c.tag in (MC + "Choice", MC + "Fallback")), None)
    if choice is not None:
        _walk(choice, context, found, 0)


def _read_symbol(element: etree._Element) -> str:
    code, font = element.get(W + "char", ""), element.get(W + "font", "").lower()
    try:
        number = int(code, 16)
    except ValueError:
        return ""
    if 0xF000 <= number <= 0xF0FF:
        table = _SYMBOL if font == "symbol" else _WINGDINGS if font.startswith("wingdings") else {}
        return table.get(number - 0xF000, "")
    return chr(number) if number <= 0x10FFFF and not 0xD800 <= number < 0xE000 else ""
