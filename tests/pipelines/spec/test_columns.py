"""What steps declare, and recipes whose steps do not fit together."""

import inspect
import re
import typing

import polars as pl
import pytest

from winnow.pipelines.commands import run
from winnow.pipelines.spec import columns, recipe, toml
from winnow.pipelines.spec.address import find_steps


def step(use, **settings):
    return recipe.Step(use, "shard", settings)


def test_every_step_declares_what_it_needs_or_adds():
    assert [use for use, _, function in find_steps() if columns.is_open(function)] == []


@pytest.mark.parametrize(
    ("use", "settings", "needed"),
    [
        ("classifiers.language:keep", {}, ["language", "language_score"]),
        ("filters.madlad:sentences", {"model": None}, ["text"]),
        ("filters.madlad:sentences", {"model": "m.bin"}, ["text", "language"]),
        ("dedup.exact:partition", {"key": "url", "prefer": [{"length": "max", "date": "max"}]},
         ["id", "source", "uri", "exact_bytes", "url_key", "date?"]),
        ("filters.urls:block", {}, ["url?"]),
        ("mixing.report:write", {}, []),
        ("toy:short", {}, None),
    ],
)  # fmt: skip
def test_what_a_step_needs_goes_by_its_settings(use, settings, needed):
    assert columns.needs(step(use, **settings)) == needed


def test_a_reader_says_which_columns_its_settings_make():
    read = {"texts": [], "bodies": ["application/pdf"], "max_record_bytes": 1}
    assert columns.adds(step("ingest.warc:read", **read))["body"] == pl.Binary()
    assert "body" not in columns.adds(step("ingest.warc:read", **read | {"bodies": []}))
    assert "license" in columns.adds(step("ingest.files:read", license="MIT"))
    assert "license" not in columns.adds(step("ingest.files:read", license=None))
    assert columns.adds(step("toy:read")) is None


SOURCE = '[[source]]\nname = "{name}"\nuris = ["{name}/*"]\nread = {{ use = "{use}" }}\n'
STAGE = '[[stage]]\nname = "{name}"\nafter = {after}\n{by}steps = [\n{steps}\n]\n'


def load(tmp_path, sources, stages):
    """A recipe of sources (name: reader) and stages (name, after, by, lines of steps)."""
    text = 'name = "r"\n' + "".join(SOURCE.format(name=name, use=use) for name, use in sources.items())
    for name, after, by, *lines in stages:
        listed = "\n".join(f"  {{ use = {line} }}," for line in lines)
        text += STAGE.format(name=name, after=after, by=f'by = "{by}"\n' if by else "", steps=listed)
    path = tmp_path / "r.toml"
    path.write_text(text)
    return toml.load(path)


WEB = {"web": "ingest.warc:read"}
EXTRACTED = ("extracted", '"web"', None, '"ingest.html:extract"')
KEEP = '"classifiers.language:keep", languages = ["en"]'
IDENTIFY = '"classifiers.language:identify"'


def test_keep_without_identify_is_refused_with_line_way_and_who_makes_it(tmp_path):
    message = (
        r"r\.toml:17: stage 'kept': classifiers\.language:keep needs the column 'language', which nothing"
        r" makes on the way web -> extracted -> kept; classifiers\.language:identify makes it$"
    )
    with pytest.raises(recipe.RecipeError, match=message):
        load(tmp_path, WEB, [EXTRACTED, ("kept", '"extracted"', None, '"filters.text:nonempty"', KEEP)])
    load(tmp_path, WEB, [EXTRACTED, ("kept", '"extracted"', None, IDENTIFY, KEEP)])


def test_one_way_without_the_column_is_enough_and_is_named(tmp_path):
    sources = WEB | {"books": "ingest.books.r_packages:read"}
    stages = [
        EXTRACTED,
        ("identified", '"extracted"', None, IDENTIFY),
        ("kept", '["identified", "books"]', None, KEEP),
    ]
    way = "on the way books -> kept; classifiers.language:identify makes it in stage 'identified'"
    with pytest.raises(recipe.RecipeError, match=re.escape(way)):
        load(tmp_path, sources, stages)


def test_what_may_be_missing_is_refused_where_no_way_makes_it(tmp_path):
    sources = WEB | {"books": "ingest.books.r_packages:read"}
    located = '"dedup.exact:locate"'
    load(tmp_path, sources, [("hashed", '["web", "books"]', None, located)])
    with pytest.raises(recipe.RecipeError, match="'url', which nothing makes on the way books -> hashed"):
        load(tmp_path, sources, [("hashed", '"books"', None, located)])


def test_every_mark_is_decided():
    """`?`: without it on any way the step does nothing; `[...]`: it works without, and is tried so below."""
    marked = {}
    for use, _, function in find_steps():
        first = next(iter(inspect.signature(function).parameters))
        hint = typing.get_type_hints(function, include_extras=True)[first]
        items = [item for item in getattr(hint, "__metadata__", ()) if isinstance(item, str)]
        marked |= {(use, columns.strip(item)): item for item in items if columns.strip(item) != item}
    assert {one for one, item in marked.items() if item.startswith("[")} == {
        ("filters.licenses:judge", "license"),
        ("filters.licenses:judge", "license_evidence"),
        ("classifiers.rephrase:take", "license"),
        ("classifiers.types:sign_pages", "url"),
        ("classifiers.types:label_pages", "page_signs"),
        ("mixing.attribution:write", "license"),
        ("ocr.pdf:extract", "preferences"),
    }


