"""The demo's own recipe on a small input, and the law of shard steps on what really passes through."""

import json
import re
import shutil
from pathlib import Path

import laws
import polars as pl
import pytest
import small
from click.testing import CliRunner
from datasets import load_dataset
from polars.testing import assert_frame_equal

from winnow import shuffle
from winnow.pipelines.commands import run, summary, verify
from winnow.pipelines.engine import exit_codes, manifest
from winnow.pipelines.engine.disk import documents, storage
from winnow.pipelines.engine.parts import listing
from winnow.pipelines.spec import columns, recipe, schema, toml


@pytest.fixture(scope="module")
def funnel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("funnel")
    small.lay_out(folder / "data")
    path = folder / "small.toml"
    path.write_text(small.recipe(Path("data")))
    out = folder / "out [1] a=b"  # no path is a pattern or a partition
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)  # a path is part of an id, and what proxies learn is drawn by ids
        code = run.execute(path, out, 0, None, "auto", ())
        assert code == exit_codes.DONE
        yield toml.load(path), out


@pytest.fixture(scope="module")
def shard_steps(funnel):
    return list(walk_shard_steps(*funnel))


def walk_shard_steps(checked: recipe.Recipe, out: Path):
    """Each shard step of the recipe with documents as they reach it."""
    for stage in checked.stages.values():
        if stage.kind != "shard":
            continue
        frames = [documents.read(out / name) for name in stage.after if name in checked.stages]
        for name in stage.after:
            source = checked.sources.get(name)
            for part in [listing.list_files(source)] if source and source.read else []:
                for file in part:
                    for frame in source.read.function(file.uri, **source.read.settings):
                        frame = schema.from_reader(frame, source.domain, file.name, 0)
                        good = pl.col("error").is_null() & pl.col("drop_reason").is_null()
                        frames.append(frame.filter(good).drop("error", "drop_reason"))
        if not frames:
            continue  # a source that is not there
        docs = pl.concat(frames, how="diagonal_relaxed").sample(fraction=1, shuffle=True, seed=1)[:60]
        for step in stage.steps:
            step = recipe.Step(step.use, step.kind, manifest.settings_for(step, checked, out), step.paths)
            yield stage.name, step, docs
            after = schema.complete(step.function(docs, **step.settings))
            if "drop_reason" in after.columns:
                after = after.filter(pl.col("drop_reason").is_null()).drop("drop_reason")
            docs = after


