"""Ids moved as arrays: special tokens set around documents, pieces gathered from files."""

from winnow.kernels import I64, U32, Bools, Int, kernel


@kernel
def surround(ids: U32, lengths: I64, bos: Int, eos: Int, out: U32) -> None:
    """Copy documents, each behind `bos` and before `eos` where these are not negative."""
    read = written = 0
    for i in range(len(lengths)):
        if bos >= 0:
            out[written] = bos
            written += 1
        for _ in range(lengths[i]):
            out[written] = ids[read]
            read += 1
            written += 1
        if eos >= 0:
            out[written] = eos
            written += 1


@kernel
def count_marked(ids: U32, marked: Bools) -> Int:
    """How many of the ids are marked; -1 where one is outside of the table."""
    found = 0
    for i in range(len(ids)):
        if ids[i] >= len(marked):
            return -1
        found += marked[ids[i]]
    return found


@kernel
def copy_pieces(source: U32, starts: I64, lengths: I64, places: I64, out: U32) -> None:
    """Copy stretches of `source` to their places in `out`, which is of the same type."""
    for i in range(len(starts)):
        for k in range(lengths[i]):
            out[places[i] + k] = source[starts[i] + k]
