# ruff: noqa: RUF001  (these characters are meant)
"""What LaTeX's names stand for: letters, marks over letters, and commands that show nothing."""


def _split(text: str) -> frozenset[str]:
    return frozenset("\\" + word for word in text.split())


def _pair(text: str) -> dict[str, str]:
    words = text.split()
    return {f"\\{name}": sign for name, sign in zip(words[::2], words[1::2], strict=True)}


LETTERS = _pair(
    """
    ss ß SS SS ae æ AE Æ oe œ OE Œ o ø O Ø l ł L Ł aa å AA Å i ı j ȷ dh ð DH Ð dj đ DJ Đ th þ TH Þ ng ŋ NG Ŋ
    S § P ¶ dag † ddag ‡ textdagger † textdaggerdbl ‡ copyright © textcopyright © textregistered ® texttrademark ™
    pounds £ textsterling £ euro € texteuro € textyen ¥ textcent ¢ textdegree ° degree ° textmu µ micro µ
    dots … ldots … textellipsis … textendash – textemdash — textbullet • textperiodcentered · slash /
    textquoteleft ‘ textquoteright ’ textquotedblleft “ textquotedblright ” quotedblbase „ quotesinglbase ‚
    guillemotleft « guillemotright » guilsinglleft ‹ guilsinglright › textquotesingle ' textquotedbl "
    lq ‘ rq ’ grqq “ glqq „ textbackslash \\ backslash \\ textasciitilde ~ textasciicircum ^ textbar | textless <
    textgreater > textunderscore _ textbraceleft { textbraceright } textdollar $ textpercent % textsection §
    textparagraph ¶ textonehalf ½ textonequarter ¼ textthreequarters ¾ texttimes × textdiv ÷ textpm ± textminus −
    textrightarrow → textleftarrow ← textasteriskcentered * textexclamdown ¡ textquestiondown ¿ textordmasculine º
    textordfeminine ª textnumero № checkmark ✓ TeX TeX LaTeX LaTeX LaTeXe LaTeX2e BibTeX BibTeX AmS AMS AmSTeX
    AmS-TeX XeTeX XeTeX LuaTeX LuaTeX pdfTeX pdfTeX XeLaTeX XeLaTeX LuaLaTeX LuaLaTeX pdfLaTeX pdfLaTeX ConTeXt ConTeXt
    MF METAFONT MP METAPOST PiC PiC TikZ TikZ cdot · times × pm ± alpha α beta β gamma γ delta δ mu μ pi π sigma σ
    lambda λ epsilon ε omega ω Omega Ω Delta Δ rightarrow → leftarrow ← to → infty ∞ leq ≤ geq ≥ approx ≈ sim ∼
    star ⋆ circ ∘ bullet • prime ′ ast ∗
    """
) | {
    "\\&": "&",
    "\\%": "%",
    "\\#": "#",
    "\\_": "_",
    "\\{": "{",
    "\\}": "}",
    "\\$": r"\$",
    "\\ ": " ",
    "\\\n": " ",
}
LETTERS |= {
    "\\,": " ",
    "\\;": " ",
    "\\:": " ",
    "\\>": " ",
    "\\!": "",
    "\\/": "",
    "\\-": "",
    "\\@": "",
    "\\\t": " ",
}
LETTERS |= dict.fromkeys(
    ("\\quad", "\\qquad", "\\enspace", "\\enskip", "\\thinspace", "\\space", "\\nobreakspace"), " "
)
LETTERS |= dict.fromkeys(
    ("\\hfill", "\\hfil", "\\hspace*", "\\tab", "\\dotfill", "\\hrulefill", "\\hss"), " "
)
ACCENTS = {
    f"\\{name}": mark
    for name, mark in {
        "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
        "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "d": "\u0323", "b": "\u0331", "r": "\u030a",
        "k": "\u0328", "t": "\u0361",
    }.items()
}  # fmt: skip
# Commands that show nothing of their arguments, by the form of these: s a star, o in brackets, m in braces,
# d what stands up to the next word.
_HIDDEN = {
    "": """noindent indent centering raggedright raggedleft flushbottom raggedbottom sloppy fussy frenchspacing
        nonfrenchspacing clearpage newpage cleardoublepage maketitle tableofcontents listoffigures listoftables
        makeindex printindex appendix bf it rm sf tt sl sc em tiny scriptsize footnotesize small normalsize large
        Large LARGE huge Huge bfseries itshape rmfamily sffamily ttfamily slshape scshape upshape mdseries
        normalfont hline toprule midrule bottomrule smallskip medskip bigskip vfill vfil hfil protect
        onecolumn twocolumn singlespacing doublespacing onehalfspacing boldmath unboldmath leavevmode null
        strut par endinput frontmatter mainmatter backmatter IEEEpeerreviewmaketitle allowbreak break
        nobreak samepage goodbreak bigbreak medbreak smallbreak bgroup egroup begingroup endgroup balance
        phantomsection noalign centerline rightline leftline displaystyle textstyle nonumber notag
        allowdisplaybreaks ignorespaces unskip selectfont listoftodos linenumbers qed qedhere""",
    "m": """label pagestyle thispagestyle bibliographystyle hspace vspace vskip hphantom vphantom phantom
        usetikzlibrary graphicspath index glossary cmidrule pagenumbering hypersetup input@path
        captionsetup usecolor pagecolor color newcounter stepcounter refstepcounter newlength
        newsavebox usebox includeonly hyphenation lstset numberwithin theoremstyle
        setstretch linespread date institute@not markright address@not shortauthors shorttitle authorrunning
        titlerunning tocauthor toctitle titlehead@not keywords@not bibdata bibstyle nolinkurl@not
        definecolorset tikzset pgfplotsset sisetup DeclareGraphicsExtensions geometry setmainfont setsansfont
        setmonofont setmathfont PassOptionsToClass normalem counterwithin setdefaultlanguage
        setmainlanguage setotherlanguage pdfinfo special newwrite newread tikz@not RequirePackage@not
        IEEEoverridecommandlockouts@not IEEEaftertitletext hyphenpenalty@not setcitestyle
        citestyle pdfbookmark@not mathversion fontencoding fontfamily fontseries fontshape
        selectlanguage ccsdesc@not received acmDOI acmISBN acmYear acmVolume acmNumber acmArticle acmMonth
        acmPrice copyrightyear acmJournal acmConference@not setcopyright citeindextrue includepdf@not
        bibliographyfullrefs""",
    "mm": """setlength addtolength setcounter addtocounter definecolor@not markboth settowidth settoheight
        settodepth fontsize addcontentsline@not DeclareMathAlphabet@not SetSymbolFont@not sbox
        counterwithout pdfstringdef newtoks@not colorlet addtolist""",
    "mmm": "definecolor addcontentsline DeclareFieldFormat@not titlespacing addtotheorempreheadhook@not",
    "o": "linebreak pagebreak nolinebreak nopagebreak item@not listfiles",
    "om": """documentclass documentstyle usepackage RequirePackage pagecolor@not
        includepdf ccsdesc fancyhead fancyfoot lhead rhead chead lfoot rfoot cfoot bibpunct@not todo missingfigure
        hyphenation@not tikzstyle@not ohead ihead ofoot ifoot titleformat@not crefname@not""",
    "smm": "crefname Crefname crefalias titlelabel@not",
    "som": "includegraphics",
    "oom": "includegraphics@not",
    "mom": "newcolumntype",
    "mmmmm": "titleformat DeclareMathSymbol@not",
    "mmmm": "DeclareMathSymbol DeclareMathAccent@not rule@not",
    "omm": "rule addplot@not",
    "d": """baselineskip parindent parskip textwidth textheight topmargin oddsidemargin evensidemargin hsize
        vsize hoffset voffset columnsep headsep headheight footskip itemsep topsep leftmargin rightmargin
        tolerance emergencystretch hbadness vbadness vskip@ hskip kern vspace@ abovedisplayskip belowdisplayskip
        baselinestretch penalty clubpenalty widowpenalty interlinepenalty tabcolsep arraycolsep arrayrulewidth
        doublerulesep floatsep textfloatsep intextsep pageno magnification mathsurround raise lower
        marginparwidth marginparsep unitlength overfullrule catcode lccode uccode pdfoutput pretolerance
        advance multiply divide hangindent hangafter linewidth lineskip displaywidowpenalty hfuzz vfuzz
        spaceskip xspaceskip interdisplaylinepenalty""",
}
HIDDEN: dict[str, str] = {
    f"\\{name.rstrip('@')}": form
    for form, names in _HIDDEN.items()
    for name in names.split()
    if not name.endswith("@not")
}
# Commands of which one argument is shown: the form, in which the one that is shown is M.
_SHOWN = {
    "M": """textbf textit texttt textrm textsf textsc textsl textup textmd textnormal emph underline uline mbox
        hbox text textsuperscript textsubscript centerline uppercase lowercase MakeUppercase MakeLowercase
        underbar frame fbox cbox sout uwave hl protect@not vbox ensuremath@not textcolor@not mathrm mathbf
        so ul st enquote@not IEEEauthorblockN IEEEauthorblockA institution city country state department
        streetaddress postcode tnoteref@not foreignterm term keyword concept""",
    "mM": """textcolor raisebox@not scalebox resizebox@not href foreignlanguage hyperref@not rotatebox@not colorbox
        adjustbox texorpdfstring@not selectfont@not pdftooltip@not fontspec@not""",
    "Mm": "texorpdfstring pdftooltip",
    "oM": "underset@not makebox@not framebox@not hyperref tcbox",
    "ooM": "makebox framebox",
    "omM": "parbox rotatebox multirow@not",
    "mooM": "raisebox",
    "ooomM": "parbox@not",
    "smmM": "resizebox",
    "mmM": "multicolumn@not fcolorbox",
}
SHOWN: dict[str, str] = {
    f"\\{name}": form for form, names in _SHOWN.items() for name in names.split() if not name.endswith("@not")
}
LEVELS = {
    f"\\{name}": level
    for level, name in enumerate(
        ("part", "chapter", "section", "subsection", "subsubsection", "paragraph", "subparagraph"), -1
    )
}
LEVELS |= {"\\addchap": 0, "\\addsec": 1, "\\addpart": -1, "\\newsection": 1, "\\beginsection": 1}
CITES = _split(
    """cite citep citet citealt citealp citeauthor citeyear citeyearpar Cite Citet Citep citenum onlinecite
    parencite textcite autocite footcite smartcite supercite fullcite Parencite Textcite Autocite shortcite
    citeasnoun cites parencites shortciteN citeN citeA shortciteA citeNP citen footfullcite nocitemeta"""
)
REFERENCES = _split(
    "ref eqref pageref cref Cref autoref vref nameref fullref secref figref tabref labelcref subref prettyref vpageref cpageref Autoref"
)
MATH = frozenset(
    [
        "equation",
        "displaymath",
        "math",
        "align",
        "alignat",
        "gather",
        "multline",
        "eqnarray",
        "flalign",
        "xalignat",
        "xxalignat",
        "dmath",
        "dgroup",
        "IEEEeqnarray",
        "empheq",
        "subeqnarray",
        "split",
        "aligned",
        "gathered",
    ]
)
VERBATIM = frozenset(
    [
        "verbatim",
        "Verbatim",
        "BVerbatim",
        "LVerbatim",
        "lstlisting",
        "minted",
        "alltt",
        "verbatimtab",
        "listing@not",
        "spverbatim",
        "SaveVerbatim",
        "PythonCode",
        "Sinput",
        "Soutput",
        "Scode",
        "CodeInput",
        "CodeOutput",
        "Code",
        "code@not",
        "semiverbatim",
        "lstcode",
        "sourcecode@not",
        "boxedverbatim",
    ]
)
SILENT = frozenset(
    [
        "comment",
        "filecontents",
        "tikzpicture",
        "pgfpicture",
        "picture",
        "pspicture",
        "asy",
        "asydef",
        "forest",
        "circuitikz",
        "tikzcd@",
        "luacode",
        "pycode",
        "psfrags",
        "overpic",
        "axis",
        "CCSXML",
        "dtxexample@not",
        "feynmandiagram",
        "fmffile",
        "feynmf",
        "mfpic",
        "textblock@not",
        "scope",
        "pgfonlayer",
        "iffalse",
    ]
)
TABLES = frozenset(
    [
        "tabular",
        "tabularx",
        "tabulary",
        "longtable",
        "supertabular",
        "xtabular",
        "tabu",
        "longtabu",
        "tblr",
        "longtblr",
        "deluxetable",
        "array",
        "mpsupertabular",
        "NiceTabular",
    ]
)
FLOATS = {
    "figure": "Figure",
    "table": "Table",
    "wrapfigure": "Figure",
    "wraptable": "Table",
    "sidewaysfigure": "Figure",
}
FLOATS |= {
    "sidewaystable": "Table",
    "algorithm": "Algorithm",
    "marginfigure": "Figure",
    "SCfigure": "Figure",
    "listing": "Listing",
}
FLOATS |= {
    "subfigure": "Figure",
    "subtable": "Table",
    "longtable": "Table",
    "scheme": "Scheme",
    "chart": "Chart",
    "margintable": "Table",
}
QUOTES = frozenset(["quote", "quotation", "verse", "displayquote", "blockquote"])
LISTS = frozenset(
    [
        "itemize",
        "enumerate",
        "description",
        "compactitem",
        "compactenum",
        "inparaenum",
        "inparaitem",
        "asparaenum",
        "asparaitem",
        "compactdesc",
        "labeling",
        "list",
        "trivlist",
        "easylist",
        "IEEEenumerate",
        "IEEEitemize",
        "IEEEdescription",
        "tasks",
    ]
)
THEOREMS = {
    name: name.capitalize()
    for name in [
        "theorem",
        "lemma",
        "proposition",
        "corollary",
        "definition",
        "remark",
        "example",
        "conjecture",
        "claim",
        "proof",
        "fact",
        "observation",
        "assumption",
        "problem",
        "question",
        "exercise",
        "hypothesis",
        "notation",
        "property",
        "solution",
        "note",
        "case",
        "step",
        "axiom",
        "condition",
        "criterion",
        "algorithmstep",
        "acknowledgement",
        "acknowledgment",
    ]
} | {
    "thm": "Theorem",
    "lem": "Lemma",
    "prop": "Proposition",
    "cor": "Corollary",
    "defn": "Definition",
    "rem": "Remark",
}
# Arguments behind \begin{name} that are no text.
BEGIN_ARGUMENTS = {
    "minipage": "ooom", "multicols": "mo", "adjustbox": "m", "adjustwidth": "mm", "wrapfigure": "omom", "wraptable": "omom",
    "subfigure": "om", "subtable": "om", "figure": "o", "table": "o", "algorithm": "o", "algorithmic": "o", "scope": "o",
    "thebibliography": "m", "labeling": "om", "list": "mm", "multicols*": "m", "spacing": "m", "tcolorbox": "o",
    "mdframed": "o", "sideways": "", "threeparttable": "o", "tablenotes": "o", "itemize": "o", "enumerate": "o",
    "description": "o", "landscape": "", "CJK": "mm", "CJK*": "mm", "otherlanguage": "m", "otherlanguage*": "m",
    "column": "m", "columns": "o", "block": "", "parcolumns": "om", "compactenum": "o", "inparaenum": "o", "tasks": "o",
    "listing": "o", "hyphenrules": "m", "SCfigure": "oo", "colorbox": "m", "rotate": "m", "turn": "m", "appendices": "",
    "lrbox": "m", "scriptsize": "", "sidewaysfigure": "o", "sidewaystable": "o", "enumerate*": "o", "description*": "o",
    "itemize*": "o", "addmargin": "om", "widepar": "", "fullwidth": "o", "epigraphs": "", "resizebox": "mm", "frame": "",
}  # fmt: skip
