"""A comparison as files that other programs read: a GeoTIFF, a GeoJSON, a table and a summary.

The same comparison gives the same bytes: nothing in the files tells when or where they were written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.change import CERTAINTY_NAMES, TRAJECTORY_NAMES, VERDICT_NAMES, ChangeReport
from lulc_core.domain.classes import CLASS_NAMES, NO_DATA
from lulc_core.domain.interchange import change_columns
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.export.files import TileOutlines, feature_collection, json_bytes, probabilities_by_class, tile_raster
from lulc_core.export.provenance import ACQUISITION_FACTS, grid_facts, rounded, tags
from lulc_core.export.tables import transitions
from lulc_core.version import __version__

_BALANCE_HA = ("before_ha", "after_ha", "gain_ha", "loss_ha", "net_ha")


def change_files(report: ChangeReport, *, aoi: Aoi | None = None) -> dict[str, bytes]:
    """Make change.tif, changes.geojson, transitions.csv and summary.json; arguments as of :func:`change_summary`."""
    return {
        "change.tif": change_tif(report),
        "changes.geojson": changes_geojson(report).encode(),
        "transitions.csv": transitions(report).encode(),
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
            "left_out_by_date": {"before": change.before.left_out(), "after": change.after.left_out()},
            "differing_not_counted": int(np.count_nonzero(change.differs & ~change.changed)),
            "certainty": {
                name: int(np.count_nonzero(change.certainty == level)) for level, name in CERTAINTY_NAMES.items()
            },
            "course": {
                name: int(np.count_nonzero(change.differs & (change.trajectory == level)))
                for level, name in TRAJECTORY_NAMES.items()
            },
            "verdict": {name: int(np.count_nonzero(change.verdict == v)) for v, name in VERDICT_NAMES.items()},
        },
        "area": {
            "total_ha": round(change.before.total_ha, 4),
            "compared_ha": round(float(ha[change.compared].sum()), 4),
            "changed_ha": round(float(ha[change.changed].sum()), 4),
            "changed_pct": round(float(report.transitions.pct[report.transitions.off_diagonal].sum()), 4),
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
    """Write the compared tiles as a GeoJSON FeatureCollection, one feature a line, most credible change first.

    Polygons are whole tiles in longitude and latitude (WGS 84), cut at the antimeridian (RFC 7946). ``sentence`` is
    null where the class is the same.
    """
    change = report.change
    name = f"changes_{change.before.acquisition.date}_{change.after.acquisition.date}"
    return feature_collection(name, _features(report), attribution=change.attribution, simulated=change.simulated)


def _features(report: ChangeReport) -> Iterator[dict[str, Any]]:
    change, columns = report.change, change_columns(report)
    outlines = TileOutlines(change.grid)
    for (row, col), *values in zip(report.order, *columns.values(), strict=True):
        cell = dict(zip(columns, values, strict=True))
        yield {
            "type": "Feature",
            "geometry": outlines.geometry(row, col),
            "properties": {
                "rank": int(cell["rank"]),
                **{key: cell[key] for key in ("tile_id", "from", "to")},
                "chance": round(float(cell["chance"]), 6),
                "changed": bool(cell["counted"]),
                **{key: cell[key] for key in ("certainty", "course", "verdict")},
                "ha": round(float(cell["ha"]), 4),
                "probabilities_before": probabilities_by_class(change.before, row, col),
                "probabilities_after": probabilities_by_class(change.after, row, col),
                "sentence": cell["sentence"],
            },
        }


def change_tif(report: ChangeReport) -> bytes:
    """Write class before, class after and change probability as a GeoTIFF, 255 where not compared."""
    change = report.change
    change_probability = np.where(change.compared, change.change_probability, np.float32(NO_DATA))
    bands = np.stack([change.from_ids.astype(np.float32), change.to_ids.astype(np.float32), change_probability])
    before, after = change.before.acquisition, change.after.acquisition
    metadata = {
        "before_id": before.id,
        "before_datetime": before.datetime.isoformat(),
        "after_id": after.id,
        "after_datetime": after.datetime.isoformat(),
        **tags(change.before.model, change.attribution, simulated=change.simulated),
        **{f"class_{i}": name for i, name in enumerate(CLASS_NAMES)},
    }
    return tile_raster(change.grid, bands.astype(np.float32), ["from", "to", "chance"], nodata=NO_DATA, tags=metadata)


def _date(m: LandCoverMap) -> dict[str, Any]:
    return {
        **m.acquisition.to_json("date", *ACQUISITION_FACTS, "relative_orbit"),
        "clear_share": rounded(m.clear_share_of_area),
        "areas_ha": {name: round(float(m.class_ha[i]), 4) for i, name in enumerate(CLASS_NAMES)},
        "left_out": m.left_out(),
    }
