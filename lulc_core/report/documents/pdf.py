"""A story as PDF: A4, real text, bookmarks, language, descriptions of pictures. Made without a browser.

The order: what it says in short, the slides one after the other, limits and sources on one page, and at the end what
specialists ask for. The same story gives the same bytes.
"""

from __future__ import annotations

from contextlib import closing

from lulc_core.domain.progress import Cancelled, Progress, stopping_progress
from lulc_core.language.words import Words
from lulc_core.render.sheet.drawing import Drawing
from lulc_core.report.documents.pdf_page import BAR, GREY, MARGIN_MM, WIDTH_MM, Page
from lulc_core.report.story.slide import Slide, Story

_TEXT_PT, _SMALL_PT, _HEAD_PT, _TITLE_PT = 10.5, 8.5, 15.0, 21.0
_AFTER_MM = 4.0
"""Under a slide."""
_LEAST_PICTURE = 0.62
"""A picture is made smaller down to this part of its size before it goes to the next page."""
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
    with closing(Page(story, Words(story.lang))) as page:
        return _written(page, story, stopping_progress(on_progress, cancelled))


def _written(page: Page, story: Story, step: Progress) -> bytes:
    """Write everything on a new document."""
    words = page.words
    page.add_page()
    page.start_section(page.shown(story.title), level=0)
    page.write_text(story.title, _TITLE_PT, bold=True, gap_mm=3)
    if story.simulated:
        page.write_text(story.banner, _TEXT_PT, bold=True, color=(160, 30, 30))
    if story.summary:
        page.write_text(words.translate("doc.summary"), _TEXT_PT, bold=True, color=GREY, gap_mm=1)
        for line in story.summary:
            page.write_text(line, _TEXT_PT, gap_mm=1.5)
        page.set_y(page.get_y() + 2)
    together = [s for s in story.slides if s.key in _TOGETHER]
    for i, slide in enumerate(story.slides):
        step(i / (len(story.slides) + 1), words.translate("step.page", title=slide.title))
        if slide in together:
            needed = sum(_text_height(page, s) + _AFTER_MM for s in together)
            if slide is together[0] and needed > page.room_mm and page.get_y() > page.t_margin + 1:
                page.add_page()
        _slide(page, slide)
    _specialists(page, story)
    if page.boxes:
        page.write_text(words.translate("doc.boxes"), _SMALL_PT, color=GREY)
    data = bytes(page.output())
    step(1.0, words.translate("step.done"))
    return data


def _slide(page: Page, slide: Slide) -> None:
    """Heading and sentences stay with the picture; the picture gives way a little before the page is turned."""
    text = _text_height(page, slide)
    width, height = _fitted(slide.picture, page.full_mm * 0.55)
    caption = page.height_of(slide.caption, _SMALL_PT) + 5 if slide.caption and slide.picture else 0.0
    if slide.picture is None and slide.chart is not None:  # then the chart is what the sentences are about
        caption = _chart_size(slide.chart)[1] + page.height_of(slide.chart_caption, _SMALL_PT) + 6
    fixed = text + caption
    if fixed + height > page.room_mm:
        shrunk = page.room_mm - fixed
        if height and shrunk >= _LEAST_PICTURE * height:
            width, height = width * shrunk / height, shrunk
        elif page.get_y() > page.t_margin + 1 and (slide.picture or slide.chart or fixed > page.room_mm):
            page.add_page()
            if height and fixed + height > page.room_mm and page.room_mm > fixed + 40:
                width, height = width * (page.room_mm - fixed) / height, page.room_mm - fixed
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
    if slide.chart is not None:
        wide, high = _chart_size(slide.chart)
        if high + 8 > page.room_mm:
            page.add_page()
        page.picture(slide.chart, slide.chart_alt, wide, high)
        page.write_text(slide.chart_caption, _SMALL_PT, color=GREY, gap_mm=4)
    if slide.table is not None:
        if page.table_height(slide.table, 9) > page.room_mm and page.table_height(slide.table, 9) < page.full_mm:
            page.add_page()
        page.write_table(slide.table)
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


def _specialists(page: Page, story: Story) -> None:
    """What is one click below on a screen."""
    shown = [s for s in story.slides if s.details or s.detail_table is not None]
    if not shown:
        return
    page.add_page()
    heading = page.words.translate("doc.specialists")
    page.start_section(page.shown(heading), level=0)
    page.write_text(heading, _TITLE_PT * 0.85, bold=True, gap_mm=3)
    for slide in shown:
        whole = page.height_of(slide.title, 11, bold=True) + 2
        whole += sum(page.height_of(line, _SMALL_PT) + 0.8 for line in slide.details)
        if slide.detail_table is not None:
            whole += page.table_height(slide.detail_table, 8) + 2
        # A heading needs at least some of its lines under it, a table its heading over it.
        if page.room_mm < (whole if slide.detail_table is not None and whole <= page.full_mm else min(whole, 30)):
            page.add_page()
        page.start_section(page.shown(slide.title), level=1)
        page.write_text(slide.title, 11, bold=True, gap_mm=1.2)
        for line in slide.details:
            page.write_text(line, _SMALL_PT, gap_mm=0.8)
        if slide.detail_table is not None:
            page.set_y(page.get_y() + 1)
            if page.table_height(slide.detail_table, 8) > page.room_mm:
                page.add_page()
            page.write_table(slide.detail_table, 8)
        page.set_y(page.get_y() + 3)
    page.write_text(story.attribution, _SMALL_PT, color=GREY)


def _chart_size(drawing: Drawing) -> tuple[float, float]:
    wide, high = _fitted(drawing, 95)
    return wide * 0.82, high * 0.82


def _fitted(drawing: Drawing | None, most_mm: float) -> tuple[float, float]:
    """Width and height of a picture: the whole line, or less where that would be too high, mm."""
    if drawing is None:
        return 0.0, 0.0
    width, height = drawing.size_px
    scale = min(WIDTH_MM / width, most_mm / height)
    return width * scale, height * scale
