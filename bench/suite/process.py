"""What a process holds: memory and descriptors, as the kernel counts them."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path

MIB = 1024 * 1024


@dataclass
class Usage:
    resident: int  # bytes; with pages shared with others
    proportional: int  # each shared page divided among those who map it
    shared_tensors: int  # resident pages of the shared arenas
    descriptors: int

    def as_dict(self) -> dict:
        return asdict(self)


def _fields(path: str) -> dict[str, int]:
    """The "Name:  123 kB" lines of a file, in bytes."""
    fields = {}
    for line in Path(path).read_text().splitlines():
        name, _, rest = line.partition(":")
        parts = rest.split()
        if len(parts) == 2 and parts[1] == "kB":
            fields[name] = int(parts[0]) * 1024
    return fields


def usage(pid: int) -> Usage:
    rollup = _fields(f"/proc/{pid}/smaps_rollup")
    status = _fields(f"/proc/{pid}/status")
    return Usage(rollup["Rss"], rollup["Pss"], status["RssShmem"], len(os.listdir(f"/proc/{pid}/fd")))


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
