"""How common words are: in English by a shipped table, or in a corpus of one's own, counted before."""

from pathlib import Path

import numpy as np

from winnow.dedup import buckets
from winnow.dedup.overlap.lexer.tables import hash_word

FILE = "frequencies.parquet"


def read_shares(own: Path | None) -> tuple[np.ndarray, np.ndarray]:
    """Hashes of words, sorted, and the share of text that each is: in English or, if more, in a corpus.

    `own` is what `count` wrote, or the folder that holds it.
    """
    rows: dict[int, float] = {}
    for line in Path(__file__).with_name("frequencies.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            bits, *words = line.split()
            rows |= {int(hash_word(word)): 2.0 ** -float(bits) for word in words}
    if own is not None:
        table = buckets.read(own / FILE if own.is_dir() else own, ["word", "share"])
        for word, share in table.iter_rows():
            rows[word] = max(share, rows.get(word, 0.0))
    hashes = np.array(sorted(rows), np.uint64)
    return hashes, np.array([rows[h] for h in hashes.tolist()])
