"""A story as one HTML file that needs nothing else: no network, no script, pictures inside.

It reads in a light and in a dark theme, prints without its colours, and has a table for everything that a picture
shows. The templates escape all text of the result and of the user.
"""

from __future__ import annotations

import base64
from pathlib import Path

from markupsafe import Markup

from lulc_core.domain.progress import Cancelled, Progress, stopping_progress
from lulc_core.language.words import Words
from lulc_core.render.html_table import environment, html_table
from lulc_core.render.sheet.drawing import Drawing
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
    section = templates.get_template("section.html")
    sections = []
    for i, slide in enumerate(story.slides):
        step(i / len(story.slides), words.translate("step.page", title=slide.title))
        sections.append(section.render(slide=slide, translate=words.translate, data_url=_data_url, table=_table))
    css = (_TEMPLATES / "page.css").read_text("utf-8")
    page = templates.get_template("page.html").render(
        story=story, sections=sections, css=css, translate=words.translate
    )
    step(1.0, words.translate("step.done"))
    return page.encode()


def _data_url(drawing: Drawing) -> Markup:
    picture, kind = drawing.compact
    # Base64 needs no escaping, and has millions of characters.
    return Markup(f"data:{kind};base64,{base64.b64encode(picture).decode('ascii')}")


def _table(table: Table) -> Markup:
    classes = tuple("n" if right else "" for right in table.numeric)
    return html_table(table.caption, table.header, table.rows, classes=classes, css="", wrapper="scroll")
