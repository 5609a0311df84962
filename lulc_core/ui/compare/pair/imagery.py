"""Where the two dates of a comparison come from: one service, files of the user's own, or one of each. No widgets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from lulc_core.domain.aoi import Aoi
from lulc_core.pipeline.compare import common_area
from lulc_core.ui.panels.account import Account
from lulc_core.ui.panels.own_files import OwnFiles

if TYPE_CHECKING:
    from lulc_core.sources.base import ImagerySource

BEFORE, AFTER, FURTHER = 0, 1, 2
"""Sides of a comparison: the earlier date, the later one, a further one that confirms."""


@dataclass
class PairImagery:
    """The source of each side."""

    account: Account
    """That of the Explore page: a session has one."""
    source: str = "simulated"
    """Name of the source of both dates."""
    other: str = ""
    """Where a date without a file comes from while the other has one; empty: from a file that is still to come."""
    own: tuple[OwnFiles, ...] = field(default_factory=lambda: tuple(OwnFiles(f"cmp-image-{i}") for i in range(3)))
    """Files of each side."""

    @property
    def file_sides(self) -> tuple[int, ...]:
        """Dates that come from files that are there: 0, 1, both or neither."""
        return tuple(i for i in (BEFORE, AFTER) if self.source == "geotiff" and self.own[i].source is not None)

    def name_of(self, side: int) -> str:
        """Return the name of the source of a side."""
        if self.source != "geotiff":
            return self.source
        if self.own[side].source is None and self.other and len(self.file_sides) == 1:
            return self.other
        return "geotiff"

    def source_of(self, side: int) -> ImagerySource | None:
        """Return the source of a side, None while it lacks files or an account."""
        name = self.name_of(side)
        return self.own[side].source if name == "geotiff" else self.account.service(name)

    def key_of(self, side: int) -> tuple[str, str]:
        """Return what tells one way to look for a date from another."""
        name, own = self.name_of(side), self.own[side].source
        return name, own.info.key if name == "geotiff" and own is not None else str(hash(self.account.credentials))

    def swap_files(self) -> None:
        """Let the files of both dates change places."""
        if self.source == "geotiff":
            self.own = (self.own[AFTER], self.own[BEFORE], *self.own[FURTHER:])

    def days_of_files(self) -> dict[int, date]:
        """Return the days that files say they are of, by side."""
        moments = {side: self.own[side].source.info.moment for side in self.file_sides}  # type: ignore[union-attr]
        return {side: moment.date() for side, moment in moments.items() if moment is not None}

    def area_of_files(self, drawn: Aoi | None) -> Aoi | None:
        """Return the area that the files let be compared: the drawn one, else all that they cover.

        Args:
            drawn: what the user drew, None where the files are to say.

        Returns:
            ``drawn`` where there is no file.

        Raises:
            AoiError: two files have no ground in common, or not where the area was drawn.
        """
        prints = [own.source.footprint() for own in (self.own[i] for i in self.file_sides) if own.source is not None]
        return common_area(prints[0], prints[-1], drawn) if prints else drawn
