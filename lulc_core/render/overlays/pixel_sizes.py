"""What pixels of 10, 20 and 60 m see of the same 600 m of ground: small square pictures with their label on them."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.grid import PIXEL_M
from lulc_core.domain.scene import Scene
from lulc_core.render.overlays.band_view import FIXED_RANGES, Range
from lulc_core.render.overlays.layer import check_bands
from lulc_core.render.overlays.lettering import draw_badge, text_mask

SIZES_M = (10, 20, 60)
WINDOW_M = 600
"""60 pixels of 10 m, 30 of 20 m, 10 of 60 m exactly."""
WINDOW_PX = WINDOW_M // PIXEL_M
SIDE_PX = 300
"""Of a picture: a multiple of 60, so that every pixel of the satellite is equally large."""
NO_DATA_GREY = 128

Window = tuple[slice, slice]


def window_at(scene: Scene, row_px: int, col_px: int) -> Window:
    """Find the 600 m around a pixel that begin on a multiple of 60 m, as the satellite's coarse pixels do.

    Args:
        scene: pixels.
        row_px: row of the 10 m pixel in the middle; the window is moved inwards where it would leave the scene.
        col_px: its column.

    Every grid has room for it: tiles begin 0, 20 or 40 m before such a multiple and are 640 m wide.
    """
    left, _, _, top = scene.grid.bounds
    rows, cols = scene.grid.shape_px
    # Rows count down from the top, whose distance to the next multiple of 60 m below it is `top % 60`.
    first_row = _first(row_px, rows, int(top % 60) // PIXEL_M)
    first_col = _first(col_px, cols, int(-left % 60) // PIXEL_M)
    return slice(first_row, first_row + WINDOW_PX), slice(first_col, first_col + WINDOW_PX)


def window_bounds(scene: Scene, window: Window) -> tuple[float, float, float, float]:
    """Give left, bottom, right, top of a window in metres of the scene's zone."""
    left, _, _, top = scene.grid.bounds
    x, y = left + window[1].start * PIXEL_M, top - window[0].start * PIXEL_M
    return x, y - WINDOW_M, x + WINDOW_M, y


def has_own_pixels(values: NDArray[np.floating], pixel_m: int) -> bool:
    """Say whether a window of 10 m pixels holds real coarser ones: every block of that size is one number.

    Args:
        values: (60, 60) of one band.
        pixel_m: 10, 20 or 60.
    """
    blocks = _blocks(values, pixel_m // PIXEL_M)
    return bool((blocks == blocks[:, :1, :, :1]).all())


def grey_picture(values: NDArray[np.floating], stretch: Range, label: str, *, simulated: bool) -> bytes:
    """Draw one band in grey, with its label in the upper left corner.

    Args:
        values: (n, n) reflectance, NaN where there is no measurement; n divides 300.
        stretch: reflectance that is black and the one that is white.
        label: band and pixel size.
        simulated: no satellite saw it; the picture says so.

    Returns:
        PNG of 300 x 300 pixels.
    """
    low, high = stretch
    known = np.isfinite(values)
    grey = np.clip(np.rint((np.where(known, values, low) - low) * 255 / (high - low)), 0, 255).astype(np.uint8)
    grey[~known] = NO_DATA_GREY
    return _png(np.repeat(grey[..., None], 3, axis=2), label, simulated)


def mean_pictures(scene: Scene, window: Window, bands: Sequence[str]) -> tuple[bytes, ...]:
    """Draw the window in colour as if all its bands had pixels of 10, 20 and 60 m: means of the 10 m pixels.

    Args:
        scene: pixels.
        window: from :func:`window_at`.
        bands: three names.

    Returns:
        Three PNG of 300 x 300 pixels.

    Raises:
        InputError: a band that the scene lacks.
    """
    check_bands(scene, bands)
    pictures = []
    for pixel_m in SIZES_M:
        n = pixel_m // PIXEL_M
        small = np.empty((WINDOW_PX // n, WINDOW_PX // n, 3), np.uint8)
        for i, name in enumerate(bands):
            low, high = FIXED_RANGES[name]
            means = _blocks(scene.reflectance[scene.bands.index(name)][window], n).mean((1, 3))
            small[..., i] = np.clip(np.rint((means - low) * 255 / (high - low)), 0, 255)
        words = f"{pixel_m} m" if n == 1 else f"{pixel_m} m, mean of {n * n}"
        pictures.append(_png(small, words, scene.acquisition.simulated))
    return tuple(pictures)


def _first(middle_px: int, count_px: int, offset_px: int) -> int:
    step = 60 // PIXEL_M
    lowest, highest = offset_px, offset_px + (count_px - WINDOW_PX - offset_px) // step * step
    wanted = offset_px + round((middle_px - WINDOW_PX // 2 - offset_px) / step) * step
    return int(np.clip(wanted, lowest, highest))


def _blocks(values: NDArray[np.floating], n: int) -> NDArray[np.floating]:
    return values.reshape(WINDOW_PX // n, n, WINDOW_PX // n, n)


def _png(small: NDArray[np.uint8], label: str, simulated: bool) -> bytes:
    from PIL import Image

    times = SIDE_PX // small.shape[0]
    large = small.repeat(times, axis=0).repeat(times, axis=1)
    word = text_mask(label, 15)
    plate = large[: word.shape[0] + 10, : word.shape[1] + 10]
    plate[:] = 0
    plate[5:-5, 5:-5][word] = 255
    if simulated:
        draw_badge(large)
    buffer = io.BytesIO()
    Image.fromarray(large).save(buffer, "PNG")
    return buffer.getvalue()
