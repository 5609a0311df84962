"""The user's own ground: picks on the map, their spectra, what they are like."""

from __future__ import annotations

import csv
import io

import numpy as np
import streamlit as st

from lulc_core.analysis.picks import PickSpectrum, Place
from lulc_core.analysis.reference_spectra import SATELLITES, class_spectra
from lulc_core.domain.bands import BAND_NAMES, BANDS
from lulc_core.domain.errors import InputError, LulcError
from lulc_core.render.spectra_charts import LEVEL_TITLES, SYMBOLS, Curve, dash_of, spectra_chart
from lulc_core.ui import spectra_tables
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.spectra_picture import presets, show_map
from lulc_core.ui.spectra_reference import CHART
from lulc_core.ui.spectra_state import (
    MAX_NAME,
    MAX_PICKS,
    Dated,
    Pick,
    Spectra,
    current,
    dates,
    explore_state,
    spectra,
)
from lulc_core.ui.state import Shown

KINDS = {"point": "Pixel (10 m)", "tile": "Tile (640 m)"}
MAX_DATES = 4
POLL_S = 0.5


def show() -> None:
    """The map and what was picked on it; without a map, how to get one."""
    shown = current()
    if shown is None:
        no_ground("see the spectra of your own ground")
        return
    ground(shown)


def no_ground(purpose: str) -> None:
    """One sentence on how to get one's own ground; while its map is being made, that."""
    here = explore_state()
    if here is not None and here.running is not None:
        _being_made()
        return
    st.info(
        f"To {purpose}, open Explore, draw an area (or choose an example place) and press Classify; "
        "then come back here.",
        icon=":material/travel_explore:",
    )
    try:
        st.page_link("pages/explore.py", label="Open Explore", icon=":material/map:")
    except st.errors.StreamlitPageNotFoundError:
        return  # this page was started by itself, without the others


@st.fragment(run_every=POLL_S)
def _being_made() -> None:
    here = explore_state()
    if here is None or here.running is None or here.something_done:
        st.rerun()
    st.progress(here.running.fraction, text=plain(here.running.message))
    st.caption("Your map is being made; this page goes on by itself when it is done.")


@st.fragment
def ground(shown: Shown) -> None:
    """Everything of this part. A fragment, so that a click on the map reruns no more than this."""
    page = spectra()
    every = dates(shown)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        dated = _controls(page, shown, every)
        choice = presets(dated.scene)
        picture = choice[st.session_state["ground-picture"]]
        show_map(page, shown, dated, picture)
        _by_keyboard(page)
    with right:
        compared = _compared(every, dated)
        rows = [(d, p, page.spectrum(d, p)) for p in page.picks for d in compared]
        _messages(page)
        if not page.picks:
            st.markdown("**Click the map** to pick a pixel or tile, or draw a small area with the buttons on it.")
            st.caption(f"Up to {MAX_PICKS} picks are kept; each gets a name, a colour and a line here.")
        _chart(rows, dated, len(compared) > 1)
        _list(page, rows, dated)
        if page.picks:
            _envelopes()
    good = [(d, p, s) for d, p, s in rows if isinstance(s, PickSpectrum) and s.n_pixels]
    if good:
        _figures(good, len(compared) > 1)
    for note in dict.fromkeys((*dated.scene.acquisition.notes, *dated.scene.notes)):
        st.caption(plain(note))


def _controls(page: Spectra, shown: Shown, every: tuple[Dated, ...]) -> Dated:
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        labels = {d.key: d for d in every}
        keys = list(labels)
        if st.session_state.get("ground-date") not in labels:
            st.session_state["ground-date"] = shown.request.id
        if len(keys) > 1:
            st.selectbox(
                "Date",
                keys,
                format_func=lambda k: labels[k].label,
                key="ground-date",
                persist_state="session",
                width=160,
            )
        dated = labels[st.session_state["ground-date"]]
        choice = presets(dated.scene)
        if st.session_state.get("ground-picture") not in choice:
            st.session_state["ground-picture"] = next(iter(choice), None)
        st.selectbox(
            "Picture",
            list(choice),
            format_func=lambda k: choice[k].title,
            key="ground-picture",
            persist_state="session",
            width=230,
        )
        page.kind = st.radio(
            "A click picks a",
            list(KINDS),
            format_func=KINDS.__getitem__,
            key="ground-kind",
            persist_state="session",
            horizontal=True,
        )
    return dated


