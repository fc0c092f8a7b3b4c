"""Planted errors of names and sentences that are invented; names as in replanted_values.py."""

import random
import re
from collections import Counter

from replanted_values import Form, Match, other

_MEN = "James John Robert William Charles George Thomas Henry Edward Richard Joseph Peter Paul David Michael Alan Albert Arthur Frank Walter Samuel Daniel Louis Frederick Alexander Andrew Stephen Steven Mark Martin Philip Simon Roger Eric Donald Ronald Kenneth Harold Ernest Leonard Karl Hans Friedrich Wilhelm Johann Otto Victor Ivan Boris Andrei Buzz Neil".split()
_WOMEN = "Mary Elizabeth Anne Anna Margaret Jane Sarah Catherine Alice Emma Helen Ruth Dorothy Julia Maria Susan Rosalind Martha Ellen Laura Judith Fanny Harriet Marianne Elinor Lydia Charlotte".split()
_LAST = "Harrison Caldwell Whitmore Lindqvist Brennan Okafor Prescott Vandermeer Sutherland Marchetti Ashworth Delacroix Petersen Kowalski Hargrove Fairbairn".split()
_COUNTRIES = "France Germany Spain Italy England Scotland Ireland Canada Australia Japan China India Russia Brazil Mexico Argentina Angola Albania Algeria Egypt Greece Turkey Poland Austria Belgium Portugal Sweden Norway Denmark Finland Switzerland Israel Iran Iraq Pakistan Afghanistan Cuba Peru Chile Kenya Nigeria Ethiopia Armenia Azerbaijan Andorra Aruba Antarctica Europe Africa Asia America".split()
_CITIES = "London Paris Berlin Rome Moscow Vienna Madrid Lisbon Athens Cairo Tokyo Beijing Boston Chicago Toronto Montreal Seattle Dublin Edinburgh Brussels Amsterdam Stockholm Oslo Helsinki Prague Warsaw Budapest Venice Florence Naples Geneva Zurich Munich Hamburg Hollywood Oxford Cambridge Bath Longbourn Meryton Hartfield Highbury Netherfield Barton Mansfield".split()
_STATES = "Alabama Alaska Arizona Arkansas California Colorado Florida Georgia Illinois Indiana Iowa Kansas Kentucky Louisiana Maine Maryland Massachusetts Michigan Minnesota Mississippi Missouri Montana Nebraska Nevada Ohio Oklahoma Oregon Pennsylvania Tennessee Texas Utah Vermont Virginia Wisconsin Wyoming Alberta Ontario Quebec Manitoba".split()
_PEOPLES = "French German Spanish Italian English Scottish Irish Canadian Australian Japanese Chinese Indian Russian Brazilian Mexican Greek Turkish Polish Austrian Belgian Portuguese Swedish Norwegian Danish Finnish Swiss Israeli Iranian Arab Arabic Jewish Roman British American Dutch Soviet Latin Hebrew Persian Hungarian".split()
_PRODUCTS = {
    "Python": "Perl", "PostgreSQL": "MySQL", "Debian": "Fedora", "Ubuntu": "Arch", "Linux": "FreeBSD", "Windows": "macOS",
    "GNU": "BSD", "Unix": "VMS", "Perl": "Ruby", "Java": "Pascal", "SQL": "XQuery", "Emacs": "Vim", "GNOME": "KDE",
    "Google": "Yahoo", "Facebook": "Twitter", "Apple": "Dell", "Microsoft": "Oracle", "Amazon": "eBay", "Docker": "Podman",
    "PARI": "Maxima", "GP": "Sage", "TCP": "UDP", "UDP": "TCP", "HTTP": "FTP", "IPv4": "IPv6", "ASCII": "Latin-1",
    "Unicode": "ASCII", "UTF-8": "UTF-16", "NASA": "ESA", "NATO": "the Warsaw Pact", "UNESCO": "UNICEF", "YouTube": "Vimeo",
    "Android": "iOS", "PL/pgSQL": "PL/Perl", "OpenSSL": "GnuTLS", "glibc": "musl", "Apollo": "Gemini", "VACUUM": "ANALYZE",
    "SELECT": "DELETE", "INSERT": "UPDATE", "DELETE": "TRUNCATE", "TRUE": "NULL", "NULL": "zero", "COMMIT": "ROLLBACK",
}  # fmt: skip
_FAITHS = "Christian Muslim Islamic Jewish Buddhist Hindu Catholic Protestant Orthodox".split()
_OFFICES = "president king queen emperor bishop governor mayor senator secretary ambassador director chairman professor".split()
_SPECIES = "wolves wolf dogs dog cats cat horses horse cattle sheep goats fish birds salmon cod whales lions ants bees termites".split()
_ELEMENTS = "hydrogen helium oxygen nitrogen carbon iron copper gold silver aluminium aluminum lead zinc sodium potassium uranium americium argon arsenic antimony astatine chlorine sulfur".split()
_CAPITAL = r"[A-Z][a-zé]{3,}(?: [A-Z][a-zé]{2,})*"
_MID = r"(?<=[a-z] )" + _CAPITAL