def test_the_law_of_shard_steps(shard_steps):
    tried = set()
    for stage, step, docs in shard_steps:
        tried.add(step.use)
        assert docs.height > 3, f"{stage}: {step.use} was tried on almost nothing"
        whole = schema.complete(step.function(docs, **step.settings))
        for cut in (0, 1, docs.height // 2):
            parts = [step.function(piece, **step.settings) for piece in (docs[:cut], docs[cut:])]
            together = pl.concat([schema.complete(part) for part in parts], how="diagonal_relaxed")
            try:
                assert_frame_equal(together, whole, check_exact=True)
            except AssertionError as error:
                raise AssertionError(f"{stage}: {step.use} cut at {cut}: {error}") from None
    assert len(tried) >= 17, tried


def test_steps_do_with_columns_what_they_declare(shard_steps):
    for _, step, docs in shard_steps:
        laws.declared_is_done(step, docs)


def test_corpus_steps_write_the_columns_that_they_declare(funnel):
    checked, out = funnel
    tried = set()
    for stage in checked.stages.values():
        declared = columns.adds(stage.steps[0]) if stage.kind == "corpus" else None
        if declared:
            tried.add(stage.steps[0].use)
            if stage.by and not any((out / stage.name / "receipts").glob("*.json")):
                continue  # it had no part: a proof that stands has no further round
            tables = [documents.columns(file) for file in (out / stage.name).glob("[!.]*/*.parquet")]
            tables += [pl.read_ipc_schema(file) for file in (out / stage.name).glob("[!.]*/*.arrow")]
            rows = (out / stage.name).glob("[!.]*/*.shuffle")
            tables += [shuffle.read_columns([file])[0].schema for file in rows]
            written = {name for table in tables for name in table}
            written |= {file.stem.partition("=")[0] for file in (out / stage.name).glob("[!.]*/*=*.parquet")}
            assert set(declared) <= written, f"{stage.name}: {set(declared) - written}"
    assert len(tried) >= 13, tried  # as many as the recipe names


def test_every_part_of_a_stage_has_one_schema(funnel):
    checked, out = funnel
    for stage in checked.stages.values():
        for folder in (".", "dropped", "failed") if stage.kind == "shard" else ():
            files = sorted((out / stage.name / folder).glob("part-*.parquet"))
            if not files:
                continue  # of a source that is not there
            first, *others = [pl.scan_parquet(file, glob=False).collect_schema() for file in files]
            assert all(other == first for other in others), f"{stage.name}/{folder}"
            assert pl.concat([pl.read_parquet(file, glob=False) for file in files]).schema == first


def test_nothing_vanishes(funnel):
    checked, out = funnel
    for stage in checked.stages.values():
        about = json.loads((out / stage.name / "stage.json").read_text())
        assert about["done"]
        for name, receipt in about["parts"].items() if stage.kind == "shard" else []:
            folders = [out / stage.name / kind / f"{name}.parquet" for kind in (".", "dropped", "failed")]
            rows = [pl.read_parquet(path, glob=False).height for path in folders]
            assert rows == [receipt["kept"], receipt["dropped"], receipt["failed"]]
            assert receipt["rows_in"] == sum(rows)


def test_a_copy_names_its_survivor_and_a_leak_its_eval(funnel):
    _, out = funnel
    dropped = storage.read_ledger(out / "clean/dropped")
    exact = (pl.col("source") == "web") & (pl.col("reason") == "exact.duplicate")
    (copy,) = dropped.filter(exact).iter_rows(named=True)
    kept = documents.read(out / "clean")
    assert kept.filter(pl.col("id") == copy["dedup_survivor"]).height == 1
    dropped = storage.read_ledger(out / "clean/dropped").filter(
        pl.col("reason") == "contamination.eval_overlap"
    )
    (leak,) = dropped.iter_rows(named=True)
    assert leak["url"].endswith("leak.html")
    assert (leak["contamination_eval"], leak["contamination_item"]) == ("gsm8k", "0")
    hits = pl.read_parquet(out / "contamination.report/all/hits.parquet", glob=False).select(
        "id", "eval", "item", "class"
    )
    assert (leak["id"], "gsm8k", "0", "verbatim") in hits.rows()
    assert "contamination.report/all/contamination.html" in (out / "report.html").read_text()


def read_table(out: Path, pattern: str) -> pl.DataFrame:
    (path,) = out.glob(pattern)
    return pl.read_parquet(path, glob=False, hive_partitioning=False)


def test_what_the_list_of_take_downs_names_is_in_no_stage(funnel):
    _, out = funnel
    reasons = {}
    for name in ("web.left", "prose.identified"):
        rows = storage.read_ledger(out / name / "dropped").filter(
            pl.col("reason").str.starts_with("takedowns.")
        )
        assert "text" not in rows.columns and rows.select("uri", "key", "url").null_count().row(0) == (
            1,
            1,
            1,
        )
        reasons[name] = rows["reason"].to_list()
    assert reasons == {"web.left": ["takedowns.listed"], "prose.identified": ["takedowns.listed"]}
    named = [small.prose()[3], "https://docs.example/prose2.html"]
    for file in out.glob("**/*.parquet"):
        if file.is_relative_to(out / "train.items"):
            continue  # items of evals, which are taught the same prose, are no documents
        rows = pl.scan_parquet(file, glob=False).select(pl.selectors.string()).collect()
        for column in rows.get_columns():
            assert not column.str.contains_any(named).any(), (file, column.name)
    shown = json.loads((out / "report.json").read_text())["stages"]["web.left"]["reasons"]
    assert "takedowns.listed" in json.dumps(shown)


def test_opt_outs_are_heard_as_of_the_latest_capture_and_their_cost_is_told(funnel):
    _, out = funnel
    dropped = storage.read_ledger(out / "web.permitted/dropped")
    found = {url.rpartition("/")[2]: reason for url, reason in dropped.select("url", "reason").iter_rows()}
    assert found == {"asyncio.html": "optouts.robots", "csv.html": "optouts.content_usage"}
    kept = documents.read(out / "web.permitted")
    assert kept["optouts_by_fetch"].sum() == 0 and set(kept["optouts_state"]) == {"found"}
    (told,) = json.loads((out / "report.json").read_text())["optouts"]
    lost = read_table(out, "web.permitted.costs/**/optouts.parquet").filter(
        policy="as judged", signal="robots", agent="any agent"
    )
    (page,) = dropped.filter(reason="optouts.robots")["token_count"]
    assert lost["tokens"].to_list() == [page] == [told["signals"]["robots"]["tokens"]]
    assert "fetch" not in told["policies"]  # nobody had said no when the pages were fetched
    signed = documents.read(out / "signed", ["url"])["url"].drop_nulls().to_list()
    assert not [url for url in signed if url.endswith(("asyncio.html", "csv.html"))]


def test_licences_are_judged_and_whom_to_name_stands_beside_the_shards(funnel):
    _, out = funnel
    masked = documents.read(out / "masked", ["source", "license", "licenses_name", "licenses_by", "id"])
    costs = read_table(out, "licenses.costs/**/licenses.parquet")
    assert costs["documents"].sum() == masked.height and {"open", "licenses.none"} <= set(costs["verdict"])
    assert not pl.concat(
        [pl.read_parquet(file, glob=False) for file in (out / "masked/dropped").glob("part-*.parquet")]
    ).height
    named = masked.filter(source="code")
    assert set(named["licenses_by"]) == {"source"} and set(named["licenses_name"]) == {"PSF-2.0"}
    listed = read_table(out, "attribution/**/attribution.parquet")
    holders = read_table(out, "attribution/**/holders.parquet")
    rows = pl.read_parquet(sorted((out / "shards/all/data").glob("*.parquet")), glob=False)
    told = json.loads((out / "shards/all/manifest.json").read_text())["totals"]
    assert (holders["documents"].sum(), holders["tokens"].sum()) == (
        rows["id"].n_unique(),
        told["unique_tokens"],
    )
    assert holders["tokens_with_repeats"].sum() == told["tokens"]
    said = pl.col("license")  # who keeps all rights gives none on conditions
    asked = rows.filter(said.is_not_null() & (said != "LicenseRef-all-rights-reserved"))["id"]
    assert set(listed["id"]) == set(asked) and listed.height > 3


def test_the_public_summary_tells_of_all_of_it_and_the_run_still_verifies(funnel):
    _, out = funnel
    told = summary.write(out)
    fields = {field["key"]: field["value"] for section in told["summary"] for field in section["fields"]}
    heard = {(row["reason"], row["documents"]) for row in fields["optouts.dropped"]}
    assert heard == {("optouts.robots", 1), ("optouts.content_usage", 1)}
    assert "robots (as of latest)" in fields["protocols"]
    done = CliRunner().invoke(verify.main, [str(out)])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("kind", ["cut", "flipped", "emptied", "deleted"])
def test_verify_names_every_file_of_any_stage_that_is_damaged(funnel, tmp_path, kind):
    copy = Path(shutil.copytree(funnel[1], tmp_path / "out"))
    own = {
        "run.json",
        "stage.json",
        "run.log",
        "events.jsonl",
        ".lock",
    }  # they and receipts: commands/test_verify.py
    own |= {"versions.json"} if kind == "deleted" else set()  # which lists the summaries that were written
    files = [path for path in copy.rglob("*") if path.is_file() and path.parent.name != "receipts"]
    files = [path for path in files if path.name not in own and path.stat().st_size]
    if kind == "deleted":  # of a summary beside the shards the original stands in summaries/
        summary_files = {path.name for path in (copy / "summaries/0001").iterdir()}
        files = [path for path in files if path.parent.name != "all" or path.name not in summary_files]
    for path in files:
        data = bytearray(path.read_bytes())
        half = len(data) // 2
        data[half] ^= 1
        path.write_bytes({"cut": data[:half], "flipped": data}.get(kind, b""))
        if kind == "deleted":
            path.unlink()
    told = CliRunner().invoke(verify.main, [str(copy)])
    named = {line.split(" is ")[0] for line in told.output.splitlines()}
    assert told.exit_code == 4 and len(files) > 440 and {str(path) for path in files} <= named


def test_shards_are_read_by_what_trainers_use(funnel, tmp_path):
    _, out = funnel
    plain = shutil.copytree(
        out / "shards/all/data", tmp_path / "shards"
    )  # the loader takes paths for patterns
    shards = sorted(plain.glob("*.parquet"))
    told = json.loads((out / "shards/all/manifest.json").read_text())
    rows = pl.read_parquet(shards)
    dataset = load_dataset(
        "parquet", data_files=[str(path) for path in shards], split="train", cache_dir=str(tmp_path / "cache")
    )
    assert rows.height == dataset.num_rows == told["totals"]["rows"] > 20
    assert {"id", "source", "url", "text", "language", "token_count"} <= set(rows.columns)
    drawn = documents.read(out / "sampled", ["repeats"])
    assert rows.height == drawn["repeats"].sum()


def test_the_mix_is_measured_and_both_reports_stand_alone(funnel):
    _, out = funnel
    weights = json.loads((out / "mix.weights/all/weights.json").read_text())
    assert sum(weights["weights"].values()) == pytest.approx(1)
    confirmed = json.loads((out / "mix.confirmed/all/confirmed.json").read_text())
    exported = json.loads((out / "mix.confirmed/all/weights.json").read_text())
    manifest = json.loads((out / "shards/all/manifest.json").read_text())
    assert manifest["weights"] == exported["weights"]
    assert manifest["mix"] == {"exported": confirmed["exported"], "why": confirmed["why"]}
    for page in (out / "report.html", out / "mix.report/all/mix.html"):
        text = page.read_text()
        assert "</html>" in text
        loads = re.findall(r'<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="(?!data:)', text)
        assert not loads and "default-src &#39;none&#39;" in text
