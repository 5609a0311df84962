"""A story as a deck: what stands on each slide of a screen or of a PowerPoint file, and what its speaker has at hand.

A slide of the story has one message; where it has a map and bars, each gets a frame of its own. A frame shows two
sentences at most, one of which is what makes the whole doubtful, where something does. Everything else is a note.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lulc_core.report.story.slide import Slide, Story

SENTENCES = 2
"""On a frame at most."""
MAX_COMMENT = 300
"""Characters of a comment that a frame shows; a longer one is a note."""


@dataclass(frozen=True)
class Frame:
    """One slide of a deck."""

    slide: Slide
    """What it is of."""
    shows: Literal["", "picture", "chart", "swipe"]
    lines: tuple[str, ...]
    care: str
    """An amber sentence; empty for none."""
    comment: str
    notes: tuple[str, ...]
    """For the speaker: all further sentences."""

    @property
    def key(self) -> str:
        """Tell it from the others: ``land``, ``land-chart``."""
        first = self.shows == "picture" or (self.shows == "chart" and self.slide.picture is None) or not self.shows
        return self.slide.key if first else f"{self.slide.key}-{self.shows}"


def frames(story: Story, *, swipe: bool = False) -> tuple[Frame, ...]:
    """Lay a story out on frames.

    Args:
        story: with the user's edits.
        swipe: whether the divider over both dates can be shown, after the map of what changed.
    """
    found: list[Frame] = []
    for slide in story.slides:
        found += _frames_of(slide, swipe=swipe and slide.key == "change")
    return tuple(found)


def _frames_of(slide: Slide, *, swipe: bool) -> list[Frame]:
    whole = [slide.comment] if len(slide.comment) > MAX_COMMENT else []
    first = SENTENCES - bool(slide.care)
    said, rest = slide.lines[:first], slide.lines[first:]
    kind: Literal["", "picture", "chart"] = "picture" if slide.picture else "chart" if slide.chart else ""
    more: list[Frame] = []
    if swipe:
        more.append(Frame(slide, "swipe", (), "", "", slide.lines))
    if slide.chart is not None and kind == "picture":
        caption = tuple(c for c in (slide.chart_caption,) if c)
        more.append(Frame(slide, "chart", rest[:SENTENCES], "", "", (*caption, *rest[SENTENCES:])))
        rest = ()
    caption = tuple(c for c in (slide.caption, slide.chart_caption if kind == "chart" else "") if c)
    notes = (*rest, *slide.cautions, *caption, *slide.details, *whole)
    return [Frame(slide, kind, said, slide.care, "" if whole else slide.comment, notes), *more]
