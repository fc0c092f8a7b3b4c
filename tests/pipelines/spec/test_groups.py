"""Groups of stages: what a recipe with them is when it is written out, and what is refused."""

import inspect
import json
import re
import tomllib
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from winnow.pipelines.commands import check, run
from winnow.pipelines.engine import exit_codes
from winnow.pipelines.spec import groups, toml
from winnow.pipelines.spec.address import resolve
from winnow.pipelines.spec.lines import Place
from winnow.pipelines.spec.recipe import RecipeError

OWN = (
    *("books", "licensed", "long", "office", "optouts", "papers", "secrets", "tokens", "wikipedia", "winnow"),
    *("c4", "dclm", "dolma3", "fineweb", "gopher", "phases", "prose", "rephrase", "target_classifier"),
    *("budget", "importance"),
)  # settings are choices of ours, some of what has no default
RECIPES = Path(groups.__file__).resolve().parent.parent / "recipes"
HEAD = """# A recipe with comments
name = "grouped"
max_failed = 1.0

[[source]]
name = "lines"
uris = ["{folder}/in/*.txt"]
read = {{ use = "toy:read" }}

[[stage]]
name  = "read"  # the first
after = "lines"
[[stage.steps]]
use = "toy:short"
min_words = 1

"""
ENTRY = """[[stage]]
name  = "kept"
after = {after}
use   = "mine.toml"
{settings}

# ---- the end ----

[[stage]]
name  = "last"
after = "kept"
steps = [ {{ use = "toy:shout" }} ]
"""
GROUP = """# What it is for
[settings]
words = 2
marks = 1

[[stage]]
name  = "short"  # of words
after = "in"
steps = [ { use = "toy:short", min_words = "$words" } ]

[[stage]]
name  = "summed"
after = "short"
steps = [ { use = "toy:total" } ]

[[stage]]
name  = "quiet"
after = "short"
steps = [
  { use = "toy:quiet", max_marks = "$marks" },
]
"""


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent))


def write(folder: Path, *, after: str = '"read"', settings: str = "", group: str = GROUP) -> Path:
    (folder / "in").mkdir(exist_ok=True)
    (folder / "in/a.txt").write_text("one\none two\none two three!\none two three!!!\n")
    (folder / "mine.toml").write_text(group)
    path = folder / "recipe.toml"
    path.write_text(HEAD.format(folder=folder) + ENTRY.format(after=after, settings=settings))
    return path


def test_stages_stand_in_the_entrys_place_with_its_names_and_settings(tmp_path):
    checked = toml.load(write(tmp_path, settings="words = 3"))
    assert {name: stage.after for name, stage in checked.stages.items()} == {
        "read": ("lines",),
        "kept.short": ("read",),
        "kept.summed": ("kept.short",),
        "kept": ("kept.short",),
        "last": ("kept",),
    }
    assert checked.stages["kept.short"].steps[0].settings["min_words"] == 3
    assert checked.stages["kept"].steps[0].settings["max_marks"] == 1
    assert "# ---- the end ----" in checked.text and "use   =" not in checked.text


def test_what_is_written_out_is_the_same_recipe_without_groups(tmp_path):
    path = write(tmp_path, settings="marks = 0")
    printed = CliRunner().invoke(check.main, [str(path), str(tmp_path / "out"), "--print"])
    assert printed.exit_code == 0, printed.output
    assert not (tmp_path / "out").exists()
    whole = tmp_path / "whole.toml"
    whole.write_text(printed.output)
    assert toml.load(whole).stages == toml.load(path).stages
    assert groups.expand(whole, printed.output)[0] == printed.output


def test_it_runs(tmp_path):
    path = write(tmp_path, settings="words = 2")
    assert run.execute(path, tmp_path / "out", 0, None, "auto", ()) == 0
    kept = pl.concat(pl.read_parquet(file) for file in (tmp_path / "out/last").glob("*.parquet"))
    assert sorted(kept["text_here"]) == ["ONE TWO", "ONE TWO THREE!"]
    assert (tmp_path / "out/kept.summed/all/total.txt").read_text().strip() == "3"


def test_an_input_may_be_several_stages(tmp_path):
    path = write(tmp_path, after='["lines"]')
    assert toml.load(path).stages["kept.short"].after == ("lines",)
    path.write_text(path.read_text().replace('after = ["lines"]', 'after = ["read", "others"]'))
    expanded = tomllib.loads(groups.expand(path, path.read_text())[0])
    assert expanded["stage"][1]["after"] == ["read", "others"]


