"""Formulas of Office (OMML, ISO 29500-1, 22.1) in LaTeX, by way of MathML."""

from html import escape

from lxml import etree

from winnow.ingest.latex.mathml import translate
from winnow.ingest.office.namespaces import M, W

_ACCENTS = {"\u0302": "^", "\u0303": "~", "\u0304": "\u00af", "\u0305": "\u00af", "\u20d7": "\u2192"}
_ACCENTS |= {"\u0307": "\u02d9", "\u0308": "\u00a8", "\u030c": "\u02c7", "": "^"}
_MAX_DEPTH = 50


def to_latex(element: etree._Element) -> str:
    """LaTeX of an `m:oMath` element, without dollar signs; "" where it says nothing."""
    return translate(f"<math>{_write_all(element, 0)}</math>").strip()


def _write_all(element: etree._Element | None, depth: int) -> str:
    if element is None or depth > _MAX_DEPTH:
        return ""
    return "".join(_write(child, depth + 1) for child in element)


def _row(element: etree._Element, name: str, depth: int) -> str:
    return f"<mrow>{_write_all(element.find(M + name), depth)}</mrow>"


def _get(element: etree._Element, path: str, default: str) -> str:
    """A property such as `naryPr/chr`; the default where it is not there."""
    found = element.find("/".join(M + name for name in path.split("/")))
    return default if found is None else found.get(M + "val", "")


def _write(element: etree._Element, depth: int) -> str:
    name = etree.QName(element).localname if isinstance(element.tag, str) else ""
    if name == "r":
        return _write_run(element)
    if name.endswith("Pr") or name in ("ctrlPr", "del", "moveFrom"):
        return ""
    writer = _WRITERS.get(name)
    return writer(element, depth) if writer else _write_all(element, depth)


def _write_run(run: etree._Element) -> str:
    text = "".join(t.text or "" for t in run if t.tag in (M + "t", W + "t"))
    if run.find(f"{M}rPr/{M}nor") is not None:
        return f"<mtext>{escape(text)}</mtext>"
    upright = _get(run, "rPr/sty", "i") in ("p", "b")
    out, word = [], ""
    for char in text + "\0":
        if char.isalpha() and upright:
            word += char
            continue
        if word:
            out.append(f"<mi>{escape(word)}</mi>")
            word = ""
        if char.isdigit() or (char in ".," and out and out[-1].startswith("<mn>")):
            if out and out[-1].startswith("<mn>"):
                out[-1] = f"{out[-1][:-5]}{char}</mn>"
            else:
                out.append(f"<mn>{char}</mn>")
        elif char.isalpha():
            out.append(f"<mi>{char}</mi>")
        elif not char.isspace() and char != "\0":
            out.append(f"<mo>{escape(char)}</mo>")
    return "".join(out)


def _write_fraction(element: etree._Element, depth: int) -> str:
    line = ' linethickness="0"' if _get(element, "fPr/type", "bar") == "noBar" else ""
    return f"<mfrac{line}>{_row(element, 'num', depth)}{_row(element, 'den', depth)}</mfrac>"


def _write_root(element: etree._Element, depth: int) -> str:
    hidden = _get(element, "radPr/degHide", "0") not in ("0", "off", "false")
    degree = _write_all(element.find(M + "deg"), depth)
    base = _row(element, "e", depth)
    return f"<msqrt>{base}</msqrt>" if hidden or not degree else f"<mroot>{base}<mrow>{degree}</mrow></mroot>"


def _write_nary(element: etree._Element, depth: int) -> str:
    sign = escape(_get(element, "naryPr/chr", "\u222b") or "\u222b")
    low, high = (_write_all(element.find(M + name), depth) for name in ("sub", "sup"))
    tag = {(True, True): "msubsup", (True, False): "msub", (False, True): "msup"}.get((bool(low), bool(high)))
    body = f"<mo>{sign}</mo>" + "".join(f"<mrow>{limit}</mrow>" for limit in (low, high) if limit)
    return (f"<{tag}>{body}</{tag}>" if tag else body) + _row(element, "e", depth)


def _write_fence(element: etree._Element, depth: int) -> str:
    opens, closes = _get(element, "dPr/begChr", "("), _get(element, "dPr/endChr", ")")
    between = f"<mo>{escape(_get(element, 'dPr/sepChr', '|'))}</mo>"
    inner = between.join(f"<mrow>{_write_all(e, depth)}</mrow>" for e in element.findall(M + "e"))
    left, right = (f"<mo>{escape(fence)}</mo>" if fence else "" for fence in (opens, closes))
    return f"<mrow>{left}{inner}{right}</mrow>"


def _write_matrix(element: etree._Element, depth: int) -> str:
    rows = element.findall(M + "mr")
    cells = [[_write_all(e, depth) for e in row.findall(M + "e")] for row in rows]
    if not rows:  # an array of equations: a cell each
        cells = [[_write_all(e, depth)] for e in element.findall(M + "e")]
    written = ("".join(f"<mtd>{cell}</mtd>" for cell in row) for row in cells)
    return f"<mtable>{''.join(f'<mtr>{row}</mtr>' for row in written)}</mtable>"


def _write_accent(element: etree._Element, depth: int) -> str:
    sign = _get(element, "accPr/chr", "\u0302")
    return f"<mover accent='true'>{_row(element, 'e', depth)}<mo>{_ACCENTS.get(sign, sign)}</mo></mover>"


def _write_bar(element: etree._Element, depth: int) -> str:
    over = _get(element, "barPr/pos", "bot") == "top"
    tag, sign = ("mover", "\u00af") if over else ("munder", "_")
    return f"<{tag}>{_row(element, 'e', depth)}<mo>{sign}</mo></{tag}>"


def _write_group(element: etree._Element, depth: int) -> str:
    tag = "mover" if _get(element, "groupChrPr/pos", "bot") == "top" else "munder"
    sign = escape(_get(element, "groupChrPr/chr", "\u23df"))
    return f"<{tag}>{_row(element, 'e', depth)}<mo>{sign}</mo></{tag}>"


def _write_function(element: etree._Element, depth: int) -> str:
    return f"{_row(element, 'fName', depth)}<mo>\u2061</mo>{_row(element, 'e', depth)}"


def _write_prescripts(element: etree._Element, depth: int) -> str:
    scripts = "".join(_row(element, name, depth) for name in ("sub", "sup"))
    return f"<mmultiscripts>{_row(element, 'e', depth)}<mprescripts/>{scripts}</mmultiscripts>"


def _in_order(tag: str, *names: str):  # type: ignore[no-untyped-def]
    def write(element: etree._Element, depth: int) -> str:
        return f"<{tag}>{''.join(_row(element, name, depth) for name in names)}</{tag}>"

    return write


_WRITERS = {
    "f": _write_fraction,
    "rad": _write_root,
    "nary": _write_nary,
    "d": _write_fence,
    "m": _write_matrix,
    "eqArr": _write_matrix,
    "acc": _write_accent,
    "bar": _write_bar,
    "groupChr": _write_group,
    "func": _write_function,
    "sPre": _write_prescripts,
    "sSub": _in_order("msub", "e", "sub"),
    "sSup": _in_order("msup", "e", "sup"),
    "sSubSup": _in_order("msubsup", "e", "sub", "sup"),
    "limLow": _in_order("munder", "e", "lim"),
    "limUpp": _in_order("mover", "e", "lim"),
}
