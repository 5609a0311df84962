"""Pixels of one acquisition on a grid: from the cache, from the bucket (L1C), or from the twin (L2A), band by band."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.bands import BAND_NAMES, L2A_BAND_NAMES
from lulc_core.domain.errors import SourceError
from lulc_core.domain.grid import TILE_PX, TileGrid
from lulc_core.domain.progress import Cancelled, Progress
from lulc_core.domain.radiometry import SCL_CLEAR
from lulc_core.domain.scene import Acquisition
from lulc_core.sources.cache import CacheKey, TileCache
from lulc_core.sources.deadline_jobs import Control, Job
from lulc_core.sources.open_archive import l1c, l2a
from lulc_core.sources.open_archive.bucket import Bucket
from lulc_core.sources.open_archive.coverage import Part, outline_of
from lulc_core.sources.open_archive.granules import GranuleSquare, squares_of
from lulc_core.sources.open_archive.l1c import Held
from lulc_core.sources.open_archive.masks import read_masks
from lulc_core.sources.open_archive.products import product_of
from lulc_core.sources.open_archive.stac import TwinItem, find_twins
from lulc_core.sources.open_archive.web import NotThereError, host_of
from lulc_core.sources.overpasses import SAME_OVERPASS

SETTLED = timedelta(days=30)
"""Until then products may still come or be made anew: what is missing is asked for again."""
_RESOLVED_S = 7 * 86_400.0
FIRST_BANDS = ("B04", "B03", "B02", "B08")
"""What map and pictures need; fetched before the others."""

Run = Callable[..., Any]
"""``run(jobs, cancelled=...)``: gives position and result of each, as they come."""


@dataclass(frozen=True)
class Loaded:
    """Pixels of the bands, and of which products."""

    level: str
    bands: tuple[str, ...]
    dn: dict[str, NDArray[np.uint16]]
    """By band, 10,000 times reflectance, 0 where not observed."""
    products: tuple[str, ...]
    baseline: str
    origin: tuple[str, ...]
    notes: tuple[str, ...]
    held: tuple[Held, ...] = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Clouds:
    """What is known of clouds."""

    clear: NDArray[np.bool_]
    """True where neither cloud nor shadow is known."""
    known: NDArray[np.bool_]
    """Where anything is known."""
    origin: str
    notes: tuple[str, ...] = ()


class Loader:
    """Loads one acquisition on one grid.

    Args:
        bucket: of L1C products.
        twins_url: of Earth Search.
        cache: of tiles.
        run: runs jobs in threads.
        acquisition: whose pixels.
        grid: of whole tiles.
        report: gets progress, 0 to 0.98.
        cancelled: asked all the time.
    """

    def __init__(
        self,
        bucket: Bucket,
        twins_url: str,
        cache: TileCache,
        run: Run,
        acquisition: Acquisition,
        grid: TileGrid,
        report: Progress,
        cancelled: Cancelled | None,
    ) -> None:
        self.bucket, self.twins_url, self.cache = bucket, twins_url, cache
        self.acquisition, self.grid = acquisition, grid
        self._run, self._report, self._cancelled = run, report, cancelled
        self.settled = datetime.now(UTC) - acquisition.datetime > SETTLED
        self.notes: list[str] = []
        self._twins: list[TwinItem] | None = None

    def l1c(self, bands: Sequence[str]) -> Loaded:
        """Load top-of-atmosphere reflectance from the bucket.

        Raises:
            NotThereError: the bucket has no such product, or a product lacks a band.
            SourceError: the bucket failed.
        """
        self._report(0.0, "Looking for the products")
        held = self._held()
        parts = l1c.plan(self.grid, self.grid.inside, held)
        used = [held[part.index] for part in parts]
        if not used:
            raise NotThereError(
                f"{self.bucket.host} has no L1C product of {self.acquisition.date} over the area.",
                hint="New images appear a day or two after they were taken.",
            )
        names = tuple(one.product.name for one in used)
        read = partial(l1c.read_band, self.bucket, held, parts, self.grid)
        dn = self._bands("l1c", names, bands, lambda band: partial(read, band))
        baselines = sorted({one.metadata.baseline for one in used})
        origin = [f"Service: {self.bucket.host}"]
        for one in used:
            offset = one.metadata.offsets["B04"]
            source = "named by its metadata" if one.metadata.offset_named else "its metadata name none"
            baseline = one.metadata.baseline or "not named"
            origin.append(f"{one.product.name}: L1C, baseline {baseline}, offset {offset} ({source})")
        return Loaded(
            "L1C", tuple(bands), dn, names, baselines[-1], tuple(origin), tuple(self.notes), tuple(held), tuple(parts)
        )

    def own(self, bands: Sequence[str]) -> dict[str, NDArray[np.uint16]]:
        """Read bands of the bucket without interpolation: each pixel of the grid is the satellite's that it lies in.

        Raises:
            NotThereError: the bucket has no such product, or a product lacks a band.
            SourceError: the bucket failed.
        """
        held = self._held()
        parts = l1c.plan(self.grid, self.grid.inside, held)
        if not parts:
            raise NotThereError(
                f"{self.bucket.host} has no L1C product of {self.acquisition.date} here.", hint="Choose another place."
            )
        read = partial(l1c.read_band, self.bucket, held, parts, self.grid, nearest=True)
        jobs: list[Job[NDArray[np.uint16]]] = [partial(read, band) for band in bands]
        return {bands[i]: dn for i, dn in self._run(jobs, cancelled=self._cancelled)}

    def l2a(self, bands: Sequence[str], why: str) -> Loaded:
        """Load surface reflectance from the twin, in place of what cannot be had.

        Args:
            bands: those of them that L2A has are loaded.
            why: what was wrong with L1C, a sentence.

        Raises:
            SourceError: Earth Search failed, or has nothing.
        """
        present = tuple(band for band in bands if band in L2A_BAND_NAMES)
        twins = self._best(("scl", *(l2a.ASSETS[band] for band in present)))
        parts = l2a.plan(self.grid, self.grid.inside, twins)
        if not parts or not present:
            raise NotThereError(
                f"{host_of(self.twins_url)} has no L2A product of {self.acquisition.date} over the area.",
                hint="Choose another date.",
            )
        store, web = self.bucket.store, self.bucket.web
        jobs: list[Job[l2a.Offset]] = [partial(l2a.offset_of, web, store, item) for _, item in twins]
        offsets = dict(self._run(jobs, cancelled=self._cancelled))
        ordered = [offsets[i] for i in range(len(twins))]
        names = tuple(f"{twins[part.index][1].id}" for part in parts)

        def read(band: str, control: Control) -> NDArray[np.uint16]:
            return l2a.read_asset(web, store, twins, parts, self.grid, l2a.ASSETS[band], control, offsets=ordered)

        dn = self._bands("l2a", names, present, lambda band: partial(read, band))
        origin = [f"Service: {host_of(twins[parts[0].index][1].assets['red'])}, listed by {host_of(self.twins_url)}"]
        for part in parts:
            item, offset = twins[part.index][1], ordered[part.index]
            origin.append(f"{item.id}: L2A, baseline {item.baseline:05.2f}, offset {offset.value} ({offset.why})")
        notes = [*self.notes, f"Surface reflectance (L2A) stands in for top-of-atmosphere reflectance (L1C): {why}"]
        missing = [band for band in bands if band not in present]
        if missing:
            notes.append(f"L2A has no band {', '.join(missing)}.")
        baseline = max(f"{twins[part.index][1].baseline:05.2f}" for part in parts)
        return Loaded("L2A", present, dn, names, baseline, tuple(origin), tuple(notes))

    def clouds(self, held: Sequence[Held], parts: Sequence[Part]) -> Clouds:
        """Find clouds: scene classification of the twin, else the product's own masks, else nothing."""
        everything = np.ones(self.grid.shape_px, bool)
        try:
            scl, names = self._scl()
            if scl.any():
                known = scl > 0
                clear = ~known | np.isin(scl, SCL_CLEAR)
                return Clouds(clear, known, f"Clouds: scene classification (SCL) of {', '.join(names)}")
            reason = "there is no L2A product of this overpass"
        except SourceError as error:
            reason = error.message
        jobs: list[Job[Any]] = [partial(read_masks, self.bucket, held, parts, self.grid)]
        ((_, (cloud, known)),) = self._run(jobs, cancelled=self._cancelled)
        if known.any():
            note = "Clouds are those of the L1C product's own mask, which knows no shadow"
            return Clouds(~cloud, known, f"Clouds: mask of the L1C product ({reason})", (f"{note}: {reason}",))
        return Clouds(everything, ~everything, f"Clouds: not known ({reason})")

    def forget(self) -> None:
        """Delete what is kept of the acquisition: which products there are, and pixels of the grid's tiles.

        Files of products stay: they never change, and are checked when they are read.
        """
        grid = self.grid
        for square in squares_of(outline_of(grid)):
            self.bucket.store.drop(f"products/{self.acquisition.id}/{square.name}")
        self.bucket.store.drop(f"twins/{self.acquisition.id}/{grid.key}/{grid.aoi_key}")
        tiles = [(grid.east0 + col, grid.north0 - row) for row, col in np.argwhere(grid.inside).tolist()]
        source = f"open/{self.bucket.host}"
        folder = self.cache.folder / CacheKey(source, self.acquisition.id, "", grid.epsg, 1, "uint16").path.parents[1]
        for kept in folder.parent.glob(f"{folder.name}-*"):
            self.cache.forget(source, kept.name, grid.epsg, tiles)

    def _held(self) -> list[Held]:
        """Find the products over the grid, granule by granule; what was found of old dates is remembered for days."""
        squares = squares_of(outline_of(self.grid))
        jobs: list[Job[list[Held]]] = [partial(self._held_of, square) for square in squares]
        found = dict(self._run(jobs, cancelled=self._cancelled))
        return [one for i in range(len(squares)) for one in found[i]]

    def _held_of(self, square: GranuleSquare, control: Control) -> list[Held]:
        name = f"products/{self.acquisition.id}/{square.name}"
        store = self.bucket.store
        kept = store.read_json(name)
        if isinstance(kept, dict) and time.time() - kept["asked"] < _RESOLVED_S:
            known = [product_of(path, square.name) for path in kept["paths"]]
            return [Held(p, square, self.bucket.metadata(p, control)) for p in known if p is not None]
        held, notes = l1c.find_products(self.bucket, self.acquisition, square, control)
        self.notes += notes
        if self.settled and not notes:
            store.write_json(name, {"asked": time.time(), "paths": [one.product.path for one in held]})
        return held

    def _best(self, needed: Sequence[str]) -> list[Any]:
        if self._twins is None:
            when = self.acquisition.datetime
            job = partial(
                find_twins,
                self.bucket.web,
                self.twins_url,
                outline_of(self.grid),
                when - SAME_OVERPASS,
                when + SAME_OVERPASS,
            )
            ((_, self._twins),) = self._run([job], cancelled=self._cancelled)
        return l2a.best_twins(self._twins or [], needed)

    def _scl(self) -> tuple[NDArray[np.uint16], tuple[str, ...]]:
        store = self.bucket.store
        name = f"twins/{self.acquisition.id}/{self.grid.key}/{self.grid.aoi_key}"
        names = store.read_json(name)
        if names:
            kept = self._from_cache(names, "scl", ("scl",))
            if kept is not None:
                return kept["scl"], tuple(names)
        twins = self._best(("scl",))
        parts = l2a.plan(self.grid, self.grid.inside, twins)
        if not parts:
            return np.zeros(self.grid.shape_px, np.uint16), ()
        names = tuple(twins[part.index][1].id for part in parts)
        read = partial(l2a.read_asset, self.bucket.web, self.bucket.store, twins, parts, self.grid, "scl")
        scl = self._bands("scl", names, ("scl",), lambda _: read)["scl"]
        if self.settled:
            store.write_json(name, list(names))
        return scl, names

    def _key(self, names: Sequence[str], level: str, bands: Sequence[str]) -> CacheKey:
        made = hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:8]
        source, product, layer = f"open/{self.bucket.host}", f"{self.acquisition.id}-{made}", "".join(bands)
        return CacheKey(source, product, f"{level}-{layer}", self.grid.epsg, len(bands), "uint16")

    def _from_cache(
        self, names: Sequence[str], level: str, bands: Sequence[str]
    ) -> dict[str, NDArray[np.uint16]] | None:
        """Read bands of one group, where all their tiles are kept: for themselves, or with all bands of the group."""
        grid = self.grid
        out = np.zeros((len(bands), *grid.shape_px), np.uint16)
        missing = set(map(tuple, np.argwhere(grid.inside).tolist()))
        for group in dict.fromkeys((tuple(bands), _group_of(bands))):
            channels = [group.index(band) for band in bands]
            places = {(grid.east0 + col, grid.north0 - row): (row, col) for row, col in missing}
            for tile, pixels in self.cache.read(self._key(names, level, group), places):
                rows, cols = grid.tile_slices(*places[tile])
                out[:, rows, cols] = pixels[channels]
                missing.discard(places[tile])
        return None if missing else dict(zip(bands, out, strict=True))

    def _bands(
        self,
        level: str,
        names: Sequence[str],
        bands: Sequence[str],
        reader: Callable[[str], Callable[[Control], NDArray[np.uint16]]],
    ) -> dict[str, NDArray[np.uint16]]:
        """Read bands, those of a group from the cache where all their tiles are there; keep what was fetched."""
        found: dict[str, NDArray[np.uint16]] = {}
        first = tuple(b for b in BAND_NAMES if b in bands and b in FIRST_BANDS)
        rest = tuple(b for b in (*BAND_NAMES, "scl") if b in bands and b not in FIRST_BANDS)
        groups = [group for group in (first, rest) if group]
        for group in groups:
            found |= self._from_cache(names, level, group) or {}
        missing = [b for group in groups for b in group if b not in found]
        outside = ~np.kron(self.grid.inside, np.ones((TILE_PX, TILE_PX), bool))
        for index, pixels in self._run([reader(band) for band in missing], cancelled=self._cancelled):
            pixels[outside] = 0  # a scene must not depend on what was kept when
            found[missing[index]] = pixels
            if level != "scl":
                self._report(0.05 + 0.9 * len(found) / len(bands), f"Fetched {len(found)} of {len(bands)} bands")
            for group in groups:
                if missing[index] in group and all(band in found for band in group):
                    self._keep(names, level, {band: found[band] for band in group})
        return found

    def _keep(self, names: Sequence[str], level: str, bands: dict[str, NDArray[np.uint16]]) -> None:
        """Keep a group of bands, all of them there; of a new image only tiles without a gap (it may yet fill)."""
        grid, pixels = self.grid, np.stack(list(bands.values()))
        tiles = {}
        for row, col in np.argwhere(grid.inside).tolist():
            rows, cols = grid.tile_slices(row, col)
            tile = pixels[:, rows, cols]
            if self.settled or tile.all():
                tiles[grid.east0 + col, grid.north0 - row] = tile
        try:
            self.cache.write(self._key(names, level, tuple(bands)), tiles)
        except SourceError as error:  # the pixels are here; that they cannot be kept is worth a note, no more
            if error.message not in self.notes:
                self.notes.append(error.message)


def _group_of(bands: Sequence[str]) -> tuple[str, ...]:
    """All bands that are fetched together with these."""
    if bands[0] == "scl":
        return ("scl",)
    first = bands[0] in FIRST_BANDS
    return tuple(b for b in BAND_NAMES if (b in FIRST_BANDS) == first)
