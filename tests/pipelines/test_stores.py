"""Runs whose folder stands in a store of objects."""

import hashlib
import json
import shutil
from contextlib import contextmanager
from types import SimpleNamespace

import click
import polars as pl
import pytest
import s3_server

from winnow.pipelines.commands import run
from winnow.pipelines.commands.forget import Refused, forget
from winnow.pipelines.commands.verify import verify
from winnow.pipelines.engine.command import RunFolder, open_run
from winnow.pipelines.engine.disk import documents, mirror, storage
from winnow.pipelines.engine.disk.object_store import Store, StoreError
from winnow.pipelines.engine.outcomes import Stopped
from winnow.pipelines.engine.work import connections
from winnow.pipelines.report import status
from winnow.pipelines.spec.recipe import RecipeError

TEXTS = {"a.txt": "one line\nDROP this\nFAIL that\n", "b.txt": "two lines\none line\n", "c.txt": "three\n"}


@pytest.fixture
def recipe(make_recipe, deduplicated):
    return make_recipe(TEXTS, deduplicated)


def execute(recipe, out, workers=0):
    return run.execute(recipe, out, workers, None, "auto", ())


def digest(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for kind in ("*.parquet", "*.shuffle")
        for path in sorted(folder.rglob(kind))
    }


@pytest.fixture
def expected(recipe, tmp_path):
    execute(recipe, tmp_path / "local")
    return digest(tmp_path / "local")


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """A function that makes this process another machine, which has nothing yet of any run."""

    def move():
        monkeypatch.setattr(mirror, "_mirrors", {})
        folder = tmp_path / f"elsewhere-{len(list(tmp_path.glob('elsewhere-*')))}"
        folder.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(folder))

    return move


@pytest.mark.parametrize("workers", [0, 2])
def test_a_run_in_a_store_gives_the_same_bytes(recipe, expected, bucket, tmp_path, workers):
    execute(recipe, open_run(bucket), workers)
    assert expected
    assert digest(s3_server.download(bucket, tmp_path / "back")) == expected


def test_another_machine_makes_anew_what_was_lost_and_proves_all(
    recipe, expected, bucket, elsewhere, tmp_path
):
    execute(recipe, open_run(bucket))
    Store(bucket).delete(["read/part-00001.parquet", "spread/receipts/part-00000.json"])
    elsewhere()
    out = open_run(bucket)
    assert status.read(out).is_whole()
    assert {path.name for path in verify(out).wrong} == {"part-00001.parquet", "part-00000.json"}
    execute(recipe, out)
    elsewhere()
    assert not verify(open_run(bucket)).wrong
    assert digest(s3_server.download(bucket, tmp_path / "back")) == expected


def test_a_damaged_object_is_made_again(recipe, expected, bucket, elsewhere, tmp_path):
    execute(recipe, open_run(bucket))
    store = Store(bucket)
    rows = store.read("spread/receipts/part-00001.json")[0]
    inner = next(iter(json.loads(rows)["files"]))
    store.put(f"spread/{inner}", bytes(len(store.read(f"spread/{inner}")[0])))
    store.delete(["ledger/receipts/bucket=0000.json"])
    elsewhere()
    execute(recipe, open_run(bucket))
    assert digest(s3_server.download(bucket, tmp_path / "back")) == expected


def test_a_run_begun_here_goes_on_in_a_store_that_it_was_copied_to(recipe, expected, bucket, tmp_path):
    begun = tmp_path / "begun"
    shutil.copytree(tmp_path / "local", begun)
    shutil.rmtree(begun / "spread")
    for path in begun.rglob("*"):
        if path.is_file() and not path.name.startswith("."):
            Store(bucket).put(path.relative_to(begun).as_posix(), path)
    before = Store(bucket).head("read/part-00000.parquet")
    execute(recipe, open_run(bucket))
    assert digest(s3_server.download(bucket, tmp_path / "back")) == expected
    assert Store(bucket).head("read/part-00000.parquet") == before


def test_what_is_no_part_of_a_recipe_any_more_leaves_the_store(recipe, bucket, tmp_path):
    execute(recipe, open_run(bucket))
    (tmp_path / "in/c.txt").unlink()
    execute(recipe, open_run(bucket))
    names = {each.name for each in Store(bucket).list_objects()}
    assert "read/part-00001.parquet" in names
    assert "read/part-00002.parquet" not in names


@pytest.mark.parametrize("at", ["journal", "end"])
def test_a_take_down_leaves_no_version_of_a_text_and_goes_on_elsewhere(
    recipe, s3_port, bucket, elsewhere, tmp_path, monkeypatch, at
):
    name = f"versioned-{at}"
    client, url = s3_server.make_bucket(s3_port, name, versions=True), f"s3://{name}/run"
    out = open_run(url)
    execute(recipe, out)
    gone = documents.read(out / "read").filter(pl.col("text") == "three")["id"].item()
    (tmp_path / "list.txt").write_text(gone + "\n")

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        where = "answers.remove" if at == "journal" else "takedowns.append"
        patched.setattr(f"winnow.pipelines.takedown.commit.{where}", stop)
        with pytest.raises(KeyboardInterrupt):
            forget(out, tmp_path / "list.txt", share=1.0)
    elsewhere()
    out = open_run(url)
    forget(out, tmp_path / "list.txt", share=1.0)
    assert "three" not in documents.read(out / "read")["text"].to_list()
    listed = client.list_object_versions(Bucket=name)
    old = [each for each in listed["Versions"] if not each["IsLatest"]]
    assert {each["Key"] for each in [*old, *listed.get("DeleteMarkers", ())]} <= {"run/.lock"}
    assert not [each for each in listed["Versions"] if "staged" in each["Key"] or "journal" in each["Key"]]
    elsewhere()
    assert not verify(open_run(url)).wrong


