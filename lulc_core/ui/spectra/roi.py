"""Regions of interest in the imagery of the user's own area: on the map, their spectra, what they are like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from lulc_core.analysis.spectra.reference import class_spectra, reference_spectra
from lulc_core.analysis.spectra.roi import MAX_SIDE_M, MIN_SIDE_M
from lulc_core.domain.errors import LulcError
from lulc_core.domain.spectrum import RoiSpectrum
from lulc_core.export import tables as export_tables
from lulc_core.render.charts.figure import level_title
from lulc_core.render.charts.spectra import DASHES, SYMBOLS, Curve, spectra_chart
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.spectra import tables
from lulc_core.ui.spectra.choice import choose, choose_scene, choose_several
from lulc_core.ui.spectra.curves import CHART, class_curve, known_satellite, material_curve
from lulc_core.ui.spectra.picture import Picture, presets, show_map
from lulc_core.ui.spectra.source import AreaScenes, DatedScene, file_source
from lulc_core.ui.spectra.state import MAX_NAME, MAX_ROIS, SavedRoi, Spectra
from lulc_core.ui.words import page_words, spoken, translate

KINDS = ("point", "tile", "square")
MAX_DATES = 4
MAX_COMPARED = 3


@dataclass(frozen=True)
class Measured:
    """A region of interest with its spectrum in one scene."""

    saved: SavedRoi
    dated: DatedScene
    suffix: str
    """Behind the name of the region, to tell its dates apart; empty where there is one."""
    spectrum: RoiSpectrum | None
    why_empty: str = ""
    """Why there is no spectrum, as Markdown; empty where there is one."""

    @property
    def name(self) -> str:
        """Name of the region, which the user may just have changed, with the date where there are several."""
        return self.saved.name + self.suffix

    @property
    def count(self) -> str:
        """``4,096 pixels``; empty where there is none."""
        s = self.spectrum
        if s is None or self.why_empty:
            return ""
        out = s.n_cloudy + s.n_no_data
        counted = translate("spectra.pixels", s.n_pixels)
        return translate("spectra.pixels.left_out", counted=counted, out=out) if out else counted


@st.fragment
def show(state: Spectra, scenes: AreaScenes) -> None:
    """Show everything of this part. A fragment, so that a click on the map reruns no more than this."""
    left, right = st.columns([3, 2], gap="medium")
    with left:
        dated, picture = _choose_picture(state, scenes)
        show_map(state, scenes, dated, picture)
        _ask_for_place(state)
    with right:
        compared = _choose_dates(scenes, dated)
        suffixes = [f", {d.label}" if len(compared) > 1 else "" for d in compared]
        measured = [_measure(state, r, *one) for r in state.rois for one in zip(compared, suffixes, strict=True)]
        if state.error is not None:
            show_error(state.error)
        if state.warning:
            st.warning(state.warning, icon=":material/info:")
        if not state.rois:
            st.markdown(translate("spectra.picks.none"))
            st.caption(translate("spectra.picks.kept", n=MAX_ROIS))
        _show_chart(state, measured, compared, dated)
        if state.rois:
            _list_rois(state, measured, dated)
            _choose_references()
    if usable := [m for m in measured if not m.why_empty]:
        _show_figures(usable)
    _explain_file(dated)
    for note in dict.fromkeys((*dated.scene.acquisition.notes, *dated.scene.notes)):
        st.caption(plain(spoken(note)))


def _measure(state: Spectra, saved: SavedRoi, dated: DatedScene, suffix: str) -> Measured:
    found = state.spectrum(dated, saved)
    if isinstance(found, LulcError):
        return Measured(saved, dated, suffix, None, f":material/block: {plain(spoken(found.message))}")
    return Measured(
        saved, dated, suffix, found, f":material/cloud: {spoken(found.why_empty)}" if found.why_empty else ""
    )


def _choose_picture(state: Spectra, scenes: AreaScenes) -> tuple[DatedScene, Picture]:
    """Ask for the date, the picture and what a click picks."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        dated = choose_scene(scenes, "ground-date", width=160)
        pictures = presets(dated.scene)
        titles = {key: picture.title for key, picture in pictures.items()}
        chosen = choose(translate("spectra.picture"), titles, key="ground-picture", width=230)
        kinds = {kind: translate(f"spectra.kind.{kind}") for kind in KINDS}
        state.kind = choose(
            translate("spectra.click_picks"), kinds, key="ground-kind", widget=st.radio, horizontal=True
        )
        if state.kind == "square":
            state.side_m = int(
                st.number_input(
                    translate("spectra.side"),
                    int(MIN_SIDE_M),
                    int(MAX_SIDE_M),
                    value=state.side_m,
                    step=20,
                    key="ground-side",
                    persist_state="session",
                    width=140,
                    help=translate("spectra.side.help"),
                )
            )
    return dated, pictures[chosen]


