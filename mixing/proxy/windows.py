"""What the proxies are asked: windows of tokens, of which the last part is scored."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from winnow.mixing.proxy.streams import END

HELD_OUT = "source:"  # what the evals on a source's own held-out text are called, before its name
EVERY = HELD_OUT + "*"  # of a later phase: all held-out text, in the shares that the phase before had


class Windows(NamedTuple):
    """Window i is `tokens[offsets[i]:offsets[i + 1]]`; its tokens from `answers[i]` on are scored."""

    tokens: np.ndarray  # uint16
    offsets: np.ndarray  # int64
    answers: np.ndarray  # int64, at least 1
    evals: np.ndarray  # int64, which eval


def find_scored(windows: Windows) -> tuple[np.ndarray, np.ndarray]:
    """Of every scored token: its place in `windows.tokens`, and in its own window."""
    lengths = np.diff(windows.offsets)
    ages = np.arange(len(windows.tokens)) - np.repeat(windows.offsets[:-1], lengths)
    positions = np.flatnonzero(ages >= np.repeat(windows.answers, lengths))
    return positions, ages[positions]


def sum_windows(windows: Windows, values: np.ndarray) -> np.ndarray:
    """Sums over each window of `values`, one per scored token."""
    lengths = np.diff(windows.offsets) - windows.answers
    return np.bincount(np.repeat(np.arange(len(lengths)), lengths), weights=values, minlength=len(lengths))


def make_item_window(prompt: np.ndarray, answer: np.ndarray, context: int) -> tuple[np.ndarray, int]:
    """END, prompt and answer in at most `context` tokens: half of it for the answer if need be.

    A long answer loses its end, a long prompt its beginning.
    """
    answer = answer[: max(context // 2, context - 1 - len(prompt))]
    whole = np.concatenate([np.array([END], dtype=np.uint16), prompt])
    kept = whole[-(context - len(answer)) :]
    return np.concatenate([kept, answer]), len(kept)


def cut_stream(stream: np.ndarray, context: int) -> list[tuple[np.ndarray, int]]:
    """The stream cut into windows, each token but a window's first to be scored."""
    cuts = [stream[i : i + context] for i in range(0, len(stream), context)]
    return [(cut, 1) for cut in cuts if len(cut) > 1]


def join(windows: Sequence[tuple[np.ndarray, int]], evals: Sequence[int]) -> Windows:
    lengths = [len(tokens) for tokens, _ in windows]
    return Windows(
        np.concatenate([tokens for tokens, _ in windows]).astype(np.uint16),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        np.array([answer for _, answer in windows], dtype=np.int64),
        np.array(evals, dtype=np.int64),
    )


def save(windows: Windows, folder: Path) -> None:
    for name, array in windows._asdict().items():
        np.save(folder / f"windows-{name}.npy", array)


def load(folder: Path) -> Windows:
    return Windows(*(np.load(folder / f"windows-{name}.npy") for name in Windows._fields))
