"""Patches as thumbnails with their probabilities, from the EuroSAT copy that the user points to."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from html import escape

import streamlit as st

from lulc_core.domain.classes import CLASSES
from lulc_core.domain.errors import LulcError
from lulc_core.domain.evaluation import ClassifiedPatch
from lulc_core.eurosat_browser import SOURCE_URL, EuroSatCopy
from lulc_core.render.html_table import html_table
from lulc_core.ui import words
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.map.data import ink
from lulc_core.ui.model.evaluation import Stored
from lulc_core.ui.model.state import PAGE, ModelPage
from lulc_core.ui.panels.progress import show_progress

SHOWN_PROBABILITIES = 3


def source_box(here: ModelPage, model: Stored) -> None:
    """Where the pictures come from: a path to give, the work that goes on, or what went wrong."""
    here.poll_jobs()
    here.ensure(model)
    if here.job:
        show_progress(here.jobs, cancel_key="model-cancel", on_cancel=here.cancel)
        return
    if here.error is not None:
        show_error(here.error)
    elif here.stopped:
        st.button("Go on with the pictures", on_click=_go_on, args=(here,), key="model-go-on", icon=":material/image:")
    if here.copy is None:
        _ask(here)
    else:
        with st.expander(
            f"Pictures: {plain(here.copy.path.name)}, {len(here.copy):,} patches", icon=":material/image:"
        ):
            _ask(here, explained=False)


def _ask(here: ModelPage, *, explained: bool = True) -> None:
    if explained:
        st.info(
            "**The pictures are yours to bring.** The project ships no patches. Get `EuroSAT.zip` (RGB, 90 MB, MIT "
            f"licence) from [Zenodo]({SOURCE_URL}) and say where it lies, or start the app with `LULC_EUROSAT` set to "
            "its path. Matrix, lists and figures do without.",
            icon=":material/image:",
        )
    with st.form("model-eurosat", border=False):
        left, right = st.columns([4, 1], vertical_alignment="bottom")
        path = left.text_input(
            "EuroSAT.zip or its folder, on the machine that runs this app",
            value=here.path,
            placeholder="/home/me/data/EuroSAT.zip",
            key="model-path",
            max_chars=1000,
        )
        if right.form_submit_button("Open", width="stretch"):
            here.use(path)
            st.rerun()


def _go_on(here: ModelPage) -> None:
    here.stopped = False


def gallery(here: ModelPage, patches: Sequence[ClassifiedPatch], *, key: str) -> None:
    """Thumbnails of patches that were named, the surest first."""
    copy = here.copy
    ordered = sorted(patches, key=lambda p: (-p.probabilities[p.predicted], p.stem))
    if copy is None:
        st.html(_stem_table(ordered[: here.shown]))
        _more(here, len(ordered), key)
        return
    there = [p for p in ordered if copy.has(p.stem)]
    figures = [_figure(here, copy, p.stem, p) for p in there[: here.shown]]
    st.html(f"<div class='lulc-patches'>{''.join(figures)}</div>")
    if len(there) < len(ordered):
        st.caption(f"{len(ordered) - len(there)} of these {len(ordered)} patches are not in {plain(copy.path.name)}.")
    _more(here, len(there), key)


def examples(here: ModelPage, stems: Sequence[str], *, key: str) -> None:
    """Thumbnails of patches of which only the truth is known."""
    copy = here.copy
    if copy is None:
        return
    figures = [_figure(here, copy, stem, None) for stem in stems[: here.shown]]
    st.html(f"<div class='lulc-patches'>{''.join(figures)}</div>")
    _more(here, len(stems), key)


def _more(here: ModelPage, n: int, key: str) -> None:
    if n > here.shown:
        st.button(f"Show more ({n - here.shown:,} left)", key=key, on_click=_show_more, args=(here,))


def _show_more(here: ModelPage) -> None:
    here.shown += PAGE


def _figure(here: ModelPage, copy: EuroSatCopy, stem: str, patch: ClassifiedPatch | None) -> str:
    try:
        url = here.kept((copy.key, stem), lambda: _data_url(copy, stem))
        alt = _alt(stem, patch)
        image = f"<img src='{url}' width='128' height='128' alt='{escape(alt, quote=True)}'>"
    except LulcError as error:
        image = f"<div class='lulc-no-patch'>{escape(error.message)}</div>"
    return f"<figure>{image}<figcaption><b>{escape(stem)}</b>{_bars(patch) if patch else ''}</figcaption></figure>"


def _data_url(copy: EuroSatCopy, stem: str) -> str:
    copy.picture(stem)  # refuses what is no EuroSAT picture before a browser gets it
    data = copy.file(stem)
    mime = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
    return f"data:{mime};base64,{b64encode(data).decode()}"


def _alt(stem: str, patch: ClassifiedPatch | None) -> str:
    if patch is None:
        return f"EuroSAT patch {stem}"
    said = CLASSES[patch.predicted]
    return f"EuroSAT patch {stem}, named {said.label}, {100 * patch.probabilities[patch.predicted]:.0f} per cent sure"


def _top(patch: ClassifiedPatch) -> list[int]:
    """The likeliest classes, and the true one in any case."""
    order = sorted(range(len(CLASSES)), key=lambda i: -patch.probabilities[i])
    top = order[:SHOWN_PROBABILITIES]
    return top if patch.reference in top else [*top[:-1], patch.reference]


def _bars(patch: ClassifiedPatch) -> str:
    rows = []
    for i in _top(patch):
        c, p = CLASSES[i], patch.probabilities[i]
        chip = f"<span class='lulc-chip' style='background:{c.color};color:{ink(c.color)}'>{c.letter}</span>"
        mark = " <span class='lulc-truth'>truth</span>" if i == patch.reference else ""
        rows.append(f"<li>{chip}<span>{escape(c.label)}{mark}</span><b>{words.share(p)}</b></li>")
    return f"<ul>{''.join(rows)}</ul>"


def _stem_table(patches: Sequence[ClassifiedPatch]) -> str:
    rows = [
        (p.stem, words.share(p.probabilities[p.predicted]), words.share(p.probabilities[p.reference])) for p in patches
    ]
    return html_table("Patches of this cell", ("Patch", "sure of its answer", "chance it gave the truth"), rows)
