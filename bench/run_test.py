"""The benchmark itself: a quick run goes through, and its result holds what it says."""

import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH))

from suite.cases import CASES  # noqa: E402
from suite.load import Samples, quantile_ms  # noqa: E402
from suite.server import model_config  # noqa: E402
from suite.table import at_least, at_most, exactly, figure, format_table  # noqa: E402


def test_a_quick_run_measures_every_case_and_loses_no_request(tmp_path):
    results = tmp_path / "results.json"
    done = subprocess.run([sys.executable, str(BENCH / "run.py"), "--quick", "--json", str(results)],
                          capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(results.read_text())
    assert list(result["sections"]) == list(CASES)
    assert all(rows for rows in result["sections"].values())
    assert result["failed_requests"] == 0 and result["errors"] == []
    assert all(run["command"] and run["report"]["requests"] > 0 for run in result["runs"])
    for title in CASES:
        assert title in done.stdout


def test_a_target_is_met_on_its_border_and_not_beyond():
    assert at_least("a", 0.95, 0.95).met and not at_least("a", 0.949, 0.95).met
    assert at_most("a", 1.0, 1.0).met and not at_most("a", 1.001, 1.0).met
    assert exactly("a", 0, 0).met and not exactly("a", 1, 0).met
    assert figure("a", "1").met is None


def test_what_could_not_be_measured_meets_no_target():
    assert not at_most("a", float("nan"), 1.0).met and not at_least("a", float("nan"), 1.0).met


def test_the_columns_of_the_table_stand_below_each_other():
    lines = format_table({"One": [at_least("short", 2, 1), at_most("a longer name", 3, 1)]}).splitlines()
    assert lines[0].index("measured") == lines[3].index("2.00") == lines[4].index("3.00")
    assert lines[3].endswith("ok") and lines[4].endswith("NOT MET")


def test_quantiles_are_those_of_the_sorted_values():
    assert quantile_ms([i * 1_000_000 for i in range(100, 0, -1)], 0.99) == 99
    assert quantile_ms([5_000_000], 0.99) == 5
    assert quantile_ms([], 0.99) != quantile_ms([], 0.99)  # NaN


def test_samples_are_read_as_the_generator_writes_them():
    def record(done: int, latency: int, version: int) -> bytes:
        return done.to_bytes(8, "little") + latency.to_bytes(4, "little") + version.to_bytes(4, "little")

    samples = Samples(record(100, 7, 0) + record(200, 8, 65535) + record(300, 9, 1))
    assert list(samples.between(100, 300)) == [7, 8]
    assert list(samples.between(101, 10_000)) == [8, 9]
    assert not samples.between(301, 400)


def test_a_configuration_quotes_texts_and_not_enumerators_or_numbers():
    text = model_config([{"name": "m", "base_path": "/m_v1", "engine": "FAKE", "max_queue": 5, "versions": ["/m_v2"],
                          "samples": {"reasons": "RANDOM"}}])
    assert "samples {\n      reasons: RANDOM\n    }" in text
    for line in ('name: "m"', 'base_path: "/m_v1"', "engine: FAKE", "max_queue: 5", 'versions { path: "/m_v2" }'):
        assert line in text
