"""The blocks of one UTM zone joined to rasters, block by block, so that a country takes no more memory than a block."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lulc_core.domain.classes import CLASS_NAMES, NO_DATA
from lulc_core.domain.files import written_whole
from lulc_core.domain.grid import TILE_M, TileGrid
from lulc_core.domain.land_cover import FLAG_NAMES
from lulc_core.export.cog import Overviews, cog_of_file
from lulc_core.export.map_files import CLASS_STYLE
from lulc_core.region.blocks import RegionBlock
from lulc_core.region.folder import OutputError

_TILE_PX = 256
NO_DATE = 0


@dataclass(frozen=True)
class MadeBlock:
    """A finished block with its arrays."""

    block: RegionBlock
    grid: TileGrid
    """Its cells, with the share of each in the region."""
    marker: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]

    @classmethod
    def read(cls, block: RegionBlock, marker: Mapping[str, Any], data: bytes) -> MadeBlock:
        """Make it of its marker and its file."""
        with np.load(io.BytesIO(data), allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
        return cls(block, TileGrid(**marker["grid"], coverage=arrays["coverage"]), marker, arrays)

    def days(self, role: str = "") -> NDArray[np.uint32]:
        """(rows, columns) the day each cell is from as a number YYYYMMDD, 0 where it has none.

        Args:
            role: ``before_`` for the earlier date of a comparison.
        """
        listed = self.marker[f"{role}acquisitions"]
        numbers = [int(datetime.fromisoformat(a["datetime"]).strftime("%Y%m%d")) for a in listed]
        table = np.zeros(256, np.uint32)
        table[: len(numbers)] = numbers
        return table[self.arrays[f"{role}acquisition"]]


@dataclass(frozen=True)
class Layer:
    """One raster of a zone."""

    name: str
    """Of its file, before the zone: ``land_cover``."""
    dtype: str
    descriptions: Sequence[str]
    nodata: float | None
    overviews: Overviews
    bands: Callable[[MadeBlock], NDArray[Any]]
    """(bands, rows, columns) of a block."""


def map_layers(role: str = "") -> tuple[Layer, ...]:
    """List the rasters of one date; ``role`` is ``before_`` for the earlier one of a comparison."""
    flags = ", ".join(f"{int(flag)} {name.replace('_', ' ')}" for flag, name in FLAG_NAMES.items())
    return (
        Layer(
            f"{role}land_cover", "uint8", ["land cover class"], NO_DATA, "MODE",
            lambda made: made.arrays[f"{role}class_ids"][np.newaxis],
        ),
        Layer(
            f"{role}probabilities", "float32", list(CLASS_NAMES), float("nan"), "AVERAGE",
            lambda made: made.arrays[f"{role}probabilities"],
        ),
        Layer(
            f"{role}dates", "uint32", ["day of the imagery, YYYYMMDD"], NO_DATE, "NEAREST",
            lambda made: made.days(role)[np.newaxis],
        ),
        Layer(
            f"{role}quality", "float32", [f"flags (sum of {flags})", "clear share", "share inside"], float("nan"),
            "NEAREST", lambda made: _quality(made, role),
        ),
    )  # fmt: skip


def change_layer() -> Layer:
    """Describe the raster of what changed, bands as in the change.tif of ``compare``."""

    def bands(made: MadeBlock) -> NDArray[np.float32]:
        names = ("change_from", "change_to", "change_probability", "change_counted")
        return np.stack([made.arrays[name].astype(np.float32) for name in names])

    described = ["from class", "to class", "chance of change", "counted as a change"]
    return Layer("change", "float32", described, float(NO_DATA), "NEAREST", bands)


def join(
    layers: Sequence[Layer], grid: TileGrid, made: Iterable[MadeBlock], folder: Path, tags: Mapping[str, str]
) -> list[str]:
    """Write the rasters of a zone as cloud-optimised GeoTIFFs, whole or not at all.

    Args:
        layers: which.
        grid: all cells of the zone.
        made: its finished blocks; what none covers stays without data.
        folder: where to.
        tags: metadata of every file.

    Returns:
        Names of the files.

    Raises:
        OutputError: the disk is full, the folder must not be written to.
    """
    names = [f"{layer.name}_{grid.epsg}.tif" for layer in layers]
    parts = folder / f".joining_{grid.epsg}"
    try:
        shutil.rmtree(parts, ignore_errors=True)
        parts.mkdir()
        plain = [parts / name for name in names]
        _join_plain(layers, grid, made, plain, tags)
        for layer, path, name in zip(layers, plain, names, strict=True):
            with written_whole(folder / name) as (partial,):
                cog_of_file(path, partial, overviews=layer.overviews)
            path.unlink()
    except OSError as error:  # rasterio's errors are among them
        raise OutputError(
            f"The rasters of EPSG:{grid.epsg} cannot be written to {folder}: {error}.",
            hint="Make room; the same command goes on with what is made.",
        ) from error
    finally:
        shutil.rmtree(parts, ignore_errors=True)
    return names


def zone_grid(blocks: Sequence[RegionBlock], cell_m: int) -> TileGrid:
    """Lay the cells of all blocks of a zone as one rectangle, without its shape."""
    first = blocks[0]
    west, east = min(b.east for b in blocks), max(b.east + b.n_cols for b in blocks)
    south, north = min(b.south for b in blocks), max(b.south + b.n_rows for b in blocks)
    k = TILE_M // cell_m
    return TileGrid(first.epsg, west * k, north * k - 1, (north - south) * k, (east - west) * k, cell_m=cell_m)


def _join_plain(
    layers: Sequence[Layer], grid: TileGrid, made: Iterable[MadeBlock], paths: Sequence[Path], tags: Mapping[str, str]
) -> None:
    import rasterio
    from rasterio.crs import CRS
    from rasterio.transform import Affine
    from rasterio.windows import Window

    with ExitStack() as stack:
        stack.enter_context(rasterio.Env(GDAL_CACHEMAX=128))
        files = []
        for layer, path in zip(layers, paths, strict=True):
            file = stack.enter_context(
                rasterio.open(
                    path,
                    "w",
                    driver="GTiff",
                    width=grid.n_cols,
                    height=grid.n_rows,
                    count=len(layer.descriptions),
                    dtype=layer.dtype,
                    crs=CRS.from_epsg(grid.epsg),
                    transform=Affine(*grid.tile_transform),
                    nodata=layer.nodata,
                    tiled=True,
                    blockxsize=_TILE_PX,
                    blockysize=_TILE_PX,
                    interleave="band",
                    compress="DEFLATE",
                    sparse_ok=True,
                    bigtiff="IF_SAFER",
                )
            )
            for i, text in enumerate(layer.descriptions, start=1):
                file.set_band_description(i, text)
            if layer.name.endswith("land_cover"):
                file.write_colormap(1, dict(CLASS_STYLE["colors"]))
                file.update_tags(1, **CLASS_STYLE["names"])
            file.update_tags(**tags)
            files.append(file)
        for one in made:
            row, col = grid.north0 - one.grid.north0, one.grid.east0 - grid.east0
            window = Window(col, row, one.grid.n_cols, one.grid.n_rows)
            for layer, file in zip(layers, files, strict=True):
                file.write(layer.bands(one).astype(layer.dtype), window=window)


def _quality(made: MadeBlock, role: str) -> NDArray[np.float32]:
    bands = [made.arrays[f"{role}flags"], made.arrays[f"{role}clear_share"], made.grid.coverage]
    stacked = np.stack([b.astype(np.float32) for b in bands])
    stacked[:, ~made.grid.inside] = np.nan
    return stacked
