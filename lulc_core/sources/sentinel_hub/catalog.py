"""Granules of an area from Sentinel Hub's catalogue, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import shapely
from shapely.geometry import shape

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import InputError
from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.overpasses import Granule, lonlat_boxes, overlap
from lulc_core.sources.sentinel_hub.client import Account, collection, fetch
from lulc_core.sources.sentinel_hub.errors import DECODE_ERRORS, host_of, unreadable

PAGE = 100
"""Features asked for at a time, the most that the service gives."""
MAX_PAGES = 60
_MAX_PAGE_BYTES = 50_000_000


def find_granules(account: Account, aoi: Aoi, start: date, end: date, control: Control) -> list[Granule]:
    """Search all L1C granules that touch an area in a period, page by page.

    Raises:
        SourceError: translated.
        InputError: more granules than can be shown.
    """
    found: dict[str, Granule] = {}
    for bbox in lonlat_boxes(aoi):
        for feature in _features(account, bbox, start, end, control):
            try:
                granule = _granule(feature)
            except DECODE_ERRORS as error:
                raise unreadable(host_of(account.base_url), "a catalogue entry that cannot be read") from error
            if granule.footprint is None or overlap(granule, aoi) > 0:
                found[granule.id] = granule
    return list(found.values())


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
