"""Token files in a store: all of them, the same bytes, not sent twice, the manifest last."""

import json

import fsspec
import object_store
import pytest
import s3fs

from winnow.mixing import store


@pytest.fixture
def made(tmp_path):
    folder = tmp_path / "tokens/all"
    for name in ("megatron/train-00000.bin", "megatron/train-00000.idx", "trace/train-00000.parquet"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode() * 1000)
    (folder / "tokens.json").write_text("{}")
    (tmp_path / "out").mkdir()
    return sorted(path for path in folder.rglob("*") if path.is_file()), tmp_path / "out"


@pytest.fixture(params=["memory", "file"])
def place(request, tmp_path):
    yield f"{request.param}://{tmp_path}/store/a" if request.param == "file" else "memory://store/a"
    fsspec.filesystem("memory").store.clear()


def read_all(place):
    system, base = fsspec.url_to_fs(place)
    return {path.removeprefix(base): system.cat_file(path) for path in system.find(base)}


def test_every_file_lies_in_the_store_with_the_manifest_sent_last(made, place, monkeypatch):
    files, out = made
    system, _ = fsspec.url_to_fs(place)
    sent, put = [], type(system).put_file

    def note(self, path, remote, **about):
        sent.append(remote.rpartition("/")[2])
        return put(self, path, remote, **about)

    monkeypatch.setattr(type(system), "put_file", note)
    store.send(files, out, to=place)
    root = files[-1].parent if files[-1].name == "tokens.json" else files[0].parent.parent
    assert read_all(place) == {f"/{file.relative_to(root)}": file.read_bytes() for file in files}
    assert sent[-1] == "tokens.json" and len(sent) == len(files)
    said = json.loads((out / "sent.json").read_text())
    assert said["files"][-1]["path"] == "tokens.json" and said["others"] == 0
    system.pipe_file(f"{system._strip_protocol(place)}/megatron/train-00000.bin", b"x" * 24_000)
    system.pipe_file(f"{system._strip_protocol(place)}/other", b"x")
    sent.clear()
    store.send(files, out, to=place)  # what is another one is sent anew, and nothing else
    assert sent == ["train-00000.bin"]
    assert json.loads((out / "sent.json").read_text())["others"] == 1


def test_a_store_that_keeps_other_bytes_is_found(made, monkeypatch):
    files, out = made
    system = fsspec.filesystem("memory")
    monkeypatch.setattr(
        type(system), "put_file", lambda self, path, remote: self.pipe_file(remote, b"x" * 25_000)
    )
    with pytest.raises(OSError, match=r"megatron/train-00000.bin is another one when it is read back"):
        store.send(files, out, to="memory://store/b")
    assert not (out / "sent.json").exists()


def test_what_is_no_output_is_not_sent_and_no_secret_is_written(made, place):
    files, out = made
    with pytest.raises(ValueError, match=r"send comes after one stage of mixing.tokens.writer:finish"):
        store.send(files[:1], out, to=place)
    store.send(files, out, to="memory://me:secret@store/c")
    assert "secret" not in (out / "sent.json").read_text()


def test_token_files_lie_in_a_bucket(made, monkeypatch):
    files, out = made
    root = next(file for file in files if file.name == "tokens.json").parent
    with object_store.serve() as (address, objects):
        for name, value in (
            ("AWS_ENDPOINT_URL_S3", address),
            ("AWS_ACCESS_KEY_ID", "a"),
            ("AWS_SECRET_ACCESS_KEY", "b"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
        ):
            monkeypatch.setenv(name, value)
        s3fs.S3FileSystem.clear_instance_cache()
        store.send(files, out, to="s3://bucket/run/tokens")
        assert objects == {f"run/tokens/{file.relative_to(root)}": file.read_bytes() for file in files}
        objects["run/tokens/megatron/train-00000.bin"] = b"x" * 24_000
        del objects["run/tokens/megatron/train-00000.idx"]
        store.send(files, out, to="s3://bucket/run/tokens")
        assert objects == {f"run/tokens/{file.relative_to(root)}": file.read_bytes() for file in files}
    s3fs.S3FileSystem.clear_instance_cache()
