"""Pages drawn here and blurred: the blur is measured, and what was read before it is read again."""

import numpy as np
import pymupdf
import pytest
from PIL import Image, ImageFilter

from winnow.ocr.engines import tesseract
from winnow.ocr.picture.sharpen import BLURRED, measure_blur, sharpen

LINE = "the keeper of the archive wrote down every parcel that came in and gave it a number"
WORDS = LINE.split()


def draw(size=8.5):
    page = pymupdf.open().new_page(width=400, height=300)
    for row in range(14):
        page.insert_text(
            (30, 40 + 1.4 * size * row), " ".join(WORDS[row % 3 :]), fontsize=size, fontname="tiro"
        )
    drawn = page.get_pixmap(dpi=300, colorspace=pymupdf.csGRAY)
    return Image.frombytes("L", (drawn.width, drawn.height), drawn.samples)


def count(image):
    words = " ".join(line.text for line in tesseract.recognize(image, ("eng",), 300)).split()
    return sum(word in WORDS for word in words)


@pytest.mark.parametrize("sigma", [2.0, 3.0, 4.0])
def test_the_blur_is_measured(sigma):
    found, noise = measure_blur(draw().filter(ImageFilter.GaussianBlur(sigma)))
    assert found == pytest.approx(sigma, rel=0.25) and noise < 0.01


def test_the_blur_is_measured_through_noise():
    blurred = np.asarray(draw().filter(ImageFilter.GaussianBlur(2.5)), dtype=float)
    noisy = np.clip(blurred + np.random.default_rng(5).normal(0, 10, blurred.shape), 0, 255)
    found, noise = measure_blur(Image.fromarray(noisy.astype(np.uint8)))
    assert found == pytest.approx(2.5, rel=0.3) and 0.02 < noise < 0.08


def test_a_blurred_page_can_be_read_again():
    sharp = draw()
    blurred = sharp.filter(ImageFilter.GaussianBlur(4.0))
    made, sigma = sharpen(blurred)
    assert sigma > BLURRED and made.size == sharp.size
    assert count(blurred) < 0.5 * count(sharp) and count(made) > 0.8 * count(sharp)


@pytest.mark.parametrize("spoil", ["", "noise", "half"])
def test_what_is_not_blurred_is_left_as_it_is(spoil):
    image = draw()
    if spoil == "noise":
        noisy = np.asarray(image, dtype=float) + np.random.default_rng(5).normal(
            0, 30, (image.height, image.width)
        )
        image = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
    elif spoil == "half":
        image = image.reduce(2).resize(image.size, Image.Resampling.BILINEAR)
    assert sharpen(image) == (image, 0.0)


@pytest.mark.parametrize("size", [(1, 1), (40, 3000), (3000, 40), (900, 900)])
def test_pictures_without_letters_are_left_as_they_are(size):
    for shade in (0, 128, 255):
        image = Image.new("L", size, shade)
        assert sharpen(image) == (image, 0.0)
    slope = Image.linear_gradient("L").resize(size)
    assert sharpen(slope)[1] == 0.0
