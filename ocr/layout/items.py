"""Items of lists: their marks in Markdown, nested by how far they stand in."""

import re

# Symbol fonts have their dots in the private use area, or do not say what they are.
DOT = re.compile(r"\s*[•●○▪■◦‣✓➢·*\ufffd\ue000-\uf8ff][\s\u00a0]+(?=\S)")
DASH = re.compile(r"\s*[\u2013-][\s\u00a0]+(?=\S)")
NUMBER = re.compile(r"\s*\(?(\d{1,3}|[a-z]|[ivx]{1,5})([.)])[\s\u00a0]+(?=\S)")
STEP = 0.8  # in sizes of the font: how much further in a nested item stands


def find_mark(text: str) -> tuple[str, str]:
    """The mark of an item in Markdown and its text; no mark for what is no item.

    A dash is a mark only where the caller knows of a list: in prose it begins an utterance.
    """
    found = DOT.match(text) or DASH.match(text)
    if found:
        return "- ", text[found.end() :]
    found = NUMBER.match(text)
    if found:
        return f"{found[1]}{'.' if found[1].isdigit() else found[2]} ", text[found.end() :]
    return "", text


def nest(stack: list[float], x0: float, size: float) -> int:
    """The depth of an item that stands at `x0`, 0 for the outermost; `stack` holds the open ones' places."""
    while stack and x0 < stack[-1] - STEP * size:
        stack.pop()
    if not stack or x0 > stack[-1] + STEP * size:
        stack.append(x0)
    return len(stack) - 1
