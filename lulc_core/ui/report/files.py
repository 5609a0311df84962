"""Documents to take away: each is made in the background, with progress, and then saved with one click."""

from __future__ import annotations

import streamlit as st

from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.panels.progress import show_progress
from lulc_core.ui.report.state import Choice, ReportState, reporting
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
    """The five documents, and the one that is being made."""
    words = here.words
    st.select_slider(
        words.translate("page.size"),
        SIZES_PX,
        **bound("report-size", here.size_px, lambda size_px: setattr(here, "size_px", size_px)),
    )
    for ending, icon in ICONS.items():
        making = here.making
        mine = making is not None and making.key == here.document_key(choice, ending)
        if mine and making is not None and not (making.job.cancelled or making.job.error):
            _ready_or_running(choice, ending)
            continue
        st.button(
            words.translate(f"page.make{ending}"), key=f"make{ending}", icon=icon, width="stretch",
            on_click=here.make, args=(choice, ending),
        )  # fmt: skip
        if mine and making is not None and making.job.error is not None:
            show_error(making.job.error)


def _ready_or_running(choice: Choice, ending: str) -> None:
    here = reporting()
    if here.making is not None and here.making.job.done:
        _save(choice, ending)
        return
    show_progress(
        lambda: [here.making.job] if here.making is not None else [],
        cancel_key=f"cancel{ending}",
        cancel=here.words.translate("page.cancel"),
        stopping=here.words.translate("page.stopping"),
        widths=(3, 2),
    )


def _save(choice: Choice, ending: str) -> None:
    from lulc_core.report.documents.write import ENDINGS
    from lulc_core.ui.panels.package import archive_name

    here = reporting()
    making = here.making
    if making is None:
        return
    data = making.job.result()
    name = archive_name(choice.result, choice.aoi).removesuffix(".zip") + ending
    st.download_button(
        here.words.translate("page.save", name=ending[1:].upper()), data, file_name=name, mime=ENDINGS[ending],
        key=f"save{ending}", type="primary", width="stretch", on_click="ignore", icon=":material/download_done:",
    )  # fmt: skip
    size = here.words.number(len(data) / 1e6, 1) + " MB"
    st.caption(plain(here.words.translate("page.ready", size=size)))
