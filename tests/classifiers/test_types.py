"""A classifier of kinds learns labels, names the likeliest and how sure it is, and is always the same."""

import json
import shutil
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from winnow.classifiers import types
from winnow.classifiers.kinds import card, heads, signs, turns
from winnow.pipelines.engine.disk.documents import read_batches

PLAIN = ["the", "and", "of", "to", "in", "with", "for", "a", "is", "on"]
TOPICS = {
    "cooking": ["stir", "flour", "oven", "sugar", "butter", "bake"],
    "law": ["party", "clause", "hereby", "liable", "court", "tort"],
    "sport": ["goal", "match", "league", "coach", "score", "team"],
}


def documents(count: int = 150) -> pl.DataFrame:
    rng = np.random.default_rng(7)
    rows = []
    for number in range(count):
        label = list(TOPICS)[number % 3]
        words = " ".join(rng.choice(TOPICS[label] + PLAIN, 40))
        rows.append((f"id{number:05}", f"site{number % 25}", f"{words}. Document\n{number}!", label))
    return pl.DataFrame(rows, schema=["id", "source", "text", "label"], orient="row")


def write(folder: Path, docs: pl.DataFrame, parts: int = 2) -> list[Path]:
    files = []
    for number in range(parts):
        files.append(folder / f"part-{number:05}.parquet")
        docs.gather_every(parts, number).drop("label").write_parquet(files[-1])
    return files


def train(files: list[Path], out: Path, labels: Path, **named) -> dict:
    out.mkdir()
    types.train(files, out, read=read_batches, labels=labels, **named)
    return json.loads((out / "card.json").read_text())


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("types")
    docs = documents()
    docs.select("id", "label").write_parquet(folder / "labels.parquet")
    train(write(folder, docs), folder / "model", folder / "labels.parquet", members=["ngrams", "shape"])
    return folder / "model"


def test_labels_are_learnt_and_told_with_how_sure(trained: Path) -> None:
    docs = documents()
    told = types.label(docs, model=trained, into="topic")
    assert told.columns == [*docs.columns, "topic", "topic_score"]
    assert told.schema["topic"] == pl.String and told.schema["topic_score"] == pl.Float32
    assert (told["topic"] == told["label"]).mean() > 0.98
    assert told["topic_score"].is_between(1 / 3, 1).all()
    unclear = types.label(pl.DataFrame({"text": ["the goal of flour is the court"]}), model=trained)
    assert unclear["text_type_score"][0] < told["topic_score"].median()


def test_the_card_tells_figures_out_of_fold(trained: Path) -> None:
    found = json.loads((trained / "card.json").read_text())["measured"]
    assert found["texts"] == 150 and abs(found["majority"] - 1 / 3) < 0.01
    assert 0.9 < found["low"] <= found["accuracy"] <= found["high"] <= 1
    assert set(found["by_class"]) == set(TOPICS)
    assert "| law | 50 |" in (trained / "card.md").read_text()


def test_figures_of_shuffled_labels_are_of_chance(tmp_path: Path) -> None:
    docs = documents(300)
    mixed = docs["label"].shuffle(seed=3)
    docs.select("id", label=mixed).write_parquet(tmp_path / "labels.parquet")
    found = train(write(tmp_path, docs), tmp_path / "out", tmp_path / "labels.parquet", members=["ngrams"])
    assert 0.2 < found["measured"]["accuracy"] < 0.46


def test_groups_are_never_on_both_sides(tmp_path: Path) -> None:
    """Texts of one group share words and a label drawn by lot: who had seen the group would know it."""
    rng = np.random.default_rng(0)
    rows = []
    for group, label in enumerate(rng.choice(["one", "two"], 60)):
        for _ in range(5):
            words = " ".join(rng.choice(PLAIN, 10))
            rows.append((f"{f'name{group} ' * 6} {words}", str(label), f"g{group}"))
    table = pl.DataFrame(rows, schema=["text", "label", "group"], orient="row")
    table.write_ndjson(tmp_path / "labels.jsonl")
    found = train([], tmp_path / "out", tmp_path / "labels.jsonl", members=["ngrams"], layout=False)
    assert found["measured"]["accuracy"] < 0.7


