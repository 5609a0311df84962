"""A story as PDF: A4, real text, bookmarks, language, descriptions of pictures. Made without a browser.

The order: what it says in short, the slides one after the other, limits and sources on one page, and at the end what
specialists ask for. The same story gives the same bytes.
"""

from __future__ import annotations

from contextlib import closing

from lulc_core.domain.progress import Cancelled, Progress, progress_of_part, stopping_progress
from lulc_core.language.words import Words
from lulc_core.render.sheet.drawing import Drawing
from lulc_core.report.documents.charts import draw_chart
from lulc_core.report.documents.pdf_page import BAR, GREY, MARGIN_MM, PALE, WIDTH_MM, Page
from lulc_core.report.story.slide import Slide, Story

_TEXT_PT, _SMALL_PT, _HEAD_PT, _TITLE_PT = 10.5, 8.5, 15.0, 24.0
_AFTER_MM = 4.0
"""Under a slide."""
_LEAST_PICTURE = 0.72
"""A picture is made smaller down to this part of the page's width before it goes to the next page."""
_LEAST_MAP_MM, _LEAST_FRONT_MM = 60.0, 70.0
"""Height of a picture under much text, and of the one on the first page, which else goes to the next."""
_SMALL_PTS = (8.5, 8.0, 7.5, 7.0)
"""Letters for specialists: the largest that leaves no few lines alone on the last page."""
_TABLE_PTS = (9.0, 8.5, 8.0)
_TABLE_PT = _TABLE_PTS[0]
"""Letters of tables; smaller ones where a table then stays with what it is about."""
_ROOM_FOR_MORE = 0.35
"""Part of a page that must be left for what specialists ask to begin on it."""
_LEAST_LAST_MM = 75.0
"""Lowest end of the text on the last page, from its upper edge."""
_CHART_MM = 140.0
"""Width of bars: their letters are those of the page."""
_AMBER, _AMBER_EDGE, _DOUBT_GAP_MM = (253, 240, 211), (217, 139, 0), 3.0
_TOGETHER = ("limits", "sources")
"""On one page of their own: method and limits."""


def to_pdf(story: Story, on_progress: Progress | None = None, cancelled: Cancelled | None = None) -> bytes:
    """Write the story on A4 pages.

    Args:
        story: of ``report.story.build_story``.
        on_progress, cancelled: see ``domain.progress``.

    Raises:
        CancelledError: ``cancelled()`` is true.
    """
    step, words = stopping_progress(on_progress, cancelled), Words(story.lang)
    data = b""
    for k, small_pt in enumerate(_SMALL_PTS):
        part = progress_of_part(step, k, len(_SMALL_PTS))
        with closing(Page(story, words)) as page:
            data = _written(page, story, part, small_pt)
            # A few lines alone on the last page: once more, with slightly smaller letters for specialists.
            if page.page_no() == 1 or page.ended_mm > _LEAST_LAST_MM:
                break
    step(1.0, words.translate("step.done"))
    return data


def _written(page: Page, story: Story, step: Progress, small_pt: float) -> bytes:
    """Write everything on a new document."""
    words, slides = page.words, list(story.slides)
    page.add_page()
    page.start_section(page.shown(story.title), level=0)
    first = slides.pop(0) if slides[0].key == "title" else None
    _front(page, story, first)
    together = [s for s in slides if s.key in _TOGETHER]
    for i, slide in enumerate(slides):
        step(i / (len(slides) + 1), words.translate("step.page", title=slide.title))
        if slide in together:
            needed = sum(_text_height(page, s) + _AFTER_MM for s in together)
            if slide is together[0] and needed > page.room_mm and page.get_y() > page.t_margin + 1:
                page.add_page()
        _slide(page, slide)
    _specialists(page, story, small_pt)
    if page.boxes:
        page.write_text(words.translate("doc.boxes"), _SMALL_PT, color=GREY)
    page.ended_mm = page.get_y()
    return bytes(page.output())


