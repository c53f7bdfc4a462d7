from lac import Segmenter


def test_characters_of_one_word_are_joined():
    words = Segmenter.join("百度是公司", ["ORG-B", "ORG-I", "v-B", "n-B", "n-I"])
    assert words == [("百度", "ORG"), ("是", "v"), ("公司", "n")]


def test_a_word_that_only_goes_on_begins_one():
    assert Segmenter.join("是", ["v-I"]) == [("是", "v")]


def test_the_tag_outside_of_everything_is_a_word_of_its_own():
    assert Segmenter.join("是。", ["v-B", "O"]) == [("是", "v"), ("。", "O")]
