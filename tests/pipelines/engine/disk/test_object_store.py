from concurrent.futures import ThreadPoolExecutor

import pytest
import s3_server

from winnow.pipelines.engine.disk import object_store
from winnow.pipelines.engine.disk.object_store import (
    Store,
    StoreError,
    Taken,
    abort_uploads,
    split,
)


def test_of_many_that_write_where_nothing_stands_one_wins(bucket):
    store = Store(bucket)

    def write(name):
        try:
            return store.put_new(name[0], name[1])
        except Taken:
            return None

    for race in range(100):
        with ThreadPoolExecutor(8) as pool:
            tags = list(pool.map(write, [(f"race-{race}", f"{number}".encode()) for number in range(8)]))
        assert sum(tag is not None for tag in tags) == 1
        content, tag = store.read(f"race-{race}")
        assert tags[int(content)] == tag


def test_an_object_is_replaced_only_where_its_version_is_the_one_that_is_known(bucket):
    store = Store(bucket)
    first = store.put("one", b"first")
    second = store.put_same("one", b"second", first)
    with pytest.raises(Taken):
        store.put_same("one", b"third", first)
    assert store.read("one") == (b"second", second)


def test_large_files_go_up_in_parts_and_come_back_whole(bucket, tmp_path, monkeypatch):
    monkeypatch.setattr(object_store, "LARGE_BYTES", 2**20)
    data = bytes(range(256)) * 2**16
    (tmp_path / "large").write_bytes(data)
    store = Store(bucket)
    store.put_new("large", tmp_path / "large")
    store.download("large", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == data
    with pytest.raises(Taken):
        store.put_new("large", tmp_path / "large")


def test_what_went_up_in_parts_and_never_ended_is_aborted(bucket, s3_port):
    (name, prefix), client = split(bucket), s3_server.open_client(s3_port)
    client.create_multipart_upload(Bucket=name, Key=f"{prefix}half")
    client.create_multipart_upload(Bucket=name, Key="of-others/half")
    assert abort_uploads(bucket) == 1
    left = client.list_multipart_uploads(Bucket=name).get("Uploads", [])
    assert [each["Key"] for each in left] == ["of-others/half"]


def test_lists_give_names_below_a_folder_and_no_folder_that_only_begins_so(bucket):
    store = Store(bucket)
    for name in ("a/1", "a/2", "ab/3", "4"):
        store.put(name, b"x")
    assert sorted(each.name for each in store.list_objects("a")) == ["a/1", "a/2"]
    folders, beside = store.list_folders()
    assert (folders, [each.name for each in beside]) == (["a", "ab"], ["4"])
    store.delete(["a/1", "gone"])
    assert sorted(each.name for each in store.list_objects()) == ["4", "a/2", "ab/3"]


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("RequestTimeTooSkewed", "set the clock of this machine"),
        ("InvalidAccessKeyId", "renew your credentials"),
        ("AccessDenied", "the credentials must allow to list, read, write and delete there"),
        ("QuotaExceeded", "make room in the store"),
        ("AuthorizationHeaderMalformed", "set AWS_REGION to the region of the bucket"),
        ("NotImplemented", "this store cannot write only where nothing stands"),
    ],
)
def test_what_a_store_refuses_is_told_with_what_to_do_and_without_the_request(
    bucket, s3_port, monkeypatch, code, advice
):
    with s3_server.stand_before(s3_port, s3_server.Faults(code=code)) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        with pytest.raises(StoreError) as told:
            Store(bucket).put_new("one", b"x")
    assert str(told.value) == f"{bucket}/one: the store says {code} (made): {object_store.ADVICE[code]}"
    assert advice in str(told.value)


def test_a_bucket_that_is_not_there_and_credentials_that_are_none_are_told(bucket, monkeypatch):
    with pytest.raises(StoreError, match=r"NoSuchBucket .*: make the bucket, or mend OUT"):
        list(Store("s3://nowhere-at-all/x").list_objects())
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    with pytest.raises(StoreError, match="there are no credentials: set AWS_ACCESS_KEY_ID"):
        Store(bucket)


def test_answers_that_are_cut_off_or_late_or_refused_for_a_while_are_asked_for_again(
    bucket, s3_port, monkeypatch, tmp_path
):
    faults = s3_server.Faults(busy=0.2, cut=0.3, late=0.1)
    with s3_server.stand_before(s3_port, faults) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        store = Store(bucket)
        for number in range(12):
            store.put_new(f"each-{number}", bytes([number]) * 50_000)
            store.download(f"each-{number}", tmp_path / "back")
            assert (tmp_path / "back").read_bytes() == bytes([number]) * 50_000
    assert faults.met["busy"] and faults.met["cut"]


def test_a_store_that_shows_no_uploads_is_told_with_its_word(bucket, s3_port, monkeypatch):
    with s3_server.stand_before(s3_port, s3_server.Faults(code="AccessDenied")) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        with pytest.raises(StoreError, match=r"what went up in parts .* cannot be removed: .*AccessDenied"):
            abort_uploads(bucket)


def test_the_endpoint_of_a_profile_is_found(bucket, s3_port, monkeypatch, tmp_path):
    (tmp_path / "config").write_text(f"[profile other]\nendpoint_url = http://127.0.0.1:{s3_port}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "other")
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert Store(bucket).put_new("one", b"x")
