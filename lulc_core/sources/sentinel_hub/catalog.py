"""From the catalogue's granules to acquisitions: one for each overpass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import shapely
from shapely.affinity import translate
from shapely.geometry import shape

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import InputError
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.sentinel_hub.client import Account, collection, fetch
from lulc_core.sources.sentinel_hub.errors import DECODE_ERRORS, host_of, unreadable

SAME_OVERPASS = timedelta(minutes=30)
"""Granules further apart belong to different overpasses: orbits follow each other every 100 minutes. Source: ESA."""
PAGE = 100
"""Features asked for at a time, the most that the service gives."""
MAX_PAGES = 60
_MAX_PAGE_BYTES = 50_000_000
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


def find_granules(account: Account, aoi: Aoi, start: date, end: date, control: Control) -> list[Granule]:
    """Search all L1C granules that touch an area in a period, page by page.

    Raises:
        SourceError: translated.
        InputError: more granules than can be shown.
    """
    found: dict[str, Granule] = {}
    for bbox in _boxes(aoi):
        for feature in _features(account, bbox, start, end, control):
            try:
                granule = _granule(feature)
            except DECODE_ERRORS as error:
                raise unreadable(host_of(account.base_url), "a catalogue entry that cannot be read") from error
            if granule.footprint is None or _overlap(granule, aoi) > 0:
                found[granule.id] = granule
    return list(found.values())


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


def _features(
    account: Account, bbox: tuple[float, float, float, float], start: date, end: date, control: Control
) -> Iterator[dict[str, Any]]:
    from sentinelhub import CRS, BBox, DownloadRequest, SentinelHubCatalog
    from sentinelhub.constants import MimeType, RequestType

    catalog = SentinelHubCatalog(config=account.config)
    search = catalog.search(
        collection("L1C", account.base_url),
        bbox=BBox(bbox, CRS.WGS84),
        time=(start.isoformat(), end.isoformat()),
        limit=PAGE,
    )
    following: Any = None
    seen: set[str] = set()
    for _ in range(MAX_PAGES):
        request = DownloadRequest(
            url=search.url,
            request_type=RequestType.POST,
            post_values={**search.params, **({} if following is None else {"next": following})},
            headers={"Content-Type": MimeType.JSON.get_string()},
            data_type=MimeType.JSON,
            use_session=True,
        )
        reply = fetch(account, request, control, max_bytes=_MAX_PAGE_BYTES)
        features = reply.get("features") if isinstance(reply, dict) else None
        if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
            raise unreadable(host_of(account.base_url), "something other than a catalogue page")
        new = {str(f.get("id")) for f in features} - seen
        seen |= new
        yield from features
        context = reply.get("context")
        following = context.get("next") if isinstance(context, dict) else None
        if following is None or not features:
            return
        if not new:
            raise unreadable(host_of(account.base_url), "the same catalogue page again and again")
    raise InputError(
        f"There are more than {MAX_PAGES * PAGE:,} images of the area in the period.", hint="Choose a shorter period."
    )


def _granule(feature: dict[str, Any]) -> Granule:
    properties = feature["properties"]
    when = datetime.fromisoformat(str(properties["datetime"]).replace("Z", "+00:00"))
    cover = properties.get("eo:cloud_cover")
    outline = feature.get("geometry")
    return Granule(
        id=str(feature["id"]).removesuffix(".SAFE"),
        datetime=when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC),
        cloud_cover_pct=None if cover is None else min(max(float(cover), 0.0), 100.0),
        footprint=None if outline is None else shapely.make_valid(shape(outline)),
    )


def _boxes(aoi: Aoi) -> list[tuple[float, float, float, float]]:
    """Boxes within -180 to 180 that enclose the area: one, or two across the antimeridian."""
    west, south, east, north = aoi.bbox
    if west < -180:
        return [(west + 360, south, 180.0, north), (-180.0, south, east, north)]
    if east > 180:
        return [(west, south, 180.0, north), (-180.0, south, east - 360, north)]
    return [(west, south, east, north)]


def _overlap(granule: Granule, aoi: Aoi) -> float:
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
    weights = [max(_overlap(g, aoi), 1e-12) for g in newest.values()]
    total = sum(w * (g.cloud_cover_pct or 0.0) for w, g in zip(weights, newest.values(), strict=True))
    return round(total / sum(weights), 2)


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
