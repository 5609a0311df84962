"""A map as one PNG to print or paste: title, legend, scale bar, north arrow, date, attribution.

The map lies on its UTM grid, not on Web Mercator: a centimetre is the same length everywhere, and the scale bar true.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.change import ChangeMap
from lulc_core.domain.classes import CLASSES
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.scene import Acquisition, attribution_of
from lulc_core.export.bundle import DatedMap
from lulc_core.language.words import Words
from lulc_core.render.colors import class_colors
from lulc_core.render.sheet.cell_picture import (
    LETTERS_FROM_PX,
    Rgb,
    class_swatch,
    draw_cells,
    draw_outline,
    ground,
    left_out_swatch,
    stamp,
)
from lulc_core.render.sheet.fonts import drawable, font, wrap
from lulc_core.render.sheet.map_margin import (
    GREY,
    INK,
    PAPER,
    Entry,
    draw_legend,
    draw_north,
    draw_scale,
    entry_height,
    entry_lines,
)

MIN_SIDE_PX, MAX_SIDE_PX = 400, 8000

Painter = Callable[[int, int], Rgb]
"""Draws the ground of a map: height and width in pixels -> (height, width, 3)."""


@dataclass(frozen=True)
class Sheet:
    """What a sheet is composed of."""

    grid: TileGrid
    paint: Painter
    heading: str
    """Over the legend."""
    legend: Callable[[float], Sequence[Entry]]
    """Of the size of a cell on the map in pixels, which decides between letters and patterns."""
    title: str
    date: str
    attribution: str
    simulated: bool
    inset: Rgb | None = None
    """A small picture under the legend, such as where in the world the map lies."""


def map_sheet(
    dated: DatedMap,
    words: Words,
    size_px: int | tuple[int, int] = 1600,
    *,
    title: str = "",
    aoi: Aoi | None = None,
    corine: bool = False,
) -> bytes:
    """The land cover of one date.

    Args:
        dated: the map.
        words: the reader's language.
        size_px: width, or width and height, pixels; with a width alone the height follows from the map.
        title: over the map; may be in any script. Empty for none.
        aoi: the drawn shape, outlined.
        corine: the colours that CORINE readers expect.

    Returns:
        PNG; the same map gives the same bytes.

    Raises:
        InputError: a side outside 400 to 8,000 pixels.
    """
    land_cover, colors = dated.land_cover, class_colors(corine=corine)
    left_out = land_cover.grid.inside & ~land_cover.classified

    def paint(height: int, width: int) -> Rgb:
        paper = np.full((height, width, 3), 255, np.uint8)
        return _outlined(draw_cells(paper, land_cover.class_ids, colors, left_out=left_out), land_cover.grid, aoi)

    def legend(cell_px: float) -> Sequence[Entry]:
        here = [c.id for c in CLASSES if (land_cover.class_ids == c.id).any()]
        found = class_entries(here, words, colors, letters=cell_px >= LETTERS_FROM_PX)
        if left_out.any():
            found.append(Entry(words.translate("sheet.left_out"), left_out_swatch))
        return [*found, *outline_entry(aoi, words)]

    sheet = Sheet(
        land_cover.grid,
        paint,
        words.translate("sheet.legend"),
        legend,
        title,
        date_words(dated.acquisition, words),
        attribution_words([dated.acquisition], words),
        land_cover.simulated,
    )
    return compose(sheet, words, size_px)


def change_sheet(
    change: ChangeMap,
    picture: Rgb,
    words: Words,
    size_px: int | tuple[int, int] = 1600,
    *,
    title: str = "",
    aoi: Aoi | None = None,
    corine: bool = False,
) -> bytes:
    """What counts as changed, in the colour and with the letter of what it became, on the later picture in grey.

    Args:
        change: the comparison.
        picture: (rows, columns, 3) of 10 m pixels, true colour of the later date.
        words: the reader's language.
        size_px: width, or width and height, pixels.
        title: over the map. Empty for none.
        aoi: the drawn shape, outlined.
        corine: the colours that CORINE readers expect.

    Raises:
        InputError: a side outside 400 to 8,000 pixels.
    """
    grid, colors = change.grid, class_colors(corine=corine)
    became = np.where(change.changed, change.to_ids, np.uint8(255))
    skipped = grid.inside & ~change.compared

    def paint(height: int, width: int) -> Rgb:
        base = ground(picture, height, width, grey=True)
        return _outlined(draw_cells(base, became, colors, left_out=skipped, outline=True), grid, aoi)

    def legend(cell_px: float) -> Sequence[Entry]:
        here = [c.id for c in CLASSES if (became == c.id).any()]
        found = class_entries(here, words, colors, letters=cell_px >= LETTERS_FROM_PX)
        if skipped.any():
            found.append(Entry(words.translate("sheet.not_compared"), left_out_swatch))
        return [*found, *outline_entry(aoi, words)]

    used = [m.acquisition for m in (change.before, change.after, *change.confirm)]
    days = [words.short_date(a.datetime.date()) for a in used[:2]]
    sheet = Sheet(
        grid,
        paint,
        words.translate("sheet.became") if change.changed.any() else "",
        legend,
        title,
        words.translate("sheet.dates", before=days[0], after=days[1]),
        attribution_words(used, words),
        change.simulated,
    )
    return compose(sheet, words, size_px)


def class_entries(ids: Sequence[int], words: Words, colors: Sequence[str], *, letters: bool) -> list[Entry]:
    """Legend of classes: the swatch looks as the map does, and the letter stands beside it in any case."""

    def swatch(i: int) -> Callable[[int], Rgb]:
        return lambda side: class_swatch(i, colors[i], side, letters=letters)

    return [Entry(f"{CLASSES[i].letter}  {words.capital(words.class_name(i))}", swatch(i)) for i in ids]


def outline_entry(aoi: Aoi | None, words: Words) -> list[Entry]:
    """Legend of the drawn shape, where one is drawn."""
    return [] if aoi is None else [Entry(words.translate("sheet.outline"), _outline_swatch)]


def date_words(acquisition: Acquisition, words: Words) -> str:
    """Date and satellite of one picture, for a map's margin."""
    day = words.date(acquisition.datetime.date())
    if acquisition.simulated:
        return words.translate("sheet.simulated_date", date=day)
    return words.translate("sheet.date", date=day, satellite=satellite_words(acquisition, words))


