"""Lists of words beside these modules: words between spaces, and lines with # that say what they are."""

from functools import cache
from pathlib import Path

from winnow.files import read_text


def read_words(name: str) -> frozenset[str]:
    """The words of a list."""
    lines = read_text(Path(__file__).parent / name).splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@cache
def read_familiar() -> frozenset[str]:
    """Frequent words of English."""
    lines = read_text(Path(__file__).parent.parent / "english_words.txt").splitlines()
    return frozenset(word.lower() for line in lines if not line.startswith("#") for word in line.split())


def read_classes(name: str) -> dict[str, frozenset[str]]:
    """The words of a list whose lines begin with their class and a colon, by class."""
    found: dict[str, set[str]] = {}
    for line in read_text(Path(__file__).parent / name).splitlines():
        head, colon, words = line.partition(":")
        if colon and not line.startswith("#"):
            found.setdefault(head, set()).update(words.split())
    return {head: frozenset(words) for head, words in found.items()}