def test_a_recipe_without_groups_is_as_it_was(tmp_path):
    for path in [RECIPES / "labels.toml"]:
        text = path.read_text()
        expanded, places = groups.expand(path, text)
        assert expanded == text
        assert places == [Place(path, n + 1) for n in range(len(text.splitlines()))]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"settings": "word = 3"},
            r"recipe.toml:21: group 'mine.toml' has no setting word; its .*: words, marks; .* mean 'words'\?",
        ),
        (
            {"settings": "words = 'x'"},
            r"recipe.toml:21: toy:short: min_words: Input should be a valid integer, not 'x'",
        ),
        ({"group": GROUP.replace("toy:quiet", "toy:loud")}, r"mine.toml:20: no function 'loud'"),
        ({"group": GROUP.replace('"$marks"', '"$mark"')}, r'names "\$mark", which `\[settings\]` lacks'),
        ({"group": "[settings]\n"}, r"mine.toml:1: a group has `\[settings\]` and `\[\[stage\]\]`"),
        ({"group": GROUP.replace('"quiet"', '"in"')}, "none of them 'in'"),
        ({"group": GROUP + "name = 3\nx ="}, r"mine.toml:22: no TOML: .*"),
        ({"group": 'name = "x"\n' + GROUP}, "a group has"),
        ({"after": '"nowhere"'}, r"recipe.toml:19: stage 'kept.short' needs 'nowhere'"),
        ({"after": "3"}, r"recipe.toml:20: group 'mine.toml' needs .* `after`, one name or several"),
        ({"after": "{ a = 1 }"}, r"recipe.toml:20: group 'mine.toml' needs .* `after`, one name or several"),
        ({"after": '"raed"'}, r"needs 'raed', .*there are: .*; did you mean 'read'\?"),
    ],
)
def test_what_is_wrong_is_told_with_its_file_and_line(tmp_path, change, message):
    with pytest.raises(RecipeError, match=message):
        toml.load(write(tmp_path, **change))


def test_a_group_that_is_not_there_is_told(tmp_path):
    path = write(tmp_path)
    path.write_text(path.read_text().replace('"mine.toml"', '"ours.toml"'))
    with pytest.raises(RecipeError, match=r"recipe.toml:20: group 'ours.toml' is not there: neither in"):
        toml.load(path)
    path.write_text(path.read_text().replace('"ours.toml"', '"groups/mihnash.toml"'))
    with pytest.raises(RecipeError, match=r"is not there: .*; did you mean 'groups/minhash.toml'\?"):
        toml.load(path)


def test_mistakes_behind_a_group_are_told_with_their_own_line(tmp_path):
    path = write(tmp_path)
    path.write_text(path.read_text().replace("toy:shout", "toy:whisper"))
    with pytest.raises(RecipeError, match=r"recipe.toml:28: no function 'whisper'"):
        toml.load(path)


@pytest.mark.parametrize("path", sorted((RECIPES / "groups").glob("*.toml")), ids=lambda path: path.stem)
def test_defaults_of_shipped_groups_are_those_of_their_steps(path):
    group = tomllib.loads(path.read_text())
    used = re.findall(r'use = "([\w.:]+)"((?:[^{}]|{[^}]*})*)}', path.read_text())
    seen = set(re.findall(r'(?:after = |copy_as = |buckets = |\[)"\$(\w+)"', path.read_text()))
    for use, settings in used:
        defaults = inspect.signature(resolve(use)).parameters
        for key, name in re.findall(r'(\w+) = "\$(\w+)"', settings):
            own = path.stem in OWN
            assert own or group["settings"][name] == defaults[key].default, (use, key)
            seen.add(name)
    assert seen == set(group["settings"])


OFFICE = """name = "office"
max_failed = 0.5

[[source]]
name = "pages"
uris = ["{folder}/*.html"]
read = {{ use = "ingest.html:read", license = "CC0-1.0" }}

[[source]]
name = "decisions"
uris = ["{folder}/*.jsonl"]
read = {{ use = "ingest.decisions.caselaw:read" }}

[[source]]
name = "documents"
uris = ["{folder}/*.rtf"]
read = {{ use = "ingest.office.documents:read" }}

[[stage]]
name  = "read"
after = ["pages", "decisions", "documents"]
steps = [ {{ use = "filters.text:nonempty" }} ]

[[stage]]
name  = "kept"
after = "read"
use   = "groups/office.toml"
min_words = 20
"""
SAID = "The parties to this agreement have said that they will pay for all of it in the month of May. " * 4


