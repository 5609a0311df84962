"""A story as slides (PPTX): text that can be edited, pictures with descriptions, details in the notes.

The same story gives the same bytes: the parts of the file are packed again without the time of packing.
"""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

from lulc_core.domain.progress import Cancelled, Progress, stopping_progress
from lulc_core.language.words import Words
from lulc_core.render.sheet.drawing import Drawing
from lulc_core.render.sheet.fonts import drawable, font, runs_from_right, wrap
from lulc_core.report.story.slide import Slide, Story, Table

_WIDTH_IN, _HEIGHT_IN, _MARGIN_IN = 13.333, 7.5, 0.5
_LINE_IN = _WIDTH_IN - 2 * _MARGIN_IN
_TITLE_TOP_IN, _BODY_TOP_IN, _FOOT_TOP_IN = 0.35, 1.45, 7.05
_ROOM_IN = _FOOT_TOP_IN - _BODY_TOP_IN - 0.1
_INK, _GREY, _WARN, _STAMP, _AMBER = "1A1A1A", "555555", "9C1C1C", "E6DCDC", "FDF0D3"
_TABLE_ROWS = 15
"""Of a table on one slide; a longer one goes on on the next."""
_SMALL_ROWS = 5
"""A table of as many rows stands under picture and sentences."""
_ROW_IN = 0.4
_COMMENT_ON_SLIDE = 300
"""Characters; the rest of a longer comment stands in the notes."""
_LEAST_PT, _MOST_PT, _DOUBT_PT = 10, 22, 12


def to_pptx(story: Story, on_progress: Progress | None = None, cancelled: Cancelled | None = None) -> bytes:
    """Write the story as 16:9 slides.

    Args:
        story: of ``report.story.build_story``.
        on_progress, cancelled: see ``domain.progress``.

    Raises:
        CancelledError: ``cancelled()`` is true.
    """
    step, words = stopping_progress(on_progress, cancelled), Words(story.lang)
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(_WIDTH_IN), Inches(_HEIGHT_IN)
    core = deck.core_properties
    core.title, core.author, core.language = _plain(story.title), "LULC Explorer", story.lang
    core.subject, core.last_modified_by, core.revision = _plain(story.attribution), "LULC Explorer", 1
    core.created = core.modified = story.moment.replace(tzinfo=None)
    _cover(deck, story)
    for i, slide in enumerate(story.slides):
        step(i / (len(story.slides) + 1), words.translate("step.page", title=slide.title))
        _content(deck, story, slide)
    for slide in story.slides:
        if slide.detail_table is not None and slide.key in ("sure", "check"):
            _table_slide(deck, story, slide.detail_table)
    out = io.BytesIO()
    deck.save(out)
    data = _without_times(out.getvalue())
    step(1.0, words.translate("step.done"))
    return data


def _cover(deck: Any, story: Story) -> None:
    slide = _new(deck, story)
    _title(slide, story.title, story.lang, top=1.0, size=36, height=1.7)
    lines = [story.banner] if story.simulated else []
    _paragraphs(slide, [*lines, *story.summary], story.lang, (_MARGIN_IN, 2.9, _LINE_IN, 3.9))


def _content(deck: Any, story: Story, content: Slide) -> None:
    """Picture left, sentences right, a small table under both; a large table or a chart gets a slide of its own."""
    slide = _new(deck, story)
    _title(slide, content.title, story.lang)
    short = len(content.comment) <= _COMMENT_ON_SLIDE
    lines = [*content.lines, *([content.comment] if content.comment and short else [])]
    left, wide = _MARGIN_IN, _LINE_IN
    two = content.picture is not None and content.chart is not None
    placed = 0.0 if two else _table_below(slide, content.table, story.lang)
    free = _ROOM_IN - placed
    if (picture := content.picture or content.chart) is None:
        used = _doubts(slide, content.cautions, story.lang, (left, wide, free))
        _paragraphs(slide, lines, story.lang, (left, _BODY_TOP_IN, wide, free - used))
    else:
        half = wide * 0.54
        alt = content.chart_alt if content.picture is None else content.picture_alt
        _picture(slide, picture, alt, (left, _BODY_TOP_IN, half, free))
        side, rest = left + half + 0.3, wide - half - 0.3
        used = _doubts(slide, content.cautions, story.lang, (side, rest, free))
        _paragraphs(slide, lines, story.lang, (side, _BODY_TOP_IN, rest, free - used))
    notes = [*content.cautions, *content.lines, content.caption, *content.details, "" if short else content.comment]
    slide.notes_slide.notes_text_frame.text = _plain("\n".join(n for n in notes if n))
    if two and content.chart is not None:
        second = _new(deck, story)
        _title(second, content.title, story.lang)
        placed = _table_below(second, content.table, story.lang)
        _picture(second, content.chart, content.chart_alt, (left, _BODY_TOP_IN, wide, _ROOM_IN - placed))
        second.notes_slide.notes_text_frame.text = _plain(content.chart_caption)
    if content.table is not None and not placed:
        _table_slide(deck, story, content.table, title=content.title)


