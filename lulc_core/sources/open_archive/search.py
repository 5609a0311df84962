"""Searching the open archive: the catalogue first, the bucket's own list where it fails or knows nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TypeVar

import shapely
from shapely.affinity import translate

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.errors import CancelledError, InputError, NetworkError, SourceError
from lulc_core.domain.progress import Cancelled
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.deadline_jobs import Control, Job, run_jobs
from lulc_core.sources.open_archive.bucket import Bucket
from lulc_core.sources.open_archive.granules import GranuleSquare, squares_of
from lulc_core.sources.open_archive.products import Product, newest_first
from lulc_core.sources.open_archive.stac import find_granules
from lulc_core.sources.open_archive.web import CONNECTIONS_A_HOST, host_of
from lulc_core.sources.overpasses import Granule, overlap, to_acquisitions

T = TypeVar("T")
PARTLY = 0.995
"""Of the area: below it a note says how much of the area an acquisition covers."""


@dataclass(frozen=True)
class Finding:
    """What a search found."""

    acquisitions: tuple[Acquisition, ...]
    catalogue: SourceError | None = None
    """Why the catalogue was not used."""


class Finder:
    """The two ways to a list of acquisitions.

    Args:
        bucket: whose list is the second way, and whose client asks.
        catalogue_url: of Copernicus' STAC.
        limit_s: seconds for each way.
    """

    def __init__(self, bucket: Bucket, catalogue_url: str, limit_s: float) -> None:
        self._bucket, self._url, self._limit_s = bucket, catalogue_url, limit_s

    def find(self, aoi: Aoi, start: date, end: date, source: str, cancelled: Cancelled | None) -> Finding:
        """Search a period; empty where neither way knows an image.

        Raises:
            SourceError: neither answers.
            CancelledError: ``cancelled()`` said so.
        """
        failed: SourceError | None = None
        try:
            granules = self._ask(partial(find_granules, self._bucket.web, self._url, aoi, start, end), cancelled)
            if granules:
                return Finding(_described(granules, aoi, source))
        except SourceError as error:
            failed = error
        try:
            granules = self._from_bucket(aoi, start, end, cancelled)
        except SourceError as error:
            if failed is None:  # the catalogue has answered: there is nothing
                return Finding(())
            message = f"Neither the catalogue nor the bucket can be searched. {failed.message} {error.message}"
            raise type(error)(message, hint=error.hint, option=error.option) from error
        note = () if failed is None else (f"Listed by the bucket ({self._bucket.host}): {failed.message}",)
        found = tuple(replace(a, notes=(*a.notes, *note)) for a in _described(granules, aoi, source))
        return Finding(found, failed)

    def _from_bucket(self, aoi: Aoi, start: date, end: date, cancelled: Cancelled | None) -> list[Granule]:
        """List the products of every granule of the area, and read the metadata of the newest baselines."""
        squares = squares_of(aoi)
        lists: list[Job[list[Product]]] = [partial(_listed, self._bucket, square, start, end) for square in squares]
        best: dict[tuple[str, str, str], list[Product]] = {}
        for _, products in self._run(lists, cancelled):
            for product in products:
                best.setdefault((product.tile, product.satellite, product.sensing.isoformat()), []).append(product)
        chosen = [newest_first(products) for products in best.values()]
        jobs: list[Job[Granule | None]] = [partial(_granule, self._bucket, products) for products in chosen]
        granules = [g for _, g in self._run(jobs, cancelled) if g is not None]
        return [g for g in granules if g.footprint is None or overlap(g, aoi) > 0]

    def _ask(self, job: Job[list[Granule]], cancelled: Cancelled | None) -> list[Granule]:
        ((_, found),) = self._run([job], cancelled)
        return found

    def _run(self, jobs: Sequence[Job[T]], cancelled: Cancelled | None) -> Iterator[tuple[int, T]]:
        return run_jobs(
            jobs,
            limit_s=self._limit_s,
            timeout_error=lambda: NetworkError(
                f"{host_of(self._url)} and {self._bucket.host} did not answer within {self._limit_s:g} s.",
                hint="Check the connection to the internet (and a proxy or firewall).",
            ),
            parallel=CONNECTIONS_A_HOST,
            cancelled=cancelled,
        )


def _listed(bucket: Bucket, square: GranuleSquare, start: date, end: date, control: Control) -> list[Product]:
    return bucket.products_in(square, start, end, control)


def _granule(bucket: Bucket, products: list[Product], control: Control) -> Granule | None:
    """Describe the best product that has metadata; None where none has."""
    for product in products:
        try:
            metadata = bucket.metadata(product, control)
        except (CancelledError, InputError):
            raise
        except SourceError:
            continue
        # The name may lack tile and baseline (2016); catalogues name both.
        name = product.name if "_MSIL1C_2" in product.name else f"{product.name}_T{product.tile}"
        when = metadata.sensing or product.sensing
        return Granule(name, when, metadata.cloud_cover_pct, metadata.footprint)
    return None


def _described(granules: list[Granule], aoi: Aoi, source: str) -> tuple[Acquisition, ...]:
    """Make acquisitions, with a note on each that covers a part of the area only."""
    by_product = {granule.id: granule for granule in granules}
    described = []
    for acquisition in to_acquisitions(granules, aoi, source):
        outlines = [by_product[p].footprint for p in acquisition.products if p in by_product]
        share = 1.0
        if outlines and all(outline is not None for outline in outlines):
            ground = shapely.union_all([translate(o, xoff=turn) for o in outlines for turn in (-360, 0, 360)])
            share = shapely.intersection(ground, aoi.geometry).area / aoi.geometry.area
        notes = acquisition.notes
        if share < PARTLY:
            notes = (*notes, f"The image of {acquisition.date} covers {max(share, 0.01):.0%} of the area.")
        described.append(replace(acquisition, notes=notes))
    return tuple(described)
