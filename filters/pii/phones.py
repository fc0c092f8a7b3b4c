"""Phone numbers: forms that are enough by themselves, and others where a word or an address of mail stands beside.

Google's libphonenumber knows every country's plan, but reads some ten thousand characters a second; what it knows
is needed only here for North America's areas (three digits from 2 on) and for how long numbers are (E.164: 15).
"""

# ruff: noqa: E501 - expressions and sentences that would be worse in pieces
import itertools
import re
from collections.abc import Callable

from winnow.filters.pii.numbers import has_word, level

_EXTENSION = rb"(?:(?: ?x ?| ?ext\.? ?| #)\d{1,6})?"
_INTERNATIONAL = re.compile(
    rb"(?<![\w.+])\(?\+(?:\(?[1-9]\d{0,3}\)?)(?: ?\(0\)|[ .-]\(0\))?(?:[ ./-]{0,3}\(?\d{1,12}\)?){1,6}"
    + _EXTENSION
    + rb"(?!\w)"
)
_EXIT = re.compile(rb"(?<![\w.+/-])00[1-9]\d{0,2}(?:[ .-]\(?\d{1,5}\)?){2,5}" + _EXTENSION + rb"(?!\w)")
_AMERICAN = re.compile(
    rb"(?<![\w.+/-])(?:1[ .-]?|001[ .-])?(?:\([2-9]\d{2}\) ?-?|[2-9]\d{2}[-.])(?:\d{3}[-.]\d{4})"
    + _EXTENSION
    + rb"(?![\w]|[.-]\d)"
)
_TRUNK = re.compile(
    rb"\(0[1-9]\d{0,4}\)[ /-]{0,3}\d{2,8}(?:[ .-]\d{2,8}){0,4}"
    rb"|0[1-9]\d(?:[ /-]\d{3,4}){2}"
    rb"|0[1-9](?:[ .]\d{2}){4}"
    rb"|0[1-9]\d{1,4} ?[ /-] ?\d{3,8}(?:[ -]\d{2,5}){0,3}"
    rb"|0[1-9]\d{0,2}-\d{2,4}[ -]\d{2,4}(?:[ -]\d{2,4})?"
    rb"|\((?!(?:19|20)\d\d\))\d{2,5}\)[ ./-]{0,3}\d{2,4}(?:[ ./-]\d{2,4}){1,3}"
    rb"|0[1-9]\d{1,3}[ /-]{1,3}\d{2}(?: \d{2}){1,3}"
    rb"|[5-7]\d \d{3} \d{2} \d{2}"
    rb"|0[1-9]\d{1,3}(?:\.\d{2,4}){2,3}"
    rb"|\d{2} (?!19|20)\d{4}-(?!19|20)\d{4}|\d{2,3}-(?!19|20)\d{4}-(?!19|20)\d{4}"
    rb"|\d{2}/\d{3}[ -]\d{4}"
    rb"|[2-9]\d{2} \d{3} \d{4}|[6-9]\d{2}(?: \d{2}){3}"
    rb"|06-\d{1,2}/\d{3}[ -]\d{4}"
)
_LOOSE = re.compile(  # of nine digits and more, in running text
    rb"0[1-9]\d{8,9}|[2-9]\d{2}[2-9]\d{6}|[5-9]\d{2} \d{3} \d{3}|[2-9]\d(?: \d{2}){3}|(?:00[1-9]\d{8,12})"
)
_OTHER = re.compile(  # decimals, US postal codes, addresses with a net or a port, bounds of integers
    rb"[+-]?\d+\.\d{1,2}|0\d{3}-\d{2}-\d{2} \d{2}|(\d)\1+|(?!0[1-9])\d{1,3}\.\d+|\d{5}-\d{4}|(?!0\d|\d\d(?:\.\d\d){3}$)(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2}|[ .]\d{4,5})?|0x\d+|\+?(?:214748\d{4}|429496\d{4})|0123456789|1234567890"
)
_EXTENDED = re.compile(rb"(?<=\d) ?x ?\d{1,6}$")
_THOUSANDS = re.compile(rb"[1-9]\d{0,2}(?: \d{3})+")
_AMOUNTS = re.compile(
    rb"(?<![\d+])\d{1,3}(?:,\d{3})+(?!\d)|[$%]|\xe2\x82\xac|\xc2\xa3|\b(?:EUR|USD|GBP|CHF|PLN|CZK|SEK|NOK|DKK|HUF|kr|z\xc5\x82|K\xc4\x8d|Ft|"
    rb"(?:mi|bi)llions?|mln|mio|mrd|populations?|inhabitants|total|in (?:19|20)\d\d)\b"
)
_HEX = re.compile(rb" (?=[0-9]{0,3}[A-F])(?=[A-F]{0,3}[0-9])[0-9A-F]{4}(?!\w)")
_NO_PHONE = re.compile(
    rb"fingerprint|\biban|\bssn\b|social security|\bisbn|\bissn|\border\b|invoice|\bdoi\b|patent|serial|\bno\.|\bid\b|version|timestamp|epoch|\bbytes\b|"
    rb"account|ticket|\bcode\b|tracking|reference|part n",
    re.IGNORECASE,
)
_DATE = re.compile(
    rb"(?<!\d)\d{4}-\d{2}-\d{2}(?!\d)|(?<!\d)(?:(?:1[5-9]|20)\d{2}([-./ ])(?:0?\d|1[0-2])\1(?:[0-2]?\d|3[01])|(?:[0-2]?\d|3[01])([-./ ])"
    rb"(?:[0-2]?\d|3[01])\2(?:1[5-9]|20)\d{2})(?!\d)|^(?:[0-2]?\d|3[01])([-./])(?:[0-2]?\d|3[01])\3\d\d(?!\d|\3)"
    rb"|^(?:[0-2]?\d|3[01]) (?:[0-2]?\d|3[01]) \d\d$|^(?:1[5-9]|20)\d{2}[ /-]+(?:1[5-9]|20)\d{2}"
)
_STRONG = re.compile(
    rb"\b(?:tele?ph?on\w*|phones?|tel|t\xc3\xa9l(?:\xc3\xa9phone)?|t\xc3\xa9l\xc3\xa9copie|telef?on\w*|puhelin\w*|"
    rb"tlf|tfno|puh|fax|telefax|mobil\w*|handy(?:nummer)?|m\xc3\xb3vil|celular|cellulare|cell ?phone|whatsapp|sms|hotline|"
    rb"rufnummer|gsm|landline|helpline|dial|telem\xc3\xb3vel|kom\xc3\xb3rk\w*|matkapuhelin\w*)\b|\btel:|"
    + "电话|電話|手机|携帯|전화|☎|📞|[Тт]ел\\.|[Тт]елефон|[Ττ]ηλ(?:\\.|έφωνο)|הטלפון|طلفون|هاتف".encode(),
    re.IGNORECASE,
)
_WEAK = re.compile(
    rb"\b(?:call(?! last)|calling|cell(?: no| number|:)|contact(?: me| us)?|reach(?: me| us| out| you)?|ringe?|"
    rb"text me|give (?:me|us) a|number is|my number|numbers? for|numero|n\xc3\xbamero|nummer|anrufen|rufen sie|voicemail|caller|"
    rb"appelez|joindre au|llam(?:e|ar|en|enos)|ll\xc3\xa1m[ae]\w*|ligue|ligar|chiam(?:a|i|are|ate|ami|atemi)|bel(?:len)?(?: me| ons)?|zavolej\w*|volejte|volat|"
    rb"zadzwo\w*|dzwoni\w*|soita\w*|numeroon|h\xc3\xadvj\w*|suna\xc8\x9bi|aray\w*|zvoni\w*)\b|"
    + "[Κκ]αλέστε|[Зз]вон|請撥|请拨".encode(),
    re.IGNORECASE,
)
_FIRM = re.compile(  # the name of a number by which an office knows a firm, and a country's letters
    rb"(?<![A-Za-z])(?:vat|ust|uid|mwst|tva|iva|p\.? ?iva|btw|moms|nip|regon|siren|siret|kvk|cvr|abn|acn|ein|tin|gst(?:in)?|cif|rut|"
    rb"nif|cuit|rfc|cnpj|inn|kpp|ogrn|oib|krs|hrb|bulstat|org(?:anisation)?s?\.? ?(?:nr|num\w*)|i\xc4\x8co|di\xc4\x8d|"
    + "инн|кпп|огрн|єдрпоу".encode()
    + rb")(?![A-Za-z\xc3])[^\d\n+]{0,24}$",
    re.IGNORECASE,
)
_MAIL = re.compile(rb"[\w.+-]@[\w-]+\.\w")
_BROKEN = b"=/_#&%$<\\"
_ADDRESS = re.compile(
    rb"\b(?:address(?! of| is at)|addr|adresse|shipping|billing|deliver to|ship to|street|st|road|rd|avenue|ave|lane|ln|drive|suite|apt|way|court|blvd|box|rue|via|calle|plaza|rua|ulica|ul|"
    rb"gade|gatan|vej|katu|utca|straat|weg|platz)\b|stra(?:sse|\xc3\x9fe)",
    re.IGNORECASE,
)
_DAY = re.compile(rb"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")  # 20021231
_HOUR = re.compile(rb"\d{4}-(?:0\d|1[0-2])-[0-3]\d \d\d")
_ZONE = re.compile(rb" \x00  [+-][01]\d[03]0\b")  # of seconds since 1970
_YEARS = re.compile(rb"(?<!\d)(?:1[5-9]|20)\d{2}[ /-]\d|\d\.\d{1,3}(?!\d)")
_END = re.compile(rb"[\s.!?)\"']*$")
_MIN, _MAX, _MIN_LOCAL = 6, 15, 7


