"""Stages that leave texts where they are, run by the engine, and corpus steps that read from them."""

import hashlib
import inspect
import json
import shutil
from pathlib import Path
from pydoc_data.topics import topics

import polars as pl
import pytest
import toy_recipe
from tokenizers import Tokenizer, models

from winnow.dedup import contamination, ledger, minhash, semantic
from winnow.filters import licenses, optouts
from winnow.pipelines.commands import run, steps
from winnow.pipelines.engine.corpus import bind_reader
from winnow.pipelines.engine.disk import documents, storage
from winnow.pipelines.engine.ledger import run_summary
from winnow.pipelines.report import explain
from winnow.pipelines.report.panels import samples
from winnow.pipelines.spec import schema
from winnow.pipelines.spec.address import find_steps, resolve

STAGES = """
[[source]]
name = "late"
uris = ["{folder}/late/*.txt"]
read = {{ use = "toy:read" }}

[[stage]]
name = "read"
after = "lines"
steps = [ {{ use = "toy:shout" }} ]

[[stage]]
name = "short"
after = ["read", "late"]
steps = [ {{ use = "toy:short", min_words = 3 }} ]

[[stage]]
name = "last"
after = "short"
steps = [ {{ use = "toy:first" }} ]

[[stage]]
name = "long"
after = "last"
may_be_empty = true
steps = [ {{ use = "toy:short", min_words = 6 }} ]

[[stage]]
name = "copied"
after = "long"
steps = [ {{ use = "toy:copy" }} ]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run of three files and a late one, which tests only read; `last` changes the texts that say so."""
    folder = tmp_path_factory.mktemp("thin")
    lines = [f"line number {i} of {'CUT many' if i % 3 == 0 else 'many'} more" for i in range(30)]
    texts = {"a.txt": "\n".join(lines), "b.txt": "one two\nDROP it", "c.txt": "five words are in here"}
    (folder / "late").mkdir()
    (folder / "late/d.txt").write_text("a late line\nword")
    recipe = toy_recipe.write(folder, texts, STAGES.format(folder=folder))
    assert run.execute(recipe, folder / "out", 0, None, "auto", ()) == 0
    return folder


@pytest.fixture(scope="module")
def out(made):
    """The folder of the run."""
    return made / "out"


@pytest.fixture
def own(made):
    """The run's recipe, to be run again: its folder is as it was when the test has ended."""
    kept = shutil.copytree(made, made.with_name(f"{made.name}.kept"))
    yield made / "recipe.toml"
    shutil.rmtree(made)
    kept.rename(made)


def test_stages_that_change_no_text_hold_none(out):
    stored = {name: storage.read_ledger(out / name) for name in ("read", "short", "last", "long")}
    assert "text" in stored["read"].columns
    short, last, long = stored["short"], stored["last"], stored["long"]
    assert short["text_here"].drop_nulls().to_list() == ["a late line"]
    assert set(last["text_here"].drop_nulls()) == {f"LINE NUMBER {i} OF" for i in range(0, 30, 3)}
    assert set(last["text_stage"].drop_nulls()) == {"read", "short"}
    assert long["text_here"].null_count() == long.height
    assert set(long["text_stage"]) == {"read"}
    texts = documents.read(out / "last")["text"]
    assert texts[:4].to_list() == [
        "LINE NUMBER 0 OF",
        "LINE NUMBER 1 OF MANY MORE",
        "LINE NUMBER 2 OF MANY MORE",
        "LINE NUMBER 3 OF",
    ]
    assert texts[-2:].to_list() == ["FIVE WORDS ARE IN HERE", "a late line"]


def test_all_parts_of_a_stage_have_one_schema_and_their_receipts_say_where_the_texts_are(out):
    for name in ("short", "last", "long"):
        assert len({tuple(pl.read_parquet_schema(path).items()) for path in out.glob(f"{name}/part-*")}) == 1
    receipts = {name: json.loads((out / f"last/receipts/{name}.json").read_text()) for name in parts(out)}
    assert [receipt["texts_in"] for receipt in receipts.values()] == [["read"], [], ["read"], ["short"]]


def parts(out):
    return [path.stem for path in sorted(out.glob("last/part-*.parquet"))]


