"""Planted errors of names and sentences that are invented; names as in replanted_values.py."""

import random
import re

from replanted_clauses import split
from replanted_forms import Change, Form, Match, listed, other

_MEN = listed(
    "James John Robert William Charles George Thomas Henry Edward Richard Joseph Peter Paul "
    "David Michael Alan Albert Arthur Frank Walter Samuel Daniel Louis Frederick Alexander "
    "Andrew Stephen Steven Mark Martin Philip Simon Roger Eric Donald Ronald Kenneth Harold "
    "Ernest Leonard Karl Hans Friedrich Wilhelm Johann Otto Victor Ivan Boris Andrei Buzz Neil"
)
_WOMEN = listed(
    "Mary Elizabeth Anne Anna Margaret Jane Sarah Catherine Alice Emma Helen Ruth Dorothy Julia "
    "Maria Susan Rosalind Martha Ellen Laura Judith Fanny Harriet Marianne Elinor Lydia "
    "Charlotte"
)
_LAST = listed(
    "Harrison Caldwell Whitmore Lindqvist Brennan Okafor Prescott Vandermeer Sutherland "
    "Marchetti Ashworth Delacroix Petersen Kowalski Hargrove Fairbairn"
)
_COUNTRIES = listed(
    "France Germany Spain Italy England Scotland Ireland Canada Australia Japan China India "
    "Russia Brazil Mexico Argentina Angola Albania Algeria Egypt Greece Turkey Poland Austria "
    "Belgium Portugal Sweden Norway Denmark Finland Switzerland Israel Iran Iraq Pakistan "
    "Afghanistan Cuba Peru Chile Kenya Nigeria Ethiopia Armenia Azerbaijan Andorra Aruba"
)
_CONTINENTS = listed("Antarctica Europe Africa Asia America Australia Oceania")
_CITIES = listed(
    "London Paris Berlin Rome Moscow Vienna Madrid Lisbon Athens Cairo Tokyo Beijing Boston "
    "Chicago Toronto Montreal Seattle Dublin Edinburgh Brussels Amsterdam Stockholm Oslo "
    "Helsinki Prague Warsaw Budapest Venice Florence Naples Geneva Zurich Munich Hamburg "
    "Hollywood Oxford Cambridge Bath Longbourn Meryton Hartfield Highbury Netherfield Barton "
    "Mansfield"
)
_STATES = listed(
    "Alabama Alaska Arizona Arkansas California Colorado Florida Georgia Illinois Indiana Iowa "
    "Kansas Kentucky Louisiana Maine Maryland Massachusetts Michigan Minnesota Mississippi "
    "Missouri Montana Nebraska Nevada Ohio Oklahoma Oregon Pennsylvania Tennessee Texas Utah "
    "Vermont Virginia Wisconsin Wyoming Alberta Ontario Quebec Manitoba"
)
_PEOPLES = listed(
    "French German Spanish Italian English Scottish Irish Canadian Australian Japanese Chinese "
    "Indian Russian Brazilian Mexican Greek Turkish Polish Austrian Belgian Portuguese Swedish "
    "Norwegian Danish Finnish Swiss Israeli Iranian Arab Arabic Jewish Roman British American "
    "Dutch Soviet Latin Hebrew Persian Hungarian"
)
_PRODUCT_PAIRS = (
    "Python|Perl; PostgreSQL|MySQL; Debian|Fedora; Ubuntu|Arch; Linux|FreeBSD; Windows|macOS; "
    "GNU|BSD; Unix|VMS; Perl|Ruby; Java|Pascal; SQL|XQuery; Emacs|Vim; GNOME|KDE; Google|Yahoo; "
    "Facebook|Twitter; Apple|Dell; Microsoft|Oracle; Amazon|eBay; Docker|Podman; PARI|Maxima; "
    "GP|Sage; TCP|UDP; UDP|TCP; HTTP|FTP; IPv4|IPv6; ASCII|Latin-1; Unicode|ASCII; UTF-8|UTF-16; "
    "NASA|ESA; NATO|the Warsaw Pact; UNESCO|UNICEF; YouTube|Vimeo; Android|iOS; PL/pgSQL|PL/Perl; "
    "OpenSSL|GnuTLS; glibc|musl; Apollo|Gemini; VACUUM|ANALYZE; SELECT|DELETE; INSERT|UPDATE; "
    "DELETE|TRUNCATE; TRUE|NULL; NULL|zero; COMMIT|ROLLBACK"
)
_PRODUCTS = dict(pair.split("|") for pair in _PRODUCT_PAIRS.split("; "))
_FAITHS = listed("Christian Muslim Jewish Buddhist Hindu Catholic Protestant Orthodox")
_OFFICES = listed(
    "president king queen emperor bishop governor mayor senator secretary ambassador director "
    "chairman professor"
)
_SPECIES = listed(
    "wolves wolf dogs dog cats cat horses horse cattle sheep goats fish birds salmon cod whales "
    "lions ants bees termites"
)
_ELEMENTS = listed(
    "hydrogen helium oxygen nitrogen carbon iron copper gold silver aluminium aluminum lead "
    "zinc sodium potassium uranium americium argon arsenic antimony astatine chlorine sulfur"
)
_NO_SUBJECT = re.compile(
    "(?:"
    + "|".join(
        listed(
            "It This That There These They He She What If When In On At As Some One Another Here Which "
            "For His Her Its But And Such While Although Note By With To You We I Yet Despite After "
            "Before Since Most Many Both Each Two Other Others Nobody All Now Then Also Several Few Who "
            "Thus Hence Just Their Our Your My Not So Or How Why Where Without During From Under Unlike "
            "Like Because Until Once According Lastly Finally Later"
        )
    )
    + r")\b"
)
_CAPITAL = r"[A-Z][a-zé]{3,}(?: [A-Z][a-zé]{2,})*(?![A-Za-z])"
_MID = r"(?<=[a-z] )" + _CAPITAL


