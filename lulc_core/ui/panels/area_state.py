"""The area of a page that has a map to draw on: kept, refused or cleared. No widgets in here."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import LulcError
from lulc_core.domain.grid import TILE_M, TileGrid
from lulc_core.ui import permalink, resources
from lulc_core.ui.map import data as map_data

if TYPE_CHECKING:
    from lulc_core.ui.panels.places import Example


@dataclass(kw_only=True)
class AreaState:
    """What the pages with drawing tools have in common."""

    aoi: Aoi | None = None
    grid: TileGrid | None = None
    """Of the area, in cells of :attr:`detail`."""
    resolution_m: int = TILE_M
    """Side of a cell of the map to be made, metres."""
    area_rev: str = ""
    """Changes with every new area; tells the map whether to redraw it."""
    area_error: LulcError | None = None
    refused: list[dict[str, Any]] = field(default_factory=list)
    """Outline of a drawing that cannot be taken; it stays on the map to be mended."""
    taken_file: str = ""
    """Id of the last upload taken in; a busy browser reports it once more after its step was closed."""
    seen: dict[str, int] = field(default_factory=dict)
    """Number of the last event of each kind that the map has sent and the page has taken in."""

    # ---- what a page makes of it ----

    def set_area(self, aoi: Aoi, *, rev: str = "", advance: bool = True) -> None:
        """Takes an area, or keeps none and says why not; then :attr:`area_error` is set.

        Args:
            aoi: the area.
            rev: name of the drawing where the map shows it already; empty to have the map draw it.
            advance: go on to the next step of the page.
        """
        raise NotImplementedError

    def refuse_area(self, error: LulcError, rev: str, drawings: list[dict[str, Any]]) -> None:
        """A drawing that is no area: it stays on the map, dashed, and the sentence says why."""
        self.aoi, self.grid, self.area_rev = None, None, rev
        self.area_error, self.refused = error, drawings

    def clear_area(self) -> None:
        """No area any more."""
        self.aoi, self.grid, self.area_rev, self.area_error, self.refused = None, None, "", None, []

    def take_example(self, example: Example) -> None:
        """Goes to an example place."""
        raise NotImplementedError

    # ---- what they share ----

    def make_grid(self, aoi: Aoi) -> TileGrid:
        """The cells of an area."""
        return TileGrid.from_aoi(aoi, cell_m=self.resolution_m)

    def keep_area(self, aoi: Aoi, rev: str = "") -> bool:
        """Takes an area as a link would restore it; False, with the reason kept, where it cannot be used."""
        self.area_error, self.refused = None, []
        aoi = permalink.canonical(aoi)
        self.area_rev = rev or f"{aoi.key}-{time.time_ns() // 1_000_000}"
        try:
            aoi.check_size(resources.settings().max_area_km2)
            grid = self.make_grid(aoi)
        except LulcError as error:
            self.aoi, self.grid, self.area_error = None, None, error
            self.refused = [aoi.to_geojson()]
            return False
        self.aoi, self.grid = aoi, grid
        return True

    def set_resolution(self, cell_m: int) -> None:
        """Cells of another size; the area stays."""
        self.resolution_m = cell_m
        if self.aoi is not None and self.grid is not None:
            self.grid = self.make_grid(self.aoi)

    def is_new(self, kind: str, event: Any) -> bool:
        """True for an event of the map that has not been taken in yet; the map sends its last one with every run."""
        if not isinstance(event, dict) or event.get("seq", 0) <= self.seen.get(kind, 0):
            return False
        self.seen[kind] = event["seq"]
        return True

    def take_drawing(self, event: dict[str, Any]) -> None:
        """What the drawing tools sent: ``features`` and ``seq``."""
        features, rev = event["features"], f"map:{event['seq']}"
        if not features:
            self.clear_area()
            return
        try:
            aoi = Aoi.from_geojson({"type": "FeatureCollection", "features": features})
        except LulcError as error:
            self.refuse_area(error, rev, features)
            return
        # Drawn on another turn of the globe: the map must redraw it where the area says it is.
        west = min(point[0] for feature in features for point in feature["geometry"]["coordinates"][0])
        self.set_area(aoi, rev=rev if abs(west - aoi.bbox[0]) < 180 else "")

    def area_on_map(self) -> dict[str, Any] | None:
        """The outline as explorer.js draws it; None where there is none."""
        if self.aoi is not None:
            return {"rev": self.area_rev, "key": self.aoi.key, "polygons": map_data.rings(self.aoi), "bad": False}
        if self.refused:
            polygons = [p for drawing in self.refused for p in _polygons(drawing)]
            return {"rev": self.area_rev, "key": "", "polygons": polygons, "bad": True}
        return None


def _polygons(geometry: dict[str, Any]) -> list[Any]:
    if geometry.get("type") == "Feature":
        geometry = geometry.get("geometry") or {}
    coordinates = geometry.get("coordinates") or []
    return list(coordinates) if geometry.get("type") == "MultiPolygon" else [coordinates]
