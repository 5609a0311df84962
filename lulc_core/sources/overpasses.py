"""From granules to acquisitions: one for each overpass, whichever catalogue has listed them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import shapely
from shapely.affinity import translate

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.scene import Acquisition

SAME_OVERPASS = timedelta(minutes=30)
"""Granules further apart belong to different overpasses: orbits follow each other every 100 minutes. Source: ESA."""
_SATELLITE = re.compile(r"^(S2[A-Z])_")
_DATATAKE = re.compile(r"_MSIL\d[AC]_(\d{8}T\d{6})_")
_ORBIT = re.compile(r"_R(\d{3})(?:_|\.|$)")
_BASELINE = re.compile(r"_N(\d{2})\.?(\d{2})(?:_|\.|$)")
_TILE = re.compile(r"_T(\d{2}[A-Z]{3})(?:_|\.|$)")


@dataclass(frozen=True)
class Granule:
    """One feature of the catalogue."""

    id: str
    datetime: datetime
    cloud_cover_pct: float | None
    footprint: Any
    """shapely geometry in longitude and latitude, or None where the feature has none that can be used."""

    @property
    def satellite(self) -> str:
        """``S2A``, ``S2B``, ``S2C``; empty where the id does not say."""
        return _first(_SATELLITE, self.id)

    @property
    def tile(self) -> str:
        """MGRS name, such as ``32TMR``; empty where the id does not say."""
        return _first(_TILE, self.id)

    @property
    def baseline(self) -> str:
        """Processing baseline, such as ``05.00``; empty where the id does not say."""
        found = _BASELINE.search(self.id)
        return f"{found[1]}.{found[2]}" if found else ""


def to_acquisitions(granules: list[Granule], aoi: Aoi, source: str) -> tuple[Acquisition, ...]:
    """Make one acquisition of the granules of each overpass, newest first.

    Its id is made of satellite, datatake and relative orbit, so it does not depend on the area or the period.
    """
    groups: list[list[Granule]] = []
    for granule in sorted(granules, key=lambda g: (g.datetime, g.id)):
        if groups and granule.datetime - groups[-1][-1].datetime <= SAME_OVERPASS:
            groups[-1].append(granule)
        else:
            groups.append([granule])
    return tuple(_acquisition(group, aoi, source) for group in reversed(groups))


def lonlat_boxes(aoi: Aoi) -> list[tuple[float, float, float, float]]:
    """Boxes within -180 to 180 that enclose the area: one, or two across the antimeridian."""
    west, south, east, north = aoi.bbox
    if west < -180:
        return [(west + 360, south, 180.0, north), (-180.0, south, east, north)]
    if east > 180:
        return [(west, south, 180.0, north), (-180.0, south, east - 360, north)]
    return [(west, south, east, north)]


def overlap(granule: Granule, aoi: Aoi) -> float:
    """Common ground in square degrees; footprints are looked at on both sides of the antimeridian."""
    if granule.footprint is None:
        return 0.0
    turns = (0,) if aoi.bbox[0] >= -180 and aoi.bbox[2] <= 180 else (-360, 0, 360)
    parts = [translate(granule.footprint, xoff=turn) for turn in turns]
    return float(sum(shapely.intersection(part, aoi.geometry).area for part in parts))


def _acquisition(group: list[Granule], aoi: Aoi, source: str) -> Acquisition:
    latest = max(group, key=lambda g: (g.baseline, g.id))
    satellites = sorted({g.satellite for g in group if g.satellite})
    datatakes = sorted(filter(None, (_first(_DATATAKE, g.id) for g in group)))
    orbit = _first(_ORBIT, latest.id)
    stamp = datatakes[0] if datatakes else group[0].datetime.strftime("%Y%m%dT%H%M")
    name = "_".join(filter(None, (satellites[0] if satellites else "S2", stamp, f"R{orbit}" if orbit else "")))
    notes = []
    if len(satellites) > 1:
        notes.append(f"{' and '.join(satellites)} passed within minutes of each other; pixels may be of either.")
    return Acquisition(
        id=name,
        datetime=group[0].datetime,
        source=source,
        level="L1C",
        satellite=satellites[0] if satellites else "",
        cloud_cover_pct=_cloud_cover(group, aoi),
        relative_orbit=int(orbit) if orbit else None,
        products=tuple(sorted({g.id for g in group})),
        baseline=latest.baseline,
        notes=tuple(notes),
    )


def _cloud_cover(group: list[Granule], aoi: Aoi) -> float | None:
    """Average the granules, weighed by how much of the area each has; a granule that was reprocessed counts once."""
    newest: dict[str, Granule] = {}
    for granule in sorted(group, key=lambda g: (g.baseline, g.id)):
        if granule.cloud_cover_pct is not None:
            newest[granule.tile or granule.id] = granule
    if not newest:
        return None
    weights = [max(overlap(g, aoi), 1e-12) for g in newest.values()]
    total = sum(w * (g.cloud_cover_pct or 0.0) for w, g in zip(weights, newest.values(), strict=True))
    return round(total / sum(weights), 2)


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