def _alternatives(words: list[str]) -> str:
    return r"\b(?:" + "|".join(words) + r")\b"


def _same(words: list[str]) -> tuple[str, Change]:
    return _alternatives(words), other(words)


def _swap(found: Match, draw: random.Random) -> str | None:
    a, b, between = found["a"], found["b"], found["m"]
    if (
        a == b
        or a in b
        or b in a
        or re.fullmatch(r"(?:,|,? and|,? or|,? and the)? ?", between)
        or not re.search(r"[a-z]{4,}", between)
    ):
        return None
    if re.search(r"\band $|\bor $|, $", between) and between.count(" ") < 4:
        return None
    return f"{b}{between}{a}"


def _initial(found: Match, draw: random.Random) -> str:
    return draw.choice([c for c in "BDGHKLMNPRTW" if c != found[0][0]]) + found[0][1:]


def _letters(found: Match, draw: random.Random) -> str | None:
    text = found[0]
    n = draw.randrange(len(text) - 1)
    return (
        text[:n] + text[n + 1] + text[n] + text[n + 2 :]
        if text[n] != text[n + 1] and not re.fullmatch("[IVXLC]+", text)
        else None
    )


def _surname(found: Match, draw: random.Random) -> str:
    return f"{found[1]} {draw.choice(_LAST)}"


_FIRST = "|".join(_MEN + _WOMEN)
NAMES: list[Form] = [
    ("first name of a man", rf"\b(?:{'|'.join(_MEN)})(?= (?:[A-Z]\. )?[A-Z][a-z]+)", other(_MEN)),
    ("first name of a woman", rf"\b(?:{'|'.join(_WOMEN)})\b", other(_WOMEN)),
    ("last name", rf"\b({_FIRST}) (?!I|V|X|and|was|of)[A-Z][a-z]{{3,}}\b", _surname),
    ("initials", r"\b[A-Z]\.(?= (?:[A-Z]\. )?[A-Z][a-z]+)(?<!\d [A-Z]\.)", _initial),
    (
        "name after a title",
        (
            r"\b(Mr\.|Mrs\.|Miss|Dr\.|Sir|Lady|President|Colonel|Captain|General|Senator|"
            r"King|Queen|Lord|Professor|Emperor|Prince) [A-Z][a-z]{2,}\b(?! of)"
        ),
        lambda m, d: f"{m[1]} {d.choice(_LAST)}",
    ),
    ("country", *_same(_COUNTRIES)),
    ("continent", *_same(_CONTINENTS)),
    ("city", *_same(_CITIES)),
    ("state or province", _alternatives(_STATES) + r"(?! River)", other(_STATES)),
    (
        "nationality or language",
        r"(?<!Latin )(?<!South )(?<!North )(?<!African )" + _alternatives(_PEOPLES) + r"(?= [a-z])",
        other(_PEOPLES),
    ),
    (
        "product or program",
        r"\b(?:" + "|".join(map(re.escape, _PRODUCTS)) + r")\b(?![-./(])",
        lambda m, d: _PRODUCTS[m[0]],
    ),
    ("faith", *_same(_FAITHS)),
    ("office", *_same(_OFFICES)),
    ("kind of animal", *_same(_SPECIES)),
    ("element", *_same(_ELEMENTS)),
    (
        "university",
        r"\b(?:University of [A-Z][a-z]+(?: [A-Z][a-z]+)?|[A-Z][a-z]+ University)\b",
        lambda m, d: d.choice(
            ["University of Leeds", "Cornell University", "University of Utrecht", "Tulane University"]
        ),
    ),
    (
        "organisation",
        (
            r"\b(?!The |In |On )[A-Z][a-z]+(?: (?:of|for|and|the|[A-Z][a-z]+)){0,4} (?:Association|"
            r"Institute|Society|Party|Committee|Commission|Department|Company|Corporation|"
            r"Foundation|Agency|Council|League|Museum|Library|Church)\b"
        ),
        lambda m, d: (
            f"{d.choice(['Northern', 'Central', 'Royal', 'Liberal', 'Pacific', 'Federal'])} "
            f"{m[0].split()[-1]}"
        ),
    ),
    (
        "river, sea, mountain",
        (
            r"\b(?:[A-Z][a-z]+ (?:River|Sea|Ocean|Lake|Bay|Desert|Mountains|Valley|Island|"
            r"Islands|Strait|Gulf))\b"
        ),
        lambda m, d: (
            f"{d.choice(['Arden', 'Severn', 'Kara', 'Timor', 'Bering', 'Tarim'])} {m[0].split()[-1]}"
        ),
    ),
    ("letters of an acronym", r"\b[A-Z]{3,5}\b(?![-./(_])", _letters),
    ("two names swapped", rf"(?P<a>{_MID})(?P<m>[^.;:|\n\"]{{8,70}}?)(?P<b>(?<=[a-z] ){_CAPITAL})", _swap),
    ("a name by another of the passage", _MID, lambda m, d: None),  # made by `another`
    (
        "option or function",
        r"(?<=[a-z] )(?:--[a-z][a-z-]+|[a-z_]{3,}\(\))",
        lambda m, d: (
            d.choice(["--verbose", "--dry-run", "--quiet"])
            if m[0].startswith("--")
            else d.choice(["open()", "flush()", "reset()", "split()"])
        ),
    ),
    (
        "manual's reference",
        r"(?<=[a-z] )[a-z]{2,}(?= ?\([1-8]\))",
        lambda m, d: d.choice(["fcntl", "select", "umask", "mount", "getrlimit"]),
    ),
    (
        "title of a work in quotation marks",
        r"(?<=titled \")[^\"]{4,40}(?=\")|(?<=entitled \")[^\"]{4,40}(?=\")",
        lambda m, d: d.choice(["The Long Road", "Second Harvest", "Northern Light", "A Quiet Place"]),
    ),
    ("planet or moon", *_same(listed("Mars Venus Jupiter Saturn Mercury Uranus Neptune"))),
    (
        "god or hero",
        *_same(
            listed(
                "Zeus Apollo Hera Athena Achilles Hector Odysseus Ares Artemis Poseidon Hermes Patroclus "
                "Agamemnon"
            )
        ),
    ),
]


