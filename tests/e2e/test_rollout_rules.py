"""Rollouts without some of the default rules: what the others find by themselves, and what holds without any."""

import pytest

from huidu_server import wait_until
from rollouts import (  # noqa: F401
    QUICK, Users, assert_rolled_back_by, ended, serving, spoil_the_candidate, start, versions)

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
