"""What one user does on the Model page, and the pictures of a EuroSAT copy. No widgets in here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import streamlit as st
from cachetools import LRUCache

from lulc_core.domain.errors import LulcError
from lulc_core.domain.evaluation import ClassifiedPatch
from lulc_core.eurosat_browser import EuroSatCopy, classify_part, copy_key, open_copy
from lulc_core.ui import resources, words
from lulc_core.ui.address_bar import AddressBar
from lulc_core.ui.errors import as_user_error
from lulc_core.ui.jobs import JobSlot
from lulc_core.ui.model.evaluation import Stored, model_names
from lulc_core.ui.model.link import ModelLink

MAX_KEPT = 4
"""Opened copies and named parts kept in a process, for all sessions."""
PAGE = 12
"""Pictures shown at once, and so many more with every press."""


@dataclass
class ModelPage:
    """One session's Model page. Lives in ``st.session_state``."""

    link: ModelLink = field(default_factory=ModelLink)
    link_errors: tuple[LulcError, ...] = ()
    path: str = ""
    """Of the EuroSAT copy; empty for none."""
    copy: EuroSatCopy | None = None
    error: LulcError | None = None
    """Why there are no pictures."""
    job: JobSlot[EuroSatCopy] = field(default_factory=JobSlot)
    stopped: bool = False
    """True after the user stopped the work, until it is asked for again."""
    shown: int = PAGE
    bar: AddressBar = field(default_factory=lambda: AddressBar(bare=True))

    def open_link(self, params: Mapping[str, str]) -> None:
        """Go where query parameters point; what is damaged in them is said on the page."""
        self.link, self.link_errors = ModelLink.from_params(params, model_names())
        self.shown = PAGE

    def go(self, **changes: Any) -> None:
        """Turn to another view; errors of the link have been read by now."""
        self.link = replace(self.link, **changes)
        self.link_errors = ()
        self.shown = PAGE

    # ---- pictures ----

    def use(self, path: str) -> None:
        """Take another EuroSAT copy, or none; only where the operator lets users name files of the server."""
        if not resources.settings().allow_server_paths:
            return
        self.cancel()
        self.path, self.copy, self.error, self.stopped = path.strip().strip("\"'"), None, None, False

    def cancel(self) -> None:
        """Stop what runs."""
        if self.job:
            self.job.drop()
            self.stopped = True

    def classified(self, model: Stored) -> tuple[ClassifiedPatch, ...] | None:
        """Return every patch of the evaluated part as the network names it; None until that was computed."""
        return None if self.copy is None else _named.get(_key(self.copy, model))

    def wrong(self, model: Stored) -> tuple[ClassifiedPatch, ...] | None:
        """Return the patches named wrong, as the evaluation stores them or computed from the copy; None until known."""
        if model.evaluation is not None and model.evaluation.confused is not None:
            return model.evaluation.confused
        classified = self.classified(model)
        return None if classified is None else tuple(p for p in classified if p.reference != p.predicted)

    def ensure(self, model: Stored) -> None:
        """Start opening the copy, and naming its patches where the stored evaluation does not list the wrong ones."""
        if not self.path or self.error is not None or self.job or self.stopped:
            return
        if self.copy is not None and self.wrong(model) is not None:
            return
        path, part = self.path, _part(model)
        needs_network = model.evaluation is None or model.evaluation.confused is None

        opening = words.translate("model.opening")

        def work(report: Any, stopped: Any) -> EuroSatCopy:
            report(0.0, opening)
            copy = open_kept(path)
            if needs_network and _named.get(_key(copy, model)) is None:
                network = _network(model.name)
                _named.put(_key(copy, model), classify_part(copy, network, part, on_progress=report, cancelled=stopped))
            return copy

        self.job.start(opening, work, heavy=needs_network, can_pause=True)

    def poll_jobs(self) -> None:
        """Take in what the background work has brought."""
        job = self.job.poll()
        if job is None:
            return
        if job.cancelled:
            self.stopped = True
        elif job.error is not None:
            self.error, self.copy = as_user_error(job.error), opened(self.path)  # pictures do without the network
        else:
            self.copy = job.result()


def model_page() -> ModelPage:
    """Return this session's Model page, which begins with the EuroSAT copy of the server, where one is set."""
    if "model-page" not in st.session_state:
        st.session_state["model-page"] = ModelPage(path=resources.settings().eurosat)
    return st.session_state["model-page"]


class _Kept:
    """A few results of background work, shared by all sessions; the least recently used go first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: LRUCache[Any, Any] = LRUCache(maxsize=MAX_KEPT)

    def get(self, key: Any) -> Any:
        with self._lock:
            return self._values.get(key)

    def put(self, key: Any, value: Any) -> None:
        with self._lock:
            self._values[key] = value


_copies = _Kept()
_named = _Kept()


def open_kept(path: str) -> EuroSatCopy:
    """Open a copy, which is listed once while its file does not change.

    Raises:
        LulcError: as ``eurosat_browser.open_copy``.
    """
    copy = opened(path)
    if copy is None:
        copy = open_copy(path)
        _copies.put(copy.key, copy)
    return copy


def opened(path: str) -> EuroSatCopy | None:
    """Return a copy that was opened before and has not changed since; None where there is none."""
    try:
        return _copies.get(copy_key(Path(path).expanduser()))
    except LulcError:
        return None


def _key(copy: EuroSatCopy, model: Stored) -> tuple[Any, ...]:
    return (copy.key, model.card.sha256 if model.card else model.name, _part(model))


def _part(model: Stored) -> str:
    return model.evaluation.split if model.evaluation is not None else "validation"


def _network(name: str) -> Callable[[], Any]:
    if name == model_names()[0]:
        return resources.classifier
    from lulc_core.model.classifier import load_classifier

    return lambda: load_classifier(name)
