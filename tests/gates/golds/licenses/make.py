"""Writes made.jsonl: small web pages whose licence is known because they were composed with it.

Run: python tests/gates/golds/licenses/make.py. The same bytes on each run: seed, tables (words.json,
cases.json, layouts.txt) and composition are all here. A page has a layout, a language, one case that
decides its licence, and noise that never does: navigation, a plain picture credit, a reader's comment,
a script with its own header, a cookie banner.
"""

import hashlib
import json
import random
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SEED = 18
WORDS = json.loads((HERE / "words.json").read_text(encoding="utf-8"))
RESERVED = "all-rights-reserved"

# Ports with an SPDX id. For the others the unported id is taken as right too.
SPDX_PORTS = set(WORDS["spdx_ports"])

LAYOUTS = (HERE / "layouts.txt").read_text(encoding="utf-8").rstrip("\n").split("\n====\n")
SLOTS = ("head", "lead", "mid", "body", "figure", "sidebar", "teasers", "comments", "footer", "tail")
WRAPS = {
    "figure": '<figure><img src="/img/{n}.jpg" alt=""><figcaption>{x}</figcaption></figure>',
    "comments": '<div class="comment" id="c{n}"><b>Kai</b><p>{x}</p></div>',
    "lead": "<p>{x}</p>",
    "body": "<p>{x}</p>",
}
NOISE = {
    "figure": ["Photo: Anna Lind", "The wall in 1904", "Foto: dpa", "Photo: A. Lind/Harbour News"],
    "comments": ["Thank you, I did not know this.", "Nice wall!", "When is the museum open?"],
    "sidebar": ["<h4>Archive</h4><ul><li>2021</li><li>2020</li></ul>", "<h4>Search</h4><input name='q'>"],
    "teasers": ['<div class="card"><h4>Boats</h4><p>Three new boats.</p></div>'],
    "tail": [
        "<script>/*! tiny.js v1.2 | MIT License */ var t=0;</script>",
        "<script>/* Copyright 2019 Analytics Inc. All rights reserved. */ var q=[];</script>",
        '<div class="cookie">We use cookies. <button>Accept</button></div>',
    ],
}
FEET = [
    "&copy; {y} Harbour",
    "Copyright {y} Harbour Society",
    "<a href='/about'>About</a> | <a href='/terms'>Terms</a>",
    "",
]


def url_of(spdx: str, tail: str = "/", host: str = "https://creativecommons.org") -> str:
    """The address of a Creative Commons licence or mark."""
    parts = spdx.split("-")[1:]
    if spdx in ("CC0-1.0", "CC-PDM-1.0"):
        return f"{host}/publicdomain/{'zero' if spdx[2] == '0' else 'mark'}/1.0{tail}"
    at = next(i for i, part in enumerate(parts) if part[0].isdigit())
    port = "".join("/" + part.lower() for part in parts[at + 1 :])
    return f"{host}/licenses/{'-'.join(parts[:at]).lower()}/{parts[at]}{port}{tail}"


def jsonld(data: Any) -> str:
    """A JSON-LD script."""
    return f'<script type="application/ld+json">{json.dumps(data, ensure_ascii=False)}</script>'


