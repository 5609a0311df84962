"""A whole result as files that can be read back: what ``map`` and ``compare`` write, so that it can be shown later.

Each date is kept as cloud-optimised GeoTIFFs: classes, probabilities, quality (flags, clear share, share of the tile
in the drawn shape) and the true-colour picture. ``result.json`` says what belongs together, and holds the hash of
every file: a folder that was damaged, or mixed with another, is refused instead of read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import mapping

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import RGB
from lulc_core.domain.files import check_folder, write_files
from lulc_core.domain.land_cover import FLAG_NAMES, LandCoverMap
from lulc_core.domain.radiometry import to_true_colour
from lulc_core.domain.results import ClassifyResult, CompareResult, DatedMap
from lulc_core.domain.scene import Scene, attribution_of
from lulc_core.export.change_files import change_files
from lulc_core.export.cog import cog
from lulc_core.export.files import json_bytes, tile_raster
from lulc_core.export.map_files import land_cover_tif, map_files, map_tags, probabilities_tif
from lulc_core.export.provenance import provenance

FORMAT, FORMAT_VERSION = "lulc-explorer-result", 1
RESULT_FILE = "result.json"
Kind = Literal["map", "compare"]


@dataclass(frozen=True, eq=False)
class Bundle:
    """A whole result without its spectra. Make one with :func:`bundle_of` or ``bundle_read.read_bundle``."""

    kind: Kind
    dates: tuple[DatedMap, ...]
    """One; or before, after, and further dates oldest first."""
    aoi: Aoi
    """The drawn shape."""
    request: Mapping[str, Any]
    """What was asked for."""
    notes: tuple[str, ...]
    """What limits the answer."""
    provenance: Mapping[str, Any]
    """The content of provenance.json, as it was when the result was made."""

    def __post_init__(self) -> None:
        if self.kind not in ("map", "compare"):
            raise ValueError(f"a result is a map or a comparison, not {self.kind!r}")
        if len(self.dates) < (2 if self.kind == "compare" else 1) or (self.kind == "map" and len(self.dates) > 1):
            raise ValueError(f"a {self.kind} has {len(self.dates)} dates")
        object.__setattr__(self, "request", MappingProxyType(dict(self.request)))
        object.__setattr__(self, "provenance", MappingProxyType(dict(self.provenance)))

    @property
    def after(self) -> DatedMap:
        """The only date of a map, the later one of a comparison."""
        return self.dates[0] if self.kind == "map" else self.dates[1]

    @property
    def before(self) -> DatedMap | None:
        """The earlier date of a comparison."""
        return None if self.kind == "map" else self.dates[0]

    @property
    def confirm(self) -> tuple[DatedMap, ...]:
        """Further dates of a comparison, oldest first."""
        return self.dates[2:]

    @property
    def simulated(self) -> bool:
        """True if any of the imagery was simulated, which every picture and file must say."""
        return any(d.land_cover.simulated for d in self.dates)

    @property
    def attribution(self) -> str:
        """What every picture and file made from it must say."""
        return attribution_of([d.acquisition for d in self.dates])

    @property
    def roles(self) -> tuple[str, ...]:
        """``map``, or ``before``, ``after``, ``confirm`` ... for each date."""
        return ("map",) if self.kind == "map" else ("before", "after", *("confirm" for _ in self.confirm))

    @property
    def stems(self) -> tuple[str, ...]:
        """What the file names of each date begin with: nothing for a map, else ``before_``, ``confirm_1_`` ..."""
        if self.kind == "map":
            return ("",)
        return ("before_", "after_", *(f"confirm_{i}_" for i in range(1, len(self.confirm) + 1)))


def bundle_of(result: ClassifyResult | CompareResult, *, aoi: Aoi, request: Mapping[str, Any]) -> Bundle:
    """Make a bundle of a result.

    Args:
        result: of ``pipeline.classify`` or ``pipeline.compare``.
        aoi: the drawn shape.
        request: what was asked for, plain values that JSON knows; no secrets, no whole paths.
    """
    report = result.report if isinstance(result, CompareResult) else None
    dates = tuple(DatedMap(r.land_cover, r.tiles, _picture(r.scene)) for r in result.dates)
    notes = dates[0].land_cover.notes if report is None else report.notes
    bundle = Bundle("map" if report is None else "compare", dates, aoi, _through_json(request), tuple(notes), {})
    origin = provenance(
        bundle.kind,
        [(role, d.land_cover) for role, d in zip(bundle.roles, dates, strict=True)],
        aoi=aoi,
        request=bundle.request,
        attribution=bundle.attribution,
        rule=None if report is None else report.change.rule.to_json(),
    )
    return replace(bundle, provenance=_through_json(origin))


def _through_json(value: Mapping[str, Any]) -> dict[str, Any]:
    """Make of values what would be read back later, tuples and all."""
    return json.loads(json.dumps(dict(value), allow_nan=False))


def result_files(result: ClassifyResult | CompareResult, *, aoi: Aoi, request: Mapping[str, Any]) -> dict[str, bytes]:
    """Make everything that ``map`` or ``compare`` writes: its four files, then those that let it be read back."""
    if isinstance(result, CompareResult):
        first = change_files(result.report, aoi=aoi)
    else:
        first = map_files(result.land_cover, result.tiles, aoi=aoi)
    return {**first, **bundle_files(bundle_of(result, aoi=aoi, request=request))}


def write_result(
    result: ClassifyResult | CompareResult, folder: Path, *, aoi: Aoi, request: Mapping[str, Any]
) -> tuple[Path, ...]:
    """Write :func:`result_files`, all of them or none. Other files in the folder are left alone.

    Returns:
        The paths, the four files for other programs first.

    Raises:
        InputError: the folder's name is that of a file.
        SourceError: the disk is full, the folder must not be written to.
    """
    check_folder(folder)
    what = "the comparison" if isinstance(result, CompareResult) else "the map"
    return write_files(result_files(result, aoi=aoi, request=request), folder, what=what)


def bundle_files(bundle: Bundle, *, prefix: str = "") -> dict[str, bytes]:
    """Make the files from which the bundle can be read back, by name; ``result.json`` is the last.

    Args:
        bundle: what to keep.
        prefix: for the names of all rasters, such as ``SIMULATED_``.
    """
    files: dict[str, bytes] = {}
    dates = []
    for role, stem, dated in zip(bundle.roles, bundle.stems, bundle.dates, strict=True):
        entry: dict[str, Any] = {
            "role": role,
            "acquisition": dated.acquisition.to_json(),
            "model": asdict(dated.land_cover.model),
            "picture": f"{prefix}{stem}true_colour.tif",
            "land_cover": _map_files(dated.land_cover, prefix + stem, files),
            "tiles": None,
        }
        if dated.tiles is not dated.land_cover:
            entry["tiles"] = _map_files(dated.tiles, f"{prefix}{stem}tiles_", files)
        files[entry["picture"]] = _picture_tif(dated)
        dates.append(entry)
    content = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "kind": bundle.kind,
        "simulated": bundle.simulated,
        "attribution": bundle.attribution,
        "aoi": {"name": bundle.aoi.name, "geometry": mapping(bundle.aoi.geometry)},
        "request": dict(bundle.request),
        "notes": list(bundle.notes),
        "dates": dates,
        "provenance": dict(bundle.provenance),
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    files[RESULT_FILE] = json_bytes(content)
    return files


def _map_files(land_cover: LandCoverMap, stem: str, files: dict[str, bytes]) -> dict[str, Any]:
    names = {k: f"{stem}{k}.tif" for k in ("land_cover", "probabilities", "quality")}
    files[names["land_cover"]] = land_cover_tif(land_cover)
    files[names["probabilities"]] = probabilities_tif(land_cover)
    files[names["quality"]] = _quality_tif(land_cover)
    grid = land_cover.grid
    shape = {f.name: getattr(grid, f.name) for f in fields(grid) if f.name != "coverage"}
    return {"grid": shape, "notes": list(land_cover.notes), "files": names}


def _quality_tif(land_cover: LandCoverMap) -> bytes:
    bands = np.stack([land_cover.flags.astype(np.float32), land_cover.clear_share, land_cover.grid.coverage])
    flags = ", ".join(f"{int(flag)} {name.replace('_', ' ')}" for flag, name in FLAG_NAMES.items())
    names = [f"flags (sum of {flags})", "clear share", "share inside"]
    return tile_raster(land_cover.grid, bands.astype(np.float32), names, nodata=None, tags=map_tags(land_cover))


def _picture(scene: Scene) -> NDArray[np.uint8]:
    picture = np.empty((*scene.grid.shape_px, len(RGB)), np.uint8)
    for i, name in enumerate(RGB):  # band by band: a granule's reflectance in three bands is 1.4 GB
        picture[..., i] = to_true_colour(scene.reflectance[scene.bands.index(name)])
    return picture


def _picture_tif(dated: DatedMap) -> bytes:
    grid, side = dated.tiles.grid, dated.pixel_m
    return cog(
        np.ascontiguousarray(np.moveaxis(dated.picture, 2, 0)),
        epsg=grid.epsg,
        transform=(side, *grid.transform[1:4], -side, grid.transform[5]),
        descriptions=["red (B04)", "green (B03)", "blue (B02)"],
        tags={**map_tags(dated.tiles), "stretch": "255 * 2.5 * reflectance"},
        overviews="AVERAGE",
    )
