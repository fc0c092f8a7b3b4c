"""What a promise was measured on, and what models of that size can tell of the one that will be trained.

Ranks of mixes against those of models of 1B parameters: Olmix 2026 (arXiv:2602.12237), .73 by 1M parameters,
above .89 from 15M on.
"""

NGRAM, SMALL, RANKED = "ngram", 1_000_000, 15_000_000
WORDS = (
    "It counts short runs of tokens: it sees which words and phrases a source has, and nothing that takes"
    " more than a few tokens to see."
)
RANKS = (
    "Ranks of mixes by models of 1M parameters agree with those by 1B at .73, above .89 from 15M on"
    " (Olmix, 2026)"
)
DIRECTION = "Take from it which way to move; how far, larger proxies say."


def name_proxy(proxy: str, size: int) -> str:
    """What was trained, in a few words."""
    if proxy == NGRAM:
        return "the n-gram model"
    who = "transformers" if proxy.startswith("transformer") else "your own runs"
    return f"{who} of {size / 1e6:.2g}M parameters" if size else who


def say_sight(proxy: str, size: int) -> str:
    """What such proxies can see, and what they cannot."""
    if proxy == NGRAM:
        return f"Measured by {name_proxy(proxy, size)}. {WORDS} {DIRECTION}"
    told = f"Measured by {name_proxy(proxy, size)}."
    if not size:
        return f"{told} Their size was not told. {RANKS}."
    if size < SMALL:
        return (
            f"{told} That is {RANKED / size:.0f} times below what ranks mixes as large models do. {RANKS}."
            f" They see words, phrases and format, hardly facts or steps of reasoning. {DIRECTION}"
        )
    if size < RANKED:
        return f"{told} {RANKS}: near ties between mixes may turn out otherwise."
    return f"{told} {RANKS}; whether a gain keeps its size in bits, only larger runs say."
