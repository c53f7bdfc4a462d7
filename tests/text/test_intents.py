"""The task text_classification answers on every engine as Paddle's Python package does, and v2 is better than v1.

HUIDU_INTENT_MODELS names another folder than build/models.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from text_tasks import ROOT, run_task

HERE = Path(__file__).parent
MODELS = Path(os.environ.get("HUIDU_INTENT_MODELS", ROOT / "build" / "models"))
DATA = ROOT / "tools" / "models" / "intents"
QUESTIONS = [json.loads(line) for line in (ROOT / "examples/datasets/intents/manifest.jsonl").read_text(encoding="utf-8").splitlines()]


def test_the_questions_are_those_that_the_script_makes() -> None:
    sys.path.insert(0, str(DATA))
    import make_data
    train, test = make_data.make()
    assert test == QUESTIONS
    assert train == [json.loads(line) for line in (DATA / "train.jsonl").read_text(encoding="utf-8").splitlines()]
    assert not {row["text"] for row in train} & {row["text"] for row in test}


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a question a line."""
    path = tmp_path_factory.mktemp("intents") / "questions.txt"
    path.write_text("".join(row["text"] + "\n" for row in QUESTIONS), encoding="utf-8")
    return path


def ask(engine: str, version: str, questions: Path) -> list[dict]:
    folder = MODELS / version
    resources = {"labels": folder / "labels.txt", "vocabulary": folder / "vocabulary.txt"}
    return run_task("text_classification", engine, folder, resources, questions, {"max_length": "32"})


def share_right(answers: list[dict]) -> float:
    return sum(answer["label"] == [row["expected"]] for answer, row in zip(answers, QUESTIONS)) / len(QUESTIONS)


@pytest.mark.parametrize("engine", ["openvino", "paddle"])
@pytest.mark.parametrize("version", ["intent_v1", "intent_v2"])
def test_answers_as_paddle_does(engine: str, version: str, questions: Path, tmp_path: Path) -> None:
    command = [sys.executable, str(HERE / "intent_reference.py"), str(MODELS / version), str(tmp_path / "answer.npy")]
    done = subprocess.run(command, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    expected = np.load(tmp_path / "answer.npy")
    answers = ask(engine, version, questions)
    assert len(answers) == len(QUESTIONS) == len(expected)
    labels = answers[0]["labels"]
    assert [answer["label"][0] for answer in answers] == [labels[best] for best in expected.argmax(axis=1)]
    difference = np.abs(np.array([answer["probabilities"] for answer in answers]) - expected).max()
    print(f"{engine} {version}: {share_right(answers):.1%} right, probabilities differ by {difference:.1e} at most")
    # With oneDNN under both engines it is 0; Paddle without oneDNN differs from itself by 3e-7.
    assert difference < 1e-4


def test_both_forms_of_a_version_answer_the_same(questions: Path) -> None:
    for first, other in zip(ask("paddle", "intent_v2", questions), ask("paddle", "intent_v2_combined", questions)):
        assert first["label"] == other["label"]
        assert np.allclose(first["probabilities"], other["probabilities"], atol=1e-4)


def test_the_second_version_is_better_than_the_first(questions: Path) -> None:
    first, second = (share_right(ask("openvino", version, questions)) for version in ("intent_v1", "intent_v2"))
    assert first < second
    assert second >= 0.95
