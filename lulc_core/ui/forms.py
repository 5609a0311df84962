"""What a user has asked for, frozen: the key of caches, the id of results, and the link."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import LulcError
from lulc_core.domain.grid import TILE_M
from lulc_core.ui import permalink

SHARED = "shared"
"""Scope of results that every session may see: simulated imagery, and imagery fetched on the server's own account."""
APP_RESOLUTION_M = 160
"""What the app opens with."""


@dataclass(frozen=True)
class SearchRequest:
    """Acquisitions over an area in a period."""

    area_key: str
    source: str
    scope: str
    """``shared``, or a name of the session, the account or the files: results do not cross scopes."""
    start: date
    end: date


@dataclass(frozen=True)
class MapRequest:
    """One land-cover map."""

    area_key: str
    source: str
    scope: str
    acquisition_id: str
    day: str
    """UTC day of the acquisition, ``YYYY-MM-DD``; for names only."""
    model: str
    resolution_m: int = TILE_M
    """Side of a cell, metres."""

    @property
    def id(self) -> str:
        """Twelve hexadecimal digits that name the result."""
        text = "|".join((self.area_key, self.source, self.scope, self.acquisition_id, self.model))
        text += "" if self.resolution_m == TILE_M else f"|{self.resolution_m}"
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Link:
    """What the address bar holds."""

    area: Aoi | None = None
    source: str = ""
    start: date | None = None
    end: date | None = None
    day: date | None = None
    resolution_m: int | None = None
    place: tuple[float, float] | None = None
    """Latitude and longitude of the place of the map that is looked at."""

    def to_params(self) -> dict[str, str]:
        """Return the query parameters; an outline too long for a link is left out."""
        params = {"area": self.area, "source": self.source, "from": self.start, "to": self.end, "date": self.day}
        at = "" if self.place is None else "{:.4f},{:.4f}".format(*self.place)
        return permalink.to_params(**params, detail=self.resolution_m if self.area else None, at=at)

    @classmethod
    def from_params(cls, params: Mapping[str, str], sources: tuple[str, ...]) -> tuple[Link, tuple[LulcError, ...]]:
        """Read query parameters; what is damaged is left out and comes back as an error."""
        link = permalink.LinkReader(params)
        area = link.area()
        start, end, day = (link.day(name, hint="choose a period.") for name in ("from", "to", "date"))
        source = link.one_of("source", sources)
        return cls(area, source, start, end, day, link.resolution_m(), link.place()), tuple(link.errors)
