"""A whole result as files that can be read back: what ``map`` and ``compare`` write, so that it can be shown later.

Each date is kept as cloud-optimised GeoTIFFs: classes, probabilities, quality (flags, clear share, share of the tile
in the drawn shape) and the true-colour picture. ``result.json`` says what belongs together, and holds the hash of
every file: a folder that was damaged, or mixed with another, is refused instead of read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import mapping

from lulc_core.domain.aoi import Aoi
from lulc_core.domain.bands import RGB
from lulc_core.domain.change import ChangeReport
from lulc_core.domain.land_cover import LandCoverMap
from lulc_core.domain.radiometry import to_true_colour
from lulc_core.domain.scene import Acquisition, Scene, attribution_of
from lulc_core.export.change_files import change_files
from lulc_core.export.cog import cog
from lulc_core.export.files import tile_raster, write_files
from lulc_core.export.map_files import check_folder, land_cover_tif, map_files, map_tags, probabilities_tif
from lulc_core.export.provenance import provenance

FORMAT, FORMAT_VERSION = "lulc-explorer-result", 1
RESULT_FILE = "result.json"
Kind = Literal["map", "compare"]


class MapResult(Protocol):
    """One classified date; ``pipeline.ClassifyResult`` is one."""

    @property
    def land_cover(self) -> LandCoverMap: ...
    @property
    def tiles(self) -> LandCoverMap: ...
    @property
    def scene(self) -> Scene: ...


class CompareResult(Protocol):
    """Two classified dates and further ones; ``comparison.CompareResult`` is one."""

    @property
    def before(self) -> MapResult: ...
    @property
    def after(self) -> MapResult: ...
    @property
    def confirm(self) -> Sequence[MapResult]: ...
    @property
    def report(self) -> ChangeReport: ...


@dataclass(frozen=True, eq=False)
class Dated:
    """One date of a result: its maps and what the ground looked like."""

    land_cover: LandCoverMap
    """The map at the detail that was chosen."""
    tiles: LandCoverMap
    """The map of the 640 m tiles; the same object where that is the chosen detail."""
    picture: NDArray[np.uint8]
    """(rows, columns, 3) of 10 m pixels, true colour, 2.5 x reflectance on every date; 0 where not observed;
    read-only."""

    def __post_init__(self) -> None:
        expected = (*self.tiles.grid.shape_px, 3)
        if self.picture.shape != expected or self.picture.dtype != np.uint8:
            raise ValueError(f"the picture is {self.picture.dtype} {self.picture.shape}, expected uint8 {expected}")
        self.picture.setflags(write=False)

    @property
    def acquisition(self) -> Acquisition:
        """What the map was made from."""
        return self.land_cover.acquisition


@dataclass(frozen=True, eq=False)
class Bundle:
    """A whole result without its spectra. Make one with :func:`bundle_of` or ``bundle_read.read_bundle``."""

    kind: Kind
    dates: tuple[Dated, ...]
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
    def after(self) -> Dated:
        """The only date of a map, the later one of a comparison."""
        return self.dates[0] if self.kind == "map" else self.dates[1]

    @property
    def before(self) -> Dated | None:
        """The earlier date of a comparison."""
        return None if self.kind == "map" else self.dates[0]

    @property
    def confirm(self) -> tuple[Dated, ...]:
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


def bundle_of(result: MapResult | CompareResult, *, aoi: Aoi, request: Mapping[str, Any]) -> Bundle:
    """A result as a bundle.

    Args:
        result: of ``pipeline.classify`` or ``comparison.compare``.
        aoi: the drawn shape.
        request: what was asked for, plain values that JSON knows; no secrets, no whole paths.
    """
    report = getattr(result, "report", None)
    kind: Kind = "map" if report is None else "compare"
    every: list[Any] = [result] if report is None else [result.before, result.after, *result.confirm]  # type: ignore[union-attr]
    dates = tuple(Dated(r.land_cover, r.tiles, _picture(r.scene)) for r in every)
    roles = ("map",) if report is None else ("before", "after", *("confirm" for _ in every[2:]))
    # Through JSON once: what is read back later is then the same, tuples and all.
    asked = json.loads(json.dumps(dict(request), allow_nan=False))
    origin = provenance(
        kind,
        [(role, d.land_cover) for role, d in zip(roles, dates, strict=True)],
        aoi=aoi,
        request=asked,
        attribution=attribution_of([d.acquisition for d in dates]),
        rule=None if report is None else report.change.rule.to_json(),
    )
    notes = dates[0].land_cover.notes if report is None else report.notes
    return Bundle(kind, dates, aoi, asked, tuple(notes), json.loads(json.dumps(origin, allow_nan=False)))


def result_files(result: MapResult | CompareResult, *, aoi: Aoi, request: Mapping[str, Any]) -> dict[str, bytes]:
    """Everything that ``map`` or ``compare`` writes: its four files, then those that let it be read back."""
    first = map_files(result, aoi=aoi) if not hasattr(result, "report") else change_files(result, aoi=aoi)  # type: ignore[arg-type]
    return {**first, **bundle_files(bundle_of(result, aoi=aoi, request=request))}


def write_result(
    result: MapResult | CompareResult, folder: Path, *, aoi: Aoi, request: Mapping[str, Any]
) -> tuple[Path, ...]:
    """Writes :func:`result_files`; all of them or none. Other files in the folder are left alone.

    Returns:
        The paths, the four files for other programs first.

    Raises:
        InputError: the folder's name is that of a file.
        SourceError: the disk is full, the folder must not be written to.
    """
    folder = Path(folder)
    check_folder(folder)
    what = "the comparison" if hasattr(result, "report") else "the map"
    return write_files(result_files(result, aoi=aoi, request=request), folder, what=what)


def bundle_files(bundle: Bundle, *, prefix: str = "") -> dict[str, bytes]:
    """The files from which the bundle can be read back, by name; ``result.json`` is the last.

    Args:
        bundle: what to keep.
        prefix: for the names of all rasters, such as ``SIMULATED_``.
    """
    files: dict[str, bytes] = {}
    dates = []
    for role, stem, dated in zip(bundle.roles, bundle.stems, bundle.dates, strict=True):
        entry: dict[str, Any] = {
            "role": role,
            "acquisition": acquisition_json(dated.acquisition),
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
    files[RESULT_FILE] = (json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
    return files


def acquisition_json(acquisition: Acquisition) -> dict[str, Any]:
    """Every field of an acquisition but its preview, for JSON."""
    values = {f.name: getattr(acquisition, f.name) for f in fields(acquisition) if f.name != "preview"}
    for name in ("cloud_cover_pct", "clear_share"):  # sources compute these with numpy, whose numbers JSON lacks
        values[name] = None if values[name] is None else float(values[name])
    return {**values, "datetime": acquisition.datetime.isoformat()}


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
    names = ["flags (sum of 1 no data, 2 cloudy, 4 unlike, 8 partly cloudy, 16 unsure)", "clear share", "share inside"]
    return tile_raster(land_cover.grid, bands.astype(np.float32), names, nodata=None, tags=map_tags(land_cover))


def _picture(scene: Scene) -> NDArray[np.uint8]:
    picture = np.empty((*scene.grid.shape_px, len(RGB)), np.uint8)
    for i, name in enumerate(RGB):  # band by band: a granule's reflectance in three bands is 1.4 GB
        picture[..., i] = to_true_colour(scene.reflectance[scene.bands.index(name)])
    return picture


def _picture_tif(dated: Dated) -> bytes:
    grid = dated.tiles.grid
    return cog(
        np.ascontiguousarray(np.moveaxis(dated.picture, 2, 0)),
        epsg=grid.epsg,
        transform=grid.transform,
        descriptions=["red (B04)", "green (B03)", "blue (B02)"],
        tags={**map_tags(dated.tiles), "stretch": "255 * 2.5 * reflectance"},
        overviews="AVERAGE",
    )