def test_same_bytes_every_time_and_in_any_order_of_files(trained: Path, tmp_path: Path) -> None:
    files = write(tmp_path, documents(), parts=5)
    train(files[::-1], tmp_path / "again", trained.parent / "labels.parquet", members=["ngrams", "shape"])
    for name in ("head.npz", "head.json", "card.json", "card.md"):
        assert (tmp_path / "again" / name).read_bytes() == (trained / name).read_bytes(), name


def test_labels_of_models_are_read_from_their_folder(tmp_path: Path) -> None:
    """`classifiers.ask:label` leaves one label a document, and documents without one."""
    docs = documents()
    (tmp_path / "asked").mkdir()
    asked = docs.select("id", pl.col("label"), raters=2, spread=0.0)
    asked.filter(pl.col("label") != "sport").write_parquet(tmp_path / "asked/labels_mean.parquet")
    train(write(tmp_path, docs), tmp_path / "out", tmp_path / "asked", members=["ngrams"])
    told = types.label(docs, model=tmp_path / "out")
    assert set(told["text_type"]) == {"cooking", "law"}


@pytest.mark.parametrize(("odd", "taught"), [(9, "left out: 9 texts in all"), (6, "learnt as 'others'")])
def test_rare_labels_are_put_together_or_left_out_and_said(tmp_path: Path, odd: int, taught: str) -> None:
    docs = documents(150)
    names = [*["fishing"] * odd, *(["chess"] * odd if odd < 9 else [])]
    label = pl.Series([*names, *docs["label"][len(names) :]])
    docs.select("id", label=label).write_parquet(tmp_path / "labels.parquet")
    files = write(tmp_path, docs)
    with pytest.raises(ValueError, match="too few texts to learn from"):
        train(files, tmp_path / "out", tmp_path / "labels.parquet", members=["ngrams"])
    train(files, tmp_path / "pooled", tmp_path / "labels.parquet", members=["ngrams"], rare="others")
    (said,) = json.loads((tmp_path / "pooled/messages.json").read_text())["says"]
    assert taught in said and f"fishing ({odd})" in said
    found = json.loads((tmp_path / "pooled/card.json").read_text())["measured"]
    assert set(found["by_class"]) == {*TOPICS, *({"others"} if odd < 9 else ())}
    assert found["texts"] == 150 - (odd if odd == 9 else 0)


def test_one_label_that_is_not_rare_is_too_few(tmp_path: Path) -> None:
    docs = documents(60).with_columns(label=pl.Series(["law"] * 55 + ["sport"] * 5))
    docs.select("id", "label").write_parquet(tmp_path / "labels.parquet")
    with pytest.raises(ValueError, match=r"fewer than two labels have 10 texts.*: law \(55\), sport \(5\)"):
        train(write(tmp_path, docs), tmp_path / "out", tmp_path / "labels.parquet", rare="other")


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ({"text": ["a", "b"], "label": ["x", "x"]}, "all of .'x'.: a classifier needs two"),
        ({"text": ["a", "b"], "label": ["x", None]}, "1 labels, all of"),
        ({"text": ["a", "b"], "topic": ["x", "y"]}, "needs the columns `label` and `id` or `text`"),
        ({"label": ["x", "y"]}, "needs the columns `label` and `id` or `text`"),
        ({"id": ["id00000", "gone"], "label": ["x", "y"]}, "2 documents, 1 of which are not the stage's"),
        ({"id": ["id00000", "id00000"], "label": ["x", "y"]}, "labels 1 documents twice, first 'id00000'"),
        ({"text": ["a b", "b c", "d", "e", "f"], "label": list("xxxxy")}, "too few texts to learn from"),
    ],
)
def test_labels_of_no_use_are_an_error(tmp_path: Path, rows: dict, says: str) -> None:
    pl.DataFrame(rows).write_parquet(tmp_path / "labels.parquet")
    with pytest.raises(ValueError, match=says):
        train(write(tmp_path, documents()), tmp_path / "out", tmp_path / "labels.parquet")
    with pytest.raises(ValueError, match="is not there"):
        train([], tmp_path / "other", tmp_path / "none.parquet")


