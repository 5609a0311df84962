"""Overlays for a web map: classes, true colour, false colour, NDVI. Web Mercator, see render.mercator."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import CLASSES
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import TILE_PX
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.radiometry import normalized_difference, to_true_colour
from lulc_core.domain.scene import Scene
from lulc_core.render.colors import (
    LEFT_OUT_COLOR,
    LEFT_OUT_LABEL,
    NDVI_STOPS,
    class_colors,
    is_dark,
    ndvi_palette,
    rgb,
)
from lulc_core.render.overlays.lettering import badge, text_mask, watermark
from lulc_core.render.overlays.mercator import MAX_SIDE_PX, Frame, frame

Legend = tuple[tuple[str, str], ...]
FALSE_COLOUR = ("B08", "B04", "B03")
"""Near infrared as red: plants glow red, water is black, towns are cyan."""
FALSE_COLOUR_GAIN = (1.8, 2.5, 2.5)
"""Plants reflect far more near infrared than red; with one gain for all they would burn out."""

_MAX_TILE_PX = 64  # on class overlays; letters are crisp from here on
_LETTER_FROM_PX = 16  # smaller tiles have no room for a readable letter
_WEBP_QUALITY = 85

# Entries of the palettes of overlays made of tiles, after the classes or steps.
_DARK, _LIGHT, _STRIPE, _GROUND, _NOTHING = 250, 251, 252, 253, 255


@dataclass(frozen=True)
class MapLayer:
    """One overlay, ready to be sent to a browser."""

    key: str
    """``land_cover``, ``true_colour``, ``false_colour``, ``ndvi``."""
    title: str
    data: bytes
    mime: str
    bounds: tuple[tuple[float, float], tuple[float, float]]
    """((south, west), (north, east)) in degrees; longitudes are continuous and may pass 180."""
    legend: Legend = ()
    """(label, ``#RRGGBB``) from top to bottom; empty for pictures that explain themselves."""


def land_cover_layer(land_cover: LandCoverMap, *, letters: bool = True, corine: bool = False) -> MapLayer:
    """The classes, one flat colour per tile, with the class letter where there is room; left-out tiles are striped.

    Args:
        land_cover: the map.
        letters: write the letter of the class into every tile of at least 16 pixels.
        corine: the colours that CORINE readers expect, in the place of the colour-blind safe ones.
    """
    colors = class_colors(corine=corine)
    here = [c for c in CLASSES if (land_cover.class_ids == c.id).any()]
    legend = tuple((f"{c.letter}  {c.label}", colors[c.id]) for c in here)
    labels = [(c.id, c.letter) for c in here] if letters else []
    return _tile_layer("land_cover", "Land cover", land_cover, land_cover.class_ids, colors, legend, labels)


def true_colour_layer(scene: Scene) -> MapLayer:
    """What an eye would see: 2.5 times reflectance of B04, B03, B02, the same for every date.

    Raises:
        InputError: the scene lacks one of the bands.
    """
    return _picture_layer("true_colour", "True colour", scene, RGB, (2.5, 2.5, 2.5))


def false_colour_layer(scene: Scene) -> MapLayer:
    """Near infrared, red, green: healthy plants are red.

    Raises:
        InputError: the scene lacks one of the bands.
    """
    return _picture_layer("false_colour", "False colour (near infrared)", scene, FALSE_COLOUR, FALSE_COLOUR_GAIN)


def ndvi_layer(scene: Scene) -> MapLayer:
    """(B08 - B04) / (B08 + B04), how green it is.

    Raises:
        InputError: the scene lacks one of the bands.
    """
    _check_bands(scene, ("B08", "B04"))
    red, nir = (scene.reflectance[scene.bands.index(n)] for n in ("B04", "B08"))
    ndvi = normalized_difference(nir, red)
    shown = _shown(scene) & np.isfinite(ndvi)
    palette = ndvi_palette(250)
    values = np.full(ndvi.shape, _NOTHING, np.uint8)
    values[shown] = np.rint((ndvi[shown] + 1) * ((len(palette) - 1) / 2))
    where = _picture_frame(scene)
    out = where.warp(values, scene.grid.transform, fill=_NOTHING)
    if scene.acquisition.simulated:
        _stamp(out)
    table = np.zeros((256, 4), np.uint8)
    table[: len(palette), :3], table[: len(palette), 3] = palette, 255
    legend = tuple((label, color) for _, color, label in reversed(NDVI_STOPS))
    return MapLayer("ndvi", "NDVI", _palette_png(out, _fixed(table)), "image/png", where.bounds, legend)


def tile_picture(
    scene: Scene,
    row: int,
    col: int,
    *,
    size_px: int = 256,
    margin_px: int = 0,
    cell: tuple[slice, slice] | None = None,
) -> bytes:
    """True colour of one tile as PNG, north on top as the grid has it.

    Args:
        scene: pixels with B04, B03, B02.
        row: tile row.
        col: tile column.
        size_px: width and height of the picture.
        margin_px: 10 m pixels of the neighbourhood to show around the tile, which is then outlined.
        cell: pixel rows and columns within the tile to outline instead, of ``TileGrid.cell_in_tile``.

    Raises:
        InputError: the scene lacks one of the bands.
        IndexError: no such tile.
    """
    from PIL import Image, ImageDraw

    rows, cols = scene.grid.shape
    if not (0 <= row < rows and 0 <= col < cols):
        raise IndexError(f"tile row {row}, column {col} is outside the grid of {rows} x {cols} tiles")
    _check_bands(scene, RGB)
    side = TILE_PX + 2 * margin_px
    picture = np.zeros((side, side, 4), np.uint8)
    top, left = row * TILE_PX - margin_px, col * TILE_PX - margin_px
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + side, scene.grid.shape_px[0]), min(left + side, scene.grid.shape_px[1])
    inner = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    for i, name in enumerate(RGB):
        picture[(*inner, i)] = to_true_colour(scene.reflectance[scene.bands.index(name), y0:y1, x0:x1])
    picture[(*inner, 3)] = np.where(scene.observed[y0:y1, x0:x1], 255, 0)
    image = Image.fromarray(picture).resize((size_px, size_px), Image.Resampling.BICUBIC)
    if cell is None and margin_px > 0:
        cell = slice(0, TILE_PX), slice(0, TILE_PX)
    if cell is not None:
        y0, y1, x0, x1 = (round((margin_px + v) * size_px / side) for s in cell for v in (s.start, s.stop))
        box = (x0, y0, x1 - 1, y1 - 1)
        draw = ImageDraw.Draw(image)
        draw.rectangle((box[0] - 1, box[1] - 1, box[2] + 1, box[3] + 1), outline=(0, 0, 0, 255))
        draw.rectangle(box, outline=(255, 255, 255, 255))
    if scene.acquisition.simulated:
        pixels = np.array(image)
        strokes, plate = badge(size_px, size_px)
        pixels[plate] = (0, 0, 0, 255)
        pixels[strokes] = (255, 255, 255, 255)
        image = Image.fromarray(pixels)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=4)
    return out.getvalue()


