"""Text and tokens balance in every stage and over the run, and are what stands in the files."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from entered import change, enter
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit

from winnow.pipelines.commands import run
from winnow.pipelines.engine import exit_codes
from winnow.pipelines.engine.disk import documents
from winnow.pipelines.engine.ledger import conservation, run_summary
from winnow.pipelines.report import page as report
from winnow.pipelines.report import tokens as measures
from winnow.pipelines.report.amounts import tokens
from winnow.pipelines.report.panels import repeats
from winnow.pipelines.report.tokens import Amount

FATES = ("kept", "cut", "dropped", "failed")
COUNT = '{{ use = "mixing.count:tokens", tokenizer = "{tokenizer}"{more} }}'


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory) -> Path:
    """Counts words between white space."""
    made = Tokenizer(WordLevel({"?": 0}, unk_token="?"))
    made.pre_tokenizer = WhitespaceSplit()
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    made.save(str(path))
    return path


def execute(folder: Path, texts: dict[str, str], stages: str) -> run_summary.RunSummary:
    """The account of a run over files of lines, each file a source of its name."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sources = ""
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text)
        sources += (
            f'[[source]]\nname = "{name}"\nuris = ["{folder}/{name}.txt"]\nread = {{ use = "toy:read" }}\n'
        )
    (folder / "recipe.toml").write_text(f'name = "toy"\nmax_failed = 1.0\n{sources}{stages}')
    assert run.execute(folder / "recipe.toml", folder / "out", 0, None, "auto", ()) in (
        exit_codes.DONE,
        exit_codes.EMPTY,
    )
    return run_summary.read(folder / "out")


def stage(name: str, after: list[str], steps: list[str], more: str = "") -> str:
    return (
        f'[[stage]]\nname = "{name}"\nafter = {json.dumps(after)}\n{more}\nsteps = [ {", ".join(steps)} ]\n'
    )


def on_disk(account: run_summary.RunSummary, name: str) -> pl.DataFrame:
    return documents.read(account.stages[name].folder)


def balance(row: dict[str, Amount]) -> None:
    """What came in is what became of it."""
    assert row["in"].bytes == sum(row[fate].bytes for fate in FATES)
    if row["in"].tokens is not None:
        assert row["in"].tokens == pytest.approx(sum(row[fate].tokens for fate in FATES))


LINES = st.lists(
    st.sampled_from(
        ["one two three", "four !! five", "poison", "erase me now", "DROP it", "FAIL it", "9", "ü ä ö z"]
    )
    | st.text(st.sampled_from("ab é!\t"), min_size=1, max_size=30),
    min_size=1,
    max_size=12,
)
STEPS = st.lists(
    st.sampled_from(
        [
            '{ use = "toy:shout" }',
            '{ use = "toy:short", min_words = 2 }',
            '{ use = "toy:quiet" }',
            '{ use = "toy:ends" }',
            COUNT.format(tokenizer="TOKENIZER", more=""),
            COUNT.format(tokenizer="TOKENIZER", more=", only_missing = true"),
        ]
    ),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # an example is a run: to shrink takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    texts=st.fixed_dictionaries({"a": LINES, "b": LINES}),
    stages=st.lists(st.tuples(STEPS, st.booleans()), min_size=1, max_size=3),
)
def test_any_recipe_balances(tmp_path, tokenizer, write_no_page, texts, stages):
    write_no_page()
    listed, after = "", ["a", "b"]
    for number, (steps, replayable) in enumerate(stages):
        listed += stage(f"s{number}", after, steps, "replayable = true" if replayable else "")
        after = [f"s{number}"]
    listed = listed.replace("TOKENIZER", str(tokenizer))
    account = execute(tmp_path / "run", {name: "\n".join(lines) for name, lines in texts.items()}, listed)
    measure = measures.measure(account)
    for each in account.shard_stages():
        checks = conservation.check(each, account)
        assert all(check["ok"] for check in checks), checks
        assert any("in bytes" in check["what"] for check in checks)
        amounts = measures.of_stage(each, measure)
        rows = on_disk(account, each.name)
        counted = rows.filter(pl.col("token_count").is_not_null())
        assert [len(text.split()) for text in counted["text"]] == counted["token_count"].to_list()
        for source, row in amounts.items():
            balance(row)
            mine = rows.filter(source=source)
            assert row["kept"].bytes == mine["text"].str.len_bytes().sum()
            if measure.rates and mine["token_count"].null_count() == 0:
                assert row["kept"].exact and row["kept"].tokens == mine["token_count"].sum()
    total = measures.total(measures.of_run(account, measure))
    balance(total)
    read = [line for lines in texts.values() for line in "\n".join(lines).split("\n")]
    came = sum(len(line.encode()) for line in read if not line.startswith("FAIL"))
    first = account.shard_stages()[0]
    assert total["in"].bytes == sum(
        row["bytes_in"] for row in run_summary.add_up(first, "by_source").values()
    )
    assert total["in"].bytes <= came


