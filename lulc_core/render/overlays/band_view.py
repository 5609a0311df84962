"""Pictures of any three bands or of an index, small and large, and the numbers behind them for a pointer."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.errors import InputError
from lulc_core.domain.scene import Scene
from lulc_core.render.colors import NDVI_STOPS, ramp_colors
from lulc_core.render.overlays.layer import MapLayer, check_bands, picture_layer
from lulc_core.render.overlays.mercator import MAX_SIDE_PX

Range = tuple[float, float]
FIXED_RANGES: dict[str, Range] = {
    **dict.fromkeys(BAND_NAMES, (0.0, 0.4)),
    **dict.fromkeys(("B06", "B07", "B08", "B8A"), (0.0, 0.55)),
    "B09": (0.0, 0.3),
    "B10": (0.0, 0.05),
}
"""Reflectance shown as black and as full brightness: wide enough for bright fields, the same for every date."""


@dataclass(frozen=True)
class Preset:
    """A picture with a name, and how to read it."""

    key: str
    title: str
    bands: tuple[str, str, str]
    reading: str


PRESETS: tuple[Preset, ...] = (
    Preset(
        "true_colour",
        "True colour",
        ("B04", "B03", "B02"),
        "As the eye would see it: forests dark green, ripe fields yellow, roofs grey or red, water dark.",
    ),
    Preset(
        "false_colour",
        "False colour infrared",
        ("B08", "B04", "B03"),
        "Near infrared is shown as red: the redder, the more living leaves; towns are cyan, water is black.",
    ),
    Preset(
        "swir",
        "Short-wave infrared",
        ("B12", "B8A", "B04"),
        "Plants are green, bare soil and roofs pink to brown, burnt ground dark red, water black.",
    ),
)
NDVI_READING = (
    "(B08 - B04) / (B08 + B04): beige is bare or sealed, the darker the green the more leaves, blue is water."
)

INDEX_STOPS: dict[str, tuple[tuple[float, str, str], ...]] = {
    "NDVI": NDVI_STOPS,
    "EVI": NDVI_STOPS,
    "NDWI": (
        (-0.8, "#6B4A1B", "dense plants"),
        (-0.3, "#C9A46A", "sparse plants, bare"),
        (0.0, "#EFE9DC", "edge"),
        (0.2, "#6FB3D6", "shallow or muddy water"),
        (0.7, "#10406E", "open water"),
    ),
    "NDBI": (
        (-0.7, "#10406E", "water, lush plants"),
        (-0.3, "#5E9C76", "plants"),
        (0.0, "#EFE9DC", "mixed"),
        (0.15, "#D98A5B", "built-up, dry soil"),
        (0.4, "#8C2D19", "bare, dry"),
    ),
}
"""Value, colour, what it usually is; between them colours are mixed."""


def fitted_range(scene: Scene, band: str) -> Range:
    """Give the 2nd and 98th percentile of a band over usable pixels; the fixed range where there are none."""
    valid = scene.valid
    values = scene.reflectance[scene.bands.index(band)]
    step = max(1, round((values.size / 4e6) ** 0.5))  # a sample says it as well
    values = values[::step, ::step][valid[::step, ::step]]
    return percentile_range(values) if values.size else FIXED_RANGES[band]


def percentile_range(values: NDArray[np.floating]) -> Range:
    """Give the 2nd and 98th percentile of what is measured; 0 to 1 where nothing is."""
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0
    low, high = (float(v) for v in np.percentile(known, (2, 98)))
    return (low, high) if high - low > 1e-4 else (low, low + 0.01)


def composite_layer(
    scene: Scene, bands: Sequence[str], ranges: Sequence[Range], *, side_px: int = MAX_SIDE_PX, title: str = ""
) -> MapLayer:
    """Paint three bands as red, green and blue.

    Args:
        scene: pixels.
        bands: three names.
        ranges: for each, the reflectance that is black and the one that is full brightness.
        side_px: longest side of the picture.
        title: what it is called.

    Raises:
        InputError: a band that the scene lacks; a range that ends before it begins.
    """
    check_bands(scene, bands)
    pixels = np.empty((3, *scene.grid.shape_px), np.uint8)
    for i, (name, (low, high)) in enumerate(zip(bands, ranges, strict=True)):
        if not high > low:
            raise InputError(f"The stretch runs from {low:g} to {high:g}; its end must be above its begin.")
        share = (scene.reflectance[scene.bands.index(name)] - np.float32(low)) * np.float32(255 / (high - low))
        pixels[i] = np.clip(np.rint(share), 0, 255)
    key = "bands-" + "-".join(f"{b}-{low:.4f}-{high:.4f}" for b, (low, high) in zip(bands, ranges, strict=True))
    return picture_layer(key, title or " ".join(bands), scene, pixels, side_px=side_px)


def index_layer(scene: Scene, name: str, values: NDArray[np.floating], *, side_px: int = MAX_SIDE_PX) -> MapLayer:
    """Paint an index in colours.

    Args:
        scene: where it comes from.
        name: ``NDVI``, ``NDWI``, ``NDBI``, ``EVI``.
        values: (rows, columns) of the index on the scene's grid; NaN where it is not defined.
        side_px: longest side of the picture.

    Raises:
        KeyError: no such index.
    """
    stops = INDEX_STOPS[name]
    legend = tuple((f"{value:+.2f} {words}", color) for value, color, words in reversed(stops))
    pixels, known = ramp_colors(values, stops), np.isfinite(values)
    return picture_layer(f"index-{name}", name, scene, pixels, known=known, legend=legend, side_px=side_px)


POINTER_NONE = 65_535
POINTER_SCALE, POINTER_OFFSET = 10_000, 2.0
MAX_POINTER_NUMBERS = 16_000_000
"""Numbers sent to the browser at most (32 MB before packing): a 23 km square of three bands."""


def pointer_values(scene: Scene, planes: Sequence[NDArray[np.floating]]) -> bytes | None:
    """Pack the numbers under the pointer: uint16 little endian, plane by plane, zlib; None where too many.

    A value is ``number / 10000 - 2``, 65535 where there is none. Planes are (rows, columns) of the scene's grid, NaN
    where nothing was measured, so that the pointer reads exactly the pixel that a click would pick.
    """
    if len(planes) * scene.observed.size > MAX_POINTER_NUMBERS:
        return None
    packed = zlib.compressobj(1)
    parts = []
    for plane in planes:
        scaled = np.clip(np.rint((plane + POINTER_OFFSET) * POINTER_SCALE), 0, POINTER_NONE - 1)
        numbers = np.where(np.isfinite(plane) & scene.observed, scaled, POINTER_NONE)
        parts.append(packed.compress(numbers.astype("<u2").tobytes()))
    return b"".join((*parts, packed.flush()))