def test_the_report_and_explain_show_texts_that_stand_elsewhere(out):
    account = run_summary.read(out)
    shown = samples.sample_dropped(account.stages["long"], account)["toy.too_short"]
    texts = dict(documents.read(out / "last").select("id", "text").iter_rows())
    assert len(shown) == 3 and all(example["text"] == texts[example["id"]] for example in shown)
    upstream = account.stages["long"].upstream
    for example in shown:
        assert explain.find_document(account, upstream, example["id"], None)["text"] == texts[example["id"]]
    page = (out / "report.html").read_text()
    assert "text_row" not in page and "text_bytes" not in page


def test_a_file_that_holds_texts_is_made_again_where_it_is_gone_or_another(own, out, capsys):
    holder = out / "read/part-00002.parquet"
    before = {path.name: path.read_bytes() for path in out.glob("long/part-*.parquet")}
    holder.unlink()
    for name in before:
        (out / "long" / name).unlink()
    assert run.execute(own, out, 0, None, "auto", ()) == 0
    assert {path.name: path.read_bytes() for path in out.glob("long/part-*.parquet")} == before
    whole = holder.read_bytes()
    holder.write_bytes(whole[::-1])
    (out / "long/part-00002.parquet").unlink()
    assert run.execute(own, out, 0, None, "auto", ()) == 0
    assert f"{holder} is damaged" in capsys.readouterr().out and holder.read_bytes() == whole
    assert {path.name: path.read_bytes() for path in out.glob("long/part-*.parquet")} == before


def test_a_text_that_changes_in_a_file_of_the_same_shape_is_made_anew_to_the_end(own, out):
    file = own.parent / "in/a.txt"
    before = pl.read_parquet(out / "long/part-00000.parquet")
    file.write_text(file.read_text().replace("line number 7", "line letter 7"))
    assert run.execute(own, out, 0, None, "auto", ()) == 0
    after = pl.read_parquet(out / "long/part-00000.parquet")
    assert after.drop("digest").equals(
        before.drop("digest")
    )  # of the text itself the file tells nothing else
    texts = (out / "copied/all/texts.txt").read_text()
    assert "LINE LETTER 7 OF MANY MORE" in texts and "LINE NUMBER 7 " not in texts