def _doubts(slide: Any, cautions: Sequence[str], lang: str, room: tuple[float, float, float]) -> float:
    """Put what makes the whole doubtful into an amber box at the foot of a room; give the height that it takes.

    Args:
        slide: to put it on.
        cautions: sentences.
        lang: of the text.
        room: left edge, width and height from the top of the body, inches.
    """
    if not cautions:
        return 0.0
    left, wide, free = room
    high = _height_in(list(cautions), _DOUBT_PT, wide)
    top = _BODY_TOP_IN + free - high
    box = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(wide), Inches(high))
    box.fill.solid()
    box.fill.fore_color.rgb = RGBColor.from_string(_AMBER)
    box.text_frame.word_wrap = True
    for i, line in enumerate(cautions):
        paragraph = box.text_frame.paragraphs[0] if i == 0 else box.text_frame.add_paragraph()
        _run(paragraph, line, lang, _DOUBT_PT, _INK)
    return high + 0.1


def _table_below(slide: Any, table: Table | None, lang: str) -> float:
    """Put a small table at the foot of a slide; give the height that it takes, 0 where it needs a slide of its own."""
    if table is None or len(table.rows) > _SMALL_ROWS or sum(_needed(table, 14)) > _LINE_IN:
        return 0.0
    high = _ROW_IN * (len(table.rows) + 1)
    _table(slide, table, lang, (_MARGIN_IN, _BODY_TOP_IN + _ROOM_IN - high, _LINE_IN, high))
    return high + 0.15


