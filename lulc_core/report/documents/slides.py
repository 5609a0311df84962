"""A story as slides (PPTX): text, tables and charts that can be edited, pictures with descriptions, notes.

The same story gives the same bytes: the parts of the file are packed again without the time of packing.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

from lulc_core.domain.progress import Cancelled, Progress, stopping_progress
from lulc_core.language.words import Words
from lulc_core.render.sheet.drawing import Screen
from lulc_core.render.sheet.fonts import runs_from_right
from lulc_core.report.documents.slides_chart import put_chart
from lulc_core.report.documents.slides_table import parts_of, put_table
from lulc_core.report.documents.slides_text import (
    AMBER,
    GREY,
    INK,
    LEAST_PT,
    WARN,
    Box,
    describe,
    height_in,
    largest_size,
    plain,
    write_box,
    write_notes,
    write_run,
)
from lulc_core.report.story.frames import Frame, frames
from lulc_core.report.story.slide import Story, Table

_WIDTH_IN, _HEIGHT_IN, _MARGIN_IN = 13.333, 7.5, 0.5
_LINE_IN = _WIDTH_IN - 2 * _MARGIN_IN
_TITLE_TOP_IN, _BODY_TOP_IN, _FOOT_TOP_IN = 0.3, 1.35, 6.95
_ROOM_IN = _FOOT_TOP_IN - _BODY_TOP_IN - 0.1
_TEXT_SHARE, _GAP_IN = 0.36, 0.3
"""Part of the width for sentences beside a picture."""
_WIDE = 2.0
"""A picture of this ratio of width to height, or more, stands under its sentences."""
_STAMP = "E6DCDC"
_MOST_PT, _CARE_PT = 24, 18
_LATER = ("when",)
"""Slides whose table nobody asks for in the room: at the end."""


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
    core.title, core.author, core.language = plain(story.title), "LULC Explorer", story.lang
    core.subject, core.last_modified_by, core.revision = plain(story.attribution), "LULC Explorer", 1
    core.created = core.modified = story.moment.replace(tzinfo=None)
    made = frames(story)
    later: list[Table] = []
    for i, frame in enumerate(made):
        step(i / (len(made) + 1), words.translate("step.page", title=frame.slide.title))
        (_cover if frame.slide.key == "title" else _content)(deck, story, frame)
        if i + 1 < len(made) and made[i + 1].slide is frame.slide:
            continue
        if frame.slide.table is not None:
            where = later if frame.slide.key in _LATER else None
            if where is None:
                _table_slides(deck, story, frame.slide.table, frame.slide.title)
            else:
                where.append(frame.slide.table)
        if frame.slide.detail_table is not None and frame.slide.key in ("sure", "check"):
            later.append(frame.slide.detail_table)
    for table in later:
        _table_slides(deck, story, table, table.caption)
    out = io.BytesIO()
    deck.save(out)
    data = _without_times(out.getvalue())
    step(1.0, words.translate("step.done"))
    return data


def _cover(deck: Any, story: Story, frame: Frame) -> None:
    """The place large, what this is and when over it, the message under it, the ground beside it."""
    slide, content, half = _new(deck, story), frame.slide, _LINE_IN * 0.54
    banner = [story.banner] if story.simulated else []
    write_box(slide, [*banner, content.over], story.lang, (_MARGIN_IN, 0.7, half, 1.2), size=20, color=GREY)
    size = next((s for s in (44, 36, 30, 26) if height_in([content.title], s, half) <= 1.6), 24)
    _title(slide, content.title, story.lang, (_MARGIN_IN, 1.9, half, 1.7), size)
    box = (_MARGIN_IN, 3.7, half, _FOOT_TOP_IN - 3.8)
    left = _sentences(slide, frame, story.lang, box)
    if content.screen is not None:
        at = _MARGIN_IN + half + _GAP_IN
        _picture(slide, content.screen, content.picture_alt, (at, 0.6, _LINE_IN - half - _GAP_IN, _FOOT_TOP_IN - 0.8))
    write_notes(slide, [*left, *frame.notes])
    _comment_slide(deck, story, frame, left)


def _content(deck: Any, story: Story, frame: Frame) -> None:
    """Sentences with what they are about beside them, or under them where it is wide."""
    slide, content = _new(deck, story), frame.slide
    _title(slide, content.title, story.lang, (_MARGIN_IN, _TITLE_TOP_IN, _LINE_IN, 0.95), 30)
    drawing = content.screen if frame.shows == "picture" else None
    across = (_MARGIN_IN, _BODY_TOP_IN, _LINE_IN, _ROOM_IN)
    if frame.shows == "chart" or (drawing is not None and _ratio(drawing) >= _WIDE):
        said = [*frame.lines, *([frame.care] if frame.care else []), *([frame.comment] if frame.comment else [])]
        high = min(height_in(said, 20, _LINE_IN) + (0.2 if frame.care else 0), _ROOM_IN * 0.45) if said else 0.0
        left = _sentences(slide, frame, story.lang, (_MARGIN_IN, _BODY_TOP_IN, _LINE_IN, high), most_pt=20)
        room: Box = (_MARGIN_IN, _BODY_TOP_IN + high + 0.1, _LINE_IN, _ROOM_IN - high - 0.1)
    elif drawing is not None:
        text = _LINE_IN * _TEXT_SHARE
        left = _sentences(slide, frame, story.lang, (_MARGIN_IN, _BODY_TOP_IN, text, _ROOM_IN))
        room = (_MARGIN_IN + text + _GAP_IN, _BODY_TOP_IN, _LINE_IN - text - _GAP_IN, _ROOM_IN)
    else:
        left, room = _sentences(slide, frame, story.lang, across, most_pt=28), across
    if frame.shows == "chart" and content.chart is not None:
        put_chart(slide, content.chart, content.chart_alt, room)
    elif drawing is not None:
        _picture(slide, drawing, content.picture_alt, room)
    write_notes(slide, [*left, *frame.notes])
    _comment_slide(deck, story, frame, left)


def _sentences(slide: Any, frame: Frame, lang: str, box: Box, *, most_pt: int = _MOST_PT) -> list[str]:
    """Write sentences, the amber one at their foot, and the comment; give those that had no room."""
    left, top, width, height = box
    if frame.care:
        high = height_in([frame.care], _CARE_PT, width)
        shape = write_box(slide, [frame.care], lang, (left, top + height - high, width, high), size=_CARE_PT)
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(AMBER)
        height -= high + 0.1
    lines = [*frame.lines, *([frame.comment] if frame.comment else [])]
    unsaid: list[str] = []
    while lines and not largest_size(lines, width, height, most_pt):
        unsaid.insert(0, lines.pop())
    if lines:
        write_box(slide, lines, lang, (left, top, width, height), size=largest_size(lines, width, height, most_pt))
    return unsaid


def _comment_slide(deck: Any, story: Story, frame: Frame, unsaid: list[str]) -> None:
    """A comment that has no room beside what it is about gets the next slide."""
    if frame.comment and frame.comment in unsaid:
        slide = _new(deck, story)
        _title(slide, frame.slide.title, story.lang, (_MARGIN_IN, _TITLE_TOP_IN, _LINE_IN, 0.95), 30)
        box = (_MARGIN_IN, _BODY_TOP_IN, _LINE_IN, _ROOM_IN)
        size = largest_size([frame.comment], _LINE_IN, _ROOM_IN, _MOST_PT) or LEAST_PT
        write_box(slide, [frame.comment], story.lang, box, size=size)


def _table_slides(deck: Any, story: Story, table: Table, title: str) -> None:
    """Put a table on slides of its own, numbered in their titles where it needs several."""
    parts = list(parts_of(table, _LINE_IN, _ROOM_IN))
    for k, part in enumerate(parts, 1):
        slide = _new(deck, story)
        name = f"{title} ({k}/{len(parts)})" if len(parts) > 1 else title
        _title(slide, name, story.lang, (_MARGIN_IN, _TITLE_TOP_IN, _LINE_IN, 0.95), 30)
        put_table(slide, part, story.lang, (_MARGIN_IN, _BODY_TOP_IN, _LINE_IN, _ROOM_IN))
        write_notes(slide, [table.caption])


def _new(deck: Any, story: Story) -> Any:
    """An empty slide with its title's place, attribution and number at its foot, SIMULATED across it."""
    slide = deck.slides.add_slide(deck.slide_layouts[5])  # title only
    if story.simulated:
        stamp = slide.shapes.add_textbox(Inches(2.2), Inches(2.9), Inches(9), Inches(1.6))
        stamp.rotation, stamp.name = -20, "SIMULATED"
        run = stamp.text_frame.paragraphs[0].add_run()
        run.text, run.font.size, run.font.bold = "SIMULATED", Pt(96), True
        run.font.color.rgb = RGBColor.from_string(_STAMP)
    foot = (_MARGIN_IN, _FOOT_TOP_IN, _LINE_IN - 1, 0.42)
    write_box(slide, [story.attribution], story.lang, foot, size=LEAST_PT, color=WARN if story.simulated else GREY)
    number = slide.shapes.add_textbox(*map(Inches, (_MARGIN_IN + _LINE_IN - 0.9, _FOOT_TOP_IN, 0.9, 0.42)))
    paragraph = number.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT
    write_run(paragraph, str(len(deck.slides)), story.lang, LEAST_PT, GREY)
    return slide


