"""What every source of imagery can do: search acquisitions, load named bands on the tile grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol, runtime_checkable

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import DateError, InputError
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.progress import Cancelled, Progress
from lulc_core.domain.scene import Acquisition, Scene

FIRST_ACQUISITION = date(2015, 6, 23)
"""Launch of Sentinel-2A; there is nothing before it. Source: ESA."""


@dataclass(frozen=True)
class Cost:
    """What loading an area will take, before it is done."""

    tiles: int
    requests: int
    processing_units: float
    """Sentinel Hub processing units; 0 where nothing is charged."""
    seconds: float
    """Expected, a rough figure."""
    megabytes: float = 0.0
    """That come over the network; 0 where it is not known beforehand."""


Spend = Callable[[int, float], None]
"""``spend(requests, processing_units)``, called before they are sent; raises QuotaError where the operator's limit is
reached."""


def spend_freely(requests: int, processing_units: float) -> None:
    """Allow everything; where nobody has set a limit."""


class ImagerySource(Protocol):
    """One source of imagery. tests/contract runs the same tests on every one."""

    @property
    def name(self) -> str:
        """``open``, ``sentinel-hub``, ``geotiff`` or ``simulated``."""

    def search(
        self,
        aoi: Aoi,
        start: date,
        end: date,
        *,
        previews: bool = True,
        on_progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> tuple[Acquisition, ...]:
        """Search acquisitions over the area, newest first; one per overpass however many granules it has.

        Args:
            aoi: the area.
            start: first day, UTC, inclusive.
            end: last day, UTC, inclusive.
            previews: fill ``preview`` and ``clear_share``, which may cost small requests.

        Raises:
            DateError: the period is upside down, in the future or before Sentinel-2.
            NoAcquisitionError: nothing in the period; carries the nearest dates.
            SourceError: service or file failed.
            CancelledError: ``cancelled()`` is true.
        """

    def load(
        self,
        acquisition: Acquisition,
        bands: Sequence[str],
        grid: TileGrid,
        *,
        on_progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> Scene:
        """Load pixels of some bands on the grid, as harmonised reflectance.

        Raises:
            InputError: a band that the acquisition does not have.
            SourceError: service or file failed.
            CancelledError: ``cancelled()`` is true.
        """

    def cost(self, grid: TileGrid, bands: Sequence[str]) -> Cost:
        """Estimate what :meth:`load` will take."""


LOCAL_SOURCES = ("simulated", "geotiff")
"""Names of the sources that compute or read files; all others wait for a network."""


def waits_for_network(source: ImagerySource) -> bool:
    """Return whether loading waits for a network most of the time, and not for a processor."""
    return source.name not in LOCAL_SOURCES


@runtime_checkable
class Forgetful(Protocol):
    """A source that keeps what it has fetched, and can fetch it anew."""

    def forget(self, acquisition: Acquisition, grid: TileGrid) -> None:
        """Forget what is kept of an acquisition around a grid."""


def check_period(start: date, end: date) -> None:
    """Refuse periods in which nothing can have been acquired.

    Raises:
        DateError: with one clear sentence.
    """
    today = datetime.now(UTC).date()  # acquisition days are UTC days
    if start > end:
        raise DateError(f"The period begins ({start}) after it ends ({end}).", hint="Swap the two dates.")
    if start > today:
        raise DateError(f"{start} is in the future.", hint=f"Choose a date up to today, {today}.")
    if end < FIRST_ACQUISITION:
        raise DateError(
            f"{end} is before the first Sentinel-2 image ({FIRST_ACQUISITION}).",
            hint=f"Choose a date from {FIRST_ACQUISITION} on.",
        )


def check_load(acquisition: Acquisition, bands: Sequence[str], *, source: str, available: Sequence[str]) -> None:
    """Refuse to load what a source does not have.

    Args:
        acquisition: of which pixels are asked for.
        bands: names asked for.
        source: name of the source that is asked.
        available: names of the bands that it has.

    Raises:
        InputError: an acquisition of another source; no band, one that is not there, or one twice.
    """
    if acquisition.source != source:
        raise InputError(
            f"The acquisition {acquisition.id} is of the source {acquisition.source}, not of {source}.",
            hint="Search the source and load what it found.",
        )
    unknown = [b for b in bands if b not in available]
    if unknown or not bands:
        raise InputError(f"There is no band {', '.join(unknown) or '(none given)'}; there are {', '.join(available)}.")
    if len(set(bands)) != len(bands):
        raise InputError(f"A band is named twice in {', '.join(bands)}.")


def in_words(start: date, end: date) -> str:
    """Write a period within a sentence: ``on 2021-08-15``, ``from 2021-08-01 to 2021-08-15``."""
    return f"on {start}" if start == end else f"from {start} to {end}"
