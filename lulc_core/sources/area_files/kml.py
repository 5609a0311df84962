"""Polygons of a KML document. Read without a general XML or GDAL reader's reach: no DTD, no links followed."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

import shapely

from lulc_core.domain.errors import AoiError, FileFormatError

_COMMA = re.compile(r"\s*,\s*")


def polygons_of_kml(data: bytes, name: str) -> tuple[list[Any], str]:
    """All polygons in a KML document; points, lines, pictures and links are passed over.

    Args:
        data: the document.
        name: of the file, for messages.

    Returns:
        shapely polygons in longitude and latitude, and the name of the placemark where there is one polygon.

    Raises:
        FileFormatError: not KML, damaged, with a DTD or entities.
        AoiError: no polygon in it, or malformed coordinates.
    """
    _refuse_dtd(data, name)
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as error:  # LookupError: an unknown encoding
        raise _malformed(name) from error
    if _tag(root) != "kml":
        raise FileFormatError(f"{name} is XML, but not KML.", hint="Export it as KML or GeoJSON.")
    polygons = [_polygon(e, name) for e in root.iter() if _tag(e) == "Polygon"]
    if not polygons:
        kinds = sorted(
            {_tag(e) for e in root.iter()} & {"Point", "LineString", "Track", "GroundOverlay", "NetworkLink"}
        )
        held = f"only {', '.join(kinds)}" if kinds else "no shape"
        raise AoiError(
            f"There is no area in {name}: it holds {held}, and only polygons are areas.",
            hint="Draw it as a polygon (not as a path) and save it again.",
        )
    titles = [
        (child.text or "").strip()
        for placemark in root.iter()
        if _tag(placemark) == "Placemark" and any(_tag(e) == "Polygon" for e in placemark.iter())
        for child in placemark
        if _tag(child) == "name"
    ]
    return polygons, titles[0] if len(titles) == 1 else ""


def _refuse_dtd(data: bytes, name: str) -> None:
    """Entities can blow a few bytes up to gigabytes or read other files; KML has no use for them."""

    def refuse(*_: object) -> None:
        raise FileFormatError(
            f"{name} is not safe: it declares a document type or entities, which KML does not need.",
            hint="Export it again from a program that writes plain KML.",
        )

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, FileFormatError):
            raise
        raise _malformed(name) from error


def _malformed(name: str) -> FileFormatError:
    return FileFormatError(f"{name} is damaged or incomplete: it is no well-formed KML.", hint="Export it again.")


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _polygon(element: ElementTree.Element, name: str) -> Any:
    outer: list[list[tuple[float, float]]] = []
    inner: list[list[tuple[float, float]]] = []
    for boundary in element:
        rings = {"outerBoundaryIs": outer, "innerBoundaryIs": inner}.get(_tag(boundary))
        if rings is not None:
            rings += [_ring(e.text or "", name) for e in boundary.iter() if _tag(e) == "coordinates"]
    if len(outer) != 1:
        raise AoiError(f"A polygon of {name} has {len(outer)} outlines; it must have one.", hint="Export it again.")
    try:
        return shapely.Polygon(outer[0], inner)
    except (ValueError, shapely.errors.ShapelyError) as error:
        raise _bad_ring(name) from error


def _ring(text: str, name: str) -> list[tuple[float, float]]:
    points = [p.split(",") for p in _COMMA.sub(",", text.strip()).split()]
    try:
        ring = [(float(p[0]), float(p[1])) for p in points]
    except (ValueError, IndexError) as error:
        raise _bad_ring(name) from error
    if len(ring) < 3:
        raise _bad_ring(name)
    return ring


def _bad_ring(name: str) -> AoiError:
    return AoiError(
        f"A polygon of {name} has malformed coordinates: at least three longitude,latitude pairs are expected.",
        hint="Export it again.",
    )
