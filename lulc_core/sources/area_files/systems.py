"""Coordinate systems that files name, in every spelling met in the wild, and polygons moved out of them to degrees."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from lulc_core.domain.errors import AoiError, FileFormatError
from lulc_core.domain.projection import WGS84, opens_files, transformer

if TYPE_CHECKING:
    from pyproj import CRS

SAVE_IN_DEGREES = "Save it in longitude and latitude (WGS 84, EPSG:4326)."
_MAX_CHARS = 10_000
_LONLAT = re.compile(r"(.*[:/])?CRS:?84", re.IGNORECASE)
_EPSG_IO = re.compile(r"https?://epsg\.io/(\d{3,7})\S*")
_CODE = re.compile(r"(?:.*\W)?(EPSG|ESRI)(?:\.xml)?\W+(?:[a-z]*CRS:)?(?:[\d.]+[:/]+)?(\d{3,7})(?:\D.*)?", re.IGNORECASE)


def text_of_member(member: Any) -> str:
    """Return what the ``crs`` member of a GeoJSON file of before 2016 calls its system, whatever form it has."""
    if not isinstance(member, Mapping):
        return str(member)
    properties = member.get("properties")
    named = {str(k).lower(): v for k, v in (properties if isinstance(properties, Mapping) else member).items()}
    if code := named.get("code") or named.get("latestwkid") or named.get("wkid"):
        return f"EPSG:{code}"
    return str(next((named[key] for key in ("name", "urn", "wkt", "proj4", "href", "url") if named.get(key)), member))


def system_of(text: str, name: str) -> CRS:
    """Read the name, code, address or definition of a coordinate system.

    Args:
        text: such as ``epsg:32632``, ``urn:ogc:def:crs:EPSG::32632``, ``http://www.opengis.net/gml/srs/epsg.xml#32632``,
            ``ETRS89 / UTM zone 32N``, ``+proj=utm +zone=32`` or WKT.
        name: of the file, for messages.

    Raises:
        FileFormatError: not known, or a definition that refers to other files.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    text = re.sub(r"\+init=(\w+:\w+).*", r"\1", text.strip(), flags=re.DOTALL)
    if _LONLAT.fullmatch(text):
        return CRS.from_epsg(WGS84)
    code = _CODE.fullmatch(text) if len(text) < 200 else None
    numbers = [code[2]] if code else _EPSG_IO.findall(text)
    for known in (
        text,
        *(f"{authority}:{n}" for n in numbers for authority in (code[1] if code else "EPSG", "EPSG", "ESRI")),
    ):
        if known and len(known) <= _MAX_CHARS and not opens_files(known):
            try:
                return CRS.from_user_input(known)
            except CRSError:
                continue
    raise FileFormatError(f"{name} names a coordinate system that is not known: {text[:60]!r}.", hint=SAVE_IN_DEGREES)


def to_degrees(polygons: list[Any], system: CRS | None, name: str, *, hint: str = SAVE_IN_DEGREES) -> list[Any]:
    """Convert polygons to longitude and latitude (WGS 84).

    Args:
        polygons: x (or longitude) first.
        system: what they are in; without it they must look like degrees.
        name: of the file, for messages.
        hint: how to say the system in a file of this kind.

    Raises:
        AoiError: neither a system nor degrees, or coordinates that do not fit the system.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError, ProjError

    bounds = shapely.total_bounds(polygons)
    if system is None or system.type_name == "Engineering CRS":  # "undefined, in metres", as GeoPackages put it
        if not np.isfinite(bounds).all() or np.abs(bounds[[0, 2]]).max() > 360 or np.abs(bounds[[1, 3]]).max() > 90:
            raise AoiError(
                f"{name} does not say in which coordinate system it is, and its coordinates are no degrees.", hint=hint
            )
        return polygons
    if system.is_exact_same(CRS.from_epsg(WGS84)):
        return polygons
    try:
        to_lonlat = transformer(system, WGS84)
        if not system.is_geographic:
            # Straight edges of a projection are curves in degrees: give long ones vertices.
            step = max(bounds[2] - bounds[0], bounds[3] - bounds[1]) / 32
            polygons = [shapely.segmentize(p, step) for p in polygons] if step > 0 else polygons
        moved = [
            shapely.transform(shapely.force_2d(p), lambda c: np.column_stack(to_lonlat.transform(c[:, 0], c[:, 1])))
            for p in polygons
        ]
    except (CRSError, ProjError) as error:
        raise _misfit(name, system) from error
    if not np.isfinite(shapely.total_bounds(moved)).all():
        raise _misfit(name, system)
    return moved


def _misfit(name: str, system: CRS) -> AoiError:
    called = ":".join(system.to_authority() or ()) or system.name
    return AoiError(f"The coordinates of {name} do not fit its coordinate system {called[:60]}.", hint=SAVE_IN_DEGREES)
