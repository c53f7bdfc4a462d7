"""The shell blocks of the README work, one after the other, and both languages have the same ones.

A block counts if the line before it is `<!-- test: name -->`. The Chinese pages of docs/zh keep in step with the
English ones: the same code, as many headings and list items, table rows that name the same.
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
TABLE_ROW = re.compile(r"^\|")
LIST_ITEM = re.compile(r"^(-|\d+\.) ")
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
    [path.relative_to(ROOT).as_posix() for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md"))]))
def test_what_a_document_links_to_is_there(document):
    targets = LINK.findall((ROOT / document).read_text(encoding="utf-8"))
    missing = [target for target in targets if not ((ROOT / document).parent / target).exists()]
    assert not missing, missing


def code_and_lines(page: str) -> tuple[list[str], list[str]]:
    """The code blocks without comments and empty lines, and the lines outside of them."""
    code, outside = [], []
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
        elif line.strip():
            if block is not None:
                code.append(block)
                block = None
            outside.append(line)
        before_is_empty = not line.strip()
    if block is not None:
        code.append(block)
    return ["\n".join(filter(None, lines)) for lines in code], outside


def code_spans(line: str) -> list[str]:
    return sorted(CODE_SPAN.findall(line))


def out_of_step(what: str, english: list[str], chinese: list[str], same=lambda text: text) -> str | None:
    """What is not the same in both lists: the first such element, or how many they have and which."""
    for number, (ours, theirs) in enumerate(zip(english, chinese), 1):
        if same(ours) != same(theirs):
            return f"{what} {number} differs\n--- English\n{ours}\n--- Chinese\n{theirs}"
    if len(english) == len(chinese):
        return None
    first_lines = ["\n".join(text.split("\n")[0][:80] for text in texts) for texts in (english, chinese)]
    return (f"{what}: {len(english)} in English, {len(chinese)} in Chinese\n--- English\n{first_lines[0]}\n"
            f"--- Chinese\n{first_lines[1]}")


def all_out_of_step(english: str, chinese: str) -> list[str]:
    (code, lines), (chinese_code, chinese_lines) = code_and_lines(english), code_and_lines(chinese)

    def both(kind: re.Pattern) -> tuple[list[str], list[str]]:
        return list(filter(kind.match, lines)), list(filter(kind.match, chinese_lines))

    return list(filter(None, [out_of_step("heading", *both(HEADING), lambda line: HEADING.match(line)[1]),
                              out_of_step("code block", code, chinese_code),
                              out_of_step("table row", *both(TABLE_ROW), code_spans),
                              out_of_step("list item", *both(LIST_ITEM), lambda line: LIST_ITEM.match(line)[1])]))


@pytest.mark.parametrize("page", CHINESE_PAGES)
def test_a_chinese_page_is_in_step_with_the_english_one(page):
    assert (ROOT / "docs" / page).is_file(), f"docs/zh/{page} has no docs/{page}"
    english, chinese = ((ROOT / folder / page).read_text(encoding="utf-8") for folder in ("docs", "docs/zh"))
    assert f"[中文](zh/{page})" in english and f"[English](../{page})" in chinese
    found = all_out_of_step(english, chinese)
    assert not found, f"docs/{page} and docs/zh/{page}\n" + "\n\n".join(found)


def test_what_has_to_be_in_step_is_found():
    page = ("# A\n\n    huidu status   # what is on\n\n| a | b |\n| --- | --- |\n| `x\\|y` | z |\n\n"
            "- an item\n\n```sh\nls https://h/\n# and\n```\n")
    assert code_and_lines(page)[0] == ["    huidu status", "```sh\nls https://h/"]
    for same in ("# A", "# 甲"), ("what is on", "正在运行什么"), ("| z |", "| 丙 |"), ("an item", "一项"), ("# and", "# 和"):
        assert all_out_of_step(page, page.replace(*same)) == [], same
    for other, named in ((("# A", "## A"), "heading 1 differs"), (("https", "http"), "code block 2 differs"),
                         (("    huidu status", ""), "code block 1 differs"), (("`x", "`y"), "table row 3 differs"),
                         (("| a | b |\n", ""), "table row"), (("- an item", ""), "list item: 1 in English, 0 in")):
        found = all_out_of_step(page, page.replace(*other))
        assert found and found[0].startswith(named), (other, found)
