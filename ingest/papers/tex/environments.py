"""LaTeX's environments by what becomes of them."""

MATH = frozenset(
    """
    IEEEeqnarray align alignat aligned dgroup displaymath dmath empheq eqnarray equation flalign gather
    gathered math multline split subeqnarray xalignat xxalignat
    """.split()  # noqa: SIM905
)
VERBATIM = frozenset(
    """
    BVerbatim Code CodeInput CodeOutput LVerbatim PythonCode SaveVerbatim Scode Sinput Soutput Verbatim
    alltt boxedverbatim lstcode lstlisting minted semiverbatim spverbatim verbatim verbatimtab
    """.split()  # noqa: SIM905
)
SILENT = frozenset(
    """
    CCSXML asy asydef axis circuitikz comment feynmandiagram feynmf filecontents fmffile forest iffalse
    luacode mfpic overpic pgfonlayer pgfpicture picture psfrags pspicture pycode scope tikzpicture
    """.split()  # noqa: SIM905
)
TABLES = frozenset(
    """
    NiceTabular array deluxetable longtable longtabu longtblr mpsupertabular supertabular tabu tabular
    tabularx tabulary tblr xtabular
    """.split()  # noqa: SIM905
)
QUOTES = frozenset(
    """
    blockquote displayquote quotation quote verse
    """.split()  # noqa: SIM905
)
LISTS = frozenset(
    """
    IEEEdescription IEEEenumerate IEEEitemize asparaenum asparaitem compactdesc compactenum compactitem
    description easylist enumerate inparaenum inparaitem itemize labeling list tasks trivlist
    """.split()  # noqa: SIM905
)
# How captions in a float begin.
FLOATS = {
    "figure": "Figure",
    "table": "Table",
    "wrapfigure": "Figure",
    "wraptable": "Table",
    "sidewaysfigure": "Figure",
    "sidewaystable": "Table",
    "algorithm": "Algorithm",
    "marginfigure": "Figure",
    "SCfigure": "Figure",
    "listing": "Listing",
    "subfigure": "Figure",
    "subtable": "Table",
    "longtable": "Table",
    "scheme": "Scheme",
    "chart": "Chart",
    "margintable": "Table",
}
_THEOREMS = """
    theorem lemma proposition corollary definition remark example conjecture claim proof fact observation
    assumption problem question exercise hypothesis notation property solution note case step axiom
    condition criterion algorithmstep acknowledgement acknowledgment
"""
THEOREMS = {name: name.capitalize() for name in _THEOREMS.split()}
THEOREMS |= {
    "thm": "Theorem",
    "lem": "Lemma",
    "prop": "Proposition",
    "cor": "Corollary",
    "defn": "Definition",
    "rem": "Remark",
}
# Arguments behind \\begin{name} that are no text, by their form.
_ARGUMENTS = {
    "ooom": """
        minipage
    """,
    "mo": """
        multicols
    """,
    "m": """
        adjustbox colorbox column hyphenrules lrbox multicols* otherlanguage otherlanguage* rotate spacing
        thebibliography turn
    """,
    "mm": """
        CJK CJK* adjustwidth list resizebox
    """,
    "omom": """
        wrapfigure wraptable
    """,
    "om": """
        addmargin labeling parcolumns subfigure subtable
    """,
    "o": """
        algorithm algorithmic columns compactenum description description* enumerate enumerate* figure
        fullwidth inparaenum itemize itemize* listing mdframed scope sidewaysfigure sidewaystable table
        tablenotes tasks tcolorbox threeparttable
    """,
    "": """
        appendices block epigraphs frame landscape scriptsize sideways widepar
    """,
    "oo": """
        SCfigure
    """,
}
BEGIN_ARGUMENTS = {name: form for form, names in _ARGUMENTS.items() for name in names.split()}
