"""The map of one zone as a result that the Report page and ``report --from`` open, with a picture of 80 m pixels."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.classes import N_CLASSES, NO_DATA
from lulc_core.domain.files import write_files
from lulc_core.domain.grid import TileGrid
from lulc_core.domain.land_cover import LandCoverMap, ModelInfo
from lulc_core.domain.projection import to_lonlat
from lulc_core.domain.results import DatedMap
from lulc_core.domain.scene import Acquisition
from lulc_core.export.bundle import Bundle, bundle_files
from lulc_core.export.provenance import provenance
from lulc_core.region.blocks import RegionBlock, zones_of
from lulc_core.region.folder import RunFolder
from lulc_core.region.rasters import MadeBlock, zone_grid
from lulc_core.region.request import RegionRequest
from lulc_core.region.view import LOOK_PX

MAX_TILES = 250_000
"""Of the rectangle around a zone's blocks; a presentation of more says nothing that one can see, and takes minutes."""


def folder_name(epsg: int) -> str:
    """Return the name of the folder that a zone's result is in."""
    return f"report_{epsg}"


def write_report_result(
    request: RegionRequest,
    blocks: Sequence[RegionBlock],
    made: Iterable[MadeBlock],
    folder: RunFolder,
    model: ModelInfo,
    kept: Mapping[str, Any],
) -> None:
    """Write the result of a zone into a folder of its own; none where there is nothing, or too much, to show.

    Args:
        request: of the region.
        blocks: of the zone.
        made: those of them that are made.
        folder: of the run.
        model: that named the tiles.
        kept: the request in the words of the command line.

    Raises:
        SourceError: it cannot be written.
    """
    target = folder.path / folder_name(blocks[0].epsg)
    bundle = _bundle(request, blocks, made, model, kept)
    if bundle is None:
        shutil.rmtree(target, ignore_errors=True)
        return
    files = bundle_files(bundle)
    write_files(files, target, what="the result")  # result.json is the last


def _bundle(
    request: RegionRequest,
    blocks: Sequence[RegionBlock],
    made: Iterable[MadeBlock],
    model: ModelInfo,
    kept: Mapping[str, Any],
) -> Bundle | None:
    bare = zone_grid(blocks, request.cell_m)
    shape = bare.shape
    if shape[0] * shape[1] > MAX_TILES:
        return None
    class_ids, flags = np.full(shape, NO_DATA, np.uint8), np.zeros(shape, np.uint8)
    clear_share, coverage = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    probabilities = np.full((*shape, N_CLASSES), np.nan, np.float32)
    picture = np.zeros((shape[0] * LOOK_PX, shape[1] * LOOK_PX, 3), np.uint8)
    cells: Counter[str] = Counter()
    listed: dict[str, Acquisition] = {}
    for one in made:
        row, col = bare.north0 - one.grid.north0, one.grid.east0 - bare.east0
        here = slice(row, row + one.grid.n_rows), slice(col, col + one.grid.n_cols)
        for whole, part in (
            (class_ids, one.arrays["class_ids"]),
            (flags, one.arrays["flags"]),
            (clear_share, one.arrays["clear_share"]),
            (coverage, one.grid.coverage),
            (probabilities, np.moveaxis(one.arrays["probabilities"], 0, 2)),
        ):
            whole[here] = part
        picture[tuple(slice(s.start * LOOK_PX, s.stop * LOOK_PX) for s in here)] = one.arrays["look"]
        for number, values in enumerate(one.marker["acquisitions"]):
            acquisition = Acquisition.from_json(values)
            listed[acquisition.id] = acquisition
            cells[acquisition.id] += int(np.count_nonzero(one.arrays["acquisition"] == number))
    if not listed or not (class_ids != NO_DATA).any():
        return None
    grid = TileGrid(bare.epsg, bare.east0, bare.north0, *shape, request.aoi.key, coverage, bare.cell_m)
    main = listed[max(cells, key=lambda key: (cells[key], key))]
    notes, whole_clear = _notes(main, listed, cells), float((clear_share * coverage).sum() / coverage.sum())
    acquisition = replace(main, clear_share=round(whole_clear, 4), cloud_cover_pct=None, notes=notes)
    land_cover = LandCoverMap(grid, acquisition, model, probabilities, class_ids, flags, clear_share, notes)
    aoi = _zone_area(request.aoi, grid.epsg, _title(request, listed))
    origin = provenance("map", [("map", land_cover)], aoi=aoi, request=kept, attribution=acquisition.attribution)
    dated = DatedMap(land_cover, land_cover, picture)
    return Bundle("map", (dated,), aoi, kept, notes, origin)


def _notes(main: Acquisition, listed: Mapping[str, Acquisition], cells: Counter[str]) -> tuple[str, ...]:
    """Say first what a reader of one date must know: how many dates there are."""
    days = sorted({a.date for a in listed.values()})
    if len(days) == 1:
        return main.notes
    share = f"{cells[main.id] / max(sum(cells.values()), 1):.0%}"
    note = (
        f"A region of {len(listed)} acquisitions from {days[0]} to {days[-1]}; {share} of its squares are of "
        f"{main.date}, the day named here. The file of dates says which day each square is from."
    )
    return (note, *main.notes)


def _title(request: RegionRequest, listed: Mapping[str, Acquisition]) -> str:
    """Name the region by its days where there are several: every title and file name then says so, in any language."""
    name, days = request.aoi.name, sorted({a.date for a in listed.values()})
    return name if len(days) == 1 else f"{name or 'region ' + request.key[:4]} ({days[0]} – {days[-1]})"


def _zone_area(aoi: Aoi, epsg: int, name: str) -> Aoi:
    own = next(zone for zone in zones_of(aoi) if zone.epsg == epsg).own
    ground = shapely.transform(own, lambda c: np.column_stack(to_lonlat(epsg, c[:, 0], c[:, 1])))
    return Aoi.from_geometry([p for p in shapely.get_parts(ground) if p.geom_type == "Polygon"], name=name)