def _front(page: Page, story: Story, first: Slide | None) -> None:
    """The first page: what this is, the place, the message and the rest in short, and how the ground looks."""
    words = page.words
    if story.simulated:
        page.write_text(story.banner, _TEXT_PT, bold=True, color=(160, 30, 30))
    if first is None:
        page.write_text(story.title, _TITLE_PT, bold=True, gap_mm=3)
    else:
        page.start_section(page.shown(first.title), level=1)
        page.write_text(first.over, _TEXT_PT + 1, color=GREY, gap_mm=1)
        page.write_text(first.title, _TITLE_PT, bold=True, gap_mm=3)
    message = first.lines if first is not None else ()
    for line in message:
        page.write_text(line, _TEXT_PT + 2, gap_mm=1.8)
    cautions = first.cautions if first is not None else ()
    for doubt in cautions:
        _doubt(page, doubt)
    if first is not None and first.comment:
        _comment(page, first.comment)
    rest = [line for line in story.summary if line not in message and line not in cautions]
    if rest:
        page.set_y(page.get_y() + 1)
        page.write_text(words.translate("doc.summary"), _TEXT_PT, bold=True, color=GREY, gap_mm=1)
        for line in rest:
            page.write_text(line, _TEXT_PT, gap_mm=1.5)
        page.set_y(page.get_y() + 2)
    if first is not None and first.picture is not None:
        width, height = _fitted(first.picture, page.room_mm - 4)
        if height < _LEAST_FRONT_MM:
            page.add_page()
            width, height = _fitted(first.picture, page.full_mm * 0.6)
        page.picture(first.picture, first.picture_alt, width, height)
        page.add_page()


def _slide(page: Page, slide: Slide) -> None:
    """Heading, sentences, map and bars stay on one page: the map is as wide as the page, or gives way a little."""
    text = _text_height(page, slide)
    chart = None if slide.chart is None else draw_chart(slide.chart)
    caption = page.height_of(slide.caption, _SMALL_PT) + 5.5 if slide.caption and slide.picture else 0.0
    bars = 0.0 if chart is None else _chart_size(chart)[1] + page.height_of(slide.chart_caption, _SMALL_PT) + 5.5
    width, height = _fitted(slide.picture, page.full_mm)
    fixed = text + caption + bars
    table = 0.0 if slide.table is None else page.table_height(slide.table, _TABLE_PT)
    if height and fixed + _LEAST_PICTURE * height + table <= page.full_mm:
        fixed += table  # on the page of its map
    fresh = page.get_y() < page.t_margin + 1
    # On a page that has begun it may shrink a little, on a page of its own as far as it must.
    least = min(_LEAST_PICTURE * height, page.full_mm - fixed)
    if fixed + least > page.room_mm and not fresh and (height or bars or fixed > page.room_mm):
        page.add_page()
    if height and fixed + height > page.room_mm:
        shrunk = max(page.room_mm - fixed, min(_LEAST_MAP_MM, height))
        width, height = width * shrunk / height, shrunk
    page.start_section(page.shown(slide.title), level=1)
    page.write_text(slide.title, _HEAD_PT, bold=True, gap_mm=2.5)
    for i, line in enumerate(slide.lines):
        page.write_text(line, _TEXT_PT, gap_mm=1.8)
        for doubt in slide.cautions if i == 0 else ():
            _doubt(page, doubt)
    page.set_y(page.get_y() + 1)
    if slide.picture is not None:
        if height > page.room_mm:
            page.add_page()
        page.picture(slide.picture, slide.picture_alt, width, height)
        page.write_text(slide.caption, _SMALL_PT, color=GREY, gap_mm=4)
    if chart is not None:
        wide, high = _chart_size(chart)
        if high + 8 > page.room_mm:
            page.add_page()
        page.picture(chart, slide.chart_alt, wide, high)
        page.write_text(slide.chart_caption, _SMALL_PT, color=GREY, gap_mm=4)
    if slide.table is not None:
        size = next((s for s in _TABLE_PTS if page.table_height(slide.table, s) <= page.room_mm), _TABLE_PT)
        if table > page.room_mm and size == _TABLE_PT and table < page.full_mm:
            page.add_page()
        page.write_table(slide.table, size)
    if slide.comment:
        _comment(page, slide.comment)
    page.set_y(page.get_y() + _AFTER_MM)


def _text_height(page: Page, slide: Slide) -> float:
    """Heading and sentences, mm."""
    heading = page.height_of(slide.title, _HEAD_PT, bold=True) + 2.5
    heading += sum(page.height_of(line, _TEXT_PT, width_mm=WIDTH_MM - 4) + _DOUBT_GAP_MM for line in slide.cautions)
    return heading + sum(page.height_of(line, _TEXT_PT) + 1.8 for line in slide.lines) + 1


