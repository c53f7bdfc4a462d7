"""Tasks through the server against the Python packages that do the same with the same networks, engine and threads.

Rounds by turns, so that what else the machine does falls on both; a ratio is of two rounds next to each other. One
request after the other on one connection: what a page or a sentence takes, not how many fit on a machine.
"""

import http.client
import json
import statistics
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .context import Context
from .load import LoadError
from .process import cpu_seconds
from .server import Server
from .table import Row, at_most, figure


@dataclass
class Round:
    seconds: float
    cpu_seconds: float
    found: int  # lines of text, or words


class Peer:
    """A package in a process of its own. Use as a context."""

    def __init__(self, context: Context, name: str, package: str, threads: int):
        self.name = name
        self.log = context.scratch / f"{name}.log"
        self.command = [str(context.root / "build/venv/bin/python"), str(Path(__file__).parent / "peer.py"), name,
                        str(context.root / "build/packages" / package), str(threads)]

    def __enter__(self) -> "Peer":
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                            text=True)
        self._answer("READY")
        return self

    def _answer(self, kind: str) -> str:
        for line in self.process.stdout:  # the packages print as well
            if line.startswith(kind):
                return line.removeprefix(kind)
        raise LoadError(f"{' '.join(self.command)}\nended with {self.process.wait()}: "
                        f"{self.log.read_text(errors='replace')[-2000:]}")

    def round(self, items: Sequence[str]) -> Round:
        self.process.stdin.write(json.dumps(items) + "\n")
        self.process.stdin.flush()
        return Round(**json.loads(self._answer("ROUND ")))

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.communicate()


class Served:
    """The same through the server, with each item as the body of a request."""

    def __init__(self, server: Server, model: str, media_type: str, output: str):
        self.server, self.output = server, output
        self.path, self.headers = f"/v2/models/{model}/infer", {"Content-Type": media_type}
        host, port = server.address("http").split(":")
        self.connection = http.client.HTTPConnection(host, int(port), timeout=120)

    def round(self, bodies: Sequence[bytes]) -> Round:
        pids = [self.server.process.pid, *self.server.worker_pids()]
        cpu, wall, found = sum(map(cpu_seconds, pids)), time.perf_counter(), 0
        for body in bodies:
            self.connection.request("POST", self.path, body, self.headers)
            answer = self.connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise LoadError(f"{self.path}: {answer.status} {text.decode(errors='replace')[:500]}")
            outputs = json.loads(text)["outputs"]
            found += next(len(output["data"]) for output in outputs if output["name"] == self.output)
        return Round(time.perf_counter() - wall, sum(map(cpu_seconds, pids)) - cpu, found)


def pages(context: Context) -> list[Row]:
    """Golden pages to text, against RapidOCR."""
    folder = context.root / "examples/datasets/ocr"
    lines = [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    kinds = {(page["category"], page["variant"]): str(folder / page["file"]) for page in reversed(lines)}
    paths = sorted(kinds.values())[:None if context.scale.rounds > 1 else 2]  # one of each kind
    bodies = [Path(path).read_bytes() for path in paths]
    rows: list[Row] = []
    for threads in sorted({1, context.cpus}):
        at = f"{threads} thread{'s' if threads > 1 else ''}"
        with Peer(context, "rapidocr", "rapidocr-paddle-1.4.5", threads) as peer:
            for engine in ("PADDLE", "OPENVINO"):
                with context.server(_task(context, "ocr_text_v2", engine, threads)) as server:
                    served = Served(server, "task", "image/jpeg", "text")
                    title = f"{at}, {'Paddle in both' if engine == 'PADDLE' else 'Huidu on OpenVINO'}"
                    rows += _compare(context, title, "page", served, bodies, peer, paths,
                                     wanted=1.0 if engine == "PADDLE" else None)
    return rows


def sentences(context: Context) -> list[Row]:
    """Sentences to words, against LAC; as single requests, and as requests of many sentences."""
    text = (context.root / "tests/text/sentences.txt").read_text(encoding="utf-8")
    chosen = [line for line in text.split("\n") if line][:None if context.scale.rounds > 1 else 20]
    many = [json.dumps({"inputs": [{"name": "text", "shape": [len(part)], "datatype": "BYTES", "data": part}]}).encode()
            for part in (chosen[i:i + 50] for i in range(0, len(chosen), 50))]
    rows: list[Row] = []
    with Peer(context, "lac", "LAC-2.1.2", 1) as peer, \
            context.server(_task(context, "lac_text_v1", "PADDLE", 1)) as server:
        for title, media_type, bodies in (("one a request", "text/plain", [line.encode() for line in chosen]),
                                          ("50 a request", "application/json", many)):
            served = Served(server, "task", media_type, "word")
            rows += _compare(context, f"1 thread, {title}", "sentence", served, bodies, peer, chosen, wanted=None)
    return rows


def _task(context: Context, version: str, engine: str, threads: int) -> dict:
    return {"name": "task", "base_path": str(context.model(version)), "engine": engine, "instances": 1,
            "threads_per_instance": threads}


def _compare(context: Context, title: str, item: str, served: Served, bodies: list[bytes], peer: Peer,
             items: list[str], wanted: float | None) -> list[Row]:
    ours, theirs = [], []
    turns = [lambda: ours.append(served.round(bodies)), lambda: theirs.append(peer.round(items))]
    for _ in range(context.scale.rounds + 1):
        for turn in turns:
            turn()
        turns.reverse()  # neither is always the first
    del ours[0], theirs[0]  # shapes are met for the first time
    wall, cpu = (statistics.median(getattr(a, name) / getattr(b, name) for a, b in zip(ours, theirs))
                 for name in ("seconds", "cpu_seconds"))
    rates = [f"{statistics.median(len(items) / run.seconds for run in runs):.1f}" for runs in (ours, theirs)]
    rows = [figure(f"{title}: {item}s/s, Huidu; {peer.name}", "; ".join(rates))]
    rows.append(figure("  time of theirs", f"{wall:.2f}") if wanted is None
                else at_most("  time of theirs", wall, wanted))
    rows.append(figure("  CPU time of theirs", f"{cpu:.2f}"))
    return rows
