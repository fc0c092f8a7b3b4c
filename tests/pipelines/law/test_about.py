"""about.toml: what is wrong with one is said in a sentence, with its line."""

import pytest

from winnow.pipelines.law import about
from winnow.pipelines.law.questions import ASKED


def read(tmp_path, text):
    path = tmp_path / "about.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return about.read(path, ["web", "mine"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[provder]\nname = "x"', ":1: provder: no such key; did you mean 'provider'?"),
        ('[provider]\nname = "x"\nnme = "y"', ":3: provider.nme: no such key; did you mean 'name'?"),
        ('[sources.web]\nkin = "user"', ":2: sources.web.kin: no such key; did you mean 'kind'?"),
        ('[sources.web]\nkind = "usr"', ":2: sources.web.kind: Input should be 'public', 'licensed'"),
        (
            '[sources.mine]\nlink = "x"\n[sources.wbe]\nlink = "x"',
            ":3: sources.wbe: the run has no such source; did you mean 'web'?",
        ),
        ('[models]\nversions = "x"', ":2: models.versions: Input should be a valid list"),
        ("[provider]\nsmall = 1", ":2: provider.small: Input should be a valid boolean"),
        ('[datasheet]\npurpos = "x"', ":2: datasheet.purpos: no such question; did you mean 'purpose'?"),
        ("[provider\n", "Expected ']' at the end of a table declaration (at line 1, column 10)"),
        (b"\xff\xfe", "'utf-8' codec can't decode byte 0xff"),
        ("a = " + "[" * 5000, "nest"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, said):
    with pytest.raises(about.AboutError) as error:
        read(tmp_path, text)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_what_is_right_is_taken(tmp_path):
    text = '[representative]\nname = "R"\n[models]\nplaced_on_market = 2026-01-02\ndepends_on = ["a"]\n'
    found = read(tmp_path, text)
    assert found.representative.name == "R" and found.models.placed_on_market.isoformat() == "2026-01-02"
    assert read(tmp_path, 'representative = "not applicable"').representative == "not applicable"
    assert about.read(None, []) == about.About()


def test_every_question_has_a_name_of_its_own():
    assert len(ASKED) == len(set(ASKED)) == 57