def _title(slide: Any, text: str, lang: str, box: Box, size: int) -> None:
    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = map(Inches, box)
    shape.text_frame.word_wrap = True
    shape.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    paragraph = shape.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT if runs_from_right(text) else PP_ALIGN.LEFT
    fits = next((s for s in range(size, 20, -2) if height_in([text], s, box[2]) <= box[3] + 0.15), 20)
    write_run(paragraph, text, lang, fits, INK, bold=True)


def _picture(slide: Any, drawing: Screen, alt: str, box: Box) -> None:
    left, top, width, height = box
    across, down = drawing.size_px
    scale = min(width / across, height / down)
    wide, high = across * scale, down * scale
    file = io.BytesIO(drawing.compact[0])
    shape = slide.shapes.add_picture(file, *map(Inches, (left + (width - wide) / 2, top, wide, high)))
    describe(shape, alt)


def _ratio(drawing: Screen) -> float:
    across, down = drawing.size_px
    return across / down


def _without_times(data: bytes, *, inner: bool = False) -> bytes:
    """The same archive, and those in it, with the date that zip files begin at in the place of now."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith(".xlsx"):  # the numbers of a chart
                part = _without_times(part, inner=True)
            elif inner and name == "docProps/core.xml":
                part = re.sub(rb"(<dcterms:(created|modified)[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", part)
            new.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()
