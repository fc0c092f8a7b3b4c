"""Texts taken out of what proxies read (`mixing.proxies:prepare`): END stands in the place of each token."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from winnow.mixing.proxy import windows as asked
from winnow.mixing.proxy.streams import END, PIECE_CHARS, encode, measure_tokens


def blank(folder: Path, texts: Iterable[str]) -> dict[str, np.ndarray]:
    """The arrays of a folder that held a piece of one of the texts, by the names of their files, without it.

    Their lengths stay, so that all that counts places in them holds; bytes of windows are measured anew.
    """
    tokenizer = Tokenizer.from_file(str(folder / "vocabulary.json"))
    pieces = {
        text[start : start + PIECE_CHARS] for text in texts for start in range(0, len(text), PIECE_CHARS)
    }
    needles = {tokens.tobytes() for tokens in encode(sorted(pieces), tokenizer) if len(tokens)}
    changed = {}
    for path in sorted(folder.glob("train-*.npy")):
        stream = np.load(path)
        if _blank_stream(stream, needles):
            changed[path.name] = stream
    windows = asked.load(folder)
    hit = False
    for number in np.unique(windows.evals):
        own = np.flatnonzero(windows.evals == number)
        places = np.concatenate([np.arange(*windows.offsets[i : i + 2]) for i in own])
        stream = windows.tokens[places]
        if _blank_stream(stream, needles):
            windows.tokens[places] = stream
            hit = True
    if hit:
        positions, _ = asked.find_scored(windows)
        lengths = measure_tokens(tokenizer)
        changed["windows-tokens.npy"] = windows.tokens
        sizes = asked.sum_windows(windows, lengths[windows.tokens[positions]])
        changed["windows-bytes.npy"] = sizes.astype(np.int64)
    return changed


def _blank_stream(stream: np.ndarray, needles: set[bytes]) -> bool:
    """Put END over each piece between two ENDs that is a needle, or its end is cut off; in place."""
    bounds = np.concatenate([[-1], np.flatnonzero(stream == END), [len(stream)]])
    hit = False
    for start, stop in zip(bounds[:-1] + 1, bounds[1:], strict=True):
        if stop > start and stream[start:stop].tobytes() in needles:
            stream[start:stop] = END
            hit = True
    return hit
