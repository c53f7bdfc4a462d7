"""Steady load from huidu-bench, and what it says about itself while it runs."""

import json
import queue
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Tick:
    """What came of the requests since the tick before."""
    rate: float
    p50_ms: float
    p99_ms: float
    versions: list[str]  # that answered, in this tick


@dataclass
class Totals:
    requests: int = 0
    failed: int = 0
    versions: dict[str, int] = field(default_factory=dict)


class Traffic:
    """Use as a context. poll() takes in what was said meanwhile; finish() awaits what is in flight and gives the
    generator's own report."""

    def __init__(self, binary: Path, http: str, model: str, tensor: str, rate: int):
        self.folder = tempfile.TemporaryDirectory(prefix="huidu-demo-")
        self.report = Path(self.folder.name) / "report.json"
        self.command = [str(binary), "http", "--server", http, "--model", model, "--input", tensor,
                        "--rate", str(rate), "--connections", "8", "--seconds", "3600", "--progress", "0.25",
                        "--json", str(self.report)]
        self.totals = Totals()
        self.ticks: list[Tick] = []
        self.changes: list[tuple[str, int]] = []  # (version, CLOCK_MONOTONIC ns) whenever another version answers
        self.lines: queue.Queue[str] = queue.Queue()

    def __enter__(self) -> "Traffic":
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.folder.cleanup()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line)

    def poll(self) -> bool:
        """False once the generator has ended, which it does not do by itself unless something is wrong."""
        while not self.lines.empty():
            self._take(json.loads(self.lines.get()))
        return self.process.poll() is None

    def _take(self, said: dict) -> None:
        if said["event"] == "version":
            self.changes.append((said["version"], said["at_ns"]))
            return
        versions = said.get("versions", {})
        new = [name for name, count in versions.items() if count > self.totals.versions.get(name, 0)]
        self.totals = Totals(said["requests"], said["failed"], versions)
        self.ticks.append(Tick(said["rate"], said["p50_ms"], said["p99_ms"], new))

    def first_answer_ns(self, version: str, after_ns: int) -> int | None:
        return next((at for name, at in self.changes if name == version and at >= after_ns), None)

    def finish(self) -> dict:
        if self.process.poll() is None:
            self.process.terminate()
        errors = self.process.stderr.read()
        self.process.wait()
        self.poll()
        if not self.report.exists():
            raise RuntimeError(f"the load ended: {errors.strip()}")
        return json.loads(self.report.read_text())


def answers_a_second(binary: Path, http: str, model: str, tensor: str) -> float:
    """What one client gets that sends the next request when the last one is answered."""
    done = subprocess.run([str(binary), "http", "--server", http, "--model", model, "--input", tensor,
                           "--connections", "1", "--seconds", "1"], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"the load ended: {done.stderr.strip()}")
    return json.loads(done.stdout)["requests_per_second"]
