import json
import os
import subprocess
import sys

import pytest

from winnow.pipelines.engine.command import open_run
from winnow.pipelines.engine.disk import lease, lock, mirror
from winnow.pipelines.engine.disk.object_store import Store, StoreError


def leave(bucket, **other):
    """A lease in the store, as another driver would leave it."""
    left = lease.Lease(Store(bucket))
    left.about |= other
    left.store.put(lease.NAME, left._encode())
    return left


def test_a_run_holds_its_folder_in_the_store_for_as_long_as_it_goes_on(bucket):
    out = mirror.open_folder(bucket)
    with lock.hold(out):
        held = json.loads(Store(bucket).read(lease.NAME)[0])
        assert lock.is_held(out)
        assert held.keys() >= {"host", "process", "since", "token"}
        assert "secret" not in str(held).lower()
    assert not lock.is_held(out)


def test_a_driver_elsewhere_that_renews_its_lease_is_left_alone(bucket, monkeypatch):
    other = leave(bucket, host="elsewhere")
    other.tag = Store(bucket).head(lease.NAME).tag
    monkeypatch.setattr(lease, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(lease.time, "sleep", lambda _: other.renew())
    out = mirror.open_folder(bucket)
    with (
        pytest.raises(
            BlockingIOError, match=r"another run is under way in s3://.*: process \d+ on elsewhere"
        ),
        lock.hold(out),
    ):
        pass


def test_a_lease_that_nobody_renews_is_taken_over_and_its_driver_stops(bucket, monkeypatch):
    monkeypatch.setattr(lease, "PATIENCE_SECONDS", 0.3)
    monkeypatch.setattr(lease, "LOOK_SECONDS", 0.1)
    other = leave(bucket, host="elsewhere")
    other.tag = Store(bucket).head(lease.NAME).tag
    with lock.hold(mirror.open_folder(bucket)):
        other.renew()
        assert other.lost.startswith(f"another run took over {bucket}")
        other.release()
        assert Store(bucket).head(lease.NAME)


def test_a_lease_of_a_process_here_that_is_no_more_is_taken_over_at_once(bucket):
    leave(bucket, process=2**22 + 1)
    with lock.hold(mirror.open_folder(bucket)):
        pass


def test_a_beat_whose_answer_was_lost_is_known_as_ones_own(bucket):
    own = lease.Lease(Store(bucket))
    own.acquire()
    before = own.tag
    own.renew()
    own.tag = before
    own.renew()
    assert not own.lost
    own.renew()
    assert not own.lost


def test_a_store_that_writes_whatever_stands_there_is_refused(bucket, s3_port, monkeypatch):
    import s3_server

    with s3_server.stand_before(s3_port, s3_server.Faults(blind=True)) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        out = mirror.open_folder(bucket)
        with pytest.raises(StoreError, match="this store cannot hold a run"), lock.hold(out):
            pass


@pytest.mark.parametrize("data", [b"", b"[]", b"no lease", b'{"host": 1, "process": "x"}'])
def test_what_is_no_lease_is_one_of_nobody_that_is_known(bucket, monkeypatch, data):
    monkeypatch.setattr(lease, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(lease, "LOOK_SECONDS", 0.05)
    Store(bucket).put(lease.NAME, data)
    with lock.hold(mirror.open_folder(bucket)):
        pass
    assert lease.describe(lease._read_holder(data)).startswith("process ")


def test_a_run_that_cannot_begin_holds_nothing(bucket, monkeypatch):
    def deny(url):
        raise StoreError(f"{url}: AccessDenied")

    monkeypatch.setattr(lease, "abort_uploads", deny)
    with pytest.raises(StoreError, match="AccessDenied"), lock.hold(mirror.open_folder(bucket)):
        pass
    assert Store(bucket).head(lease.NAME) is None


def test_who_looks_at_a_run_under_way_on_this_machine_takes_nothing_from_it(bucket):
    folder = open_run(bucket)
    with lock.hold(folder):
        (folder / "stage").mkdir()
        (folder / "stage/part-00000.parquet").write_bytes(b"not in the store yet")
        look = f"from winnow.pipelines.engine import command; print(command.open_run({bucket!r}))"
        where = {"env": {**os.environ, "TMPDIR": str(folder.parent)}, "text": True}
        seen = subprocess.run([sys.executable, "-c", look], capture_output=True, check=True, **where)
        assert seen.stdout.strip() == f"{folder}-beside"
        assert (folder / "stage/part-00000.parquet").read_bytes() == b"not in the store yet"
    assert open_run(bucket) == folder
