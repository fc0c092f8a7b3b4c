import io
import json
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from winnow.pipelines.demo import archives, packages

needs_dpkg = pytest.mark.skipif(not packages.has_apt(), reason="no apt and dpkg-deb on this machine")


def make_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as bundle:
        for name, body in members.items():
            bundle.writestr(name, body)
    return path


def make_tar(path: Path, members: dict[str, bytes], link: tuple[str, str] | None = None) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, body in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
        if link:
            info = tarfile.TarInfo(link[0])
            info.type, info.linkname = tarfile.SYMTYPE, link[1]
            tar.addfile(info)
    return path


METADATA = (
    b"Metadata-Version: 2.1\nName: x\nVersion: 1.5\n"
    b"Classifier: License :: OSI Approved :: MIT License\n\nbody\nVersion: 9\n"
)


@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_unpack_takes_the_wanted_members_and_the_metadata(make, tmp_path: Path) -> None:
    members = {"x/data/a.txt": b"a", "x/code.py": b"c", "x-1.5.dist-info/METADATA": METADATA}
    archive = make(tmp_path / "x.bin", members)
    archives.unpack(archive, tmp_path / "out", members="/data/")
    found = sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*") if p.is_file())
    assert found == ["x-1.5.dist-info/METADATA", "x/data/a.txt"]
    assert archives.read_pip_metadata(tmp_path / "out") == ("1.5", "MIT License")


@pytest.mark.parametrize("make", [make_zip, make_tar])
@pytest.mark.parametrize("name", ["../evil.txt", "a/../../evil.txt"])
def test_a_member_outside_the_folder_is_refused(make, name: str, tmp_path: Path) -> None:
    archive = make(tmp_path / "x.bin", {name: b"evil"})
    with pytest.raises(archives.FetchError, match="unsafe member"):
        archives.unpack(archive, tmp_path / "deep/out")
    assert not list(tmp_path.rglob("evil.txt"))


def test_a_link_to_outside_is_refused(tmp_path: Path) -> None:
    archive = make_tar(tmp_path / "x.tar.gz", {}, link=("x/link", "../../../etc/passwd"))
    with pytest.raises(archives.FetchError, match="unsafe member"):
        archives.unpack(archive, tmp_path / "out")


def test_a_damaged_archive_is_told_as_such(tmp_path: Path) -> None:
    archive = make_zip(tmp_path / "x.zip", {"a.txt": b"some text that is stored"})
    archive.write_bytes(archive.read_bytes().replace(b"that is", b"that iz"))
    with pytest.raises(archives.FetchError, match="damaged archive"):
        archives.unpack(archive, tmp_path / "out")
    cut = make_tar(tmp_path / "y.tar.gz", {"a.bin": bytes(range(256)) * 400})
    cut.write_bytes(cut.read_bytes()[:-200])
    with pytest.raises(archives.FetchError, match="damaged archive"):
        archives.unpack(cut, tmp_path / "out")


FIELDS = "Format: https://x\n\nFiles: *\nCopyright: me\nLicense: GPL-2+\n\nFiles: b\nLicense: MIT\n"
PHRASE = """under the terms of the GNU General Public License as
published; either version 2 of the License, or (at your option) any later version"""


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        (FIELDS, "GPL-2+"),
        (PHRASE, "GPL-2+"),
        ("the GNU Free Documentation\nLicense, Version 1.1", "GFDL"),
        ("all mine", "see its copyright file"),
    ],
)
def test_licence_is_read_from_the_copyright_file(text: str, licence: str, tmp_path: Path) -> None:
    folder = tmp_path / "usr/share/doc/thing"
    folder.mkdir(parents=True)
    (folder / "copyright").write_text(text)
    assert archives.read_deb_license(tmp_path, "thing") == licence
    assert archives.read_deb_license(tmp_path, "other") == "not stated"


