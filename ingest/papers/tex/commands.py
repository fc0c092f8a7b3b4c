"""LaTeX's commands by what they show of their arguments."""

# A form is a letter for each argument: s a star, o in brackets, m in braces, M the one that is shown, d what
# stands up to the next word.
_HIDDEN = {
    "": """
        Huge IEEEpeerreviewmaketitle LARGE Large allowbreak allowdisplaybreaks appendix backmatter balance
        begingroup bf bfseries bgroup bigbreak bigskip boldmath bottomrule break centering centerline
        cleardoublepage clearpage displaystyle doublespacing egroup em endgroup endinput flushbottom
        footnotesize frenchspacing frontmatter fussy goodbreak hfil hline huge ignorespaces indent it
        itshape large leavevmode leftline linenumbers listoffigures listoftables listoftodos mainmatter
        makeindex maketitle mdseries medbreak medskip midrule newpage noalign nobreak noindent
        nonfrenchspacing nonumber normalfont normalsize notag null onecolumn onehalfspacing par
        phantomsection printindex protect qed qedhere raggedbottom raggedleft raggedright rightline rm
        rmfamily samepage sc scriptsize scshape selectfont sf sffamily singlespacing sl sloppy slshape
        small smallbreak smallskip strut tableofcontents textstyle tiny toprule tt ttfamily twocolumn
        unboldmath unskip upshape vfil vfill
    """,
    "m": """
        DeclareGraphicsExtensions IEEEaftertitletext PassOptionsToClass acmArticle acmDOI acmISBN
        acmJournal acmMonth acmNumber acmPrice acmVolume acmYear authorrunning bibdata
        bibliographyfullrefs bibliographystyle bibstyle captionsetup citeindextrue citestyle cmidrule
        color copyrightyear counterwithin date definecolorset fontencoding fontfamily fontseries fontshape
        geometry glossary graphicspath hphantom hspace hypersetup hyphenation includeonly index input@path
        label linespread lstset markright mathversion newcounter newlength newread newsavebox newwrite
        normalem numberwithin pagecolor pagenumbering pagestyle pdfinfo pgfplotsset phantom received
        refstepcounter selectlanguage setcitestyle setcopyright setdefaultlanguage setmainfont
        setmainlanguage setmathfont setmonofont setotherlanguage setsansfont setstretch shortauthors
        shorttitle sisetup special stepcounter theoremstyle thispagestyle tikzset titlerunning tocauthor
        toctitle usebox usecolor usetikzlibrary vphantom
    """,
    "d": """
        abovedisplayskip advance arraycolsep arrayrulewidth baselineskip baselinestretch belowdisplayskip
        catcode clubpenalty columnsep displaywidowpenalty divide doublerulesep emergencystretch
        evensidemargin floatsep footskip hangafter hangindent hbadness headheight headsep hfuzz hoffset
        hsize hskip interdisplaylinepenalty interlinepenalty intextsep itemsep kern lccode leftmargin
        lineskip linewidth lower magnification marginparsep marginparwidth mathsurround multiply
        oddsidemargin overfullrule pageno parindent parskip pdfoutput penalty pretolerance raise
        rightmargin spaceskip tabcolsep textfloatsep textheight textwidth tolerance topmargin topsep
        uccode unitlength vbadness vfuzz voffset vsize vskip vspace widowpenalty xspaceskip
    """,
    "mm": """
        addtocounter addtolength addtolist colorlet counterwithout fontsize markboth pdfstringdef sbox
        setcounter setlength settodepth settoheight settowidth
    """,
    "mmm": """
        addcontentsline definecolor titlespacing
    """,
    "o": """
        linebreak listfiles nolinebreak nopagebreak pagebreak
    """,
    "om": """
        RequirePackage ccsdesc cfoot chead documentclass documentstyle fancyfoot fancyhead ifoot ihead
        includepdf lfoot lhead missingfigure ofoot ohead rfoot rhead todo usepackage
    """,
    "smm": """
        Crefname crefalias crefname
    """,
    "som": """
        includegraphics
    """,
    "mom": """
        newcolumntype
    """,
    "mmmmm": """
        titleformat
    """,
    "mmmm": """
        DeclareMathSymbol
    """,
    "omm": """
        rule
    """,
}
_SHOWN = {
    "M": """
        IEEEauthorblockA IEEEauthorblockN MakeLowercase MakeUppercase cbox centerline city concept country
        department emph fbox foreignterm frame hbox hl institution keyword lowercase mathbf mathrm mbox
        postcode so sout st state streetaddress term text textbf textit textmd textnormal textrm textsc
        textsf textsl textsubscript textsuperscript texttt textup ul uline underbar underline uppercase
        uwave vbox
    """,
    "mM": """
        adjustbox colorbox foreignlanguage href scalebox textcolor
    """,
    "Mm": """
        pdftooltip texorpdfstring
    """,
    "oM": """
        hyperref tcbox
    """,
    "ooM": """
        framebox makebox
    """,
    "omM": """
        parbox rotatebox
    """,
    "mooM": """
        raisebox
    """,
    "smmM": """
        resizebox
    """,
    "mmM": """
        fcolorbox
    """,
}


def _turn(forms: dict[str, str]) -> dict[str, str]:
    return {f"\\{name}": form for form, names in forms.items() for name in names.split()}


def _split(text: str) -> frozenset[str]:
    return frozenset("\\" + word for word in text.split())


HIDDEN, SHOWN = _turn(_HIDDEN), _turn(_SHOWN)
LEVELS = {
    "\\part": -1,
    "\\chapter": 0,
    "\\section": 1,
    "\\subsection": 2,
    "\\subsubsection": 3,
    "\\paragraph": 4,
    "\\subparagraph": 5,
    "\\addchap": 0,
    "\\addsec": 1,
    "\\addpart": -1,
    "\\newsection": 1,
    "\\beginsection": 1,
}
CITES = _split(
    """
    Autocite Cite Citep Citet Parencite Textcite autocite cite citeA citeN citeNP citealp citealt
    citeasnoun citeauthor citen citenum citep cites citet citeyear citeyearpar footcite footfullcite
    fullcite nocitemeta onlinecite parencite parencites shortcite shortciteA shortciteN smartcite
    supercite textcite
    """
)
REFERENCES = _split(
    """
    Autoref Cref autoref cpageref cref eqref figref fullref labelcref nameref pageref prettyref ref secref
    subref tabref vpageref vref
    """
)
