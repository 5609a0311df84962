"""The ten classes by band: mean and spread, and where two of them part."""

from __future__ import annotations

import streamlit as st

from lulc_core.analysis.spectra.reference import ClassSpectrum, class_spectra
from lulc_core.analysis.spectra.separability import BandSeparability, rank_bands, spectral_angle_deg
from lulc_core.domain.bands import BANDS, RGB, band
from lulc_core.render.charts.spectra import SYMBOLS, Curve, spectra_chart
from lulc_core.render.html_table import Row, bar_cell, bar_head, html_table
from lulc_core.ui import resources
from lulc_core.ui.model.evaluation import stored
from lulc_core.ui.spectra.choice import choose, link_page
from lulc_core.ui.spectra.curves import CHART, class_curve
from lulc_core.ui.spectra.tables import with_note

FIRST = ("River", "Highway")
ALL = "All ten"
TWO = "Compare two"


def show() -> None:
    """Show two classes against each other, or all ten at a glance."""
    spectra = {c.cls.name: c for c in class_spectra()}
    labels = {name: c.cls.label for name, c in spectra.items()}
    with st.container(key="classes-choice", horizontal=True, gap="small", vertical_alignment="bottom"):
        view = choose("Show", (TWO, ALL), key="classes-view", widget=st.segmented_control, required=True)
        if view == TWO:
            first = choose("Class", labels, key="classes-a", default=FIRST[0], width=190)
            second = choose("Other class", labels, key="classes-b", default=FIRST[1], width=190)
    if view == ALL:
        _show_chart([class_curve(c, ribbon=False, symbol=_symbol(c)) for c in spectra.values()], 480)
        st.caption("Means of 200 real EuroSAT patches a class. Click a name in the legend to hide it.")
        _source()
        return
    a, b = spectra[first], spectra[second]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _show_chart([class_curve(c, symbol=_symbol(c)) for c in ([a] if a is b else [a, b])], 400)
        st.caption("Line: mean. Ribbon: the middle 80 % of pixels (10th to 90th percentile).")
        _source()
    with right:
        if a is b:
            st.info("Choose two different classes.", icon=":material/compare_arrows:")
        else:
            _show_separability(a, b)


def _show_chart(curves: list[Curve], height: int) -> None:
    st.plotly_chart(spectra_chart(curves, "S2A", "L1C", height=height), key="classes-chart", config=CHART)


def _symbol(c: ClassSpectrum) -> str:
    return SYMBOLS[c.cls.id % len(SYMBOLS)]


def _show_separability(a: ClassSpectrum, b: ClassSpectrum) -> None:
    ranked = rank_bands(a, b)
    best = ranked[0]
    visible = max((s for s in ranked if s.band in RGB), key=lambda s: s.jm)
    brighter = b if best.difference > 0 else a
    st.markdown(
        f"They part most in **{best.band}** ({band(best.band).title}), where {brighter.cls.label} is brighter; pixel "
        f"by pixel they are **{best.words}** there. "
        + (
            "That is one of the three bands that the network sees."
            if visible.band == best.band
            else f"Of the three bands that the network sees, {visible.band} tells most: {visible.words}."
        )
    )
    _show_confusion(a, b, visible)
    st.html(_table(ranked))
    angle = spectral_angle_deg(*(c.mean[[i for i, x in enumerate(BANDS) if not x.atmospheric]] for c in (a, b)))
    st.caption(
        "Distance: Jeffries-Matusita, 0 (the same) to 2 (no overlap), each band alone. "
        f"Difference: mean of {b.cls.label} less that of {a.cls.label}. Spectral angle {angle:.1f}°. "
        "Single pixels are compared here; the network also sees shapes and texture of 64 x 64 of them."
    )


def _show_confusion(a: ClassSpectrum, b: ClassSpectrum, visible: BandSeparability) -> None:
    """Say how often the network in use takes one class for the other, with links to the misclassification matrix.

    ``visible`` is the band that separates them best, of those that the network sees.
    """
    evaluation = stored(resources.settings().model).evaluation
    if evaluation is None:
        st.caption("No evaluation is stored beside the network's weights, so its mistakes cannot be named here.")
        return
    matrix = evaluation.matrix
    a_as_b, b_as_a = matrix[a.cls.id, b.cls.id], matrix[b.cls.id, a.cls.id]
    n_a, n_b = matrix[a.cls.id].sum(), matrix[b.cls.id].sum()
    st.markdown(
        f"The network took **{a_as_b} of {n_a}** {a.cls.label} patches for {b.cls.label}, and **{b_as_a} of {n_b}** "
        f"the other way round ({evaluation.split} part, {evaluation.n:,} patches). "
        + _explain_confusion(a_as_b + b_as_a, n_a + n_b, visible)
    )
    with st.container(key="classes-cells", horizontal=True, gap="small"):
        for reference, predicted, n in ((a.cls, b.cls, a_as_b), (b.cls, a.cls, b_as_a)):
            link_page(
                "pages/model.py",
                label=f"{reference.label} named {predicted.label}: {n}".replace("_", " "),
                icon=":material/grid_on:",
                help="Opens this cell of the misclassification matrix on the Model page.",
                query_params={"cell": f"{reference.name},{predicted.name}"},
            )


def _explain_confusion(mistakes: float, n: float, visible: BandSeparability) -> str:
    often = mistakes >= 0.005 * n
    if visible.words == "well apart":
        return f"Their colours differ, so {'it is shape that misleads it' if often else 'that is no wonder'}."
    return f"Their colours overlap, {'which explains it' if often else 'so it tells them apart by shape and texture'}."


def _table(ranked: tuple[BandSeparability, ...]) -> str:
    rows: list[Row] = []
    for s in ranked:
        bar = bar_cell(s.jm / 2, "var(--lulc-accent, #2A8562)")
        rows.append([with_note(s.band, band(s.band).title), f"{s.jm:.2f}", bar, f"{s.difference:+.3f}"])
    caption = "Bands, the one that parts the two classes best first"
    return html_table(caption, ("Band", "Distance", bar_head(), "Difference"), rows)


def _source() -> None:
    st.caption(
        "Source: EuroSAT multispectral patches (Helber et al. 2019, MIT licence), Sentinel-2A L1C: top-of-atmosphere "
        "reflectance, so blue is raised by the air. Contains modified Copernicus Sentinel data."
    )