def find_phones(
    chain: bytes, before: bytes, near: Callable[[], bytes], named: bool, short: bool
) -> list[tuple[int, int]]:
    """Where phone numbers stand in a chain of digits; `before` is what stands before it, `near` all about it.

    None where a firm's number is named right before it (VAT, SIRET, NIP). A `short` text is a message without room for words about a number: there groups of digits at its end may do.
    """
    found = _find(_level(chain), before, near, named, short)
    return [] if found and _FIRM.search(near().partition(b" \x00 ")[0] + chain[: found[0][0]]) else found


def _find(
    chain: bytes, before: bytes, near: Callable[[], bytes], named: bool, short: bool
) -> list[tuple[int, int]]:
    found = _find_sure(chain)
    if found:
        return found if not named or _is_named(near(), True) else []
    start, end = _trim(chain)
    value = chain[start:end]
    groups = [group for group in re.split(rb"\D+", value) if group]
    if _is_other(value, before, groups):
        return []
    value, words = _EXTENDED.sub(b"", value), near()
    if _is_other_by_words(value, words):
        return []
    meant = _is_local(value, [len(group) for group in groups], before, words, named, short)
    return [(start, end)] if meant else []


def _is_local(value: bytes, sizes: list[int], before: bytes, words: bytes, named: bool, short: bool) -> bool:
    """Whether a chain in groups of these sizes is a number to call, by its form and the words beside it."""
    digits = sum(sizes)
    trunk = _TRUNK.fullmatch(value) is not None and digits >= 9
    said = level(words)
    if not named and _is_loose(value, before, words, trunk) and not has_word(_NO_PHONE, said):
        return True
    grouped = len(sizes) > 1 and 2 <= min(sizes) <= max(sizes) <= 9
    if len(sizes) > 6 or (digits < 8 and not grouped and digits != _MIN_LOCAL):
        return False
    if has_word(_STRONG, said):
        return True
    if digits < _MIN_LOCAL or named or _DAY.fullmatch(value) or not (grouped or trunk or 8 <= digits <= 11):
        return False
    return _is_meant(value, before, words, said, short and grouped)