def _table_slide(deck: Any, story: Story, table: Table, *, title: str = "") -> None:
    """Put a table on a slide of its own, the rows that it has no room for on further ones, numbered in their titles."""
    slides = -(-len(table.rows) // _TABLE_ROWS) or 1
    rows = -(-len(table.rows) // slides)  # about the same on each
    for k in range(slides):
        part, slide = replace(table, rows=table.rows[k * rows : (k + 1) * rows]), _new(deck, story)
        name = title or table.caption
        _title(slide, f"{name} ({k + 1}/{slides})" if slides > 1 else name, story.lang, size=28 if title else 22)
        _table(slide, part, story.lang, (_MARGIN_IN, _BODY_TOP_IN, _LINE_IN, _ROOM_IN))
        slide.notes_slide.notes_text_frame.text = _plain(table.caption)


def _new(deck: Any, story: Story) -> Any:
    """An empty slide with its title's place, the attribution at its foot, SIMULATED across it."""
    slide = deck.slides.add_slide(deck.slide_layouts[5])  # title only
    if story.simulated:
        stamp = slide.shapes.add_textbox(Inches(2.2), Inches(2.9), Inches(9), Inches(1.6))
        stamp.rotation, stamp.name = -20, "SIMULATED"
        run = stamp.text_frame.paragraphs[0].add_run()
        run.text, run.font.size, run.font.bold = "SIMULATED", Pt(96), True
        run.font.color.rgb = RGBColor.from_string(_STAMP)
    foot = slide.shapes.add_textbox(Inches(_MARGIN_IN), Inches(_FOOT_TOP_IN), Inches(_WIDTH_IN - 1), Inches(0.35))
    foot.text_frame.word_wrap = True
    _run(foot.text_frame.paragraphs[0], story.attribution, story.lang, 11, _WARN if story.simulated else _GREY)
    return slide


def _title(
    slide: Any, text: str, lang: str, *, top: float = _TITLE_TOP_IN, size: int = 28, height: float = 1.0
) -> None:
    shape = slide.shapes.title
    shape.left, shape.top = Inches(_MARGIN_IN), Inches(top)
    shape.width, shape.height = Inches(_LINE_IN), Inches(height)
    shape.text_frame.word_wrap = True
    shape.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    paragraph = shape.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if runs_from_right(text) else PP_ALIGN.LEFT
    _run(paragraph, text, lang, size if len(text) <= 70 else round(size * 0.72), _INK, bold=True)


def _paragraphs(slide: Any, lines: list[str], lang: str, box: tuple[float, float, float, float]) -> None:
    """Sentences in a text box; smaller where they would not fit."""
    _, _, width, height = box
    size = next((s for s in range(_MOST_PT, _LEAST_PT, -1) if _height_in(lines, s, width) <= height), _LEAST_PT)
    frame = slide.shapes.add_textbox(*map(Inches, box)).text_frame
    frame.word_wrap = True
    for i, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
        paragraph.space_after = Pt(size * 0.5)
        paragraph.alignment = PP_ALIGN.RIGHT if runs_from_right(line) else PP_ALIGN.LEFT
        if runs_from_right(line):
            paragraph._p.get_or_add_pPr().set("rtl", "1")
        _run(paragraph, line, lang, size, _INK)


def _height_in(lines: list[str], size_pt: int, width_in: float) -> float:
    """Height of sentences in DejaVu Sans, the widest of the usual faces: any other face fits as well."""
    inset = 0.2
    rows = [wrap(drawable(line), size_pt * 4, (width_in - inset) * 72 * 4) for line in lines]
    return sum(len(r) * 1.22 + 0.5 for r in rows) * size_pt / 72 + inset / 2


def _picture(slide: Any, drawing: Drawing, alt: str, box: tuple[float, float, float, float]) -> None:
    left, top, width, height = box
    across, down = drawing.size_px
    scale = min(width / across, height / down)
    wide, high = across * scale, down * scale
    file = io.BytesIO(drawing.compact[0])
    shape = slide.shapes.add_picture(file, Inches(left + (width - wide) / 2), Inches(top), Inches(wide), Inches(high))
    shape._element.nvPicPr.cNvPr.set("descr", _plain(alt))


def _table(slide: Any, table: Table, lang: str, box: tuple[float, float, float, float]) -> None:
    left, top, width, height = box
    rows = [table.header, *table.rows]
    size = next((s for s in (14, 12, 11, 10) if sum(_needed(table, s)) <= width), 9)
    row_high = min(_ROW_IN, height / len(rows))
    frame = slide.shapes.add_table(
        len(rows), len(table.header), Inches(left), Inches(top), Inches(width), Inches(row_high * len(rows))
    )
    frame._element.nvGraphicFramePr.cNvPr.set("descr", _plain(table.caption))
    needed = _needed(table, size)
    for column, wanted in zip(frame.table.columns, needed, strict=True):
        column.width = Inches(width * wanted / sum(needed))
    for i, row in enumerate(rows):
        frame.table.rows[i].height = Inches(row_high)
        for k, text in enumerate(row):
            cell = frame.table.cell(i, k)
            cell.margin_top = cell.margin_bottom = Inches(0.02)
            cell.margin_left = cell.margin_right = Inches(0.06)
            paragraph = cell.text_frame.paragraphs[0]
            paragraph.alignment = PP_ALIGN.RIGHT if table.numeric[k] else PP_ALIGN.LEFT
            _run(paragraph, text, lang, size, "FFFFFF" if i == 0 else _INK, bold=i == 0)


def _needed(table: Table, size_pt: int) -> list[float]:
    """Width of each column that holds its longest cell on one line, inches; in DejaVu Sans, which is wide."""
    face = font(size_pt * 4, bold=True)
    return [
        max(face.getlength(drawable(row[k])) for row in (table.header, *table.rows)) / (72 * 4) + 0.2
        for k in range(len(table.header))
    ]


def _run(paragraph: Any, text: str, lang: str, size: int, color: str, *, bold: bool = False) -> None:
    for i, part in enumerate(_plain(text).split("\n")):
        if i:
            paragraph.add_line_break()
        run = paragraph.add_run()
        run.text, run.font.size, run.font.bold = part, Pt(size), bold
        run.font.color.rgb = RGBColor.from_string(color)
        run._r.get_or_add_rPr().set("lang", lang)


def _plain(text: str) -> str:
    """Without the characters that XML cannot hold."""
    dropped = {c for c in text if c in "\ufffe\uffff" or unicodedata.category(c) in ("Cc", "Cs")} - {"\n", "\t"}
    return "".join(c for c in text if c not in dropped)


def _without_times(data: bytes) -> bytes:
    """The same archive with the date that zip files begin at, in the place of now."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