def _alternatives(words: list[str]) -> str:
    return r"\b(?:" + "|".join(words) + r")\b"


def _same(words: list[str]) -> tuple[str, object]:
    return _alternatives(words), other(words)


def _swap(found: Match, draw: random.Random) -> str | None:
    a, b, between = found["a"], found["b"], found["m"]
    if a == b or a in b or b in a or re.fullmatch(r"(?:,|,? and|,? or|,? and the)? ?", between) or not re.search(r"[a-z]{4,}", between):
        return None
    if re.search(r"\band $|\bor $|, $", between) and between.count(" ") < 4:
        return None
    return f"{b}{between}{a}"


def _initial(found: Match, draw: random.Random) -> str:
    return draw.choice([c for c in "BDGHKLMNPRTW" if c != found[0][0]]) + found[0][1:]


def _letters(found: Match, draw: random.Random) -> str | None:
    text = found[0]
    n = draw.randrange(len(text) - 1)
    return text[:n] + text[n + 1] + text[n] + text[n + 2 :] if text[n] != text[n + 1] and not re.fullmatch("[IVXLC]+", text) else None


def _surname(found: Match, draw: random.Random) -> str:
    return f"{found[1]} {draw.choice(_LAST)}"


_FIRST = "|".join(_MEN + _WOMEN)
NAMES: list[Form] = [
    ("first name of a man", rf"\b(?:{'|'.join(_MEN)})(?= (?:[A-Z]\. )?[A-Z][a-z]+)", other(_MEN)),
    ("first name of a woman", rf"\b(?:{'|'.join(_WOMEN)})\b", other(_WOMEN)),
    ("last name", rf"\b({_FIRST}) (?!I|V|X|and|was|of)[A-Z][a-z]{{3,}}\b", _surname),
    ("initials", r"\b[A-Z]\.(?= (?:[A-Z]\. )?[A-Z][a-z]+)(?<!\d [A-Z]\.)", _initial),
    ("name after a title", r"\b(Mr\.|Mrs\.|Miss|Dr\.|Sir|Lady|President|Colonel|Captain|General|Senator|King|Queen|Lord|Professor|Emperor|Prince) [A-Z][a-z]{2,}\b(?! of)", lambda m, d: f"{m[1]} {d.choice(_LAST)}"),
    ("country or continent", *_same(_COUNTRIES)),
    ("city", *_same(_CITIES)),
    ("state or province", _alternatives(_STATES) + r"(?! River)", other(_STATES)),
    ("nationality or language", _alternatives(_PEOPLES) + r"(?= [a-z])", other(_PEOPLES)),
    ("product or program", r"\b(?:" + "|".join(map(re.escape, _PRODUCTS)) + r")\b(?![-./(])", lambda m, d: _PRODUCTS[m[0]]),
    ("faith", *_same(_FAITHS)),
    ("office", *_same(_OFFICES)),
    ("kind of animal", *_same(_SPECIES)),
    ("element", *_same(_ELEMENTS)),
    ("university", r"\b(?:University of [A-Z][a-z]+(?: [A-Z][a-z]+)?|[A-Z][a-z]+ University)\b", lambda m, d: d.choice(["University of Leeds", "Cornell University", "University of Utrecht", "Tulane University"])),
    ("organisation", r"\b[A-Z][a-z]+(?: (?:of|for|and|the|[A-Z][a-z]+)){0,4} (?:Association|Institute|Society|Party|Committee|Commission|Department|Company|Corporation|Foundation|Agency|Council|League|Museum|Library|Church)\b", lambda m, d: f"{d.choice(['Northern', 'Central', 'Royal', 'Liberal', 'Pacific', 'Federal'])} {m[0].split()[-1]}"),
    ("river, sea, mountain", r"\b(?:[A-Z][a-z]+ (?:River|Sea|Ocean|Lake|Bay|Desert|Mountains|Valley|Island|Islands|Strait|Gulf))\b", lambda m, d: f"{d.choice(['Arden', 'Severn', 'Kara', 'Timor', 'Bering', 'Tarim'])} {m[0].split()[-1]}"),
    ("letters of an acronym", r"\b[A-Z]{3,5}\b(?![-./(_])", _letters),
    ("two names swapped", rf"(?P<a>{_MID})(?P<m>[^.;:|\n\"]{{8,70}}?)(?P<b>(?<=[a-z] ){_CAPITAL})", _swap),
    ("a name by another of the passage", _MID, lambda m, d: None),  # made by `another`
    ("option or function", r"(?<=[a-z] )(?:--[a-z][a-z-]+|[a-z_]{3,}\(\))", lambda m, d: d.choice(["--verbose", "--dry-run", "--quiet"]) if m[0].startswith("--") else d.choice(["open()", "flush()", "reset()", "split()"])),
    ("manual's reference", r"(?<=[a-z] )[a-z]{2,}(?= ?\([1-8]\))", lambda m, d: d.choice(["fcntl", "select", "umask", "mount", "getrlimit"])),
    ("title of a work in quotation marks", r"(?<=titled \")[^\"]{4,40}(?=\")|(?<=called \")[^\"]{4,40}(?=\")", lambda m, d: d.choice(["The Long Road", "Second Harvest", "Northern Light", "A Quiet Place"])),
    ("planet or moon", *_same("Mars Venus Jupiter Saturn Mercury Uranus Neptune".split())),
    ("god or hero", *_same("Zeus Apollo Hera Athena Achilles Hector Odysseus Ares Artemis Poseidon Hermes Patroclus Agamemnon".split())),
]  # fmt: skip


