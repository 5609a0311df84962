"""What a user points at - a pixel, a tile, a small area - and its spectrum in a scene."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from lulc_core.analysis.spectra.indices import index_means
from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import BANDS
from lulc_core.domain.errors import InputError
from lulc_core.domain.grid import PIXEL_M, TILE_PX, TileGrid
from lulc_core.domain.projection import to_lonlat, to_utm, utm_epsg
from lulc_core.domain.scene import Scene
from lulc_core.domain.spectrum import DEFAULT_SATELLITE, RoiSpectrum

Kind = Literal["point", "tile", "area"]
ALL = slice(None)
TILE_INDICES = ("NDVI", "NDWI", "NDBI")
"""Shown of a tile: vegetation, open water, built-up ground."""
MIN_SIDE_M, MAX_SIDE_M = 20.0, 5000.0
"""Of a square around a place: two pixels, and about what a field of view on a map is."""


@dataclass(frozen=True)
class Roi:
    """A region of interest: ground that somebody pointed at, without any date."""

    kind: Kind
    geometry: Any
    """shapely, longitude and latitude: a Point for ``point`` and ``tile`` (any place in the tile), else polygons."""

    @classmethod
    def point(cls, lon: float, lat: float) -> Roi:
        """Make the region of the 10 m pixel under a place.

        Raises:
            InputError: Sentinel-2 does not map it.
        """
        return cls("point", _position(lon, lat))

    @classmethod
    def tile(cls, lon: float, lat: float) -> Roi:
        """Make the region of the 640 m tile under a place; see :meth:`point`."""
        return cls("tile", _position(lon, lat))

    @classmethod
    def area(cls, aoi: Aoi) -> Roi:
        """Make the region of the 10 m pixels whose middle lies in a polygon."""
        return cls("area", aoi.geometry)

    @classmethod
    def square(cls, lon: float, lat: float, side_m: float) -> Roi:
        """Make the region of the 10 m pixels in a square around a place, its sides along the UTM grid there.

        Args:
            lon: degrees.
            lat: degrees.
            side_m: metres, :data:`MIN_SIDE_M` to :data:`MAX_SIDE_M`.

        Raises:
            InputError: Sentinel-2 does not map it; another side.
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
        """Longitude and latitude of a point inside, degrees."""
        inside = self.geometry.representative_point()
        return float(inside.x), float(inside.y)


def roi_spectrum(scene: Scene, roi: Roi, *, native: Mapping[str, float] | None = None) -> RoiSpectrum:
    """Compute mean, spread and count of a region's usable pixels, band by band.

    Args:
        scene: pixels.
        roi: where.
        native: reflectance by band that the file itself has at a point, where the grid's pixel was resampled; a band
            that is not in it has no measurement there.

    Raises:
        InputError: the region does not touch the grid of the scene.
    """
    window, inside = _pixels(scene.grid, roi)
    return window_spectrum(scene, window, inside, native=native)


