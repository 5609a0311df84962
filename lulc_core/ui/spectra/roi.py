"""The user's own ground: picks on the map, their spectra, what they are like."""

from __future__ import annotations

import csv
import io

import numpy as np
import streamlit as st

from lulc_core.analysis.spectra.reference import SATELLITES, Satellite, class_spectra, reference_spectra
from lulc_core.analysis.spectra.roi import MAX_SIDE_M, MIN_SIDE_M
from lulc_core.domain.bands import BAND_NAMES, BANDS
from lulc_core.domain.errors import LulcError
from lulc_core.domain.spectrum import RoiSpectrum
from lulc_core.render.charts.figure import LEVEL_TITLES
from lulc_core.render.charts.spectra import MATERIAL_COLORS, SYMBOLS, Curve, dash_of, spectra_chart
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.spectra import tables as spectra_tables
from lulc_core.ui.spectra.choice import choose_ground
from lulc_core.ui.spectra.picture import presets, show_map
from lulc_core.ui.spectra.reference import CHART
from lulc_core.ui.spectra.source import Dated, Ground, file_source
from lulc_core.ui.spectra.state import MAX_NAME, MAX_ROIS, SavedRoi, Spectra, spectra

KINDS = {"point": "Pixel (10 m)", "tile": "Tile (640 m)", "square": "Square"}
MAX_DATES = 4
MAX_COMPARED = 3


def show() -> None:
    """The map and what was picked on it; without a map, how to get one."""
    chosen = choose_ground("see the spectra of your own ground")
    if chosen is not None:
        ground(chosen)


@st.fragment
def ground(shown: Ground) -> None:
    """Everything of this part. A fragment, so that a click on the map reruns no more than this."""
    page = spectra()
    every = shown.dates
    left, right = st.columns([3, 2], gap="medium")
    with left:
        dated = _controls(page, shown, every)
        choice = presets(dated.scene)
        picture = choice[st.session_state["ground-picture"]]
        show_map(page, shown, dated, picture)
        _by_keyboard(page)
    with right:
        compared = _compared(every, dated)
        rows = [(d, p, page.spectrum(d, p)) for p in page.rois for d in compared]
        _messages(page)
        if not page.rois:
            st.markdown("**Click the map** to pick a pixel or tile, or draw a small area with the buttons on it.")
            st.caption(f"Up to {MAX_ROIS} picks are kept; each gets a name, a colour and a line here.")
        _chart(rows, dated, len(compared) > 1)
        _list(page, rows, dated)
        if page.rois:
            _envelopes()
    good = [(d, p, s) for d, p, s in rows if isinstance(s, RoiSpectrum) and s.n_pixels]
    if good:
        _figures(good, len(compared) > 1)
    _own_file(dated)
    for note in dict.fromkeys((*dated.scene.acquisition.notes, *dated.scene.notes)):
        st.caption(plain(note))


