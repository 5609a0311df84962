"""What a user points at - a pixel, a tile, a small area - and its spectrum in a scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core.analysis.spectra.indices import index_means
from lulc_core.analysis.spectra.tile import DEFAULT_SATELLITE
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BANDS
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import PIXEL_M, TileGrid
from lulc_core.domain.projection import to_lonlat, to_utm, utm_epsg
from lulc_core.domain.radiometry import Level
from lulc_core.domain.scene import Scene

Kind = Literal["point", "tile", "area"]
MIN_SIDE_M, MAX_SIDE_M = 20.0, 5000.0
"""Of a square around a place: two pixels, and about what a field of view on a map is."""


@dataclass(frozen=True)
class Place:
    """Ground that somebody pointed at, without any date."""

    kind: Kind
    geometry: Any
    """shapely, longitude and latitude: a Point for ``point`` and ``tile`` (any place in the tile), else polygons."""

    @classmethod
    def point(cls, lon: float, lat: float) -> Place:
        """The 10 m pixel under a place.

        Raises:
            InputError: no place on Earth that Sentinel-2 maps.
        """
        return cls("point", _position(lon, lat))

    @classmethod
    def tile(cls, lon: float, lat: float) -> Place:
        """The 640 m tile under a place; see :meth:`point`."""
        return cls("tile", _position(lon, lat))

    @classmethod
    def area(cls, aoi: Aoi) -> Place:
        """The 10 m pixels whose middle lies in a polygon."""
        return cls("area", aoi.geometry)

    @classmethod
    def square(cls, lon: float, lat: float, side_m: float) -> Place:
        """The 10 m pixels whose middle lies in a square around a place, its sides along the UTM grid there.

        Args:
            lon: degrees.
            lat: degrees.
            side_m: metres, :data:`MIN_SIDE_M` to :data:`MAX_SIDE_M`.

        Raises:
            InputError: no place on Earth that Sentinel-2 maps; another side.
        """
        middle = _position(lon, lat)
        if not MIN_SIDE_M <= side_m <= MAX_SIDE_M:
            raise InputError(
                f"The side of a square is {side_m:g} m; {MIN_SIDE_M:g} to {MAX_SIDE_M:g} m are possible.",
                hint="For a single pixel pick a pixel; for more ground draw an area.",
            )
        epsg = utm_epsg(lon, lat)
        at, half = to_utm(middle, epsg), side_m / 2
        box = shapely.box(at.x - half, at.y - half, at.x + half, at.y + half)
        corners = np.column_stack(to_lonlat(epsg, *np.array(box.exterior.coords).T))
        corners[:, 0] += 360 * np.round((lon - corners[:, 0]) / 360)  # on the same turn of the globe, all of them
        return cls.area(Aoi.from_geometry(shapely.Polygon(corners)))

    @property
    def center(self) -> tuple[float, float]:
        """Longitude and latitude of a place inside, degrees."""
        inside = self.geometry.representative_point()
        return float(inside.x), float(inside.y)


@dataclass(frozen=True)
class RoiSpectrum:
    """Reflectance of a place in one scene. Bands are in wavelength order; arrays are read-only, NaN without pixels."""

    bands: tuple[str, ...]
    wavelength_nm: NDArray[np.float64]
    """(bands,) centre wavelengths of the satellite that took it."""
    atmospheric: NDArray[np.bool_]
    """(bands,) True for B09 and B10, which see the air: keep them out of lines."""
    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    """(bands,) between pixels, unitless; 0 for a single pixel."""
    p10: NDArray[np.float32]
    p50: NDArray[np.float32]
    p90: NDArray[np.float32]
    n_pixels: int
    """Usable (observed and clear) 10 m pixels that the figures are made of."""
    n_cloudy: int
    """Pixels of the place under cloud or shadow; left out."""
    n_no_data: int
    """Pixels of the place without a measurement, or outside the imagery; left out."""
    level: Level
    satellite: str
    """Whose wavelengths these are; ``S2A`` where the source does not say."""
    acquisition: str
    moment: datetime
    simulated: bool
    indices: Mapping[str, float]
    """NDVI, NDWI, NDBI, EVI: means of the pixels' values; those whose bands are there."""

    @property
    def why_empty(self) -> str:
        """Why there is nothing to show, one sentence; empty where there are pixels."""
        if self.n_pixels:
            return ""
        if self.n_cloudy and self.n_no_data:
            return "This place is partly cloudy and partly without data: there is no usable pixel, so no spectrum."
        if self.n_cloudy:
            return "This place is under cloud or cloud shadow: there is no usable pixel, so no spectrum."
        return "There is no data at this place: it lies outside what the satellite delivered, so there is no spectrum."


