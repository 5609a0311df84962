"""From an error to what a user sees: one sentence, one hint, never a traceback and never a secret."""

from __future__ import annotations

import re

import streamlit as st

from lulc_core.domain.errors import CancelledError, CredentialsError, LulcError, NoAcquisitionError, SourceError

UNEXPECTED = LulcError(
    "Something unexpected went wrong inside the program.",
    hint="Try again; if it stays, the terminal that runs the app says what it was.",
)


def as_user_error(error: BaseException) -> LulcError:
    """Return the error itself where it was made for users, else one that says no more than a user can use."""
    return error if isinstance(error, LulcError) else UNEXPECTED


def show_error(error: BaseException) -> None:
    """Show one error as one box."""
    known = as_user_error(error)
    text = f"{plain(known.message)}\n\n{plain(known.hint)}" if known.hint else plain(known.message)
    for kind, show, icon in (
        (CancelledError, st.info, "stop_circle"),
        (NoAcquisitionError, st.warning, "event_busy"),
        (CredentialsError, st.error, "key_off"),
        (SourceError, st.error, "cloud_off"),
        (LulcError, st.error, "error"),
    ):
        if isinstance(known, kind):
            show(text, icon=f":material/{icon}:")
            break


def plain(text: str) -> str:
    """Escape text, so that nothing in it is read as Markdown (file names and names of areas come from users)."""
    return re.sub(r"([\\`*_\[\]$:<>~#|])", r"\\\1", text)
