"""Sources of imagery by the name that users, links and the command line give them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lulc_core.domain.errors import InputError
from lulc_core.sources.base import Spend, spend_freely

if TYPE_CHECKING:
    from lulc_core.settings import Settings
    from lulc_core.sources.base import ImagerySource

NAMES = ("open", "sentinel-hub", "simulated")
"""Sources that need nothing but a name; files are opened with ``geotiff.source.GeoTiffSource``."""


def open_source(name: str, settings: Settings, *, spend: Spend = spend_freely) -> ImagerySource:
    """Open the source of a name; nothing is fetched yet.

    Args:
        name: one of :data:`NAMES`.
        settings: addresses, account, cache.
        spend: asked before anything that costs.

    Raises:
        InputError: there is no such source.
    """
    if name == "simulated":
        from lulc_core.sources.simulation.source import SimulatedSource

        return SimulatedSource()
    if name == "sentinel-hub":
        from lulc_core.sources.sentinel_hub.source import SentinelHubSource

        return SentinelHubSource(settings, spend=spend)
    if name == "open":
        from lulc_core.sources.open_archive.source import OpenArchiveSource

        return OpenArchiveSource(settings)
    raise InputError(f"There is no source of imagery {name!r}; there are {', '.join(NAMES)} and files.")
