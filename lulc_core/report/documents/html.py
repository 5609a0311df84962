"""A story as one HTML file that needs nothing else: no network, no script, pictures inside.

It reads in a light and in a dark theme, prints without its colours, and has a table for everything that a picture
shows. The templates escape all text of the result and of the user.
"""

from __future__ import annotations

import base64
from pathlib import Path

from markupsafe import Markup

from lulc_core.domain.progress import Cancelled, Progress, stopping_progress
from lulc_core.language.spaces import bound
from lulc_core.language.words import Words
from lulc_core.render.html_table import environment, html_table
from lulc_core.render.sheet.drawing import Drawing
from lulc_core.report.documents.charts import draw_chart
from lulc_core.report.story.slide import Story, Table

_TEMPLATES = Path(__file__).parent / "templates"


def to_html(story: Story, on_progress: Progress | None = None, cancelled: Cancelled | None = None) -> bytes:
    """Write the story as one file, UTF-8. The same story gives the same bytes.

    Args:
        story: of ``report.story.build_story``.
        on_progress, cancelled: see ``domain.progress``.

    Raises:
        CancelledError: ``cancelled()`` is true.
    """
    step, words = stopping_progress(on_progress, cancelled), Words(story.lang)
    templates = environment(_TEMPLATES)
    templates.filters["bound"] = bound
    section = templates.get_template("section.html")
    sections = []
    first = story.slides[0] if story.slides[0].key == "title" else None
    slides = [s for s in story.slides if s is not first]
    for i, slide in enumerate(slides):
        step(i / (len(slides) + 1), words.translate("step.page", title=slide.title))
        chart = None if slide.chart is None else draw_chart(slide.chart)
        tools = {"translate": words.translate, "data_url": _data_url, "table": _table}
        sections.append(section.render(slide=slide, chart=chart, **tools))
    css = (_TEMPLATES / "page.css").read_text("utf-8")
    page = templates.get_template("page.html").render(
        story=story, first=first, slides=slides, sections=sections, css=css, translate=words.translate
    )
    step(1.0, words.translate("step.done"))
    return page.encode()


def _data_url(drawing: Drawing) -> Markup:
    picture, kind = drawing.compact
    # Base64 needs no escaping, and has millions of characters.
    return Markup(f"data:{kind};base64,{base64.b64encode(picture).decode('ascii')}")


def _table(table: Table) -> Markup:
    classes = tuple("n" if right else "" for right in table.numeric)
    rows = tuple(tuple(map(bound, row)) for row in table.rows)
    return html_table(
        bound(table.caption), tuple(map(bound, table.header)), rows, classes=classes, css="", wrapper="scroll"
    )
