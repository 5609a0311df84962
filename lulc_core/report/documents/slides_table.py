"""Tables on slides, in a style of their own: no boxes, a line under each row, as many slides as they need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from lulc_core.render.sheet.fonts import drawable, font
from lulc_core.report.documents.slides_text import INK, LEAST_PT, Box, child, describe, write_run
from lulc_core.report.story.slide import Table

_PLAIN_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
"""PowerPoint's own name for "no style, no grid"."""
_ROW_IN, _INSET_IN = 0.38, 0.08
_LINE, _HEAD_LINE = "C9C9C4", INK
_SPREAD = 1.35
"""Columns are no wider than this many times what they need: figures stand near their names."""


def parts_of(table: Table, width_in: float, height_in: float) -> Iterator[Table]:
    """Cut a table into such as fit on a slide: rows first, then columns, each with the names of its rows.

    Args:
        table: any.
        width_in: room, inches.
        height_in: room, inches.
    """
    most = max(1, int(height_in / _ROW_IN) - 1)
    n = -(-len(table.rows) // most) or 1
    each = -(-len(table.rows) // n)  # about the same on each
    widths, named = _needed(table), table.text_columns
    columns: list[list[int]] = [[]]
    for k in range(named, len(table.header)):
        if columns[-1] and sum(widths[:named]) + sum(widths[i] for i in (*columns[-1], k)) > width_in:
            columns.append([])
        columns[-1].append(k)
    for chosen in columns:
        kept = [*range(named), *chosen]
        for i in range(n):
            rows = tuple(tuple(row[k] for k in kept) for row in table.rows[i * each : (i + 1) * each])
            yield replace(table, header=tuple(table.header[k] for k in kept), rows=rows)


def put_table(slide: Any, table: Table, lang: str, box: Box) -> None:
    """Put a table on a slide, at the upper left of its room."""
    left, top, width, height = box
    rows, needed = [table.header, *table.rows], _needed(table)
    wide = min(width, sum(needed) * _SPREAD)
    row_high = min(_ROW_IN, height / len(rows))
    frame = slide.shapes.add_table(len(rows), len(table.header), *map(Inches, (left, top, wide, row_high * len(rows))))
    describe(frame, table.caption)
    properties = frame._element.graphic.graphicData.tbl.tblPr
    properties.set("bandRow", "0")
    properties.find(qn("a:tableStyleId")).text = _PLAIN_STYLE
    for column, wanted in zip(frame.table.columns, needed, strict=True):
        column.width = Inches(wide * wanted / sum(needed))
    for i, row in enumerate(rows):
        frame.table.rows[i].height = Inches(row_high)
        for k, text in enumerate(row):
            cell = frame.table.cell(i, k)
            cell.margin_top = cell.margin_bottom = Inches(0.02)
            cell.margin_left = cell.margin_right = Inches(_INSET_IN)
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            paragraph = cell.text_frame.paragraphs[0]
            paragraph.alignment = PP_ALIGN.RIGHT if table.numeric[k] else PP_ALIGN.LEFT
            write_run(paragraph, text, lang, LEAST_PT, INK, bold=i == 0)
            _line_under(cell, _HEAD_LINE if i == 0 else _LINE, 1.5 if i == 0 else 0.75)


def _needed(table: Table) -> list[float]:
    """Width of each column that holds its longest cell on one line, inches; in DejaVu Sans, which is wide."""
    head, body = (font(LEAST_PT * 4, bold=bold) for bold in (True, False))
    return [
        max([head.getlength(drawable(table.header[k])), *(body.getlength(drawable(row[k])) for row in table.rows)])
        / (72 * 4)
        + 3 * _INSET_IN
        for k in range(len(table.header))
    ]


def _line_under(cell: Any, color: str, width_pt: float) -> None:
    """python-pptx has no borders of cells: the element that PowerPoint writes for one."""
    line = child(cell._tc.get_or_add_tcPr(), "a:lnB", w=str(int(Pt(width_pt))), cmpd="sng")
    child(child(line, "a:solidFill"), "a:srgbClr", val=color)
