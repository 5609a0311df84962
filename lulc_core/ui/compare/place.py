"""The ranked list of changed places, and the evidence of the selected one: both dates of everything."""

from __future__ import annotations

import numpy as np
import streamlit as st

from lulc_core.analysis.change.sentences import place_sentences
from lulc_core.analysis.change.sites import Site, site_of
from lulc_core.domain.change import ChangeMap, Trajectory
from lulc_core.ui import words
from lulc_core.ui.compare import tables as compare_tables
from lulc_core.ui.compare.say import level_word, size_of, trajectory_word, way
from lulc_core.ui.compare.state import CompareState
from lulc_core.ui.compare.work import Compared
from lulc_core.ui.errors import plain
from lulc_core.ui.widgets import bound

LISTED = 40
AROUND = 1
"""Places listed before and after the selected one, so that its evidence stands below them without scrolling."""
PICTURE_PX = 256
CHART_PX = 210


def show_places(state: CompareState, shown: Compared) -> None:
    """Show the places, previous and next, and under them the selected one."""
    places, at = state.places(), state.place_at()
    if state.tile is None and not places:
        st.caption(words.translate("compare.places.none"))
        return
    if places:
        _steps(state, len(places), at)
    largest = max((p.ha for p in places), default=0.0)
    first, last = (0, LISTED) if at < 0 else (max(at - AROUND, 0), at + AROUND + 1)
    with st.container(key="cmp-places", gap="xsmall"):
        for rank, place in enumerate(places[first:last], start=first + 1):
            _row(state, shown.result.change, place, rank, largest, on=rank == at + 1)
    if state.tile is not None:
        _evidence(state, shown, state.tile, places[at] if at >= 0 else None)
        return
    if len(places) > LISTED:
        st.caption(words.translate("compare.places.more", len(places) - LISTED))
    st.html(compare_tables.place_table(places[:LISTED], shown.result.change))


def _steps(state: CompareState, n: int, at: int) -> None:
    # By Streamlit's own keys where the page has the focus; on the map it is n and p (assets/compare.js).
    with st.container(key="cmp-steps", horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            words.translate("compare.previous"), key="cmp-previous", on_click=state.step, args=(-1,),
            icon=":material/arrow_back:", shortcut="Left",
        )  # fmt: skip
        st.button(
            words.translate("compare.place_of", n, k=at + 1) if at >= 0 else words.translate("compare.all_places", n),
            key="cmp-whole", on_click=state.leave_place, type="tertiary", disabled=state.tile is None,
            icon=":material/zoom_out_map:" if state.tile is not None else None,
            help=words.translate("compare.whole_area"),
        )  # fmt: skip
        st.button(
            words.translate("compare.next"), key="cmp-next", on_click=state.step, args=(1,),
            icon=":material/arrow_forward:", shortcut="Right",
        )  # fmt: skip


def _row(state: CompareState, change: ChangeMap, place: Site, rank: int, largest: float, *, on: bool) -> None:
    row, col = place.cells[0]
    said = (way(place.from_id, place.to_id), size_of(place, like=largest), level_word(change, place.certainty))
    st.button(
        f"{rank}. {' · '.join(said)}",
        key=f"cmp-place-{row}-{col}",
        on_click=state.select,
        args=((row, col),),
        kwargs={"go": True},
        type="primary" if on else "secondary",
        width="stretch",
        wrap=True,
    )


def _evidence(state: CompareState, shown: Compared, tile: tuple[int, int], place: Site | None) -> None:
    change = shown.result.change
    if place is None and change.compared[tile]:
        place = site_of(change, np.array([tile]))
    days = words.day(change.before.acquisition.datetime), words.day(change.after.acquisition.datetime)
    with st.container(key="cmp-sentence"):
        st.markdown(plain(_sentence(shown, place, tile)))
    if place is not None:
        st.html(compare_tables.both_table(place.p_before, place.p_after, days))
    st.caption(_facts(shown, place, tile))
    st.toggle(words.translate("compare.more"), **bound("cmp-more", state.more, lambda on: setattr(state, "more", on)))
    if state.more:
        _more(shown, tile, days)


