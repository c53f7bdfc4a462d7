"""What holds for every file that is, or would be, committed."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# A home or work folder of somebody's machine (/home/me is nobody). Paths of an interface (/models, /var/lib) are fine.
MACHINE_PATH = re.compile(r"(?<![\w.$*}/-])/(?:work|root|home/(?!me/)\w+)/")
MAX_LINES = {".h": 300, ".cc": 600, ".py": 600, ".sh": 300}
# file: why it is longer. Give a reason that will still be one in a year.
LONGER: dict[str, str] = {}


def committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file()]


def lines(file: Path) -> list[str]:
    """Empty for a file that is no text."""
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []


def machine_paths(text: list[str]) -> list[int]:
    return [number for number, line in enumerate(text, 1) if MACHINE_PATH.search(line)]


def test_there_are_files_to_look_at():
    names = {str(file.relative_to(ROOT)) for file in committed()}
    assert {"CMakeLists.txt", "README.md", "tests/test_repository.py"} <= names


def test_no_file_holds_a_path_of_one_machine():
    found = [f"{file.relative_to(ROOT)}:{number}" for file in committed() for number in machine_paths(lines(file))]
    assert not found, found


@pytest.mark.parametrize("folder", ["work", "root", "home/alice"])
def test_a_path_of_one_machine_would_be_found(folder):
    assert machine_paths(["fine", f"cd '/{folder}/huidu'"]) == [2]
    assert machine_paths([f"/models/{folder}/x", f"$TMP/{folder}/x"]) == []


def test_no_file_is_too_long_to_read():
    found = {}
    for file in committed():
        count, name = len(lines(file)), str(file.relative_to(ROOT))
        if count > MAX_LINES.get(file.suffix, count) and name not in LONGER:
            found[name] = count
    assert not found, found


def test_the_list_of_longer_files_holds_only_such_files():
    needless = [name for name in LONGER
                if not (ROOT / name).is_file() or len(lines(ROOT / name)) <= MAX_LINES[Path(name).suffix]]
    assert not needless, needless
