"""The ranked list of changed places, and the evidence of the selected one: both dates of everything."""

from __future__ import annotations

import numpy as np
import streamlit as st

from lulc_core.domain.change import TRAJECTORY_LABELS, ChangedTile, Trajectory
from lulc_core.ui import words
from lulc_core.ui.compare import tables as compare_tables
from lulc_core.ui.compare.state import CompareState
from lulc_core.ui.compare.work import Compared
from lulc_core.ui.errors import plain

LISTED = 40
PICTURE_PX = 256
CHART_PX = 210


def place_list(state: CompareState, shown: Compared) -> None:
    """Show previous and next, the selected place, and the list."""
    places = state.places()
    if state.tile is None and not places:
        st.caption("No tile passes the filter. Choose “every difference” to see those that do not count.")
        return
    steps = (("Previous", -1, "arrow_back", "Alt+P"), ("Next", 1, "arrow_forward", "Alt+N"))
    for column, (name, by, icon, shortcut) in zip(st.columns(2, gap="small"), steps, strict=True):
        column.button(
            name, key=f"cmp-{name.lower()}", on_click=state.step, args=(by,), width="stretch",
            icon=f":material/{icon}:", shortcut=shortcut, disabled=not places,
        )  # fmt: skip
    if state.tile is not None:
        _evidence(state, shown, state.tile)
    st.caption("Changed places, most credible first; or click one on the map:")
    with st.container(key="cmp-places", gap="xsmall"):
        for place in places[:LISTED]:
            _row(state, place)
    st.html(compare_tables.place_table(places[:LISTED]))
    if len(places) > LISTED:
        st.caption(f"{len(places) - LISTED:,} more: step through with Next, or see changes.geojson under Files.")


def _row(state: CompareState, place: ChangedTile) -> None:
    on = state.tile == (place.row, place.col)
    st.button(
        f"{place.rank}. {place.from_class.map_label} → {place.to_class.map_label}"
        f" · {words.share(place.change_probability)}",
        key=f"cmp-place-{place.row}-{place.col}",
        on_click=state.select,
        args=((place.row, place.col),),
        kwargs={"go": True},
        type="primary" if on else "secondary",
        width="stretch",
        wrap=True,
    )


def _evidence(state: CompareState, shown: Compared, tile: tuple[int, int]) -> None:
    from lulc_core.analysis.change.class_probabilities import probability_points, probability_sentence
    from lulc_core.analysis.change.evaluation import level_words
    from lulc_core.analysis.change.evidence import index_pairs, place_link
    from lulc_core.analysis.spectra.roi import tile_spectrum
    from lulc_core.render.charts.change import probability_pair, shift_bars
    from lulc_core.render.charts.map import spectrum_pair
    from lulc_core.render.overlays.map_layers import tile_picture

    change, result = shown.result.change, shown.result
    row, col = tile
    place = next((p for p in result.report.places if (p.row, p.col) == tile), None)
    tile_id, sides = change.grid.tile_id(row, col), (result.before, result.after)
    probabilities = change.before.probabilities[row, col], change.after.probabilities[row, col]
    days = change.before.acquisition.date, change.after.acquisition.date
    for column, side, day in zip(st.columns(2, gap="small"), sides, days, strict=True):
        made = "simulated imagery" if side.land_cover.simulated else "Sentinel-2"
        column.image(
            tile_picture(
                side.scene, *change.grid.tile_of(row, col), size_px=PICTURE_PX, cell=change.grid.cell_in_tile(row, col)
            ),
            caption=f"{day}, SIMULATED" if side.land_cover.simulated else day,
            width="stretch",
            alt=f"True colour of the 640 m tile of {tile_id} on {day}, {made}",
        )
    with st.container(key="cmp-sentence"):
        st.markdown(plain(_sentence(shown, place, tile)))
    if place is not None:
        words_of = [f"chance {words.share(place.change_probability)}", level_words(change)[place.certainty]]
        if place.trajectory != Trajectory.NOT_ASKED:
            words_of.append(TRAJECTORY_LABELS[place.trajectory])
        st.caption(" · ".join(words_of))
    if all(np.isfinite(p).all() for p in probabilities):
        moved = probability_points(*probabilities)
        with st.container(key="cmp-mixture"):
            st.markdown(plain(probability_sentence(*probabilities)))
        if moved:
            figure = shift_bars([(m.cls, m.points) for m in moved])
            st.plotly_chart(figure, key="cmp-shift", config={"displayModeBar": False})
        figure = probability_pair(*probabilities, days=days)
        st.plotly_chart(figure, key="cmp-probabilities", config={"displayModeBar": False})
        st.html(compare_tables.probability_table(probability_points(*probabilities, at_least=0), days))
    whole = change.grid.tile_of(row, col)
    spectra = tile_spectrum(result.before.scene, *whole), tile_spectrum(result.after.scene, *whole)
    if all(s.n_pixels for s in spectra):
        figure = spectrum_pair(*spectra, days=days)
        figure.update_layout(height=CHART_PX)
        st.plotly_chart(figure, key="cmp-spectrum", config={"displayModeBar": False})
        st.html(compare_tables.spectrum_table(*spectra, days))
    if pairs := index_pairs(spectra):
        st.html(compare_tables.index_table(pairs, days))
    lon, lat = change.grid.tile_center(row, col)
    st.caption(
        f"{change.grid.unit.capitalize()} {tile_id} · {lat:.4f}, {lon:.4f} · [OpenStreetMap]({place_link(lon, lat)})"
    )


def _sentence(shown: Compared, place: ChangedTile | None, tile: tuple[int, int]) -> str:
    if place is not None:
        return place.sentence
    change = shown.result.change
    if not change.compared[tile]:
        unit = change.grid.unit
        why = "cloud, no data, or unlike anything the network knows"
        return f"This {unit} was not compared: it has no class on one of the dates ({why})."
    from lulc_core.domain.classes import CLASSES

    name = CLASSES[int(change.to_ids[tile])].map_label
    chance = words.share(float(change.change_probability[tile]))
    return f"Most likely {name.lower()} on both dates; chance of change {chance}."
