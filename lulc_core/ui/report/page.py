"""The Report page: the result of this session as a presentation, and as files to take away."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from lulc_core.domain.errors import LulcError
from lulc_core.ui.errors import guarded, plain, show_error
from lulc_core.ui.panels.progress import show_progress
from lulc_core.ui.report import files as report_files
from lulc_core.ui.report.check import show_check
from lulc_core.ui.report.kept import keep, reporting
from lulc_core.ui.report.link import remake
from lulc_core.ui.report.stage import show_stage
from lulc_core.ui.report.state import Choice, ReportState
from lulc_core.ui.widgets import bound, segments

MAX_TITLE, MAX_COMMENT, MAX_PLACE = 5_000, 20_000, 80
PLACE_PX = 240
_segments = partial(segments, label_visibility="collapsed")


@st.fragment
def report_page() -> None:
    """Show everything on the page. A fragment, so that an edit reruns no more than this."""
    here = reporting()
    here.poll_jobs()
    st.html(Path(__file__).with_name("report.css"))
    choice = here.choice()
    if choice is None:
        _nothing(here)
        return
    keep(here, choice)
    with guarded("the bar of the Report page"):
        _bar(here, choice)
    if here.view == "check" and choice.kind != "region":
        show_check(here, choice)
        return
    found = here.story(choice)
    if found is None:
        if here.error is not None:
            show_error(here.error)
        else:
            show_progress(here.telling.jobs)
        return
    from lulc_core.report.story.build import with_edits

    story, sides = found
    try:
        story = with_edits(story, here.edits_of(choice))
    except LulcError as error:
        show_error(error)
        return
    show_stage(story, sides, here.words)


def _nothing(here: ReportState) -> None:
    words = here.words
    with st.container(key="report-none"):
        again = remake(st.query_params.to_dict())
        if again is not None:
            st.markdown(plain(words.translate("page.gone")))
            label = words.translate("page.remake")
            st.page_link(again.page, label=label, icon=":material/refresh:", query_params=again.params)
            return
        st.markdown(plain(words.translate("page.none")))
        st.page_link("pages/explore.py", label=words.translate("page.to_explore"), icon=":material/map:")
        st.page_link("pages/compare.py", label=words.translate("page.to_compare"), icon=":material/compare:")


def _bar(here: ReportState, choice: Choice) -> None:
    words = here.words
    with st.container(key="report-bar", horizontal=True, gap="small", vertical_alignment="center"):
        found = here.choices()
        if len(found) > 1:
            names = {k: words.translate(f"page.of_{k}") for k in ("compare", "map", "region")}
            kinds = {c.kind: names[c.kind] for c in found}
            _segments(words.translate("page.result"), kinds, "report-kind", choice.kind, partial(setattr, here, "kind"))
        views = {
            k: words.translate(f"tab.{k}") for k in ("present", "check") if k == "present" or choice.kind != "region"
        }
        change = partial(setattr, here, "view")
        _segments(words.translate("page.presentation"), views, "report-view", here.view, change)
        if here.view == "present":
            if here.unnamed(choice):
                _place(here, choice, label_visibility="collapsed", width=PLACE_PX)
            binding = bound("report-corine", here.corine, partial(setattr, here, "corine"))
            st.toggle(words.translate("page.corine"), **binding)
            with st.popover(words.translate("page.edit"), icon=":material/edit:"):
                _edit(here, choice)
        with st.popover(words.translate("page.downloads"), icon=":material/download:"):
            report_files.show(here, choice)


def _place(here: ReportState, choice: Choice, **layout: Any) -> None:
    """Ask what the area is called: in the bar while only a file has a name, and among the edits."""
    words, edits = here.words, here.edits_of(choice)
    ask = words.translate("page.place")
    key = "edit-place" if not layout else "report-place"
    binding = bound(key, edits.place, lambda place: here.edit(choice, place=place))
    st.text_input(ask, **binding, **layout, max_chars=MAX_PLACE, placeholder=choice.place or ask)


def _edit(here: ReportState, choice: Choice) -> None:
    """Show titles, comments and the choice of slides. What counts is in `here`: widgets forget on another page."""
    words = here.words
    found = here.story(choice)
    if found is None:
        return
    story, _ = found
    titles = {s.key: s.title for s in story.slides}
    edits = here.edits_of(choice)
    st.text_input(
        words.translate("page.whole_title"),
        **bound("edit-title", edits.title, lambda title: here.edit(choice, title=title)),
        max_chars=MAX_TITLE,
        placeholder=story.title,
    )

    _place(here, choice)

    def choose(chosen: list[str]) -> None:
        kept = [k for k in titles if k in chosen]
        here.kept_last = not kept
        if kept:
            here.edit(choice, chosen=None if len(kept) == len(titles) else tuple(kept))

    shown = [k for k in titles if edits.chosen is None or k in edits.chosen]
    st.multiselect(
        words.translate("page.chosen"),
        list(titles),
        **bound("edit-chosen", shown, choose),
        format_func=titles.__getitem__,
    )
    if here.kept_last:
        st.warning(plain(words.translate("page.need_one")))
    if here.slide not in titles:
        here.slide = next(iter(titles))
    st.selectbox(
        words.translate("page.which"),
        list(titles),
        **bound("edit-slide", here.slide, partial(setattr, here, "slide")),
        format_func=titles.__getitem__,
    )
    key = here.slide

    def change(what: str, text: str) -> None:
        mapping = {k: v for k, v in getattr(here.edits_of(choice), what).items() if k != key}
        here.edit(choice, **{what: {**mapping, key: text} if text.strip() else mapping})

    st.text_input(
        words.translate("page.slide_title"),
        **bound("edit-slide-title", edits.titles.get(key, ""), lambda text: change("titles", text)),
        max_chars=MAX_TITLE,
        placeholder=titles[key],
    )
    st.text_area(
        words.translate("page.slide_comment"),
        **bound("edit-comment", edits.comments.get(key, ""), lambda text: change("comments", text)),
        max_chars=MAX_COMMENT,
    )
    st.caption(plain(words.translate("page.empty_means")))
    st.caption(plain(words.translate("page.hint")))
    if choice.kind == "map":
        st.caption(plain(words.translate("page.one_date")))
