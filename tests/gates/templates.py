"""Pages of manuals whose main element is known from their template."""

import gzip
import hashlib
import html
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import inputs
import lxml.html
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from winnow.ingest.io.charset import decode
from winnow.pipelines.demo import archives, packages

PAGES = 25


def has(name: str) -> str:
    return f'contains(concat(" ", normalize-space(@class), " "), " {name} ")'


class Family(NamedTuple):
    key: str
    pattern: str  # of the Debian package
    path: str  # what a page's path contains
    main: str  # XPath of the main element
    chrome: str = "false()"  # condition of what is none of the text within it
    needs: str = ""  # what a page must contain


_SPHINX = f"{has('headerlink')} or {has('linenos')} or self::button"
_DOCBOOK = f"{has('navheader')} or {has('navfooter')}"
_CPP = f"{has('t-navbar')} or {has('editsection')} or {has('t-example-live-link')} or {has('coliru-btn')}"
_APACHE = f'@id="quickview" or {has("top")} or {has("toplang")} or {has("bottomlang")}'
_RUST = f"self::button or {has('src')} or {has('anchor')}"
_NUMPY = f"//article[{has('bd-article')}]"
_NODE = f"self::button or {has('mark')} or self::input"
FAMILIES = (
    Family("python-doc", r"python3\.\d+-doc", "", f"//div[{has('body')}]", _SPHINX),
    Family("python-numpy-doc", "python-numpy-doc", "", _NUMPY, _SPHINX),
    Family("python-django-doc", "python-django-doc", "", '//div[@id="yui-main"]', _SPHINX),
    Family("debian-policy", "debian-policy", "", '//div[@role="main"]', _SPHINX),
    Family("postgresql-doc", r"postgresql-doc-\d+", "", "//body", _DOCBOOK),
    Family("rust-doc", "rust-doc", "/std/", '//*[@id="main-content"]', _RUST),
    Family("rust-doc", "rust-doc", "html/book/", "//main", "self::button or self::nav"),
    Family("openjdk--doc", r"openjdk-\d+-doc", "/api/", "//main", f"self::button or {has('summary-list')}"),
    Family("cppreference-doc-en-html", "cppreference-doc-en-html", "", '//*[@id="mw-content-text"]', _CPP),
    Family("nodejs-doc", "nodejs-doc", "/api/", '//*[@id="apicontent"]', _NODE),
    Family("git-doc", "git-doc", "", '//*[@id="content"]', '@id="toc"'),
    Family("apache2-doc", "apache2-doc", "manual/en/", '//*[@id="page-content"]', _APACHE),
    Family("php-doc", "php-doc", "", "//body", _DOCBOOK),
    Family("octave-doc", "octave-doc", "octave.html", "//body", has("nav-panel")),
    Family("maxima-doc", "maxima-doc", "", "//body", has("header")),
    # For their formulas.
    Family("maxima-doc", "maxima-doc", "", "//body", has("header"), r"\("),
    Family("python-numpy-doc", "python-numpy-doc", "", _NUMPY, _SPHINX, 'class="math'),
    Family("python-sympy-doc", "python-sympy-doc", "", '//*[@role="main"]', _SPHINX, '<img class="math"'),
    Family("apophenia-doc", "apophenia-doc", "", f"//div[{has('contents')}]", needs='class="formula'),
)

# Templates of which no page was learnt from.
UNSEEN = {"python-django-doc", "nodejs-doc", "maxima-doc", "python-sympy-doc", "apophenia-doc"}

_MATH = re.compile(
    r'<(?:span|div) class="math notranslate nohighlight">\s*\\[(\[](.*?)\\[)\]]\s*</(?:span|div)>', re.DOTALL
)
_KATEX = """
const katex = require("./package/dist/katex.js"), formulas = JSON.parse(require("fs").readFileSync(0));
const html = tex => { try { return katex.renderToString(tex) } catch (e) { return "" } };
console.log(JSON.stringify(formulas.map(html)));
"""


class Page(NamedTuple):
    family: str
    html: str
    main: Any


def pages(cache: Path, missing: list[str]) -> Iterator[Page]:
    """Of each family the first pages in the order of a hash of their path; `missing`: what is absent."""
    for family in FAMILIES:
        try:
            package = packages.fetch_deb(family.key, family.pattern, cache)
        except archives.FetchError as error:
            missing.append(f"{family.key}: {error}")
            continue
        found = 0
        for file in _files(cache / package.files, family.path):
            text = read(file)
            main = main_of(text, family.main, family.chrome) if family.needs in text else None
            if main is not None:
                yield Page(family.key, text, main)
                found += 1
                if 'class="math notranslate' in text:
                    yield from _rendered(family, text, missing)
            if found == PAGES:
                break


def _rendered(family: Family, text: str, missing: list[str]) -> Iterator[Page]:
    """The page with its formulas as KaTeX renders them, and as kramdown and arithmatex write them."""
    formulas = [html.unescape(found) for found in _MATH.findall(text)]
    rendered = katex(formulas, missing)
    scripts = [f'<script type="math/tex">{formula.replace("</", "")}</script>' for formula in formulas]
    for name, written in (("katex", rendered), ("script", scripts)):
        if written:
            each = iter(written)
            page = _MATH.sub(lambda found: next(each) or found[0], text)  # noqa: B023
            yield Page(name, page, main_of(page, family.main, family.chrome))


def katex(formulas: list[str], missing: list[str]) -> list[str]:
    """HTML of formulas by the npm package `katex`; one that it does not read is left empty. Needs npm."""
    try:
        made = subprocess.run(
            ["node", "-e", _KATEX],
            input=json.dumps(formulas),
            cwd=inputs.fetch_npm("katex").parent,
            check=True,
            capture_output=True,
            text=True,
        )
    except (OSError, archives.FetchError, subprocess.CalledProcessError) as error:
        missing.append(f"katex: {error}")
        return []
    return json.loads(made.stdout)


def _files(folder: Path, part: str) -> list[Path]:
    files = [path for path in folder.rglob("*.htm*") if part in str(path) and not path.is_symlink()]
    files = [path for path in files if path.is_file() and 3_000 < path.stat().st_size < 400_000]
    skipped = ("genindex", "search", "index-all", "allclasses", "py-modindex")
    files = [path for path in files if not path.name.startswith(skipped)]
    return sorted(files, key=lambda path: hashlib.md5(str(path.relative_to(folder)).encode()).digest())


def read(file: Path) -> str:
    data = file.read_bytes()
    return decode(gzip.decompress(data) if file.suffix == ".gz" else data)[0]


def main_of(text: str, main: str, chrome: str) -> Any:
    """The main element without chrome, or None where the page has none."""
    tree = lxml.html.document_fromstring(text.encode("utf-8"), parser=lxml.html.HTMLParser(encoding="utf-8"))
    found = tree.xpath(main)
    if not found:
        return None
    for node in found[0].xpath(f".//*[{chrome} or self::script[not(contains(@type, 'tex'))] or self::style]"):
        if node.getparent() is not None:
            node.drop_tree()
    return found[0]


def text_of(main: Any) -> str:
    """All text of the main element, as Resiliparse breaks it into words."""
    tree = HTMLTree.parse(lxml.html.tostring(main, encoding="unicode"))
    return str(extract_plain_text(tree, main_content=False, alt_texts=False))
