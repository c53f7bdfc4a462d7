"""Version folders of the scriptable engine: they load at once and misbehave as they are told. Use with `FAKE`."""

from pathlib import Path

FAKE = "engine: FAKE "


def fake_version(folder: Path, *commands: str) -> Path:
    """A version folder; without commands it is like add_vN: y = x + N, N from the folder's name."""
    number = folder.name.rpartition("_v")[2]
    lines = ["input x FP32 -1,16", "output y FP32 -1,16", f"bias {number}", *commands]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.fake").write_text("\n".join(lines) + "\n")
    return folder