def satellite_words(acquisition: Acquisition, words: Words) -> str:
    """``Sentinel-2A``, or ``Sentinel-2`` where the file does not say which."""
    key = f"satellite.{acquisition.satellite}"
    return words.translate(key if words.has(key) else "satellite.any")


def attribution_words(acquisitions: Sequence[Acquisition], words: Words) -> str:
    """What every picture and file must say; the notice of the Copernicus programme stays in its own words."""
    real = [a for a in acquisitions if not a.simulated]
    parts = [attribution_of(real)] if real else []
    if len(real) < len(acquisitions):
        parts.append(words.translate("attribution.simulated"))
    return "; ".join(parts)


def compose(sheet: Sheet, words: Words, size_px: int | tuple[int, int]) -> bytes:
    """Lays a map out with everything a map needs; PNG.

    Raises:
        InputError: a side outside 400 to 8,000 pixels.
    """
    from PIL import Image, ImageDraw

    plan = _plan(sheet, *((size_px, 0) if isinstance(size_px, int) else size_px))
    em, pad, top = plan.em, plan.em, plan.top
    image = Image.new("RGB", (plan.width, plan.height), PAPER)
    draw = ImageDraw.Draw(image)
    for i, line in enumerate(plan.title):
        draw.text((pad, pad + i * round(2.0 * em)), line, font=font(round(1.5 * em), bold=True), fill=INK)
    picture = sheet.paint(plan.map_h, plan.map_w)
    image.paste(Image.fromarray(stamp(picture) if sheet.simulated else picture), (pad, top))
    draw.rectangle((pad - 1, top - 1, pad + plan.map_w, top + plan.map_h), outline=GREY)
    entries = sheet.legend(plan.map_w / sheet.grid.n_cols)
    if plan.beside:
        x = pad + plan.map_w + pad
        y = draw_legend(image, sheet.heading, entries, x, top, em, plan.column)
        if sheet.inset is not None:
            side = round(min(plan.column, plan.height - plan.below - y - em))
            image.paste(Image.fromarray(sheet.inset).resize((side, side), Image.Resampling.LANCZOS), (x, y + em // 2))
    elif entries:
        half, at = -(-len(entries) // 2), top + plan.map_h + round(3.4 * em)
        draw_legend(image, sheet.heading, entries[:half], pad, at, em, plan.column)
        draw_legend(image, " ", entries[half:], pad + round(plan.column), at, em, plan.column)
    at = top + plan.map_h + round(0.7 * em)
    metres = (sheet.grid.bounds[2] - sheet.grid.bounds[0]) / plan.map_w
    end = draw_scale(image, words, pad, at, plan.map_w, metres, em)
    draw_north(image, words, sheet.grid, pad + plan.map_w - em, at, em)
    zone = f"{sheet.grid.epsg % 100}{'N' if sheet.grid.epsg < 32700 else 'S'}"
    small = font(round(0.85 * em))
    text = words.translate("sheet.projection", zone=zone, side=words.metres(sheet.grid.cell_m))
    if end + 2 * em + small.getlength(text) < pad + plan.map_w - 4 * em:
        draw.text((end + 2 * em, at), text, font=small, fill=GREY)
    for i, line in enumerate(plan.foot):
        y = plan.height - pad // 2 - (len(plan.foot) - i) * round(1.25 * em)
        draw.text((pad, y), line, font=small, fill=GREY)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=6)
    return out.getvalue()


@dataclass(frozen=True)
class _Plan:
    """Where things go, pixels."""

    width: int
    height: int
    em: int
    title: list[str]
    foot: list[str]
    top: int
    below: int
    map_w: int
    map_h: int
    beside: bool
    column: float


def _plan(sheet: Sheet, width: int, height: int) -> _Plan:
    for side in (width, height or width):
        if not MIN_SIDE_PX <= side <= MAX_SIDE_PX:
            raise InputError(
                f"The picture would be {side:,} pixels along a side; {MIN_SIDE_PX} to {MAX_SIDE_PX:,} are possible.",
                hint="Choose another size.",
            )
    rows, cols = sheet.grid.shape_px
    em = max(9, round(min(width, height or width) / 48))
    inner = width - 2 * em
    title = wrap(drawable(sheet.title), round(1.5 * em), inner, bold=True, max_lines=2) if sheet.title else []
    foot = wrap(f"{sheet.date}. {sheet.attribution}", round(0.85 * em), inner)
    top = em + len(title) * round(2.0 * em)
    below = em + len(foot) * round(1.25 * em) + round(3.2 * em)
    entries = sheet.legend(1e9)  # labels are the same whatever the size of a cell
    beside = cols <= 1.7 * rows
    room = inner * 0.36 if beside else inner / 2
    longest = max([font(em).getlength(e.label) + 2.5 * em for e in entries], default=0)
    if sheet.heading:
        longest = max(longest, font(em, bold=True).getlength(sheet.heading))
    column = room if not beside else min(max(longest, 13 * em if sheet.inset is not None else 0), room)
    heights = [entry_height(entry_lines(e, em, column), em) for e in entries]
    head = round(2 * em) if sheet.heading or not beside else 0
    if beside:
        legend_h = head + sum(heights) + (round(column) + em if sheet.inset is not None else 0)
        map_w = inner - (round(column) + em if column else 0)
    else:
        half = -(-len(entries) // 2)
        legend_h = head + max(sum(heights[:half]), sum(heights[half:])) if entries else 0
        map_w, below = inner, below + legend_h
    map_h = round(map_w * rows / cols)
    if not height:
        height = top + below + (max(map_h, legend_h) if beside else map_h)
        return _Plan(width, height, em, title, foot, top, below, map_w, map_h, beside, column)
    free = height - top - below
    if free < 8 * em or (beside and legend_h > height - top - em):
        raise InputError(
            f"A picture of {width:,} x {height:,} pixels has no room for the map with its legend.",
            hint="Choose a larger or a less narrow size.",
        )
    if map_h > free:
        map_h, map_w = free, max(1, round(free * cols / rows))
    return _Plan(width, height, em, title, foot, top, below, map_w, map_h, beside, column)


def _outlined(picture: Rgb, grid: TileGrid, aoi: Aoi | None) -> Rgb:
    width = max(2, round(min(picture.shape[:2]) / 300))
    return picture if aoi is None else draw_outline(picture, grid, aoi, width_px=width)


def _outline_swatch(side: int) -> Rgb:
    out = np.full((side, side, 3), 255, np.uint8)
    quarter, line = side // 4, max(2, side // 12)
    out[quarter : side - quarter, quarter : side - quarter] = 26
    out[quarter + line : side - quarter - line, quarter + line : side - quarter - line] = 255
    return out
