"""Bodies as servers send them."""

import pytest

from winnow.ingest.archive.bodies import dechunk


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
@pytest.mark.parametrize("sizes", [[1], [1, 2, 3, 4], [3, 900, 1, 1, 16], [5, 4, 20]])
def test_chunks_of_any_size(sizes: list[int], end: bytes) -> None:
    body = bytes(range(256)) * 80
    chunks, at, turn = [], 0, 0
    while at < len(body):
        chunk = body[at : at + sizes[turn % len(sizes)]]
        chunks.append(b"%x%b%b%b" % (len(chunk), end, chunk, end))
        at, turn = at + len(chunk), turn + 1
    assert dechunk(b"".join([*chunks, b"0", end, end])) == body
    assert dechunk(b"".join(chunks[:-1])) == body[: -len(chunk)]


def test_small_chunks_that_look_like_chunks() -> None:
    assert (
        dechunk(b"4\r\n1\r\na\r\n" + b"3\r\n\r\n1\r\n1 \r\n\n\r\n" + b"2;a\r\n0\r\r\n0\r\n\r\n")
        == b"1\r\na\r\n1\n0\r"
    )