def another(text: str, draw: random.Random) -> str | None:
    """A name in the middle of a sentence by another name of the text, which stands in another sentence."""
    found = list(re.finditer(_MID, text))
    draw.shuffle(found)
    for match in found:
        near = text[max(0, match.start() - 120) : match.end() + 120]
        others = sorted(
            {m[0] for m in found if m[0] not in near and m[0] not in match[0] and match[0] not in m[0]}
        )
        if others and len(match[0].split()) == len((new := draw.choice(others)).split()):
            return text[: match.start()] + new + text[match.end() :]
    return None


_SAID = re.compile(
    r"((?:The|An?) [a-z-]+(?: [a-z-]+){0,3}|[A-Z][\w\u2019'-]+(?: [A-Z][\w\u2019'-]+){0,3})"
    r" (is|was|are|were|has|can|will|had) ((?!therefore|also|often|then|however|"
    r"usually|thus)[^.;:()\"]{15,110})\."
)


def splice(source: str, parent: str, text: str, draw: random.Random) -> tuple[str, str] | None:
    """What the passage says of one thing, said of another one of it, in a place where a sentence ends."""
    said = [
        (found[1], found[2], found[3])
        for paragraph in split(parent)
        for sentence in paragraph
        if (found := _SAID.fullmatch(sentence))
        and not _NO_SUBJECT.match(found[1])
        and " and " not in found[1]
    ]
    for subject, verb, predicate in draw.sample(said, len(said)):
        others = [
            s for s, v, _ in said if v == verb and not _words(s) & (_words(subject) | _words(predicate))
        ]
        if others and not _words(subject) & _words(predicate):
            sentence = f"{draw.choice(others)} {verb} {predicate}."
            return insert("a subject with another's predicate", sentence, text, draw)
    return None


def _words(text: str) -> set[str]:
    return {word.rstrip("s") for word in re.findall(r"[a-z]{4,}", text.lower())}


def insert(form: str, sentence: str, text: str, draw: random.Random) -> tuple[str, str] | None:
    start = text.find("\n") if re.match(r"(?:[^\n]{0,70}\.|[^\n]*:)\n\n", text) else 0
    ends = [m.end() for m in re.finditer(r"(?<=[a-z]{3}\.)(?= [A-Z]|\n|$| \|)", text) if m.end() > start]
    place = draw.choice(ends) if ends else 0
    return (form, f"{text[:place]} {sentence}{text[place:]}") if ends else None
