"""The shell blocks of the README work, one after the other, and both languages have the same ones.

A block counts if the line before it is `<!-- test: name -->`.
"""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
READMES = ("README.md", "README.zh-CN.md")
BLOCK = re.compile(r"^<!-- test: ([\w-]+) -->\n```bash\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def blocks(readme: str) -> dict[str, str]:
    return dict(BLOCK.findall((ROOT / readme).read_text(encoding="utf-8")))


def group_ended(group: int) -> bool:
    """Whether the script's processes are gone, or go within seconds; what stays is killed."""
    for _ in range(50):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.2)
    os.killpg(group, signal.SIGKILL)
    return False


@pytest.mark.timeout(600)
@pytest.mark.parametrize("readme", READMES)
def test_the_blocks_of_a_readme_run_one_after_the_other(readme):
    # A folder of its own, so that both can run at the same time.
    script = "set -euo pipefail\n" + "\n".join(blocks(readme).values()).replace("build/tour", f"build/tour-{readme}")
    process = subprocess.Popen(["bash", "-c", script], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, start_new_session=True)
    try:
        said, _ = process.communicate(timeout=500)
        status = process.returncode
    except subprocess.TimeoutExpired as late:
        status, said = "none: it took too long", late.stdout
    finally:
        left_running = not group_ended(process.pid)
    assert status == 0, f"status {status}\n{said}"
    assert not left_running, f"the blocks end what they start\n{said}"
    assert "v2" in said and "did you mean 'platform'" in said


def test_both_languages_have_the_same_commands():
    english, chinese = map(blocks, READMES)
    assert list(english) == list(chinese)
    assert english == chinese
    assert {"start", "switch", "stop"} <= english.keys()


@pytest.mark.parametrize("document", sorted(
    [path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))]))
def test_what_a_document_links_to_is_there(document):
    targets = LINK.findall((ROOT / document).read_text(encoding="utf-8"))
    missing = [target for target in targets if not ((ROOT / document).parent / target).exists()]
    assert not missing, missing
