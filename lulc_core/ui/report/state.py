"""Where one user is on the Report page: which result, in which words, with which edits. No widgets in here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import streamlit as st
from cachetools import LRUCache

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import LulcError
from lulc_core.language.catalogue import LANGUAGES
from lulc_core.language.words import Words
from lulc_core.ui import jobs
from lulc_core.ui.errors import as_user_error
from lulc_core.ui.jobs import Job, JobSlot
from lulc_core.ui.panels.package import bundle_on_screen
from lulc_core.ui.report.check_state import Check

if TYPE_CHECKING:
    from lulc_core.analysis.accuracy.olofsson import UserCheck
    from lulc_core.domain.results import ClassifyResult
    from lulc_core.report.documents.swipe import SwipeSide
    from lulc_core.report.story.slide import Edits, Story

    Told = tuple[Story, tuple[SwipeSide, SwipeSide] | None]
    """A story without edits, and what only the screen shows of it: both dates, for the divider."""

_TOLD = 0.5
"""Part of the work after which a story is told and its slides are drawn."""
MAX_STORIES = 4
"""Told stories kept for a session, so that going back to a language does not build everything again."""


@dataclass(frozen=True)
class Choice:
    """A finished result that a report can be made of."""

    id: str
    kind: str
    """``map``, ``compare``, or ``region`` for a zone of a region."""
    result: Any
    """``ClassifyResult`` or ``CompareResult``; the ``Bundle`` of a region, which has no spectra and no check."""
    aoi: Aoi

    @property
    def place(self) -> str:
        """Return the name that the area came with, if it is one that people use."""
        from lulc_core.report.story.place import is_place_name

        return self.aoi.name if is_place_name(self.aoi.name) else ""

    @property
    def latest(self) -> ClassifyResult:
        """The map of the result, or of the later date."""
        return self.result if self.kind == "map" else self.result.after


@dataclass
class Making:
    """A document that is being made, or is ready."""

    key: tuple[Any, ...]
    """What it was made of; another key is another document."""
    ending: str
    job: Job[bytes]


@dataclass
class ReportState:
    """One session's Report page. Lives in ``st.session_state``; survives reruns and page changes."""

    lang: str = LANGUAGES[0]
    """That of the session, one of ``LANGUAGES``."""
    kind: str = ""
    """What the user chose where both a map and a comparison are there."""
    view: str = "present"
    """``present`` or ``check``."""
    corine: bool = False
    size_px: int = 2000
    """Width of the map as a picture."""
    edits: dict[str, Edits] = field(default_factory=dict)
    """By result."""
    kept_last: bool = False
    """True when the user took the last slide away, which stays."""
    slide: str = ""
    """Key of the slide whose words are edited."""
    telling: JobSlot[Told] = field(default_factory=JobSlot)
    asked: tuple[Any, ...] = ()
    told: LRUCache[tuple[Any, ...], Told] = field(default_factory=lambda: LRUCache(maxsize=MAX_STORIES))
    error: LulcError | None = None
    making: Making | None = None
    checks: dict[str, Check] = field(default_factory=dict)
    """The user's own check by result."""
    results: tuple[Choice, ...] = ()
    """Those of a tab that was closed or reloaded; results of this session come before them."""
    word: str = ""
    """Names this report in the address, see ``ui.report.kept``."""

    @property
    def words(self) -> Words:
        """Return the reader's words."""
        return Words(self.lang)

    def choices(self) -> tuple[Choice, ...]:
        """Return the finished results of this session: the comparison first, since it tells more."""
        found = []
        compared = getattr(st.session_state.get("compare"), "shown", None)
        if compared is not None:
            found.append(Choice(f"compare-{compared.id}", "compare", compared.result, compared.aoi))
        mapped = getattr(st.session_state.get("explore"), "shown", None)
        if mapped is not None:
            found.append(Choice(f"map-{mapped.request.id}", "map", mapped.result, mapped.aoi))
        kinds = {c.kind for c in found}
        return (*found, *(c for c in self.results if c.kind not in kinds))

    def choice(self) -> Choice | None:
        """Return the result that the report is about."""
        found = self.choices()
        return next((c for c in found if c.kind == self.kind), found[0] if found else None)

    def edits_of(self, choice: Choice) -> Edits:
        """Return what the user changed in the report of a result."""
        from lulc_core.report.story.slide import Edits

        return self.edits.get(choice.id, Edits())

    def edit(self, choice: Choice, **changes: Any) -> None:
        """Keep a change."""
        self.edits[choice.id] = replace(self.edits_of(choice), **changes)

    def unnamed(self, choice: Choice) -> bool:
        """Tell whether nobody has said yet what the area is called."""
        return not (choice.place or self.edits_of(choice).place)

    def check_of(self, choice: Choice) -> UserCheck | None:
        """Return the user's own check of a result, once it has answers enough for figures."""
        check = self.checks.get(choice.id)
        return None if check is None else check.finished(choice.latest.land_cover)

    # ---- the story ----

    def story(self, choice: Choice) -> Told | None:
        """Return the story of a result in the chosen language and colours; None while it is being told."""
        words, corine, check = self.words, self.corine, self.check_of(choice)
        key = (choice.id, words.key, corine, "" if check is None else check.key)
        if key in self.told:
            return self.told[key]
        if self.asked == key and (self.telling or self.error is not None):
            return None

        def work(on_progress: Any, cancelled: Any) -> Told:
            from lulc_core.model.model_files import files_beside
            from lulc_core.report.documents.charts import screen_chart
            from lulc_core.report.documents.swipe import swipe_sides
            from lulc_core.report.story.build import build_story

            bundle = bundle_on_screen(choice.result, choice.aoi)
            model = bundle.after.land_cover.model
            _, evaluation = files_beside(model.name, model.sha256)
            story = build_story(
                bundle, words, evaluation=evaluation, corine=corine, check=check,
                on_progress=lambda f, m: on_progress(_TOLD * f, m), cancelled=cancelled,
            )  # fmt: skip
            for k, slide in enumerate(story.slides):  # drawn here, and not while the page waits
                on_progress(
                    _TOLD + (1 - _TOLD) * k / len(story.slides), words.translate("step.picture", title=slide.title)
                )
                _ = slide.screen and slide.screen.compact
                _ = slide.chart and screen_chart(slide.chart).compact
            return story, swipe_sides(bundle, words) if bundle.before is not None else None

        self.asked, self.error = key, None
        self.telling.start(words.translate("step.story"), work, heavy=True)
        return None

    def poll_jobs(self) -> None:
        """Take in the report that has become ready."""
        job = self.telling.poll()
        if job is None:
            return
        if job.error is not None:
            self.error = as_user_error(job.error)
        elif not job.cancelled:
            self.told[self.asked] = job.result()

    # ---- documents ----

    def document_key(self, choice: Choice, ending: str) -> tuple[Any, ...]:
        """Return what a document depends on."""
        edits = self.edits_of(choice)
        texts = (edits.title, edits.place, tuple(edits.titles.items()), tuple(edits.comments.items()), edits.chosen)
        size = self.size_px if ending in (".png", ".zip") else 0
        check = None if ending == ".png" else self.check_of(choice)
        answers = "" if check is None else check.key
        return (choice.id, self.words.key, self.corine, ending, size, texts, answers)

    def make(self, choice: Choice, ending: str) -> None:
        """Start a document in the background; one at a time."""
        if self.making is not None:
            self.making.job.cancel()
        words, corine, edits, size_px = self.words, self.corine, self.edits_of(choice), self.size_px
        check = self.check_of(choice)

        def work(on_progress: Any, cancelled: Any) -> bytes:
            from lulc_core.model.model_files import files_beside
            from lulc_core.report.documents.write import document

            bundle = bundle_on_screen(choice.result, choice.aoi)
            model = bundle.after.land_cover.model
            card, evaluation = files_beside(model.name, model.sha256)
            return document(
                bundle, ending, words, edits=edits, evaluation=evaluation, card=card, corine=corine, check=check,
                size_px=size_px,
                on_progress=on_progress, cancelled=cancelled,
            )  # fmt: skip

        job = jobs.start(words.translate("step.story"), work, heavy=True)
        self.making = Making(self.document_key(choice, ending), ending, job)
