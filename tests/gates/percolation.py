"""Gate: of ten billion pages that share nothing next to none are linked by chance, and no cluster grows.

`make gate NAME=percolation`. Documents are random shingles, their numbers log-normal as pages' lengths are.
The shipped loops make minima, keys, sketches and links; beside them, as the yardstick, stand keys made as
0.3.0 made them, of the 32-bit first minimum alone.

How few stand for many: a document meets as many strangers as there are documents times the chance that two
agree, so where `scale` times fewer documents are drawn, a hash has `scale` times fewer values. The lower half
of a shingle is drawn from 2^32 / scale numbers, the hash of a key's first part is taken modulo its size /
scale, and a first minimum is divided by scale. What sketches say of a pair depends on no number of documents,
so sketches are made of what is whole. That the scaling is right is measured: eight times the documents at an
eighth of the scale must meet and link as often.

Pages with one footer are more than strangers: all of 50,000 documents have 20 shingles in common, and nothing
else. Environment: MANY (50000).
"""

import os
from typing import NamedTuple

import numpy as np
from figures import Figures

from winnow.dedup.minhash import SKETCHED, WINDOW
from winnow.dedup.near import links, signatures
from winnow.dedup.near.links import find_roots, unite
from winnow.dedup.near.tokens import mix
from winnow.kernels import I64, U32, U64, kernel
from winnow.words.hashes import GOLDEN

MANY = int(os.environ.get("MANY", "50000"))
SIZES = {"100m": 1e8, "1b": 1e9, "6.5b": 6.5e9, "10b": 1e10}
BANDS, ROWS = 14, 8
LINKS, LARGEST = 0.005, 36
FOOTER, LARGEST_OF_FOOTER = 0.1, 3000
BATCH = 5000
SIMILARITY, SHARE = 0.75, signatures.find_least_share(0.95)


class Signed(NamedTuple):
    """Documents as the steps between texts and pairs know them, and the first minimum of each band."""

    keys: U64
    sketches: U64
    size: U32
    minima: U32
    scale: float


class Seen(NamedTuple):
    """Strangers in the same group, links, and documents in clusters, a document; the largest cluster."""

    met: float
    links: float
    clustered: float
    largest: int


def sign(count: int, scale: float, *, footer: int = 0, seed: int = 1) -> Signed:
    """Sign `count` documents of 20 to 20,000 random shingles, 400 in the median, and `footer` of all."""
    rng = np.random.default_rng(seed)
    drawn = signatures.draw_permutations(BANDS * ROWS, 1)
    size = np.clip(rng.lognormal(np.log(400), 1, count), 20, 20_000).astype(np.uint32) + np.uint32(footer)
    common = rng.integers(0, 2**64, footer, dtype=np.uint64)
    keys, sketches, firsts = [], [], []
    for start in range(0, count, BATCH):
        offsets = np.concatenate([[0], np.cumsum(size[start : start + BATCH], dtype=np.int64)])
        shingles = rng.integers(0, 2**32, offsets[-1], dtype=np.uint64) << np.uint64(32)
        shingles |= rng.integers(0, max(1, round(2**32 / scale)), offsets[-1], dtype=np.uint64)
        for k, shingle in enumerate(common):
            shingles[offsets[:-1] + k] = shingle
        minima = signatures.find_minima(shingles, offsets, *drawn)
        first = signatures.find_first_shingles(shingles, offsets, minima, BANDS, *drawn)
        keys.append(signatures.make_band_keys(minima, first))
        sketches.append(signatures.make_sketches(minima)[:, :SKETCHED])
        firsts.append(minima[:, ::ROWS])
    return Signed(np.concatenate(keys), np.concatenate(sketches), size, np.concatenate(firsts), scale)


def narrow(signed: Signed) -> U64:
    """The shipped keys, their first part from so many times fewer values."""
    values = round(2.0 ** (64 - signatures.FIRST_BITS) / signed.scale)
    return _lay_out((signed.keys >> np.uint64(signatures.FIRST_BITS)) % np.uint64(values), signed.keys)


def narrow_old(signed: Signed) -> U64:
    """Keys as 0.3.0 made them: the first part is 32 bits of a hash of the first minimum."""
    hashed = _hash_minima((signed.minima / signed.scale).astype(np.uint64))
    return _lay_out((hashed >> np.uint64(32)) % np.uint64(round(2**32 / signed.scale)), signed.keys)


def _lay_out(first: U64, keys: U64) -> U64:
    keys = first << np.uint64(signatures.FIRST_BITS) | keys & ~signatures.FIRST
    return keys.ravel()


@kernel(allocates=True)
def _hash_minima(minima: U64) -> U64:
    """A hash of each document's and band's first minimum."""
    result = np.empty_like(minima)
    for d in range(len(minima)):
        for band in range(minima.shape[1]):
            result[d, band] = mix(np.uint64(band + 1) * GOLDEN ^ minima[d, band])
    return result


def propose(signed: Signed, keys: U64, *, by_half: bool = False) -> Seen:
    """Link what the keys bring together, as `dedup.minhash:pairs` does; `by_half`, where no containment is
    asked for."""
    count = len(signed.size)
    mask = signatures.HALF if by_half else signatures.FIRST
    order = np.argsort(keys, kind="stable")
    same = np.unique(keys & mask, return_counts=True)[1]
    doc: I64 = order // BANDS
    share = signatures.find_least_share(2.0) if by_half else SHARE
    later, earlier = links.find_links(
        signed.sketches[doc], signed.size[doc], keys[order], mask, SIMILARITY, share, WINDOW
    )
    parent = np.arange(count)
    unite(parent, doc[later], doc[earlier])
    cluster = np.unique(find_roots(parent), return_counts=True)[1]
    met = float((same * (same - 1.0)).sum() / count)
    return Seen(met, len(later) / count, cluster[cluster > 1].sum() / count, int(cluster.max()))


def tell(figures: Figures, name: str, seen: Seen, most: float = LINKS, largest: int = LARGEST) -> None:
    """What the shipped keys give, beside its floors."""
    print(f"{name}.met {seen.met:g}")
    figures.add(f"{name}.links", seen.links, most, most=True)
    figures.add(f"{name}.clustered", seen.clustered, 2 * most, most=True)
    figures.add(f"{name}.largest", seen.largest, largest, most=True)


def main() -> None:
    figures = Figures("percolation")
    old = {}
    for name, size in SIZES.items():
        signed = sign(MANY, size / MANY)
        for how, by_half in (("first", False), ("half", True)):
            tell(figures, f"{how}.{name}", propose(signed, narrow(signed), by_half=by_half))
            old[how, name] = propose(signed, narrow_old(signed), by_half=by_half)
            for what, value in old[how, name]._asdict().items():
                print(f"old.{how}.{name}.{what} {value:g}")
    figures.add("old.first.1b.links_of_the_bound", old["first", "1b"].links / LINKS, 2)  # this can be seen
    wide = sign(8 * MANY, 1e9 / MANY / 8, seed=2)
    figures.add("scaling.old_links", propose(wide, narrow_old(wide)).links / old["first", "1b"].links, 0.9)
    wide = wide._replace(scale=1e10 / MANY / 8)
    many, few = (propose(one, narrow(one)).met for one in (wide, sign(MANY, 1e10 / MANY)))
    figures.add("scaling.met_off", abs(many / few - 1), 0.1, most=True)
    footer = sign(MANY, 1, footer=20)
    tell(figures, "footer", propose(footer, footer.keys.ravel()), FOOTER, LARGEST_OF_FOOTER)
    figures.close()


if __name__ == "__main__":
    main()
