"""Sentences in 19 languages with personal data at known places, and traps: written before any output was seen.

    PYTHONPATH=tests/gates python -c "import privacy_held; privacy_held.write()" > tests/gates/golds/privacy_held.jsonl

Values are Faker's and libphonenumber's own (`phonenumbers`): numbers of a region that are valid by its plan, in national
and international writing, with dots, slashes, hyphens and extensions. Half `chosen` may be looked at, `judged` is only
counted: its frames are others, and six of its languages are in no other half. What is private or local of IP
addresses is labelled `IP_PRIVATE`: neither missed nor false.
"""

# ruff: noqa: E501, RUF001 - sentences that would be worse in pieces, and of many languages
import json
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

REGIONS = {
    "en": ["en_US", "en_US", "en_US", "en_GB", "en_CA", "en_AU", "en_IN", "en_IE", "en_NZ"],
    "de": ["de_DE", "de_AT", "de_CH"], "fr": ["fr_FR", "fr_BE", "fr_CH", "fr_CA"], "es": ["es_ES", "es_MX", "es_AR", "es_CO", "es_CL"],
    "it": ["it_IT"], "nl": ["nl_NL", "nl_BE"], "pl": ["pl_PL"], "pt": ["pt_BR", "pt_PT"], "sv": ["sv_SE"], "cs": ["cs_CZ"],
    "da": ["da_DK"], "fi": ["fi_FI"], "ja": ["ja_JP"],
    "no": ["no_NO"], "hu": ["hu_HU"], "ro": ["ro_RO"], "tr": ["tr_TR"], "el": ["el_GR"], "sk": ["sk_SK"],
}  # fmt: skip
BANKS = ["de_DE", "de_AT", "de_CH", "fr_FR", "es_ES", "it_IT", "nl_NL", "nl_BE", "pl_PL", "pt_PT", "en_GB", "en_IE", "fi_FI", "no_NO"]  # fmt: skip
CHOSEN = """
en|Give us a ring on {PHONE} any weekday.
en|For bookings: {PHONE} (office hours 9-5)
en|Dr. {name}, {city} | {PHONE} | {EMAIL}
en|Hey, it's {name}, my new cell is {PHONE}, text me later
en|Sales {PHONE}, Support {PHONE}, Fax {PHONE}
en|I tried {PHONE} twice on 14/03/2022 and nobody picked up.
en|Home Phone: {PHONE}; Work Phone: {PHONE}
en|Emergency contact {name}: {PHONE}
en|lost wallet, reward offered, {PHONE}
en|To: {name} <{EMAIL}>; Cc: {EMAIL}
en|<a href="mailto:{EMAIL}">write to me</a>
en|My PayPal is {EMAIL}, send the 25$ there.
en|Visa {CARD} exp 04/28
en|I used {CARD} at the hotel and was billed twice.
en|PAN={CARD}&amount=19.99
en|ss# {SSN}, DOB 07/04/1971
en|His Social Security card reads {SSN}.
en|taxpayer {name} ({SSN}) owes $4,310.22
en|Failed password for root from {IP} port 52114 ssh2
en|{IP} - - [10/Oct/2023:13:55:36 +0000] "GET /index.html HTTP/1.1" 200 2326
en|Add {IP} to the allow list of the firewall.
en|The box answers at http://{IP}/admin and on {PRIVATE} inside.
en|eth0 has address {PRIVATE}, the tunnel ends at {IP}
en|Please wire the deposit to {IBAN} by Monday.
en|iban: {iban}
de|Rufen Sie mich bitte unter {PHONE} zurück.
de|{name}, {city}, Tel.: {PHONE}, Fax: {PHONE}
de|Überweisung an {IBAN}, Verwendungszweck Rechnung 2023-117
de|Mobil {PHONE} oder per Mail an {EMAIL}
de|Kontoinhaber {name}, IBAN {IBAN}, BIC DEUTDEFF
fr|Vous pouvez me joindre au {PHONE} après 18 h.
fr|Tél : {PHONE} - Courriel : {EMAIL}
fr|Merci de virer le loyer sur le compte {IBAN}.
es|Llámame al {PHONE} cuando puedas.
es|Teléfono: {PHONE} / Correo: {EMAIL}
es|La cuenta es {IBAN}, a nombre de {name}.
it|Il mio numero è {PHONE}, chiamami dopo cena.
it|Per informazioni: tel. {PHONE}, e-mail {EMAIL}
it|Bonifico su {IBAN} intestato a {name}
nl|Bel me op {PHONE} of mail naar {EMAIL}.
nl|Graag overmaken op {IBAN} t.n.v. {name}
pl|Proszę dzwonić pod numer {PHONE}.
pl|Konto: {IBAN}, tel. {PHONE}
pt|Meu telefone é {PHONE}, me liga amanhã.
pt|Contato: {PHONE}, {EMAIL}
sv|Ring mig på {PHONE} så tar vi det.
sv|Telefon: {PHONE}, e-post: {EMAIL}
cs|Zavolejte mi na {PHONE}.
cs|Kontakt: {name}, tel.: {PHONE}, {EMAIL}
da|Du kan fange mig på {PHONE}.
da|Tlf. {PHONE}, mail {EMAIL}
fi|Soita numeroon {PHONE} ennen klo 16.
fi|Puh. {PHONE}, sähköposti {EMAIL}
ja|お電話は {PHONE} までお願いします。
ja|連絡先: {PHONE} / {EMAIL}
-|Upgrade from {version} to {version} fixes CVE-2021-{d4}.
-|The build {version}.{d4} of {date} needs libc 2.3{d1} and kernel 5.15.0-{d3}.{d2}.
-|See RFC {d4}, section {d1}.{d1}.{d1}.{d1}, and ISO 8601-1:2019.
-|Order no. {d3}-{d7}-{d7}, placed {date}, ships in 3-5 days.
-|ISBN {isbn13}, {isbn10}, 2nd edition, {d3} pages.
-|The hut is at {lat}, {lon} ({d4} m above the sea).
-|Was {price} now {price}, you save {d2}%; item {d8}.
-|EAN {ean13}, lot {d6}-{d2}, best before {date}.
-|Populations: {d3},{d3},{d3} in 1990 and {d3} {d3} {d3} in 2020.
-|commit {hex40} of {date} {time} touches {d3} files (+{d4}, -{d3})
-|from 1990-1994 to 2001-2005 the index moved 101.2 104.5 99.8 120.1
-|UUID {uuid}, MAC {mac}, size {d9} bytes
-|timestamp {epoch}, duration {d5} ms, seq {d8}
-|The scores were 21-19 15-21 21-18 and 110 to 98.
-|git clone git@github.com:acme/{d4}.git && cd {d4}
-|flight BA{d4} on {date}, seat {d2}C, ticket 125-{d10}
-|Invoice {d4}/{d2}/{d5}: net {price}, VAT {price}, total {price}.
-|pp. {d3}-{d3}, vol. {d2}({d1}), doi:10.1{d3}/j.{d4}.{d2}.{d3}
-|x = [{d3}, {d3}, {d3}, {d4}, {d5}]; y = {d1}.{d10}
-|Model X{d3}-{d4}-{d2}, 12 V, 1.5 A, 100-240 V, 50/60 Hz
"""
JUDGED = """
en|You may reach our front desk at {PHONE} at any hour.
en|Ask for {name} ({PHONE}) at the gate.
en|{name}
{city}
{PHONE}
{EMAIL}
en|pls call {PHONE} asap!!
en|Cell {PHONE}, landline {PHONE}
en|we met in {city}, here's my number again {PHONE}
en|RSVP by {date} to {PHONE} or {EMAIL}.
en|Missed call from {PHONE} at 10:42
en|WhatsApp {PHONE} for prices and pictures
en|On Tue, 4 Jun 2019 at 09:12, {name} <{EMAIL}> wrote:
en|login={EMAIL}&next=/home
en|Author: {name} ({EMAIL}), reviewed 2020-02-03
en|Could you refund my Mastercard {CARD}, please?
en|Card: {CARD} CVV: 914
en|They asked me to read out {CARD} over the line.
en|SSN {SSN} / employee {d6}
en|Form W-2 for {name}, {SSN}, {city}
en|my social is {SSN}, please delete it from your files
en|banned {IP} for spamming the wiki
en|remote host {IP}:{d4} closed the connection
en|DNS A record: shop.example.net -> {IP}
en|Our office router is {PRIVATE}; its public side is {IP}.
en|traceroute to {IP}, 30 hops max, first hop {PRIVATE}
en|Rent goes to account {IBAN} each month.
en|send it to {iban} thanks
de|Ich bin ab morgen unter {PHONE} erreichbar.
de|{name} | {city} | Telefon {PHONE} | Telefax {PHONE}
de|Bitte zahlen Sie auf das Konto {IBAN} ein.
de|Handynummer: {PHONE}, E-Mail: {EMAIL}
fr|Appelez le {PHONE} pour prendre rendez-vous.
fr|{name}, {city}, {PHONE}, {EMAIL}
fr|RIB : {IBAN}, titulaire {name}
es|Mi móvil es el {PHONE}.
es|Para más información, {PHONE} o {EMAIL}
es|Ingreso en {IBAN} antes del día 5
it|Chiamate il {PHONE} per un preventivo.
it|Cell. {PHONE}, {EMAIL}
it|Coordinate bancarie: {IBAN}
nl|Telefoonnummer {PHONE}, e-mailadres {EMAIL}
nl|Mijn rekening is {IBAN}.
pl|Mój telefon to {PHONE}, napisz też na {EMAIL}
pl|Wpłata na rachunek {IBAN}
pt|Ligue para {PHONE} e fale com {name}.
pt|Telemóvel {PHONE}; e-mail {EMAIL}
sv|Mobilnummer {PHONE}, {EMAIL}
sv|Hör av dig på {PHONE}!
cs|Moje číslo je {PHONE}.
cs|Mobil {PHONE}, e-mail {EMAIL}
da|Ring til {name} på {PHONE}.
da|Telefon {PHONE} (kl. 9-15)
fi|Puhelinnumeroni on {PHONE}.
fi|Tavoitat minut numerosta {PHONE} tai osoitteesta {EMAIL}
ja|電話番号は{PHONE}です。
ja|TEL {PHONE} FAX {PHONE}
no|Ring meg på {PHONE} i morgen.
no|Telefon: {PHONE}, e-post: {EMAIL}
hu|Hívjon a {PHONE} számon.
hu|Telefon: {PHONE}, e-mail: {EMAIL}
ro|Sunați la {PHONE} pentru programări.
ro|Telefon: {PHONE}, e-mail: {EMAIL}
tr|Beni {PHONE} numarasından arayın.
tr|Tel: {PHONE}, e-posta: {EMAIL}
el|Καλέστε στο {PHONE} μετά τις πέντε.
el|Τηλ. {PHONE}, e-mail {EMAIL}
sk|Volajte na {PHONE}.
sk|Tel.: {PHONE}, {EMAIL}
-|Requires node >= {version}, npm {version} and python 3.1{d1}.{d1}.
-|Firmware {d1}.{d2}.{d1}.{d2} replaces {d1}.{d2}.{d1}.{d1} since {date}.
-|clause {d1}.{d1}.{d2}.{d1} of the contract of {date}
-|Your parcel 1Z{d3}{d3}{d2}{d8} left the depot at {time}.
-|ISBN-13: {isbn13}; ISBN-10: {isbn10}; OCLC {d9}
-|GPS {lat} N {lon} E, accuracy {d2} m
-|Only {price} (RRP {price})! SKU {d4}-{d4}-{d2}
-|UPC {d12}, batch {d4}/{d4}, use by {date}
-|Budget: 1 {d3} {d3} EUR in 2019, {d3}.{d3}.{d3} EUR in 2020.
-|md5 {hex32}, sha1 {hex40}, built {date} {time}
-|Seasons 1998-99 2003-04 2010-11; attendance {d2},{d3}
-|session {uuid} from device {mac} lasted {d6} ms
-|"created_at": {epoch}, "id": {d10}, "user_id": {d8}
-|won 6-4 3-6 7-6 (7-4) after 2:48:31
-|pip install foo=={version} bar=={version} # pinned {date}
-|Case no. {d2}-cv-{d5}, docket {d4}-{d4}, filed {date}
-|Rechnung Nr. {d8} vom {date}, Kundennummer {d7}, Betrag {price}
-|J. Phys. {d2}, {d4}-{d4} ({d4}); arXiv:2{d1}0{d1}.{d5}
-|mean {d2}.{d6}, sd {d1}.{d6}, n = {d7}, p = 0.{d4}
-|Part 8{d2}-{d3}-{d2}, bolts 10-24 x 3/4, tolerance +0.{d3}/-0.{d3}
"""
Labelled = tuple[str, str, list[tuple[str, int, int]]]
KINDS = {"PHONE": "PHONE_NUMBER", "EMAIL": "EMAIL_ADDRESS", "CARD": "CREDIT_CARD", "SSN": "US_SSN",
         "IP": "IP_ADDRESS", "PRIVATE": "IP_PRIVATE", "IBAN": "IBAN_CODE", "iban": "IBAN_CODE"}  # fmt: skip