@pytest.mark.parametrize(
    "steps",
    [
        ['"filters.licenses:judge"', '"filters.licenses:keep"'],
        ['"classifiers.types:sign_pages"', '"classifiers.types:label_pages"'],
        ['"mixing.count:tokens", only_missing = true'],
    ],
)
def test_what_is_taken_where_it_is_there_takes_plain_lines(tmp_path, steps):
    (tmp_path / "in.jsonl").write_text('{"text": "A line of words that somebody wrote."}\n')
    stages = "".join(f"  {{ use = {one} }},\n" for one in steps)
    path = tmp_path / "recipe.toml"
    path.write_text(
        f'name = "plain"\n[[source]]\nname = "mine"\nuris = ["{tmp_path}/in.jsonl"]\n'
        f'read = {{ use = "ingest.jsonl:read" }}\n[[stage]]\nname = "kept"\nafter = "mine"\n'
        f"may_be_empty = true\nsteps = [\n{stages}]\n"
    )
    assert run.execute(path, tmp_path / "out", 0, None, "auto", ()) == 0


def test_the_group_of_rephrasing_takes_plain_lines(tmp_path):
    path = tmp_path / "recipe.toml"
    path.write_text(
        f'name = "plain"\n[[source]]\nname = "mine"\nuris = ["{tmp_path}/in.jsonl"]\n'
        'read = { use = "ingest.jsonl:read" }\n[[stage]]\nname = "rewritten"\nafter = "mine"\n'
        'use = "groups/rephrase.toml"\n'
    )
    assert columns.find_problem(toml.load(path)) is None


@pytest.mark.parametrize(
    ("prefer", "message"),
    [
        ('[ { lisence = ["CC0-1.0"] } ]', "needs the column 'lisence'.*did you mean 'license'"),
        ('[ { score_quality = "max" } ]', "needs the column 'score_quality'.*classifiers.quality:score"),
        ('[ { language_score = "max" }, { length = "max" } ]', "classifiers.language:identify makes it"),
        ('[ { date = "max" }, { license = ["CC0-1.0"] } ]', None),
    ],
)
def test_prefer_names_columns_that_somebody_makes(tmp_path, prefer, message):
    stages = [
        EXTRACTED,
        ("hashed", '"extracted"', None, '"dedup.exact:hash"', '"dedup.minhash:sign"'),
        ("spread", '"hashed"', "part", f'"dedup.exact:partition", prefer = {prefer}'),
    ]
    if message is None:
        assert load(tmp_path, WEB, stages).stages["spread"].kind == "corpus"
        return
    with pytest.raises(recipe.RecipeError, match=message):
        load(tmp_path, WEB, stages)
    gather = f'"dedup.clusters:gather", clusters = "stage:hashed", prefer = {prefer}'
    with pytest.raises(recipe.RecipeError, match=message):
        load(tmp_path, WEB, [*stages[:2], ("gathered", '"hashed"', "part", gather)])


def test_a_corpus_step_after_the_wrong_tables_is_refused(tmp_path):
    stages = [
        EXTRACTED,
        ("hashed", '"extracted"', None, '"dedup.exact:hash"', '"dedup.minhash:sign"'),
        ("banded", '"hashed"', "part", '"dedup.minhash:bands"'),
        ("found", '"banded"', "bucket", '"dedup.exact:duplicates"'),
    ]
    with pytest.raises(recipe.RecipeError, match="the column 'id', which nothing makes on the way banded"):
        load(tmp_path, WEB, stages)


def test_an_open_step_or_reader_makes_anything(tmp_path):
    load(tmp_path, {"lines": "toy:read"}, [("kept", '"lines"', None, KEEP)])
    load(tmp_path, WEB, [("kept", '"web"', None, '"toy:shout"', KEEP)])
    with pytest.raises(recipe.RecipeError, match="on the way web -> kept"):
        load(tmp_path, WEB | {"lines": "toy:read"}, [("kept", '["lines", "web"]', None, KEEP)])


def test_a_corpus_fills_the_columns_that_its_fields_name(tmp_path):
    def reader(fields):
        return {"lines": f'ingest.jsonl:read", fields = {fields}, max_line_bytes = 9 }} #'}

    stages = [
        ("kept", '"lines"', None, '"filters.urls:block"', '"classifiers.quality:keep", min_score = 0.5')
    ]
    load(tmp_path, reader('{ url = "meta.url", score_quality = "edu" }'), stages)
    with pytest.raises(recipe.RecipeError, match=r"filters\.urls:block needs the column 'url'"):
        load(tmp_path, reader('{ score_quality = "edu" }'), stages)
    with pytest.raises(
        recipe.RecipeError, match=r"r\.toml:5: ingest.jsonl:read: fields: no column 'ulr' can be"
    ):
        load(tmp_path, reader('{ ulr = "meta.url" }'), stages)
