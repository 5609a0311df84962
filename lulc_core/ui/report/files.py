"""Documents to take away: each is made in the background, with progress, and then saved with one click."""

from __future__ import annotations

from functools import partial

import streamlit as st

from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.panels.progress import show_progress
from lulc_core.ui.report.state import Choice, ReportState
from lulc_core.ui.widgets import bound

ICONS = {
    ".pdf": ":material/picture_as_pdf:",
    ".html": ":material/language:",
    ".pptx": ":material/co_present:",
    ".png": ":material/image:",
    ".zip": ":material/folder_zip:",
}
SIZES_PX = (1200, 2000, 3200, 5000)
"""From a page of text to a wall."""


def show(here: ReportState, choice: Choice) -> None:
    """Show the five documents, and the one that is being made."""
    words = here.words
    st.select_slider(
        words.translate("page.size"),
        SIZES_PX,
        **bound("report-size", here.size_px, partial(setattr, here, "size_px")),
    )
    for ending, icon in ICONS.items():
        making, job = here.making, None
        if making is not None and making.key == here.document_key(choice, ending):
            job = making.job
        if job is None or job.cancelled or job.error is not None:
            st.button(
                words.translate(f"page.make{ending}"), key=f"make{ending}", icon=icon, width="stretch",
                on_click=here.make, args=(choice, ending),
            )  # fmt: skip
            if job is not None and job.error is not None:
                show_error(job.error)
        elif job.done:
            _save(here, choice, ending, job.result())
        else:
            show_progress(
                partial(list, [job]),
                cancel_key=f"cancel{ending}",
                cancel=words.translate("page.cancel"),
                stopping=words.translate("page.stopping"),
                widths=(3, 2),
            )


def _save(here: ReportState, choice: Choice, ending: str, data: bytes) -> None:
    from lulc_core.report.documents.write import ENDINGS
    from lulc_core.report.names import document_name

    words, maps = here.words, [dated.land_cover for dated in choice.result.dates[:2]]
    name = document_name(maps, choice.aoi, words, ending, place=here.edits_of(choice).place)
    st.download_button(
        words.translate("page.save", name=ending[1:].upper()), data, file_name=name, mime=ENDINGS[ending],
        key=f"save{ending}", type="primary", width="stretch", on_click="ignore", icon=":material/download_done:",
    )  # fmt: skip
    st.caption(plain(words.translate("page.ready", size=words.number(len(data) / 1e6, 1) + " MB")))
