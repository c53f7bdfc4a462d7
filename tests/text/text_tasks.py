"""Runs a task with tests/run_task of the build, one request a line of a file."""

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("HUIDU_BUILD_DIR", ROOT / "build" / "release"))
PROGRAM = BUILD / "tests" / "run_task"


def run_task(task: str, engine: str, folder: Path, resources: dict[str, Path], lines: Path,
             settings: dict[str, str] | None = None, lod: str = "") -> list[dict]:
    command = [str(PROGRAM), "--task", task, "--engine", engine, "--part", f"model={folder}", "--lines", str(lines)]
    for name, path in resources.items():
        command += ["--resource", f"{name}={path}"]
    for name, value in (settings or {}).items():
        command += ["--setting", f"{name}={value}"]
    if lod:
        command += ["--lod", lod]
    done = subprocess.run(command, capture_output=True, timeout=600)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return [json.loads(line) for line in done.stdout.split(b"\n") if line]
