"""Servers that keep requests: for the tests of samples and of their replay."""

import shutil
from pathlib import Path

import pytest

from huidu_server import SMALL_MODELS, Server, wait_until


@pytest.fixture
def versions(tmp_path: Path, monkeypatch) -> Path:
    """A folder with two real versions that may be broken: add_v1 gives x + 1, add_v2 gives x + 2."""
    monkeypatch.setenv("HUIDU_ENABLE_FAULTS", "1")
    folder = tmp_path / "models"
    for version in ("add_v1", "add_v2"):
        shutil.copytree(SMALL_MODELS / version, folder / version)
    return folder


def x(value: float = 1.0) -> list[dict]:
    return [{"name": "x", "datatype": "FP32", "shape": [1, 16], "data": [value] * 16}]


def keep(reasons: str, more: str = "") -> str:
    """For a model's configuration."""
    return "samples { " + " ".join(f"reasons: {reason}" for reason in reasons.split()) + f" {more} }}"


def kept(server: Server, name: str = "add", query: str = "") -> list[dict]:
    """Newest first."""
    status, answer = server.admin("GET", f"/models/{name}/samples{query}")
    assert status == 200, answer
    return answer["samples"]


def wait_for_kept(server: Server, count: int, name: str = "add", query: str = "") -> list[dict]:
    """Exactly so many, newest first."""
    wait_until(lambda: len(kept(server, name, query)) >= count, f"{count} samples are written")
    rows = kept(server, name, query)
    assert len(rows) == count
    return rows
