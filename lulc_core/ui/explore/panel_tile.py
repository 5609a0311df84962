"""One clicked place: what the cell is, and the evidence of its 640 m tile: picture, ten probabilities, spectrum."""

from __future__ import annotations

import numpy as np
import streamlit as st

from lulc_core.domain.land_cover import FLAG_LABELS, TileFlag
from lulc_core.ui import tables
from lulc_core.ui.errors import plain
from lulc_core.ui.explore.state import ExploreState, Shown

FLAG_COLORS = {TileFlag.PARTLY_CLOUDY: "blue", TileFlag.UNSURE: "orange"}
SPECTRUM_PX = 130
PICTURE_PX = 96


def show(state: ExploreState, shown: Shown) -> None:
    """Show what is known of the clicked tile; without one, how to get one."""
    tile = state.tile
    if tile is None:
        unit = shown.result.land_cover.grid.unit
        st.caption(f"Click a {unit} on the map, or:")
        st.button(f"Show the least sure {unit}", on_click=state.pick_least_sure, width="stretch")
        return
    from lulc_core.analysis.describe import describe_tile
    from lulc_core.render.overlays.map_layers import tile_picture

    land_cover, tiles, scene = shown.result.land_cover, shown.result.tiles, shown.result.scene
    row, col = tile
    grid = land_cover.grid
    around = grid.tile_of(row, col)
    name = grid.tile_id(row, col)
    left, right = st.columns([1, 1.9], gap="small")
    with left:
        picture = tile_picture(scene, *around, size_px=256, cell=grid.cell_in_tile(row, col))
        what = "simulated imagery" if land_cover.simulated else "Sentinel-2"
        st.image(
            picture, width=PICTURE_PX, alt=f"True colour of tile {tiles.grid.tile_id(*around)}, 640 m wide, {what}"
        )
    with right, st.container(key="tile-words", gap="xsmall"):
        st.markdown(describe_tile(land_cover, row, col))
        flags = TileFlag(0 if land_cover.beyond[row, col] else int(land_cover.flags[row, col]))
        with st.container(horizontal=True, gap="small"):
            for flag, text in FLAG_LABELS.items():
                if flags & flag:
                    st.badge(text, color=FLAG_COLORS.get(flag, "red"))  # type: ignore[arg-type]
        lon, lat = grid.tile_center(row, col)
        st.caption(f"{grid.unit.capitalize()} {name} · {lat:.4f}, {lon:.4f}")
    if tiles is not land_cover:
        text = describe_tile(tiles, *around)
        st.caption(f"The 640 m tile around this {grid.cell_m} m cell: {text[:1].lower()}{text[1:]}")
    probabilities = tiles.probabilities[around]
    own = land_cover.probabilities[row, col]
    if not np.isfinite(probabilities).all() and np.isfinite(own).all():
        probabilities = own  # part of a tile can be clear enough where the whole is not
        st.caption("So these are the probabilities of the cell:")
    if np.isfinite(probabilities).all():
        with st.container(key="probabilities"):
            st.html(tables.probability_table(probabilities))
    _spectrum(shown, *around)


def _spectrum(shown: Shown, row: int, col: int) -> None:
    from lulc_core.analysis.spectra.roi import tile_indices, tile_spectrum
    from lulc_core.render.charts.map import spectrum_chart

    if shown.fetching:
        st.caption("The other bands of the spectrum are on their way.")
    elif shown.without:
        st.caption(plain(shown.without))
    spectrum = tile_spectrum(shown.result.scene, row, col)
    if not spectrum.n_pixels:
        st.caption("No usable pixel in this tile, so there is no spectrum.")
        return
    figure = spectrum_chart(spectrum)
    # The panel is narrow: what the axes are is said above, and leaves the room to the line.
    what = {"L1C": "Top-of-atmosphere reflectance", "L2A": "Surface reflectance"}[spectrum.level]
    satellite = f", {spectrum.satellite}" if spectrum.satellite else ""
    st.caption(f"{what} by wavelength, nm{satellite}")
    figure.update_layout(height=SPECTRUM_PX, margin={"l": 4, "r": 4, "t": 4, "b": 4}, showlegend=False)
    figure.update_xaxes(title=None)
    figure.update_yaxes(title=None)
    st.plotly_chart(figure, key="spectrum", config={"displayModeBar": False})
    values = tile_indices(spectrum)
    if values:
        st.html(tables.facts([(name, f"{value:.2f}") for name, value in values.items()]))
