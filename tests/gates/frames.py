"""Gate: the same main text in another site's frame is found, and pages of one template stay.

`WINNOW_DATA=... make gate NAME=frames`. HALF is the half of WCXB's sites: `chosen`, by which rules are
chosen, or `judged`. Among the pages that the bench `data` takes, its planter plants 250 copies of each kind;
the recipe `winnow` runs as it is as far as its duplicates. A framed copy counts as left beside a text of
its page, as in the bench. Pairs of natural templates (`natural.py`) go through the same recipe, but for the
rules that drop pages, which would hide what the duplicates' stages do. Runs go under out/gates/frames/HALF.
"""

import importlib
import os
import re
import shutil
import sys
from collections import Counter
from pathlib import Path

import data_pages as planter
import inputs
import natural
import near
import polars as pl
from figures import Figures

from winnow import shuffle
from winnow.pipelines.commands import run
from winnow.pipelines.demo import wrap
from winnow.pipelines.engine.disk import documents
from winnow.pipelines.spec import groups

bench = importlib.import_module("data")  # the bench of this name, not the folder
HALF = os.environ.get("HALF", "chosen")
FOLDER = Path("out/gates/frames") / HALF
CACHE = Path("out/gates/frames/cache")
RECIPE = Path(groups.__file__).resolve().parent.parent / "recipes/winnow.toml"
WHOLE = 0.8  # of the words of the main text: a text of a copy that still is one
LOST = 0.5
CONTAINED = 0.85  # of a text's shingles: it should have been compared


def run_recipe(name: str, pages: list[tuple[str, bytes]], *, rules: bool) -> Path:
    """Run `winnow` on pages (address, HTML) as far as its duplicates; without `rules`, no page is dropped
    before. The folder of the run."""
    place = FOLDER / name
    shutil.rmtree(place, ignore_errors=True)
    (place / "pages").mkdir(parents=True)
    files = [(url, place / "pages" / f"{number}.html") for number, (url, _) in enumerate(pages)]
    for (_, file), (_, html) in zip(files, pages, strict=True):
        file.write_bytes(html)
        os.utime(file, (1_700_000_000, 1_700_000_000))
    wrap.wrap_pages(files, place / "web/pages", max_bytes=8_000_000)
    text, _ = groups.expand(RECIPE, RECIPE.read_text())
    text = text.replace('"data/web/', f'"{place}/web/').partition('[[stage]]\nname  = "shards"')[0]
    if not rules:
        text = re.sub(r'\[\[stage\]\]\nname  = "web\.filtered"\n.*?(?=\[\[stage)', "", text, flags=re.DOTALL)
        text = re.sub(r'.*"classifiers\.(language:identify|types:label).*\n', "", text)
        text = text.replace('after = "web.filtered"', 'after = "web.filtered.cleaned"')
    recipe = place / "recipe.toml"
    recipe.write_text(text)
    if code := run.execute(recipe, place / "run", 1, None, "auto", ()):
        sys.exit(f"{recipe}: ended with {code}")
    return place / "run"


def read_removed(out: Path) -> pl.DataFrame:
    """Addresses of removed documents and of their survivors: `url`, `survivor`, and the numbers."""
    urls = dict(documents.read(out / "web.distinct.signed", ["id", "url"]).iter_rows())
    dropped = [pl.read_parquet(file) for file in sorted((out / "web.distinct/dropped").glob("*"))]
    table = pl.concat(dropped, how="diagonal_relaxed")
    name = {"url": "id", "survivor": "dedup_survivor"}
    named = [pl.col(column).replace_strict(urls).alias(new) for new, column in name.items()]
    return table.select(*named, similarity="dedup_similarity", containment="dedup_containment")


# ---- copies ------------------------------------------------------------------------------------------