def test_a_model_trained_with_other_signals_is_refused(trained: Path, tmp_path: Path) -> None:
    docs = documents(3)
    shutil.copytree(trained, tmp_path / "old")
    about = json.loads((tmp_path / "old/head.json").read_text())
    (tmp_path / "old/head.json").write_text(
        json.dumps({**about, "turns": {**about["turns"], "tag_line_ratio": 0.9}})
    )
    with pytest.raises(ValueError, match=r"trained with other signals \(tag_line_ratio\): train it again"):
        types.label(docs, model=tmp_path / "old")
    del about["turns"]
    (tmp_path / "old/head.json").write_text(json.dumps({**about, "again": 1}))
    with pytest.raises(ValueError, match="another head than of kinds"):
        types.label(docs, model=tmp_path / "old")
    with pytest.raises(ValueError, match="holds no head"):
        types.label(docs, model=tmp_path)
    with pytest.raises(ValueError, match="a head of pages, which reads `page_signs`: use `label_pages`"):
        types.label(docs, model=types.SHIPPED["pages"])


TEXTS = st.lists(
    st.text(max_size=30)
    | st.sampled_from(["A: stir\nB: the court", "> said\nanswered", "x = 1", "a,b\n1,2"]),
    max_size=4,
)


@settings(deadline=None, max_examples=40)
@given(TEXTS, TEXTS)
def test_law_of_shard_steps(trained: Path, a: list[str], b: list[str]) -> None:
    def name(lines: list[str]) -> pl.DataFrame:
        return types.label(pl.DataFrame({"text": lines}, schema={"text": pl.String}), model=trained)

    assert_frame_equal(name(a + b), pl.concat([name(a), name(b)]))


@settings(deadline=None, max_examples=25)
@given(TEXTS, TEXTS, st.lists(st.booleans(), min_size=8, max_size=8))
def test_law_of_shard_steps_for_pages(a: list[str], b: list[str], known: list[bool]) -> None:
    def name(lines: list[str], shown: list[bool]) -> pl.DataFrame:
        pages = [f"<p>{line}</p>" if here else None for line, here in zip(lines, shown, strict=False)]
        signed = types.sign_pages(pl.DataFrame({"text": pages}, schema={"text": pl.String}))
        return types.label_pages(signed.with_columns(text=pl.Series(lines, dtype=pl.String)))

    whole = name(a + b, known[: len(a)] + known[4:])
    assert_frame_equal(whole, pl.concat([name(a, known), name(b, known[4:])]))


def test_a_text_without_words_is_of_no_kind(trained: Path) -> None:
    docs = pl.DataFrame({"text": ["", " \n", "...", None, "stir the flour"]})
    told = types.label(docs, model=trained)
    assert told["text_type"].to_list() == [None, None, None, None, "cooking"]
    assert told["text_type_score"][:4].to_list() == [0.0] * 4


SHOWN = {
    "prose": "It was late in the year when the old man came down from the hills. He had walked for three "
    "days, and nobody in the village knew his name. They gave him bread, and he told them what he saw. " * 3,
    "code": "import os\n\n\nclass Store:\n    def __init__(self, path):\n        self.path = path\n\n"
    "    def load(self, name, default=None):\n        if name not in os.listdir(self.path):\n"
    "            return default\n        with open(os.path.join(self.path, name)) as file:\n"
    "            return file.read()\n",
    "dialogue": "ANNA: Did you see him?\nBEN: No. Did you?\nANNA: He was here just now!\nBEN: Where is he?\n"
    * 5,
    "listing": "Home\nAbout us\nContact\nSign in\nProducts\nNew arrivals\nSale\nShoes\nBags\nHelp\nFAQ\n"
    "Shipping\nReturns\nTerms of use\nPrivacy policy\nFollow us\nFacebook\nTwitter\n",
    "other_language": "Im Herbst kam der alte Mann aus den Bergen herab. Er war drei Tage lang gegangen, und "
    "niemand im Dorf kannte seinen Namen. Sie gaben ihm Brot. " * 3,
}


