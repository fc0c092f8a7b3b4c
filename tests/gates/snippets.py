"""The blocks of code in README.md and docs, in the order in which a reader meets them."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
# The other pages go on with the tutorial's run.
FIRST = ("README.md", "docs/first-day.md", "docs/tutorial.md")
_BLOCK = re.compile(r"^( *)```(.*)\n((?:.*\n)*?)\1```$", re.MULTILINE)
_FILE = re.compile(r"# (more of )?([\w.-]+\.(?:toml|py|jsonl))\b")
_MARK = re.compile(r"# (needs .+|hours)$")


class Block(NamedTuple):
    """A block of a page, the line of its fence, and what its fence says it is."""

    page: str
    line: int
    language: str
    text: str

    @property
    def file(self) -> tuple[str, bool] | None:
        """Which file it is, as its first line says (`# mine.toml`); whether more of it (`# more of ...`)."""
        said = _FILE.match(self.text)
        return (said[2], bool(said[1])) if said else None

    @property
    def mark(self) -> str | None:
        """What it needs that not everybody has, as its first line says."""
        said = _MARK.match(self.text.splitlines()[0]) if self.text else None
        return said[1] if said else None


def list_pages() -> list[Path]:
    """README, the first day, the tutorial, the rest of docs by name; not the page of steps, which is made."""
    pages = sorted((ROOT / "docs").rglob("*.md"))
    first = [page for name in FIRST if (page := ROOT / name).exists()]
    return first + [page for page in pages if page not in first and page.name != "steps.md"]


def read_blocks(page: Path) -> list[Block]:
    """All blocks of a page, without the indent of their fence."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        indent = re.compile(f"^{match[1]}", re.MULTILINE)
        line = text.count("\n", 0, match.start()) + 1
        name = str(page.relative_to(ROOT))
        found.append(Block(name, line, match[2].strip(), indent.sub("", match[3])))
    return found


def write_file(block: Block, folder: Path) -> None:
    """Write the file that a block is, or what it adds to it."""
    if block.file:
        name, more = block.file
        old = (folder / name).read_text(encoding="utf-8") + "\n" if more else ""
        (folder / name).write_text(old + block.text, encoding="utf-8")
