"""Gate: which language sentences and pages are in, by two models and by each alone, with its score and speed.

`make gate NAME=language_pair`. Sentences are translations in packages (`language_texts.py`); pages are 2,000
characters of them, one language and source each. Beside `identify` stand CLD2 alone, lid.176 alone and
heliport. Languages that a language is easily taken for (`SISTERS`) are counted apart and as one. HALF=chosen
takes the half that limits and weights were chosen on, and prints the weights that fit it: copy them to
`classifiers/two_models.py`. The languages that no model knows are parted by a hash of their code, too.
"""

import hashlib
import os
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from pydoc_data.topics import topics
from typing import Any

os.environ |= {"POLARS_MAX_THREADS": "1"}

import environments
import language_texts
import numpy as np
import polars as pl
from figures import Figures
from sklearn.linear_model import LogisticRegression

from winnow.classifiers import language, two_models
from winnow.languages import list_codes, read_rows

CACHE = Path("out/gates/language_pair")
HALF = os.environ.get("HALF", "judged")
SENTENCES, LEAST, PAGES = 300, 200, 12  # of a language; fewest of it; of a language and source
LENGTHS = (40, 80, 160, 320, 640, 2000)
ENOUGH = 0.65  # FineWeb's least score
SISTERS = (
    *(
        "bs hr sr sh",
        "id ms min",
        "no nn da",
        "es ast an gl",
        "zu xh nr ss",
        "st tn nso",
        "bh mai hi ne",
        "bo dz",
    ),
    *("nl li af nds fy", "cs sk", "oc ca", "fr wa", "de als bar nds", "ar arz", "fa azb mzn lrc", "bg mk"),
    *("it scn vec lmo nap pms sc co eml", "rw rn", "tl bcl ceb ilo war pam", "zh wuu yue", "ur pnb sd"),
    *("ru be uk rue", "tr az tk", "tt ba", "io eo ia ie", "mhr mrj", "av lez"),
)
GROUPS = {code: group for group in SISTERS for code in group.split()}


def main() -> None:
    environments.enter("peers_language")
    sentences, pages = draw([*language_texts.read(HALF, CACHE)])
    known = pl.col("language").is_in(list(list_codes("identify")))
    others = draw([*language_texts.read("judged", CACHE)])[0] if HALF == "chosen" else sentences
    unknown = others.filter(~known & pl.col("language").map_elements(is_half, pl.Boolean))
    unknown = unknown.filter(pl.int_range(pl.len()).over("language") < 60)
    sentences = sentences.filter(known & (pl.len().over("language") >= LEAST))
    pages = pages.filter(known)
    if HALF == "chosen":
        plain, mixed = ([cut(part, size) for size in (20, *LENGTHS)] for part in (pages, mix(pages)))
        fit(pl.concat([sentences, *plain]), unknown, range(3))
        return fit(pl.concat([sentences, *plain, *mixed]), unknown, [2], "agreed_unsure")
    figures = Figures("language_pair")
    judges = list_judges()
    compare(figures, "sentences", sentences, judges, 0.95)
    compare(figures, "pages", pages, judges, 0.996)
    show_calibration(figures, pages)
    show_mixed(figures, mix(pages.filter(pl.col("language").is_in(list(two_models.list_first())))))
    called = {name: float((judge(unknown["text"]) == "en").mean() or 0) for name, judge in judges.items()}
    print(
        f"{unknown.height} sentences in {unknown['language'].n_unique()} unknown languages, English: {called}"
    )
    figures.add("unknown_called_english", called["ours"], 0.01, most=True)
    show_speed(figures, pages)
    figures.close()


