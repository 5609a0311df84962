"""Pictures of any three bands or of an index, small and large, and the numbers behind them for a pointer."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import BAND_NAMES
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import TILE_PX
from lulc_core.domain.scene import Scene
from lulc_core.render.colors import NDVI_STOPS, rgb
from lulc_core.render.overlays.lettering import watermark
from lulc_core.render.overlays.map_layers import MapLayer
from lulc_core.render.overlays.mercator import MAX_SIDE_PX, frame

Range = tuple[float, float]
_WEBP_QUALITY = 85
_FIXED: dict[str, Range] = {
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
_PALETTE_RANGE: Range = (-1.0, 1.0)


@dataclass(frozen=True)
class Plane:
    """One layer of numbers that a pointer can read."""

    label: str
    values: NDArray[np.floating]
    """(rows, columns) on the scene's 10 m grid; NaN where there is none."""


def fixed_range(band: str) -> Range:
    """Reflectance that is black and full brightness for a band, the same for every date and place."""
    return _FIXED[band]


def fitted_range(scene: Scene, band: str) -> Range:
    """2nd and 98th percentile of a band over the usable pixels of a scene; the fixed range where there are none."""
    valid = scene.valid
    values = scene.reflectance[scene.bands.index(band)]
    step = max(1, round((values.size / 4e6) ** 0.5))  # a sample says it as well
    values = values[::step, ::step][valid[::step, ::step]]
    if not values.size:
        return fixed_range(band)
    low, high = (float(v) for v in np.percentile(values, (2, 98)))
    return (low, high) if high - low > 1e-4 else (low, low + 0.01)


def composite_layer(
    scene: Scene, bands: Sequence[str], ranges: Sequence[Range], *, side_px: int = MAX_SIDE_PX, title: str = ""
) -> MapLayer:
    """Three bands as red, green and blue.

    Args:
        scene: pixels.
        bands: three names.
        ranges: for each, the reflectance that is black and the one that is full brightness.
        side_px: longest side of the picture.
        title: what it is called.

    Raises:
        InputError: a band that the scene lacks; a range that ends before it begins.
    """
    from PIL import Image

    missing = [b for b in bands if not scene.has(b)]
    if missing:
        raise InputError(
            f"This picture needs the bands {', '.join(bands)}; the scene lacks {', '.join(missing)}.",
            hint="Choose among the bands that it has.",
        )
    pixels = np.empty((4, *scene.grid.shape_px), np.uint8)
    for i, (name, (low, high)) in enumerate(zip(bands, ranges, strict=True)):
        if not high > low:
            raise InputError(f"The stretch runs from {low:g} to {high:g}; its end must be above its begin.")
        share = (scene.reflectance[scene.bands.index(name)] - np.float32(low)) * np.float32(255 / (high - low))
        pixels[i] = np.clip(np.rint(share), 0, 255)
    pixels[3] = np.where(_shown(scene), np.uint8(255), np.uint8(0))
    where = frame(scene.grid, min(side_px, MAX_SIDE_PX, max(scene.grid.shape_px)))
    out = where.warp(pixels, scene.grid.transform, fill=0)
    if scene.acquisition.simulated:
        _stamp(out)
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(np.moveaxis(out, 0, 2))).save(buffer, "WEBP", quality=_WEBP_QUALITY, method=0)
    key = "bands-" + "-".join(f"{b}-{low:.4f}-{high:.4f}" for b, (low, high) in zip(bands, ranges, strict=True))
    return MapLayer(key, title or " ".join(bands), buffer.getvalue(), "image/webp", where.bounds)


def index_layer(scene: Scene, name: str, values: NDArray[np.floating], *, side_px: int = MAX_SIDE_PX) -> MapLayer:
    """An index in colours.

    Args:
        scene: where it comes from.
        name: ``NDVI``, ``NDWI``, ``NDBI``, ``EVI``.
        values: (rows, columns) of the index on the scene's grid; NaN where it is not defined.
        side_px: longest side of the picture.

    Raises:
        KeyError: no such index.
    """
    from PIL import Image

    stops = INDEX_STOPS[name]
    low, high = _PALETTE_RANGE
    known = np.isfinite(values)
    # Without a palette entry of its own for every value: colours are mixed for 251 steps and looked up.
    steps = np.rint((np.clip(np.where(known, values, 0), low, high) - low) * (250 / (high - low))).astype(np.uint8)
    at = np.linspace(low, high, 251)
    table = np.stack([np.interp(at, [s[0] for s in stops], [rgb(s[1])[k] for s in stops]) for k in range(3)])
    pixels = np.empty((4, *scene.grid.shape_px), np.uint8)
    pixels[:3] = np.rint(table).astype(np.uint8)[:, steps]
    pixels[3] = np.where(_shown(scene) & known, np.uint8(255), np.uint8(0))
    where = frame(scene.grid, min(side_px, MAX_SIDE_PX, max(scene.grid.shape_px)))
    out = where.warp(pixels, scene.grid.transform, fill=0)
    if scene.acquisition.simulated:
        _stamp(out)
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(np.moveaxis(out, 0, 2))).save(buffer, "WEBP", quality=_WEBP_QUALITY, method=0)
    legend = tuple((f"{value:+.2f} {words}", color) for value, color, words in reversed(stops))
    return MapLayer(f"index-{name}", name, buffer.getvalue(), "image/webp", where.bounds, legend)


POINTER_NONE = 65_535
POINTER_SCALE, POINTER_OFFSET = 10_000, 2.0
MAX_POINTER_NUMBERS = 16_000_000
"""Numbers sent to the browser at most (32 MB before packing): a 23 km square of three bands."""


def pointer_values(scene: Scene, planes: Sequence[Plane]) -> bytes | None:
    """The numbers under the pointer, packed: uint16 little endian, plane by plane, zlib; None where too many.

    A value is ``number / 10000 - 2``, 65535 where there is none. Rows and columns are those of the scene's grid, so
    the pointer reads exactly the pixel that a click would pick.
    """
    if len(planes) * scene.observed.size > MAX_POINTER_NUMBERS:
        return None
    packed = zlib.compressobj(1)
    parts = []
    for plane in planes:
        known = np.isfinite(plane.values) & scene.observed
        numbers = np.full(plane.values.shape, POINTER_NONE, "<u2")
        scaled = np.clip(np.rint((plane.values[known] + POINTER_OFFSET) * POINTER_SCALE), 0, POINTER_NONE - 1)
        numbers[known] = scaled.astype("<u2")
        parts.append(packed.compress(numbers.tobytes()))
    return b"".join((*parts, packed.flush()))


def _shown(scene: Scene) -> NDArray[np.bool_]:
    inside = scene.grid.inside
    if inside.all():
        return scene.observed
    return scene.observed & inside.repeat(TILE_PX, axis=0).repeat(TILE_PX, axis=1)


def _stamp(out: NDArray[np.uint8]) -> None:
    strokes, around = (m & (out[3] > 0) for m in watermark(*out.shape[1:]))
    out[:3, around] = out[:3, around] // 2
    out[:3, strokes] = 128 + out[:3, strokes] // 2
