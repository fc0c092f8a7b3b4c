"""report.json agrees with the page and with the files."""

import json
import re
import shutil

import polars as pl
from parsed import page

from winnow.pipelines.commands import run
from winnow.pipelines.engine.disk import storage
from winnow.pipelines.report import page as report
from winnow.pipelines.report.amounts import count, share


def read(out):
    report.write(out)
    return storage.read_json(out / "report.json")  # it proves itself, too


def rows(out, pattern):
    return pl.concat([pl.read_parquet(file) for file in sorted(out.glob(pattern))], how="diagonal_relaxed")


def test_its_figures_are_those_of_the_files(made):
    told = read(made)
    assert list(told["stages"]) == ["read", "beside", "again"] and list(told["corpus_stages"]) == ["count"]
    for name, stage in told["stages"].items():
        assert stage["documents"]["kept"] == rows(made, f"{name}/part-*.parquet").height
        gone = rows(made, f"{name}/dropped/*.parquet")
        assert stage["documents"]["dropped"] == gone.height
        assert stage["documents"]["failed"] == rows(made, f"{name}/failed/*.parquet").height
        reasons = dict(gone.group_by("reason").len().iter_rows()) if gone.height else {}
        assert {reason: row["documents"] for reason, row in stage["reasons"].items()} == reasons
        size = rows(made, f"{name}/part-*.parquet")["text_bytes" if name != "read" else "text"]
        size = size if size.dtype.is_integer() else size.str.len_bytes()
        assert stage["text"]["kept"]["bytes"] == size.sum()
        assert all(check["ok"] for check in stage["checks"])
    assert [stage["main_line"] for stage in told["stages"].values()] == [True, False, True]
    total = told["documents"]
    assert total["in"] == total["kept"] + total["dropped"] + total["failed"] == 46
    (source,) = told["sources"].values()
    assert source["documents"] == total and told["sums_hold"]
    (words,) = [stage["signals"]["toy_words"] for name, stage in told["stages"].items() if name == "read"]
    assert sum(words["groups"]["kept"]) == rows(made, "read/part-*.parquet").height


def test_the_page_shows_its_figures(made):
    told, text = read(made), page(made).text
    figures = re.findall(r"([\d,]+)\n?documents in|([\d,]+)\n?kept, ", text)
    assert [a or b for a, b in figures][:2] == [count(told["documents"][fate]) for fate in ("in", "kept")]
    for name, stage in told["stages"].items():
        row = [count(stage["documents"][fate]) for fate in ("in", "kept", "dropped", "failed")]
        cells = [row[0] + " documents in", f"{row[1]} kept", f"{row[2]} dropped", f"{row[3]} failed"]
        assert ", ".join(cells) in text
        for reason, figures in stage["reasons"].items():
            part = share(figures["documents"], stage["documents"]["in"])
            assert re.search(rf"{re.escape(reason)}\s*{count(figures['documents'])}\s*{part}", text), name


def test_run_and_head_say_who_made_it(made):
    told, shown = read(made)["run"], page(made)
    about = json.loads((made / "run.json").read_text())
    for name in ("started", "host", "command", "version", "commit", "seconds"):
        assert told[name] == about[name]
    assert told["host"] in shown.text and told["command"] in shown.text
    assert f"Winnow {told['version']}" in shown.text
    assert told["versions"]["polars"] == pl.__version__ and f"polars {pl.__version__}" in shown.text
    assert "report.json" in [attrs.get("href") for _, attrs in shown.tags]


def test_shards_card_and_manifest_are_linked(make_recipe, tmp_path):
    stages = '[[stage]]\nname = "read"\nafter = "lines"\nsteps = [ { use = "mixing.count:tokens" } ]\n'
    stages += '[[stage]]\nname = "out"\nafter = "read"\nsteps = [ { use = "mixing.export:shards" } ]\n'
    out = tmp_path / "out"
    assert run.execute(make_recipe({"a.txt": "one two\nthree four\n"}, stages), out, 0, None, "auto", ()) == 0
    links = {attrs["href"] for tag, attrs in page(out).tags if tag == "a" and "#" not in attrs["href"]}
    assert links == {"report.json", *(f"out/all/{name}" for name in ("data", "README.md", "manifest.json"))}
    assert all((out / link).exists() for link in links)
    assert {link["href"] for link in read(out)["links"]} == links - {"report.json"}


def test_it_is_strict_json_and_of_unfinished_runs_too(made, tmp_path):
    out = shutil.copytree(made, tmp_path / "out")
    entry = storage.read_json(made / "run.json")
    del entry["files"]  # which a run that ended lists
    storage.write_json(out / "run.json", entry)
    shutil.rmtree(out / "beside")
    told = read(out)
    assert "beside" not in told["stages"]
    text = (out / "report.json").read_text()
    json.loads(text, parse_constant=lambda name: (_ for _ in ()).throw(ValueError(name)))
