"""Areas and choices in the address bar: short, exact to a metre, and restored to the same shape."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import shapely
from shapely.geometry import MultiPolygon, Polygon

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import AoiError, DateError, InputError, LulcError
from lulc_core.domain.grid import RESOLUTIONS_M

DIGITS = 5
"""Decimals of a degree that a link keeps: 1.1 m at the equator, a tenth of a pixel."""
MAX_CHARS = 4000
"""Longest area in a link; browsers and chat programs cut longer addresses."""
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_VALUE = {c: i for i, c in enumerate(_ALPHABET)}
_HINT = "Ask for the link again, or draw the area."


def canonical(aoi: Aoi) -> Aoi:
    """Return the area as a link restores it, so that a drawing and its link have the same key.

    An outline that would no longer be valid after rounding stays as it is.
    """
    rounded = shapely.transform(aoi.geometry, lambda c: c.round(DIGITS) + 0.0)  # no minus zero
    if not rounded.is_valid or rounded.is_empty:
        return aoi
    try:
        return Aoi.from_geometry(rounded, name=aoi.name, notes=aoi.notes)
    except AoiError:
        return aoi


def encode_area(aoi: Aoi) -> str | None:
    """Write ``W,S,E,N`` for a rectangle, else the outline in letters; None where it is too long for a link."""
    west, south, east, north = (_number(v) for v in aoi.bbox)
    if aoi.geometry.equals(shapely.box(*aoi.bbox)):
        return f"{west},{south},{east},{north}"
    # ~ parts polygons, . parts rings; a ring is a run of differences in 1e-5 degrees.
    polygons = getattr(aoi.geometry, "geoms", [aoi.geometry])
    text = "~".join(".".join(_encode_ring(r.coords[:-1]) for r in (p.exterior, *p.interiors)) for p in polygons)
    return "p" + text if len(text) < MAX_CHARS else None


def to_params(**values: Any) -> dict[str, str]:
    """Write query parameters; what is empty is left out, and so is an outline too long for a link."""
    return {name: text for name, value in values.items() if (text := _text(value))}


def decode_area(text: str) -> Aoi:
    """Read the area of a link.

    Raises:
        AoiError: not an area that :func:`encode_area` wrote, or not a valid one.
    """
    if not text.startswith("p"):
        try:
            west, south, east, north = (float(v) for v in text.split(","))
        except ValueError as error:
            raise AoiError("The link's area is not W,S,E,N in degrees.", hint=_HINT) from error
        return Aoi.from_bbox(west, south, east, north)
    if len(text) > MAX_CHARS:
        raise AoiError("The link's area is too long.", hint=_HINT)
    polygons = []
    for part in text[1:].split("~"):
        rings = [list(_decode_ring(ring)) for ring in part.split(".")]
        if any(len(ring) < 3 for ring in rings):
            raise AoiError("The link's area is damaged: an outline has fewer than three corners.", hint=_HINT)
        polygons.append(Polygon(rings[0], rings[1:]))
    return Aoi.from_geometry(MultiPolygon(polygons) if len(polygons) > 1 else polygons[0])


class LinkReader:
    """Query parameters of a link, read one by one; what is damaged is left out, and why is kept in ``errors``."""

    def __init__(self, params: Mapping[str, str]) -> None:
        self.params = params
        self.errors: list[LulcError] = []

    def area(self) -> Aoi | None:
        """Read ``area``; None where there is none."""
        try:
            return decode_area(self.params["area"]) if self.params.get("area") else None
        except AoiError as error:
            self.errors.append(error)
            return None

    def day(self, name: str, *, hint: str) -> date | None:
        """Read one date; None where there is none."""
        return next(iter(self.days(name, hint=hint)), None)

    def days(self, name: str, *, hint: str) -> tuple[date, ...]:
        """Read dates parted by commas; ``hint`` says where to choose one."""
        try:
            return tuple(date.fromisoformat(part) for part in self.params.get(name, "").split(",") if part)
        except ValueError:
            self.errors.append(
                DateError(f"The link's '{name}' is no date.", hint=f"Dates are written YYYY-MM-DD; {hint}")
            )
            return ()

    def one_of(self, name: str, allowed: Collection[str], error: LulcError | None = None, *, usual: str = "") -> str:
        """Read one of the allowed values; else the usual one, with ``error`` where another value is there."""
        value = self.params.get(name, "")
        if value in allowed:
            return value
        if value and error is not None:
            self.errors.append(error)
        return usual

    def place(self) -> tuple[float, float] | None:
        """Read latitude and longitude from ``at``; None where there is no place."""
        try:
            lat, lon = (float(part) for part in self.params.get("at", "").split(","))
        except ValueError:
            return None  # without it nothing is selected, and the link does all the rest
        return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 360 else None

    def resolution_m(self) -> int | None:
        """Read the side of a cell in metres from ``detail``; None where there is none."""
        allowed = [str(m) for m in RESOLUTIONS_M]
        hint = f"It is one of {', '.join(allowed)} metres; choose one."
        value = self.one_of("detail", allowed, InputError("The link's detail is not known.", hint=hint))
        return int(value) if value else None


def _text(value: Any) -> str | None:
    if isinstance(value, Aoi):
        return encode_area(value)
    if isinstance(value, list | tuple):
        return ",".join(str(part) for part in value)
    return str(value) if value else None


def _number(value: float) -> str:
    return f"{value:.{DIGITS}f}".rstrip("0").rstrip(".")


def _encode_ring(points: Sequence[tuple[float, ...]]) -> str:
    out, x, y = [], 0, 0
    for lon, lat in ((round(p[0] * 10**DIGITS), round(p[1] * 10**DIGITS)) for p in points):
        out += [_encode_int(lon - x), _encode_int(lat - y)]
        x, y = lon, lat
    return "".join(out)


def _encode_int(value: int) -> str:
    value = value << 1 if value >= 0 else ~(value << 1)  # small numbers of either sign get few letters
    out = ""
    while value >= 32:
        out += _ALPHABET[32 | (value & 31)]
        value >>= 5
    return out + _ALPHABET[value]


def _decode_ring(text: str) -> Iterator[tuple[float, float]]:
    numbers, value, shift = [], 0, 0
    for letter in text:
        bits = _VALUE.get(letter)
        if bits is None or shift > 40:
            raise AoiError("The link's area is damaged.", hint=_HINT)
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value, shift = 0, 0
    if shift or len(numbers) % 2:
        raise AoiError("The link's area is damaged: it ends in the middle.", hint=_HINT)
    x = y = 0
    for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
        x, y = x + dx, y + dy
        lon, lat = round(x / 10**DIGITS, DIGITS), round(y / 10**DIGITS, DIGITS)
        if not (math.isfinite(lon) and math.isfinite(lat)):
            raise AoiError("The link's area is damaged.", hint=_HINT)
        yield lon, lat
