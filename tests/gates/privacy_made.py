"""Made sentences with personal data at known places, by Faker's providers of many countries.

Written before any output of ours was seen. Two lists of frames: `TUNE` was looked at while rules were written,
`CHECK` is only counted. Values are Faker's own, not filtered by the checks that our rules use.
"""

# ruff: noqa: E501 - expressions and sentences that would be worse in pieces
import random
import re
from collections.abc import Callable, Iterator

from faker import Faker

PHONES = [
    *(
        "en_US",
        "en_US",
        "en_US",
        "en_GB",
        "en_CA",
        "en_AU",
        "en_IN",
        "de_DE",
        "de_AT",
        "de_CH",
        "fr_FR",
        "it_IT",
    ),
    *(
        "es_ES",
        "nl_NL",
        "sv_SE",
        "da_DK",
        "no_NO",
        "fi_FI",
        "pl_PL",
        "pt_BR",
        "pt_PT",
        "ja_JP",
        "hu_HU",
        "cs_CZ",
    ),
]
# locale and method of each country's identity number; without IN, KR, GB: Faker gives them no true check digits
IDS: dict[str, tuple[str, str]] = {
    "it": ("it_IT", "ssn"),
    "es": ("es_ES", "nif"),
    "es_nie": ("es_ES", "nie"),
    "fr": ("fr_FR", "ssn"),
    "pl": ("pl_PL", "pesel"),
    "br": ("pt_BR", "cpf"),
    "nl": ("nl_NL", "ssn"),
    "fi": ("fi_FI", "ssn"),
    "se": ("sv_SE", "ssn"),
    "no": ("no_NO", "ssn"),
    "ch": ("de_CH", "ssn"),
    "ee": ("et_EE", "ssn"),
    "hr": ("hr_HR", "ssn"),
    "ro": ("ro_RO", "ssn"),
    "ca": ("en_CA", "ssn"),
    "cn": ("zh_CN", "ssn"),
    "tr": ("tr_TR", "ssn"),
    "cz": ("cs_CZ", "birth_number"),
    "cl": ("es_CL", "person_rut"),
    "mx": ("es_MX", "curp"),
    "be": ("nl_BE", "ssn"),
    "il": ("he_IL", "ssn"),
}
NAMES = {
    "it": "codice fiscale", "es": "DNI", "es_nie": "NIE", "fr": "numéro de sécurité sociale", "pl": "PESEL", "br": "CPF",
    "nl": "BSN", "fi": "henkilötunnus", "se": "personnummer", "no": "fødselsnummer", "ch": "AHV-Nummer",
    "ee": "isikukood", "hr": "OIB", "ro": "CNP", "bg": "ЕГН", "ca": "SIN", "cn": "身份证号", "kr": "주민등록번호",
    "tr": "TC kimlik no", "cz": "rodné číslo", "in": "Aadhaar", "cl": "RUT", "mx": "CURP", "gb": "National Insurance",
    "dk": "CPR-nummer", "be": "rijksregisternummer", "pt": "NIF", "il": "תעודת זהות", "za": "SA ID number",
}  # fmt: skip
TUNE = [
    "Please send the signed form to {EMAIL_ADDRESS} before Friday.",
    "{name} <{EMAIL_ADDRESS}> wrote on 12 March 2024:",
    "Contact: {EMAIL_ADDRESS}, {PHONE_NUMBER}",
    "You can call {name} at {PHONE_NUMBER} after 6 pm.",
    "Tel. {PHONE_NUMBER}, fax {PHONE_NUMBER}",
    "My phone number is {PHONE_NUMBER}. Don't share it!",
    "{name}\n{street}\n{city}\n{PHONE_NUMBER}\n{EMAIL_ADDRESS}",
    "I lost my card {CREDIT_CARD} yesterday, can you block it?",
    "Card number: {CREDIT_CARD}, valid thru 09/27, CVC 123",
    "charge {CREDIT_CARD} for order 20240115-0042 of $1,204.99",
    "Her SSN is {US_SSN} and she was born on 1984-02-11.",
    "SSN: {US_SSN}",
    "{name}, {US_SSN}, {city}",
    "Transfer the 250.00 EUR to {IBAN_CODE} (ref. 2024/118).",
    "IBAN {IBAN_CODE} BIC COBADEFFXXX",
    "Login from {IP_ADDRESS} at 2024-05-01 12:31:07 failed.",
    "The server {IP_ADDRESS} is not answering; try port 8080.",
    "Version 2.10.4 was released on 2019-05-06, with 1,204,331 downloads in 365 days.",
    "ISBN 978-3-16-148410-0, pages 112-118, doi 10.1000/182, 1999-2004.",
    "See sections 3.2.1.4 and 12.4.1, figure 20, table 2014-05, page 1234567.",
    "Order 4839201 (2024-11-02 10:15) has 12 x 10-32 screws, part no. 555-0199-22.",
    "x = 3.14159265358979 + 2147483647 * 0x7fffffff - 1234567890",
    "In 1914 1915 1916 1917 the price rose by 12.5 12.7 13.1 14.0 percent.",
]
CHECK = [
    "Could you forward this to {EMAIL_ADDRESS}? Thanks, {name}",
    "E-mail: {EMAIL_ADDRESS}",
    "we'll reach you under {PHONE_NUMBER} tomorrow",
    "Phone: {PHONE_NUMBER}",
    "{name} ({PHONE_NUMBER}) will attend.",
    "If you need anything, ring me: {PHONE_NUMBER}!",
    "{name}, {city}, {PHONE_NUMBER}, {EMAIL_ADDRESS}",
    "Is there a fee on {CREDIT_CARD}?",
    "Paid with {CREDIT_CARD} on 03.11.2023",
    "what's the balance of credit card {CREDIT_CARD}",
    "my social security number is {US_SSN}",
    "Applicant {name} / {US_SSN} / {city}",
    "please credit {IBAN_CODE} with 1.500,00",
    "Account: {IBAN_CODE}",
    "ping {IP_ADDRESS} gives no answer",
    "blocked address {IP_ADDRESS} after 5 attempts",
    "Python 3.11.4, numpy 1.26.4 and 4.18.0-477.13.1 kernels were used on 2023-08-08.",
    "The 1990-1995 series, vol. 12, no. 3, pp. 233-245, has ISSN 0378-5955.",
    "UPC 036000291452, EAN 4006381333931, lot 20230817-11, qty 1000000",
    "coords 52.520008, 13.404954 at 1691500800 (epoch)",
]

