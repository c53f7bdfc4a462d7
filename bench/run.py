#!/usr/bin/env python3
"""Measures the server against its engines and against its targets: `make bench`.

Prints a table and writes build/bench/results.json with every figure, every run's full report and its command line.
Exit status: 0 measured (whether or not the targets are met), 1 something failed or a request was lost.
"""

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench"))

from suite.cases import CASES  # noqa: E402
from suite.context import FULL, QUICK, Context  # noqa: E402
from suite.load import Generator, LoadError  # noqa: E402
from suite.server import ServerError  # noqa: E402
from suite.table import Row, format_table  # noqa: E402


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few seconds for each case, to try the benchmark itself")
    parser.add_argument("--only", metavar="WORD", help="only the cases whose title or function has this word")
    parser.add_argument("--binaries", type=Path, default=ROOT / "build/release/bin")
    parser.add_argument("--json", type=Path, default=ROOT / "build/bench/results.json")
    return parser.parse_args()


def machine() -> dict:
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return {"cpu": model, "cpus": len(os.sched_getaffinity(0)), "kernel": platform.release(),
            "load_before": os.getloadavg()[0]}


def run_cases(context: Context, only: str | None) -> tuple[dict[str, list[Row]], list[str]]:
    sections, errors = {}, []
    chosen = {title: case for title, case in CASES.items()
              if only is None or only.lower() in title.lower() or only in case.__name__}
    for i, (title, case) in enumerate(chosen.items()):
        began = time.monotonic()
        print(f"[{i + 1}/{len(chosen)}] {title} …", end="", flush=True, file=sys.stderr)
        try:
            sections[title] = case(context)
            print(f" {time.monotonic() - began:.0f} s", file=sys.stderr)
        except (ServerError, LoadError, OSError) as error:
            errors.append(f"{title}: {error}")
            print(" failed", file=sys.stderr)
    return sections, errors


def main() -> int:
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are ended on the way out
    generator = Generator(arguments.binaries.resolve())
    facts = machine()
    with tempfile.TemporaryDirectory(prefix="huidu-bench-") as scratch:
        context = Context(ROOT, Path(scratch), QUICK if arguments.quick else FULL, generator)
        sections, errors = run_cases(context, arguments.only)

    print(format_table(sections))
    print(f"\n{facts['cpus']} CPUs ({facts['cpu']}), load generator on the same machine"
          f"{'; --quick: the figures mean nothing' if arguments.quick else ''}.")
    if facts["load_before"] > 0.5:
        print(f"Something else was running: load average {facts['load_before']:.1f} before the first case.")
    lost = sum(run.report["failed"] for run in generator.runs)
    result = {"time": datetime.now(timezone.utc).isoformat(), "machine": facts, "quick": arguments.quick,
              "errors": errors, "failed_requests": lost,
              "sections": {title: [row.as_dict() for row in rows] for title, rows in sections.items()},
              "runs": [{"command": " ".join(run.command), "report": run.report} for run in generator.runs]}
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    path = arguments.json.resolve()
    print(f"Everything measured, with command lines: {path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}")
    for error in errors:
        print(f"\nFAILED {error}", file=sys.stderr)
    return 1 if errors or lost else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
