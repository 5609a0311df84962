"""Steps 1 and 2 of the Compare page: the area and its imagery, the two dates and what speaks for and against them."""

from __future__ import annotations

import streamlit as st

from lulc_core.ui import resources, words
from lulc_core.ui.compare.state import CompareState
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.panels import area, files
from lulc_core.ui.panels.account import show_account
from lulc_core.ui.panels.places import EXAMPLES
from lulc_core.ui.panels.sources import FIRST_DAY, show_sources

SIDES = ("Earlier date", "Later date")


def area_label(state: CompareState) -> str:
    """Say what step 1 shows when closed."""
    label = area.label(state)
    return (
        f"{label}, all that the files cover"
        if state.area.aoi is not None and state.area_of_files and state.imagery.file_sides
        else label
    )


def show_area(state: CompareState) -> None:
    """Show the ways to an area besides drawing; the one of the Explore page is the nearest."""
    theirs = state.explore.area.aoi
    if theirs is not None and (state.area.aoi is None or theirs.key != state.area.aoi.key):
        st.button(
            "Take the area of Explore", on_click=state.area.set, args=(theirs,), width="stretch", key="cmp-theirs"
        )
    if state.area.aoi is None and state.area.error is None:
        st.button(
            f"Example: {EXAMPLES[0].title}, 2019 and 2021 (simulated)",
            key="cmp-example",
            on_click=state.take_example,
            args=(EXAMPLES[0],),
            width="stretch",
            type="primary",
        )
    area.show(state)
    st.caption("Two files of your own? Give them in step 2: what both cover is the area.")


def dates_label(state: CompareState) -> str:
    """Say what step 2 shows when closed."""
    if state.dates.pair is not None:
        return " and ".join(words.day(a.datetime) for a in state.dates.pair)
    if state.dates.job:
        return "looking …"
    return "not chosen yet" if state.dates.error is None else "none to compare"


def show_dates(state: CompareState) -> None:
    """Show the imagery, two days, the proposed pair with its reason, other acquisitions, warnings."""
    _imagery(state)
    if len(state.imagery.file_sides) < 2 and (state.imagery.source != "geotiff" or state.imagery.other):
        _days(state)
    if state.area.aoi is None:
        if state.area.error is not None and state.imagery.file_sides:
            show_error(state.area.error)
        elif state.imagery.source != "geotiff":
            st.caption("First choose an area in step 1.")
        return
    if state.dates.error is not None:
        show_error(state.dates.error)
        if state.dates.days[0] > state.dates.days[1]:
            what = "Swap the two files" if len(state.imagery.file_sides) == 2 else "Swap the two days"
            st.button(what, key="cmp-swap", on_click=state.swap_days, width="stretch")
        return
    if state.dates.job or not all(state.dates.found):
        return
    best = state.dates.pairs[0] if state.dates.pairs else None
    proposed = (best.before.id, best.after.id) if best else None
    if best is not None and proposed == state.dates.chosen:
        st.caption(f"**Proposed:** {plain(best.reason)}")
    elif best is not None and proposed is not None:
        st.button(
            "Take the proposed pair",
            key="cmp-proposed",
            on_click=state.choose_both,
            args=proposed,
            help=plain(best.reason),
            width="stretch",
        )
    for side in (0, 1):
        _acquisition(state, side)
    error = state.dates.pair_error()
    if error is not None:
        show_error(error)
    for sentence in state.dates.warnings(state.area.aoi.center[1]):
        st.warning(plain(sentence), icon=":material/warning:")


def _imagery(state: CompareState) -> None:
    show_sources(state.imagery.source, "cmp-source", state.set_source)
    if state.imagery.source == "geotiff":
        _files(state)
    if "sentinel-hub" in (state.imagery.name_of(0), state.imagery.name_of(1)):
        show_account(state.imagery.account, state.explore.search.forget)


def _files(state: CompareState) -> None:
    def change() -> None:
        if st.session_state["cmp-other"] != state.imagery.other:
            state.imagery.other = st.session_state["cmp-other"]
            state.files_changed()

    for side in (0, 1):
        if len(state.imagery.file_sides) == 1 and side not in state.imagery.file_sides:
            names = ["", *(name for name in resources.SOURCES if name != "geotiff")]
            st.session_state["cmp-other"] = state.imagery.other
            st.selectbox(
                f"{SIDES[side]} from",
                names,
                key="cmp-other",
                format_func=lambda name: resources.SOURCES.get(name, "another file of mine"),
                on_change=change,
            )
            if state.imagery.other:
                continue
        files.show(state.imagery.own[side], state.files_changed, label=f"{SIDES[side]}: one GeoTIFF, or one per band")


def _days(state: CompareState) -> None:
    today = words.today()

    def change(side: int) -> None:
        state.dates.set_day(side, st.session_state[f"cmp-day-{side}"])

    for side, column in enumerate(st.columns(2, gap="small")):
        if side in state.imagery.file_sides:
            continue  # a file has its day
        st.session_state[f"cmp-day-{side}"] = min(max(state.dates.days[side], FIRST_DAY), today)
        column.date_input(
            ("Around", "and around")[side],
            min_value=FIRST_DAY,
            max_value=today,
            key=f"cmp-day-{side}",
            on_change=change,
            args=(side,),
            format="YYYY-MM-DD",
        )


def _acquisition(state: CompareState, side: int) -> None:
    key = f"cmp-take-{side}"

    def change() -> None:
        state.choose(side, st.session_state[key])

    known = {a.id: a for a in state.dates.found[side]}
    if state.dates.chosen[side] in known:
        st.session_state[key] = state.dates.chosen[side]
    # Under each other, with the picture beside: half the panel would cut day and clearness off.
    left, right = st.columns([3, 1], gap="small", vertical_alignment="bottom")
    left.selectbox(
        SIDES[side],
        list(known),
        key=key,
        on_change=change,
        format_func=lambda i: f"{words.day(known[i].datetime)} · {words.clear(known[i])}",
    )
    chosen = state.dates.acquisition(side)
    if chosen is not None and chosen.preview:
        right.image(chosen.preview, width=84, alt=f"The area on {words.day(chosen.datetime)}")