def _facts(shown: Compared, place: Site | None, tile: tuple[int, int]) -> str:
    from lulc_core.analysis.change.evidence import place_link

    change = shown.result.change
    lon, lat = (place.lon, place.lat) if place is not None else change.grid.tile_center(*tile)
    said = []
    if place is not None and change.differs[tile]:
        said += [words.translate("count.squares", len(place.cells)), level_word(change, place.certainty)]
        if place.trajectory != Trajectory.NOT_ASKED:
            said.append(trajectory_word(place.trajectory))
    link = f"[{plain(words.translate('compare.on_street_map'))}]({place_link(lon, lat)})"
    return " · ".join([*map(plain, (*said, words.page_words().position(lon, lat, 4))), link])


def _sentence(shown: Compared, place: Site | None, tile: tuple[int, int]) -> str:
    change = shown.result.change
    if place is None:
        return words.translate("compare.place.not_compared")
    if not change.differs[tile]:
        chance = words.share(place.change_probability)
        return words.translate("compare.place.same", name=words.page_words().class_noun(place.to_id), chance=chance)
    said = place_sentences(
        place.from_id, place.to_id, place.p_before, place.p_after, certainty=place.certainty,
        trajectory=place.trajectory, change=change, words=words.page_words(),
        seen=change.seen_by(*zip(*place.cells, strict=True)),
    )  # fmt: skip
    return " ".join(said)


def _more(shown: Compared, tile: tuple[int, int], days: tuple[str, str]) -> None:
    """Show what the network saw, its spectrum and its indices: of the 640 m tile, on both dates."""
    from lulc_core.analysis.change.class_probabilities import probability_points, probability_sentence
    from lulc_core.analysis.change.evidence import index_pairs
    from lulc_core.analysis.spectra.roi import tile_spectrum
    from lulc_core.render.charts.change import shift_bars
    from lulc_core.render.charts.map import spectrum_pair
    from lulc_core.render.overlays.map_layers import tile_picture

    change, result = shown.result.change, shown.result
    grid, (row, col) = change.grid, tile
    sides = result.before, result.after
    for column, side, day in zip(st.columns(2, gap="small"), sides, days, strict=True):
        simulated = side.land_cover.simulated
        column.image(
            tile_picture(side.scene, *grid.tile_of(row, col), size_px=PICTURE_PX, cell=grid.cell_in_tile(row, col)),
            caption=f"{day}, {words.translate('compare.simulated')}" if simulated else day,
            width="stretch",
            alt=words.translate(
                "compare.place.picture_simulated" if simulated else "compare.place.picture",
                id=grid.tile_id(row, col), day=day,
            ),
        )  # fmt: skip
    probabilities = change.before.probabilities[row, col], change.after.probabilities[row, col]
    if all(np.isfinite(p).all() for p in probabilities):
        with st.container(key="cmp-mixture"):
            st.markdown(plain(probability_sentence(*probabilities, words.page_words())))
        if moved := probability_points(*probabilities):
            figure = shift_bars([(m.cls, m.points) for m in moved], words.page_words())
            st.plotly_chart(figure, key="cmp-shift", config={"displayModeBar": False})
        st.html(compare_tables.probability_table(probability_points(*probabilities, at_least=0), days))
    whole = grid.tile_of(row, col)
    spectra = tile_spectrum(result.before.scene, *whole), tile_spectrum(result.after.scene, *whole)
    if all(s.n_pixels for s in spectra):
        figure = spectrum_pair(*spectra, days=days)
        figure.update_layout(height=CHART_PX)
        st.plotly_chart(figure, key="cmp-spectrum", config={"displayModeBar": False})
        st.html(compare_tables.spectrum_table(*spectra, days))
    if pairs := index_pairs(spectra):
        st.html(compare_tables.index_table(pairs, days))
