"""From an error to what a user sees: one sentence, one hint, never a traceback and never a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.errors import FragmentHandledException

from lulc_core.domain.errors import CancelledError, CredentialsError, LulcError, NoAcquisitionError, SourceError
from lulc_core.ui.server.faults import number_of
from lulc_core.ui.words import spoken, translate


def as_user_error(error: BaseException) -> LulcError:
    """Return the error itself where it was made for users, else a sentence with the number that the log explains."""
    if isinstance(error, LulcError):
        return error
    return LulcError(
        translate("app.fault", number=number_of(error)),
        hint=translate("app.fault.hint"),
    )


@contextmanager
def guarded(what: str) -> Iterator[None]:
    """Show an unexpected error of a block in its place, and let the rest of the page go on.

    Args:
        what: the block is, for the reader of the log.
    """
    try:
        yield
    except FragmentHandledException:  # shown by whatever ran the fragment
        return
    except Exception as error:  # noqa: BLE001 - the last stop before Streamlit's own page of errors
        if not isinstance(error, LulcError):
            number_of(error, what)
        show_error(error)


def show_fault(error: Exception) -> bool:
    """Show an error that nothing else has caught, with a way on; the handler that ``st.App`` is given.

    Returns:
        True: there is no need for Streamlit's own words.
    """
    show_error(error)
    # Without a call-back: pressing it runs the page again, with all that the user had.
    st.button(translate("app.go_on"), key="fault-go-on", icon=":material/refresh:")
    return True


def show_error(error: BaseException) -> None:
    """Show one error as one box."""
    known = as_user_error(error)
    said = [plain(spoken(part)) for part in (known.message, known.hint) if part]
    text = "\n\n".join(said)
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
