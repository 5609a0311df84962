"""Overlays of a comparison for a web map: what became of the land, how probable that is, and both dates alike."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.change import ChangeMap
from lulc_core.domain.classes import CLASSES, N_CLASSES
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.scene import Scene
from lulc_core.render.colors import LEFT_OUT_COLOR, class_colors, is_dark, rgb
from lulc_core.render.overlays.lettering import text_mask, watermark
from lulc_core.render.overlays.map_layers import (
    MapLayer,
    false_colour_layer,
    land_cover_layer,
    ndvi_layer,
    true_colour_layer,
)
from lulc_core.render.overlays.mercator import MAX_SIDE_PX, Frame, frame

STRENGTHS: tuple[tuple[float, int, str], ...] = (
    (0.0, 110, "below 80 %"),
    (0.8, 180, "80 to 95 %"),
    (0.95, 255, "95 % and more"),
)
"""Least chance of change, opacity (0 to 255), label: the stronger the colour, the more probable the change."""
GAINS: tuple[tuple[float, int], ...] = ((0.0, 110), (0.4, 180), (0.7, 255))
"""Least gain of a class (0 to 1), opacity (0 to 255): the stronger the colour, the larger the shift."""
PROBABILITY_STEPS: tuple[tuple[float, str, str], ...] = (
    (0.0, "#FCFDBF", "below 20 %"),
    (0.2, "#FE9F6D", "20 to 60 %"),
    (0.6, "#DE4968", "60 to 80 %"),
    (0.8, "#8C2981", "80 to 95 %"),
    (0.95, "#3B0F70", "95 % and more"),
)
"""Least chance of change, colour, label; the darker, the more probable (magma, CC0, by Smith and van der Walt)."""
NOT_COMPARED_LABEL = "not compared (cloud, no data, unfamiliar)"

_MAX_TILE_PX, _LETTER_FROM_PX = 64, 16
_DARK, _LIGHT, _STRIPE, _GROUND, _EDGE, _NOTHING = 250, 251, 252, 253, 254, 255

PICTURES: dict[str, Callable[[Scene], MapLayer]] = {
    "true_colour": true_colour_layer,
    "false_colour": false_colour_layer,
    "ndvi": ndvi_layer,
}
"""Pictures that both dates can be shown in; each has one fixed stretch, the same for every date."""


def change_layer(change: ChangeMap, *, shown: NDArray[np.bool_] | None = None, corine: bool = False) -> MapLayer:
    """The tiles that changed, in the colour and with the letter of what they became; stronger is more probable.

    Args:
        change: the comparison.
        shown: (rows, columns) tiles to show, as ``analysis.change.select`` gives them; None for those that count.
        corine: the colours that CORINE readers expect.
    """
    shown = change.changed if shown is None else shown & change.compared
    colors = class_colors(corine=corine)
    change_probability = np.where(shown, change.change_probability, 0)
    step = np.searchsorted([s[0] for s in STRENGTHS], change_probability, side="right") - 1
    to = change.to_ids
    values = np.where(shown, step * N_CLASSES + np.minimum(to, N_CLASSES - 1), _NOTHING).astype(np.uint8)
    table = np.zeros((256, 4), np.uint8)
    for k, (_, opacity, _) in enumerate(STRENGTHS):
        for i, color in enumerate(colors):
            table[k * N_CLASSES + i] = (*rgb(color), opacity)
    here = [c for c in CLASSES if (to[shown] == c.id).any()]
    legend = tuple((f"{c.letter}  became {c.label}", colors[c.id]) for c in here)
    return _layer("change", "Change", change, values, table, legend, to_letters=shown, colors=colors)


def change_probability_layer(change: ChangeMap) -> MapLayer:
    """The chance of change of every compared tile in five steps, whether or not it counts."""
    steps = (
        np.searchsorted([s[0] for s in PROBABILITY_STEPS], np.nan_to_num(change.change_probability), side="right") - 1
    )
    values = np.where(change.compared, steps, _NOTHING).astype(np.uint8)
    table = np.zeros((256, 4), np.uint8)
    for i, (_, color, _) in enumerate(PROBABILITY_STEPS):
        table[i] = (*rgb(color), 255)
    legend = tuple((label, color) for _, color, label in PROBABILITY_STEPS)
    return _layer("chance", "Chance of change", change, values, table, legend)


def probability_change_layer(change: ChangeMap, gained: NDArray[np.uint8], gain: NDArray[np.floating]) -> MapLayer:
    """The tiles whose mixture shifted, in the colour of the class that gained most, named otherwise or not.

    Args:
        change: the comparison.
        gained: (rows, columns) class that gained most, 255 for tiles that are not shown.
        gain: (rows, columns) how much, 0 to 1.
    """
    shown = change.compared & (gained < N_CLASSES)
    colors = class_colors(corine=False)
    step = np.searchsorted([s[0] for s in GAINS], np.where(shown, gain, 0), side="right") - 1
    values = np.where(shown, step * N_CLASSES + np.minimum(gained, N_CLASSES - 1), _NOTHING).astype(np.uint8)
    table = np.zeros((256, 4), np.uint8)
    for k, (_, opacity) in enumerate(GAINS):
        for i, color in enumerate(colors):
            table[k * N_CLASSES + i] = (*rgb(color), opacity)
    here = [c for c in CLASSES if (gained[shown] == c.id).any()]
    legend = tuple((f"{c.letter}  more {c.label}", colors[c.id]) for c in here)
    return _layer(
        "shift", "Mixture shift", change, values, table, legend, letters=gained, to_letters=shown, colors=colors
    )


def picture_pair(before: Scene, after: Scene, kind: str = "true_colour") -> tuple[MapLayer, MapLayer]:
    """Both dates as pictures with the same fixed stretch, for swiping; a difference seen is one in the imagery.

    Args:
        before: pixels of the earlier date.
        after: pixels of the later date.
        kind: ``true_colour``, ``false_colour`` or ``ndvi``.

    Raises:
        InputError: a scene lacks a band that the picture needs.
        KeyError: no such kind.
    """
    draw = PICTURES[kind]
    return _dated(draw(before), "before", before.acquisition.date), _dated(draw(after), "after", after.acquisition.date)


def class_pair(before: LandCoverMap, after: LandCoverMap, *, corine: bool = False) -> tuple[MapLayer, MapLayer]:
    """Both class maps, for swiping; one legend with every class that either holds."""
    layers = [land_cover_layer(m, corine=corine) for m in (before, after)]
    known = dict.fromkeys(entry for layer in layers for entry in layer.legend)
    order = {f"{c.letter}  {c.label}": c.id for c in CLASSES}
    legend = tuple(sorted(known, key=lambda entry: order.get(entry[0], N_CLASSES)))
    first, second = (replace(layer, legend=legend) for layer in layers)
    return _dated(first, "before", before.acquisition.date), _dated(second, "after", after.acquisition.date)


def _dated(layer: MapLayer, side: str, day: str) -> MapLayer:
    return replace(layer, key=f"{layer.key}_{side}", title=f"{layer.title}, {day}")


def _layer(
    key: str,
    title: str,
    change: ChangeMap,
    values: NDArray[np.uint8],
    table: NDArray[np.uint8],
    legend: tuple[tuple[str, str], ...],
    *,
    to_letters: NDArray[np.bool_] | None = None,
    letters: NDArray[np.uint8] | None = None,
    colors: tuple[str, ...] = (),
) -> MapLayer:
    grid = change.grid
    skipped = grid.inside & ~change.compared
    per_tile = np.where(skipped, np.uint8(_GROUND), values)
    tile_px = max(1, min(_MAX_TILE_PX, MAX_SIDE_PX // max(grid.shape)))
    where = frame(grid, min(MAX_SIDE_PX, tile_px * max(grid.shape)))
    out = where.warp(per_tile, grid.tile_transform, fill=_NOTHING, tolerance_px=0.5 / tile_px)
    if skipped.any():
        rows, cols = np.nonzero(out == _GROUND)
        striped = (rows + cols) % 8 < 2
        out[rows[striped], cols[striped]] = _STRIPE
        legend = (*legend, (NOT_COMPARED_LABEL, LEFT_OUT_COLOR))
    if to_letters is not None and tile_px >= _LETTER_FROM_PX:
        _outline(out)
        _write_letters(out, where, change, to_letters, change.to_ids if letters is None else letters, colors, tile_px)
    if change.simulated:
        # Over the clear ground too: the few tiles that changed are too small to carry the word.
        strokes, around = watermark(*out.shape)
        inside = where.warp(grid.inside.astype(np.uint8), grid.tile_transform, fill=0, tolerance_px=0.5 / tile_px) > 0
        out[around & inside], out[strokes & inside] = _DARK, _LIGHT
    table[_DARK], table[_LIGHT], table[_EDGE] = (20, 20, 20, 255), (255, 255, 255, 255), (20, 20, 20, 255)
    table[_STRIPE], table[_GROUND] = (*rgb(LEFT_OUT_COLOR), 255), (*rgb(LEFT_OUT_COLOR), 70)
    return MapLayer(key, title, _png(out, table), "image/png", where.bounds, legend)


def _outline(out: NDArray[np.uint8]) -> None:
    """A dark line around every shown tile: a pale, faint tile must still be found on a bright picture."""
    shown = out < _DARK
    edge = np.zeros(out.shape, bool)
    for axis in (0, 1):
        differs = np.diff(out.astype(np.int16), axis=axis) != 0
        first = [slice(None)] * 2
        second = [slice(None)] * 2
        first[axis], second[axis] = slice(None, -1), slice(1, None)
        edge[tuple(first)] |= differs
        edge[tuple(second)] |= differs
    out[edge & shown] = _EDGE


def _write_letters(
    out: NDArray[np.uint8],
    where: Frame,
    change: ChangeMap,
    shown: NDArray[np.bool_],
    ids: NDArray[np.uint8],
    colors: tuple[str, ...],
    tile_px: int,
) -> None:
    height = max(9, round(tile_px * 0.42))
    left, _, _, top = change.grid.bounds
    side_m = change.grid.cell_m
    for c in CLASSES:
        rows, cols = np.nonzero(shown & (ids == c.id))
        if not len(rows):
            continue
        mask = text_mask(c.letter, height)
        ink = _LIGHT if is_dark(colors[c.id]) else _DARK
        east, south = np.asarray(left + (cols + 0.5) * side_m), np.asarray(top - (rows + 0.5) * side_m)
        for x, y in where.position_px(east.astype(np.float64), south.astype(np.float64)):
            y0, x0 = round(y - mask.shape[0] / 2), round(x - mask.shape[1] / 2)
            if 0 <= y0 <= out.shape[0] - mask.shape[0] and 0 <= x0 <= out.shape[1] - mask.shape[1]:
                out[y0 : y0 + mask.shape[0], x0 : x0 + mask.shape[1]][mask] = ink


def _png(out: NDArray[np.uint8], table: NDArray[np.uint8]) -> bytes:
    from PIL import Image

    image = Image.fromarray(out)
    image = image.convert("P") if image.mode != "L" else Image.frombytes("P", image.size, image.tobytes())
    image.putpalette(table[:, :3].tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=table[:, 3].tobytes(), compress_level=4)
    return buffer.getvalue()
