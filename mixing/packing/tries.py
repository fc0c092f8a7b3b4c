"""Added tokens of a tokenizer, found in text by their bytes."""

from typing import NamedTuple

from winnow.kernels import I32, I64, U8, kernel


class Trie(NamedTuple):
    """Added tokens by their bytes: nodes behind a first byte, behind (node, byte); the id that ends there."""

    first: I32
    keys: I64
    nodes: I32
    ids: I64


@kernel
def link(keys: I64, nodes: I32, slots: I64, values: I32) -> None:
    """Put the edges of a trie into an open hash table (key + 1; 0: nothing)."""
    mask = len(slots) - 1
    for i in range(len(keys)):
        k = (keys[i] * 0x9E3779B1 >> 7) & mask
        while slots[k]:
            k = (k + 1) & mask
        slots[k], values[k] = keys[i] + 1, nodes[i]


@kernel
def find(data: U8, p: int, end: int, trie: Trie, at: I64, out: int) -> None:
    """The next added token: begin, end, id; the leftmost, and of these the longest; else the end twice."""
    mask = len(trie.keys) - 1
    for i in range(p, end):
        node = trie.first[data[i]]
        if node == 0:
            continue
        found, j = -1, i + 1
        while node:
            if trie.ids[node] >= 0:
                found = trie.ids[node]
                at[out + 1] = j
            if j == end:
                break
            key = node << 8 | data[j]
            k = (key * 0x9E3779B1 >> 7) & mask
            while trie.keys[k] and trie.keys[k] != key + 1:
                k = (k + 1) & mask
            node = trie.nodes[k]
            j += 1
        if found >= 0:
            at[out], at[out + 2] = i, found
            return
    at[out] = at[out + 1] = end
    at[out + 2] = -1
