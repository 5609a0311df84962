"""A matplotlib figure on a PDF page: lines, areas and hatches stay vector, letters stay text, photos are JPEG.

fpdf2 reads SVG without hatches, without most clipping and with pictures upside down, and its drawing API makes an
object of every line. So the figure draws itself with the operators of PDF through ``FPDF._out``, and
``FPDF._marked_sequence`` carries the description, as it does in ``FPDF.image``. Both are private;
tests/report/documents/test_write.py tries them against the pinned version.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase, RendererBase
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox

from lulc_core.render.sheet.drawing import Drawing

if TYPE_CHECKING:
    from fpdf import FPDF
    from matplotlib.font_manager import FontProperties
    from matplotlib.transforms import Transform

_PT_MM = 25.4 / 72


def place_drawing(
    pdf: FPDF, drawing: Drawing, font: str, *, x_mm: float, y_mm: float, width_mm: float, alt_text: str
) -> None:
    """Draw a figure on the current page.

    Args:
        pdf: with ``font`` and its bold face added.
        drawing: what to draw.
        font: of all letters.
        x_mm: left edge.
        y_mm: upper edge.
        width_mm: width; the height is in proportion.
        alt_text: what the figure shows.
    """
    with drawing.lock, pdf._marked_sequence(alt_text=alt_text):
        drawing.figure.draw(_PdfRenderer(pdf, drawing, font, x_mm, y_mm, width_mm))


class _PdfRenderer(RendererBase):
    """Draws what matplotlib asks for; its pixels have their origin in the lower left corner, as PDF's points do."""

    def __init__(self, pdf: FPDF, drawing: Drawing, font: str, x_mm: float, y_mm: float, width_mm: float) -> None:
        super().__init__()
        self.pdf, self.font = pdf, font
        self.width_px, self.height_px = (float(v) for v in drawing.figure.bbox.size)
        self.dpi = float(drawing.figure.dpi)
        self.pt = width_mm / _PT_MM / self.width_px
        """Points of the page to a pixel of the figure."""
        self.left_pt = x_mm / _PT_MM
        self.bottom_pt = (pdf.h - y_mm) / _PT_MM - self.height_px * self.pt
        self.to_page = Affine2D().scale(self.pt).translate(self.left_pt, self.bottom_pt)

    def flipy(self) -> bool:
        """Say that y runs upwards."""
        return False

    def get_canvas_width_height(self) -> tuple[float, float]:
        """Give the size of the figure in pixels."""
        return self.width_px, self.height_px

    def points_to_pixels(self, points: Any) -> Any:
        """Convert points of the figure to pixels."""
        return points * self.dpi / 72

    def draw_path(self, gc: GraphicsContextBase, path: Path, transform: Transform, rgbFace: Any = None) -> None:
        """Fill, hatch and stroke a path."""
        outline = _operators(path, transform + self.to_page)
        width_pt = float(self.points_to_pixels(gc.get_linewidth())) * self.pt
        edge: Any = gc.get_rgb()
        stroked = width_pt > 0 and edge[3] > 0
        filled = rgbFace is not None and (len(rgbFace) == 3 or rgbFace[3] > 0)
        if gc.get_hatch() is not None:
            if filled:
                self._write(gc, [_color(rgbFace, "rg"), outline, "f"], _opacity(rgbFace))
            self._hatch(gc, path, transform, outline)
            filled = False
        pen = [f"{width_pt:.3f} w", _color(edge, "RG"), "1 j" if gc.get_joinstyle() == "round" else "0 j"]
        if filled or stroked:
            paint = {(True, True): "B", (True, False): "f", (False, True): "S"}[filled, stroked]
            fill = [_color(rgbFace, "rg")] if filled else []
            opacity = _opacity(rgbFace) if filled else _opacity(edge)
            self._write(gc, [*fill, *(pen if stroked else []), outline, paint], opacity)

    def draw_image(self, gc: GraphicsContextBase, x: float, y: float, im: Any, transform: Any = None) -> None:
        """Place a picture, whose first row is the lowest, as JPEG."""
        from PIL import Image

        height, width = im.shape[:2]
        out = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(im[::-1, :, :3])).save(out, "JPEG", quality=88, subsampling=0)
        out.seek(0)
        left, top = self._mm(x, y + height)
        self.pdf.image(out, x=left, y=top, w=width * self.pt * _PT_MM, h=height * self.pt * _PT_MM)

    def draw_text(
        self, gc: GraphicsContextBase, x: float, y: float, s: str, prop: FontProperties, angle: float,
        ismath: Any = False, mtext: Any = None,
    ) -> None:  # fmt: skip
        """Write a line of text; ``x`` and ``y`` are the begin of its base line."""
        color = gc.get_rgb()
        size_pt = float(self.points_to_pixels(prop.get_size_in_points())) * self.pt
        self.pdf.set_font(self.font, "B" if prop.get_weight() == "bold" else "", size_pt)
        self.pdf.set_text_color(*(round(255 * v) for v in color[:3]))
        left, top = self._mm(x, y)
        with self.pdf.local_context(fill_opacity=_opacity(color)), self.pdf.rotation(angle, left, top):
            self.pdf.text(left, top, s)

    def _hatch(self, gc: GraphicsContextBase, path: Path, transform: Transform, outline: str) -> None:
        """Repeat the pattern, a square inch of the figure, over a path."""
        side = self.dpi
        pattern = gc.get_hatch_path()
        assert pattern is not None
        tile = _operators(pattern, Affine2D().scale(side * self.pt))
        square = f"0 0 {side * self.pt:.2f} {side * self.pt:.2f}"
        color: Any = gc.get_hatch_color()
        pixels = transform.transform_path(path)
        x0, y0, x1, y1 = pixels.get_extents().extents
        parts = [outline, "W n", f"{self.points_to_pixels(gc.get_hatch_linewidth()) * self.pt:.3f} w"]
        parts += [_color(color, "RG"), _color(color, "rg")]
        for x in np.arange(np.floor(x0 / side), np.ceil(x1 / side)) * side:
            for y in np.arange(np.floor(y0 / side), np.ceil(y1 / side)) * side:
                if pixels.intersects_bbox(Bbox.from_bounds(x, y, side, side), filled=True):
                    left, bottom = self.to_page.transform((x, y))
                    parts.append(f"q 1 0 0 1 {left:.2f} {bottom:.2f} cm {square} re W n {tile} B Q")
        self._write(gc, parts, _opacity(color))

    def _write(self, gc: GraphicsContextBase, operators: Sequence[str], opacity: float) -> None:
        clip = []
        if (box := gc.get_clip_rectangle()) is not None:
            left, bottom, right, top = self.to_page.transform_bbox(Bbox(box.get_points())).extents
            clip.append(f"{left:.2f} {bottom:.2f} {right - left:.2f} {top - bottom:.2f} re W n")
        shape, place = gc.get_clip_path()
        if shape is not None and place is not None:
            clip += [_operators(shape, place + self.to_page), "W n"]
        with self.pdf.local_context(fill_opacity=opacity, stroke_opacity=opacity):
            self.pdf._out(" ".join([*clip, *operators]))

    def _mm(self, x: float, y: float) -> tuple[float, float]:
        """Pixels of the figure to millimetres from the upper left corner of the page."""
        left, bottom = self.to_page.transform((x, y))
        return left * _PT_MM, self.pdf.h - bottom * _PT_MM


def _operators(path: Any, transform: Transform) -> str:
    """The path in the operators of PDF, which has cubic curves only."""
    parts: list[str] = []
    last = np.zeros(2)
    for points, code in path.iter_segments(transform, simplify=False, curves=True):
        if code == Path.CLOSEPOLY:
            parts.append("h")
            continue
        if code == Path.CURVE3:
            middle, end = points[:2], points[2:]
            points = np.concatenate([last + (middle - last) * 2 / 3, end + (middle - end) * 2 / 3, end])
        operator = {Path.MOVETO: "m", Path.LINETO: "l"}.get(code, "c")
        parts.append(" ".join([*(f"{v:.2f}" for v in points.tolist()), operator]))
        last = points[-2:]
    return " ".join(parts)


def _color(rgba: Sequence[float], operator: str) -> str:
    return " ".join([*(f"{v:.3f}" for v in rgba[:3]), operator])


def _opacity(rgba: Sequence[float]) -> float:
    return float(rgba[3]) if len(rgba) > 3 else 1.0
