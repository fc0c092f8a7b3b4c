"""Manuals to learn the choice of content from: `python tests/gates/learning.py out/gold/manuals.json`.

What Debian's packages carry, less the templates that the extraction gate holds out, for
`python -m winnow.ingest.page.content.train`. What is absent is said and left out. No test pages of other
extractors are learnt from.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

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


MANUALS = tuple(
    Manual(*line.split("\t"))
    for line in Path(__file__).with_name("learning.tsv").read_text().splitlines()[1:]
)


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


def main() -> None:
    out = Path(sys.argv[1])
    out.parent.mkdir(parents=True, exist_ok=True)
    missing: list[str] = []
    listed = list(manuals(missing))
    out.write_text(json.dumps(listed, ensure_ascii=False))
    print(f"{out}: {len(listed)} pages", *missing, sep="\n")


if __name__ == "__main__":
    main()
