"""A comparison in the address bar: area, source, the dates, the filters and the selected tile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.change import Certainty
from lulc_core.domain.classes import CLASS_NAMES
from lulc_core.domain.errors import InputError, LulcError
from lulc_core.ui import permalink, words

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
        """Return the query parameters; what is usual is left out, and so is an outline too long for a link."""
        usual = self.filter.certainty == "counted"
        return permalink.to_params(
            area=self.area,
            source=self.source,
            before=self.before,
            after=self.after,
            confirm=self.confirm,
            was=self.filter.was,
            became=self.filter.became,
            certainty="" if usual else self.filter.certainty,
            tile=self.tile,
            detail=self.resolution_m if self.area else None,
        )

    @classmethod
    def from_params(
        cls, params: Mapping[str, str], sources: tuple[str, ...]
    ) -> tuple[CompareLink, tuple[LulcError, ...]]:
        """Read query parameters; what is damaged is left out and comes back as an error."""
        link = permalink.LinkReader(params)
        area = link.area()
        unknown = InputError(words.translate("compare.link.source"), hint=words.translate("compare.link.source_hint"))
        source = link.one_of("source", sources, unknown)
        hint = words.translate("compare.link.choose")
        before, after = link.day("before", hint=hint), link.day("after", hint=hint)
        confirm = link.days("confirm", hint=hint)
        on_page = words.translate("compare.link.on_page")
        was, became, certainty = (
            link.one_of(name, allowed, InputError(words.translate("compare.link.filter", name=name), hint=on_page))
            for name, allowed in (("was", CLASS_NAMES), ("became", CLASS_NAMES), ("certainty", CERTAINTIES))
        )
        chosen, tile = Filter(was, became, certainty or "counted"), params.get("tile", "")[:40]
        return cls(area, source, before, after, confirm, chosen, tile, link.resolution_m()), tuple(link.errors)
