"""Progress of background work: the page goes on when it ends, and hears what was pressed meanwhile."""

from __future__ import annotations

from types import SimpleNamespace

from streamlit.testing.v1 import AppTest


def _page() -> None:
    import streamlit as st

    from lulc_core.ui.panels.progress import show_progress

    show_progress(lambda: st.session_state.pop("ending", st.session_state["running"]))
    if st.button("Report", key="report"):
        st.session_state["heard"] = True


def test_a_button_pressed_in_the_moment_in_which_work_ends_is_heard() -> None:
    app = AppTest.from_function(_page)
    app.session_state["running"] = [SimpleNamespace(done=False, quiet=True)]
    app.run()
    app.session_state["ending"] = [SimpleNamespace(done=True, quiet=True)]
    app.button(key="report").click().run()
    assert app.session_state["heard"] and not app.exception