def read() -> Iterator[Labelled]:
    """Half, text and spans (kind, start, end in characters) of each sentence."""
    path = Path(__file__).parent / "golds/privacy_held.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines():
        half, text, spans = json.loads(line)
        yield half, text, [tuple(span) for span in spans]


def make(seed: int) -> Iterator[Labelled]:
    """Twelve sentences of each frame with personal data, eight of each trap."""
    for half, frames in (("chosen", CHOSEN), ("judged", JUDGED)):
        draw = random.Random(f"{seed} {half}")
        values = Values(draw, seed + (half == "judged"))
        for language, frame in re.findall(
            r"^(\w\w|-)\|((?:.|\n(?!\w\w\||-\|))+)", frames.strip(), re.MULTILINE
        ):
            for _ in range(8 if language == "-" else 12):
                yield half, *fill(frame, values.draw(language))


def fill(frame: str, value: Callable[[str], str]) -> tuple[str, list[tuple[str, int, int]]]:
    text, spans = "", []
    for piece in re.split(r"(\{\w+\})", frame):
        name = piece[1:-1]
        filled = value(name) if piece.startswith("{") else piece
        if name in KINDS and piece.startswith("{"):
            spans.append((KINDS[name], len(text), len(text) + len(filled)))
        text += filled
    return text, spans


