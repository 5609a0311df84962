"""What a source needs from the user: an account typed in for this session, or files of their own."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from lulc_core.domain.errors import LulcError
from lulc_core.settings import CDSE_BASE_URL, CDSE_TOKEN_URL, COMMERCIAL_BASE_URL, COMMERCIAL_TOKEN_URL
from lulc_core.ui import store, words
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.state import Explore
from lulc_core.ui.store import Credentials

if TYPE_CHECKING:
    from lulc_core.sources.geotiff import GeoTiffSource
    from lulc_core.sources.geotiff_inspect import Question

SERVICES = {
    "Copernicus Data Space": (CDSE_BASE_URL, CDSE_TOKEN_URL),
    "Sentinel Hub (commercial)": (COMMERCIAL_BASE_URL, COMMERCIAL_TOKEN_URL),
}
IMAGE_TYPES = ("tif", "tiff", "jp2")


def account(state: Explore) -> None:
    """Client id and secret, kept in this session only, and a button that says which of them is wrong."""
    known = state.has_account
    with st.popover("Account" if known else "Enter your account", icon=":material/key:", width="stretch"):
        st.caption("Kept in this browser session only: not in the link, not on disk.")
        service = st.selectbox("Service", [*SERVICES, "Other"], key="sh-service")
        if service == "Other":
            base = st.text_input("Service address", store.settings().sh_base_url, key="sh-base")
            token = st.text_input("Token address", store.settings().sh_token_url, key="sh-token")
        else:
            base, token = SERVICES[service]
        client = st.text_input("Client id", key="sh-id", autocomplete="off")
        secret = st.text_input("Client secret", key="sh-secret", type="password", autocomplete="off")

        def use() -> None:
            state.credentials = Credentials(client.strip(), secret.strip(), base.strip(), token.strip())
            state.found = state.asked = None

        def forget() -> None:
            state.credentials = state.found = state.asked = None
            for key in ("sh-id", "sh-secret"):
                st.session_state[key] = ""

        typed = bool(client.strip() and secret.strip())
        left, right = st.columns(2)
        right.button("Use it", on_click=use, disabled=not typed, type="primary", width="stretch")
        if left.button("Test connection", disabled=not (typed or known), width="stretch"):
            _test(
                Credentials(client.strip(), secret.strip(), base.strip(), token.strip()) if typed else state.credentials
            )
        if state.credentials is not None:
            st.button("Forget it", on_click=forget, width="stretch")
    if not known:
        st.caption("Sentinel Hub needs an account (free at dataspace.copernicus.eu). Without one, choose Simulated.")


def _test(credentials: Credentials | None) -> None:
    from lulc_core.sources.sentinel_hub import test_connection

    with st.spinner("Asking the service …"):
        report = test_connection(store.settings_with(credentials))
    if report.ok:
        st.success(report.message, icon=":material/check_circle:")
    else:
        show_error(LulcError(report.message, hint=report.hint))


def own_files(state: Explore) -> None:
    """Upload of Sentinel-2 files, and the questions that they leave open."""

    def take() -> None:
        st.session_state.pop("image-answers", None)
        _keep(state, list(st.session_state.get("image-files") or ()))

    # Taken in the callback and not compared here: the uploader is empty again whenever its step was closed meanwhile.
    st.file_uploader(
        "One GeoTIFF with all bands, or one file per band",
        type=IMAGE_TYPES,
        accept_multiple_files=True,
        key="image-files",
        on_change=take,
    )
    if not state.files:
        st.caption("Bands are found by their names; B04, B03 and B02 are needed.")
        return
    from lulc_core.sources.geotiff import UnansweredError, inspect

    answers: dict[str, Any] = st.session_state.setdefault("image-answers", {})
    try:
        # Only with the bands: a question that is answered would be gone, and could not be answered otherwise.
        for question in inspect(state.files, bands=answers.get("bands")).questions:
            _ask(question, answers)
        source = _open(state, answers)
    except UnansweredError as error:
        state.file_source = None
        _ask(error.question, answers)
        return
    except LulcError as error:
        state.file_source = None
        show_error(error)
        return
    info = source.info
    when = words.day(info.moment) if info.moment else "date unknown"
    names = ", ".join(path.name for path in state.files[:3]) + (" …" if len(state.files) > 3 else "")
    st.caption(plain(f"{names}: {info.level}, {', '.join(info.bands)}, {when}"))

    def use_footprint() -> None:
        state.set_area(source.footprint())

    st.button("Use the whole image as area", on_click=use_footprint, width="stretch")


def _keep(state: Explore, uploads: list[Any]) -> None:
    state.files, state.file_source, state.found, state.asked = (), None, None, None
    if not uploads:
        return
    folder = Path(tempfile.mkdtemp(prefix="lulc-upload-"))
    weakref.finalize(state, shutil.rmtree, folder, ignore_errors=True)  # the files go with the session
    kept = []
    for i, upload in enumerate(uploads):
        name = Path(upload.name.replace("\\", "/")).name
        path = folder / str(i) / (name if name.strip(".") else "image.tif")
        path.parent.mkdir()
        path.write_bytes(upload.getbuffer())
        kept.append(path)
    state.files = tuple(kept)


def _ask(question: Question, answers: dict[str, Any]) -> None:
    key = f"image-{question.key}"

    def take() -> None:
        value = st.session_state[key]
        if question.key == "bands" and isinstance(value, str):
            value = [name.strip() for name in value.split(",")] if value.strip() else None
        if value is None:
            answers.pop(question.key, None)
        else:
            answers[question.key] = value

    known = answers.get(question.key, question.guess)
    if question.key == "date":
        st.date_input(question.text, known, key=key, format="YYYY-MM-DD", help=question.reason, on_change=take)
    elif question.options:
        labels = dict(question.options)
        options = list(labels)
        st.selectbox(
            question.text,
            options,
            index=options.index(known) if known in options else None,
            key=key,
            format_func=labels.__getitem__,
            help=question.reason,
            on_change=take,
        )
    else:
        text = ", ".join(known) if isinstance(known, list | tuple) else ""
        hint = "B02, B03, B04, B08"
        st.text_input(question.text, text, key=key, help=question.reason, placeholder=hint, on_change=take)


def _open(state: Explore, answers: dict[str, Any]) -> GeoTiffSource:
    from lulc_core.sources.geotiff import GeoTiffSource

    opened = (state.files, tuple(sorted((k, str(v)) for k, v in answers.items())))
    known = state.file_source
    if isinstance(known, GeoTiffSource) and st.session_state.get("image-opened") == opened:
        return known
    source = GeoTiffSource(state.files, **answers)
    state.file_source, state.found, state.asked = source, None, None
    st.session_state["image-opened"] = opened
    if source.info.moment is not None:
        state.start = state.end = source.info.moment.date()
    if state.aoi is None and state.area_error is None:
        state.set_area(source.footprint())
    st.rerun()  # the steps above have been shown without it
    return source