def test_versions_that_cannot_be_seen_are_told_before_anything_goes(recipe, bucket, tmp_path, monkeypatch):
    out = open_run(bucket)
    execute(recipe, out)
    before = s3_server.download(bucket, tmp_path / "before")
    (tmp_path / "list.txt").write_text(documents.read(out / "read")["id"][0] + "\n")

    @contextmanager
    def deny(wrong):
        raise StoreError(f"{wrong}: AccessDenied")
        yield

    with monkeypatch.context() as patched:
        patched.setattr("winnow.pipelines.engine.disk.lease.abort_uploads", lambda _: 0)
        patched.setattr("winnow.pipelines.engine.disk.object_store.open_client", deny)
        with pytest.raises(Refused, match=r"may keep old versions .* cannot be listed: AccessDenied"):
            forget(out, tmp_path / "list.txt", share=1.0)
    assert digest(s3_server.download(bucket, tmp_path / "after")) == digest(before)


def test_a_worker_elsewhere_reads_from_the_hosts_of_this_recipe_alone(bucket, elsewhere):
    from winnow.pipelines.engine.work import remote

    elsewhere()
    folder = mirror.Path(mirror.tempfile.gettempdir()) / "out/stage"
    named = folder.parent / connections.FOLDER / connections.HOSTS
    for hosts in (["one:80"], ["other:80"], []):
        task = SimpleNamespace(folder=folder, name="part-00000", run="run")
        with pytest.raises(ZeroDivisionError):
            remote.run(lambda _: 1 / 0, bucket, hosts, task)
        assert named.read_text().split() == hosts


def test_a_driver_whose_run_another_one_took_over_stops(recipe, bucket, monkeypatch):
    from winnow.pipelines.engine.disk import lease

    def lose(self):
        self.lost = "another run took over"

    out = open_run(bucket)
    monkeypatch.setattr(lease, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(lease.Lease, "renew", lose)
    with pytest.raises(BlockingIOError, match="another run took over"):
        execute(recipe, out)
    assert Store(bucket).head(lease.NAME)  # it is the other one's


def test_what_a_command_writes_into_a_run_is_in_its_store(recipe, bucket, elsewhere):
    execute(recipe, open_run(bucket))
    elsewhere()

    @click.command()
    @click.argument("out", type=RunFolder(whole=True))
    def write(out):
        assert (out / "read/part-00000.parquet").read_bytes()[:4] == b"PAR1"
        (out / "read/page.md").write_text("told")

    write.main([bucket], standalone_mode=False)
    assert Store(bucket).read("read/page.md")[0] == b"told"
    assert Store(bucket).head(".lock") is None


@pytest.mark.parametrize("out", ["https://host/x", "hf://datasets/x", "s3://key:secret@bucket/x"])
def test_addresses_to_which_no_run_is_written_are_refused(out):
    with pytest.raises(RecipeError, match="OUT is an address to which no run is written") as told:
        open_run(out)
    assert "secret" not in str(told.value)


def test_without_the_packages_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("winnow.pipelines.engine.command.is_installed", lambda name: name != "obstore")
    with pytest.raises(RecipeError, match=r"OUT=gs://bucket/x needs obstore: "):
        open_run("gs://bucket/x")


def test_a_store_that_fails_in_the_middle_stops_the_run_and_it_goes_on(
    recipe, expected, bucket, s3_port, elsewhere, tmp_path, monkeypatch
):
    with s3_server.stand_before(s3_port, s3_server.Faults(quota=12)) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        with pytest.raises((StoreError, Stopped), match="make room in the store"):
            execute(recipe, open_run(bucket))
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{s3_port}")
    elsewhere()
    execute(recipe, open_run(bucket))
    assert digest(s3_server.download(bucket, tmp_path / "back")) == expected
    assert storage.read_json(open_run(bucket) / "run.json")["files"]


def test_of_files_that_only_stand_in_a_store_a_bucket_reads_its_pieces(bucket, elsewhere, tmp_path):
    from winnow import shuffle
    from winnow.pipelines.engine.disk.ranges import Ranges

    rows = pl.DataFrame({"hash": pl.Series(range(2**11, 2**20, 2**11)).cast(pl.UInt64) * 2**44})
    with shuffle.open_writer(tmp_path, "hash") as write:
        write(rows)
    made = tmp_path / "rows-0000.4.shuffle"
    Store(bucket).put("stage/part/rows-0000.4.shuffle", made)
    elsewhere()
    out = mirror.Path(mirror.tempfile.gettempdir()) / "out"
    with mirror.work(out, bucket, "run"):
        far = out / "stage/part/rows-0000.4.shuffle"
        for number in range(4):
            one, other = shuffle.Reader(number, 4, Ranges())(far), shuffle.Reader(number, 4)(made)
            assert pl.concat(one).equals(pl.concat(other))
        assert not far.exists()
        mirror.fetch(far)
        assert pl.concat(shuffle.Reader(0, 4, Ranges())(far)).height
    with mirror.work(out, bucket, "run"), pytest.raises(FileNotFoundError, match="no such object"):
        Ranges().size(out / "stage/none.4.shuffle")
