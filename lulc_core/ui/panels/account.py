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
from lulc_core.ui.words import translate

if TYPE_CHECKING:
    from lulc_core.sources.base import ImagerySource

SERVICES = {
    "Copernicus Data Space": (CDSE_BASE_URL, CDSE_TOKEN_URL),
    "Sentinel Hub (commercial)": (COMMERCIAL_BASE_URL, COMMERCIAL_TOKEN_URL),
}


OTHER = "other"
CONSOLE = "https://dataspace.copernicus.eu"
"""Where one registers for the service that is free."""


def services() -> dict[str, tuple[str, str]]:
    """Return the services that a user can choose: their service and token addresses, by what a user reads.

    The one of the server stands first, as it is meant unless a user says otherwise. Any other address takes the
    operator's leave (``allow_other_services``): a user could have the server call whatever it reaches.
    """
    settings = resources.settings()
    own = (settings.sh_base_url, settings.sh_token_url)
    this = translate("panel.account.this_server", host=_host(own[0]))
    named = next((name for name, addresses in SERVICES.items() if addresses == own), this)
    return {named: own, **SERVICES}


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2] or url


def show_sources(
    key: str, current: str, on_change: Callable[[str], None], *, extra: Callable[[], None] | None = None
) -> None:
    """Say where imagery comes from; behind it a card for each source.

    Args:
        key: of the choice.
        current: name of the source.
        on_change: called with another one.
        extra: shows what stands under the cards.
    """
    names = {name: translate(f"panel.source.{name}") for name in resources.SOURCES}
    title = translate("panel.imagery.of", source=names[current])
    with st.popover(title, icon=":material/satellite_alt:", width="stretch", key=f"{key}-cards"):
        st.radio(
            translate("panel.imagery"),
            list(names),
            format_func=names.__getitem__,
            captions=[translate(f"panel.source.{name}.what") for name in names],
            label_visibility="collapsed",
            **bound(key, current, on_change),
        )
        if extra is not None:
            extra()


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
    """Ask for client id and secret, kept in this session only; one button tests them and, if they do, uses them.

    Args:
        account: filled in.
        on_change: called when other credentials count, or none.
    """
    known = account.is_known
    with st.popover(
        translate("panel.account" if known else "panel.account.enter"), icon=":material/key:", width="stretch"
    ):
        if not known and resources.settings().sh_base_url == CDSE_BASE_URL:
            st.markdown(translate("panel.account.steps", host=_host(CONSOLE), url=CONSOLE))
        st.caption(translate("panel.account.kept"))
        known_services = services()
        names = {**{name: name for name in known_services}, OTHER: translate("panel.account.other")}
        offered = [*known_services, *([OTHER] if resources.settings().allow_other_services else [])]
        service = st.selectbox(
            translate("panel.account.service"), offered, format_func=names.__getitem__, key="sh-service"
        )
        if service == OTHER:
            base = st.text_input(translate("panel.account.base"), resources.settings().sh_base_url, key="sh-base")
            token = st.text_input(translate("panel.account.token"), resources.settings().sh_token_url, key="sh-token")
        else:
            base, token = known_services[service]
            st.caption(translate("panel.account.goes_to", host=plain(_host(token))))
        # A form: what is in a field counts when a button is pressed, not only once the field has been left.
        with st.form("sh-account", border=False):
            client = st.text_input(translate("panel.account.id"), key="sh-id", autocomplete="off").strip()
            secret = st.text_input(
                translate("panel.account.secret"), key="sh-secret", type="password", autocomplete="off"
            ).strip()
            answer = st.container()  # beside what was typed: under the buttons it can be out of sight
            only_test = known and not client and not secret
            pressed = st.form_submit_button(
                translate("panel.account.test" if only_test else "panel.account.use"),
                type="secondary" if only_test else "primary",
                width="stretch",
                key="sh-use",
            )
        if pressed:
            typed = Credentials(client, secret, base.strip(), token.strip())
            with answer:
                works = _tested(typed if client or secret or not known else None, account)
            if works and client:
                account.credentials = typed
                on_change()
                st.rerun()

        def forget() -> None:
            account.credentials = None
            on_change()
            for key in ("sh-id", "sh-secret"):
                st.session_state[key] = ""

        if account.credentials is not None:
            st.button(translate("panel.account.forget"), key="sh-forget", on_click=forget, width="stretch")
    if not known:
        own = resources.settings().sh_base_url
        free = own == CDSE_BASE_URL
        text = translate("panel.account.free") if free else translate("panel.account.own", host=plain(_host(own)))
        st.caption(text)


def _tested(typed: Credentials | None, account: Account) -> bool:
    """Say whether what was typed, or else the account that counts, works."""
    if typed is not None and not (typed.client_id and typed.client_secret):
        both = not typed.client_id and not typed.client_secret
        missing = "both" if both else "secret" if typed.client_id else "id"
        hint = translate("panel.account.missing.hint")
        show_error(InputError(translate(f"panel.account.missing.{missing}"), hint=hint))
        return False
    from lulc_core.sources.sentinel_hub.source import test_connection

    with st.spinner(translate("panel.account.asking")):
        report = test_connection(resources.settings_with(typed or account.credentials))
    if report.ok:
        st.success(report.message, icon=":material/check_circle:")
    else:
        show_error(LulcError(report.message, hint=report.hint))
    return report.ok
