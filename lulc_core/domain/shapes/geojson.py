"""GeoJSON taken apart into single shapes, with what belongs to each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon, shape

from lulc_core.domain.errors import GIVE_POLYGON, AoiError

_PLAIN_KINDS = {"Point": "point", "LineString": "line"}
_MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True)
class GeoJsonShape:
    """One shape of a GeoJSON object; of a collection of shapes, one of these."""

    kind: str
    polygon: Polygon | MultiPolygon | None
    """In the units of :attr:`crs`, not validated; None where the shape is something else."""
    feature: int
    """Which Feature it belongs to, counted from 0."""
    title: str
    """The ``name`` property of that Feature."""
    crs: Any
    """The ``crs`` member that stands nearest to the shape, as it is; None where there is none."""


def geojson_shapes(data: Any) -> list[GeoJsonShape]:
    """Take a GeoJSON object apart, collections within collections too.

    Raises:
        AoiError: not GeoJSON, malformed, nested too deeply.
    """
    try:
        return [
            GeoJsonShape(shape["type"], _polygonal(shape), i, title, crs)
            for i, (geometry, title, outer) in enumerate(_features(data, None))
            for shape, crs in _single_shapes(geometry, outer)
        ]
    except RecursionError as error:
        raise AoiError("The GeoJSON is nested too deeply.", hint=GIVE_POLYGON) from error


def title_of(shapes: Iterable[GeoJsonShape]) -> str:
    """Return the title of the one Feature that holds polygons; empty where several do."""
    titles = {shape.feature: shape.title for shape in shapes if shape.polygon is not None}
    return next(iter(titles.values())) if len(titles) == 1 else ""


def notes_of_left_out(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return the note on shapes beside the polygons, given their types as GeoJSON or KML names them; none for none."""
    counts = Counter(_PLAIN_KINDS.get(kind.removeprefix("Multi"), kind) for kind in kinds)
    if not counts:
        return ()
    told = ", ".join(f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in sorted(counts.items()))
    return (f"Only polygons are areas; left out: {told}.",)


def _features(data: Any, crs: Any) -> Iterator[tuple[Any, str, Any]]:
    if not isinstance(data, Mapping) or "type" not in data:
        raise AoiError("This is not GeoJSON: an object with a type is expected.", hint=GIVE_POLYGON)
    kind, crs = data["type"], data.get("crs") or crs
    if kind == "FeatureCollection":
        features = data.get("features")
        if not isinstance(features, list):
            raise AoiError("The GeoJSON FeatureCollection has no list of features.", hint=GIVE_POLYGON)
        for feature in features:
            if isinstance(feature, Mapping) and feature.get("type") == "FeatureCollection":
                raise AoiError("A FeatureCollection within another is no GeoJSON (RFC 7946, 3.3).", hint=GIVE_POLYGON)
            yield from _features(feature, crs)
    elif kind == "Feature":
        properties = data.get("properties")
        named = {str(k).lower(): v for k, v in properties.items()} if isinstance(properties, Mapping) else {}
        title = named.get("name")
        if data.get("geometry") is not None:
            yield data["geometry"], title if isinstance(title, str) else "", crs
    else:
        yield data, "", crs


def _single_shapes(geometry: Any, crs: Any) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Yield what is no collection in a geometry, with its ``crs``."""
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if kind in (
        "GeometryCollection",
        "Polygon",
        "MultiPolygon",
        "Point",
        "MultiPoint",
        "LineString",
        "MultiLineString",
    ):
        crs = geometry.get("crs") or crs
        parts = geometry.get("geometries") if kind == "GeometryCollection" else None
        if kind != "GeometryCollection":
            yield geometry, crs
        elif not isinstance(parts, list):
            raise AoiError("The GeometryCollection has no list of geometries.", hint=GIVE_POLYGON)
        for part in parts or ():
            if isinstance(part, Mapping) and part.get("type") in (
                "Feature",
                "FeatureCollection",
            ):  # not allowed, but met
                for inner, _, of_part in _features(part, crs):
                    yield from _single_shapes(inner, of_part)
            else:
                yield from _single_shapes(part, crs)
    else:
        what = f"{kind!r:.40}" if isinstance(kind, str) else "thing without a type"
        raise AoiError(f"A {what} is not a shape of GeoJSON.", hint=GIVE_POLYGON)


def _polygonal(geometry: Mapping[str, Any]) -> Any:
    if geometry["type"] not in ("Polygon", "MultiPolygon"):
        return None
    try:
        with np.errstate(invalid="ignore"):  # not-a-number is refused in words below
            return shape({**geometry, "coordinates": _in_space(geometry["coordinates"])})
    except (*_MALFORMED, shapely.errors.ShapelyError) as error:
        raise AoiError(
            "The polygon's coordinates are malformed: rings of at least four longitude, latitude pairs are expected.",
            hint=GIVE_POLYGON,
        ) from error


def _in_space(coordinates: Any) -> Any:
    """Leave out what follows longitude, latitude and height of a point, as measures along a track do."""
    if isinstance(coordinates, list | tuple) and coordinates and isinstance(coordinates[0], list | tuple):
        return [_in_space(part) for part in coordinates]
    return coordinates[:3] if isinstance(coordinates, list | tuple) else coordinates
