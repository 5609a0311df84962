"""Text on pictures: class letters, and the word SIMULATED across everything that no satellite saw."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SIMULATED_TEXT = "SIMULATED"


@lru_cache(maxsize=64)
def text_mask(text: str, height_px: int) -> NDArray[np.bool_]:
    """Give (rows, columns) True on the strokes of a word, cut to its outline; read-only.

    Args:
        text: what is written.
        height_px: size of the font in pixels.
    """
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(size=height_px)
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4))
    ImageDraw.Draw(image).text((2 - left, 2 - top), text, font=font, fill=255)
    strokes = np.asarray(image) > 110
    rows, cols = np.nonzero(strokes.any(axis=1))[0], np.nonzero(strokes.any(axis=0))[0]
    mask = strokes[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1].copy()
    mask.setflags(write=False)
    return mask


@lru_cache(maxsize=4)
def watermark(height: int, width: int, *, spacing: float = 1.3) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Find where SIMULATED is written over a picture, slanted and repeated so that no crop is without it.

    Args:
        height: of the picture, pixels.
        width: of the picture, pixels.
        spacing: widens the gaps between the words.

    Returns:
        Two (height, width) masks, read-only: the strokes, and the rim around them.
    """
    from PIL import Image

    size = int(np.clip(min(height, width) / 14, 10, 40))
    word = text_mask(SIMULATED_TEXT, size)
    slanted = np.asarray(Image.fromarray(word.astype(np.uint8) * 255).rotate(24, expand=True)) > 110
    rows, cols = slanted.shape
    step_y, step_x = int(rows * 2.1 * spacing), int(cols * 1.5 * spacing)
    strokes = np.zeros((height, width), bool)
    for i, y in enumerate(range((min(step_y, height) - rows) // 2, height, step_y)):
        for x in range((min(step_x, width) - cols) // 2 - (i % 2) * step_x // 2, width, step_x):
            y0, x0, y1, x1 = max(y, 0), max(x, 0), min(y + rows, height), min(x + cols, width)
            if y1 > y0 and x1 > x0:
                strokes[y0:y1, x0:x1] |= slanted[y0 - y : y1 - y, x0 - x : x1 - x]
    grown = strokes.copy()
    grown[1:] |= strokes[:-1]
    grown[:-1] |= strokes[1:]
    upright = grown.copy()
    grown[:, 1:] |= upright[:, :-1]
    grown[:, :-1] |= upright[:, 1:]
    around = grown & ~strokes
    for mask in (strokes, around):
        mask.setflags(write=False)
    return strokes, around


def draw_badge(pixels: NDArray[np.uint8]) -> None:
    """Write SIMULATED, white on black, into the lower left corner of a small picture: (rows, columns, 3 or 4)."""
    height, width, channels = pixels.shape
    white = np.full(channels, 255, np.uint8)
    black = white * (np.arange(channels) == 3)
    word = text_mask(SIMULATED_TEXT, max(8, round(width / 18)))
    pad = max(2, word.shape[0] // 3)
    word = word[: height - 2 * pad, : width - 2 * pad]
    rows, cols = word.shape
    plate = pixels[height - rows - 2 * pad :, : cols + 2 * pad]
    plate[:] = black
    plate[pad:-pad, pad:-pad][word] = white
