"""Steps 1 and 2 of the Compare page: the area and its imagery, the two dates and what speaks for and against them."""

from __future__ import annotations

from datetime import date

import streamlit as st

from lulc_core.domain.errors import LulcError
from lulc_core.ui import store, words
from lulc_core.ui.compare_state import EXAMPLE_DAYS, Comparing
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.panel_acquisition import FIRST_DAY
from lulc_core.ui.places import EXAMPLES, parse_coordinates

SIDES = ("Earlier date", "Later date")


def area_label(here: Comparing) -> str:
    """What step 1 says when closed."""
    if here.aoi is None or here.grid is None:
        return "which one?" if here.area_error is None else "cannot be used"
    return f"{words.km2(here.aoi.area_km2)} · {words.tiles(here.grid.n_tiles)} · {store.SOURCES[here.source]}"


def area(here: Comparing) -> None:
    """Takes the area of the Explore page, an example, or coordinates."""
    if here.area_error is not None:
        show_error(here.area_error)
    theirs = here.explore.aoi
    if theirs is not None and (here.aoi is None or theirs.key != here.aoi.key):
        st.button("Take the area of Explore", on_click=here.set_area, args=(theirs,), width="stretch", key="cmp-theirs")

    def example() -> None:
        here.source, (here.day_before, here.day_after) = "simulated", EXAMPLE_DAYS
        here.set_area(EXAMPLES[0].aoi)

    if here.aoi is None:
        st.caption("Draw an area on the Explore page, or start from:")
    st.button(
        f"Example: {EXAMPLES[0].title}, 2019 and 2021 (simulated)", key="cmp-example", on_click=example, width="stretch"
    )

    def go() -> None:
        text = st.session_state.get("cmp-area", "").strip()
        try:
            if text:
                here.set_area(parse_coordinates(text, 6.0))
        except LulcError as error:
            here.area_error = error

    st.text_input(
        "Or W,S,E,N, or latitude, longitude (6 km around it)", key="cmp-area", placeholder="45.488, 8.850", on_change=go
    )

    def change() -> None:
        here.source = st.session_state["cmp-source"]
        here.run_error = None

    st.session_state["cmp-source"] = here.source
    names = [name for name in store.SOURCES if name != "geotiff"]
    st.selectbox(
        "Imagery of both dates", names, key="cmp-source", format_func=store.SOURCES.__getitem__, on_change=change
    )
    if here.source == "sentinel-hub" and not here.explore.has_account:
        st.caption("Sentinel Hub needs an account: enter it on the Explore page, step 2.")
    st.caption(
        "Two files of your own are compared on the command line: `python -m lulc_core compare --source geotiff`."
    )


def dates_label(here: Comparing) -> str:
    """What step 2 says when closed."""
    if here.pair is not None:
        return " and ".join(words.day(a.datetime) for a in here.pair)
    if here.looking is not None:
        return "looking …"
    return "choose two" if here.look_error is None else "none to compare"


def dates(here: Comparing) -> None:
    """Two days, the proposed pair with its reason, other acquisitions, warnings."""
    _days(here)
    if here.aoi is None:
        st.caption("First choose an area in step 1.")
        return
    if here.look_error is not None:
        show_error(here.look_error)
        if here.day_before > here.day_after:
            st.button("Swap the two days", key="cmp-swap", on_click=here.swap_days, width="stretch")
        return
    if here.looking is not None or not here.found:
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
    for side, column in enumerate(st.columns(2, gap="small")):
        with column:
            _acquisition(here, side)
    error = here.pair_error()
    if error is not None:
        show_error(error)
    for sentence in here.warnings():
        st.warning(plain(sentence), icon=":material/warning:")


def _days(here: Comparing) -> None:
    today = words.today()

    def change(side: int) -> None:
        value: date = st.session_state[f"cmp-day-{side}"]
        if side == 0:
            here.day_before = value
        else:
            here.day_after = value

    for side, column in enumerate(st.columns(2, gap="small")):
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


def _acquisition(here: Comparing, side: int) -> None:
    key = f"cmp-take-{side}"

    def change() -> None:
        here.choose(side, st.session_state[key])

    known = {a.id: a for a in here.found}
    if here.chosen[side] in known:
        st.session_state[key] = here.chosen[side]
    st.selectbox(
        SIDES[side],
        list(known),
        key=key,
        on_change=change,
        format_func=lambda i: f"{words.day(known[i].datetime)} · {words.clear(known[i])}",
    )
    chosen = here.acquisition(side)
    if chosen is not None and chosen.preview:
        st.image(chosen.preview, width=110, alt=f"The area on {words.day(chosen.datetime)}")
