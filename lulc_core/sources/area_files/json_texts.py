"""Shapes in JSON: GeoJSON, one object or one a line, Esri JSON and TopoJSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import shapely

from lulc_core.domain.errors import AoiError, FileFormatError
from lulc_core.domain.shapes.geojson import geojson_shapes, title_of
from lulc_core.sources.area_files.shapes import Found
from lulc_core.sources.area_files.systems import system_of, text_of_member, to_degrees

AS_GEOJSON = "Save it as GeoJSON with polygons (in QGIS: right-click the layer, Export > Save Features As)."
_AGAIN = "Export it again."
_CUT = "Part of the shapes is missing: the service that wrote the file gives only so many at once."


def found_in_json(text: str, name: str, read_by_gdal: Callable[[bytes], Found]) -> Found:
    """Find the shapes of a JSON text.

    Args:
        text: of the file.
        name: of the file, for messages.
        read_by_gdal: reads Esri JSON and TopoJSON.

    Raises:
        FileFormatError: not JSON, or JSON of another kind.
        AoiError: malformed.
    """
    objects = list(_objects(text, name))
    if len(objects) == 1 and isinstance(objects[0], list):
        objects = objects[0]
    first = objects[0] if objects else None
    if not isinstance(first, Mapping):
        raise FileFormatError(f"{name} is JSON, but holds no shapes.", hint=AS_GEOJSON)
    if first.get("type") == "Topology":
        _check_topology(first, name)
        return read_by_gdal(json.dumps(first).encode())
    if "type" not in first and ({"rings", "spatialReference", "geometryType"} & first.keys() or _has_rings(first)):
        return _from_esri(first, name, read_by_gdal)
    features = first.get("features")
    if "type" not in first and isinstance(features, list) and any(_is_feature(f) for f in features):
        first = objects[0] = {"type": "FeatureCollection", **first}
    if "type" not in first:
        keys = ", ".join(map(repr, list(first)[:4]))
        raise FileFormatError(f"{name} is JSON, but no GeoJSON: it begins with {keys:.80}.", hint=AS_GEOJSON)
    collection = first if len(objects) == 1 else {"type": "FeatureCollection", "features": _features(objects)}
    return found_in_geojson(collection, name)


def found_in_geojson(parsed: Any, name: str) -> Found:
    """Find the shapes of one GeoJSON object, in the coordinate systems that its ``crs`` members name.

    Raises:
        FileFormatError: a coordinate system that is not known.
        AoiError: not GeoJSON, malformed.
    """
    shapes = geojson_shapes(parsed)
    if not shapes and "coordRefSys" in parsed:
        raise FileFormatError(f"{name} is JSON-FG with its shapes in 'place', which is not read here.", hint=AS_GEOJSON)
    by_system: dict[str, list[Any]] = {}
    for shape in shapes:
        if shape.polygon is not None:
            system = "" if shape.crs is None else text_of_member(shape.crs)
            by_system.setdefault(system, []).extend(p for p in shapely.get_parts(shape.polygon) if not p.is_empty)
    polygons = [
        polygon
        for system, held in by_system.items()
        for polygon in (to_degrees(held, system_of(system, name), name) if system and held else held)
    ]
    n_features = len({shape.feature for shape in shapes if shape.polygon is not None and not shape.polygon.is_empty})
    left_out = [shape.kind for shape in shapes if shape.polygon is None]
    return Found(polygons, n_features, left_out, title_of(shapes), (_CUT,) if _was_cut(parsed) else ())


def _objects(text: str, name: str) -> Iterator[Any]:
    """Yield the JSON values of a text, one after the other, with or without record separators (RFC 8142)."""
    decoder, at, n = json.JSONDecoder(), 0, 0
    while True:
        while at < len(text) and text[at] in " \t\r\n\x1e":
            at += 1
        if at == len(text):
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except RecursionError as error:
            raise FileFormatError(
                f"{name} is not GeoJSON: its brackets are nested too deeply.", hint=AS_GEOJSON
            ) from error
        except ValueError as error:  # JSONDecodeError, or a number of thousands of digits
            at = getattr(error, "pos", at)
            line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
            hint = "Export it again; perhaps it was cut off." if at >= len(text.rstrip()) else AS_GEOJSON
            raise FileFormatError(
                f"{name} is not GeoJSON: line {line}, column {column} cannot be read.", hint=hint
            ) from error
        n += 1
        if n > 1 and not isinstance(value, Mapping):
            raise FileFormatError(f"{name} is not GeoJSON: more follows after its end.", hint=AS_GEOJSON)
        yield value


def _features(objects: list[Any]) -> list[Any]:
    """Return the features of several objects; collections are taken apart, as one may not stand in another."""
    flat: list[Any] = []
    for one in objects:
        features = one.get("features") if isinstance(one, Mapping) else None
        if isinstance(one, Mapping) and one.get("type") == "FeatureCollection" and isinstance(features, list):
            crs = one.get("crs")
            flat += [{"crs": crs, **f} if crs and isinstance(f, Mapping) else f for f in features]
        else:
            flat.append(one)
    return flat


def _from_esri(first: Mapping[str, Any], name: str, read_by_gdal: Callable[[bytes], Found]) -> Found:
    """Read what ArcGIS writes; a bare geometry becomes a list of one feature, which is all that GDAL knows."""
    if "features" not in first:
        bare = {key: value for key, value in first.items() if key != "spatialReference"}
        first = {"features": [{"attributes": {}, "geometry": bare}], **first}
    features = first["features"]
    geometries = [f.get("geometry") for f in features if isinstance(f, Mapping)] if isinstance(features, list) else []
    for geometry in geometries:
        if isinstance(geometry, Mapping):
            if "curveRings" in geometry:
                raise FileFormatError(f"{name} is Esri JSON with curved outlines.", hint=AS_GEOJSON)
            _check_numbers(geometry.get("rings"), name)
    _check_wkid(first.get("spatialReference"), name)
    given = {"geometryType": "esriGeometryPolygon", **first} if _has_rings(first) else dict(first)
    found = read_by_gdal(json.dumps(given).encode())
    return replace(found, notes=(_CUT,)) if _was_cut(first) else found


def _check_wkid(reference: Any, name: str) -> None:
    """Raise FileFormatError for a number that is no coordinate system's: GDAL then reads as if there were none."""
    wkid = reference.get("latestWkid") or reference.get("wkid") if isinstance(reference, Mapping) else None
    if wkid is not None and "wkt" not in reference:
        try:
            system_of(f"EPSG:{wkid}", name)
        except FileFormatError:
            system_of(f"ESRI:{wkid}", name)


