"""Topics found: parts of texts whose subject is known, whatever files they come in."""

import json

import numpy as np
import polars as pl
import pytest

from winnow.dedup import semantic, topics
from winnow.pipelines.engine.disk.documents import read_batches

SUBJECTS = {
    "sea": "The {0} harbour keeps {1} fishing boats, and the tide turns the sails of every ship.",
    "code": "def read_{0}(path): return open(path).read() # parses the file, returns {1} strings",
    "law": "The court of {0} held that the contract between both parties was void, and {1} damages were due.",
}
DRAWN = ("north", "old", "green", "seven", "small", "winter", "upper", "grand", "silent", "eastern")


@pytest.fixture(scope="module")
def docs():
    rows = [
        {"id": f"{name}-{a}-{b}", "source": "all", "subject": name, "text": text.format(a, b)}
        for name, text in SUBJECTS.items()
        for a in DRAWN
        for b in DRAWN[:4]
    ]
    return semantic.embed(pl.DataFrame(rows))


def find(docs, folder, parts, **settings):
    folder.mkdir()
    files = []
    for number, part in enumerate(parts):
        files.append(folder / f"part-{number:05}.parquet")
        part.write_parquet(files[-1])
    topics.find(files, folder, read=read_batches, **settings)
    return {name: (folder / name).read_bytes() for name in ("topics.npy", "topics.json")}


def test_what_is_on_one_subject_has_one_topic_and_its_words_name_it(docs, tmp_path):
    find(docs, tmp_path / "a", [docs], count=3)
    done = topics.assign(docs, topics=tmp_path / "a")
    assert done["semantic_vector"].is_null().all()
    assert done.select("subject", "topic").n_unique() == 3
    named = dict(done.select("subject", "topic").unique().rows())
    assert "harbour" in named["sea"] or "ship" in named["sea"] or "boats" in named["sea"]
    told = topics.read_topics(tmp_path / "a")
    assert sorted(row["documents"] for row in told) == [40, 40, 40] and all(row["examples"] for row in told)


def test_the_same_documents_give_the_same_bytes_in_whatever_files(docs, tmp_path):
    whole = find(docs, tmp_path / "a", [docs], count=4)
    shuffled = docs.sample(fraction=1, shuffle=True, seed=1)
    assert find(docs, tmp_path / "b", [shuffled[:17], shuffled[17:]], count=4) == whole


def test_texts_without_words_and_without_text_have_a_topic_too(tmp_path):
    docs = semantic.embed(pl.DataFrame({"id": ["a", "b", "c"], "text": ["1 + 1 = 2", "", None]}))
    find(docs, tmp_path / "a", [docs], count=5)
    assert [row["name"] for row in topics.read_topics(tmp_path / "a")] == ["0"]
    assert topics.assign(docs, topics=tmp_path / "a")["topic"].to_list() == ["0", "none", "none"]


def test_two_topics_of_the_same_words_have_two_names():
    vectors = np.eye(4, 256, dtype=np.float32)
    texts = pl.Series(["the same words here"] * 4)
    told = topics._describe(texts, vectors, vectors[:2], np.array([0, 0, 1, 1]))
    assert len({row["name"] for row in told}) == 2


def test_documents_without_any_text_are_refused(tmp_path):
    docs = semantic.embed(pl.DataFrame({"id": ["a"], "text": [""]}))
    with pytest.raises(ValueError, match="no document has text"):
        find(docs, tmp_path / "a", [docs])


def test_the_panel_counts_topics_by_source(docs, tmp_path):
    find(docs, tmp_path / "a", [docs], count=3)
    done = topics.assign(docs, topics=tmp_path / "a")

    class Stage:
        def columns(self):
            return done.columns

        def list_columns_before(self):
            return docs.columns

        def scan(self, fate):
            return [("part", done.lazy())] if fate == "kept" else []

    shown = topics.panel(Stage())
    assert shown is not None and shown["note"] == "120 documents on 3 topics"
    assert shown["show"][0]["head"] == ["topic", "documents", "sources"]
    assert shown["show"][0]["rows"][0][2] == "all 40"
    assert json.dumps(shown)
