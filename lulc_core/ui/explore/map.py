"""The map of the Explore page: the area, the cells and pictures of the finished map, the selected cell."""

from __future__ import annotations

from lulc_core.ui.explore.state import ExploreState, Shown
from lulc_core.ui.map import view
from lulc_core.ui.panels.map_page import map_state, on_map_event


def show_map(state: ExploreState) -> None:
    """Show the map as the state has it, and take in what the user does on it."""
    result = _result(state.shown) if state.shown is not None else None
    view.show_map(map_state(state, result), lambda value: on_map_event(state, value))


def _result(shown: Shown) -> dict[str, object]:
    return {
        "id": shown.request.id,
        "tiles": view.publish(shown.tiles, "application/json", "tiles"),
        "pictures": [view.publish_layer(p, p.key, key=p.key, title=p.title.split(" (")[0]) for p in shown.pictures],
        "attribution": shown.result.land_cover.acquisition.attribution,
    }
