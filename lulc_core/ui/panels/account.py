"""The Sentinel Hub account of a session, the services that it opens, and the form that asks for it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import streamlit as st

from lulc_core.domain.errors import InputError, LulcError
from lulc_core.settings import CDSE_BASE_URL, CDSE_TOKEN_URL, COMMERCIAL_BASE_URL, COMMERCIAL_TOKEN_URL
from lulc_core.ui import resources
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.resources import Credentials
from lulc_core.ui.server.allowance import Allowance
from lulc_core.ui.widgets import bound

if TYPE_CHECKING:
    from lulc_core.sources.base import ImagerySource

SERVICES = {
    "Copernicus Data Space": (CDSE_BASE_URL, CDSE_TOKEN_URL),
    "Sentinel Hub (commercial)": (COMMERCIAL_BASE_URL, COMMERCIAL_TOKEN_URL),
}


OTHER = "Other"


def services() -> dict[str, tuple[str, str]]:
    """Return the services that a user can choose: their service and token addresses, by what a user reads.

    The one of the server stands first, as it is meant unless a user says otherwise. Any other address takes the
    operator's leave (``allow_other_services``): a user could have the server call whatever it reaches.
    """
    settings = resources.settings()
    own = (settings.sh_base_url, settings.sh_token_url)
    named = next((name for name, addresses in SERVICES.items() if addresses == own), f"This server's: {_host(own[0])}")
    return {named: own, **SERVICES}


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2] or url


def show_sources(key: str, current: str, on_change: Callable[[str], None]) -> None:
    """Ask where imagery comes from; arguments as :func:`bound` takes them."""
    sources = resources.SOURCES
    st.selectbox("Imagery", list(sources), format_func=sources.__getitem__, **bound(key, current, on_change))


@dataclass
class Account:
    """Who asks for imagery: one session, with an account typed into it or that of the server."""

    credentials: Credentials | None = None
    """Typed in; None for those of the server, if it has any."""
    session: str = field(default_factory=lambda: f"session-{uuid.uuid4().hex[:12]}")
    allowance: Allowance = field(default_factory=Allowance)
    _services: dict[str, tuple[Credentials | None, ImagerySource]] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        """True if Sentinel Hub can be asked."""
        return self.credentials is not None or resources.settings().has_credentials

    def service(self, name: str) -> ImagerySource | None:
        """Return a source that needs no files, the same object while the account stays; None while it lacks one."""
        if name == "sentinel-hub" and not self.is_known:
            return None
        if name not in self._services or self._services[name][0] != self.credentials:
            from lulc_core.sources.base import spend_freely
            from lulc_core.sources.registry import open_source

            # Limits are of the server's account; who brings an own one spends what is theirs.
            spend = self.allowance.spend if self.credentials is None else spend_freely
            source = open_source(name, resources.settings_with(self.credentials), spend=spend)
            self._services[name] = (self.credentials, source)
        return self._services[name][1]

    def scope(self, source: str) -> str:
        """Return who may share the answers of a source, as a request keeps it."""
        return resources.scope_of(source, self.credentials, self.session)


def show_account(account: Account, on_change: Callable[[], None]) -> None:
    """Ask for client id and secret, kept in this session only, with a button that says which of them is wrong.

    Args:
        account: filled in.
        on_change: called when other credentials count, or none.
    """
    known = account.is_known
    with st.popover("Account" if known else "Enter your account", icon=":material/key:", width="stretch"):
        st.caption("Kept in this browser session only: not in the link, not on disk.")
        known_services = services()
        other = [OTHER] if resources.settings().allow_other_services else []
        service = st.selectbox("Service", [*known_services, *other], key="sh-service")
        if service == OTHER:
            base = st.text_input("Service address", resources.settings().sh_base_url, key="sh-base")
            token = st.text_input("Token address", resources.settings().sh_token_url, key="sh-token")
        else:
            base, token = known_services[service]
            st.caption(f"Id and secret go to {plain(_host(token))}.")
        # A form: what is in a field counts when a button is pressed, not only once the field has been left.
        with st.form("sh-account", border=False):
            client = st.text_input("Client id", key="sh-id", autocomplete="off").strip()
            secret = st.text_input("Client secret", key="sh-secret", type="password", autocomplete="off").strip()
            answer = st.container()  # beside what was typed: under the buttons it can be out of sight
            left, right = st.columns(2)
            tested = left.form_submit_button("Test connection", width="stretch")
            used = right.form_submit_button("Use it", type="primary", width="stretch")
        typed = Credentials(client, secret, base.strip(), token.strip())
        if (tested or used) and not (client and secret) and (used or client or secret or not known):
            missing = [name for name, text in (("client id", client), ("client secret", secret)) if not text]
            text = f"The {' and the '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing."
            with answer:
                show_error(InputError(text, hint="Make both on the page of your account, under OAuth clients."))
        elif tested:
            with answer:
                from lulc_core.sources.sentinel_hub.source import test_connection

                with st.spinner("Asking the service …"):
                    report = test_connection(resources.settings_with(typed if client else account.credentials))
                if report.ok:
                    st.success(report.message, icon=":material/check_circle:")
                else:
                    show_error(LulcError(report.message, hint=report.hint))
        elif used:
            account.credentials = typed
            on_change()
            st.rerun()

        def forget() -> None:
            account.credentials = None
            on_change()
            for key in ("sh-id", "sh-secret"):
                st.session_state[key] = ""

        if account.credentials is not None:
            st.button("Forget it", on_click=forget, width="stretch")
    if not known:
        own = resources.settings().sh_base_url
        where = "free at dataspace.copernicus.eu" if own == CDSE_BASE_URL else f"here of {plain(_host(own))}"
        st.caption(f"Sentinel Hub needs an account ({where}). Without one, choose Simulated.")
