"""Numbers of persons that their digits themselves prove: cards, IBANs, identity numbers, addresses of machines."""

# ruff: noqa: E501 - expressions and sentences that would be worse in pieces
import functools
import importlib
import ipaddress
import re
import tomllib
from collections.abc import Callable, Container
from pathlib import Path
from typing import NamedTuple

from stdnum import iban as stdnum_iban
from stdnum import luhn
from stdnum.us import ssn as stdnum_ssn

_CARD = re.compile(
    rb"(?<![\w.])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}[ -]\d{6}[ -]\d{4,5}|\d{12,19})(?![\w]|[.-]\d)"
)
_CARD_WORDS = re.compile(
    rb"card|visa|master|maestro|amex|american express|discover|diners|jcb|unionpay|karte|tarjeta|carte|carta|"
    rb"cart\xc3\xa3o|kaart|kort|kredit|credit|debit|charge|pa(?:id|y)|bill|checkout|fee\b|transaction|pan\b|cc\b",
    re.IGNORECASE,
)
_CARD_NAMES = re.compile(
    rb"card\b|visa|master ?card|maestro|amex|american express|kreditkarte|tarjeta|carte|carta|\bpan\b|\bcc\b",
    re.IGNORECASE,
)
_RECORD = re.compile(
    rb"(?:\b(?:ids?|uid|pid|posts?|status|tweet|toot|thread|topic|comment|reply|message|msg|article|item|video|photo|user|page|"
    rb"ref|order|ticket|issue|tracking|parcel|serial|imei|isbn|ean|gtin|upc|sku|asin|ts|timestamp)[_-]?(?:id|no\.?|nr\.?)?"
    rb"|[a-z]_id|[a-z]Id)[\"']?\s{0,2}[:=#]?\s{0,2}[\"'#]?$|[\w-]/$|#$",
    re.IGNORECASE,
)
_MAESTRO = ("5018", "5020", "5038", "5893", "6304", "6759", "6761", "6762", "6763", "6390", "0604")
_ANY_SIZE = range(12, 20)
_ISSUERS: tuple[tuple[Container[int], str, str], ...] = (
    ((16, 19), "4", "4"),
    ((16,), "51", "55"),
    ((16,), "2221", "2720"),
    ((15,), "34", "34"),
    ((15,), "37", "37"),
    ((16, 19), "6011", "6011"),
    ((16, 19), "62", "62"),
    ((16, 19), "65", "65"),
    ((16, 19), "644", "649"),
    ((16, 19), "3528", "3589"),
    ((14,), "300", "305"),
    ((14,), "36", "36"),
    ((14,), "38", "39"),
    *(({*_ANY_SIZE} - {13}, four, four) for four in _MAESTRO),
)
"""Of each issuer how many digits its numbers have, and by which they begin: from, to."""
_SHARED: tuple[tuple[Container[int], str, str], ...] = (
    ((13,), "4", "4"),
    ((15,), "2131", "2131"),
    ((15,), "1800", "1800"),
    (_ANY_SIZE, "35", "35"),
    (_ANY_SIZE, "50", "50"),
    (_ANY_SIZE, "56", "69"),
    *(((13,), four, four) for four in _MAESTRO),
)
"""Those by which other numbers begin, too."""
_SSN = re.compile(rb"(?<![\w.-])\d{3}([ -])\d{2}\1\d{4}(?![\w]|[.-]\d)")
_DIALLED = re.compile(
    rb"(?:\+\d{1,3}[ .-]?|(?:\b(?:tele?phone?|phone|tel|t\xc3\xa9l|fon|mobile?|fax|call|dial|whatsapp)\b|"
    + "电话|電話|手机|携帯|전화|☎|📞|тел".encode()
    + rb")[^\d\n]{0,12})$",
    re.IGNORECASE,
)
_SSN_PLAIN = re.compile(rb"(?<![\w.-])\d{9}(?![\w]|[.-]\d)")
_SSN_WORDS = re.compile(
    rb"\bssn\b|social security|soc\. ?sec|\bss ?#|\bss no|taxpayer|tax ?(?:payer )?id|"
    rb"\b(?:my|his|her|your|their) social\b|\bw-?[249]\b|\bform 1099",
    re.IGNORECASE,
)
_LETTER = re.compile(rb"[A-Za-z\x80-\xff]")
_IPV4 = re.compile(rb"(?<![\w.+-])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d|-\d)")
_IP_WORDS = re.compile(
    rb"\bip\b|ipv[46]|address|adresse|host|server|router|gateway|network|netmask|ping|nameserver|\bdns\b|proxy|"
    rb"\blogin|logged|client|request|connect|traceroute|\bfrom\b|\bssh\b|http|tcp|udp|port\b|firewall|block|"
    rb"attack|scan|\bban",
    re.IGNORECASE,
)
_IP_SURE = re.compile(rb"\bip(?:v4)?\b|\bping\b|nameserver", re.IGNORECASE)
_VERSION_WORDS = re.compile(
    rb"version|\bver\b|\bv\.? \x00|release|build|section|chapter|clause|article|\xc2\xa7|\boid\b|update|upgrade|firmware|"
    rb"driver|/ \x00|package|abschnitt|kapitel|since|patch|table|figure",
    re.IGNORECASE,
)
_IBAN = re.compile(
    rb"[A-Za-z]{2}\d{2}[A-Za-z0-9]{11,30}(?![A-Za-z0-9])|[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}(?![A-Za-z0-9])"
)
_GROUPED = re.compile(rb"[A-Z]{2}\d{2}(?:[ -][A-Z0-9]{4}){2,7}(?:[ -][A-Z0-9]{1,3})?(?![A-Za-z0-9])")