def test_the_group_of_office_documents_keeps_prose_of_all_its_readers(tmp_path):
    (tmp_path / "a.html").write_text(f"<html><body><h1>Terms</h1><p>{SAID}</p></body></html>")
    opinion = {"id": 1, "case_name": "A v. B", "type": "010combined", "plain_text": SAID}
    (tmp_path / "b.jsonl").write_text(
        json.dumps(opinion) + "\n" + json.dumps(opinion | {"plain_text": "No."})
    )
    (tmp_path / "c.rtf").write_text(rf"{{\rtf1 {SAID}\par}}")
    (tmp_path / "d.rtf").write_text("no RTF")
    path = tmp_path / "recipe.toml"
    path.write_text(OFFICE.format(folder=tmp_path))
    assert run.execute(path, tmp_path / "out", 0, None, "auto", ()) == 0
    kept = pl.read_parquet(tmp_path / "out/kept/part-*.parquet")
    assert sorted(kept["source"]) == ["decisions", "documents", "pages"]
    extracted = pl.read_parquet(tmp_path / "out/kept.extracted/part-*.parquet")
    changed = extracted.filter(pl.col("text_here").is_not_null())  # what is no HTML passes as it is
    assert changed["source"].to_list() == ["pages"] and changed["text_here"][0].startswith("Terms")
    failed = pl.read_parquet(tmp_path / "out/*/failed/*.parquet")
    assert "no document of an office suite" in failed["error"][0] and failed.height == 1


SOURCES = """name = "sources"
max_failed = 0.5

[[source]]
name = "wikipedia"
uris = ["{folder}/*.xml"]
read = {{ use = "ingest.wikis.mediawiki:read", license = "CC-BY-SA-4.0", min_words = 3 }}

[[source]]
name = "gutenberg"
uris = ["{folder}/*.txt"]
read = {{ use = "ingest.books.gutenberg:read", by = "chapter" }}

[[stage]]
name  = "articles"
after = "wikipedia"
use   = "groups/wikipedia.toml"

[[stage]]
name  = "chapters"
after = "gutenberg"
use   = "groups/books.toml"
min_words = 20
"""
PROSE = "The river ran on to the sea, and that was where they would have to go with all of them. " * 8


def test_groups_of_wikis_and_books_keep_prose_and_say_why_the_rest_goes(tmp_path):
    pages = "".join(
        f"<page><title>{name}</title><revision><text>{text}</text></revision></page>"
        for name, text in {
            "A": PROSE,
            "B": "In kurzen Worten gesagt: das ist nicht Englisch. " * 9,
            "C": "No.",
        }.items()
    )
    (tmp_path / "a.xml").write_text(f"<mediawiki>{pages}</mediawiki>")
    (tmp_path / "b.txt").write_text(f"\n\n\nCHAPTER I.\n\n{PROSE}\n\n\n\n\nCHAPTER II.\n\n{PROSE}\n")
    path = tmp_path / "recipe.toml"
    path.write_text(SOURCES.format(folder=tmp_path))
    assert run.execute(path, tmp_path / "out", 0, None, "auto", ()) == 0
    kept = {
        name: pl.read_parquet(tmp_path / f"out/{name}/part-*.parquet") for name in ("articles", "chapters")
    }
    assert kept["articles"]["license"].to_list() == ["CC-BY-SA-4.0"]
    assert kept["chapters"]["thread"].to_list() == ["gutenberg:b.txt"] * 2
    ledgers = (tmp_path / "out").glob("*/dropped/*.parquet")
    dropped = pl.concat(pl.read_parquet(path, columns=["reason"]) for path in ledgers)
    assert sorted(dropped["reason"]) == ["language.not_wanted", "mediawiki.too_short"]


MAIL = """name = "mail"

[[source]]
name = "lists"
uris = ["{folder}/*.mbox"]
read = {{ use = "ingest.talk.mail:read" }}

[[stage]]
name  = "lists.threads"
after = "lists"
use   = "groups/mail.toml"
buckets = 2
"""


def test_a_reply_that_knows_its_parent_alone_is_of_the_thread(tmp_path):
    def write(name, head):
        return f"From a Mon Jan  1 00:00:00 2020\nMessage-ID: <{name}@x>\n{head}\n{name}. {PROSE}\n\n"

    (tmp_path / "a.mbox").write_text(write("c", "In-Reply-To: <b@x>\n"))
    (tmp_path / "b.mbox").write_text(write("a", "") + write("b", "In-Reply-To: <a@x>\n"))
    path = tmp_path / "recipe.toml"
    path.write_text(MAIL.format(folder=tmp_path))
    assert (
        run.execute(path, tmp_path / "out", 0, None, "auto", ()) == exit_codes.EMPTY
    )  # the one thread repeats
    stored = sorted((tmp_path / "out/lists.threads.ordered").glob("*/joined.parquet"))
    [text] = pl.concat(pl.read_parquet(file, hive_partitioning=False) for file in stored)["text"]
    assert [part[0] for part in text.split("\n\n---\n\n")] == ["a", "b", "c"]


