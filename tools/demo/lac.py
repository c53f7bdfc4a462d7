"""Chinese words and their kinds out of LAC: characters to numbers, one request, tags back to words."""

import json
import urllib.request
from pathlib import Path


def _dictionary(path: Path, key: int, value: int) -> dict[str, str]:
    """The last line of a key counts, as in LAC's own reader."""
    lines = (line.rstrip("\n").split("\t") for line in path.open(encoding="utf-8"))
    return {parts[key]: parts[value] for parts in lines if len(parts) == 2}


class Segmenter:
    """Asks the model `lac` of a server; `folder` is the version's folder, which holds its dictionaries."""

    def __init__(self, folder: Path, http: str):
        conf = folder / "conf"
        self.numbers = _dictionary(conf / "word.dic", 1, 0)
        self.tags = _dictionary(conf / "tag.dic", 0, 1)
        self.normal = _dictionary(conf / "q2b.dic", 0, 1)
        self.url = f"http://{http}/v2/models/lac/infer"

    def __call__(self, sentence: str) -> list[tuple[str, str]]:
        """[(word, kind), …]"""
        unknown = self.numbers["OOV"]
        words = [int(self.numbers.get(self.normal.get(char, char), unknown)) for char in sentence]
        tensor = {"name": "words", "shape": [len(words), 1], "datatype": "INT64", "data": words}
        request = urllib.request.Request(self.url, json.dumps({"inputs": [tensor]}).encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            tags = json.load(answer)["outputs"][0]["data"]
        return self.join(sentence, [self.tags[str(tag)] for tag in tags])

    @staticmethod
    def join(sentence: str, tags: list[str]) -> list[tuple[str, str]]:
        """Characters whose tag ends in -I belong to the word before them."""
        words: list[tuple[str, str]] = []
        for char, tag in zip(sentence, tags):
            kind, _, place = tag.partition("-")
            if place == "I" and words:
                words[-1] = (words[-1][0] + char, words[-1][1])
            else:
                words.append((char, kind))
        return words
