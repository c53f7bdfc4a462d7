"""Words and tags of the task lexical_analysis are those of the Python package LAC 2.1.2, for every sentence."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import make_sentences
from text_tasks import ROOT, run_task

HERE = Path(__file__).parent
SENTENCES = HERE / "sentences.txt"
USER_DICTIONARY = HERE / "user_dictionary.txt"
FOLDERS = {"lac": ROOT / "build" / "models" / "lac_v1", "seg": ROOT / "build" / "models" / "lac_seg_v1"}


def test_the_sentences_are_those_that_the_script_makes() -> None:
    made = "".join(sentence + "\n" for sentence in make_sentences.sentences())
    assert SENTENCES.read_bytes().decode() == made
    assert made.count("\n") >= 1000


def of_lac(mode: str, user_dictionary: Path | None) -> list[dict]:
    command = [sys.executable, str(HERE / "lac_reference.py"), mode, str(SENTENCES)]
    command += [str(user_dictionary)] if user_dictionary else []
    done = subprocess.run(command, capture_output=True, timeout=600)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return [json.loads(line) for line in done.stdout.decode().split("\n") if line]


def of_task(mode: str, user_dictionary: Path | None) -> list[dict]:
    conf = FOLDERS[mode] / "conf"
    resources = {"words": conf / "word.dic", "tags": conf / "tag.dic", "normalize": conf / "q2b.dic"}
    if mode == "lac":
        resources["word_list"] = conf / "small_seg.dic"
    if user_dictionary:
        resources["user_dictionary"] = user_dictionary
    settings = {} if mode == "lac" else {"rows": "characters"}
    return run_task("lexical_analysis", "paddle", FOLDERS[mode], resources, SENTENCES, settings, lod="words")


@pytest.mark.parametrize("mode", ["lac", "seg"])
@pytest.mark.parametrize("user_dictionary", [None, USER_DICTIONARY], ids=["", "user_dictionary"])
def test_answers_as_lac_does(mode: str, user_dictionary: Path | None) -> None:
    sentences = SENTENCES.read_bytes().decode().split("\n")[:-1]
    expected, found = of_lac(mode, user_dictionary), of_task(mode, user_dictionary)
    assert len(expected) == len(found) == len(sentences)
    different = [(sentence, e, f) for sentence, e, f in zip(sentences, expected, found)
                 if (e["word"], e["tag"]) != (f.get("word"), f.get("tag"))]
    assert not different, f"{len(different)} of {len(sentences)} differ, the first: {different[0]}"
    print(f"{mode}: {len(found)} sentences, {sum(len(f['word']) for f in found)} words alike; "
          f"{sum(e['ms'] for e in expected):.0f} ms in Python, {sum(f['ms'] for f in found):.0f} ms here")


def test_the_user_dictionary_changes_answers() -> None:
    """Else the comparison with it would show nothing."""
    plain, changed = of_task("lac", None), of_task("lac", USER_DICTIONARY)
    assert sum(p["word"] != c["word"] or p["tag"] != c["tag"] for p, c in zip(plain, changed)) > 100
