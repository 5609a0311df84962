"""One clicked place: its three likeliest classes; folded away, all ten and the spectrum of its 640 m tile."""

from __future__ import annotations

from functools import partial
from html import escape

import numpy as np
import streamlit as st

from lulc_core.domain.land_cover import FLAG_NAMES, TileFlag
from lulc_core.ui import tables, words
from lulc_core.ui.errors import plain
from lulc_core.ui.explore.state import ExploreState, Shown
from lulc_core.ui.widgets import bound
from lulc_core.ui.words import translate

FLAG_COLORS = {TileFlag.PARTLY_CLOUDY: "blue", TileFlag.UNSURE: "orange"}
LEADING = 3
"""Classes that are shown before the others are asked for."""
SPECTRUM_PX = 130
PICTURE_PX = 112


def show(state: ExploreState, shown: Shown) -> None:
    """Show what is known of the clicked tile; without one, how to get one."""
    tile = state.tile
    if tile is None:
        unit = shown.result.land_cover.grid.unit
        st.caption(translate(f"explore.click_{unit}"))
        st.button(translate("explore.least_sure"), key="least-sure", on_click=state.pick_least_sure, width="stretch")
        return
    from lulc_core.analysis.describe import describe_tile
    from lulc_core.render.overlays.map_layers import tile_picture

    land_cover, tiles, scene = shown.result.land_cover, shown.result.tiles, shown.result.scene
    row, col = tile
    grid = land_cover.grid
    around = grid.tile_of(row, col)
    flags = TileFlag(0 if land_cover.beyond[row, col] else int(land_cover.flags[row, col]))
    own = land_cover.probabilities[row, col]
    left, right = st.columns([1, 1.9], gap="small")
    with left:
        picture = tile_picture(scene, *around, size_px=256, cell=grid.cell_in_tile(row, col))
        what = translate("explore.tile.simulated") if land_cover.simulated else "Sentinel-2"
        alt = translate("explore.tile.alt", name=tiles.grid.tile_id(*around), what=what)
        st.image(picture, width=PICTURE_PX, alt=alt)
    with right, st.container(key="tile-words", gap="xsmall"):
        if land_cover.classified[row, col]:
            st.html(tables.probability_table(own, most=LEADING))
        else:
            st.markdown(plain(describe_tile(land_cover, row, col, words.page_words())))
        said = [f for f in FLAG_NAMES if flags & f and (land_cover.classified[row, col] or f is TileFlag.PARTLY_CLOUDY)]
        with st.container(horizontal=True, gap="small"):
            for flag in said:
                st.badge(translate(f"map.flag.{FLAG_NAMES[flag]}"), color=FLAG_COLORS.get(flag, "red"))  # type: ignore[arg-type]
        lon, lat = grid.tile_center(row, col)
        st.caption(plain(words.page_words().position(lon, lat)))
    fold = bound("tile-more", state.more, partial(setattr, state, "more"))
    with st.expander(translate("explore.tile.more"), **fold):
        if state.more:
            _evidence(shown, around, own)


def _evidence(shown: Shown, around: tuple[int, int], own: np.ndarray) -> None:
    land_cover, tiles = shown.result.land_cover, shown.result.tiles
    probabilities, name = tiles.probabilities[around], escape(tiles.grid.tile_id(*around))
    kind = "explore.tile.of" if tiles is land_cover else "explore.tile.around"
    if not np.isfinite(probabilities).all() and np.isfinite(own).all():
        probabilities, kind = own, "explore.tile.of_cell"  # part of a tile can be clear enough where the whole is not
    if np.isfinite(probabilities).all():
        st.caption(translate(kind, **({} if kind.endswith("cell") else {"name": name})))
        with st.container(key="probabilities"):
            st.html(tables.probability_table(probabilities))
    _spectrum(shown, *around)


def _spectrum(shown: Shown, row: int, col: int) -> None:
    from lulc_core.analysis.spectra.roi import tile_indices, tile_spectrum
    from lulc_core.render.charts.map import spectrum_chart

    if shown.fetching:
        st.caption(translate("explore.spectrum.coming"))
    elif shown.without:
        st.caption(plain(shown.without))
    spectrum = tile_spectrum(shown.result.scene, row, col)
    if not spectrum.n_pixels:
        st.caption(translate("explore.spectrum.none"))
        return
    figure = spectrum_chart(spectrum)
    # The panel is narrow: what the axes are is said above, and leaves the room to the line.
    satellite = f", {spectrum.satellite}" if spectrum.satellite else ""
    st.caption(translate(f"explore.spectrum.{spectrum.level}") + plain(satellite))
    figure.update_layout(height=SPECTRUM_PX, margin={"l": 4, "r": 4, "t": 4, "b": 4}, showlegend=False)
    figure.update_xaxes(title=None)
    figure.update_yaxes(title=None)
    st.plotly_chart(figure, key="spectrum", config={"displayModeBar": False})
    values = tile_indices(spectrum)
    if values:
        st.html(tables.facts([(name, words.number(value, 2)) for name, value in values.items()]))
