"""A drawing that is asked for as PNG or, in a PDF, as lines and letters; made by matplotlib without a screen."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, GREY, PAPER = "#1A1A1A", "#555555", "#FFFFFF"
EM_PT = 10.0
"""Size of plain letters in points of a drawing; its dots per inch decide how large they are on a screen."""


class Drawing:
    """A finished figure.

    Args:
        figure: with an Agg canvas.
        photo: whether it holds a satellite picture, which documents keep as JPEG at a fifth of the size.
    """

    def __init__(self, figure: Figure, *, photo: bool = False) -> None:
        self.figure, self.photo = figure, photo
        self.lock = RLock()
        """Held while the figure is drawn: matplotlib notes on a figure what it drew last."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Drawing) and self.png == other.png

    def __hash__(self) -> int:
        return hash(self.png)

    @cached_property
    def png(self) -> bytes:
        """PNG; equal drawings give equal bytes."""
        return self._encoded("PNG", compress_level=6)

    @cached_property
    def compact(self) -> tuple[bytes, str]:
        """Bytes for documents and their media type: JPEG with a photo in it, otherwise PNG with sharp edges."""
        if not self.photo:
            return self.png, "image/png"
        return self._encoded("JPEG", quality=88, subsampling=0), "image/jpeg"

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        width, height = self.figure.bbox.size
        return int(width), int(height)

    def _encoded(self, kind: str, **options: int) -> bytes:
        from PIL import Image

        out = io.BytesIO()
        Image.fromarray(self._pixels()).save(out, kind, **options)
        return out.getvalue()

    def _pixels(self) -> np.ndarray:
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        with self.lock:
            canvas = self.figure.canvas
            assert isinstance(canvas, FigureCanvasAgg)
            canvas.draw()
            pixels = np.asarray(canvas.buffer_rgba())[..., :3].copy()
            FigureCanvasAgg(self.figure)  # the old one would keep all pixels in memory
            return pixels


class Screen:
    """A picture for a slide: drawn when it is first asked for, kept as bytes alone.

    Args:
        draw: makes the drawing.
    """

    def __init__(self, draw: Callable[[], Drawing]) -> None:
        self._draw = draw

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Screen) and self.compact == other.compact

    def __hash__(self) -> int:
        return hash(self.compact)

    @property
    def compact(self) -> tuple[bytes, str]:
        """Bytes and their media type."""
        return self._made[0]

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        return self._made[1]

    @cached_property
    def _made(self) -> tuple[tuple[bytes, str], tuple[int, int]]:
        drawing = self._draw()
        return drawing.compact, drawing.size_px


def new_figure(width_pt: float, height_pt: float, dpi: float, **options: object) -> Figure:
    """Make a white figure without a screen.

    Args:
        width_pt: points, 1/72 inch.
        height_pt: the same.
        dpi: dots per inch of its PNG.
        **options: of ``matplotlib.figure.Figure``.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # A hair more than asked for: matplotlib cuts what is left of a pixel.
    size = ((width_pt + 1e-6) / 72, (height_pt + 1e-6) / 72)
    figure = Figure(figsize=size, dpi=dpi, facecolor=PAPER, **options)  # type: ignore[arg-type]
    FigureCanvasAgg(figure)
    return figure
