"""What every case gets: where things are, how long to measure, and the models."""

import os
from dataclasses import dataclass
from pathlib import Path

from .load import Generator
from .server import Server, model_config


@dataclass
class Scale:
    """How much is measured. QUICK is for trying the benchmark itself; its figures mean nothing."""
    seconds: float  # of one run
    warmup: float
    rounds: int
    connections: tuple[int, ...]
    switch_requests: int
    load_cycles: int
    soak_requests: int
    quiet_seconds: float  # watched before each load


FULL = Scale(seconds=5, warmup=1, rounds=4, connections=(1, 2, 8, 32), switch_requests=100_000, load_cycles=6,
             soak_requests=1_000_000, quiet_seconds=3)
QUICK = Scale(seconds=0.5, warmup=0.2, rounds=1, connections=(2,), switch_requests=2_000, load_cycles=1,
              soak_requests=5_000, quiet_seconds=0.5)

OCR_TENSOR = "x:FP32:1,3,48,320"  # one line of text, 180 KiB
TRIVIAL_TENSOR = "x:FP32:1,16"

# A model that costs nothing: what is measured is the server. Each version adds another number to its input.
TRIVIAL = """input x FP32 1,16
output y FP32 1,16
bias {version}
"""


# A line of text in, 64 bytes out, and nothing to compute.
PICTURE = """input head FP32 1,16
input x FP32 1,3,48,320
output y FP32 1,16
"""


@dataclass
class Context:
    root: Path
    scratch: Path
    scale: Scale
    generator: Generator
    servers: int = 0

    def server(self, *models: dict) -> Server:
        """A server of its own for one case."""
        self.servers += 1
        folder = self.scratch / f"server-{self.servers}"
        folder.mkdir()
        config = folder / "model_config.prototxt"
        config.write_text(model_config(models))
        return Server(self.generator.binaries / "huidu", config, folder)

    @property
    def cpus(self) -> int:
        return len(os.sched_getaffinity(0))

    def model(self, name: str) -> Path:
        return self.root / "build" / "models" / name

    def trivial(self, version: int) -> Path:
        """A folder with version `version` of the trivial model."""
        folder = self.scratch / f"trivial_v{version}"
        folder.mkdir(exist_ok=True)
        (folder / "model.fake").write_text(TRIVIAL.format(version=version))
        return folder

    def trivial_config(self) -> dict:
        """Version 1 live, version 2 loaded beside it."""
        return {"name": "trivial", "base_path": str(self.trivial(1)), "versions": [str(self.trivial(2))],
                "max_queue": 1024}

    def picture_config(self) -> dict:
        folder = self.scratch / "picture"
        folder.mkdir(exist_ok=True)
        (folder / "model.fake").write_text(PICTURE)
        return {"name": "picture", "base_path": str(folder)}

    def ocr_config(self) -> dict:
        return {"name": "ocr_service", "base_path": str(self.model("ocr_v2")), "max_queue": 1024}
