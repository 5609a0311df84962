"""What lies on the map of a sheet, in metres of its grid: cells, satellite picture, outlines, the word SIMULATED."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.classes import CLASSES, NO_DATA
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.projection import to_utm
from lulc_core.render.colors import LEFT_OUT_COLOR, is_dark
from lulc_core.render.overlays.lettering import SIMULATED_TEXT
from lulc_core.render.sheet.drawing import INK, PAPER

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.path import Path

LETTERS_FROM_PX = 22
"""Cells of this size and more carry the letter of their class; smaller ones a pattern."""
PATTERNS = ("////", "oo", "..", "----", "++", "*", "||||", "xxx", "O.", "\\\\\\")
"""Hatches of matplotlib by class id, which differ in direction and density."""
_LEFT_OUT = 254
_INK_SHARE = 0.42

Rgb = NDArray[np.uint8]
"""(rows, columns, 3) colours."""


def class_style(class_id: int, color: str, *, letters: bool) -> dict[str, Any]:
    """Give the fill of a class for a patch of matplotlib: colour, and a pattern where there is no room for letters."""
    from matplotlib.colors import to_rgba

    ink = to_rgba(PAPER if is_dark(color) else INK, _INK_SHARE)
    pattern = {} if letters else {"hatch": PATTERNS[class_id], "hatchcolor": ink, "hatch_linewidth": 0.7}
    return {"facecolor": color, **pattern}


def left_out_style() -> dict[str, Any]:
    """Give the grey stripes of cells without a class, for a patch of matplotlib."""
    return {"facecolor": "#E0E2E5", "hatch": "////", "hatchcolor": LEFT_OUT_COLOR, "hatch_linewidth": 2.0}


def draw_cells(
    axes: Axes,
    grid: TileGrid,
    class_ids: NDArray[np.uint8],
    colors: Sequence[str],
    *,
    left_out: NDArray[np.bool_],
    letters: Sequence[str],
    line_pt: float = 0.4,
) -> None:
    """Draw cells in their colours; nothing is drawn where a cell is neither classified nor left out.

    Args:
        axes: in metres of the grid's zone.
        grid: of the cells.
        class_ids: (rows, columns) 0 to 9, 255 for none.
        colors: ten ``#RRGGBB``.
        left_out: (rows, columns) True for cells to be striped.
        letters: of the ten classes, in the place of patterns; none for patterns.
        line_pt: width of the line where neighbours differ.
    """
    from matplotlib.patches import PathPatch

    values = np.where(left_out, np.uint8(_LEFT_OUT), class_ids)
    for value, path in cell_paths(grid, values).items():
        style = left_out_style() if value == _LEFT_OUT else class_style(value, colors[value], letters=bool(letters))
        axes.add_patch(PathPatch(path, **style, edgecolor=INK, linewidth=line_pt))
    if letters:
        _draw_letters(axes, grid, values, colors, letters)


def cell_paths(grid: TileGrid, values: NDArray[np.uint8]) -> dict[int, Path]:
    """Give the outline of the cells of each value but 255, in metres of the grid's zone.

    Args:
        grid: of the cells.
        values: (rows, columns).
    """
    from matplotlib.path import Path
    from rasterio.features import shapes
    from rasterio.transform import Affine

    rings: dict[int, list[Path]] = defaultdict(list)
    for shape, value in shapes(values, mask=values != NO_DATA, transform=Affine(*grid.tile_transform)):
        rings[int(value)] += [Path(ring, closed=True) for ring in shape["coordinates"]]
    return {value: Path.make_compound_path(*rings[value]) for value in sorted(rings)}


def draw_picture(axes: Axes, picture: Rgb, bounds: tuple[float, float, float, float], *, grey: bool = False) -> None:
    """Draw a satellite picture over whole axes; grey and pale where something is to be drawn on it.

    Args:
        axes: in metres of a zone.
        picture: (rows, columns, 3).
        bounds: left, bottom, right, top of the picture, metres.
        grey: without colour, and pale.
    """
    from matplotlib.artist import Artist
    from PIL import Image

    image = Image.fromarray(picture)
    if grey:
        image = image.convert("L").point([min(110 + v * 4 // 7, 255) for v in range(256)])
    # Pillow makes it as large as the axes: imshow takes three times as long, and the memory of eight pictures.
    size = round(axes.bbox.width), round(axes.bbox.height)
    pixels = np.asarray(image.resize(size, Image.Resampling.LANCZOS).convert("RGBA"))

    class Photo(Artist):
        """The pixels where the axes are; a renderer expects the lowest row first."""

        def draw(self, renderer: Any) -> None:
            gc = renderer.new_gc()
            renderer.draw_image(gc, round(axes.bbox.x0), round(axes.bbox.y0), np.ascontiguousarray(pixels[::-1]))
            gc.restore()

    left, bottom, right, top = bounds
    axes.set(xlim=(left, right), ylim=(bottom, top))
    axes.add_artist(Photo()).set_zorder(0.5)


def draw_outline(axes: Axes, grid: TileGrid, aoi: Aoi) -> None:
    """Draw the drawn shape as a dark line with a light rim."""
    from matplotlib.path import Path

    shape = to_utm(aoi.geometry, grid.epsg)
    polygons = getattr(shape, "geoms", [shape])
    rings = [Path(np.asarray(ring.coords)[:, :2]) for p in polygons for ring in (p.exterior, *p.interiors)]
    draw_line(axes, Path.make_compound_path(*rings), INK, PAPER)


def draw_marks(axes: Axes, grid: TileGrid, marked: NDArray[np.bool_]) -> None:
    """Draw the outline of cells as a light line with a dark rim.

    Args:
        axes: in metres of the grid's zone.
        grid: of the cells.
        marked: (rows, columns).
    """
    for path in cell_paths(grid, np.where(marked, np.uint8(0), np.uint8(NO_DATA))).values():
        draw_line(axes, path, PAPER, INK)


def draw_line(axes: Axes, path: Path, color: str, rim: str) -> None:
    """Draw a line that is seen on any ground."""
    from matplotlib.patches import PathPatch

    for line, width_pt in ((rim, 2.6), (color, 1.1)):
        axes.add_patch(PathPatch(path, fill=False, edgecolor=line, linewidth=width_pt, joinstyle="miter"))


def draw_stamp(axes: Axes) -> None:
    """Write SIMULATED across axes, slanted and repeated so that no crop is without it."""
    from matplotlib.patheffects import withStroke

    width, height = (v * 72 / axes.figure.dpi for v in (axes.bbox.width, axes.bbox.height))
    size_pt = float(np.clip(min(width / 7.5, height / 3.5), 4, 11))
    rim = [withStroke(linewidth=size_pt / 7, foreground="#404040")]
    across, down = 13 * size_pt, 9 * size_pt
    for i, y in enumerate(np.arange(height / 2 % down, height, down)):
        for x in np.arange(width / 2 % across + (i % 2 - 1) * across / 2, width + across / 2, across):
            axes.text(
                x / width, y / height, SIMULATED_TEXT, transform=axes.transAxes, rotation=24, ha="center", va="center",
                fontsize=size_pt, color="#F2F2F2", alpha=0.8, path_effects=rim, clip_on=True, zorder=5,
            )  # fmt: skip


def _draw_letters(
    axes: Axes, grid: TileGrid, values: NDArray[np.uint8], colors: Sequence[str], signs: Sequence[str]
) -> None:
    from matplotlib.collections import PathCollection
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath
    from matplotlib.transforms import Affine2D, IdentityTransform

    left, _, _, top = grid.bounds
    cell_pt = axes.bbox.width / grid.n_cols * 72 / axes.figure.dpi
    for c in CLASSES:
        rows, cols = np.nonzero(values == c.id)
        places = np.column_stack([left + (cols + 0.5) * grid.cell_m, top - (rows + 0.5) * grid.cell_m])
        letter = TextPath((0, 0), signs[c.id], size=1, prop=FontProperties(weight="bold"))
        box = letter.get_extents()
        centred = letter.transformed(Affine2D().translate(-(box.x0 + box.x1) / 2, -(box.y0 + box.y1) / 2))
        letters = PathCollection(
            [centred],
            sizes=[min(cell_pt * 0.55, 20.0) ** 2],
            offsets=places,
            transform=IdentityTransform(),
            offset_transform=axes.transData,
            facecolor=PAPER if is_dark(colors[c.id]) else INK,
            linewidth=0,
        )
        axes.add_collection(letters, autolim=False)