def test_the_shipped_head_knows_plain_cases() -> None:
    told = types.label(pl.DataFrame({"text": list(SHOWN.values())}))
    assert told["text_type"].to_list() == list(SHOWN)


def test_the_shipped_head_of_pages_reads_signs() -> None:
    """The same text is more of an article on a page that says so, more of a thread in a forum."""
    text = "The blue kettle boils fast and looks good on the table. Mine has lasted for two years now."
    blog = (
        '<meta property="og:type" content="article"><script>{"@type": "BlogPosting", "datePublished": "2021"}'
        '</script><body class="single single-post"><article><h1>Kettles</h1><p>x</p><p>y</p></article>'
    )
    forum = '<body class="forum thread"><script>{"@type": "DiscussionForumPosting"}</script><a>Reply</a>'
    urls = ["https://s.com/blog/how-we-boil-our-water", "https://s.com/forum/thread/7"]
    signed = types.sign_pages(pl.DataFrame({"text": [blog, forum], "url": urls}))["page_signs"]
    kinds = heads.load(types.SHIPPED["pages"])
    shares = heads.predict(kinds, pl.Series([text, text]), signed)
    article, thread = (kinds.head.classes.index(name) for name in ("article", "forum"))
    assert shares[0, article] > shares[1, article] + 0.1 and shares[1, thread] > shares[0, thread] + 0.1


def test_pages_with_and_without_signs_go_to_their_heads() -> None:
    docs = pl.DataFrame({"text": ["Mine has lasted for two years.", "Another text of a page."] * 2})
    signed = types.sign_pages(pl.DataFrame({"text": ["<p>", None, None, "<form>"]}))
    told = types.label_pages(docs.with_columns(signed["page_signs"]))
    bare = types.label_pages(docs)
    assert told["text"].to_list() == docs["text"].to_list()
    same = (told["page_type_score"] == bare["page_type_score"]).to_list()
    assert same == [False, True, True, False]


def test_a_type_that_is_not_sure_is_none() -> None:
    docs = pl.DataFrame({"text": ["Mine has lasted for two years.", "Another text of a page.", ""]})
    signed = docs.with_columns(page_signs=pl.Series(["og:article", None, None], dtype=pl.String))
    for pages in (docs, signed):
        told = types.label_pages(pages)
        limit = told["page_type_score"].max()
        sure = types.label_pages(pages, min_score=limit)
        assert sure["page_type_score"].to_list() == told["page_type_score"].to_list()
        kept = pl.when(pl.col("page_type_score") == limit).then("page_type")
        assert sure["page_type"].to_list() == told.select(kept).to_series().to_list()


def test_pages_are_judged_by_heads_of_ones_own(tmp_path: Path) -> None:
    shutil.copytree(types.SHIPPED["pages_text"], tmp_path / "pages_text")
    shutil.copytree(types.SHIPPED["types"], tmp_path / "pages")  # other labels: which head judged is seen
    docs = pl.DataFrame({"text": [SHOWN["code"]], "page_signs": ["og:article"]})
    assert types.label_pages(docs, model=tmp_path)["page_type"].to_list() == ["code"]
    assert types.label_pages(docs.drop("page_signs"), model=tmp_path)["page_type"].to_list() != ["code"]