OPTIONAL = GROUP.replace('"$words" }', '"$words", marks = "$least?" }').replace(
    'after = "short"', 'after = ["$other", "short"]'
)


def test_a_setting_may_be_left_out_and_name_what_a_stage_follows(tmp_path):
    """`$least?` stands only where the entry gives it; `$other` is a stage, or several."""

    def expand(settings: str) -> list[dict]:
        path = write(
            tmp_path, group=OPTIONAL.replace("marks = 1", 'marks = 1\nother = "lines"'), settings=settings
        )
        return tomllib.loads(groups.expand(path, path.read_text())[0])["stage"]

    _, short, summed, *_ = expand("")
    assert short["steps"] == [{"use": "toy:short", "min_words": 2}]
    assert summed["after"] == ["lines", "kept.short"]
    _, short, summed, *_ = expand('least = 3\nother = ["read", "lines"]')
    assert short["steps"] == [{"use": "toy:short", "min_words": 2, "marks": 3}]
    assert summed["after"] == ["read", "lines", "kept.short"]
    with pytest.raises(
        RecipeError, match="has no setting leest; its settings: words, marks, other, least; did"
    ):
        expand("leest = 3")


def test_a_group_of_which_each_stage_may_be_empty(tmp_path):
    path = write(tmp_path, settings="may_be_empty = true")
    stages = toml.load(path).stages
    assert [name for name, stage in stages.items() if stage.may_be_empty] == [
        "kept.short",
        "kept.summed",
        "kept",
    ]
    expanded, places = groups.expand(path, path.read_text())
    assert len(places) == len(expanded.splitlines()) and expanded.count("may_be_empty = true") == 3
    write(tmp_path, settings="may_be_empty = 3")
    with pytest.raises(
        RecipeError, match=r"recipe.toml:\d+: stage.*may_be_empty: Input should be a valid bool"
    ):
        toml.load(path)


def test_resources_of_an_entry_are_those_of_each_stage_of_its_group(tmp_path):
    group = GROUP.replace("steps = ", "resources = { GPU = 2 }\nsteps = ", 1)
    own = toml.load(write(tmp_path, group=group)).stages
    assert [stage.resources for stage in own.values()].count((("GPU", 2.0),)) == 1
    path = write(tmp_path, group=group, settings="resources = { GPU = 1 }")
    stages = toml.load(path).stages
    assert {stages[name].resources for name in ("kept.short", "kept.summed", "kept")} == {(("GPU", 1.0),)}
    expanded, places = groups.expand(path, path.read_text())
    assert len(places) == len(expanded.splitlines())


PRIVATE = """name = "private"

[[source]]
name = "pages"
uris = ["{folder}/*.jsonl"]
read = {{ use = "ingest.jsonl:read", fields = {{ text = "text", url = "url" }} }}

[[stage]]
name  = "clean"
after = "pages"
use   = "groups/pii.toml"
profile = "mail"
consistent = true

[[stage]]
name  = "safe"
after = "clean"
use   = "groups/secrets.toml"
"""


def test_the_groups_of_privacy_mask_what_is_personal_and_secret(tmp_path):
    pytest.importorskip("kingfisher_sdk")
    texts = [
        "Write to anna.berg@mail.example.org or Anna.Berg@mail.example.org.",
        'github = "ghp_1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuVwXyZa"',
    ]
    (tmp_path / "a.jsonl").write_text(
        "".join(json.dumps({"text": text, "url": None}) + "\n" for text in texts)
    )
    path = tmp_path / "recipe.toml"
    path.write_text(PRIVATE.format(folder=tmp_path))
    assert run.execute(path, tmp_path / "out", 0, None, "auto", ()) == 0
    frames = [
        pl.read_parquet(file)
        for name in ("clean", "safe")
        for file in (tmp_path / "out" / name).glob("part-*.parquet")
    ]
    masked = {text for frame in frames for text in frame["text" if "text" in frame.columns else "text_here"]}
    assert "Write to <EMAIL_ADDRESS_1> or <EMAIL_ADDRESS_1>." in masked
    assert 'github = "<SECRET>"' in masked