def _has_rings(first: Mapping[str, Any]) -> bool:
    features = first.get("features")
    return isinstance(features, list) and any(
        isinstance(f, Mapping) and isinstance(f.get("geometry"), Mapping) and "rings" in f["geometry"] for f in features
    )


def _was_cut(first: Mapping[str, Any]) -> bool:
    properties = first.get("properties")
    inner = properties if isinstance(properties, Mapping) else {}
    return first.get("exceededTransferLimit") is True or inner.get("exceededTransferLimit") is True


def _is_feature(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get("type") == "Feature"


def _check_topology(topology: Mapping[str, Any], name: str) -> None:
    """Raise AoiError where GDAL would pass over a part of a shape: numbers that are none, arcs that are not there."""
    arcs = topology.get("arcs")
    _check_numbers(arcs, name)
    n_arcs = len(arcs) if isinstance(arcs, list) else 0
    objects = topology.get("objects")
    waiting = list(objects.values()) if isinstance(objects, Mapping) else []
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            waiting += [one.get("arcs"), one.get("geometries")]
        elif isinstance(one, list):
            waiting += one
        elif one is not None and not (isinstance(one, int) and -n_arcs <= one < n_arcs):
            raise AoiError(f"A shape of {name} refers to an arc that is not there: {one!r:.20}.", hint=_AGAIN)


def _check_numbers(value: Any, name: str) -> None:
    """Raise AoiError where coordinates hold anything but numbers: GDAL passes over such shapes without a word."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif one is not None and (not isinstance(one, int | float) or isinstance(one, bool) or one != one):
            raise AoiError(f"A shape of {name} has malformed coordinates: {one!r:.20}.", hint=_AGAIN)
