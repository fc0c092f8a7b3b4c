"""Where to search on behind damage, so that no bytes are unpacked again and again."""

NEAR_BYTES = 1 << 13
_MAX_INSIDE, _MAX_NEAR = 4, 32  # damaged members that begin inside one another, and in NEAR_BYTES


class Attempts:
    """Where damaged members begin and end, so that bytes that several claim are not unpacked for each."""

    def __init__(self) -> None:
        self.inside = self.end = self.near = self.near_end = 0

    def find_next(self, start: int, end: int) -> int:
        """Where to search on behind a damaged member, of which the bytes up to `end` were unpacked."""
        if start >= self.end:
            self.inside = 0
        elif end > start:
            self.inside += 1
        if start >= self.near_end:
            self.near, self.near_end = 0, start + NEAR_BYTES
        self.near += 1
        self.end = max(self.end, end)
        if self.inside >= _MAX_INSIDE:
            return self.end
        return start + 1 if self.near < _MAX_NEAR else self.near_end
