"""Which files a source has."""

import pytest

from pipelines.parts.listing import list_files
from pipelines.recipe import RecipeError, Source


def make_source(*uris):
    return Source("web", "web", uris, None, 1, optional=False)


def test_addresses_that_differ_in_their_signatures_alone_are_refused():
    uris = [f"https://127.0.0.1:9/a?page=1&token={number}" for number in (1, 2)]
    with pytest.raises(RecipeError, match=r"two of its addresses are https://127.0.0.1:9/a\?page=1 but for"):
        list_files(make_source(*uris))
    (file,) = list_files(make_source(uris[0], uris[0]))
    assert file.uri == uris[0] and file.name == "https://127.0.0.1:9/a?page=1"
