"""Overlays of one date for a web map: classes, true colour as it is or brightened, false colour, NDVI."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

from lulc_core.domain.bands import RGB
from lulc_core.domain.classes import CLASSES
from lulc_core.domain.grid import TILE_PX
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.radiometry import normalized_difference, to_true_colour
from lulc_core.domain.scene import Scene
from lulc_core.language.words import Words, english
from lulc_core.render.brightness import Stretch, scene_stretch
from lulc_core.render.colors import LEFT_OUT_LABEL, NDVI_STOPS, class_colors, ramp_colors
from lulc_core.render.overlays.layer import MapLayer, cell_layer, check_bands, picture_layer
from lulc_core.render.overlays.lettering import draw_badge

FALSE_COLOUR = ("B08", "B04", "B03")
"""Near infrared as red: plants glow red, water is black, towns are cyan."""
FALSE_COLOUR_GAIN = (1.8, 2.5, 2.5)
"""Plants reflect far more near infrared than red; with one gain for all they would burn out."""


def land_cover_layer(
    land_cover: LandCoverMap, *, letters: bool = True, corine: bool = False, words: Words | None = None
) -> MapLayer:
    """Paint the classes, one flat colour per cell, with the class letter where there is room; left-out cells striped.

    Args:
        land_cover: the map.
        letters: write the letter of the class into every cell of at least 16 pixels.
        corine: the colours that CORINE readers expect, in the place of the colour-blind safe ones.
        words: whose letters the classes have; None for English.
    """
    reader, ids, colors = words or english(), land_cover.class_ids, class_colors(corine=corine)
    legend = tuple(
        (f"{reader.class_letter(c.id)}  {c.map_label}", colors[c.id]) for c in CLASSES if (ids == c.id).any()
    )
    return cell_layer(
        "land_cover",
        "Land cover",
        land_cover.grid,
        ids,
        [(color, 255) for color in colors],
        legend,
        left_out=~land_cover.classified,
        left_out_label=LEFT_OUT_LABEL,
        simulated=land_cover.simulated,
        letters=ids if letters else None,
        words=reader,
    )


def true_colour_layer(scene: Scene) -> MapLayer:
    """Paint what an eye would see: 2.5 times reflectance of B04, B03, B02, the same for every date.

    Raises:
        InputError: the scene lacks one of the bands.
    """
    return _gain_layer("true_colour", "True colour", scene, RGB, (2.5, 2.5, 2.5))


def bright_colour_layer(scene: Scene) -> MapLayer:
    """Paint what an eye would see, brightened for the clear ground of this scene as reports are.

    Two dates cannot be compared by it; :func:`true_colour_layer` and :func:`bright_pair` are for that.

    Raises:
        InputError: the scene lacks one of the bands.
    """
    check_bands(scene, RGB)
    return _brightened(scene, scene_stretch(scene), "bright", "True colour (brightened)")


def bright_pair(before: Scene, after: Scene) -> tuple[MapLayer, MapLayer]:
    """Paint what an eye would see on two dates, brightened alike: limits that suit the clear ground of both together.

    Raises:
        InputError: a scene lacks one of the bands.
    """
    for scene in (before, after):
        check_bands(scene, RGB)
    stretch = scene_stretch(before, after)
    first, second = (_brightened(scene, stretch, "true_colour", "True colour") for scene in (before, after))
    return first, second


def _brightened(scene: Scene, stretch: Stretch, key: str, title: str) -> MapLayer:
    colours = to_true_colour(np.stack([scene.reflectance[scene.bands.index(name)] for name in RGB], axis=-1))
    return picture_layer(key, title, scene, np.moveaxis(stretch.apply(colours), -1, 0))


def false_colour_layer(scene: Scene) -> MapLayer:
    """Paint near infrared, red, green: healthy plants are red.

    Raises:
        InputError: the scene lacks one of the bands.
    """
    return _gain_layer("false_colour", "False colour (near infrared)", scene, FALSE_COLOUR, FALSE_COLOUR_GAIN)


def ndvi_layer(scene: Scene) -> MapLayer:
    """Paint (B08 - B04) / (B08 + B04), how green it is.

    Raises:
        InputError: the scene lacks one of the bands.
    """
    check_bands(scene, ("B08", "B04"))
    red, nir = (scene.reflectance[scene.bands.index(n)] for n in ("B04", "B08"))
    ndvi = normalized_difference(nir, red)
    legend = tuple((label, color) for _, color, label in reversed(NDVI_STOPS))
    known = np.isfinite(ndvi)
    return picture_layer("ndvi", "NDVI", scene, ramp_colors(ndvi, NDVI_STOPS), known=known, legend=legend)


def tile_picture(
    scene: Scene,
    row: int,
    col: int,
    *,
    size_px: int = 256,
    margin_px: int = 0,
    cell: tuple[slice, slice] | None = None,
    stretch: Stretch | None = None,
) -> bytes:
    """Draw the true colour of one tile as PNG, north on top as the grid has it.

    Args:
        scene: pixels with B04, B03, B02.
        row: tile row.
        col: tile column.
        size_px: width and height of the picture.
        margin_px: 10 m pixels of the neighbourhood to show around the tile, which is then outlined.
        cell: pixel rows and columns within the tile to outline instead, of ``TileGrid.cell_in_tile``.
        stretch: how bright; 2.5 times reflectance where None.

    Raises:
        InputError: the scene lacks one of the bands.
        IndexError: no such tile.
    """
    from PIL import Image, ImageDraw

    rows, cols = scene.grid.shape
    if not (0 <= row < rows and 0 <= col < cols):
        raise IndexError(f"tile row {row}, column {col} is outside the grid of {rows} x {cols} tiles")
    check_bands(scene, RGB)
    side = TILE_PX + 2 * margin_px
    picture = np.zeros((side, side, 4), np.uint8)
    top, left = row * TILE_PX - margin_px, col * TILE_PX - margin_px
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + side, scene.grid.shape_px[0]), min(left + side, scene.grid.shape_px[1])
    inner = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    for i, name in enumerate(RGB):
        picture[(*inner, i)] = to_true_colour(scene.reflectance[scene.bands.index(name), y0:y1, x0:x1])
    if stretch is not None:
        picture[..., :3] = stretch.apply(picture[..., :3])
    picture[(*inner, 3)] = np.where(scene.observed[y0:y1, x0:x1], 255, 0)
    image = Image.fromarray(picture).resize((size_px, size_px), Image.Resampling.BICUBIC)
    if cell is not None or margin_px > 0:
        outlined = cell or (slice(0, TILE_PX), slice(0, TILE_PX))
        y0, y1, x0, x1 = (round((margin_px + v) * size_px / side) for s in outlined for v in (s.start, s.stop))
        draw = ImageDraw.Draw(image)
        draw.rectangle((x0 - 1, y0 - 1, x1, y1), outline="black")
        draw.rectangle((x0, y0, x1 - 1, y1 - 1), outline="white")
    if scene.acquisition.simulated:
        pixels = np.array(image)
        draw_badge(pixels)
        image = Image.fromarray(pixels)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=4)
    return out.getvalue()


def _gain_layer(key: str, title: str, scene: Scene, bands: Sequence[str], gains: Sequence[float]) -> MapLayer:
    check_bands(scene, bands)
    reflectance = (scene.reflectance[scene.bands.index(name)] for name in bands)
    pixels = [to_true_colour(values, gain=gain) for values, gain in zip(reflectance, gains, strict=True)]
    return picture_layer(key, title, scene, np.stack(pixels))