def find_cards(chain: bytes, near: Callable[[], bytes], named: bool) -> list[tuple[int, int]]:
    """Where card numbers stand in a chain: by length, issuer (IIN) and Luhn's check digit."""
    found = []
    for match in _CARD.finditer(chain):
        digits = re.sub(rb"\D", b"", match[0]).decode()
        sure = _detect_issuer(digits)
        if not sure or not luhn.is_valid(digits) or len(set(digits)) < 2:
            continue
        words = _CARD_NAMES if match[0].isdigit() and _is_record(chain, match, near) else _CARD_WORDS
        if (named or sure == 1 or words is _CARD_NAMES) and not words.search(near()):
            continue
        found.append(match.span())
    return found


def _is_record(chain: bytes, match: re.Match[bytes], near: Callable[[], bytes]) -> bool:
    """Whether a number in one piece is what a record is known by: a post, a parcel, a page's address."""
    return _RECORD.search(_read_before(chain, match.start(), near)) is not None


def _read_before(chain: bytes, start: int, near: Callable[[], bytes]) -> bytes:
    """What stands before a place of a chain."""
    return near().partition(b" \x00 ")[0] + chain[:start]


def _detect_issuer(digits: str) -> int:
    """2 where the number's begin and length are an issuer's, 1 where they may be other numbers too, else 0."""
    for sure, issuers in ((2, _ISSUERS), (1, _SHARED)):
        if any(
            len(digits) in sizes and first <= digits[: len(first)] <= last for sizes, first, last in issuers
        ):
            return sure
    return 0


def find_ssns(chain: bytes, near: Callable[[], bytes], named: bool) -> list[tuple[int, int]]:
    """Where numbers of US Social Security stand: by the areas and groups that are given out."""
    alone = _SSN.fullmatch(chain) is not None
    found = [
        m.span()
        for m in _SSN.finditer(chain)
        if _is_ssn(m[0], (b"-" in m[0] or alone) and not named, near)
        and (not _DIALLED.search(_read_before(chain, m.start(), near)) or _SSN_WORDS.search(near()))
    ]
    return found or [m.span() for m in _SSN_PLAIN.finditer(chain) if _is_ssn(m[0], False, near)]


def _is_ssn(value: bytes, sure: bool, near: Callable[[], bytes]) -> bool:
    return stdnum_ssn.is_valid(value.replace(b" ", b"-").decode()) and (
        sure or bool(_LETTER.search(near()) and _SSN_WORDS.search(near()))
    )


def find_ips(
    chain: bytes, near: Callable[[], bytes], named: bool, known: frozenset[str]
) -> list[tuple[int, int]]:
    """Where public IPv4 addresses stand that are no numbers of versions or sections.

    Of 10/8 and 172.16/12 those that a word names and that look like a machine's, not like an example.
    """
    return [
        match.span()
        for match in _IPV4.finditer(chain)
        if (value := match[0].decode()) not in known and _is_address(value, near, named)
    ]


def _is_address(value: str, near: Callable[[], bytes], named: bool) -> bool:
    """Whether four numbers are an address by their values and the words beside them."""
    written = value.split(".")
    parts = [int(part) for part in written]
    if max(parts) > 255 or written != [str(part) for part in parts]:
        return False
    address = ipaddress.ip_address(value)
    if parts[0] >= 224 or not (address.is_global or (address.is_private and parts[0] in (10, 172))):
        return False
    if _is_made_up(parts, not address.is_global):
        return False
    plain = sum(part > 31 for part in parts) >= 2 and max(parts) > 99 and 0 not in parts[2:]
    words = near()
    if not address.is_global and not (plain and _IP_WORDS.search(words)):
        return False
    by_name = (_IP_SURE if max(parts) < 64 else _IP_WORDS).search(words)
    return bool(by_name or (plain and not named and not _VERSION_WORDS.search(words)))


