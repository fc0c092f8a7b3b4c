"""Whether a long document is one: what its end owes to its beginning, and what a compressor makes of it.

A window of 8K or more teaches something only where what stands far apart belongs together. Tables, logs and
lists of addresses are long and say little (a compressor makes them small); bytes in letters are long and say
nothing (it cannot make them smaller). OLMo 3 (2025,
arXiv:2512.13961) takes the middle 60% of documents by their gzip ratio; names that recur far apart are ours.
Documents below `min_tokens` are not looked at.
"""

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
from pydantic import NonNegativeFloat, NonNegativeInt, PositiveInt

from winnow.files import cache_by_stamp
from winnow.filters.length.panel import panel as panel
from winnow.filters.verdict import find_broken, judge
from winnow.kernels import F64, I64, U64, kernel
from winnow.ranges import Ratio
from winnow.words.cache import words_of
from winnow.words.hashes import find_or_add, mask_for
from winnow.words.split import Words

SIGNALS = ("long_gzip_ratio", "long_repeated_share", "long_far_names", "long_headings")
RULES = (
    ("long.too_compressible", "long_gzip_ratio", "min_gzip_ratio"),
    ("long.too_random", "long_gzip_ratio", "max_gzip_ratio"),
    ("long.repeated", "long_repeated_share", "max_repeated_share"),
    ("long.few_far_names", "long_far_names", "min_far_names"),
    ("long.few_headings", "long_headings", "min_headings"),
)
_HEADING = r"(?m)^(?:#{1,6}[ \t]+\S|(?:[Cc]hapter|CHAPTER|[Pp]art|PART)[ \t]+(?:[0-9]+|[IVXLC]+)\b)"
_LEVEL = 6  # of zlib: gzip's own default
_LINE = 20  # characters of a line that says something


def measure(
    docs: Annotated[pl.DataFrame, "text", "token_count"],
    *,
    min_tokens: NonNegativeInt = 8192,
    far_words: PositiveInt = 1000,
    min_gzip_ratio: Ratio | None = None,
    max_gzip_ratio: Ratio | None = None,
    max_repeated_share: Ratio | None = None,
    min_far_names: NonNegativeFloat | None = None,
    min_headings: NonNegativeFloat | None = None,
) -> Annotated[pl.DataFrame, SIGNALS]:
    """Measure what documents of `min_tokens` or more consist of; of others the signals are null; they stay.

    `long_gzip_ratio`: bytes that zlib makes of the UTF-8, per byte. It looks back 32 KiB; what comes again
    from farther away is `long_repeated_share`: of the characters in lines of 20 or more (without spaces
    around them) those of lines that stood before in the document. `long_far_names`: names that recur
    `far_words` or more words after they last stood, per 1,000 words; a name is a word with a capital that
    stands nowhere in the document without one, so in a script without capitals there are none.
    `long_headings`: lines that are headings (Markdown's, chapters and parts), per 10,000 words.

    Thresholds that are None judge nothing; which band of ratios is a source's middle: `find_bands`.
    """
    is_long = (docs["token_count"] >= min_tokens).fill_null(False).to_numpy()
    text = docs.select(pl.when(pl.Series(is_long)).then("text").otherwise(pl.lit(""))).to_series()
    words, rows = words_of(text)
    far = np.zeros((len(rows), 2))
    most = int(np.diff(words.doc).max(initial=0))
    table = np.zeros((mask_for(most) + 1, 2), np.uint64)
    _count_far(words, rows, far_words, table, np.zeros((most, 3), np.int64), far)
    count = np.maximum(far[:, 1], 1)
    headings = text.str.count_matches(_HEADING).fill_null(0).to_numpy()
    signals = {
        "long_gzip_ratio": np.array([_compress(one) for one in text.fill_null("")]),
        "long_repeated_share": np.array([_repeat(one) for one in text.fill_null("")]),
        "long_far_names": 1000 * far[:, 0] / count,
        "long_headings": 10_000 * headings / count,
    }
    broken = [(mask & is_long, reason) for mask, reason in find_broken(RULES, signals, locals())]
    known = pl.Series(is_long)
    return judge(docs, signals, broken).with_columns(
        pl.when(known).then(pl.col(name)).alias(name) for name in SIGNALS
    )


def _compress(text: str) -> float:
    data = text.encode("utf-8", "surrogatepass")
    return len(zlib.compress(data, _LEVEL)) / len(data) if data else 0.0


def _repeat(text: str) -> float:
    lines = [line for line in map(str.strip, text.splitlines()) if len(line) >= _LINE]
    total = sum(map(len, lines))
    return 1 - sum(map(len, set(lines))) / total if total else 0.0


