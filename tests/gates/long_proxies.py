"""Part of the gate `long`: what proxies with a window of 2K learn from picked long documents, and from any.

Transformers of .2M parameters read 2K windows of long documents, as many of each source, and are asked for
bits per byte of held-out windows: of the documents that a reader found worth their length
(`golds/long_read.tsv`), inside and outside the band, so that the selection does not say what is held out.
Windows that share more than `SHARED` of their runs of eight words with held-out ones, as of a translation
half done or of the same book in another form, are not trained on. Four ways to choose the windows:

- length: any long document of the source;
- band: those that are inside both edges of their source's band;
- below: those and what is above the upper edge, as `groups/long.toml` picks;
- torn: the windows of `length`, each put together of pieces of 256 tokens of eight of them. Nothing that
  stands far apart belongs together, so a proxy that sees long-range use at all must see this.

A seed says the first weights and which windows are drawn; ways draw the same ones where they can. Held-out
documents weigh as many long documents of their source and side as were read for each. Scored are three
stretches of a window, by how much stands before, and what the far half of it is worth: bits saved on the
last 512 tokens where 2,048 instead of 1,024 are in sight. Intervals are 95%, of seeds and held-out documents
drawn anew together.
"""

import hashlib
from pathlib import Path

import numpy as np
import polars as pl
import torch
from figures import Figures
from torch.nn import functional as F

from winnow.mixing.proxy import streams, transformer

VOCABULARY, VOCABULARY_CHARS, SPAN = 1_024, 60_000, 10_000
SHAPE = transformer.Shape(width=64, depth=2)
RATE, SEEDS = 0.008, range(3)
WINDOW, PIECE = 2_048, 256
MOST_WINDOWS, MOST_A_DOCUMENT, ASKED = 24, 4, 1  # of a source, of a document; of a held-out one
SHARED, RUN = 0.05, 8
STRETCHES = ((0, 512), (512, 1_024), (1_024, 2_048))  # tokens of a window that are scored together
FAR = 512  # last tokens of a window, scored with all of it in sight and with half
NAMES = ("0-512", "512-1024", "1024-2048", "worth of what is far")
ALL = ("inside", "above", "below")  # sides of their source's band
WAYS = {"length": ALL, "band": ("inside",), "torn": ALL, "below": ("inside", "above")}
DRAWS = 2_000