SCHEMA = {"@context": "https://schema.org"}
# Each place where a licence of the page can be told by its address, as (kind, slot, text with {u} and {s}).
PLACES: list[tuple[str, str, str]] = [
    ("meta", "head", '<meta name="dc.rights" content="{u}">'),
    ("meta", "head", '<meta name="DC.Rights.License" content="{u}"/>'),
    ("meta", "head", '<META NAME="DCTERMS.license" SCHEME="DCTERMS.URI" CONTENT="{u}">'),
    ("meta", "head", '<meta name="dcterms.rights" content="This page is under {s} ({u})">'),
    ("meta", "head", "<meta content='{u}' name='license'>"),
    ("meta", "head", '<meta property="cc:license" content="{u}">'),
    ("meta", "head", '<meta name="copyright" content="{s}">'),
    ("meta", "head", '<meta property="og:license" content="{u}">'),
    ("rel", "head", '<link rel="license" href="{u}">'),
    ("rel", "head", "<link rel=license type=text/html href={u}>"),
    ("rel", "head", '<link rel="copyright" href="{u}">'),
    ("rel", "head", '<link rel="DCTERMS.license" href="{u}">'),
    ("jsonld", "head", jsonld({**SCHEMA, "@type": "WebPage", "name": "Harbour", "license": "{u}"})),
    ("jsonld", "head", jsonld({**SCHEMA, "@type": "Article", "headline": "The wall", "license": "{u}"})),
    ("jsonld", "head", jsonld([{**SCHEMA, "@type": ["NewsArticle"], "license": ["{u}"]}])),
    ("jsonld", "head", jsonld({**SCHEMA, "@graph": [{"@type": "BlogPosting", "license": {"@id": "{u}"}}]})),
    (
        "jsonld",
        "head",
        jsonld(
            {
                **SCHEMA,
                "@type": "TechArticle",
                "license": {"@type": "CreativeWork", "name": "{s}", "url": "{u}"},
            }
        ),
    ),
    ("rel", "footer", 'Text: <a rel="license" href="{u}">licence</a>'),
    ("rel", "footer", '<a href="{u}" rel="license noopener" target=_blank>{s}</a>'),
    ("link", "footer", 'Harbour by Ida Berg, <a href="{u}">{s}</a>'),
    ("link", "footer", 'Unless noted, the content of this site is under <a href="{u}">this licence</a>.'),
    ("link", "sidebar", '<a href="{u}"><img src="/img/cc.png" alt="{s}"></a>'),
    ("link", "body", 'This text may be copied under the terms of <a href="{u}">{s}</a>.'),
    ("link", "lead", 'By Ida Berg. <a href="{u}">{s}</a>'),
    ("microdata", "body", '<span itemprop="license"><a href="{u}">{s}</a></span>'),
    (
        "microdata",
        "body",
        '<span itemscope itemtype="https://schema.org/Article"><link itemprop="license" href="{u}"></span>',
    ),
    ("microdata", "footer", '<a itemprop="license" href="{u}">licence</a>'),
    ("rdfa", "footer", '<span about="" rel="cc:license" resource="{u}">{s}</span>'),
    ("rdfa", "body", '<a property="dct:license" href="{u}">licence of this text</a>'),
    ("text", "footer", "Licensed under {s}."),
    ("text", "body", "This text is available under the {s} licence."),
    ("text", "body", "Licence: {u}"),
]
GRID = WORDS["grid"]
ENDS = [
    "",
    "/",
    "/deed.de",
    "/deed.en_US",
    "/legalcode",
    "/legalcode.fr",
    "/?ref=chooser-v1",
    "/deed.zh-hans",
    "/#text",
]
HOSTS = ["https://creativecommons.org", "http://creativecommons.org", "//creativecommons.org"]
HOSTS += ["http://www.creativecommons.org", "https://CreativeCommons.org", "https://www.creativecommons.org"]


def short_of(spdx: str) -> str:
    """How people write the id: CC BY-SA 4.0, CC0 1.0, Public Domain Mark 1.0."""
    if spdx == "CC-PDM-1.0":
        return "Public Domain Mark 1.0"
    head, *rest = spdx.replace("CC-", "CC ", 1).split("-")
    names = [part for part in rest if not part[0].isdigit() and part in ("SA", "NC", "ND")]
    return " ".join(["-".join([head, *names]), *[part for part in rest if part not in names]])


def accept_of(license_id: str | None) -> list[str]:
    """The unported id, where the port has no SPDX id."""
    parts = (license_id or "").split("-")
    is_port = (
        parts[0] == "CC" and " " not in (license_id or "") and parts[-1].isalpha() and len(parts[-1]) < 4
    )
    if is_port and any(part[0].isdigit() for part in parts) and license_id not in SPDX_PORTS:
        return ["-".join(parts[:-1])]
    return []


Case = tuple[str, str | None, dict[str, str], dict[str, Any]]


def list_places() -> list[Case]:
    """Every place with three licences, every licence at some place, every form of address."""
    cases: list[Case] = []
    for i, (kind, slot, text) in enumerate(PLACES):
        for j in range(3):
            spdx = GRID[(i * 11 + j * 5) % len(GRID)]
            place = text.replace("{u}", url_of(spdx)).replace("{s}", short_of(spdx))
            cases.append((kind if slot != "footer" else f"footer-{kind}", spdx, {slot: place}, {}))
    for i, end in enumerate(ENDS):
        for j, host in enumerate(HOSTS[i % 2 :: 2]):
            spdx = GRID[(i * 7 + j) % len(GRID)]
            link = f'Text under <a href="{url_of(spdx, end, host)}">Creative Commons</a>.'
            cases.append(("url", spdx, {("footer", "sidebar", "body")[j]: link}, {}))
    return cases


