"""Augmentation at work: one patch of the user's EuroSAT copy, drawn as training would see it again and again."""

from __future__ import annotations

import io
from base64 import b64encode
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import streamlit as st

from lulc_core.domain.classes import CLASS_NAMES, class_by_name
from lulc_core.domain.errors import LulcError
from lulc_core.ui import jobs
from lulc_core.ui.errors import show_error
from lulc_core.ui.model.evaluation import Stored
from lulc_core.ui.model.patches import source_box
from lulc_core.ui.model.state import ModelPage
from lulc_core.ui.panels.progress import show_progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FIRST = "River"
WORDS = {
    "scale": "other pixel size, off centre",
    "surface": "surface reflectance (L2A)",
    "gain": "brighter or darker",
    "haze": "haze",
    "offset": "path light, black point",
    "saturation": "paler or stronger colours",
    "gamma": "another tone curve",
    "noise": "sensor noise",
    "columns": "detectors that differ",
    "blur": "blurred",
    "stretch": "automatic contrast",
    "jpeg": "compressed",
    "stripe": "edge without data",
}
"""Names of effects in words; a new effect goes by its own name."""


@dataclass
class Looks:
    """What is drawn, or being drawn."""

    key: tuple[Any, ...] = ()
    job: jobs.Job[Any] | None = None
    seed: int = 0


def show_augmentation(here: ModelPage, model: Stored) -> None:
    """Choice of class, another patch, the versions."""
    st.subheader("Augmentation at work", anchor=False)
    st.markdown(
        "Users bring other seasons, hazier air and other exports than EuroSAT's. So the network hardly ever saw the "
        "same patch twice: it was turned, and its light, air, sharpness and file were changed anew each time."
    )
    source_box(here, model)
    if here.copy is None:
        return
    state: Looks = st.session_state.setdefault("model-looks", Looks())
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        name = st.selectbox(
            "Class of the patch",
            CLASS_NAMES,
            index=CLASS_NAMES.index(FIRST),
            format_func=lambda n: class_by_name(n).label,
            key="model-looks-class",
            persist_state="session",
            width=240,
        )
        st.button("Another patch", key="model-looks-again", on_click=_again, args=(state,), icon=":material/casino:")
    stems = here.copy.stems("train", CLASS_NAMES.index(name))
    if not stems:
        st.info("This copy holds no training patch of that class.", icon=":material/info:")
        return
    stem = stems[(7919 * state.seed) % len(stems)]  # a prime, so that neighbours in the list do not follow each other
    _draw(here, state, stem)


def _again(state: Looks) -> None:
    state.seed += 1


def _draw(here: ModelPage, state: Looks, stem: str) -> None:
    copy = here.copy
    if copy is None:
        return
    key = (copy.key, stem, state.seed)
    if key != state.key:
        seed = state.seed

        def work(report: Any, stopped: Any) -> Any:
            from lulc_core.eurosat_browser import augmentation_samples as draw

            report(0.3, "Changing the patch")
            patch = copy.picture(stem)
            return patch, draw(patch, seed)

        state.key, state.job = key, jobs.start("Drawing a patch many times", work)
    job = state.job
    if job is None:
        return
    if not job.done:
        show_progress(lambda: [job])
        return
    if job.error is not None:
        show_error(job.error)
        return
    try:
        patch, drawn = job.result()
    except LulcError as error:
        show_error(error)
        return
    st.html(
        _grid("As it is, and each change by itself", [(stem, patch), *((WORDS.get(n, n), i) for n, i in drawn if n)])
    )
    st.html(_grid("As training sees it, eight times", [("", image) for name, image in drawn if not name]))
    st.caption(
        "Strengths are drawn at random, as in training. EuroSAT (Helber et al. 2019, MIT licence). Contains modified "
        "Copernicus Sentinel data."
    )


def _grid(title: str, versions: list[tuple[str, NDArray[np.uint8]]]) -> str:
    figures = "".join(
        f"<figure><img src='{_png(image)}' width='96' height='96' alt='{escape(name or title, quote=True)}'>"
        f"<figcaption>{escape(name)}</figcaption></figure>"
        for name, image in versions
    )
    return f"<p class='lulc-look-title'>{escape(title)}</p><div class='lulc-patches lulc-looks'>{figures}</div>"


def _png(image: NDArray[np.uint8]) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return f"data:image/png;base64,{b64encode(buffer.getvalue()).decode()}"
