"""Overlays for a web map: one painter of cells, one of pictures. Web Mercator, see render.overlays.mercator."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import NO_DATA
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import TILE_PX, TileGrid
from lulc_core.domain.scene import Scene
from lulc_core.language.words import Words, english
from lulc_core.render.colors import LEFT_OUT_COLOR, is_dark, rgb
from lulc_core.render.overlays.lettering import text_mask, watermark
from lulc_core.render.overlays.mercator import MAX_SIDE_PX, Frame, frame

Legend = tuple[tuple[str, str], ...]
Palette = Sequence[tuple[str, int]]
"""``#RRGGBB`` and opacity, 0 to 255, of each value of a cell."""
NOTHING = 255
"""Value of cells that are clear."""

_MAX_TILE_PX = 64  # on class overlays; letters are crisp from here on
_LETTER_FROM_PX = 16  # smaller tiles have no room for a readable letter
_WEBP_QUALITY = 85
# Entries of the palettes of cells, after the values.
_DARK, _LIGHT, _STRIPE, _GROUND = 250, 251, 252, 253


@dataclass(frozen=True)
class MapLayer:
    """One overlay, ready to be sent to a browser."""

    key: str
    """``land_cover``, ``change``, ``true_colour``, ``false_colour``, ``ndvi``."""
    title: str
    data: bytes
    mime: str
    bounds: tuple[tuple[float, float], tuple[float, float]]
    """((south, west), (north, east)) in degrees; longitudes are continuous and may pass 180."""
    legend: Legend = ()
    """(label, ``#RRGGBB``) from top to bottom; empty for pictures that explain themselves."""


