"""Begin, middle and end of a document: what is read of a long one."""

from winnow.kernels import kernel

WINDOW = 500  # words and marks of each of the three windows


@kernel
def find_windows(begin: int, end: int) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """The first, middle and last `WINDOW` of [begin, end); all of it, once, where these would meet."""
    if end - begin <= 3 * WINDOW:
        return (begin, end), (end, end), (end, end)
    middle = (begin + end - WINDOW) // 2
    return (begin, begin + WINDOW), (middle, middle + WINDOW), (end - WINDOW, end)
