"""What a name says of a value, and whether a value looks drawn."""

import random
import string

import pytest

from winnow.filters.secrets import manifests, values

ALPHABETS = {
    "letters and digits": string.ascii_letters + string.digits,
    "small letters and digits": string.ascii_lowercase + string.digits,
    "Base64": string.ascii_letters + string.digits + "+/",
    "Base32": string.ascii_uppercase + "234567",
    "hex": "0123456789abcdef",
}


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_nearly_all_drawn_values_look_drawn(alphabet):
    draw = random.Random(1)
    made = ["".join(draw.choices(ALPHABETS[alphabet], k=32)) for _ in range(500)]
    assert sum(values.is_drawn(value) for value in made) > 460


@pytest.mark.parametrize(
    "value",
    [
        "base64.encodebytes",
        "AwsSigningAlgorithm.V4_ASYMMETRIC",
        "0123456789abcdef0123456789abcdef",
        "a1b2c3d4e5f6g7h8i9j0k1l2m3n4",
        "0x859067db267bcdbf70bab5a4dad25142462724c0",
        "your-api-key-goes-here-2024",
        "9876543210123456",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...",
    ],
)
def test_words_sequences_and_addresses_do_not_look_drawn(value):
    assert not values.is_drawn(value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("STRIPE_SECRET_KEY", True),
        ("clientSecret", True),
        ("x-api-key", True),
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", True),
        ("client_id", False),
        ("idempotency_key", False),
        ("cache-key", False),
        ("nextPageToken", False),
        ("token_url", False),
        ("RECAPTCHA_SITE_KEY", False),
        ("publicKey", False),
        ("keyword", False),
    ],
)
def test_a_name_says_whether_its_value_is_secret(name, meant):
    assert values.is_named(name, ' = "', "f1NT63kCTznRXoW9y9BJVON5kBimAfmxqLLaVFf7") == meant


@pytest.mark.parametrize(
    ("name", "link", "value", "meant"),
    [
        ("DB_PASSWORD", "=", "Harbor78!Orchid", True),
        ("password", ": ", "hfavy487g4fzyO_7", True),
        ("", "", "45tdva91ac9U!3", True),
        ("password", "=${", "DB_PASS_2", False),
        ("password", ": ", "P@ssw0rd!", False),
        ("password", "=", "hunter2hunter2", False),
        ("pass", " ", "uint32_t", False),
        ("passwordHash", ": ", "Harbor78!Orchid", False),
        ("password", ": ", "arn:aws:ssm:eu-west-1:1:x", False),
        ("password.encode", '("', "utf-16LE", False),
        ("pass-through", "), ", "apache2ctl", False),
        ("pass-through", ": ", "Harbor78!Orchid", False),
        ("password", "), ", "apache2ctl", False),
        ("", "", "Pwd4Steve", False),
    ],
)
def test_a_password_is_no_reference_no_placeholder_and_no_verb(name, link, value, meant):
    assert values.is_password(name, link, value) == meant


def test_values_of_a_manifest_of_secrets_are_found_that_decode_to_text():
    other = "kind: ConfigMap\ndata:\n  dsn: cG9zdGdyZXM6Ly9hcHA6eHlAZGI=\n---\n"
    text = (
        other + "kind: Secret\nmetadata:\n  namespace: payments\ndata:\n  dsn: cG9zdGdyZXM6Ly9hcHA6eHlAZGI=\n"
    )
    found = list(manifests.find_values(text.encode()))
    assert [text[start:end] for start, end, _ in found] == ["cG9zdGdyZXM6Ly9hcHA6eHlAZGI="]
    assert found[0][0] > len(other)
