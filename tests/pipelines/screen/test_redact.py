"""No password and no signature is stored or printed; what is left names the same input for good."""

import json
import string
from urllib.parse import parse_qsl, urlsplit

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.pipelines.commands import check, run
from winnow.pipelines.engine import exit_codes
from winnow.pipelines.engine.schedule import Stopped
from winnow.pipelines.screen.redact import (
    MAY_HOLD,
    has_open_password,
    redact,
    redact_recipe,
    redact_settings,
    redact_text,
)
from winnow.pipelines.spec import schema

AZURE = (
    "https://acc.blob.core.windows.net/c/a.jsonl?sv=2024-01-01&sp=r&se=2026-01-01T00%3A00Z&sr=b&sig=abc%3D"
)


@pytest.mark.parametrize(
    "url, name",
    [
        (AZURE, "https://acc.blob.core.windows.net/c/a.jsonl"),
        ("https://h/a?X-Amz-Signature=1&X-Amz-Date=2&versionId=7", "https://h/a?versionId=7"),
        ("https://h/a?AWSAccessKeyId=1&Expires=2&Signature=3", "https://h/a"),
        ("https://h/a?X-Goog-Credential=1&x-goog-signature=3#part", "https://h/a#part"),
        ("https://h/a?page=2&token=t", "https://h/a?page=2"),
        ("https://h/a?st=2&se=4&sort=up", "https://h/a?st=2&se=4&sort=up"),  # no signature beside them
        ("https://me:p%40ss@h:8080/a@b?q=x@y", "https://h:8080/a@b?q=x@y"),
        ("sftp://me@h/a", "sftp://h/a"),
        ("https://me:p'w!(1)@h/a", "https://h/a"),
        ("https://me:p/w@h/a", "https://h/a"),
        ("//me:p'w!(1)@h/a", "//h/a"),
        ("https://h:80/@me", "https://h:80/@me"),
        ("https://h/a?AccountKey=1&api-key=2&access_token=3&page=4", "https://h/a?page=4"),
        ("https://h/a?page_token=1&key=2&tokens=3", "https://h/a?page_token=1&key=2&tokens=3"),
        ("https://h/a#access_token=1", "https://h/a"),
        ("https://h/go?to=https://me:pw@i/", "https://h/go?to=https://i/"),
        ("https://h/go?to=//me:pw@i/?sig=1", "https://h/go?to=//i/?sig="),
        (
            "https://h/?u=https%3A%2F%2Fme%3Apw%40i%3Fsig%3D1%26n%3D2",
            "https://h/?u=https%3A%2F%2Fi%3Fsig%3D%26n%3D2",
        ),
        ("abfs://container@acc.dfs.core.windows.net/a", "abfs://container@acc.dfs.core.windows.net/a"),
        ("hf://datasets/me/set@main/a.parquet", "hf://datasets/me/set@main/a.parquet"),
        ("zip://in.csv::https://me:pw@h/a.zip?sig=1", "zip://in.csv::https://h/a.zip"),
        ("data/a?sig=1@b.txt", "data/a?sig=1@b.txt"),
        ("file:///data/a@b.txt", "file:///data/a@b.txt"),
    ],
)
def test_the_name_of_an_input(url, name):
    assert redact(url) == name == redact(name)
    assert redact_text(f"403, url='{url}' and no more") == f"403, url='{name}' and no more"
    assert redact_text(f"{url}: no such file ({url}).") == f"{name}: no such file ({name})."


PLAIN = st.text(string.ascii_letters + string.digits, min_size=1, max_size=8)
SECRET = st.sampled_from(["X-Amz-Signature", "x-goog-signature", "Signature", "sig", "token", "Expires"])


@given(PLAIN, PLAIN, PLAIN, st.lists(st.tuples(SECRET, PLAIN), min_size=1), st.lists(st.tuples(PLAIN, PLAIN)))
def test_nothing_secret_is_left_and_a_renewed_signature_changes_nothing(user, word, path, secrets, others):
    others = [(f"own{name}", value) for name, value in others]

    def sign(pairs):
        query = "&".join(f"{name}={value}" for name, value in pairs)
        return redact(f"https://{user}:{word}@host.org/{path}?{query}")

    found = sign([*secrets, *others])
    assert found == sign([*others, ("sig", "other")])
    parts = urlsplit(found)
    assert parts.netloc == "host.org" and parse_qsl(parts.query) == others


