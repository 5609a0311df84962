"""A comparison in the address bar: area, source, the dates, the filters and the selected tile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.change import Certainty
from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.errors import AoiError, DateError, InputError, LulcError
from lulc_core.ui import permalink
from lulc_core.ui.forms import decode_resolution

CERTAINTIES: dict[str, Certainty] = {
    "counted": Certainty.LIKELY,
    "very-likely": Certainty.VERY_LIKELY,
    "possible": Certainty.POSSIBLE,
}
"""Least certainty of what is shown, as a link spells it; the first is the usual one."""


@dataclass(frozen=True)
class Filter:
    """Which of the tiles whose class differs are shown."""

    was: str = ""
    """EuroSAT name of the class on the earlier date; empty for any."""
    became: str = ""
    """The same for the later date."""
    certainty: str = "counted"
    """A key of :data:`CERTAINTIES`."""

    @property
    def is_usual(self) -> bool:
        """True if nothing is filtered away that counts."""
        return self == Filter()


@dataclass(frozen=True)
class CompareLink:
    """What the address bar holds."""

    area: Aoi | None = None
    source: str = ""
    before: date | None = None
    after: date | None = None
    confirm: tuple[date, ...] = ()
    filter: Filter = field(default_factory=Filter)
    tile: str = ""
    resolution_m: int | None = None
    """Side of a cell, metres."""

    def to_params(self) -> dict[str, str]:
        """As query parameters; what is usual is left out, and so is an outline too long for a link."""
        params = {
            "area": self.area and permalink.encode_area(self.area),
            "source": self.source,
            "before": self.before.isoformat() if self.before else "",
            "after": self.after.isoformat() if self.after else "",
            "confirm": ",".join(day.isoformat() for day in self.confirm),
            "was": self.filter.was,
            "became": self.filter.became,
            "certainty": "" if self.filter.certainty == "counted" else self.filter.certainty,
            "tile": self.tile,
            "detail": str(self.resolution_m) if self.resolution_m and self.area else "",
        }
        return {k: v for k, v in params.items() if v}

    @classmethod
    def from_params(
        cls, params: Mapping[str, str], sources: tuple[str, ...]
    ) -> tuple[CompareLink, tuple[LulcError, ...]]:
        """Reads query parameters; what is damaged is left out and comes back as an error."""
        errors: list[LulcError] = []
        link = cls(tile=params.get("tile", "")[:40])
        if params.get("area"):
            try:
                link = replace(link, area=permalink.decode_area(params["area"]))
            except AoiError as error:
                errors.append(error)
        source = params.get("source", "")
        if source and source not in sources:
            errors.append(InputError("The link's source is not known.", hint="Choose the imagery in step 1."))
        days = {name: _days(params.get(name, ""), name, errors) for name in ("before", "after", "confirm")}
        chosen = {name: params.get(name, "") for name in ("was", "became", "certainty")}
        for name, allowed in (("was", CLASS_NAMES), ("became", CLASS_NAMES), ("certainty", tuple(CERTAINTIES))):
            if chosen[name] and chosen[name] not in allowed:
                errors.append(InputError(f"The link's filter '{name}' is not known.", hint="Choose it on the page."))
                chosen[name] = ""
        return replace(
            link,
            source=source if source in sources else "",
            before=next(iter(days["before"]), None),
            after=next(iter(days["after"]), None),
            confirm=days["confirm"],
            resolution_m=decode_resolution(params.get("detail", ""), errors),
            filter=Filter(chosen["was"], chosen["became"], chosen["certainty"] or "counted"),
        ), tuple(errors)


def _days(text: str, name: str, errors: list[LulcError]) -> tuple[date, ...]:
    try:
        return tuple(date.fromisoformat(part) for part in text.split(",") if part)
    except ValueError:
        errors.append(
            DateError(f"The link's '{name}' is no date.", hint="Dates are written YYYY-MM-DD; choose one in step 2.")
        )
        return ()