def _compared(every: tuple[Dated, ...], dated: Dated) -> list[Dated]:
    """The dates whose spectra are shown: before and after where there are two."""
    if len(every) == 1:
        return [dated]
    labels = {d.key: d.label for d in every}
    default = [d.key for d in every][-2:]
    if dated.key not in default:
        default = [dated.key, *default[-1:]]
    if not set(st.session_state.get("ground-dates", ())) <= set(labels):
        del st.session_state["ground-dates"]
    chosen = st.multiselect(
        "Dates compared",
        list(labels),
        default=default,
        format_func=labels.__getitem__,
        key="ground-dates",
        persist_state="session",
        max_selections=MAX_DATES,
    )
    return [d for d in every if d.key in chosen] or [dated]


def _by_keyboard(page: Spectra) -> None:
    row = st.form("ground-place", border=False, clear_on_submit=True).container(
        horizontal=True, gap="small", vertical_alignment="bottom"
    )
    row.text_input("Longitude, latitude", placeholder="8.8502, 45.4801", width=220, key="ground-typed")
    row.form_submit_button("Pick this place", icon=":material/add_location:", on_click=_take_typed, args=(page,))


def _take_typed(page: Spectra) -> None:
    try:
        lon, lat = (float(v) for v in st.session_state["ground-typed"].replace(";", ",").split(","))
    except ValueError:
        page.error = InputError(
            "A place is two numbers with a comma between them: longitude, latitude.", hint="Example: 8.8502, 45.4801"
        )
        return
    try:
        page.add((Place.tile if page.kind == "tile" else Place.point)(lon, lat))
    except LulcError as error:
        page.error = error


def _messages(page: Spectra) -> None:
    if page.error is not None:
        show_error(page.error)
    if page.told:
        st.warning(page.told, icon=":material/info:")


def _chart(rows: list[tuple[Dated, Pick, PickSpectrum | LulcError]], dated: Dated, several: bool) -> None:
    envelopes = st.session_state.get("ground-envelopes", [])
    satellite = _satellite(dated)
    centres = np.array([b.centre_nm[satellite] for b in BANDS])
    curves = [
        Curve(
            f"{c.cls.label} ({c.cls.letter})",
            c.cls.color,
            centres,
            c.mean,
            BAND_NAMES,
            low=c.p10,
            high=c.p90,
            dash="dot",
        )
        for c in class_spectra()
        if c.cls.name in envelopes
    ]
    order = {key: i for i, key in enumerate(dict.fromkeys(d.key for d, _, _ in rows))}
    numbers = {number: i for i, number in enumerate(dict.fromkeys(p.id for _, p, _ in rows))}
    levels = {d.scene.acquisition.level for d, _, s in rows if isinstance(s, PickSpectrum)} or {
        dated.scene.acquisition.level
    }
    for d, pick, s in rows:
        if isinstance(s, PickSpectrum) and s.n_pixels:
            name = f"{pick.name}, {d.label}" if several else pick.name
            symbol = SYMBOLS[numbers[pick.id] % len(SYMBOLS)]
            std = s.std if s.n_pixels > 1 else None
            curves.append(
                Curve(
                    name,
                    pick.color,
                    s.wavelength_nm,
                    s.mean,
                    s.bands,
                    std=std,
                    dash=dash_of(order[d.key]),
                    symbol=symbol,
                )
            )
    if not curves:
        return
    level = next(iter(levels)) if len(levels) == 1 else "mixed"
    figure = spectra_chart(curves, satellite, level, height=330)
    st.plotly_chart(figure, key="ground-chart", config=CHART)
    acquisition = dated.scene.acquisition
    assumed = "" if acquisition.satellite else "; the file does not name its satellite, S2A's wavelengths stand in"
    st.caption(
        f"{LEVEL_TITLES[level]} ({', '.join(sorted(levels))}){assumed}. "
        "Whiskers: one standard deviation between pixels. "
        + ("Line styles tell the dates apart. " if several else "")
        + (
            "Class ribbons are top-of-atmosphere (L1C): in blue they lie above surface reflectance."
            if envelopes and level != "L1C"
            else ""
        )
    )


def _envelopes() -> None:
    st.multiselect(
        "Compare with classes",
        [c.cls.name for c in class_spectra()],
        format_func=lambda n: next(c.cls.label for c in class_spectra() if c.cls.name == n),
        key="ground-envelopes",
        persist_state="session",
        max_selections=3,
        placeholder="none",
    )