def test_the_address_of_a_document_loses_its_user_and_signature():
    urls = [
        "https://me:pw@h.org/a?page=1&token=1",
        "//me@h.org/",
        "https://h.org/@me",
        "mailto:me@h.org",
        None,
    ]
    frame = schema.from_reader(pl.DataFrame({"text": ["t"] * 5, "url": urls}), "s", "u", 0)
    wanted = ["https://h.org/a?page=1", "//h.org/", "https://h.org/@me", "mailto:me@h.org", None]
    assert frame["url"].to_list() == wanted
    failed = pl.DataFrame(
        {"text": [None], "error": [f"no answer from {AZURE}"]}, schema_overrides={"text": str}
    )
    assert "sig=" not in schema.from_reader(failed, "s", "u", 0)["error"][0]


def test_messages_and_the_recipe_that_a_run_stores(make_recipe, tmp_path, capsys):
    extra = f'[[source]]\nname = "web"\nuris = ["{AZURE}"]\nread = {{ use = "toy:read" }}\noptional = true\n'
    path = make_recipe(
        {"a.txt": "one two"}, "[[stage]]\nname = 'k'\nafter = 'lines'\nsteps = [{use='toy:short'}]"
    )
    checked = check.load(path, ())
    assert "sig=" not in json.dumps(run.describe_run(checked.__class__(**{**vars(checked), "text": extra})))

    def fail():
        raise Stopped(f"no answer from {AZURE}") from ValueError(AZURE)

    with pytest.raises(SystemExit) as ended, exit_codes.told(tmp_path):
        fail()
    assert ended.value.code == 2
    assert "acc.blob" in (told := capsys.readouterr().err) and "sig=" not in told
    assert "sig=" not in (tmp_path / "error.txt").read_text()


def test_what_stands_beside_the_text_of_a_document_is_cleared_too():
    notes = json.dumps({"from": "https://me:pw@h.org/?sig=1", "said": '"https://h.org/?sig=1"'})
    docs = pl.DataFrame({"text": ["see https://me:pw@h.org"], "key": [AZURE], "metadata": [notes]})
    (row,) = schema.from_reader(docs, "s", "u", 0).to_dicts()
    assert row["text"] == "see https://me:pw@h.org" and row["key"] == redact(AZURE)
    assert json.loads(row["metadata"]) == {"from": "https://h.org/", "said": '"https://h.org/"'}


def test_a_recipe_and_settings_that_are_named_as_secrets():
    text = 'read = { use = "a:b", api_key = "1234", tokenizer = "t.json" } # https://me:pw@h'
    assert (
        redact_recipe(text)
        == 'read = { use = "a:b", api_key = "redacted", tokenizer = "t.json" } # https://h'
    )
    given = {
        "token": "1",
        "more": {"password": "2", "uris": ["https://me:pw@h/"]},
        "n": 3,
        "token_count": "x",
    }
    wanted = {"token": "redacted", "more": {"password": "redacted", "uris": ["https://h/"]}}
    assert redact_settings(given) == {**wanted, "n": 3, "token_count": "x"}


@pytest.mark.parametrize(
    "url, wrong",
    [
        ("https://me:p/w@h/a", True),
        ("https://me:p@w@h/a", True),
        ("https://me:p w@h/a", True),
        ("simplecache::https://me:p#w@h/a", True),
        ("https://me:p%2Fw@h/a", False),
        ("https://h:8080/a@b:c", False),
        ("https://[::1]:80/@a", False),
        ("zip://a:b.csv::https://h/@a", False),
        ("s3://bucket/a:b@c", False),
    ],
)
def test_a_password_that_should_be_encoded(url, wrong):
    assert has_open_password(url) == wrong


@given(
    st.sampled_from(["https://me:{}@h/", "//me:{}@h/", "https://h/?a=1&sig={}", "https://h/#token={}"]), PLAIN
)
def test_what_would_be_changed_is_found_by_the_pattern(form, secret):
    url = form.format(secret)
    assert redact(url) != url and pl.Series([url]).str.contains(MAY_HOLD).all()
