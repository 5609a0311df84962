"""The finished files of a region: rasters per zone, cells, areas, catalogue, and run.json that says what they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lulc_core.domain.errors import LulcError
from lulc_core.domain.files import write_whole
from lulc_core.domain.grid import TILE_M
from lulc_core.domain.land_cover import ModelInfo
from lulc_core.domain.scene import Acquisition, attribution_of
from lulc_core.export.provenance import tags as raster_tags
from lulc_core.export.provenance import versions
from lulc_core.region.blocks import RegionBlock
from lulc_core.region.catalogue import catalogue_files
from lulc_core.region.folder import OutputError, RunFolder
from lulc_core.region.rasters import MadeBlock, change_layer, join, map_layers, zone_grid
from lulc_core.region.report_result import write_report_result
from lulc_core.region.request import RegionRequest
from lulc_core.region.tables import AreaTable, ChangeTable, NamedShape, write_cells

if TYPE_CHECKING:
    from lulc_core.region.run import Outcome

CELLS_FILE, AREAS_FILE, CHANGES_FILE = "tiles.parquet", "areas.csv", "transitions.csv"


def finish(
    request: RegionRequest,
    folder: RunFolder,
    blocks: Sequence[RegionBlock],
    outcome: Outcome | None,
    kept: Mapping[str, Any],
    *,
    units: Sequence[NamedShape] | None,
    say: Callable[[str, bool], None],
) -> dict[str, Any]:
    """Join the blocks that are made; files that are up to date are left as they are.

    Args:
        request: of the region.
        folder: of the run.
        blocks: all of the region.
        outcome: of making them just now; None where there was nothing to make.
        kept: the request in the words of the command line.
        units: polygons that areas are reported for, beside the whole.
        say: takes lines of progress.

    Returns:
        The content of run.json.

    Raises:
        OutputError: a file cannot be written.
        FileFormatError: a block's file is damaged.
    """
    markers = {b.name: m for b in blocks if (m := folder.marker(b.name, request.key)) is not None}
    failures = {name: f for name, f in folder.failures().items() if name not in markers}
    folder.write_failures(failures.values())
    made_of = _made_of(markers)
    before = folder.kept_run() or {}
    kept_files = before.get("made_of", {})
    roles = ("map",) if request.before is None else ("before", "after")
    acquisitions = _acquisitions(markers, roles)
    attribution = attribution_of(acquisitions)
    simulated = any(a.simulated for a in acquisitions)
    model = ModelInfo(_model_name(request), request.model_sha256)
    tags = raster_tags(model, attribution, simulated=simulated) | {"region_run": request.key}
    files: dict[str, str] = {}

    def read(chosen: Sequence[RegionBlock]) -> Iterator[MadeBlock]:
        for block in chosen:
            if block.name in markers:
                marker = markers[block.name]
                yield MadeBlock.read(block, marker, folder.arrays(block.name, marker))

    layers = list(map_layers())
    if request.before is not None:
        layers += [*map_layers("before_"), change_layer()]
    record = {k: v for k, v in before.items() if k != "format"} | {"made_of": dict(kept_files)}
    for epsg in sorted({b.epsg for b in blocks}):
        of_zone = [b for b in blocks if b.epsg == epsg]
        names = [f"{layer.name}_{epsg}.tif" for layer in layers]
        if not _current(folder, names, kept_files, made_of):
            say(f"Joining {len(of_zone):,} blocks of EPSG:{epsg}", True)
            join(layers, zone_grid(of_zone, request.cell_m), read(of_zone), folder.path, tags)
            record["made_of"] |= dict.fromkeys(names, made_of)
            folder.write_run(record)  # what is joined stays so, should the next file fail
        files |= {name: _sha256(folder.path / name) for name in names}
    say(f"Writing {CELLS_FILE} and {AREAS_FILE}", True)
    areas = AreaTable(units or (), roles)
    tables: dict[str, AreaTable | ChangeTable] = {AREAS_FILE: areas}
    if request.before is not None:
        tables[CHANGES_FILE] = ChangeTable()
    try:
        write_cells(folder.path / CELLS_FILE, read(blocks), list(tables.values()))
        for name, table in tables.items():
            write_whole(folder.path / name, table.text(attribution).encode())
    except OSError as error:
        if isinstance(error, LulcError):
            raise
        hint = "Make room; the same command goes on with what is made."
        raise OutputError(f"The tables cannot be written to {folder.path}: {error}.", hint=hint) from error
    files |= {name: _sha256(folder.path / name) for name in (CELLS_FILE, *tables)}
    if request.cell_m == TILE_M:  # blocks of finer cells keep no map of tiles beside
        for epsg in sorted({b.epsg for b in blocks}):
            of_zone = [b for b in blocks if b.epsg == epsg]
            write_report_result(request, of_zone, read(of_zone), folder, model, kept)
    for name, data in catalogue_files(request, acquisitions, blocks, files, attribution).items():
        (folder.path / name).write_bytes(data)
        files[name] = hashlib.sha256(data).hexdigest()
    run: dict[str, Any] = {
        "run": request.key,
        "request": dict(kept),
        "facts": request.facts(),
        "simulated": simulated,
        "attribution": attribution,
        "model": {"name": model.name, "sha256": model.sha256},
        "blocks": {"total": len(blocks), "done": len(markers), "failed": len(failures)},
        "cells": _cells(markers),
        "areas_ha": {role: areas.class_ha(role) for role in roles},
        "acquisitions": [
            a.to_json("id", "datetime", "level", "satellite", "products", "baseline") for a in acquisitions
        ],
        "notes": list(dict.fromkeys(note for m in markers.values() for note in m["notes"])),
        "versions": versions(),
        "files": files,
        "made_of": dict.fromkeys(files, made_of),
        "made": _pace(before, outcome),
    }
    folder.write_run(run)
    return run


def _made_of(markers: Mapping[str, Mapping[str, Any]]) -> str:
    """Name what the files are made of: all blocks, as they are now."""
    text = "".join(f"{name}:{m['sha256']}\n" for name, m in sorted(markers.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _current(folder: RunFolder, names: Sequence[str], kept: Mapping[str, str], made_of: str) -> bool:
    return all(kept.get(name) == made_of and (folder.path / name).is_file() for name in names)


def _acquisitions(markers: Mapping[str, Mapping[str, Any]], roles: Sequence[str]) -> list[Acquisition]:
    found: dict[str, Acquisition] = {}
    for marker in markers.values():
        for stem in ("before_", "") if len(roles) > 1 else ("",):
            for values in marker[f"{stem}acquisitions"]:
                found.setdefault(values["id"], Acquisition.from_json(values))
    return sorted(found.values(), key=lambda a: (a.datetime, a.id))


def _cells(markers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    total = {"total": 0, "tiles": 0, "classified": 0}
    left_out = dict.fromkeys(("no_data", "cloudy", "unlike"), 0)
    for marker in markers.values():
        total = {name: count + marker["cells"][name] for name, count in total.items()}
        left_out = {name: count + marker["cells"]["left_out"][name] for name, count in left_out.items()}
    return {**total, "left_out": left_out}


def _pace(before: Mapping[str, Any], outcome: Outcome | None) -> list[dict[str, Any]]:
    """How long it took, a row for each time that blocks were made."""
    earlier = list(before.get("made", []))
    if outcome is None or not outcome.made_now:
        return earlier
    figures = {"blocks": outcome.made_now, "seconds": round(outcome.seconds, 1), "tiles_per_s": outcome.tiles_per_s}
    return [*earlier, {**figures, "worker_peak_mb": outcome.peak_mb}]


def _model_name(request: RegionRequest) -> str:
    from lulc_core.model.card import load_card

    return load_card(request.model).name


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
