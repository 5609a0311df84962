"""Upload of a user's own Sentinel-2 files of one date, and the questions that they leave open."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import streamlit as st

from lulc_core.domain.errors import LulcError
from lulc_core.sources.base import FIRST_ACQUISITION
from lulc_core.ui import words
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.panels.own_files import OwnFiles
from lulc_core.ui.words import translate

if TYPE_CHECKING:
    from lulc_core.sources.geotiff.decisions import Question

IMAGE_TYPES = ("tif", "tiff", "jp2")


def show(own: OwnFiles, on_change: Callable[[], None], *, label: str = "") -> None:
    """Ask for files and what they leave open, and say what was found; end the run when they have just been opened.

    Args:
        own: where the files are kept.
        on_change: called when other files were given, or the same were opened again; ``own.source`` tells.
        label: of the upload; empty for the usual one.
    """

    def take() -> None:
        if own.keep(list(st.session_state.get(f"{own.key}-files") or ())):
            on_change()

    # Taken in the callback and not compared here: the uploader is empty again whenever its step was closed meanwhile.
    label = label or translate("panel.files.one_date")
    st.file_uploader(label, type=IMAGE_TYPES, accept_multiple_files=True, key=f"{own.key}-files", on_change=take)
    if not own.files:
        st.caption(translate("panel.files.bands"))
        return
    from lulc_core.sources.geotiff.source import UnansweredError

    had = own.source is not None
    try:
        # Only with the bands: a question that is answered would be gone, and could not be answered otherwise.
        for question in own.questions():
            _ask(own, question)
        opened = own.open()
    except UnansweredError as error:
        opened, own.source = had, None
        _ask(own, error.question)
    except LulcError as error:
        opened, own.source = had, None
        show_error(error)
    if opened:
        on_change()
        if own.source is not None:
            st.rerun()  # the steps above have been shown without it
    if own.source is not None:
        info = own.source.info
        when = words.day(info.moment) if info.moment else translate("panel.files.no_date")
        st.caption(plain(f"{own.title}: {info.level}, {', '.join(info.bands)}, {when}"))
        asked = [question.reason.lower() for question in info.questions]
        for note in info.notes:
            if not note.lower().endswith(tuple(asked)):  # those stand beside their question
                st.caption(plain(words.spoken(note)))


def _ask(own: OwnFiles, question: Question) -> None:
    key, answers = f"{own.key}-{question.key}", own.answers

    def take() -> None:
        value: Any = st.session_state[key]
        if question.key == "bands" and isinstance(value, str):
            value = [name.strip() for name in value.split(",")] if value.strip() else None
        if value is None:
            answers.pop(question.key, None)
        else:
            answers[question.key] = value

    known = answers.get(question.key, question.guess)
    label, why = words.spoken(question.text), words.spoken(question.reason)
    if question.key == "date":
        # Without bounds Streamlit allows the last ten years only.
        first, last = FIRST_ACQUISITION, words.today()
        st.date_input(label, known, first, last, key, why, take, format="YYYY-MM-DD")
    elif question.options:
        labels = dict(question.options)
        options = list(labels)
        st.selectbox(
            label,
            options,
            index=options.index(known) if known in options else None,
            key=key,
            format_func=lambda value: words.spoken(labels[value]),
            help=why,
            on_change=take,
        )
    else:
        text = ", ".join(known) if isinstance(known, list | tuple) else ""
        hint = "B02, B03, B04, B08"
        st.text_input(label, text, key=key, help=why, placeholder=hint, on_change=take)
