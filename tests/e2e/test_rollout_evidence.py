"""What rollouts decide by, on real models: baselines, expected answers, golden samples, copies, GPU memory, tokens."""

import base64
import contextlib
import hmac
import json
import shutil
import time

import pytest

from huidu_server import BINARIES, model, replace_file, wait_until
from rollouts import (  # noqa: F401
    QUICK, X, Users, assert_rolled_back_by, ended, huidu, phase, rollout, serving, start, versions)


def test_feedback_may_tell_the_expected_answer(server, versions):
    serving = server(model("add", versions / "add_v1"))
    path = "/v2/models/add/feedback"

    def say(expected) -> tuple[int, dict]:
        said = {"request_id": serving.infer("add", X)[1]["x-request-id"], "expected": expected}
        status, _, text = serving.http("POST", path, said)
        return status, json.loads(text)

    status, answer = say(2.0)
    assert status == 409 and "keep_answers" in answer["error"]
    serving.configure(model("add", versions / "add_v1", "feedback { keep_answers: true }"))
    wait_until(lambda: say([2.0] * 16)[0] == 200, "the new configuration is live")
    assert say([2.0] * 16)[1]["correct"] is True
    assert say([2.0] * 15 + [5.0])[1]["correct"] is False
    assert say({"y": [[2.0] * 16]})[1]["correct"] is True
    assert say(0)[1]["correct"] is True, "all are equal, so the first is the greatest"
    for wrong in ("two", {"z": 1}, True, [1.0, 2.0]):
        assert say(wrong)[0] == 422, wrong


def test_a_killed_server_still_knows_how_good_stable_was(serving):
    users = Users(serving, right={"v1": 2.0, "v2": 3.0})
    users.start()
    known = wait_until(lambda: serving.admin("GET", "/models/add/rollout")[1]["baseline"], "stable has a baseline")
    users.stop()
    assert known["figures"]["accuracy"]["value"] == 1.0
    serving.kill()
    serving.start()
    assert "accuracy 1 of" in huidu(serving, "rollout", "status", "add").stdout
    # Nobody asks stable any more, and the candidate is often wrong.
    start(serving, stages=[{"kind": "internal", "min_duration": "60s"}, {"share_percent": 5, "min_duration": "60s"}],
          rules=[{"name": "accuracy", "min_samples": 20}])
    for _ in range(20):
        headers = serving.infer("add", X, "v2")[1]
        said = {"request_id": headers["x-request-id"], "correct": False}
        assert serving.http("POST", "/v2/models/add/feedback", said)[0] == 200
    wait_until(lambda: ended(serving), "the rollout is over")
    outcome = rollout(serving)["outcome"]
    assert outcome["rule"]["rule"] == "accuracy" and outcome["rule"]["stable"]["value"] == 1.0, outcome


def test_the_policy_says_what_counts_as_the_same_answer(serving):
    users = Users(serving)
    users.start()
    # v1 adds 1 and v2 adds 2: the same within 1.
    start(serving, stages=[{"kind": "shadow", "shadow_percent": 50, "min_duration": "1s", "min_requests": 20},
                           QUICK["stages"][0]],
          shadow_compare={"how": "tolerance", "absolute": 1.5, "relative": 0},
          rules=[{"name": "same answers", "metric": "shadow_agreement", "bad_when": "below", "limit": 0.9,
                  "min_samples": 10, "required": True}])
    wait_until(lambda: ended(serving), "the rollout is over")
    users.stop()
    assert phase(serving) == "finished", rollout(serving)["outcome"]
    assert serving.metric("huidu_shadow_comparisons_total", model_version="v2", result="agreed") >= 10
    assert serving.metric("huidu_shadow_comparisons_total", model_version="v2", result="differed") == 0
    assert serving.metric("huidu_shadow_copies_total", model_version="v2", result="sent") >= 10


NVML_STAND_IN = BINARIES.parent / "tests/libhuidu_nvml_stand_in.so"


def test_a_candidate_whose_gpu_memory_grows_is_taken_out(server, versions, monkeypatch):
    monkeypatch.setenv("HUIDU_ENABLE_FAULTS", "1")
    monkeypatch.setenv("HUIDU_NVML_LIBRARY", str(NVML_STAND_IN))
    serving = server(model("add", versions / "add_v1", f"versions {{ path: '{versions / 'add_v2'}' }}"))
    users = Users(serving)
    users.start()
    start(serving, stages=[QUICK["stages"][0] | {"min_duration": "120s"}], memory_warm_up="0s",
          remove_rules=["latency_against_stable"],
          rules=[{"name": "memory_growth", "window": "30s"},
                 {"name": "gpu", "metric": "gpu_memory_mb", "limit": 100000}])
    wait_until(lambda: any(version == "v2" for version, _ in users.answers), "users reach the candidate")
    replace_file(versions / "add_v2/faults.json", json.dumps({"gpu_leak": {"mb_per_second": 30}}))
    wait_until(lambda: ended(serving), "the rollout is over")
    users.stop()
    decided = assert_rolled_back_by(serving, "memory_growth", users)
    assert decided["candidate"]["value"] == pytest.approx(30 * 60, rel=0.3), "the GPU's figures, not the host's"
    assert next(rule for rule in rollout(serving)["rules"] if rule["rule"] == "gpu")["candidate"]["value"] > 100


