"""A comparison as files that other programs read: a GeoTIFF, a GeoJSON, a table and a summary.

The same comparison gives the same bytes: nothing in the files tells when or where they were written.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.change import CERTAINTY_NAMES, TRAJECTORY_NAMES, Certainty, ChangeReport, ClassBalance, Trajectory
from lulc_core.domain.classes import CLASS_NAMES, NO_DATA
from lulc_core.domain.grid import TILE_M
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.export.files import TileOutlines, tile_raster, write_files
from lulc_core.export.map_files import check_folder
from lulc_core.export.provenance import licence
from lulc_core.version import __version__

FILE_NAMES = ("change.tif", "changes.geojson", "transitions.csv", "summary.json")
"""What :func:`write_change` writes, in this order."""


class HasReport(Protocol):
    """What files are made from; ``comparison.CompareResult`` is one."""

    @property
    def report(self) -> ChangeReport:
        """The comparison."""


def write_change(
    result: HasReport, folder: Path, *, aoi: Aoi | None = None, extra_notes: Sequence[str] = ()
) -> tuple[Path, ...]:
    """Writes change.tif, changes.geojson, transitions.csv and summary.json; all four or none.

    Args:
        result: what ``comparison.compare`` returned.
        folder: made where it does not exist.
        aoi: the drawn shape; the summary then holds its outline.
        extra_notes: sentences to add to the summary's notes.

    Returns:
        The four paths, in the order of FILE_NAMES.

    Raises:
        InputError: the folder's name is that of a file.
        SourceError: the disk is full, the folder must not be written to.
    """
    folder = Path(folder)
    check_folder(folder)
    return write_files(change_files(result, aoi=aoi, extra_notes=extra_notes), folder, what="the comparison")


def change_files(result: HasReport, *, aoi: Aoi | None = None, extra_notes: Sequence[str] = ()) -> dict[str, bytes]:
    """The four files of :func:`write_change` in memory, by name, for a download."""
    numbers = change_summary(result, aoi=aoi, extra_notes=extra_notes)
    return {
        "change.tif": change_tif(result.report),
        "changes.geojson": changes_geojson(result.report).encode(),
        "transitions.csv": transitions_csv(result.report).encode(),
        "summary.json": (json.dumps(numbers, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode(),
    }


def change_summary(result: HasReport, *, aoi: Aoi | None = None, extra_notes: Sequence[str] = ()) -> dict[str, Any]:
    """What a comparison says in numbers, ready for JSON. Key names are a contract that scripts depend on."""
    report = result.report
    change, grid = report.change, report.change.grid
    ha = change.tile_ha
    out: dict[str, Any] = {
        "tiles": {
            "total": grid.n_tiles,
            "compared": int(np.count_nonzero(change.compared)),
            "changed": int(np.count_nonzero(change.changed)),
            "left_out": change.left_out(),
            "left_out_by_date": change.left_out_by_date(),
            "differing_not_counted": int(np.count_nonzero(change.differs & ~change.changed)),
            "certainty": {
                name: int(np.count_nonzero(change.certainty == level)) for level, name in CERTAINTY_NAMES.items()
            },
            "course": {
                name: int(np.count_nonzero(change.differs & (change.trajectory == level)))
                for level, name in TRAJECTORY_NAMES.items()
            },
        },
        "area": {
            "total_ha": round(change.before.total_ha, 4),
            "compared_ha": round(float(ha[change.compared].sum()), 4),
            "changed_ha": round(float(ha[change.changed].sum()), 4),
            "changed_pct": round(100 * float(ha[change.changed].sum() / ha[change.compared].sum()), 4),
        },
        "before": _date(change.before),
        "after": _date(change.after),
        "confirm": [_date(m) for m in change.confirm],
        "gains_ha": {b.name: round(b.gain_ha, 4) for b in _all_classes(report.balances)},
        "losses_ha": {b.name: round(b.loss_ha, 4) for b in _all_classes(report.balances)},
        "net_ha": {b.name: round(b.net_ha, 4) for b in _all_classes(report.balances)},
        "corine_level_1": [
            {
                "group": b.id,
                "name": b.label,
                "before_ha": round(b.before_ha, 4),
                "after_ha": round(b.after_ha, 4),
                "gain_ha": round(b.gain_ha, 4),
                "loss_ha": round(b.loss_ha, 4),
                "net_ha": round(b.net_ha, 4),
            }
            for b in report.corine_balances
        ],
        "sentences": list(report.sentences),
        "rule": {
            "min_chance": change.rule.min_probability,
            "min_chance_alike": change.rule.min_probability_confused,
            "very_likely": change.rule.very_likely,
        },
        "model": {"name": change.before.model.name, "sha256": change.before.model.sha256},
        "grid": {
            "epsg": grid.epsg,
            "tile_m": TILE_M,
            "cell_m": grid.cell_m,
            "rows": grid.n_rows,
            "columns": grid.n_cols,
            "bounds_m": list(grid.bounds),
        },
        "simulated": change.simulated,
        "attribution": change.attribution,
        "notes": list(dict.fromkeys([*report.notes, *extra_notes])),
        "versions": {"lulc_core": __version__},
    }
    if aoi is not None:
        out["area"]["name"] = aoi.name
        out["area"]["geometry"] = aoi.to_geojson()
    return out


def changes_geojson(report: ChangeReport) -> str:
    """Every compared tile as a GeoJSON FeatureCollection, one feature a line, most credible change first.

    Polygons are whole tiles in longitude and latitude (WGS 84), cut at the antimeridian (RFC 7946). ``sentence`` is
    null where the class is the same.
    """
    change = report.change
    head = {
        "type": "FeatureCollection",
        "name": f"changes_{change.before.acquisition.date}_{change.after.acquisition.date}",
        "attribution": change.attribution,
        "licence": licence(change.simulated),
        "simulated": change.simulated,
    }
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, allow_nan=False) for f in _features(report))
    return json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [\n' + lines + "\n]}\n"


def transitions_csv(report: ChangeReport) -> str:
    """All pairs of classes, earlier and later: ``from,to,tiles,ha,pct,label_tiles,label_ha``.

    ``tiles``, ``ha`` and ``pct`` count off the diagonal only what counts as a change (a difference that does not is
    on the diagonal); ``label_tiles`` and ``label_ha`` take the classes of the two maps as they are. Both sum to the
    compared tiles.
    """
    counted, labels = report.transitions, report.label_transitions
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["from", "to", "tiles", "ha", "pct", "label_tiles", "label_ha"])
    for i, before in enumerate(counted.names):
        for j, after in enumerate(counted.names):
            table.writerow(
                [
                    before,
                    after,
                    int(counted.tiles[i, j]),
                    f"{counted.ha[i, j]:.4f}",
                    f"{counted.pct[i, j]:.4f}",
                    int(labels.tiles[i, j]),
                    f"{labels.ha[i, j]:.4f}",
                ]
            )
    return out.getvalue()


def _features(report: ChangeReport) -> Iterator[dict[str, Any]]:
    change = report.change
    outlines = TileOutlines(change.grid)
    said = {(p.row, p.col): p.sentence for p in report.places}
    for rank, (row, col) in enumerate(report.order, start=1):
        p_before, p_after = change.before.probabilities[row, col], change.after.probabilities[row, col]
        yield {
            "type": "Feature",
            "geometry": outlines.geometry(row, col),
            "properties": {
                "rank": rank,
                "tile_id": change.grid.tile_id(row, col),
                "from": CLASS_NAMES[int(change.before.class_ids[row, col])],
                "to": CLASS_NAMES[int(change.after.class_ids[row, col])],
                "chance": round(float(change.change_probability[row, col]), 6),
                "changed": bool(change.changed[row, col]),
                "certainty": CERTAINTY_NAMES[Certainty(int(change.certainty[row, col]))],
                "course": TRAJECTORY_NAMES[Trajectory(int(change.trajectory[row, col]))],
                "ha": round(float(change.tile_ha[row, col]), 4),
                "probabilities_before": {n: round(float(p_before[i]), 6) for i, n in enumerate(CLASS_NAMES)},
                "probabilities_after": {n: round(float(p_after[i]), 6) for i, n in enumerate(CLASS_NAMES)},
                "sentence": said.get((row, col)),
            },
        }


def change_tif(report: ChangeReport) -> bytes:
    """Class before, class after and chance of change as a GeoTIFF, one pixel per cell, 255 where not compared."""
    change = report.change
    change_probability = np.where(change.compared, change.change_probability, np.float32(NO_DATA))
    bands = np.stack([change.from_ids.astype(np.float32), change.to_ids.astype(np.float32), change_probability])
    acquisitions = [change.before.acquisition, change.after.acquisition]
    tags = {
        "before_id": acquisitions[0].id,
        "before_datetime": acquisitions[0].datetime.isoformat(),
        "after_id": acquisitions[1].id,
        "after_datetime": acquisitions[1].datetime.isoformat(),
        "simulated": "SIMULATED" if change.simulated else "no",
        "model": change.before.model.name,
        "model_sha256": change.before.model.sha256,
        "licence": licence(change.simulated),
        "TIFFTAG_COPYRIGHT": change.attribution,
        "TIFFTAG_SOFTWARE": f"LULC Explorer {__version__}",
        **{f"class_{i}": name for i, name in enumerate(CLASS_NAMES)},
    }
    return tile_raster(change.grid, bands.astype(np.float32), ["from", "to", "chance"], nodata=NO_DATA, tags=tags)


def _date(m: LandCoverMap) -> dict[str, Any]:
    a = m.acquisition
    return {
        "date": a.date,
        "id": a.id,
        "datetime": a.datetime.isoformat(),
        "level": a.level,
        "source": a.source,
        "simulated": a.simulated,
        "satellite": a.satellite,
        "relative_orbit": a.relative_orbit,
        "cloud_cover_pct": a.cloud_cover_pct,
        "clear_share": a.clear_share,
        "products": list(a.products),
        "baseline": a.baseline,
        "areas_ha": {name: round(float(m.class_ha[i]), 4) for i, name in enumerate(CLASS_NAMES)},
        "left_out": m.left_out(),
    }


def _all_classes(found: Sequence[ClassBalance]) -> list[ClassBalance]:
    """All ten, in their order; those that do not occur with zeros."""
    by_id = {b.id: b for b in found}
    return [
        by_id.get(i) or ClassBalance(i, name, "", "", 0.0, 0.0, 0.0, 0.0, 0, 0) for i, name in enumerate(CLASS_NAMES)
    ]
