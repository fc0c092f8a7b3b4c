"""Office documents for tests, written part by part as the standards have them."""

import zipfile
from io import BytesIO

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
MORE = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
    "<dc:title>A title</dc:title><dc:creator>Ann Lee</dc:creator>"
    "<dcterms:created>2019-01-02T03:04:05Z</dcterms:created>"
    "<dcterms:modified>2020-05-06T07:08:09Z</dcterms:modified></cp:coreProperties>"
)


def pack(parts: dict[str, str | bytes]) -> bytes:
    """A zip of parts."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in parts.items():
            bundle.writestr(name, data)
    return out.getvalue()


def relate(**targets: str) -> str:
    """The relations of a part: kind and target, by id."""
    named = "".join(
        f'<Relationship Id="r{at}" Type="{KIND}/{kind.rstrip("0123456789")}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets.items(), 1)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{named}</Relationships>'


def word(body: str, core: str = CORE, **parts: str) -> bytes:
    """A .docx of a body and further parts by the kind of their relation (`styles`, `footnotes`, ...)."""
    files: dict[str, str | bytes] = {
        "_rels/.rels": relate(officeDocument="word/document.xml"),
        "docProps/core.xml": core,
        "word/document.xml": f"<w:document {W} {M} {MORE}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": relate(**{kind: f"{kind}.xml" for kind in parts}),
    }
    for kind, inner in parts.items():
        root = {"header": "hdr", "footer": "ftr"}.get(kind.rstrip("0123456789"), kind)
        files[f"word/{kind}.xml"] = f"<w:{root} {W}>{inner}</w:{root}>"
    return pack(files)


def p(text: str, properties: str = "") -> str:
    """A paragraph of one run."""
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def cell(text: str, properties: str = "") -> str:
    """A cell of one paragraph."""
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(text)}</w:tc>"


def table(*rows: str) -> str:
    """A table of rows of cells."""
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


def slides(*trees: str, hidden: tuple[int, ...] = (), notes: str = "") -> bytes:
    """A .pptx of slides, each a shape tree; `notes` are those of the first."""
    named = {f"slide{at}": f"slides/slide{at}.xml" for at in range(1, len(trees) + 1)}
    listed = "".join(f'<p:sldId id="{255 + at}" r:id="r{at}"/>' for at in range(1, len(trees) + 1))
    files: dict[str, str | bytes] = {
        "_rels/.rels": relate(officeDocument="ppt/presentation.xml"),
        "docProps/core.xml": CORE,
        "ppt/presentation.xml": f"<p:presentation {MORE}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relate(**named),
    }
    for at, tree in enumerate(trees, 1):
        show = ' show="0"' if at in hidden else ""
        files[f"ppt/slides/slide{at}.xml"] = (
            f"<p:sld {MORE}{show}><p:cSld><p:spTree>{tree}</p:spTree></p:cSld></p:sld>"
        )
    if notes:
        files["ppt/slides/_rels/slide1.xml.rels"] = relate(notesSlide="../notesSlides/notesSlide1.xml")
        files["ppt/notesSlides/notesSlide1.xml"] = (
            f"<p:notes {MORE}><p:cSld><p:spTree>{shape(notes, 'body')}{shape('7', 'sldNum')}"
            "</p:spTree></p:cSld></p:notes>"
        )
    return pack(files)


def shape(text: str, kind: str | None = None, properties: str = "") -> str:
    """A shape of a slide: a placeholder of a kind, or a free one."""
    holder = "" if kind is None else f'<p:ph type="{kind}"/>'
    lines = "".join(
        f"<a:p><a:pPr{properties}/><a:r><a:t>{line}</a:t></a:r></a:p>" for line in text.split("\n")
    )
    return f"<p:sp><p:nvSpPr><p:nvPr>{holder}</p:nvPr></p:nvSpPr><p:txBody>{lines}</p:txBody></p:sp>"


ODF = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in {
        "office": "office", "text": "text", "table": "table", "draw": "drawing", "style": "style",
        "presentation": "presentation", "meta": "meta", "manifest": "manifest",
    }.items()
)  # fmt: skip
ODF += ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'


def open_document(body: str, kind: str = "text", styles: str = "", **parts: str) -> bytes:
    """An OpenDocument package: `body` within office:text, office:spreadsheet or office:presentation."""
    files: dict[str, str | bytes] = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": (
            f"<office:document-content {ODF}><office:automatic-styles>{styles}</office:automatic-styles>"
            f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
        ),
        "meta.xml": (
            f"<office:document-meta {ODF}><office:meta><dc:title>T</dc:title><dc:creator>Bo</dc:creator>"
            "<dc:date>2021-02-03T04:05:06</dc:date></office:meta></office:document-meta>"
        ),
    }
    return pack(files | parts)
