"""Runs the load generator and reads what it measured."""

import json
import math
import signal
import subprocess
import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


class LoadError(Exception):
    pass


@dataclass
class Run:
    """One run of the generator: its command line and its report (see bench/recorder.h)."""
    command: list[str]
    report: dict
    samples: "Samples | None" = None

    @property
    def rate(self) -> float:
        return self.report["requests_per_second"]

    def ms(self, quantile: str) -> float:
        return self.report["latency"][f"{quantile}_ms"]


class Samples:
    """When each request ended (on the clock of time.monotonic_ns()) and how long it took, in the order of the ends."""

    def __init__(self, data: bytes):
        longs = array("Q", data)  # two of them a record, see Sample in bench/recorder.h
        self.done = longs[0::2]
        self.latency = array("L", (rest & 0xFFFFFFFF for rest in longs[1::2]))

    def between(self, begin_ns: int, end_ns: int) -> array:
        """Latencies of the requests that ended in this time."""
        return self.latency[bisect_left(self.done, begin_ns):bisect_left(self.done, end_ns)]


def quantile_ms(latencies: Sequence[int], quantile: float) -> float:
    """NaN of nothing."""
    if not latencies:
        return math.nan
    ordered = sorted(latencies)
    return ordered[max(0, math.ceil(quantile * len(ordered)) - 1)] / 1e6


@dataclass
class Generator:
    """The two load programs, and every run that was made with them."""
    binaries: Path
    runs: list[Run] = field(default_factory=list)

    def command(self, protocol: str, server: str, model: str, tensor: str, **flags) -> list[str]:
        program = [str(self.binaries / "huidu-bench"), protocol, "--server", server, "--model", model]
        return [*program, "--input", tensor, *_flags(flags)]

    def engine_command(self, engine: str, program: Path, params: Path, tensor: str, **flags) -> list[str]:
        return [str(self.binaries / "huidu-bench-engine"), "--engine", engine, "--program", str(program),
                "--params", str(params), "--input", tensor, *_flags(flags)]

    def run(self, command: list[str], samples: bool = False) -> Run:
        background = self.start(command, samples)
        return background.finish()

    def start(self, command: list[str], samples: bool = False) -> "Background":
        return Background(self, command, samples)


def _flags(flags: dict) -> list[str]:
    return [part for name, value in flags.items() for part in ("--" + name.replace("_", "-"), str(value))]


class Background:
    """A run that goes on while something else happens. finish() waits for it; as a context, it is ended on an error."""

    def __init__(self, generator: Generator, command: list[str], samples: bool):
        self.generator = generator
        self.folder = tempfile.TemporaryDirectory(prefix="huidu-bench-")
        self.report = Path(self.folder.name) / "report.json"
        self.samples = Path(self.folder.name) / "samples.bin" if samples else None
        self.command = command
        extra = ["--json", str(self.report)] + (["--samples", str(self.samples)] if samples else [])
        self.process = subprocess.Popen(command + extra, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)

    def stop(self) -> Run:
        """Ends the measured time now; requests in flight are still awaited."""
        self.process.send_signal(signal.SIGINT)
        return self.finish()

    def finish(self) -> Run:
        errors = self.process.communicate()[1]
        # 1 with a report: some requests failed, and the report says which.
        if not self.report.exists():
            self.folder.cleanup()
            raise LoadError(f"{' '.join(self.command)}\nended with {self.process.returncode}: {errors.strip()}")
        run = Run(self.command, json.loads(self.report.read_text()))
        if self.samples:
            run.samples = Samples(self.samples.read_bytes())
        self.folder.cleanup()
        self.generator.runs.append(run)
        return run

    def __enter__(self) -> "Background":
        return self

    def __exit__(self, *_) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.communicate()
            self.folder.cleanup()