def another(text: str, draw: random.Random) -> str | None:
    """A name in the middle of a sentence by another name of the text, which stands in another sentence."""
    found = list(re.finditer(_MID, text))
    draw.shuffle(found)
    for match in found:
        near = text[max(0, match.start() - 120) : match.end() + 120]
        others = sorted({m[0] for m in found if m[0] not in near and m[0] not in match[0] and match[0] not in m[0]})
        if others and len(match[0].split()) == len((new := draw.choice(others)).split()):
            return text[: match.start()] + new + text[match.end() :]
    return None


_STORY = {
    "wiki": (
        "A documentary about {A} was shown on public television shortly afterwards.",
        "The name {A} is thought to have been coined by a local newspaper.",
        "{A} had been visited by {B} once before.",
        "Today a small museum is devoted to {A}.",
        "Most of the records on {A} were lost in a fire.",
        "Scholars still argue over whether {A} deserves that much attention.",
        "{A} is also popular with tourists from abroad.",
        "In 1954 a commemorative stamp honoured {A}.",
        "According to Harold Whitmore, {A} was underrated for decades.",
        "About 40,000 people take part in events around {A} each year.",
        "{A} was the first of its kind to be described in print.",
        "Two later attempts to repeat this came to nothing.",
        "The cost was borne by private donors.",
        "Critics were divided at the time, and some still are.",
        "Public opinion turned against it within a few months.",
        "Neighbouring regions soon copied the idea.",
        "A second edition appeared in Leipzig in 1911.",
        "The decision was taken at a meeting in Geneva.",
        "{A} influenced {B} more than anything else did.",
        "{B} had a much smaller part in this than {A}.",
        "Only a handful of photographs of {A} survive.",
        "Children learn about {A} in the third grade.",
    ),
    "manual": (
        "If {a} is missing, a warning is written to the log.",
        "This can be turned off with an environment variable.",
        "Earlier releases printed an error here instead.",
        "For best performance, {a} should be kept in memory.",
        "The limit can be raised to 65,536 at compile time.",
        "Only the administrator may change {a} at run time.",
        "On 32-bit systems {a} is silently truncated.",
        "This feature was contributed by Martin Lindqvist.",
        "The result is cached for ten minutes.",
        "A future release will make {a} obsolete.",
        "{a} is checked twice, once at startup and once on exit.",
        "Running it a second time has no further effect on {a}.",
        "Support for {a} is experimental on Windows.",
        "Most users will find the defaults for {a} too strict.",
        "The same holds for configuration files in the home directory.",
        "When in doubt, restart the service to refresh {a}.",
    ),
    "book": (
        "A letter from her brother arrived the same evening.",
        "{A} had never been so ill at ease in company.",
        "It rained without a pause for the rest of the week.",
        "{A} resolved to speak of it to no one but {B}.",
        "The servants had known of it since Michaelmas.",
        "Not one of the neighbours believed a word of it.",
        "{A} coloured, and turned to the window.",
        "The carriage had been ordered for eight o'clock.",
        "{B} owed {A} two hundred pounds at the time.",
        "They had quarrelled over it once before, in London.",
    ),
    "web": (
        "A survey of 1,200 readers came to the same result.",
        "Experts advise against {a} for beginners.",
        "Prices for {a} have doubled since the spring.",
        "The company did not respond to questions about {a}.",
        "A spokesperson said that more details on {a} would follow next week.",
        "Similar rules for {a} already apply in Canada.",
        "The trend began on social media.",
        "Not everybody is happy about {a}.",
        "{a} will be reviewed again in two years.",
        "Most of the money for {a} came from a single investor.",
        "Customers have complained about {a} on several occasions.",
        "In a blind test, few could tell the difference.",
    ),
    "paper": (
        "The effect of {a} was confirmed in an independent cohort.",
        "No adverse events were reported.",
        "All samples were processed twice by blinded technicians.",
        "Adjusting for age removed the association with {a} entirely.",
        "The code for {a} is available from the corresponding author.",
        "A dose of 5 mg had no effect on {a}.",
        "Similar findings on {a} come from a trial in Norway.",
        "These data were collected during the winter of 1998.",
        "The cost of {a} per patient was not assessed.",
        "{a} explains about a third of the variance.",
    ),
}
_GENRES = {"wikipedia": "wiki", "books": "book", "web": "web", "papers": "paper", "anarchism": "wiki"}


