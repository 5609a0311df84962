"""The presentation: hands a story to the browser, which shows it slide by slide."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from lulc_core.language.words import Words
from lulc_core.ui import media

if TYPE_CHECKING:
    from lulc_core.render.sheet.drawing import Drawing
    from lulc_core.report.documents.swipe import SwipeSide
    from lulc_core.report.story.slide import Slide, Story, Table

_HERE = Path(__file__).parent
_WORDS = ("slide", "previous", "next", "full", "table", "details", "divider", "drag")


def show_stage(story: Story, sides: tuple[SwipeSide, SwipeSide] | None, words: Words) -> None:
    """Shows a story; its slide stays where it is when words or edits change.

    Args:
        story: with the user's edits.
        sides: both dates, for the divider on the slide ``change``; None for a result of one date.
        words: the language of the story.
    """
    data: dict[str, Any] = {
        "lang": story.lang,
        "title": story.title,
        "banner": story.banner,
        "attribution": story.attribution,
        "slides": [_slide(s, sides if s.key == "change" else None) for s in story.slides],
        "words": {name: words.translate(f"stage.{name}") for name in _WORDS},
    }
    data["words"]["of"] = words.translate("stage.of", at="{at}", all="{all}")  # the browser counts
    data["version"] = hashlib.sha256(repr(data).encode()).hexdigest()[:16]
    # Registered on every run: a component that was registered outside of one is not found.
    component = st.components.v2.component(
        "lulc_stage",
        html="<div class='stage' tabindex='-1'></div>",
        css=(_HERE / "report_stage.css").read_text(encoding="utf-8"),
        js=(_HERE / "report_stage.js").read_text(encoding="utf-8"),
    )
    component(key="stage", data=data)


def _slide(slide: Slide, sides: tuple[SwipeSide, SwipeSide] | None) -> dict[str, Any]:
    return {
        "key": slide.key,
        "title": slide.title,
        "cautions": list(slide.cautions),
        "lines": list(slide.lines),
        "comment": slide.comment,
        "picture": _picture(slide.picture, slide.picture_alt, slide.caption, f"stage-{slide.key}"),
        "chart": _picture(slide.chart, slide.chart_alt, slide.chart_caption, f"stage-{slide.key}-chart"),
        "table": _table(slide.table),
        "details": list(slide.details),
        "detail_table": _table(slide.detail_table),
        "swipe": None
        if sides is None
        else [
            {"url": media.publish(picture, "image/jpeg", f"stage-side-{k}"), "label": label}
            for k, (picture, label) in enumerate(sides)
        ],
    }


def _picture(drawing: Drawing | None, alt: str, caption: str, name: str) -> dict[str, str] | None:
    if drawing is None:
        return None
    return {"url": media.publish(drawing.png, "image/png", name), "alt": alt, "caption": caption}


def _table(table: Table | None) -> dict[str, Any] | None:
    return None if table is None else {**asdict(table), "numeric": table.numeric}
