"""The ten classes by band: mean and spread, and where two of them part."""

from __future__ import annotations

import numpy as np
import streamlit as st

from lulc_core.analysis.spectra.reference import ClassSpectrum, class_spectra
from lulc_core.analysis.spectra.separability import BandSeparability, rank_bands, spectral_angle_deg
from lulc_core.domain.bands import BAND_NAMES, BANDS, RGB, band
from lulc_core.domain.classes import CLASSES
from lulc_core.render.charts.spectra import SYMBOLS, Curve, spectra_chart
from lulc_core.render.html_table import Row, bar_cell, bar_head, html_table
from lulc_core.ui.spectra.confusion import stored_confusions
from lulc_core.ui.spectra.reference import CHART
from lulc_core.ui.spectra.tables import with_note

FIRST = ("River", "Highway")
ALL = "All ten"
TWO = "Compare two"


def show() -> None:
    """Two classes against each other, or all ten at a glance."""
    classes = {c.cls.name: c for c in class_spectra()}
    names = list(classes)
    with st.container(key="classes-choice", horizontal=True, gap="small", vertical_alignment="bottom"):
        view = st.segmented_control(
            "Show", (TWO, ALL), default=TWO, key="classes-view", required=True, persist_state="session"
        )
        if view == TWO:
            first, second = (
                st.selectbox(
                    title,
                    names,
                    index=names.index(name),
                    format_func=_label,
                    key=key,
                    persist_state="session",
                    width=190,
                )
                for title, name, key in (("Class", FIRST[0], "classes-a"), ("Other class", FIRST[1], "classes-b"))
            )
    if view == ALL:
        figure = spectra_chart([_curve(c, ribbon=False) for c in classes.values()], "S2A", "L1C", height=480)
        st.plotly_chart(figure, key="classes-chart", config=CHART)
        st.caption("Means of 200 real EuroSAT patches a class. Click a name in the legend to hide it.")
        _source()
        return
    a, b = classes[first], classes[second]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        shown = [a] if a is b else [a, b]
        figure = spectra_chart([_curve(c, ribbon=True) for c in shown], "S2A", "L1C", height=400)
        st.plotly_chart(figure, key="classes-chart", config=CHART)
        st.caption("Line: mean. Ribbon: the middle 80 % of pixels (10th to 90th percentile).")
        _source()
    with right:
        if a is b:
            st.info("Choose two different classes.", icon=":material/compare_arrows:")
        else:
            _parted(a, b)


def _parted(a: ClassSpectrum, b: ClassSpectrum) -> None:
    ranked = rank_bands(a, b)
    best = ranked[0]
    seen = max((s for s in ranked if s.band in RGB), key=lambda s: s.jm)
    brighter = b if best.difference > 0 else a
    st.markdown(
        f"They part most in **{best.band}** ({band(best.band).title}), where {brighter.cls.label} is brighter; pixel "
        f"by pixel they are **{best.words}** there. "
        + (
            "That is one of the three bands that the network sees."
            if seen.band == best.band
            else f"Of the three bands that the network sees, {seen.band} tells most: {seen.words}."
        )
    )
    _confused(a, b, seen)
    st.html(_table(ranked))
    angle = spectral_angle_deg(*(c.mean[[i for i, x in enumerate(BANDS) if not x.atmospheric]] for c in (a, b)))
    st.caption(
        "Distance: Jeffries-Matusita, 0 (the same) to 2 (no overlap), each band alone. "
        f"Difference: mean of {b.cls.label} less that of {a.cls.label}. Spectral angle {angle:.1f}°. "
        "Single pixels are compared here; the network also sees shapes and texture of 64 x 64 of them."
    )


def _confused(a: ClassSpectrum, b: ClassSpectrum, seen: BandSeparability) -> None:
    stored = stored_confusions()
    if stored is None:
        st.caption("No evaluation is stored beside the network's weights, so its mistakes cannot be named here.")
        return
    a_as_b, n_a, b_as_a, n_b = stored.between(a.cls.id, b.cls.id)
    st.markdown(
        f"The network took **{a_as_b} of {n_a}** {a.cls.label} patches for {b.cls.label}, and **{b_as_a} of {n_b}** "
        f"the other way round ({stored.split} part, {stored.n:,} patches). "
        + _because(a_as_b + b_as_a, n_a + n_b, seen)
    )
    with st.container(key="classes-cells", horizontal=True, gap="small"):
        _to_cell(a, b, a_as_b)
        _to_cell(b, a, b_as_a)


def _to_cell(reference: ClassSpectrum, predicted: ClassSpectrum, count: int) -> None:
    """A link to the cell of the misclassification matrix, with its count."""
    try:
        st.page_link(
            "pages/model.py",
            label=f"{reference.cls.label} named {predicted.cls.label}: {count}".replace("_", " "),
            icon=":material/grid_on:",
            help="Opens this cell of the misclassification matrix on the Model page.",
            query_params={"cell": f"{reference.cls.name},{predicted.cls.name}"},
        )
    except st.errors.StreamlitPageNotFoundError:
        return  # this page was started by itself, without the others


def _because(mistakes: int, n: int, seen: BandSeparability) -> str:
    often = mistakes >= 0.005 * n
    apart = seen.words == "well apart"
    if often and not apart:
        return "Their colours overlap, which explains it."
    if often:
        return "Their colours differ, so it is shape that misleads it."
    if apart:
        return "Their colours differ, so that is no wonder."
    return "Their colours overlap, so it tells them apart by shape and texture."


def _table(ranked: tuple[BandSeparability, ...]) -> str:
    rows: list[Row] = [
        [
            with_note(s.band, band(s.band).title),
            f"{s.jm:.2f}",
            bar_cell(s.jm / 2, "var(--lulc-accent, #2A8562)"),
            f"{s.difference:+.3f}",
        ]
        for s in ranked
    ]
    caption = "Bands, the one that parts the two classes best first"
    return html_table(caption, ("Band", "Distance", bar_head(), "Difference"), rows)


def _curve(c: ClassSpectrum, *, ribbon: bool) -> Curve:
    centres = np.array([b.centre_nm["S2A"] for b in BANDS])
    low, high = (c.p10, c.p90) if ribbon else (None, None)
    symbol = SYMBOLS[c.cls.id % len(SYMBOLS)]
    return Curve(
        f"{c.cls.label} ({c.cls.letter})", c.cls.color, centres, c.mean, BAND_NAMES, low=low, high=high, symbol=symbol
    )


def _source() -> None:
    st.caption(
        "Source: EuroSAT multispectral patches (Helber et al. 2019, MIT licence), Sentinel-2A L1C: top-of-atmosphere "
        "reflectance, so blue is raised by the air. Contains modified Copernicus Sentinel data."
    )


def _label(name: str) -> str:
    return next(c.label for c in CLASSES if c.name == name)