Made = tuple[str, list[tuple[str, int, int]]]


def make(frames: list[str], count: int, seed: int) -> Iterator[Made]:
    """Texts and their spans (kind, start, end in characters); `count` of each frame."""
    draw = random.Random(seed)
    Faker.seed(seed)
    fakes = {locale: Faker(locale) for locale in {*PHONES, *(locale for locale, _ in IDS.values())}}
    values = _values(fakes, draw)
    for frame in frames:
        for _ in range(count):
            yield _fill(frame, values)


def make_ids(count: int, seed: int) -> Iterator[tuple[str, str, bool]]:
    """Country, a sentence that names its identity number, and whether the number is one.

    Each true number is followed by one with a digit changed, which the check digit must tell.
    """
    draw = random.Random(seed)
    Faker.seed(seed)
    for key, (locale, method) in IDS.items():
        fake = getattr(Faker(locale), method)
        for _ in range(count):
            value = str(fake())
            frame = draw.choice(["{0}: {1}", "her {0} is {1}.", "{1} ({0})", "{0} {1}, Anna"])
            yield key, frame.format(NAMES[key], value), True
            places = [m.start() for m in re.finditer(r"\d", value)]
            at = places[-draw.randint(1, 2)]
            other = draw.choice([digit for digit in "0123456789" if digit != value[at]])
            yield key, frame.format(NAMES[key], value[:at] + other + value[at + 1 :]), False


def _values(fakes: dict[str, Faker], draw: random.Random) -> dict[str, Callable[[], str]]:
    some = list(fakes.values())
    us = fakes["en_US"]

    def card() -> str:
        number = us.credit_card_number()
        if len(number) == 16 and draw.random() < 0.5:
            sign = draw.choice(" -")
            return sign.join(number[i : i + 4] for i in range(0, 16, 4))
        return number

    def iban() -> str:
        value = draw.choice(
            [fakes["de_DE"], fakes["en_GB"], fakes["fr_FR"], fakes["es_ES"], fakes["pl_PL"]]
        ).iban()
        return " ".join(value[i : i + 4] for i in range(0, len(value), 4)) if draw.random() < 0.4 else value

    return {
        "EMAIL_ADDRESS": lambda: draw.choice([us.email, us.free_email, us.company_email])(),
        "PHONE_NUMBER": lambda: fakes[draw.choice(PHONES)].phone_number(),
        "CREDIT_CARD": card,
        "US_SSN": us.ssn,
        "IBAN_CODE": iban,
        "IP_ADDRESS": lambda: us.ipv4_public() if draw.random() < 0.7 else us.ipv6(),
        "name": lambda: draw.choice(some).name(),
        "city": lambda: us.city(),
        "street": lambda: us.street_address(),
    }


def _fill(frame: str, values: dict[str, Callable[[], str]]) -> Made:
    text, spans = "", []
    for piece in re.split(r"(\{\w+\})", frame):
        kind = piece[1:-1]
        value = values[kind]() if piece.startswith("{") else piece
        if piece.startswith("{") and kind.isupper():
            spans.append((kind, len(text), len(text) + len(value)))
        text += value
    return text, spans
