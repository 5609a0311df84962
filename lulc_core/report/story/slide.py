"""What a story is made of. Text is plain text: it is escaped where it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from lulc_core.render.sheet.drawing import Drawing, Screen
from lulc_core.report.story.chart import Chart

PLACES = ("place_1", "place_2", "place_3")
KEYS = ("title", "check", "change", *PLACES, "land", "where", "when", "sure", "limits", "sources")
"""All slides there can be, in their order. A map of one date has no ``change`` and no ``place_``; ``check`` is there
once its user has checked the map."""
TITLE_CHARACTERS = 120
"""A longer title is cut here with an ellipsis; the whole of it then stands in front of the comment."""


@dataclass(frozen=True)
class Table:
    """A table as a reader sees it: text, in the reader's own form of numbers."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """Each as long as ``header``; the first cell names the row."""
    text_columns: int = 1
    """Columns of text, the first ones; the others are numbers, aligned to the right."""

    def __post_init__(self) -> None:
        if any(len(row) != len(self.header) for row in self.rows):
            raise ValueError("rows must be as long as the header")

    @property
    def numeric(self) -> tuple[bool, ...]:
        """For each column, True where it is aligned to the right."""
        return tuple(i >= self.text_columns for i in range(len(self.header)))


@dataclass(frozen=True)
class Slide:
    """One message: a few plain sentences, a picture, a table; and what a specialist asks for, apart."""

    key: str
    """One of KEYS."""
    title: str
    lines: tuple[str, ...]
    """Whole sentences, nothing specialist in them, the weightiest first: a screen shows two, paper all of them."""
    picture: Drawing | None = None
    """For paper; None where nothing is to be seen."""
    picture_alt: str = ""
    """What the picture shows, for those who do not see it."""
    caption: str = ""
    """Under the picture."""
    chart: Chart | None = None
    """Bars."""
    chart_alt: str = ""
    chart_caption: str = ""
    """Under the chart."""
    table: Table | None = None
    details: tuple[str, ...] = ()
    """Sentences and facts for specialists."""
    detail_table: Table | None = None
    """The table for specialists: probabilities of a place, the misclassification matrix."""
    cautions: tuple[str, ...] = ()
    """What makes the whole doubtful, for an amber note above the sentences."""
    screen: Screen | None = None
    """The picture for a slide: in its shape, with letters for the last row."""
    care: str = ""
    """The cautions in one sentence, for a screen."""
    over: str = ""
    """A short line over the title: what this is, and when."""
    comment: str = ""
    """What the user wrote; may have line breaks, may be in any script."""


@dataclass(frozen=True)
class Story:
    """A result as slides, from beginning to end."""

    title: str
    slides: tuple[Slide, ...]
    lang: str
    """BCP 47 tag for ``lang`` attributes: ``en-GB``, ``it-IT``."""
    simulated: bool
    banner: str
    """What must stand on every page and picture where ``simulated``; empty otherwise."""
    attribution: str
    """What must stand on every page: ``Contains modified Copernicus Sentinel data 2021``."""
    moment: datetime
    """Sensing time of the last date: the date that documents carry inside, so that equal stories are equal files."""
    summary: tuple[str, ...] = ()
    """The story in a few sentences of its slides."""
    place: str = ""
    """What the area is called; empty where nobody said it."""
    named: Mapping[str, str] = field(default_factory=dict)
    """Titles that hold the place, as ``{place}``: of the whole (``""``), and of slides by key."""

    def slide(self, key: str) -> Slide | None:
        """Find the slide of that key; None where the story has none."""
        return next((s for s in self.slides if s.key == key), None)


@dataclass(frozen=True)
class Edits:
    """What the user changed."""

    title: str = ""
    """Of the whole; empty for the one made from the result."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Title by slide key."""
    comments: Mapping[str, str] = field(default_factory=dict)
    """Comment by slide key."""
    chosen: tuple[str, ...] | None = None
    """Keys of the slides to show, which keep their order; None for all."""
    place: str = ""
    """What the area is called; empty for the name that it came with, if that is one that people use."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "titles", MappingProxyType(dict(self.titles)))
        object.__setattr__(self, "comments", MappingProxyType(dict(self.comments)))
