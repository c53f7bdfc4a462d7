"""Two rollouts under load: a good candidate is promoted, a bad one is taken out by the server itself."""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from suite.server import Server

# A demonstration has a minute, a real rollout days: few requests and short stages, and without the rules that need more
# of both to say anything.
POLICY = {
    "sampling_period": "250ms",
    "bake_time": "1s",
    "stages": [
        {"kind": "share", "share_percent": 20, "min_duration": "2s", "min_requests": 5},
        {"kind": "share", "share_percent": 50, "min_duration": "2s", "min_requests": 5},
    ],
    "remove_rules": ["errors_against_stable", "latency_against_stable", "memory_growth"],
}
# What is wrong with the bad candidate, once users reach it. Enabled by HUIDU_ENABLE_FAULTS=1 only.
FAULTS = {"error": {"rate": 0.7}}


@dataclass
class Promotion:
    seconds: float


@dataclass
class TakenOut:
    seconds: float      # from the first wrong answer possible to the route back at stable
    asked: int          # requests that it had in that time
    failed: int         # of them
    reason: str
    rescued: str        # what became of the requests that it had


def make_bad_version(good: Path, bad: Path) -> None:
    """The files of a good version that say they are another one: an ONNX file is a protobuf message, and a second
    producer_version (field 3) at its end is a harmless change."""
    shutil.rmtree(bad, ignore_errors=True)
    shutil.copytree(good, bad)
    program = next(bad.glob("*.onnx"))
    text = b"demo: about to fail"
    program.write_bytes(program.read_bytes() + b"\x1a" + bytes([len(text)]) + text)


def start(server: Server, candidate: str) -> None:
    server.admin("POST", "/models/ocr_service/rollout",
                 POLICY | {"candidate": candidate, "reason": "demonstration"})


def state(server: Server) -> dict:
    return server.admin("GET", "/models/ocr_service/rollout")["rollout"]


def over(server: Server) -> bool:
    return state(server)["phase"] in ("finished", "rolled_back", "aborted")


def promote(server: Server, candidate: str, watch: Callable) -> Promotion:
    """`watch(until)` shows the load until the condition holds."""
    began = time.monotonic()
    start(server, candidate)
    watch(lambda: over(server))
    ended = state(server)
    if ended["phase"] != "finished":
        raise RuntimeError(f"the rollout of {candidate} ended as {ended['phase']}: {ended['outcome']['text']}")
    return Promotion(time.monotonic() - began)


def take_out(server: Server, candidate: str, folder: Path, watch: Callable, reached: Callable[[], bool]) -> TakenOut:
    start(server, candidate)
    watch(reached)
    asked_before, failed_before = answered(server, candidate)
    began = time.monotonic()
    new = folder / "faults.json.new"
    new.write_text(json.dumps(FAULTS))
    new.replace(folder / "faults.json")
    watch(lambda: over(server))
    seconds = time.monotonic() - began
    ended = state(server)
    if ended["phase"] != "rolled_back":
        raise RuntimeError(f"the rollout of {candidate} ended as {ended['phase']}")
    watch(lambda: rescue(server) is not None)
    asked, failed = answered(server, candidate)
    return TakenOut(seconds, asked - asked_before, failed - failed_before, ended["outcome"]["text"], rescue(server))


def answered(server: Server, version: str) -> tuple[int, int]:
    """Requests that the version has had, and how many of them it failed at."""
    versions = server.admin("GET", "/models/ocr_service")["versions"]
    requests = next(info["requests"] for info in versions if info["version"] == version)
    return requests["total"], requests["total"] - requests["results"]["success"]


def rescue(server: Server) -> str | None:
    entries = server.admin("GET", "/audit?model=ocr_service&limit=20")["entries"]
    return next((entry["result"].removeprefix("ok: ") for entry in entries if entry["action"] == "rescue"), None)
