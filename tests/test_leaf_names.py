"""The engine names no step: in strings, templates and data files of `pipelines/`, recipes apart, stands no
module, column or file of a leaf. A docstring may give one as an example."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from winnow.pipelines.spec import columns, schema
from winnow.pipelines.spec.address import LEAVES, find_steps, options

ROOT = Path(__file__).parent.parent
ENGINE = ROOT / "pipelines"
TEXTS = {".jinja", ".toml", ".csv", ".js", ".css"}
MODULE = re.compile(rf"\b(?:{'|'.join(LEAVES)})(?:\.[a-z_]\w*)+")
FILE = re.compile(r"[\w.-]+\.(?:json|jsonl|parquet|html|md|csv|tsv|npy|bin|txt|toml)\b")
OWN_FILES = {
    "README.md": "what a folder is told by, whoever wrote it",
    "messages.json": "what any step says to the user (`screen.messages`)",
    "head.json": "the head of the engine's own ledger of take-downs",
    "package.json": "what npm calls its own, of which the demo takes some",
    "tokenizer.json": "what the world's tokenizers stand in, by the form of Hugging Face",
    "marks.parquet": "what a take-down remembers, in the engine's own folder; a step reads it",
    "documents.parquet": "what `make tune` and `make worth` write for the stages of their recipes",
    "items.parquet": "eval items: the form in which any step hands them to `make tune` and `make worth`",
    "drops.parquet": "what `make tune` writes for the stages of its recipe",
    "changes.json": "what `make tune` writes for the stages of its recipe",
    "worth.json": "the answer of `make worth`; that of a stage is asked for by `find_told`",
    "told.jsonl": "what readers tell the engine of a server's slots, in the folder that it gives",
}
"""Files that a leaf and the engine call alike: what the engine writes itself, or any step may write."""
OWN_COLUMNS = {
    "finish_reason": "a field of OpenAI's protocol, which the demo's server speaks",
    "tokens_in": "a figure of the receipts",
}


OWN_REASONS = {
    "text.": "keys of the summary",
    "takedowns.": "why documents went of which the engine itself drops rows",
}
"""How reasons begin: with the name of a module."""


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
        defaults = {one.name: one.default for one in options(step) if one.default is not one.empty}
        added = columns._resolve(columns._read_declarations(step).get("return"), defaults)
        found |= set(map(columns.strip, added))
        found |= {signal for _, signal, _ in getattr(sys.modules[step.__module__], "RULES", ())}
    return {name for name in found if "_" in name} - engine_columns()


def engine_columns() -> set[str]:
    """The engine's own: of documents, of copies, of what went for another one; and what others call alike."""
    survivor = {f"dedup_{name}" for name in schema.SURVIVOR}
    return {*schema.DOCUMENT, *schema.COPY, *schema.TEXTS, *schema.DECLARED, *survivor, *OWN_COLUMNS}


@cache
def leaf_files() -> set[str]:
    found = (text for leaf in LEAVES for path in (ROOT / leaf).rglob("*.py") for text in strings(path))
    return {text for text in found if FILE.fullmatch(text)} - OWN_FILES.keys()


@cache
def leaf_modules() -> set[str]:
    return {use.partition(":")[0] for use, *_ in find_steps()} | {
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
    words |= {text} & {f"{module.rpartition('.')[2]}." for module in leaf_modules()} - OWN_REASONS.keys()
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
    assert found == {}