def _doubt(page: Page, text: str) -> None:
    """An amber note: what makes the whole doubtful."""
    page.set_y(page.get_y() + 0.6)
    high = page.height_of(text, _TEXT_PT, width_mm=WIDTH_MM - 4)
    page.set_fill_color(*_AMBER)
    page.rect(MARGIN_MM, page.get_y() - 0.6, WIDTH_MM, high + 1.2, style="F")
    page.set_fill_color(*_AMBER_EDGE)
    page.rect(MARGIN_MM, page.get_y() - 0.6, 1, high + 1.2, style="F")
    page.write_text(text, _TEXT_PT, gap_mm=_DOUBT_GAP_MM, x_mm=MARGIN_MM + 2.5, width_mm=WIDTH_MM - 4)
    page.set_fill_color(*PALE)  # else the next table takes the amber one


def _comment(page: Page, text: str) -> None:
    """What the user wrote, with a bar at its side; it may run over pages."""
    if page.room_mm < 18:
        page.add_page()
    left, heading = MARGIN_MM + 4, page.words.translate("doc.comment")
    page.write_text(heading, _SMALL_PT, bold=True, color=GREY, gap_mm=0.5, x_mm=left)
    for paragraph in text.split("\n"):
        if not paragraph.strip():
            page.set_y(page.get_y() + 2)
            continue
        top, number = page.get_y(), page.page_no()
        page.write_text(paragraph, _TEXT_PT, gap_mm=0.8, x_mm=left, width_mm=WIDTH_MM - 4)
        if page.page_no() == number:
            page.set_draw_color(*BAR)
            page.set_line_width(0.8)
            page.line(MARGIN_MM + 1, top, MARGIN_MM + 1, page.get_y())
            page.set_line_width(0.2)
    page.set_y(page.get_y() + 3)


def _specialists(page: Page, story: Story, small_pt: float) -> None:
    """What is one click below on a screen."""
    shown = [s for s in story.slides if s.details or s.detail_table is not None]
    if not shown:
        return
    heading = page.words.translate("doc.specialists")
    begin = page.height_of(heading, _TITLE_PT * 0.85, bold=True) + 3 + _needed(page, shown[0], small_pt)
    if page.room_mm < max(_ROOM_FOR_MORE * page.full_mm, begin):
        page.add_page()
    page.start_section(page.shown(heading), level=0)
    page.write_text(heading, _TITLE_PT * 0.85, bold=True, gap_mm=3)
    for slide in shown:
        if page.room_mm < _needed(page, slide, small_pt):
            page.add_page()
        page.start_section(page.shown(slide.title), level=1)
        page.write_text(slide.title, small_pt + 2.5, bold=True, gap_mm=1.2)
        for line in slide.details:
            page.write_text(line, small_pt, gap_mm=0.8)
        if slide.detail_table is not None:
            page.set_y(page.get_y() + 1)
            if page.table_height(slide.detail_table, small_pt - 0.5) > page.room_mm:
                page.add_page()
            page.write_table(slide.detail_table, small_pt - 0.5)
        page.set_y(page.get_y() + small_pt - 5.5)


def _needed(page: Page, slide: Slide, small_pt: float) -> float:
    """Height that must be left for the details of a slide to begin: a heading needs lines under it, a table all, mm."""
    whole = page.height_of(slide.title, small_pt + 2.5, bold=True) + 2
    whole += sum(page.height_of(line, small_pt) + 0.8 for line in slide.details)
    if slide.detail_table is None:
        return min(whole, 30)
    whole += page.table_height(slide.detail_table, small_pt - 0.5) + 2
    return whole if whole <= page.full_mm else 30


def _chart_size(drawing: Drawing) -> tuple[float, float]:
    wide, high = drawing.size_px
    return _CHART_MM, _CHART_MM * high / wide


def _fitted(drawing: Drawing | None, most_mm: float) -> tuple[float, float]:
    """Width and height of a picture: the whole line, or less where that would be too high, mm."""
    if drawing is None:
        return 0.0, 0.0
    width, height = drawing.size_px
    scale = min(WIDTH_MM / width, most_mm / height)
    return width * scale, height * scale
