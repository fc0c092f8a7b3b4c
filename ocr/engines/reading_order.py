"""The order of lines that an engine found one by one: columns one after the other.

The two rules of Breuel (High Performance Document Layout Analysis, 2003): a line comes before those below it
that share its width; and before those to its right, unless a line across both stands between.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from winnow.ocr.engines.answer import Recognized

LEVEL = 0.5  # of the lower line's height: by how much level ones overlap
SHARED = 0.1  # of the shorter line's width: what those that stand above each other share at least
NEXT = 1.2  # line heights: how far below its last line a block may go on


def put_in_order(lines: Sequence[Recognized]) -> list[Recognized]:
    """The lines in reading order; `block` numbers runs of lines that stand below each other."""
    left = sorted(lines, key=lambda line: (line.y0, line.x0))
    if not left:
        return []
    before = compare(np.array([line[:4] for line in left]))
    waiting, order = before.sum(axis=0), []
    for _ in left:
        # Where the rules contradict each other (pieces askew): that with fewest before it, topmost first.
        at = int(waiting.argmin())
        order.append(at)
        waiting = waiting - before[at]
        waiting[at] = 2 * len(left)
    return _number_blocks([left[at] for at in order])


def compare(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Of each two boxes (x0, y0, x1, y1), whether the one (row) comes before the other (column)."""
    x0, y0, x1, y1 = boxes.T
    wide = np.minimum(x1[:, None], x1) - np.maximum(x0[:, None], x0)
    above_each_other = wide > SHARED * np.minimum((x1 - x0)[:, None], x1 - x0)
    high = np.minimum(y1[:, None], y1) - np.maximum(y0[:, None], y0)
    level = high > LEVEL * np.minimum((y1 - y0)[:, None], y1 - y0)
    middle, to_left = (y0 + y1) / 2, (x0 + x1)[:, None] < x0 + x1
    before: NDArray[np.bool_] = above_each_other & ~level & (middle[:, None] < middle)
    for at, other in np.argwhere((~above_each_other | level) & to_left):
        low, top = sorted((middle[at], middle[other]))
        across = above_each_other[at] & above_each_other[other] & (low < middle) & (middle < top)
        across &= ~level[at] & ~level[other]
        before[at, other] = not across.any()
    return before


def _number_blocks(lines: Sequence[Recognized]) -> list[Recognized]:
    numbered = [lines[0]._replace(block=0)]
    for last, line in pairwise(lines):
        height = max(last.y1 - last.y0, line.y1 - line.y0)
        follows = -0.5 * height < line.y0 - last.y1 < NEXT * height
        shares = min(last.x1, line.x1) > max(last.x0, line.x0)
        numbered.append(line._replace(block=numbered[-1].block + (not (follows and shares))))
    return numbered
