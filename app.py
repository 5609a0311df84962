"""Router of the app: the pages that there are, and what they share. Start it with ``make run``."""

from __future__ import annotations

import streamlit as st

from lulc_core.ui.page import page_setup

page_setup()
st.navigation(
    [
        st.Page("pages/explore.py", title="Explore", icon=":material/map:", url_path="explore", default=True),
        st.Page("pages/compare.py", title="Compare", icon=":material/compare:", url_path="compare"),
        st.Page("pages/spectra.py", title="Spectra", icon=":material/show_chart:", url_path="spectra"),
        st.Page("pages/model.py", title="Model", icon=":material/fact_check:", url_path="model"),
        st.Page("pages/report.py", title="Report", icon=":material/co_present:", url_path="report"),
    ],
    position="top",
).run()
