"""Parts of two codes stand in one stage only after the user said so."""

import pytest

from winnow.pipelines.engine.identity import code, provenance


def about(digest: str) -> code.Code:
    return {"a:b": {"digest": digest, "modules": {"a": digest}, "tables": {}, "libraries": {}}}


def made(by: code.Code) -> dict[str, str]:
    return {"code": code.of_stage(code.digests(by))}


def test_a_stage_is_of_two_codes_only_when_that_was_said():
    one, two = about("1"), about("2")
    both = [made(one), made(two)]
    assert provenance.check_code_changed({"code": one}, one, [made(one)], left=True, accept=False) == {
        "code": one
    }
    assert provenance.check_code_changed({"code": one}, two, [], left=True, accept=False) == {"code": two}
    with pytest.raises(provenance.OtherCodeBegan, match="module a: was 1, is 2"):
        provenance.check_code_changed({"code": one}, two, [made(one)], left=True, accept=False)
    told = provenance.check_code_changed({"code": one}, two, [made(one)], left=False, accept=False)
    assert told == {"code": one, "changed": ["module a: was 1, is 2 (in a:b)"]}
    said = provenance.check_code_changed({"code": one}, two, [made(one)], left=True, accept=True)
    assert said["code"] == two and said["accepted"][0]["digest"] == made(one)["code"]
    assert provenance.check_code_changed(said, two, both, left=True, accept=False) == said
    with pytest.raises(provenance.OtherCodeBegan):
        provenance.check_code_changed(said, about("3"), both, left=True, accept=False)
    with pytest.raises(provenance.OtherCodeBegan, match="no code is recorded"):
        provenance.check_code_changed({}, one, [{}], left=True, accept=False)
