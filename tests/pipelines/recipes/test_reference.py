"""The recipe of the whole mission names what is there, and its ways meet; `make reference` runs it."""

import shutil
from pathlib import Path

from winnow.pipelines.commands import run
from winnow.pipelines.spec import toml

ROOT = Path(run.__file__).resolve().parent.parent.parent
RECIPE = ROOT / "pipelines/recipes/reference.toml"


def test_it_is_whole(tmp_path, monkeypatch):
    for name in ("takedowns/list.txt", "evals/tokenizer.json"):
        (tmp_path / "data" / name).parent.mkdir(parents=True)
        (tmp_path / "data" / name).write_text("{}")
    shutil.copytree(
        ROOT / "classifiers/rephraser/prompts", tmp_path / "classifiers/rephraser/prompts", dirs_exist_ok=True
    )
    monkeypatch.chdir(tmp_path)
    recipe = toml.load(RECIPE)
    used = {step.use.partition(":")[0] for stage in recipe.stages.values() for step in stage.steps}
    read = {source.read.use.partition(":")[0] for source in recipe.sources.values() if source.read}
    mission = {
        *("ingest.html", "classifiers.language", "filters.dclm", "classifiers.types", "classifiers.quality"),
        *("filters.optouts", "dedup.takedowns", "filters.licenses", "filters.pii", "filters.secrets"),
        *("filters.long", "dedup.exact", "dedup.minhash", "dedup.contamination", "classifiers.target"),
        *("classifiers.rephrase", "classifiers.faithful", "classifiers.collapse", "mixing.swarm"),
        *("mixing.proxies", "mixing.confirm", "mixing.phases", "mixing.anneal", "mixing.attribution"),
        *("mixing.export", *(f"mixing.tokens.{name}" for name in ("encoder", "pack", "order", "writer"))),
    }
    assert mission <= used
    readers = ("warc", "robots", "wikis.mediawiki", "talk.stackexchange", "talk.reddit", "code.repository")
    readers += ("papers.arxiv", "papers.jats")
    assert {*(f"ingest.{name}" for name in readers), "ocr.pdf"} <= read
    assert recipe.stages["anew.taken"].copy_as and {"masked", "anew.clean"} <= {
        *recipe.stages["corpus.signed"].after
    }
