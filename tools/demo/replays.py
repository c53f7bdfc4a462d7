"""What a withdrawn version failed at, through another version: `huidu replay`."""

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from suite.server import Server

# An answer of the OCR model is a megabyte of numbers: a demonstration keeps few.
MOST_SAMPLES = 10


@dataclass
class Replayed:
    command: str            # as a person types it
    samples: int
    answered_now: int
    as_the_user_got: int    # of those
    failed: int
    seconds: float


def count_kept(server: Server, version: str, patience: float = 10) -> int:
    """They are written by a thread of their own: waits for the first."""
    limit = time.monotonic() + patience
    while True:
        kept = server.admin("GET", f"/models/ocr_service/samples?version={version}&reason=FAILED")["samples"]
        if kept:
            return len(kept)
        if time.monotonic() > limit:
            raise RuntimeError(f"the server has kept no request that {version} failed at")
        time.sleep(0.1)


def replay(huidu: Path, admin: str, version: str, of_version: str, report: Path) -> Replayed:
    words = ["replay", "--model", "ocr_service", "--version", version, "--of-version", of_version, "--reason", "FAILED"]
    began = time.monotonic()
    done = subprocess.run([str(huidu), *words, "--report", str(report), "--admin", f"http://{admin}"],
                          capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(f"huidu {' '.join(words)}: {done.stderr.strip()}")
    found = json.loads(report.read_text())["all"]
    captured = found["captured"]
    return Replayed("huidu " + " ".join(words), found["samples"], captured["answered_now"],
                    captured["answered_now_as_the_user_got"], found["failed"], time.monotonic() - began)
