"""What the demo shows: on a terminal a few lines that are drawn again and again, elsewhere one line a second."""

import os
import shutil
import sys
import time

BOLD, DIM, RED, GREEN, CYAN, YELLOW = "1", "2", "31", "32", "36", "33"
COLORS = {"v1": CYAN, "v2": GREEN, "v3": RED}  # of the versions


class Screen:
    """Steps that are done scroll up as plain text; what goes on now stays below them. Use as a context."""

    def __init__(self, out=sys.stdout):
        self.out = out
        self.live = out.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self.colored = self.live and "NO_COLOR" not in os.environ
        self.drawn = 0  # lines below the steps
        self.last_line = 0.0
        self.began = time.monotonic()

    def __enter__(self) -> "Screen":
        if self.live:
            self.out.write("\x1b[?25l")  # no cursor
        return self

    def __exit__(self, *_) -> None:
        self.clear()
        if self.live:
            self.out.write("\x1b[?25h")
        self.out.flush()

    def paint(self, text: str, *codes: str) -> str:
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.colored else text

    def version(self, name: str) -> str:
        return self.paint(name, BOLD, COLORS.get(name, YELLOW))

    def clear(self) -> None:
        if self.drawn:
            self.out.write(f"\x1b[{self.drawn}A\x1b[J")
            self.drawn = 0

    def say(self, text: str = "") -> None:
        """A line that stays."""
        self.clear()
        self.out.write(text + "\n")
        self.out.flush()

    def done(self, text: str) -> None:
        self.say(f"  {self.paint('✔', GREEN)} {text}")

    def show(self, doing: str, since: float, traffic) -> None:
        """What goes on now. `since`: when it began, by time.monotonic()."""
        if self.live:
            lines = self._panel(doing, since, traffic)
            self.clear()
            self.out.write("".join(line + "\n" for line in lines))
            self.drawn = len(lines)
            self.out.flush()
        elif traffic is not None and traffic.ticks and time.monotonic() - self.last_line >= 1:
            self.last_line = time.monotonic()
            self.out.write(f"    {time.monotonic() - self.began:5.1f} s  {self._figures(traffic)}\n")
            self.out.flush()

    def _panel(self, doing: str, since: float, traffic) -> list[str]:
        wheel = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[int(time.monotonic() * 10) % 10]
        seconds = self.paint(f"{time.monotonic() - since:.1f} s", DIM)
        lines = [f"  {self.paint(wheel, YELLOW)} {doing}  {seconds}"]
        if traffic is not None:
            lines += ["", "    " + self._strip(traffic), "    " + self._figures(traffic)]
        return lines

    def _strip(self, traffic) -> str:
        """A block for each quarter of a second, in the color of the version that answered."""
        width = max(10, min(80, shutil.get_terminal_size().columns) - 30)
        blocks = "".join(self._block(tick.versions) for tick in traffic.ticks[-width:])
        return f"{self.version('v1')} {self.version('v2')}  {blocks}"

    def _block(self, versions: list[str]) -> str:
        if not versions:
            return " "
        if not self.colored:
            return versions[-1][-1]
        return self.paint("█", COLORS.get(versions[-1], YELLOW)) if len(versions) == 1 else self.paint("█", YELLOW)

    def _figures(self, traffic) -> str:
        if not traffic.ticks:
            return "waiting for the first answers"
        recent = traffic.ticks[-4:]
        answered_by = " ".join(self.version(name) for name in dict.fromkeys(
            name for tick in recent[-1:] for name in tick.versions)) or "--"
        rate = sum(tick.rate for tick in recent) / len(recent)
        p50 = sorted(tick.p50_ms for tick in recent)[len(recent) // 2]
        p99 = max(tick.p99_ms for tick in recent)
        failed = self.paint(f"{traffic.totals.failed} failed", RED if traffic.totals.failed else DIM)
        return (f"{answered_by}  {rate:3.0f} answers/s  p50 {p50:5.1f} ms  p99 {p99:5.1f} ms  "
                f"{traffic.totals.requests:,} requests, {failed}")