def draw(rows: list[tuple[str, str, str]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sentences of each language, from its sources in turn, and pages; both by hashes."""
    docs = pl.DataFrame(rows, schema=["language", "source", "text"], orient="row").unique(
        ["language", "text"]
    )
    docs = docs.with_columns(order=pl.col("text").map_elements(digest, pl.String)).sort("order")
    turn = docs.with_columns(turn=pl.int_range(pl.len()).over("language", "source"))
    turn = turn.sort("turn", "source", "order").filter(pl.int_range(pl.len()).over("language") < SENTENCES)
    found = []
    for (code, source), part in docs.sort("language", "source", "order").group_by(
        "language", "source", maintain_order=True
    ):
        text = "\n".join(part["text"])
        starts = range(0, min(len(text) - 2000, 2000 * PAGES), 2000)
        found += [(code, source, text[at : at + 2000]) for at in starts]
    names = ["language", "source", "text"]
    return turn.select(names), pl.DataFrame(found, schema=names, orient="row")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def is_half(code: str) -> bool:
    """Whether an unknown language is of this half."""
    return (int(digest(code), 16) % 2 == 1) == (HALF == "chosen")


def cut(pages: pl.DataFrame, size: int) -> pl.DataFrame:
    return pages.with_columns(pl.col("text").str.slice(0, size))


def mix(pages: pl.DataFrame) -> pl.DataFrame:
    """The pages as manuals have them: English terms, commands and code between their own lines."""
    english = [line.strip() for text in topics.values() for line in text.splitlines() if len(line) > 30]
    found = []
    for number, (code, source, text) in enumerate(pages.select("language", "source", "text").iter_rows()):
        draw = random.Random(number)
        share, lines, size = draw.uniform(0.1, 0.45), [], 0
        for line in text.splitlines():
            lines.append(line)
            size += len(line)
            while draw.random() < 0.5 and sum(map(len, lines)) - size < share * size:
                lines.append(draw.choice(english))
        found.append((code, source, "\n".join(lines)))
    return pl.DataFrame(found, schema=["language", "source", "text"], orient="row").filter(
        pl.col("language") != "en"
    )


def show_mixed(figures: Figures, pages: pl.DataFrame) -> None:
    """Of pages with English between their lines: right, and right and told with a score that is enough."""
    told = language.identify(pages.rename({"language": "wanted"}))
    right = told["language"] == told["wanted"]
    enough = right & (told["language_score"] >= ENOUGH)
    print(f"{pages.height} pages with English lines: right {right.mean():.4f}, and told {enough.mean():.4f}")
    figures.add("mixed_pages_told", float(enough.sum() / right.sum()), 0.95)


def list_judges() -> dict[str, Callable[[pl.Series], pl.Series]]:
    """Of each identifier what it calls texts, in the codes of `identify`."""
    model = language._load(language._find_lid176())
    judges = {
        "ours": lambda texts: language.identify(texts.to_frame("text"))["language"],
        "cld2": lambda texts: pl.Series([two_models._ask_first(one)[0] for one in flatten(texts)]),
        "lid176": lambda texts: two_models.predict_alone(flatten(texts), model)["language"],
    }
    try:
        import heliport
    except ImportError:
        print("absent: heliport")
        return judges
    identifier = heliport.Identifier()
    codes = {iso: row["identify"] for row in read_rows() for iso in row["iso639_3"].split()}
    codes |= dict.fromkeys(("hbs", "cnr"), "sh") | {"nob": "no", "lvs": "lv", "ekk": "et", "zsm": "ms"}

    def ask(texts: pl.Series) -> pl.Series:
        told = [str(identifier.identify(one) or "")[:3].lower() for one in flatten(texts)]
        return pl.Series([codes.get(code) or code for code in told])

    return judges | {"heliport": ask}


def flatten(texts: pl.Series) -> pl.Series:
    return texts.str.replace_all("\n", " ")


def compare(
    figures: Figures,
    name: str,
    docs: pl.DataFrame,
    judges: dict[str, Callable[[pl.Series], pl.Series]],
    floor: float,
) -> None:
    """Shares that are right, the mean over languages; of all, and of those that CLD2 knows."""
    for judge, ask in judges.items():
        told = docs.with_columns(told=ask(docs["text"]))
        group = [pl.col(of).replace_strict(GROUPS, default=pl.col(of)) for of in ("told", "language")]
        told = told.with_columns(apart=pl.col("told") == pl.col("language"), one=group[0] == group[1])
        told = told.with_columns(pl.col("apart", "one").fill_null(False))
        means = (
            told.group_by("language").agg(pl.len(), pl.col("apart", "one").mean()).sort("apart", "language")
        )
        first = means.filter(pl.col("language").is_in(list(two_models.list_first())))
        print(f"{name}, {judge}: {told.height} in {means.height} languages", end="; ")
        print(
            "sisters apart and as one:",
            *(round(float(means[c].mean() or 0), 4) for c in ("apart", "one")),
            end="",
        )
        shares = [round(float(first[c].mean() or 0), 4) for c in ("apart", "one")]
        print(f"; in {first.height} that CLD2 knows:", *shares)
        if judge == "ours":
            print("  least:", *(f"{code} {apart:.2f}" for code, _, apart, _ in means.head(30).rows()))
            figures.add(f"{name}_sisters_as_one", float(means["one"].mean() or 0), floor)
            for of, share in zip(("apart", "as_one"), shares, strict=True):
                figures.add(f"{name}_that_cld2_knows_sisters_{of}", share, floor)


def show_calibration(figures: Figures, pages: pl.DataFrame) -> None:
    """Of starts of pages told with a score of .65 or more, the share that is right."""
    for size in LENGTHS:
        found = language.identify(cut(pages, size).rename({"language": "wanted"}))
        told = found.filter(pl.col("language_score") >= ENOUGH)
        right = float((told["language"] == told["wanted"]).mean() or 0)
        alone = language.identify(cut(pages, size).rename({"language": "wanted"}), models="lid176")
        sure = alone.filter(pl.col("language_score") >= ENOUGH)
        theirs = float((sure["language"] == sure["wanted"]).mean() or 0)
        share = told.height / found.height
        print(f"{size} characters: told {share:.3f}, right {right:.4f}; lid.176 alone {theirs:.4f}")
        figures.add(f"right_of_told_at_{size}_characters", right, 0.95)


def show_speed(figures: Figures, pages: pl.DataFrame) -> None:
    """CPU-seconds of `identify`, all columns, and of lid.176's labels alone, in turn on the same pages."""
    model = language._load(language._find_lid176())
    for code in ("", "en", "de", "ru", "zh"):
        part = pages.filter(pl.lit(not code) | (pl.col("language") == code))
        docs = part.filter(pl.int_range(pl.len()).over("language") < 20).select("text")
        docs = pl.concat([docs] * (1 + 500 // docs.height))
        lines = flatten(docs["text"]).to_list()
        spent = [(measure(language.identify, docs), measure(model.predict, lines)) for _ in range(5)]
        ours, theirs = map(min, zip(*spent, strict=True))
        print(f"speed, {len(lines)} pages, {code or 'all languages'}: {theirs / ours:.2f} x lid.176")
        if not code:
            figures.add("speed_by_lid176", theirs / ours, 1.25)


def measure(work: Callable[[Any], object], given: object) -> float:
    begun = time.process_time()
    work(given)
    return time.process_time() - begun


def fit(docs: pl.DataFrame, unknown: pl.DataFrame, some: Sequence[int], case: str = "") -> None:
    """Print the weights of some signals by who said what; unknown languages are 3% of the texts.

    What both say without CLD2 being sure (the `case`) is told apart with mixed pages and by lid.176's score
    alone: with the others it fell with the length, and a fifth of Russian manuals went.
    """
    docs = docs.with_columns(weight=1.0)
    docs = pl.concat([docs, unknown.with_columns(weight=0.03 * docs.height / unknown.height)])
    found = two_models.compare(flatten(docs["text"]), language._load(language._find_lid176()))
    found = found.with_columns(two_models._case().alias("case"), docs["weight"], docs["language"])
    for (name,), part in found.filter(pl.col("case").str.starts_with(case)).group_by("case"):
        signals = np.column_stack([part.select(signal).to_series() for signal in two_models.SIGNALS])
        right = (part["told"] == part["language"]).fill_null(False)
        model = LogisticRegression(C=10)
        model.fit(signals[:, list(some)], right, sample_weight=part["weight"].to_numpy())
        weights = np.zeros(4)
        weights[[0, *(k + 1 for k in some)]] = model.intercept_[0], *model.coef_[0]
        print(
            f"{name}: {', '.join(f'{weight:.2f}' for weight in weights)}  # {part.height}, {right.mean():.3f}"
        )


if __name__ == "__main__":
    main()
