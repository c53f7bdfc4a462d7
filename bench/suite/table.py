"""The result: one row a figure, with its target where it has one."""

import unicodedata
from dataclasses import asdict, dataclass


@dataclass
class Row:
    name: str
    measured: str
    target: str = ""
    met: bool | None = None  # None: a figure without a target

    def verdict(self) -> str:
        return {True: "ok", False: "NOT MET", None: ""}[self.met]

    def as_dict(self) -> dict:
        return asdict(self)


def at_least(name: str, value: float, target: float, show: str = "{:.2f}", note: str = "") -> Row:
    return Row(name, show.format(value) + note, "≥ " + show.format(target), value >= target)


def at_most(name: str, value: float, target: float, show: str = "{:.2f}", note: str = "") -> Row:
    return Row(name, show.format(value) + note, "≤ " + show.format(target), value <= target)


def exactly(name: str, value: int, target: int, note: str = "") -> Row:
    return Row(name, f"{value:,}" + note, f"{target:,}", value == target)


def figure(name: str, value: str) -> Row:
    return Row(name, value)


def width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def format_table(sections: dict[str, list[Row]]) -> str:
    rows = [row for section in sections.values() for row in section]
    cells = [(row.name, row.target, row.measured, row.verdict()) for row in rows]
    heads = ("", "target", "measured", "")
    widths = [max(width(cell[i]) for cell in [heads, *cells]) for i in range(4)]

    def line(cell: tuple) -> str:
        return "  ".join(text + " " * (widths[i] - width(text)) for i, text in enumerate(cell)).rstrip()

    lines = [line(heads)]
    for title, section in sections.items():
        lines += ["", title]
        lines += [line((row.name, row.target, row.measured, row.verdict())) for row in section]
    return "\n".join(lines)
