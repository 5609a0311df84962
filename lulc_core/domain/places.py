"""Places and areas as people type them: latitude first, as maps and phones give them."""

from __future__ import annotations

import math
import re

import shapely

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import AoiError, InputError

KM_PER_DEGREE = 111.32
"""Of latitude; of longitude times the cosine of latitude. Source: WGS 84, equator; 0.5 % off is no matter here."""
HINT = (
    "One place is latitude, longitude: 45.488, 8.850. A rectangle is W,S,E,N: 8.80,45.45,8.90,45.52, "
    "or two opposite corners: 45.45, 8.80; 45.52, 8.90."
)

_AMOUNT = r"\d+(?:[.,]\d+)?"
_MINUTES = re.compile(rf"(\d+)°\s*({_AMOUNT})\s*['′’](?:\s*({_AMOUNT})\s*(?:\"|″|”|''|′′))?")
_NUMBER = re.compile(r"([-+]?(?:\d+(?:\.\d*)?|\.\d+))°?([NSEW]?)")
_WITH_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+°?[NSEW]?")


def parse_place(text: str, *, longitude_first: bool = False) -> tuple[float, float] | Aoi:
    """Read a place, or an area by its corners.

    Two numbers are a place; four in a row are west, south, east and north. Pairs parted by semicolons or lines are
    corners: two are opposite corners of a rectangle, three and more go round an area. Of a pair the latitude stands
    first, unless the letters N, S, E and W or the words lat and lon say otherwise. Numbers may be parted by commas,
    semicolons or blanks, have decimal commas (45,488 8,850), or minutes and seconds (45°29'17"N 8°51'0"E).

    Args:
        text: what was typed.
        longitude_first: True where the field promises so for pairs without letters.

    Returns:
        Longitude and latitude in degrees, or the area.

    Raises:
        InputError: nothing is typed, an odd count of numbers, or something else than numbers.
        AoiError: the corners enclose no ground, or two numbers of a pair have letters of one direction.

    Example:
        >>> parse_place("45.488, 8.850")
        (8.85, 45.488)
        >>> parse_place("33°3'S 68°42'W")
        (-68.7, -33.05)
        >>> parse_place("8.80, 45.45, 8.90, 45.52").bbox
        (8.8, 45.45, 8.9, 45.52)
    """
    plain = _to_decimal_degrees(text)
    if not plain:
        raise InputError("Nothing is typed.", hint=HINT)
    groups = [_NUMBER.findall(group) for group in re.split(r"[;\n]", plain) if group.strip(" ,")]
    numbers = [number for group in groups for number in group]
    if not numbers or re.search(r"[^\s,;]", _NUMBER.sub("", plain)):
        raise AoiError(f"{text.strip()[:60]!r} is not understood: numbers in degrees are needed.", hint=HINT)
    if len(numbers) % 2:
        typed = "1 number is" if len(numbers) == 1 else f"{len(numbers)} numbers are"
        raise AoiError(f"{typed} typed; each place needs two, latitude and longitude.", hint=HINT)
    in_pairs = len(groups) > 1 and all(len(group) == 2 for group in groups)
    if len(numbers) == 4 and not in_pairs and not any(letter for _, letter in numbers):
        west, south, east, north = (float(value) for value, _ in numbers)
        return Aoi.from_bbox(west, south, east, north)
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    points = [_to_lonlat(first, second, longitude_first=longitude_first) for first, second in pairs]
    if len(points) == 1:
        return points[0]
    if len(points) > 2:
        return Aoi.from_geometry(shapely.Polygon(points))
    (west, east), (south, north) = (sorted(values) for values in zip(*points, strict=True))
    if east - west > 180:  # the short way round, across the antimeridian
        west, east = east, west
    return Aoi.from_bbox(west, south, east, north)


def square_around(lon: float, lat: float, size_km: float, *, name: str = "") -> Aoi:
    """Make a box of about ``size_km`` by ``size_km`` kilometres around a place.

    Raises:
        AoiError: out of range.
    """
    if not (abs(lat) <= 90 and abs(lon) <= 540):
        raise AoiError(
            f"Latitude {lat:g}, longitude {lon:g} is no place on Earth: latitude is -90 to 90, longitude -180 to 180.",
            hint=HINT,
        )
    half_lat = size_km / 2 / KM_PER_DEGREE
    half_lon = half_lat / max(math.cos(math.radians(lat)), 0.05)
    w, s, e, n = (round(v, 5) for v in (lon - half_lon, lat - half_lat, lon + half_lon, lat + half_lat))
    return Aoi.from_bbox(w, s, e, n, name=name)


def _to_decimal_degrees(text: str) -> str:
    """Write numbers with decimal points, each with its letter right behind it; brackets are gone."""
    text = re.sub(r"[()\[\]]", " ", text).replace("−", "-").strip().upper()
    for word, letter in ((r"LAT[A-Z]*", "N"), (r"L(?:ON|NG)[A-Z]*", "E")):  # lon: 8.850, lat: 45.488
        text = re.sub(rf"\b{word}[\s:=]*", letter, text)
    if text[:1] in ("N", "S", "E", "W"):  # N 45.488, E 8.850
        text = re.sub(r"([NSEW])\s*([^NSEW]*[^NSEW,;\s])", r"\2\1", text)
    text = re.sub(r"\s+(?=[°NSEW])", "", text)
    text = _MINUTES.sub(_minutes_to_degrees, text)
    text = re.sub(r"\s+(?=[NSEW])", "", text)
    # Groups with one comma inside each: read as whole degrees, that would be far too large an area.
    groups = re.findall(r"(?:[^\s;,]|,(?!\s))+", text)
    if len(groups) % 2 == 0 and all(map(_WITH_DECIMAL_COMMA.fullmatch, groups)):
        text = re.sub(r"(?<=\d),(?=\d)", ".", text)
    return text


def _minutes_to_degrees(found: re.Match[str]) -> str:
    whole, minutes, seconds = (float((part or "0").replace(",", ".")) for part in found.groups())
    return f"{whole + minutes / 60 + seconds / 3600:.7f}"


def _to_lonlat(first: tuple[str, str], second: tuple[str, str], *, longitude_first: bool) -> tuple[float, float]:
    """Make longitude and latitude of two numbers, each with its letter or none."""
    letters = first[1], second[1]
    if letters[0] in ("E", "W") or letters[1] in ("N", "S"):
        longitude_first = True
    elif any(letters):
        longitude_first = False
    lon, lat = (first, second) if longitude_first else (second, first)
    if lon[1] in ("N", "S") or lat[1] in ("E", "W"):
        raise AoiError(f"{first[0]}{first[1]} {second[0]}{second[1]} are two numbers of one direction.", hint=HINT)
    x, y = (-abs(float(value)) if letter in ("S", "W") else float(value) for value, letter in (lon, lat))
    return x, y
