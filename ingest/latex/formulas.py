"""Formulas that a page carries as TeX, in the text where they stand: `$...$`, or `$$...$$` on a line.

Read are `script type="math/tex"` (MathJax 2), the TeX annotation in MathML (KaTeX, MathJax 3, MediaWiki),
`alttext` (LaTeXML), the alternative text of formulas drawn as images, and `data-latex` or `data-tex`.
What only draws the same formula again goes. MathML without TeX is translated by `ingest.latex.mathml`. TeX in
plain text stays as it is.
"""

import html as entities
import re

from winnow.ingest.latex.mathml import translate

_ATTRIBUTES = r'((?: [^\s=>"]+(?:="[^"]*")?)*)'
_OPEN = re.compile(rf"<([a-z][a-z0-9-]*){_ATTRIBUTES}>")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9-]*)[ >]")
_NAMES = re.compile(r' (class|type|alt|src|alttext|display|data-latex|data-tex|mode)="([^"]*)"')
_ANNOTATION = re.compile(
    r'<annotation[^>]* encoding="(?:application/x-tex|TeX|LaTeX|application/x-latex)"[^>]*>([^<]*)<'
)
_MATH = re.compile(rf"<math{_ATTRIBUTES}>")
_TEX = re.compile(r"\\[A-Za-z]+|[\^_]\{")
_IMAGE_NAMES = "tex latex math mathtex formula formulaInl formulaDsp mwe-math-fallback-image-inline"
_IMAGE_CLASSES = set(_IMAGE_NAMES.split())
_DRAWN_NAMES = """
katex katex-display mwe-math-element MathJax MathJax_Display MathJax_Preview MathJax_SVG MathJax_SVG_Display
MathJax_CHTML MJXc-display mjx-chtml
"""
_DRAWN = set(_DRAWN_NAMES.split())
_MAX_DRAWN = 200_000
_SHELLS = (("$$", "$$"), (r"\[", r"\]"), (r"\(", r"\)"), ("$", "$"))


def rewrite(html: str) -> str:
    """The page in lexbor's serialisation, with TeX in place of the formulas."""
    parts, at, searched = [], 0, 0
    scripts = 'type="math/tex' in html
    ends = _match_ends(html)
    while found := _OPEN.search(html, searched):
        searched = found.end()
        name, attributes = found[1], found[2]
        if name not in ("math", "mjx-container") and not attributes:
            continue
        end, formula = _replace(html, found, ends, scripts)
        if formula is not None:
            parts += [html[at : found.start()], formula]
            at = searched = end
    return "".join([*parts, html[at:]])


def _replace(html: str, found: re.Match[str], ends: dict[int, int], scripts: bool) -> tuple[int, str | None]:
    """Where the formula's element ends and what stands in its place; None if it is none."""
    name, attributes = found[1], found[2]
    has = dict(_NAMES.findall(attributes)) if attributes else {}
    if name == "img":
        return found.end(), _read_image(has)
    if name == "math":
        end = ends.get(found.start(), len(html))
        return end, _read_mathml(html[found.start() : end], has)
    if name == "script":
        end = html.find("</script>", found.end())
        if not has.get("type", "").startswith("math/tex") or end < 0:
            return found.end(), None
        return end + 9, _delimit(html[found.end() : end], "display" in has["type"])
    if tex := has.get("data-latex") or has.get("data-tex"):
        end = ends.get(found.start(), len(html))
        if end - found.end() < _MAX_DRAWN:
            return end, _delimit(entities.unescape(tex), name == "div")
    classes = set(has.get("class", "").split())
    if name == "mjx-container" or classes & _DRAWN:
        return _replace_drawn(html, found, ends, classes, scripts)
    return found.end(), None


def _replace_drawn(
    html: str, found: re.Match[str], ends: dict[int, int], classes: set[str], scripts: bool
) -> tuple[int, str | None]:
    end = ends.get(found.start(), len(html))
    if end - found.end() > _MAX_DRAWN or html.count("<math", found.end(), end) > 1:
        return found.end(), None
    inner = html[found.end() : end]
    math = _MATH.search(inner)
    if math:
        has = dict(_NAMES.findall(math[1]))
        shown = any("isplay" in each for each in classes) or has.get("display") == "block"
        last = inner.find("</math>", math.end())
        return end, _read_mathml(inner[math.start() : last + 7], {**has, "display": "block" if shown else ""})
    if (
        scripts
        and 'type="math/tex' not in inner
        and any(each.startswith(("MathJax", "MJX")) for each in classes)
    ):
        return end, ""
    return found.end(), None


def _read_image(has: dict[str, str]) -> str | None:
    tex = entities.unescape(has.get("alt", ""))
    classes = set(has.get("class", "").split())
    named = classes & _IMAGE_CLASSES or "latex" in has.get("src", "")
    signs = len(_TEX.findall(tex))
    delimited = any(tex.startswith(first) and tex.endswith(last) for first, last in _SHELLS)
    if not tex.strip() or not (named or signs > 1 or (signs and delimited)):
        return None
    return _delimit(tex, any("display" in each for each in classes))


def _read_mathml(math: str, has: dict[str, str]) -> str:
    shown = has.get("display") == "block" or has.get("mode") == "display"
    annotation = _ANNOTATION.search(math) if "<annotation" in math else None
    tex = annotation[1] if annotation else has.get("alttext", "")
    if tex.strip():
        return _delimit(entities.unescape(tex), shown)
    return _delimit(translate(math), shown)


def _delimit(tex: str, shown: bool) -> str:
    """TeX with its delimiters, escaped for markup."""
    tex = tex.strip()
    if "%" in tex:
        tex = tex.removeprefix("% <![CDATA[").removesuffix("%]]>").strip()
    for first, last in _SHELLS if tex.startswith(("$", "\\")) else ():
        if tex.startswith(first) and tex.endswith(last) and len(tex) > len(first) + len(last):
            tex, shown = tex[len(first) : -len(last)].strip(), shown or first in ("$$", r"\[")
            break
    if tex.startswith(r"{\displaystyle") and tex.endswith("}"):
        tex = tex[len(r"{\displaystyle") : -1].strip()
    if not tex:
        return ""
    tex = entities.escape(tex, quote=False)
    return f"<br>$${tex}$$<br>" if shown else f"${tex}$"


def _match_ends(html: str) -> dict[int, int]:
    """For each element by where it begins the place behind the tag that closes it, found in one pass."""
    ends: dict[int, int] = {}
    opened: dict[str, list[int]] = {}
    for tag in _TAG.finditer(html):
        waiting = opened.setdefault(tag[2], [])
        if not tag[1]:
            waiting.append(tag.start())
        elif waiting:
            ends[waiting.pop()] = html.find(">", tag.start()) + 1
    return ends
