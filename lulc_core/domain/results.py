"""Results of the pipeline: a map of one date, what a picture shows, a comparison of two dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.change import ChangeMap, ChangeReport
from lulc_core.domain.classes import LandCoverClass
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.interchange import change_columns, map_columns, ordered_cells, to_dataset, to_frame
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.scene import Acquisition, Scene

if TYPE_CHECKING:
    import geopandas
    import xarray


COARSER = (1, 2, 4, 8)
"""So many 10 m pixels a side may be one in the picture of a stored map."""


@dataclass(frozen=True)
class ClassifyResult:
    """A map, the pixels it was made from, and how long it took."""

    tiles: LandCoverMap
    """The tiles of 640 m: what the network was asked, and the unit of evidence."""
    scene: Scene
    """Pixels on the grid of the tiles."""
    timings_s: Mapping[str, float] = field(default_factory=dict)
    """Seconds: ``load`` (pixels), ``model`` (waiting for the network beyond that), ``predict``, ``total``."""
    cells: LandCoverMap | None = None
    """The map in finer cells over the same ground, where it was asked for."""

    @property
    def land_cover(self) -> LandCoverMap:
        """The map at the resolution asked for; ``tiles`` itself at 640 m."""
        return self.tiles if self.cells is None else self.cells

    @property
    def grid(self) -> TileGrid:
        """Cells of the map."""
        return self.land_cover.grid

    @property
    def simulated(self) -> bool:
        """True if the imagery was simulated."""
        return self.land_cover.simulated

    @property
    def dates(self) -> tuple[ClassifyResult, ...]:
        """Itself: a map has one date."""
        return (self,)

    def to_xarray(self) -> xarray.Dataset:
        """Return the map as a georeferenced dataset, one pixel per cell.

        Returns:
            ``class_id`` (y, x) uint8, 255 where no class was given; ``confidence`` (y, x), ``probabilities``
            (class, y, x) and ``clear_share`` (y, x) float32, 0 to 1; ``flags`` (y, x) bits of TileFlag.

        Raises:
            InputError: xarray or rioxarray is not installed.
        """
        shown = self.land_cover
        arrays = {name: getattr(shown, name) for name in ("confidence", "clear_share", "flags")}
        arrays |= {"class_id": shown.class_ids, "probabilities": np.moveaxis(shown.probabilities, 2, 0)}
        about = {"acquisition": shown.acquisition.id, "attribution": shown.acquisition.attribution}
        return to_dataset(arrays, shown.grid, {**about, "model": shown.model.name})

    def to_geodataframe(self) -> geopandas.GeoDataFrame:
        """Return one row per cell, columns as in the GeoPackage, in the UTM zone of the grid.

        Raises:
            InputError: geopandas is not installed.
        """
        return to_frame(map_columns(self.land_cover), self.grid, *np.nonzero(self.grid.inside))


@dataclass(frozen=True)
class Picture:
    """A picture as it is, and as the network wants it."""

    rgb: NDArray[np.uint8]
    """(rows, columns, 3) the whole picture, upright, 0 to 255; read-only."""
    tiles: NDArray[np.uint8]
    """(1, 64, 64, 3) its middle square at 64 x 64 pixels; read-only."""
    notes: tuple[str, ...] = ()
    """What was done to it, in sentences; empty where nothing was."""

    def __post_init__(self) -> None:
        for array in (self.rgb, self.tiles):
            array.setflags(write=False)


@dataclass(frozen=True)
class PictureResult:
    """What the network says of one picture."""

    class_id: int
    """The likeliest class, 0 to 9."""
    probability: float
    """Of that class."""
    probabilities: NDArray[np.float32]
    """(10,) mean over the tiles of the picture, sum to 1; read-only."""
    is_ood: bool
    """True if most of the picture is unlike the training data: do not rely on the class."""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CompareResult:
    """Both dates as they were classified, any further ones, and what follows from them."""

    before: ClassifyResult
    after: ClassifyResult
    confirm: tuple[ClassifyResult, ...]
    """Further dates, oldest first."""
    report: ChangeReport
    timings_s: Mapping[str, float] = field(default_factory=dict)
    """Seconds: ``classify`` (all dates), ``compare``, ``total``."""

    def to_xarray(self) -> xarray.Dataset:
        """Return the comparison as a georeferenced dataset, one pixel per cell.

        Returns:
            ``from_id``, ``to_id`` (y, x) uint8, 255 where not compared; ``change_probability`` (y, x) float32, 0 to 1;
            ``changed`` (y, x) bool; ``certainty``, ``trajectory`` (y, x) uint8, values of Certainty and Trajectory.

        Raises:
            InputError: xarray or rioxarray is not installed.
        """
        change, names = self.change, ("change_probability", "changed", "certainty", "trajectory")
        arrays = {"from_id": change.from_ids, "to_id": change.to_ids, **{n: getattr(change, n) for n in names}}
        about = {"before": change.before.acquisition.id, "after": change.after.acquisition.id}
        return to_dataset(arrays, change.grid, {**about, "attribution": change.attribution})

    def to_geodataframe(self) -> geopandas.GeoDataFrame:
        """Return one row per compared cell, the most credible change first, in the UTM zone of the grid.

        Raises:
            InputError: geopandas is not installed.
        """
        return to_frame(change_columns(self.report), self.grid, *ordered_cells(self.report))

    @property
    def change(self) -> ChangeMap:
        """The comparison, tile by tile."""
        return self.report.change

    @property
    def grid(self) -> TileGrid:
        """Cells of the comparison."""
        return self.change.grid

    @property
    def simulated(self) -> bool:
        """True if any of the imagery was simulated."""
        return self.change.simulated

    @property
    def dates(self) -> tuple[ClassifyResult, ...]:
        """Before, after, and further dates, oldest first."""
        return self.before, self.after, *self.confirm


@dataclass(frozen=True)
class ClassArea:
    """What one class covers on a map."""

    cls: LandCoverClass
    tiles: int
    """Tiles of that class, also those that lie only partly in the drawn shape."""
    ha: float
    """Hectares, clipped to the drawn shape."""
    pct: float
    """Share of the drawn shape, per cent: with those of the other classes and of the ground left out it sums to 100."""


@dataclass(frozen=True)
class GroupArea:
    """What one broad group of land covers on a map."""

    key: str
    """One of ``domain.classes.GROUPS``."""
    classes: tuple[ClassArea, ...]
    """Those of its classes that occur, largest first."""

    @property
    def tiles(self) -> int:
        """Tiles of its classes."""
        return sum(a.tiles for a in self.classes)

    @property
    def ha(self) -> float:
        """Hectares, clipped to the drawn shape."""
        return sum(a.ha for a in self.classes)

    @property
    def pct(self) -> float:
        """Share of the drawn shape, per cent."""
        return sum(a.pct for a in self.classes)


@dataclass(frozen=True)
class AreaAccount:
    """What becomes of the drawn shape: land in groups, squares that a road or river crosses, ground left out."""

    groups: tuple[GroupArea, ...]
    """Those that occur, largest first."""
    crossed: tuple[ClassArea, ...]
    """Squares crossed by a road or a river, largest first; their ground is no area of roads."""
    left_out_tiles: int
    """Tiles without a class."""
    left_out_ha: float
    """Their ground in the drawn shape, hectares."""
    total_ha: float
    """Hectares of the drawn shape."""

    @property
    def left_out_pct(self) -> float:
        """Share of the drawn shape without a class, per cent."""
        return 100 * self.left_out_ha / self.total_ha

    @property
    def land(self) -> tuple[ClassArea, ...]:
        """Classes of land that occur, largest first."""
        return tuple(sorted((a for g in self.groups for a in g.classes), key=lambda a: (-a.ha, a.tiles)))


@dataclass(frozen=True, eq=False)
class DatedMap:
    """One date of a result: its maps and what the ground looked like."""

    land_cover: LandCoverMap
    """The map at the detail that was chosen."""
    tiles: LandCoverMap
    """The map of the 640 m tiles; the same object where that is the chosen detail."""
    picture: NDArray[np.uint8]
    """(rows, columns, 3) of 10 m pixels, or of larger ones for a whole region (:attr:`pixel_m`), true colour,
    2.5 x reflectance on every date; 0 where not observed; read-only."""

    def __post_init__(self) -> None:
        expected = (*self.tiles.grid.shape_px, 3)
        fits = any(self.picture.shape == (expected[0] // k, expected[1] // k, 3) for k in COARSER)
        if not fits or self.picture.dtype != np.uint8:
            raise ValueError(f"the picture is {self.picture.dtype} {self.picture.shape}, expected uint8 {expected}")
        self.picture.setflags(write=False)

    @property
    def pixel_m(self) -> float:
        """Side of a pixel of the picture, metres."""
        return self.tiles.grid.n_cols * self.tiles.grid.cell_m / self.picture.shape[1]

    @property
    def acquisition(self) -> Acquisition:
        """What the map was made from."""
        return self.land_cover.acquisition