def test_what_was_not_counted_is_estimated_by_source_and_language(tmp_path, tokenizer):
    """Half of `a` goes before it is counted; `b` never is."""
    texts = {"a": "aa bb cc\nword\ndd ee ff\nword\n", "b": "aaaa bbbb\n"}
    stages = stage("read", ["a", "b"], ['{ use = "toy:short" }'])
    stages += stage(
        "only.a",
        ["read"],
        ['{ use = "toy:short", min_words = 3 }', COUNT.format(tokenizer=tokenizer, more="")],
    )
    account = execute(tmp_path / "run", texts, stages)
    measure = measures.measure(account)
    assert measure.rate("a", "") == 16 / 6 == measure.rate("b", "xx")
    read = measures.of_stage(account.stages["read"], measure)
    assert read["a"]["in"] == Amount(24, pytest.approx(9), exact=False)
    assert read["a"]["dropped"] == Amount(8, pytest.approx(3), exact=False)
    assert read["b"]["kept"] == Amount(9, pytest.approx(9 * 6 / 16), exact=False)
    last = measures.of_stage(account.stages["only.a"], measure)
    assert last["a"]["kept"] == Amount(16, 6, exact=True)
    assert tokens(last["a"]["in"]) == "6" and tokens(last["b"]["in"]) == "≈3"
    told = report.summary(account.out)
    assert "tokens before  a ≈9, b ≈3" in told and "tokens after   a 6, b 0" in told
    assert "≈12" in (account.out / "report.html").read_text()


def test_each_language_has_its_own_rate():
    rates = {("a", "en"): 4.0, ("a", None): 3.0, (None, "zh"): 2.0, (None, None): 5.0}
    measure = measures.Measure(rates, counted=True, markup=frozenset())
    cases = {
        ("a", "en"): 4.0,
        ("a", "zh"): 2.0,
        ("a", ""): 3.0,
        ("a", "fr"): 3.0,
        ("b", "zh"): 2.0,
        ("b", ""): 5.0,
    }
    assert {case: measure.rate(*case) for case in cases} == cases
    figures = {"bytes_kept": 100, "tokens_kept": 10, "uncounted_kept": 60}
    assert measure.amount(figures, "kept", "a", "en") == Amount(100, 25.0, exact=False)
    assert measure.amount({}, "kept", "a", "en") == Amount(0, 0, exact=True)


def test_where_nothing_was_counted_there_are_bytes_alone(tmp_path):
    account = execute(
        tmp_path / "run", {"a": "one two\nword\n"}, stage("s", ["a"], ['{ use = "toy:short" }'])
    )
    row = measures.of_run(account, measures.measure(account))["a"]
    assert row["kept"] == Amount(7, None, exact=False) and tokens(row["in"]) == "-"
    assert "bytes before   a 11 B" in report.summary(account.out)


def test_a_count_without_a_tokenizer_is_an_estimate(tmp_path):
    count = '{ use = "mixing.count:tokens" }'
    account = execute(tmp_path / "run", {"a": "one two\nword\n"}, stage("s", ["a"], [count]))
    row = measures.of_run(account, measures.measure(account))["a"]
    assert row["kept"] == Amount(11, 3, exact=False)


def test_a_count_is_taken_off_a_text_that_changes_and_what_is_cut_is_told(tmp_path, tokenizer):
    """`ends` cuts to the last word: exact where it is counted again, by the bytes where not."""
    count = COUNT.format(tokenizer=tokenizer, more="")
    again = COUNT.format(tokenizer=tokenizer, more=", only_missing = true")
    text = {"a": "one two three\nword\n"}
    stages = stage("s", ["a"], [count]) + stage("cut", ["s"], ['{ use = "toy:ends" }', again])
    account = execute(tmp_path / "again", text, stages)
    row = measures.of_stage(account.stages["cut"], measures.measure(account))["a"]
    assert row["cut"] == Amount(8, 2, exact=True) and row["kept"] == Amount(9, 2, exact=True)
    assert run_summary.add_up(account.stages["cut"], "steps")["toy:ends"]["bytes_cut"] == 8
    assert "cuts 8 B out of documents that are kept" in (account.out / "report.html").read_text()
    account = execute(tmp_path / "once", text, stages.replace(f", {again}", ""))
    assert on_disk(account, "cut").sort("text")["token_count"].to_list() == [None, 1]
    row = measures.of_stage(account.stages["cut"], measures.measure(account))["a"]
    assert row["in"] == Amount(17, 4, exact=True)
    assert row["kept"] == Amount(9, pytest.approx(1 + 5 * 4 / 17), exact=False) and not row["cut"].exact


