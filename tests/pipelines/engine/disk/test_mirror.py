import os
from types import SimpleNamespace

import pytest
import s3_server

from winnow.pipelines.engine.disk import mirror, object_store, proof, storage
from winnow.pipelines.engine.disk.object_store import Store


@pytest.fixture
def out(bucket):
    store = Store(bucket)
    store.put("stage/part-00000.parquet", b"rows")
    store.put("stage/receipts/part-00000.json", b"receipt")
    store.put("run.json", b"run")
    return mirror.open_folder(bucket)


def test_a_mirror_has_all_names_and_sizes_and_bytes_when_they_are_read(out):
    part = out / "stage/part-00000.parquet"
    assert (part.stat().st_size, part.read_bytes()) == (4, bytes(4))
    assert (out / "run.json").read_bytes() == b"run"  # read without a question
    assert proof.digest_file(part) == proof.hashlib.sha256(b"rows").hexdigest()[:32]
    assert part.read_bytes() == b"rows"


def test_what_is_not_there_stays_away_and_what_is_here_alone_goes(out, bucket):
    (out / "stage/part-00001.parquet").write_bytes(b"half")
    (out / "left").mkdir()
    (out / "left/part-00000.parquet").write_bytes(b"half")
    mirror.fetch(out / "stage/part-00009.parquet")
    assert mirror.open_folder(bucket) == out
    files = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    assert files == ["run.json", "stage/part-00000.parquet", "stage/receipts/part-00000.json"]
    assert not (out / "left").exists()  # an empty folder would look like a stage half made


def test_a_version_that_is_another_by_now_is_read_anew(out, bucket):
    part = out / "stage/part-00000.parquet"
    mirror.fetch(part)
    Store(bucket).put("stage/part-00000.parquet", b"sows")
    assert mirror.fetch(part).read_bytes() == b"rows"  # a driver alone changes what is there
    with mirror.work(out, bucket, "of-a-run"):
        assert mirror.fetch(part).read_bytes() == b"sows"
        Store(bucket).put("stage/part-00000.parquet", b"tows")
        assert mirror.fetch(part).read_bytes() == b"sows"  # once in a run
    with mirror.work(out, bucket, "of-the-next"):
        assert mirror.fetch(part).read_bytes() == b"tows"
    mirror.open_folder(bucket)
    assert mirror.fetch(part).read_bytes() == b"tows"


def test_what_a_driver_writes_is_in_the_store_at_once_and_what_a_worker_writes_is_not(out, bucket):
    storage.write(out / "stage/stage.json", "{}")
    assert Store(bucket).read("stage/stage.json")[0] == b"{}"
    with mirror.work(out, bucket, "of-a-run"):
        storage.write(out / "stage/part-00001.parquet", "rows")
    assert Store(bucket).read("stage/part-00001.parquet") is None


def test_push_leaves_in_the_store_what_is_here(out, bucket):
    (out / "stage/part-00000.parquet").unlink()
    (out / "stage/new.html").write_text("page")
    (out / "stage/.half.tmp").write_text("half")
    mirror.push(out / "stage")
    names = sorted(each.name for each in Store(bucket).list_objects())
    assert names == ["run.json", "stage/new.html", "stage/receipts/part-00000.json"]
    (out / "run.json").write_text("anew")
    mirror.push(out)
    assert Store(bucket).read("run.json")[0] == b"anew"


@pytest.mark.parametrize("inner", ["stage/../../../evil", "stage//double"])
def test_names_that_lead_out_of_the_folder_are_refused(bucket, s3_port, inner):
    name, prefix = object_store.split(bucket)
    s3_server.open_client(s3_port).put_object(Bucket=name, Key=prefix + inner, Body=b"x")
    with pytest.raises(OSError, match="no run wrote such a name: remove the object"):
        mirror.open_folder(bucket)


def test_files_that_nobody_touched_give_room_and_come_again(out, bucket, monkeypatch):
    part = mirror.fetch(out / "stage/part-00000.parquet")
    os.utime(part, ns=(0, part.stat().st_mtime_ns))
    usage = mirror.shutil.disk_usage(out)
    monkeypatch.setattr(mirror.shutil, "disk_usage", lambda _: usage._replace(free=usage.total // 100))
    mirror.find(out).evict()
    assert part.read_bytes() == bytes(4)
    assert mirror.fetch(part).read_bytes() == b"rows"


def test_a_folder_that_is_somebody_elses_is_refused(bucket, tmp_path, monkeypatch):
    monkeypatch.setattr(mirror.os, "getuid", lambda: 12345)
    with pytest.raises(OSError, match="is somebody else's: set TMPDIR"):
        mirror.open_folder(bucket)


def test_the_screen_shows_the_address_and_not_the_folder(out, bucket):
    from winnow.pipelines.screen.terminal import make_safe

    assert make_safe(f"see {out}/report.html") == f"see {bucket}/report.html"


def test_a_driver_that_was_taken_over_writes_nothing_more(out, bucket):
    mirror.find(out).lease = SimpleNamespace(lost="another run took over")
    with pytest.raises(BlockingIOError, match="took over"):
        storage.write(out / "stage/stage.json", "{}")
    (out / "run.json").unlink()
    with pytest.raises(BlockingIOError, match="took over"):
        mirror.push(out)
    assert {"run.json"} == {each.name for each in Store(bucket).list_objects()} - {
        "stage/part-00000.parquet",
        "stage/receipts/part-00000.json",
    }