def cell_layer(
    key: str,
    title: str,
    grid: TileGrid,
    values: NDArray[np.uint8],
    palette: Palette,
    legend: Legend,
    *,
    left_out: NDArray[np.bool_],
    left_out_label: str,
    simulated: bool,
    letters: NDArray[np.uint8] | None = None,
    on_picture: bool = False,
    words: Words | None = None,
) -> MapLayer:
    """Paint cells in flat colours: a palette PNG, which has sharp edges and some kilobytes.

    Args:
        key: of the layer.
        title: of the layer.
        grid: of the cells.
        values: (rows, columns) index into the palette; NOTHING for clear cells.
        palette: colours and opacities.
        legend: of the values.
        left_out: (rows, columns) True for cells to be striped.
        left_out_label: what stripes mean, for the legend.
        simulated: write SIMULATED across.
        letters: (rows, columns) class ids whose letters stand in the cells, 255 for none; written where there is room.
        on_picture: single cells lie on a picture: they get a dark outline, and SIMULATED stands between them too.
        words: whose letters the classes have; None for English.
    """
    from PIL import Image

    left_out = left_out & grid.inside
    per_cell = np.where(left_out, _GROUND, np.where(grid.inside, values, NOTHING)).astype(np.uint8)
    cell_px = max(1, min(_MAX_TILE_PX, MAX_SIDE_PX // max(grid.shape)))
    where = frame(grid, min(MAX_SIDE_PX, cell_px * max(grid.shape)))
    # One source pixel is a whole cell of the map: half an overlay pixel is the precision worth asking for.
    precision = 0.5 / cell_px
    out = where.warp(per_cell, grid.tile_transform, fill=NOTHING, tolerance_px=precision)
    stamped = out != NOTHING
    if left_out.any():
        rows, cols = np.nonzero(out == _GROUND)
        striped = (rows + cols) % 8 < 2
        out[rows[striped], cols[striped]] = _STRIPE
        legend = (*legend, (left_out_label, LEFT_OUT_COLOR))
    if cell_px < _LETTER_FROM_PX:
        letters = None
    if on_picture and letters is not None:
        _outline(out)
    if simulated:
        if on_picture:
            inside = grid.inside.astype(np.uint8)
            stamped = where.warp(inside, grid.tile_transform, fill=0, tolerance_px=precision) > 0
        strokes, around = watermark(*out.shape, spacing=1.3 if on_picture else 1.6)
        out[around & stamped], out[strokes & stamped] = _DARK, _LIGHT
    if letters is not None:
        shown = np.where((per_cell < len(palette)), letters, np.uint8(NO_DATA))
        _write_letters(out, where, grid, shown, per_cell, palette, cell_px, words or english())
    table = np.zeros((256, 4), np.uint8)
    for i, (color, opacity) in enumerate(palette):
        table[i] = (*rgb(color), opacity)
    table[_DARK], table[_LIGHT] = (20, 20, 20, 255), (255, 255, 255, 255)
    table[_STRIPE], table[_GROUND] = (*rgb(LEFT_OUT_COLOR), 255), (*rgb(LEFT_OUT_COLOR), 70)
    image = Image.fromarray(out, mode="P")
    image.putpalette(table[:, :3].tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=table[:, 3].tobytes(), compress_level=4)
    return MapLayer(key, title, buffer.getvalue(), "image/png", where.bounds, legend)


def picture_layer(
    key: str,
    title: str,
    scene: Scene,
    pixels: NDArray[np.uint8],
    *,
    known: NDArray[np.bool_] | None = None,
    legend: Legend = (),
    side_px: int = MAX_SIDE_PX,
) -> MapLayer:
    """Paint the pixels of a scene: WebP, whose rim is transparent, at a third of the size of a PNG.

    Args:
        key: of the layer.
        title: of the layer.
        scene: whose grid the pixels lie on; only observed pixels of tiles that touch the drawn shape are shown.
        pixels: (3, rows, columns) red, green and blue.
        known: (rows, columns) False on further pixels that are clear.
        legend: of the colours.
        side_px: longest side of the picture.
    """
    from PIL import Image

    grid = scene.grid
    shown = scene.observed if known is None else scene.observed & known
    if not grid.inside.all():
        shown = shown & grid.inside.repeat(TILE_PX, axis=0).repeat(TILE_PX, axis=1)
    where = frame(grid, min(side_px, MAX_SIDE_PX, max(grid.shape_px)))
    out = where.warp(np.concatenate([pixels, shown[np.newaxis] * np.uint8(255)]), grid.transform, fill=0)
    if scene.acquisition.simulated:
        strokes, around = (mask & (out[3] > 0) for mask in watermark(*out.shape[1:]))
        out[:3, around] = out[:3, around] // 2
        out[:3, strokes] = 128 + out[:3, strokes] // 2
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(np.moveaxis(out, 0, 2))).save(buffer, "WEBP", quality=_WEBP_QUALITY, method=0)
    return MapLayer(key, title, buffer.getvalue(), "image/webp", where.bounds, legend)


def check_bands(scene: Scene, bands: Sequence[str]) -> None:
    """Refuse a picture of bands that a scene lacks.

    Raises:
        InputError: a band is missing.
    """
    missing = [n for n in bands if not scene.has(n)]
    if missing:
        raise InputError(
            f"This picture needs the bands {', '.join(bands)}; the scene lacks {', '.join(missing)}.",
            hint="Choose imagery that has them.",
        )


def _outline(out: NDArray[np.uint8]) -> None:
    """A dark line around every cell: a pale, faint cell must still be found on a bright picture."""
    edge = np.zeros(out.shape, bool)
    down, right = out[1:] != out[:-1], out[:, 1:] != out[:, :-1]
    edge[1:] |= down
    edge[:-1] |= down
    edge[:, 1:] |= right
    edge[:, :-1] |= right
    out[edge & (out < _DARK)] = _DARK


def _write_letters(
    out: NDArray[np.uint8],
    where: Frame,
    grid: TileGrid,
    letters: NDArray[np.uint8],
    values: NDArray[np.uint8],
    palette: Palette,
    cell_px: int,
    words: Words,
) -> None:
    """Write letters after the reprojection, upright, in the middle of each cell, on its own plain colour."""
    height = max(9, round(cell_px * 0.42))
    left, _, _, top = grid.bounds
    rows, cols = np.nonzero(letters != NO_DATA)
    places = where.position_px(left + (cols + 0.5) * grid.cell_m, top - (rows + 0.5) * grid.cell_m)
    for (x, y), letter, value in zip(places, letters[rows, cols], values[rows, cols], strict=True):
        mask = text_mask(words.class_letter(int(letter)), height)
        y0, x0 = round(y - mask.shape[0] / 2), round(x - mask.shape[1] / 2)
        if 0 <= y0 <= out.shape[0] - mask.shape[0] and 0 <= x0 <= out.shape[1] - mask.shape[1]:
            out[max(y0 - 2, 0) : y0 + mask.shape[0] + 2, max(x0 - 2, 0) : x0 + mask.shape[1] + 2] = value
            ink = _LIGHT if is_dark(palette[value][0]) else _DARK
            out[y0 : y0 + mask.shape[0], x0 : x0 + mask.shape[1]][mask] = ink
