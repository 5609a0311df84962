"""Patches as thumbnails with their probabilities, from the EuroSAT copy that the user points to."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

import streamlit as st
from cachetools import LRUCache, cached
from markupsafe import Markup

from lulc_core.domain.classes import CLASSES, LandCoverClass
from lulc_core.domain.errors import LulcError
from lulc_core.domain.evaluation import ClassifiedPatch
from lulc_core.eurosat_browser import SOURCE_URL, EuroSatCopy
from lulc_core.render.html_table import environment, html_table
from lulc_core.ui import resources, words
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.map.data import ink
from lulc_core.ui.model.evaluation import Stored
from lulc_core.ui.model.state import PAGE, ModelPage
from lulc_core.ui.panels.progress import show_progress

SHOWN_PROBABILITIES = 3
TEMPLATE = environment(Path(__file__).parent).get_template(
    "patches.html",
    globals={
        "classes": CLASSES,
        "ink": ink,
        "share": words.share,
        "say": words.translate,
        "name": words.patch_class,
        "letter": words.class_letter,
    },
)


def source_box(here: ModelPage, model: Stored) -> None:
    """Ask where the pictures lie; show the work that goes on, or what went wrong."""
    here.poll_jobs()
    here.ensure(model)
    if here.job:
        show_progress(here.job.jobs, cancel_key="model-cancel", on_cancel=here.cancel)
        return
    if here.error is not None:
        show_error(here.error)
    elif here.stopped:
        st.button(
            words.translate("model.pictures.go_on"),
            key="model-go-on",
            on_click=setattr,
            args=(here, "stopped", False),
            icon=":material/image:",
        )
    if here.copy is None:
        ask = resources.settings().allow_server_paths
        key = "model.pictures" if ask else "model.pictures.operator"
        st.info(words.translate(key, url=SOURCE_URL), icon=":material/image:")
        if ask:
            _ask(here)
        return
    title = words.translate("model.pictures.whose", name=plain(here.copy.path.name), n=len(here.copy))
    if not resources.settings().allow_server_paths:
        st.caption(title)
        return
    with st.expander(title, icon=":material/image:"):
        _ask(here)


def _ask(here: ModelPage) -> None:
    with st.form("model-eurosat", border=False):
        left, right = st.columns([4, 1], vertical_alignment="bottom")
        path = left.text_input(
            words.translate("model.pictures.path"),
            value=here.path,
            placeholder="/home/me/data/EuroSAT.zip",
            key="model-path",
            max_chars=1000,
        )
        if right.form_submit_button(words.translate("model.pictures.open"), width="stretch"):
            here.use(path)
            st.rerun()


def gallery(here: ModelPage, patches: Sequence[ClassifiedPatch], *, key: str) -> None:
    """Show thumbnails of patches that were named, the surest first; without pictures, their names."""
    copy = here.copy
    ordered = sorted(patches, key=lambda p: (-p.probabilities[p.predicted], p.stem))
    if copy is None:
        st.html(_stem_table(ordered[: here.shown]))
        _more(here, len(ordered), key)
        return
    there = [p for p in ordered if copy.has(p.stem)]
    _thumbnails(copy, [(p.stem, p) for p in there[: here.shown]])
    if len(there) < len(ordered):
        missing, name = len(ordered) - len(there), plain(copy.path.name)
        st.caption(words.translate("model.pictures.missing", missing=missing, n=len(ordered), name=name))
    _more(here, len(there), key)


def examples(here: ModelPage, copy: EuroSatCopy, stems: Sequence[str], *, key: str) -> None:
    """Show thumbnails of patches of which only the truth is known."""
    _thumbnails(copy, [(stem, None) for stem in stems[: here.shown]])
    _more(here, len(stems), key)


def credit() -> None:
    """Say whose pictures these are."""
    st.caption(words.translate("model.credit"))


def _more(here: ModelPage, n: int, key: str) -> None:
    if n > here.shown:
        left = words.translate("model.more", n=n - here.shown)
        st.button(left, key=key, on_click=setattr, args=(here, "shown", here.shown + PAGE))


def _thumbnails(copy: EuroSatCopy, patches: Sequence[tuple[str, ClassifiedPatch | None]]) -> None:
    figures = []
    for stem, patch in patches:
        url, problem = "", ""
        try:
            url = _data_url(copy, stem)
        except LulcError as error:
            problem = error.message
        figures.append((stem, url, problem, patch, _top(patch) if patch is not None else []))
    st.html(TEMPLATE.render(figures=figures))


@cached(LRUCache(256), key=lambda copy, stem: (copy.key, stem), lock=threading.Lock())
def _data_url(copy: EuroSatCopy, stem: str) -> Markup:
    copy.picture(stem)  # refuses what is no EuroSAT picture before a browser gets it
    data = copy.file(stem)
    mime = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
    return Markup(f"data:{mime};base64,{b64encode(data).decode()}")


def _top(patch: ClassifiedPatch) -> list[LandCoverClass]:
    """Return the likeliest classes, and the true one in any case."""
    order = sorted(CLASSES, key=lambda c: -patch.probabilities[c.id])
    top, truth = order[:SHOWN_PROBABILITIES], CLASSES[patch.reference]
    return top if truth in top else [*top[:-1], truth]


def _stem_table(patches: Sequence[ClassifiedPatch]) -> str:
    rows = [
        (p.stem, words.share(p.probabilities[p.predicted]), words.share(p.probabilities[p.reference])) for p in patches
    ]
    header = [words.translate(f"model.stems.{c}") for c in ("patch", "sure", "truth")]
    return html_table(words.translate("model.stems"), header, rows)