def digests(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


QUESTION = "Marisol mends fishing nets in a harbour shed and finishes 6 nets every morning for a trader."
# A service: tests/classifiers/test_ask.py and test_rephrase.py have one.
ASKS = {"classifiers.ask:label", "classifiers.rephrase:write"}
CASES = {
    "classifiers.collapse:find": {"min_documents": 1},
    "classifiers.audit:write": {"cut": 0.5, "sample": 10, "length": 3},
    "classifiers.target:train": {"items": "train.jsonl", "top": 0.4, "members": ["ngrams"]},
    "classifiers.types:train": {"labels": "labels.jsonl", "members": ["ngrams"]},
    "classifiers.quality:train": {"positives": ["books"], "negatives": ["web"], "members": ["ngrams"]},
    "dedup.clusters:gather": {"clusters": "clusters", "without": "ledger"},
    "dedup.contamination_rarity:count": {"max_documents": 50},
    "dedup.contamination_report:write": {"index": "index"},
    "dedup.minhash:index": {"clusters": "ledger"},
    "dedup.semantic:gather": {"clusters": "clusters"},
    "dedup.substrings:anchors": {"min_words": 8},
    "dedup.substrings:windows": {"min_words": 8, "places": "places"},
    "dedup.topics:find": {"count": 2},
    "filters.licenses:count": {},
    "filters.long:find_bands": {"min_documents": 3},
    "filters.optouts:count": {},
    "filters.optouts:gather": {},
    "filters.sites:count": {},
    "ingest.code.dependencies:scatter": {},
    "ingest.threads:link": {},
    "ingest.threads:scatter": {},
    "mixing.attribution:write": {},
    "mixing.export:shards": {"shard_bytes": 100_000},
    "mixing.importance:learn": {"data": "prepared", "traits": ["long_gzip_ratio"], "folds": 2, "draws": 2},
    "mixing.proxies:prepare": {"items": "items", "vocabulary": 300},
    "mixing.tokens.writer:finish": {"order": "ordered", "tokenizer": "tokenizer.json"},
    "mixing.tokens.tokenizer:train": {"vocabulary": 300},
    "mixing.tokens.encoder:encode": {"tokenizer": "tokenizer.json"},
    "mixing.tune:search": {"data": "prepared", "drops": "drops", "tokens": 2000, "seeds": 2},
}


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """The same documents twice, in fat files and in thin ones whose texts stand in two others; and what the
    steps need beside."""
    folder = tmp_path_factory.mktemp("room")
    prose = [text for text in topics.values() if len(text) > 500][:60]
    docs = schema.complete(
        pl.DataFrame(
            {
                "id": [hashlib.md5(f"{n}".encode()).hexdigest() for n in range(len(prose))],
                "source": [("books", "web")[n % 2] for n in range(len(prose))],
                "uri": [f"{n // 10}.txt" for n in range(len(prose))],
                "key": [f"{n}" for n in range(len(prose))],
                "url": [f"https://{n % 3}.example/{n}" for n in range(len(prose))],
                "text": [f"{text}\n{QUESTION if n == 7 else ''}" for n, text in enumerate(prose)],
                "token_count": [len(text) // 4 for text in prose],
                "thread": [f"{n // 4}" for n in range(len(prose))],
                "code_path": [f"{n}.py" for n in range(len(prose))],
                "code_language": ["Python"] * len(prose),
                "long_gzip_ratio": pl.Series([n / 100 for n in range(len(prose))], dtype=pl.Float32),
                "parent_text": prose[::-1],
                "rephrase_prompt": [("faq", "table")[n % 2] for n in range(len(prose))],
                "score_quality": pl.Series([n % 10 / 10 for n in range(len(prose))], dtype=pl.Float32),
            }
        )
    )
    noai = pl.when(pl.int_range(pl.len()) % 3 == 0).then(
        pl.lit('[{"in": "meta", "name": "robots", "value": "noai"}]')
    )
    docs = optouts.judge(docs.with_columns(preferences=noai)).drop("drop_reason", strict=False)
    docs = licenses.judge(
        docs.with_columns(license=pl.when(pl.int_range(pl.len()) % 3 > 0).then(pl.lit("CC-BY-4.0")))
    )
    for number in range(2):
        write(folder, f"part-{number:05d}.parquet", docs[number::2])
    nodes = pl.Series([0, 3, 4, 20], dtype=pl.UInt64)
    firsts = pl.Series([0, 0, 4, 4], dtype=pl.UInt64)
    known = pl.DataFrame({"node": nodes, "cluster": firsts, "size": 2, "strict": nodes, "strict_size": 1})
    for name in ("clusters", "ledger", "index", "places", "items"):
        (folder / name).mkdir()
    (folder / "clusters/bucket=0000").mkdir()
    known.write_parquet(folder / "clusters/bucket=0000/clusters.parquet")
    pl.DataFrame(schema=ledger.SCHEMA).write_parquet(folder / "ledger/ledger.parquet")
    keys = {"doc": pl.Series([1], dtype=pl.UInt64), "place": [3]}
    pl.DataFrame(keys).write_parquet(folder / "places/places.parquet")
    items = {"eval": "gsm8k", "item": "1", "question": QUESTION, "prompt": QUESTION, "answer": "420"}
    pl.DataFrame([items]).write_parquet(folder / "items/items.parquet")
    asked = [{"eval": "gsm8k", "split": "train", "text": f"How many values has item {n}?"} for n in range(9)]
    pl.DataFrame(asked).write_ndjson(folder / "train.jsonl")
    docs[2:].select("id", label="source").write_ndjson(folder / "labels.jsonl")
    contamination.index([folder / "items/items.parquet"], folder / "index")
    lay_out_search(folder, docs)
    lay_out_tokens(folder)
    return folder


def lay_out_tokens(folder: Path) -> None:
    """A tokenizer, and an order of training without a sample."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True))
    tokenizer.add_special_tokens(["<|endoftext|>"])
    tokenizer.add_tokens(["the", "and", "value"])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "ordered").mkdir()
    split = {"documents": 0, "cut": 0, "cut_that_fit": 0}
    encoding = {"tokenizer": "", "digest": "", "dtype": "uint16", "bos": -1, "eos": 0, "pad": 0, "size": 4}
    encoding |= {"whole": "", "encoded_whole": 0}
    packing = {"window": 64, "how": "chop", "empty": 0, "encoding": encoding}
    packing["splits"] = {"train": split, "validation": split}
    plan = {"packing": packing, "shards": [], "ranges": [], "weights": None, "repeat": "files", "seed": 1}
    plan["unread"] = 0
    (folder / "ordered/plan.json").write_text(json.dumps(plan))


def lay_out_search(folder: Path, docs: pl.DataFrame) -> None:
    """What the search for thresholds needs: its items, a vocabulary, and a rule that drops a third."""
    for name in ("asked", "prepared", "drops"):
        (folder / name).mkdir()
    items = [
        {"eval": f"{half}:gsm8k", "item": f"{n}", "prompt": QUESTION, "answer": docs["text"][n][:90]}
        for half in ("choose", "judge")
        for n in range(4)
    ]
    pl.DataFrame(items).write_parquet(folder / "asked/items.parquet")
    files, prepare = sorted((folder / "raw").glob("*.parquet")), resolve("mixing.proxies:prepare")
    prepare(files, folder / "prepared", **bind_reader(prepare), items=folder / "asked", vocabulary=300)
    drops = docs.select("key", short=pl.int_range(pl.len()) % 3 == 0)
    drops.write_parquet(folder / "drops/drops.parquet")
    changes = [{"name": "off", "kind": "off", "sets": {"0": None}}]
    (folder / "drops/changes.json").write_text(json.dumps({"base": ["short"], "changes": changes}))


def write(folder: Path, name: str, docs: pl.DataFrame) -> None:
    """In `raw` as they came, in `cut` with every fourth changed, in `thin` and in `fat` with signatures."""
    marked = pl.when(pl.int_range(pl.len()) % 4 == 0).then(pl.col("text") + " changed").otherwise("text")
    frames = {
        "raw": docs,
        "cut": docs.with_columns(text=marked),
        "thin": semantic.embed(minhash.sign(docs.with_columns(text=marked)))[1:],
    }
    before = None
    for stage, frame in [*frames.items(), ("fat", frames["thin"])]:
        thin = stage in ("cut", "thin")
        with storage.replace(folder / stage / name) as beside:
            writer = documents.DocumentWriter(beside, thin=thin)
            origin = next(documents.read_with_origin(before))[1] if thin and before else None
            writer.write(frame, origin)
            writer.close(lambda: docs.clear())
        before = folder / stage / name


def test_every_corpus_step_that_reads_texts_has_a_case():
    reading = {
        address
        for address, kind, function in find_steps()
        if kind == "corpus" and "read" in inspect.signature(function).parameters
    }
    assert reading - ASKS == set(CASES)
    page = steps.render()
    assert "| `read` |" not in page


@pytest.mark.parametrize("use", [*CASES, "mixing.count:by_source"])
def test_a_corpus_step_makes_the_same_of_thin_files_as_of_fat_ones(room, tmp_path, use):
    settings = {
        name: room / value if isinstance(value, str) else value for name, value in CASES.get(use, {}).items()
    }
    function = resolve(use)
    made = {}
    for stage in ("fat", "thin"):
        (tmp_path / stage).mkdir()
        files = sorted((room / stage).glob("part-*.parquet"))
        assert ("text" in pl.read_parquet_schema(files[0])) == (stage == "fat")
        if "gather" in use and use.startswith("dedup"):
            files = files[:1]
        function(files, tmp_path / stage, **bind_reader(function), **settings)
        made[stage] = digests(tmp_path / stage)
    assert made["fat"] == made["thin"] and made["fat"]


def test_rows_of_row_groups_without_a_member_of_a_cluster_are_not_read(room, tmp_path, monkeypatch):
    asked = []

    def read(path, columns, rows):
        asked.extend(rows)
        return documents.read_batches(path, columns, rows)

    gather = resolve("dedup.clusters:gather")
    gather([room / "thin/part-00000.parquet"], tmp_path, read=read, clusters=room / "clusters")
    assert asked == [0, 3, 4, 20]
