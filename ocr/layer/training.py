"""How `letters.npz` is made: which letters follow which in words, for each script that we have words of.

`python -m winnow.ocr.layer.training` writes it anew from the lists of frequent words in 100 languages that
come with the Python package `justext` (BSD; Wikipedias counted by its authors). Languages of a script weigh
the same.
"""

import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from winnow.ocr.layer.letters import (
    BLOCKS,
    DIGIT,
    JUNK,
    LEAST_WORDS,
    LOWER,
    MARK,
    SPACE,
    TABLE,
    UPPER,
    fold,
    is_mark,
)

MOST_LETTERS = 80
MOST_WORDS = 3000


def main() -> None:
    """Write the table beside this module."""
    import justext

    lists = [justext.get_stoplist(name) for name in sorted(justext.get_stoplists())]
    scripts, symbols = _list_characters(), np.zeros(0x10000, np.uint8)
    tables: dict[str, NDArray[np.uint8]] = {}
    for number, (name, _) in enumerate(BLOCKS, 1):
        words = [own for own in (_pick(scripts, number, words) for words in lists) if len(own) >= LEAST_WORDS]
        if not words:
            continue
        counts = Counter(letter for language in words for word in language for letter in word)
        alphabet = [letter for letter, _ in counts.most_common(MOST_LETTERS - 1)]
        for index, letter in enumerate(alphabet, 1):
            symbols[ord(letter)] = index
        tables[name] = _count_pairs(words, symbols, len(alphabet) + 1)
    tables |= {"scripts": scripts, "symbols": symbols, "kinds": _list_kinds()}
    np.savez_compressed(TABLE, allow_pickle=False, **tables)


def _list_characters() -> NDArray[np.uint8]:
    """For each code point: the number of its script (from 1), 0 for what is of none."""
    scripts = np.zeros(0x10000, np.uint8)
    for number, (_, ranges) in enumerate(BLOCKS, 1):
        for first, last in ranges:
            for code in range(first, last + 1):
                if unicodedata.category(chr(code))[0] in "LM":
                    scripts[code] = number
    return scripts


def _list_kinds() -> NDArray[np.uint8]:
    kinds = {"Cc": JUNK, "Cn": JUNK, "Co": JUNK, "Cs": JUNK, "Zs": SPACE, "Zl": SPACE, "Zp": SPACE}
    kinds |= {"Nd": DIGIT, "Ll": LOWER, "Lu": UPPER}
    table = np.array([kinds.get(unicodedata.category(chr(code)), 0) for code in range(0x10000)], np.uint8)
    table[[is_mark(chr(code)) for code in range(0x10000)]] = MARK
    table[[0x09, 0x0A, 0x0C, 0x0D]] = SPACE
    table[0xFFFD] = JUNK
    table[0xFFFF] = 0  # stands for all beyond the BMP
    return table


def _pick(scripts: NDArray[np.uint8], number: int, words: frozenset[str]) -> list[str]:
    folded = sorted({fold(word) for word in words})
    own = [
        word
        for word in folded
        if len(word) > 1 and all(ord(c) < 0x10000 and scripts[ord(c)] == number for c in word)
    ]
    step = max(1, len(own) // MOST_WORDS)
    return own[::step]


def _count_pairs(languages: list[list[str]], symbols: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Bits that a letter costs after another, in eighths; 0 is the edge of a word."""
    total = np.zeros((size, size))
    for words in languages:
        counts = np.zeros((size, size))
        for word in words:
            codes = [0, *(int(symbols[ord(letter)]) for letter in word), 0]
            np.add.at(counts, (codes[:-1], codes[1:]), 1)
        total += counts / counts.sum()
    total /= len(languages)
    letters = total.sum(0)
    smooth = (total + 2e-4 * letters) / (total.sum(1, keepdims=True) + 2e-4)
    bits: NDArray[np.uint8] = np.clip(np.round(-8 * np.log2(smooth + 1e-9)), 0, 255).astype(np.uint8)
    return bits


if __name__ == "__main__":
    main()
    print(f"{Path(TABLE).stat().st_size:,} bytes")
