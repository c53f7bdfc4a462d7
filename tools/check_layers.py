#!/usr/bin/env python3
"""Holds the sources against tools/layers.txt, the table of which folder may include which.

    tools/check_layers.py [ROOT]

Prints one line a fault and exits with 1 if there is any. A fault is: an include that is not on the folder's row, an
include of a file that does not exist, a folder without a row, a row without a folder, a permission that no file uses
(it would let a dependency grow unseen), and a cycle between rows.

Tests and benchmarks (*_test.cc, *_fuzz.cc, *_bench.cc and the headers that only they include: *_fixture.h, test_*.h)
may also include every folder named `testing`, and `worker`; what they use does not count as use of a permission.
"""

import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

TABLE = "tools/layers.txt"
SOURCES = (".h", ".cc", ".cc.in")
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')
TEST = re.compile(r"_test\.cc$|_fuzz\.cc$|_bench\.cc$|_fixture\.h$|^test_.*\.h$")


@dataclass(frozen=True)
class Include:
    file: str  # relative to the root
    line: int
    folder: str  # of that file
    target: str  # folder of the file that it includes
    name: str  # as written
    by_test: bool


def read_table(path: Path) -> dict[str, set[str]]:
    rows: dict[str, set[str]] = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.partition("#")[0].strip()
        if not line:
            continue
        folder, colon, allowed = line.partition(":")
        if not colon or folder in rows:
            raise ValueError(f"{path}:{number}: expected one row `folder: folders it may include`")
        rows[folder] = set(allowed.split())
    return rows


def folders(root: Path) -> set[str]:
    """Those under src/ that hold sources, as includes name them, and those of the schemas."""
    found = {str(f.parent.relative_to(root / "src")) for f in (root / "src").rglob("*") if f.name.endswith(SOURCES)}
    return found | {str(f.parent.relative_to(root)) for f in (root / "proto").rglob("*.proto")}


def includes(root: Path) -> list[Include]:
    """Every include of ours; those of other projects (absl, protobuf, the engines) are not ours to judge."""
    found = []
    ours = {folder.partition("/")[0] for folder in folders(root)}
    for file in sorted((root / "src").rglob("*")):
        if not file.name.endswith(SOURCES):
            continue
        folder = str(file.parent.relative_to(root / "src"))
        for number, line in enumerate(file.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if match and "/" in match[1] and match[1].partition("/")[0] in ours:
                found.append(Include(str(file.relative_to(root)), number, folder, str(Path(match[1]).parent), match[1],
                                     bool(TEST.search(file.name))))
    return found


def exists(root: Path, name: str) -> bool:
    generated = re.sub(r"(\.grpc)?\.pb\.h$", ".proto", name)
    return (root / "src" / name).is_file() or (root / generated).is_file()


def cycle(rows: dict[str, set[str]]) -> list[str]:
    """Folders that lead back to the first of them, empty if there is no cycle."""
    done: set[str] = set()

    def walk(folder: str, way: list[str]) -> list[str]:
        if folder in way:
            return way[way.index(folder):] + [folder]
        if folder in done:
            return []
        for below in sorted(rows.get(folder, ())):
            if found := walk(below, way + [folder]):
                return found
        done.add(folder)
        return []

    return next((found for folder in sorted(rows) if (found := walk(folder, []))), [])


def faults(root: Path) -> list[str]:
    rows, there, found = read_table(root / TABLE), folders(root), []
    found += [f"src/{folder}: has no row in {TABLE}" for folder in sorted(there - rows.keys())]
    found += [f"{TABLE}: {folder}: no such folder" for folder in sorted(rows.keys() - there)]
    used = defaultdict(set)
    for include in includes(root):
        where = f"{include.file}:{include.line}"
        if not exists(root, include.name):
            found.append(f'{where}: "{include.name}" does not exist')
        if include.target == include.folder or include.folder not in rows:
            continue
        if not include.by_test:
            used[include.folder].add(include.target)
        for_tests = include.target == "worker" or Path(include.target).name == "testing"
        if include.target not in rows[include.folder] and not (include.by_test and for_tests):
            found.append(f"{where}: {include.folder} may not include {include.target} (see {TABLE})")
    found += [f"{TABLE}: {folder} may include {unused}, but no file does: remove it"
              for folder in sorted(rows) for unused in sorted(rows[folder] - used[folder])]
    if around := cycle(rows):
        found.append(f"{TABLE}: a cycle: {' -> '.join(around)}")
    return found


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1]
    found = faults(root)
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
