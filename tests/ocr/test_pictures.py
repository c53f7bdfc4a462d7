"""Pictures of every kind, also hostile ones, through the whole task: the right answer, or a refusal that says why."""

import io
import struct
import zlib
from pathlib import Path

import numpy
import pytest
from PIL import Image

from reading import ask, pages

PAGE = next(page for page in pages() if page.category == "identity_card" and page.variant == "sharp")


def encoded(image: Image.Image, form: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def huge_png(side: int) -> bytes:
    """A header that is right in every byte, and nothing to it."""
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b""))


def transparent(image: Image.Image) -> Image.Image:
    """Black letters on nothing."""
    result = Image.new("RGBA", image.size, (0, 0, 0, 0))
    result.putalpha(image.point(lambda value: 255 - value))
    return result


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """All pictures in one process, so that one that does harm would show in those after it."""
    image = Image.open(PAGE.path).convert("L")
    blank = Image.new("L", (400, 300), 255)
    exif = Image.Exif()
    exif[0x0112] = 6
    frames = {"save_all": True, "append_images": [blank.resize(image.size)], "duration": 100}
    pictures = {
        "jpeg": PAGE.path.read_bytes(),
        "png": encoded(image, "PNG"),
        "bmp": encoded(image, "BMP"),
        "tiff": encoded(image, "TIFF", compression="tiff_lzw"),
        "webp": encoded(image, "WEBP", quality=90),
        "progressive": encoded(image, "JPEG", progressive=True, quality=90),
        "cmyk": encoded(image.convert("CMYK"), "JPEG", quality=90),
        "palette": encoded(image.convert("P"), "PNG"),
        "one_bit": encoded(image.point(lambda value: 255 * (value > 140)).convert("1"), "PNG"),
        "sixteen_bits": encoded(Image.fromarray(numpy.array(image).astype("uint16") * 257), "PNG"),
        "transparent": encoded(transparent(image), "PNG"),
        "lying": encoded(image.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=90, exif=exif),
        "on_its_head": encoded(image.transpose(Image.Transpose.ROTATE_180), "JPEG", quality=90),
        "animated_png": encoded(image, "PNG", **frames),
        "empty_page": encoded(blank, "PNG"),
        "one_pixel": encoded(blank.resize((1, 1)), "PNG"),
        "gif": encoded(image, "GIF"),
        "animated_webp": encoded(image, "WEBP", **frames),
        "no_picture": b"hello",
        "nothing": b"",
        "huge": huge_png(60_000),
        "large": huge_png(30_000),
        "cut_jpeg": PAGE.path.read_bytes()[:9000],
        "cut_png": encoded(image, "PNG")[:9000],
        "after": PAGE.path.read_bytes(),
    }
    folder = tmp_path_factory.mktemp("pictures")
    files: list[Path] = []
    for name, content in pictures.items():
        files.append(folder / name)
        files[-1].write_bytes(content)
    return dict(zip(pictures, ask(files), strict=True))


@pytest.mark.parametrize("name", ["jpeg", "png", "bmp", "tiff", "webp", "progressive", "cmyk", "palette", "one_bit",
                                  "sixteen_bits", "transparent", "lying", "on_its_head", "animated_png", "after"])
def test_the_card_is_read_from_every_kind_of_picture(answers, name):
    assert "error" not in answers[name], answers[name]
    assert "".join(answers[name]["text"]).replace(" ", "") == "".join(PAGE.expected.split())


@pytest.mark.parametrize("name", ["empty_page", "one_pixel"])
def test_where_no_text_is_there_are_no_lines(answers, name):
    assert answers[name]["text"] == answers[name]["box"] == answers[name]["image_index"] == []


@pytest.mark.parametrize("name, why", [
    ("gif", "is a GIF; expected is a JPEG, PNG, BMP, TIFF or WebP"), ("animated_webp", "cannot be decoded"),
    ("no_picture", "is not a picture"), ("nothing", "is not a picture"), ("huge", "at most 40000000 pixels"),
    ("large", "is 30000x30000 pixels"), ("cut_jpeg", "is cut short"), ("cut_png", "cannot be decoded")])
def test_what_is_no_good_picture_is_refused_with_the_reason(answers, name, why):
    assert answers[name]["error"].startswith("INVALID_ARGUMENT: picture 0 of input 'image': "), answers[name]
    assert why in answers[name]["error"]


def test_the_boxes_are_in_pixels_of_the_upright_picture(answers):
    """The number stands at the foot of the card, 640 x 400 pixels; also where the file holds the card lying."""
    for name in ("jpeg", "lying"):
        box = answers[name]["box"][-8:]
        assert 240 < box[0] < 280 and 315 < box[1] < 345, (name, box)


def test_a_box_begins_where_its_text_begins(answers):
    left, top, right = answers["on_its_head"]["box"][-8:-5]
    assert 360 < left < 400 and 55 < top < 85 and right < left
