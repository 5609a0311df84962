"""A result from beginning to end: where, when, the land, what changed, how sure, what it cannot tell, sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from lulc_core.analysis.accuracy.olofsson import UserCheck
from lulc_core.domain.errors import InputError
from lulc_core.domain.progress import Cancelled, Progress, stopping_progress
from lulc_core.export.bundle import Bundle
from lulc_core.language.words import Words
from lulc_core.render.sheet.map_sheet import attribution_words
from lulc_core.report.story.area import when, where
from lulc_core.report.story.change import change, places
from lulc_core.report.story.check import checked
from lulc_core.report.story.context import ReportContext, report_context
from lulc_core.report.story.land import land
from lulc_core.report.story.slide import KEYS, TITLE_CHARACTERS, Edits, Slide, Story
from lulc_core.report.story.sure import limits, sources, sure
from lulc_core.report.story.title import PLACE, cover, named_titles, place_of, title_of

MAX_TEXT = 20_000
"""Characters of one title or comment; a report is no book."""
NO_EDITS = Edits()

_PARTS: tuple[tuple[str, Callable[[ReportContext], Slide | tuple[Slide, ...] | None]], ...] = (
    ("title", cover),
    ("check", checked),  # what its user found leads; the map after it is named as the network's
    ("change", change),
    ("place", places),
    ("land", land),
    ("where", where),
    ("when", when),
    ("sure", sure),
    ("limits", limits),
    ("sources", sources),
)
_BEFORE_CHECK = ("title", "change", "place")
_PARTS_OF_COMPARISON = (
    *(part for part in _PARTS if part[0] in _BEFORE_CHECK),  # a check is of the land of the later date only
    *(part for part in _PARTS if part[0] not in _BEFORE_CHECK),
)


def build_story(
    bundle: Bundle,
    words: Words,
    *,
    edits: Edits = NO_EDITS,
    evaluation: Mapping[str, Any] | None = None,
    corine: bool = False,
    check: UserCheck | None = None,
    on_progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Story:
    """Make the slides of a map or of a comparison.

    Args:
        bundle: the result.
        words: the reader's language.
        edits: titles and comments of the user, and the choice of slides.
        evaluation: the content of the network's ``.evaluation.json``; it is used only if it is about the weights that
            made the result, and else how often the network errs is said to be unknown.
        corine: the colours that CORINE readers expect.
        check: the user's own check of the last date's map; it becomes a slide of its own.
        on_progress, cancelled: see ``domain.progress``.

    Raises:
        InputError: an unknown slide, an empty choice, a title or comment beyond 20,000 characters, a check of another
            map.
        FileFormatError: the evaluation is damaged.
        CancelledError: ``cancelled()`` said so.
    """
    wanted = _wanted(edits)
    report = stopping_progress(on_progress, cancelled)
    context = report_context(bundle, words, evaluation, corine=corine, check=check)
    slides: list[Slide] = []
    parts = _PARTS if bundle.before is None else _PARTS_OF_COMPARISON
    for i, (name, part) in enumerate(parts):
        report(i / len(parts), words.translate("step.story"))
        if not any(key == name or key.startswith(f"{name}_") for key in wanted):
            continue
        made = part(context)
        slides += [] if made is None else [made] if isinstance(made, Slide) else made
    shown = _shown(slides, wanted, available(bundle))
    report(1.0, words.translate("step.done"))
    story = Story(
        title_of(context),
        shown,
        words.tag,
        bundle.simulated,
        words.translate("attribution.simulated") if bundle.simulated else "",
        attribution_words([d.acquisition for d in bundle.dates], words),
        max(d.acquisition.datetime for d in bundle.dates),
        _summary(shown),
        place_of(context),
        named_titles(context),
    )
    return with_edits(story, edits)


def with_edits(story: Story, edits: Edits) -> Story:
    """Put the user's titles, comments and choice into a story, without drawing anything again.

    Args:
        story: made without edits, or with the same choice of slides.
        edits: titles, comments, choice; an empty title is the one the story came with.

    Raises:
        InputError: an unknown slide, an empty choice, a title or comment beyond 20,000 characters.
    """
    wanted, place = _wanted(edits), " ".join(edits.place.split())
    if place:
        titles = {key: form.replace(PLACE, place) for key, form in story.named.items()}
        renamed = tuple(replace(s, title=titles.get(s.key, s.title)) for s in story.slides)
        story = replace(story, title=titles[""], slides=renamed, place=place)
    shown = tuple(_edited(s, edits) for s in _shown(story.slides, wanted, [s.key for s in story.slides]))
    title, whole = _cut(edits.title.strip() or story.title)
    if edits.title.strip() and not edits.titles.get("title", "").strip():
        shown = tuple(replace(s, title=title) if s.key == "title" else s for s in shown)
    if whole:
        first = shown[0]
        shown = (replace(first, comment=f"{whole}\n\n{first.comment}".strip()), *shown[1:])
    return replace(story, title=title, slides=shown)


def available(bundle: Bundle) -> tuple[str, ...]:
    """List the keys of the slides of a result: one date has no change and no places, a check is the user's."""
    keys = tuple(k for k in KEYS if k != "check")
    if bundle.before is not None:
        return keys
    return tuple(k for k in keys if k != "change" and not k.startswith("place_"))


