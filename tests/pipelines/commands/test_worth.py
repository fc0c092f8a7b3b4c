"""Worth of planted filters, told of a finished run: real code and prose, and proxies that learn from them."""

import json
import re
import shutil
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from planted import code, noise, prose
from rich.console import Console

from winnow.pipelines.commands import prices, run, verify, worth
from winnow.pipelines.engine.ledger import removed, run_summary
from winnow.pipelines.engine.ledger.removed import Question
from winnow.pipelines.report import page
from winnow.pipelines.report.panels import worths
from winnow.pipelines.spec.recipe import RecipeError

HERE = Path(__file__).parent.parent
RECIPE = """
name = "planted"
max_failed = 1.0
[[source]]
name = "files"
uris = ["in/*"]
read = {{ use = "ingest.files:read" }}
[[source]]
name = "elsewhere"
uris = ["elsewhere/*"]
read = {{ use = "ingest.files:read" }}
[[source]]
name = "questions"
uris = ["{folder}/items.parquet"]
[[stage]]
name = "asked"
after = "questions"
steps = [ {{ use = "toy:take" }} ]
[[stage]]
name = "came"
after = "files"
steps = [ {{ use = "toy:short", min_words = 1 }} ]
[[stage]]
name = "others"
after = "elsewhere"
steps = [ {{ use = "toy:short", min_words = 1 }} ]
"""
STAGE = """
[[stage]]
name = "{name}"
after = "came"
steps = [ {{ use = "{use}", pattern = '{pattern}' }} ]
"""
FILTERS = {
    "no_code": ("toy:leave_out", "code"),
    "no_noise": ("toy:leave_out", "noise"),
    "random": ("toy:leave_out", r"-\\d*[02468]\\.txt"),
    "nothing": ("toy:leave_out", "no such file"),
    "cut_noise": ("toy:cut", "(?s)<noise>.*?</noise>"),
}
HELD = (("kept", "more", "after"), ("kept", "before", "dropped"))
SIZES = {"tokens": 30_000, "seeds": 6, "proxies": ["ngram"], "workers": 0}
FLAGS = ["--tokens", "30000", "--seeds", "6", "--workers", "0"]


@pytest.fixture(scope="module", autouse=True)
def few_pieces():
    """Fewer pieces of held-out text: to fit the strengths of proxies to them takes most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worth, "MOST_ITEMS", 96)
        yield


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A finished run of a third each code, prose and noise, with a stage for each planted filter."""
    folder = tmp_path_factory.mktemp("planted")
    functions, paragraphs = code(), prose()
    asked, functions = functions[:60], functions[60:260]
    told, paragraphs = paragraphs[:60], paragraphs[60:260]
    texts = {f"code-{i}": text for i, text in enumerate(functions)}
    texts |= {f"prose-{i}": f"{text}\n<noise>{noise(i)}</noise>" for i, text in enumerate(paragraphs)}
    texts |= {f"noise-{i}": noise(1000 + i) for i in range(150)}
    for place in ("in", "elsewhere"):
        (folder / place).mkdir()
    for name, text in texts.items():
        (folder / "in" / f"{name}.txt").write_text(text)
    for i, text in enumerate(told):
        (folder / "elsewhere" / f"{i}.txt").write_text(text)
    items = [("code", str(i), text[:200], text[200:350]) for i, text in enumerate(asked)]
    items += [("prose", str(i), text[:200], text[200:350]) for i, text in enumerate(told)]
    pl.DataFrame(items, worth.ITEM, orient="row").write_parquet(folder / "items.parquet")
    stages = "".join(
        STAGE.format(name=name, use=use, pattern=pattern) for name, (use, pattern) in FILTERS.items()
    )
    (folder / "recipe.toml").write_text(RECIPE.format(folder=folder) + stages.replace("\\\\", "\\"))
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        patch.chdir(folder)  # a path is part of an id: what is drawn hangs on it, and so does what is found
        assert run.execute(folder / "recipe.toml", folder / "out", 0, None, "auto", ()) == 0
    return folder / "out"


@pytest.fixture(scope="module")
def priced(out):
    """What the command says that asks of each planted filter."""
    done = CliRunner().invoke(prices.main, [str(out), *FLAGS])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="module")
def told(out, priced):
    """What was found of each planted filter."""
    names = [name for name in FILTERS if name != "nothing"]
    return {name: worths.read_json(out / worths.FOLDER / name / "worth.json") for name in names}


def of(told, name):
    return told[name]["proxies"]["ngram"]


