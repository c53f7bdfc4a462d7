#!/usr/bin/python3
"""Downloads the packages of wheels.lock with pip, checks their hashes and unpacks them.

Each ends in <to>/<name>-<version>/ with a marker that holds the archive's hash, so a second run does nothing.
A folder appears only when it is complete: unpacking happens beside it, then one rename.

Needs only the standard library and Debian's python3-venv, which brings the pip that downloads.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path, PurePosixPath
from typing import NamedTuple

MARKER = ".unpacked"


class Package(NamedTuple):
    name: str
    version: str
    sha256: str
    file: str

    @property
    def folder(self) -> str:
        return f"{self.name}-{self.version}"

    @property
    def is_wheel(self) -> bool:
        return self.file.endswith(".whl")


def read_lock(path: Path) -> list[Package]:
    packages = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        fields = line.partition("#")[0].split()
        if not fields:
            continue
        if len(fields) != 4 or len(fields[2]) != 64:
            raise SystemExit(f"{path}:{number}: expected 'name version sha256 file', found: {line}")
        packages.append(Package(*fields))
    return packages


def is_unpacked(package: Package, to: Path) -> bool:
    try:
        return (to / package.folder / MARKER).read_text().strip() == package.sha256
    except OSError:
        return False


def private_pip(venv: Path) -> Path:
    """Debian forbids pip outside an environment, so it gets one of its own, used for nothing else."""
    pip = venv / "bin" / "pip"
    if not pip.exists():
        run([sys.executable, "-m", "venv", "--clear", str(venv)], "create an environment for pip "
            "(is the Debian package python3-venv installed?)")
    return pip


def run(command: list[str], what: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-20:])
        raise SystemExit(f"could not {what}:\n{tail}")


def download(package: Package, pip: Path, to: Path) -> Path:
    requirement = to / "requirement.txt"
    requirement.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
    command = [str(pip), "download", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps",
               "--dest", str(to), "--requirement", str(requirement)]
    if package.is_wheel:
        command += ["--only-binary", ":all:"]
    else:
        # pip asks a source package for its name by running its setup.py (after the hash check). Old ones import
        # pkg_resources, which new setuptools no longer has; without isolation they get the one that Debian ships.
        command += ["--no-binary", ":all:", "--no-build-isolation"]
    run(command, f"download {package.name} {package.version} (the network, or a hash that does not match)")
    archive = to / package.file
    if not archive.is_file():
        raise SystemExit(f"pip downloaded another file than {package.file} for {package.name} {package.version}")
    check_hash(archive, package.sha256)
    return archive


def check_hash(archive: Path, expected: str) -> None:
    with archive.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != expected:
        raise SystemExit(f"{archive.name}: sha256 is {found}, expected {expected}")


def safe_target(root: Path, name: str) -> Path:
    """Where a member of an archive goes; refuses names that would leave the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        raise SystemExit(f"refused to unpack {name!r}: it leaves its folder")
    return root.joinpath(*path.parts)


def write_member(source, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        shutil.copyfileobj(source, out, 1 << 20)


def unpack_wheel(archive: Path, to: Path) -> None:
    with zipfile.ZipFile(archive) as wheel:
        for member in wheel.infolist():
            target = safe_target(to, member.filename)
            if not member.is_dir():
                with wheel.open(member) as source:
                    write_member(source, target)


def unpack_source(archive: Path, to: Path) -> None:
    """Links and devices are left out: no package that is used here needs them."""
    with tarfile.open(archive) as tar:
        for member in tar:
            inside = PurePosixPath(member.name).parts[1:]  # without the leading <name>-<version>/
            if member.isfile() and inside:
                write_member(tar.extractfile(member), safe_target(to, "/".join(inside)))


def link_plain_library_names(folder: Path) -> None:
    """Wheels ship libx.so.2641 without the libx.so that `-lx` looks for."""
    for library in folder.glob("*/libs/lib*.so.*"):
        plain = library.with_name(library.name.partition(".so.")[0] + ".so")
        if not plain.exists():
            plain.symlink_to(library.name)


def install(package: Package, pip: Path, to: Path) -> None:
    with tempfile.TemporaryDirectory(dir=to, prefix=".unpack-") as scratch:
        archive = download(package, pip, Path(scratch))
        fresh = Path(scratch) / "new"
        fresh.mkdir()
        unpack_wheel(archive, fresh) if package.is_wheel else unpack_source(archive, fresh)
        if package.name == "openvino":
            link_plain_library_names(fresh)
        (fresh / MARKER).write_text(package.sha256 + "\n")
        final = to / package.folder
        if final.exists():  # incomplete, or of another hash
            final.rename(Path(scratch) / "old")
        fresh.rename(final)


def main() -> None:
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lock", type=Path, default=Path(__file__).with_name("wheels.lock"))
    parser.add_argument("--to", type=Path, default=root / "build" / "packages", help="default: build/packages")
    args = parser.parse_args()

    missing = [p for p in read_lock(args.lock) if not is_unpacked(p, args.to)]
    if not missing:
        return
    args.to.mkdir(parents=True, exist_ok=True)
    pip = private_pip(args.to / ".pip")
    for package in missing:
        started = time.monotonic()
        install(package, pip, args.to)
        print(f"  {package.name} {package.version} ({time.monotonic() - started:.0f} s)", flush=True)


if __name__ == "__main__":
    os.umask(0o022)
    main()