def list_languages() -> list[Case]:
    """Licences and reserved rights in the words of many languages; pages of these languages without any."""
    cases: list[Case] = []
    for i, (lang, words, spdx) in enumerate(WORDS["cc"]):
        cases.append(
            (f"language:{lang}", spdx, {("footer", "body", "sidebar")[i % 3]: words}, {"lang": lang})
        )
    for i, (lang, words) in enumerate(WORDS["cc_link"]):
        spdx = GRID[i % 20]
        words = words.replace("{u}", url_of(spdx, ENDS[i % 2]))
        cases.append((f"language:{lang}", spdx, {("footer", "body")[i % 2]: words}, {"lang": lang}))
    for i, (lang, words) in enumerate(WORDS["arr"].items()):
        foot = (f"&copy; {2001 + i} Harbour. {words}", f"{words} © Harbour", words.rstrip(".。।"))[i % 3]
        cases.append((f"arr:{lang}", RESERVED, {"footer": foot}, {"lang": lang}))
    for lang, words in WORDS["arr_other"]:
        extra = {"lang": lang, "ambiguous": True, "note": "copying forbidden in other words"}
        cases.append((f"arr-in-other-words:{lang}", RESERVED, {"footer": words}, extra))
    for lang in list(WORDS["text"])[::2]:
        cases.append(("none", None, {}, {"lang": lang}))
    return cases


def fill_noise(slots: dict[str, str], rng: random.Random) -> None:
    """Puts what decides nothing into empty slots, in place."""
    for slot, choices in NOISE.items():
        if slot not in slots and rng.random() < 0.4:
            slots[slot] = rng.choice(choices)
    if "footer" not in slots:
        slots["footer"] = rng.choice(FEET).format(y=rng.randint(1998, 2025))


def compose(slots: dict[str, str], lang: str, rng: random.Random) -> str:
    """One page."""
    sentences = WORDS["text"][lang]
    picked = [rng.choice(sentences) for _ in range(10)]
    filled = dict.fromkeys(SLOTS, "") | slots
    for slot, wrap in WRAPS.items():
        if filled[slot] and not filled[slot].startswith(("<p", "<h2")):
            filled[slot] = wrap.format(n=rng.randint(1, 99), x=filled[slot])
    return rng.choice(LAYOUTS).format(
        **filled,
        lang=lang,
        title=picked[0].rstrip(".。।"),
        w0=picked[1].split()[0],
        w1=picked[2].split()[0],
        p0=" ".join(picked[3:7]),
        p1=" ".join(picked[6:10]),
        date=f"{rng.randint(2004, 2025)}-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}",
    )


def make_rows() -> list[dict[str, Any]]:
    """All pages with their truth, in a fixed order."""
    fixed = json.loads((HERE / "cases.json").read_text(encoding="utf-8"))
    cases = [(kind, license_id, slots, rest[0] if rest else {}) for kind, license_id, slots, *rest in fixed]
    rows = []
    for number, (kind, license_id, slots, extra) in enumerate([*cases, *list_places(), *list_languages()]):
        rng = random.Random(f"{SEED}/{number}")
        slots = dict(slots)
        fill_noise(slots, rng)
        row = {"id": f"{number:03}-{kind}", "license": license_id, "kind": kind}
        accept = extra.get("accept", []) or accept_of(license_id)
        row |= {"accept": accept} if accept else {}
        row |= {key: extra[key] for key in ("note", "ambiguous") if key in extra}
        first = hashlib.sha256(row["id"].encode()).hexdigest()[0]
        row["half"] = "chosen" if int(first, 16) < 8 else "judged"
        rows.append(row | {"html": compose(slots, extra.get("lang", "en"), rng)})
    return rows


if __name__ == "__main__":
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in make_rows()]
    (HERE / "made.jsonl").write_text("".join(lines), encoding="utf-8")
    print(len(lines), "pages")
