"""One block of a region, from a search to its file. Runs wherever it is called; knows nothing of Dask."""

from __future__ import annotations

import hashlib
import io
import platform
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import NO_DATA
from lulc_core.domain.errors import NoAcquisitionError
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.land_cover import TileFlag
from lulc_core.region.blocks import RegionBlock, block_area, own_grid
from lulc_core.region.view import RING_OF_GAPS, View, classified, ranked

if TYPE_CHECKING:
    from lulc_core.domain.results import ClassifyResult
    from lulc_core.domain.scene import Acquisition
    from lulc_core.model.classifier import Classifier
    from lulc_core.region.folder import RunFolder
    from lulc_core.region.request import RegionRequest
    from lulc_core.sources.base import ImagerySource

    Placed = tuple[ClassifyResult, tuple[int, int]]
    """A map, and row and column of the block's first tile in it."""


def make_block(
    request: RegionRequest, block: RegionBlock, source: ImagerySource, network: Classifier, folder: RunFolder
) -> dict[str, Any]:
    """Search, load, classify and keep one block; done again, it gives the same files.

    Args:
        request: of the region.
        block: one of it.
        source: where pixels come from.
        network: names tiles.
        folder: where the block is kept.

    Returns:
        Its marker, ready for JSON.

    Raises:
        SourceError: a service failed, or the folder cannot be written to.
        ModelError, InputError: as ``pipeline.classify``.
    """
    started, received = time.perf_counter(), _received(source)
    maker = _Maker(request, block, source, network)
    view, map_of = maker.period(request.start, request.end)
    arrays, marker = maker.kept(view, "")
    seconds = view.timings_s
    if request.before is not None:
        earlier, earlier_map = maker.period(*request.before)
        more_arrays, more = maker.kept(earlier, "before_")
        changes = maker.changes(view, earlier_map, map_of)
        arrays, marker = {**arrays, **more_arrays, **changes}, {**marker, **more}
        marker["notes"] = list(dict.fromkeys([*view.notes, *earlier.notes]))
        seconds = {name: value + earlier.timings_s[name] for name, value in seconds.items()}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]  # its stub takes the names for options
    data = buffer.getvalue()
    marker |= {
        "run": request.key,
        "block": block.name,
        "state": "done" if view.acquisitions else "no data",
        "grid": _grid(view.grid),
        "cells": _counts(view),
        "seconds": {k: round(v, 3) for k, v in {**seconds, "total": time.perf_counter() - started}.items()},
        "megabytes": round((_received(source) - received) / 1e6, 3),
        "machine": platform.node(),
        "sha256": hashlib.sha256(data).hexdigest(),
        "file_bytes": len(data),
    }
    folder.keep_block(block.name, data, marker)
    return marker


class _Maker:
    """The making of one block."""

    def __init__(self, request: RegionRequest, block: RegionBlock, source: ImagerySource, network: Classifier) -> None:
        self._request, self._block, self._source, self._network = request, block, source, network

    def period(self, start: date, end: date) -> tuple[View, Placed | None]:
        """Name the cells of a period: by its clearest acquisition, what that leaves out by further ones.

        Returns:
            The block, and the map of its clearest acquisition; None where there is none.
        """
        view = View.nothing(own_grid(self._request.aoi, self._block, self._request.cell_m))
        clock = time.perf_counter()
        try:
            # One day needs no pictures to choose by.
            area = block_area(self._request.aoi, self._block)
            listed = self._source.search(area, start, end, previews=start != end)
        except NoAcquisitionError as error:
            view.notes[str(error)] = None
            return view, None
        view.timings_s["search"] = time.perf_counter() - clock
        first = None
        for acquisition in ranked([replace(a, preview=None) for a in listed])[: 1 + self._request.fill]:
            wanted = view.unnamed
            if not wanted.any():
                break
            placed = self._classified(view, acquisition, wanted)
            if placed is not None:
                view.take(*placed, wanted)
            first = first or placed
        return view, first

    def changes(self, view: View, before: Placed | None, after: Placed | None) -> Mapping[str, NDArray[Any]]:
        """Compare two dates as ``compare`` does: classes, chance of change, whether it counts; 255 is not compared."""
        from lulc_core.analysis.change.detect import change_of_dates

        shape = view.grid.shape
        arrays: dict[str, NDArray[Any]] = {
            "change_from": np.full(shape, NO_DATA, np.uint8),
            "change_to": np.full(shape, NO_DATA, np.uint8),
            "change_probability": np.full(shape, NO_DATA, np.float32),
            "change_counted": np.full(shape, NO_DATA, np.uint8),
        }
        if before is None or after is None:
            return arrays
        pair = [before, after]
        if before[0].land_cover.grid != after[0].land_cover.grid:  # one of them needed more ground around it
            wanted = view.grid.tiles.inside
            again = (self._classified(view, p[0].land_cover.acquisition, wanted, ring=RING_OF_GAPS) for p in pair)
            pair = [p for p in again if p is not None]
        if len(pair) < 2:
            return arrays
        change = change_of_dates([p[0].land_cover for p in pair], [p[0].scene for p in pair])
        inner = view.inner(pair[0][1])
        compared = change.compared[inner]
        arrays |= {"change_from": change.from_ids[inner], "change_to": change.to_ids[inner]}
        arrays["change_probability"][compared] = change.change_probability[inner][compared]
        arrays["change_counted"][compared] = change.changed[inner][compared]
        return arrays

    def kept(self, view: View, stem: str) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Return what is kept of a period: arrays, and their part of the marker."""
        arrays: dict[str, NDArray[Any]] = {
            f"{stem}class_ids": view.class_ids,
            f"{stem}flags": view.flags,
            f"{stem}clear_share": view.clear_share,
            f"{stem}probabilities": view.probabilities,
            f"{stem}acquisition": view.which,
            f"{stem}look": view.look,
            "coverage": view.grid.coverage,
        }
        marker: dict[str, Any] = {
            f"{stem}acquisitions": [a.to_json() for a in view.acquisitions],
            "notes": list(view.notes),
        }
        return arrays, marker

    def _classified(
        self, view: View, acquisition: Acquisition, wanted: NDArray[np.bool_], ring: int = 0
    ) -> Placed | None:
        """Classify tiles of the block; None where the swath passed beside it."""
        try:
            return classified(self._request, self._block, self._source, self._network, acquisition, wanted, ring=ring)
        except NoAcquisitionError as error:
            view.notes[str(error)] = None
            return None


def _grid(grid: TileGrid) -> dict[str, int]:
    return {name: getattr(grid, name) for name in ("epsg", "east0", "north0", "n_rows", "n_cols", "cell_m")}


def _counts(view: View) -> dict[str, Any]:
    """Count cells, and those without a class by their first reason."""
    left_out, seen = {}, ~view.grid.inside
    for name, flag in (("no_data", TileFlag.NO_DATA), ("cloudy", TileFlag.CLOUDY), ("unlike", TileFlag.OOD)):
        here = ((view.flags & np.uint8(flag)) > 0) & ~seen
        left_out[name], seen = int(np.count_nonzero(here)), seen | here
    return {
        "total": view.grid.n_tiles,
        "tiles": view.grid.tiles.n_tiles,
        "classified": int(np.count_nonzero(view.class_ids != NO_DATA)),
        "left_out": left_out,
    }


def _received(source: ImagerySource) -> int:
    return int(getattr(getattr(source, "web", None), "received", 0))
