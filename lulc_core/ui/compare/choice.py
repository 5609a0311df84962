"""Steps 1 and 2 of the Compare page: the area and its imagery, the two dates and what speaks for and against them."""

from __future__ import annotations

from functools import partial

import streamlit as st

from lulc_core.analysis.change.pairs import pair_reason
from lulc_core.sources.base import FIRST_ACQUISITION
from lulc_core.ui import resources, words
from lulc_core.ui.compare.state import CompareState
from lulc_core.ui.errors import plain, show_error
from lulc_core.ui.panels import area, files
from lulc_core.ui.panels.account import show_account, show_sources
from lulc_core.ui.panels.examples import EXAMPLES
from lulc_core.ui.widgets import bound

SIDES = ("compare.earlier_date", "compare.later_date")
"""Keys of what the two dates are called."""


def area_label(state: CompareState) -> str:
    """Say what step 1 shows when closed."""
    label = area.label(state)
    return (
        words.translate("compare.area.of_files", label=label)
        if state.area.aoi is not None and state.area_of_files and state.imagery.file_sides
        else label
    )


def show_area(state: CompareState) -> None:
    """Show the ways to an area besides drawing; the one of the Explore page is the nearest."""
    theirs = state.explore.area.aoi
    if theirs is not None and (state.area.aoi is None or theirs.key != state.area.aoi.key):
        st.button(
            words.translate("compare.area.theirs"),
            on_click=_take_theirs,
            args=(state,),
            width="stretch",
            key="cmp-theirs",
        )
    if state.area.aoi is None and state.area.error is None:
        key = "compare.area.example_simulated" if state.imagery.source == "simulated" else "compare.area.example"
        st.button(
            words.translate(key, place=EXAMPLES[0].title),
            key="cmp-example",
            on_click=state.take_example,
            args=(EXAMPLES[0],),
            width="stretch",
            type="primary",
        )
    area.show(state)
    st.caption(words.translate("compare.area.own"))


def _take_theirs(state: CompareState) -> None:
    """Take the area of Explore with its detail."""
    if (theirs := state.explore.area.aoi) is not None:
        state.area.set_resolution(state.explore.area.resolution_m)
        state.area.set(theirs)


def dates_label(state: CompareState) -> str:
    """Say what step 2 shows when closed."""
    if state.dates.pair is not None:
        return words.page_words().join([words.day(a.datetime) for a in state.dates.pair])
    if state.dates.job:
        return words.translate("compare.dates.looking")
    return words.translate("compare.dates.none_yet" if state.dates.error is None else "compare.dates.none")


def show_dates(state: CompareState) -> None:
    """Show the imagery, two days, the proposed pair with its reason, other acquisitions, warnings."""
    show_sources("cmp-source", state.imagery.source, state.set_source)
    if state.imagery.source == "geotiff":
        _files(state)
    if "sentinel-hub" in (state.imagery.name_of(0), state.imagery.name_of(1)):
        show_account(state.imagery.account, state.explore.search.forget)
    if len(state.imagery.file_sides) < 2 and (state.imagery.source != "geotiff" or state.imagery.other):
        _days(state)
    if state.area.aoi is None:
        if state.area.error is not None and state.imagery.file_sides:
            show_error(state.area.error)
        elif state.imagery.source != "geotiff":
            st.caption(words.translate("compare.dates.area_first"))
        return
    if state.dates.error is not None:
        show_error(state.dates.error)
        if state.dates.days[0] > state.dates.days[1]:
            what = "compare.swap_files" if len(state.imagery.file_sides) == 2 else "compare.swap_days"
            st.button(words.translate(what), key="cmp-swap", on_click=state.swap_days, width="stretch")
        return
    if state.dates.job or not all(state.dates.found):
        return
    reader = words.page_words()
    best = state.dates.pairs[0] if state.dates.pairs else None
    proposed = (best.before.id, best.after.id) if best else None
    if best is not None and proposed == state.dates.chosen:
        why = plain(pair_reason(best.before, best.after, reader))
        st.caption(f"**{words.translate('compare.proposed')}** {why}")
    elif best is not None and proposed is not None:
        st.button(
            words.translate("compare.take_proposed"),
            key="cmp-proposed",
            on_click=state.choose_both,
            args=proposed,
            help=plain(pair_reason(best.before, best.after, reader)),
            width="stretch",
        )
    for side in (0, 1):
        _acquisition(state, side)
    error = state.dates.pair_error()
    if error is not None:
        show_error(error)
    for sentence in state.dates.warnings(state.area.aoi.center[1], reader):
        st.warning(plain(sentence), icon=":material/warning:")


def _files(state: CompareState) -> None:
    for side in (0, 1):
        if len(state.imagery.file_sides) == 1 and side not in state.imagery.file_sides:
            names = {name: words.translate(f"panel.source.{name}") for name in resources.SOURCES if name != "geotiff"}
            names = {"": words.translate("compare.another_file"), **names}
            st.selectbox(
                words.translate(f"{SIDES[side]}_from"),
                list(names),
                format_func=names.__getitem__,
                **bound("cmp-other", state.imagery.other, state.set_other_source),
            )
            if state.imagery.other:
                continue
        files.show(state.imagery.own[side], state.files_changed, label=words.translate(f"{SIDES[side]}_file"))


def _days(state: CompareState) -> None:
    today = words.today()
    for side, column in enumerate(st.columns(2, gap="small")):
        if side in state.imagery.file_sides:
            continue  # a file has its day
        day = min(max(state.dates.days[side], FIRST_ACQUISITION), today)
        column.date_input(
            words.translate(("compare.around", "compare.and_around")[side]),
            min_value=FIRST_ACQUISITION,
            max_value=today,
            format="YYYY-MM-DD",
            **bound(f"cmp-day-{side}", day, partial(state.set_day, side)),
        )


def _acquisition(state: CompareState, side: int) -> None:
    known = {a.id: a for a in state.dates.found[side]}
    chosen = state.dates.acquisition(side)
    # Under each other, with the picture beside: half the panel would cut day and clearness off.
    left, right = st.columns([3, 1], gap="small", vertical_alignment="bottom")
    left.selectbox(
        words.translate(SIDES[side]),
        list(known),
        format_func={i: f"{words.day(a.datetime)} · {words.clear(a)}" for i, a in known.items()}.__getitem__,
        **bound(f"cmp-take-{side}", chosen.id if chosen else next(iter(known)), partial(state.choose, side)),
    )
    if chosen is not None and chosen.preview:
        right.image(chosen.preview, width=84, alt=words.translate("compare.preview", day=words.day(chosen.datetime)))
