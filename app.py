"""Router of the app: the pages that there are, and what they share. Start it with ``make run``.

The server imports this file and finds ``app``; for every visit it then runs the file as a script.
"""

from __future__ import annotations

import streamlit as st

if __name__ == "__main__":
    from lulc_core.ui.page import page_setup
    from lulc_core.ui.words import translate

    page_setup()
    icons = {"explore": "map", "compare": "compare", "spectra": "show_chart"}
    icons |= {"model": "fact_check", "report": "co_present"}
    st.navigation(
        [
            st.Page(
                f"pages/{page}.py",
                title=translate(f"app.page.{page}"),
                icon=f":material/{icon}:",
                url_path=page,
                default=page == "explore",
            )
            for page, icon in icons.items()
        ],
        position="top",
    ).run()
else:
    from starlette.middleware import Middleware
    from streamlit.runtime.pages_manager import PagesManager

    from lulc_core.ui.errors import show_fault
    from lulc_core.ui.server.addresses import routes
    from lulc_core.ui.server.protection import Protection
    from lulc_core.ui.server.sessions import keep_house

    # Streamlit would take the folder pages/ for its older kind of app, with a list of its own, until a visit has run
    # the router: the first visitor would see that list for a moment, and a deep link would run its file alone.
    PagesManager.uses_pages_directory = False
    app = st.App(
        __file__,
        middleware=[Middleware(Protection)],
        lifespan=keep_house,
        routes=routes(),
        on_script_error=show_fault,
    )
