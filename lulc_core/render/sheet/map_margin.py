"""The margin of a map: legend, scale bar, north arrow."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lulc_core.domain.grid import TileGrid
from lulc_core.domain.projection import from_lonlat, to_lonlat
from lulc_core.language.words import Words
from lulc_core.render.sheet.cell_picture import Rgb
from lulc_core.render.sheet.fonts import font, wrap

if TYPE_CHECKING:
    from PIL.Image import Image

INK, GREY, PAPER = (26, 26, 26), (85, 85, 85), (255, 255, 255)
_BAR_SHARE = 0.3
"""Of the width of the map, at most."""


@dataclass(frozen=True)
class Entry:
    """One line of a legend."""

    label: str
    """:func:`~lulc_core.render.sheet.fonts.drawable` text."""
    swatch: Callable[[int], Rgb]
    """Side in pixels -> (side, side, 3)."""


def entry_lines(entry: Entry, em: int, width_px: float) -> list[str]:
    """The label in lines that leave room for the swatch."""
    return wrap(entry.label, em, width_px - 2.4 * em)


def entry_height(lines: Sequence[str], em: int) -> int:
    """Pixels that a line of the legend takes."""
    return max(round(2.1 * em), len(lines) * round(1.3 * em) + round(0.7 * em))


def draw_legend(image: Image, heading: str, entries: Sequence[Entry], x: int, y: int, em: int, width_px: float) -> int:
    """Writes a legend; returns the height at which it ends."""
    from PIL import Image as pictures
    from PIL import ImageDraw

    draw = ImageDraw.Draw(image)
    if heading:
        draw.text((x, y), heading, font=font(em, bold=True), fill=INK)
        y += round(2 * em)
    side = round(1.6 * em)
    for entry in entries:
        lines = entry_lines(entry, em, width_px)
        image.paste(pictures.fromarray(entry.swatch(side)), (x, y))
        draw.rectangle((x, y, x + side, y + side), outline=GREY)
        top = y + (side - len(lines) * round(1.3 * em)) / 2
        for i, line in enumerate(lines):
            draw.text((x + 2.3 * em, max(y, top) + i * round(1.3 * em)), line, font=font(em), fill=INK)
        y += entry_height(lines, em)
    return y


def bar_length_m(room_m: float) -> float:
    """The longest of 1, 2 or 5 times a power of ten metres that fits."""
    power = 10.0 ** math.floor(math.log10(room_m))
    return max(k * power for k in (1, 2, 5) if k * power <= room_m)


def draw_scale(image: Image, words: Words, x: int, y: int, width_px: int, metres_per_px: float, em: int) -> int:
    """A scale bar of four parts; returns its right end, labels included."""
    from PIL import ImageDraw

    draw = ImageDraw.Draw(image)
    length = bar_length_m(width_px * _BAR_SHARE * metres_per_px)
    bar = length / metres_per_px
    high = max(4, round(0.4 * em))
    for i in range(4):
        box = (x + round(bar * i / 4), y, x + round(bar * (i + 1) / 4), y + high)
        draw.rectangle(box, fill=INK if i % 2 == 0 else PAPER, outline=INK)
    small = font(round(0.85 * em))
    draw.text((x, y + high + round(0.3 * em)), words.number(0), font=small, fill=INK)
    label = words.metres(length)
    at = x + bar - small.getlength(label) / 3
    draw.text((at, y + high + round(0.3 * em)), label, font=small, fill=INK)
    return round(at + small.getlength(label))


def convergence_deg(grid: TileGrid) -> float:
    """How far true north lies to the right of the top of the map, degrees; at most some three at a zone's edge."""
    left, bottom, right, top = grid.bounds
    x, y = (left + right) / 2, (bottom + top) / 2
    lon, lat = to_lonlat(grid.epsg, x, y)
    north_x, north_y = from_lonlat(grid.epsg, lon, lat + 0.001)
    return math.degrees(math.atan2(north_x - x, north_y - y))


def draw_north(image: Image, words: Words, grid: TileGrid, x: float, y: float, em: int) -> None:
    """An arrow to true north, its foot in the middle of ``x``, its top at ``y``."""
    from PIL import ImageDraw

    draw = ImageDraw.Draw(image)
    turn = math.radians(convergence_deg(grid))
    high, wide = 2.4 * em, 0.6 * em
    centre = (x, y + high / 2)

    def turned(dx: float, dy: float) -> tuple[float, float]:
        return (
            centre[0] + dx * math.cos(turn) - dy * math.sin(turn),
            centre[1] + dx * math.sin(turn) + dy * math.cos(turn),
        )

    tip, foot = turned(0, -high / 2), turned(0, high * 0.22)
    draw.polygon([tip, turned(-wide, high / 2), foot], fill=INK)
    draw.polygon([tip, turned(wide, high / 2), foot], fill=PAPER, outline=INK)
    letter = words.translate("sheet.north")
    face = font(em, bold=True)
    draw.text((x - wide - 0.5 * em - face.getlength(letter), y + high / 2 - 0.6 * em), letter, font=face, fill=INK)
