"""The choice of how fine the map is; the same on every page that makes maps."""

from __future__ import annotations

import streamlit as st

from lulc_core.domain.grid import RESOLUTIONS_M, TILE_M
from lulc_core.ui.panels.area_choice import AreaChoice
from lulc_core.ui.widgets import bound

HELP = (
    f"How much ground one cell of the map covers. {TILE_M} m: whole tiles, one name each. Finer cells take the mean of "
    "all 640 m windows that cover them: roads, rivers and the edge of a town come out where they are, at a few times "
    "the work, and one more tile around the area is fetched. The evidence of a place stays its 640 m tile."
)


def show(area: AreaChoice, key: str) -> None:
    """Ask for cells of 640, 320, 160 or 80 m."""

    st.segmented_control(
        "Cells of the map",
        RESOLUTIONS_M,
        format_func=lambda m: f"{m} m",
        required=True,
        width="stretch",
        help=HELP,
        **bound(key, area.resolution_m, area.set_resolution),
    )