def roi_spectrum(scene: Scene, place: Place, *, native: Mapping[str, float] | None = None) -> RoiSpectrum:
    """Mean, spread and count of a place's usable pixels, band by band.

    Args:
        scene: pixels.
        place: where.
        native: reflectance by band that the file itself has at a point, where the grid's pixel was resampled; a band
            that is not in it has no measurement there.

    Raises:
        InputError: the place does not touch the grid of the scene.
    """
    window, inside = _pixels(scene.grid, place)
    observed, clear = scene.observed[window][inside], scene.clear[window][inside]
    if native is not None and not native:
        observed = np.zeros_like(observed)  # the file itself has nothing there, whatever its neighbours have
    usable = observed & clear
    known = [b for b in BANDS if b.name in scene.bands]
    n_pixels = int(np.count_nonzero(usable))
    pixels: dict[str, NDArray[np.float32]] = {}
    for b in known:
        values = scene.reflectance[scene.bands.index(b.name)][window][inside][usable]
        if native is not None and values.size:
            values = np.array([native.get(b.name, np.nan)], np.float32)
        pixels[b.name] = values
    figures = np.full((5, len(known)), np.nan, np.float32)
    if n_pixels:
        for i, b in enumerate(known):
            values = pixels[b.name].astype(np.float64)
            figures[:, i] = values.mean(), values.std(), *np.percentile(values, (10, 50, 90))
    satellite = scene.acquisition.satellite or DEFAULT_SATELLITE
    wavelength = np.array([b.centre_nm.get(satellite, b.centre_nm[DEFAULT_SATELLITE]) for b in known], np.float64)
    atmospheric = np.array([b.atmospheric for b in known], bool)
    for array in (figures, wavelength, atmospheric):
        array.setflags(write=False)
    return RoiSpectrum(
        bands=tuple(b.name for b in known),
        wavelength_nm=wavelength,
        atmospheric=atmospheric,
        mean=figures[0],
        std=figures[1],
        p10=figures[2],
        p50=figures[3],
        p90=figures[4],
        n_pixels=n_pixels,
        n_cloudy=int(np.count_nonzero(observed & ~clear)),
        n_no_data=int(np.count_nonzero(~observed)),
        level=scene.acquisition.level,
        satellite=satellite,
        acquisition=scene.acquisition.id,
        moment=scene.acquisition.datetime,
        simulated=scene.acquisition.simulated,
        indices=index_means(pixels) if n_pixels else {},
    )


def place_outline(place: Place, grid: TileGrid) -> list[list[tuple[float, float]]]:
    """Closed rings (longitude, latitude) of the ground that counts: the pixel, the tile, or the area as drawn."""
    if place.kind == "area":
        return [list(p.exterior.coords) for p in getattr(place.geometry, "geoms", [place.geometry])]
    (rows, cols), _ = _pixels(grid, place)
    left, _, _, top = grid.bounds
    box = shapely.box(
        left + cols.start * PIXEL_M, top - rows.stop * PIXEL_M, left + cols.stop * PIXEL_M, top - rows.start * PIXEL_M
    )
    xs, ys = box.exterior.coords.xy
    lon, lat = to_lonlat(grid.epsg, np.array(xs), np.array(ys))
    return [[(float(x), float(y)) for x, y in zip(lon, lat, strict=True)]]


def pixel_centre(grid: TileGrid, lon: float, lat: float) -> tuple[float, float]:
    """Longitude and latitude of the middle of the 10 m pixel under a place, degrees.

    Raises:
        InputError: outside the grid.
    """
    (ring,) = place_outline(Place.point(lon, lat), grid)
    middle = shapely.Polygon(ring).centroid
    return float(middle.x), float(middle.y)


def _pixels(grid: TileGrid, place: Place) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """Window of the grid's pixels that encloses a place, and which of them belong to it."""
    left, _, _, top = grid.bounds
    shape_m = to_utm(place.geometry, grid.epsg)
    n_rows, n_cols = grid.shape_px
    if not shapely.is_valid(shape_m) or not np.isfinite(shape_m.bounds).all():
        raise _outside(place)
    if place.kind == "area":
        x0, y0, x1, y1 = shape_m.bounds
        row0, row1 = (np.clip([(top - y1) // PIXEL_M, -((y0 - top) // PIXEL_M)], 0, n_rows)).astype(int)
        col0, col1 = (np.clip([(x0 - left) // PIXEL_M, -((left - x1) // PIXEL_M)], 0, n_cols)).astype(int)
        if row1 <= row0 or col1 <= col0:
            raise _outside(place)
        window = slice(int(row0), int(row1)), slice(int(col0), int(col1))
        inside = _inside(shape_m, left + col0 * PIXEL_M, top - row0 * PIXEL_M, (int(row1 - row0), int(col1 - col0)))
        if inside.any():
            return window, inside
        # Thinner than a pixel: the pixel in its middle stands for it.
        shape_m = shape_m.representative_point()
    row, col = int((top - shape_m.y) // PIXEL_M), int((shape_m.x - left) // PIXEL_M)
    if not (0 <= row < n_rows and 0 <= col < n_cols):
        raise _outside(place)
    if place.kind == "tile":
        from lulc_core.domain.grid import TILE_PX

        row, col = row // TILE_PX * TILE_PX, col // TILE_PX * TILE_PX
        return (slice(row, row + TILE_PX), slice(col, col + TILE_PX)), np.ones((TILE_PX, TILE_PX), bool)
    return (slice(row, row + 1), slice(col, col + 1)), np.ones((1, 1), bool)


def _inside(shape_m: Any, left: float, top: float, shape: tuple[int, int]) -> NDArray[np.bool_]:
    from rasterio.features import geometry_mask
    from rasterio.transform import Affine

    transform = Affine(PIXEL_M, 0, left, 0, -PIXEL_M, top)
    return np.asarray(geometry_mask([shape_m], shape, transform, invert=True), bool)


def _position(lon: float, lat: float) -> Any:
    if not (np.isfinite(lon) and np.isfinite(lat) and -80 <= lat <= 84 and abs(lon) <= 540):
        swapped = " Are longitude and latitude swapped?" if abs(lat) > 84 and abs(lon) <= 84 else ""
        raise InputError(
            f"Longitude {lon:g}, latitude {lat:g} is no place that Sentinel-2 maps (latitude -80 to 84).{swapped}",
            hint="Give longitude first, then latitude, in degrees: 8.85,45.48",
        )
    return shapely.Point(lon, lat)


def _outside(place: Place) -> InputError:
    lon, lat = place.center
    return InputError(
        f"The place at longitude {lon:.5f}, latitude {lat:.5f} lies outside the imagery.",
        hint="Choose a place inside the area that was loaded.",
    )
