"""Whether what stands behind a name is a secret: what the name says, and whether the value looks drawn."""

# ruff: noqa: E501, SIM905 - lists of words that would be worse in pieces

import re
from pathlib import Path

_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRET = re.compile("secret|token|passw|passphrase|pwd|credential|bearer|private")
_KEY = re.compile("[a-z]key$|apikey|accesskey|keybase$|keydata$")
_GIVEN = re.compile("(?:api|access|auth|license|master|service)key$")
_WORDS = frozenset(("pat", "oat"))
_WEAK = frozenset(("auth", "authorization", "pass", "seed", "key"))
_PUBLIC = frozenset(
    "public pub publishable site sitekey idempotency etag fingerprint checksum digest hash md5 sha nonce csrf xsrf page socket "
    "next continuation pagination cursor sync encrypted sealed cipher ciphertext".split()
)  # what everybody may know, or what opens nothing
_RECORD = frozenset(
    "cache primary foreign partition sort row object record item group shard node message event request trace dedup lock "
    "job task queue entity order product tenant project".split()
)  # whose key is a name
_LAST = frozenset(
    "id ids url uri file path name arn type version size length count endpoint host user username prefix address".split()
)
_UUID = re.compile(r"(?:^|[-_])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")
_RUN = re.compile("[A-Z]?[a-z]{3,}|[A-Z]{4,}")
_NO_WORD = re.compile("[^aeiouy]{4}|^[^aeiouy]+$")
_MADE_UP = re.compile(
    r"(?i)example|placeholder|change_?me|dummy|sample|your|deadbeef|cafebabe|x{4}|0{6}|10203|123456|abcdef|\.\."
)
_OTHER = re.compile(
    r"[A-Za-z_]\w*=[^=]|0x[0-9A-Fa-f]{1,40}$|AAAA[BCE][23]|Ag[A-D][A-Za-z0-9+/]{40}|AQICAH|gAAAAA|pk_(?:live|test)_|pk\.|age1"
    r"|sha(?:256|384|512)-|B[\w-]{86}$|.*\.[a-z]{1,4}$|.*(?i:token|key|secret|password|[-_](?:id|name|type))$"
)  # a setting, an address, public keys, what is encrypted, publishable keys, a digest, a file, a name
_REFERENCE = re.compile(r"[{$%<\[@#*~/+-]$")  # ends of what leads to the name of a value, not to a value
_QUOTED = re.compile(r"[\"'`]\s+")  # the name ends a quotation
_SHA = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_PASSWORD = re.compile(
    "passw|passwd$|passphrase$|pwd$|^(?:root|bind|user|db)?pw$|(?<!by)(?<!com)(?<!tres)pass$"
)
_PLAIN = re.compile("pass(?:ed|es|ing)?", re.IGNORECASE)  # a verb
_PASSING = re.compile(r"(?i)pass[-_.]?(?:through|thru|along|over|by)")
_ASIDE = re.compile(r"\(\)|\),")  # a call, the end of an aside
_METHOD = re.compile(r"(?i)(?:passw(?:or)?d|pass|pwd)\.\w+$")
_NO_PASSWORD = re.compile(
    r"[\w.-]+[=/(]|[$%@&/~.]|[a-z_]+\d*$|(?=.*_)[A-Z0-9_]+$|(?:[0-9a-f]{16,}|[0-9A-F]{16,})$|.*\.[a-z]{2,4}$|arn:|\w+://"
)
_LEET = str.maketrans("@431!05$7", "aaeiiosst")
_POOR = re.compile(
    "passw|pwd|secret|admin|welcome|letmein|qwert|default|hunter|change|(?:^|[^a-z])(?:test|demo|root|guest|user)"
)
_PUBLISHED = frozenset(
    line.partition("  #")[0].strip()
    for line in (Path(__file__).parent / "published.txt").read_text(encoding="utf-8").splitlines()
)


def is_published(value: str) -> bool:
    """Whether a value is one that documentation, specifications or emulators give to all."""
    return value.removeprefix("0x") in _PUBLISHED


def is_named(name: str, link: str, value: str) -> bool:
    """Whether a value is a key or token: `name` is what it is called, `link` what stands between the two."""
    parts = [part.lower() for part in _PART.findall(name)]
    joined = "".join(parts)
    if not parts or _is_public(parts, joined) or not re.search(r"[\s=:>\"'`,]", link):
        return False
    strong = bool(_SECRET.search(joined) or _WORDS.intersection(parts))
    if not strong and (_RECORD.intersection(parts) or not (_KEY.search(joined) or parts[-1] in _WEAK)):
        return False
    if joined == "key" and not (link[-1:] in "\"'`" or link == "="):
        return False
    if link[0] == "(" and not strong and not _GIVEN.search(joined):
        return False
    if _is_reference(link, value):
        return False
    return is_drawn(value, strong or bool(_KEY.search(joined)))


def _is_reference(link: str, value: str) -> bool:
    """Whether a value only names where the secret stands, or is a commit's digest."""
    if _REFERENCE.search(link) or _QUOTED.fullmatch(link):
        return True
    return link.isspace() and bool(_SHA.fullmatch(value))


def _is_public(parts: list[str], joined: str) -> bool:
    """Whether a name is that of something that may be seen: a public key, an id, a key to search by."""
    if _PUBLIC.intersection(parts) or re.search("search(?:only)?(?:api)?key", joined):
        return True
    return parts[-1] in _LAST and "accesskeyid" not in joined


def is_drawn(value: str, strong: bool = True) -> bool:
    """Whether a value looks drawn: digits among letters, no words; a UUID where the name is a `strong` one."""
    body = value.rstrip("=.!|")
    letters, digits = re.sub("[^a-z]", "", body.lower()), re.sub(r"\D", "", body)
    if len(body) < 16 or not letters or _MADE_UP.search(value) or _OTHER.match(body):
        return False
    if "abcdef" in letters and "12345" in digits:
        return False
    if _UUID.search(body):
        return strong and len(set(letters + digits)) > 8
    if _HEX.fullmatch(body):
        return len(body) >= 24 and len(set(body)) > 8
    core = max(re.findall("[A-Za-z0-9]+", body), key=len)
    changes = len(re.findall(r"\d(?=[A-Za-z])|[A-Za-z](?=\d)", core))
    words = sum(len(run) for run in _RUN.findall(core) if not _NO_WORD.search(run.lower()))
    return len(core) > 10 and changes > 0.05 * len(core) and words < 0.6 * len(core)


def is_password(name: str, link: str, value: str) -> bool:
    """Whether a value is a password that somebody uses; `name` is empty where nothing but one can stand."""
    parts = [part.lower() for part in _PART.findall(name)]
    if name.isascii() and name:
        named = any(_PASSWORD.search(part) for part in parts[-3:])
        if not named or parts[-1] in _LAST or _PUBLIC.intersection(parts) or _ASIDE.search(link):
            return False
        if _PASSING.match(name) or _METHOD.search(name):
            return False
        if _PLAIN.fullmatch(name) and not re.search("[=:\"'`>]", link):
            return False
    if _REFERENCE.search(link) or len(set(value)) < 6 or not re.search(r"[A-Za-z].*\d|\d.*[A-Za-z]", value):
        return False
    poor = _POOR.search(value.lower().translate(_LEET)) or _MADE_UP.search(value)
    return not poor and not _NO_PASSWORD.match(value) and not _OTHER.match(value)