def test_a_filter_that_removes_the_good_half_is_found_harmful(told):
    found = of(told, "no_code")
    assert found["evals"]["code"]["said"] == "harms"
    assert found["texts"]["dropped"]["said"] == "harms"
    assert found["texts"]["in"]["said"] == "harms"
    assert found["evals"]["code"]["worth"] < -0.3


def test_one_that_removes_noise_is_worth_it(told):
    for name in ("no_noise", "cut_noise"):
        found = of(told, name)
        assert found["mean"]["said"] == "helps"
        assert found["texts"]["kept"]["said"] == "helps"
        assert found["texts"]["source:elsewhere"]["said"] == "helps"


def test_of_one_that_removes_at_random_no_worth_is_seen_and_the_least_is_told(told):
    found = of(told, "random")
    for row in (found["mean"], found["texts"]["in"]):
        # One interval of twenty does not hold 0 by chance, and with another Python other text is learned.
        assert row["said"] == "not seen" or abs(row["worth"]) < 2 * row["least"]
        assert abs(row["worth"]) < 0.15
    assert 0 < found["mean"]["least"] < 0.2


def test_what_was_taken_is_counted(told, out):
    assert told["no_code"]["documents"]["dropped"] == 200
    assert told["cut_noise"]["documents"]["cut"] == 200
    assert told["cut_noise"]["documents"]["dropped"] == 0
    account = run_summary.read(out)
    sums = told["no_noise"]["documents"]
    assert sums["came"] == sum(
        f["bytes_in"] for f in run_summary.add_up(account.stages["no_noise"], "by_source").values()
    )
    # In tokens: noise has more of them than its bytes would say, and code as it is has fewer.
    assert told["no_noise"]["taken"] > 1 - sums["left"] / sums["came"]
    assert 0.1 < told["no_code"]["taken"] < 1 - told["no_code"]["documents"]["left"] / sums["came"]


def test_no_document_is_learned_by_two_seeds_or_learned_and_held_out(told, out):
    folder = out / worths.FOLDER / "cut_noise"
    learned = pl.read_parquet(folder / "documents.parquet")
    assert learned["id"].is_unique().all()
    learned = learned.with_columns(id=pl.col("id").str.extract(r"^(.*)-\w+$"))
    block = learned.with_columns(block=pl.col("source").str.extract(r"(\d+)$"))
    assert block.group_by("id").agg(pl.col("block").n_unique())["block"].max() == 1
    items = pl.read_parquet(folder / "items/items.parquet").filter(pl.col("eval").str.starts_with("text:"))
    held = items["item"].str.extract(r"^(.*)-\d+$")
    assert len(held) > 20
    assert not set(held) & set(learned["id"])
    kinds = learned.select("id", kind=pl.col("source").str.extract(r"^(\w+)"))
    both = kinds.filter(pl.col("kind").is_in(["before", "after"])).group_by("id").len()
    assert (both["len"] == 2).all()
    texts = learned.filter(pl.col("source").str.starts_with("before"))["text"]
    assert texts.str.contains("<noise>").all()
    assert not learned.filter(pl.col("source").str.starts_with("after"))["text"].str.contains("<noise>").any()


def test_both_sides_of_a_comparison_have_as_much_text(told):
    for name in told:
        sums = told[name]["by_kind"]
        on, off = (sum(sums[kind] for kind in kinds) for kinds in HELD)
        assert 0.8 < on / off < 1.25, name  # as many bytes; noise has more tokens for each


def test_the_same_question_has_the_same_answer(told, out):
    before = (out / worths.FOLDER / "random/worth.json").read_bytes()
    worth.ask(out, Question("random"), **SIZES)
    assert (out / worths.FOLDER / "random/worth.json").read_bytes() == before


def test_asked_with_fewer_tokens_it_begins_anew(told, out):
    folder = out / worths.FOLDER / "random"
    kept = (folder / "worth.json").read_bytes()
    found = worth.ask(out, Question("random"), **{**SIZES, "tokens": 5_000})
    assert found["proxies"]["ngram"]["tokens"] == 5_000
    (folder / "worth.json").write_bytes(kept)


def test_its_folder_is_no_damage_and_a_run_of_its_own(told, out):
    assert not verify.verify(out).wrong
    assert not verify.verify(out / worths.FOLDER / "random/run").wrong
    stray = out / worths.FOLDER / "stray.txt"
    stray.write_text("x")
    assert stray in verify.verify(out).wrong
    stray.unlink()