def _is_made_up(parts: list[int], private: bool) -> bool:
    """Whether the parts of an address are a pattern, as in examples: 111.22.33.44, in private nets 172.20.30.40."""
    return (
        (private and all(part % 10 == 0 for part in parts[1:]))
        or len(set(parts)) == 1
        or all(part > 9 and len(set(str(part))) == 1 for part in parts)
    )


def is_public_ipv6(value: bytes, known: frozenset[str]) -> bool:
    """Whether this is an IPv6 address of the public net."""
    try:
        address = ipaddress.IPv6Address(value.decode("ascii"))
    except ValueError:
        return False
    if re.fullmatch(rb"(?:[0-9A-Fa-f]{2}:){7}[0-9A-Fa-f]{2}", value) or value.startswith(b":"):  # EUI-64
        return False
    inverse = int(address) ^ ((1 << 128) - 1)
    if not inverse & (inverse + 1) or not int(address) >> 112:  # a mask of a net; first group 0
        return False
    return address.is_global and str(address) not in known and value.count(b":") >= 3


def find_iban(data: bytes) -> int:
    """How many bytes of an IBAN `data` begins with: its country's length and its check digits, else 0."""
    for pattern in (_IBAN, _GROUPED):
        match = pattern.match(data)
        for end in _find_ends(match[0]) if match else ():
            value = data[:end].decode()
            if stdnum_iban.is_valid(value, check_country=False):
                return end
    return 0


def _find_ends(value: bytes) -> list[int]:
    """Ends of words of a text of 15 to 42 bytes, the last first: behind an IBAN may stand other capitals."""
    ends = [i for i in range(15, len(value)) if value[i : i + 1] in (b" ", b"-")]
    return [len(value), *reversed(ends)][:6]


_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)


def level(words: bytes) -> bytes:
    """Words about a number, in which one digit is as good as another; nothing where there is no letter."""
    return words.translate(_DIGITS) if _LETTER.search(words) else b""


@functools.lru_cache(1 << 14)
def has_word(pattern: re.Pattern[str] | re.Pattern[bytes], words: bytes) -> bool:
    """Whether such a word is among `words`; in a table the same ones stand about each number."""
    if isinstance(pattern.pattern, str):
        return bool(words) and pattern.search(words.decode("utf-8", "replace").lower()) is not None
    return bool(words) and pattern.search(words) is not None


class Number(NamedTuple):
    """A country's identity number, as `national.toml` has it."""

    country: str
    form: re.Pattern[bytes]
    is_valid: Callable[[str], bool]
    words: re.Pattern[str]
    sure: bool


@functools.cache
def load_national() -> tuple[Number, ...]:
    """The identity numbers of all countries."""
    table = tomllib.loads((Path(__file__).parent / "national.toml").read_text(encoding="utf-8"))
    found = []
    for name, entry in table.items():
        check = entry["check"]
        is_valid = importlib.import_module(check).is_valid if check else bool
        words = "|".join(
            rf"(?<!\w){re.escape(word)}" + r"(?!\w)" * (len(word) < 4) for word in entry["words"]
        )
        form = re.compile(entry["form"].encode())
        found.append(Number(name.partition("_")[0], form, is_valid, re.compile(words), entry["sure"]))
    return tuple(found)


@functools.cache
def _load_forms(countries: frozenset[str]) -> tuple[re.Pattern[bytes], tuple[Number, ...]]:
    """One expression for all forms of some countries, or of all, and their numbers."""
    some = tuple(each for each in load_national() if not countries or each.country in countries)
    return re.compile(b"|".join(b"(?:" + each.form.pattern + b")" for each in some)), some


def is_national(value: bytes, near: Callable[[], bytes], named: bool, countries: frozenset[str]) -> bool:
    """Whether a whole number is a person's identity number by its form, check digits, and words where need be."""
    forms, some = _load_forms(countries)
    if not forms.fullmatch(value):
        return False
    text = value.decode("ascii", "replace")
    formed = [number for number in some if number.form.fullmatch(value)]
    if any(number.sure and number.is_valid(text) for number in formed if not named):
        return True
    words = level(near()) if formed else b""  # a look at them is cheaper than check digits
    return any(has_word(number.words, words) and number.is_valid(text) for number in formed)
