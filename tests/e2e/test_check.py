"""`huidu check`: a real candidate against a real baseline, in workers of its own."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from huidu_server import BINARIES, MODELS, PATIENCE, ROOT, SMALL_MODELS, model, wait_until
from rollouts import huidu

QUICK = ("--seconds", "0.2", "--rounds", "2", "--callers", "2")


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Requests for the small network of eight inputs, with the class that it gives: tests know what is right."""
    folder = tmp_path / "dataset"
    folder.mkdir()
    reference = json.loads((SMALL_MODELS / "mlp.json").read_text())
    rows = reference["input"][:2]
    lines = []
    for i in range(20):
        row = rows[i % 2]
        request = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 8], "data": row}]}
        (folder / f"{i}.json").write_text(json.dumps(request))
        lines.append({"request": f"{i}.json", "expected": 3 if i % 2 == 0 else 1, "id": f"s{i}",
                      "category": "first" if i % 2 == 0 else "second"})
    (folder / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    """The same network as the baseline's, in a folder where faults can be put."""
    folder = tmp_path / "mlp_v2"
    shutil.copytree(SMALL_MODELS / "mlp_onnx_v1", folder)
    return folder


def check(candidate: Path | str, dataset: Path, *more: str, baseline: str = str(SMALL_MODELS / "mlp_static_v1")):
    environment = {**os.environ, "HUIDU_ENABLE_FAULTS": "1"}
    return subprocess.run([str(BINARIES / "huidu"), "check", "--model", "mlp", "--candidate", str(candidate),
                           *(["--baseline", baseline] if baseline else []), "--dataset", str(dataset), *QUICK, *more],
                          capture_output=True, text=True, timeout=PATIENCE, env=environment)


def loose(tmp_path: Path, **limits: float) -> tuple[str, str]:
    """Limits that speed on a busy machine never breaks, and those given."""
    figures = {"max_p99_ratio": 1e6, "min_qps_ratio": 0, "max_memory_growth_mb": 1e6, **limits}
    file = tmp_path / "limits.prototxt"
    file.write_text("".join(f"{name}: {value}\n" for name, value in figures.items()))
    return "--limits", str(file)


def verdicts(result: subprocess.CompletedProcess) -> dict[str, str]:
    report = json.loads(result.stdout)
    return {verdict["rule"]: verdict["state"] for verdict in report["verdicts"]}


def test_the_same_network_by_another_name_passes(candidate, dataset, tmp_path):
    result = check(candidate, dataset, "--html", str(tmp_path / "report.html"), "--report", str(tmp_path / "report.json"),
                   *loose(tmp_path, min_accuracy=1, min_agreement=1))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "passed" in result.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["passed"] is True
    assert report["candidate"]["accuracy"]["value"] == 1 and report["agreement"]["value"] == 1
    assert set(report["candidate"]["accuracy_by_category"]) == {"first", "second"}
    assert report["candidate"]["content_hash"] != report["baseline"]["content_hash"]
    assert report["candidate"]["loads"][0]["requests"] == report["baseline"]["loads"][0]["requests"] > 0
    assert len(report["candidate"]["memory"]) >= 8
    page = (tmp_path / "report.html").read_text()
    assert "passed" in page and "<svg" in page and "No sample differs" in page


def test_wrong_answers_fail_and_the_page_shows_them(candidate, dataset, tmp_path):
    (candidate / "faults.json").write_text('{"degrade": {"how": "rotate"}}')
    result = check(candidate, dataset, "--html", str(tmp_path / "report.html"), "--json", *loose(tmp_path))
    assert result.returncode == 1
    assert verdicts(result)["accuracy_drop"] == "failed"
    report = json.loads(result.stdout)
    assert report["differences"][0]["id"] == "s0" and report["differences"][0]["baseline_score"] == 1
    assert "The worst samples" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize("faults, limits, rule", [
    ({"error": {"rate": 0.3}}, {}, "failed"),
    ({"crash": {"at_request": 30}}, {}, "crashed"),
    ({"latency": {"ms": 20}}, {"max_p99_ratio": 1.5}, "p99_ratio"),
    ({"leak": {"mb_per_request": 0.5}}, {"max_memory_growth_mb": 5}, "memory_growth"),
])
def test_what_is_wrong_with_a_candidate_is_found(candidate, dataset, tmp_path, faults, limits, rule):
    (candidate / "faults.json").write_text(json.dumps({"seed": 1, **faults}))
    result = check(candidate, dataset, "--json", *loose(tmp_path, **limits))
    assert result.returncode == 1, result.stdout + result.stderr
    assert verdicts(result)[rule] == "failed"


def test_the_baseline_can_be_what_a_server_serves_and_its_users_see_nothing_of_it(server, candidate, dataset, tmp_path):
    serving = server(model("mlp", SMALL_MODELS / "mlp_static_v1"))
    result = check(candidate, dataset, "--admin", f"http://{serving.address('admin')}", *loose(tmp_path), baseline="live")
    assert result.returncode == 0, result.stdout + result.stderr
    assert serving.metric("huidu_requests_total", model="mlp", result="success") == 0
    unknown = check(candidate, dataset, "--admin", f"http://{serving.address('admin')}", baseline="v9")
    assert unknown.returncode == 1 and "has no version 'v9'; it has v1" in unknown.stderr


def test_what_cannot_be_checked_is_said(candidate, dataset, tmp_path):
    missing = check(tmp_path / "nowhere", dataset)
    assert missing.returncode == 1 and "the candidate did not load" in missing.stderr and "nowhere" in missing.stderr
    (dataset / "manifest.jsonl").write_text('{"request": "0.json"}\nbroken\n')
    broken = check(candidate, dataset)
    assert broken.returncode == 1 and "manifest.jsonl:2: this is no JSON object" in broken.stderr
    (dataset / "manifest.jsonl").write_text('{"text": "查余额"}\n')
    text = check(candidate, dataset)
    assert text.returncode == 1 and "manifest.jsonl:1: the model takes tensors" in text.stderr
    assert subprocess.run([str(BINARIES / "huidu"), "check"], capture_output=True).returncode == 2


SLOW_STAGE = {"stages": [{"kind": "share", "share_percent": 20, "min_duration": "1h"}], "candidate": "v2"}


def record(serving, dataset: Path, *more: str, candidate: str = "v2") -> subprocess.CompletedProcess:
    return check(candidate, dataset, "--record", "--admin", f"http://{serving.address('admin')}", "--reason", "nightly",
                 *more, baseline="live")


def start(serving, **required) -> tuple[int, dict]:
    return serving.admin("POST", "/models/mlp/rollout", SLOW_STAGE | {"require_check": required or True})


@pytest.fixture
def both(server, candidate):
    """The baseline live, the candidate beside it."""
    return server(model("mlp", SMALL_MODELS / "mlp_static_v1", f"versions {{ path: '{candidate}' }}"))


def test_a_rollout_begins_only_after_a_recorded_check_also_after_a_kill(both, dataset, tmp_path):
    status, refusal = start(both)
    content = both.version("mlp", "v2")["content_hash"]
    assert status == 409 and f"none is recorded for content hash {content}" in refusal["error"]
    assert "huidu check --model mlp --candidate v2 --baseline live --dataset DATASET --record" in refusal["error"]
    result = record(both, dataset, "--json", *loose(tmp_path))
    assert result.returncode == 0, result.stdout + result.stderr
    report = json.loads(result.stdout)
    assert report["candidate"]["content_hash"] == content, "the same hash as the server's"
    both.kill()
    both.start()
    [kept] = both.admin("GET", "/models/mlp/checks")[1]["checks"]
    assert kept["passed"] and kept["content_hash"] == content and kept["dataset"]["name"] == "dataset"
    assert kept["baseline_content_hash"] == both.version("mlp", "v1")["content_hash"]
    status, refusal = start(both, dataset="invoices")
    assert status == 409 and "passed check on data set 'invoices': none is recorded" in refusal["error"]
    assert start(both, dataset=kept["dataset"]["sha256"], max_age="1h")[0] == 200
    assert both.admin("GET", "/models/mlp/rollout")[1]["rollout"]["check"] == kept
    assert "check: passed at" in huidu(both, "rollout", "status", "mlp").stdout
    [entry] = [entry for entry in both.audit() if entry["action"] == "check-record"]
    assert entry["reason"] == "nightly" and content in entry["after"] and entry["actor"] == kept["recorded_by"]


def test_a_stage_goes_on_when_its_check_is_recorded_also_after_a_kill(both, dataset, tmp_path):
    def now() -> dict:
        return both.admin("GET", "/models/mlp/rollout")[1]["rollout"]

    staff = {"name": "staff", "kind": "internal", "require_check": {"dataset": "dataset"}}
    policy = SLOW_STAGE | {"stages": [staff, *SLOW_STAGE["stages"]], "sampling_period": "200ms"}
    assert both.admin("POST", "/models/mlp/rollout", policy)[0] == 200
    both.kill()
    both.start()
    wait_until(lambda: "none is recorded for content hash" in str(now()["waiting_for"]), "the stage says what it awaits")
    status = huidu(both, "rollout", "status", "mlp").stdout
    assert "waits for a passed check on data set 'dataset': none is recorded" in status
    assert "Run `huidu check --model mlp --candidate v2 --baseline live --dataset DATASET --record`" in status
    failing = record(both, dataset, *loose(tmp_path, max_load_seconds=1e-6))
    assert failing.returncode == 1
    wait_until(lambda: "did not pass: load_seconds is" in str(now()["waiting_for"]), "a failed check changes nothing")
    assert (now()["phase"], now()["stage"]) == ("running", "staff")
    assert record(both, dataset, *loose(tmp_path)).returncode == 0
    wait_until(lambda: now()["stage"] == "20 %", "the next stage has begun")
    assert now()["check"]["passed"]


def test_a_later_check_that_fails_takes_the_pass_away(both, candidate, dataset, tmp_path):
    assert record(both, dataset, *loose(tmp_path)).returncode == 0
    failing = record(both, dataset, *loose(tmp_path, max_load_seconds=1e-6))
    assert failing.returncode == 1 and "recorded at" in failing.stdout, failing.stderr
    status, refusal = start(both)
    assert status == 409 and "did not pass: load_seconds is" in refusal["error"], refusal
    assert both.admin("GET", "/models/mlp/rollout")[1]["rollout"] is None


STARTER = ROOT / "examples/datasets"


def check_starter(name: str, *arguments: str) -> dict:
    command = [str(BINARIES / "huidu"), "check", "--model", name, "--dataset", str(STARTER / name), "--seconds", "0.1",
               "--rounds", "1", "--callers", "1", "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)


def test_the_starter_questions_tell_a_better_version():
    report = check_starter("intents", "--candidate", str(MODELS / "intent_v2"), "--baseline", str(MODELS / "intent_v1"))
    assert report["dataset"]["samples"] == 360 == report["accuracy_difference"]["samples"]
    assert report["accuracy_difference"]["low"] > 0
    assert set(report["candidate"]["accuracy_by_category"]) == {"known", "new"}


def test_the_starter_pages_are_read_as_they_are():
    report = check_starter("ocr", "--candidate", str(MODELS / "ocr_text_v2"), "--limits", str(STARTER / "limits.prototxt"))
    assert report["dataset"]["samples"] == 72 and report["candidate"]["failed"] == 0
    found = {verdict["about"]: verdict["state"] for verdict in report["verdicts"] if verdict["rule"] == "accuracy"}
    assert found == {"identity_card": "passed", "invoice": "passed", "contract": "passed"}


def test_how_much_numbers_may_differ_is_a_limit(tmp_path):
    """The candidate answers x + 2, the baseline x + 1."""
    (tmp_path / "request.json").write_text(json.dumps(
        {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 16], "data": [1.0] * 16}]}))
    (tmp_path / "manifest.jsonl").write_text('{"request": "request.json"}\n')
    for tolerance, state in (({}, "failed"), ({"tolerance_absolute": 1.01}, "passed"), ({"tolerance_relative": 0.4}, "failed"),
                             ({"tolerance_relative": 0.5}, "passed")):
        result = check(SMALL_MODELS / "add_v2", tmp_path, "--json", *loose(tmp_path, min_agreement=1, **tolerance),
                       baseline=str(SMALL_MODELS / "add_v1"))
        assert verdicts(result)["agreement"] == state, (tolerance, result.stderr)
        assert (result.returncode == 0) == (state == "passed")
    assert json.loads(result.stdout)["tolerance"] == {"absolute": 1e-4, "relative": 0.5}


