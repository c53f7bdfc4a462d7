#!/usr/bin/env python3
"""Makes models of a few numbers for tests and benches (default folder: build/models-small).

    add_v1, add_v2               y = x + 1, y = x + 2; x: [1, 16]; the answer tells which version gave it
    add_batch_v1, add_batch_v2   the same for x: [-1, 16]
    echo_<type>_v1               y = x: [-1, 4], one for each KServe data type
    pair_v1                      a, b: [-1, 4] -> sum, difference
    reshape_v1                   x: [1, 16], shape: int64 [2]; an operator fails while it runs for a bad shape
    nan_v1                       answers NaN whatever it is asked
    slow_v1                      about 0.1 s of one CPU core
    mlp_<format>_v1              one network in every format: onnx, ir, static, dynamic, paddle3, parts, combined
    mlp.json                     an input of that network and the output that all formats must give

Runs with the Python of build/venv. A second run does nothing unless these scripts or the packages changed.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
STAMP = ".made"

# Paddle's kinds and the program format (FLAGS_enable_pir_api) that each is written with.
PADDLE_KINDS = {"static": "0", "dynamic": "0", "parts": "0", "paddle3": "1"}


def fingerprint() -> str:
    digest = hashlib.sha256()
    locks = [ROOT / "tools" / "setup" / name for name in ("wheels.lock", "requirements.lock")]
    for path in [*sorted(HERE.glob("*small*.py")), *locks]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def run_part(script: str, *arguments: str, **environment: str) -> None:
    """Each part is a process of its own: the engines' Python packages do not share one."""
    command = [sys.executable, str(HERE / script), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**os.environ, **environment})
    if done.returncode != 0:
        raise SystemExit(f"{script} {' '.join(arguments)} failed:\n{done.stdout}")


def write_combined(static: Path, combined: Path) -> None:
    """Paddle 1's pair of names; what is in the files did not change until Paddle 3."""
    combined.mkdir()
    shutil.copyfile(static / "inference.pdmodel", combined / "__model__")
    shutil.copyfile(static / "inference.pdiparams", combined / "__params__")


def write_expected(path: Path) -> None:
    import small_mlp  # needs numpy, which a run that has nothing to do does not
    x = small_mlp.INPUT
    path.write_text(json.dumps({"input": x.tolist(), "output": small_mlp.output(x).tolist()}, indent=1) + "\n")


def make_all(to: Path) -> None:
    run_part("small_onnx.py", str(to))
    for kind, new_program_format in PADDLE_KINDS.items():
        run_part("small_paddle.py", str(to / f"mlp_{kind}_v1"), kind, FLAGS_enable_pir_api=new_program_format)
    write_combined(to / "mlp_static_v1", to / "mlp_combined_v1")
    write_expected(to / "mlp.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "models-small", help="default: build/models-small")
    to = parser.parse_args().to.resolve()

    wanted = fingerprint()
    stamp = to / STAMP
    if stamp.is_file() and stamp.read_text().strip() == wanted:
        return
    fresh = to.with_name(to.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    make_all(fresh)
    (fresh / STAMP).write_text(wanted + "\n")
    shutil.rmtree(to, ignore_errors=True)
    fresh.rename(to)
    print(f"  {sum(1 for path in to.iterdir() if path.is_dir())} small models in {to}")


if __name__ == "__main__":
    os.umask(0o022)
    main()
