"""A blurred picture made sharp: a scanner out of focus, or a low resolution, spreads the edges of letters.

How wide is told by the steepest of them: a step that a Gaussian spreads is nowhere steeper than its contrast
/ (sigma * sqrt(2 pi)). It is undone by a Wiener filter of that Gaussian (Wiener 1949).
"""

from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import fft, ndimage

SMOOTHED = 1.0  # pixels: before edges are looked for, so that noise is none
STEEP = 95  # percentile of slopes: the edges of letters
FLAT = 0.03  # of the contrast, a pixel: less is paper, or noise
BAND, EVERY = 32, 256  # rows that are looked at, and of how many
# Chosen on drawn pages of manuals that no gate wears: at 300 dpi what was drawn at 150 dpi has a sigma of 1.0
# to 1.1, noisy or pressed pages up to 1.2, those blurred so that Tesseract fails 1.9 and more.
BLURRED = 1.4  # pixels
MOST = 5.0  # pixels: letters of a text that is spread more cannot be told
NOISE = 0.005  # power by the signal's that a clean picture is taken to have
BY_NOISE = 5.0  # how much of the power of the noise that is measured counts


def sharpen(image: Image.Image) -> tuple[Image.Image, float]:
    """The picture (mode L), sharp, and the sigma of the blur taken off (pixels); 0 where it is left alone."""
    sigma, noise = measure_blur(image)
    if not BLURRED <= sigma <= MOST:
        return image, 0.0
    return _undo(image, sigma, NOISE + BY_NOISE * noise * noise), sigma


def measure_blur(image: Image.Image) -> tuple[float, float]:
    """The sigma of the edges' blur (pixels; 0: none tells it), and the noise on paper by the contrast."""
    pixels = np.asarray(image)
    bands = [pixels[top : top + BAND] for top in range(0, len(pixels), EVERY)]
    bands = [band.astype(np.float32) for band in bands if len(band) == BAND]
    if not bands or pixels.shape[1] < BAND:
        return 0.0, 0.0
    paper, dark = np.percentile(np.concatenate(bands), [90, 1])
    contrast = float(paper - dark)
    if contrast < 1:
        return 0.0, 0.0
    smooth = [ndimage.gaussian_filter(band, SMOOTHED) for band in bands]
    slopes = np.concatenate([np.abs(np.diff(band, axis=1)).ravel() for band in smooth]) / contrast
    slopes = slopes[slopes > FLAT]
    if len(slopes) < BAND:
        return 0.0, 0.0
    whole = 1 / (sqrt(2 * pi) * float(np.percentile(slopes, STEEP)))
    return sqrt(max(whole * whole - SMOOTHED * SMOOTHED, 0.0)), _measure_noise(bands, smooth, contrast)


def _measure_noise(
    bands: list[NDArray[np.float32]], smooth: list[NDArray[np.float32]], contrast: float
) -> float:
    """The standard deviation of paper, by the contrast, from what smoothing takes off."""
    left = np.concatenate([np.abs(band - even).ravel() for band, even in zip(bands, smooth, strict=True)])
    return 1.4826 * float(np.median(left)) / contrast


def _undo(image: Image.Image, sigma: float, noise: float) -> Image.Image:
    ink = 255 - np.asarray(image, dtype=np.float32)
    height, width = ink.shape
    shape = (
        fft.next_fast_len(height + round(4 * sigma), True),
        fft.next_fast_len(width + round(4 * sigma), True),
    )
    down = np.exp(-2 * (pi * sigma * np.fft.fftfreq(shape[0])) ** 2).astype(np.float32)
    across = np.exp(-2 * (pi * sigma * np.fft.rfftfreq(shape[1])) ** 2).astype(np.float32)
    spread = down[:, None] * across[None, :]
    found = fft.irfft2(fft.rfft2(ink, shape) * (spread / (spread * spread + noise)), shape)[:height, :width]
    return Image.fromarray(np.clip(255 - found, 0, 255).astype(np.uint8))