def test_gpu_memory_and_accuracy_are_in_the_metrics_without_a_rollout(server, versions, tmp_path, monkeypatch):
    figures = tmp_path / "gpu"
    figures.touch()
    monkeypatch.setenv("HUIDU_NVML_LIBRARY", str(NVML_STAND_IN))
    monkeypatch.setenv("HUIDU_NVML_FIGURES", str(figures))
    serving = server(model("add", versions / "add_v1"))
    figures.write_text(f"0 {serving.worker('add', 'v1')} 123456789\n")
    figure = {"model": "add", "model_version": "v1"}

    def exposed(name: str) -> float | None:
        with contextlib.suppress(AssertionError):  # absent until it is known
            return serving.metric(name, **figure)
    wait_until(lambda: exposed("huidu_worker_gpu_bytes") == 123456789, "the driver was asked")
    assert exposed("huidu_accuracy") is None
    for correct in (True, False, True, True):
        said = {"request_id": serving.infer("add", X)[1]["x-request-id"], "correct": correct}
        assert serving.http("POST", "/v2/models/add/feedback", said)[0] == 200
    assert serving.metric("huidu_accuracy", **figure, source="feedback") == 0.75
    assert serving.metric("huidu_judged_answers_total", **figure, source="feedback", result="wrong") == 1


def test_a_gpu_driver_that_hangs_stops_nothing(server, versions, monkeypatch, tmp_path):
    (tmp_path / "hang").touch()
    monkeypatch.setenv("HUIDU_NVML_LIBRARY", str(NVML_STAND_IN))
    monkeypatch.setenv("HUIDU_NVML_HANG", str(tmp_path / "hang"))
    serving = server(model("add", versions / "add_v1", f"versions {{ path: '{versions / 'add_v2'}' }}"))
    users = Users(serving)
    users.start()
    start(serving)
    wait_until(lambda: ended(serving), "the rollout is over")
    users.stop()
    assert phase(serving) == "finished", rollout(serving)["outcome"]


def test_golden_samples_find_a_degraded_candidate_without_a_word_of_feedback(server, versions, tmp_path, monkeypatch):
    monkeypatch.setenv("HUIDU_ENABLE_FAULTS", "1")
    shutil.rmtree(versions / "add_v2")
    shutil.copytree(versions / "add_v1", versions / "add_v2")  # gives what v1 gives
    (versions / "add_v2/note.txt").write_text("other files, so another content\n")
    golden = tmp_path / "golden.jsonl"
    golden.write_text("".join(json.dumps({"inputs": [dict(X[0], data=[float(i)] * 16)], "expected": [i + 1.0] * 16}) + "\n"
                              for i in range(10)))
    serving = server(model("add", versions / "add_v1", f"versions {{ path: '{versions / 'add_v2'}' }}"
                           f" golden {{ file: '{golden}' interval_s: 1 }}"))
    start(serving, stages=[{"kind": "internal", "min_duration": "120s"}, {"share_percent": 5, "min_duration": "60s"}])

    def seen() -> dict:
        rule = next(rule for rule in rollout(serving)["rules"] if rule["rule"] == "golden_accuracy")
        return rule if (rule["candidate"] or {}).get("samples", 0) >= 20 else {}

    good = wait_until(seen, "the samples have been run twice")
    assert good["verdict"] == "good" and good["candidate"]["value"] == 1.0, good
    replace_file(versions / "add_v2/faults.json", json.dumps({"degrade": {"how": "zero", "rate": 0.5}}))
    wait_until(lambda: ended(serving), "the rollout is over")
    outcome = rollout(serving)["outcome"]
    assert outcome["event"] == "rolled_back" and outcome["rule"]["rule"] == "golden_accuracy", outcome
    assert outcome["rule"]["stable"]["value"] == 1.0


def jwt(claims: dict, key: bytes) -> str:
    def encode(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    content = encode(b'{"alg":"HS256"}') + "." + encode(json.dumps(claims).encode())
    return content + "." + encode(hmac.new(key, content.encode(), "sha256").digest())


def test_a_tokens_claim_makes_an_internal_user_if_its_signature_is_right(server, versions, tmp_path):
    key = b"k" * 40
    (tmp_path / "key").write_bytes(key + b"\n")
    routing = f"""routing {{ forcing: INTERNAL_USERS internal {{ token {{
        hs256_key_file: '{tmp_path}/key' claims {{ name: 'groups' values: 'ocr' }} }} }} }}"""
    serving = server(model("add", versions / "add_v1", f"versions {{ path: '{versions / 'add_v2'}' }} {routing}"))
    start(serving, stages=[{"kind": "internal", "min_duration": "60s"}, {"share_percent": 5, "min_duration": "60s"}])
    claims = {"groups": ["ocr"], "exp": time.time() + 600}

    def ask(token: str, version: str = "") -> tuple[int, str]:
        path = "/v2/models/add" + (f"/versions/{version}" if version else "") + "/infer"
        status, headers, _ = serving.http("POST", path, {"inputs": X}, {"authorization": f"Bearer {token}"})
        return status, headers.get("x-huidu-route")

    assert ask(jwt(claims, key)) == (200, "internal")
    assert ask(jwt(claims, key), "v2") == (200, "forced")
    for bad in (jwt(claims, b"x" * 40), jwt(claims | {"groups": ["web"]}, key), jwt(claims | {"exp": 1}, key), "nonsense"):
        assert ask(bad) == (200, "stable"), bad
        assert ask(bad, "v2")[0] == 403, bad
    assert jwt(claims, key) not in serving.log.read_text()