def _is_loose(value: bytes, before: bytes, words: bytes, trunk: bool) -> bool:
    """Whether a chain is a number to call by its form alone, where nothing speaks against it."""
    return _is_free(before) and (trunk or bool(_LOOSE.fullmatch(value) and _is_prose(before, words)))


def _is_other(value: bytes, before: bytes, groups: list[bytes]) -> bool:
    """Whether a chain is too short or long, a date, a part of a word, a row of numbers, or of another form."""
    if not _MIN <= sum(map(len, groups)) <= _MAX:
        return True
    odd = _DATE.search(value) or _is_glued(before, groups) or _is_row(groups) or _OTHER.fullmatch(value)
    return bool(odd)


def _is_other_by_words(value: bytes, words: bytes) -> bool:
    """Whether the words beside a chain say that it is no number to call."""
    if _HEX.search(words) or (len(value) == 10 and _ZONE.search(words)):
        return True
    return bool(_THOUSANDS.fullmatch(value) and _AMOUNTS.search(words))


def _is_meant(value: bytes, before: bytes, words: bytes, said: bytes, ending: bool) -> bool:
    """Whether a chain that may be a number to call is one by its place; `ending`: at the end of a message."""
    ends = ending and _END.match(words.partition(b" \x00 ")[2])
    if ends and not has_word(_NO_PHONE, said) and not _YEARS.search(value):
        return True
    alone = before[-1:] in (b"", b"\n", b" ") and _is_last(words) and has_word(_ADDRESS, said)
    return bool(alone or has_word(_WEAK, said) or (b"@" in words and _MAIL.search(words)))