def _wanted(edits: Edits) -> tuple[str, ...]:
    chosen = KEYS if edits.chosen is None else edits.chosen
    unknown = [k for k in (*chosen, *edits.titles, *edits.comments) if k not in KEYS]
    if unknown:
        raise InputError(f"There is no slide {unknown[0]!r}; there are {', '.join(KEYS)}.")
    if not chosen:
        raise InputError("No slide is chosen.", hint=f"Choose at least one of {', '.join(KEYS)}.")
    for text in (edits.title, edits.place, *edits.titles.values(), *edits.comments.values()):
        if len(text) > MAX_TEXT:
            raise InputError(
                f"A text has {len(text):,} characters; at most {MAX_TEXT:,} are allowed.", hint="Shorten it."
            )
    return tuple(chosen)


def _shown(slides: Sequence[Slide], wanted: Sequence[str], there: Sequence[str]) -> tuple[Slide, ...]:
    shown = tuple(s for s in slides if s.key in wanted)
    if not shown:
        raise InputError("None of the chosen slides belongs to this result.", hint=f"Choose among {', '.join(there)}.")
    return shown


def _edited(slide: Slide, edits: Edits) -> Slide:
    title, whole = _cut(edits.titles.get(slide.key, "").strip() or slide.title)
    comment = edits.comments.get(slide.key, "").strip()
    return replace(slide, title=title, comment=f"{whole}\n\n{comment}".strip())


def _cut(title: str) -> tuple[str, str]:
    """A title that fits over a page, and the whole of it where it had to be cut."""
    line = " ".join(re.split(r"[ \t\r\n]+", title.strip()))
    if len(line) <= TITLE_CHARACTERS:
        return line, ""
    short = line[: TITLE_CHARACTERS - 1]
    words, _, _ = short.rpartition(" ")
    return f"{words if len(words) > TITLE_CHARACTERS // 2 else short}…", title


def _summary(slides: tuple[Slide, ...]) -> tuple[str, ...]:
    """The message of the title slide, and the first sentences of what matters most."""
    lines: list[str] = []
    compared = any(s.key == "change" for s in slides)
    wanted = {"title": 2, "check": 1, "change": 2, "place_1": 1, "land": 1 if compared else 2, "sure": 1}
    for key, n in wanted.items():
        found = next((s for s in slides if s.key == key), None)
        if found is not None and not (key == "sure" and any(s.key == "check" for s in slides)):
            lines += [*found.lines[:n], *(() if compared and key == "land" else found.cautions)]
    return tuple(dict.fromkeys(lines))
