"""The demo itself, as a user without a terminal sees it."""

import re
import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).resolve().parent / "demo.py"


def test_the_demo_switches_there_and_back_and_loses_nothing():
    done = subprocess.run([sys.executable, str(DEMO)], capture_output=True, text=True, timeout=480)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^  failed +0$", done.stdout, re.M), done.stdout
    for version in ("v1", "v2"):
        answered = re.search(rf"answered by OCR {version} +([\d,]+)$", done.stdout, re.M)
        assert answered and int(answered[1].replace(",", "")) > 0, done.stdout
    assert re.search(r"v3 taken out +after .*error_rate", done.stdout), done.stdout
    asked = re.search(r"it had (\d+) requests in that time and failed at (\d+), which v2 answered", done.stdout)
    assert asked and int(asked[1]) >= int(asked[2]) > 0, done.stdout
    assert "v2 promoted" in done.stdout and " 0 lost" in done.stdout, done.stdout
    replayed = re.search(r"^  replayed on v2 +(\d+) kept samples of v3: (\d+) answered now, 0 failed", done.stdout, re.M)
    assert replayed and int(replayed[1]) == int(replayed[2]) > 0, done.stdout
    assert "huidu replay --model ocr_service --version v2 --of-version v3" in done.stdout
    assert "v1 → v2" in done.stdout and "v2 → v1" in done.stdout
    assert "百度/ORG" in done.stdout, done.stdout
    assert "\x1b" not in done.stdout, "no terminal, no escape sequences"