def _controls(page: Spectra, shown: Ground, every: tuple[Dated, ...]) -> Dated:
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        labels = {d.key: d for d in every}
        keys = list(labels)
        if st.session_state.get("ground-date") not in labels:
            st.session_state["ground-date"] = shown.main
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
        if page.kind == "square":
            page.side_m = int(
                st.number_input(
                    "Side in metres",
                    int(MIN_SIDE_M),
                    int(MAX_SIDE_M),
                    value=page.side_m,
                    step=20,
                    key="ground-side",
                    persist_state="session",
                    width=140,
                    help="The pixels whose middle lies in a square of this side around the place.",
                )
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
    row.text_input(
        "Latitude, longitude (or corners)",
        placeholder="45.4801, 8.8502",
        width=260,
        key="ground-typed",
        help="One pair is a place: what is chosen above (pixel, tile, square) is picked there. Two pairs are opposite "
        "corners of a rectangle, three and more the corners of an area: 45.480, 8.850; 45.482, 8.853. Four numbers in "
        "a row are W,S,E,N.",
    )
    row.form_submit_button("Pick it", icon=":material/add_location:", on_click=_take_typed, args=(page,))


def _take_typed(page: Spectra) -> None:
    page.hear_choice()
    page.add_typed(st.session_state["ground-typed"])


def _messages(page: Spectra) -> None:
    if page.error is not None:
        show_error(page.error)
    if page.told:
        st.warning(page.told, icon=":material/info:")


def _chart(rows: list[tuple[Dated, SavedRoi, RoiSpectrum | LulcError]], dated: Dated, several: bool) -> None:
    chosen = st.session_state.get("ground-envelopes", [])
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
        if c.cls.name in chosen
    ]
    envelopes = bool(curves)
    for m in reference_spectra():
        if m.key in chosen:
            curves.append(
                Curve(m.title, MATERIAL_COLORS[m.key], centres, m.bands(satellite), BAND_NAMES, dash="dashdot")
            )
    order = {key: i for i, key in enumerate(dict.fromkeys(d.key for d, _, _ in rows))}
    numbers = {number: i for i, number in enumerate(dict.fromkeys(p.id for _, p, _ in rows))}
    levels = {d.scene.acquisition.level for d, _, s in rows if isinstance(s, RoiSpectrum)} or {
        dated.scene.acquisition.level
    }
    for d, saved, s in rows:
        if isinstance(s, RoiSpectrum) and s.n_pixels:
            name = f"{saved.name}, {d.label}" if several else saved.name
            symbol = SYMBOLS[numbers[saved.id] % len(SYMBOLS)]
            std = s.std if s.n_pixels > 1 else None
            curves.append(
                Curve(
                    name,
                    saved.color,
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
    titles = {c.cls.name: f"{c.cls.label} (class)" for c in class_spectra()}
    titles |= {m.key: f"{m.title} (material)" for m in reference_spectra()}
    st.multiselect(
        "Compare with classes and materials",
        list(titles),
        format_func=titles.__getitem__,
        key="ground-envelopes",
        persist_state="session",
        max_selections=MAX_COMPARED,
        placeholder="none",
    )


def _list(page: Spectra, rows: list[tuple[Dated, SavedRoi, RoiSpectrum | LulcError]], dated: Dated) -> None:
    if not page.rois:
        return
    with st.container(key="pick-list", gap="xsmall"):
        for saved in list(page.rois):
            own = [(d, s) for d, p, s in rows if p is saved]
            _row(page, saved, own)
            for dated_, spectrum in own:
                if len(own) > 1 or _count(spectrum) == "":
                    st.caption((f"{dated_.label}: " if len(own) > 1 else "") + (_count(spectrum) or _why(spectrum)))
    good = [(f"{p.name}", s) for _, p, s in rows if isinstance(s, RoiSpectrum)]
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


def _row(page: Spectra, saved: SavedRoi, own: list[tuple[Dated, RoiSpectrum | LulcError]]) -> None:
    color, name, count, bin_ = st.columns([0.9, 4.2, 2.8, 0.9], gap="small", vertical_alignment="center")
    saved.color = color.color_picker(
        f"Colour of {saved.name}", saved.color, key=f"pick-color-{saved.id}", label_visibility="collapsed"
    )
    typed = name.text_input(
        f"Name of {saved.name}",
        saved.name,
        max_chars=MAX_NAME,
        key=f"pick-name-{saved.id}",
        label_visibility="collapsed",
    )
    saved.name = typed.strip() or saved.name
    if len(own) == 1:
        count.caption(_count(own[0][1]) or "no spectrum")
    bin_.button(
        "",
        key=f"pick-bin-{saved.id}",
        icon=":material/delete:",
        help=f"Remove {plain(saved.name)}",
        on_click=page.remove,
        args=(saved.id,),
        type="tertiary",
    )


def _count(spectrum: RoiSpectrum | LulcError) -> str:
    """``4,096 pixels``; empty where there is none."""
    if isinstance(spectrum, LulcError) or not spectrum.n_pixels:
        return ""
    out = spectrum.n_cloudy + spectrum.n_no_data
    left_out = f", {out:,} left out (cloud, no data)" if out else ""
    return ("1 pixel" if spectrum.n_pixels == 1 else f"{spectrum.n_pixels:,} pixels") + left_out


def _why(spectrum: RoiSpectrum | LulcError) -> str:
    if isinstance(spectrum, LulcError):
        return f":material/block: {plain(spectrum.message)}"
    return f":material/cloud: {spectrum.why_empty}"


def _csv(good: list[tuple[str, RoiSpectrum]]) -> bytes:
    from lulc_core.analysis.spectra.roi_table import csv_rows

    buffer = io.StringIO()
    csv.writer(buffer).writerows(csv_rows(good))
    return buffer.getvalue().encode("utf-8-sig")  # a spreadsheet knows UTF-8 by its mark


def _figures(good: list[tuple[Dated, SavedRoi, RoiSpectrum]], several: bool) -> None:
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


def _own_file(dated: Dated) -> None:
    """What the numbers of a user's file are: its own, or those of the grid that it was put on."""
    if dated.scene.acquisition.source != "geotiff":
        return
    if file_source(dated) is None:
        st.caption("The file is not open any more: every number is of the 10 m grid that it was put on.")
        return
    st.caption(
        "A picked pixel is the file's own, unresampled. Tiles, areas and the numbers under the pointer are of the 10 m "
        "grid that the file was put on: the same pixels where the file lies on it, else resampled."
    )


def _satellite(dated: Dated) -> Satellite:
    """Whose wavelengths the chart has; S2A's stand in where a file names no satellite."""
    return next((s for s in SATELLITES if s == dated.scene.acquisition.satellite), SATELLITES[0])
