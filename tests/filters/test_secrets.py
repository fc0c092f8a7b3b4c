"""Secrets: masked, dropped, and what stays. The rules come with a package of the extras."""

# ruff: noqa: E501 - expressions and sentences that would be worse in pieces
import sys

import polars as pl
import pytest

from filters import secrets

TOKEN = "ghp_1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuVwXyZa"
PEM = f"-----BEGIN RSA PRIVATE KEY-----\n{'MIIEowIBAAKCAQEA04up8hoqzS1+APIB0RhjXyObwHQnOzhAk5Bd7mhkSbPkyhP1' * 3}\n-----END RSA PRIVATE KEY-----"


@pytest.fixture
def scanner():
    pytest.importorskip("kingfisher_sdk")


@pytest.mark.usefixtures("scanner")
@pytest.mark.parametrize("before", ["", "é漢 ", "\ufeff"])
def test_secrets_are_masked_where_they_stand(before):
    docs = pl.DataFrame({"text": [f'{before}token = "{TOKEN}"\nx = 1', "nothing", None, f"{PEM}\nend"]})
    out = secrets.mask(docs)
    assert out["text"].to_list()[:2] == [f'{before}token = "<SECRET>"\nx = 1', "nothing"]
    assert out["text"][3] == "<PRIVATE_KEY>\nend"
    assert out["secrets_count"].to_list() == [1, 0, 0, 1]


@pytest.mark.usefixtures("scanner")
@pytest.mark.parametrize(
    "text",
    [
        "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
        "postgres://user:password@localhost/db",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    ],
)
def test_examples_and_digests_stay(text):
    assert secrets.mask(pl.DataFrame({"text": [text]}))["text"][0] == text


@pytest.mark.usefixtures("scanner")
def test_own_rules_are_read():
    text = "export AWS_ACCESS_KEY_ID=AKIAQ3EGWPB7JZKD2XYM"
    assert secrets.mask(pl.DataFrame({"text": [text]}))["text"][0] == "export AWS_ACCESS_KEY_ID=<SECRET>"


@pytest.mark.usefixtures("scanner")
def test_documents_with_secrets_are_dropped():
    docs = pl.DataFrame({"text": [f"a = '{TOKEN}'", "b"]})
    assert secrets.drop(docs)["drop_reason"].to_list() == ["secrets.found", None]
    assert secrets.drop(docs, max_secrets=1)["drop_reason"].to_list() == [None, None]


def test_a_missing_package_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "kingfisher_sdk", None)
    secrets._load.cache_clear()
    with pytest.raises(ModuleNotFoundError, match="`make extras`"):
        secrets.mask(pl.DataFrame({"text": ["x"]}))
    secrets._load.cache_clear()


def test_what_is_full_of_secrets_is_dropped_with_its_mask():
    keys = [f"ghp_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0dF3g{n}" for n in range(10, 13)]
    texts = ["\n".join(f"token: {key}" for key in keys), f"token: {keys[0]}", "nothing"]
    found = secrets.mask(pl.DataFrame({"text": texts}), max_secrets=2)
    assert found["drop_reason"].to_list() == ["secrets.found", None, None]
    assert found["secrets_kinds"].to_list() == [", ".join(["github-pat"] * 3), "github-pat", None]
    assert found["text"].to_list() == ["\n".join(["token: <SECRET>"] * 3), "token: <SECRET>", "nothing"]
    assert secrets.mask(pl.DataFrame({"text": texts}))["drop_reason"].to_list() == [None] * 3
