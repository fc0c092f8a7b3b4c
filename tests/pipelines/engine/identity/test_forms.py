"""What a source says is kept on disk, and is taken from there for the same bytes alone."""

import json
import sys

import pytest

from winnow.pipelines.engine.identity import forms


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    return tmp_path / "mine.py"


def test_what_is_kept_is_what_was_found_and_follows_the_bytes(source, monkeypatch):
    one, other = b"import json\nNAME = 'list.txt'\n", b"import csv\nNAME = 'list.txt'\n"
    first = forms.parse(one, "shop", source)
    assert first[1:] == (["json"], ["list.txt"])
    (kept,) = source.parent.glob("__pycache__/*.form")
    with monkeypatch.context() as changed:
        changed.setattr(forms, "_parse_anew", lambda *_: pytest.fail("it is kept"))
        assert forms.parse(one, "shop", source) == first
    second = forms.parse(other, "shop", source)
    assert second[1] == ["csv"] and second[0] != first[0]
    assert not kept.exists() and len([*source.parent.glob("__pycache__/*")]) == 1


def test_what_is_cut_is_found_anew_and_nothing_is_kept_where_python_keeps_nothing(source, monkeypatch):
    first = forms.parse(b"import json", "shop", source)
    (kept,) = source.parent.glob("__pycache__/*.form")
    kept.write_text(json.dumps(first)[:9])
    assert forms.parse(b"import json", "shop", source) == first
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    forms.parse(b"import csv", "shop", source)
    assert [*source.parent.glob("__pycache__/*")] == [kept]


def test_what_only_shows_makes_no_row():
    bare = "import a\n\ndef step(docs):\n    return docs\n"
    shows = (
        "import a\nfrom b.show import panel\n\nTELLS = {'measure': 'private'}\n\n"
        "def panel(stage):\n    import c\n\ndef step(docs):\n    return docs\n"
    )
    assert forms._parse_anew(shows.encode(), "") == forms._parse_anew(bare.encode(), "")
