"""No password and no signature is stored or printed; what is left names the same input for good."""

import json
import string
from urllib.parse import parse_qsl, urlsplit

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import ends, run, schema
from pipelines.schedule import Stopped
from pipelines.screen.redact import redact, redact_text

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


def test_the_address_of_a_document_keeps_its_query_and_loses_its_user():
    urls = ["https://me:pw@h.org/a?token=1", "//me@h.org/", "https://h.org/@me", "mailto:me@h.org", None]
    frame = schema.from_reader(pl.DataFrame({"text": ["t"] * 5, "url": urls}), "s", "u", 0)
    wanted = ["https://h.org/a?token=1", "//h.org/", "https://h.org/@me", "mailto:me@h.org", None]
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
    checked = run.load(path, ())
    assert "sig=" not in json.dumps(run.describe_run(checked.__class__(**{**vars(checked), "text": extra})))

    def fail():
        raise Stopped(f"no answer from {AZURE}") from ValueError(AZURE)

    assert ends.guard(fail, tmp_path) == 2
    assert "acc.blob" in (told := capsys.readouterr().err) and "sig=" not in told
    assert "sig=" not in (tmp_path / "error.txt").read_text()