def keep(cache: Path) -> packages.Package:
    part = cache / "thing.part"
    (part / "files").mkdir(parents=True)
    archive = make_zip(part / "thing.whl", {"a": b"1"})
    return packages._keep(
        "thing", cache, "thing", "1", "MIT", "PyPI", packages.digest_file(archive), "nothing", archive
    )


def test_what_is_cached_needs_no_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = keep(tmp_path)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(packages.sys, "executable", "/nowhere/python")
    assert packages.fetch_pip("thing", "thing", tmp_path) == taken
    assert packages.fetch_deb("thing", "thing", tmp_path) == taken
    assert (tmp_path / taken.file).stat().st_size == taken.bytes
    with pytest.raises(archives.FetchError, match="no apt"):
        packages.fetch_deb("other", "other", tmp_path)


def test_an_interrupted_fetch_is_not_taken_for_a_package(tmp_path: Path) -> None:
    (tmp_path / "thing.part").mkdir()
    (tmp_path / "thing.part/half.whl").write_bytes(b"half")
    assert packages.keep_cached("thing", tmp_path) is None
    assert not list(packages._fresh_part("thing", tmp_path).iterdir())


def test_pip_takes_a_local_project_without_installing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = tmp_path / "links"
    links.mkdir()
    wheel = {
        "thing_x/data.txt": b"text",
        "thing_x-1.5.dist-info/METADATA": METADATA.replace(b"Name: x", b"Name: thing-x"),
        "thing_x-1.5.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "thing_x-1.5.dist-info/RECORD": b"",
    }
    make_zip(links / "thing_x-1.5-py3-none-any.whl", wheel)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    taken = packages.fetch_pip("thing", "thing-x", tmp_path / "cache", members="data")
    assert (taken.version, taken.licence, taken.registry) == ("1.5", "MIT License", "PyPI")
    assert (tmp_path / "cache" / taken.files / "thing_x/data.txt").read_text() == "text"
    receipt = json.loads((tmp_path / "cache/thing" / packages.RECEIPT).read_text())
    assert receipt["sha256"] == packages.digest_file(links / "thing_x-1.5-py3-none-any.whl")
    with pytest.raises(archives.FetchError, match="nowhere-to-be-had"):
        packages.fetch_pip("none", "nowhere-to-be-had", tmp_path / "cache")


@needs_dpkg
def test_a_deb_is_checked_and_unpacked_without_its_scripts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(
        "Package: thing-2\nVersion: 1\nArchitecture: all\nMaintainer: me <me@x.example>\nDescription: x\n"
    )
    (tree / "DEBIAN/postinst").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (tree / "DEBIAN/postinst").chmod(0o755)
    (tree / "usr/share/doc/thing-2").mkdir(parents=True)
    (tree / "usr/share/doc/thing-2/copyright").write_text("Format: x\nLicense: MIT\n")
    deb = tmp_path / "thing-2_1_all.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, deb], check=True, capture_output=True)
    digest = packages.digest_file(deb)

    def download(pattern: str, part: Path) -> tuple[str, dict[str, str]]:
        shutil.copy(deb, part)
        return "thing-2", {"Version": "1", "SHA256": digest}

    monkeypatch.setattr(packages, "_download_deb", download)
    taken = packages.fetch_deb("thing", r"thing-\d", tmp_path / "cache")
    assert (taken.licence, taken.sha256, taken.checked) == ("MIT", digest, "apt's SHA256")
    assert (tmp_path / "cache" / taken.files / "usr/share/doc/thing-2/copyright").exists()
    assert not (tmp_path / "ran").exists()
    digest = "0" * 64
    with pytest.raises(archives.FetchError, match="apt says 0000"):
        packages.fetch_deb("other", r"thing-\d", tmp_path / "cache")


def test_the_newest_name_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    names = "doc-9\ndoc-17\nxdoc-18\ndoc-17-extra\ndoc-15\n"
    monkeypatch.setattr(
        packages.subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 0, stdout=names, stderr="")
    )
    assert packages._match(r"doc-\d+") == ["doc-17", "doc-15", "doc-9"]
