import os
import sys
from functools import partial
from pathlib import Path

import pytest
import s3_server
import toy_recipe

HERE = Path(__file__).parent
# For runs that a module's fixtures make, before any test of it: they stand before `toy_steps`.
os.environ["WINNOW_STEPS"] = str(HERE)


@pytest.fixture(autouse=True)
def toy_steps(monkeypatch):
    """The toy steps have an address here, in Dask workers and in children."""
    monkeypatch.syspath_prepend(str(HERE))
    paths = [str(HERE), str(HERE.parent.parent), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    monkeypatch.setenv("WINNOW_STEPS", str(HERE))
    sys.modules.pop("toy", None)


@pytest.fixture
def make_recipe(tmp_path):
    """`toy_recipe.write` in this test's folder."""
    return partial(toy_recipe.write, tmp_path)


@pytest.fixture
def write_no_page(monkeypatch):
    """From its call on no run writes its report, which takes longer than it: where only receipts are read."""
    page = "winnow.pipelines.report.page.write"
    return lambda: monkeypatch.setattr(page, lambda out, account: out / "run.json")


@pytest.fixture
def deduplicated():
    """Stages that take exact duplicates out of the source `lines`."""
    return """
[[stage]]
name = "read"
after = "lines"
steps = [ { use = "dedup.exact:hash" } ]
[[stage]]
name = "spread"
after = "read"
by = "part"
steps = [ { use = "dedup.exact:partition" } ]
[[stage]]
name = "ledger"
after = "spread"
by = "bucket"
steps = [ { use = "dedup.exact:duplicates" } ]
[[stage]]
name = "single"
after = "read"
steps = [ { use = "dedup.exact:remove", duplicates = "stage:ledger" } ]
"""


@pytest.fixture(scope="session")
def s3_port():
    with s3_server.serve() as port:
        s3_server.make_bucket(port)
        yield port


@pytest.fixture
def bucket(s3_port, monkeypatch, tmp_path):
    """The address of a folder in a bucket of a server, which this process finds; a folder for mirrors."""
    from winnow.pipelines.engine.disk import mirror
    from winnow.pipelines.screen import terminal

    for name, value in s3_server.name_environment(s3_port).items():
        monkeypatch.setenv(name, value)
    (tmp_path / "mirrors").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "mirrors"))
    monkeypatch.setattr(mirror, "_mirrors", {})
    monkeypatch.setattr(terminal, "shown", {})
    return f"s3://{s3_server.BUCKET}/{tmp_path.name}"
