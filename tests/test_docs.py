"""The shell blocks of the README work, one after the other, and both languages have the same ones.

A block counts if the line before it is `<!-- test: name -->`. The Chinese pages of docs/zh keep in step with the
English ones: the same code, as many headings, the same table rows.
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
CHINESE_PAGES = sorted(path.name for path in ROOT.glob("docs/zh/*.md"))
COMMENT = re.compile(r"(^|\s)(#|//).*")
FENCE = re.compile(r"^\s*```")
HEADING = re.compile(r"^(#{1,6}) ")
CODE_SPAN = re.compile(r"`[^`]+`")
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


def code_headings_and_rows(page: str) -> tuple[list[str], list[str], list[str]]:
    """Code blocks without comments and empty lines; the headings; each table row's code spans in its first cell."""
    code, headings, rows = [], [], []
    block, fenced, before_is_empty = None, False, True
    for line in page.splitlines():
        indented = line.startswith("    ") and (before_is_empty or block is not None)
        if FENCE.match(line):
            fenced = not fenced
            if fenced:
                block = [line.strip()]
            else:
                code.append(block)
                block = None
        elif fenced or (indented and line.strip()):
            block = [] if block is None else block
            block.append(COMMENT.sub("", line).rstrip())
        elif block is not None and line.strip():
            code.append(block)
            block = None
        if not fenced and block is None:
            if HEADING.match(line):
                headings.append(line)
            if line.startswith("|"):
                rows.append(" ".join(CODE_SPAN.findall(re.split(r"(?<!\\)\|", line)[1])))
        before_is_empty = not line.strip()
    if block is not None:
        code.append(block)
    return ["\n".join(filter(None, lines)) for lines in code], headings, rows


def assert_same(what: str, english: list[str], chinese: list[str]):
    for number, (ours, theirs) in enumerate(zip(english, chinese), 1):
        assert ours == theirs, f"{what} {number} differs\n--- English\n{ours}\n--- Chinese\n{theirs}"
    more = english[len(chinese):] or chinese[len(english):]
    assert not more, f"{len(english)} {what}s in English, {len(chinese)} in Chinese; one of these too many:\n{more[0]}"


@pytest.mark.parametrize("page", CHINESE_PAGES)
def test_a_chinese_page_is_in_step_with_the_english_one(page):
    assert (ROOT / "docs" / page).is_file(), f"docs/zh/{page} has no docs/{page}"
    english, chinese = ((ROOT / folder / page).read_text(encoding="utf-8") for folder in ("docs", "docs/zh"))
    assert f"[中文](zh/{page})" in english and f"[English](../{page})" in chinese
    code, headings, rows = code_headings_and_rows(english)
    chinese_code, chinese_headings, chinese_rows = code_headings_and_rows(chinese)
    levels, chinese_levels = ([HEADING.match(line)[1] for line in lines] for lines in (headings, chinese_headings))
    assert levels == chinese_levels, f"headings\n--- English\n{headings}\n--- Chinese\n{chinese_headings}"
    assert_same("code block", code, chinese_code)
    assert_same("table row", rows, chinese_rows)


def test_what_has_to_be_in_step_is_found():
    page = ("# A\n\n    huidu status   # what is on\n\n| a | b |\n| --- | --- |\n| `x\\|y` | z |\n\n"
            "```sh\nls https://h/\n```\n")
    code, headings, rows = code_headings_and_rows(page)
    assert (code, headings, rows) == (["    huidu status", "```sh\nls https://h/"], ["# A"], ["", "", "`x\\|y`"])
    assert code_headings_and_rows(page.replace("what is on", "正在运行什么")) == (code, headings, rows)
    assert code_headings_and_rows(page.replace("status", "audit"))[0] != code
