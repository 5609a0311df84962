"""The area of interest: a valid polygon in longitude and latitude, decided here and nowhere else."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon, mapping

from lulc_core.domain.errors import GIVE_POLYGON, AoiError, printable
from lulc_core.domain.projection import to_utm, utm_epsg, wrap_lon
from lulc_core.domain.shapes.geojson import geojson_shapes, notes_of_left_out, title_of
from lulc_core.domain.shapes.outline import mend

MIN_LAT_DEG, MAX_LAT_DEG = -80.0, 84.0
"""Limits of the UTM zones. Source: MGRS; Sentinel-2 is tiled on it."""
MAX_VERTICES = 20_000
MIN_AREA_M2 = 100.0
"""One 10 m pixel."""
_FLAT_DEG2 = 1e-14
"""An outline whose hull is smaller than that, about a square centimetre, is a line."""
MAX_SPAN_DEG = 30.0
"""Wider or higher areas are drawn by mistake; a granule of 110 km spans 10 degrees at 84 degrees north."""


@dataclass(frozen=True)
class Aoi:
    """The user's polygon. Make one with :meth:`from_geojson` or :meth:`from_bbox`, which validate.

    Longitudes are continuous: an area across the antimeridian runs, say, from 179.8 to 180.2, and its centre
    always lies in -180 to 180. :meth:`to_geojson` cuts it at 180 as RFC 7946 asks.
    """

    geometry: Polygon | MultiPolygon
    """Valid, not empty, longitude and latitude in degrees (WGS 84)."""
    name: str = ""
    """What the user or the file calls it; for titles and file names only."""
    notes: tuple[str, ...] = field(default=(), compare=False)
    """What was mended or left out when the area was taken, a sentence each; no part of the shape."""

    @classmethod
    def from_geojson(cls, data: Any, *, name: str = "") -> Aoi:
        """Validate a GeoJSON geometry, Feature or FeatureCollection; polygons are merged, a ``crs`` is not looked at.

        Args:
            data: parsed JSON, coordinates in longitude, latitude order.
            name: title; where it is empty, the ``name`` property if only one Feature holds polygons.

        Raises:
            AoiError: not GeoJSON, no polygon in it, crossed, empty, out of range, too many vertices.
        """
        shapes = geojson_shapes(data)
        polygons = [shape.polygon for shape in shapes if shape.polygon is not None]
        notes = notes_of_left_out(shape.kind for shape in shapes if shape.polygon is None)
        if not polygons:
            kinds = ", ".join(sorted({shape.kind for shape in shapes}))
            held = f"holds only {kinds}, and only polygons are areas" if kinds else "holds no geometry"
            raise AoiError(f"There is no area in it: the GeoJSON {held}.", hint=GIVE_POLYGON)
        return cls.from_geometry(polygons, name=name or title_of(shapes), notes=notes)

    @classmethod
    def from_geometry(cls, geometry: Any, *, name: str = "", notes: Sequence[str] = ()) -> Aoi:
        """Validate a shapely polygon, multipolygon or list of them in longitude and latitude.

        An outline that touches itself, or crosses itself by a slip of the hand, is mended, and a note says so.

        Args:
            geometry: the shapes.
            name: title.
            notes: what there is to say of the area already.

        Raises:
            AoiError: as :meth:`from_geojson`.
        """
        parts = geometry if isinstance(geometry, list) else [geometry]
        polygons = [p for part in parts for p in getattr(part, "geoms", [part])]
        polygons = [p for p in polygons if not p.is_empty]
        if not polygons:
            raise AoiError("The area is empty: it encloses no ground.", hint=GIVE_POLYGON)
        for polygon in polygons:
            if not isinstance(polygon, Polygon):
                raise AoiError(f"A {polygon.geom_type} is not an area; only polygons are.", hint=GIVE_POLYGON)
        count = int(shapely.get_num_coordinates(polygons).sum())
        if count > MAX_VERTICES:
            raise AoiError(
                f"The outline has {count:,} vertices; at most {MAX_VERTICES:,} are allowed.",
                hint="Simplify it (in QGIS: Vector > Geometry Tools > Simplify) and try again.",
            )
        polygons = [shapely.force_2d(p) for p in polygons]
        _check_range(polygons)
        polygons = _unwrap(polygons)
        west, south, east, north = map(float, shapely.total_bounds(polygons))
        if max(east - west, north - south) > MAX_SPAN_DEG:
            raise AoiError(
                f"The area spans {east - west:.3g} x {north - south:.3g} degrees, "
                "far more than can be classified at once.",
                hint="Give a smaller area; if that was not meant, look whether west and east are swapped.",
            )
        flat = [p for p in polygons if p.convex_hull.area < _FLAT_DEG2]
        if 0 < len(flat) < len(polygons):
            polygons = [p for p in polygons if p not in flat]
            notes = (*notes, f"Left out, as it encloses no ground: {len(flat)} outline{'s' if len(flat) > 1 else ''}.")
        mended = [mend(p) for p in polygons if not p.is_valid]
        merged = shapely.union_all([p for p in polygons if p.is_valid] + [shape for shape, _ in mended])
        if not isinstance(merged, Polygon | MultiPolygon) or merged.area == 0:
            raise AoiError("The area is empty: it encloses no ground.", hint=GIVE_POLYGON)
        aoi = cls(
            shapely.normalize(merged),
            printable(name).strip()[:200],
            (*notes, *dict.fromkeys(note for _, note in mended)),
        )
        if aoi.area_m2 < MIN_AREA_M2:
            raise AoiError(
                f"The area is {aoi.area_m2:.0f} m2; at least one pixel of 10 m x 10 m (100 m2) is needed.",
                hint=GIVE_POLYGON,
            )
        return aoi

    @classmethod
    def from_bbox(cls, west: float, south: float, east: float, north: float, *, name: str = "") -> Aoi:
        """Make an area from its corners in degrees; ``west`` larger than ``east`` means across the antimeridian.

        Raises:
            AoiError: not finite, upside down, out of range.
        """
        if not all(math.isfinite(v) for v in (west, south, east, north)):
            raise AoiError("The four numbers W,S,E,N must be finite degrees.", hint="Example: 8.80,45.45,8.90,45.52")
        if south >= north or west == east:
            raise AoiError(
                f"W,S,E,N = {west:g},{south:g},{east:g},{north:g} encloses no ground: south must be below north, "
                "and west and east must differ.",
                hint="Example: 8.80,45.45,8.90,45.52 (longitude first).",
            )
        if west > east:
            east += 360
        return cls.from_geometry(shapely.box(west, south, east, north), name=name)

    def to_geojson(self) -> dict[str, Any]:
        """Write a GeoJSON geometry, cut at the antimeridian where it crosses it (RFC 7946, 3.1.9)."""
        geometry = self.geometry
        west, _, east, _ = geometry.bounds
        if west < -180 or east > 180:
            turned = [_turn(geometry, offset) for offset in (-360, 0, 360)]
            parts = shapely.get_parts(shapely.intersection(turned, shapely.box(-180, -90, 180, 90)))
            geometry = MultiPolygon([p for p in parts if isinstance(p, Polygon) and p.area > 0])
        return dict(mapping(geometry))

    @property
    def bbox(self) -> tuple[float, float, float, float]:
        """W, S, E, N in degrees; longitudes are continuous and may pass 180."""
        w, s, e, n = self.geometry.bounds
        return float(w), float(s), float(e), float(n)

    @property
    def center(self) -> tuple[float, float]:
        """Longitude (-180 to 180) and latitude of the middle of the box, degrees."""
        w, s, e, n = self.bbox
        return wrap_lon((w + e) / 2), (s + n) / 2

    @cached_property
    def epsg(self) -> int:
        """The UTM zone of the centre: 326zz north, 327zz south of the equator. Norway and Svalbard follow MGRS."""
        return utm_epsg(*self.center)

    @cached_property
    def projected(self) -> Polygon | MultiPolygon:
        """The shape in metres in the UTM zone :attr:`epsg`."""
        return to_utm(self.geometry, self.epsg)

    @property
    def area_m2(self) -> float:
        """Area on the UTM grid, m2."""
        return float(self.projected.area)

    @property
    def area_km2(self) -> float:
        """Area on the UTM grid, km2."""
        return self.area_m2 / 1e6

    @cached_property
    def key(self) -> str:
        """Twelve hexadecimal digits that name the shape (not its title); for cache keys and file names.

        Vertices on straight edges do not count (a shape cut at the antimeridian and merged again has such), nor do
        differences below a centimetre.
        """
        plain = shapely.normalize(shapely.simplify(self.geometry, 1e-8))
        return hashlib.sha256(shapely.to_wkb(shapely.set_precision(plain, 1e-7))).hexdigest()[:12]

    def check_size(self, max_area_km2: float) -> None:
        """Raise AoiError where the area is larger than allowed."""
        if self.area_km2 > max_area_km2:
            raise AoiError(
                f"The area has {self.area_km2:,.0f} km²; at most {max_area_km2:,.0f} km² are allowed at once.",
                hint="Draw a smaller area. Whoever runs the program can raise the limit (setting LULC_MAX_AREA_KM2).",
            )


def _check_range(polygons: list[Polygon]) -> None:
    if not np.isfinite(shapely.get_coordinates(polygons)).all():
        raise AoiError("The coordinates must be finite degrees.", hint=GIVE_POLYGON)
    west, south, east, north = map(float, shapely.total_bounds(polygons))
    if max(abs(south), abs(north)) > 1000 or max(abs(west), abs(east)) > 1000:
        raise AoiError(
            f"The coordinates look like metres (up to {max(abs(east), abs(north)):,.0f}), not degrees.",
            hint="Save the file in longitude and latitude (WGS 84, EPSG:4326) and try again.",
        )
    if max(abs(south), abs(north)) > 90:
        worst = north if abs(north) > 90 else south
        raise AoiError(
            f"Latitude {worst:g} is outside -90 to 90: are latitude and longitude swapped?",
            hint="GeoJSON wants longitude first, then latitude.",
        )
    if south < MIN_LAT_DEG or north > MAX_LAT_DEG:
        raise AoiError(
            f"Latitudes {south:.2f} to {north:.2f} reach beyond those of UTM, {MIN_LAT_DEG:.0f} to {MAX_LAT_DEG:.0f}.",
            hint="Choose a place between 80 degrees south and 84 degrees north.",
        )
    if max(abs(west), abs(east)) > 540:
        raise AoiError(f"Longitude {west if abs(west) > 540 else east:g} is outside -180 to 180.", hint=GIVE_POLYGON)


def _unwrap(polygons: list[Polygon]) -> list[Polygon]:
    west, _, east, _ = shapely.total_bounds(polygons)
    if east - west > 180:
        # No area we allow is half the world wide: the short way round crosses the antimeridian.
        polygons = [_to_east(p) for p in polygons]
        west, _, east, _ = shapely.total_bounds(polygons)
    middle = (west + east) / 2
    shift = -360.0 * math.floor((middle + 180) / 360)
    return [_turn(p, shift) for p in polygons] if shift else polygons


def _to_east(polygon: Polygon) -> Polygon:
    """Count what lies west of 0 on from 180; leave the polygon as it is where that makes no sense of it."""
    west, _, east, _ = polygon.bounds
    if east - west <= 180:
        return _turn(polygon, 360.0) if west + east < 0 else polygon
    turned = shapely.transform(polygon, lambda c: np.column_stack([c[:, 0] + 360.0 * (c[:, 0] < 0), c[:, 1]]))
    width = turned.bounds[2] - turned.bounds[0]
    return turned if 0 < width < east - west else polygon


def _turn(polygon: Any, degrees: float) -> Any:
    return shapely.transform(polygon, lambda c: c + np.array([degrees, 0]))
