"""Tests of wheels.py on archives made here; nothing is downloaded."""

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

import wheels


def make_wheel(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
    return path


def make_source(path: Path, members: list[tarfile.TarInfo]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(b"x" * member.size))
    return path


def tar_file(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = 3
    return member


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def test_lock_gives_packages_and_skips_comments(tmp_path):
    lock = tmp_path / "wheels.lock"
    lock.write_text(f"# comment\n\nsome 1.0 {'a' * 64} some-1.0.whl  # why\n")
    assert wheels.read_lock(lock) == [wheels.Package("some", "1.0", "a" * 64, "some-1.0.whl")]


@pytest.mark.parametrize("line", ["some 1.0", f"some 1.0 {'a' * 63} some.whl"])
def test_lock_with_a_broken_line_is_refused_with_its_place(tmp_path, line):
    lock = tmp_path / "wheels.lock"
    lock.write_text(f"# comment\n{line}\n")
    with pytest.raises(SystemExit, match="wheels.lock:2: expected"):
        wheels.read_lock(lock)


def test_wheel_is_unpacked_as_it_is(tmp_path):
    archive = make_wheel(tmp_path / "a.whl", {"a/b.so": b"1", "c.txt": b"2"})
    wheels.unpack_wheel(archive, tmp_path / "out")
    assert files_below(tmp_path / "out") == {"a/b.so", "c.txt"}


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "/evil", "a\\..\\evil"])
def test_wheel_that_leaves_its_folder_is_refused(tmp_path, name):
    archive = make_wheel(tmp_path / "a.whl", {name: b"1"})
    with pytest.raises(SystemExit, match="leaves its folder"):
        wheels.unpack_wheel(archive, tmp_path / "out")
    assert files_below(tmp_path) == {"a.whl"}


def test_source_loses_its_leading_folder_and_its_links(tmp_path):
    link = tarfile.TarInfo("some-1.0/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    archive = make_source(tmp_path / "a.tar.gz", [tar_file("some-1.0/model/w"), link])
    wheels.unpack_source(archive, tmp_path / "out")
    assert files_below(tmp_path / "out") == {"model/w"}


def test_source_that_leaves_its_folder_is_refused(tmp_path):
    archive = make_source(tmp_path / "a.tar.gz", [tar_file("some-1.0/../../evil")])
    with pytest.raises(SystemExit, match="leaves its folder"):
        wheels.unpack_source(archive, tmp_path / "out")


def test_changed_archive_is_refused(tmp_path):
    archive = make_wheel(tmp_path / "a.whl", {"a": b"1"})
    good = hashlib.sha256(archive.read_bytes()).hexdigest()
    wheels.check_hash(archive, good)
    archive.write_bytes(archive.read_bytes() + b"x")
    with pytest.raises(SystemExit, match="a.whl: sha256 is"):
        wheels.check_hash(archive, good)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package whose download copies a wheel made here."""
    archive = make_wheel(tmp_path / "some-1.0.whl", {"some/libs/libsome.so.7": b"1"})
    monkeypatch.setattr(wheels, "download", lambda package, pip, to: archive)
    return wheels.Package("some", "1.0", hashlib.sha256(archive.read_bytes()).hexdigest(), archive.name)


def test_installed_package_is_complete_and_marked(tmp_path, package):
    to = tmp_path / "packages"
    to.mkdir()
    assert not wheels.is_unpacked(package, to)
    wheels.install(package, Path("pip"), to)
    assert wheels.is_unpacked(package, to)
    assert files_below(to) == {"some-1.0/some/libs/libsome.so.7", "some-1.0/.unpacked"}


def test_package_of_another_hash_is_replaced_whole(tmp_path, package):
    to = tmp_path / "packages"
    old = to / "some-1.0"
    old.mkdir(parents=True)
    (old / "left-over").write_text("")
    (old / wheels.MARKER).write_text("0" * 64)
    wheels.install(package, Path("pip"), to)
    assert files_below(to) == {"some-1.0/some/libs/libsome.so.7", "some-1.0/.unpacked"}


def test_library_gets_the_name_that_the_linker_looks_for(tmp_path):
    libs = tmp_path / "openvino" / "libs"
    libs.mkdir(parents=True)
    (libs / "libopenvino.so.2641").write_text("")
    wheels.link_plain_library_names(tmp_path)
    assert (libs / "libopenvino.so").readlink() == Path("libopenvino.so.2641")