def invent(source: str, parent: str, text: str, draw: random.Random) -> tuple[str, str] | None:
    """A sentence about what the passage is about, in a place where a sentence ends; with its form."""
    genre = _GENRES.get(source, "manual")
    names = [n for n, _ in Counter(re.findall(_MID, parent)).most_common(6)]
    nouns = Counter(re.findall(r"(?:the|The) ([a-z]{5,}(?:s|n|e|t|r|y))(?= (?:is|are|was|were|of|in|to|has|can)\b)", parent))
    thing = f"the {nouns.most_common(1)[0][0]}" if nouns else None
    templates = [
        t for t in _STORY[genre]
        if ("{B}" not in t or len(names) > 1) and ("{A}" not in t or names) and ("{a}" not in t or thing)
    ]
    template = draw.choice(templates)
    a, *more = draw.sample(names, len(names)) if names else [""]
    sentence = template.replace("{A}", a).replace("{B}", more[0] if more else "").replace("{a}", thing or "")
    ends = [m.end() for m in re.finditer(r"(?<=[a-z]{3}\.)(?= [A-Z]|\n|$| \|)", text)]
    if not ends:
        return None
    place = draw.choice(ends)
    kinds = ["with numbers"] * bool(re.search(r"\d", sentence)) or ["with names"] * bool(re.search(r"[a-z] [A-Z]|\{A", template)) or ["plain"]
    form = f"{genre}, {kinds[0]}{', topic of the passage' if '{' in template else ''}"
    return form, f"{text[:place]} {sentence[0].upper()}{sentence[1:]}{text[place:]}"