def _choose_dates(scenes: AreaScenes, dated: DatedScene) -> list[DatedScene]:
    """Ask for the dates whose spectra are shown: before and after where there are two."""
    if len(scenes.scenes) == 1:
        return [dated]
    labels = {d.key: d.label for d in scenes.scenes}
    default = list(labels)[-2:]
    if dated.key not in default:
        default = [dated.key, *default[-1:]]
    chosen = choose_several(
        translate("spectra.dates"), labels, key="ground-dates", default=default, max_selections=MAX_DATES
    )
    return [d for d in scenes.scenes if d.key in chosen] or [dated]


def _ask_for_place(state: Spectra) -> None:
    def take() -> None:
        state.read_click_choice()
        state.add_typed(st.session_state["ground-typed"])

    row = st.form("ground-place", border=False, clear_on_submit=True).container(
        horizontal=True, gap="small", vertical_alignment="bottom"
    )
    row.text_input(
        translate("spectra.typed"),
        placeholder="45.4801, 8.8502",
        width=260,
        key="ground-typed",
        help=translate("spectra.typed.help"),
    )
    row.form_submit_button(translate("spectra.pick_it"), icon=":material/add_location:", on_click=take)


def _show_chart(
    state: Spectra, measured: Sequence[Measured], compared: Sequence[DatedScene], dated: DatedScene
) -> None:
    chosen = st.session_state.get("ground-envelopes", [])
    acquisition = dated.scene.acquisition
    satellite = known_satellite(acquisition.satellite)
    classes = [class_curve(c, satellite, dash="dot") for c in class_spectra() if c.cls.name in chosen]
    materials = [material_curve(m, satellite, dash="dashdot") for m in reference_spectra() if m.key in chosen]
    lines = [
        Curve(
            m.name,
            m.saved.color,
            m.spectrum.wavelength_nm,
            m.spectrum.mean,
            m.spectrum.bands,
            std=m.spectrum.std if m.spectrum.n_pixels > 1 else None,
            dash=DASHES[compared.index(m.dated)],
            symbol=SYMBOLS[state.rois.index(m.saved) % len(SYMBOLS)],
        )
        for m in measured
        if m.spectrum is not None and not m.why_empty
    ]
    curves = [*classes, *materials, *lines]
    if not curves:
        return
    levels = {m.spectrum.level for m in measured if m.spectrum is not None} or {acquisition.level}
    level = next(iter(levels)) if len(levels) == 1 else "mixed"
    st.plotly_chart(
        spectra_chart(curves, satellite, level, height=330, words=page_words()), key="ground-chart", config=CHART
    )
    said = [f"{level_title(level, page_words())} ({', '.join(sorted(levels))}).", translate("spectra.chart.whiskers")]
    if not acquisition.satellite:
        said.append(translate("spectra.chart.assumed"))
    if len(compared) > 1:
        said.append(translate("spectra.chart.styles"))
    if (classes or materials) and level != "L1C":
        said.append(translate("spectra.chart.ribbons"))
    st.caption(" ".join(said))


