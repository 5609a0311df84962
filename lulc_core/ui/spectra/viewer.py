"""The band viewer: any three bands as a picture, or an index, with the numbers under the pointer."""

from __future__ import annotations

import functools

import streamlit as st

from lulc_core.analysis.spectra.indices import INDICES
from lulc_core.domain.bands import BAND_NAMES, band
from lulc_core.render.overlays.band_view import PRESETS, fitted_range, fixed_range
from lulc_core.ui.errors import show_error
from lulc_core.ui.spectra.choice import choose_ground
from lulc_core.ui.spectra.picture import Picture, show_map
from lulc_core.ui.spectra.source import Dated, Ground
from lulc_core.ui.spectra.state import Spectra, spectra

FIXED, FITTED, OWN = "Fixed", "Fit to this area", "My own"
MAX_REFLECTANCE = 1.2


def show() -> None:
    """Choice of bands or index, the map."""
    ground = choose_ground("look at any three bands or an index of your own area")
    if ground is not None:
        viewer(ground)


@st.fragment
def viewer(ground: Ground) -> None:
    """A fragment, so that another band reruns no more than this."""
    page = spectra()
    every = ground.dates
    left, right = st.columns([1, 3], gap="medium")
    with left:
        labels = {d.key: d for d in every}
        if st.session_state.get("viewer-date") not in labels:
            st.session_state["viewer-date"] = ground.main
        if len(every) > 1:
            st.selectbox(
                "Date", list(labels), format_func=lambda k: labels[k].label, key="viewer-date", persist_state="session"
            )
        dated = labels[st.session_state["viewer-date"]]
        what = st.radio(
            "Show", ("Three bands", "An index"), key="viewer-what", persist_state="session", horizontal=True
        )
        picture = _bands(page, dated) if what == "Three bands" else _index(dated)
    with right:
        if picture is not None:
            show_map(page, ground, dated, picture)
            if page.error is not None:
                show_error(page.error)
            st.caption(
                "Point at the map for the values of the pixel; a click keeps its spectrum under Your ground. "
                + ("The numbers are reflectance as measured, whatever the stretch." if picture.bands else "")
            )


def _bands(page: Spectra, dated: Dated) -> Picture | None:
    scene = dated.scene
    names = [n for n in BAND_NAMES if scene.has(n)]
    if len(names) < 3:
        st.info("The imagery has fewer than three bands.", icon=":material/info:")
        return None
    first = [n if n in names else names[0] for n in PRESETS[0].bands]
    with st.container(key="viewer-presets", horizontal=True, gap="small"):
        for preset in PRESETS:
            if scene.has(*preset.bands):
                st.button(preset.title, key=f"viewer-{preset.key}", on_click=_choose, args=(preset.bands,))
    chosen = []
    for title, key, default in zip(("Red", "Green", "Blue"), ("viewer-r", "viewer-g", "viewer-b"), first, strict=True):
        if st.session_state.get(key) not in names:
            st.session_state[key] = default
        chosen.append(st.selectbox(title, names, format_func=_label, key=key, persist_state="session"))
    stretch = st.radio("Stretch", (FIXED, FITTED, OWN), key="viewer-stretch", persist_state="session", horizontal=True)
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
        ranges = [page.kept((dated.key, b, "fit"), functools.partial(fitted_range, scene, b)) for b in chosen]
    else:
        ranges = [fixed_range(b) for b in chosen]
    said = ", ".join(f"{b} {low:.2f} to {high:.2f}" for b, (low, high) in zip(chosen, ranges, strict=True))
    st.caption(f"Reflectance shown: {said}." + (" The same for every date and place." if stretch == FIXED else ""))
    reading = next((p.reading for p in PRESETS if list(p.bands) == chosen), "")
    if reading:
        st.caption(reading)
    return Picture(" ".join(chosen), tuple(chosen), tuple(ranges))


def _index(dated: Dated) -> Picture | None:
    names = [n for n, i in INDICES.items() if dated.scene.has(*i.bands)]
    if not names:
        st.info("The imagery lacks the bands of every index.", icon=":material/info:")
        return None
    if st.session_state.get("viewer-index") not in names:
        st.session_state["viewer-index"] = names[0]
    name = st.selectbox(
        "Index", names, format_func=lambda n: f"{n}: {INDICES[n].title}", key="viewer-index", persist_state="session"
    )
    index = INDICES[name]
    st.markdown(f"{name} = {index.formula}")
    for i, (least, words) in enumerate(index.steps):
        end = index.steps[i + 1][0] if i + 1 < len(index.steps) else None
        span = (
            f"below {end:g}"
            if i == 0 and end is not None
            else f"{least:g} and more"
            if end is None
            else f"{least:g} to {end:g}"
        )
        st.caption(f"{span}: {words}")
    st.caption(f"Source: {index.source}. Levels differ: the steps are a guide.")
    return Picture(name, index=name)


def _choose(bands: tuple[str, str, str]) -> None:
    for key, name in zip(("viewer-r", "viewer-g", "viewer-b"), bands, strict=True):
        st.session_state[key] = name


def _label(name: str) -> str:
    b = band(name)
    return f"{name} {b.title}"
