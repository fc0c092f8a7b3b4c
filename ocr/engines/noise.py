"""Which of an engine's lines are noise: stains, drawings and edges of paper, of which it is unsure."""

from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from winnow.ocr.engines.answer import Recognized

# On the pages of old books that this was chosen on, no line of text was less sure than that.
LEAST_SURE = 0.5
# A line of code, or of letters that ran, may be less sure. It stands among lines of text, as noise does not:
# on worn pages of manuals that no gate wears 40 such lines had nine tenths of their letters right.
MOSTLY = 0.5  # of a block's letters: those of sure lines
LOWEST, HIGHEST = 0.6, 1.6  # of their height


def leave_out_noise(lines: Sequence[Recognized]) -> list[Recognized]:
    """The lines that are text: sure ones, and those like them in a block that is mostly sure."""
    blocks: dict[int, list[Recognized]] = defaultdict(list)
    for line in lines:
        blocks[line.block].append(line)
    heights = {number: _measure_text(block) for number, block in blocks.items()}
    return [line for line in lines if line.confidence >= LEAST_SURE or _is_like(line, heights[line.block])]


def _measure_text(block: Sequence[Recognized]) -> float:
    """The height of a block's sure lines; 0 where most of it is unsure."""
    sure = [line for line in block if line.confidence >= LEAST_SURE]
    letters, all_letters = (sum(len(line.text) for line in some) for some in (sure, block))
    return median(line.y1 - line.y0 for line in sure) if sure and letters >= MOSTLY * all_letters else 0.0


def _is_like(line: Recognized, height: float) -> bool:
    return LOWEST * height <= line.y1 - line.y0 <= HIGHEST * height if height else False
