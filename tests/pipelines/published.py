"""Web pages of each kind that the published recipes tell apart, and these recipes over them."""

import bz2
import os
import re
from pathlib import Path

import polars as pl
from small import WHEN

from winnow.pipelines.demo import wrap
from winnow.pipelines.spec import groups

FOLDER = Path(__file__).parent.parent.parent / "pipelines/recipes"
NAMES = ["gopher", "c4", "fineweb", "dclm", "dolma3", "winnow"]

GOOD = """The lighthouse stands on the last rock before the open sea, and has stood there for 200 years.
In the first winter the keeper wrote in his book that the waves came over the roof and put out the fire.
He climbed the stairs with a new lamp in his hand, lit it, and waited until the morning for the storm to end.
Nobody on land knew of it until the boat came back with the letters, the flour and the oil in the spring.
Since then every keeper has read that page on the first night, and has written a line of his own below it.
The book is now kept in the museum of the town, where children may turn the pages with a wooden spoon."""
OTHER = """Bread needs four things only, which are flour, water, salt and time, and the last is the dearest.
Mix the flour with most of the water and leave it alone for an hour, so that the dough begins to hold.
Then add the salt with the rest of the water, and fold the dough over itself until it is smooth and warm.
It has to rest for the whole of the night in a cold place, with a cloth over the bowl to keep it from drying.
In the morning you shape it, let it rise for another hour, and bake it in the hottest oven that you have.
Do not cut it while it is hot, because the crumb is still setting, and you would be left with a wet slice."""
GERMAN = """Der Leuchtturm steht auf dem letzten Felsen vor dem offenen Meer, seit zweihundert Jahren schon.
Im ersten Winter schrieb der Wärter in sein Buch, dass die Wellen über das Dach kamen und das Feuer löschten.
Er stieg mit einer neuen Lampe die Treppe hinauf, zündete sie an und wartete bis zum Morgen auf das Ende.
Niemand an Land wusste davon, bis das Boot im Frühling mit den Briefen, dem Mehl und dem Öl zurückkam."""
SHOP = "\n".join(f"{line}\nADD TO BASKET NOW\n{n} likes" for n, line in enumerate(OTHER.split("\n"), 3))
CODE = (
    OTHER
    + "\nThe oven is set by a short program: if (hot) { wait(); } and that is all there is to say about it."
)
SPAM = "\n".join(
    line.replace(" and ", " and the mp3 of it and ") for line in (GOOD + "\n" + OTHER).split("\n")
)
PAGES = {
    "good": GOOD,
    "copy": GOOD,
    "other": OTHER,
    "short": "Too short to keep.",
    "german": GERMAN,
    "again": "The same line comes again and again on this page.\n" * 30,
    "shop": SHOP,
    "code": CODE,
    "spam": SPAM,
    "casino": OTHER.replace("Bread", "Cake"),
}


def html(text: str) -> str:
    body = "".join(f"<p>{line}</p>" for line in text.replace("<", "&lt;").split("\n"))
    return (
        f"<html><head><title>A page</title></head><body><main><article>{body}</article></main></body></html>"
    )


def lay_out(folder: Path) -> None:
    """The layout that the recipes read: a WARC with the pages, a dump for DCLM's classifier, URL lists."""
    (folder / "pages").mkdir()
    for name, text in PAGES.items():
        (folder / "pages" / name).write_text(html(text), encoding="utf-8")
        os.utime(folder / "pages" / name, (WHEN, WHEN))
    pages = [(f"https://{name}.example/{name}.html", folder / "pages" / name) for name in PAGES]
    wrap.wrap_pages(pages, folder / "data/web/few", max_bytes=1_000_000)
    articles = "".join(
        f"<page><title>Keeper {n}</title><ns>0</ns><id>{n}</id><revision><id>{n}</id>"
        "<timestamp>2024-01-01T00:00:00Z</timestamp>"
        f'<text xml:space="preserve">{line}</text></revision></page>'
        for n, line in enumerate(GOOD.split("\n"))
    )
    dump = (
        f'<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/" xml:lang="en">{articles}</mediawiki>'
    )
    (folder / "data/wikipedia").mkdir()
    (folder / "data/wikipedia/few.xml.bz2").write_bytes(bz2.compress(dump.encode()))
    grades = [{"text": f"{line} {n}", "score": n % 2} for n in range(4) for line in OTHER.split("\n")]
    pl.DataFrame(grades).write_ndjson(folder / "grades.jsonl")
    (folder / "lists").mkdir()
    (folder / "lists/words").write_text("casino\n")
    (folder / "lists/none").write_text("# nothing\n")


def with_lists(text: str, folder: Path) -> str:
    """The recipe with the commented steps that need lists taken in."""
    text = re.sub(r"^# (\[\[stage\]\]|name  =|after =|steps =)", r"\1", text, flags=re.MULTILINE)
    text = re.sub(r"^  # (\{ use = \"filters\.urls)", r"  \1", text, flags=re.MULTILINE)
    text = re.sub(r'(after = )"[^"]*"  # ("web.decent") with bad words', r"\1\2", text)
    text = re.sub(r'(hard_words = )"lists/[^"]*"', rf'\1"{folder}/lists/words"', text)
    return re.sub(r'"lists/[^"]*"', f'"{folder}/lists/none"', text)


def shrink(name: str, folder: Path) -> Path:
    text = with_lists((FOLDER / f"{name}.toml").read_text(), folder).replace('"data/', f'"{folder}/data/')
    text = text.replace('"groups/winnow.toml"', '"groups/winnow.toml"\nmin_quality = 0.0')
    # Six sentences make no classifier.
    text = text.replace('"groups/target_classifier.toml"', '"groups/target_classifier.toml"\nmin_score = 0.0')
    text = groups.expand(FOLDER / f"{name}.toml", text)[0]
    text = text.replace('positives = ["liked"], negatives = ["web"]', f'grades = "{folder}/grades.jsonl"')
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path
