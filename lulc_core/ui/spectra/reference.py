"""Reference spectra over the responses of the bands, and what the bands see of each."""

from __future__ import annotations

import streamlit as st

from lulc_core.analysis.spectra.reference import ReferenceSpectrum, Satellite, band_responses, reference_spectra
from lulc_core.render.charts.spectra import MATERIAL_COLORS, SYMBOLS, Curve, reference_chart
from lulc_core.ui.spectra import tables
from lulc_core.ui.spectra.choice import choose, choose_satellite
from lulc_core.ui.spectra.curves import CHART, material_curve

FIRST = ("lawn_grass", "aspen_leaf", "dry_grass", "turbid_water")
AS_BANDS, AS_CURVES = "As the bands see them", "As measured"


def show() -> None:
    """Show the choice of materials and satellite, the figure, its sources."""
    materials = {m.key: m for m in reference_spectra()}
    left, right = st.columns([3, 1], gap="medium")
    with right:
        satellite = choose_satellite("reference-satellite")
        how = choose("Reflectance", (AS_CURVES, AS_BANDS), key="reference-how", widget=st.radio)
        chosen = st.pills(
            "Materials",
            list(materials),
            default=list(FIRST),
            selection_mode="multi",
            format_func=lambda key: materials[key].title,
            key="reference-materials",
            persist_state="session",
        )
    with left:
        st.markdown(
            "Every material reflects each colour of light differently, also beyond what eyes see. **Leaves** take in "
            "red and throw back infrared, **dry plants** and **soil** rise steadily, **water** swallows nearly all "
            "infrared. Sentinel-2 measures 13 slices of that light; the network looks at three of them (B04, B03, B02)."
        )
        if not chosen:
            st.info("Choose a material to see its spectrum.", icon=":material/show_chart:")
        curves = [_curve(materials[key], i, satellite, how == AS_BANDS) for i, key in enumerate(chosen)]
        responses = {name: response for (s, name), response in band_responses().items() if s == satellite}
        figure = reference_chart(curves, responses, satellite)
        st.plotly_chart(figure, key="reference-chart", config=CHART)
        if chosen:
            with st.expander("The same as numbers, seen by the bands"):
                st.html(tables.materials([materials[key] for key in chosen], satellite))
        st.caption(
            "Point at a curve for its value, at a band for its wavelength, width, pixel size and use. B09 and B10 "
            "(grey) see the air. Water is known by band only, from top-of-atmosphere pixels: its blue is partly air."
        )
        st.caption(
            "Sources: lawn grass, aspen leaf: USGS Spectral Library splib07; other materials: ECOSTRESS spectral "
            "library; water: EuroSAT pixels (Helber et al. 2019); band responses: ESA COPE-GSEG-EOPG-TN-15-0007 v4.0."
        )


def _curve(material: ReferenceSpectrum, i: int, satellite: Satellite, as_bands: bool) -> Curve:
    if material.has_curve and not as_bands:
        return Curve(material.title, MATERIAL_COLORS[material.key], material.wavelength_nm, material.reflectance)
    return material_curve(material, satellite, symbol=SYMBOLS[i % len(SYMBOLS)])
