"""Where a run works, as options and files say it, and what is refused with file, line and what to do."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

from winnow.pipelines.engine.work import cluster_file
from winnow.pipelines.engine.work.cluster_file import Address, Kubernetes, Local, Slurm
from winnow.pipelines.spec.recipe import RecipeError

ROOT = Path(__file__).parents[4]
SLURM = 'kind = "slurm"\njobs = 2\ncores = 4\nmemory = "8GB"\nwalltime = "1-06:00:00"\n'
PODS = 'kind = "kubernetes"\nworkers = 3\nmemory = "4GB"\nimage = "here/winnow:1"\n'


@pytest.fixture
def write(tmp_path):
    def write(text: str) -> Path:
        (tmp_path / "cluster.toml").write_text(text)
        return tmp_path / "cluster.toml"

    return write


def test_each_kind_is_read(write, tmp_path):
    local = cluster_file.load(write('kind = "local"\nworkers = 3\nmemory = "2GB"\n'))
    assert isinstance(local, Local) and (local.workers, local.size()) == (3, 2_000_000_000)
    slurm = cluster_file.load(write(SLURM))
    assert isinstance(slurm, Slurm) and slurm.size() == 2_000_000_000 and slurm.python == sys.executable
    assert slurm.logs == str(tmp_path / "jobs")
    assert cluster_file.read_seconds(slurm.walltime) == 30 * 3600
    pods = cluster_file.load(write(PODS))
    assert isinstance(pods, Kubernetes) and pods.size() == 4_000_000_000
    for name in ("ca", "cert", "key"):
        (tmp_path / f"{name}.pem").write_text("PEM")
    keys = "".join(f'{name} = "{name}.pem"\n' for name in ("ca", "cert", "key"))
    address = cluster_file.load(write(f'kind = "address"\naddress = "tls://head:8786"\n{keys}'))
    assert isinstance(address, Address) and address.cert == str(tmp_path / "cert.pem")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ":1: kind: missing; there are: local, address, slurm, kubernetes"),
        ('kind = "slrum"', ":1: kind: 'slrum' is none; did you mean 'slurm'?; there are: local"),
        ("kind = [1]", ":1: kind: [1] is none; there are"),
        ("kind = ", ": Invalid value (at end of document)"),
        ('kind = "local"\nworkers = -1', ":2: workers: Input should be greater than or equal to 0, not -1"),
        ('kind = "local"\nworkers = "2"', ":2: workers: Input should be a valid integer, not '2'"),
        (SLURM + 'wall = "1"', ":6: wall: no such key; did you mean 'walltime'?"),
        (SLURM.replace("1-06:00:00", "90"), ":5: walltime: write it like 24:00:00, or 2-12:00:00 with days"),
        (SLURM.replace("jobs = 2\n", ""), "jobs: Field required"),
        (
            SLURM.replace("8GB", "1GB"),
            ":4: memory: 1GB is 250 MB for each worker, which needs 500 MB",
        ),
        (SLURM.replace("8GB", "much"), ":4: memory: much: write it like 4GB"),
        (SLURM + 'queue = "a b"', ":6: queue: String should match pattern"),
        (SLURM + 'directives = ["--a", "b"]', ":6: directives.1: String should match pattern"),
        (SLURM + 'prologue = ["a\\nb"]', ":6: prologue.0: String should match pattern"),
        ('kind = "address"\naddress = "head:8786"', ":2: address: String should match pattern"),
        ('kind = "address"\naddress = "tls://head:8786"', "tls:// needs the files `ca`, `cert` and `key`"),
        ('kind = "address"\naddress = "tcp://a:1"\nca = "x"', "tcp:// has none of them"),
        (
            'kind = "address"\naddress = "tls://a:1"\nca = "none"\ncert = "none"\nkey = "none"',
            "none: No such file or directory",
        ),
        (PODS + 'name = "Winnow"', ":5: name: String should match pattern"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(write, text, told):
    path = write(text)
    with pytest.raises(RecipeError, match=re.escape(told)) as refused:
        cluster_file.load(path)
    assert str(refused.value).startswith(str(path)) and "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(RecipeError, match=r"none\.toml: No such file or directory"):
        cluster_file.load(tmp_path / "none.toml")


def test_a_kind_whose_package_is_absent_says_what_installs_it(write, monkeypatch):
    monkeypatch.setattr(cluster_file, "is_installed", lambda _: False)
    with pytest.raises(RecipeError, match=r":1: kind: 'slurm' needs dask_jobqueue, .* not installed: make"):
        cluster_file.load(write(SLURM))


def test_options_say_it_too(write):
    assert cluster_file.choose(None, None, 2, "4GB") == Local(workers=2, memory="4GB")
    address = cluster_file.choose(None, "tls://head:8786", 2, "auto")
    assert isinstance(address, Address) and address.address == "tls://head:8786"
    assert isinstance(cluster_file.choose(write(SLURM), None, 2, "auto", 8787), Slurm)
    with pytest.raises(RecipeError, match="--cluster and --scheduler"):
        cluster_file.choose(write(SLURM), "tcp://a:1", 2, "auto")
    for wrong in ((None, "tcp://a:1", 2), (None, None, 0), (write(PODS), None, 2)):
        with pytest.raises(RecipeError, match="--dashboard is for workers that the run starts itself"):
            cluster_file.choose(*wrong, "auto", 8787)


def test_the_files_of_the_docs_are_read(tmp_path):
    page = (ROOT / "docs/running.md").read_text()
    blocks = [text for text in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if "kind = " in text]
    kinds = set()
    for name in ("ca", "cert", "key"):
        (tmp_path / f"{name}.pem").write_text("PEM")
    for block in blocks:
        (tmp_path / "cluster.toml").write_text(block.replace("/secure/", ""))
        kinds.add(cluster_file.load(tmp_path / "cluster.toml").kind)
        known = cluster_file.KINDS[tomllib.loads(block)["kind"]].model_fields
        assert all(f"`{key}`" in page for key in known if key != "kind")
    assert kinds == set(cluster_file.KINDS)
