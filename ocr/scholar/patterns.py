"""What headings say, in several languages, and what is none."""

import re

NUMBERED = re.compile(
    r"\s*(?:(?:appendix|anhang|annexe|приложение|chapter|kapitel)\s+)?"
    r"(?P<number>(?:\d{1,2}|[A-Z]|[IVX]{1,5})(?:\.\d{1,2}){0,3})(?P<dot>[.:)]?)\s+(?P<title>\S.*)",
    re.IGNORECASE,
)
NAMED = re.compile(
    r"(references?( cited)?|bibliograph(y|ie)|literature( cited)?|works cited|"
    r"literatur(verzeichnis)?|quellen|"
    r"r[ée]f[ée]rences( bibliographiques)?|referencias( bibliogr[áa]ficas)?|"
    r"refer[êe]ncias( bibliogr[áa]ficas)?|"
    r"bibliograf[íi]a|riferimenti( bibliografici)?|literatuur(lijst)?|referenser|literatura|"
    r"(список )?(использованной )?литератур[аы]|библиография|список источников|参考文献|引用文献|參考文獻|"
    r"참고\s?문헌)"
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
ENTRY = re.compile(
    r"^\s*(\d+(\.\d+)*|[A-Z](\.\d+)+)\.?\s+\S.*[\t ](\d{1,4}|[ivxl]+)$"
)  # a line of the contents
DIGIT_WORD = re.compile(r"\d{1,2}[-\u2010\u2013]?[^\W\d_]")  # 1D, 2-sum
DATE = re.compile(r"\d{1,2}\.? [^\W\d_]+ \d{4}")
BEHIND = re.compile(  # what journals set behind the bibliography
    r"\s*(affiliations?:|author'?s? (information|biograph|affiliation)|corresponding author|received:?\s|"
    r"about the authors?|biographies)",
    re.IGNORECASE,
)
MIN_LARGER = 0.8  # points above the text's size
MAX_HEADING_CHARS = 200


def is_bibliography(text: str) -> bool:
    """Whether a heading is that of a bibliography."""
    match = NUMBERED.match(text)
    return bool(NAMED.fullmatch(text.strip()) or (match and NAMED.fullmatch(match["title"].strip())))
