"""KML as GDAL reads it safely: a copy that holds the polygons and nothing else."""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element, SubElement, TreeBuilder, tostring
from xml.parsers import expat

from lulc_core.domain.errors import AoiError, FileFormatError

_NOT_AREAS = {"Point", "LineString", "Track", "GroundOverlay", "NetworkLink"}
_MAX_DEPTH = 100
"""Of elements in elements; folders of folders reach about 20."""
_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_POINT = re.compile(rf"{_NUMBER},{_NUMBER}(?:,{_NUMBER})?")


def copy_polygons(data: bytes, name: str) -> tuple[bytes, str, list[str]]:
    """Copy the polygons of a KML document, without links, pictures and all else that a reader might follow.

    Three things are mended that GDAL's driver refuses or misreads: prefixes lose the need to be declared, a ring
    that stands alone (AlpineQuest, old Google Earth) becomes a polygon, and a ring left open is closed.

    Args:
        data: the document.
        name: of the file, for messages.

    Returns:
        A KML document with one placemark for each polygon, empty bytes where there is none; the name of the placemark
        if there is one with polygons; what else the document shows, one by one, as KML names it.

    Raises:
        FileFormatError: not KML, damaged, with a DTD or entities.
        AoiError: malformed coordinates.
    """
    root = _parse(data, name)
    if root.tag != "kml":
        raise FileFormatError(f"{name} is XML, but not KML.", hint="Export it as KML or GeoJSON.")
    copy = Element("kml", xmlns="http://www.opengis.net/kml/2.2")
    document = SubElement(copy, "Document")
    titles = []
    for placemark in root.iter("Placemark"):
        n_before = len(document)
        for parent in placemark.iter():
            for child in parent:
                if child.tag in ("Polygon", "LinearRing") and parent.tag in ("Placemark", "MultiGeometry"):
                    _append_polygon(document, child, name)
        if len(document) > n_before:
            titles.append((placemark.findtext("name") or "").strip())
    others = [element.tag for element in root.iter() if element.tag in _NOT_AREAS]
    return tostring(copy) if len(document) else b"", titles[0] if len(titles) == 1 else "", others


def _parse(data: bytes, name: str) -> Element:
    """The tree of an XML document, its tags without prefixes."""

    def refuse(*_: object) -> None:
        # Entities can blow a few bytes up to gigabytes or read other files; KML has no use for them.
        raise FileFormatError(
            f"{name} is not safe: it declares a document type or entities, which KML does not need.",
            hint="Save it again as plain KML, from Google Earth or QGIS.",
        )

    depth = 0

    def begin(tag: str, _: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise FileFormatError(
                f"{name} is no usable KML: its elements are nested too deeply.", hint="Export it again."
            )
        builder.start(tag.rpartition(":")[2], {})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag.rpartition(":")[2])

    builder, parser = TreeBuilder(), expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(data.lstrip(), True)  # a blank line before the declaration is no reason to refuse a file
    except FileFormatError:  # our own, and a ValueError too
        raise
    except (expat.ExpatError, ValueError, LookupError) as error:  # LookupError: an unknown encoding
        raise FileFormatError(
            f"{name} is damaged or incomplete: it is not well-formed KML ({error}).",
            hint="Mend that line, or save it again from Google Earth or QGIS.",
        ) from error
    root: Any = builder.close()
    return root


def _append_polygon(document: Element, shape: Element, name: str) -> None:
    polygon = SubElement(SubElement(document, "Placemark"), "Polygon")
    rings = {"outerBoundaryIs": [shape], "innerBoundaryIs": []}  # of a ring that stands alone
    if shape.tag == "Polygon":
        rings = {boundary: shape.findall(f"{boundary}/LinearRing") for boundary in rings}
    n_outer = len(rings["outerBoundaryIs"])
    if n_outer != 1:
        raise AoiError(f"A polygon of {name} has {n_outer} outlines; it must have one.", hint="Export it again.")
    for boundary, ring in ((b, r) for b in rings for r in rings[b]):
        # GDAL takes what is not a number for 0 and passes over the rest of a line without a word: checked before.
        points = ",".join(map(str.strip, ring.findtext("coordinates", "").split(","))).split()
        if len(points) < 3 or not all(map(_POINT.fullmatch, points)):
            raise AoiError(
                f"A polygon of {name} has malformed coordinates: at least three longitude,latitude pairs are expected.",
                hint="Export it again.",
            )
        closed = points if points[0] == points[-1] else [*points, points[0]]
        copied = SubElement(SubElement(polygon, boundary), "LinearRing")
        SubElement(copied, "coordinates").text = " ".join(closed)