def _list(page: Spectra, rows: list[tuple[Dated, Pick, PickSpectrum | LulcError]], dated: Dated) -> None:
    if not page.picks:
        return
    with st.container(key="pick-list", gap="xsmall"):
        for pick in list(page.picks):
            own = [(d, s) for d, p, s in rows if p is pick]
            _row(page, pick, own)
            for dated_, spectrum in own:
                if len(own) > 1 or _count(spectrum) == "":
                    st.caption((f"{dated_.label}: " if len(own) > 1 else "") + (_count(spectrum) or _why(spectrum)))
    good = [(f"{p.name}", s) for _, p, s in rows if isinstance(s, PickSpectrum)]
    with st.container(horizontal=True, gap="small"):
        if good:
            st.download_button(
                "Spectra as CSV",
                data=lambda: _csv(good),
                file_name=f"spectra_{dated.scene.acquisition.date}.csv",
                mime="text/csv",
                icon=":material/download:",
                on_click="ignore",
            )
        st.button("Remove all", key="pick-clear", on_click=page.clear, type="tertiary", icon=":material/delete_sweep:")


def _row(page: Spectra, pick: Pick, own: list[tuple[Dated, PickSpectrum | LulcError]]) -> None:
    color, name, count, bin_ = st.columns([0.9, 4.2, 2.8, 0.9], gap="small", vertical_alignment="center")
    pick.color = color.color_picker(
        f"Colour of {pick.name}", pick.color, key=f"pick-color-{pick.id}", label_visibility="collapsed"
    )
    typed = name.text_input(
        f"Name of {pick.name}",
        pick.name,
        max_chars=MAX_NAME,
        key=f"pick-name-{pick.id}",
        label_visibility="collapsed",
    )
    pick.name = typed.strip() or pick.name
    if len(own) == 1:
        count.caption(_count(own[0][1]) or "no spectrum")
    bin_.button(
        "",
        key=f"pick-bin-{pick.id}",
        icon=":material/delete:",
        help=f"Remove {plain(pick.name)}",
        on_click=page.remove,
        args=(pick.id,),
        type="tertiary",
    )


def _count(spectrum: PickSpectrum | LulcError) -> str:
    """``4,096 pixels``; empty where there is none."""
    if isinstance(spectrum, LulcError) or not spectrum.n_pixels:
        return ""
    out = spectrum.n_cloudy + spectrum.n_no_data
    left_out = f", {out:,} left out (cloud, no data)" if out else ""
    return ("1 pixel" if spectrum.n_pixels == 1 else f"{spectrum.n_pixels:,} pixels") + left_out


def _why(spectrum: PickSpectrum | LulcError) -> str:
    if isinstance(spectrum, LulcError):
        return f":material/block: {plain(spectrum.message)}"
    return f":material/cloud: {spectrum.why_empty}"


def _csv(good: list[tuple[str, PickSpectrum]]) -> bytes:
    from lulc_core.analysis.picks_table import csv_rows

    buffer = io.StringIO()
    csv.writer(buffer).writerows(csv_rows(good))
    return buffer.getvalue().encode("utf-8-sig")  # a spreadsheet knows UTF-8 by its mark


def _figures(good: list[tuple[Dated, Pick, PickSpectrum]], several: bool) -> None:
    names = [f"{p.name}, {d.label}" if several else p.name for d, p, _ in good]
    spectra_ = [s for _, _, s in good]
    colors = [p.color for _, p, _ in good]
    one, two = st.columns([3, 2], gap="medium")
    with one:
        st.subheader("Indices")
        st.html(spectra_tables.indices(names, colors, spectra_))
        st.subheader("Bands")
        st.html(spectra_tables.bands(names, colors, spectra_))
    with two:
        st.subheader("Most similar shapes")
        which = (
            st.selectbox("Of", range(len(good)), format_func=names.__getitem__, key="ground-match")
            if len(good) > 1
            else 0
        )
        st.html(spectra_tables.matches(spectra_[min(which or 0, len(good) - 1)]))
        st.caption(
            "Spectral angle: 0° is the same shape, however bright; below about 5° is very similar. Classes and "
            "water are top-of-atmosphere, materials are measured on the ground: across "
            "levels an angle is a hint, no proof."
        )


def _satellite(dated: Dated) -> str:
    name = dated.scene.acquisition.satellite
    return name if name in SATELLITES else "S2A"
