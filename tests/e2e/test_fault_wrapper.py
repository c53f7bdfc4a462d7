"""faults.json in a version's folder: a real model misbehaves on purpose, and only where that is enabled."""

import json
import shutil
from pathlib import Path

import pytest

from huidu_server import SMALL_MODELS, model, replace_file, wait_until

ENABLE = "HUIDU_ENABLE_FAULTS"
X = [{"name": "x", "datatype": "FP32", "shape": [1, 16], "data": [1.0] * 16}]


@pytest.fixture
def add_v1(tmp_path: Path) -> Path:
    """A real model, y = x + 1, in a folder where faults can be put."""
    folder = tmp_path / "models/add_v1"
    shutil.copytree(SMALL_MODELS / "add_v1", folder)
    return folder


def test_a_fault_is_switched_on_and_off_while_the_version_serves(server, add_v1, monkeypatch):
    monkeypatch.setenv(ENABLE, "1")
    serving = server(model("add", add_v1))
    worker = serving.worker("add", "v1")
    assert serving.infer("add", X)[0] == 200
    replace_file(add_v1 / "faults.json", '{"error": {}}')
    wait_until(lambda: serving.infer("add", X)[0] == 500, "requests fail")
    assert "as faults.json says" in serving.infer("add", X)[2]["error"]
    replace_file(add_v1 / "faults.json", '{"degrade": {"how": "multiply", "factor": -1}}')
    wait_until(lambda: serving.infer("add", X)[0] == 200, "requests succeed again")
    assert serving.infer("add", X)[2]["outputs"][0]["data"] == [-2.0] * 16
    (add_v1 / "faults.json").unlink()
    wait_until(lambda: serving.infer("add", X)[2]["outputs"][0]["data"] == [2.0] * 16, "the answers are right again")
    assert serving.worker("add", "v1") == worker, "the file of faults is no reason to load the version again"


def anonymous_mb(pid: int) -> float:
    return next(int(line.split()[1]) / 1024 for line in Path(f"/proc/{pid}/status").read_text().splitlines()
                if line.startswith("RssAnon:"))


def claimed_gpu_mb(pid: int) -> float:
    """As the stand-in for NVML counts it."""
    claims = [fd for fd in Path(f"/proc/{pid}/fd").iterdir() if str(fd.readlink()).startswith("/memfd:huidu-fault-gpu")]
    return sum(fd.stat().st_size for fd in claims) / 2**20


def test_leaks_are_seen_from_outside_of_the_sandboxed_worker(server, add_v1, monkeypatch):
    monkeypatch.setenv(ENABLE, "1")
    serving = server(model("add", add_v1))
    worker = serving.worker("add", "v1")
    before = anonymous_mb(worker)
    faults = {"leak": {"mb_per_request": 8, "max_mb": 64}, "gpu_leak": {"mb_per_second": 1e6}}
    replace_file(add_v1 / "faults.json", json.dumps(faults))

    def leaked() -> bool:
        assert serving.infer("add", X)[0] == 200
        return anonymous_mb(worker) >= before + 60 and claimed_gpu_mb(worker) == 4096
    wait_until(leaked, "both kinds of memory have grown to their limits")
    assert anonymous_mb(worker) < before + 128, "claimed GPU memory takes none of the host"


def test_without_the_variable_the_file_is_ignored_with_a_warning(server, add_v1, monkeypatch):
    monkeypatch.delenv(ENABLE, raising=False)
    replace_file(add_v1 / "faults.json", '{"error": {}, "crash": {"rate": 1}}')
    serving = server(model("add", add_v1))
    assert serving.infer("add", X)[0] == 200
    assert "the file of faults is ignored" in serving.log.read_text()


def test_a_file_of_faults_that_is_wrong_stops_the_version_from_loading(server, add_v1, monkeypatch):
    monkeypatch.setenv(ENABLE, "1")
    replace_file(add_v1 / "faults.json", '{"crush": {"at_request": 1}}')
    serving = server(model("add", add_v1))
    assert "unknown field 'crush'" in json.dumps(serving.reload_state())
    assert serving.infer("add", X)[0] == 503