def test_the_report_shows_it_escaped_and_only_of_what_stands(told, out):
    text = page.write(out).read_text()
    assert "What it is worth to a model" in text
    row = of(told, "no_code")["mean"]
    assert f"{row['worth']:+.4f} ± {row['least']:.4f}" in text
    account = run_summary.read(out)
    assert len(worths.of_stage(account.stages["no_code"], account)) == 1
    path = out / worths.FOLDER / "no_code/worth.json"
    kept = path.read_bytes()
    found = worths.read_json(path)
    worth.storage.write_json(path, {**found, "rule": "<script>alert(1)</script>"})
    assert "<script>alert" not in page.write(out).read_text()
    worth.storage.write_json(path, {**found, "of": "another output"})
    assert worths.of_stage(account.stages["no_code"], account) == []
    path.write_bytes(kept)


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (Question("nothing"), "took no text away"),
        (Question("came"), "no stage 'came' that reads what another one kept; there are: no_code"),
        (Question("no_code", rule="gopher"), "dropped nothing for 'gopher'; its reasons: toy.left_out"),
        (Question("no_code", source="web"), "has no source 'web'; there are: files"),
    ],
)
def test_what_cannot_be_asked_is_refused(question, message, out):
    with pytest.raises(RecipeError, match=re.escape(message)):
        worth.ask(out, question, **SIZES)


def test_all_stages_and_rules_are_priced_in_one_table_and_no_question_is_asked_twice(priced, out, tmp_path):
    copied = shutil.copytree(out, tmp_path / "out")
    table = (copied / worths.FOLDER / worths.TABLE).read_text()
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in table.splitlines()
        if line.startswith("| ")
    ]
    assert [row[0] for row in rows[1:]] == ["no_code", "no_noise", "random", "cut_noise"]
    assert all(row[1] == "all" and len(row) == len(rows[0]) for row in rows[1:])
    named = {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    assert named["no_code"]["documents"] == "200" and named["no_code"]["eval code"].lstrip("*").startswith(
        "-"
    )
    assert named["no_noise"]["evals, mean"].lstrip("*").startswith("+")
    assert "1 of 4: no_code" in priced
    again = CliRunner().invoke(prices.main, [str(copied), *FLAGS])
    assert again.exit_code == 0 and "of 4:" not in again.output
    assert (copied / worths.FOLDER / worths.TABLE).read_text() == table
    assert not verify.verify(copied).wrong


def test_transformers_are_asked_only_of_what_takes_much(out, monkeypatch):
    asked = {}

    def note(out, question, *, proxies, **others):
        asked[question.name] = proxies
        raise RecipeError("noted: no proxies here")

    monkeypatch.setattr(worth, "ask", note)
    shares = {name: sums["came"] - sums["left"] for name, sums in _measure_all(out).items()}
    monkeypatch.setattr(prices, "LARGE", 0.9 * shares["no_code"] / _measure_all(out)["no_code"]["came"])
    wished = {"tokens": 6000, "seeds": 5, "workers": 0, "console": Console(quiet=True)}
    prices.ask(out, proxies=["ngram", "transformer"], **wished)
    small = min(shares, key=lambda name: shares[name])
    assert asked["no_code"] == ["ngram", "transformer"] and asked[small] == ["ngram"]
    asked.clear()
    prices.ask(out, proxies=["transformer"], **wished)
    assert asked[small] == ["transformer"]


def _measure_all(out):
    account = run_summary.read(out)
    names = [name for name in FILTERS if name != "nothing"]
    return {name: removed.measure(account, account.stages[name], Question(name)) for name in names}


def test_pairs_without_text_are_refused_with_what_to_do(out):
    with pytest.raises(
        RecipeError, match=r"stage random: .*for 300 pairs.*would learn no text .*fewer SEEDS"
    ):
        worth.ask(out, Question("random"), **{**SIZES, "seeds": 300})


def test_the_command_tells_the_same_of_a_rule(told, out, tmp_path):
    arguments = [str(out), "no_code", "--rule", "toy", *FLAGS]
    done = CliRunner().invoke(worth.main, [*arguments, "--recipe", str(out.parent / "recipe.toml")])
    assert done.exit_code == 0, done.output
    assert re.search(r"eval code .*-\d\.\d{4} .* harms", done.output)
    assert "`not seen` is not `no worth`" in " ".join(done.output.split())
    assert " parts, " not in done.output and f"report  {out / 'report.html'}" in done.output  # its own result
    same = json.loads((out / worths.FOLDER / "no_code.toy/worth.json").read_text())["proxies"]
    assert same == told["no_code"]["proxies"]
    other = tmp_path / "other.toml"
    other.write_text('name = "other"')
    refused = CliRunner().invoke(worth.main, [*arguments, "--recipe", str(other)])
    assert refused.exit_code == 2
    assert "holds a run of the recipe 'planted', and not of 'other'" in refused.output
