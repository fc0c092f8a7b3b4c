"""Bench: what the mixer costs, beside what no program for it could do without.

`make bench NAME=mix`. Environment: PARTS ("proxies"), ROUNDS (5).

proxies: the training of a proxy of .3M parameters, in tokens per second of one core; beside it the very same
matrix products alone, forward and backward, in pieces that stay near the core and into memories that are
there already: what no program gets beyond. Attention's own products are left out of them, so that the ratio
is rather too low. Both take turns in one process, so that what else the machine does is alike for both; the
best turn of each counts.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

# Freed memory stays with the process, as in our workers; the allocator reads it as the process starts.
KEEPING = {"MALLOC_TRIM_THRESHOLD_": str(2**30), "MALLOC_MMAP_THRESHOLD_": str(2**30), "OMP_NUM_THREADS": "1"}
if any(os.environ.get(name) != value for name, value in KEEPING.items()):
    os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | KEEPING)

import numpy as np  # noqa: E402
import torch  # noqa: E402
from figures import say_figure  # noqa: E402

sys.path[0] = str(Path.cwd())
from winnow.mixing.proxy import transformer  # noqa: E402

PARTS = os.environ.get("PARTS", "proxies").split()
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SIZE, VOCABULARY, CONTEXT, TOKENS = 300_000, 1024, 128, 5_000_000
SEQUENCES = TOKENS // (CONTEXT + 1) // transformer.STEPS  # of an update in a training of so many tokens
UPDATES = 12  # of a turn
PIECE = 256  # tokens
FLOORS = {"proxies": 33_000}  # tokens per core-second: 32 proxies of 5M tokens in 40 minutes on two cores


def list_products(shape: transformer.Shape, tokens: int) -> list[tuple[int, int, int]]:
    """Rows, inner side and columns of all matrix products of so many tokens, but attention's own."""
    width = shape.width
    sides = [(width, 3 * width), (width, width), (width, 4 * width), (4 * width, width)] * shape.depth
    sides.append((width, VOCABULARY))
    forward = [(tokens, inner, outer) for inner, outer in sides]
    backward = [(tokens, outer, inner) for inner, outer in sides]
    weights = [(min(pair), tokens, max(pair)) for pair in sides]
    return forward + backward + weights


def prepare_products(shape: transformer.Shape, tokens: int) -> Callable[[], None]:
    triples = [
        (torch.randn(rows, inner), torch.randn(inner, columns), torch.empty(rows, columns))
        for rows, inner, columns in list_products(shape, tokens)
    ]

    def multiply() -> None:
        for left, right, out in triples:
            torch.mm(left, right, out=out)

    return multiply


def time_call(call: Callable[[], object]) -> float:
    begun = time.process_time()
    call()
    return time.process_time() - begun


def measure_proxies() -> bool:
    """Our tokens per second, those of the products alone, and the ratio; whether the floor is reached."""
    shape = transformer.choose_shape(SIZE, VOCABULARY)
    rng = np.random.default_rng(0)
    tokens = np.minimum(rng.zipf(1.2, (SEQUENCES * UPDATES, CONTEXT + 1)) - 1, VOCABULARY - 1)
    rows = tokens.astype(np.uint16)
    transformer.LEAST_BATCH = SEQUENCES  # as in a training of all the tokens
    torch.set_num_threads(1)
    product = prepare_products(shape, PIECE)

    def train() -> None:
        transformer.train(rows, VOCABULARY, shape, 0.008, 0, transformer.CPU)

    def multiply() -> None:
        for _ in range(len(rows) * CONTEXT // PIECE):
            product()

    turns = [(time_call(train), time_call(multiply)) for _ in range(ROUNDS + 1)][1:]  # the first one warms
    ours, products = (len(rows) * CONTEXT / min(seconds) for seconds in zip(*turns, strict=True))
    parameters = transformer.count_parameters(shape, VOCABULARY)
    print(
        f"proxy of {parameters:,} parameters, width {shape.width}, depth {shape.depth}; {SEQUENCES} sequences"
    )
    verdict = say_figure("training, tokens per core-second", ours, FLOORS["proxies"])
    print(f"  its matrix products    {products:9,.0f} tokens per core-second")
    print(f"  training / products    {ours / products:9.1%}")
    print(f"  32 proxies of {TOKENS:,} tokens on two cores: {32 * TOKENS / ours / 2 / 60:.0f} min")
    return verdict == "ok"


def main() -> None:
    measures = {"proxies": measure_proxies}
    sys.exit(not all(measures[part]() for part in PARTS))


if __name__ == "__main__":
    main()