@kernel
def _count_far(words: Words, rows: I64, far: int, table: U64, seen: I64, out: F64) -> None:
    """Of each row's document: names that recur so far apart, each as often as it does; words with a letter.

    `seen` has for each word met its last place, how often it came back from afar, and whether it stood
    without a capital; `table` finds it by its folded hash.
    """
    for r in range(len(rows)):
        begin, end = words.doc[rows[r]], words.doc[rows[r] + 1]
        mask = mask_for(end - begin)
        place = 0
        for w in range(begin, end):
            if words.kind[w] != 1:
                continue
            k = find_or_add(table, r + 1, mask, words.hash[w], place)
            if k == place:
                seen[k, 0], seen[k, 1], seen[k, 2] = w, 0, 0
            elif w - seen[k, 0] >= far:
                seen[k, 1] += 1
            seen[k, 0] = w
            seen[k, 2] |= words.hash[w] == words.exact[w]
            place += 1  # of words with a letter; those that are no first use a row without need
        out[r, 1] = place
        total = 0
        for w in range(begin, end):
            if words.kind[w] != 1:
                continue
            k = find_or_add(table, r + 1, mask, words.hash[w], 0)
            if seen[k, 0] == w and seen[k, 2] == 0:
                total += seen[k, 1]
        out[r, 0] = total


def find_bands(
    files: Annotated[Sequence[Path], "source", "long_gzip_ratio"],
    out: Path,
    *,
    read: Callable[..., Iterator[pl.DataFrame]],
    middle: Ratio = 0.6,
    min_documents: NonNegativeInt = 20,
) -> None:
    """Write `bands.json`: of each source the middle of its long documents by gzip ratio.

    `{source: {"min": ratio, "max": ratio, "documents": int}}`: `middle` of the source's documents lie
    between, as many below as above. A source with fewer than `min_documents` long ones has no band of its
    own: of all such together one is made, `*`, which has no bounds where these are too few as well. Holds two
    numbers a document.

    Errors: ValueError where `middle` is not in (0, 1].
    """
    if not 0 < middle <= 1:
        raise ValueError(f"middle is a share above 0, at most 1, not {middle}")
    columns = ["source", "long_gzip_ratio"]
    frames = [frame.select(columns).drop_nulls() for file in files for frame in read(file, columns)]
    schema = {"source": pl.String, "long_gzip_ratio": pl.Float32}
    table = pl.concat([pl.DataFrame(schema=schema), *frames]).sort("source", "long_gzip_ratio")
    few = table.group_by("source").len().filter(pl.col("len") < min_documents)["source"]
    rest = table.filter(pl.col("source").is_in(few.to_list()))
    own = table.filter(~pl.col("source").is_in(few.to_list())).partition_by("source", as_dict=True)
    bands = {str(name): _find_middle(rows["long_gzip_ratio"], middle) for (name,), rows in own.items()}
    enough = rest.height >= min_documents
    bands["*"] = _find_middle(rest["long_gzip_ratio"], middle) if enough else {"documents": rest.height}
    (out / "bands.json").write_text(json.dumps(bands, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _find_middle(ratios: pl.Series, middle: float) -> dict[str, float]:
    low, high = (ratios.quantile(q, "linear") for q in ((1 - middle) / 2, (1 + middle) / 2))
    return {"min": float(low or 0), "max": float(high or 0), "documents": len(ratios)}


def keep_band(
    docs: Annotated[pl.DataFrame, "source", "long_gzip_ratio"], *, bands: Path, drop_above: bool = False
) -> Annotated[pl.DataFrame, ("long_band_min", "long_band_max")]:
    """Drop long documents outside their source's band of gzip ratios, as `find_bands` wrote it into `bands`.

    Reasons: `long.below_band` (a compressor makes it smaller than its like), and where `drop_above` is set
    `long.above_band`; the band stands beside (Float32; null where there is none, and nothing is
    dropped). What is not long stays.
    """
    known = _read_bands(bands / "bands.json")
    source = docs["source"].fill_null("")
    edges = {
        side: source.replace_strict(
            {name: band.get(side) for name, band in known.items()},
            default=known["*"].get(side),
            return_dtype=pl.Float32,
        )
        for side in ("min", "max")
    }
    ratio = docs["long_gzip_ratio"]
    rules = [
        ((ratio < edges["min"]).fill_null(False).to_numpy(), "long.below_band"),
        ((ratio > edges["max"]).fill_null(False).to_numpy() & drop_above, "long.above_band"),
    ]
    return judge(docs.with_columns(long_band_min=edges["min"], long_band_max=edges["max"]), {}, rules)


@cache_by_stamp(8)
def _read_bands(path: Path) -> dict[str, dict[str, float]]:
    bands: dict[str, dict[str, float]] = json.loads(path.read_text(encoding="utf-8"))
    return bands