def test_signs_of_a_page() -> None:
    page = (
        '<html><head><title>Best Kettles</title><meta property="og:type" content="article">'
        '<meta name="generator" content="WordPress 6"><script>{"@type": ["Product"]}</script></head>'
        '<body class="single post-12"><div class="price_box">$10</div><a href="/">x</a><a>y</a><A>z</A>'
    )
    found = signs.read(pl.Series([page]), pl.Series(["https://shop.org/reviews/best-kettles-2020?page=2"]))[
        0
    ].split()
    expected = (
        "schemaproduct kindarticle madewordpress bodysingle bodypost titlebest titlekettles classprice "
        "classbox countac countpriceb hostshop hostorg pathreviews pathkettles querypage deepc slugc numbered"
    )
    assert set(expected.split()) <= set(found)
    classes = " ".join(f"w{letter}" for letter in "zyxkjihgqponmlfedcba")
    many = signs.read(pl.Series([f'<p class="{classes}">']), None)[0].split()
    assert [word for word in many if word.startswith("classw")] == [
        f"class{word}" for word in classes.split()
    ]
    assert signs.read(pl.Series(["<p>", None]), None)[1] is None


def test_signals_of_turns() -> None:
    def read(text: str) -> dict[str, float]:
        return dict(zip(turns.SIGNALS, turns.measure(pl.Series([text]))[0].tolist(), strict=True))

    mail = read("> was it?\nIt was.\n> really\nyes")
    assert mail["quoted_line_ratio"] == mail["answer_ratio"] == 0.5
    assert read("> was it\n> so?\nIt was.")["answer_ratio"] == pytest.approx(1 / 3)
    met = turns.measure(pl.Series(["Anna: hi", "Anna: hello"]))[:, turns.SIGNALS.index("name_again_ratio")]
    assert met.tolist() == [0.0, 0.0]  # a name is met again in its own text only
    talk = read("Anna: hi\nBen: hello\nAnna: so\nBen: what")
    assert talk["name_line_ratio"] == 1 and talk["name_again_ratio"] == 0.5
    assert read("<al> one\n<bo> two\n<al> three")["name_again_ratio"] == pytest.approx(1 / 3)
    assert read("[10:02] al: one\n[10:03] al: two")["name_again_ratio"] == 0.5
    assert read("a,b,c\n1,2,3\n4,5,6")["aligned_line_ratio"] == pytest.approx(2 / 3)
    assert read("port = 80\nname=x\nif (a = b) c = d;")["setting_line_ratio"] == pytest.approx(2 / 3)
    assert read("\u2014 Hello\n\u201cNo\u201d she said\nplain")["spoken_line_ratio"] == pytest.approx(2 / 3)
    assert read("<p>one</p>\ntwo")["tag_line_ratio"] == 0.5
    assert read("HAMLET\nTo be")["capitals_line_ratio"] == 0.5
    assert read("About us\nIt is late.\nname:")["title_line_ratio"] == pytest.approx(1 / 3)
    assert read("x" * 200 + "\nshort")["paragraph_ratio"] == pytest.approx(200 / 205)
    assert read("\\alpha $x$")["macro_ratio"] == 0.1 and read("\\alpha $x$")["dollar_ratio"] == 0.2


def test_figures_of_a_card() -> None:
    shares = np.array([[0.9, 0.1, 0.0], [0.2, 0.6, 0.2], [0.6, 0.3, 0.1], [0.1, 0.1, 0.8]])
    found = card.measure(np.array([0, 1, 1, 2]), shares, ("a", "b", "c"))
    assert found["accuracy"] == 0.75 and found["majority"] == 0.5
    assert found["by_class"]["b"] == {
        "texts": 2, "precision": 1.0, "recall": 0.5, "f1": 2 / 3, "taken_for": {"a": 1, "b": 1},
    }  # fmt: skip
    assert found["macro_f1"] == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert [row["texts"] for row in found["by_score"]] == [0, 2, 1, 1]
    assert card.measure(np.array([0, 1, 1, 1]), shares, ("a", "b", "c"))["majority"] == 0.75
