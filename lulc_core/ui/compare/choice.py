"""Steps 1 and 2 of the Compare page: the area and its imagery, the two dates and what speaks for and against them."""

from __future__ import annotations

from datetime import date

import streamlit as st

from lulc_core.ui import resources, words
from lulc_core.ui.compare.state import CompareState
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.explore.panel_acquisition import FIRST_DAY
from lulc_core.ui.panels import area as panel_area
from lulc_core.ui.panels import files as panel_files
from lulc_core.ui.panels import source as panel_source
from lulc_core.ui.panels.places import EXAMPLES

SIDES = ("Earlier date", "Later date")


def area_label(here: CompareState) -> str:
    """What step 1 says when closed."""
    label = panel_area.label(here)
    return (
        f"{label}, all that the files cover"
        if here.aoi is not None and here.area_of_files and here.file_sides
        else label
    )


def area(here: CompareState) -> None:
    """The ways to an area besides drawing; the one of the Explore page is the nearest."""
    theirs = here.explore.aoi
    if theirs is not None and (here.aoi is None or theirs.key != here.aoi.key):
        st.button("Take the area of Explore", on_click=here.set_area, args=(theirs,), width="stretch", key="cmp-theirs")
    if here.aoi is None and here.area_error is None:
        st.button(
            f"Example: {EXAMPLES[0].title}, 2019 and 2021 (simulated)",
            key="cmp-example",
            on_click=here.take_example,
            args=(EXAMPLES[0],),
            width="stretch",
            type="primary",
        )
    panel_area.show(here)
    st.caption("Two files of your own? Give them in step 2: what both cover is the area.")


def dates_label(here: CompareState) -> str:
    """What step 2 says when closed."""
    if here.pair is not None:
        return " and ".join(words.day(a.datetime) for a in here.pair)
    if here.looking is not None:
        return "looking …"
    return "not chosen yet" if here.look_error is None else "none to compare"


def dates(here: CompareState) -> None:
    """The imagery, two days, the proposed pair with its reason, other acquisitions, warnings."""
    _imagery(here)
    if len(here.file_sides) < 2 and (here.source != "geotiff" or here.other):
        _days(here)
    if here.aoi is None:
        if here.area_error is not None and here.file_sides:
            show_error(here.area_error)
        elif here.source != "geotiff":
            st.caption("First choose an area in step 1.")
        return
    if here.look_error is not None:
        show_error(here.look_error)
        if here.day_before > here.day_after:
            what = "Swap the two files" if len(here.file_sides) == 2 else "Swap the two days"
            st.button(what, key="cmp-swap", on_click=here.swap_days, width="stretch")
        return
    if here.looking is not None or not all(here.found):
        return
    best = here.pairs[0] if here.pairs else None
    proposed = (best.before.id, best.after.id) if best else None
    if best is not None and proposed == here.chosen:
        st.caption(f"**Proposed:** {plain(best.reason)}")
    elif best is not None and proposed is not None:
        st.button(
            "Take the proposed pair",
            key="cmp-proposed",
            on_click=here.choose_both,
            args=proposed,
            help=plain(best.reason),
            width="stretch",
        )
    for side in (0, 1):
        _acquisition(here, side)
    error = here.pair_error()
    if error is not None:
        show_error(error)
    for sentence in here.warnings():
        st.warning(plain(sentence), icon=":material/warning:")


def _imagery(here: CompareState) -> None:
    def change() -> None:
        # Streamlit also calls this when the page itself has set the value, as for a link while a slow page is loading.
        if st.session_state["cmp-source"] != here.source:
            here.source, here.wanted = st.session_state["cmp-source"], None
            here.files_changed()

    st.session_state["cmp-source"] = here.source
    st.selectbox(
        "Imagery",
        list(resources.SOURCES),
        key="cmp-source",
        format_func=resources.SOURCES.__getitem__,
        on_change=change,
    )
    if here.source == "geotiff":
        _files(here)
    if "sentinel-hub" in (here.source_name(0), here.source_name(1)):
        panel_source.account(here.explore)


def _files(here: CompareState) -> None:
    def change() -> None:
        if st.session_state["cmp-other"] != here.other:
            here.other = st.session_state["cmp-other"]
            here.files_changed()

    for side in (0, 1):
        if len(here.file_sides) == 1 and side not in here.file_sides:
            names = ["", *(name for name in resources.SOURCES if name != "geotiff")]
            st.session_state["cmp-other"] = here.other
            st.selectbox(
                f"{SIDES[side]} from",
                names,
                key="cmp-other",
                format_func=lambda name: resources.SOURCES.get(name, "another file of mine"),
                on_change=change,
            )
            if here.other:
                continue
        panel_files.show(here.own[side], here.files_changed, label=f"{SIDES[side]}: one GeoTIFF, or one per band")


def _days(here: CompareState) -> None:
    today = words.today()

    def change(side: int) -> None:
        value: date = st.session_state[f"cmp-day-{side}"]
        if side == 0:
            here.day_before = value
        else:
            here.day_after = value

    for side, column in enumerate(st.columns(2, gap="small")):
        if side in here.file_sides:
            continue  # a file has its day
        value = here.day_before if side == 0 else here.day_after
        st.session_state[f"cmp-day-{side}"] = min(max(value, FIRST_DAY), today)
        column.date_input(
            ("Around", "and around")[side],
            min_value=FIRST_DAY,
            max_value=today,
            key=f"cmp-day-{side}",
            on_change=change,
            args=(side,),
            format="YYYY-MM-DD",
        )


def _acquisition(here: CompareState, side: int) -> None:
    key = f"cmp-take-{side}"

    def change() -> None:
        here.choose(side, st.session_state[key])

    known = {a.id: a for a in here.found[side]}
    if here.chosen[side] in known:
        st.session_state[key] = here.chosen[side]
    # Under each other, with the picture beside: half the panel would cut day and clearness off.
    left, right = st.columns([3, 1], gap="small", vertical_alignment="bottom")
    left.selectbox(
        SIDES[side],
        list(known),
        key=key,
        on_change=change,
        format_func=lambda i: f"{words.day(known[i].datetime)} · {words.clear(known[i])}",
    )
    chosen = here.acquisition(side)
    if chosen is not None and chosen.preview:
        right.image(chosen.preview, width=84, alt=f"The area on {words.day(chosen.datetime)}")
