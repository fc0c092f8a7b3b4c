"""Secrets: masked, dropped, and what stays. The rules come with a package of the extras."""

# ruff: noqa: E501 - expressions and sentences that would be worse in pieces
import json
import sys
from pathlib import Path

import polars as pl
import pytest
import yaml

from winnow.filters import secrets

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


def mask(text):
    return secrets.mask(pl.DataFrame({"text": [text]}))["text"][0]


OWN = yaml.safe_load((Path(secrets.__file__).parent / "rules.yml").read_text())["rules"]


@pytest.mark.usefixtures("scanner")
@pytest.mark.parametrize("rule", OWN, ids=lambda rule: rule["id"])
def test_every_rule_of_ours_finds_its_examples(rule):
    kind = rule["id"].partition(".")[2]
    for example in rule["examples"]:
        kinds = {found.rule_id.partition(".")[2] for found in secrets._load().scan(example)}
        assert kind in kinds
        assert mask(example) != example


HEX = "5ef5afc2706c79d1bd20efbd0d25e0a7"
BASE62 = "f1NT63kCTznRXoW9y9BJVON5kBimAfmxqLLaVFf7"


@pytest.mark.usefixtures("scanner")
@pytest.mark.parametrize("secret", [HEX, BASE62, "c5d6c8d1-78d5-4fb4-b3c4-7559b4b6c9b9"])
@pytest.mark.parametrize(
    "text",
    [
        "ACME_API_KEY={}",
        'acme_api_key = "{}"',
        "'acme_api_key' => '{}',",
        'os.environ["ACME_API_KEY"] = "{}"  # later',
        r'"os.environ[\"ACME_API_KEY\"] = \"{}\"\n",',
        'pub const ACME_API_KEY: &str = "{}";',
        'private static final String ACME_API_KEY = "{}";',
        '<string name="acme_api_key" translatable="false">{}</string>',
        "<key>AcmeApiKey</key>\n<string>{}</string>",
        '- name: ACME_API_KEY\n  value: "{}"',
        'variable "acme_api_key" {{\n  type    = string\n  default = "{}"\n}}',
        "curl -H 'Authorization: AcmeKey {}' https://acme.internal",
        "curl -sS -u {}: https://acme.internal/v1",
        "https://acme.internal/boards?key=$ACME_KEY&token={}",
        "you can use the shared API key `{}`, which is valid for staging",
        "[10:42] ana: which Acme API key do we use?\n[10:52] leo: {}\n[10:53] ana: thanks",
    ],
)
def test_a_secret_is_found_wherever_a_name_says_so(text, secret):
    assert secret not in mask(text.format(secret))


@pytest.mark.usefixtures("scanner")
@pytest.mark.parametrize(
    "secret",
    [
        "LTAI5tR7MpanYt9R3zjHIeb1",
        "cmVmdGtuOjAxOjE3ODIxNDc0MzQ6VjJWNmplWTZzd2RCbzBLaFZ4TVlYZnNZbzBX",
        "ATTA78964428d09eb9bdbc9fd3c9cc92e1df1001f3ac1df2dc568f81d8d34f31af00B2AD7AC9",
        "MTE0NjU5OTU3Njc1MTk4NTA0Nw.GEwqSC.vVO9sjJIGRdk-Yz_X0pLvOKUrLxXaoAnwMDY7i",
        "glrt-t1_NRcOrdhKNF7dkhGeYtq1dWM6MQpvOnFmCnU6MjY0dg8.01.1709i7tvy",
        "7z1BoRlXe6XmDKRJqekQKuXE6uUUlDrZFNanRtcRdWRhI9iU6qVqzDs5/xGUZ9JlnBKiNBRSHKg2ACDbufihRM==",
    ],
)
def test_a_published_form_is_found_whole_without_a_name(secret):
    assert mask(f"[10:52] leo: {secret}\n") == "[10:52] leo: <SECRET>\n"


@pytest.mark.usefixtures("scanner")
def test_a_service_account_and_a_file_of_docker_give_their_keys():
    account = {
        "type": "service_account",
        "private_key": f"{PEM}\n",
        "client_email": "a@b.iam.gserviceaccount.com",
    }
    assert "MIIEow" not in mask(json.dumps(account))
    assert "OkNvcHBlcjg5" not in mask(
        '{"auths": {"r.internal": {"auth": "ZGVwbG95OkNvcHBlcjg5IUxhbnRlcm4="}}}'
    )


@pytest.mark.usefixtures("scanner")
@pytest.mark.parametrize(
    "text",
    [
        "docsearch({apiKey: '25626fae796133dc1e734c6bcaaeac3c', indexName: 'docs'})",
        '<div class="g-recaptcha" data-sitekey="6LdRcpIUAAAAAI0vY3aO2wmlVxsQkd1t7g0hKq5E"></div>',
        "AccountKey=C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==",
        'git commit -m "rotate token" 9fceb02d0ae598e95dc970b74767f19372d61af8',
        "    password: AgBzOmCNqPv1jErVyhTyr8vt9uVhHwH9VWqN4LQrZ1PmfXUTl6GxGYSszL0eVmx+6fWBd00nVz",
        "db_password: ENC[AES256_GCM,data:Tr7o1wPqZ8s=,iv:1vZ8fXQ0Rk3Y5pGmT7bN2cD4eF6gH8iJ,type:str]",
        "password: ${{ secrets.DB_PASSWORD_2 }}",
        "<Future: status: finished, key: add-8f6e709446674bad78ea8aeecfee188e>",
        "class CrtS3SigV4AsymAuth(CrtSigV4AsymAuth):",
        "The seed makes sure that the initial random values are the same across all replicas",
        "PublicKeyToken=b77a5c561934e089",
    ],
)
def test_what_is_public_encrypted_or_named_only_stays(text):
    assert mask(text) == text
