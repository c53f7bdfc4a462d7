"""The OCR task against RapidOCR with the same networks, and both against what stands on the golden pages.

    pytest -s tests/ocr/test_against_rapidocr.py      prints the character error rates by kind and variant
"""

import pytest

from reading import (MODELS, against_each_other, against_truth, pages, read_by_huidu, read_by_rapidocr, table,
                     without_order)

SAME = 0.005  # character error rate between two readings that are the same but for rounding

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("rapidocr")]


@pytest.fixture(scope="module")
def files():
    assert MODELS.exists(), f"{MODELS} is missing; `make test` prepares it"
    return [page.path for page in pages()]


@pytest.fixture(scope="module")
def rapidocr(files):
    return read_by_rapidocr(files)


def test_the_golden_pages_are_many_and_of_every_kind():
    kinds = {(page.category, page.variant) for page in pages()}
    assert len(pages()) >= 60
    assert len(kinds) == 12, kinds


def test_the_preset_rapidocr_reads_what_rapidocr_reads(files, rapidocr):
    rates = against_each_other(read_by_huidu(files, "preset=rapidocr"), rapidocr)
    print("\n" + table({"Huidu against RapidOCR": rates}))
    assert rates["all"] <= SAME


def test_huidus_own_way_is_nearer_to_the_truth(files, rapidocr):
    own = read_by_huidu(files)
    ours, theirs = against_truth(own), against_truth(rapidocr)
    our_characters, their_characters = without_order(own), without_order(rapidocr)
    print("\n" + table({"Huidu": ours, "RapidOCR": theirs, "Huidu, no order": our_characters,
                        "RapidOCR, no order": their_characters}))
    assert ours["all"] < theirs["all"]
    assert our_characters["all"] < their_characters["all"], "not only because of the order of lines"
    assert ours["all"] < 0.01
