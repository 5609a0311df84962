"""What a source needs from the user: an account typed in for this session, or files of their own."""

from __future__ import annotations

import streamlit as st

from lulc_core.domain.errors import InputError, LulcError
from lulc_core.settings import CDSE_BASE_URL, CDSE_TOKEN_URL, COMMERCIAL_BASE_URL, COMMERCIAL_TOKEN_URL
from lulc_core.ui import resources
from lulc_core.ui.errors import show_error
from lulc_core.ui.explore.state import Explore
from lulc_core.ui.panels import files as panel_files
from lulc_core.ui.resources import Credentials

SERVICES = {
    "Copernicus Data Space": (CDSE_BASE_URL, CDSE_TOKEN_URL),
    "Sentinel Hub (commercial)": (COMMERCIAL_BASE_URL, COMMERCIAL_TOKEN_URL),
}


def account(state: Explore) -> None:
    """Client id and secret, kept in this session only, and a button that says which of them is wrong."""
    known = state.has_account
    with st.popover("Account" if known else "Enter your account", icon=":material/key:", width="stretch"):
        st.caption("Kept in this browser session only: not in the link, not on disk.")
        service = st.selectbox("Service", [*SERVICES, "Other"], key="sh-service")
        if service == "Other":
            base = st.text_input("Service address", resources.settings().sh_base_url, key="sh-base")
            token = st.text_input("Token address", resources.settings().sh_token_url, key="sh-token")
        else:
            base, token = SERVICES[service]
        # A form: what is in a field counts when a button is pressed, not only once the field has been left.
        with st.form("sh-account", border=False):
            client = st.text_input("Client id", key="sh-id", autocomplete="off").strip()
            secret = st.text_input("Client secret", key="sh-secret", type="password", autocomplete="off").strip()
            said = st.container()  # beside what was typed: under the buttons it can be out of sight
            left, right = st.columns(2)
            tested = left.form_submit_button("Test connection", width="stretch")
            used = right.form_submit_button("Use it", type="primary", width="stretch")
        typed = Credentials(client, secret, base.strip(), token.strip())
        if (tested or used) and not (client and secret) and (used or client or secret or not known):
            missing = [name for name, text in (("client id", client), ("client secret", secret)) if not text]
            verb = "is" if len(missing) == 1 else "are"
            with said:
                show_error(
                    InputError(
                        f"The {' and the '.join(missing)} {verb} missing.",
                        hint="Make both on the page of your account, under OAuth clients.",
                    )
                )
        elif tested:
            with said:
                _test(typed if client else state.credentials)
        elif used:
            state.credentials = typed
            state.found = state.asked = None
            st.rerun()

        def forget() -> None:
            state.credentials = state.found = state.asked = None
            for key in ("sh-id", "sh-secret"):
                st.session_state[key] = ""

        if state.credentials is not None:
            st.button("Forget it", on_click=forget, width="stretch")
    if not known:
        st.caption("Sentinel Hub needs an account (free at dataspace.copernicus.eu). Without one, choose Simulated.")


def _test(credentials: Credentials | None) -> None:
    from lulc_core.sources.sentinel_hub.source import test_connection

    with st.spinner("Asking the service …"):
        report = test_connection(resources.settings_with(credentials))
    if report.ok:
        st.success(report.message, icon=":material/check_circle:")
    else:
        show_error(LulcError(report.message, hint=report.hint))


def own_files(state: Explore) -> None:
    """Upload of Sentinel-2 files, the questions that they leave open, and their whole ground as area."""
    panel_files.show(state.own, state.files_changed)
    source = state.own.source
    if source is None:
        return

    def use_footprint() -> None:
        state.set_area(source.footprint())

    st.button("Use the whole image as area", on_click=use_footprint, width="stretch")