def count_copies(figures: Figures, mine: list[planter.Page]) -> None:
    """Framed copies left beside another text of the same page, and why."""
    seen = [page for page in mine if not bench.is_held(page.site)]
    copies = list(planter.plant(seen, bench.COPIES, seed=1))
    known = {page.url: ("page", page.name, page.name) for page in seen}
    known |= {made.url: (made.how, made.name, made.of) for made in copies}
    out = run_recipe("copies", [(page.url, page.html) for page in (*seen, *copies)], rules=True)
    texts = dict(documents.read(out / "web.distinct", ["url", "text"]).iter_rows())
    gold = {page.name: count_words(page.main) for page in seen}
    tried = documents.read(out / "web.distinct.signed", ["url", "text"])
    whole = {
        url: share(gold[known[url][2]], text) >= WHOLE
        for url, text in tried.iter_rows()
        if known[url][0] == "framed"
    }
    damaged = {made.url for made in copies if made.how == "framed" and is_damaged(made, gold)}
    left = find_left(texts, known)
    members, spared = read_clusters(out)
    why: Counter[str] = Counter()
    for url, others in sorted(left["framed"].items()):
        reason = explain(url, others, texts, gold[known[url][2]], members, spared)
        why[reason.split(":")[0]] += 1
        note = " (its letters were damaged when it was planted)" if url in damaged else ""
        print(f"  {known[url][1]} of {known[url][2]}: {reason}{note}", flush=True)
    print("  why:", dict(why), "; of all kinds:", {how: len(rows) for how, rows in left.items()})
    print(f"  framed copies whose letters the planter damaged: {len(damaged)}")
    planted = sum(made.how == "framed" for made in copies)
    figures.add("copies_planted", planted, 200)
    figures.add("framed_left", len(left["framed"]) / planted, 0.05, most=True)
    held = [url for url, enough in whole.items() if enough]
    some = sum(url in left["framed"] for url in held) / len(held)
    figures.add(f"framed_left_of_{len(held)}_whole", some, 0.05, most=True)
    sound = [url for url in known if known[url][0] == "framed" and url not in damaged]
    some = sum(url in left["framed"] for url in sound) / len(sound)
    figures.add(f"framed_left_of_{len(sound)}_undamaged", some, 0.05, most=True)


def count_words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.lower()))


def share(gold: Counter[str], text: str) -> float:
    """Of the words of a main text the share that a text has."""
    return (gold & count_words(text)).total() / gold.total()


def is_damaged(made: planter.Copy, gold: dict[str, Counter[str]]) -> bool:
    """Whether the planter read UTF-8 as another charset, so that the copy's letters are not the page's."""
    html = made.html.decode("utf-8", "replace")
    return len(re.findall(r"[ÃâÂ][\x80-\xbf\u0152-\u2122]", html)) > 2


def find_left(
    texts: dict[str, str], known: dict[str, tuple[str, str, str]]
) -> dict[str, dict[str, list[str]]]:
    """Of each kind of copies those left beside another text of the page, and the other ones. The page itself
    comes first, then copies by name, as the bench `data` counts."""
    pages: dict[str, list[str]] = {}
    for url in sorted(texts, key=lambda url: (known[url][0] != "page", known[url][1])):
        pages.setdefault(known[url][2], []).append(url)
    left: dict[str, dict[str, list[str]]] = {how: {} for how in ("exact", "edited", "framed")}
    for same in pages.values():
        for url in same[1:]:
            left[known[url][0]][url] = [other for other in same if other != url]
    return left


def read_clusters(out: Path) -> tuple[dict[str, int], set[frozenset[str]]]:
    """The cluster that a document was compared in, by address, and the pairs spared as one template's."""
    urls = dict(documents.read(out / "web.distinct.signed", ["id", "url"]).iter_rows())
    # Numbers of clusters are a bucket's own.
    files = sorted((out / "web.distinct.gathered").rglob("*.shuffle"))
    rows = [rows for file in files for rows in shuffle.Reader(0, 1)(file, ["id", "cluster"])]
    members = {urls[id_]: cluster for id_, cluster in pl.concat(rows).iter_rows()}
    files = sorted((out / "web.distinct.chosen").rglob("kept_templates.parquet"))
    pairs = pl.concat([pl.read_parquet(file, hive_partitioning=False) for file in files])
    return members, {frozenset((urls[a], urls[b])) for a, b in pairs.iter_rows()}


