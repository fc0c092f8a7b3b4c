"""Eval items written here, planted in Python's own documentation."""

import random
from pathlib import Path
from pydoc_data.topics import topics

import polars as pl

from winnow.dedup import contamination

PROSE = [text for text in topics.values() if len(text) > 2000]

ITEMS = {
    "boats/nets": (
        "Marisol mends fishing nets in a harbour shed. She finishes 6 nets every morning and 9 nets every "
        "afternoon, and a trader pays her 14 dollars for each. How many dollars does Marisol earn in 5 days?",
        "Marisol finishes 6 + 9 = 15 nets a day. In 5 days she mends 75 nets and earns $1050.",
    ),
    "boats/ropes": (
        "A rigger cuts a rope of 84 metres into pieces of 7 metres and throws every third piece overboard. "
        "How many pieces of rope are left on deck when he has finished his work?",
        "There are 84 / 7 = 12 pieces. 4 go overboard, so 8 are left.",
    ),
    "boats/café": (
        "Zoë\u2019s café beside the quay sells 18 éclairs before noon and doesn\u2019t open after lunch on "
        "Mondays. How many éclairs leave the counter in a week of six open mornings?",
        "108 éclairs",
    ),
    "birds/short": ("Which seabird spears herring from forty metres?", "northern gannet"),
    "birds/tiny": ("Gannets eat", "live herring and mackerel"),
    "birds/long answer": (
        "Clean muddy binoculars",
        "Rinse both lenses under lukewarm water, then wipe them in circles with a soft chamois cloth.",
    ),
    "birds/vague": ("What is it?", "a bird"),
    "numbers/row": ("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20", "21"),
}
PASSAGE = (
    "The northern gannet breeds on steep cliffs and dives on shoals from a great height, its wings folded."
)
STRONG = ["boats/nets", "boats/ropes", "boats/café"]


def table(items: dict[str, tuple[str, str]]) -> pl.DataFrame:
    names = [name.split("/") for name in items]
    columns = {"eval": [name[0] for name in names], "item": [name[1] for name in names]}
    columns |= {"question": [q for q, _ in items.values()], "answer": [a for _, a in items.values()]}
    return pl.DataFrame(columns).with_columns(context=pl.lit(PASSAGE))


def build(folder: Path, *tables: pl.DataFrame, **settings) -> Path:
    (folder / "index").mkdir(parents=True)
    files = []
    for number, items in enumerate(tables):
        files.append(folder / f"items{number}.parquet")
        items.write_parquet(files[-1])
    contamination.index(files, folder / "index", **settings)
    return folder / "index"


def check(index: Path, *texts: str, **settings) -> pl.DataFrame:
    return contamination.check(
        pl.DataFrame({"text": texts}, schema={"text": pl.String}), index=index, **settings
    )


def planted(text: str, seed: int = 0) -> str:
    """The text between two stretches of documentation."""
    draw = random.Random(seed)
    prose = [draw.choice(PROSE) for _ in range(2)]
    return f"{prose[0][:900]}\n\n{text}\n\n{prose[1][:900]}"


def question(name: str) -> str:
    return ITEMS[name][0]


def both(name: str, between: str = "\nAnswer: ") -> str:
    return between.join(ITEMS[name])
