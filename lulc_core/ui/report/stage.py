"""The presentation: hands a story to the browser, which shows it slide by slide."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from lulc_core.language.spaces import bound
from lulc_core.language.words import Words
from lulc_core.ui import media

if TYPE_CHECKING:
    from lulc_core.report.documents.swipe import SwipeSide
    from lulc_core.report.story.frames import Frame
    from lulc_core.report.story.slide import Story

_HERE = Path(__file__).parent
_WORDS = ("slide", "previous", "next", "full", "notes", "keys", "divider", "drag")
_WIDE = 2.0
"""A picture of this ratio of width to height, or more, stands under its sentences, others beside them."""


Publish = Callable[[bytes, str, str], str]
"""Puts a file where the browser finds it: content, media type, name; gives its address."""


def show_stage(story: Story, sides: tuple[SwipeSide, SwipeSide] | None, words: Words) -> None:
    """Shows a story; its slide stays where it is when words or edits change.

    Args:
        story: with the user's edits.
        sides: both dates, for the divider after the map of what changed; None for a result of one date.
        words: the language of the story.
    """
    # Registered on every run: a component that was registered outside of one is not found.
    component = st.components.v2.component(
        "lulc_stage",
        html="<div class='stage' tabindex='-1'></div>",
        css=(_HERE / "report_stage.css").read_text(encoding="utf-8"),
        js=(_HERE / "report_stage.js").read_text(encoding="utf-8"),
    )
    component(key="stage", data=stage_data(story, sides, words, media.publish))


def stage_data(
    story: Story, sides: tuple[SwipeSide, SwipeSide] | None, words: Words, publish: Publish
) -> dict[str, Any]:
    """Make what the browser shows: frames with their texts, and addresses of their pictures.

    Args:
        story: with the user's edits.
        sides: both dates, or None.
        words: the language of the story.
        publish: puts pictures where the browser finds them.
    """
    from lulc_core.report.story.frames import frames

    shown = [_frame(f, sides, publish) for f in frames(story, swipe=sides is not None)]
    data: dict[str, Any] = {
        "lang": story.lang,
        "banner": story.banner,
        "attribution": story.attribution,
        "frames": _held(shown),
        "words": {name: words.translate(f"stage.{name}") for name in _WORDS},
    }
    data["words"]["of"] = words.translate("stage.of", at="{at}", all="{all}")  # the browser counts
    data["version"] = hashlib.sha256(repr(data).encode()).hexdigest()[:16]
    return data


def _frame(frame: Frame, sides: tuple[SwipeSide, SwipeSide] | None, publish: Publish) -> dict[str, Any]:
    from lulc_core.report.documents.charts import screen_chart

    slide, picture, swipe, layout = frame.slide, None, None, "words"
    if frame.shows == "swipe" and sides is not None:
        swipe, layout = _swipe(sides, publish), "beside"
    elif frame.shows:
        bars = frame.shows == "chart" and slide.chart is not None
        drawing = screen_chart(slide.chart) if bars and slide.chart else slide.screen
        if drawing is not None:
            alt, caption = (slide.chart_alt, "") if bars else (slide.picture_alt, slide.caption)
            url = publish(*drawing.compact, f"stage-{frame.key}")
            picture = {"url": url, "alt": alt, "caption": caption}
            width, height = drawing.size_px
            layout = "cover" if slide.key == "title" else "below" if width > _WIDE * height else "beside"
    first = frame.key == slide.key
    tables = [t for t in (slide.table, slide.detail_table) if t is not None] if first or frame.shows == "chart" else []
    return {
        "key": frame.key,
        "layout": layout,
        "over": slide.over,
        "title": slide.title,
        "lines": list(frame.lines),
        "care": frame.care,
        "comment": frame.comment,
        "picture": picture,
        "swipe": swipe,
        "notes": list(frame.notes),
        "tables": [{**asdict(t), "numeric": t.numeric} for t in tables],
    }


def _held(value: Any) -> Any:
    """Every text of a frame with its numbers and dates held together."""
    if isinstance(value, dict):
        return {k: v if k in ("url", "key", "layout") else _held(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_held(v) for v in value]
    return bound(value) if isinstance(value, str) else value


def _swipe(sides: tuple[SwipeSide, SwipeSide], publish: Publish) -> list[dict[str, Any]]:
    return [
        {"url": publish(s.picture, "image/jpeg", f"stage-side-{k}"), "label": s.label, "ratio": s.ratio}
        for k, s in enumerate(sides)
    ]
