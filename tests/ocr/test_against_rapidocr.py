"""The OCR task against RapidOCR with the same networks, and both against what stands on the golden pages.

    pytest -s tests/ocr/test_against_rapidocr.py      prints the character error rates by kind and variant
"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from reading import (MODELS, against_each_other, against_truth, pages, read_by_huidu, read_by_rapidocr, table,
                     without_order)

SAME = 0.005  # character error rate between two readings that are the same but for rounding

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("rapidocr")]


@pytest.fixture(scope="module")
def readings():
    """By "rapidocr", "preset" (Huidu as RapidOCR), "huidu": each page's lines. Side by side: each is one thread."""
    assert MODELS.exists(), f"{MODELS} is missing; `make test` prepares it"
    files = [page.path for page in pages()]
    with ThreadPoolExecutor(2) as pool:
        jobs = {"rapidocr": pool.submit(read_by_rapidocr, files),
                "preset": pool.submit(read_by_huidu, files, "preset=rapidocr"),
                "huidu": pool.submit(read_by_huidu, files)}
        return {name: job.result() for name, job in jobs.items()}


def test_the_golden_pages_are_many_and_of_every_kind():
    kinds = {(page.category, page.variant) for page in pages()}
    assert len(pages()) >= 60
    assert len(kinds) == 12, kinds


def test_the_preset_rapidocr_reads_what_rapidocr_reads(readings):
    rates = against_each_other(readings["preset"], readings["rapidocr"])
    print("\n" + table({"Huidu against RapidOCR": rates}))
    assert rates["all"] <= SAME


def test_huidus_own_way_is_nearer_to_the_truth(readings):
    ours, theirs = against_truth(readings["huidu"]), against_truth(readings["rapidocr"])
    our_characters, their_characters = without_order(readings["huidu"]), without_order(readings["rapidocr"])
    print("\n" + table({"Huidu": ours, "RapidOCR": theirs, "Huidu, no order": our_characters,
                        "RapidOCR, no order": their_characters}))
    assert ours["all"] < theirs["all"]
    assert our_characters["all"] < their_characters["all"], "not only because of the order of lines"
    assert ours["all"] < 0.01
