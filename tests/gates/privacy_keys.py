"""Made secrets of many kinds, random in the forms that their issuers publish. Written before any output was seen."""

# ruff: noqa: E501 - expressions and sentences that would be worse in pieces
import base64
import random
import string
from collections.abc import Iterator

LETTERS, DIGITS, HEX = string.ascii_letters + string.digits, string.digits, "0123456789abcdef"
LOWER, UPPER = string.ascii_lowercase + string.digits, string.ascii_uppercase + string.digits
URL = LETTERS + "-_"
# kind: frame; {alphabet:length}
FORMS = {
    "aws key id and secret": 'aws_access_key_id = AKIA{b32:16}\naws_secret_access_key = "{b64:40}"',
    "aws key id": "export AWS_ACCESS_KEY_ID=AKIA{b32:16}",
    "gcp api key": 'apiKey: "AIza{url:35}"',
    "github pat": 'GITHUB_TOKEN = "ghp_{alnum:36}"',
    "github fine-grained": "token: github_pat_{alnum:22}_{alnum:59}",
    "github oauth": "gho_{alnum:36}",
    "github app": "Authorization: Bearer ghs_{alnum:36}",
    "gitlab pat": 'PRIVATE-TOKEN: "glpat-{url:20}"',
    "slack bot": "SLACK=xoxb-{digit:12}-{digit:12}-{alnum:24}",
    "slack webhook": "https://hooks.slack.com/services/T{upper:8}/B{upper:8}/{alnum:24}",
    "stripe live": 'stripe.api_key = "sk_live_{alnum:24}"',
    "stripe restricted": "rk_live_{alnum:24}",
    "sendgrid": "SENDGRID_API_KEY='SG.{url:22}.{url:43}'",
    "twilio": 'twilio_api_key = "SK{hex:32}"',
    "mailgun": 'mailgun_key = "key-{hex:32}"',
    "npm": "//registry.npmjs.org/:_authToken=npm_{alnum:36}",
    "pypi": "password = pypi-AgEIcHlwaS5vcmc{url:60}",
    "openai project": 'OPENAI_API_KEY="sk-proj-{url:74}T3BlbkFJ{url:74}"',
    "openai": "openai.api_key = 'sk-{alnum:20}T3BlbkFJ{alnum:20}'",
    "anthropic": 'ANTHROPIC_API_KEY="sk-ant-api03-{url:93}AA"',
    "hugging face": "HF_TOKEN=hf_{letter:34}",
    "digitalocean": "dop_v1_{hex:64}",
    "databricks": "databricks_token = dapi{hex:32}",
    "shopify": "X-Shopify-Access-Token: shpat_{hex:32}",
    "square": "square_token = sq0atp-{url:22}",
    "telegram bot": "telegram_token = '{digit:10}:AA{url:33}'",
    "discord webhook": "https://discord.com/api/webhooks/{digit:18}/{url:68}",
    "dropbox": 'dropbox_token = "sl.{url:135}"',
    "new relic": "NEW_RELIC_API_KEY=NRAK-{upper:27}",
    "grafana": "glsa_{alnum:32}_{hex:8}",
    "hashicorp vault": "VAULT_TOKEN=hvs.{url:95}",
    "terraform cloud": "token = {alnum:14}.atlasv1.{url:67}",
    "linear": 'linear_key = "lin_api_{alnum:40}"',
    "notion": 'NOTION_TOKEN = "ntn_{digit:11}{alnum:35}"',
    "postman": "PMAK-{hex:24}-{hex:34}",
    "pulumi": "PULUMI_ACCESS_TOKEN=pul-{hex:40}",
    "sentry user": "SENTRY_AUTH_TOKEN=sntryu_{hex:64}",
    "doppler": "DOPPLER_TOKEN=dp.pt.{alnum:43}",
    "planetscale": "pscale_tkn_{url:43}",
    "age key": "AGE-SECRET-KEY-1{bech:58}",
    "postgres uri": "DATABASE_URL=postgres://app:{alnum:20}@db.internal.net:5432/app",
    "azure storage": "DefaultEndpointsProtocol=https;AccountName=shop{lower:6};AccountKey={b64:86}==;EndpointSuffix=core.windows.net",
    "jwt": "Authorization: Bearer {jwt:0}",
    "rsa key": "-----BEGIN RSA PRIVATE KEY-----\n{pem:12}\n-----END RSA PRIVATE KEY-----",
    "openssh key": "-----BEGIN OPENSSH PRIVATE KEY-----\n{pem:8}\n-----END OPENSSH PRIVATE KEY-----",
    "pkcs8 key": "-----BEGIN PRIVATE KEY-----\n{pem:10}\n-----END PRIVATE KEY-----",
}  # fmt: skip
ALPHABETS = {
    "b32": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "b64": LETTERS + "+/", "url": URL, "alnum": LETTERS, "digit": DIGITS,
    "hex": HEX, "upper": UPPER, "lower": LOWER, "letter": string.ascii_letters,
    "bech": "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
}  # fmt: skip
EXAMPLES = [  # what is published as an example, or is none
    "aws_access_key_id = AKIAIOSFODNN7EXAMPLE",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    'password = "changeme"',
    "postgres://user:password@localhost/db",
    'API_KEY = "YOUR_API_KEY_HERE"',
    "token: ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----",
    "sha256 = e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "uuid 123e4567-e89b-12d3-a456-426614174000",
    "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
]


def make(count: int, seed: int) -> Iterator[tuple[str, str, str]]:
    """Kind, text, and the secret in it (its longest made part); `count` of each kind."""
    draw = random.Random(seed)
    for kind, frame in FORMS.items():
        for _ in range(count):
            text, secret = _fill(frame, draw)
            yield kind, f"# settings\n{text}\nname = 'shop'\n", secret


def _fill(frame: str, draw: random.Random) -> tuple[str, str]:
    out, parts = "", []
    for piece in frame.replace("{", "\0{").replace("}", "}\0").split("\0"):
        if not piece.startswith("{"):
            out += piece
            continue
        alphabet, size = piece[1:-1].split(":")
        value = _draw(alphabet, int(size), draw)
        parts.append(value)
        out += value
    return out, max(parts, key=len)


def _draw(alphabet: str, size: int, draw: random.Random) -> str:
    if alphabet == "pem":
        body = base64.b64encode(draw.randbytes(size * 48)).decode()
        return "\n".join(body[i : i + 64] for i in range(0, len(body), 64))
    if alphabet == "jwt":
        parts = (
            b'{"alg":"HS256","typ":"JWT"}',
            b'{"sub":"%d","name":"shop","iat":1716239022}' % draw.getrandbits(40),
        )
        head = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
        return f"{head}.{''.join(draw.choice(URL) for _ in range(43))}"
    return "".join(draw.choice(ALPHABETS[alphabet]) for _ in range(size))
