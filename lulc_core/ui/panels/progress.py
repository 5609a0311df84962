"""Show the progress of background work, and rerun the page when it is done. The only polling of the pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from lulc_core.ui.errors import plain
from lulc_core.ui.jobs import Job
from lulc_core.ui.words import spoken, translate

POLL_S = 0.4


def show_progress(
    jobs: Callable[[], Sequence[Job[Any]]],
    *,
    cancel_key: str = "",
    cancel: str = "",
    stopping: str = "",
    on_cancel: Callable[[], None] | None = None,
    widths: tuple[int, int] = (3, 1),
) -> None:
    """Show how far the first job is, every :data:`POLL_S` seconds, until one of the jobs is done.

    Args:
        jobs: called at every poll; what the page waits for, the most important first. The page runs again when one of
            them is done, or there is none any more.
        cancel_key: key of a button that stops the job shown; empty for none.
        cancel: words of that button; empty for the usual ones.
        stopping: words beside the bar once it was pressed.
        widths: of the bar and of the button, in proportion.
        on_cancel: what the button does where that is more than :meth:`Job.cancel`.
    """
    words = cancel or translate("app.cancel")
    page_runs = True  # a button below, pressed as a job ended, is to be heard: only a poll ends a run

    @st.fragment(run_every=POLL_S)
    def poll() -> None:
        nonlocal page_runs
        running, polled = jobs(), not page_runs
        page_runs = False
        if polled and (not running or any(job.done for job in running)):
            st.rerun()
        job = next((job for job in running if not job.quiet), None)
        if job is None:
            return
        bar: Any = st
        if cancel_key:
            bar, right = st.columns(widths, gap="small", vertical_alignment="center")
            right.button(
                words, key=cancel_key, on_click=on_cancel or job.cancel, disabled=job.stopping, width="stretch"
            )
        said = (stopping or translate("app.stopping")) if job.stopping else plain(spoken(job.message))
        bar.progress(job.fraction, text=said)

    poll()
