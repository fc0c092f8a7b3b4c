"""Hard-wrapped lines back into paragraphs."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise


def unwrap(lines: Iterable[str], *, stays: Callable[[Sequence[str]], bool] | None = None) -> str:
    """Join the lines of hard-wrapped prose; paragraphs are parted by one blank line.

    A line break is taken for a wrap where the next line's first word would not have fitted any more
    into the usual width (that which nine in ten lines stay within, less a ragged tenth), and the next
    line is not indented deeper. So verse, tables and addresses keep their lines, and so do
    paragraphs of which `stays` says so.
    """
    kept = [line.rstrip() for line in lines]
    lengths = sorted(len(line) for line in kept if line)
    if not lengths:
        return ""
    width = 0.9 * lengths[min(len(lengths) - 1, int(0.9 * len(lengths)))]
    return "\n\n".join(
        "\n".join(paragraph) if stays and stays(paragraph) else _join_lines(paragraph, width)
        for paragraph in _cut_paragraphs(kept)
    )


def _cut_paragraphs(lines: Sequence[str]) -> Iterable[list[str]]:
    paragraph: list[str] = []
    for line in [*lines, ""]:
        if line:
            paragraph.append(line)
        elif paragraph:
            yield paragraph
            paragraph = []


def _join_lines(paragraph: Sequence[str], width: float) -> str:
    text = paragraph[0]
    for line, following in pairwise(paragraph):
        start = following.lstrip()
        deeper = len(following) - len(start) > len(line) - len(line.lstrip())
        wrapped = not deeper and len(line) + 1 + len(start.split(" ", 1)[0]) > width
        text += f" {start}" if wrapped else f"\n{following}"
    return text