def test_markup_is_no_text(tmp_path, tokenizer):
    """Tokens begin where pages became texts; what is lost before is told in bytes of the page."""
    html = "<html><body><main><p>One sentence of a page, long enough to be its text.</p></main></body></html>"
    other = html.replace("One", "Another").replace("sentence of", "plain sentence that stands in")
    texts = {"a": f"{html}\n{other}\nshort\n"}
    stages = stage("located", ["a"], ['{ use = "toy:short", min_words = 2 }'])
    stages += stage("extracted", ["located"], ['{ use = "ingest.html:extract" }'])
    stages += stage("counted", ["extracted"], [COUNT.format(tokenizer=tokenizer, more="")])
    account = execute(tmp_path / "run", texts, stages)
    measure = measures.measure(account)
    located, extracted, _ = (measures.of_stage(each, measure)["a"] for each in account.shard_stages())
    kept = on_disk(account, "counted")
    assert kept.height == 2
    assert located["markup"].bytes == 5 and located["kept"].tokens is None
    size = kept["text"].str.len_bytes().sum()
    assert (
        extracted["in"]
        == extracted["kept"]
        == Amount(size, pytest.approx(kept["token_count"].sum()), exact=False)
    )
    assert extracted["markup"].bytes == len(html) + len(other) - size
    total = measures.of_run(account, measure)["a"]
    balance(total)
    assert total["in"].bytes == size and total["markup"].bytes == len(html) + len(other) + 5 - size
    assert all(check["ok"] for each in account.shard_stages() for check in conservation.check(each, account))


def test_files_that_were_not_read_to_the_end_are_told_in_their_own_bytes(tmp_path):
    texts = {"a": "one two\nRAISE\n", "b": "three four\n"}
    account = execute(tmp_path / "run", texts, stage("s", ["a", "b"], ['{ use = "toy:short" }']))
    found = run_summary.count_by_source(account)
    assert found["a"]["files_unread"] == 1 and found["a"]["bytes_unread"] == 14
    assert not found["b"]["files_unread"]
    assert "1 file of 14 B could not be read to the end" in (account.out / "report.html").read_text()


@pytest.mark.parametrize(("figure", "told"), [("bytes_cut", "in bytes"), ("tokens_in", "counted tokens in")])
def test_text_that_vanishes_is_seen(tmp_path, tokenizer, figure, told):
    count = COUNT.format(tokenizer=tokenizer, more="")
    stages = stage("s", ["a"], [count]) + stage("t", ["s"], ['{ use = "toy:ends" }'])
    account = execute(tmp_path / "run", {"a": "one two three\n"}, stages)
    path = account.out / "t/stage.json"

    def take_one(about):
        about["parts"]["part-00000"]["by_source"]["a"][figure] -= 1

    change(path, take_one)
    account = run_summary.read(account.out)
    (bad,) = [check for check in conservation.check(account.stages["t"], account) if not check["ok"]]
    assert told in bad["what"]
    assert "DO NOT ADD UP" in report.summary(account.out)


MIX = """
[[stage]]
name = "shards"
after = "drawn"
steps = [ { use = "mixing.export:shards", title = "Toy" } ]
"""


def test_documents_and_rows_agree_in_report_summary_manifest_and_card(tmp_path, tokenizer):
    """Each of `a` twice, each of `b` once or not at all."""
    for name, content in {
        "weights.json": {"weights": {"a": 0.8, "b": 0.2}, "settings": {"budget_tokens": 100}},
        "counts.json": {"a": {"tokens": 40}, "b": {"tokens": 40}},
    }.items():
        (tmp_path / name).write_text(json.dumps(content))
    draw = f'{{ use = "mixing.sample:draw", weights = "{tmp_path}", counts = "{tmp_path}" }}'
    texts = {name: "".join(f"{name} extraordinarily long {i}\n" for i in range(10)) for name in "ab"}
    stages = stage("s", ["a", "b"], [COUNT.format(tokenizer=tokenizer, more="")]) + stage(
        "drawn", ["s"], [draw]
    )
    account = execute(tmp_path / "run", texts, stages + MIX)
    drawn, rows = on_disk(account, "drawn"), pl.read_parquet(account.out / "shards/all/data/*.parquet")
    assert drawn.height == rows["id"].n_unique() < 20 < rows.height
    manifest = json.loads((account.out / "shards/all/manifest.json").read_text())
    unique, repeated = drawn["token_count"].sum(), rows["token_count"].sum()
    expected = {"documents": drawn.height, "rows": rows.height, "unique_tokens": unique, "tokens": repeated}
    assert {name: manifest["totals"][name] for name in expected} == expected
    (found,) = repeats.of_run(account)
    assert found["total"] == expected and all(check["ok"] for check in found["checks"]) and found["exact"]
    assert {name: row["rows"] for name, row in found["sources"].items()} == {
        name: manifest["sources"][name]["rows"] for name in found["sources"]
    }
    assert measures.total(measures.of_run(account, measures.measure(account)))["kept"].tokens == unique
    told = f"{drawn.height} documents in {rows.height} rows"
    assert f"shards         {told}, {unique} tokens, {repeated} with repeats" in report.summary(account.out)
    assert f"{told}, {unique} tokens, {repeated} with repeats" in (account.out / "report.html").read_text()
    card = (account.out / "shards/all/README.md").read_text()
    assert told in card and f"{unique:,} tokens" in card and f"{repeated:,} tokens" in card
    manifest["totals"]["rows"] += 1
    (account.out / "shards/all/manifest.json").write_text(json.dumps(manifest))
    enter(account.out / "shards/all/manifest.json")
    account = run_summary.read(account.out)
    assert "DO NOT ADD UP" in report.summary(account.out)
    assert "The sums do not hold" in report.write(account.out).read_text()