def _is_last(words: bytes) -> bool:
    """Whether nothing follows a number on its line."""
    return words.partition(b" \x00 ")[2][:1] in (b"", b"\n", b"\r")


def _find_sure(chain: bytes) -> list[tuple[int, int]]:
    """Numbers whose form is enough: international ones, North America's."""
    found = [m.span() for m in _INTERNATIONAL.finditer(chain) if _is_international(m[0])]
    if not found:
        found = [
            m.span()
            for m in _EXIT.finditer(chain)
            if not m.start() and not _HOUR.fullmatch(m[0]) and 9 <= _count(m[0].split(b"x")[0]) <= 17
        ]
    return found or [m.span() for m in _AMERICAN.finditer(chain)]


def _is_international(value: bytes) -> bool:
    digits = _count(re.split(rb" ?x| ?ext| #", value)[0].replace(b"(0)", b""))
    return 8 <= digits <= _MAX and not _OTHER.fullmatch(value)


def _is_glued(before: bytes, groups: list[bytes]) -> bool:
    """Whether a number goes on what stands before it: a decimal, a time, a path."""
    last = before[-1:]
    if not last or last in _BROKEN:
        return last != b""
    if last == b",":
        return before[-2:-1].isdigit() and len(groups) == 1 and len(groups[0]) % 3 == 0
    return last in b".:-" and before[-2:-1].isdigit()


def _is_row(groups: list[bytes]) -> bool:
    """Whether three groups or more count up by one, as in a calendar."""
    numbers = [int(group) for group in groups]
    return len(numbers) > 2 and all(b - a == 1 for a, b in itertools.pairwise(numbers))


def _is_prose(before: bytes, words: bytes) -> bool:
    """Whether a number stands among words: not in brackets of code, behind an equal sign or a quote."""
    if before[-1:] not in (b"", b" ", b",", b"\n", b"("):
        return False
    left, _, right = words.partition(b" \x00 ")
    close = left[-12:] + b"|" + right[:6]
    return not re.search(rb"[=\[\]{}<>*/\\_\"'`^%$#+]|\d,? ?\||\| ?\d", close.replace(b"'s", b""))


def _is_named(words: bytes, weak: bool) -> bool:
    return bool(_STRONG.search(words) or (weak and _WEAK.search(words)))


def _is_free(before: bytes) -> bool:
    """Whether a number may begin here: behind nothing, white space, a bracket or a colon."""
    return before[-1:] in (b"", b" ", b"\n", b"\t", b"(", b":", b",", b";", b"|", b">", b'"', b"[")


def _trim(chain: bytes) -> tuple[int, int]:
    """Without a bracket that is not closed."""
    start, end = 0, len(chain)
    while start < end and chain[start : start + 1] == b"(" and b")" not in chain[start:]:
        start += 1
    return start, end


def _count(value: bytes) -> int:
    return sum(48 <= byte <= 57 for byte in value)


def _level(chain: bytes) -> bytes:
    """Of the same length, with spaces for no-break ones and hyphens for other dashes."""
    if chain.isascii():
        return chain
    chain = chain.replace(b"\xc2\xa0", b"  ")
    return re.sub(rb"\xe2\x80[\x90-\x95]", b" - ", chain)
