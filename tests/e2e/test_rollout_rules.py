"""Rollouts without some of the default rules: what the others find by themselves, and what holds without any."""

import os
import signal
import time

import pytest

from huidu_server import process_name, wait_until
from rollouts import (  # noqa: F401
    QUICK, Users, assert_rolled_back_by, ended, phase, serving, spoil_the_candidate, start, versions)

ABSOLUTE = ["worker_deaths", "outright_failure", "error_rate", "latency_p99", "memory_growth"]
ERRORS = {"error": {"rate": 0.1}}
SLOW = {"latency": {"ms": 600}}

# The rule that decides, what the candidate does, and the policy. Nothing in it has a fixed limit.
COMPARED = {
    "errors, event by event": ("errors_against_stable", ERRORS, {"remove_rules": ABSOLUTE}),
    "latencies, event by event": ("latency_against_stable", SLOW, {"remove_rules": ABSOLUTE}),
    "error rate": ("more errors than stable", ERRORS, {"default_rules": False, "remove_rules": [], "rules": [
        {"name": "more errors than stable", "metric": "error_rate", "test": "relative", "limit": 0.03,
         "min_samples": 100}]}),
    "P99": ("slower than stable", SLOW, {"default_rules": False, "remove_rules": [], "rules": [
        {"name": "slower than stable", "metric": "latency_p99_ms", "test": "relative", "comparison": "factor",
         "limit": 3, "min_samples": 20}]}),
}


@pytest.mark.parametrize("compared", COMPARED, ids=lambda name: name.replace(" ", "_"))
def test_a_comparison_with_stable_alone_takes_the_candidate_out(serving, versions, compared):
    rule, faults, policy = COMPARED[compared]
    users = Users(serving)
    users.start()
    # Stable's figures: a rule that compares has nothing to say without them.
    wait_until(lambda: len(users.answers) > 200, "stable has answered")
    start(serving, **{"stages": [QUICK["stages"][0] | {"min_duration": "120s"}], **policy})
    spoil_the_candidate(versions, users, faults)
    wait_until(lambda: ended(serving), "the rollout is over")
    users.stop()
    decided = assert_rolled_back_by(serving, rule, users)
    assert decided["stable"]["samples"] > 0
    for own in policy.get("rules", []):
        stable = decided["stable"]["value"]
        limit = stable * own["limit"] if own.get("comparison") == "factor" else stable + own["limit"]
        assert decided["limit"] == pytest.approx(limit) and decided["candidate"]["value"] > limit, decided


def back_off_seconds(restarts: int) -> float:
    """How long a worker that dies so often has been waited for at least, by docs/operations.md."""
    return sum(0 if number == 1 else min(0.2 * 2 ** (number - 2), 30) for number in range(1, restarts + 1))


def test_a_worker_killed_again_and_again_under_no_rule_is_restarted_with_back_off(serving):
    users = Users(serving)
    users.start()
    start(serving, stages=[QUICK["stages"][0] | {"min_duration": "600s"}], default_rules=False, remove_rules=[])
    wait_until(lambda: any(version == "v2" for version, _ in users.answers), "users reach the candidate")
    began = time.monotonic()
    killed = set()

    def killed_often() -> bool:
        info = serving.version("add", "v2")
        for worker in info["workers"]:
            if process_name(worker["pid"]) == "huidu-worker":
                os.kill(worker["pid"], signal.SIGKILL)
                killed.add(worker["pid"])
        return info["restarts"] >= 6

    wait_until(killed_often, "six restarts, each of which is killed again")
    restarts = serving.version("add", "v2")["restarts"]
    elapsed = time.monotonic() - began
    # Waits are never shorter than they should be, and a slow machine only makes `elapsed` longer.
    assert back_off_seconds(restarts) <= elapsed, f"a storm: {restarts} restarts in {elapsed:.1f} s"

    def is_back() -> bool:
        info = serving.version("add", "v2")
        return info["state"] == "READY" and info["restarts"] == len(killed)

    wait_until(is_back, "one restart for each kill")
    after = users.from_now_on()
    wait_until(lambda: ("v2", "sticky") in after, "its users get the candidate again")
    users.stop()
    assert phase(serving) == "running"
    assert serving.metric("huidu_worker_restarts_total", model_version="v2") == len(killed)
    assert serving.metric("huidu_worker_restarts_total", model_version="v1") == 0
