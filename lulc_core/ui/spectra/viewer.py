"""The band viewer: any three bands as a picture, or an index, with the numbers under the pointer."""

from __future__ import annotations

import functools

import streamlit as st

from lulc_core.analysis.spectra.indices import INDICES
from lulc_core.domain.bands import BANDS
from lulc_core.render.overlays.band_view import FIXED_RANGES, PRESETS, fitted_range
from lulc_core.ui.errors import show_error
from lulc_core.ui.spectra.choice import choose, choose_scene
from lulc_core.ui.spectra.picture import Picture, show_map
from lulc_core.ui.spectra.source import AreaScenes, DatedScene
from lulc_core.ui.spectra.state import Spectra
from lulc_core.ui.words import number, spoken, translate

FIXED, FITTED, OWN = STRETCHES = ("fixed", "fitted", "own")
THREE_BANDS, INDEX = VIEWS = ("bands", "index")
CHANNELS = ("viewer-r", "viewer-g", "viewer-b")
MAX_REFLECTANCE = 1.2


@st.fragment
def show(state: Spectra, scenes: AreaScenes) -> None:
    """Show the choice of bands or index, and the map; a fragment, so that another band reruns no more than this."""
    left, right = st.columns([1, 3], gap="medium")
    with left:
        dated = choose_scene(scenes, "viewer-date")
        views = {view: translate(f"spectra.viewer.{view}") for view in VIEWS}
        what = choose(translate("spectra.show"), views, key="viewer-what", widget=st.radio, horizontal=True)
        picture = _choose_bands(state, dated) if what == THREE_BANDS else _choose_index(dated)
    with right:
        if picture is not None:
            show_map(state, scenes, dated, picture)
            if state.error is not None:
                show_error(state.error)
            st.caption(translate("spectra.viewer.how.bands" if picture.bands else "spectra.viewer.how.index"))


def _choose_bands(state: Spectra, dated: DatedScene) -> Picture | None:
    scene = dated.scene
    titles = {b.name: f"{b.name} {spoken(b.title)}" for b in BANDS if scene.has(b.name)}
    if len(titles) < 3:
        st.info(translate("spectra.viewer.few"), icon=":material/info:")
        return None
    with st.container(key="viewer-presets", horizontal=True, gap="small"):
        for preset in PRESETS:
            if scene.has(*preset.bands):
                st.button(spoken(preset.title), key=f"viewer-{preset.key}", on_click=_set_bands, args=(preset.bands,))
    bands = tuple(
        choose(translate(f"spectra.channel.{key[-1]}"), titles, key=key, default=first)
        for key, first in zip(CHANNELS, PRESETS[0].bands, strict=True)
    )
    stretches = {way: translate(f"spectra.stretch.{way}") for way in STRETCHES}
    stretch = choose(translate("spectra.stretch"), stretches, key="viewer-stretch", widget=st.radio, horizontal=True)
    if stretch == OWN:
        low, high = st.slider(
            translate("spectra.viewer.range"),
            0.0,
            MAX_REFLECTANCE,
            (0.0, 0.4),
            0.01,
            key="viewer-range",
            persist_state="session",
            help=translate("spectra.viewer.range.help"),
        )
        ranges = [(low, max(high, low + 0.01))] * 3
    elif stretch == FITTED:
        ranges = [state.cached((dated.key, b, "fit"), functools.partial(fitted_range, scene, b)) for b in bands]
    else:
        ranges = [FIXED_RANGES[b] for b in bands]
    shown = ", ".join(
        translate("spectra.viewer.from_to", band=b, low=number(low, 2), high=number(high, 2))
        for b, (low, high) in zip(bands, ranges, strict=True)
    )
    st.caption(translate("spectra.viewer.shown.fixed" if stretch == FIXED else "spectra.viewer.shown", ranges=shown))
    if reading := next((p.reading for p in PRESETS if p.bands == bands), ""):
        st.caption(spoken(reading))
    return Picture(" ".join(bands), bands, tuple(ranges))


def _choose_index(dated: DatedScene) -> Picture | None:
    titles = {
        name: f"{name}: {spoken(index.title)}" for name, index in INDICES.items() if dated.scene.has(*index.bands)
    }
    if not titles:
        st.info(translate("spectra.viewer.no_index"), icon=":material/info:")
        return None
    name = choose(translate("spectra.index"), titles, key="viewer-index")
    index = INDICES[name]
    st.markdown(f"{name} = {index.formula}")
    starts = [least for least, _ in index.steps]
    for i, (least, meaning) in enumerate(index.steps):
        last = i == len(starts) - 1
        low, high = number(least, 1), number(starts[1 if i == 0 else i] if last else starts[i + 1], 1)
        step = "below" if i == 0 else "above" if last else "between"
        st.caption(translate(f"spectra.step.{step}", low=low, high=high, meaning=spoken(meaning)))
    st.caption(translate("spectra.viewer.source", source=index.source))
    return Picture(name, index=name)


def _set_bands(bands: tuple[str, str, str]) -> None:
    st.session_state.update(zip(CHANNELS, bands, strict=True))
