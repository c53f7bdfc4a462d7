"""The sources keep to the table of which folder may include which; and the check finds what breaks it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CHECK = ROOT / "tools/check_layers.py"


def check(root: Path) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, CHECK, root], capture_output=True, text=True, timeout=60)


@pytest.fixture
def project(tmp_path):
    """Three layers that are in order: top -> middle -> bottom."""
    write(tmp_path, "tools/layers.txt", "bottom:\nmiddle: bottom  # a remark\ntop: middle\nworker:\ntop/testing: top\n")
    write(tmp_path, "src/bottom/a.h", "#pragma once\n")
    write(tmp_path, "src/middle/b.h", '#include "bottom/a.h"\n#include <vector>\n#include "absl/status/status.h"\n')
    write(tmp_path, "src/top/c.cc", '#include "middle/b.h"\n')
    write(tmp_path, "src/worker/w.h", "#pragma once\n")
    write(tmp_path, "src/top/testing/t.h", '#include "top/c.cc"\n')
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def expect(root: Path, *faults: str) -> None:
    done = check(root)
    assert done.stdout.splitlines() == list(faults), done.stdout + done.stderr
    assert done.returncode == (1 if faults else 0)


def test_the_sources_keep_to_the_table():
    done = check(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_project_in_order_has_no_fault(project):
    expect(project)


def test_an_include_that_the_row_does_not_allow_is_found(project):
    write(project, "src/bottom/a.cc", '#include "bottom/a.h"\n#include "top/testing/t.h"\n')
    expect(project, "src/bottom/a.cc:2: bottom may not include top/testing (see tools/layers.txt)")


def test_an_include_of_what_is_not_there_is_found(project):
    write(project, "src/top/d.cc", '#include "middle/gone.h"\n')
    expect(project, 'src/top/d.cc:1: "middle/gone.h" does not exist')


def test_a_folder_without_a_row_and_a_row_without_a_folder_are_found(project):
    write(project, "src/new/n.h", "#pragma once\n")
    write(project, "tools/layers.txt", (project / "tools/layers.txt").read_text() + "old:\n")
    expect(project, "src/new: has no row in tools/layers.txt", "tools/layers.txt: old: no such folder")


def test_a_permission_that_nothing_but_a_test_uses_is_found(project):
    write(project, "src/top/c.cc", "")
    write(project, "src/top/c_test.cc", '#include "middle/b.h"\n')
    expect(project, "tools/layers.txt: top may include middle, but no file does: remove it")


def test_a_cycle_between_rows_is_found(project):
    write(project, "src/bottom/a.h", '#include "top/c.cc"\n')
    write(project, "tools/layers.txt", (project / "tools/layers.txt").read_text().replace("bottom:\n", "bottom: top\n"))
    expect(project, "tools/layers.txt: a cycle: bottom -> top -> middle -> bottom")


def test_tests_may_also_include_testing_folders_and_the_worker_but_no_more(project):
    write(project, "src/bottom/a_test.cc",
          '#include "top/testing/t.h"\n#include "worker/w.h"\n#include "middle/b.h"\n')
    expect(project, "src/bottom/a_test.cc:3: bottom may not include middle (see tools/layers.txt)")