def explain(
    url: str,
    others: list[str],
    texts: dict[str, str],
    gold: Counter[str],
    members: dict[str, int],
    spared: set[frozenset[str]],
) -> str:
    """Why a copy is left beside the other texts of its page, by the one most like it."""
    other = max(others, key=lambda each: max(measure(texts[url], texts[each])))
    inside, around = measure(texts[url], texts[other])
    kept, has = share(gold, texts[url]), share(gold, texts[other])
    foreign = 1 - (count_words(texts[url]) & gold).total() / max(1, count_words(texts[url]).total())
    numbers = (
        f"{kept:.2f} of the main text in it and {has:.2f} in the other, {foreign:.2f} of it other words, "
        f"containment {inside:.2f} and {around:.2f}"
    )
    if frozenset((url, other)) in spared:
        return f"spared as a template: {numbers}"
    if max(inside, around) >= CONTAINED and (url not in members or members[url] != members.get(other)):
        return f"not a candidate: {numbers}"
    if min(kept, has) < LOST:
        return f"main text lost: {numbers}"
    if foreign > 1 - WHOLE:
        return f"extraction took the frame: {numbers}"
    return f"containment below: {numbers}"


def measure(a: str, b: str) -> tuple[float, float]:
    """How much of each text the other has."""
    return near.alike(a, b)[1], near.alike(b, a)[1]


# ---- natural templates -------------------------------------------------------------------------------


def count_templates(figures: Figures, mine: list[planter.Page], data: Path) -> None:
    """Pages of one template that go for another page of it."""
    pages = [
        *natural.read_manuals(CACHE, Path("data/cache")),
        *natural.read_same_sites(mine),
        *natural.fill_frames(mine, natural.read_questions(data / "sources/stackexchange")),
        *natural.read_licenses(Path("/usr/share/doc")),
    ]
    pages = list({page.url: page for page in pages}.values())
    out = run_recipe("templates", [(page.url, page.html) for page in pages], rules=False)
    texts = dict(documents.read(out / "web.distinct.signed", ["url", "text"]).iter_rows())
    pairs = natural.choose_pairs(pages, texts)
    table = pl.DataFrame(pairs, schema=["a", "b", "source", "alike"], orient="row")
    table.write_csv(FOLDER / "pairs.csv")
    removed = read_removed(out)
    gone = {frozenset(pair) for pair in removed.select("url", "survivor").iter_rows()}
    kinds = table.with_columns(pl.col("source").str.split(":").list.get(0))
    kinds = kinds.with_columns(
        gone=pl.Series([frozenset(pair) in gone for pair in table.select("a", "b").iter_rows()])
    )
    with pl.Config(tbl_rows=-1):
        print(
            kinds.group_by("source").agg(
                pl.len(), pl.col("alike").median(), most=pl.col("alike").max(), gone=pl.col("gone").sum()
            )
        )
    for url, survivor, similarity, containment in removed.iter_rows():
        print(f"  removed: {url} for {survivor} ({similarity:.2f}, {containment:.2f})")
    # Not reached so far: docs/measurements.md says which pairs go.
    figures.add("template_pages", len(texts), 600)
    figures.add("template_pairs", table.height, 300)
    figures.add("template_pairs_removed", int(kinds["gone"].sum()), 0, most=True)


def main() -> None:
    data = inputs.find_data("web/wcxb-dev.tar.xz")
    figures = Figures(f"frames-{HALF}")
    pages = planter.read_wcxb(data / "web/wcxb-dev.tar.xz")
    mine = [page for page in pages if page.url and planter.find_half(page.site) == HALF]
    count_copies(figures, mine)
    count_templates(figures, mine, data)
    figures.close()


if __name__ == "__main__":
    main()
