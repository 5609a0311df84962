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

FIXED, FITTED, OWN = "Fixed", "Fit to this area", "My own"
THREE_BANDS, INDEX = "Three bands", "An index"
CHANNELS = {"viewer-r": "Red", "viewer-g": "Green", "viewer-b": "Blue"}
MAX_REFLECTANCE = 1.2


@st.fragment
def show(state: Spectra, scenes: AreaScenes) -> None:
    """Show the choice of bands or index, and the map; a fragment, so that another band reruns no more than this."""
    left, right = st.columns([1, 3], gap="medium")
    with left:
        dated = choose_scene(scenes, "viewer-date")
        what = choose("Show", (THREE_BANDS, INDEX), key="viewer-what", widget=st.radio, horizontal=True)
        picture = _choose_bands(state, dated) if what == THREE_BANDS else _choose_index(dated)
    with right:
        if picture is not None:
            show_map(state, scenes, dated, picture)
            if state.error is not None:
                show_error(state.error)
            st.caption(
                "Point at the map for the values of the pixel; a click keeps its spectrum under Your ground. "
                + ("The numbers are reflectance as measured, whatever the stretch." if picture.bands else "")
            )


def _choose_bands(state: Spectra, dated: DatedScene) -> Picture | None:
    scene = dated.scene
    titles = {b.name: f"{b.name} {b.title}" for b in BANDS if scene.has(b.name)}
    if len(titles) < 3:
        st.info("The imagery has fewer than three bands.", icon=":material/info:")
        return None
    with st.container(key="viewer-presets", horizontal=True, gap="small"):
        for preset in PRESETS:
            if scene.has(*preset.bands):
                st.button(preset.title, key=f"viewer-{preset.key}", on_click=_set_bands, args=(preset.bands,))
    bands = tuple(
        choose(channel, titles, key=key, default=first)
        for (key, channel), first in zip(CHANNELS.items(), PRESETS[0].bands, strict=True)
    )
    stretch = choose("Stretch", (FIXED, FITTED, OWN), key="viewer-stretch", widget=st.radio, horizontal=True)
    if stretch == OWN:
        low, high = st.slider(
            "Reflectance from black to full",
            0.0,
            MAX_REFLECTANCE,
            (0.0, 0.4),
            0.01,
            key="viewer-range",
            persist_state="session",
            help="The same for all three bands.",
        )
        ranges = [(low, max(high, low + 0.01))] * 3
    elif stretch == FITTED:
        ranges = [state.cached((dated.key, b, "fit"), functools.partial(fitted_range, scene, b)) for b in bands]
    else:
        ranges = [FIXED_RANGES[b] for b in bands]
    shown = ", ".join(f"{b} {low:.2f} to {high:.2f}" for b, (low, high) in zip(bands, ranges, strict=True))
    st.caption(f"Reflectance shown: {shown}." + (" The same for every date and place." if stretch == FIXED else ""))
    if reading := next((p.reading for p in PRESETS if p.bands == bands), ""):
        st.caption(reading)
    return Picture(" ".join(bands), bands, tuple(ranges))


def _choose_index(dated: DatedScene) -> Picture | None:
    titles = {name: f"{name}: {index.title}" for name, index in INDICES.items() if dated.scene.has(*index.bands)}
    if not titles:
        st.info("The imagery lacks the bands of every index.", icon=":material/info:")
        return None
    name = choose("Index", titles, key="viewer-index")
    index = INDICES[name]
    st.markdown(f"{name} = {index.formula}")
    starts = [least for least, _ in index.steps]
    for i, (least, meaning) in enumerate(index.steps):
        span = f"{least:g} and more" if i == len(starts) - 1 else f"{least:g} to {starts[i + 1]:g}"
        st.caption(f"{span if i else f'below {starts[1]:g}'}: {meaning}")
    st.caption(f"Source: {index.source}. Levels differ: the steps are a guide.")
    return Picture(name, index=name)


def _set_bands(bands: tuple[str, str, str]) -> None:
    st.session_state.update(zip(CHANNELS, bands, strict=True))
