"""The area of a page that has a map to draw on: kept, refused or cleared. No widgets in here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import LayerError, LulcError
from lulc_core.domain.grid import TILE_M, TileGrid
from lulc_core.ui import permalink, resources
from lulc_core.ui.map import data as map_data


@dataclass
class AreaChoice:
    """An area with its cells, or why there is none."""

    on_change: Callable[[], None]
    """Called after the user has drawn, given or cleared an area, also where it could not be taken."""
    check: Callable[[Aoi], object] = lambda _: None
    """Raises LulcError where the page cannot use an area."""
    aoi: Aoi | None = None
    grid: TileGrid | None = None
    """Of the area, in cells of :attr:`resolution_m`."""
    resolution_m: int = TILE_M
    """Side of a cell of the map to be made, metres."""
    rev: str = ""
    """Changes with every new area; tells the map whether to redraw it."""
    error: LulcError | None = None
    refused: list[dict[str, Any]] = field(default_factory=list)
    """Outline of a drawing that cannot be taken; it stays on the map, dashed, to be mended."""
    taken_file: str = ""
    """Id of the last upload taken in; a busy browser reports it once more after its step was closed."""
    read_layer: Callable[[str], Aoi] | None = None
    """Reads one layer of the file that holds several with areas, while :attr:`error` asks which."""

    def set(self, aoi: Aoi, rev: str = "") -> None:
        """Take an area that the user gave, or keep none and say why not; ``rev`` as in :meth:`keep`."""
        self.read_layer = None
        try:
            self.check(aoi)
        except LulcError as error:
            self.refuse(error, [aoi.to_geojson()], rev)
        else:
            self.keep(aoi, rev)
        self.on_change()

    def set_from(self, make: Callable[[], Aoi], read_layer: Callable[[str], Aoi] | None = None) -> None:
        """Take the area that ``make`` reads from what the user gave; else keep none and say why, or ask for a layer.

        Args:
            make: reads the area.
            read_layer: reads that of a layer, for a file that may hold several.
        """
        try:
            aoi = make()
        except LulcError as error:
            self.refuse(error, [])
            self.read_layer = read_layer if isinstance(error, LayerError) else None
            self.on_change()
        else:
            self.set(aoi)

    def clear(self) -> None:
        """Keep no area."""
        self.aoi, self.grid, self.rev, self.error, self.refused = None, None, "", None, []
        self.read_layer = None
        self.on_change()

    def take_drawing(self, features: list[dict[str, Any]], rev: str) -> None:
        """Take what the drawing tools of the map sent: an area, or something that is no area."""
        try:
            aoi = Aoi.from_geojson({"type": "FeatureCollection", "features": features})
        except LulcError as error:
            self.refuse(error, features, rev)
            self.on_change()
            return
        # Mended, or drawn on another turn of the globe: the map must redraw it as and where the area is.
        west = min(point[0] for feature in features for point in feature["geometry"]["coordinates"][0])
        self.set(aoi, rev if abs(west - aoi.bbox[0]) < 180 and not aoi.notes else "")

    def keep(self, aoi: Aoi, rev: str = "") -> None:
        """Take an area as a link would restore it, or refuse it; the page is not told.

        Args:
            aoi: the area.
            rev: name of the drawing where the map shows it already; empty to have the map draw it.
        """
        aoi = permalink.canonical(aoi)
        rev = rev or _new_rev(aoi.key)
        try:
            aoi.check_size(resources.settings().max_area_km2)
            grid = TileGrid.from_aoi(aoi, cell_m=self.resolution_m)
        except LulcError as error:
            self.refuse(error, [aoi.to_geojson()], rev)
        else:
            self.aoi, self.grid, self.rev, self.error, self.refused = aoi, grid, rev, None, []

    def refuse(self, error: LulcError, drawings: list[dict[str, Any]], rev: str = "") -> None:
        """Keep no area and say why; the page is not told."""
        self.aoi, self.grid, self.rev = None, None, rev or _new_rev("refused")
        self.error, self.refused = error, drawings

    def set_resolution(self, cell_m: int) -> None:
        """Take cells of another size; the area stays."""
        self.resolution_m = cell_m
        if self.aoi is not None and self.grid is not None:
            self.grid = TileGrid.from_aoi(self.aoi, cell_m=cell_m)

    def on_map(self) -> dict[str, Any] | None:
        """Return the outline as explorer.js draws it; None where there is none."""
        if self.aoi is not None:
            return {"rev": self.rev, "key": self.aoi.key, "polygons": map_data.rings(self.aoi), "bad": False}
        if self.refused:
            polygons = [p for drawing in self.refused for p in _polygons(drawing)]
            return {"rev": self.rev, "key": "", "polygons": polygons, "bad": True}
        return None


def _new_rev(name: str) -> str:
    return f"{name}-{time.time_ns() // 1_000_000}"


def _polygons(geometry: dict[str, Any]) -> list[Any]:
    if geometry.get("type") == "Feature":
        geometry = geometry.get("geometry") or {}
    coordinates = geometry.get("coordinates") or []
    return list(coordinates) if geometry.get("type") == "MultiPolygon" else [coordinates]