def test_a_check_that_compares_nothing_does_not_pass_and_admits_nobody(both, dataset, tmp_path):
    """Neither a baseline nor labels: that it answers at all is no proof."""
    lines = [json.loads(line) for line in (dataset / "manifest.jsonl").read_text().splitlines()]
    plain = "".join(json.dumps({"request": line["request"]}) + "\n" for line in lines)
    (dataset / "manifest.jsonl").write_text(plain)
    admin = f"http://{both.address('admin')}"
    result = check("v2", dataset, "--record", "--admin", admin, "--json", *loose(tmp_path), baseline="")
    assert result.returncode == 1, result.stderr
    [verdict] = [verdict for verdict in json.loads(result.stdout)["verdicts"] if verdict["state"] != "passed"]
    assert (verdict["rule"], verdict["state"]) == ("comparison", "no_data")
    assert "did not pass: comparison has no data" in start(both)[1]["error"]
    [kept] = both.admin("GET", "/models/mlp/checks")[1]["checks"]
    assert (kept["has_baseline"], kept["labelled"], kept["passed"]) == (False, 0, False)
    # As a version of huidu recorded it that passed such checks, and had no fields for what was compared.
    old = {field: kept[field] for field in ("content_hash", "time", "dataset")} | {"passed": True}
    assert both.admin("POST", "/models/mlp/checks", old)[0] == 200
    assert "compared its answers with nothing" in start(both)[1]["error"]
    assert both.admin("POST", "/models/mlp/checks", old | {"labelled": 20})[0] == 200
    assert start(both)[0] == 200


