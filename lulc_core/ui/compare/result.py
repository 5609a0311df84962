"""Step 3 of the Compare page: what changed, in sentences, places, transitions and files."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from lulc_core.analysis.change.index_change import NOTABLE
from lulc_core.analysis.change.plausible import too_fast_transitions
from lulc_core.domain.classes import CLASSES
from lulc_core.ui import words
from lulc_core.ui.compare import flows as compare_flows
from lulc_core.ui.compare import tables as compare_tables
from lulc_core.ui.compare.imagery import FURTHER
from lulc_core.ui.compare.link import CERTAINTIES, Filter
from lulc_core.ui.compare.place import place_list
from lulc_core.ui.compare.state import CompareState
from lulc_core.ui.compare.work import Compared
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.panels import files, package
from lulc_core.ui.panels.coverage import show_coverage
from lulc_core.ui.panels.map_page import show_views
from lulc_core.ui.widgets import bound

LITTLE_SEEN = 0.05
"""Where both dates are clear on less of the area, its indices are not spoken of."""
VIEWS = ("Summary", "Places", "Flows", "Files")
CERTAINTY_WORDS = {
    "counted": "all that count",
    "very-likely": "the surest only",
    "possible": "every difference",
}


def label(state: CompareState) -> str:
    """Say what step 3 shows when closed."""
    if state.running:
        return "working …"
    if state.run_error is not None:
        return "failed"
    if state.shown is None:
        return "not compared yet"
    change = state.shown.result.change
    if not change.compared.any():
        return "nothing could be compared"
    return f"{words.cells(int(change.changed.sum()), change.grid.cell_m)} of {int(change.compared.sum()):,}"


def show(state: CompareState) -> None:
    """Show sentences, places, transitions, files."""
    if state.run_error is not None:
        show_error(state.run_error)
    shown = state.shown
    if shown is None:
        if not state.running and state.run_error is None:
            st.caption("Choose an area and two dates, then press Compare.")
        return
    if not state.is_shown and not state.running:
        days = " and ".join(d.acquisition.date for d in shown.dates[:2])
        st.caption(f"The map still shows {days}.")

    view = show_views(state, VIEWS, "cmp-view")
    if view in ("Places", "Flows"):
        n, total = len(state.places()), len(shown.result.report.changed_places)
        counts = f"{total:,} of all {'counts' if total == 1 else 'count'} as changed"
        with st.popover(_filter_words(state.filter), icon=":material/filter_alt:", width="stretch"):
            _filters(state)
        st.caption(f"{words.cells(n, shown.result.change.grid.cell_m)} shown on the map; {counts}.")
    with st.container(key="cmp-body", gap="small"):
        if view == "Places":
            place_list(state, shown)
        elif view == "Flows":
            compare_flows.show(state, shown)
        elif view == "Files":
            _files(state, shown)
        else:
            _summary(state, shown)


def _summary(state: CompareState, shown: Compared) -> None:
    report = shown.result.report
    change = report.change
    show_coverage([d.land_cover for d in shown.result.dates])
    with st.container(key="cmp-sentences"):
        for sentence in report.sentences:
            st.markdown(plain(sentence))
    if too_fast := too_fast_transitions(change):
        st.html(compare_tables.least_time_table(too_fast, change.days_apart))
    if not change.compared.any():
        _what_is_seen(shown)
    if not any(change.left_out().values()):  # else a note says how many, and why
        st.caption(f"{words.cells(int(change.compared.sum()), change.grid.cell_m)} compared; none left out.")
    if report.places:
        st.button("Show the first place", key="cmp-first", on_click=state.step, args=(1,), width="stretch")
    _confirmation(state, shown)
    for note in report.notes:
        st.caption(plain(note))


def _what_is_seen(shown: Compared) -> None:
    """Say what can be compared where no land cover can: both pictures, and two indices."""
    st.caption("Both pictures are on the map: drag the line between them.")
    if shown.index_changes and shown.index_changes[0].seen < LITTLE_SEEN:
        st.caption("Hardly any ground is clear on both dates, so NDVI and NBR say nothing here: choose another date.")
        return
    for c in shown.index_changes:
        least = f"{NOTABLE[c.name]:g}"
        st.caption(
            f"{c.name}, on the {words.share(c.seen)} of the area that is clear on both dates: fell by {least} or more "
            f"on {words.share(c.fell)}, rose by as much on {words.share(c.rose)}. The map shows where, under Layers."
        )
    if not shown.index_changes:
        st.caption("The imagery lacks the bands for NDVI and NBR (B08 with B04 or B12).")


def _confirmation(state: CompareState, shown: Compared) -> None:
    if shown.dates[2:]:
        days = " and ".join(words.day(d.acquisition.datetime) for d in shown.dates[2:])
        st.caption(f"Checked with {days}.")
        st.button("Without the further dates", key="cmp-drop", on_click=state.drop_confirmations, width="stretch")
    if state.confirmation.error is not None:
        show_error(state.confirmation.error)
    if state.confirmation.job:  # its progress stands under the panel, which may be out of sight
        st.button("Looking for a further date …", key="cmp-asking", disabled=True, width="stretch")
    if state.running or state.confirmation.job:
        return
    if state.imagery.name_of(FURTHER) == "geotiff":
        st.caption("Two single dates overstate lasting change; a file of a third tells what lasted from what passed.")
        label = "A further date: one GeoTIFF, or one per band"
        files.show(state.imagery.own[FURTHER], state.take_file_confirmation, label=label)
        return
    if not state.confirmation.suggestions:
        st.button(
            "Look for a further date to confirm",
            key="cmp-ask",
            on_click=state.suggest_confirmations,
            disabled=not state.is_shown,
            icon=":material/verified:",
            width="stretch",
            help="Two single dates overstate lasting change; a third tells what lasted from what passed.",
        )
        return
    st.caption("The further dates that would tell most:")
    for i, suggestion in enumerate(state.confirmation.suggestions):
        st.button(
            f"Fetch {words.day(suggestion.acquisition.datetime)} · {words.clear(suggestion.acquisition)}",
            key=f"cmp-fetch-{i}",
            on_click=state.add_confirmation,
            args=(suggestion.acquisition,),
            type="primary" if i == 0 else "secondary",
            width="stretch",
        )
        if i == 0:
            st.caption(plain(suggestion.reason))


def _filters(state: CompareState) -> None:
    def change(part: str, value: str) -> None:
        state.filter = replace(state.filter, **{part: value})

    names = ["", *(c.name for c in CLASSES)]
    labels = {"": "any class", **{c.name: c.map_label for c in CLASSES}}
    left, right = st.columns(2, gap="small")
    for column, title in ((left, "Was"), (right, "Became")):
        part = title.lower()
        binding = bound(f"cmp-{part}", getattr(state.filter, part), partial(change, part))
        column.selectbox(title, names, format_func=labels.__getitem__, **binding)
    left, right = st.columns([1.6, 1], gap="small", vertical_alignment="bottom")
    left.selectbox(
        "Certainty",
        list(CERTAINTIES),
        format_func=CERTAINTY_WORDS.__getitem__,
        **bound("cmp-certainty", state.filter.certainty, partial(change, "certainty")),
    )
    right.button(
        "Show all",
        key="cmp-all",
        on_click=setattr,
        args=(state, "filter", Filter()),
        disabled=state.filter == Filter(),
        width="stretch",
    )


def _filter_words(chosen: Filter) -> str:
    """Say what the filter lets through."""
    labels = {"": "any", **{c.name: c.map_label for c in CLASSES}}
    if chosen == Filter():
        return "Filter: all that count"
    flow = f"{labels[chosen.was]} → {labels[chosen.became]}" if chosen.was or chosen.became else "any class"
    return f"Filter: {flow}, {CERTAINTY_WORDS[chosen.certainty]}"


def _files(state: CompareState, shown: Compared) -> None:
    package.show_download(shown.result, shown.aoi)
    if state.imagery.source == "geotiff":
        st.caption("The address of this page holds area, days and filters, but not your files: send them along.")
    elif "area" in state.bar.params:
        st.caption("The address of this page holds the whole comparison, filters included: copy it to send it.")
    else:
        st.caption(package.NO_LINK)
    st.caption(plain(shown.result.change.attribution) + ".")
