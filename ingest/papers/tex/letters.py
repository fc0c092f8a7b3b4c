# ruff: noqa: RUF001  (these characters are meant)
"""Letters and signs of text that LaTeX has names for."""

_NAMED = """
    ss ß SS SS ae æ AE Æ oe œ OE Œ o ø O Ø l ł L Ł aa å AA Å i ı j ȷ dh ð DH Ð dj đ DJ Đ th þ TH Þ ng ŋ NG
    Ŋ S § P ¶ dag † ddag ‡ textdagger † textdaggerdbl ‡ copyright © textcopyright © textregistered ®
    texttrademark ™ pounds £ textsterling £ euro € texteuro € textyen ¥ textcent ¢ textdegree ° degree °
    textmu µ micro µ dots … ldots … textellipsis … textendash – textemdash — textbullet •
    textperiodcentered · slash / textquoteleft ‘ textquoteright ’ textquotedblleft “ textquotedblright ”
    quotedblbase „ quotesinglbase ‚ guillemotleft « guillemotright » guilsinglleft ‹ guilsinglright ›
    textquotesingle ' textquotedbl " lq ‘ rq ’ grqq “ glqq „ textbackslash \\ backslash \\ textasciitilde ~
    textasciicircum ^ textbar | textless < textgreater > textunderscore _ textbraceleft { textbraceright }
    textdollar $ textpercent % textsection § textparagraph ¶ textonehalf ½ textonequarter ¼
    textthreequarters ¾ texttimes × textdiv ÷ textpm ± textminus − textrightarrow → textleftarrow ←
    textasteriskcentered * textexclamdown ¡ textquestiondown ¿ textordmasculine º textordfeminine ª
    textnumero № checkmark ✓ TeX TeX LaTeX LaTeX LaTeXe LaTeX2e BibTeX BibTeX AmS AMS AmSTeX AmS-TeX XeTeX
    XeTeX LuaTeX LuaTeX pdfTeX pdfTeX XeLaTeX XeLaTeX LuaLaTeX LuaLaTeX pdfLaTeX pdfLaTeX ConTeXt ConTeXt
    MF METAFONT MP METAPOST PiC PiC TikZ TikZ cdot · times × pm ± alpha α beta β gamma γ delta δ mu μ pi π
    sigma σ lambda λ epsilon ε omega ω Omega Ω Delta Δ rightarrow → leftarrow ← to → infty ∞ leq ≤ geq ≥
    approx ≈ sim ∼ star ⋆ circ ∘ bullet • prime ′ ast ∗
"""


def _pair(text: str) -> dict[str, str]:
    words = text.split()
    return {f"\\{name}": sign for name, sign in zip(words[::2], words[1::2], strict=True)}


LETTERS = _pair(_NAMED)
LETTERS |= dict.fromkeys(
    (
        "\\ ",
        "\\\n",
        "\\,",
        "\\;",
        "\\:",
        "\\>",
        "\\\t",
        "\\quad",
        "\\qquad",
        "\\enspace",
        "\\enskip",
        "\\thinspace",
        "\\space",
        "\\nobreakspace",
        "\\hfill",
        "\\hfil",
        "\\hspace*",
        "\\tab",
        "\\dotfill",
        "\\hrulefill",
        "\\hss",
    ),
    " ",
)
LETTERS |= dict.fromkeys(("\\!", "\\/", "\\-", "\\@"), "")
LETTERS |= {"\\&": "&", "\\%": "%", "\\#": "#", "\\_": "_", "\\{": "{", "\\}": "}", "\\$": "\\$"}
ACCENTS = {
    "\\'": "\u0301",
    "\\`": "\u0300",
    "\\^": "\u0302",
    '\\"': "\u0308",
    "\\~": "\u0303",
    "\\=": "\u0304",
    "\\.": "\u0307",
    "\\u": "\u0306",
    "\\v": "\u030c",
    "\\H": "\u030b",
    "\\c": "\u0327",
    "\\d": "\u0323",
    "\\b": "\u0331",
    "\\r": "\u030a",
    "\\k": "\u0328",
    "\\t": "\u0361",
}
