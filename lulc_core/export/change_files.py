"""A comparison as files that other programs read: a GeoTIFF, a GeoJSON, a table and a summary.

The same comparison gives the same bytes: nothing in the files tells when or where they were written.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import numpy as np

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.change import CERTAINTY_NAMES, TRAJECTORY_NAMES, Certainty, ChangeReport, Trajectory
from lulc_core.domain.classes import CLASS_NAMES, NO_DATA
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.export.files import TileOutlines, feature_collection, json_bytes, tile_raster
from lulc_core.export.provenance import ACQUISITION_FACTS, grid_facts, tags
from lulc_core.version import __version__

_BALANCE_HA = ("before_ha", "after_ha", "gain_ha", "loss_ha", "net_ha")


def change_files(report: ChangeReport, *, aoi: Aoi | None = None) -> dict[str, bytes]:
    """Make change.tif, changes.geojson, transitions.csv and summary.json; arguments as of :func:`change_summary`."""
    return {
        "change.tif": change_tif(report),
        "changes.geojson": changes_geojson(report).encode(),
        "transitions.csv": transitions_csv(report).encode(),
        "summary.json": json_bytes(change_summary(report, aoi=aoi), indent=2),
    }


def change_summary(report: ChangeReport, *, aoi: Aoi | None = None) -> dict[str, Any]:
    """Say a comparison in numbers, ready for JSON. Key names are a contract that scripts depend on.

    Args:
        report: the comparison.
        aoi: the drawn shape; the summary then holds its outline.
    """
    change = report.change
    ha, zeros = change.tile_ha, dict.fromkeys(CLASS_NAMES, 0.0)
    out: dict[str, Any] = {
        "tiles": {
            "total": change.grid.n_tiles,
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
        **{
            f"{key}_ha": zeros | {b.name: round(getattr(b, f"{of}_ha"), 4) for b in report.balances}
            for key, of in (("gains", "gain"), ("losses", "loss"), ("net", "net"))
        },
        "corine_level_1": [
            {
                "group": b.id,
                "name": b.label,
                **{key: round(getattr(b, key), 4) for key in _BALANCE_HA},
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
        "grid": grid_facts(change.grid),
        "simulated": change.simulated,
        "attribution": change.attribution,
        "notes": list(dict.fromkeys(report.notes)),
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
    name = f"changes_{change.before.acquisition.date}_{change.after.acquisition.date}"
    return feature_collection(name, _features(report), attribution=change.attribution, simulated=change.simulated)


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
    metadata = {
        "before_id": acquisitions[0].id,
        "before_datetime": acquisitions[0].datetime.isoformat(),
        "after_id": acquisitions[1].id,
        "after_datetime": acquisitions[1].datetime.isoformat(),
        **tags(change.before.model, change.attribution, simulated=change.simulated),
        **{f"class_{i}": name for i, name in enumerate(CLASS_NAMES)},
    }
    return tile_raster(change.grid, bands.astype(np.float32), ["from", "to", "chance"], nodata=NO_DATA, tags=metadata)


def _date(m: LandCoverMap) -> dict[str, Any]:
    return {
        **m.acquisition.to_json("date", *ACQUISITION_FACTS, "relative_orbit"),
        "clear_share": round(m.clear_share_of_area, 4),
        "areas_ha": {name: round(float(m.class_ha[i]), 4) for i, name in enumerate(CLASS_NAMES)},
        "left_out": m.left_out(),
    }
