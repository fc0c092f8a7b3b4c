"""Real code, real prose and noise: it is known what they are worth for evals of code and of prose."""

import argparse
import random
import re
import string
from pathlib import Path
from pydoc_data.topics import topics


def code() -> list[str]:
    """Functions and classes of the standard library, a few thousand characters each."""
    texts = []
    for path in sorted(Path(argparse.__file__).parent.glob("*.py")):
        source = path.read_text(encoding="utf-8", errors="replace")
        texts += [block for block in re.split(r"\n(?=def |class )", source) if 500 < len(block) < 5000]
    return sorted(set(texts), key=hash_of)


def prose() -> list[str]:
    """Paragraphs of the language reference."""
    text = "\n\n".join(topics.values())
    return sorted({text[i : i + 1500] for i in range(0, len(text), 1500)}, key=hash_of)


def hash_of(text: str) -> float:
    return random.Random(text).random()


def noise(number: int) -> str:
    rng = random.Random(number)
    return "".join(rng.choices(string.ascii_letters + string.punctuation, k=1500))
