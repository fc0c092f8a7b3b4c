"""The engine names no step: in strings, templates and data files of `pipelines/`, recipes apart, stands no
module, column or file of a leaf. A docstring may give one as an example."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from winnow.pipelines.spec import columns, schema
from winnow.pipelines.spec.address import LEAVES, find_steps

ROOT = Path(__file__).parent.parent
ENGINE = ROOT / "pipelines"
TEXTS = {".jinja", ".toml", ".csv", ".js", ".css"}
MODULE = re.compile(rf"\b(?:{'|'.join(LEAVES)})(?:\.[a-z_]\w*)+")
FILE = re.compile(r"[\w.-]+\.(?:json|jsonl|parquet|html|md|csv|tsv|npy|bin|txt|toml)\b")
OWN_FILES = {
    "README.md": "what a folder is told by, whoever wrote it",
    "told.json": "what any step says to the user (`screen.messages`)",
    "head.json": "the head of the engine's own ledger of take-downs",
    "package.json": "what npm calls its own, of which the demo takes some",
}
"""Files that a leaf and the engine call alike: what the engine writes itself, or any step may write."""
EXCEPTIONS: dict[str, set[str]] = {
    "commands/forget.py": {"dedup.takedowns"},
    "commands/prices.py": {"worth.json"},
    "commands/run.py": {"manifest.json", "tokens.json"},
    "commands/tokenizer.py": {"mixing.export", "mixing.tokens.tokenizer", "tokenizer.json"},
    "commands/trace.py": {"order.npy", "tokens.json"},
    "commands/tune.py": {
        "changes.json",
        "documents.parquet",
        "drops.parquet",
        "ingest.evals",
        "items.parquet",
        "tuned.json",
    },
    "commands/warm.toml": {
        "dedup.contamination",
        "dedup.contamination_report",
        "ingest.evals",
        "ingest.jsonl",
        "mixing.count",
        "mixing.tokens.tokenizer",
        "tokenizer.json",
    },
    "commands/worth.py": {"documents.parquet", "items.parquet", "worth.json"},
    "demo/fetch.py": {"tokenizer.json"},
    "demo/rewriter.py": {"finish_reason"},
    "engine/disk/proof.py": {"worth.json"},
    "engine/ledger/removed.py": {"dedup_survivor"},
    "engine/ledger/takedowns.py": {"dedup.takedowns", "marks.parquet"},
    "engine/work/connections.py": {"told.jsonl"},
    "law/counts.py": {"manifest.json", "mixing.export"},
    "law/datasheet.py": {"manifest.json", "mixing.sample"},
    "law/general.py": {"manifest.json"},
    "law/recount.py": {"manifest.json"},
    "report/context.py": {"manifest.json", "weights.json"},
    "report/explain.py": {
        "dedup_cluster",
        "dedup_containment",
        "dedup_method",
        "dedup_similarity",
        "dedup_survivor",
        "spared.parquet",
    },
    "report/panels/histograms.py": {"classifiers.language"},
    "report/panels/labels.py": {"classifiers.language"},
    "report/panels/optouts.py": {"optouts.parquet", "optouts_evidence"},
    "report/panels/pdfs.py": {"ocr_quality", "pdf_failed_pages"},
    "report/panels/phased.py": {"budget_tokens", "confirmed.json", "phases.parquet"},
    "report/panels/repeats.py": {"manifest.json"},
    "report/panels/rights.py": {"license_evidence"},
    "report/panels/samples.py": {"dedup_survivor"},
    "report/panels/selections.py": {"selection.json"},
    "report/panels/trained.py": {"tokens.json"},
    "report/panels/worths.py": {"worth.json"},
    "report/shards.py": {"manifest.json"},
    "report/templates/pdfs.html.jinja": {"ocr_quality"},
    "report/templates/selection.js": {"classifiers.curve.replay", "classifiers.curve.shape"},
    "report/tokens.py": {"mixing.count"},
    "spec/crawl.py": {"ingest.commoncrawl"},
    "spec/row_filter.py": {"page_type"},
    "takedown/commit.py": {"documents.parquet", "mixing.proxy.mask_evals", "prepared.json", "worth.json"},
    "takedown/find.py": {"canonical_url", "dedup_containment", "dedup_similarity", "dedup_survivor"},
    "takedown/matches.py": {"dedup.takedown.marks"},
    "takedown/outdated.py": {"prepared.json", "sketches.npy", "tokenizer.json"},
    "takedown/parts.py": {"dedup_cluster", "dedup_survivor"},
    "takedown/receipts.py": {"tokens_in"},
    "takedown/shards.py": {"manifest.json", "mixing.formats.card"},
}
"""What still stands where: to be made fewer, and never more."""


def docstrings(tree: ast.AST) -> set[int]:
    nodes = (ast.Module, ast.FunctionDef, ast.ClassDef)
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, nodes)]
    return {id(one.value) for body in bodies for one in body if isinstance(one, ast.Expr)}


@cache
def strings(path: Path) -> list[str]:
    """The strings of a module, without its docstrings, and the parts of those that are put together."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = docstrings(tree)
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in told)
    return [node.value for node in nodes if isinstance(node.value, str)]


def engine_texts() -> Iterator[tuple[str, str]]:
    for path in sorted(ENGINE.rglob("*")):
        name = path.relative_to(ENGINE).as_posix()
        if path.suffix == ".py":
            yield from ((name, text) for text in strings(path))
        elif path.suffix in TEXTS and not name.startswith("recipes/"):
            yield name, path.read_text(encoding="utf-8")


@cache
def leaf_columns() -> set[str]:
    """What steps say that they add, and what their rules judge by, but for the document's own columns. Names
    of one plain word (`tokens`) are left out: the engine has such of its own."""
    found = set()
    for _, _, step in find_steps():
        for item in columns._read_declarations(step).get("return", ()):
            if isinstance(item, (str, tuple, dict)):
                found |= {columns.strip(name) for name in ((item,) if isinstance(item, str) else item)}
        found |= {signal for _, signal, _ in getattr(sys.modules[step.__module__], "RULES", ())}
    return {name for name in found if "_" in name and "{" not in name} - engine_columns()


def engine_columns() -> set[str]:
    return {*schema.DOCUMENT, *schema.COPY, *schema.TEXTS}


@cache
def leaf_files() -> set[str]:
    found = (text for leaf in LEAVES for path in (ROOT / leaf).rglob("*.py") for text in strings(path))
    return {text for text in found if FILE.fullmatch(text)} - OWN_FILES.keys()


@cache
def leaf_modules() -> set[str]:
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for leaf in LEAVES
        for path in (ROOT / leaf).rglob("*.py")
    }


def find_names(text: str) -> set[str]:
    modules = {
        whole
        for match in MODULE.finditer(text)
        for whole in [match[0], match[0].rpartition(".")[0]]
        if whole in leaf_modules()
    }
    words = set(re.findall(r"\w+", text)) & leaf_columns()
    return modules | words | (set(FILE.findall(text)) & leaf_files())


def test_what_names_a_leaf_is_found():
    assert find_names("by filters.gopher:quality") == {"filters.gopher"}
    assert find_names("gopher_word_count, token_count") == {"gopher_word_count"}
    assert find_names("all/tokens.json") == {"tokens.json"}
    assert find_names("ocr.nothing, tokens, run.json") == set()


def test_the_engine_names_no_step():
    found: dict[str, set[str]] = {}
    for name, text in engine_texts():
        if named := find_names(text):
            found.setdefault(name, set()).update(named)
    assert found == EXCEPTIONS
