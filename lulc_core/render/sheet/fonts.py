"""Letters for pictures and documents: DejaVu Sans, as matplotlib brings it, and what to show for what it lacks."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

MISSING = "▯"
"""Stands for a character that the font lacks."""
_HIDDEN = frozenset("\u200b\u200c\u200d\u2060\ufe0e\ufe0f\u20e3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
"""Joiners, variants and colours of skin: without their letters they have no shape of their own."""


def font_file(*, bold: bool = False) -> Path:
    """Find the TrueType file. DejaVu Sans has Latin, Greek, Cyrillic, Hebrew, Arabic and plain emoji, and is free."""
    import matplotlib

    return Path(matplotlib.get_data_path(), "fonts", "ttf", f"DejaVuSans{'-Bold' if bold else ''}.ttf")


@lru_cache(maxsize=64)
def font(size_px: int, *, bold: bool = False) -> FreeTypeFont:
    """Load the font in a size, for Pillow."""
    from PIL import ImageFont

    return ImageFont.truetype(str(font_file(bold=bold)), size_px)


@lru_cache(maxsize=1)
def _covered() -> frozenset[int]:
    import uharfbuzz

    faces = (uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(font_file(bold=b)))) for b in (False, True))
    return frozenset.intersection(*(frozenset(face.unicodes) for face in faces))


def drawable(text: str) -> str:
    """Put ``▯`` in the place of what the font cannot draw, and leave out controls that would turn the line.

    Line breaks stay; tabs become spaces. One ``▯`` stands for a whole emoji of several parts.
    """
    shown: list[str] = []
    for char in unicodedata.normalize("NFC", text.replace("\r\n", "\n")):
        if char in "\n\r\t\u2028\u2029":
            shown.append("\n" if char in "\n\u2028\u2029" else " ")
        elif char in _HIDDEN or unicodedata.category(char) in ("Cc", "Cf", "Cs"):
            continue
        elif ord(char) in _covered():
            shown.append(char)
        elif not unicodedata.combining(char):
            shown.append(MISSING)
    return "".join(shown)


def runs_from_right(text: str) -> bool:
    """Say whether the first letter with a direction runs from right to left."""
    directions = (unicodedata.bidirectional(c) for c in text)
    return next((d for d in directions if d in ("L", "R", "AL")), "L") != "L"


def wrap(text: str, size_px: int, width_px: float, *, bold: bool = False, max_lines: int = 0) -> list[str]:
    """Break text into lines no wider than ``width_px``; words that are too long are cut.

    Args:
        text: already :func:`drawable`.
        size_px: of the font.
        width_px: room for a line.
        bold: the bold face.
        max_lines: the last of them ends in an ellipsis where there would be more; 0 for no limit.
    """
    face = font(size_px, bold=bold)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            candidate = f"{line} {word}" if line else word
            if face.getlength(candidate) <= width_px:
                line = candidate
                continue
            if line:
                lines.append(line)
            while face.getlength(word) > width_px and len(word) > 1:
                fits = max(1, bisect_right(range(len(word) + 1), width_px, key=lambda n: face.getlength(word[:n])) - 1)
                lines.append(word[:fits])
                word = word[fits:]
            line = word
        lines.append(line)
        if max_lines and len(lines) > max_lines:
            break
    if max_lines and len(lines) > max_lines:
        last = lines[max_lines - 1]
        while last and face.getlength(last + "…") > width_px:
            last = last[:-1]
        lines = [*lines[: max_lines - 1], last.rstrip() + "…"]
    return lines
