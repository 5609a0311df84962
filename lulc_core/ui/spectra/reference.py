"""Reference spectra over the responses of the bands, and what the bands see of each."""

from __future__ import annotations

import streamlit as st

from lulc_core.analysis.spectra.reference import ReferenceSpectrum, Satellite, band_responses, reference_spectra
from lulc_core.render.charts.spectra import MATERIAL_COLORS, SYMBOLS, Curve, reference_chart
from lulc_core.ui.spectra import tables
from lulc_core.ui.spectra.choice import choose, choose_satellite
from lulc_core.ui.spectra.curves import CHART, material_curve
from lulc_core.ui.words import page_words, spoken, translate

FIRST = ("lawn_grass", "aspen_leaf", "dry_grass", "turbid_water")
AS_CURVES, AS_BANDS = "curves", "bands"


def show() -> None:
    """Show the choice of materials and satellite, the figure, its sources."""
    materials = {m.key: m for m in reference_spectra()}
    left, right = st.columns([3, 1], gap="medium")
    with right:
        satellite = choose_satellite("reference-satellite")
        ways = {way: translate(f"spectra.reference.{way}") for way in (AS_CURVES, AS_BANDS)}
        how = choose(translate("spectra.reflectance"), ways, key="reference-how", widget=st.radio)
        chosen = st.pills(
            translate("spectra.materials"),
            list(materials),
            default=list(FIRST),
            selection_mode="multi",
            format_func=lambda key: spoken(materials[key].title),
            key="reference-materials",
            persist_state="session",
        )
    with left:
        st.markdown(translate("spectra.reference.lead"))
        if not chosen:
            st.info(translate("spectra.reference.none"), icon=":material/show_chart:")
        curves = [_curve(materials[key], i, satellite, how == AS_BANDS) for i, key in enumerate(chosen)]
        responses = {name: response for (s, name), response in band_responses().items() if s == satellite}
        figure = reference_chart(curves, responses, satellite, words=page_words())
        st.plotly_chart(figure, key="reference-chart", config=CHART)
        if chosen:
            with st.expander(translate("spectra.reference.numbers")):
                st.html(tables.materials([materials[key] for key in chosen], satellite))
        st.caption(translate("spectra.reference.how"))
        st.caption(translate("spectra.reference.source"))


def _curve(material: ReferenceSpectrum, i: int, satellite: Satellite, as_bands: bool) -> Curve:
    if material.has_curve and not as_bands:
        return Curve(
            spoken(material.title), MATERIAL_COLORS[material.key], material.wavelength_nm, material.reflectance
        )
    return material_curve(material, satellite, symbol=SYMBOLS[i % len(SYMBOLS)])
