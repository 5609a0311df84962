"""The two catalogues: Copernicus Data Space (L1C products, footprints, clouds) and Earth Search (their L2A twins)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urljoin

import shapely
from shapely.geometry import shape

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import InputError, ServiceError
from lulc_core.sources.deadline_jobs import Control
from lulc_core.sources.open_archive.web import ASK, SERVICE_HINT, Web, host_of
from lulc_core.sources.overpasses import Granule, lonlat_boxes, overlap

PAGE = 100
"""Items asked for at a time: Earth Search's answers are cut at 6 MB, some 270 items."""
_MAX_PAGES = 60
L1C = ("sentinel-2-l1c",)
L2A = ("sentinel-2-c1-l2a", "sentinel-2-l2a")
"""Collection 1 first; it lacks some years, which the older one has."""
_BROKEN = (KeyError, TypeError, ValueError, AttributeError, shapely.errors.ShapelyError)
_TILE = re.compile(r"(?:^|[_-])T?(\d{2}[A-Z]{3})(?:[_.]|$)")


@dataclass(frozen=True)
class TwinItem:
    """One L2A item of Earth Search: surface reflectance and scene classification of a granule as COGs."""

    id: str
    collection: str
    tile: str
    datetime: datetime
    baseline: float
    """Such as 5.11; 0 where it is not said."""
    offset_removed: bool | None
    """What ``earthsearch:boa_offset_applied`` says; None where nothing."""
    footprint: Any
    assets: Mapping[str, str]
    """Addresses by key: ``scl``, ``visual``, ``red`` ..."""


def find_granules(web: Web, url: str, aoi: Aoi, start: date, end: date, control: Control) -> list[Granule]:
    """Search all L1C granules that touch an area in a period, in Copernicus' catalogue.

    Raises:
        SourceError: it does not answer, or not as a catalogue does.
        InputError: more granules than can be shown.
    """
    found: dict[str, Granule] = {}
    for feature in _features(web, url, L1C, aoi, f"{start}T00:00:00Z/{end}T23:59:59Z", "L1C products", control):
        try:
            granule = _granule(feature)
        except _BROKEN as error:
            raise _unlike(url) from error
        if granule.footprint is None or overlap(granule, aoi) > 0:
            found[granule.id] = granule
    return list(found.values())


def find_twins(web: Web, url: str, aoi: Aoi, start: datetime, end: datetime, control: Control) -> list[TwinItem]:
    """Search the L2A items that touch an area within a time, in Earth Search's catalogue; broken ones are left out.

    Raises:
        SourceError: it does not answer, or not as a catalogue does.
    """
    found: dict[str, TwinItem] = {}
    span = f"{start:%Y-%m-%dT%H:%M:%SZ}/{end:%Y-%m-%dT%H:%M:%SZ}"
    for feature in _features(web, url, L2A, aoi, span, "L2A products", control):
        try:
            item = _twin(feature, url)
        except _BROKEN:
            continue  # one of many; without it the overpass counts as having no twin
        found[item.id] = item
    return list(found.values())


def _features(
    web: Web, url: str, collections: tuple[str, ...], aoi: Aoi, span: str, what: str, control: Control
) -> Iterator[dict[str, Any]]:
    question = f"{what} of the area"
    for box in lonlat_boxes(aoi):
        body: dict[str, Any] | None = {
            "collections": list(collections),
            "bbox": list(box),
            "datetime": span,
            "limit": PAGE,
        }
        address = f"{url}/search"
        seen: set[str] = set()
        for _ in range(_MAX_PAGES):
            page = web.get_json(address, question, control, body=body)
            features = page.get("features") if isinstance(page, dict) else None
            if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
                raise _unlike(url)
            new = {str(f.get("id")) for f in features} - seen
            seen |= new
            yield from features
            following = _next(page)
            if following is None or not features:  # Earth Search sends a next link with the last page, too
                break
            if not new:
                raise ServiceError(
                    f"{host_of(url)} sent the same page of {question} again and again.", hint=SERVICE_HINT, option=ASK
                )
            address = urljoin(address, str(following.get("href", "")))
            asked = following.get("body")
            is_post = str(following.get("method", "GET")).upper() == "POST"
            if is_post and isinstance(asked, dict):
                body = {**(body or {}), **asked} if following.get("merge") else asked
            elif not is_post:
                body = None
        else:
            raise InputError(
                f"There are more than {_MAX_PAGES * PAGE:,} images of the area in the period.",
                hint="Choose a shorter period.",
            )


def _next(page: dict[str, Any]) -> dict[str, Any] | None:
    links = page.get("links")
    if not isinstance(links, list):
        return None
    return next((link for link in links if isinstance(link, dict) and link.get("rel") == "next"), None)


def _granule(feature: dict[str, Any]) -> Granule:
    properties = feature["properties"]
    cover = properties.get("eo:cloud_cover")
    return Granule(
        id=str(feature["id"]).removesuffix(".SAFE"),
        datetime=_moment(properties["datetime"]),
        cloud_cover_pct=None if cover is None else min(max(float(cover), 0.0), 100.0),
        footprint=_outline(feature),
    )


def _twin(feature: dict[str, Any], url: str) -> TwinItem:
    properties = feature["properties"]
    assets = {key: urljoin(url, str(asset["href"])) for key, asset in feature["assets"].items()}
    tile = str(properties.get("grid:code", "")).removeprefix("MGRS-")
    if not tile:
        found = _TILE.search(str(feature["id"]))
        tile = found[1] if found else ""
    applied = properties.get("earthsearch:boa_offset_applied")
    return TwinItem(
        id=str(feature["id"]),
        collection=str(feature.get("collection", "")),
        tile=tile,
        datetime=_moment(properties["datetime"]),
        baseline=float(properties.get("s2:processing_baseline") or 0),
        offset_removed=applied if isinstance(applied, bool) else None,
        footprint=_outline(feature),
        assets={key: href for key, href in assets.items() if href.startswith(("https://", "http://"))},
    )


def _outline(feature: dict[str, Any]) -> Any:
    outline = feature.get("geometry")
    made = None if outline is None else shapely.make_valid(shape(outline))
    return made if made is not None and made.area > 0 else None


def _moment(text: Any) -> datetime:
    when = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def _unlike(url: str) -> ServiceError:
    return ServiceError(
        f"{host_of(url)} was asked for a catalogue page and answered something else.", hint=SERVICE_HINT, option=ASK
    )
