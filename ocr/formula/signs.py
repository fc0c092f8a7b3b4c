"""What a glyph of a formula is in LaTeX: by its font and its code or Unicode (`signs.tsv`)."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("signs.tsv")
# Fonts that set formulas and no prose: TeX's own, and those that say so.
MATHS = re.compile(
    r"(?:^|\+)(?:CMMI|CMSY|CMEX|CMMIB|CMBSY|MSAM|MSBM|EUFM|EUFB|EUSM|RSFS|r?tx(?:b?mi|b?sy|b?ex|mia)|NewTXB?MI|"
    r"txsy|zpz?c|MathDesign|StandardSymL|pxmi|pxsy|px(?:ex|mia)|fourier-m|kpmath|MnSymbol|stmary|wasy|lasy|bbold|dsrom|"
    r"NewPXMI|pxsys|txex|STIXMath|Symbol(?:MT)?$)|Math(?!ew)|esint",
    re.I,
)
EXTENSIONS = re.compile(r"CMEX|t?xex|pxex|MathExt|euex|mdputri.*ex|fourier-mex|NewTX.?EX|ntxex", re.I)
ENCODINGS = ((EXTENSIONS, "omx"), (re.compile(r"CMSY|CMBSY|MathSymbols|txsy$|pxsy$", re.I), "oms"))
STYLES = (  # of letters, by the name of the font
    (re.compile(r"MSBM|bbold|dsrom|DoubleStruck|txmiaX?$", re.I), "mathbb"),
    (re.compile(r"EUFM|EUFB|fraktur", re.I), "mathfrak"),
    (re.compile(r"RSFS|EUSM", re.I), "mathcal"),
    (re.compile(r"(?:CMSY|CMBSY|MathSymbols|txsy|pxsy|txsys)", re.I), "mathcal"),
    (re.compile(r"CMMIB|MathItalic.*Bold|txbmi|NewTXBMI", re.I), "boldsymbol"),
)
STYLE_NAMES = (  # of Unicode's mathematical letters
    ("DOUBLE-STRUCK", "mathbb"),
    ("FRAKTUR", "mathfrak"),
    ("SCRIPT", "mathcal"),
    ("SANS-SERIF", "mathsf"),
    ("MONOSPACE", "mathtt"),
    ("BOLD", "mathbf"),
)
BOLD = re.compile(r"CMBX|bold|demi|semibold|-medi|[a-z]b(?:x)?\d*$", re.I)
OPENED, CLOSED = "([", ")]"
RELATIONS, BINARIES = "=<>:", "+-*"
SWAPPED = {"\u03c6": "\\phi", "\u03d5": "\\varphi"}  # in TeX's own fonts


class Sign(NamedTuple):
    """`latex`; `kind`: ord, op, rel, bin, open, close, fence, piece, root, accent, prime, punct, brace;
    `height`, in sizes of the font, of what hangs from its baseline (0: stands on it)."""

    latex: str
    kind: str
    height: float = 0.0


UNKNOWN = Sign("", "ord")


@lru_cache(maxsize=4096)
def is_maths(font: str) -> bool:
    """Whether a font's name is that of one that sets formulas alone."""
    return MATHS.search(font) is not None


@lru_cache(maxsize=1)
def _load() -> dict[tuple[str, int], Sign]:
    rows = (line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()[1:])
    return {
        (font, int(code, 16)): Sign(latex, kind, float(high or 0)) for font, code, latex, kind, high in rows
    }


@lru_cache(maxsize=8192)
def find_sign(character: str, font: str, coded: bool = False) -> Sign:
    """The sign of one character, as its reader has it, in a font; of what is not known, `latex` is "".
    `coded`: it has no Unicode, and `character` is its code in the font."""
    table, code = _load(), ord(character)
    if coded:
        encoding = next((name for pattern, name in ENCODINGS if pattern.search(font)), "")
        return table.get((encoding, code), UNKNOWN)
    if character in SWAPPED and ("Math" not in font or "LMMath" in font):
        return Sign(SWAPPED[character], "ord")
    if ("any", code) in table:
        return table["any", code]
    if character in ",;":
        return Sign(character, "punct")
    if character in "|/.!?'\"@":
        return Sign(
            {"|": "|", "'": "\\prime"}.get(character, character),
            {"|": "fence", "'": "prime"}.get(character, "ord"),
        )
    for signs, kind in ((OPENED, "open"), (CLOSED, "close"), (RELATIONS, "rel"), (BINARIES, "bin")):
        if character in signs:
            return Sign(character, kind)
    return _find_letter(character, font)


def _find_letter(character: str, font: str) -> Sign:
    plain = unicodedata.normalize("NFKC", character)
    name = unicodedata.name(plain if character == "\u2126" else character, "")
    greek = name.startswith("GREEK") or (name.startswith("MATHEMATICAL") and "\u0370" <= plain <= "\u03ff")
    if not greek and not (len(plain) == 1 and plain.isascii() and plain.isalnum()):
        return Sign(character if character.isalpha() else "", "ord")
    latex = _name_greek(plain) if greek else plain
    style = _find_style(latex, name, font)
    return Sign(f"\\{style}{{{latex}}}" if style else latex, "ord")


def _find_style(latex: str, name: str, font: str) -> str:
    """The alphabet of a letter: by its name in Unicode, or by that of its font."""
    bold = BOLD.search(font) is not None and not is_maths(font)
    if name.startswith("MATH"):
        return next((style for word, style in STYLE_NAMES if word in name), "")
    if not latex.isalpha():
        return "boldsymbol" if bold and latex.startswith("\\") else ""
    style = next((style for pattern, style in STYLES if pattern.search(font)), "")
    if style == "mathcal" and not latex.isupper():
        style = ""
    return style or ("mathbf" if bold else "")


def _name_greek(letter: str) -> str:
    names = unicodedata.name(letter, "").lower().split()
    word = names[-2] if names[-1] == "symbol" else names[-1]
    word = {"lamda": "lambda"}.get(word, word)
    word = word if letter.islower() or letter in "\u2202\u2207" else word.capitalize()
    if word == "omicron":
        return "o"
    latin = {
        "Alpha": "A",
        "Beta": "B",
        "Epsilon": "E",
        "Zeta": "Z",
        "Eta": "H",
        "Iota": "I",
        "Kappa": "K",
        "Mu": "M",
    }
    latin |= {"Nu": "N", "Omicron": "O", "Rho": "P", "Tau": "T", "Chi": "X"}
    return latin.get(word, f"\\{word}")