def _choose_references() -> None:
    say = page_words()
    titles = {c.cls.name: f"{say.class_name(c.cls.id)} ({say.spoken('class')})" for c in class_spectra()}
    titles |= {m.key: f"{say.spoken(m.title)} ({say.spoken('material')})" for m in reference_spectra()}
    choose_several(
        translate("spectra.compare_with"),
        titles,
        key="ground-envelopes",
        max_selections=MAX_COMPARED,
        placeholder=translate("spectra.none"),
    )


def _list_rois(state: Spectra, measured: Sequence[Measured], dated: DatedScene) -> None:
    """List the regions with what can be changed of them, and offer the spectra as a file."""
    with st.container(key="pick-list", gap="xsmall"):
        for saved in list(state.rois):
            of_roi = [m for m in measured if m.saved is saved]
            single = len(of_roi) == 1
            _show_roi(state, saved, (of_roi[0].count or translate("spectra.no_spectrum")) if single else "")
            for m in of_roi:
                if not single or m.why_empty:
                    st.caption(("" if single else f"{m.dated.label}: ") + (m.count or m.why_empty))
    spectra = [(m.saved.name, m.spectrum) for m in measured if m.spectrum is not None]
    with st.container(horizontal=True, gap="small"):
        if spectra:
            st.download_button(
                translate("spectra.csv"),
                # A spreadsheet knows UTF-8 by its mark.
                data=lambda: export_tables.spectra(spectra).encode("utf-8-sig"),
                file_name=f"spectra_{dated.scene.acquisition.date}.csv",
                mime="text/csv",
                icon=":material/download:",
                on_click="ignore",
            )
        ids = tuple(saved.id for saved in state.rois)
        icon = ":material/delete_sweep:"
        st.button(
            translate("spectra.remove_all"),
            key="pick-clear",
            on_click=state.remove,
            args=ids,
            type="tertiary",
            icon=icon,
        )


def _show_roi(state: Spectra, saved: SavedRoi, count: str) -> None:
    color, name, counted, bin_ = st.columns([0.9, 4.2, 2.8, 0.9], gap="small", vertical_alignment="center")
    saved.color = color.color_picker(
        translate("spectra.color_of", name=saved.name),
        saved.color,
        key=f"pick-color-{saved.id}",
        label_visibility="collapsed",
    )
    typed = name.text_input(
        translate("spectra.name_of", name=saved.name),
        saved.name,
        max_chars=MAX_NAME,
        key=f"pick-name-{saved.id}",
        label_visibility="collapsed",
    )
    saved.name = typed.strip() or saved.name
    if count:
        counted.caption(count)
    bin_.button(
        "",
        key=f"pick-bin-{saved.id}",
        icon=":material/delete:",
        help=translate("spectra.remove", name=plain(saved.name)),
        on_click=state.remove,
        args=(saved.id,),
        type="tertiary",
    )


def _show_figures(measured: Sequence[Measured]) -> None:
    names = [m.name for m in measured]
    colors = [m.saved.color for m in measured]
    spectra = [m.spectrum for m in measured if m.spectrum is not None]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        st.subheader(translate("spectra.indices"))
        st.html(tables.indices(names, colors, spectra))
        st.subheader(translate("spectra.bands"))
        st.html(tables.bands(names, colors, spectra))
    with right:
        st.subheader(translate("spectra.similar"))
        match = 0
        if len(names) > 1:
            match = (
                st.selectbox(
                    translate("spectra.of"), range(len(names)), format_func=names.__getitem__, key="ground-match"
                )
                or 0
            )
        st.html(tables.matches(spectra[min(match, len(names) - 1)]))
        st.caption(translate("spectra.similar.how"))


def _explain_file(dated: DatedScene) -> None:
    """Say what the numbers of a user's file are: its own, or those of the grid that it was put on."""
    if dated.scene.acquisition.source != "geotiff":
        return
    if file_source(dated) is None:
        st.caption(translate("spectra.file.closed"))
        return
    st.caption(translate("spectra.file.own"))
