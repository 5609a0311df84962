"""The Report page: the result of this session as a presentation, and as files to take away."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from lulc_core.domain.errors import LulcError
from lulc_core.language.catalogue import LANGUAGE_NAMES
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.panels.progress import show_progress
from lulc_core.ui.report import files as report_files
from lulc_core.ui.report.check import show_check
from lulc_core.ui.report.stage import show_stage
from lulc_core.ui.report.state import Choice, ReportState, reporting

MAX_TITLE, MAX_COMMENT = 5_000, 20_000


@st.fragment
def report_page() -> None:
    """Everything on the page. A fragment, so that an edit reruns no more than this."""
    here = reporting()
    here.poll_jobs()
    st.html(Path(__file__).with_name("report.css"))
    choice = here.choice()
    if choice is None:
        _nothing(here)
        return
    _bar(here, choice)
    if here.view == "check":
        show_check(here, choice)
        return
    told = here.story(choice)
    if told is None:
        if here.error is not None:
            show_error(here.error)
        else:
            show_progress(here.jobs)
        return
    from lulc_core.report.story.build import with_edits

    try:
        story = with_edits(told.story, here.edits_of(choice))
    except LulcError as error:
        show_error(error)
        return
    show_stage(story, told.sides, here.words)
    if choice.kind == "map":
        st.caption(plain(here.words.translate("page.one_date")))


def _nothing(here: ReportState) -> None:
    words = here.words
    with st.container(key="report-none"):
        _language(here)
        st.markdown(plain(words.translate("page.none")))
        st.page_link("pages/explore.py", label=words.translate("page.to_explore"), icon=":material/map:")
        st.page_link("pages/compare.py", label=words.translate("page.to_compare"), icon=":material/compare:")


def _bar(here: ReportState, choice: Choice) -> None:
    words = here.words
    with st.container(key="report-bar", horizontal=True, gap="small", vertical_alignment="center"):
        found = here.choices()
        if len(found) > 1:
            names = {"compare": words.translate("page.of_compare"), "map": words.translate("page.of_map")}
            kinds = [c.kind for c in found]
            st.session_state["report-kind"] = choice.kind
            st.segmented_control(
                words.translate("page.result"), kinds, key="report-kind", format_func=lambda k: names[k], required=True,
                on_change=lambda: setattr(here, "kind", st.session_state["report-kind"]), label_visibility="collapsed",
            )  # fmt: skip
        views = {"present": words.translate("tab.present"), "check": words.translate("tab.check")}
        st.session_state["report-view"] = here.view
        st.segmented_control(
            words.translate("page.presentation"), list(views), key="report-view", format_func=lambda v: views[v],
            required=True, on_change=lambda: setattr(here, "view", st.session_state["report-view"]),
            label_visibility="collapsed",
        )  # fmt: skip
        _language(here)
        if here.view == "present":
            st.session_state["report-corine"] = here.corine
            st.toggle(
                words.translate("page.corine"), key="report-corine",
                on_change=lambda: setattr(here, "corine", st.session_state["report-corine"]),
            )  # fmt: skip
            with st.popover(words.translate("page.edit"), icon=":material/edit:"):
                _edit(here, choice)
        with st.popover(words.translate("page.downloads"), icon=":material/download:"):
            report_files.show(here, choice)


def _language(here: ReportState) -> None:
    st.session_state["report-language"] = here.words.lang
    st.segmented_control(
        here.words.translate("page.language"), list(LANGUAGE_NAMES), key="report-language",
        format_func=lambda lang: LANGUAGE_NAMES[lang], required=True, label_visibility="collapsed",
        on_change=lambda: here.turn_to(st.session_state["report-language"]),
    )  # fmt: skip


def _edit(here: ReportState, choice: Choice) -> None:
    """Titles, comments and the choice of slides. What counts is in `here`: widgets forget on another page."""
    words = here.words
    told = here.story(choice)
    if told is None:
        return
    titles = {s.key: s.title for s in told.story.slides}
    edits = here.edits_of(choice)
    st.session_state["edit-title"] = edits.title
    st.text_input(
        words.translate("page.whole_title"), key="edit-title", max_chars=MAX_TITLE, placeholder=told.story.title,
        on_change=lambda: here.edit(choice, title=st.session_state["edit-title"]),
    )  # fmt: skip
    st.session_state["edit-chosen"] = [k for k in titles if edits.chosen is None or k in edits.chosen]

    def choose() -> None:
        kept = [k for k in titles if k in st.session_state["edit-chosen"]]
        here.kept_last = not kept
        if kept:
            here.edit(choice, chosen=None if len(kept) == len(titles) else tuple(kept))

    st.multiselect(
        words.translate("page.chosen"),
        list(titles),
        key="edit-chosen",
        format_func=lambda k: titles[k],
        on_change=choose,
    )
    if here.kept_last:
        st.warning(plain(words.translate("page.need_one")))
    if here.slide not in titles:
        here.slide = next(iter(titles))
    st.session_state["edit-slide"] = here.slide
    st.selectbox(
        words.translate("page.which"), list(titles), key="edit-slide", format_func=lambda k: titles[k],
        on_change=lambda: setattr(here, "slide", st.session_state["edit-slide"]),
    )  # fmt: skip
    key = here.slide

    def change(what: str, text: str) -> None:
        mapping = {k: v for k, v in getattr(here.edits_of(choice), what).items() if k != key}
        here.edit(choice, **{what: {**mapping, key: text} if text.strip() else mapping})

    st.session_state["edit-slide-title"] = edits.titles.get(key, "")
    st.text_input(
        words.translate("page.slide_title"), key="edit-slide-title", max_chars=MAX_TITLE, placeholder=titles[key],
        on_change=lambda: change("titles", st.session_state["edit-slide-title"]),
    )  # fmt: skip
    st.session_state["edit-comment"] = edits.comments.get(key, "")
    st.text_area(
        words.translate("page.slide_comment"), key="edit-comment", max_chars=MAX_COMMENT,
        on_change=lambda: change("comments", st.session_state["edit-comment"]),
    )  # fmt: skip
    st.caption(plain(words.translate("page.empty_means")))
    st.caption(plain(words.translate("page.hint")))