def window_spectrum(
    scene: Scene,
    window: tuple[slice, slice],
    inside: NDArray[np.bool_] | slice = ALL,
    *,
    native: Mapping[str, float] | None = None,
) -> RoiSpectrum:
    """Compute the spectrum of the pixels ``inside`` (rows, columns) a window; see :func:`roi_spectrum`."""
    observed, clear = scene.observed[window][inside], scene.clear[window][inside]  # (n,) or the whole window
    if native is not None and not native:
        observed = np.zeros_like(observed)  # the file itself has nothing there, whatever its neighbours have
    usable = observed & clear
    known = [b for b in BANDS if b.name in scene.bands]
    n_pixels = int(np.count_nonzero(usable))
    pixels = {b.name: scene.reflectance[scene.bands.index(b.name)][window][inside][usable] for b in known}
    if native is not None and n_pixels:
        pixels = {name: np.array([native.get(name, np.nan)], np.float32) for name in pixels}
    figures = np.full((5, len(known)), np.nan, np.float32)
    for i, values in enumerate(pixels.values()):
        if n_pixels:
            exact = values.astype(np.float64)
            figures[:, i] = exact.mean(), exact.std(), *np.percentile(exact, (10, 50, 90))
    satellite = scene.acquisition.satellite or DEFAULT_SATELLITE
    wavelength = np.array([b.centre_nm.get(satellite, b.centre_nm[DEFAULT_SATELLITE]) for b in known], np.float64)
    atmospheric = np.array([b.atmospheric for b in known], bool)
    for array in (figures, wavelength, atmospheric):
        array.setflags(write=False)
    mean, std, p10, p50, p90 = figures
    return RoiSpectrum(
        bands=tuple(pixels),
        wavelength_nm=wavelength,
        atmospheric=atmospheric,
        mean=mean,
        std=std,
        p10=p10,
        p50=p50,
        p90=p90,
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


def tile_spectrum(scene: Scene, row: int, col: int) -> RoiSpectrum:
    """Compute mean and spread of a tile's usable pixels in every band of the scene.

    Args:
        scene: pixels.
        row: tile row of ``scene.grid``.
        col: tile column of ``scene.grid``.

    Raises:
        IndexError: no such tile.
    """
    rows, cols = scene.grid.shape
    if not (0 <= row < rows and 0 <= col < cols):
        raise IndexError(f"tile row {row}, column {col} is outside the grid of {rows} x {cols} tiles")
    return window_spectrum(scene, scene.grid.tile_slices(row, col))


def tile_indices(spectrum: RoiSpectrum) -> dict[str, float]:
    """Choose NDVI, NDWI and NDBI of a tile: means of the usable pixels' values, of those whose bands are there."""
    return {name: spectrum.indices[name] for name in TILE_INDICES if name in spectrum.indices}


def roi_outline(roi: Roi, grid: TileGrid) -> list[list[tuple[float, float]]]:
    """Outline the ground that counts, the pixel, the tile or the area as drawn: closed rings (longitude, latitude)."""
    if roi.kind == "area":
        return [list(p.exterior.coords) for p in getattr(roi.geometry, "geoms", [roi.geometry])]
    (rows, cols), _ = _pixels(grid, roi)
    left, _, _, top = grid.bounds
    box = shapely.box(
        left + cols.start * PIXEL_M, top - rows.stop * PIXEL_M, left + cols.stop * PIXEL_M, top - rows.start * PIXEL_M
    )
    xs, ys = box.exterior.coords.xy
    lon, lat = to_lonlat(grid.epsg, np.array(xs), np.array(ys))
    return [[(float(x), float(y)) for x, y in zip(lon, lat, strict=True)]]


def _pixels(grid: TileGrid, roi: Roi) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """Window of the grid's pixels that encloses a region, and which of them belong to it."""
    left, _, _, top = grid.bounds
    shape_m = to_utm(roi.geometry, grid.epsg)
    n_rows, n_cols = grid.shape_px
    if not shapely.is_valid(shape_m) or not np.isfinite(shape_m.bounds).all():
        raise _outside(roi)
    if roi.kind == "area":
        from rasterio.features import geometry_mask
        from rasterio.transform import Affine

        x0, y0, x1, y1 = shape_m.bounds
        row0, row1 = (np.clip([(top - y1) // PIXEL_M, -((y0 - top) // PIXEL_M)], 0, n_rows)).astype(int)
        col0, col1 = (np.clip([(x0 - left) // PIXEL_M, -((left - x1) // PIXEL_M)], 0, n_cols)).astype(int)
        if row1 <= row0 or col1 <= col0:
            raise _outside(roi)
        window = slice(int(row0), int(row1)), slice(int(col0), int(col1))
        transform = Affine(PIXEL_M, 0, left + col0 * PIXEL_M, 0, -PIXEL_M, top - row0 * PIXEL_M)
        size = int(row1 - row0), int(col1 - col0)
        inside = np.asarray(geometry_mask([shape_m], size, transform, invert=True), bool)
        if inside.any():
            return window, inside
        # Thinner than a pixel: the pixel in its middle stands for it.
        shape_m = shape_m.representative_point()
    row, col = int((top - shape_m.y) // PIXEL_M), int((shape_m.x - left) // PIXEL_M)
    if not (0 <= row < n_rows and 0 <= col < n_cols):
        raise _outside(roi)
    if roi.kind == "tile":
        row, col = row // TILE_PX * TILE_PX, col // TILE_PX * TILE_PX
        return (slice(row, row + TILE_PX), slice(col, col + TILE_PX)), np.ones((TILE_PX, TILE_PX), bool)
    return (slice(row, row + 1), slice(col, col + 1)), np.ones((1, 1), bool)


def _position(lon: float, lat: float) -> Any:
    if not (np.isfinite(lon) and np.isfinite(lat) and -80 <= lat <= 84 and abs(lon) <= 540):
        swapped = " Are longitude and latitude swapped?" if abs(lat) > 84 and abs(lon) <= 84 else ""
        raise InputError(
            f"Longitude {lon:g}, latitude {lat:g} is no place that Sentinel-2 maps (latitude -80 to 84).{swapped}",
            hint="Give longitude first, then latitude, in degrees: 8.85,45.48",
        )
    return shapely.Point(lon, lat)


def _outside(roi: Roi) -> InputError:
    lon, lat = roi.center
    return InputError(
        f"The place at longitude {lon:.5f}, latitude {lat:.5f} lies outside the imagery.",
        hint="Choose a place inside the area that was loaded.",
    )