class Values:
    """Values of a language's regions."""

    def __init__(self, draw: random.Random, seed: int) -> None:
        from faker import Faker

        Faker.seed(seed)
        self.random = draw
        self.fakes = {
            name: Faker(name) for name in {*BANKS, *(each for some in REGIONS.values() for each in some)}
        }

    def draw(self, language: str) -> Callable[[str], str]:
        locale = self.random.choice(REGIONS.get(language, REGIONS["en"]))
        fake = self.fakes[locale]

        def value(name: str) -> str:
            if re.fullmatch(r"d\d+", name):
                return str(self.random.randint(1, 9)) + "".join(
                    self.random.choice("0123456789") for _ in range(int(name[1:]) - 1)
                )
            if name.startswith("hex"):
                return "".join(self.random.choice("0123456789abcdef") for _ in range(int(name[3:])))
            made = {
                "PHONE": lambda: self.phone(locale), "EMAIL": lambda: self.mail(locale), "CARD": self.card,
                "SSN": self.ssn, "IP": self.ip, "PRIVATE": lambda: fake.ipv4_private(), "IBAN": self.iban,
                "iban": lambda: self.fakes[self.random.choice(BANKS)].iban().lower(),
                "name": lambda: fake.name(), "city": lambda: fake.city(), "version": self.version,
                "date": self.date, "time": lambda: fake.time(), "isbn13": lambda: fake.isbn13(),
                "isbn10": lambda: fake.isbn10(), "ean13": lambda: fake.ean13(), "price": self.price,
                "lat": lambda: str(fake.latitude()), "lon": lambda: str(fake.longitude()),
                "uuid": lambda: str(fake.uuid4()), "mac": lambda: fake.mac_address(),
                "epoch": lambda: str(self.random.randint(10**9, 17 * 10**8)),
            }  # fmt: skip
            return made[name]()

        return value

    def phone(self, locale: str) -> str:
        import phonenumbers as known

        if self.random.random() < 0.4:
            return self.fakes[locale].phone_number()
        region = locale[3:]
        some = (
            known.PhoneNumberType.MOBILE if self.random.random() < 0.5 else known.PhoneNumberType.FIXED_LINE
        )
        like = known.example_number_for_type(region, some) or known.example_number(region)
        digits = str(like.national_number)
        number = like
        for _ in range(200):
            tail = "".join(self.random.choice("0123456789") for _ in range(min(6, len(digits) - 2)))
            other = known.parse("+" + str(like.country_code) + digits[: -len(tail)] + tail, None)
            if known.is_valid_number(other):
                number = other
                break
        forms = known.PhoneNumberFormat
        form = self.random.choice(
            [forms.NATIONAL, forms.NATIONAL, forms.INTERNATIONAL, forms.INTERNATIONAL, forms.E164]
        )
        text = known.format_number(number, form)
        other = self.random.random()
        if other < 0.15:
            text = text.replace(" ", ".").replace("-", ".")
        elif other < 0.25:
            text = text.replace(" ", "/", 1) if form == forms.NATIONAL else text.replace(" ", "-")
        elif other < 0.33:
            text += self.random.choice([" ext. ", " x", " ext ", "x"]) + str(self.random.randint(10, 9999))
        return text

    def mail(self, locale: str) -> str:
        fake = self.fakes[locale]
        text = str(self.random.choice([fake.email, fake.free_email, fake.company_email, fake.ascii_email])())
        other = self.random.random()
        if other < 0.1:
            return text.replace("@", "+news@")
        return text.replace("@", f"{self.random.randint(1, 99)}@mail.") if other < 0.2 else text

    def card(self) -> str:
        kind = self.random.choice(
            ["visa16", "visa16", "mastercard", "mastercard", "amex", "discover", "diners", "jcb16", "maestro"]
        )
        number = self.fakes["en_US"].credit_card_number(kind)
        sign = self.random.choice(["", " ", "-"])
        if kind == "amex":
            return sign.join((number[:4], number[4:10], number[10:]))
        return sign.join(number[i : i + 4] for i in range(0, len(number), 4)) if len(number) == 16 else number

    def ssn(self) -> str:
        text = self.fakes["en_US"].ssn()
        return self.random.choice([text, text, text.replace("-", " "), text.replace("-", "")])

    def ip(self) -> str:
        fake = self.fakes["en_US"]
        return fake.ipv4_public() if self.random.random() < 0.75 else fake.ipv6()

    def iban(self) -> str:
        text = self.fakes[self.random.choice(BANKS)].iban()
        grouped = " ".join(text[i : i + 4] for i in range(0, len(text), 4))
        return self.random.choice([text, grouped, grouped, text])

    def version(self) -> str:
        parts = [self.random.randint(0, 12), self.random.randint(0, 30), self.random.randint(0, 20)]
        more = [self.random.randint(0, 40)] if self.random.random() < 0.5 else []
        return ".".join(map(str, parts + more))

    def date(self) -> str:
        day = self.fakes["en_US"].date_between("-30y", "today")
        return day.strftime(
            self.random.choice(["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%d %m %Y"])
        )

    def price(self) -> str:
        amount = self.random.randint(1, 9_999_999) / 100
        return self.random.choice(
            [f"${amount:,.2f}", f"{amount:.2f} EUR", f"€{amount:,.2f}", f"{amount:,.2f}".replace(",", " ")]
        )


def write(seed: int = 7) -> None:
    """Print the lines of the file."""
    for half, text, spans in make(seed):
        print(json.dumps([half, text, spans], ensure_ascii=False))
