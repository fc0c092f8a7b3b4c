"""Tags of a head that may say something."""

import re

from hypothesis import given
from hypothesis import strategies as st

from winnow.ingest.page.heads import find_tags

TAG = re.compile(r"<(meta|link|script)( [^<>]*)>")
PARTS = [
    *('<meta name="robots" content="é noai">', '<meta property="OG:Title" content="x">', "<meta name=", "<"),
    *('<link rel="alternate Canonical" href="/">', '<script type="application/ld+json">', "<script", ">"),
    *("</script>", "</scripts", "<!--", "-->", "--", "é", " ", "<links ", "<meta>", "<script src="),
]


@given(st.lists(st.sampled_from(PARTS)))
def test_tags_and_what_they_stand_in_are_what_the_marks_before_them_say(parts: list[str]) -> None:
    markup = "".join(parts)
    head = find_tags(markup)
    wanted = ("robots", "og:title", "canonical", "application/ld+json")
    tags = [tag for tag in TAG.finditer(markup) if any(word in tag[0].lower() for word in wanted)]
    assert [(tag.kind, tag.attributes) for tag in head.tags] == [(tag[1], tag[2]) for tag in tags]
    assert head.markup == markup.encode()
    for found, tag in zip(head.tags, tags, strict=True):
        at = tag.start()
        assert head.markup[: found.end] == markup[: tag.end()].encode()
        assert found.in_script == (markup.rfind("<script", 0, at) > markup.rfind("</script", 0, at))
        begun = markup.rfind("<!--", 0, at)
        assert found.in_comment == (begun >= 0 and "-->" not in markup[begun + 1 : at])


def test_tags_without_wanted_words_are_passed_over() -> None:
    assert not find_tags('<meta name="viewport" content="x"><link rel="icon"><script src="a.js">').tags
    assert len(find_tags('<meta name="date" content="2024-01-01">').tags) == 1
