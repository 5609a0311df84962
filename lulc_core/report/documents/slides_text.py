"""Text on a slide: runs that a program reads aloud in their language, boxes whose letters stay legible, notes."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from pptx.dml.color import RGBColor
from pptx.enum.text import PP_ALIGN
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Inches, Pt

from lulc_core.language.spaces import bound
from lulc_core.render.sheet.fonts import drawable, runs_from_right, wrap

INK, GREY, WARN, AMBER = "1A1A1A", "555555", "9C1C1C", "FDF0D3"
LEAST_PT = 18
"""No letter on a slide is smaller: the last row of a room reads them."""
Box = tuple[float, float, float, float]
"""Left, top, width, height, inches."""


def write_box(slide: Any, lines: Sequence[str], lang: str, box: Box, *, size: int, color: str = INK) -> Any:
    """Put paragraphs into a text box; those of a script that runs from right to left begin at the right."""
    shape = slide.shapes.add_textbox(*map(Inches, box))
    shape.text_frame.word_wrap = True
    for i, line in enumerate(lines):
        paragraph = shape.text_frame.paragraphs[0] if i == 0 else shape.text_frame.add_paragraph()
        paragraph.space_after = Pt(size * 0.5)
        paragraph.alignment = PP_ALIGN.RIGHT if runs_from_right(line) else PP_ALIGN.LEFT
        if runs_from_right(line):
            paragraph._p.get_or_add_pPr().set("rtl", "1")
        write_run(paragraph, line, lang, size, color)
    return shape


def write_run(paragraph: Any, text: str, lang: str, size: int, color: str, *, bold: bool = False) -> None:
    """Add text to a paragraph in one size and colour, with its language."""
    for i, part in enumerate(plain(text).split("\n")):
        if i:
            paragraph.add_line_break()
        run = paragraph.add_run()
        run.text, run.font.size, run.font.bold = part, Pt(size), bold
        run.font.color.rgb = RGBColor.from_string(color)
        run._r.get_or_add_rPr().set("lang", lang)


def height_in(lines: Sequence[str], size_pt: int, width_in: float) -> float:
    """Give the height of sentences in DejaVu Sans, the widest of the usual faces: any other face fits as well."""
    inset = 0.2
    rows = [wrap(drawable(plain(line)), size_pt * 4, (width_in - inset) * 72 * 4) for line in lines]
    return sum(len(r) * 1.22 + 0.5 for r in rows) * size_pt / 72 + inset / 2


def largest_size(lines: Sequence[str], width_in: float, height: float, most_pt: int) -> int:
    """Give the largest size in which sentences fit; 0 where they do not in the least one."""
    sizes = range(most_pt, LEAST_PT - 1, -1)
    return next((s for s in sizes if height_in(lines, s, width_in) <= height), 0)


def write_notes(slide: Any, lines: Sequence[str]) -> None:
    """Put what the speaker says into the notes."""
    slide.notes_slide.notes_text_frame.text = plain("\n".join(line for line in lines if line))


def describe(shape: Any, text: str) -> None:
    """Say what a picture, chart or table shows, for those who do not see it."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", plain(text))


def child(parent: Any, tag: str, **attributes: str) -> Any:
    """Add an element that python-pptx has no name for, such as ``a:lnB``; give it back."""
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(name, value)
    parent.append(element)
    return element


def plain(text: str) -> str:
    """Leave out the characters that XML cannot hold; numbers and dates hold together."""
    dropped = {c for c in text if c in "\ufffe\uffff" or unicodedata.category(c) in ("Cc", "Cs")} - {"\n", "\t"}
    return bound("".join(c for c in text if c not in dropped))
