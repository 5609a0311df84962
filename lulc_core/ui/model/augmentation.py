"""Augmentation at work: one patch of the user's EuroSAT copy, drawn as training would see it again and again."""

from __future__ import annotations

import io
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st
from markupsafe import Markup

from lulc_core.domain.classes import CLASS_NAMES, class_by_name
from lulc_core.eurosat_browser import EuroSatCopy, augmentation_samples
from lulc_core.ui import words
from lulc_core.ui.errors import show_error
from lulc_core.ui.jobs import JobSlot
from lulc_core.ui.model.evaluation import Stored
from lulc_core.ui.model.patches import TEMPLATE, source_box
from lulc_core.ui.model.state import ModelPage
from lulc_core.ui.panels.progress import show_progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lulc_core.language.words import Words

FIRST = "River"


@dataclass
class Samples:
    """The versions of one patch that are drawn, or being drawn."""

    key: tuple[Any, ...] = ()
    seed: int = 0
    job: JobSlot[tuple[str, str]] = field(default_factory=JobSlot)
    grids: tuple[str, str] = ("", "")
    """HTML of each change alone, and of all of them as training sees them."""
    error: BaseException | None = None


def show_augmentation(here: ModelPage, model: Stored) -> None:
    """Show the choice of a class, a button for another patch, and the versions of the patch."""
    st.subheader(words.translate("model.looks.title"), anchor=False)
    st.markdown(words.translate("model.looks"))
    source_box(here, model)
    if here.copy is None:
        return
    state: Samples = st.session_state.setdefault("model-looks", Samples())
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        name = st.selectbox(
            words.translate("model.looks.class"),
            CLASS_NAMES,
            index=CLASS_NAMES.index(FIRST),
            format_func=lambda n: words.patch_class(class_by_name(n).id),
            key="model-looks-class",
            persist_state="session",
            width=240,
        )
        st.button(
            words.translate("model.looks.another"),
            key="model-looks-again",
            on_click=setattr,
            args=(state, "seed", state.seed + 1),
            icon=":material/casino:",
        )
    stems = here.copy.stems("train", CLASS_NAMES.index(name))
    if not stems:
        st.info(words.translate("model.looks.none"), icon=":material/info:")
        return
    stem = stems[(7919 * state.seed) % len(stems)]  # a prime, so that neighbours in the list do not follow each other
    _draw(state, here.copy, stem)


def _draw(state: Samples, copy: EuroSatCopy, stem: str) -> None:
    key, seed = (copy.key, stem, state.seed, words.page_words().lang), state.seed
    if key != state.key:
        page = words.page_words()  # a thread of its own knows no session

        def work(report: Any, stopped: Any) -> tuple[str, str]:
            report(0.3, page.translate("model.looks.changing"))
            patch = copy.picture(stem)
            drawn = augmentation_samples(patch, seed)
            alone = [(stem, patch), *((_effect(page, name), image) for name, image in drawn if name)]
            together = [("", image) for name, image in drawn if not name]
            alone_grid = _grid(page.translate("model.looks.alone"), alone)
            return alone_grid, _grid(page.translate("model.looks.together"), together)

        state.key = key
        state.job.start(page.translate("model.looks.drawing"), work)
    if (job := state.job.poll()) is not None:
        state.error = job.error
        state.grids = job.result() if job.error is None else ("", "")
    if state.job:
        show_progress(state.job.jobs)
        return
    if state.error is not None:
        show_error(state.error)
        return
    for grid in state.grids:
        st.html(grid)
    st.caption(words.translate("model.looks.random") + " " + words.translate("model.credit"))


def _effect(page: Words, name: str) -> str:
    """Name a change of the picture in words; a new one goes by its own name."""
    return page.translate(f"effect.{name}") if page.has(f"effect.{name}") else name


def _grid(title: str, versions: list[tuple[str, NDArray[np.uint8]]]) -> str:
    return TEMPLATE.render(title=title, versions=[(name, _png(image)) for name, image in versions])


def _png(image: NDArray[np.uint8]) -> Markup:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return Markup(f"data:image/png;base64,{b64encode(buffer.getvalue()).decode()}")
