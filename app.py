"""Router of the app: the pages that there are, and what they share. Start it with ``make run``.

The server imports this file and finds ``app``; for every visit it then runs the file as a script.
"""

from __future__ import annotations

import streamlit as st

if __name__ == "__main__":
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
else:
    from starlette.middleware import Middleware

    from lulc_core.ui.errors import show_fault
    from lulc_core.ui.server.protection import Protection
    from lulc_core.ui.server.sessions import keep_house

    app = st.App(__file__, middleware=[Middleware(Protection)], lifespan=keep_house, on_script_error=show_fault)