def test_a_configured_rollout_begins_when_its_check_is_recorded(server, candidate, dataset, tmp_path):
    serving = server(model("mlp", SMALL_MODELS / "mlp_static_v1",
                           f"versions {{ path: '{candidate}' }} rollout {{ candidate: 'v2' require_check {{}}"
                           " stages { share_percent: 20 min_duration: '1h' } }"))
    refused = [entry for entry in serving.audit() if entry["action"] == "rollout-start"]
    assert "none is recorded for content hash" in refused[0]["result"]
    assert serving.admin("GET", "/models/mlp/rollout")[1]["rollout"] is None
    assert record(serving, dataset, *loose(tmp_path)).returncode == 0
    started = serving.admin("GET", "/models/mlp/rollout")[1]["rollout"]
    assert started["phase"] == "running" and started["started_by"] == "config" and started["check"]["passed"]


def test_a_check_that_cannot_be_recorded_says_so_and_fails(candidate, dataset, tmp_path):
    result = check(candidate, dataset, "--record", "--admin", "http://127.0.0.1:1", *loose(tmp_path))
    assert result.returncode == 1
    assert "the check passed, but was not recorded at http://127.0.0.1:1: " in result.stderr
    assert "passed" in result.stdout, "what was found is shown all the same"


def test_bad_results_are_refused_by_field(both):
    good = {"content_hash": "a" * 64, "passed": True, "time": "2999-01-01T00:00:00Z",
            "dataset": {"name": "d", "sha256": "b" * 64}}
    for change, status, fault in [({}, 400, "time: 2999-01-01"), ({"who": "me"}, 400, "who: unknown field"),
                                  ({"passed": "yes"}, 400, "passed: expected"),
                                  ({"content_hash": "x"}, 400, "content_hash: expected"),
                                  ({"verdicts": [{"rule": "x" * 70000}]}, 413, "")]:
        answered, answer = both.admin("POST", "/models/mlp/checks", good | change)
        assert answered == status and fault in answer["error"], answer
    assert both.admin("GET", "/models/mlp/checks")[1]["checks"] == []


@pytest.mark.parametrize("name, folder", [("intent", MODELS / "intent_v2"), ("parts", SMALL_MODELS / "mlp_parts_v1")])
def test_the_check_and_the_server_give_a_content_the_same_hash(server, tmp_path, dataset, name, folder):
    """Also where a manifest or many files of parameters are part of the version."""
    serving = server(model(name, folder))
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"text": "我的银行卡丢了"}\n')
    result = check(folder, questions if name == "intent" else dataset, "--json", *loose(tmp_path), baseline=str(folder))
    version = serving.admin("GET", f"/models/{name}")[1]["versions"][0]
    assert json.loads(result.stdout)["candidate"]["content_hash"] == version["content_hash"], result.stderr
