"""The place search of the maps: names in, a few places out, without a rerun of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from babel import Locale
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from lulc_core.language.words import Words, best_language
from lulc_core.ui import resources

if TYPE_CHECKING:
    from starlette.requests import Request

    from lulc_core.sources.gazetteer import Place

PATH = "/places"
_ZOOMS = ((1_000_000, 11), (100_000, 12), (0, 13))
"""How near to look at a place, by the number of its people."""


async def places(request: Request) -> JSONResponse:
    """Answer ``/places?q=TEXT&lang=TAG``: ``[{name, where, lat, lng, zoom}]``, the most likely first.

    An empty text makes the list of places ready, which takes some seconds once on a machine.
    """
    text, lang = request.query_params.get("q", ""), request.query_params.get("lang", "")[:20]
    return JSONResponse(await run_in_threadpool(_find, text, Words(best_language(lang))))


def _find(text: str, words: Words) -> list[dict[str, Any]]:
    from lulc_core.sources.gazetteer import Gazetteer

    gazetteer = Gazetteer(resources.settings().cache_dir)
    if not text:
        gazetteer.make_ready()
    return [_row(place, words) for place in gazetteer.find(text)]


def _row(place: Place, words: Words) -> dict[str, Any]:
    countries = Locale.parse(words.tag, sep="-").territories
    country = countries.get(place.country, place.country)
    also = place.own_name if place.name.casefold() != place.own_name.casefold() else ""
    people = words.translate("map.people", place.population) if place.population else ""
    where = " · ".join(part for part in (also, place.near, country, people) if part)
    zoom = next(zoom for least, zoom in _ZOOMS if place.population >= least)
    return {"name": place.name, "where": where, "lat": place.lat, "lng": place.lon, "zoom": zoom}
