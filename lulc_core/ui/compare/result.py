"""Step 3 of the Compare page: what changed, in sentences, places, transitions and files."""

from __future__ import annotations

import streamlit as st

from lulc_core.domain.classes import CLASSES
from lulc_core.ui import words
from lulc_core.ui.compare import flows as compare_flows
from lulc_core.ui.compare.imagery import FURTHER
from lulc_core.ui.compare.link import CERTAINTIES, Filter
from lulc_core.ui.compare.place import place_list
from lulc_core.ui.compare.state import CompareState
from lulc_core.ui.compare.work import Compared
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.panels import files as panel_files

VIEWS = ("Summary", "Places", "Flows", "Files")
CERTAINTY_WORDS = {
    "counted": "all that count",
    "very-likely": "the surest only",
    "possible": "every difference",
}


def label(here: CompareState) -> str:
    """What step 3 says when closed."""
    if here.running is not None:
        return "working …"
    if here.run_error is not None:
        return "failed"
    if here.shown is None:
        return "not compared yet"
    change = here.shown.result.change
    return f"{words.cells(int(change.changed.sum()), change.grid.cell_m)} of {int(change.compared.sum()):,}"


def show(here: CompareState) -> None:
    """Sentences, places, transitions, files."""
    if here.run_error is not None:
        show_error(here.run_error)
    shown = here.shown
    if shown is None:
        if here.running is None and here.run_error is None:
            st.caption("Choose an area and two dates, then press Compare.")
        return
    if not here.is_shown and here.running is None:
        days = " and ".join(d.acquisition.date for d in shown.dates[:2])
        st.caption(f"The map still shows {days}.")

    def turn() -> None:
        here.view = st.session_state["cmp-view"]

    st.session_state["cmp-view"] = here.view
    view = st.segmented_control(
        "Show", VIEWS, key="cmp-view", required=True, on_change=turn, label_visibility="collapsed", width="stretch"
    )
    if view in ("Places", "Flows"):
        n, total = len(here.places()), len(shown.result.report.changed_places)
        counts = f"{total:,} of all {'counts' if total == 1 else 'count'} as changed"
        with st.popover(_filter_words(here.filter), icon=":material/filter_alt:", width="stretch"):
            _filters(here)
        st.caption(f"{words.cells(n, shown.result.change.grid.cell_m)} shown on the map; {counts}.")
    with st.container(key="cmp-body", gap="small"):
        if view == "Places":
            place_list(here, shown)
        elif view == "Flows":
            compare_flows.show(here, shown)
        elif view == "Files":
            _files(here, shown)
        else:
            _summary(here, shown)


def _summary(here: CompareState, shown: Compared) -> None:
    report = shown.result.report
    change = report.change
    with st.container(key="cmp-sentences"):
        for sentence in report.sentences:
            st.markdown(plain(sentence))
    if not any(change.left_out().values()):  # else a note says how many, and why
        st.caption(f"{words.cells(int(change.compared.sum()), change.grid.cell_m)} compared; none left out.")
    if report.places:
        st.button("Show the first place", key="cmp-first", on_click=here.step, args=(1,), width="stretch")
    _confirmation(here, shown)
    for note in report.notes:
        st.caption(plain(note))


def _confirmation(here: CompareState, shown: Compared) -> None:
    if shown.dates[2:]:
        days = " and ".join(words.day(d.acquisition.datetime) for d in shown.dates[2:])
        st.caption(f"Checked with {days}.")
        st.button("Without the further dates", key="cmp-drop", on_click=here.drop_confirmations, width="stretch")
    if here.suggest_error is not None:
        show_error(here.suggest_error)
    if here.asking is not None:  # its progress stands under the panel, which may be out of sight
        st.button("Looking for a further date …", key="cmp-asking", disabled=True, width="stretch")
    if here.running is not None or here.asking is not None:
        return
    if here.source_name(FURTHER) == "geotiff":
        st.caption("Two single dates overstate lasting change; a file of a third tells what lasted from what passed.")
        panel_files.show(
            here.own[FURTHER], here.take_file_confirmation, label="A further date: one GeoTIFF, or one per band"
        )
        return
    if not here.suggestions:
        st.button(
            "Look for a further date to confirm",
            key="cmp-ask",
            on_click=here.suggest_confirmations,
            disabled=not here.is_shown,
            icon=":material/verified:",
            width="stretch",
            help="Two single dates overstate lasting change; a third tells what lasted from what passed.",
        )
        return
    st.caption("The further dates that would tell most:")
    for i, suggestion in enumerate(here.suggestions):
        st.button(
            f"Fetch {words.day(suggestion.acquisition.datetime)} · {words.clear(suggestion.acquisition)}",
            key=f"cmp-fetch-{i}",
            on_click=here.add_confirmation,
            args=(suggestion.acquisition,),
            type="primary" if i == 0 else "secondary",
            width="stretch",
        )
        if i == 0:
            st.caption(plain(suggestion.reason))


def _filters(here: CompareState) -> None:
    def change() -> None:
        was, became = st.session_state["cmp-was"], st.session_state["cmp-became"]
        here.filter = Filter(was, became, st.session_state["cmp-certainty"])

    names = ["", *(c.name for c in CLASSES)]
    labels = {"": "any class", **{c.name: c.label for c in CLASSES}}
    st.session_state["cmp-was"], st.session_state["cmp-became"] = here.filter.was, here.filter.became
    st.session_state["cmp-certainty"] = here.filter.certainty
    left, right = st.columns(2, gap="small")
    left.selectbox("Was", names, key="cmp-was", format_func=labels.__getitem__, on_change=change)
    right.selectbox("Became", names, key="cmp-became", format_func=labels.__getitem__, on_change=change)
    left, right = st.columns([1.6, 1], gap="small", vertical_alignment="bottom")
    left.selectbox(
        "Certainty", list(CERTAINTIES), key="cmp-certainty", format_func=CERTAINTY_WORDS.__getitem__, on_change=change
    )

    def everything() -> None:
        here.filter = Filter()

    right.button("Show all", key="cmp-all", on_click=everything, disabled=here.filter.is_usual, width="stretch")


def _filter_words(chosen: Filter) -> str:
    """What the filter lets through."""
    labels = {"": "any", **{c.name: c.label for c in CLASSES}}
    if chosen.is_usual:
        return "Filter: all that count"
    flow = f"{labels[chosen.was]} → {labels[chosen.became]}" if chosen.was or chosen.became else "any class"
    return f"Filter: {flow}, {CERTAINTY_WORDS[chosen.certainty]}"


def _files(here: CompareState, shown: Compared) -> None:
    from lulc_core.ui.panels import package

    st.download_button(
        "Download files",
        data=lambda: package.archive_of(package.bundle_on_screen(shown.result, shown.aoi)),
        file_name=package.archive_name(shown.result, shown.aoi),
        mime="application/zip",
        on_click="ignore",
        icon=":material/download:",
        width="stretch",
    )
    st.caption(package.CONTENT)
    if len(here.file_sides) or here.source == "geotiff":
        st.caption("The address of this page holds area, days and filters, but not your files: send them along.")
        st.caption(plain(shown.result.change.attribution) + ".")
        return
    if "area" in here.link:
        st.caption("The address of this page holds the whole comparison, filters included: copy it to send it.")
    else:
        st.caption("The outline is too detailed for a link; send its file along with the address of this page.")
    st.caption(plain(shown.result.change.attribution) + ".")