def _tile_layer(
    key: str,
    title: str,
    land_cover: LandCoverMap,
    values: NDArray[np.uint8],
    colors: Sequence[str],
    legend: Legend,
    letters: Sequence[tuple[int, str]],
) -> MapLayer:
    """An overlay with one flat value per tile: a palette PNG, which has sharp edges and some kilobytes."""
    grid = land_cover.grid
    left_out = grid.inside & ~land_cover.classified
    per_tile = np.where(left_out, _GROUND, np.where(grid.inside, values, _NOTHING)).astype(np.uint8)
    tile_px = max(1, min(_MAX_TILE_PX, MAX_SIDE_PX // max(grid.shape)))
    where = frame(grid, min(MAX_SIDE_PX, tile_px * max(grid.shape)))
    # One source pixel is a whole cell of the map: half an overlay pixel is the precision worth asking for.
    out = where.warp(per_tile, grid.tile_transform, fill=_NOTHING, tolerance_px=0.5 / tile_px)
    if left_out.any():
        rows, cols = np.nonzero(out == _GROUND)
        striped = (rows + cols) % 8 < 2
        out[rows[striped], cols[striped]] = _STRIPE
        legend = (*legend, (LEFT_OUT_LABEL, LEFT_OUT_COLOR))
    if land_cover.simulated:
        _stamp(out)
    if letters and tile_px >= _LETTER_FROM_PX:
        _write_letters(out, where, land_cover, letters, colors, tile_px)
    table = np.zeros((256, 4), np.uint8)
    for i, color in enumerate(colors):
        table[i] = (*rgb(color), 255)
    table = _fixed(table)
    return MapLayer(key, title, _palette_png(out, table), "image/png", where.bounds, legend)


def _write_letters(
    out: NDArray[np.uint8],
    where: Frame,
    land_cover: LandCoverMap,
    letters: Sequence[tuple[int, str]],
    colors: Sequence[str],
    tile_px: int,
) -> None:
    """Writes the class letters after the reprojection, upright, at the middle of each tile, on its own plain colour."""
    height = max(9, round(tile_px * 0.42))
    left, _, _, top = land_cover.grid.bounds
    for class_id, letter in letters:
        mask = text_mask(letter, height)
        ink = _LIGHT if is_dark(colors[class_id]) else _DARK
        rows, cols = np.nonzero(land_cover.class_ids == class_id)
        side = land_cover.grid.cell_m
        for x, y in where.position_px(left + (cols + 0.5) * side, top - (rows + 0.5) * side):
            y0, x0 = round(y - mask.shape[0] / 2), round(x - mask.shape[1] / 2)
            if 0 <= y0 <= out.shape[0] - mask.shape[0] and 0 <= x0 <= out.shape[1] - mask.shape[1]:
                out[max(y0 - 2, 0) : y0 + mask.shape[0] + 2, max(x0 - 2, 0) : x0 + mask.shape[1] + 2] = class_id
                out[y0 : y0 + mask.shape[0], x0 : x0 + mask.shape[1]][mask] = ink


def _picture_layer(key: str, title: str, scene: Scene, bands: Sequence[str], gains: Sequence[float]) -> MapLayer:
    from PIL import Image

    _check_bands(scene, bands)
    pixels = np.empty((4, *scene.grid.shape_px), np.uint8)
    for i, (name, gain) in enumerate(zip(bands, gains, strict=True)):
        pixels[i] = to_true_colour(scene.reflectance[scene.bands.index(name)], gain=gain)
    pixels[3] = np.where(_shown(scene), np.uint8(255), np.uint8(0))
    where = _picture_frame(scene)
    out = where.warp(pixels, scene.grid.transform, fill=0)
    if scene.acquisition.simulated:
        strokes, around = (m & (out[3] > 0) for m in watermark(where.height, where.width))
        out[:3, around] = out[:3, around] // 2
        out[:3, strokes] = 128 + out[:3, strokes] // 2
    buffer = io.BytesIO()
    # WebP carries the transparent rim that JPEG cannot, at a third of the size of a PNG.
    Image.fromarray(np.ascontiguousarray(np.moveaxis(out, 0, 2))).save(buffer, "WEBP", quality=_WEBP_QUALITY, method=0)
    return MapLayer(key, title, buffer.getvalue(), "image/webp", where.bounds)


def _check_bands(scene: Scene, bands: Sequence[str]) -> None:
    missing = [n for n in bands if not scene.has(n)]
    if missing:
        raise InputError(
            f"This picture needs the bands {', '.join(bands)}; the scene lacks {', '.join(missing)}.",
            hint="Choose imagery that has them.",
        )


def _shown(scene: Scene) -> NDArray[np.bool_]:
    """(rows, columns) True on observed pixels of tiles that touch the drawn shape."""
    inside = scene.grid.inside
    if inside.all():
        return scene.observed
    return scene.observed & inside.repeat(TILE_PX, axis=0).repeat(TILE_PX, axis=1)


def _picture_frame(scene: Scene) -> Frame:
    return frame(scene.grid, min(MAX_SIDE_PX, max(scene.grid.shape_px)))


def _stamp(out: NDArray[np.uint8]) -> None:
    """Writes SIMULATED across a palette picture, only where there is something."""
    strokes, around = watermark(*out.shape, spacing=1.6)
    something = out != _NOTHING
    out[around & something] = _DARK
    out[strokes & something] = _LIGHT


def _fixed(table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A 256-entry RGBA palette with the entries that every overlay of tiles shares."""
    table[_DARK], table[_LIGHT] = (20, 20, 20, 255), (255, 255, 255, 255)
    table[_STRIPE], table[_GROUND] = (*rgb(LEFT_OUT_COLOR), 255), (*rgb(LEFT_OUT_COLOR), 70)
    return table


def _palette_png(out: NDArray[np.uint8], table: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    image = Image.fromarray(out, mode="P")
    image.putpalette(table[:, :3].tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=table[:, 3].tobytes(), compress_level=4)
    return buffer.getvalue()
