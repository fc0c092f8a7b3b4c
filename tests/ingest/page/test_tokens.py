"""Tags as lexbor writes them, whatever stands in the names of their attributes."""

import numpy as np
import polars as pl
import pytest

from winnow.ingest.html import extract
from winnow.ingest.page.tokens import skip_tag

WORDS = "The harbor was quiet in the morning, and the boats lay still at their moorings until the tide came. "
PAGE = f"<h1>The harbor</h1><p>{WORDS}<b{{}}>Then</b> it <i class='a'>came</i> in.</p><p id='b'>{WORDS}</p>"


@pytest.mark.parametrize(
    "stray", [' "', ' a"', ' a"b c="d"', ' ="', ' ="x', ' ="=y', " a=b\"c'd", ' a="b"c"']
)
def test_a_stray_quote_in_the_name_of_an_attribute_costs_no_text(stray: str) -> None:
    texts = extract(pl.DataFrame({"text": [PAGE.format(stray), PAGE.format("")]}))["text"].to_list()
    assert texts[0] == texts[1]
    assert "Then it came in." in texts[0]


@pytest.mark.parametrize(
    "tag",
    [
        'b class="a>b">',
        'b a"="">',
        'b "="">',
        'b ="="a>b">',
        "b a='b'>",
        "/b>",
        'b a="">',
        'b a"b="c>" d="">',
        'b a="b" / c="/">',
        "b =>",
    ],
)
def test_a_tag_ends_behind_its_values(tag: str) -> None:
    page = f'{tag}behind <i class="a">'
    data = np.frombuffer(page.encode() + bytes(16), np.uint8)
    assert skip_tag(data, 0, len(page)) == len(tag)
    assert skip_tag(data, 0, len(tag) - 1) == len(tag) - 1  # a page that ends within
