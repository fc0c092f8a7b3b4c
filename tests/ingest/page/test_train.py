import json

import numpy as np
from resiliparse.parse.html import HTMLTree

from ingest.html import blocks_of
from ingest.page.labels import MARK, coverage, once
from ingest.page.train import read

LEDE = "The harbour was quiet when the boats came in."
BODY = "Nobody had seen the pilot since the storm on Sunday night."
REFRAIN = "Example: read the whole line before you go on."


def kept(texts: list[str], gold: str) -> list[bool]:
    return (once(texts, coverage(texts, gold), gold) >= 0.5).tolist()


def test_of_a_teaser_and_its_text_one_is_content():
    assert kept([LEDE, "Weather", "Menu", LEDE, BODY], f"{LEDE} {BODY}") == [False, False, False, True, True]


def test_what_the_text_itself_repeats_is_content():
    texts = [LEDE, REFRAIN, BODY, REFRAIN]
    assert kept(texts, " ".join(texts)) == [True] * 4


def test_marked_pages_are_labelled_by_place(tmp_path):
    html = (
        f"<body><nav><a href=/>Example</a></nav><main><p>{MARK}Example</p><p>{MARK}"
        f"{LEDE}</p><img class=math alt='{MARK}x^2'><pre>{MARK}a = 1\n</pre></main><footer>Example</footer>"
    )
    file = tmp_path / "docs.json"
    page = {"name": "a", "site": "a", "html": html, "text": f"Example {LEDE} a = 1"}
    file.write_text(json.dumps([page]), "utf-8")
    (example,) = read(file, per_site=1)
    assert example.labels.tolist() == [False, True, True, True, True, False]
    plain = blocks_of(HTMLTree.parse(html.replace(MARK, "")))
    assert np.array_equal(example.page.blocks, plain.blocks)