def split(docs: pl.DataFrame, gold: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Long documents that are trained on, and those held out, with the `weight` of each; `spans` of both."""
    docs = docs.join(gold.select("digest", "worth"), on="digest", how="left")
    cell = ["source", "side"]
    read = pl.col("worth").is_not_null().sum().over(cell)
    held = docs.with_columns(weight=pl.len().over(cell) / read).filter(worth="yes")
    held = held.with_columns(spans=cut(held["text"], ASKED))
    runs = np.unique(np.concatenate([hash_runs(text) for texts in held["spans"] for text in texts]))
    pool = docs.filter(pl.col("worth").ne_missing("yes"))
    cuts = cut(pool["text"], MOST_A_DOCUMENT)
    new = [[text for text in texts if np.isin(hash_runs(text), runs).mean() <= SHARED] for texts in cuts]
    print(f"held out: {held.height} documents; {cuts.list.len().sum()} windows, too like: ", end="")
    print(int(cuts.list.len().sum()) - sum(map(len, new)))
    return pool.with_columns(spans=pl.Series(new, dtype=pl.List(pl.String))), held


def hash_runs(text: str) -> np.ndarray:
    """Of each run of eight words a number."""
    words = pl.Series(text.lower().split(), dtype=pl.String).hash(0).to_numpy()
    number = max(len(words) - RUN + 1, 1)
    total = np.zeros(number, np.uint64)
    for k in range(min(RUN, len(words))):
        total = total * np.uint64(0x100000001B3) + words[k : number + k]
    return total


def cut(texts: pl.Series, most: int) -> pl.Series:
    """At most so many spans of each text, evenly over it: of one its middle."""
    found = []
    for text in texts:
        most_here = min(most, len(text) // SPAN)
        places = np.linspace(0, len(text) - SPAN, most_here + 2)[1:-1].astype(int)
        found.append([text[k : k + SPAN] for k in places])
    return pl.Series(found, dtype=pl.List(pl.String))


def draw_rank(seed: int, digest: str, number: int) -> bytes:
    return hashlib.sha256(f"{seed} {digest} {number}".encode()).digest()


def draw_rows(pool: pl.DataFrame, sizes: dict[str, int], way: str, seed: int) -> np.ndarray:
    """The windows that one proxy reads, in their order: the first of each source by ranks of the seed."""
    rows = []
    chosen = pool.filter(pl.col("side").is_in(list(WAYS[way])))
    for source, size in sizes.items():
        own = [
            (draw_rank(seed, digest, number), row)
            for digest, cuts in chosen.filter(source=source).select("digest", "cuts").iter_rows()
            for number, row in enumerate(cuts)
        ]
        rows += sorted(own, key=lambda one: one[0])[:size]
    # Another part of the rank says the order, so that sources stand among each other.
    found = np.array([row for _, row in sorted(rows, key=lambda one: one[0][8:])], dtype=np.uint16)
    return tear(found, seed) if way == "torn" else found


def tear(rows: np.ndarray, seed: int) -> np.ndarray:
    """The same pieces of tokens, each at its place in the window, in rows that are drawn anew."""
    rng = np.random.default_rng(seed)
    torn = rows.copy()
    for begin in range(1, WINDOW + 1, PIECE):
        torn[:, begin : begin + PIECE] = rows[rng.permutation(len(rows)), begin : begin + PIECE]
    return torn


def count_windows(pool: pl.DataFrame) -> dict[str, int]:
    """Of each source as many windows as its picked documents have: no way reads one twice."""
    picked = pool.filter(side="inside").with_columns(number=pl.col("cuts").map_elements(len, pl.Int64))
    found = picked.group_by("source").agg(pl.col("number").sum()).sort("source")
    return {source: min(number, MOST_WINDOWS) for source, number in found.iter_rows()}


def prepare(docs: pl.DataFrame, gold: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, int, np.ndarray]:
    """The pool and the held-out documents, each with its windows (`cuts`); how many tokens there are in the
    vocabulary, and the bytes of each."""
    pool, held = split(docs, gold)
    sample = [text[:VOCABULARY_CHARS] for text in pool.sort("digest").group_by("source").head(4)["text"]]
    tokenizer = streams.train_vocabulary(sample, VOCABULARY)

    def encode(table: pl.DataFrame) -> pl.DataFrame:
        spans = [streams.encode(texts, tokenizer) for texts in table["spans"].to_list()]
        cuts = [[row[: WINDOW + 1] for row in rows if len(row) > WINDOW] for rows in spans]
        return table.with_columns(cuts=pl.Series(cuts, dtype=pl.Object))

    size = tokenizer.get_vocab_size() + 1
    held = encode(held).filter(pl.col("cuts").map_elements(len, pl.Int64) > 0)
    return encode(pool), held, size, streams.measure_tokens(tokenizer)


def score(arrays: dict[str, np.ndarray], held: pl.DataFrame, lengths: np.ndarray) -> np.ndarray:
    """Bits per byte of each held-out document: (documents, names); each has one window."""
    rows = np.stack([cuts[0] for cuts in held["cuts"]]).astype(np.int64)
    sizes = lengths[rows[:, 1:]]
    bits = measure_tokens(arrays, rows)
    found = [bits[:, a:b].sum(axis=1) / sizes[:, a:b].sum(axis=1) for a, b in STRETCHES]
    near = measure_tokens(arrays, rows[:, WINDOW // 2 :])
    saved = near[:, -FAR:].sum(axis=1) - bits[:, -FAR:].sum(axis=1)
    return np.stack([*found, saved / sizes[:, -FAR:].sum(axis=1)], axis=1)


def measure_tokens(arrays: dict[str, np.ndarray], rows: np.ndarray) -> np.ndarray:
    """-log2 p of each token of each row but the first."""
    weights = {name: torch.from_numpy(array) for name, array in arrays.items()}
    places = transformer._make_places(weights, rows.shape[1] - 1)
    found = []
    with torch.no_grad():
        for row in torch.from_numpy(rows):
            states = transformer._compute_states(weights, row[None, :-1], places)[0]
            scores = F.linear(states, weights["embedding"], weights["bias"])
            found.append(F.cross_entropy(scores, row[1:], reduction="none").numpy() / np.log(2))
    return np.stack(found)


def measure(pool: pl.DataFrame, held: pl.DataFrame, size: int, lengths: np.ndarray, path: Path) -> None:
    """Train and ask the proxies; those that `path` has are not trained again. First all of `length`."""
    sizes = count_windows(pool)
    found = dict(np.load(path)) if path.exists() else {}
    for way in WAYS:
        for seed in SEEDS:
            if (key := f"{way} {seed}") in found:
                continue
            rows = draw_rows(pool, sizes, way, seed)
            arrays = train(rows, size, seed)
            found[key] = score(arrays, held, lengths)
            np.savez(path, **found)
            print(f"{key}: {rows.shape[0]} windows, {found[key].mean(axis=0).round(4).tolist()}", flush=True)
        if way == "length":
            tell_beforehand(np.stack([found[f"length {seed}"] for seed in SEEDS]), held["weight"].to_numpy())


def train(rows: np.ndarray, vocabulary: int, seed: int) -> dict[str, np.ndarray]:
    """As `transformer.train`, with one window an update: 2,048 tokens are enough for one."""
    steps = len(rows)
    rates = [RATE * min(1.0, (k + 1) / (0.1 * steps), (steps - k) / (0.5 * steps)) for k in range(steps)]
    weights = transformer.draw_weights(vocabulary, SHAPE, seed, "cpu")
    transformer.descend(weights, transformer.make_optimizer(weights), rows, 1, rates, transformer.CPU)
    return transformer.take_arrays(weights)


def tell_beforehand(scores: np.ndarray, weight: np.ndarray) -> None:
    """What the seeds would show, by their spread where nothing but the luck of the draw differs."""
    spread = np.average(scores, axis=1, weights=weight).std(axis=0, ddof=1)
    seen = 2.8 * spread * np.sqrt(2 / len(scores))
    for name, one, least in zip(NAMES, spread, seen, strict=True):
        print(f"beforehand, {name}: spread of seeds {one:.4f}, seen 4 times in 5 from {least:.4f} on")


def compare(found: dict[str, np.ndarray], weight: np.ndarray, kept: np.ndarray, way: str) -> np.ndarray:
    """Bits per byte that `way` has more than `length` on the documents `kept`: mean, low, high by name."""
    pairs = [found[f"{way} {seed}"] - found[f"length {seed}"] for seed in SEEDS]
    difference = np.stack(pairs)[:, kept]
    return interval(difference, weight[kept])


def interval(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Mean over seeds and documents (seeds, documents, names), and its 95% with both drawn anew."""
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(DRAWS):
        seeds = rng.integers(len(values), size=len(values))
        docs = rng.integers(len(weight), size=len(weight))
        drawn.append(np.average(values[seeds].mean(axis=0)[docs], axis=0, weights=weight[docs]))
    mean = np.average(values.mean(axis=0), axis=0, weights=weight)
    return np.stack([mean, *np.quantile(drawn, [0.025, 0.975], axis=0)])


def run(figures: Figures, docs: pl.DataFrame, gold: pl.DataFrame, out: Path) -> None:
    """`docs`: long documents with `digest`, `source`, `text` and `side` of their band."""
    pool, held, size, lengths = prepare(docs, gold)
    print(f"{transformer.count_parameters(SHAPE, size):,} parameters; windows {count_windows(pool)}")
    told = [*pool["digest"], *held["digest"]]
    path = out / f"proxies-{hashlib.sha256(repr(told).encode()).hexdigest()[:12]}.npz"
    measure(pool, held, size, lengths, path)
    found = dict(np.load(path))
    weight, side = held["weight"].to_numpy(), (held["side"] == "inside").to_numpy()
    everything = np.ones(len(weight), bool)
    worth = interval(np.stack([found[f"length {seed}"] for seed in SEEDS]), weight)
    print(f"length: {dict(zip(NAMES, worth.T.round(4).tolist(), strict=True))}")
    for way in [way for way in WAYS if way != "length"]:
        for label, kept in (("all", everything), ("inside", side), ("outside", ~side)):
            for name, (mean, low, high) in zip(NAMES, compare(found, weight, kept, way).T, strict=True):
                where = f"{way} against length, {label} ({kept.sum()}), {name}"
                print(f"{where}: {mean:+.4f} [{low:+.4f}, {high:+.4f}]")
    torn = compare(found, weight, everything, "torn")
    # The instrument: what is torn must be seen.
    figures.add("torn_windows_cost_beyond_1024_least", float(torn[1, 2]), 0.0)
