"""Step 3 of the Compare page: what changed, in sentences, places, transitions and files."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from lulc_core.domain.classes import CLASSES
from lulc_core.ui import words
from lulc_core.ui.compare import flows as compare_flows
from lulc_core.ui.compare.link import CERTAINTIES, Filter
from lulc_core.ui.compare.place import show_places
from lulc_core.ui.compare.say import class_labels, headline
from lulc_core.ui.compare.state import CompareState
from lulc_core.ui.compare.summary import show_summary
from lulc_core.ui.compare.work import Compared
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.panels import package
from lulc_core.ui.panels.area import show_resolution
from lulc_core.ui.panels.map_page import show_views
from lulc_core.ui.widgets import bound

VIEWS = ("Summary", "Places", "Flows", "Files")


def label(state: CompareState) -> str:
    """Say what step 3 shows when closed."""
    if state.running:
        return words.translate("compare.label.working")
    if state.run_error is not None:
        return words.translate("compare.label.failed")
    if state.shown is None:
        return words.translate("compare.label.not_yet")
    report = state.shown.result.report
    return headline(report.change, report.transitions.changed_ha, state.shown.places(Filter()))


def show(state: CompareState) -> None:
    """Show the choice of detail, then the summary, places, transitions, files."""
    if state.run_error is not None:
        show_error(state.run_error)
    shown = state.shown
    at_place = state.is_shown and state.view == "Places" and state.tile is not None  # its evidence needs the room
    if not state.running and state.area.aoi is not None and not at_place:
        show_resolution(state, "cmp-detail")
    if shown is None:
        if not state.running and state.run_error is None:
            st.caption(words.translate("compare.press"))
        return
    if not state.is_shown and not state.running:
        days = words.page_words().join([words.day(d.acquisition.datetime) for d in shown.dates[:2]])
        st.caption(words.translate("compare.still_shows", days=days))
        if state.imagery.source == "geotiff" and not state.imagery.file_sides:
            gone = words.translate("compare.link.files_gone"), words.translate("compare.link.give_files")
            st.caption(" ".join(gone))

    view = show_views(state, {key: words.translate(f"compare.view.{key}") for key in VIEWS}, "cmp-view")
    if view in ("Places", "Flows") and (view == "Flows" or state.tile is None):
        with st.popover(_filter_words(state.filter), icon=":material/filter_alt:", width="stretch"):
            _filters(state)
    with st.container(key="cmp-body", gap="small"):
        if view == "Places":
            show_places(state, shown)
        elif view == "Flows":
            compare_flows.show(state, shown)
        elif view == "Files":
            _files(state, shown)
        else:
            show_summary(state, shown)


def _filters(state: CompareState) -> None:
    def change(part: str, value: str) -> None:
        state.filter = replace(state.filter, **{part: value})

    names = ["", *(c.name for c in CLASSES)]
    labels = class_labels()
    left, right = st.columns(2, gap="small")
    for column, part in ((left, "was"), (right, "became")):
        binding = bound(f"cmp-{part}", getattr(state.filter, part), partial(change, part))
        column.selectbox(words.translate(f"compare.filter.{part}"), names, format_func=labels.__getitem__, **binding)
    left, right = st.columns([1.6, 1], gap="small", vertical_alignment="bottom")
    left.selectbox(
        words.translate("compare.certainty"),
        list(CERTAINTIES),
        format_func={key: _certainty(key) for key in CERTAINTIES}.__getitem__,
        **bound("cmp-certainty", state.filter.certainty, partial(change, "certainty")),
    )
    right.button(
        words.translate("compare.filter.all"),
        key="cmp-all",
        on_click=setattr,
        args=(state, "filter", Filter()),
        disabled=state.filter == Filter(),
        width="stretch",
    )


def _filter_words(chosen: Filter) -> str:
    """Say what the filter lets through."""
    if chosen == Filter():
        return words.translate("compare.filter.usual")
    labels = class_labels()
    flow = f"{labels[chosen.was]} → {labels[chosen.became]}" if chosen.was or chosen.became else labels[""]
    return words.translate("compare.filter.words", flow=flow, certainty=_certainty(chosen.certainty))


def _certainty(key: str) -> str:
    return words.translate(f"compare.filter.{key.replace('-', '_')}")


def _files(state: CompareState, shown: Compared) -> None:
    package.show_download(shown.result, shown.aoi)
    if state.imagery.source == "geotiff":
        st.caption(words.translate("compare.link.files"))
    elif "area" in state.bar.params:
        st.caption(words.translate("compare.link.whole"))
    else:
        st.caption(words.translate("panel.package.no_link"))
    if state.can_fetch_again:
        st.button(
            words.translate("compare.again"),
            key="cmp-again",
            on_click=state.fetch_again,
            help=words.translate("compare.again_why"),
            icon=":material/sync:",
            width="stretch",
        )
    st.caption(plain(words.spoken(shown.result.change.attribution)) + ".")
